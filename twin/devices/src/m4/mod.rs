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
mod line;
mod noise;
mod ours;
mod plain;

use std::collections::VecDeque;
use std::time::Duration;

use iec61851::{Command, Event, Permission};
use units::Instant;
use wire::tux_evse::{BEAT_MS, HighToLow, LowToHigh, SlacState};

pub use self::cobs::CobsPeer;
pub use self::line::{Damaged, Line};
pub use self::noise::M4Fault;
use self::noise::Noise;
use self::ours::OurBoard;
use self::plain::PlainBoard;
use crate::MessageDevice;

/// How often a firmware of ours says its state at least.
const BEAT: Duration = Duration::from_millis(BEAT_MS);

/// How often a plain one gives a sign of life.
const PLAIN_BEAT: Duration = Duration::from_secs(3);

/// What a link holds in either direction at most; a real one drops what does not fit as well.
const BACKLOG: usize = 64;

/// What the firmware speaks.
#[derive(Debug)]
enum Vocabulary {
    /// Ours.
    Full(OurBoard),
    /// That of Tux-EVSE: events and heartbeats, nothing else.
    Plain(PlainBoard),
}

/// The firmware's end of the link.
#[derive(Debug)]
pub struct M4Peer {
    vocabulary: Vocabulary,
    noise: Noise,
    /// When it says something by itself; `None` before it has anybody to say it to.
    beat: Option<Instant>,
    slac: SlacState,
    commands: VecDeque<Command>,
    up: VecDeque<LowToHigh>,
}

impl M4Peer {
    /// A firmware of ours: `protocol` is the version of its messages, `firmware` its name, `boot` a random number.
    #[must_use]
    pub fn new(protocol: u16, firmware: &str, boot: u32) -> Self {
        Self::with(Vocabulary::Full(OurBoard::new(protocol, firmware, boot)))
    }

    /// A firmware that speaks the events of Tux-EVSE only.
    #[must_use]
    pub fn plain() -> Self {
        Self::with(Vocabulary::Plain(PlainBoard::default()))
    }

