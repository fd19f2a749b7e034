//! Whole sessions: each as a transcript, and no rule of the car is broken.

use std::time::Duration;

use iso15118::Protocol;
use units::{Soc, Watts};

use super::super::*;
use super::bench::{Bench, Deed, battery, config};
use super::station::Station;
use crate::EnergyKind;

const DC: EnergyKind = EnergyKind::Dc;
const AC: EnergyKind = EnergyKind::Ac;

/// A session that the driver ends in the charge loop.
fn session(protocol: Protocol, kind: EnergyKind) -> Bench {
    let mut bench = Bench::new(config(kind), Station::new(protocol, kind == DC));
    let of_loop = if kind == DC { "CurrentDemandReq" } else { "ChargingStatusReq" };
    bench.deeds.push((of_loop, 20, Deed::Stop(Stop::Driver)));
    bench
}

#[test]
fn iso2_ac() {
    let mut bench = session(Protocol::Iso2, AC);
    bench.run(None);
    assert_eq!(
        bench.told(),
        [
            "Agreed(Iso2)",
            "SessionSetUp(New, DE*PLF*E1)",
            "Offer",
            "PowerWanted(C)",
            "PowerWanted(B)",
            "Ended(Car(Driver))",
        ]
    );
    assert_eq!(
        bench.station.order(),
        [
            "supportedAppProtocolReq",
            "SessionSetupReq",
            "ServiceDiscoveryReq",
            "PaymentServiceSelectionReq",
            "AuthorizationReq",
            "ChargeParameterDiscoveryReq",
            "PowerDeliveryReq",
            "ChargingStatusReq",
            "PowerDeliveryReq",
            "SessionStopReq",
        ]
    );
    assert_eq!(bench.station.count("AuthorizationReq"), 3);
    assert_eq!(bench.broken(), [""; 0]);
}

/// What a session with direct current tells.
fn told_of_dc(protocol: &str, evse_id: &str) -> Vec<String> {
    [
        &format!("Agreed({protocol})"),
        &format!("SessionSetUp(New, {evse_id})"),
        "Offer",
        "PowerWanted(C)",
        "CloseContactors",
        "PowerWanted(B)",
        "OpenContactors",
        "Ended(Car(Driver))",
    ]
    .map(|text: &str| text.to_owned())
    .into()
}

#[test]
fn iso2_dc() {
    let mut bench = session(Protocol::Iso2, DC);
    bench.run(None);
    assert_eq!(bench.told(), told_of_dc("Iso2", "DE*PLF*E1"));
    assert_eq!(
        bench.station.order()[5..],
        [
            "ChargeParameterDiscoveryReq",
            "CableCheckReq",
            "PreChargeReq",
            "PowerDeliveryReq",
            "CurrentDemandReq",
            "PowerDeliveryReq",
            "WeldingDetectionReq",
            "SessionStopReq",
        ]
    );
    assert_eq!(bench.broken(), [""; 0]);
}

#[test]
fn din_dc() {
    let mut bench = session(Protocol::Din, DC);
    bench.run(None);
    assert_eq!(bench.told(), told_of_dc("Din", "00"));
    assert_eq!(
        bench.station.order()[2..],
        [
            "ServiceDiscoveryReq",
            "ServicePaymentSelectionReq",
            "ContractAuthenticationReq",
            "ChargeParameterDiscoveryReq",
            "CableCheckReq",
            "PreChargeReq",
            "PowerDeliveryReq",
            "CurrentDemandReq",
            "PowerDeliveryReq",
            "WeldingDetectionReq",
            "SessionStopReq",
        ]
    );
    assert_eq!(bench.broken(), [""; 0]);
}

#[test]
fn the_judge_looks_at_nearly_all_rules_of_a_session() {
    for (protocol, kind) in [(Protocol::Iso2, AC), (Protocol::Iso2, DC), (Protocol::Din, DC)] {
        let mut bench = session(protocol, kind);
        bench.run(None);
        assert_eq!(bench.broken(), [""; 0]);
        assert_eq!(bench.station_broke, [""; 0]);
        assert!(bench.kept > 110, "{protocol}, {kind:?}: {}", bench.kept);
    }
}

