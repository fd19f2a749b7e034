//! A session that never happened: bytes of a capture in, profiles out.

mod tape;

use iso15118::station_profile::StationProfile;
use profile::Profiler;
use vehicle_model::{Closer, Profile};

#[test]
fn a_car_is_what_it_said_and_when() {
    let mut profiler = Profiler::new();
    tape::follow(&mut profiler, "somewhere/one.pcap", &tape::session().bytes());
    let car = profiler.car().expect("a car");
    assert!(car.remarks.is_empty(), "{:?}", car.remarks);
    assert_eq!(profile::measured_part("mine", &car.evcc), CAR.trim_start());
    let base = include_str!("../../../vehicle-model/cars/small-car-7.toml");
    let file = profile::car_file(Some(base), "mine", &car.evcc);
    let read = Profile::from_toml("mine.toml", &file).expect("a car file");
    assert_eq!(read.evcc.as_deref(), Some(&car.evcc), "what was written is read again");
    assert_eq!(profile::car_file(Some(&file), "mine", &car.evcc), file, "a second time changes nothing");
}

#[test]
fn a_new_car_file_is_a_whole_car() {
    let mut profiler = Profiler::new();
    tape::follow(&mut profiler, "one.pcap", &tape::session().bytes());
    let mut evcc = profiler.car().expect("a car").evcc;
    let file = profile::car_file(None, "mine \"#1\"", &evcc);
    let settings = &file[..file.find("\n# Measured:").expect("what was measured")];
    assert_eq!(settings, NEW.trim_start());
    let read = Profile::from_toml("mine.toml", &file).expect("a car file");
    assert_eq!((read.name.as_str(), read.evcc.as_deref()), ("mine \"#1\"", Some(&evcc)));
    assert_eq!(profile::car_file(Some(&file), "mine \"#1\"", &evcc), file, "a second time changes nothing");
    // What the car says of its battery is taken, where it can be.
    for (wh, line) in [
        (40_500.0, "capacity_kwh = 40.5 # EVEnergyCapacity\n"),
        (0.0, "capacity_kwh = 60 # assumed\n"),
        (9e6, "capacity_kwh = 60 # assumed\n"),
    ] {
        let limits = &mut evcc.din.as_mut().expect("it was captured").limits;
        (limits.energy_capacity_wh, limits.max_voltage_v) = (Some(wh), Some(5_000.0));
        let file = profile::car_file(None, "mine", &evcc);
        assert!(file.contains(line) && file.contains("max_voltage_v = 500 # assumed\n"), "{file}");
        Profile::from_toml("mine.toml", &file).unwrap_or_else(|error| panic!("{error}: {file}"));
    }
}

#[test]
fn a_station_is_what_it_said_and_when() {
    let mut profiler = Profiler::new();
    tape::follow(&mut profiler, "one.pcap", &tape::session().bytes());
    let station = profiler.station("mine").expect("a station");
    let text = profile::station_file(&station.profile);
    assert_eq!(text, STATION.trim_start());
    assert_eq!(StationProfile::from_toml("mine.toml", &text), Ok(station.profile));
}

#[test]
fn several_captures_are_one_car() {
    let mut profiler = Profiler::new();
    let bytes = tape::session().bytes();
    for name in ["one.pcap", "two.pcap"] {
        tape::follow(&mut profiler, name, &bytes);
    }
    let car = profiler.car().expect("a car").evcc;
    assert_eq!((car.sources.len(), car.conversations), (2, 2));
    let din = car.din.expect("it was captured");
    assert_eq!(din.period_ms["CurrentDemandReq"].count, 8);
    assert_eq!(din.stop.session_stop, 2);
    assert!(!car.quirks.evcc_id_changes, "it said the same twice");
}

#[test]
fn who_says_first_that_all_was_said_closes_the_connection() {
    let mut profiler = Profiler::new();
    let mut tape = tape::open_session();
    tape.wait(20).is_closed();
    tape::follow(&mut profiler, "one.pcap", &tape.bytes());
    let stop = profiler.car().expect("a car").evcc.din.expect("it was captured").stop;
    assert_eq!((stop.closed_by, stop.reset), (Some(Closer::Station), Some(false)));
    assert_eq!(stop.stop_to_close_ms.map(|spread| spread.median), Some(20));
}

#[test]
fn what_the_capture_cuts_off_is_no_habit() {
    let mut profiler = Profiler::new();
    tape::follow(&mut profiler, "one.pcap", &tape::open_session().bytes());
    let stop = profiler.car().expect("a car").evcc.din.expect("it was captured").stop;
    assert_eq!((stop.session_stop, stop.without, stop.closed_by), (1, 0, None));
}

