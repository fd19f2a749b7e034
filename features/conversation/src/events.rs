//! What was seen, as events of a log. The kinds are described in the schema of the event log.

use std::time::Duration;

use event_log::Log;
use iso15118::timing::{self, Timing};
use iso15118::wire::{SeenMessage, Side, Sighting, What};
use iso15118::{Protocol, is_request};
use serde_json::{Value, json};

/// Writes one thing that was seen into a log, and who sent it, as far as that is known. Its time is that of the log's clock: of a session that runs, now; of a capture, the
/// time of the packet, which whoever reads the capture gives to the clock.
pub fn record(log: &Log, from: Option<Side>, sighting: &Sighting) {
    let (source, kind, mut data) = event(from, &sighting.what);
    data["packet"] = sighting.packet.into();
    log.record_value(source, kind, data);
}

/// Source, kind and data of what was seen.
fn event(from: Option<Side>, what: &What) -> (&'static str, &'static str, Value) {
    let from = from.map(word);
    let name = || crate::name(what);
    match what {
        What::Slac(frame) => {
            let message = serde_json::to_value(&frame.message).unwrap_or_default();
            let (source, destination) = (frame.source.to_string(), frame.destination.to_string());
            let data = json!({ "from": from, "name": name(), "source": source, "destination": destination,
                "message": message });
            ("slac", "frame", without_nulls(data))
        }
        What::UnreadableSlac(error) => ("slac", "unreadable", json!({ "error": error.to_string() })),
        What::Sdp(message) => {
            ("sdp", "message", json!({ "from": from, "name": name(), "message": content(&json!(message)) }))
        }
        What::UnreadableSdp(error) => ("sdp", "unreadable", json!({ "error": error })),
        What::Opened { from_the_start } => ("v2g", "opened", json!({ "from_the_start": from_the_start })),
        What::Tls(text) => ("v2g", "tls", json!({ "text": text })),
        What::TlsStopped { from, why } => {
            ("v2g", "tls_stopped", without_nulls(json!({ "from": from.map(word), "why": why })))
        }
        What::Message(message) => ("v2g", "message", of_message(from, message)),
        What::OtherPayload { payload_type, octets, .. } => {
            let data = json!({ "from": from, "type": payload_type.to_string(), "octets": octets });
            ("v2g", "payload", without_nulls(data))
        }
        What::NoFrame { error, .. } => {
            ("v2g", "no_frame", without_nulls(json!({ "from": from, "error": error.to_string() })))
        }
        What::Unfinished { octets, expected, .. } => {
            let data = json!({ "from": from, "octets": octets, "expected": expected });
            ("v2g", "unfinished", without_nulls(data))
        }
        What::Skipped { octets, .. } => ("v2g", "skipped", without_nulls(json!({ "from": from, "octets": octets }))),
        What::Lost { octets, .. } => ("v2g", "lost", without_nulls(json!({ "from": from, "octets": octets }))),
        What::Closed { by: Some(_), reset } if from.is_none() => ("v2g", "closed", json!({ "reset": reset })),
        What::Closed { by, reset } => ("v2g", "closed", json!({ "by": by.map(word), "reset": reset })),
    }
}

const fn word(side: Side) -> &'static str {
    match side {
        Side::Car => "car",
        Side::Station => "station",
    }
}

/// A request or response of SDP without the name around it.
fn content(message: &Value) -> Value {
    message.as_object().and_then(|fields| fields.values().next()).cloned().unwrap_or_default()
}

fn without_nulls(mut data: Value) -> Value {
    if let Value::Object(fields) = &mut data {
        fields.retain(|_, value| !value.is_null());
    }
    data
}

fn of_message(from: Option<&str>, message: &SeenMessage) -> Value {
    let mut data = json!({
        "from": from,
        "protocol": message.protocol.map_or("sap", Protocol::name),
        "payload": exi::text::hex::write(&message.payload),
    });
    match &message.content {
        Err(error) => data["error"] = error.to_string().into(),
        Ok(tree) => {
            data["name"] = message.name().into();
            data["session"] = message.session().into();
            // A number beyond 64 bits is none of JSON here; the payload still has it.
            data["message"] = serde_json::to_value(&**tree).unwrap_or_default();
            data["identical"] = message.identical.into();
            data["difference"] = message.difference().map(|difference| difference.to_string()).into();
            times(message.name(), message.protocol, &mut data);
        }
    }
    without_nulls(data)
}

