//! A serial line to the power board in memory, with the firmware at its other end.

use board_link::{Heard, MessageLink};
use devices::m4::Line;
use hardware::{ErrorKind, LinkError, LinkFault};
use tokio::time::Instant;
use wire::tux_evse::HighToLow;

use crate::firmware::Firmware;
use crate::ports::Upward;

/// The device as its owner calls it.
const DEVICE: &str = "power board";

/// The line, from end to end. No task stands between: what one end says the other hears at once.
#[derive(Debug)]
pub(crate) struct BoardLine {
    firmware: Firmware,
    line: Line,
    /// What was broken on the way to it when it was looked at last.
    fault: LinkFault,
}

impl BoardLine {
    /// Opens it.
    ///
    /// # Errors
    /// The board is not there.
    pub(crate) fn open(firmware: &Firmware) -> Result<Self, LinkError> {
        if firmware.link().current() == LinkFault::Gone {
            return Err(LinkError::new(ErrorKind::Disconnected, DEVICE, "there is none"));
        }
        let line = firmware.line();
        Ok(Self { firmware: firmware.clone(), line, fault: LinkFault::None })
    }

    /// Lets the firmware say what has happened to it.
    fn catch_up(&mut self) -> Result<(), LinkError> {
        self.fault = self.firmware.break_link(self.line.peer());
        if self.fault == LinkFault::Gone {
            return Err(closed());
        }
        while let Some(said) = self.firmware.next_said() {
            match said {
                Upward::Event(event) => self.line.peer().tell(event),
                // Its channel goes with it: see `LineEnd::StartedAnew`.
                Upward::Restarted if self.line.peer().is_plain() => return Err(closed()),
                Upward::Restarted => self.line.restart(self.firmware.peer()),
            }
        }
        Ok(())
    }
}

/// The line has come to its end.
fn closed() -> LinkError {
    LinkError::new(ErrorKind::Disconnected, DEVICE, "the line is closed")
}

impl MessageLink for BoardLine {
    const LOSSY: bool = true;

    fn device(&self) -> &str {
        DEVICE
    }

    async fn send(&mut self, now: Instant, message: HighToLow) -> Result<(), LinkError> {
        self.catch_up()?;
        let now = self.firmware.instant(now);
        self.line.send(now, message);
        self.firmware.obey(now, self.line.peer());
        Ok(())
    }

    fn try_receive(&mut self, now: Instant) -> Result<Option<Heard>, LinkError> {
        self.catch_up()?;
        let read = self.line.receive(self.firmware.instant(now));
        Ok(read.map(|read| read.map_or(Heard::Damaged, Heard::Message)))
    }

    async fn receive(&mut self) -> Result<Heard, LinkError> {
        loop {
            self.firmware.news(self.fault).await;
            if let Some(heard) = self.try_receive(Instant::now())? {
                return Ok(heard);
            }
        }
    }

    async fn discard(&mut self) -> Result<(), LinkError> {
        self.catch_up()?;
        let now = self.firmware.instant(Instant::now());
        while self.line.receive(now).is_some() {}
        // To start a board takes a moment: whatever else begins now begins first. Twice, because the runtime lets the last one
        // who gave way go on first: so the boards of a charger start in the order of their numbers.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        Ok(())
    }

    fn next_change(&self) -> Option<Instant> {
        self.line.next_change().map(|at| self.firmware.at(at))
    }
}
