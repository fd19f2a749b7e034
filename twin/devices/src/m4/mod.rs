//! The microcontroller of a power board, as seen on its link.
//!
//! This is the half of the firmware that talks. The half that acts is the safety machine, which belongs to the world:
//!
//! ```text
//!   host ─ messages ─> M4Peer ─ take_commands ─> iec61851::Machine
//!   host <─ messages ─ M4Peer <────── tell ───── its events
//! ```
//!
//! A world that steps hands over commands first and tells every event afterwards, in order; it need not know whether the
//! link is rpmsg or a serial line ([`CobsPeer`]), or which vocabulary the firmware speaks ([`M4Peer::plain`]).

mod cobs;
mod plain;

use std::collections::VecDeque;
use std::time::Duration;

use iec61851::{Command, Event};
use units::Instant;
use wire::tux_evse::{HighToLow, Info, LowToHigh, SlacState};

pub use self::cobs::CobsPeer;
use self::plain::PlainBoard;
use crate::MessageDevice;

/// How often the firmware gives a sign of life.
const HEARTBEAT: Duration = Duration::from_secs(3);

/// What a link holds in either direction at most; a real one drops what does not fit as well.
const BACKLOG: usize = 64;

/// What is wrong with the link.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum M4Fault {
    /// Nothing that is sent to it arrives.
    Deaf,
    /// What it sends breaks off: the end of each message is missing, or on a serial line a byte is wrong.
    Garbled,
    /// Nothing that it sends goes out.
    Mute,
}

/// What the firmware says of itself.
#[derive(Debug)]
enum Vocabulary {
    /// Ours: it answers `enable` with this.
    Full(Info),
    /// That of Tux-EVSE: events and heartbeats, nothing else.
    Plain(PlainBoard),
}

/// The firmware's end of the link.
#[derive(Debug)]
pub struct M4Peer {
    vocabulary: Vocabulary,
    fault: Option<M4Fault>,
    /// It says nothing until it is enabled: it has just started anew.
    silent: bool,
    /// When it gives the next sign of life; `None` before it knows whom to send it to.
    heartbeat: Option<Instant>,
    slac: SlacState,
    commands: VecDeque<Command>,
    up: VecDeque<LowToHigh>,
}

impl M4Peer {
    /// A firmware of ours: `protocol` is the version of its messages, `firmware` its name.
    #[must_use]
    pub fn new(protocol: u16, firmware: &str) -> Self {
        Self::with(Vocabulary::Full(Info { protocol, firmware: firmware.into() }))
    }

    /// A firmware that speaks the events of Tux-EVSE only.
    #[must_use]
    pub fn plain() -> Self {
        Self::with(Vocabulary::Plain(PlainBoard::default()))
    }

    const fn with(vocabulary: Vocabulary) -> Self {
        Self {
            vocabulary,
            fault: None,
            silent: false,
            heartbeat: None,
            slac: SlacState::Undefined,
            commands: VecDeque::new(),
            up: VecDeque::new(),
        }
    }

    /// What the host asked for since the last time, in order.
    pub fn take_commands(&mut self) -> Vec<Command> {
        self.commands.drain(..).collect()
    }

    /// What the host said of the digital link to the car.
    #[must_use]
    pub const fn slac(&self) -> SlacState {
        self.slac
    }

    /// Sends an event of the safety machine up. Lost while nobody has talked to the firmware yet.
    pub fn tell(&mut self, event: Event) {
        if self.heartbeat.is_none() || self.silent {
            return;
        }
        match &mut self.vocabulary {
            Vocabulary::Full(_) => self.send(LowToHigh::Event(event)),
            Vocabulary::Plain(board) => {
                for event in board.say(event) {
                    self.send(LowToHigh::Plain(event));
                }
            }
        }
    }

    /// The microcontroller starts anew: what was under way is lost, and it is mute until the host enables it. The world
    /// makes a new safety machine at the same time.
    pub fn restart(&mut self) {
        self.silent = true;
        self.heartbeat = None;
        self.slac = SlacState::Undefined;
        self.commands.clear();
        self.up.clear();
    }

    /// Breaks the link, or mends it.
    pub const fn set_fault(&mut self, fault: Option<M4Fault>) {
        self.fault = fault;
    }

    fn send(&mut self, message: LowToHigh) {
        if self.up.len() < BACKLOG {
            self.up.push_back(message);
        }
    }

    fn command(&mut self, command: Command) {
        if self.commands.len() < BACKLOG {
            self.commands.push_back(command);
        }
    }

    fn enabled(&mut self) {
        self.silent = false;
        match &mut self.vocabulary {
            Vocabulary::Full(info) => {
                let info = info.clone();
                self.send(LowToHigh::Info(info));
            }
            // What the machine publishes next is news to this host.
            Vocabulary::Plain(board) => *board = PlainBoard::default(),
        }
        self.command(Command::Enable);
    }
}

impl MessageDevice for M4Peer {
    fn receive(&mut self, now: Instant, message: &[u8]) {
        if self.fault == Some(M4Fault::Deaf) {
            return;
        }
        // A firmware ignores what it cannot read.
        let Ok(Some(message)) = HighToLow::decode(message) else { return };
        match message {
            HighToLow::Enable => self.enabled(),
            HighToLow::Disable => self.command(Command::Disable),
            HighToLow::AllowPowerOn(allow) => self.command(Command::AllowPower(allow)),
            HighToLow::SetPwm(signal) => self.command(Command::SetPilot(signal)),
            HighToLow::Heartbeat => self.command(Command::Heartbeat),
            HighToLow::SetSlac(slac) => {
                self.slac = slac;
                self.command(Command::Heartbeat);
            }
        }
        // It has learnt its peer.
        if !self.silent {
            self.heartbeat.get_or_insert(now + HEARTBEAT);
        }
    }

