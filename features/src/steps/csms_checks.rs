//! What the CSMS got.

use cucumber::then;
use gherkin::Step;
use serde_json::Value;
use twin::Request;

use crate::parameters::Time;
use crate::rig::Rig;
use crate::stage::Stage;

/// Rows of a table: a path into the payload, and the value that stands there.
fn rows(step: &Step) -> Vec<(String, String)> {
    step.table().map_or_else(Vec::new, |table| {
        table.rows.iter().filter_map(|row| Some((row.first()?.clone(), row.get(1)?.clone()))).collect()
    })
}

fn at<'a>(payload: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(payload, |value, part| match part.parse::<usize>() {
        Ok(index) if value.is_array() => &value[index],
        Ok(_) | Err(_) => &value[part],
    })
}

fn says(value: &Value, wanted: &str) -> bool {
    match (value, wanted) {
        (Value::Null, "(absent)") => true,
        (Value::Null, _) => false,
        (_, "(present)") => true,
        (Value::String(text), wanted) => text == wanted,
        (value, wanted) => {
            // As JSON writes it: a number or a truth value in the table is the text of one.
            let text = value.to_string();
            text == wanted
        }
    }
}

fn fits(request: &Request, action: &str, rows: &[(String, String)]) -> bool {
    request.action == action && rows.iter().all(|(path, wanted)| says(at(&request.payload, path), wanted))
}

fn got(rig: &mut dyn Rig, skip: usize) -> Vec<Request> {
    rig.csms().map_or_else(Vec::new, |csms| csms.requests().into_iter().skip(skip).collect())
}

fn list(requests: &[Request], action: &str) -> String {
    let same: Vec<String> =
        requests.iter().filter(|request| request.action == action).map(|request| request.payload.to_string()).collect();
    if same.is_empty() {
        format!(
            "no {action} was sent; sent were {:?}",
            requests.iter().map(|request| &request.action).collect::<Vec<_>>()
        )
    } else {
        format!("sent were\n{}", same.join("\n"))
    }
}

/// Since the last action or within that time; each row of the table is a path and its value, `(present)` or `(absent)`.
#[then(expr = "within {duration} the CSMS received {word} where")]
fn received_where(stage: &mut Stage, limit: Time, action: String, step: &Step) {
    let (rows, skip) = (rows(step), stage.requests_then());
    stage.within(
        limit.0,
        |rig| got(rig, skip).iter().any(|request| fits(request, &action, &rows)),
        |rig| list(&got(rig, skip), &action),
    );
}

/// Since the last action or within that time.
#[then(expr = "within {duration} the CSMS received {word}")]
fn received(stage: &mut Stage, limit: Time, action: String) {
    let skip = stage.requests_then();
    stage.within(
        limit.0,
        |rig| got(rig, skip).iter().any(|request| request.action == action),
        |rig| list(&got(rig, skip), &action),
    );
}

/// In the whole scenario; rows as above.
#[then(expr = "the CSMS received exactly {int} {word} where")]
fn exactly(stage: &mut Stage, times: usize, action: String, step: &Step) {
    let rows = rows(step);
    let requests = stage.requests(false);
    let found = requests.iter().filter(|request| fits(request, &action, &rows)).count();
    stage.check(found == times, || format!("{found} of them; {}", list(&requests, &action)));
}

/// Neither since the last action nor for so long from now.
#[then(expr = "for {duration} the CSMS receives no {word}")]
fn none(stage: &mut Stage, time: Time, action: String) {
    stage.pass(time.0);
    let requests = stage.requests(true);
    stage.check(requests.iter().all(|request| request.action != action), || list(&requests, &action));
}

/// Nothing at all, neither since the last action nor for so long from now.
#[then(expr = "for {duration} the CSMS receives nothing")]
fn nothing(stage: &mut Stage, time: Time) {
    stage.pass(time.0);
    let requests = stage.requests(true);
    let sent: Vec<&String> = requests.iter().map(|request| &request.action).collect();
    stage.check(sent.is_empty(), || format!("sent were {sent:?}"));
}

