//! A host and a board of ours, and a wire between them that loses, damages and doubles what it likes.

use std::collections::VecDeque;
use std::time::Duration;

use board_link::{HostLink, Input, Lost, Output, Patience};
use devices::MessageDevice;
use devices::m4::M4Peer;
use hardware::PROTOCOL_VERSION;
use iec61851::{CableRating, Command, Duty, Event, Fault, Permission, PilotSignal, PilotState, PlugIn};
use proptest::prelude::*;
use units::{Instant, Milliamps};
use wire::tux_evse::{BoardState, LowToHigh};

/// What the wire does to one message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    Arrives,
    Damaged,
    Doubled,
    Lost,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A car comes, unless one is there.
    Plugs,
    /// It goes.
    Leaves,
    /// It is ready, or not.
    Ready(bool),
    /// Something is wrong with the board, or mended.
    Fault(Fault, bool),
    Closes(bool),
    Pilot(u16),
    Allow(Permission),
    Pass(u64),
}

/// Both ends, the clock, and what became of everything.
struct Wire {
    now: Instant,
    host: HostLink,
    board: M4Peer,
    fates: VecDeque<Fate>,
    /// What the board knows, as the safety machine told it.
    truth: BoardState,
    /// What the host was told.
    told: BoardState,
    /// What the safety machine was asked last, and for which plug-in.
    permission: Permission,
    signal: Option<PilotSignal>,
    plug_in: PlugIn,
    lost: Option<Lost>,
    beat: Instant,
    /// What the host wished last, and the plug-in that it had been told by then.
    wished: (Permission, Option<PlugIn>),
}

impl Wire {
    fn new() -> Self {
        let mut wire = Self {
            now: Instant::ZERO,
            host: HostLink::new(false, true, Patience::default()),
            board: M4Peer::new(PROTOCOL_VERSION, "m4", 7),
            fates: VecDeque::new(),
            truth: BoardState::default(),
            told: BoardState::default(),
            permission: Permission::Withdrawn,
            signal: None,
            plug_in: PlugIn::at_start(7),
            lost: None,
            beat: Instant::ZERO,
            wished: (Permission::Withdrawn, None),
        };
        wire.host.handle_input(wire.now, Input::Start);
        wire.settle();
        wire.happens(Event::Pilot { state: PilotState::A, pwm: false, plug_in: None });
        wire
    }

