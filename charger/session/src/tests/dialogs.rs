//! Dialogs belong to one plug-in, and nothing that is said in one harms the charger.

use hardware::{InsulationReading, SupplyCapabilities, SupplyReading, SupplyTarget};
use iec61851::{Fault, PilotState};
use proptest::prelude::*;
use units::{Milliamps, Millivolts, Ohms, Soc, Watts};

use super::bench::{Bench, accepted};
use super::digital::energy;
use crate::words::{IdToken, TokenKind};
use crate::*;

#[test]
fn what_belongs_to_a_car_that_has_gone_does_nothing_to_the_next() {
    let mut bench = Bench::new(|config| config.pilot.digital_first = true);
    bench.plug().hlc(HlcEvent::Matched);
    let gone = bench.dialog.expect("an invitation");
    bench.car(PilotState::A).pass(3).plug().log.clear();
    for event in [
        HlcEvent::Matched,
        HlcEvent::WantsAuthorization(Identification::Eim),
        energy(WantedPower::Energy),
        HlcEvent::Lost,
        HlcEvent::Ended,
    ] {
        bench.input(Input::Hlc(HlcInput { dialog: gone, event }));
    }
    assert_eq!(bench.log, "");
    bench.hlc(HlcEvent::Matched);
    assert!(bench.log.contains("Offer"), "{}", bench.log);
}

#[test]
fn a_board_that_comes_back_with_the_same_plug_goes_on_with_the_dialog_and_a_host_begins_another() {
    let mut bench = Bench::new(|config| config.pilot.digital_first = true);
    bench.plug().hlc(HlcEvent::Matched).badge("04A1").csms(accepted());
    bench.hlc(HlcEvent::Needs(Needs::Ac { current: Milliamps::from_amps(32) })).hlc(energy(WantedPower::Energy));
    bench.car(PilotState::C).pass(5).board_lost();
    assert!(!bench.allowed && bench.log.contains("=> Stop(Fault)"), "{}", bench.log);
    bench.pass(1).board_back().pass(6);
    assert!(bench.closed && bench.pilot.is_pwm(), "{}", bench.log);
    let before = bench.dialog;
    bench.host_dies().host_starts(5).board_back().pass(6);
    assert!(!bench.closed && bench.dialog.is_some(), "{}", bench.log);
    assert!(!bench.log.contains("Ended"), "{}", bench.log);
    assert_eq!(before.is_some(), bench.dialog.is_some());
}

