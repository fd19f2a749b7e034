//! How the built-in cars talk: what was measured of them is there, can be asked, and tells nothing of whose car it was.

use iso15118::Protocol;
use vehicle_model::{EnergyKind, Profile, SdpSecurity};

/// The cars of which there are captures.
const MEASURED: [&str; 11] = [
    "audi-q4",
    "hyundai-kona",
    "mercedes-eqe",
    "opel-ampera-e",
    "opel-mokka-e",
    "renault-zoe",
    "skoda-enyaq",
    "taycan-11",
    "tesla-model-3",
    "tesla-model-y",
    "vw-id3",
];

fn car(name: &str) -> Profile {
    Profile::builtin(name).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn each_captured_model_is_one_car_that_offers_what_it_speaks() {
    for name in MEASURED {
        let evcc = car(name).evcc.unwrap_or_else(|| panic!("{name} was measured"));
        let offers = evcc.app_protocols();
        assert!(!offers.is_empty(), "{name}");
        for (protocol, kind) in
            [(Protocol::Din, EnergyKind::Dc), (Protocol::Iso2, EnergyKind::Ac), (Protocol::Iso2, EnergyKind::Dc)]
        {
            if evcc.mode(protocol, kind).is_some() {
                let offered = offers.iter().any(|offer| Protocol::of_offer(offer) == Some(protocol));
                assert!(offered, "{name} speaks {protocol}");
            }
        }
    }
    let others = Profile::names().into_iter().filter(|name| !MEASURED.contains(name));
    assert!(others.into_iter().all(|name| car(name).evcc.is_none()));
}

#[test]
fn a_car_can_be_asked_what_it_does_when() {
    let evcc = car("audi-q4").evcc.expect("it was measured");
    assert_eq!(evcc.sdp_security, Some(SdpSecurity::Tls));
    let direct = evcc.mode(Protocol::Iso2, EnergyKind::Dc).expect("it was captured");
    let first = direct.pacing("CableCheckReq", false).expect("it was measured").median;
    let again = direct.pacing("CableCheckReq", true).expect("it was measured").median;
    assert!(first > 600 && again < 130, "{first} ms, then {again} ms");
    let (soc, volts, amperes) = direct.demand_at(0.0).expect("a first demand");
    assert_eq!((soc, volts, amperes), (55.0, 408.0, 0.0));
    assert_eq!(direct.demand_at(-1.0), direct.demand_at(0.0), "before the first it is the first");
    assert!(direct.demand_at(60.0).expect("later").2 > 25.0);
    assert!(evcc.mode(Protocol::Iso20, EnergyKind::Dc).is_none());
}

#[test]
fn what_is_odd_is_data() {
    let evcc = |name| car(name).evcc.expect("it was measured");
    let tesla = evcc("tesla-model-y").din.expect("it was captured");
    assert_eq!(tesla.quirks.zero_octets_behind.get("ContractAuthenticationReq"), Some(&1));
    assert!(tesla.quirks.pre_charge_without_current && tesla.quirks.ready_at_once);
    assert!(evcc("opel-mokka-e").din.expect("it was captured").quirks.values_without_unit);
    assert!(evcc("vw-id3").quirks.evcc_id_changes);
    assert_eq!(evcc("hyundai-kona").quirks.session_id_octets, Some(8));
    assert_eq!(evcc("renault-zoe").quirks.session_id_octets, Some(1));
}

#[test]
fn an_error_names_the_key_of_what_was_measured() {
    let text = |body: &str| {
        let zoe = include_str!("../cars/small-car-7.toml");
        let offer = r#"offer = [{ namespace = "urn:din:70121:2012:MsgDef", major = 2, minor = 0, schema_id = 1, priority = 1 }]"#;
        format!("{zoe}\n[evcc]\nsources = [\"one.pcap\"]\nconversations = 1\n{offer}\n{body}\n")
    };
    let refused = |body: &str| Profile::from_toml("mine.toml", &text(body)).expect_err("wrong").to_string();
    assert!(Profile::from_toml("mine.toml", &text("")).is_ok());
    assert!(refused("color = 1").starts_with("mine.toml: evcc.color: unknown field `color`"));
    assert_eq!(
        refused("match_to_sdp_ms = { median = 3, min = 4, max = 5, count = 1 }"),
        "mine.toml: evcc.match_to_sdp_ms: min, median and max in their order, and a count above 0"
    );
    let mode = |body: &str| refused(&format!("[evcc.din]\nconversations = 1\n{body}"));
    assert_eq!(
        mode("[evcc.din.pacing_ms]\nCableCheckRes = { median = 1, min = 1, max = 1, count = 1 }"),
        "mine.toml: evcc.din.pacing_ms.CableCheckRes: the name of a request"
    );
    assert_eq!(
        mode("demand = [[0, 101, 400, 10]]"),
        "mine.toml: evcc.din.demand: seconds (rising), state of charge (0 to 100), V, A"
    );
    assert_eq!(
        mode("pre_charge = [[1, 400, 2], [1, 400, 2]]"),
        "mine.toml: evcc.din.pre_charge: seconds (rising), V, A"
    );
    assert!(mode("[evcc.din.limits]\nsoc = 101").starts_with("mine.toml: evcc.din.limits.soc"));
    assert!(mode("[evcc.din.quirks]\nodd = true").starts_with("mine.toml: evcc.din.quirks.odd: unknown field"));
    let two = text("").replace(
        "priority = 1 }",
        "priority = 1 }, { namespace = \"other\", major = 2, minor = 0, schema_id = 1, priority = 2 }",
    );
    assert_eq!(
        Profile::from_toml("mine.toml", &two).expect_err("wrong").to_string(),
        "mine.toml: evcc.offer: a schema_id of its own for each protocol"
    );
}
