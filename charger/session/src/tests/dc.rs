//! Direct current, step by step.

use crate::words::Ask;
use hardware::{SupplyCapabilities, SupplyTarget};
use iec61851::{Duty, PilotSignal, PilotState};
use units::{Milliamps, Millivolts, PerPhase, Watts};

use super::bench::{Bench, accepted};
use super::digital::energy;
use crate::config::OutletKind;
use crate::*;
use energy::{LimitReason, LimitSource};

const FIRST: &str = "00000000-0000-4000-8000-000000000001";

const SUPPLY: SupplyCapabilities = SupplyCapabilities {
    min_voltage: Millivolts::from_volts(150),
    max_voltage: Millivolts::from_volts(500),
    max_current: Milliamps::from_amps(125),
    max_power: Watts(30_000),
};

/// An EVSE with a supply of 30 kW behind 32 A of three lines, which are 22 kW.
fn evse() -> Bench {
    let mut bench = Bench::new(|config| {
        config.pilot.digital_first = true;
        config.outlet.kind = OutletKind::Tethered;
    });
    bench.input(Input::Supply(Ok(()))).input(Input::SupplyCapabilities(SUPPLY));
    bench
}

fn target(volts: i32, amps: i32) -> HlcEvent {
    HlcEvent::Target(SupplyTarget { voltage: Millivolts::from_volts(volts), current: Milliamps::from_amps(amps) })
}

fn stop() -> Ask {
    Ask::RequestStop { transaction: FIRST.into() }
}

fn needs() -> HlcEvent {
    let (voltage, current) = (Millivolts::from_volts(420), Milliamps::from_amps(100));
    HlcEvent::Needs(Needs::Dc { voltage, current, power: None })
}

/// A car that is let in, has said what it needs, and is in C; what happened so far is forgotten.
fn ready() -> Bench {
    let mut bench = evse();
    bench.plug().hlc(HlcEvent::Matched).hlc(HlcEvent::WantsAuthorization(Identification::Eim)).badge("04A1");
    bench.csms(accepted()).hlc(needs()).car(PilotState::C).pass(1);
    assert!(!bench.closed);
    bench.log.clear();
    bench
}

/// A car that gets 40 A; what happened so far is forgotten.
fn charging() -> Bench {
    let mut bench = ready();
    bench.hlc(energy(WantedPower::CableCheck)).pass(1).insulation(500, 420).pass(1);
    bench.hlc(target(390, 1)).hlc(energy(WantedPower::PreCharge)).pass(1);
    bench.hlc(energy(WantedPower::Energy)).hlc(target(400, 40)).supplies(40).pass(1);
    assert!(bench.closed && bench.supply.is_some(), "{}", bench.log);
    bench.log.clear();
    bench
}

