//! Made-up logs for the tests of the views.

use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;

use event_log::{Event, Log};
use serde_json::{Value, json};
use units::Instant;

/// A log whose clock the test sets.
pub(crate) struct Story {
    log: Log,
    now: Rc<Cell<Instant>>,
}

/// A story at zero.
pub(crate) fn story() -> Story {
    let (log, now) = (Log::memory(), Rc::new(Cell::new(Instant::ZERO)));
    let (t, wall) = (Rc::clone(&now), Rc::clone(&now));
    log.set_clock(move || t.get());
    // The twin is a thousand times faster than the world.
    log.set_wall(move || wall.get().as_micros() / 1000);
    Story { log, now }
}

impl Story {
    /// Sets the clock to so many seconds.
    pub(crate) fn at(&mut self, seconds: f64) -> &Log {
        self.now.set(Instant::from_micros((seconds * 1e6).round() as u64));
        &self.log
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.log.snapshot()
    }

    /// The lines of its file.
    pub(crate) fn lines(&self) -> String {
        self.events().iter().map(|event| event.line() + "\n").collect()
    }
}

impl Deref for Story {
    type Target = Log;
    fn deref(&self) -> &Log {
        &self.log
    }
}

/// A charge that a broken diode ends, as the charger and the world log it, without steps.
pub(crate) fn charge() -> Story {
    let mut log = story();
    log.at(1.0).record("car", "action", json!({ "what": "plugs in (32 A cable)" }));
    log.at(1.01).record("cp", "state", json!({ "state": "B1" }));
    log.record("board", "event", json!({ "Pilot": { "state": "B" } }));
    log.at(1.02).record("session", "event", json!({ "name": "SessionStarted" }));
    call(&log, "1", "StatusNotification", json!({ "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1 }));
    answer(log.at(1.03), "1", json!({}));
    log.at(3.0).record("reader", "token", json!({ "token": "04A1B2" }));
    call(&log, "2", "Authorize", json!({ "idToken": { "idToken": "04A1B2", "type": "ISO14443" } }));
    answer(log.at(3.05), "2", json!({ "idTokenInfo": { "status": "Accepted" } }));
    log.record("session", "event", json!({ "name": "Authorized", "token": "04A1B2" }));
    log.at(3.06).record("session", "limit", json!({ "ma": 16000, "by": "cable" }));
    log.record("board", "command", json!({ "SetPilot": "pwm 26.6 %" }));
    log.at(3.07).record("cp", "signal", json!({ "signal": "pwm 26.6 %" }));
    log.at(3.08);
    let token = json!({ "idToken": "04A1B2", "type": "ISO14443" });
    call(&log, "3", "TransactionEvent", transaction("Started", "Authorized", "EVConnected", 0, 0.0, Some(token), None));
    log.at(5.0).record("cp", "state", json!({ "state": "C2" }));
    log.at(5.09).record("contactor", "closed", json!({}));
    log.at(5.1).record("session", "event", json!({ "name": "ChargingStarted" }));
    for second in 6..70 {
        let t = f64::from(second);
        let (ramp, soc) = (((t - 6.0) / 8.0).min(1.0), 40.0 + t / 30.0);
        let current = 16.0 * ramp;
        log.at(t).record(
            "sample",
            "plot",
            json!({ "power_w": current * 690.0, "current_a": current, "limit_a": 16, "soc_pct": soc, "pilot_v": 6.0 }),
        );
        log.record("meter", "reading", json!({ "import_mwh": second * 1500, "power_w": 11040 }));
        if second % 15 == 5 {
            let id = format!("m{second}");
            let payload = transaction(
                "Updated",
                "MeterValuePeriodic",
                "Charging",
                second / 15,
                f64::from(second) * 1.5,
                None,
                None,
            );
            call(&log, &id, "TransactionEvent", payload);
            answer(&log, &id, json!({}));
        }
    }
    log.at(70.0).record("fault", "injected", json!({ "what": "the diode is shorted" }));
    log.at(70.04).record("contactor", "open", json!({}));
    let found = json!({ "what": "DiodeFault", "mrec": 14, "detail": "negative half missing" });
    log.at(70.05).record("fault", "detected", found);
    log.at(70.06);
    let ended = transaction("Ended", "AbnormalCondition", "Idle", 5, 120.5, None, Some("Other"));
    call(&log, "9", "TransactionEvent", ended);
    log
}

/// A charge of a car that speaks ISO 15118-2, as a capture or a session logs it; once the station takes its time.
pub(crate) fn v2g_charge() -> Story {
    let mut log = story();
    let mut slac = |at: f64, from: &str, name: &str, message: Value| {
        let mac = if from == "car" { "00:7d:fa:00:00:01" } else { "00:01:87:00:00:02" };
        log.at(at).record("slac", "frame", json!({ "from": from, "name": name, "source": mac, "message": message }));
    };
    slac(1.0, "car", "CM_SLAC_PARM.REQ", json!({ "SlacParmReq": { "run_id": "b881eff28bf4b054" } }));
    slac(1.1, "station", "CM_SLAC_PARM.CNF", json!({ "SlacParmCnf": { "sounds": 10 } }));
    for sound in 0..3 {
        let random = format!("{:032x}", 1_u128 << (7 * sound));
        slac(1.2, "car", "CM_MNBC_SOUND.IND", json!({ "Sound": { "countdown": sound, "random": random } }));
    }
    slac(2.0, "car", "CM_SLAC_MATCH.REQ", json!({ "MatchReq": {} }));
    slac(2.1, "station", "CM_SLAC_MATCH.CNF", json!({ "MatchCnf": { "nid": "026B0105" } }));
    let sdp = json!({ "from": "car", "name": "SDP request", "message": { "security": "None", "transport": "Tcp" } });
    log.at(3.0).record("sdp", "message", sdp);
    let sdp = json!({ "from": "station", "name": "SDP response", "message": { "address": "fe80::2", "port": 61341 } });
    log.at(3.01).record("sdp", "message", sdp);
    log.at(3.1).record("v2g", "opened", json!({ "from_the_start": true }));
    let amount = |value: i32, unit: &str| json!({ "Multiplier": 0, "Unit": unit, "Value": value });
    let status = json!({ "EVReady": true, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 57 });
    let ok = json!({ "ResponseCode": "OK" });
    exchange(&mut log, 4.0, 0.02, "supportedAppProtocol", json!({}), json!({ "ResponseCode": "OK", "SchemaID": 1 }));
    exchange(&mut log, 5.0, 0.02, "SessionSetup", json!({}), json!({ "ResponseCode": "OK_NewSessionEstablished" }));
    let mode = json!({ "RequestedEnergyTransferMode": "DC_extended" });
    exchange(&mut log, 6.0, 0.02, "ChargeParameterDiscovery", mode, ok.clone());
    for (at, processing) in [(10.0, "Ongoing"), (12.0, "Finished")] {
        let response = json!({ "EVSEProcessing": processing, "ResponseCode": "OK" });
        exchange(&mut log, at, 0.02, "CableCheck", json!({ "DC_EVStatus": status }), response);
    }
    for n in 0..40 {
        let request =
            json!({ "DC_EVStatus": status, "EVTargetCurrent": amount(40, "A"), "EVTargetVoltage": amount(400, "V") });
        let response = json!({ "ResponseCode": "OK", "EVSEPresentVoltage": amount(380, "V"), "EVSEPresentCurrent": amount(n, "A"),
            "EVSEMaximumCurrentLimit": amount(50, "A"), "EVSECurrentLimitAchieved": n % 3 == 0 });
        let took = if n == 20 { 0.3 } else { 0.02 };
        exchange(&mut log, 20.0 + f64::from(n), took, "CurrentDemand", request, response);
    }
    exchange(&mut log, 61.0, 0.02, "SessionStop", json!({}), ok);
    log.at(62.0).record("v2g", "closed", json!({ "by": "station", "reset": true }));
    log
}

/// A request and, so many seconds later, its response.
fn exchange(log: &mut Story, at: f64, took: f64, name: &str, request: Value, response: Value) {
    let mut packet = (at * 10.0) as u64;
    let protocol = if name.starts_with("supported") { "sap" } else { "iso2" };
    let in_loop = name == "CurrentDemand";
    let mut say = |at: f64, from: &str, name: String, body: Value, times: Value| {
        packet += 1;
        let body: Value = [(name.clone(), body)].into_iter().collect();
        let message = json!({ "V2G_Message": { "Header": { "SessionID": "CF11ED7FAF5BFCFF" }, "Body": body } });
        let mut data = json!({ "from": from, "name": name, "protocol": protocol, "session": "CF11ED7FAF5BFCFF",
            "payload": "8098", "message": message, "identical": true, "packet": packet });
        for (name, value) in times.as_object().into_iter().flatten() {
            data[name] = value.clone();
        }
        log.at(at).record("v2g", "message", data);
    };
    let (due, limit) = if in_loop { (25, 250) } else { (1_500, 2_000) };
    let mut times = json!({ "performance_ms": due, "timeout_ms": limit });
    if name == "CableCheck" {
        times["total_timeout_ms"] = json!(40_000);
    }
    say(at, "car", format!("{name}Req"), request, times);
    let times = json!({ "sequence_performance_ms": 40_000, "sequence_timeout_ms": 60_000 });
    say(at + took, "station", format!("{name}Res"), response, times);
}

fn transaction(
    event: &str,
    trigger: &str,
    state: &str,
    seq: i32,
    wh: f64,
    token: Option<Value>,
    stopped: Option<&str>,
) -> Value {
    json!({
        "eventType": event, "triggerReason": trigger, "seqNo": seq, "idToken": token,
        "transactionInfo": { "transactionId": "t", "chargingState": state, "stoppedReason": stopped },
        "meterValue": [{ "sampledValue": [{ "value": wh, "measurand": "Energy.Active.Import.Register" }] }],
    })
}

fn call(log: &Log, id: &str, action: &str, payload: Value) {
    log.record("ocpp", "sent", json!({ "frame": [2, id, action, payload] }));
}

fn answer(log: &Log, id: &str, payload: Value) {
    log.record("ocpp", "received", json!({ "frame": [3, id, payload] }));
}

/// A story between `run/begin` and `run/end`. `steps` are keyword, text, status and message.
pub(crate) fn scenario(
    head: Value,
    steps: &[(&str, &str, &str, &str)],
    middle: Story,
    end: Option<(&str, &str)>,
) -> Story {
    let mut log = story();
    log.record("run", "begin", head);
    let events = middle.events();
    // The steps that are run share the events.
    let run = steps.iter().filter(|step| step.2 != "skipped").count();
    let mut begun = 0;
    for (index, (keyword, text, status, message)) in steps.iter().enumerate() {
        log.record("step", "begin", json!({ "keyword": keyword, "text": text, "line": 20 + index }));
        if *status != "skipped" {
            for event in &events[events.len() * begun / run..events.len() * (begun + 1) / run] {
                log.at(event.t.as_secs_f64()).record(&event.source, &event.kind, &event.data);
            }
            begun += 1;
        }
        log.record("step", "end", json!({ "text": text, "status": status, "message": message }));
    }
    if let Some((verdict, message)) = end {
        log.record("run", "end", json!({ "verdict": verdict, "message": message }));
    }
    log
}

/// A run with a scenario of each verdict.
pub(crate) fn sample_run() -> crate::Run {
    let head = |feature: &str, line: u32, name: &str, tags: &[&str]| json!({ "scenario": "x", "feature": feature, "line": line, "name": name, "tags": tags, "seed": 42 });
    let opened = "the contactor opened at 00:01:10.040\nexpected: closed until 00:01:20.000";
    let failed = scenario(
        head("features/faults/diode.feature", 12, "A diode fault ends the charge", &["@CP-16", "@sim"]),
        &[
            ("Given", "a charger with a 32 A cable", "passed", ""),
            ("When", "the car's diode is shorted", "passed", ""),
            ("Then", "for 10 s the contactor stays closed", "failed", opened),
            ("And", "the display says so", "skipped", ""),
        ],
        charge(),
        Some(("failed", "")),
    );
    let passed = scenario(
        head("features/session/basic.feature", 7, "A car charges", &["@CP-08"]),
        &[("Given", "a charger with a 32 A cable", "passed", ""), ("Then", "it charges", "passed", "")],
        charge(),
        Some(("passed", "")),
    );
    let killed = scenario(
        head("features/session/basic.feature", 40, "Two hours <of> \"patience\" & more", &[]),
        &[("Given", "a charger with a 32 A cable", "", ""), ("When", "2 h pass", "passed", "")],
        charge(),
        None,
    );
    // Cut where the first step is still open.
    let open = killed.events().iter().position(|event| event.is("step", "end")).expect("a step ends");
    let skipped = scenario(
        head("features/slac/match.feature", 3, "Real powerline", &["@requires:plc"]),
        &[("Given", "a powerline modem", "skipped", "")],
        story(),
        Some(("skipped", "rig bench-3 provides no plc")),
    );
    let told = |slug: &str, events: &[Event]| crate::Scenario::from_events(slug, events);
    let scenarios = vec![
        told("0001-diode", &failed.events()),
        told("0002-basic", &passed.events()),
        told("0003-patience", &killed.events()[..open]),
        told("0004-powerline", &skipped.events()),
    ];
    crate::Run {
        kind: event_log::RunKind::Test,
        version: "0.1.0".into(),
        seed: "42".into(),
        started: "2026-01-01T00:00:00Z".into(),
        rig: "twin".into(),
        virtual_s: scenarios.iter().map(|one| one.virtual_s).sum(),
        wall_s: 0.2,
        troubles: Vec::new(),
        scenarios,
    }
}

/// Checks that XML, or HTML without `<script>` and `<style>`, is well-formed, and counts its elements by name.
pub(crate) fn well_formed(text: &str) -> Result<std::collections::BTreeMap<String, usize>, String> {
    /// Elements of HTML that have no end.
    const VOID: [&str; 4] = ["meta", "input", "br", "hr"];
    let mut counts = std::collections::BTreeMap::new();
    let mut open: Vec<String> = Vec::new();
    if let Some(bad) = text.chars().find(|c| c.is_control() && !"\n\t".contains(*c)) {
        return Err(format!("a control character {bad:?}"));
    }
    let mut rest = text;
    loop {
        let (between, tag) = rest.split_once('<').unwrap_or((rest, ""));
        references(between)?;
        if between.contains('>') {
            return Err(format!("a stray > in {between:?}"));
        }
        if tag.is_empty() {
            break;
        }
        let (tag, after) = tag.split_once('>').ok_or_else(|| format!("<{tag} has no end"))?;
        rest = after;
        if tag.starts_with('?') || tag.starts_with("!doctype") {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            match open.pop() {
                Some(begun) if begun == name => continue,
                begun => return Err(format!("</{name}> ends {begun:?}")),
            }
        }
        let alone = tag.ends_with('/');
        let tag = tag.trim_end_matches('/');
        let (name, attributes) = tag.split_once([' ', '\n']).unwrap_or((tag, ""));
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(format!("no name: <{tag}>"));
        }
        attribute_list(attributes).map_err(|why| format!("{why} in <{tag}>"))?;
        *counts.entry(name.to_owned()).or_insert(0) += 1;
        if !alone && !VOID.contains(&name) {
            open.push(name.into());
        }
    }
    if open.is_empty() { Ok(counts) } else { Err(format!("never ended: {open:?}")) }
}

fn attribute_list(mut text: &str) -> Result<(), String> {
    let mut seen = std::collections::BTreeSet::new();
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return Ok(());
        }
        let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
        let (name, after) = text.split_at(end);
        if name.is_empty() || name.contains(['"', '\'', '&']) || !seen.insert(name) {
            return Err(format!("the attribute {name:?}"));
        }
        let Some(value) = after.strip_prefix('=') else {
            // An attribute of HTML without a value.
            text = after;
            continue;
        };
        let value = value.strip_prefix('"').ok_or_else(|| format!("{name} is not quoted"))?;
        let (value, after) = value.split_once('"').ok_or_else(|| format!("{name} has no end"))?;
        references(value)?;
        text = after;
    }
}

fn references(text: &str) -> Result<(), String> {
    for after in text.split('&').skip(1) {
        let name = after.split_once(';').map_or("", |(name, _)| name);
        let known = matches!(name, "amp" | "lt" | "gt" | "quot")
            || name.strip_prefix('#').is_some_and(|number| number.parse::<u32>().is_ok_and(|number| number >= 9));
        if !known {
            return Err(format!("a bare & before {:?}", after.chars().take(12).collect::<String>()));
        }
    }
    Ok(())
}
