//! What the CSMS got.

use cucumber::then;
use gherkin::Step;
use serde_json::Value;
use twin::Request;

use crate::lookout::Lookout;
use crate::parameters::{AnswerWord, ConnectorState, ConnectorStates, Count, Message, MessageName, Time, Times};
use crate::rig::Rig;
use crate::stage::{Stage, human};

/// Rows of a table: a path into the payload, and the value that stands there.
type Rows = Vec<(String, String)>;

/// The rows of a check; each is something that the message can say.
fn rows(stage: &Stage, action: &MessageName, step: &Step) -> Rows {
    let rows: Rows = stage.rows_of(step);
    let Some(message) = Message::named(&action.0) else { stage.misstated(format!("no message is {}", action.0)) };
    for (path, wanted) in &rows {
        if let Err(why) = message.request_may_say(path, wanted) {
            stage.misstated(why);
        }
    }
    rows
}

fn at<'a>(payload: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(payload, |value, part| match part.parse::<usize>() {
        Ok(index) if value.is_array() => &value[index],
        Ok(_) | Err(_) => &value[part],
    })
}

fn says(value: &Value, wanted: &str) -> bool {
    let begins = wanted.strip_prefix("(begins with ").and_then(|rest| rest.strip_suffix(')'));
    match (value, wanted) {
        (Value::Null, "(absent)") => true,
        (Value::Null, _) => false,
        (_, "(present)") => true,
        (Value::String(text), _) if begins.is_some() => begins.is_some_and(|begin| text.starts_with(begin)),
        (Value::String(text), wanted) => text == wanted,
        (value, wanted) => {
            // As JSON writes it: a number or a truth value in the table is the text of one.
            let text = value.to_string();
            text == wanted
        }
    }
}

fn fits(request: &Request, action: &str, rows: &[(String, String)]) -> bool {
    request.action == action && {
        let payload = request.payload.parse();
        rows.iter().all(|(path, wanted)| says(at(&payload, path), wanted))
    }
}

fn got(rig: &mut dyn Rig, skip: usize) -> Vec<Request> {
    rig.csms().map_or_else(Vec::new, |csms| csms.requests(skip, |requests| requests.collect()))
}

fn list(requests: &[Request], action: &str) -> String {
    let same: Vec<String> =
        requests.iter().filter(|request| request.action == action).map(|request| request.payload.to_string()).collect();
    if same.is_empty() {
        format!("no {action} was sent; sent were {}", names(requests))
    } else {
        format!("sent were\n{}", same.join("\n"))
    }
}

/// The names of what was sent, and when.
fn names(requests: &[Request]) -> String {
    let all: Vec<String> = requests.iter().map(|request| format!("{} at {}", request.action, request.at)).collect();
    if all.is_empty() { "none".into() } else { all.join(", ") }
}

/// Since the last action or within that time; each row of the table is a path and its value, `(present)`,
/// `(absent)` or `(begins with TEXT)`.
#[then(expr = "within {duration} the CSMS received {message} where")]
fn received_where(stage: &mut Stage, limit: Time, action: MessageName, step: &Step) {
    let (rows, skip) = (rows(stage, &action, step), stage.requests_then());
    let mut lookout = Lookout::from(skip);
    stage.within(
        limit.0,
        |rig| lookout.request(rig.csms(), |request| fits(request, &action.0, &rows)),
        |rig| list(&got(rig, skip), &action.0),
    );
}

/// Since the last action or within that time.
#[then(expr = "within {duration} the CSMS received {message}")]
fn received(stage: &mut Stage, limit: Time, action: MessageName) {
    let skip = stage.requests_then();
    let mut lookout = Lookout::from(skip);
    stage.within(
        limit.0,
        |rig| lookout.request(rig.csms(), |request| request.action == action.0),
        |rig| list(&got(rig, skip), &action.0),
    );
}

/// Counted from the last action, however long something was waited for since: it waits for what is left of the time.
#[then(expr = "the CSMS received {message} no later than {duration}")]
fn in_time(stage: &mut Stage, action: MessageName, limit: Time) {
    no_later_than(stage, &action, limit, &Vec::new());
}

/// As above; each row of the table is a path and its value.
#[then(expr = "the CSMS received {message} no later than {duration} where")]
fn in_time_where(stage: &mut Stage, action: MessageName, limit: Time, step: &Step) {
    let rows = rows(stage, &action, step);
    no_later_than(stage, &action, limit, &rows);
}

fn no_later_than(stage: &mut Stage, action: &MessageName, limit: Time, rows: &Rows) {
    let skip = stage.requests_then();
    let (_, marked_at) = stage.marked();
    let end = marked_at + limit.0 + stage.rig().resolution();
    let in_time = |request: &Request| request.at <= end && fits(request, &action.0, rows);
    let left = end - stage.rig().now();
    if !stage.wait(left, |rig| got(rig, skip).iter().any(in_time)) {
        let sent = list(&got(stage.rig(), skip), &action.0);
        stage.fail(format!("not until {end}, which is {} after the last action: {sent}", human(limit.0)));
    }
}

