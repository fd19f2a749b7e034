//! Runs a [`HostLink`] over a link, on the runtime's clock.

use clock::Alarm;
use hardware::{BoardInfo, ErrorKind, LinkError, PowerBoard};
use iec61851::{Event, Permission, PilotSignal};
use tokio::time::Instant;
use wire::tux_evse::HighToLow;

use crate::{Heard, HostLink, Input, MessageLink, Output, Patience};

/// A power board behind a link.
#[derive(Debug)]
pub struct LinkedBoard<T> {
    link: T,
    host: HostLink,
    /// Its zero. Every instant here is one of the runtime's clock, which is virtual in a simulated world.
    begun: Instant,
    alarm: Alarm,
}

/// What a board says beside its events.
enum Said {
    Started(BoardInfo),
    Event(Event),
}

impl<T: MessageLink> LinkedBoard<T> {
    /// A board behind this link, which nobody has started; with a fixed cable a plain firmware's reading of PP is dropped.
    /// Needs a runtime around it.
    #[must_use]
    pub fn new(link: T, fixed_cable: bool) -> Self {
        let host = HostLink::new(fixed_cable, T::LOSSY, Patience::default());
        Self { link, host, begun: Instant::now(), alarm: Alarm::default() }
    }

    /// The link.
    pub const fn link(&self) -> &T {
        &self.link
    }

    fn feed(&mut self, now: Instant, input: Input) {
        let before = self.host.damaged();
        self.host.handle_input(units::Instant::from(now - self.begun), input);
        let damaged = self.host.damaged();
        // A line that is never quite clean does not fill the log.
        if damaged != before && damaged.is_power_of_two() {
            tracing::warn!(device = self.link.device(), damaged, "messages of the power board arrive damaged");
        }
    }

    /// A message that the link does not take now is one that was lost: where it is said again anyhow, silence decides.
    async fn send(&mut self, now: Instant, message: HighToLow) -> Result<(), LinkError> {
        match self.link.send(now, message).await {
            Err(error) if error.kind == ErrorKind::TimedOut && self.host.repeats() => {
                tracing::debug!(%error, "a message to the power board is said again");
                Ok(())
            }
            sent => sent,
        }
    }

    /// Sends what an order has made necessary.
    async fn order(&mut self, input: Input) -> Result<(), LinkError> {
        let now = Instant::now();
        self.feed(now, input);
        self.send_all(now).await
    }

    async fn send_all(&mut self, now: Instant) -> Result<(), LinkError> {
        while let Some(message) = self.host.poll_send() {
            self.send(now, message).await?;
        }
        Ok(())
    }

    /// The next thing that the board has to say. Cancel safe: what is not sent yet is said again.
    async fn next(&mut self) -> Result<Said, LinkError> {
        let mut now = Instant::now();
        loop {
            let due = match self.host.poll_output() {
                Output::Send(message) => {
                    self.send(now, message).await?;
                    continue;
                }
                Output::Started(info) => return Ok(Said::Started(info)),
                Output::Event(event) => return Ok(Said::Event(event)),
                Output::Lost(why) => {
                    return Err(LinkError::new(why.kind(), self.link.device().to_owned(), why.to_string()));
                }
                Output::Wait(due) => due.map(|at| self.begun + at.elapsed()),
            };
            let received = match self.link.try_receive(now)? {
                Some(heard) => Some(heard),
                None => {
                    let next = due.into_iter().chain(self.link.next_change()).min();
                    let received = tokio::select! {
                        biased;
                        // First what has come: after a pause of this process it is there, and the board was not silent.
                        received = self.link.receive() => Some(received?),
                        () = self.alarm.at(next) => None,
                    };
                    now = Instant::now();
                    received
                }
            };
            match received {
                Some(Heard::Message(message)) => self.feed(now, Input::Message(message)),
                Some(Heard::Unknown) => self.feed(now, Input::Unknown),
                Some(Heard::Damaged) => self.feed(now, Input::Damaged),
                None if due.is_some_and(|due| due <= now) => self.feed(now, Input::Timeout),
                // The link is asked again.
                None => {}
            }
            // Whoever talks without a pause must not hold up the charger.
            tokio::task::coop::consume_budget().await;
        }
    }

    async fn started(&mut self, info: BoardInfo) -> Result<BoardInfo, LinkError> {
        // One that is refused is told so, in the words that its version has for it.
        self.send_all(Instant::now()).await?;
        if self.host.is_plain() {
            tracing::warn!(
                device = self.link.device(),
                "a plain Tux-EVSE firmware: it does not open the contactor when this charger falls silent"
            );
        }
        Ok(info)
    }
}

impl<T: MessageLink> PowerBoard for LinkedBoard<T> {
    type Error = LinkError;

    async fn start(&mut self) -> Result<BoardInfo, LinkError> {
        // What was said to an earlier host is not for this one.
        self.link.discard().await?;
        self.feed(Instant::now(), Input::Start);
        loop {
            match self.next().await? {
                Said::Started(info) => break self.started(info).await,
                // Nothing is told before the start.
                Said::Event(_) => {}
            }
        }
    }

    async fn set_pilot(&mut self, signal: PilotSignal) -> Result<(), LinkError> {
        self.order(Input::SetPilot(signal)).await
    }

    async fn allow_power(&mut self, permission: Permission) -> Result<(), LinkError> {
        self.order(Input::AllowPower(permission)).await
    }

    async fn heartbeat(&mut self) -> Result<(), LinkError> {
        self.order(Input::Heartbeat).await
    }

    async fn next_event(&mut self) -> Result<Event, LinkError> {
        loop {
            if let Said::Event(event) = self.next().await? {
                return Ok(event);
            }
        }
    }

    fn damaged(&self) -> u64 {
        self.host.damaged()
    }
}