    /// Whether it is such a one.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        matches!(self.vocabulary, Vocabulary::Plain(_))
    }

    const fn with(vocabulary: Vocabulary) -> Self {
        Self {
            vocabulary,
            noise: Noise::new(0),
            beat: None,
            slac: SlacState::Undefined,
            commands: VecDeque::new(),
            up: VecDeque::new(),
        }
    }

    /// The next thing that the host has asked for.
    pub fn next_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
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
        if self.beat.is_none() {
            return;
        }
        match &mut self.vocabulary {
            Vocabulary::Full(board) => {
                if board.happens(event) {
                    let state = board.say();
                    self.send(LowToHigh::State(state));
                }
            }
            Vocabulary::Plain(board) => {
                for event in board.say(event) {
                    self.send(LowToHigh::Plain(event));
                }
            }
        }
    }

    /// The microcontroller boots again, with the firmware of `fresh`: what was under way is lost, and it says nothing until
    /// somebody talks to it. The world makes a new safety machine at the same time. The link stays as it is.
    pub fn restart(&mut self, fresh: Self) {
        let noise = std::mem::replace(&mut self.noise, Noise::new(0));
        *self = Self { noise, ..fresh };
    }

    /// Breaks the link, or mends it.
    pub fn set_fault(&mut self, fault: Option<M4Fault>) {
        self.noise.set(fault);
    }

    /// The next message that it sends is damaged.
    pub const fn damage_next_up(&mut self) {
        self.noise.damage_next_up();
    }

    /// The next message to it is damaged.
    pub const fn damage_next_down(&mut self) {
        self.noise.damage_next_down();
    }

    fn send(&mut self, message: LowToHigh) {
        if self.up.len() == BACKLOG {
            // The newest state says everything that the oldest does.
            self.up.pop_front();
        }
        self.up.push_back(message);
    }

    fn command(&mut self, command: Command) {
        if self.commands.len() < BACKLOG {
            self.commands.push_back(command);
        }
    }

    /// Says by itself who it is, as it does on a line that needs no address.
    fn announce(&mut self) {
        if let Vocabulary::Full(board) = &self.vocabulary {
            let info = board.info();
            self.send(LowToHigh::Info(info));
        }
    }

    /// What the host says: it has come over the link, or is lost on it.
    pub fn hear(&mut self, now: Instant, message: HighToLow) {
        if self.is_lost_down() {
            return;
        }
        self.take(now, message);
    }

    /// Whether what arrives now does not get through.
    fn is_lost_down(&mut self) -> bool {
        self.noise.fault == Some(M4Fault::Deaf) || self.noise.damages_down()
    }

    fn take(&mut self, now: Instant, message: HighToLow) {
        self.obey(message);
        // It has learnt its peer.
        let each = self.beats_each();
        self.beat.get_or_insert(now + each);
    }

    fn obey(&mut self, message: HighToLow) {
        match (&mut self.vocabulary, message) {
            (Vocabulary::Full(board), HighToLow::Host(says)) => {
                let commands = board.hear(&says);
                let state = board.say();
                commands.for_each(|command| self.command(command));
                self.send(LowToHigh::State(state));
            }
            // A host of version 1 asks so, and is told that this is another.
            (Vocabulary::Full(_), HighToLow::Hello | HighToLow::Enable) => self.announce(),
            (Vocabulary::Full(_), HighToLow::AllowPowerOn(true) | HighToLow::Heartbeat | HighToLow::SetSlac(_)) => {}
            (Vocabulary::Full(_), HighToLow::SetPwm(signal)) if signal.is_pwm() => {}
            (Vocabulary::Plain(_), HighToLow::Hello | HighToLow::Host(_)) => {}
            (Vocabulary::Plain(board), HighToLow::Enable) => {
                // What the machine publishes next is news to this host.
                *board = PlainBoard::default();
                self.command(Command::Enable);
            }
            (Vocabulary::Full(_) | Vocabulary::Plain(_), HighToLow::AllowPowerOn(allow)) => {
                let permission = if allow { Permission::Offered } else { Permission::Withdrawn };
                self.command(Command::AllowPower(permission));
            }
            (Vocabulary::Full(_) | Vocabulary::Plain(_), HighToLow::SetPwm(signal)) => {
                self.command(Command::SetPilot(signal));
            }
            (Vocabulary::Full(_) | Vocabulary::Plain(_), HighToLow::Disable) => self.command(Command::Disable),
            (Vocabulary::Plain(_), HighToLow::Heartbeat) => self.command(Command::Heartbeat),
            (Vocabulary::Plain(_), HighToLow::SetSlac(slac)) => {
                self.slac = slac;
                self.command(Command::Heartbeat);
            }
        }
    }

    const fn beats_each(&self) -> Duration {
        match self.vocabulary {
            Vocabulary::Full(_) => BEAT,
            Vocabulary::Plain(_) => PLAIN_BEAT,
        }
    }

    /// The next message to send, and whether it is damaged on its way.
    fn next_message(&mut self, now: Instant) -> Option<(LowToHigh, bool)> {
        let is_due = self.up.is_empty() && self.beat.is_some_and(|due| now >= due);
        if is_due {
            self.up.push_back(match &mut self.vocabulary {
                Vocabulary::Full(board) => LowToHigh::State(board.say()),
                Vocabulary::Plain(_) => LowToHigh::Heartbeat,
            });
        }
        // Whatever ours says is a sign of life.
        let is_sign = matches!(self.vocabulary, Vocabulary::Full(_)) && !self.up.is_empty();
        if is_due || is_sign {
            self.beat = self.beat.map(|_| now + self.beats_each());
        }
        if self.noise.fault == Some(M4Fault::Mute) {
            self.up.clear();
        }
        let message = self.up.pop_front()?;
        Some((message, self.noise.damages_up()))
    }
}

impl MessageDevice for M4Peer {
    fn receive(&mut self, now: Instant, message: &[u8]) {
        if self.is_lost_down() {
            return;
        }
        // A firmware ignores what it cannot read.
        if let Ok(Some(message)) = HighToLow::decode(message) {
            self.take(now, message);
        }
    }

    fn transmit(&mut self, now: Instant) -> Option<Vec<u8>> {
        let (message, damaged) = self.next_message(now)?;
        let mut packet = message.encode();
        if damaged {
            packet.pop();
        }
        Some(packet)
    }

    fn next_change(&self) -> Option<Instant> {
        self.beat
    }
}

#[cfg(test)]
mod tests {
    use iec61851::{Duty, Fault, PilotSignal, PilotState, PlugIn};
    use wire::tux_evse::{BoardState, HostSays, Info, Permit, Wish};

    use super::*;

    const PLUG_IN: PlugIn = PlugIn { boot: 7, number: 1 };

    fn pilot(plug_in: PlugIn) -> Event {
        Event::Pilot { state: PilotState::C, pwm: true, plug_in: Some(plug_in) }
    }

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    fn ours() -> M4Peer {
        M4Peer::new(3, "m4", 6)
    }

    fn says(start: u32, number: u32) -> HostSays {
        HostSays { start, number, ..HostSays::default() }
    }

    fn permit(number: u32, permission: Permission) -> Option<Wish<Permit>> {
        Some(Wish { number, what: Permit { permission, plug_in: Some(PLUG_IN) } })
    }