/// In the whole scenario.
#[then(expr = "the CSMS received exactly {count} {message}")]
fn exactly(stage: &mut Stage, times: Count, action: MessageName) {
    received_so_often(stage, times, &action, &Vec::new());
}

/// In the whole scenario; rows as above. Without rows all of them count.
#[then(expr = "the CSMS received exactly {count} {message} where")]
fn exactly_where(stage: &mut Stage, times: Count, action: MessageName, step: &Step) {
    let rows = if step.table.is_some() { rows(stage, &action, step) } else { Vec::new() };
    received_so_often(stage, times, &action, &rows);
}

fn received_so_often(stage: &mut Stage, times: Count, action: &MessageName, rows: &Rows) {
    let (times, count) = (times.0 as usize, |requests: &[Request]| {
        requests.iter().filter(|request| fits(request, &action.0, rows)).count()
    });
    let requests = stage.requests_until(false, |requests| count(requests) == times);
    let found = count(&requests);
    stage.check(found == times, || format!("{found} of them; {}", list(&requests, &action.0)));
}

/// In the whole scenario.
#[then(expr = "the CSMS received at most {count} {message}")]
fn at_most(stage: &mut Stage, most: Count, action: MessageName) {
    let requests = stage.requests(false);
    let found = requests.iter().filter(|request| request.action == action.0).count();
    stage.check(found <= most.0 as usize, || format!("{found} of them; {}", list(&requests, &action.0)));
}

/// Neither since the last action nor for so long from now.
#[then(expr = "for {duration} the CSMS receives no {message}")]
fn none(stage: &mut Stage, time: Time, action: MessageName) {
    stage.pass(time.0);
    let requests = stage.requests(true);
    stage.check(requests.iter().all(|request| request.action != action.0), || list(&requests, &action.0));
}

/// Nothing at all, neither since the last action nor for so long from now.
#[then(expr = "for {duration} the CSMS receives nothing")]
fn nothing(stage: &mut Stage, time: Time) {
    stage.pass(time.0);
    let requests = stage.requests(true);
    stage.check(requests.is_empty(), || format!("sent were {}", names(&requests)));
}

/// The status that the CSMS was told last.
#[then(expr = "within {duration} the connector is {connector}")]
fn status_step(stage: &mut Stage, limit: Time, status: ConnectorState) {
    let last = |rig: &mut dyn Rig| {
        rig.csms()
            .and_then(|csms| csms.last_request("StatusNotification"))
            .and_then(|request| Some((request.payload["connectorStatus"].as_str()?.to_owned(), request.at)))
    };
    stage.within(
        limit.0,
        |rig| last(rig).is_some_and(|(told, _)| told == status.0),
        |rig| match last(rig) {
            Some((told, at)) => format!("the CSMS was told {told} last, at {at}"),
            None => "the CSMS was told no state yet".into(),
        },
    );
}

/// Every status the CSMS was told, in order, in the whole scenario.
#[then(expr = "the connector was {connectors}")]
fn statuses(stage: &mut Stage, wanted: ConnectorStates) {
    let told = |requests: &[Request]| {
        let told = requests.iter().filter(|request| request.action == "StatusNotification");
        told.filter_map(|request| request.payload["connectorStatus"].as_str()).collect::<Vec<_>>().join(", ")
    };
    let seen = told(&stage.requests_until(false, |requests| told(requests) == wanted.0));
    stage.check(seen == wanted.0, || format!("it was {seen}"));
}

/// The status in the last answer to a call of the CSMS.
#[then(expr = "within {duration} the charger answers {message} with {answer}")]
fn answers(stage: &mut Stage, limit: Time, action: MessageName, status: AnswerWord) {
    let words = Message::named(&action.0).map_or(&[] as &[_], |message| message.response_words("status"));
    if !words.contains(&status.0.as_str()) && !AnswerWord::is_error(&status.0) {
        stage.misstated(format!("{} is never answered with {}; with one of {}", action.0, status.0, words.join(", ")));
    }
    answered(stage, limit, &action.0, &status.0);
}

/// The charger does not know what the CSMS called.
#[then(expr = "within {duration} the charger answers {string} with NotImplemented")]
fn not_implemented(stage: &mut Stage, limit: Time, action: String) {
    answered(stage, limit, &action, "NotImplemented");
}