    fn transmit(&mut self, now: Instant) -> Option<Vec<u8>> {
        if self.up.is_empty() && self.heartbeat.is_some_and(|due| now >= due) {
            self.heartbeat = Some(now + HEARTBEAT);
            self.up.push_back(LowToHigh::Heartbeat);
        }
        if self.fault == Some(M4Fault::Mute) {
            self.up.clear();
        }
        let mut message = self.up.pop_front()?.encode();
        if self.fault == Some(M4Fault::Garbled) {
            message.pop();
        }
        Some(message)
    }

    fn next_change(&self) -> Option<Instant> {
        self.heartbeat
    }
}

#[cfg(test)]
mod tests {
    use iec61851::{Duty, Fault, PilotSignal, PilotState};

    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    fn started(mut peer: M4Peer) -> M4Peer {
        for message in HighToLow::START {
            peer.receive(at(0), &message.encode());
        }
        peer
    }

    fn sent(peer: &mut M4Peer, now: Instant) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| peer.transmit(now)).collect()
    }

    #[test]
    fn it_is_enabled_and_answers_who_it_is_before_anything_else() {
        let mut peer = M4Peer::new(1, "m4");
        peer.tell(Event::ContactorOpened);
        assert!(sent(&mut peer, at(9)).is_empty(), "nobody has talked to it");
        let mut peer = started(peer);
        assert_eq!(
            peer.take_commands(),
            [Command::Disable, Command::SetPilot(PilotSignal::X1), Command::SetPilot(PilotSignal::X1), Command::Enable]
        );
        peer.tell(Event::Fault(Fault::DiodeFault));
        let info = LowToHigh::Info(Info { protocol: 1, firmware: "m4".into() });
        let fault = LowToHigh::Event(Event::Fault(Fault::DiodeFault));
        assert_eq!(sent(&mut peer, at(0)), [info.encode(), fault.encode()]);
    }

    #[test]
    fn it_gives_a_sign_of_life_every_three_seconds_once_it_has_a_peer() {
        let mut peer = M4Peer::new(1, "m4");
        assert_eq!(peer.next_change(), None);
        peer.receive(at(1), &HighToLow::Heartbeat.encode());
        assert_eq!(peer.next_change(), Some(at(4)));
        assert!(sent(&mut peer, at(3)).is_empty());
        assert_eq!(sent(&mut peer, at(4)), [vec![0x12, 0x00]]);
        assert_eq!(peer.next_change(), Some(at(7)));
    }

    #[test]
    fn each_message_is_the_command_of_its_name() {
        let mut peer = M4Peer::new(1, "m4");
        let pwm = PilotSignal::Pwm(Duty::DIGITAL);
        for message in [
            HighToLow::SetPwm(pwm),
            HighToLow::AllowPowerOn(true),
            HighToLow::AllowPowerOn(false),
            HighToLow::Heartbeat,
            HighToLow::SetSlac(SlacState::Run),
        ] {
            peer.receive(at(0), &message.encode());
        }
        peer.receive(at(0), &[0xff, 0xff, 0xff]);
        assert_eq!(
            peer.take_commands(),
            [
                Command::SetPilot(pwm),
                Command::AllowPower(true),
                Command::AllowPower(false),
                Command::Heartbeat,
                Command::Heartbeat
            ]
        );
        assert_eq!(peer.slac(), SlacState::Run);
    }

    #[test]
    fn after_a_restart_it_is_mute_until_it_is_enabled() {
        let mut peer = started(M4Peer::new(1, "m4"));
        peer.restart();
        peer.receive(at(1), &HighToLow::Heartbeat.encode());
        peer.tell(Event::ContactorOpened);
        assert!(sent(&mut peer, at(20)).is_empty());
        let mut peer = started(peer);
        assert_eq!(sent(&mut peer, at(20)).len(), 2, "who it is, and a sign of life");
    }

    #[test]
    fn it_may_be_deaf_mute_or_garbled() {
        let mut peer = started(M4Peer::new(1, "m4"));
        sent(&mut peer, at(0));
        peer.take_commands();
        peer.set_fault(Some(M4Fault::Deaf));
        peer.receive(at(1), &HighToLow::AllowPowerOn(true).encode());
        assert!(peer.take_commands().is_empty());
        peer.set_fault(Some(M4Fault::Mute));
        peer.tell(Event::ContactorOpened);
        assert!(sent(&mut peer, at(4)).is_empty());
        assert_eq!(peer.next_change(), Some(at(3)), "no beat was due while something else was to be sent");
        peer.set_fault(Some(M4Fault::Garbled));
        assert_eq!(sent(&mut peer, at(4)), [vec![0x12]]);
    }

    #[test]
    fn a_plain_firmware_has_only_the_words_of_tux_evse() {
        let mut peer = started(M4Peer::plain());
        peer.tell(Event::Pilot { state: PilotState::B, pwm: false });
        assert_eq!(sent(&mut peer, at(0)), [vec![0x08, 0x00]]);
    }
}