#[test]
fn nothing_personal_is_written() {
    let mut profiler = Profiler::new();
    tape::follow(&mut profiler, "one.pcap", &tape::session().bytes());
    let car = profile::measured_part("mine", &profiler.car().expect("a car").evcc);
    let station = profile::station_file(&profiler.station("mine").expect("a station").profile);
    for secret in ["02AABBCCDDEE", "49A80737A45678", "0102030405060708", "fe80", "02:00"] {
        assert!(!car.contains(secret) && !station.contains(secret), "{secret}");
    }
}

#[test]
fn who_says_nothing_is_no_car() {
    let mut profiler = Profiler::new();
    let mut tape = tape::Tape::new();
    tape.matched().wait(900).asks(iso15118::sdp::Security::None);
    tape::follow(&mut profiler, "one.pcap", &tape.bytes());
    assert_eq!(profiler.car().expect_err("nothing").to_string(), "no conversation in which a car offers protocols");
    assert!(profiler.station("mine").is_err());
}

/// Every octet of a capture may be another, and it may end anywhere.
#[test]
fn a_broken_capture_breaks_nothing() {
    let bytes = tape::session().bytes();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 16).expect("a pointer of 64 bits")
    };
    for _ in 0..300 {
        let mut broken = bytes.clone();
        for _ in 0..1 + next() % 6 {
            let at = next() % broken.len();
            broken[at] = (next() & 0xff) as u8;
        }
        broken.truncate(broken.len() - if next() % 4 == 0 { next() % broken.len() } else { 0 });
        let mut profiler = Profiler::new();
        tape::follow(&mut profiler, "broken.pcap", &broken);
        if let Ok(car) = profiler.car() {
            let text = profile::measured_part("mine", &car.evcc);
            assert!(text.parse::<toml::Table>().is_ok(), "{text}");
        }
        if let Ok(station) = profiler.station("mine") {
            let text = profile::station_file(&station.profile);
            assert!(text.parse::<toml::Table>().is_ok(), "{text}");
        }
    }
}

const NEW: &str = r##"
# Battery, charger and curve are settings, not measurements. What is called assumed was in no capture: set it by hand.
name = 'mine "#1"'

[battery]
capacity_kwh = 60 # assumed
cells_in_series = 96 # assumed
resistance_mohm = 100 # assumed
curve_kw = [[0, 90], [50, 60], [80, 36], [100, 6]] # assumed

[charger]
phases = 3 # assumed
max_current_a = 16 # assumed

[dc]
max_voltage_v = 412 # EVMaximumVoltageLimit
max_current_a = 125.5 # EVMaximumCurrentLimit
"##;

const CAR: &str = r##"
# Measured: `plugfest profile --car --name "mine" CAPTURE...` with the captures of `sources`.
[evcc]
connection_to_offer_ms = { median = 40, min = 40, max = 40, count = 1 }
conversations = 1
match_to_sdp_ms = { median = 900, min = 900, max = 900, count = 1 }
offer = [
    { namespace = "urn:iso:15118:2:2013:MsgDef", major = 2, minor = 0, schema_id = 0, priority = 1 },
    { namespace = "urn:din:70121:2012:MsgDef", major = 2, minor = 0, schema_id = 1, priority = 2 },
]
sdp_repeat_ms = { median = 250, min = 250, max = 250, count = 1 }
sdp_security = "tls"
sdp_to_connection_ms = { median = 30, min = 30, max = 30, count = 1 }
sources = ["one.pcap"]

[evcc.din]
conversations = 1
demand = [[0, 40, 400, 5], [0.125, 40, 400, 10], [0.25, 40, 400, 20], [0.375, 40, 400, 30]]
energy_transfer = ["DC_extended"]
payment = ["ExternalPayment"]
pre_charge = [[0, 360, 0]]
status = [
    { at = "ChargeParameterDiscoveryReq", ready = false, error = "NO_ERROR" },
    { at = "CableCheckReq", ready = true, error = "NO_ERROR" },
    { at = "PowerDeliveryReq-Stop", ready = false, error = "NO_ERROR" },
]

[evcc.din.limits]
max_current_a = 125.5
max_voltage_v = 412
soc = 40

[evcc.din.pacing_ms]
CableCheckReq = { median = 110, min = 110, max = 110, count = 1 }
ChargeParameterDiscoveryReq = { median = 23, min = 23, max = 23, count = 1 }
ContractAuthenticationReq = { median = 50, min = 50, max = 50, count = 1 }
CurrentDemandReq = { median = 100, min = 100, max = 100, count = 1 }
PowerDeliveryReq = { median = 30, min = 30, max = 30, count = 1 }
PowerDeliveryReq-Stop = { median = 35, min = 35, max = 35, count = 1 }
PreChargeReq = { median = 120, min = 120, max = 120, count = 1 }
ServiceDiscoveryReq = { median = 21, min = 21, max = 21, count = 1 }
ServicePaymentSelectionReq = { median = 22, min = 22, max = 22, count = 1 }
SessionSetupReq = { median = 20, min = 20, max = 20, count = 1 }
SessionStopReq = { median = 36, min = 36, max = 36, count = 1 }