/// The status that the CSMS was told last.
#[then(expr = "within {duration} the connector is {word}")]
fn status_step(stage: &mut Stage, limit: Time, status: String) {
    let last = |rig: &mut dyn Rig| {
        got(rig, 0)
            .iter()
            .rev()
            .find(|request| request.action == "StatusNotification")
            .and_then(|request| request.payload["connectorStatus"].as_str().map(String::from))
            .unwrap_or_default()
    };
    stage.within(limit.0, |rig| last(rig) == status, |rig| format!("the CSMS was told {:?}", last(rig)));
}

/// Every status the CSMS was told, in order, in the whole scenario.
#[then(expr = "the connector was {string}")]
fn statuses(stage: &mut Stage, wanted: String) {
    let seen: Vec<String> = stage
        .requests(false)
        .iter()
        .filter(|request| request.action == "StatusNotification")
        .filter_map(|request| request.payload["connectorStatus"].as_str().map(String::from))
        .collect();
    let seen = seen.join(", ");
    stage.check(seen == wanted, || format!("it was {seen}"));
}

/// The status in the last answer to a call of the CSMS.
#[then(expr = "within {duration} the charger answers {word} with {word}")]
fn answers(stage: &mut Stage, limit: Time, action: String, status: String) {
    let last = |rig: &mut dyn Rig| {
        rig.csms().and_then(|csms| csms.replies().into_iter().rev().find(|reply| reply.action == action)).map(|reply| {
            match reply.result {
                Ok(payload) => payload["status"].as_str().map_or_else(|| payload.to_string(), String::from),
                Err(code) => code,
            }
        })
    };
    stage.within(limit.0, |rig| last(rig).as_deref() == Some(&status), |rig| format!("it answered {:?}", last(rig)));
}

/// A path into the last answer to a call of the CSMS, and the value there.
#[then(expr = "the answer to {word} has {string} at {string}")]
fn answer_has(stage: &mut Stage, action: String, wanted: String, path: String) {
    let reply =
        stage.rig().csms().and_then(|csms| csms.replies().into_iter().rev().find(|reply| reply.action == action));
    let holds = reply
        .as_ref()
        .and_then(|reply| reply.result.as_ref().ok())
        .is_some_and(|payload| says(at(payload, &path), &wanted));
    stage.check(holds, || format!("the answer is {reply:?}"));
}

/// The sequence numbers of each transaction the CSMS got, counted from 0, without gap or repetition.
#[then(expr = "the sequence numbers have no gap")]
fn sequence(stage: &mut Stage) {
    let mut next = std::collections::BTreeMap::new();
    for request in stage.requests(false).iter().filter(|request| request.action == "TransactionEvent") {
        let id = request.payload["transactionInfo"]["transactionId"].to_string();
        let expected = next.entry(id.clone()).or_insert(0);
        let seq = request.payload["seqNo"].as_i64().unwrap_or(-1);
        stage.check(seq == *expected, || format!("transaction {id}: {seq}, expected {expected}"));
        *expected += 1;
    }
}

/// How often the charger connected, in the whole scenario.
#[then(expr = "within {duration} the charger has connected {int} times")]
fn connections(stage: &mut Stage, limit: Time, times: u32) {
    stage.within(
        limit.0,
        |rig| rig.csms().is_some_and(|csms| csms.connections() >= times),
        |rig| format!("{:?} times", rig.csms().map(twin::Csms::connections)),
    );
}

/// The charger says, for a person, why it has no CSMS.
#[then(expr = "within {duration} the charger says that the CSMS {string}")]
fn link(stage: &mut Stage, limit: Time, words: String) {
    stage.within(
        limit.0,
        |rig| {
            rig.log().any(0, |event| {
                (event.is("ocpp", "link") && event.text("why").contains(&words))
                    || (event.is("ocpp", "violation") && event.text("text").contains(&words))
            })
        },
        |rig| {
            let said: Vec<String> = rig.log().with(0, |events| {
                events
                    .filter(|event| event.is("ocpp", "link") || event.is("ocpp", "violation"))
                    .map(|event| event.data.to_string())
                    .collect()
            });
            format!("it says {said:?}")
        },
    );
}