/// How long the next one may take.
fn times(name: &str, protocol: Option<Protocol>, data: &mut Value) {
    // What comes before a generation is agreed on has the same times in all of them.
    let timing = timing::of(protocol.unwrap_or(Protocol::Iso2));
    let ms = |time: Duration| Value::from(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    if is_request(name) {
        data["performance_ms"] = ms(timing.performance(name));
        data["timeout_ms"] = ms(timing.timeout(name));
        if let Some(total) = total(timing, name) {
            data["total_timeout_ms"] = ms(total);
        }
    } else if let Some(exchange) = name.strip_suffix("Res") {
        let request = format!("{exchange}Req");
        // The performance of an ordinary message, and not of the loop: a car that is late ends nothing in it.
        let timeout = timing.sequence_after(&request);
        data["sequence_performance_ms"] = ms(timing.sequence_performance.min(timeout));
        data["sequence_timeout_ms"] = ms(timeout);
    }
}

/// The car waits this long for what takes several requests of that name.
fn total(timing: &Timing, request: &str) -> Option<Duration> {
    match request {
        "CableCheckReq" | "DC_CableCheckReq" => Some(timing.cable_check_timeout),
        "PreChargeReq" | "DC_PreChargeReq" => Some(timing.pre_charge_timeout),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iso15118::sdp;
    use iso15118::v2gtp::PayloadType;

    fn recorded(what: What) -> String {
        let log = Log::memory();
        record(&log, crate::side(&what), &Sighting { packet: 7, at: Duration::from_secs(3), what });
        let event = &log.snapshot()[0];
        format!("{}/{} {}", event.source, event.kind, event.data)
    }

    #[test]
    fn what_was_seen_becomes_an_event_with_its_packet() {
        let request =
            sdp::Message::Request(sdp::Request { security: sdp::Security::None, transport: sdp::Transport::Tcp });
        for (what, told) in [
            (
                What::Sdp(request),
                r#"sdp/message {"from":"car","message":{"security":"None","transport":"Tcp"},"name":"SDP request","packet":7}"#,
            ),
            (What::UnreadableSdp("no".into()), r#"sdp/unreadable {"error":"no","packet":7}"#),
            (What::Opened { from_the_start: false }, r#"v2g/opened {"from_the_start":false,"packet":7}"#),
            (What::Tls("TLS 1.3".into()), r#"v2g/tls {"packet":7,"text":"TLS 1.3"}"#),
            (What::TlsStopped { from: None, why: "no".into() }, r#"v2g/tls_stopped {"packet":7,"why":"no"}"#),
            (What::Lost { from: Side::Station, octets: 12 }, r#"v2g/lost {"from":"station","octets":12,"packet":7}"#),
            (What::Closed { by: Some(Side::Car), reset: true }, r#"v2g/closed {"by":"car","packet":7,"reset":true}"#),
            (What::Closed { by: None, reset: false }, r#"v2g/closed {"by":null,"packet":7,"reset":false}"#),
        ] {
            assert_eq!(recorded(what), told);
        }
    }

    /// A message of SessionStop, in which a session is named.
    fn message(protocol: Option<Protocol>, payload: &[u8]) -> What {
        let payload_type = PayloadType(0x8001);
        let reading = crate::message::read(protocol, payload_type, payload);
        What::Message(Box::new(SeenMessage {
            from: Side::Car,
            payload_type,
            protocol,
            payload: payload.to_vec(),
            content: reading.content,
            identical: reading.identical,
        }))
    }

    #[test]
    fn a_message_has_its_octets_its_fields_and_the_time_for_its_answer() {
        let payload = exi::text::hex::read("809A02000000000000000011D01813BF5B0E7B3A80").expect("octets");
        let told = recorded(message(Some(Protocol::Din), &payload));
        assert!(told.starts_with("v2g/message {"), "{told}");
        assert!(told.contains("\"payload\":\"809A02"), "{told}");
        let unreadable = recorded(message(Some(Protocol::Iso2), &[0xff]));
        assert!(unreadable.contains("\"error\":") && !unreadable.contains("\"name\""), "{unreadable}");
        assert!(unreadable.contains("\"packet\":7,\"payload\":\"FF\",\"protocol\":\"iso2\""), "{unreadable}");
    }

    #[test]
    fn whose_it_is_stays_open_where_nobody_knows() {
        for (what, told) in [
            (What::Lost { from: Side::Car, octets: 12 }, r#"v2g/lost {"octets":12,"packet":7}"#),
            (What::Closed { by: Some(Side::Car), reset: true }, r#"v2g/closed {"packet":7,"reset":true}"#),
        ] {
            let log = Log::memory();
            record(&log, None, &Sighting { packet: 7, at: Duration::from_secs(3), what });
            let event = &log.snapshot()[0];
            assert_eq!(format!("{}/{} {}", event.source, event.kind, event.data), told);
        }
    }

    #[test]
    fn a_message_says_what_is_different_when_it_is_written_again() {
        let stop = r#"{"V2G_Message": {"Header": {"SessionID": "01"}, "Body": {"SessionStopReq": {}}}}"#;
        let tree: exi::Tree = serde_json::from_str(stop).expect("a message");
        let mut payload = Vec::new();
        exi::tree_to_document(&iso15118::schemas::DIN, &tree, exi::Facets::Checked, &mut payload).expect("octets");
        payload.push(0);
        let told = recorded(message(Some(Protocol::Din), &payload));
        assert!(told.contains(r#""difference":"1 zero octet too many","from":"car","identical":false"#), "{told}");
    }

    #[test]
    fn requests_and_responses_carry_the_times_of_their_generation() {
        let told = |name: &str, protocol| {
            let mut data = json!({});
            times(name, protocol, &mut data);
            data.to_string()
        };
        assert_eq!(told("CurrentDemandReq", Some(Protocol::Din)), r#"{"performance_ms":25,"timeout_ms":250}"#);
        assert_eq!(
            told("CableCheckReq", Some(Protocol::Iso2)),
            r#"{"performance_ms":1500,"timeout_ms":2000,"total_timeout_ms":40000}"#
        );
        assert_eq!(
            told("DC_ChargeLoopRes", Some(Protocol::Iso20)),
            r#"{"sequence_performance_ms":500,"sequence_timeout_ms":500}"#
        );
        assert_eq!(told("supportedAppProtocolReq", None), r#"{"performance_ms":1500,"timeout_ms":2000}"#);
        assert_eq!(told("nonsense", None), "{}");
    }
}
