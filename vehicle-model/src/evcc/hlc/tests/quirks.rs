//! What is odd about some cars: each is off by default, and does what it says.

use std::time::Duration;

use iso15118::Protocol;
use iso15118::wire::milli;
use units::{Milliamps, Millivolts};

use super::super::*;
use super::bench::{Bench, Deed, battery, config};
use super::station::Station;
use crate::EnergyKind;

/// A session of direct current whose car is odd in one thing.
fn odd(protocol: Protocol, change: fn(&mut Config)) -> Bench {
    let mut config = config(EnergyKind::Dc);
    assert_eq!((&config.din.quirks, &config.iso2.quirks), (&Quirks::default(), &Quirks::default()));
    change(&mut config);
    let mut bench = Bench::new(config, Station::new(protocol, true));
    bench.deeds.push(("CurrentDemandReq", 20, Deed::Stop(Stop::Driver)));
    bench
}

fn values(bench: &Bench, name: &str, field: &str) -> Vec<i64> {
    bench.station.bodies(name).into_iter().filter_map(|body| milli(body.at(field)?)).collect()
}

#[test]
fn the_first_session_number_has_one_octet() {
    let mut bench = odd(Protocol::Iso2, |config| config.session_id_octets = 1);
    bench.run(None);
    assert_eq!(bench.end(), &Event::Ended(End::Car(Stop::Driver)));
    assert_eq!(bench.broken(), ["SID-LENGTH-CAR: SessionID 00 in SessionSetupReq: expected 8 octets"]);
}

#[test]
fn whole_amperes() {
    let mut bench = odd(Protocol::Din, |config| config.din.quirks.whole_amperes = true);
    let wants = Battery { target_current: Milliamps(59_900), ..battery() };
    bench.evcc.handle_input(bench.now, Input::Battery(wants));
    bench.run(None);
    assert!(values(&bench, "CurrentDemandReq", "EVTargetCurrent").iter().all(|current| *current == 59_000));
    assert_eq!(bench.broken(), [""; 0]);
}

#[test]
fn the_first_targets_are_too_low() {
    let mut bench = odd(Protocol::Iso2, |config| {
        config.iso2.quirks.low_first_targets = Some(LowTargets { requests: 3, voltage: Millivolts::from_volts(-5) });
    });
    bench.run(None);
    let targets = values(&bench, "CurrentDemandReq", "EVTargetVoltage");
    assert_eq!(targets[..5], [-5_000, -5_000, -5_000, 400_000, 400_000]);
    let broken = bench.broken();
    assert!(broken.len() == 1 && broken[0].starts_with("DC-NEGATIVE"), "{broken:?}");
}

#[test]
fn no_optional_limits() {
    for (protocol, odd_one) in [(Protocol::Din, true), (Protocol::Iso2, true), (Protocol::Iso2, false)] {
        let mut bench = odd(protocol, |_| {});
        if odd_one {
            bench = odd(protocol, |config| {
                config.din.quirks.no_optional_limits = true;
                config.iso2.quirks.no_optional_limits = true;
            });
        }
        bench.run(None);
        let told = values(&bench, "CurrentDemandReq", "EVMaximumVoltageLimit").len();
        assert_eq!(told, if odd_one { 0 } else { 20 });
        let broken = bench.broken();
        assert!(broken.iter().all(|rule| rule.starts_with("DC-LIMITS-CAR")), "{broken:?}");
        assert_eq!(broken.len(), usize::from(odd_one));
    }
}

