//! SDP: where a car may connect (ISO 15118-2 clause 7.10.1).

use std::net::SocketAddrV6;

use iso15118::sdp::{Message, Request, Response, Security, Transport};
use iso15118::v2gtp::Frame;
use serde::Serialize;
use serde_json::Value;

use crate::config::Profile;
use crate::note::{From, Note};

/// What becomes of a datagram.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heard {
    /// It is a question, and this is the answer.
    Question { question: Note, answer: Note, payload: Vec<u8> },
    /// It is none: why.
    Nothing(String),
}

/// Reads a datagram, and answers it on its own: whoever asks for another kind of connection a moment later is answered again.
/// There is no TLS: a car that asks for it is told so, and decides.
pub(crate) fn hear(payload: &[u8], listening: SocketAddrV6, profile: Profile) -> Heard {
    let request = match read(payload, profile) {
        Ok(request) => request,
        Err(why) => return Heard::Nothing(why),
    };
    let response = Response {
        address: *listening.ip(),
        port: listening.port(),
        security: Security::None,
        transport: Transport::Tcp,
    };
    let (payload_type, payload) = Message::Response(response).encode();
    Heard::Question {
        question: note(From::Car, "SDP request", request),
        answer: note(From::Station, "SDP response", response),
        payload: Frame { payload_type, payload }.encode(),
    }
}

fn read(payload: &[u8], profile: Profile) -> Result<Request, String> {
    let (frame, length) = Frame::decode(payload)
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("a datagram of {} octets is no whole V2GTP message", payload.len()))?;
    if length != payload.len() {
        return Err(format!("{} octets stand behind the V2GTP message", payload.len() - length));
    }
    let request = match Message::decode(frame.payload_type, &frame.payload).map_err(|error| error.to_string())? {
        Message::Request(request) => request,
        Message::Response(_) => return Err("an answer, where questions are expected".to_owned()),
    };
    let reserved = matches!(request.security, Security::Reserved(_)) || request.transport != Transport::Tcp;
    match profile {
        Profile::Strict if reserved => Err(format!("{request:?} has a reserved value")),
        Profile::Strict | Profile::Field => Ok(request),
    }
}

fn note(from: From, name: &'static str, message: impl Serialize) -> Note {
    Note::Sdp { from, name, message: serde_json::to_value(message).unwrap_or(Value::Null) }
}
