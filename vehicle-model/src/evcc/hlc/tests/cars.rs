//! Each car that was measured runs a session by each protocol that it knows, and is as fast as its file says.

use iso15118::Protocol;
use units::{Milliamps, Millivolts, Watts};

use super::super::*;
use super::bench::{Bench, Deed, battery};
use super::station::Station;
use crate::{EnergyKind, EvccMode, EvccProfile, Profile};

/// What a car was measured with.
fn measured(evcc: &EvccProfile) -> Vec<(Protocol, EnergyKind, &EvccMode)> {
    [(Protocol::Din, EnergyKind::Dc), (Protocol::Iso2, EnergyKind::Ac), (Protocol::Iso2, EnergyKind::Dc)]
        .into_iter()
        .filter_map(|(protocol, kind)| Some((protocol, kind, evcc.mode(protocol, kind)?)))
        .collect()
}

/// A battery that goes with what the car says of itself.
fn its_battery(mode: &EvccMode) -> Battery {
    let millivolts = |volts: f64| Millivolts((volts * 1_000.0) as i32);
    let max_voltage = mode.limits.max_voltage_v.map_or(Millivolts::from_volts(420), millivolts);
    let voltage = mode.pre_charge.first().map_or(Millivolts::from_volts(380), |(_, volts, _)| millivolts(*volts));
    Battery {
        voltage,
        target_voltage: max_voltage,
        target_current: Milliamps(23_700),
        most: Most { voltage: max_voltage, current: Milliamps::from_amps(400), power: Watts(100_000) },
        ..battery()
    }
}

/// Rules that a car breaks because it is as it is.
fn known(evcc: &EvccProfile, mode: &EvccMode) -> Vec<&'static str> {
    let mut rules = Vec::new();
    if evcc.quirks.session_id_octets.is_some_and(|octets| octets != 8) {
        rules.push("SID-LENGTH-CAR");
    }
    if evcc.quirks.evcc_id_octets.is_some_and(|octets| octets != 6) {
        rules.push("ID-EVCCID");
    }
    if !mode.quirks.zero_octets_behind.is_empty() {
        rules.push("EXI-LITERAL-CAR");
    }
    rules
}

/// Each request came after the median of what was measured.
fn assert_paced(bench: &Bench, mode: &EvccMode, name: &str) {
    let mut seen = 0;
    for (at, pair) in bench.sent.windows(2).enumerate() {
        let ((_, before), (sent, request)) = (&pair[0], &pair[1]);
        // Contactors and current have times of their own.
        if request == "PowerDeliveryReq" || request == "WeldingDetectionReq" {
            continue;
        }
        // ... and so has SessionStopReq right behind them.
        if before == "PowerDeliveryReq-Stop" {
            continue;
        }
        let answered = bench.came[at].0;
        let Some(spread) = mode.pacing(request, before == request) else { continue };
        assert_eq!(sent.since(answered).as_millis(), u128::from(spread.median), "{name}: {request} after {before}");
        seen += 1;
    }
    assert!(seen >= 3, "{name}: {seen} requests");
}

#[test]
fn each_car_is_as_its_file_says() {
    let mut sessions = 0;
    for name in Profile::names() {
        let profile = Profile::builtin(name).expect("a car");
        let Some(evcc) = profile.evcc.as_deref() else { continue };
        for (protocol, kind, mode) in measured(evcc) {
            let mut station = Station::new(protocol, kind == EnergyKind::Dc);
            (station.max_voltage, station.max_current) = (920, 500);
            let config = Config::new(&profile, [2, 0, 0, 0, 0, 1], kind);
            let offers = config.offers.len();
            let mut bench = Bench::with(config, its_battery(mode), station);
            let of_loop = if kind == EnergyKind::Dc { "CurrentDemandReq" } else { "ChargingStatusReq" };
            bench.deeds.push((of_loop, 10, Deed::Stop(Stop::Full)));
            bench.run(None);
            let which = format!("{name}, {protocol}, {kind:?}");
            assert_eq!(bench.end(), &Event::Ended(End::Car(Stop::Full)), "{which}: {:?}", bench.told());
            let told = bench.station.bodies("supportedAppProtocolReq")[0].get("AppProtocol").expect("offers");
            assert!(matches!(told, exi::Tree::List(list) if list.len() == offers));
            let known = known(evcc, mode);
            let broken = bench.broken();
            let unknown: Vec<_> =
                broken.iter().filter(|rule| !known.iter().any(|known| rule.starts_with(known))).collect();
            assert!(unknown.is_empty(), "{which}: {unknown:?}");
            assert_paced(&bench, mode, &which);
            sessions += 1;
        }
    }
    assert!(sessions > 12, "{sessions} sessions");
}

#[test]
fn a_car_that_nobody_measured_is_as_the_standard_has_it() {
    for name in Profile::names() {
        let profile = Profile::builtin(name).expect("a car");
        if profile.evcc.is_some() {
            continue;
        }
        for (protocol, kind) in
            [(Protocol::Din, EnergyKind::Dc), (Protocol::Iso2, EnergyKind::Ac), (Protocol::Iso2, EnergyKind::Dc)]
        {
            let config = Config::new(&profile, [2, 0, 0, 0, 0, 1], kind);
            let mut bench = Bench::new(config, Station::new(protocol, kind == EnergyKind::Dc));
            let of_loop = if kind == EnergyKind::Dc { "CurrentDemandReq" } else { "ChargingStatusReq" };
            bench.deeds.push((of_loop, 10, Deed::Stop(Stop::Full)));
            bench.run(None);
            assert_eq!(bench.end(), &Event::Ended(End::Car(Stop::Full)), "{name}");
            assert_eq!(bench.broken(), [""; 0], "{name}");
        }
    }
}