    fn hears(peer: &mut M4Peer, now: Instant, says: HostSays) -> Vec<Command> {
        peer.receive(now, &HighToLow::Host(says).encode());
        peer.take_commands()
    }

    fn sent(peer: &mut M4Peer, now: Instant) -> Vec<LowToHigh> {
        let sent = std::iter::from_fn(|| peer.transmit(now));
        sent.map(|packet| LowToHigh::decode(&packet).expect("a message").expect("known")).collect()
    }

    fn states(peer: &mut M4Peer, now: Instant) -> Vec<BoardState> {
        let states = sent(peer, now).into_iter().map(|message| match message {
            LowToHigh::State(state) => state,
            other => panic!("{other:?}"),
        });
        states.collect()
    }

    fn started() -> M4Peer {
        let mut peer = ours();
        hears(&mut peer, at(0), says(7, 1));
        sent(&mut peer, at(0));
        peer
    }

    #[test]
    fn it_says_who_it_is_and_is_enabled_by_the_first_word_of_the_next_start() {
        let mut peer = ours();
        peer.tell(Event::ContactorOpened);
        assert!(sent(&mut peer, at(9_000)).is_empty(), "nobody has talked to it");
        peer.receive(at(9_000), &HighToLow::Hello.encode());
        let info = Info { protocol: 3, firmware: "m4".into(), start: 6 };
        assert_eq!(sent(&mut peer, at(9_000)), [LowToHigh::Info(info)]);
        assert!(peer.take_commands().is_empty(), "a question changes nothing");
        assert_eq!(hears(&mut peer, at(9_000), says(7, 1)), [Command::Disable, Command::Enable, Command::Heartbeat]);
        peer.tell(Event::Fault(Fault::DiodeFault));
        let all = states(&mut peer, at(9_000));
        assert_eq!((all[0].start, all[0].heard, all[0].faults.has(Fault::DiodeFault)), (7, 1, false));
        assert!(all[1].faults.has(Fault::DiodeFault));
        // Said once more, it is a sign of life and no other start.
        assert_eq!(hears(&mut peer, at(9_050), says(7, 1)), [Command::Heartbeat]);
    }

    #[test]
    fn a_wish_is_taken_once_however_often_it_is_said() {
        let mut peer = started();
        peer.tell(pilot(PLUG_IN));
        let pwm = PilotSignal::Pwm(Duty::DIGITAL);
        let pilot = Some(Wish { number: 2, what: pwm });
        let yes = HostSays { pilot, permission: permit(3, Permission::Offered), ..says(7, 3) };
        assert_eq!(
            hears(&mut peer, at(0), yes),
            [Command::SetPilot(pwm), Command::AllowPower(Permission::Offered), Command::Heartbeat]
        );
        assert_eq!(hears(&mut peer, at(500), HostSays { number: 4, ..yes }), [Command::Heartbeat]);
        let no = HostSays { permission: permit(5, Permission::Withdrawn), ..yes };
        assert_eq!(hears(&mut peer, at(510), no), [Command::AllowPower(Permission::Withdrawn), Command::Heartbeat]);
        // The same permission, meant anew.
        let again = HostSays { permission: permit(6, Permission::Offered), ..yes };
        assert_eq!(hears(&mut peer, at(520), again), [Command::AllowPower(Permission::Offered), Command::Heartbeat]);
    }

    #[test]
    fn a_permission_is_for_the_plug_in_that_its_host_knew_of() {
        let mut peer = started();
        let yes = |number| HostSays { permission: permit(number, Permission::Offered), ..says(7, number) };
        assert_eq!(hears(&mut peer, at(0), yes(2)), [Command::Heartbeat], "nobody was seen yet");
        // Said again on a bad line, it comes when another car is in.
        peer.tell(pilot(PLUG_IN.next()));
        assert_eq!(hears(&mut peer, at(0), yes(3)), [Command::Heartbeat]);
        let no = HostSays { permission: permit(4, Permission::Withdrawn), ..says(7, 4) };
        assert_eq!(
            hears(&mut peer, at(0), no),
            [Command::AllowPower(Permission::Withdrawn), Command::Heartbeat],
            "a withdrawal is for everybody"
        );
    }

    #[test]
    fn the_word_of_another_start_does_not_count() {
        let mut peer = started();
        let yes = HostSays { permission: permit(9, Permission::Offered), ..says(9, 9) };
        assert_eq!(hears(&mut peer, at(0), yes), []);
        assert_eq!(states(&mut peer, at(0))[0].start, 7, "and its host learns it");
        assert_eq!(hears(&mut peer, at(0), HostSays { start: 8, ..yes }), [], "a start begins with its first word");
        // Booted again, even with the number at which its host began, it is in no start of that host.
        for boot in [6, 7] {
            peer.restart(M4Peer::new(3, "m4", boot));
            assert_eq!(hears(&mut peer, at(0), HostSays { start: 7, ..yes }), []);
            assert_eq!(states(&mut peer, at(0))[0].heard, 0);
        }
    }

