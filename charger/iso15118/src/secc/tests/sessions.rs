//! Whole sessions, and the judge beside them: no rule of the station is broken.

use std::time::Duration;

use units::{Milliamps, Millivolts, Watts};

use super::car::{Does, ID, NONE, SESSION, Wire, charge, requests, text, up_to, v2g};
use super::{ac_station, dc_station};
use crate::Protocol;
use crate::judge::Profile as Judged;
use crate::secc::{CloseWhy, Config, Event, Input, Needs, Offer, Profile, StopWhy, WantedPower};
use crate::wire::Side;

/// A protocol, whether with direct current, and a station for it.
type Sort = (Protocol, bool, fn() -> Config);

const ALL: [Sort; 3] =
    [(Protocol::Iso2, false, ac_station), (Protocol::Iso2, true, dc_station), (Protocol::Din, true, dc_station)];

pub(super) fn blames_station(wire: Wire, judged: Judged) -> Vec<(&'static str, Vec<String>)> {
    let broken = wire.end(judged).into_iter();
    broken.filter(|(_, blames, _)| *blames == Side::Station).map(|(id, _, what)| (id, what)).collect()
}

fn whole(protocol: Protocol, dc: bool, config: Config) -> Wire {
    let mut wire = Wire::new(config, Does::Everything);
    wire.agrees(protocol);
    for (name, body) in requests(protocol, dc) {
        charge(&mut wire, name, &body);
        if matches!(name, "CurrentDemandReq" | "ChargingStatusReq") {
            for _ in 0..20 {
                charge(&mut wire, name, &body);
            }
        }
    }
    wire
}

#[test]
fn whole_sessions_break_no_rule() {
    for (protocol, dc, config) in ALL {
        for (profile, judged) in [(Profile::Strict, Judged::Strict), (Profile::Field, Judged::Field)] {
            let mut config = config();
            config.profile = profile;
            let wire = whole(protocol, dc, config);
            assert_eq!(wire.closed, Some((Duration::from_secs(2), CloseWhy::Stopped)), "{:?}", wire.events);
            assert_eq!(wire.end(judged), [], "{protocol}, {profile:?}");
        }
    }
}

#[test]
fn the_host_hears_what_the_car_wants() {
    let wire = whole(Protocol::Iso2, true, dc_station());
    let wanted: Vec<WantedPower> = wire
        .events
        .iter()
        .filter_map(|event| if let Event::WantsPower(wanted) = event { Some(*wanted) } else { None })
        .collect();
    assert_eq!(
        wanted,
        [
            WantedPower::CableCheck,
            WantedPower::PreCharge,
            WantedPower::Energy,
            WantedPower::Nothing,
            WantedPower::WeldingDetection,
            WantedPower::Nothing
        ]
    );
    assert!(wire.events.contains(&Event::Needs(Needs::Dc {
        voltage: Millivolts(420_000),
        current: Milliamps(200_000),
        power: None
    })));
    assert!(wire.events.contains(&Event::Soc(41)));
    assert!(wire.events.contains(&Event::Target { voltage: Millivolts(400_000), current: Milliamps(70_000) }));
    assert_eq!(wire.events.last(), Some(&Event::Ended));
}

#[test]
fn segments_may_be_cut_anyhow() {
    let mut wire = Wire::new(ac_station(), Does::Everything);
    wire.agrees(Protocol::Iso2);
    for octet in v2g(Protocol::Iso2, NONE, "SessionSetupReq", r#""EVCCID":"020000000001""#) {
        wire.tell(Input::Received(&[octet]));
    }
    assert_eq!(wire.said.len(), 2);
}

