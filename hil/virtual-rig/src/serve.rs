//! Puts device models on wires: a byte stream, a packet socket, an adapter's message channel.
//!
//! Each function is a task of the world's thread that ends when its wire ends. What passes is told to a [`Tap`], as
//! `wire/frame` events of the log: the evidence of a scenario is made from them.

use std::future::poll_fn;
use std::io;
use std::os::fd::OwnedFd;

use clock::{Alarm, Clock};
use devices::{ByteDevice, CanNode, MessageDevice};
use event_log::Log;
use hardware::{FaultPlan, LinkFault};
use rustix::net::SendFlags;
use serde_json::json;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use twin::{Terminals, Way};
use wire::CanFrame;
use wire::slcan::{Line, LineReader, encode};

/// No Ethernet frame on these wires is longer.
const LONGEST_FRAME: usize = 16 * 1024;

/// Tells the log what passes on one wire.
#[derive(Clone, Debug)]
pub(crate) struct Tap {
    log: Log,
    bus: String,
}

impl Tap {
    pub(crate) fn new(log: Log, bus: impl Into<String>) -> Self {
        Self { log, bus: bus.into() }
    }

    /// On the wire of the power board.
    pub(crate) fn passes(&self, way: Way, bytes: &[u8]) {
        match way {
            Way::FromHost => self.charger_said(bytes),
            Way::ToHost => self.charger_hears(bytes),
        }
    }

    /// From the charger.
    pub(crate) fn charger_said(&self, bytes: &[u8]) {
        self.frame("out", bytes);
    }

    /// To the charger.
    pub(crate) fn charger_hears(&self, bytes: &[u8]) {
        self.frame("in", bytes);
    }

    fn frame(&self, dir: &str, bytes: &[u8]) {
        self.log.record("wire", "frame", json!({ "bus": self.bus, "dir": dir, "hex": hex(bytes) }));
    }

    fn can(&self, dir: &str, frame: &CanFrame) {
        self.log.record(
            "wire",
            "frame",
            json!({ "bus": self.bus, "dir": dir, "id": format!("{:08X}", frame.id()), "hex": hex(frame.data()) }),
        );
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Whether a device's stream ends when the device is taken away, or is a line that stays and falls silent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lasts {
    Always,
    UntilGone,
}

/// A device on a byte stream, until the stream ends or the device is taken away. `refresh` is called before the device is asked
/// anything: what the world measured goes in there, and what is broken.
pub(crate) async fn bytes<D: ByteDevice>(
    device: &mut D,
    mut refresh: impl FnMut(&mut D, LinkFault),
    (broken, lasts): (&FaultPlan, Lasts),
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    clock: Clock,
    tap: Option<Tap>,
) -> io::Result<()> {
    let mut buffer = [0; 512];
    let mut alarm = Alarm::default();
    loop {
        let fault = broken.current();
        if lasts == Lasts::UntilGone && fault == LinkFault::Gone {
            return Ok(());
        }
        refresh(device, fault);
        let out = device.transmit(clock.now());
        if !out.is_empty() {
            stream.write_all(&out).await?;
            stream.flush().await?;
            if let Some(tap) = &tap {
                tap.charger_hears(&out);
            }
        }
        let next = device.next_change();
        tokio::select! {
            biased;
            read = stream.read(&mut buffer) => match read? {
                0 => return Ok(()),
                read => {
                    refresh(device, broken.current());
                    device.receive(clock.now(), &buffer[..read]);
                    if let Some(tap) = &tap {
                        tap.charger_said(&buffer[..read]);
                    }
                }
            },
            () = broken.changes_from(fault) => {}
            () = alarm.at(next.map(|at| clock.at(at))) => {}
        }
    }
}

/// The PLC modem on a packet socket: one read, one frame.
pub(crate) async fn frames(terminals: &Terminals, socket: &AsyncFd<OwnedFd>, tap: Tap) -> io::Result<()> {
    let (mut modem, clock) = (terminals.modem().clone(), terminals.clock);
    let mut buffer = vec![0; LONGEST_FRAME];
    let mut alarm = Alarm::default();
    loop {
        while let Some(frame) = modem.transmit(clock.now()) {
            tap.charger_hears(&frame);
            // A card that is down takes nothing; a wire does not wait for it.
            let _ = rustix::net::send(socket, &frame, SendFlags::DONTWAIT | SendFlags::NOSIGNAL);
        }
        let keyed = modem.keyed_at();
        tokio::select! {
            biased;
            ready = socket.readable() => {
                let mut ready = ready?;
                match ready.try_io(|socket| rustix::io::read(socket, &mut buffer[..]).map_err(io::Error::from)) {
                    Ok(Ok(0)) => return Ok(()),
                    Ok(read) => {
                        let frame = &buffer[..read?];
                        tap.charger_said(frame);
                        modem.receive(clock.now(), frame);
                        if modem.has_for_line() {
                            terminals.mark_spoken();
                        }
                    }
                    // Somebody else was faster, or nothing was there after all.
                    Err(_) => {}
                }
            }
            () = poll_fn(|context| modem.poll_waiting(context)) => {}
            // A key that is being changed is in then.
            () = alarm.at(keyed.map(|at| clock.at(at))) => {}
        }
    }
}

/// A node of a CAN bus behind an adapter that speaks SLCAN on a byte stream, as cheap USB adapters do.
pub(crate) async fn slcan<N: CanNode>(
    node: &mut N,
    mut refresh: impl FnMut(&mut N, LinkFault),
    broken: &FaultPlan,
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    clock: Clock,
    tap: Tap,
) -> io::Result<()> {
    let mut lines = LineReader::new();
    let mut buffer = [0; 512];
    let mut alarm = Alarm::default();
    loop {
        let fault = broken.current();
        refresh(node, fault);
        while let Some(frame) = node.transmit(clock.now()) {
            stream.write_all(&encode(&frame)).await?;
            stream.flush().await?;
            tap.can("in", &frame);
        }
        let next = node.next_change();
        tokio::select! {
            biased;
            read = stream.read(&mut buffer) => match read? {
                0 => return Ok(()),
                read => {
                    lines.push(&buffer[..read]);
                    while let Some(line) = lines.next_line() {
                        // What an adapter is told about its bus is the adapter's; the node sees frames.
                        if let Line::Frame(frame) = line {
                            tap.can("out", &frame);
                            node.receive(clock.now(), frame);
                        }
                    }
                }
            },
            () = broken.changes_from(fault) => {}
            () = alarm.at(next.map(|at| clock.at(at))) => {}
        }
    }
}