fn answered(stage: &mut Stage, limit: Time, action: &str, status: &str) {
    let last = |rig: &mut dyn Rig| {
        rig.csms().and_then(|csms| csms.last_reply(action)).map(|reply| match reply.result {
            Ok(payload) => payload["status"].as_str().map_or_else(|| payload.to_string(), String::from),
            Err(code) => code,
        })
    };
    stage.within(
        limit.0,
        |rig| last(rig).as_deref() == Some(status),
        |rig| last(rig).map_or_else(|| "it has not answered".into(), |answer| format!("it answered {answer}")),
    );
}

/// A path into the last answer to a call of the CSMS, and the value there.
#[then(expr = "the answer to {message} has {string} at {string}")]
fn answer_has(stage: &mut Stage, action: MessageName, wanted: String, path: String) {
    if let Some(Err(why)) = Message::named(&action.0).map(|message| message.response_may_say(&path, &wanted)) {
        stage.misstated(why);
    }
    let mut reply = None;
    let holds = stage.holds(|rig| {
        reply = rig.csms().and_then(|csms| csms.last_reply(&action.0));
        let payload = reply.as_ref().and_then(|reply| reply.result.as_ref().ok());
        payload.is_some_and(|payload| says(at(payload, &path), &wanted))
    });
    stage.check(holds, || match reply.map(|reply| reply.result) {
        Some(Ok(payload)) => format!("the answer is {payload}"),
        Some(Err(code)) => format!("the answer is the error {code}"),
        None => "there is no answer".into(),
    });
}

/// The sequence numbers of each transaction the CSMS got, counted from 0, without gap or repetition.
#[then(expr = "the sequence numbers have no gap")]
fn sequence(stage: &mut Stage) {
    let mut next = std::collections::BTreeMap::new();
    for request in stage.requests(false).into_iter().filter(|request| request.action == "TransactionEvent") {
        let id = request.payload["transactionInfo"]["transactionId"].to_string();
        let expected = next.entry(id.clone()).or_insert(0);
        let seq = request.payload["seqNo"].as_i64().unwrap_or(-1);
        stage.check(seq == *expected, || format!("transaction {id}: {seq}, expected {expected}"));
        *expected += 1;
    }
    stage.check(!next.is_empty(), || "the CSMS was told of no transaction".into());
}

/// How often the charger connected, in the whole scenario.
/// Of the whole station.
#[then(expr = "within {duration} the charger has connected {times} times")]
fn connections(stage: &mut Stage, limit: Time, times: Times) {
    stage.within(
        limit.0,
        |rig| rig.csms().is_some_and(|csms| csms.connections() >= times.0),
        |rig| format!("it has connected {} times", rig.csms().map_or(0, twin::Csms::connections)),
    );
}

/// The charger says, for a person, why it has no CSMS.
/// Of the whole station.
#[then(expr = "within {duration} the charger says that the CSMS {string}")]
fn link(stage: &mut Stage, limit: Time, words: String) {
    let mut lookout = Lookout::from(0);
    stage.within(
        limit.0,
        |rig| {
            lookout.event(rig.log(), |event| {
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
            format!("it says {}", quoted(&said))
        },
    );
}

/// In the whole scenario the charger says, for a person, that its own program or configuration is at fault.
/// Of the whole station.
#[then(expr = "the charger tells a fault of its own: {string}")]
fn own_fault(stage: &mut Stage, words: String) {
    let said = said_of("fault", stage, |said| said.iter().any(|text| text.contains(&words)));
    stage.check(said.iter().any(|text| text.contains(&words)), || format!("it says {}", quoted(&said)));
}

/// Nothing in the whole scenario is taken for a fault of the CSMS.
/// Of the whole station.
#[then(expr = "the charger never says that the CSMS misbehaves")]
fn no_violation(stage: &mut Stage) {
    let said = said_of("violation", stage, |_| true);
    stage.check(said.is_empty(), || format!("it says {}", quoted(&said)));
}

/// So many in the whole scenario, the same or others.
/// Of the whole station.
#[then(expr = "the charger has told {count} fault(s) of its own")]
fn own_faults(stage: &mut Stage, times: Count) {
    let times = times.0 as usize;
    let said = said_of("fault", stage, |said| said.len() == times);
    stage.check(said.len() == times, || format!("it says {}", quoted(&said)));
}

/// What the charger said, for a person, by whose fault it was, when it is as expected; what is on its way is waited for.
fn said_of(kind: &str, stage: &mut Stage, expected: impl Fn(&[String]) -> bool) -> Vec<String> {
    let mut said = Vec::new();
    stage.holds(|rig| {
        said = rig.log().with(0, |events| {
            events.filter(|event| event.is("ocpp", kind)).map(|event| event.text("text").to_owned()).collect()
        });
        expected(&said)
    });
    said
}

/// Several texts for a person.
pub(crate) fn quoted(said: &[String]) -> String {
    if said.is_empty() { "nothing".into() } else { said.join("; ") }
}
