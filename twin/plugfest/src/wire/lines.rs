//! What was seen, as lines of JSON, version 1.
//!
//! | key | value |
//! |---|---|
//! | `v` | 1 |
//! | `file`, `conversation`, `packet` | where; conversations and packets are counted from 1 |
//! | `t` | seconds from the first packet on, exactly as the capture has them |
//! | `kind` | `slac`, `sdp`, `opened`, `tls`, `message`, `payload`, `lost`, `closed`, `error` |
//! | `from` | `car` or `station`, where it is known |
//! | `name` | of the message |
//! | `protocol`, `payload`, `message`, `identical` | of a V2G message: generation (`sap` before one is agreed on), octets, what it says, whether it is the same when written again |
//! | `difference` | what is different then |
//! | `error` | why it cannot be read |

use std::time::Duration;

use iso15118::wire::{Side, Sighting, What};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

#[derive(Serialize)]
struct Line<'a> {
    v: u8,
    file: &'a str,
    conversation: u64,
    packet: u64,
    t: Box<RawValue>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    name: String,
    #[serde(flatten)]
    more: More,
}

/// What only some have.
#[derive(Default, Serialize)]
struct More {
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identical: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    octets: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_the_start: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reset: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// One line, without its end.
pub(crate) fn line(file: &str, conversation: u64, from: Option<Side>, sighting: &Sighting) -> String {
    let Ok(t) = RawValue::from_string(seconds(sighting.at)) else { return String::new() };
    let line = Line {
        v: 1,
        file,
        conversation,
        packet: sighting.packet,
        t,
        kind: kind(&sighting.what),
        from: from.map(|side| side.to_string()),
        name: conversation::name(&sighting.what),
        more: more(&sighting.what),
    };
    serde_json::to_string(&line).unwrap_or_default()
}

/// Decimal and exact: a time in binary has digits that nobody measured.
fn seconds(at: Duration) -> String {
    let text = format!("{}.{:09}", at.as_secs(), at.subsec_nanos());
    let digits = text.trim_end_matches('0');
    if digits.ends_with('.') { format!("{digits}0") } else { digits.to_owned() }
}

fn more(what: &What) -> More {
    match what {
        What::Slac(frame) => More { message: to_raw_value(frame).ok(), ..More::default() },
        What::Sdp(message) => More { message: to_raw_value(message).ok(), ..More::default() },
        What::Message(message) => More {
            protocol: Some(message.protocol.map_or("sap", iso15118::Protocol::name)),
            payload: Some(exi::text::hex::write(&message.payload)),
            message: message.content.as_ref().ok().and_then(|tree| to_raw_value(&**tree).ok()),
            identical: message.content.is_ok().then_some(message.identical),
            difference: message.difference().map(|difference| difference.to_string()),
            error: message.content.as_ref().err().map(ToString::to_string),
            ..More::default()
        },
        What::UnreadableSlac(error) => More { error: Some(error.to_string()), ..More::default() },
        What::UnreadableSdp(error) => More { error: Some(error.clone()), ..More::default() },
        What::NoFrame { error, .. } => More { error: Some(error.to_string()), ..More::default() },
        What::OtherPayload { octets, .. } => More { octets: u64::try_from(*octets).ok(), ..More::default() },
        What::Unfinished { octets, expected, .. } => More {
            octets: u64::try_from(*octets).ok(),
            error: Some(match expected {
                Some(expected) => format!("the rest of its {expected} octets never came"),
                None => "the rest of its header never came".to_owned(),
            }),
            ..More::default()
        },
        What::Skipped { octets, .. } | What::Lost { octets, .. } => More { octets: Some(*octets), ..More::default() },
        What::Opened { from_the_start } => More { from_the_start: Some(*from_the_start), ..More::default() },
        What::Closed { reset, .. } => More { reset: Some(*reset), ..More::default() },
        What::TlsStopped { why, .. } => More { error: Some(why.clone()), ..More::default() },
        What::Tls(_) => More::default(),
    }
}

const fn kind(what: &What) -> &'static str {
    match what {
        What::Slac(_) => "slac",
        What::Sdp(_) => "sdp",
        What::Opened { .. } => "opened",
        What::Tls(_) => "tls",
        What::TlsStopped { .. } => "error",
        What::Message(_) => "message",
        What::OtherPayload { .. } => "payload",
        What::Lost { .. } => "lost",
        What::Closed { .. } => "closed",
        What::Skipped { .. } => "skipped",
        What::UnreadableSlac(_) | What::UnreadableSdp(_) | What::NoFrame { .. } | What::Unfinished { .. } => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_the_digits_that_were_captured() {
        for (nanoseconds, text) in [
            (36_643_694_000, "36.643694"),
            (0, "0.0"),
            (5_000_000_000, "5.0"),
            (1, "0.000000001"),
            (1_700_000_000_000_000_001, "1700000000.000000001"),
        ] {
            assert_eq!(seconds(Duration::from_nanos(nanoseconds)), text);
        }
    }
}
