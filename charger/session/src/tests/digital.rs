//! Cars that are spoken with, and alternating current.

use crate::words::{Ask, AuthorizationOutcome, AuthorizationStatus, IdToken, TokenKind};
use iec61851::{Fault, PilotState};
use units::{Milliamps, Soc};

use super::bench::{Bench, accepted};
use crate::*;

const FIRST: &str = "00000000-0000-4000-8000-000000000001";
const NEEDS: HlcEvent = HlcEvent::Needs(Needs::Ac { current: Milliamps::from_amps(16) });

pub(super) fn energy(wanted: WantedPower) -> HlcEvent {
    HlcEvent::WantsPower(wanted)
}

/// An outlet that invites to speak.
fn speaking() -> Bench {
    Bench::new(|config| config.pilot.digital_first = true)
}

/// A car that charges by messages; what happened so far is forgotten.
fn charging() -> Bench {
    let mut bench = speaking();
    bench.plug().hlc(HlcEvent::Matched).hlc(HlcEvent::WantsAuthorization(Identification::Eim)).badge("04A1");
    bench.csms(accepted()).hlc(NEEDS).hlc(energy(WantedPower::Energy)).car(PilotState::C).pass(10);
    assert!(bench.closed, "{}", bench.log);
    bench.log.clear();
    bench
}

fn stop() -> Ask {
    Ask::RequestStop { transaction: FIRST.into() }
}

fn limit(amps: i32) -> Input {
    let profile = ChargingLimit { current: Some(Milliamps::from_amps(amps)), power: None, phases: None };
    Input::Limits { profile: Some(profile), site: SiteLimit::default() }
}