#[test]
fn the_cable_is_checked_the_voltage_brought_up_and_energy_given_within_all_limits() {
    let mut bench = ready();
    bench.hlc(energy(WantedPower::CableCheck)).pass(1).insulation(500, 20).pass(1).insulation(500, 419).pass(1);
    bench.hlc(target(390, 1)).hlc(energy(WantedPower::PreCharge)).pass(2);
    bench.hlc(energy(WantedPower::Energy)).hlc(target(400, 40)).supplies(40).pass(1);
    // More than the lines give, and more than the car said that it can take.
    bench.hlc(target(400, 90)).hlc(target(480, 90)).pass(1);
    bench.hlc(target(400, 0)).supplies(0).hlc(energy(WantedPower::Nothing)).pass(1);
    bench.hlc(energy(WantedPower::WeldingDetection)).pass(2).hlc(HlcEvent::Ended).pass(1);
    assert_eq!(
        bench.log,
        format!(
            "    1 permission 100.0 A by digital communication
    1 insulation monitor on
    1 => Isolation(Invalid)
    1 supply 420 V 2 A
    3 supply off
    3 => Isolation(Valid)
    3 => Power(Checked)
    4 supply 390 V 2 A
    6 ChargingStarted
    6 -> Updated ChargingStateChanged
    6 supply 390 V 1 A
    6 supply 400 V 40 A
    7 supply 400 V 50.18 A
    7 supply 420 V 47.79 A
    8 supply 400 V 0 A
    8 supply off
    8 permission withdrawn
    8 insulation monitor off
    8 => Power(Open)
    8 ChargingPausedEV
    8 -> Updated ChargingStateChanged
   11 ChargingFinished
   11 pilot X1
   11 => Leave((1))
   11 -> Ended ChargingStateChanged StoppedByEV
   11 TransactionFinished {{ transaction: \"{FIRST}\", energy: MilliwattHours(21000) }}
"
        )
    );
}

#[test]
fn who_does_not_speak_at_direct_current_is_invited_again_and_never_offered_a_duty() {
    let mut bench = evse();
    bench.plug().badge("04A1").csms(accepted());
    bench.log.clear();
    for _ in 0..60 {
        bench.pass(1);
        assert!(!matches!(bench.pilot, PilotSignal::Pwm(duty) if duty != Duty::DIGITAL), "{}", bench.log);
    }
    bench.car(PilotState::C).pass(30);
    assert!(!bench.closed && !bench.allowed, "{}", bench.log);
    assert!(
        bench.log.starts_with(
            "   20 pilot F
   20 => Leave((1))
   24 pilot PWM 5.0 %
   24 => Match((2))
   44 pilot F
   44 => Leave((2))
   48 pilot PWM 5.0 %
   48 => Match((3))
"
        ),
        "{}",
        bench.log
    );
}

#[test]
fn a_dialog_of_direct_current_that_breaks_off_is_followed_by_another() {
    let mut bench = evse();
    bench.plug().hlc(HlcEvent::Matched).hlc(HlcEvent::WantsAuthorization(Identification::Eim)).pass(1);
    bench.log.clear();
    bench.hlc(HlcEvent::Lost).pass(5);
    assert_eq!(
        bench.log,
        "    1 pilot F
    1 => Leave((1))
    5 pilot PWM 5.0 %
    5 => Match((2))
"
    );
}

#[test]
fn a_card_after_the_end_of_direct_current_invites_the_car_again() {
    let mut bench = charging();
    bench.hlc(HlcEvent::Lost).pass(3);
    assert!(!bench.closed && bench.pilot == PilotSignal::F, "{}", bench.log);
    // It is invited once more after its transaction, and no more when it does not come.
    bench.pass(2);
    assert_eq!(bench.pilot, PilotSignal::Pwm(Duty::DIGITAL), "{}", bench.log);
    bench.pass(30);
    assert_eq!((bench.pilot, bench.dialog), (PilotSignal::X1, None), "{}", bench.log);
    bench.log.clear();
    bench.badge("04A1").csms(accepted()).pass(1);
    assert_eq!(bench.pilot, PilotSignal::Pwm(Duty::DIGITAL), "{}", bench.log);
    assert!(bench.log.contains("=> Match((3))"), "{}", bench.log);
}

#[test]
fn what_the_supply_can_do_and_the_lines_leave_is_offered() {
    let mut bench = evse();
    bench.plug().hlc(HlcEvent::Matched);
    let supply = "=> Offer 150.0 V by Supply to 500.0 V by Supply, 125.0 A by Supply";
    assert!(bench.log.contains(&format!("{supply}, 20.072 kW by Outlet: Rating")), "{}", bench.log);
    let house = |amps| Bound::import(Milliamps::from_amps(amps), LimitSource::Site, LimitReason::HouseLoad);
    let site = SiteLimit { import: Some(PerPhase([16, 10, 16].map(house))), ..SiteLimit::default() };
    bench.input(Input::Limits { profile: None, site });
    assert!(bench.log.contains(&format!("{supply}, 6.272 kW by Site: HouseLoad")), "{}", bench.log);
    // Of a small supply the AC lines have enough.
    let small = SupplyCapabilities { max_power: Watts(5_000), ..SUPPLY };
    bench.input(Input::SupplyCapabilities(small));
    assert!(bench.log.contains(&format!("{supply}, 5 kW by Supply: Rating")), "{}", bench.log);
}

#[test]
fn nothing_is_driven_before_the_cable_was_checked_and_no_step_is_left_out() {
    let mut bench = ready();
    for wanted in [WantedPower::Energy, WantedPower::PreCharge, WantedPower::Energy] {
        bench.hlc(target(400, 100)).hlc(energy(wanted)).pass(1);
    }
    assert_eq!((bench.log.as_str(), bench.allowed, bench.supply), ("", false, None));
    bench.hlc(energy(WantedPower::CableCheck)).hlc(energy(WantedPower::Energy)).pass(5);
    assert_eq!(bench.supply.map(|target| target.current), Some(Milliamps::from_amps(2)), "not checked yet");
    bench.insulation(500, 420).pass(1);
    assert_eq!(bench.supply, None, "no pre-charge: {}", bench.log);
}

#[test]
fn a_measurement_of_another_cable_is_none_of_this_one() {
    let mut bench = ready();
    bench.insulation(500, 420).hlc(energy(WantedPower::CableCheck)).pass(5);
    assert!(!bench.log.contains("Checked"), "{}", bench.log);
    bench.insulation(500, 420);
    assert!(bench.log.contains("Checked"), "{}", bench.log);
}

#[test]
fn a_cable_that_is_not_found_good_in_time_ends_the_transaction() {
    for (kilohms, volts, reason) in [(41, 420, "GroundFault"), (500, 100, "Other")] {
        let mut bench = ready();
        bench.hlc(energy(WantedPower::CableCheck));
        for _ in 0..38 {
            bench.insulation(kilohms, volts).pass(1).hlc(energy(WantedPower::CableCheck));
        }
        bench.supplies(0).pass(2);
        assert!(bench.log.contains(&format!("-> Ended AbnormalCondition {reason}")), "{}", bench.log);
        assert!(!bench.allowed && bench.supply.is_none() && bench.log.contains("=> Stop(Ended("), "{}", bench.log);
    }
}

#[test]
fn a_car_that_is_asked_to_stop_lowers_its_current_by_itself() {
    let mut bench = charging();
    bench.ask(stop()).pass(1).hlc(target(400, 5)).supplies(5).pass(1).hlc(energy(WantedPower::Nothing)).pass(1);
    assert!(bench.closed, "it still carries 5 A");
    bench.supplies(0).pass(1);
    assert_eq!(
        bench.log,
        format!(
            "    5 -> Stop {{ accepted: true }}
    5 StoppingCharging
    5 => Stop(Ended(Remote))
    6 supply 400 V 5 A
    7 supply off
    7 insulation monitor off
    7 => Power(Open)
    8 permission withdrawn
    8 ChargingFinished
    8 -> Ended RemoteStop Remote
    8 TransactionFinished {{ transaction: \"{FIRST}\", energy: MilliwattHours(21000) }}
"
        )
    );
}

#[test]
fn a_supply_that_does_not_come_to_rest_holds_up_the_contactor_for_two_seconds_only() {
    let mut bench = charging();
    bench.hlc(energy(WantedPower::Nothing)).pass(1);
    assert!(bench.supply.is_none() && bench.closed);
    bench.pass(1);
    assert!(!bench.allowed && !bench.closed, "{}", bench.log);
    // One that was asked to stop and does not gets its grace before that.
    let mut bench = charging();
    bench.ask(stop()).pass(7);
    assert!(bench.supply.is_some() && bench.closed);
    bench.pass(1);
    assert!(bench.supply.is_none() && bench.closed);
    bench.pass(2);
    assert!(!bench.allowed && !bench.closed, "{}", bench.log);
}

fn no_energy() -> Input {
    let nothing = ChargingLimit { current: None, power: Some(Watts(0)), phases: None };
    Input::Limits { profile: Some(nothing), site: SiteLimit::default() }
}

fn energy_again() -> Input {
    Input::Limits { profile: None, site: SiteLimit::default() }
}

#[test]
fn without_energy_the_supply_holds_its_voltage_and_gives_no_current_until_there_is_some() {
    let mut bench = charging();
    bench.input(no_energy()).pass(1);
    let held = bench.supply.expect("the loop of the car goes on");
    assert_eq!((held.voltage, held.current), (Millivolts::from_volts(400), Milliamps::ZERO));
    bench.supplies(0).pass(5);
    assert!(bench.closed && bench.log.contains("ChargingPausedEVSE { reason: NoEnergy }"), "{}", bench.log);
    bench.input(energy_again()).pass(1);
    assert_eq!(bench.supply.map(|held| held.current), Some(Milliamps::from_amps(40)), "{}", bench.log);
    assert!(bench.closed);
}

#[test]
fn without_energy_no_cable_check_begins_and_one_that_runs_ends() {
    let mut bench = ready();
    bench.input(no_energy()).hlc(energy(WantedPower::CableCheck)).pass(1);
    assert!(!bench.closed && bench.supply.is_none(), "{}", bench.log);
    bench.input(energy_again()).pass(1);
    assert!(bench.closed && bench.supply.is_some(), "it begins as soon as there is some: {}", bench.log);
    bench.input(no_energy()).supplies(0).pass(1);
    assert!(!bench.closed && bench.supply.is_none(), "{}", bench.log);
}

#[test]
fn a_fault_of_the_insulation_waits_for_nothing() {
    let mut bench = charging();
    bench.input(Input::Insulation(InsulationInput::Resistance(Err("60 kilohms".into()))));
    assert!(!bench.allowed && !bench.closed && bench.supply.is_none(), "{}", bench.log);
    assert!(bench.log.contains("-> Ended AbnormalCondition GroundFault"), "{}", bench.log);
    assert_eq!(bench.log.matches("supply off").count(), 1, "{}", bench.log);
}

#[test]
fn a_dialog_that_breaks_off_ends_what_only_a_dialog_can_give() {
    let mut bench = charging();
    bench.hlc(HlcEvent::Lost);
    assert!(bench.supply.is_none() && bench.dialog.is_none() && bench.pilot == PilotSignal::F, "{}", bench.log);
    bench.supplies(0).pass(1);
    assert!(!bench.allowed && bench.log.contains("-> Ended EVCommunicationLost Other"), "{}", bench.log);
    // The supply may be read too late.
    let mut bench = charging();
    bench.hlc(HlcEvent::Lost).pass(2);
    assert!(!bench.allowed && !bench.closed, "{}", bench.log);
}

#[test]
fn a_plug_that_is_pulled_switches_everything_off() {
    let mut bench = charging();
    bench.car(PilotState::A);
    assert!(!bench.allowed && bench.supply.is_none() && bench.dialog.is_none());
    assert!(bench.log.contains("insulation monitor off"), "{}", bench.log);
}