#[test]
fn a_session_id_of_one_octet_is_none() {
    let mut wire = Wire::new(ac_station(), Does::Everything);
    wire.agrees(Protocol::Iso2);
    let answer = wire.asks("00", "SessionSetupReq", r#""EVCCID":"020000000001""#);
    assert_eq!(text(&answer, "ResponseCode"), "OK_NewSessionEstablished");
}

#[test]
fn the_station_asks_a_car_to_stop() {
    for (protocol, dc, config) in ALL {
        let mut wire = Wire::new(config(), Does::Everything);
        wire.agrees(protocol);
        let loops = if dc { "CurrentDemandReq" } else { "ChargingStatusReq" };
        up_to(&mut wire, dc, "PowerDeliveryReq", 1);
        wire.stop(StopWhy::Ended);
        let all = requests(protocol, dc);
        let body = &all.iter().find(|(name, _)| *name == loops).expect("a loop").1;
        let answer = wire.asks(SESSION, loops, body);
        assert_eq!(text(&answer, "ResponseCode"), "OK");
        if dc {
            let notification = if protocol == Protocol::Din { "None" } else { "StopCharging" };
            assert_eq!(text(&answer, "DC_EVSEStatus/EVSENotification"), notification, "[V2G-DC-500]");
            assert_eq!(text(&answer, "DC_EVSEStatus/EVSEStatusCode"), "EVSE_Shutdown", "[V2G-DC-663]");
        } else {
            assert_eq!(text(&answer, "AC_EVSEStatus/EVSENotification"), "StopCharging");
        }
        let at = all.iter().rposition(|(name, _)| *name == "PowerDeliveryReq").expect("a stop");
        for (name, body) in &all[at..] {
            charge(&mut wire, name, body);
        }
        assert_eq!(wire.events.last(), Some(&Event::Ended));
        assert_eq!(wire.end(Judged::Field), [], "{protocol}");
    }
}

#[test]
fn a_car_that_does_not_stop_is_left() {
    let mut wire = Wire::new(dc_station(), Does::Everything);
    wire.agrees(Protocol::Iso2);
    up_to(&mut wire, true, "PowerDeliveryReq", 1);
    wire.stop(StopWhy::Fault);
    let body = &requests(Protocol::Iso2, true)[8].1;
    wire.pass(Duration::from_secs(10));
    assert_eq!(wire.events.last(), Some(&Event::WantsPower(WantedPower::Nothing)));
    let answer = wire.asks(SESSION, "CurrentDemandReq", body);
    assert_eq!(text(&answer, "ResponseCode"), "FAILED");
    assert!(matches!(wire.events.last(), Some(Event::Failed(_))));
}

#[test]
fn an_emergency_takes_the_power_at_once() {
    let mut wire = Wire::new(dc_station(), Does::Everything);
    wire.agrees(Protocol::Din);
    up_to(&mut wire, true, "PowerDeliveryReq", 1);
    wire.stop(StopWhy::Emergency);
    assert_eq!(wire.events.last(), Some(&Event::WantsPower(WantedPower::Nothing)));
    let answer = wire.asks(SESSION, "CurrentDemandReq", &requests(Protocol::Din, true)[8].1);
    assert_eq!(text(&answer, "DC_EVSEStatus/EVSEStatusCode"), "EVSE_EmergencyShutdown");
}

#[test]
fn a_car_negotiates_again() {
    for (dc, config) in [(false, ac_station()), (true, dc_station())] {
        let mut wire = Wire::new(config, Does::Everything);
        wire.agrees(Protocol::Iso2);
        up_to(&mut wire, dc, "PowerDeliveryReq", 1);
        let power = requests(Protocol::Iso2, dc).into_iter().find(|(name, _)| *name == "PowerDeliveryReq");
        let renegotiate = power.expect("one").1.replace("\"Start\"", "\"Renegotiate\"");
        charge(&mut wire, "PowerDeliveryReq", &renegotiate);
        assert!(wire.events.contains(&Event::Renegotiates));
        for (name, body) in &requests(Protocol::Iso2, dc)[4..] {
            charge(&mut wire, name, body);
        }
        assert_eq!(wire.end(Judged::Field), [], "DC {dc}");
    }
}

#[test]
fn limits_are_told_at_once() {
    let mut wire = Wire::new(dc_station(), Does::Everything);
    wire.agrees(Protocol::Iso2);
    up_to(&mut wire, true, "PowerDeliveryReq", 1);
    wire.tell(Input::Offer(Offer::Dc {
        voltage: Millivolts(900_000),
        current: Milliamps(20_000),
        power: Watts(4_000),
    }));
    let answer = wire.asks(SESSION, "CurrentDemandReq", &requests(Protocol::Iso2, true)[8].1);
    assert_eq!(answer.at("EVSEMaximumCurrentLimit").and_then(crate::wire::milli), Some(20_000));
    assert_eq!(answer.at("EVSEMaximumPowerLimit").and_then(crate::wire::milli), Some(4_000_000));
    for flag in ["EVSECurrentLimitAchieved", "EVSEPowerLimitAchieved"] {
        assert_eq!(answer.get(flag), Some(&exi::Tree::Boolean(true)), "{flag}");
    }
    assert_eq!(answer.get("EVSEVoltageLimitAchieved"), Some(&exi::Tree::Boolean(false)));
    // 4 kW at 400 V.
    let target = Event::Target { voltage: Millivolts(400_000), current: Milliamps(10_000) };
    assert_eq!(wire.events.last(), Some(&target));
}

#[test]
fn a_paused_session_is_joined_again() {
    let mut wire = Wire::new(ac_station(), Does::Everything);
    wire.agrees(Protocol::Iso2);
    up_to(&mut wire, false, "SessionStopReq", 0);
    charge(&mut wire, "SessionStopReq", r#""ChargingSession":"Pause""#);
    assert_eq!(wire.events.last(), Some(&Event::Paused(ID)));
    wire.tell(Input::Closed);
    wire.protocol = None;
    wire.tell(Input::Connected(crate::secc::Connection { session_id: [1; 8], paused: Some(ID) }));
    wire.agrees(Protocol::Iso2);
    let answer = wire.asks(SESSION, "SessionSetupReq", r#""EVCCID":"020000000001""#);
    assert_eq!(text(&answer, "ResponseCode"), "OK_OldSessionJoined");
    let answer = wire.asks(SESSION, "ServiceDiscoveryReq", "");
    assert_eq!(text(&answer, "ResponseCode"), "OK");
}

#[test]
fn more_alternating_current_is_negotiated() {
    let mut wire = Wire::new(ac_station(), Does::Everything);
    wire.agrees(Protocol::Iso2);
    up_to(&mut wire, false, "PowerDeliveryReq", 1);
    for (amperes, told, notification) in [(10, 10_000, "None"), (3, 0, "None"), (20, 16_000, "ReNegotiation")] {
        wire.tell(Input::Offer(Offer::Ac { current: Milliamps(amperes * 1_000) }));
        let answer = wire.asks(SESSION, "ChargingStatusReq", "");
        assert_eq!(answer.at("EVSEMaxCurrent").and_then(crate::wire::milli), Some(told), "{amperes} A");
        assert_eq!(text(&answer, "AC_EVSEStatus/EVSENotification"), notification, "{amperes} A");
    }
    assert_eq!(blames_station(wire, Judged::Strict), []);
}

#[test]
fn a_service_besides_charging_is_offered_and_taken() {
    use crate::messages::iso2;
    let mut config = ac_station();
    config.services = vec![crate::secc::ValueAddedService {
        service: iso2::Service {
            service_id: 3,
            service_name: Some("net".to_owned()),
            service_category: iso2::ServiceCategory::Internet,
            service_scope: None,
            free_service: true,
        },
        parameter_sets: vec![iso2::ParameterSet {
            parameter_set_id: 4,
            parameter: vec![iso2::Parameter {
                name: "Port".to_owned(),
                bool_value: None,
                byte_value: None,
                short_value: None,
                int_value: Some(443),
                physical_value: None,
                string_value: None,
            }],
        }],
    }];
    let mut wire = Wire::new(config, Does::Everything);
    wire.agrees(Protocol::Iso2);
    up_to(&mut wire, false, "PaymentServiceSelectionReq", 0);
    let answer = wire.asks(SESSION, "ServiceDetailReq", r#""ServiceID":3"#);
    assert!(answer.get("ServiceParameterList").is_some());
    charge(
        &mut wire,
        "PaymentServiceSelectionReq",
        r#""SelectedPaymentOption":"ExternalPayment","SelectedServiceList":{"SelectedService":[{"ServiceID":1},{"ServiceID":3,"ParameterSetID":4}]}"#,
    );
    let taken = Event::ServiceSelected { service_id: 3, parameter_set_id: Some(4) };
    assert_eq!(wire.events.last(), Some(&taken));
    assert_eq!(blames_station(wire, Judged::Strict), []);
}