#[test]
fn octets_come_split_anyhow() {
    for (protocol, kind) in [(Protocol::Iso2, AC), (Protocol::Iso2, DC), (Protocol::Din, DC)] {
        for piece in [1, 3, 8, 9] {
            let mut bench = session(protocol, kind);
            bench.piece = piece;
            bench.run(None);
            assert_eq!(bench.end(), &Event::Ended(End::Car(Stop::Driver)));
            assert_eq!(bench.broken(), [""; 0]);
        }
    }
}

#[test]
fn the_car_stays_within_the_limits_of_both_sides() {
    let mut bench = session(Protocol::Iso2, DC);
    let mut wants = battery();
    wants.target_current = units::Milliamps::from_amps(300);
    bench.evcc.handle_input(bench.now, Input::Battery(wants));
    bench.run(None);
    let asked: Vec<i64> = bench
        .station
        .bodies("CurrentDemandReq")
        .into_iter()
        .filter_map(|body| iso15118::wire::milli(body.at("EVTargetCurrent")?))
        .collect();
    // 30 kW at 380 V and then 390 V: less than the 150 A of the station.
    assert_eq!((asked[0], asked[19]), (78_900, 76_900));
    assert_eq!(bench.broken(), [""; 0]);
}

#[test]
fn the_profile_is_within_the_schedule_that_is_followed() {
    let mut bench = session(Protocol::Iso2, AC);
    bench.station.schedules = vec![(7, 3_000), (2, 20_000)];
    bench.run(None);
    let start = bench.station.bodies("PowerDeliveryReq")[0];
    let text = format!("{start:?}");
    assert!(text.contains("SAScheduleTupleID") && text.contains("Whole(7"), "{text}");
    assert_eq!(bench.broken(), [""; 0]);
    let Some((_, Event::Offer(offer))) = bench.story.iter().find(|(_, event)| matches!(event, Event::Offer(_))) else {
        panic!("an offer")
    };
    assert_eq!(offer.schedule.entries, [(0, Watts(3_000)), (3_600, Watts(1_500))]);
}

#[test]
fn a_car_may_negotiate_again() {
    for kind in [AC, DC] {
        let mut bench = session(Protocol::Iso2, kind);
        let of_loop = if kind == DC { "CurrentDemandReq" } else { "ChargingStatusReq" };
        bench.deeds.push((of_loop, 5, Deed::Renegotiate));
        bench.run(None);
        assert_eq!(bench.station.count("PowerDeliveryReq"), 4, "start, renegotiate, start, stop");
        assert_eq!(bench.end(), &Event::Ended(End::Car(Stop::Driver)));
        assert_eq!(bench.broken(), [""; 0], "{kind:?}");
        if kind == DC {
            // The contactors are open while the cable is checked again.
            let moves: Vec<&Event> = bench
                .story
                .iter()
                .map(|(_, event)| event)
                .filter(|event| matches!(event, Event::OpenContactors | Event::CloseContactors))
                .collect();
            use Event::{CloseContactors as Close, OpenContactors as Open};
            assert_eq!(moves, [&Close, &Open, &Close, &Open]);
        }
    }
}

#[test]
fn a_session_pauses_and_goes_on() {
    for kind in [AC, DC] {
        let mut bench = session(Protocol::Iso2, kind);
        bench.station.schedules = vec![(7, 11_000), (9, 10_000)];
        let of_loop = if kind == DC { "CurrentDemandReq" } else { "ChargingStatusReq" };
        bench.deeds = vec![(of_loop, 5, Deed::Pause), (of_loop, 9, Deed::Stop(Stop::Full))];
        bench.run(None);
        let Event::Paused(paused) = bench.end().clone() else { panic!("a pause: {:?}", bench.told()) };
        assert_eq!(paused.schedule, 7);
        assert_eq!(bench.broken(), [""; 0]);

        let mut again = Bench::new(config(kind), bench.station.clone());
        again.station.joins = true;
        again.station.schedules = vec![(9, 10_000), (7, 11_000)];
        again.station.schedules.swap(0, 1);
        again.deeds = vec![(of_loop, 9, Deed::Stop(Stop::Full))];
        again.run(Some(paused));
        assert!(again.has(&Event::SessionSetUp { session: Setup::Joined, evse_id: "DE*PLF*E1".to_owned() }));
        assert_eq!(again.end(), &Event::Ended(End::Car(Stop::Full)));
        assert_eq!(again.broken(), [""; 0]);
    }
}