fn any_event() -> impl Strategy<Value = HlcEvent> {
    let volts = || prop_oneof![Just(i32::MIN), Just(-1), Just(0), Just(400_000), Just(900_000), Just(i32::MAX)];
    let amps = || prop_oneof![Just(i32::MIN), Just(0), Just(20_000), Just(250_000), Just(i32::MAX)];
    let wanted = prop_oneof![
        Just(WantedPower::Nothing),
        Just(WantedPower::CableCheck),
        Just(WantedPower::PreCharge),
        Just(WantedPower::Energy),
        Just(WantedPower::WeldingDetection),
    ];
    let dc = (volts(), amps(), proptest::option::of(amps())).prop_map(|(voltage, current, power)| Needs::Dc {
        voltage: Millivolts(voltage),
        current: Milliamps(current),
        power: power.map(Watts),
    });
    let contract = "[A-Z0-9]{0,40}".prop_map(|id| Identification::Contract(IdToken { id, kind: TokenKind::EMaid }));
    prop_oneof![
        4 => Just(HlcEvent::Matched),
        1 => Just(HlcEvent::Lost),
        1 => Just(HlcEvent::Ended),
        1 => Just(HlcEvent::Paused),
        1 => Just(HlcEvent::Soc(Soc::FULL)),
        1 => Just(HlcEvent::WantsAuthorization(Identification::Eim)),
        1 => contract.prop_map(HlcEvent::WantsAuthorization),
        2 => amps().prop_map(|current| HlcEvent::Needs(Needs::Ac { current: Milliamps(current) })),
        3 => dc.prop_map(HlcEvent::Needs),
        3 => (volts(), amps()).prop_map(|(voltage, current)| {
            HlcEvent::Target(SupplyTarget { voltage: Millivolts(voltage), current: Milliamps(current) })
        }),
        9 => wanted.prop_map(HlcEvent::WantsPower),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Badge,
    BoardBack,
    BoardLost,
    Car(PilotState),
    Fault,
    FaultCleared,
    Hlc(HlcEvent),
    Insulation(i32, i32),
    Limit(i32),
    Pass(u64),
    Stop,
    Supplies(i32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let state = prop_oneof![1 => Just(PilotState::A), 2 => Just(PilotState::B), 4 => Just(PilotState::C)];
    let step = prop_oneof![
        20 => any_event().prop_map(Step::Hlc),
        3 => Just(Step::Badge),
        1 => Just(Step::BoardBack),
        1 => Just(Step::BoardLost),
        5 => state.prop_map(Step::Car),
        1 => Just(Step::Fault),
        1 => Just(Step::FaultCleared),
        4 => (prop_oneof![Just(i32::MIN), Just(0), Just(500)], prop_oneof![Just(0), Just(500), Just(i32::MAX)])
            .prop_map(|(kilohms, volts)| Step::Insulation(kilohms, volts)),
        1 => (0..33).prop_map(Step::Limit),
        4 => (0u64..12).prop_map(Step::Pass),
        1 => Just(Step::Stop),
        2 => prop_oneof![Just(i32::MIN), Just(0), Just(90_000)].prop_map(Step::Supplies),
    ];
    proptest::collection::vec(step, 1..100)
}

const CAN: SupplyCapabilities = SupplyCapabilities {
    min_voltage: Millivolts::from_volts(150),
    max_voltage: Millivolts::from_volts(500),
    max_current: Milliamps::from_amps(125),
    max_power: Watts(50_000),
};

fn happens(bench: &mut Bench, step: Step) {
    match step {
        Step::Badge => {
            bench.badge("04A1").csms(accepted());
        }
        Step::BoardBack => {
            bench.board_back();
        }
        Step::BoardLost => {
            bench.board_lost();
        }
        Step::Car(PilotState::B) => {
            bench.plug();
        }
        Step::Car(state) => {
            bench.car(state);
        }
        Step::Fault => {
            bench.fault(Fault::VentilationNotAvailable);
        }
        Step::FaultCleared => {
            bench.input(Input::Board(BoardInput::Event(iec61851::Event::FaultCleared(Fault::VentilationNotAvailable))));
        }
        Step::Hlc(event) => {
            bench.hlc(event);
        }
        Step::Insulation(ohms, volts) => {
            let reading =
                InsulationReading { resistance: Some(Ohms(ohms)), voltage: Millivolts(volts.saturating_mul(1000)) };
            bench.input(Input::InsulationReading(reading));
        }
        Step::Limit(amps) => {
            let profile = ChargingLimit { current: Some(Milliamps::from_amps(amps)), power: None, phases: None };
            bench.input(Input::Limits { profile: Some(profile), site: SiteLimit::default() });
        }
        Step::Pass(seconds) => {
            bench.pass(seconds);
        }
        Step::Stop => {
            if let Some(transaction) = bench.open.first().cloned() {
                bench.ask(words::Ask::RequestStop { transaction });
            }
        }
        Step::Supplies(current) => {
            bench.input(Input::SupplyReading(SupplyReading {
                voltage: Millivolts::ZERO,
                current: Milliamps(current),
                on: true,
            }));
        }
    }
}

/// A car goes so many steps on the way to its energy, before it does what it likes.
fn goes(bench: &mut Bench, direct: bool, far: usize) {
    let (voltage, current) = (Millivolts::from_volts(420), Milliamps::from_amps(100));
    let dc = |wanted| Step::Hlc(energy(wanted));
    let target = Step::Hlc(HlcEvent::Target(SupplyTarget { voltage, current }));
    let way = if direct {
        let needs = Step::Hlc(HlcEvent::Needs(Needs::Dc { voltage, current, power: None }));
        let checked = [dc(WantedPower::CableCheck), Step::Pass(1), Step::Insulation(500_000, 420)];
        let charges = [target, dc(WantedPower::PreCharge), Step::Pass(1), dc(WantedPower::Energy), Step::Pass(1)];
        [needs].into_iter().chain(checked).chain(charges).collect::<Vec<_>>()
    } else {
        vec![Step::Hlc(HlcEvent::Needs(Needs::Ac { current })), dc(WantedPower::Energy), Step::Pass(1)]
    };
    let begins = [Step::Car(PilotState::B), Step::Hlc(HlcEvent::Matched), Step::Badge, Step::Car(PilotState::C)];
    for step in begins.into_iter().chain(way).take(far) {
        happens(bench, step);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is said in a dialog, and whatever happens besides: power needs a transaction, no trouble, and with direct
    /// current a cable that was checked; nothing is above what the supply can do; and when the car has gone all is off.
    #[test]
    fn nothing_that_is_said_harms_the_charger(direct in any::<bool>(), far in 0usize..14, steps in steps()) {
        let mut bench = Bench::new(|config| config.pilot.digital_first = true);
        if direct {
            bench.input(Input::Supply(Ok(()))).input(Input::SupplyCapabilities(CAN));
        }
        goes(&mut bench, direct, far);
        for step in steps {
            happens(&mut bench, step);
            let session = bench.coordinator.occupancy.session();
            let quiet = bench.coordinator.outlet.troubles.is_empty();
            if bench.coordinator.told.allow.is_some_and(Permission::is_given) {
                prop_assert!(session.and_then(Session::transaction).is_some() && quiet, "{}", bench.log);
            }
            let phase = session.and_then(Session::power).and_then(dc::Power::dc);
            match bench.coordinator.told.allow {
                Some(Permission::Digital { limit }) => {
                    let most = if direct { CAN.max_current } else { Milliamps::from_amps(32) };
                    let talks = session.is_some_and(|session| session.control.digital().is_some() || phase.is_some());
                    prop_assert!(talks && (Milliamps::ZERO..=most).contains(&limit), "{limit}: {}", bench.log);
                    let off = matches!(phase, Some(dc::DcPhase::Off | dc::DcPhase::WeldingDetection));
                    prop_assert!(!off && direct == phase.is_some(), "{phase:?}: {}", bench.log);
                }
                Some(Permission::Offered) => prop_assert!(phase.is_none(), "{phase:?}: {}", bench.log),
                Some(Permission::Withdrawn) | None => {}
            }
            if let Some(target) = bench.supply {
                let tests = matches!(phase, Some(dc::DcPhase::CableCheck { .. }));
                prop_assert!(direct && quiet && bench.closed, "{}", bench.log);
                prop_assert!(tests || phase.is_some_and(dc::DcPhase::is_checked), "{phase:?}: {}", bench.log);
                prop_assert!((CAN.min_voltage..=CAN.max_voltage).contains(&target.voltage), "{target:?}");
                prop_assert!((Milliamps::ZERO..=CAN.max_current).contains(&target.current), "{target:?}");
                let watts = i64::from(target.voltage.0) * i64::from(target.current.0) / 1_000_000;
                prop_assert!(watts <= 32 * 230 * 3 && (!tests || target.current <= Milliamps::from_amps(2)), "{target:?}");
            }
            if bench.coordinator.deadline().is_some_and(|at| at <= bench.now) {
                bench.input(Input::Timeout);
                let next = bench.coordinator.next_timer();
                prop_assert!(next.is_none_or(|(_, at)| at > bench.now), "stuck at {next:?}: {}", bench.log);
            }
            prop_assert!(bench.outputs < 64, "{} wishes at once", bench.outputs);
        }
        bench.board_back().car(PilotState::A).pass(15);
        prop_assert!(!bench.allowed && bench.supply.is_none() && bench.dialog.is_none(), "{}", bench.log);
        prop_assert!(bench.open.is_empty(), "{}", bench.log);
    }
}
