//! The firmware of the power board at its end of the link: the world runs it, the wire carries its messages.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use devices::m4::{CobsPeer, M4Fault, M4Peer};
use devices::{ByteDevice, MessageDevice};
use hardware::LinkFault;
use iec61851::Command;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, mpsc};
use twin::{FirmwareSays, Wires};

use crate::serve::Tap;

/// What the firmware calls itself.
pub(crate) const FIRMWARE: &str = "plugfest-m4 0.1";

/// What is wrong with one wire, shared with whoever breaks it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Break(Rc<(Cell<LinkFault>, Notify)>);

impl Break {
    pub(crate) fn set(&self, fault: LinkFault) {
        self.0.0.set(fault);
        self.0.1.notify_one();
    }

    pub(crate) fn get(&self) -> LinkFault {
        self.0.0.get()
    }

    /// Completes after the next change.
    pub(crate) async fn changed(&self) {
        self.0.1.notified().await;
    }
}

fn fault(fault: LinkFault) -> Option<M4Fault> {
    match fault {
        LinkFault::None | LinkFault::Stuck => None,
        LinkFault::DeafDevice => Some(M4Fault::Deaf),
        LinkFault::Gone | LinkFault::MuteDevice | LinkFault::Nack | LinkFault::StuckBus => Some(M4Fault::Mute),
        LinkFault::BadChecksums
        | LinkFault::Garbled
        | LinkFault::MergedReads
        | LinkFault::ShortReads
        | LinkFault::WrongWordOrder => Some(M4Fault::Garbled),
    }
}

/// What the host wanted goes to the firmware.
fn obey(peer: &mut M4Peer, wires: &Wires) {
    for command in peer.take_commands() {
        if command == Command::Enable {
            // What was said to an earlier host is not for this one.
            wires.forget_what_was_said();
        }
        wires.command(command);
    }
}

fn say(peer: &mut M4Peer, says: FirmwareSays) {
    match says {
        FirmwareSays::Event(event) => peer.tell(event),
        FirmwareSays::Restarted => peer.restart(),
    }
}

/// The firmware behind a packet link: one message a packet. Ends with the link.
pub(crate) async fn packets(
    wires: Wires,
    broken: Break,
    mut from_host: mpsc::Receiver<Vec<u8>>,
    mut to_host: impl FnMut(&[u8]),
    tap: Tap,
) {
    let mut peer = M4Peer::new(wires.firmware_protocol(), FIRMWARE);
    loop {
        peer.set_fault(fault(broken.get()));
        while let Some(message) = peer.transmit(wires.clock.now()) {
            tap.charger_hears(&message);
            to_host(&message);
        }
        let next = peer.next_change();
        tokio::select! {
            biased;
            message = from_host.recv() => match message {
                Some(message) => {
                    tap.charger_said(&message);
                    peer.receive(wires.clock.now(), &message);
                    obey(&mut peer, &wires);
                }
                None => return,
            },
            says = wires.firmware_says() => say(&mut peer, says),
            () = broken.changed() => {}
            () = wires.clock.deadline(next) => {}
        }
    }
}

/// The firmware behind a serial line. Ends when the line ends, or is taken away.
pub(crate) async fn serial(
    wires: Wires,
    broken: Break,
    mut line: impl AsyncRead + AsyncWrite + Unpin,
    tap: Tap,
) -> io::Result<()> {
    let mut board = CobsPeer::new(M4Peer::new(wires.firmware_protocol(), FIRMWARE));
    let mut buffer = [0; 512];
    while broken.get() != LinkFault::Gone {
        board.set_fault(fault(broken.get()));
        let out = board.transmit(wires.clock.now());
        if !out.is_empty() {
            line.write_all(&out).await?;
            tap.charger_hears(&out);
        }
        let next = board.next_change();
        tokio::select! {
            biased;
            read = line.read(&mut buffer) => match read? {
                0 => return Ok(()),
                read => {
                    tap.charger_said(&buffer[..read]);
                    board.receive(wires.clock.now(), &buffer[..read]);
                    obey(board.peer(), &wires);
                }
            },
            says = wires.firmware_says() => say(board.peer(), says),
            () = broken.changed() => {}
            () = wires.clock.deadline(next) => {}
        }
    }
    Ok(())
}
