//! What the station refuses, and how it says so.

use std::time::Duration;

use units::{Milliamps, Millivolts};

use super::car::{Does, NONE, SESSION, Wire, charge, offer_of, requests, text, up_to};
use super::sessions::blames_station;
use super::{ac_station, dc_station};
use crate::Protocol;
use crate::judge::Profile as Judged;
use crate::secc::{
    Authorization, CloseWhy, Code, Event, Failure, Input, Isolation, Pilot, PowerPath, StopWhy, WantedPower, Why,
};
use crate::wire::Side;

fn failure(wire: &Wire) -> (Option<Code>, Why) {
    match wire.events.last() {
        Some(Event::Failed(Failure { code, why, .. })) => (*code, why.clone()),
        other => panic!("{other:?}"),
    }
}

/// Up to that request, which says this instead: the code of the answer.
fn refused(dc: bool, name: &str, change: &[(&str, &str)]) -> (String, Why) {
    let mut wire = Wire::new(if dc { dc_station() } else { ac_station() }, Does::Everything);
    wire.agrees(Protocol::Iso2);
    up_to(&mut wire, dc, name, 0);
    let body = requests(Protocol::Iso2, dc).into_iter().find(|(one, _)| *one == name).expect("a request").1;
    let body = change.iter().fold(body, |body, (from, to)| body.replace(from, to));
    let session = if name == "SessionSetupReq" { NONE } else { SESSION };
    let answer = wire.asks(session, name, &body);
    let why = failure(&wire).1;
    assert_eq!(wire.closed, Some((Duration::from_secs(2), CloseWhy::Failed)));
    assert_eq!(blames_station(wire, Judged::Strict), [], "{name} {change:?}");
    (text(&answer, "ResponseCode"), why)
}

#[test]
fn what_was_not_offered_is_refused() {
    let selection = "PaymentServiceSelectionReq";
    assert_eq!(
        refused(false, selection, &[("ExternalPayment", "Contract")]),
        ("FAILED_PaymentSelectionInvalid".to_owned(), Why::Payment)
    );
    assert_eq!(
        refused(false, selection, &[("\"ServiceID\":1", "\"ServiceID\":3")]),
        ("FAILED_ServiceSelectionInvalid".to_owned(), Why::Service)
    );
    let parameters = "ChargeParameterDiscoveryReq";
    assert_eq!(
        refused(false, parameters, &[("AC_three_phase_core", "AC_single_phase_core")]),
        ("FAILED_WrongEnergyTransferMode".to_owned(), Why::Parameters)
    );
    // The car needs more than there is.
    assert_eq!(
        refused(false, parameters, &[("\"Value\":6}", "\"Value\":40}")]),
        ("FAILED_WrongChargeParameter".to_owned(), Why::Parameters)
    );
    // IEC 61851-23:2023 CC.5.6: 150 V is the station's least.
    assert_eq!(
        refused(true, parameters, &[("\"Value\":420}", "\"Value\":150}")]),
        ("FAILED_WrongChargeParameter".to_owned(), Why::Parameters)
    );
    let power = "PowerDeliveryReq";
    assert_eq!(
        refused(true, power, &[("TupleID\":1", "TupleID\":2")]),
        ("FAILED_TariffSelectionInvalid".to_owned(), Why::Profile)
    );
    let profile = r#""ChargingProfile":{"ProfileEntry":[{"ChargingProfileEntryStart":0,"ChargingProfileEntryMaxPower":{"Multiplier":3,"Unit":"W","Value":31}}]},"DC_EVPower"#;
    assert_eq!(
        refused(true, power, &[("\"DC_EVPower", profile)]),
        ("FAILED_ChargingProfileInvalid".to_owned(), Why::Profile)
    );
}

