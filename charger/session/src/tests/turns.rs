//! What the pilot does, whatever happens: the rows of the table, played.

use iec61851::PilotState;
use units::Milliamps;

use super::bench::{Bench, accepted};
use super::digital::energy;
use crate::*;

const DIGITAL: PilotSignal = PilotSignal::Pwm(iec61851::Duty::DIGITAL);
const NEEDS: HlcEvent = HlcEvent::Needs(Needs::Ac { current: Milliamps::from_amps(16) });

fn speaking() -> Bench {
    Bench::new(|config| config.pilot.digital_first = true)
}

/// The pilot, with the second since when, for so long.
fn story(bench: &mut Bench, seconds: u64) -> String {
    let mut story = vec![format!("{}", bench.pilot)];
    for second in 1..=seconds {
        let before = bench.pilot;
        bench.pass(1);
        if bench.pilot != before {
            story.push(format!("{second}: {}", bench.pilot));
        }
    }
    story.join(", ")
}

/// A car that was matched and let in.
fn accepted_by_messages() -> Bench {
    let mut bench = speaking();
    bench.plug().hlc(HlcEvent::Heard).hlc(HlcEvent::Matched).hlc(HlcEvent::WantsAuthorization(Identification::Eim));
    bench.badge("04A1").csms(accepted()).pass(1);
    bench
}

#[test]
fn a_badge_before_the_plug_is_the_nominal_duty_at_once() {
    let mut bench = speaking();
    bench.badge("04A1").csms(accepted()).pass(5).plug();
    assert_eq!(story(&mut bench, 29), "PWM 53.3 %");
    assert!(bench.dialog.is_none() && !bench.log.contains("Match"), "{}", bench.log);
}

#[test]
fn a_badge_that_is_being_checked_when_the_car_comes_is_not_first() {
    let mut bench = speaking();
    bench.badge("04A1").plug().csms(accepted());
    assert_eq!(story(&mut bench, 30), "PWM 5.0 %, 20: F, 24: PWM 53.3 %");
}

#[test]
fn nobody_is_let_in_and_nobody_is_heard() {
    let mut bench = speaking();
    bench.plug();
    let story = story(&mut bench, 120);
    assert_eq!(story, "PWM 5.0 %, 20: F, 24: PWM 5.0 %, 44: F, 48: PWM 5.0 %, 68: F, 72: X1");
    // The badge comes at last.
    bench.badge("04A1").csms(accepted());
    assert_eq!(super::turns::story(&mut bench, 5), "PWM 53.3 %");
}

#[test]
fn a_badge_in_the_second_invitation_ends_it() {
    let mut bench = speaking();
    bench.plug().pass(30).badge("04A1").csms(accepted());
    assert_eq!(story(&mut bench, 10), "F, 4: PWM 53.3 %");
    // And one in state F changes what comes after it.
    let mut bench = speaking();
    bench.plug().pass(22).badge("04A1").csms(accepted());
    assert_eq!(story(&mut bench, 10), "F, 2: PWM 53.3 %");
}

#[test]
fn a_car_that_is_being_matched_is_not_cut_off() {
    let mut bench = speaking();
    bench.plug().badge("04A1").csms(accepted()).pass(19).hlc(HlcEvent::Heard);
    assert_eq!(story(&mut bench, 5), "PWM 5.0 %");
    bench.hlc(HlcEvent::Matched);
    assert_eq!(story(&mut bench, 30), "PWM 5.0 %");
    let mut bench = speaking();
    bench.plug().pass(30).hlc(HlcEvent::Heard).badge("04A1").csms(accepted());
    assert_eq!(story(&mut bench, 5), "PWM 5.0 %");
}

#[test]
fn a_matching_that_fails_ends_the_invitation_when_the_car_does_not_try_again() {
    let mut bench = speaking();
    bench.plug().badge("04A1").csms(accepted()).pass(18).hlc(HlcEvent::Heard).pass(1).hlc(HlcEvent::MatchFailed);
    assert_eq!(story(&mut bench, 20), "PWM 5.0 %, 10: F, 14: PWM 53.3 %");
}

