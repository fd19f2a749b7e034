//! The firmware of the power board at its end of the link: the world runs its safety machine, the wire carries its messages.

use std::io;
use std::rc::Rc;

use clock::{Alarm, Clock};
use devices::m4::{CobsPeer, Line, M4Fault, M4Peer};
use devices::{ByteDevice, MessageDevice};
use hardware::{FaultPlan, LinkFault, Noise};
use iec61851::Command;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use units::Instant;

use crate::ports::{EvsePorts, Upward};
use crate::vocabulary::Vocabulary;

/// What the firmware calls itself.
const NAME: &str = "plugfest-m4 0.2";

/// Which way something passes on the wire of the board.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// From the charger's host.
    FromHost,
    /// To the charger's host.
    ToHost,
}

/// How a line to a firmware came to its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LineEnd {
    /// Its host is gone, or the board was taken away.
    Gone,
    /// A plain firmware has started anew. Theirs is reached by rpmsg, whose channel goes and comes with it; it says nothing of its
    /// start, so that nobody would learn of it otherwise.
    StartedAnew,
}

/// The firmware of the world's power board, and what is broken on the way to it.
#[derive(Clone, Debug)]
pub struct Firmware {
    ports: Rc<EvsePorts>,
    clock: Clock,
    link: FaultPlan,
}

impl Firmware {
    pub(crate) const fn new(ports: Rc<EvsePorts>, clock: Clock, link: FaultPlan) -> Self {
        Self { ports, clock, link }
    }

    /// What is broken on the way to it.
    pub(crate) const fn link(&self) -> &FaultPlan {
        &self.link
    }

    /// A serial line in memory, with the firmware at its end.
    pub(crate) fn line(&self) -> Line {
        let seed = self.ports.board.draw();
        Line::new(self.peer(), seed)
    }

    /// An instant of the runtime's clock, as one of ours.
    pub(crate) fn instant(&self, at: tokio::time::Instant) -> Instant {
        self.clock.instant(at)
    }

    /// The next thing that has happened to the firmware and that it has not said.
    pub(crate) fn next_said(&self) -> Option<Upward> {
        self.ports.board.up.take()
    }

    /// That instant as the runtime's clock has it.
    pub(crate) fn at(&self, at: Instant) -> tokio::time::Instant {
        self.clock.at(at)
    }

    /// Completes when something has happened to it, or something else than `fault` is broken on the way to it.
    pub(crate) async fn news(&self, fault: LinkFault) {
        tokio::select! {
            biased;
            () = self.ports.board.up.filled() => {}
            () = self.link.changes_from(fault) => {}
        }
    }

    /// Serves a serial line until it ends, until the board is taken away, or until a plain one starts anew. `passes` hears what
    /// passes.
    ///
    /// # Errors
    /// The line failed.
    pub async fn on_line(
        self,
        mut line: impl AsyncRead + AsyncWrite + Unpin,
        passes: impl Fn(Way, &[u8]),
    ) -> io::Result<LineEnd> {
        let seed = self.ports.board.draw();
        let mut board = CobsPeer::with_noise(self.peer(), seed);
        let mut buffer = [0; 512];
        let mut now = self.clock.now();
        let mut alarm = Alarm::default();
        loop {
            let fault = self.break_link(board.peer());
            if fault == LinkFault::Gone {
                return Ok(LineEnd::Gone);
            }
            let out = board.transmit(now);
            if !out.is_empty() {
                line.write_all(&out).await?;
                passes(Way::ToHost, &out);
            }
            let next = board.next_change();
            tokio::select! {
                biased;
                read = line.read(&mut buffer) => match read? {
                    0 => return Ok(LineEnd::Gone),
                    read => {
                        passes(Way::FromHost, &buffer[..read]);
                        now = self.clock.now();
                        board.receive(now, &buffer[..read]);
                        self.obey(now, board.peer());
                        continue;
                    }
                },
                says = self.ports.board.up.next() => match says {
                    Upward::Event(event) => board.peer().tell(event),
                    Upward::Restarted if board.peer().is_plain() => return Ok(LineEnd::StartedAnew),
                    Upward::Restarted => board.restart(self.peer()),
                },
                () = self.link.changes_from(fault) => {}
                () = alarm.at(next.map(|at| self.clock.at(at))) => {}
            }
            now = self.clock.now();
        }
    }

