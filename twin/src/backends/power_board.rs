//! The host's end of the link to the power board. The firmware at the other end is part of the world.

use std::rc::Rc;

use hardware::{BoardInfo, ErrorKind, LinkError, PowerBoard};
use iec61851::{Command, Event, PilotSignal};

use crate::ports::{Ports, Upward};

/// The link to the firmware that the world runs.
#[derive(Debug)]
pub(crate) struct SimPowerBoard(pub(crate) Rc<Ports>);

impl SimPowerBoard {
    fn send(&self, command: Command) {
        self.0.board.down.borrow_mut().push(command);
        self.0.dirty.mark();
    }
}

impl PowerBoard for SimPowerBoard {
    type Error = LinkError;

    async fn start(&mut self) -> Result<BoardInfo, LinkError> {
        // What was said to an earlier host is not for this one.
        self.0.board.up.clear();
        let info = BoardInfo { protocol: self.0.board.protocol.get(), firmware: "plugfest-m4 0.1".into() };
        if info.protocol == hardware::PROTOCOL_VERSION {
            self.send(Command::Enable);
        }
        Ok(info)
    }

    async fn set_pilot(&mut self, signal: PilotSignal) -> Result<(), LinkError> {
        self.send(Command::SetPilot(signal));
        Ok(())
    }

    async fn allow_power(&mut self, allow: bool) -> Result<(), LinkError> {
        self.send(Command::AllowPower(allow));
        Ok(())
    }

    async fn heartbeat(&mut self) -> Result<(), LinkError> {
        self.send(Command::Heartbeat);
        Ok(())
    }

    async fn next_event(&mut self) -> Result<Event, LinkError> {
        match self.0.board.up.next().await {
            Upward::Event(event) => Ok(event),
            Upward::Restarted => {
                Err(LinkError::new(ErrorKind::Disconnected, "power board", "the firmware started anew"))
            }
        }
    }
}