#[test]
fn what_breaks_before_anybody_is_let_in() {
    for (event, after) in [
        (HlcEvent::Lost, "F, 4: PWM 5.0 %"),
        (HlcEvent::NeverConnected, "F, 4: PWM 5.0 %"),
        (HlcEvent::Failed, "F, 4: X1"),
        (HlcEvent::Ended, "X1"),
    ] {
        let mut bench = speaking();
        bench.plug().hlc(HlcEvent::Matched).pass(2).hlc(event.clone());
        assert_eq!(story(&mut bench, 10), after, "{event:?}");
    }
    // A link that never holds is not tried for ever.
    let mut bench = speaking();
    bench.plug();
    for _ in 0..3 {
        bench.hlc(HlcEvent::Matched).pass(1).hlc(HlcEvent::Lost).pass(5);
    }
    assert_eq!((bench.pilot, bench.dialog), (PilotSignal::X1, None), "{}", bench.log);
}

#[test]
fn what_breaks_after_somebody_was_let_in() {
    for event in [HlcEvent::Lost, HlcEvent::NeverConnected, HlcEvent::Failed] {
        let mut bench = accepted_by_messages();
        bench.hlc(event.clone());
        assert_eq!(story(&mut bench, 10), "F, 4: PWM 53.3 %", "{event:?}");
    }
    let mut bench = accepted_by_messages();
    bench.hlc(HlcEvent::Ended);
    assert_eq!(story(&mut bench, 10), "X1");
}

#[test]
fn who_is_accepted_and_never_asks_for_energy_charges_by_the_duty() {
    let mut bench = accepted_by_messages();
    bench.hlc(NEEDS);
    assert_eq!(story(&mut bench, 140), "PWM 5.0 %, 119: F, 123: PWM 53.3 %");
    // Not one that has asked for it once.
    let mut bench = accepted_by_messages();
    bench.hlc(NEEDS).hlc(energy(WantedPower::Energy)).pass(5).hlc(energy(WantedPower::Nothing));
    assert_eq!(story(&mut bench, 200), "PWM 5.0 %");
    // Nor one that is offered nothing.
    let mut bench = accepted_by_messages();
    let none = ChargingLimit { current: Some(Milliamps::ZERO), power: None, phases: None };
    bench.input(Input::Limits { profile: Some(none), site: SiteLimit::default() });
    assert_eq!(story(&mut bench, 200), "PWM 5.0 %");
}

#[test]
fn a_pause_without_energy_is_ended_by_the_charger_and_any_other_by_the_car() {
    let limit = |amps| {
        let profile = ChargingLimit { current: Some(Milliamps::from_amps(amps)), power: None, phases: None };
        Input::Limits { profile: Some(profile), site: SiteLimit::default() }
    };
    let mut bench = accepted_by_messages();
    bench.input(limit(0)).hlc(HlcEvent::Paused);
    assert_eq!(story(&mut bench, 60), "X1");
    bench.input(limit(16));
    assert_eq!(bench.pilot, DIGITAL, "{}", bench.log);
    assert!(!bench.log.contains("Leave"), "{}", bench.log);
    // A car that does not wake is left after a while.
    assert_eq!(story(&mut bench, 130), "PWM 5.0 %, 120: F, 124: PWM 26.6 %");
    let mut bench = accepted_by_messages();
    bench.hlc(HlcEvent::Paused).input(limit(0)).pass(5).input(limit(16));
    assert_eq!(story(&mut bench, 60), "X1");
    bench.car(PilotState::C).car(PilotState::B);
    assert_eq!(bench.pilot, DIGITAL, "{}", bench.log);
}

#[test]
fn a_car_that_nobody_invites_any_more_asks_for_it_by_going_to_c() {
    let mut bench = speaking();
    bench.plug().pass(100);
    assert_eq!(bench.pilot, PilotSignal::X1);
    bench.car(PilotState::C).car(PilotState::B);
    assert_eq!(story(&mut bench, 60), "PWM 5.0 %, 20: F, 24: X1");
    // After its transaction nobody is invited so.
    let mut bench = accepted_by_messages();
    bench.hlc(HlcEvent::Ended).pass(10).car(PilotState::C).car(PilotState::B);
    assert_eq!(story(&mut bench, 10), "X1");
}

#[test]
fn state_f_has_its_time_also_when_the_transaction_ends_meanwhile() {
    let mut bench = accepted_by_messages();
    bench.hlc(HlcEvent::Failed).pass(1).car(PilotState::B);
    bench.ask(words::Ask::RequestStop { transaction: "00000000-0000-4000-8000-000000000001".into() });
    assert_eq!(story(&mut bench, 10), "F, 3: X1");
}
