//! What holds for every log, whatever stands in it.

use event_log::Event;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::testing::{story, well_formed};
use crate::{Run, Scenario, chart, github, html, junit, markdown, messages, rerun, summary, transcript};

/// Every kind that a view looks at, and one that none knows.
const KINDS: [(&str, &str); 40] = [
    ("run", "begin"),
    ("run", "end"),
    ("step", "begin"),
    ("step", "end"),
    ("cp", "state"),
    ("cp", "signal"),
    ("cp", "levels"),
    ("contactor", "closed"),
    ("contactor", "open"),
    ("board", "command"),
    ("board", "event"),
    ("fault", "injected"),
    ("fault", "detected"),
    ("fault", "cleared"),
    ("session", "event"),
    ("session", "limit"),
    ("bus", "call"),
    ("ocpp", "sent"),
    ("ocpp", "received"),
    ("ocpp", "link"),
    ("ocpp", "violation"),
    ("ocpp", "store"),
    ("ocpp", "fault"),
    ("meter", "reading"),
    ("car", "action"),
    ("car", "telemetry"),
    ("sample", "plot"),
    ("reader", "token"),
    ("panel", "show"),
    ("lock", "drive"),
    ("world", "action"),
    ("slac", "frame"),
    ("sdp", "message"),
    ("v2g", "opened"),
    ("v2g", "message"),
    ("v2g", "lost"),
    ("v2g", "payload"),
    ("v2g", "tls"),
    ("v2g", "closed"),
    ("teapot", "boils"),
];

/// The fields that views look for, so that wrong types stand where they look.
const FIELDS: &str = "what|state|signal|frame|name|text|status|message|verdict|tags|line|feature|ma|by|power_w|current_ma|\
                      high_mv|soc|soc_pct|limit_a|pilot_v|allowed|caller|mrec|virtual_s|seed|keyword|from|message|protocol|session|packet|reset|by|timeout_ms|\
                      EVTargetVoltage|EVRESSSOC|ResponseCode|Value|Multiplier|V2G_Message|Body";

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e12..1e12).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[<>&\"'\\x00-\\x20%|:,]{0,8}".prop_map(Value::from),
        Just(json!("failed")),
        Just(json!("passed")),
        Just(json!("TransactionEvent")),
        Just(
            json!([2, "1", "TransactionEvent", { "eventType": 7, "meterValue": [{ "sampledValue": [{ "value": "x" }] }] }])
        ),
        Just(json!([3, "1", []])),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let object = vec((FIELDS, inner.clone()), 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect()));
        prop_oneof![vec(inner, 0..5).prop_map(Value::Array), object]
    })
}

fn log() -> impl Strategy<Value = Vec<Event>> {
    let event = (0..KINDS.len(), 0.0..1e5_f64, vec((FIELDS, value()), 0..6));
    vec(event, 0..40).prop_map(|events| {
        let mut log = story();
        for (kind, at, fields) in events {
            let (source, kind) = KINDS[kind];
            // Not in order: a clock that jumps back is no reason to panic.
            log.at(at).record(source, kind, Value::Object(fields.into_iter().collect()));
        }
        log.events()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn every_log_has_its_reports(events in log()) {
        let story = transcript(&events);
        prop_assert!(story.lines().count() <= chart(&events).len());
        prop_assert!(!story.contains(|c: char| c.is_control() && c != '\n'), "{story:?}");
        let run = Run { scenarios: vec![Scenario::from_events("0001", &events)], ..Run::default() };
        prop_assert_eq!(well_formed(&junit(&run)).map(|elements| elements["testcase"]), Ok(1));
        let page = html(&run);
        let body = page.split("</style>").nth(1).and_then(|page| page.split("<script>").next()).expect("a body");
        let body = format!("<html><head>{body}</body></html>");
        prop_assert!(well_formed(&body).is_ok(), "{:?}", well_formed(&body));
        prop_assert!(github(&run).lines().all(|row| row.starts_with("::error ")));
        prop_assert!(rerun(&run).lines().count() <= 1);
        prop_assert!(messages(&run).lines().all(|line| serde_json::from_str::<Value>(line).is_ok_and(|one| one.is_object())));
        prop_assert!(!summary(&run).is_empty() && !markdown(&run).is_empty());
    }
}
