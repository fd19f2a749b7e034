//! What was seen, as lines of JSON, version 1.
//!
//! | key | value |
//! |---|---|
//! | `v` | 1 |
//! | `file`, `conversation`, `packet` | where; conversations and packets are counted from 1 |
//! | `t` | seconds from the first packet on |
//! | `kind` | `slac`, `sdp`, `opened`, `tls`, `message`, `payload`, `lost`, `closed`, `error` |
//! | `from` | `car` or `station`, where it is known |
//! | `name` | of the message |
//! | `protocol`, `payload`, `message`, `identical` | of a V2G message: generation (`sap` before one is agreed on), octets, what it says, whether it is the same when written again |
//! | `error` | why it cannot be read |

use iso15118::wire::{Side, Sighting, What};
use serde_json::{Map, Value, json};

use super::words;

/// One line, without its end.
pub(crate) fn line(file: &str, conversation: u64, sighting: &Sighting) -> String {
    let mut line = Map::new();
    let mut put = |key: &str, value: Value| {
        line.insert(key.to_owned(), value);
    };
    put("v", json!(1));
    put("file", json!(file));
    put("conversation", json!(conversation));
    put("packet", json!(sighting.packet));
    put("t", json!(sighting.at.as_secs_f64()));
    put("kind", json!(kind(&sighting.what)));
    put("name", json!(words::name(&sighting.what)));
    if let Some(side) = side(&sighting.what) {
        put("from", json!(side.to_string()));
    }
    match &sighting.what {
        What::Slac(frame) => put("message", json!(frame)),
        What::Sdp(message) => put("message", json!(message)),
        What::Message(message) => {
            put("protocol", json!(message.protocol.map_or("sap", iso15118::Protocol::name)));
            put("payload", json!(exi::text::hex::write(&message.payload)));
            match &message.content {
                Ok(tree) => {
                    put("message", json!(tree));
                    put("identical", json!(message.identical));
                }
                Err(error) => put("error", json!(error.to_string())),
            }
        }
        What::UnreadableSlac(error) => put("error", json!(error.to_string())),
        What::UnreadableSdp(error) => put("error", json!(error)),
        What::NoFrame { error, .. } => put("error", json!(error.to_string())),
        What::OtherPayload { octets, .. } => put("octets", json!(octets)),
        What::Lost { octets, .. } => put("octets", json!(octets)),
        What::Opened { from_the_start } => put("from_the_start", json!(from_the_start)),
        What::Closed { reset, .. } => put("reset", json!(reset)),
        What::Tls(_) => {}
    }
    Value::Object(line).to_string()
}

const fn kind(what: &What) -> &'static str {
    match what {
        What::Slac(_) => "slac",
        What::Sdp(_) => "sdp",
        What::Opened { .. } => "opened",
        What::Tls(_) => "tls",
        What::Message(_) => "message",
        What::OtherPayload { .. } => "payload",
        What::Lost { .. } => "lost",
        What::Closed { .. } => "closed",
        What::UnreadableSlac(_) | What::UnreadableSdp(_) | What::NoFrame { .. } => "error",
    }
}

/// Who sent it, as far as it says so.
pub(crate) fn side(what: &What) -> Option<Side> {
    match what {
        What::Message(message) => Some(message.from),
        What::OtherPayload { from, .. } | What::NoFrame { from, .. } | What::Lost { from, .. } => Some(*from),
        What::Sdp(iso15118::sdp::Message::Request(_)) => Some(Side::Car),
        What::Sdp(iso15118::sdp::Message::Response(_)) => Some(Side::Station),
        What::Closed { by, .. } => *by,
        What::Slac(frame) => slac_side(&frame.message.name()),
        What::Opened { .. } => Some(Side::Car),
        What::UnreadableSlac(_) | What::UnreadableSdp(_) | What::Tls(_) => None,
    }
}

/// Who sends a message of matching (ISO 15118-3, annex A).
fn slac_side(name: &str) -> Option<Side> {
    match name {
        "CM_SLAC_PARM.REQ" | "CM_START_ATTEN_CHAR.IND" | "CM_MNBC_SOUND.IND" | "CM_ATTEN_CHAR.RSP" | "CM_VALIDATE.REQ" | "CM_SLAC_MATCH.REQ" => {
            Some(Side::Car)
        }
        "CM_SLAC_PARM.CNF" | "CM_ATTEN_CHAR.IND" | "CM_VALIDATE.CNF" | "CM_SLAC_MATCH.CNF" => Some(Side::Station),
        _ => None,
    }
}