    fn order(&mut self, input: Input) {
        self.host.handle_input(self.now, input);
        self.settle();
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Pilot { state: PilotState::A, .. } | Event::Fault(_) => self.permission = Permission::Withdrawn,
            _ => {}
        }
        self.truth.happens(event);
        self.board.tell(event);
        self.settle();
    }

    /// Carries messages until both ends are silent at this instant.
    fn settle(&mut self) {
        loop {
            while let Some(packet) = self.board.transmit(self.now) {
                let message = LowToHigh::decode(&packet).expect("a message").expect("known");
                match self.fates.pop_front().unwrap_or(Fate::Arrives) {
                    Fate::Arrives => self.host.handle_input(self.now, Input::Message(message)),
                    Fate::Damaged => self.host.handle_input(self.now, Input::Damaged),
                    Fate::Doubled => {
                        self.host.handle_input(self.now, Input::Message(message.clone()));
                        self.host.handle_input(self.now, Input::Message(message));
                    }
                    Fate::Lost => {}
                }
            }
            match self.host.poll_output() {
                Output::Send(message) => {
                    let times = match self.fates.pop_front().unwrap_or(Fate::Arrives) {
                        Fate::Arrives => 1,
                        Fate::Doubled => 2,
                        Fate::Damaged | Fate::Lost => 0,
                    };
                    for _ in 0..times {
                        self.board.receive(self.now, &message.encode());
                        self.obey();
                    }
                }
                Output::Event(event) => self.told.happens(event),
                Output::Lost(why) => self.lost = Some(why),
                Output::Started(_) => {}
                Output::Wait(_) => return,
            }
        }
    }

    fn obey(&mut self) {
        for command in self.board.take_commands() {
            match command {
                Command::AllowPower(permission) => {
                    // Whatever was lost and said again: a permission is taken for the plug-in that its host knew of.
                    assert!(!permission.is_given() || self.wished == (permission, self.truth.plug_in()));
                    self.permission = permission;
                }
                Command::SetPilot(signal) => self.signal = Some(signal),
                // A start: what was permitted and seen before is of another time.
                Command::Disable => self.permission = Permission::Withdrawn,
                Command::Enable | Command::Heartbeat => {}
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let due = match self.host.poll_output() {
                Output::Wait(due) => due,
                other => panic!("{other:?} was not taken"),
            };
            let next = due.into_iter().chain(self.board.next_change()).chain([self.beat]).min().unwrap_or(end);
            if next > end {
                self.now = end;
                return;
            }
            self.now = self.now.max(next);
            if self.now >= self.beat {
                self.beat = self.now + Duration::from_millis(500);
                self.host.handle_input(self.now, Input::Heartbeat);
            }
            self.host.handle_input(self.now, Input::Timeout);
            self.settle();
        }
    }

    fn step(&mut self, step: Step) {
        let plugged = self.truth.plug_in();
        match step {
            Step::Plugs if plugged.is_none() => {
                self.plug_in = self.plug_in.next();
                self.happens(Event::Cable(CableRating::A32));
                self.happens(Event::Pilot { state: PilotState::B, pwm: false, plug_in: Some(self.plug_in) });
            }
            Step::Ready(ready) if plugged.is_some() => {
                let state = if ready { PilotState::C } else { PilotState::B };
                self.happens(Event::Pilot { state, pwm: true, plug_in: plugged });
            }
            Step::Plugs | Step::Ready(_) => {}
            Step::Leaves => self.happens(Event::Pilot { state: PilotState::A, pwm: false, plug_in: None }),
            Step::Fault(fault, true) => self.happens(Event::Fault(fault)),
            Step::Fault(fault, false) => self.happens(Event::FaultCleared(fault)),
            Step::Closes(true) => self.happens(Event::ContactorClosed),
            Step::Closes(false) => self.happens(Event::ContactorOpened),
            Step::Pilot(permille) => {
                let duty = Duty::from_permille(permille).expect("a duty");
                self.order(Input::SetPilot(PilotSignal::Pwm(duty)));
            }
            Step::Allow(permission) => {
                self.wished = (permission, self.told.plug_in());
                self.order(Input::AllowPower(permission));
            }
            Step::Pass(ms) => self.pass(Duration::from_millis(ms)),
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let fault = (0..Fault::ALL.len()).prop_map(|at| Fault::ALL[at]);
    let permission = prop_oneof![
        Just(Permission::Withdrawn),
        Just(Permission::Offered),
        (6_000..80_000).prop_map(|limit| Permission::Digital { limit: Milliamps(limit) }),
    ];
    prop_oneof![
        2 => Just(Step::Plugs),
        1 => Just(Step::Leaves),
        1 => any::<bool>().prop_map(Step::Ready),
        1 => (fault, any::<bool>()).prop_map(|(fault, present)| Step::Fault(fault, present)),
        1 => any::<bool>().prop_map(Step::Closes),
        1 => (0..=1000_u16).prop_map(Step::Pilot),
        3 => permission.prop_map(Step::Allow),
        3 => (0..700_u64).prop_map(Step::Pass),
    ]
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![4 => Just(Fate::Arrives), 2 => Just(Fate::Damaged), 1 => Just(Fate::Doubled), 2 => Just(Fate::Lost)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the wire does: once it is quiet, the host knows what the board knows, and the board what its host wants.
    #[test]
    fn nothing_is_lost_for_ever(
        steps in prop::collection::vec((step(), prop::collection::vec(fate(), 0..6)), 1..60),
    ) {
        let mut wire = Wire::new();
        for (step, fates) in steps {
            wire.fates.extend(fates);
            wire.step(step);
        }
        wire.fates.clear();
        if wire.lost.is_some() {
            // Given up: that much was lost. The next start begins with a withdrawal, and with everything that is known.
            wire.lost = None;
            wire.told = BoardState::default();
            wire.wished = (Permission::Withdrawn, None);
            wire.order(Input::Start);
            prop_assert_eq!(wire.permission, Permission::Withdrawn);
            return Ok(());
        }
        wire.pass(Duration::from_millis(600));
        prop_assert_eq!(wire.lost, None);
        prop_assert_eq!(BoardState { raised: wire.truth.raised, ..wire.told }, wire.truth);
        if !wire.wished.0.is_given() {
            prop_assert_eq!(wire.permission, Permission::Withdrawn);
        }
    }
}

/// A wire that loses three of four messages in each direction, and one that loses nothing.
#[test]
fn a_withdrawal_arrives_within_a_second_while_the_link_holds() {
    for (seed, losses) in [(1_u64, 0), (2, 1), (3, 2), (4, 3)] {
        let mut random = seed;
        let mut wire = Wire::new();
        wire.step(Step::Plugs);
        wire.step(Step::Ready(true));
        wire.pass(Duration::from_secs(1));
        for round in 0..200 {
            wire.step(Step::Allow(Permission::Offered));
            wire.fates.clear();
            wire.pass(Duration::from_millis(300));
            assert_eq!(wire.permission, Permission::Offered, "round {round}");
            for _ in 0..200 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let lost = (random >> 33) % 4 < losses;
                wire.fates.push_back(if lost { Fate::Lost } else { Fate::Arrives });
            }
            wire.step(Step::Allow(Permission::Withdrawn));
            wire.pass(Duration::from_millis(1_500));
            assert_eq!(wire.permission, Permission::Withdrawn, "{losses} of four lost, round {round}");
            wire.fates.clear();
            wire.pass(Duration::from_millis(600));
            assert_eq!(wire.lost, None);
        }
    }
}
