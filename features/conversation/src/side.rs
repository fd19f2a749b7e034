//! Who sent what was seen, and what it is called.

use iso15118::sdp;
use iso15118::wire::{Side, What};

/// The name of what was seen: of its message, where it is one.
#[must_use]
pub fn name(what: &What) -> String {
    match what {
        What::Slac(frame) => frame.message.name().into_owned(),
        What::UnreadableSlac(_) => "HomePlug, unreadable".to_owned(),
        What::Sdp(sdp::Message::Request(_)) => "SDP request".to_owned(),
        What::Sdp(sdp::Message::Response(_)) => "SDP response".to_owned(),
        What::UnreadableSdp(_) => "SDP, unreadable".to_owned(),
        What::Opened { .. } => "connection opened".to_owned(),
        What::Tls(text) => text.clone(),
        What::TlsStopped { from: Some(side), why } => format!("TLS: nothing more is read of the {side}: {why}"),
        What::TlsStopped { from: None, why } => format!("TLS: not read: {why}"),
        What::Message(message) if message.content.is_ok() => message.name().to_owned(),
        What::Message(_) => "message, unreadable".to_owned(),
        What::OtherPayload { payload_type, .. } => format!("payload {payload_type}"),
        What::NoFrame { .. } => "no V2GTP".to_owned(),
        What::Unfinished { .. } => "V2GTP, unfinished".to_owned(),
        What::Skipped { .. } => "skipped".to_owned(),
        What::Lost { .. } => "lost".to_owned(),
        What::Closed { reset: true, .. } => "connection reset".to_owned(),
        What::Closed { .. } => "connection closed".to_owned(),
    }
}

/// Who sent it, as far as it says so.
#[must_use]
pub fn side(what: &What) -> Option<Side> {
    match what {
        What::Message(message) => Some(message.from),
        What::OtherPayload { from, .. }
        | What::NoFrame { from, .. }
        | What::Unfinished { from, .. }
        | What::Skipped { from, .. }
        | What::Lost { from, .. } => Some(*from),
        What::Sdp(sdp::Message::Request(_)) => Some(Side::Car),
        What::Sdp(sdp::Message::Response(_)) => Some(Side::Station),
        What::Closed { by, .. } => *by,
        What::Slac(frame) => slac_side(&frame.message.name()),
        // The car opens it; of one that began before the capture nobody has seen who did.
        What::Opened { from_the_start } => from_the_start.then_some(Side::Car),
        What::UnreadableSlac(_) | What::UnreadableSdp(_) | What::Tls(_) | What::TlsStopped { .. } => None,
    }
}

/// Who sends a message of matching (ISO 15118-3, annex A).
fn slac_side(name: &str) -> Option<Side> {
    match name {
        "CM_SLAC_PARM.REQ"
        | "CM_START_ATTEN_CHAR.IND"
        | "CM_MNBC_SOUND.IND"
        | "CM_ATTEN_CHAR.RSP"
        | "CM_VALIDATE.REQ"
        | "CM_SLAC_MATCH.REQ" => Some(Side::Car),
        "CM_SLAC_PARM.CNF" | "CM_ATTEN_CHAR.IND" | "CM_VALIDATE.CNF" | "CM_SLAC_MATCH.CNF" => Some(Side::Station),
        _ => None,
    }
}
