//! Each request in each state: an answer of its type, or nothing after the end.

use super::car::{Does, NONE, SESSION, Wire, requests, text};
use super::sessions::blames_station;
use super::{ac_station, dc_station};
use crate::Protocol;
use crate::judge::Profile as Judged;

/// Requests that no good session of that sort has.
fn others(protocol: Protocol, dc: bool) -> Vec<(&'static str, String)> {
    if protocol == Protocol::Din {
        return vec![("ServiceDetailReq", r#""ServiceID":1"#.to_owned())];
    }
    let mut all = requests(Protocol::Iso2, !dc);
    let power = requests(Protocol::Iso2, dc).into_iter().find(|(name, _)| *name == "PowerDeliveryReq").expect("one").1;
    all.push(("PowerDeliveryReq", power.replace("Start", "Renegotiate")));
    all.push(("ServiceDetailReq", r#""ServiceID":1"#.to_owned()));
    all.push((
        "MeteringReceiptReq",
        format!(r#""SessionID":"{SESSION}","SAScheduleTupleID":1,"MeterInfo":{{"MeterID":"M1","MeterReading":1000}}"#),
    ));
    all
}

#[test]
fn each_request_in_each_state_is_answered_by_its_type() {
    for (protocol, dc) in [(Protocol::Iso2, false), (Protocol::Iso2, true), (Protocol::Din, true)] {
        let good = requests(protocol, dc);
        let mut all = good.clone();
        all.extend(others(protocol, dc));
        let mut out_of_order = 0;
        for state in 0..good.len() {
            for (name, body) in &all {
                let mut wire = Wire::new(if dc { dc_station() } else { ac_station() }, Does::Everything);
                wire.agrees(protocol);
                for (name, body) in &good[..state] {
                    super::car::charge(&mut wire, name, body);
                }
                let session = if *name == "SessionSetupReq" { NONE } else { SESSION };
                // `asks` sees to it that the answer is of the type of the request.
                let answer = wire.asks(session, name, body);
                let code = text(&answer, "ResponseCode");
                out_of_order += u32::from(code == "FAILED_SequenceError");
                assert_eq!(wire.closed.is_some(), code.starts_with("FAILED") || *name == "SessionStopReq");
                let before = good[..state].last().map_or("the agreement", |(name, _)| *name);
                assert_eq!(blames_station(wire, Judged::Strict), [], "{protocol} {name} after {before}: {code}");
            }
        }
        assert!(out_of_order > 50, "{out_of_order}");
    }
}
