//! A session that never happened: bytes of a capture in, profiles out.

mod tape;

use iso15118::station_profile::StationProfile;
use profile::Profiler;
use vehicle_model::Profile;

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
    assert_eq!(read.evcc.as_ref(), Some(&car.evcc), "what was written is read again");
    assert_eq!(profile::car_file(Some(&file), "mine", &car.evcc), file, "a second time changes nothing");
}

#[test]
fn a_station_is_what_it_said_and_when() {
    let mut profiler = Profiler::new();
    tape::follow(&mut profiler, "one.pcap", &tape::session().bytes());
    let station = profiler.station("mine").expect("a station");
    let text = profile::station_file("mine", &station.profile);
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
fn nothing_personal_is_written() {
    let mut profiler = Profiler::new();
    tape::follow(&mut profiler, "one.pcap", &tape::session().bytes());
    let car = profile::measured_part("mine", &profiler.car().expect("a car").evcc);
    let station = profile::station_file("mine", &profiler.station("mine").expect("a station").profile);
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
            let text = profile::station_file("mine", &station.profile);
            assert!(text.parse::<toml::Table>().is_ok(), "{text}");
        }
    }
}

const CAR: &str = r#"
"#;

const STATION: &str = r#"
"#;
