//! Talks to the power board: passes wishes down and events up, and gives it a sign of life.

use std::time::Duration;

use hardware::{HardwareError, PROTOCOL_VERSION, PowerBoard};
use tokio::time::{MissedTickBehavior, interval};

use super::{RETRY, complaint::Complaint};
use crate::bus::{Bus, Inbox, Message, Port, Service};
use crate::session::BoardInput;

/// Well below the silence after which a board opens the contactor.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Keeps the board running: starts it, serves it until its link fails, starts it again.
pub(crate) async fn power<B: PowerBoard>(bus: &Bus, mut inbox: Inbox, mut board: B) {
    let port = bus.port(Service::Power);
    let mut complaint = Complaint::about("power board");
    loop {
        let why = match board.start().await {
            Ok(info) if info.protocol == PROTOCOL_VERSION => {
                complaint.works();
                tracing::info!(firmware = info.firmware, "power board started");
                // Wishes of the time before belong to a board that no longer is.
                while inbox.try_recv().is_ok() {}
                port.tell(Message::Board(BoardInput::Started(info)));
                match serve(&mut board, &port, &mut inbox).await {
                    Some(error) => error.to_string(),
                    None => return,
                }
            }
            Ok(info) => format!(
                "power board: firmware {} speaks version {} of the messages, this charger speaks version {PROTOCOL_VERSION}: \
                 update one of them",
                info.firmware, info.protocol
            ),
            Err(error) => format!("{error} ({})", error.kind()),
        };
        complaint.fails(&why);
        port.tell(Message::Board(BoardInput::Lost(why)));
        tokio::time::sleep(RETRY).await;
    }
}

/// Serves a running board; returns the error of its link, or `None` when the bus is gone.
async fn serve<B: PowerBoard>(board: &mut B, port: &Port, inbox: &mut Inbox) -> Option<B::Error> {
    let mut heartbeat = interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let done = tokio::select! {
            biased;
            event = board.next_event() => match event {
                Ok(event) => {
                    port.tell(Message::Board(BoardInput::Event(event)));
                    Ok(())
                }
                Err(error) => Err(error),
            },
            message = inbox.recv() => match message {
                Some(Message::AllowPower(allow)) => board.allow_power(allow).await,
                Some(Message::SetPilot(signal)) => board.set_pilot(signal).await,
                Some(other) => {
                    tracing::error!(verb = %other.verb(), "not a verb of power");
                    Ok(())
                }
                None => return None,
            },
            _ = heartbeat.tick() => board.heartbeat().await,
        };
        if let Err(error) = done {
            return Some(error);
        }
    }
}
