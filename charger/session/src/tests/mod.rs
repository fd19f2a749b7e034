//! Stories of the coordinator: what happens in, what it wants out, at a time. Board, lock and meter are played by the bench.

mod bench;
mod dc;
mod dialogs;
mod digital;
mod holds;
mod meter;
mod properties;
mod taps;
mod turns;

use std::time::Duration;

use crate::words::{Ask, AuthorizationOutcome, AuthorizationStatus, ResetKind};
use iec61851::{Event, Fault, PilotState};
use units::{EvseId, Milliamps, Watts};

use super::*;
use crate::config::ListedToken;
use bench::{Bench, accepted, token};

#[test]
fn plug_first_then_the_card() {
    let mut bench = Bench::new(|_| ());
    bench.plug().pass(2).badge("04A1").csms(accepted()).pass(1).car(PilotState::C).pass(1).car(PilotState::A);
    assert_eq!(
        bench.log,
        "    0 SessionStarted
    0 AuthRequired
    0 -> Occupied
    2 -> Authorize 04A1
    2 Authorized { token: \"04A1\" }
    2 TransactionStarted { transaction: \"00000000-0000-4000-8000-000000000001\" }
    2 -> Started Authorized
    2 limit 32.0 A by Outlet
    2 PrepareCharging
    2 pilot PWM 53.3 %
    3 ChargingStarted
    3 -> Updated ChargingStateChanged
    4 ChargingFinished
    4 pilot X1
    4 -> Ended EVCommunicationLost EVDisconnected
    4 TransactionFinished { transaction: \"00000000-0000-4000-8000-000000000001\", energy: MilliwattHours(3000) }
    4 SessionFinished
    4 -> Available
"
    );
}

#[test]
fn defect_3_an_answer_for_a_driver_who_has_left_does_nothing() {
    let mut bench = Bench::new(|_| ());
    bench.plug().badge("04A1").pass(10).car(PilotState::A);
    bench.log.clear();
    bench.csms(accepted()).pass(60).plug().car(PilotState::C).pass(10);
    assert!(!bench.allowed && !bench.closed);
    assert!(!bench.log.contains("Started Authorized"), "{}", bench.log);
}

#[test]
fn a_remote_stop_asks_the_car_first_and_ends_once() {
    let mut bench = Bench::charging();
    let transaction = "00000000-0000-4000-8000-000000000001".to_owned();
    bench.ask(Ask::RequestStop { transaction: "another".into() }).ask(Ask::RequestStop { transaction }).pass(2);
    bench.car(PilotState::B).pass(30).car(PilotState::A);
    assert_eq!(
        bench.log,
        "   10 -> Stop { accepted: false }
   10 -> Stop { accepted: true }
   10 StoppingCharging
   10 pilot X1
   12 ChargingFinished
   12 -> Ended RemoteStop Remote
   12 TransactionFinished { transaction: \"00000000-0000-4000-8000-000000000001\", energy: MilliwattHours(36000) }
   42 SessionFinished
   42 -> Available
"
    );
}

#[test]
fn a_car_that_does_not_stop_loses_the_permission_after_the_grace() {
    let mut bench = Bench::charging();
    bench.ask(Ask::RequestStop { transaction: "00000000-0000-4000-8000-000000000001".into() }).pass(7);
    assert!(bench.allowed && bench.closed);
    bench.pass(2);
    assert!(!bench.allowed && !bench.closed);
    assert!(bench.log.contains("-> Ended RemoteStop Remote"), "{}", bench.log);
}

#[test]
fn defect_6_a_pause_is_one_session() {
    let mut bench = Bench::charging();
    bench.car(PilotState::B).pass(20).car(PilotState::C).pass(1);
    assert_eq!(
        bench.log,
        "   10 ChargingPausedEV
   10 -> Updated ChargingStateChanged
   30 SessionResumed
   30 -> Updated ChargingStateChanged
"
    );
}

#[test]
fn defect_5_a_fault_ends_the_transaction_or_suspends_it() {
    let mut bench = Bench::charging();
    bench.fault(Fault::OverCurrent);
    assert!(
        bench.log.contains("-> Ended AbnormalCondition OvercurrentFault") && bench.log.contains("-> Faulted"),
        "{}",
        bench.log
    );
    let mut bench = Bench::charging();
    bench.fault(Fault::VentilationNotAvailable);
    assert!(
        bench.log.contains("ChargingPausedEVSE { reason: Error }") && !bench.log.contains("Ended"),
        "{}",
        bench.log
    );
    bench.input(Input::Board(BoardInput::Event(Event::FaultCleared(Fault::VentilationNotAvailable)))).pass(1);
    assert!(bench.closed, "{}", bench.log);
}

#[test]
fn defect_2_profiles_and_their_absence() {
    let mut bench = Bench::charging();
    let profile = |current, power| Some(ChargingLimit { current, power, phases: None });
    bench.input(Input::Limits { profile: profile(Some(Milliamps::from_amps(16)), None), site: SiteLimit::default() });
    bench.input(Input::Limits { profile: profile(None, Some(Watts(6_900))), site: SiteLimit::default() });
    bench
        .input(Input::Limits { profile: profile(Some(Milliamps::ZERO), None), site: SiteLimit::default() })
        .car(PilotState::B);
    bench.input(Input::Limits { profile: None, site: SiteLimit::default() }).car(PilotState::C).pass(1);
    assert_eq!(
        bench.log,
        "   10 limit 16.0 A by Profile
   10 -> Updated ChargingRateChanged
   10 pilot PWM 26.6 %
   10 limit 10.0 A by Profile
   10 -> Updated ChargingRateChanged
   10 pilot PWM 16.6 %
   10 limit 0.0 A by Profile
   10 -> Updated ChargingRateChanged
   10 pilot X1
   10 ChargingPausedEVSE { reason: NoEnergy }
   10 -> Updated ChargingStateChanged
   10 PrepareCharging
   10 limit 32.0 A by Outlet
   10 -> Updated ChargingRateChanged
   10 pilot PWM 53.3 %
   10 SessionResumed
   10 -> Updated ChargingStateChanged
"
    );
}

#[test]
fn defect_4_the_second_session_starts_from_defaults() {
    let small = ListedToken { limit_a: Some(10), ..ListedToken::card("SMALL") };
    let mut bench = Bench::new(|config| config.authorization.tokens = vec![small]);
    bench.plug().badge("SMALL").pass(1);
    assert!(bench.log.contains("limit 10.0 A by Contract"));
    bench.car(PilotState::A).pass(1);
    bench.log.clear();
    bench.plug().badge("04A1").csms(accepted()).pass(1);
    assert!(bench.log.contains("limit 32.0 A by Outlet"), "{}", bench.log);
}

#[test]
fn defect_13_a_reservation_holds_expires_and_is_used_up() {
    let reserve = |now: Instant| Ask::Reserve {
        id: 5,
        token: token("04A1"),
        group: None,
        evse: Some(EvseId::FIRST),
        expires: now + Duration::from_secs(60),
    };
    let mut bench = Bench::new(|_| ());
    bench.ask(reserve(Instant::ZERO)).plug().badge("BEEF").badge("04A1").csms(accepted()).pass(1);
    assert!(bench.log.contains("the outlet is reserved for another driver"), "{}", bench.log);
    assert!(
        bench.log.contains("ReservationEnd { id: 5 }") && bench.log.contains("-> Started Authorized"),
        "{}",
        bench.log
    );
    let mut bench = Bench::new(|_| ());
    bench.ask(reserve(Instant::ZERO)).pass(61);
    assert_eq!(
        bench.log,
        "    0 ReservationStart { id: 5 }
    0 -> Reserve(Accepted)
    0 -> Reserved
   60 ReservationEnd { id: 5 }
   60 -> reservation Expired
   60 -> Available
"
    );
}

#[test]
fn refused_unknown_and_unanswered_tokens_start_nothing() {
    for outcome in [AuthorizationOutcome::Refused(AuthorizationStatus::Blocked), AuthorizationOutcome::NoAnswer] {
        let mut bench = Bench::new(|_| ());
        bench.plug().badge("04A1").csms(outcome).car(PilotState::C).pass(10);
        assert!(!bench.allowed && bench.log.contains("TokenRefused"), "{}", bench.log);
    }
    let mut bench = Bench::new(|_| ());
    bench.plug().badge("04A1").pass(31);
    assert!(bench.log.contains("the CSMS did not answer"), "{}", bench.log);
}

#[test]
fn availability_reset_and_unlock() {
    let mut bench = Bench::charging();
    bench.ask(Ask::ChangeAvailability { evse: None, operative: false }).ask(Ask::Unlock { evse: EvseId::FIRST });
    bench.ask(Ask::Reset { kind: ResetKind::OnIdle, evse: None });
    assert!(!bench.coordinator.take_reset());
    bench.car(PilotState::A).pass(1);
    assert!(bench.coordinator.take_reset() && !bench.coordinator.take_reset());
    for words in [
        "Availability(Scheduled)",
        "Unlock(OngoingAuthorizedTransaction)",
        "Reset(Scheduled)",
        "Disabled",
        "-> Unavailable",
    ] {
        assert!(bench.log.contains(words), "{words}: {}", bench.log);
    }
    bench.log.clear();
    bench.ask(Ask::Unlock { evse: EvseId::FIRST });
    assert_eq!(bench.log.trim(), "11 -> Unlock(Unlocked)");
}

#[test]
fn a_sleeping_car_gets_one_pulse() {
    let mut bench = Bench::free();
    bench.plug().pass(80);
    let pulses: Vec<&str> =
        bench.log.lines().filter(|line| line.contains("pilot") || line.contains("Paused")).map(str::trim).collect();
    assert_eq!(pulses, ["0 pilot PWM 53.3 %", "30 pilot F", "34 pilot PWM 53.3 %", "64 ChargingPausedEV"]);
}