    /// Serves a link of messages until its host is gone. `passes` hears what passes.
    pub async fn on_packets(
        self,
        mut from_host: mpsc::Receiver<Vec<u8>>,
        mut to_host: impl FnMut(&[u8]),
        passes: impl Fn(Way, &[u8]),
    ) {
        let mut peer = self.peer();
        let mut alarm = Alarm::default();
        loop {
            let fault = self.break_link(&mut peer);
            while let Some(message) = peer.transmit(self.clock.now()) {
                passes(Way::ToHost, &message);
                to_host(&message);
            }
            let next = peer.next_change();
            tokio::select! {
                biased;
                message = from_host.recv() => match message {
                    Some(message) => {
                        passes(Way::FromHost, &message);
                        let now = self.clock.now();
                        peer.receive(now, &message);
                        self.obey(now, &mut peer);
                    }
                    None => return,
                },
                says = self.ports.board.up.next() => match says {
                    Upward::Event(event) => peer.tell(event),
                    Upward::Restarted => peer.restart(self.peer()),
                },
                () = self.link.changes_from(fault) => {}
                () = alarm.at(next.map(|at| self.clock.at(at))) => {}
            }
        }
    }

    /// A firmware that has just booted.
    pub(crate) fn peer(&self) -> M4Peer {
        let board = &self.ports.board;
        // What was said to an earlier host is not for this one.
        board.up.clear();
        board.runs.set(Some(board.speaks.get()));
        match board.speaks.get() {
            Vocabulary::Ours { version } => M4Peer::new(version, NAME, board.draw() as u32),
            Vocabulary::TuxEvse => M4Peer::plain(),
        }
    }

    /// What the host wanted goes to the safety machine. For a sign of life alone the world makes no step, unless it was missed.
    pub(crate) fn obey(&self, now: Instant, peer: &mut M4Peer) {
        let board = &self.ports.board;
        while let Some(command) = peer.next_command() {
            if command == Command::Enable {
                board.up.clear();
            }
            board.down.borrow_mut().push((now, command));
            if command != Command::Heartbeat || board.misses_host.get() {
                self.ports.dirty.mark();
            }
        }
    }

    /// Breaks the link as it is wished; answers how.
    pub(crate) fn break_link(&self, peer: &mut M4Peer) -> LinkFault {
        let fault = self.link.current();
        let lasting = match fault {
            LinkFault::Noise(Noise::OneFromDevice) => {
                peer.damage_next_up();
                self.link.set(LinkFault::None);
                None
            }
            LinkFault::Noise(Noise::OneToDevice) => {
                peer.damage_next_down();
                self.link.set(LinkFault::None);
                None
            }
            LinkFault::None | LinkFault::Stuck => None,
            LinkFault::Noise(Noise::Bits(per_million)) => Some(M4Fault::BitErrors(per_million)),
            LinkFault::Noise(Noise::Messages { damaged, of }) => Some(M4Fault::Damages { messages: damaged, of }),
            LinkFault::DeafDevice => Some(M4Fault::Deaf),
            LinkFault::Gone | LinkFault::MuteDevice | LinkFault::Nack | LinkFault::StuckBus => Some(M4Fault::Mute),
            LinkFault::BadChecksums
            | LinkFault::Garbled
            | LinkFault::MergedReads
            | LinkFault::ShortReads
            | LinkFault::WrongWordOrder => Some(M4Fault::GARBLED),
        };
        peer.set_fault(lasting);
        fault
    }
}