#[test]
fn a_station_that_has_forgotten_opens_a_new_session() {
    let mut bench = session(Protocol::Iso2, AC);
    bench.run(Some(PausedSession { id: [9; 8], schedule: 1 }));
    assert!(bench.told().contains(&"SessionSetUp(New, DE*PLF*E1)".to_owned()));
    assert_eq!(bench.end(), &Event::Ended(End::Car(Stop::Driver)));
}

#[test]
fn din_has_no_pause() {
    let mut bench = session(Protocol::Din, DC);
    bench.deeds = vec![("CurrentDemandReq", 5, Deed::Pause)];
    bench.run(Some(PausedSession { id: [9; 8], schedule: 1 }));
    assert_eq!(bench.end(), &Event::Ended(End::Car(Stop::Driver)));
    assert_eq!(bench.broken(), [""; 0]);
}

#[test]
fn a_car_may_only_tell_how_full_it_is() {
    for protocol in [Protocol::Iso2, Protocol::Din] {
        let mut config = config(DC);
        config.purpose = Purpose::TellSoc;
        let mut bench = Bench::new(config, Station::new(protocol, true));
        bench.run(None);
        assert_eq!(bench.end(), &Event::Ended(End::SocTold));
        assert_eq!(bench.station.order().last(), Some(&"SessionStopReq"));
        assert!(!bench.told().contains(&"PowerWanted(C)".to_owned()));
        assert_eq!(bench.broken(), [""; 0]);
    }
}

#[test]
fn a_battery_that_is_full_or_cannot_be_charged_ends_it() {
    let full = Battery { soc: Soc::FULL, target_current: units::Milliamps::ZERO, ..battery() };
    let broken = Battery { ready: false, ..battery() };
    for (deed, end) in
        [(vec![Deed::Battery(full), Deed::Stop(Stop::Full)], Stop::Full), (vec![Deed::Battery(broken)], Stop::Car)]
    {
        let mut bench = session(Protocol::Din, DC);
        bench.deeds = deed.into_iter().map(|deed| ("CurrentDemandReq", 5, deed)).collect();
        bench.run(None);
        assert_eq!(bench.end(), &Event::Ended(End::Car(end)));
        assert_eq!(bench.broken(), [""; 0]);
    }
}

#[test]
fn a_stop_is_obeyed_wherever_it_comes() {
    let names = [
        "supportedAppProtocolReq",
        "SessionSetupReq",
        "ServiceDiscoveryReq",
        "PaymentServiceSelectionReq",
        "ServicePaymentSelectionReq",
        "AuthorizationReq",
        "ContractAuthenticationReq",
        "ChargeParameterDiscoveryReq",
        "CableCheckReq",
        "PreChargeReq",
        "PowerDeliveryReq",
        "CurrentDemandReq",
        "ChargingStatusReq",
        "PowerDeliveryReq-Stop",
        "WeldingDetectionReq",
        "SessionStopReq",
    ];
    for (protocol, kind) in [(Protocol::Iso2, AC), (Protocol::Iso2, DC), (Protocol::Din, DC)] {
        for name in names {
            for deed in [Deed::Stop(Stop::Full), Deed::Pause] {
                for nth in 1..=2 {
                    let mut bench = session(protocol, kind);
                    bench.deeds.push((name, nth, deed));
                    bench.run(None);
                    assert!(
                        matches!(bench.end(), Event::Ended(End::Car(_)) | Event::Paused(_)),
                        "{name}: {:?}",
                        bench.told()
                    );
                    assert_eq!(bench.broken(), [""; 0], "{protocol}, {kind:?}, {name}, {nth}, {deed:?}");
                }
            }
        }
    }
}

#[test]
fn a_slow_station_is_waited_for() {
    let mut bench = session(Protocol::Iso2, DC);
    bench.delay = Duration::from_millis(240);
    bench.station.ongoing.insert("Authorization", 100);
    bench.station.ongoing.insert("CableCheck", 80);
    bench.run(None);
    assert_eq!(bench.end(), &Event::Ended(End::Car(Stop::Driver)));
    assert_eq!(bench.broken(), [""; 0]);
}