[evcc.din.period_ms]
CurrentDemandReq = { median = 125, min = 125, max = 125, count = 4 }

[evcc.din.quirks]
pre_charge_without_current = true
whole_amperes = true

[evcc.din.quirks.zero_octets_behind]
ContractAuthenticationReq = 1

[evcc.din.repeat_ms]
CableCheckReq = { median = 110, min = 110, max = 110, count = 1 }
ContractAuthenticationReq = { median = 50, min = 50, max = 50, count = 2 }
CurrentDemandReq = { median = 100, min = 100, max = 100, count = 4 }
PreChargeReq = { median = 120, min = 120, max = 120, count = 1 }

[evcc.din.repeats]
CableCheckReq = { median = 2, min = 2, max = 2, count = 1 }
ChargeParameterDiscoveryReq = { median = 1, min = 1, max = 1, count = 1 }
ContractAuthenticationReq = { median = 3, min = 3, max = 3, count = 1 }
PreChargeReq = { median = 2, min = 2, max = 2, count = 1 }

[evcc.din.stop]
closed_by = "car"
reset = true
session_stop = 1
stop_to_close_ms = { median = 7, min = 7, max = 7, count = 1 }
without = 0

[evcc.quirks]
evcc_id_octets = 6
session_id_octets = 1
"##;

const STATION: &str = r##"
# Measured: `plugfest profile --station --name "mine" CAPTURE...` with the captures of `sources`.
conversations = 1
evse_id = "00000000000001"
name = "mine"
sources = ["one.pcap"]

[din]
conversations = 1
energy_transfer = ["DC_extended"]
free_service = false
isolation = [
    { at = "ChargeParameterDiscoveryRes", seconds = 0, status = "EVSE_Ready", isolation = "Valid" },
    { at = "CableCheckRes", seconds = 0.2, status = "EVSE_Ready", isolation = "Invalid" },
    { at = "CableCheckRes", seconds = 0.4, status = "EVSE_Ready", isolation = "Valid" },
]
optional = [
    "CableCheckRes/EVSEIsolationStatus",
    "ChargeParameterDiscoveryRes/EVSEIsolationStatus",
    "ChargeParameterDiscoveryRes/EVSEMaximumPowerLimit",
    "CurrentDemandRes/EVSEIsolationStatus",
    "PowerDeliveryRes/EVSEIsolationStatus",
    "PreChargeRes/EVSEIsolationStatus",
]
payment = ["ExternalPayment"]
pre_charge = [[0, 360, 500], [0.2, 360, 365]]
ramp = [
    [0, 5, 0, 365.5],
    [0.125, 10, 5, 365.5],
    [0.25, 20, 10, 365.5],
    [0.375, 30, 20, 365.5],
    [0.5, 30, 30, 365.5],
]

[din.limits]
max_current_a = 50
max_power_w = 20000
max_voltage_v = 500
min_current_a = 1
min_voltage_v = 200
peak_ripple_a = 2
schedule_power_w = 20000
schedules = 1

[din.ongoing]
CableCheckRes = { median = 1, min = 1, max = 1, count = 1 }
ChargeParameterDiscoveryRes = { median = 0, min = 0, max = 0, count = 1 }
ContractAuthenticationRes = { median = 2, min = 2, max = 2, count = 1 }

[din.ongoing_ms]
CableCheckRes = { median = 290, min = 290, max = 290, count = 1 }
ChargeParameterDiscoveryRes = { median = 100, min = 100, max = 100, count = 1 }
ContractAuthenticationRes = { median = 280, min = 280, max = 280, count = 1 }

[din.quirks]
pre_charge_starts_above_v = 140
session_id_octets = 8

[din.response_ms]
CableCheckRes = { median = 90, min = 90, max = 90, count = 2 }
ChargeParameterDiscoveryRes = { median = 100, min = 100, max = 100, count = 1 }
ContractAuthenticationRes = { median = 60, min = 60, max = 60, count = 3 }
CurrentDemandRes = { median = 25, min = 25, max = 25, count = 5 }
PowerDeliveryRes = { median = 350, min = 350, max = 350, count = 1 }
PowerDeliveryRes-Stop = { median = 45, min = 45, max = 45, count = 1 }
PreChargeRes = { median = 80, min = 80, max = 80, count = 2 }
ServiceDiscoveryRes = { median = 99, min = 99, max = 99, count = 1 }
ServicePaymentSelectionRes = { median = 97, min = 97, max = 97, count = 1 }
SessionSetupRes = { median = 98, min = 98, max = 98, count = 1 }
SessionStopRes = { median = 46, min = 46, max = 46, count = 1 }

[sap]
answer_ms = { median = 5, min = 5, max = 5, count = 1 }
takes = ["urn:din:70121:2012:MsgDef"]

[sdp]
answer_ms = { median = 12, min = 12, max = 12, count = 1 }
security = "none"
"##;
