//! How sessions end that the car does not end of its own will.

use std::time::Duration;

use iso15118::Protocol;
use iso15118::messages::{din, iso2};

use super::super::*;
use super::bench::{Bench, Deed, config};
use super::station::Station;
use crate::EnergyKind;

const DC: EnergyKind = EnergyKind::Dc;
const AC: EnergyKind = EnergyKind::Ac;
const ALL: [(Protocol, EnergyKind); 3] = [(Protocol::Iso2, AC), (Protocol::Iso2, DC), (Protocol::Din, DC)];

fn bench(protocol: Protocol, kind: EnergyKind) -> Bench {
    Bench::new(config(kind), Station::new(protocol, kind == DC))
}

const fn of_loop(kind: EnergyKind) -> &'static str {
    match kind {
        EnergyKind::Dc => "CurrentDemand",
        EnergyKind::Ac => "ChargingStatus",
    }
}

fn failed(why: Failure, fault: Fault) -> Event {
    Event::Failed { why, fault }
}

#[test]
fn the_station_ends_by_either_sign() {
    let signs = [
        (DC, r#""EVSE_Ready""#, r#""EVSE_Shutdown""#, StationWish::Shutdown),
        (DC, r#""EVSE_Ready""#, r#""EVSE_Malfunction""#, StationWish::Malfunction),
        (DC, r#""EVSE_Ready""#, r#""EVSE_EmergencyShutdown""#, StationWish::Emergency),
        (DC, r#""EVSE_Ready""#, r#""EVSE_UtilityInterruptEvent""#, StationWish::UtilityInterrupt),
        (DC, r#""EVSENotification":"None""#, r#""EVSENotification":"StopCharging""#, StationWish::Stop),
        (AC, r#""EVSENotification":"None""#, r#""EVSENotification":"StopCharging""#, StationWish::Stop),
        (AC, r#""RCD":false"#, r#""RCD":true"#, StationWish::Malfunction),
    ];
    for (kind, from, to, wish) in signs {
        for protocol in [Protocol::Iso2, Protocol::Din] {
            if protocol == Protocol::Din && kind == AC {
                continue;
            }
            let mut bench = bench(protocol, kind);
            bench.station.change(of_loop(kind), 7, from, to);
            bench.run(None);
            assert!(bench.has(&Event::StationWants(wish)), "{to}");
            assert_eq!(bench.end(), &Event::Ended(End::Station(wish)), "{to}");
            assert_eq!(bench.station.count(&format!("{}Req", of_loop(kind))), 7, "it ends at once");
            assert_eq!(bench.broken(), [""; 0], "{protocol}, {to}");
        }
    }
}

#[test]
fn the_station_ends_before_energy_flows() {
    for (response, from) in
        [("CableCheck", "EVSE_IsolationMonitoringActive"), ("PreCharge", "EVSE_Ready"), ("PowerDelivery", "EVSE_Ready")]
    {
        for protocol in [Protocol::Iso2, Protocol::Din] {
            let mut bench = bench(protocol, DC);
            bench.station.ongoing.insert("CableCheck", 1_000);
            if response != "CableCheck" {
                bench.station.ongoing.insert("CableCheck", 3);
            }
            bench.station.changes.push((response, 1, from, "EVSE_Shutdown".to_owned()));
            // The answer to the end has no EVSE_Ready to change.
            if response == "PowerDelivery" {
                bench.station.changes.pop();
                bench.station.changes.push((response, 1, "Valid", "Valid".to_owned()));
                bench.station.changes.push(("CurrentDemand", 1, from, "EVSE_Shutdown".to_owned()));
            }
            bench.run(None);
            assert_eq!(bench.end(), &Event::Ended(End::Station(StationWish::Shutdown)), "{response}");
            assert_eq!(bench.broken(), [""; 0], "{protocol}, {response}");
        }
    }
}

#[test]
fn the_station_asks_for_other_parameters() {
    for kind in [AC, DC] {
        let mut bench = bench(Protocol::Iso2, kind);
        bench.station.change(of_loop(kind), 5, r#""EVSENotification":"None""#, r#""EVSENotification":"ReNegotiation""#);
        bench.deeds.push(("PowerDeliveryReq", 6, Deed::Stop(Stop::Driver)));
        bench.run(None);
        assert!(bench.has(&Event::StationWants(StationWish::Renegotiate)));
        assert_eq!(bench.end(), &Event::Ended(End::Car(Stop::Driver)));
        assert!(bench.station.count("ChargeParameterDiscoveryReq") > 3);
        assert_eq!(bench.broken(), [""; 0], "{kind:?}");
    }
}

#[test]
fn a_refusal_ends_the_session_as_the_order_allows() {
    let stems = [
        "SessionSetup",
        "ServiceDiscovery",
        "PaymentServiceSelection",
        "Authorization",
        "ChargeParameterDiscovery",
        "CableCheck",
        "PreCharge",
        "PowerDelivery",
        "CurrentDemand",
        "ChargingStatus",
        "WeldingDetection",
        "SessionStop",
    ];
    for (protocol, kind) in ALL {
        for stem in stems {
            let not_asked = match kind {
                AC => ["CableCheck", "PreCharge", "CurrentDemand", "WeldingDetection"].contains(&stem),
                DC => stem == "ChargingStatus",
            };
            if not_asked {
                continue;
            }
            for on_failed in [OnFailed::SessionStop, OnFailed::Close] {
                let mut config = config(kind);
                (config.iso2.on_failed, config.din.on_failed) = (on_failed, on_failed);
                let mut bench = Bench::new(config, Station::new(protocol, kind == DC));
                bench.deeds.push((
                    if kind == DC { "CurrentDemandReq" } else { "ChargingStatusReq" },
                    9,
                    Deed::Stop(Stop::Full),
                ));
                let ok = if stem == "SessionSetup" { "OK_NewSessionEstablished" } else { r#"Code":"OK"# };
                let no = if stem == "SessionSetup" { "FAILED" } else { r#"Code":"FAILED"# };
                bench.station.change(stem, 1, ok, no);
                bench.run(None);
                let Event::Failed { why: Failure::Refused { asked, code }, fault: Fault::Station } = bench.end() else {
                    panic!("{stem}: {:?}", bench.told())
                };
                assert!(asked.ends_with("Req"));
                assert!(matches!(code, Code::Iso2(iso2::ResponseCode::Failed) | Code::Din(din::ResponseCode::Failed)));
                assert_safe(&bench);
                assert_eq!(bench.broken(), [""; 0], "{protocol}, {kind:?}, {stem}, {on_failed:?}");
            }
        }
    }
}

/// Nothing is left on.
fn assert_safe(bench: &Bench) {
    let last = |of: fn(&Event) -> bool| bench.story.iter().map(|(_, event)| event).rfind(|event| of(event)).cloned();
    let contactors = last(|event| matches!(event, Event::CloseContactors | Event::OpenContactors));
    assert_ne!(contactors, Some(Event::CloseContactors), "{:?}", bench.told());
    let pilot = last(|event| matches!(event, Event::PowerWanted(_)));
    assert_ne!(pilot, Some(Event::PowerWanted(Pilot::C)), "{:?}", bench.told());
    let ends = |event: &Event| matches!(event, Event::Ended(_) | Event::Paused(_) | Event::Failed { .. });
    assert_eq!(bench.story.iter().filter(|(_, event)| ends(event)).count(), 1, "{:?}", bench.told());
}

#[test]
fn a_silent_station_is_given_up_in_time() {
    for (protocol, kind) in ALL {
        for requests in 0..40 {
            let mut bench = bench(protocol, kind);
            bench.deeds.push((
                if kind == DC { "CurrentDemandReq" } else { "ChargingStatusReq" },
                9,
                Deed::Stop(Stop::Full),
            ));
            bench.silent_after = requests;
            bench.run(None);
            if requests < bench.sent.len() {
                let (at, last) = bench.sent.last().expect("a request").clone();
                assert_eq!(bench.sent.len(), requests + 1);
                assert!(
                    matches!(bench.end(), Event::Failed { why: Failure::Silent(_), fault: Fault::Station }),
                    "{:?}",
                    bench.told()
                );
                let timing = iso15118::timing::of(protocol);
                let name = last.trim_end_matches("-Stop");
                assert_eq!(bench.now.since(at), timing.timeout(name), "{last}");
            }
            assert_safe(&bench);
            assert_eq!(bench.broken(), [""; 0], "{protocol}, {kind:?}, {requests}");
        }
    }
}

#[test]
fn what_never_finishes_is_given_up() {
    let limits = [("Authorization", 60), ("ChargeParameterDiscovery", 60), ("CableCheck", 40), ("PreCharge", 7)];
    for (protocol, kind) in ALL {
        for (stem, seconds) in limits {
            if kind == AC && matches!(stem, "CableCheck" | "PreCharge") {
                continue;
            }
            let mut bench = bench(protocol, kind);
            bench.station.ongoing.insert(stem, u32::MAX);
            bench.station.follows = stem != "PreCharge";
            bench.run(None);
            let (why, fault) = match bench.end() {
                Event::Failed { why, fault } => (why.clone(), *fault),
                other => panic!("{other:?}"),
            };
            assert_eq!(fault, Fault::Station);
            match stem {
                "PreCharge" => assert_eq!(why, Failure::PreCharge),
                _ => assert!(matches!(why, Failure::NeverFinished(_))),
            }
            let of_run = |name: &String| name.contains(stem) || stem == "Authorization" && name.contains("Contract");
            let run: Vec<_> = bench.sent.iter().filter(|(_, name)| of_run(name)).map(|(at, _)| *at).collect();
            let took = run.last().expect("it was asked").since(run[0]);
            let limit = Duration::from_secs(seconds);
            assert!(took <= limit && took + Duration::from_millis(500) > limit, "{stem}: {took:?}");
            assert_safe(&bench);
            assert_eq!(bench.broken(), [""; 0], "{protocol}, {stem}");
        }
    }
}

#[test]
fn a_station_of_din_that_is_not_ready_in_time_is_left() {
    let mut config = config(DC);
    config.din.pacing = Pacing::default();
    let mut bench = Bench::new(config, Station::new(Protocol::Din, true));
    bench.delay = Duration::from_millis(900);
    for (stem, count) in [("Authorization", 58), ("ChargeParameterDiscovery", 58), ("CableCheck", 38)] {
        bench.station.ongoing.insert(stem, count);
    }
    bench.run(None);
    assert_eq!(bench.end(), &failed(Failure::ReadyTooLate, Fault::Station));
    assert_safe(&bench);
    assert_eq!(bench.broken(), [""; 0]);
}

#[test]
fn what_does_not_fit_is_told_before_energy_flows() {
    let offers = [
        (DC, "ServiceDiscovery", "DC_extended", "DC_combo_core", Failure::EnergyTransfer),
        (
            AC,
            "ServiceDiscovery",
            r#""AC_single_phase_core","AC_three_phase_core""#,
            r#""DC_extended""#,
            Failure::EnergyTransfer,
        ),
        (AC, "ServiceDiscovery", r#"["ExternalPayment"]"#, r#"["Contract"]"#, Failure::Payment),
        (DC, "ChargeParameterDiscovery", r#""Value":500"#, r#""Value":300"#, Failure::Limits),
        (AC, "ChargeParameterDiscovery", r#""Value":230"#, r#""Value":0"#, Failure::Limits),
        (
            DC,
            "CableCheck",
            r#""EVSEIsolationStatus":"Valid""#,
            r#""EVSEIsolationStatus":"Invalid""#,
            Failure::Isolation,
        ),
    ];
    for (kind, response, from, to, why) in offers {
        let mut bench = bench(Protocol::Iso2, kind);
        bench.station.ongoing.clear();
        bench.station.change(response, 1, from, to);
        bench.run(None);
        assert_eq!(bench.end(), &failed(why, Fault::Station));
        assert_eq!(bench.station.order().last(), Some(&"SessionStopReq"));
        assert_safe(&bench);
        assert_eq!(bench.broken(), [""; 0], "{to}");
    }
    let mut bench = bench(Protocol::Din, DC);
    bench.station.schedules.clear();
    bench.run(None);
    assert!(matches!(bench.end(), Event::Failed { .. }));
    assert_safe(&bench);
}

#[test]
fn without_an_agreement_nothing_more_is_said() {
    let mut bench = bench(Protocol::Iso20, DC);
    bench.run(None);
    assert_eq!(bench.end(), &failed(Failure::NoAgreement, Fault::Station));
    assert_eq!(bench.station.order(), ["supportedAppProtocolReq"]);
    assert_eq!(bench.broken(), [""; 0]);
}

#[test]
fn contactors_that_do_not_follow_end_the_session() {
    for protocol in [Protocol::Iso2, Protocol::Din] {
        let mut bench = bench(protocol, DC);
        bench.stuck = true;
        bench.run(None);
        assert_eq!(bench.end(), &failed(Failure::Contactors, Fault::Car));
        assert_eq!(bench.station.order().last(), Some(&"SessionStopReq"));
        assert_safe(&bench);
        assert_eq!(bench.broken(), [""; 0]);
        // They open by themselves.
        let mut bench = self::bench(protocol, DC);
        bench.deeds.push(("CurrentDemandReq", 9, Deed::Contactors(Contactors::Open)));
        bench.run(None);
        assert_eq!(bench.end(), &failed(Failure::Contactors, Fault::Car));
        assert_safe(&bench);
        assert_eq!(bench.broken(), [""; 0]);
    }
}

#[test]
fn who_closes_after_the_end_is_as_the_car_does_it() {
    let mut bench = bench(Protocol::Iso2, AC);
    bench.deeds.push(("ChargingStatusReq", 9, Deed::Stop(Stop::Full)));
    bench.run(None);
    let last = bench.came.last().expect("a response").0;
    assert_eq!(bench.now.since(last), Duration::from_secs(5), "the station did not close");

    let mut config = config(AC);
    config.iso2.closes_after = Some(Duration::from_millis(30));
    let mut bench = Bench::new(config, Station::new(Protocol::Iso2, false));
    bench.deeds.push(("ChargingStatusReq", 9, Deed::Stop(Stop::Full)));
    bench.run(None);
    let last = bench.came.last().expect("a response").0;
    assert_eq!(bench.now.since(last), Duration::from_millis(30));
    assert_eq!(bench.broken(), [""; 0]);
}