#[test]
fn a_car_charges_by_messages_from_the_match_to_the_end_of_the_session() {
    let mut bench = speaking();
    bench.plug().pass(1).hlc(HlcEvent::Matched).pass(1).hlc(HlcEvent::WantsAuthorization(Identification::Eim)).pass(1);
    bench.badge("04A1").csms(accepted()).pass(1).hlc(NEEDS).hlc(HlcEvent::Soc(Soc::from_percent(40).expect("a SoC")));
    bench.car(PilotState::C).pass(1);
    assert!(!bench.allowed, "it wants no power yet: {}", bench.log);
    bench.hlc(energy(WantedPower::Energy)).pass(5).input(limit(12)).pass(5).hlc(energy(WantedPower::Nothing));
    bench.car(PilotState::B).pass(2).hlc(HlcEvent::Ended).pass(1).car(PilotState::A).pass(3);
    assert_eq!(
        bench.log,
        format!(
            "    0 SessionStarted
    0 AuthRequired
    0 pilot PWM 5.0 %
    0 -> Occupied
    0 => Match((1))
    1 => Offer 32.0 A by Outlet
    1 => Ready(NotReady)
    3 -> Authorize 04A1
    3 Authorized {{ token: \"04A1\" }}
    3 TransactionStarted {{ transaction: \"{FIRST}\" }}
    3 -> Started Authorized
    3 limit 32.0 A by Outlet
    3 => Authorization(Accepted)
    3 PrepareCharging
    4 => Ready(Ready)
    5 permission 16.0 A by digital communication
    5 ChargingStarted
    5 -> Updated ChargingStateChanged at 40.0 %
    5 => Power(Closed)
   10 limit 12.0 A by Profile
   10 -> Updated ChargingRateChanged at 40.0 %
   10 permission 12.0 A by digital communication
   10 => Offer 12.0 A by Profile
   15 permission withdrawn
   15 ChargingPausedEV
   15 -> Updated ChargingStateChanged at 40.0 %
   15 => Power(Open)
   15 => Ready(NotReady)
   17 ChargingFinished
   17 pilot X1
   17 => Leave((1))
   17 -> Ended ChargingStateChanged StoppedByEV at 40.0 %
   17 TransactionFinished {{ transaction: \"{FIRST}\", energy: MilliwattHours(30000) }}
   18 SessionFinished
   18 -> Available
"
        )
    );
}

#[test]
fn who_does_not_speak_is_charged_by_the_duty_and_cannot_be_matched_any_more() {
    let mut bench = speaking();
    bench.plug().badge("04A1").csms(accepted());
    let dialog = bench.dialog.expect("an invitation");
    bench.pass(19).log.clear();
    bench.pass(6).input(Input::Hlc(HlcInput { dialog, event: HlcEvent::Matched })).car(PilotState::C).pass(1);
    assert!(bench.closed);
    assert_eq!(
        bench.log,
        "   20 pilot F
   20 => Leave((1))
   24 PrepareCharging
   24 pilot PWM 53.3 %
   25 ChargingStarted
   25 -> Updated ChargingStateChanged
"
    );
}

#[test]
fn a_dialog_that_breaks_off_cuts_the_power_and_the_car_charges_on_by_the_duty() {
    let mut bench = charging();
    bench.hlc(HlcEvent::Lost);
    assert!(!bench.allowed && !bench.closed);
    bench.pass(3).hlc(energy(WantedPower::Energy));
    assert!(!bench.allowed);
    bench.pass(2);
    assert!(bench.closed, "{}", bench.log);
    assert_eq!(
        bench.log,
        "   10 pilot F
   10 permission withdrawn
   10 => Leave((1))
   10 ChargingPausedEVSE { reason: NoEnergy }
   10 -> Updated ChargingStateChanged
   14 PrepareCharging
   14 pilot PWM 53.3 %
   14 SessionResumed
   14 -> Updated ChargingStateChanged
"
    );
}

#[test]
fn a_car_that_is_asked_to_stop_stops_and_ends_the_dialog_by_itself() {
    let mut bench = charging();
    bench.ask(stop()).pass(1).hlc(energy(WantedPower::Nothing)).car(PilotState::B).pass(2).hlc(HlcEvent::Ended).pass(1);
    assert_eq!(
        bench.log,
        format!(
            "   10 -> Stop {{ accepted: true }}
   10 StoppingCharging
   10 permission as offered
   10 => Stop(Ended(Remote))
   11 ChargingFinished
   11 => Power(Open)
   11 -> Ended RemoteStop Remote
   11 TransactionFinished {{ transaction: \"{FIRST}\", energy: MilliwattHours(33000) }}
   11 => Ready(NotReady)
   13 pilot X1
   13 => Leave((1))
"
        )
    );
}

#[test]
fn a_car_that_does_not_stop_loses_the_power_and_then_the_dialog() {
    let mut bench = charging();
    bench.ask(stop()).pass(7);
    // At 5 % nothing is offered so: the board opens when the car has had its time.
    assert_eq!((bench.permission, bench.closed), (Permission::Offered, true));
    bench.pass(1);
    assert!(!bench.allowed && !bench.closed && bench.dialog.is_some());
    bench.pass(19);
    assert!(bench.pilot.is_pwm(), "it may still end the dialog");
    bench.pass(2);
    assert!(bench.dialog.is_none() && bench.pilot == PilotSignal::X1, "{}", bench.log);
}

#[test]
fn another_transaction_of_the_same_plug_begins_with_another_invitation() {
    let mut bench = charging();
    bench.ask(stop()).hlc(energy(WantedPower::Nothing)).car(PilotState::B).pass(15).badge("04A1").csms(accepted());
    assert!(bench.log.ends_with("=> Leave((1))\n   25 => Match((2))\n"), "{}", bench.log);
    bench.hlc(HlcEvent::Matched).hlc(NEEDS).hlc(energy(WantedPower::Energy)).car(PilotState::C).pass(1);
    assert!(bench.closed, "{}", bench.log);
}

fn contract(id: &str) -> HlcEvent {
    HlcEvent::WantsAuthorization(Identification::Contract(IdToken { id: id.into(), kind: TokenKind::EMaid }))
}

#[test]
fn a_contract_is_a_token_and_is_refused_once_for_all() {
    let mut bench = speaking();
    bench.plug().hlc(HlcEvent::Matched).log.clear();
    bench.hlc(contract("DEADAC123456789")).hlc(contract("DEADAC123456789")).pass(1).csms(accepted());
    assert!(bench.log.contains("-> Started Authorized") && bench.log.contains("=> Authorization(Accepted)"));
    assert_eq!(bench.log.matches("-> Authorize").count(), 1, "{}", bench.log);
    let mut bench = speaking();
    bench.plug().hlc(HlcEvent::Matched).hlc(contract("DEADAC123456789")).log.clear();
    bench.csms(AuthorizationOutcome::Refused(AuthorizationStatus::Invalid)).hlc(contract("DEADAC123456789"));
    bench.hlc(contract(&"X".repeat(5_000)));
    assert_eq!(
        bench.log,
        "    0 TokenRefused { token: \"DEADAC123456789\", why: \"the CSMS answered Invalid\" }
    0 => Authorization(Refused)
    0 => Authorization(Refused)
    0 => Authorization(Refused)
"
    );
    // A card still lets the driver in.
    bench.badge("04A1").csms(accepted()).pass(1);
    assert!(bench.log.contains("=> Authorization(Accepted)"), "{}", bench.log);
}

#[test]
fn a_contract_waits_for_the_card_that_is_being_checked() {
    let mut bench = speaking();
    bench.plug().hlc(HlcEvent::Matched).badge("04A1").hlc(contract("DEADAC123456789"));
    assert_eq!(bench.log.matches("-> Authorize").count(), 1, "{}", bench.log);
    bench.csms(AuthorizationOutcome::Refused(AuthorizationStatus::Invalid));
    assert!(bench.log.ends_with("-> Authorize DEADAC123456789\n"), "{}", bench.log);
    bench.csms(accepted());
    assert!(bench.log.contains("=> Authorization(Accepted)"), "{}", bench.log);
}

#[test]
fn who_was_let_in_before_is_told_so_at_once_and_each_time_the_car_asks() {
    let mut bench = Bench::new(|config| {
        config.pilot.digital_first = true;
        config.pilot.badge_first = config::BadgeFirst::Digital;
    });
    bench.badge("04A1").csms(accepted()).pass(5).plug().hlc(HlcEvent::Matched).log.clear();
    for _ in 0..2 {
        bench.hlc(HlcEvent::WantsAuthorization(Identification::Eim));
    }
    assert_eq!(bench.log.matches("=> Authorization(Accepted)").count(), 2, "{}", bench.log);
}

#[test]
fn without_energy_the_offer_is_nothing_and_the_board_waits_no_longer_than_always() {
    let mut bench = charging();
    bench.input(limit(0)).pass(1);
    assert_eq!((bench.permission, bench.closed), (Permission::Offered, true));
    bench.hlc(energy(WantedPower::Nothing)).pass(1);
    assert!(!bench.allowed && !bench.closed);
    bench.input(limit(10)).hlc(energy(WantedPower::Energy)).pass(1);
    assert!(bench.closed, "{}", bench.log);
    assert_eq!(
        bench.log,
        "   10 limit 0.0 A by Profile
   10 -> Updated ChargingRateChanged
   10 permission as offered
   10 => Offer 0.0 A by Profile, held back: NoEnergy
   11 ChargingPausedEVSE { reason: NoEnergy }
   11 -> Updated ChargingStateChanged
   11 => Power(Open)
   12 PrepareCharging
   12 limit 10.0 A by Profile
   12 -> Updated ChargingRateChanged
   12 => Offer 10.0 A by Profile
   12 permission 10.0 A by digital communication
   12 SessionResumed
   12 -> Updated ChargingStateChanged
   12 => Power(Closed)
"
    );
}

#[test]
fn a_car_that_pauses_lets_the_oscillator_rest_and_wakes_it_by_going_to_c() {
    let mut bench = charging();
    bench.hlc(energy(WantedPower::Nothing)).car(PilotState::B).hlc(HlcEvent::Paused).pass(600);
    assert_eq!((bench.pilot, bench.allowed), (PilotSignal::X1, false));
    assert!(bench.dialog.is_some() && !bench.log.contains("Ended"), "{}", bench.log);
    bench.car(PilotState::C);
    assert!(bench.pilot.is_pwm() && !bench.allowed, "nothing is permitted before it asks");
    bench.car(PilotState::B).hlc(HlcEvent::WantsAuthorization(Identification::Eim)).hlc(NEEDS);
    bench.hlc(energy(WantedPower::Energy)).car(PilotState::C);
    assert!(bench.closed, "{}", bench.log);
}

#[test]
fn a_fault_is_told_and_cuts_the_power_whatever_the_car_wants() {
    let mut bench = charging();
    bench.fault(Fault::OverCurrent).hlc(energy(WantedPower::Energy)).pass(1);
    assert!(!bench.allowed && bench.log.contains("=> Stop(Ended(OvercurrentFault))"), "{}", bench.log);
    let mut bench = charging();
    bench.fault(Fault::HostSilent);
    assert!(!bench.allowed && bench.log.contains("=> Stop(Fault)"), "{}", bench.log);
}

#[test]
fn direct_current_is_not_served_where_there_is_none() {
    let mut bench = charging();
    let (voltage, current) = (units::Millivolts::from_volts(400), Milliamps::from_amps(100));
    bench.hlc(HlcEvent::Needs(Needs::Dc { voltage, current, power: None }));
    bench.hlc(energy(WantedPower::CableCheck)).pass(1);
    assert!(!bench.allowed && !bench.closed && bench.log.contains("=> Stop(NotServed)"), "{}", bench.log);
    assert!(bench.supply.is_none());
}

#[test]
fn what_is_agreed_is_what_a_car_may_take() {
    let mut bench = charging();
    // The bench's car takes 16 A.
    bench.input(limit(10)).pass(20);
    assert!(bench.log.contains("fault: OverCurrent"), "{}", bench.log);
}
