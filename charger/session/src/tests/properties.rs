//! Whatever happens, in whatever order.

use crate::words::{Ask, AuthorizationOutcome, AuthorizationStatus};
use iec61851::{Event, Fault, PilotState};
use proptest::prelude::*;
use units::{Milliamps, PhaseCount};

use super::bench::{Bench, accepted, token};
use crate::*;

fn any_input() -> impl Strategy<Value = u8> {
    0u8..24
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: no permission without a transaction or with a trouble, and no flood of wishes.
    #[test]
    fn permission_needs_a_transaction_and_no_trouble(steps in proptest::collection::vec(any_input(), 1..80)) {
        let mut bench = Bench::new(|config| config.authorization.offline_unknown = true);
        for step in steps {
            match step {
                0 => { bench.plug(); }
                1 => { bench.car(PilotState::C); }
                2 => { bench.car(PilotState::B); }
                3 => { bench.car(PilotState::A); }
                4 => { bench.car(PilotState::E); }
                5 => { bench.badge("04A1"); }
                6 => { bench.badge("BEEF"); }
                7 => { bench.csms(accepted()); }
                8 => { bench.csms(AuthorizationOutcome::Refused(AuthorizationStatus::Invalid)); }
                9 => { bench.fault(Fault::PilotShort); }
                10 => { bench.input(Input::Board(BoardInput::Event(Event::FaultCleared(Fault::PilotShort)))); }
                11 => { bench.input(Input::Board(BoardInput::Lost("gone".into()))); }
                12 => { bench.input(Input::Board(BoardInput::Started(hardware::BoardInfo { protocol: 1, firmware: String::new() }))); }
                13 => { bench.input(Input::Csms(CsmsInput::Offline)); }
                14 => { bench.input(Input::Csms(CsmsInput::Online)); }
                15 => { bench.ask(Ask::RequestStop { transaction: "00000000-0000-4000-8000-000000000001".into() }); }
                16 => { bench.input(Input::Lock(Ok(LockPosition::Moving))); }
                17 => { bench.input(Input::Lock(Ok(LockPosition::Locked))); }
                18 => { bench.ask(Ask::RequestStart { token: token("R"), evse: None, remote_start_id: 1, group: None }); }
                19 => { bench.ask(Ask::ChangeAvailability { evse: None, operative: false }); }
                20 => { bench.ask(Ask::ChangeAvailability { evse: None, operative: true }); }
                21 => { bench.ask(Ask::Reset { kind: ResetKind::Immediate, evse: None }); }
                22 => { bench.input(Input::Limits { profile: Some(ChargingLimit { current: Some(Milliamps(0)), power: None, phases: Some(PhaseCount::One) }), site: SiteLimit::default() }); }
                _ => { bench.pass(7); }
            }
            let transaction = bench.coordinator.occupancy.session().and_then(Session::transaction).is_some();
            if bench.coordinator.told.allow.is_some_and(Permission::is_given) {
                prop_assert!(transaction && bench.coordinator.outlet.troubles.is_empty(), "{}", bench.log);
            }
            // A deadline that has come must lead somewhere: one timeout later it lies ahead.
            if bench.coordinator.deadline().is_some_and(|at| at <= bench.now) {
                bench.input(Input::Timeout);
                let next = bench.coordinator.deadline();
                prop_assert!(next.is_none_or(|at| at > bench.now), "stuck at {next:?}: {}", bench.log);
            }
            prop_assert!(bench.outputs < 64, "{} wishes at once", bench.outputs);
        }
    }
}

/// What a world does around a charger whose board, link and host come and go.
#[derive(Clone, Copy, Debug)]
enum Step {
    Accept,
    Badge,
    BoardBack,
    BoardForgets,
    BoardLost,
    BoardStarts,
    Car(PilotState),
    Host(u64),
    Moves(PilotState),
    Pass(u64),
    RemoteStart,
    RemoteStop,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let state = || prop_oneof![Just(PilotState::A), Just(PilotState::B), Just(PilotState::C)];
    let step = prop_oneof![
        2 => Just(Step::Accept),
        2 => Just(Step::Badge),
        3 => Just(Step::BoardBack),
        1 => Just(Step::BoardForgets),
        2 => Just(Step::BoardLost),
        1 => Just(Step::BoardStarts),
        6 => state().prop_map(Step::Car),
        2 => (0u64..200).prop_map(Step::Host),
        3 => state().prop_map(Step::Moves),
        2 => (1u64..9).prop_map(Step::Pass),
        1 => Just(Step::RemoteStart),
        1 => Just(Step::RemoteStop),
    ];
    proptest::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// No authorization outlives the plug it was given for, whatever goes away and comes back; and no transaction is begun
    /// twice, ended twice, or left open.
    #[test]
    fn an_authorization_is_for_one_plug(steps in steps()) {
        let mut bench = Bench::new(|_| ());
        // A board that is told of counts what it does not tell: this is what is really at the plug.
        let mut let_in = Vec::new();
        let mut begun = 0;
        let mut link = true;
        for step in steps {
            match step {
                Step::Accept => { bench.csms(accepted()); }
                Step::Badge => { bench.badge("04A1"); }
                Step::BoardBack => { link = true; bench.board_back(); }
                Step::BoardForgets => { link = false; bench.board_lost().board_forgets(); }
                Step::BoardLost => { link = false; bench.board_lost(); }
                Step::BoardStarts => { link = false; bench.board_starts(); }
                Step::Car(state) if link => { if state == PilotState::B { bench.plug(); } else { bench.car(state); } }
                Step::Car(state) | Step::Moves(state) if !link => { bench.moves(state); }
                Step::Car(_) | Step::Moves(_) => {}
                Step::Host(away) => { link = false; bench.host_dies().host_starts(away); }
                Step::Pass(seconds) => { bench.pass(seconds); }
                Step::RemoteStart => { bench.ask(Ask::RequestStart { token: token("R"), evse: None, remote_start_id: 1, group: None }); }
                Step::RemoteStop => { if let Some(transaction) = bench.open.first().cloned() { bench.ask(Ask::RequestStop { transaction }); } }
            }
            let now_begun = bench.log.matches("-> Started").count();
            if now_begun > begun {
                begun = now_begun;
                let_in.push(bench.counts);
            }
            if bench.allowed {
                prop_assert!(let_in.contains(&bench.counts), "{:?} was never let in: {}", bench.counts, bench.log);
                prop_assert!(link, "permitted before the board has told: {}", bench.log);
            }
            prop_assert!(bench.open.len() <= 1, "{:?} at a time: {}", bench.open, bench.log);
        }
        // Whatever it was: with everything back and the plug out, nothing is left.
        bench.board_back().car(PilotState::A).pass(15);
        prop_assert!(bench.open.is_empty(), "{:?} left open: {}", bench.open, bench.log);
        let count = |what: &str| bench.log.matches(what).count();
        prop_assert_eq!(count("-> Ended"), count("-> Started"), "{}", bench.log);
        prop_assert!(bench.kept.is_none(), "{}", bench.log);
    }
}
