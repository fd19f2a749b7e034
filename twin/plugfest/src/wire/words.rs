//! What was seen, in a few words.

use exi::Tree;
use iso15118::sdp;
use iso15118::wire::{SeenMessage, Side, What};

/// What it says, without its name; who sent it is `None` where nobody knows.
pub(crate) fn details(from: Option<Side>, what: &What) -> Vec<(String, String)> {
    let one = |key: &str, value: &dyn std::fmt::Display| vec![(key.to_owned(), value.to_string())];
    match what {
        What::Slac(frame) => {
            let value = of_slac(&frame.message);
            let mut fields =
                vec![("from".to_owned(), frame.source.to_string()), ("to".to_owned(), frame.destination.to_string())];
            fields.extend(value);
            fields
        }
        What::UnreadableSlac(error) => one("error", error),
        What::Sdp(sdp::Message::Request(request)) => {
            vec![
                ("security".to_owned(), format!("{:?}", request.security)),
                ("transport".to_owned(), format!("{:?}", request.transport)),
            ]
        }
        What::Sdp(sdp::Message::Response(response)) => vec![
            ("at".to_owned(), format!("[{}]:{}", response.address, response.port)),
            ("security".to_owned(), format!("{:?}", response.security)),
            ("transport".to_owned(), format!("{:?}", response.transport)),
        ],
        What::UnreadableSdp(error) => one("error", error),
        What::Opened { from_the_start: true } | What::Tls(_) | What::TlsStopped { .. } => Vec::new(),
        What::Opened { from_the_start: false } => one("note", &"it began before the capture"),
        What::Message(message) => of_message(message),
        What::OtherPayload { octets, .. } => one("octets", octets),
        What::NoFrame { error, .. } => one("error", error),
        What::Unfinished { octets, expected, .. } => {
            let mut details = one("octets", octets);
            details.extend(expected.map(|expected| ("expected".to_owned(), expected.to_string())));
            details
        }
        What::Skipped { octets, .. } => one("octets", octets),
        What::Lost { octets, .. } => one("octets", octets),
        What::Closed { by: Some(side), .. } if from.is_some() => one("by", side),
        What::Closed { by: Some(_), .. } => one("by", &"one of the two"),
        What::Closed { by: None, .. } => one("note", &"the capture ends first"),
    }
}

fn of_message(message: &SeenMessage) -> Vec<(String, String)> {
    match &message.content {
        Ok(_) => {
            let mut fields = Vec::new();
            if let Some(body) = message.body() {
                leaves("", body, &mut fields);
            }
            // -20 has its header in the body; whose session it is says each message.
            fields.retain(|(key, _)| !key.starts_with("Header/"));
            if let Some(difference) = message.difference() {
                fields.push(("note".to_owned(), difference.to_string()));
            }
            fields
        }
        Err(error) => vec![("error".to_owned(), error.to_string())],
    }
}

/// The values of a message with their paths. A value with unit and power of ten is one value.
fn leaves(path: &str, tree: &Tree, out: &mut Vec<(String, String)>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}/{key}") };
    match tree {
        Tree::Fields(fields) => match quantity(tree) {
            Some(value) => out.push((path.to_owned(), value)),
            None => fields.iter().for_each(|(key, value)| leaves(&below(key), value, out)),
        },
        Tree::List(items) => {
            for (index, item) in items.iter().enumerate() {
                leaves(&if items.len() == 1 { path.to_owned() } else { format!("{path}[{index}]") }, item, out);
            }
        }
        Tree::Nothing => out.push((path.to_owned(), String::new())),
        Tree::Boolean(value) => out.push((path.to_owned(), value.to_string())),
        Tree::Whole(value) => out.push((path.to_owned(), value.to_string())),
        Tree::Text(text) => out.push((path.to_owned(), text.clone())),
    }
}

/// PhysicalValue and RationalNumber: `12.5 A`.
fn quantity(tree: &Tree) -> Option<String> {
    let milli = iso15118::wire::milli(tree)?;
    let unit = tree.get("Unit").and_then(Tree::as_text).map(|unit| format!(" {unit}")).unwrap_or_default();
    let (sign, value) = (if milli < 0 { "-" } else { "" }, milli.unsigned_abs());
    let number = format!("{sign}{}.{:03}", value / 1000, value % 1000);
    Some(format!("{}{unit}", number.trim_end_matches('0').trim_end_matches('.')))
}

/// The fields of a management frame.
fn of_slac(message: &slac::Message) -> Vec<(String, String)> {
    let Ok(value) = serde_json::to_value(message) else { return Vec::new() };
    let mut fields = Vec::new();
    flat("", &value, &mut fields);
    fields
}

fn flat(path: &str, value: &serde_json::Value, out: &mut Vec<(String, String)>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                flat(key, value, out);
            }
        }
        serde_json::Value::Null => {}
        serde_json::Value::String(text) => out.push((path.to_owned(), text.clone())),
        other => out.push((path.to_owned(), other.to_string())),
    }
}