#[test]
fn no_welding_detection() {
    let mut bench = odd(Protocol::Iso2, |config| config.iso2.quirks.skips_welding_detection = true);
    bench.run(None);
    assert_eq!(bench.station.count("WeldingDetectionReq"), 0);
    assert!(bench.has(&Event::OpenContactors));
    assert_eq!(bench.broken(), [""; 0]);
    // Others ask until the voltage is low, and not for ever.
    let present = r#"EVSEPresentVoltage":{"Multiplier":0"#;
    for (multiplier, most, asked) in [(0, 5, 2), (1, 5, 4), (3, 5, 5), (3, 2, 2)] {
        let mut bench = odd(Protocol::Iso2, |_| {});
        let mut config = config(EnergyKind::Dc);
        config.iso2.welding_detections = most;
        bench.evcc = Evcc::new(config, battery());
        let to = format!(r#"EVSEPresentVoltage":{{"Multiplier":{multiplier}"#);
        bench.station.change("WeldingDetection", 1, present, to);
        bench.run(None);
        assert_eq!(bench.station.count("WeldingDetectionReq"), asked);
    }
}

#[test]
fn no_session_stop() {
    let mut bench = odd(Protocol::Din, |config| config.din.quirks.closes_instead_of_session_stop = true);
    bench.run(None);
    assert_eq!(bench.station.count("SessionStopReq"), 0);
    assert_eq!(bench.end(), &Event::Ended(End::Car(Stop::Driver)));
    let broken = bench.broken();
    assert!(broken.iter().all(|rule| rule.starts_with("END-CAR-STOPS")), "{broken:?}");
}

#[test]
fn no_renegotiation_without_limits() {
    for without in [true, false] {
        let mut bench = odd(Protocol::Iso2, |config| config.iso2.quirks.renegotiates_with_limits_only = true);
        let notification = r#""EVSENotification":"None""#;
        bench.station.change("CurrentDemand", 5, notification, r#""EVSENotification":"ReNegotiation""#);
        if without {
            bench.station.change(
                "CurrentDemand",
                1,
                r#","EVSEMaximumPowerLimit":{"Multiplier":0,"Unit":"W","Value":30000}"#,
                "",
            );
        }
        bench.run(None);
        assert_eq!(bench.has(&Event::StationWants(StationWish::Renegotiate)), !without);
        assert_eq!(bench.broken(), [""; 0]);
    }
}

#[test]
fn only_the_status_code_is_obeyed() {
    for (from, to, obeyed) in [
        (r#""EVSENotification":"None""#, r#""EVSENotification":"StopCharging""#, false),
        ("EVSE_Ready", "EVSE_Shutdown", true),
    ] {
        let mut bench = odd(Protocol::Din, |config| config.din.quirks.obeys_status_code_only = true);
        bench.station.change("CurrentDemand", 5, from, to);
        bench.run(None);
        let end = if obeyed { End::Station(StationWish::Shutdown) } else { End::Car(Stop::Driver) };
        assert_eq!(bench.end(), &Event::Ended(end));
    }
}

#[test]
fn a_station_that_tells_another_voltage_than_there_is() {
    // What it tells is 200 V too much from the second answer on; the inlet measures what there is.
    let told = r#"EVSEPresentVoltage":{"Multiplier":0,"Unit":"V","Value":3"#;
    let lies = || told.replace("Value\":3", "Value\":5");
    let mut strict = odd(Protocol::Din, |_| {});
    strict.station.change("PreCharge", 2, told, lies());
    strict.run(None);
    assert_eq!(strict.end(), &Event::Failed { why: Failure::PreCharge, fault: Fault::Station });
    let after = Duration::from_secs(1);
    let mut bench =
        odd(Protocol::Din, |config| config.din.quirks.own_voltage_counts_after = Some(Duration::from_secs(1)));
    bench.station.change("PreCharge", 2, told, lies());
    bench.run(None);
    assert_eq!(bench.end(), &Event::Ended(End::Car(Stop::Driver)));
    let at = |name: &str| bench.sent.iter().find(|(_, sent)| sent == name).map(|(at, _)| *at).expect("it was asked");
    assert!(at("PowerDeliveryReq").since(at("PreChargeReq")) >= after);
}

#[test]
fn a_car_that_is_known_to_wait_waits_for_the_cable_check() {
    let mut bench = odd(Protocol::Din, |config| config.din.cable_checks = 1_000);
    bench.station.ongoing.insert("CableCheck", 600);
    bench.run(None);
    assert_eq!(bench.end(), &Event::Ended(End::Car(Stop::Driver)));
    assert!(bench.station.count("CableCheckReq") > 600);
    // For ever it does not.
    let mut bench = odd(Protocol::Din, |config| config.din.cable_checks = 500);
    bench.station.ongoing.insert("CableCheck", u32::MAX);
    bench.run(None);
    assert_eq!(bench.end(), &Event::Failed { why: Failure::NeverFinished("CableCheckReq"), fault: Fault::Station });
}

#[test]
fn a_car_that_is_known_to_wait_waits_in_the_charge_loop() {
    for patience in [Duration::ZERO, Duration::from_secs(2)] {
        let mut config = config(EnergyKind::Dc);
        config.din.loop_patience = patience;
        let mut bench = Bench::new(config, Station::new(Protocol::Din, true));
        bench.deeds.push(("CurrentDemandReq", 20, Deed::Stop(Stop::Driver)));
        bench.delay = Duration::from_millis(400);
        bench.run(None);
        if patience.is_zero() {
            let why = Failure::Silent("CurrentDemandReq");
            assert_eq!(bench.end(), &Event::Failed { why, fault: Fault::Station });
        } else {
            assert_eq!(bench.end(), &Event::Ended(End::Car(Stop::Driver)));
        }
    }
}