    #[test]
    fn what_makes_the_outlet_safer_is_obeyed_from_anybody_and_nothing_else() {
        let mut peer = ours();
        for message in [
            HighToLow::AllowPowerOn(true),
            HighToLow::SetPwm(PilotSignal::Pwm(Duty::DIGITAL)),
            HighToLow::Heartbeat,
            HighToLow::SetSlac(SlacState::Run),
            HighToLow::AllowPowerOn(false),
            HighToLow::SetPwm(PilotSignal::X1),
            HighToLow::Disable,
        ] {
            peer.receive(at(0), &message.encode());
        }
        peer.receive(at(0), &[0xff, 0xff, 0xff]);
        assert_eq!(
            peer.take_commands(),
            [Command::AllowPower(Permission::Withdrawn), Command::SetPilot(PilotSignal::X1), Command::Disable]
        );
    }

    #[test]
    fn it_says_its_state_at_every_change_and_each_half_second() {
        let mut peer = started();
        assert_eq!(peer.next_change(), Some(at(500)));
        peer.tell(Event::ContactorClosed);
        peer.tell(Event::ContactorClosed);
        assert_eq!(states(&mut peer, at(200)).len(), 1, "what changes nothing is not said");
        assert_eq!(peer.next_change(), Some(at(700)));
        assert!(states(&mut peer, at(699)).is_empty());
        let state = states(&mut peer, at(700))[0];
        assert!(state.closed);
        for turn in 0..200 {
            peer.tell(if turn % 2 == 0 { Event::ContactorOpened } else { Event::ContactorClosed });
        }
        let all = states(&mut peer, at(800));
        assert_eq!((all.len(), all[BACKLOG - 1].closed), (BACKLOG, true), "of too many the newest are kept");
    }

    #[test]
    fn after_a_restart_it_says_nothing_until_somebody_talks_to_it() {
        let mut peer = started();
        peer.restart(M4Peer::new(3, "m4", 99));
        peer.tell(Event::ContactorOpened);
        assert!(sent(&mut peer, at(20_000)).is_empty());
        peer.receive(at(20_000), &HighToLow::Hello.encode());
        assert!(matches!(&sent(&mut peer, at(20_000))[..], [LowToHigh::Info(info)] if info.start == 99));
    }

    #[test]
    fn it_may_be_deaf_mute_or_garbled() {
        let mut peer = started();
        peer.set_fault(Some(M4Fault::Deaf));
        assert!(hears(&mut peer, at(1), says(7, 2)).is_empty());
        peer.set_fault(Some(M4Fault::Mute));
        peer.tell(Event::ContactorClosed);
        assert!(sent(&mut peer, at(400)).is_empty());
        peer.set_fault(Some(M4Fault::GARBLED));
        peer.tell(Event::ContactorOpened);
        let packet = peer.transmit(at(400)).expect("a message");
        assert!(LowToHigh::decode(&packet).is_err());
        peer.set_fault(None);
        peer.damage_next_down();
        assert!(hears(&mut peer, at(450), says(7, 2)).is_empty());
        assert_eq!(hears(&mut peer, at(450), says(7, 2)), [Command::Heartbeat]);
    }

    #[test]
    fn a_plain_firmware_has_only_the_words_of_tux_evse() {
        let mut peer = M4Peer::plain();
        peer.receive(at(0), &HighToLow::Hello.encode());
        assert_eq!(sent(&mut peer, at(0)), []);
        assert_eq!(peer.next_change(), Some(at(3_000)), "it knows now whom to say it to");
        for message in HighToLow::START {
            peer.receive(at(1_000), &message.encode());
        }
        assert_eq!(
            peer.take_commands(),
            [Command::Disable, Command::SetPilot(PilotSignal::X1), Command::SetPilot(PilotSignal::X1), Command::Enable]
        );
        peer.tell(Event::Pilot { state: PilotState::B, pwm: false, plug_in: None });
        assert_eq!(sent(&mut peer, at(1_000)), [LowToHigh::Plain(wire::tux_evse::PlainEvent::CarPluggedIn)]);
        assert_eq!(sent(&mut peer, at(3_000)), [LowToHigh::Heartbeat]);
        peer.receive(at(3_000), &HighToLow::AllowPowerOn(true).encode());
        peer.receive(at(3_000), &HighToLow::SetSlac(SlacState::Run).encode());
        assert_eq!(peer.take_commands(), [Command::AllowPower(Permission::Offered), Command::Heartbeat]);
        assert_eq!(peer.slac(), SlacState::Run);
    }
}