#[test]
fn another_session_is_unknown() {
    for foreign in ["A1B2C3D4E5F60719", NONE] {
        let mut wire = Wire::new(ac_station(), Does::Everything);
        wire.agrees(Protocol::Iso2);
        charge(&mut wire, "SessionSetupReq", r#""EVCCID":"020000000001""#);
        let answer = wire.asks(foreign, "ServiceDiscoveryReq", "");
        assert_eq!(text(&answer, "ResponseCode"), "FAILED_UnknownSession");
        assert_eq!(blames_station(wire, Judged::Strict), []);
    }
}

#[test]
fn no_protocol_in_common() {
    let mut wire = Wire::new(ac_station(), Does::Everything);
    wire.sends(&offer_of(&[("urn:din:70121:2012:MsgDef", 1, 1)]));
    assert_eq!(text(crate::content_of(&wire.said[0]).expect("a body"), "ResponseCode"), "Failed_NoNegotiation");
    assert_eq!(failure(&wire), (Some(Code::FailedNoNegotiation), Why::NoProtocol));
    assert!(wire.closed.is_some());
}

/// The car asks once a second until it is not Ongoing: when, and with what code.
fn until_finished(wire: &mut Wire, name: &str, body: &str) -> (u64, String) {
    let began = wire.now;
    loop {
        let answer = wire.asks(SESSION, name, body);
        if text(&answer, "EVSEProcessing") != "Ongoing" {
            return (wire.now.since(began).as_secs(), text(&answer, "ResponseCode"));
        }
        wire.pass(Duration::from_millis(960));
    }
}

#[test]
fn what_is_not_decided_in_time_is_refused_in_time() {
    for (protocol, name) in [(Protocol::Iso2, "AuthorizationReq"), (Protocol::Din, "ContractAuthenticationReq")] {
        let mut wire = Wire::new(dc_station(), Does::Nothing);
        wire.agrees(protocol);
        up_to(&mut wire, true, name, 0);
        let (after, code) = until_finished(&mut wire, name, "");
        assert!((50..55).contains(&after), "{after}");
        assert_eq!(code, "FAILED");
        assert_eq!(failure(&wire).1, Why::NotAuthorized);
        assert_eq!(blames_station(wire, Judged::Strict), []);
    }
}

#[test]
fn a_badge_may_come_late_or_be_refused() {
    for (authorization, expected) in [(Authorization::Accepted, "OK"), (Authorization::Refused, "FAILED")] {
        let mut wire = Wire::new(ac_station(), Does::Nothing);
        wire.agrees(Protocol::Iso2);
        up_to(&mut wire, false, "AuthorizationReq", 0);
        for _ in 0..30 {
            let answer = wire.asks(SESSION, "AuthorizationReq", "");
            assert_eq!(text(&answer, "EVSEProcessing"), "Ongoing");
            wire.pass(Duration::from_secs(1));
        }
        wire.tell(Input::Authorization(authorization));
        let answer = wire.asks(SESSION, "AuthorizationReq", "");
        assert_eq!(text(&answer, "EVSEProcessing"), "Finished");
        assert_eq!(text(&answer, "ResponseCode"), expected);
        assert_eq!(blames_station(wire, Judged::Strict), []);
    }
}

#[test]
fn no_offer_in_time() {
    let mut wire = Wire::new(ac_station(), Does::Nothing);
    wire.tell(Input::Authorization(Authorization::Accepted));
    wire.agrees(Protocol::Iso2);
    up_to(&mut wire, false, "ChargeParameterDiscoveryReq", 0);
    let body = &requests(Protocol::Iso2, false)[4].1;
    let (after, code) = until_finished(&mut wire, "ChargeParameterDiscoveryReq", body);
    assert!((50..55).contains(&after), "{after}");
    assert_eq!(code, "FAILED");
    assert_eq!(failure(&wire).1, Why::NoOffer);
    assert_eq!(blames_station(wire, Judged::Strict), []);
}

fn before_cable_check() -> Wire {
    let mut wire = Wire::new(dc_station(), Does::Everything);
    wire.agrees(Protocol::Iso2);
    up_to(&mut wire, true, "CableCheckReq", 0);
    wire.does = Does::Nothing;
    wire
}

#[test]
fn the_cable_is_checked() {
    let mut wire = before_cable_check();
    let body = super::car::ev(40);
    let answer = wire.asks(SESSION, "CableCheckReq", &body);
    assert_eq!(text(&answer, "EVSEProcessing"), "Ongoing");
    assert_eq!(text(&answer, "DC_EVSEStatus/EVSEIsolationStatus"), "Invalid");
    assert_eq!(text(&answer, "DC_EVSEStatus/EVSEStatusCode"), "EVSE_IsolationMonitoringActive");
    wire.tell(Input::Isolation(Isolation::Warning));
    wire.tell(Input::Power(PowerPath::Checked));
    let answer = wire.asks(SESSION, "CableCheckReq", &body);
    assert_eq!(text(&answer, "EVSEProcessing"), "Finished");
    assert_eq!(text(&answer, "DC_EVSEStatus/EVSEIsolationStatus"), "Warning");
    assert_eq!(text(&answer, "DC_EVSEStatus/EVSEStatusCode"), "EVSE_Ready");
    wire.tell(Input::Measured { voltage: Millivolts(212_500), current: Milliamps::ZERO });
    let answer = wire.asks(SESSION, "PreChargeReq", &requests(Protocol::Iso2, true)[6].1);
    assert_eq!(answer.at("EVSEPresentVoltage").and_then(crate::wire::milli), Some(212_500), "measured, not mirrored");
    assert_eq!(text(&answer, "DC_EVSEStatus/EVSEIsolationStatus"), "Warning");
}

#[test]
fn a_cable_check_may_fail() {
    // The pilot says that the car is not ready, for longer than a board needs to see state C.
    let mut wire = before_cable_check();
    wire.tell(Input::Pilot(Pilot::B));
    let body = super::car::ev(40);
    wire.sends(&super::car::v2g(Protocol::Iso2, SESSION, "CableCheckReq", &body));
    let before = wire.said.len();
    wire.pass(Duration::from_millis(390));
    assert_eq!(wire.said.len(), before);
    wire.pass(Duration::from_millis(20));
    let answer = crate::content_of(wire.said.last().expect("an answer")).expect("a body").clone();
    assert_eq!(text(&answer, "ResponseCode"), "FAILED");
    assert_eq!(failure(&wire).1, Why::NotReady);
    // The isolation is bad.
    let mut wire = before_cable_check();
    wire.asks(SESSION, "CableCheckReq", &body);
    wire.tell(Input::Isolation(Isolation::Fault));
    assert_eq!(text(&wire.asks(SESSION, "CableCheckReq", &body), "ResponseCode"), "FAILED");
    assert_eq!(failure(&wire).1, Why::Isolation);
    assert!(wire.events.contains(&Event::WantsPower(WantedPower::Nothing)));
    // It takes too long.
    let mut wire = before_cable_check();
    let (after, code) = until_finished(&mut wire, "CableCheckReq", &body);
    assert!((34..38).contains(&after), "{after}");
    assert_eq!((code.as_str(), failure(&wire).1), ("FAILED", Why::CableCheck));
    assert_eq!(blames_station(wire, Judged::Strict), []);
}

#[test]
fn a_cable_check_waits_for_a_pilot_that_is_late() {
    let mut wire = before_cable_check();
    wire.tell(Input::Pilot(Pilot::B));
    let body = super::car::ev(40);
    wire.sends(&super::car::v2g(Protocol::Iso2, SESSION, "CableCheckReq", &body));
    wire.pass(Duration::from_millis(60));
    assert!(!wire.events.contains(&Event::WantsPower(WantedPower::CableCheck)));
    wire.tell(Input::Pilot(Pilot::C));
    let answer = crate::content_of(wire.said.last().expect("an answer")).expect("a body").clone();
    assert_eq!((text(&answer, "ResponseCode"), text(&answer, "EVSEProcessing")), ("OK".into(), "Ongoing".into()));
    assert_eq!(wire.events.last(), Some(&Event::WantsPower(WantedPower::CableCheck)));
}

#[test]
fn a_contactor_that_does_not_close_is_told_in_time() {
    let mut wire = Wire::new(ac_station(), Does::Everything);
    wire.agrees(Protocol::Iso2);
    up_to(&mut wire, false, "PowerDeliveryReq", 0);
    wire.does = Does::Nothing;
    let body = &requests(Protocol::Iso2, false)[5].1;
    wire.sends(&super::car::v2g(Protocol::Iso2, SESSION, "PowerDeliveryReq", body));
    assert_eq!(wire.events.last(), Some(&Event::WantsPower(WantedPower::Energy)));
    let before = wire.said.len();
    wire.pass(Duration::from_millis(3_900));
    assert_eq!(wire.said.len(), before);
    wire.pass(Duration::from_millis(200));
    let answer = crate::content_of(wire.said.last().expect("an answer")).expect("a body").clone();
    assert_eq!(text(&answer, "ResponseCode"), "FAILED_ContactorError");
    assert_eq!(failure(&wire).1, Why::Contactor);
    assert_eq!(blames_station(wire, Judged::Strict), []);
}

#[test]
fn a_silent_car_is_left() {
    let mut wire = Wire::new(ac_station(), Does::Everything);
    wire.agrees(Protocol::Iso2);
    up_to(&mut wire, false, "PowerDeliveryReq", 1);
    wire.pass(Duration::from_millis(59_900));
    assert_eq!(wire.closed, None);
    wire.pass(Duration::from_millis(200));
    assert_eq!(failure(&wire), (None, Why::SequenceTimeout));
    assert_eq!(wire.closed, Some((Duration::ZERO, CloseWhy::Failed)));
    assert!(wire.events.contains(&Event::WantsPower(WantedPower::Nothing)));
}

#[test]
fn after_failed_a_car_may_stop_the_session() {
    let mut wire = Wire::new(dc_station(), Does::Everything);
    wire.agrees(Protocol::Din);
    up_to(&mut wire, true, "ContractAuthenticationReq", 0);
    wire.does = Does::Nothing;
    wire.tell(Input::Authorization(Authorization::Refused));
    assert_eq!(text(&wire.asks(SESSION, "ContractAuthenticationReq", ""), "ResponseCode"), "FAILED");
    assert_eq!(text(&wire.asks(SESSION, "SessionStopReq", ""), "ResponseCode"), "OK");
    let said = wire.said.len();
    wire.sends(&super::car::v2g(Protocol::Din, SESSION, "ServiceDiscoveryReq", ""));
    assert_eq!(wire.said.len(), said, "nobody is answered any longer");
}

#[test]
fn a_car_that_is_not_served_is_told_so() {
    let mut wire = Wire::new(ac_station(), Does::Everything);
    wire.agrees(Protocol::Iso2);
    up_to(&mut wire, false, "ChargeParameterDiscoveryReq", 0);
    wire.stop(StopWhy::NotServed);
    let answer = wire.asks(SESSION, "ChargeParameterDiscoveryReq", &requests(Protocol::Iso2, false)[4].1);
    assert_eq!(text(&answer, "ResponseCode"), "FAILED_WrongEnergyTransferMode");
    assert!(matches!(wire.events.last(), Some(Event::Failed(Failure { fault: Side::Station, .. }))));
}

#[test]
fn a_car_that_does_not_wait_is_refused() {
    // Authorization, and the offer, are still awaited.
    for (name, next) in [("AuthorizationReq", 4), ("ChargeParameterDiscoveryReq", 5), ("CableCheckReq", 6)] {
        let mut wire = Wire::new(dc_station(), Does::Everything);
        wire.agrees(Protocol::Iso2);
        up_to(&mut wire, true, name, 0);
        wire.does = Does::Nothing;
        let all = requests(Protocol::Iso2, true);
        let (_, body) = all.iter().find(|(one, _)| *one == name).expect("a request");
        assert_eq!(text(&wire.asks(SESSION, name, body), "EVSEProcessing"), "Ongoing");
        let answer = wire.asks(SESSION, all[next].0, &all[next].1);
        assert_eq!(text(&answer, "ResponseCode"), "FAILED");
        assert_eq!(failure(&wire).1, Why::Impatient(all[next].0));
        assert_eq!(blames_station(wire, Judged::Strict), [], "{name}");
    }
}

#[test]
fn what_comes_while_the_contactor_closes_waits() {
    let mut wire = Wire::new(ac_station(), Does::Everything);
    wire.agrees(Protocol::Iso2);
    up_to(&mut wire, false, "PowerDeliveryReq", 0);
    let mut segment =
        super::car::v2g(Protocol::Iso2, SESSION, "PowerDeliveryReq", &requests(Protocol::Iso2, false)[5].1);
    segment.extend(super::car::v2g(Protocol::Iso2, SESSION, "ChargingStatusReq", ""));
    let before = wire.said.len();
    wire.tell(Input::Received(&segment));
    assert_eq!(wire.said.len(), before);
    wire.tell(Input::Power(PowerPath::Closed));
    let names: Vec<&str> = wire.said[before..].iter().map(crate::name_of).collect();
    assert_eq!(names, ["PowerDeliveryRes", "ChargingStatusRes"]);
}
