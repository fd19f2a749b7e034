//! The host's end of a serial line to the power board, in memory. The firmware at the other end is part of the world.

use board_link::LinkedBoard;
use hardware::{BoardInfo, ErrorKind, LinkError, PowerBoard};
use iec61851::{Event, Permission, PilotSignal};

use super::board_line::BoardLine;
use crate::firmware::Firmware;

/// The board at the end of its line. Like a device of the kernel it is opened at its first use, and again after it was gone.
#[derive(Debug)]
pub(crate) struct SimPowerBoard {
    firmware: Firmware,
    line: Option<LinkedBoard<BoardLine>>,
}

impl SimPowerBoard {
    pub(crate) const fn new(firmware: Firmware) -> Self {
        Self { firmware, line: None }
    }

    async fn with<R>(
        &mut self,
        work: impl AsyncFnOnce(&mut LinkedBoard<BoardLine>) -> Result<R, LinkError>,
    ) -> Result<R, LinkError> {
        let line = match &mut self.line {
            Some(line) => line,
            closed @ None => closed.insert(LinkedBoard::new(BoardLine::open(&self.firmware)?, false)),
        };
        let result = work(line).await;
        if result.as_ref().is_err_and(|error| error.kind == ErrorKind::Disconnected) {
            self.line = None;
        }
        result
    }
}

impl PowerBoard for SimPowerBoard {
    type Error = LinkError;

    async fn start(&mut self) -> Result<BoardInfo, LinkError> {
        self.with(async |line| line.start().await).await
    }

    async fn set_pilot(&mut self, signal: PilotSignal) -> Result<(), LinkError> {
        self.with(async |line| line.set_pilot(signal).await).await
    }

    async fn allow_power(&mut self, permission: Permission) -> Result<(), LinkError> {
        self.with(async |line| line.allow_power(permission).await).await
    }

    async fn heartbeat(&mut self) -> Result<(), LinkError> {
        self.with(async |line| line.heartbeat().await).await
    }

    async fn next_event(&mut self) -> Result<Event, LinkError> {
        self.with(async |line| line.next_event().await).await
    }

    fn damaged(&self) -> u64 {
        self.line.as_ref().map_or(0, PowerBoard::damaged)
    }
}
