//! The host's end of a serial line to the power board, in memory. The firmware at the other end is part of the world.

use board_link::{PacketBoard, SerialLink};
use hardware::{BoardInfo, ErrorKind, LinkError, LinkFault, PowerBoard};
use iec61851::{Event, Permission, PilotSignal};
use tokio::io::{DuplexStream, duplex};

use crate::firmware::Firmware;

/// As much as a port of the kernel holds for a program that does not read.
const LINE: usize = 4096;

/// The device as its owner calls it.
const DEVICE: &str = "power board";

/// The board at the end of its line. Like a device of the kernel it is opened at its first use, and again after it was gone.
#[derive(Debug)]
pub(crate) struct SimPowerBoard {
    firmware: Firmware,
    line: Option<PacketBoard<SerialLink<DuplexStream>>>,
}

impl SimPowerBoard {
    pub(crate) const fn new(firmware: Firmware) -> Self {
        Self { firmware, line: None }
    }

    fn open(firmware: &Firmware) -> Result<PacketBoard<SerialLink<DuplexStream>>, LinkError> {
        if firmware.link().current() == LinkFault::Gone {
            return Err(LinkError::new(ErrorKind::Disconnected, DEVICE, "there is none"));
        }
        let (host, board) = duplex(LINE);
        let firmware = firmware.clone();
        // It ends with the line; what failed is seen at the other end.
        drop(tokio::task::spawn_local(async move { firmware.on_line(board, |_, _| {}).await }));
        Ok(PacketBoard::new(SerialLink::new(DEVICE, host), false))
    }

    async fn with<R>(
        &mut self,
        work: impl AsyncFnOnce(&mut PacketBoard<SerialLink<DuplexStream>>) -> Result<R, LinkError>,
    ) -> Result<R, LinkError> {
        let line = match &mut self.line {
            Some(line) => line,
            closed @ None => closed.insert(Self::open(&self.firmware)?),
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
