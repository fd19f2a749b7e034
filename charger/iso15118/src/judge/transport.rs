//! What carries the messages: V2GTP, and EXI as everybody writes it.

use exi::Facets;

use super::rule::{ISO20, Kind, Rule, Scope};
use super::session::Session;
use super::verdict::Ledger;
use crate::wire::{SeenMessage, Side};
use crate::{MessageError, Protocol, set_of};

const ANY: Scope = Scope::Connection;

static HEADER_CAR: Rule = Rule::car(
    "V2GTP-HEADER-CAR",
    Kind::Transport,
    ANY,
    "each message of the car has a V2GTP header",
    "a message of the car",
);
static HEADER_STATION: Rule = Rule::station(
    "V2GTP-HEADER-STATION",
    Kind::Transport,
    ANY,
    "each message of the station has a V2GTP header",
    "a message of the station",
);
static TYPE_CAR: Rule = Rule::car(
    "V2GTP-TYPE-CAR",
    Kind::Transport,
    ANY,
    "payloads of the car have a type that carries messages then, or one of a manufacturer",
    "a message of the car",
);
static TYPE_STATION: Rule = Rule::station(
    "V2GTP-TYPE-STATION",
    Kind::Transport,
    ANY,
    "payloads of the station have a type that carries messages then, or one of a manufacturer",
    "a message of the station",
);
static READABLE_CAR: Rule =
    Rule::car("EXI-READABLE-CAR", Kind::Transport, ANY, "messages of the car can be read", "a message of the car");
static READABLE_STATION: Rule = Rule::station(
    "EXI-READABLE-STATION",
    Kind::Transport,
    ANY,
    "messages of the station can be read",
    "a message of the station",
);
static FACETS_CAR: Rule = Rule::car(
    "EXI-FACETS-CAR",
    Kind::Value,
    ANY,
    "lengths and ranges in messages of the car are those of the schema",
    "a message of the car that can be read",
);
static FACETS_STATION: Rule = Rule::station(
    "EXI-FACETS-STATION",
    Kind::Value,
    ANY,
    "lengths and ranges in messages of the station are those of the schema",
    "a message of the station that can be read",
);
static IDENTICAL_CAR: Rule = Rule::car(
    "EXI-LITERAL-CAR",
    Kind::Transport,
    ANY,
    "the car writes texts as literals and numbers the short way: written again its messages are the same",
    "a message of the car that can be read",
);
static IDENTICAL_STATION: Rule = Rule::station(
    "EXI-LITERAL-STATION",
    Kind::Transport,
    ANY,
    "the station writes texts as literals and numbers the short way: written again its messages are the same",
    "a message of the station that can be read",
);
static REQUESTS: Rule = Rule::car(
    "V2G-CAR-ASKS",
    Kind::Sequence,
    ANY,
    "the car sends requests and nothing else",
    "a message of the car that can be read",
);
static RESPONSES: Rule = Rule::station(
    "V2G-STATION-ANSWERS",
    Kind::Sequence,
    ANY,
    "the station sends responses and nothing else",
    "a message of the station that can be read",
);
static TLS: Rule = Rule::station(
    "I20-TLS",
    Kind::Transport,
    ISO20,
    "ISO 15118-20 is spoken over TLS only",
    "an agreement on a protocol",
)
.requirement("[V2G20-2356]")
.strict();

pub(super) static RULES: &[&Rule] = &[
    &HEADER_CAR,
    &HEADER_STATION,
    &TYPE_CAR,
    &TYPE_STATION,
    &READABLE_CAR,
    &READABLE_STATION,
    &FACETS_CAR,
    &FACETS_STATION,
    &IDENTICAL_CAR,
    &IDENTICAL_STATION,
    &REQUESTS,
    &RESPONSES,
    &TLS,
];

const fn of<T: Copy>(side: Side, car: T, station: T) -> T {
    match side {
        Side::Car => car,
        Side::Station => station,
    }
}

/// What carried the messages.
#[derive(Default)]
pub(super) struct Transport {
    /// A message is written again here.
    again: Vec<u8>,
    /// Of car and station: in which set the last message with all lengths and ranges of the schema was, and its octets. In a loop the
    /// same ones come again and again.
    valid: [Option<(&'static str, Vec<u8>)>; 2],
}

impl Transport {
    pub(super) fn no_frame(ledger: &mut Ledger, packet: u64, from: Side, error: &str) {
        ledger.check(of(from, &HEADER_CAR, &HEADER_STATION), false, &[packet], || error.to_owned());
    }

    pub(super) fn unfinished(ledger: &mut Ledger, packet: u64, from: Side, octets: usize, expected: Option<usize>) {
        let error = match expected {
            Some(expected) => format!("a frame of {octets} octets, {expected} by its header: the rest never came"),
            None => format!("{octets} octets, and the rest of the header never came"),
        };
        Self::no_frame(ledger, packet, from, &error);
    }

    pub(super) fn other_payload(ledger: &mut Ledger, packet: u64, from: Side, payload_type: crate::v2gtp::PayloadType) {
        ledger.check(of(from, &HEADER_CAR, &HEADER_STATION), true, &[packet], String::new);
        ledger.check(of(from, &TYPE_CAR, &TYPE_STATION), payload_type.is_of_manufacturer(), &[packet], || {
            format!("payload type {payload_type}: expected a message or something of a manufacturer")
        });
    }

    /// Whether the message can be read and goes the right way.
    pub(super) fn message(&mut self, ledger: &mut Ledger, packet: u64, message: &SeenMessage) -> bool {
        let from = message.from;
        ledger.check(of(from, &HEADER_CAR, &HEADER_STATION), true, &[packet], String::new);
        let wrong_type = match &message.content {
            Err(error @ MessageError::PayloadType { .. }) => Some(error),
            Ok(_) | Err(MessageError::Exi { .. } | MessageError::Root { .. }) => None,
        };
        ledger.check(of(from, &TYPE_CAR, &TYPE_STATION), wrong_type.is_none(), &[packet], || {
            wrong_type.map_or_else(String::new, ToString::to_string)
        });
        if wrong_type.is_some() {
            return false;
        }
        let readable = of(from, &READABLE_CAR, &READABLE_STATION);
        let tree = match &message.content {
            Ok(tree) => tree,
            Err(error) => {
                ledger.check(readable, false, &[packet], || error.to_string());
                return false;
            }
        };
        ledger.check(readable, true, &[packet], String::new);
        if let Some(set) = set_of(message.protocol, message.payload_type) {
            let valid = &mut self.valid[of(from, 0, 1)];
            let again = |(name, payload): &(&str, Vec<u8>)| *name == set.name && *payload == message.payload;
            let written = if message.identical && valid.as_ref().is_some_and(again) {
                Ok(())
            } else {
                self.again.clear();
                let written = exi::tree_to_document(set, tree, Facets::Checked, &mut self.again);
                if message.identical && written.is_ok() {
                    *valid = Some((set.name, message.payload.clone()));
                }
                written
            };
            ledger.check(of(from, &FACETS_CAR, &FACETS_STATION), written.is_ok(), &[packet], || {
                format!("{}: {}", message.name(), written.err().map(|error| error.to_string()).unwrap_or_default())
            });
        }
        ledger.check(of(from, &IDENTICAL_CAR, &IDENTICAL_STATION), message.identical, &[packet], || {
            let difference = message.difference().map_or_else(String::new, |difference| difference.to_string());
            format!("{} of {} octets: {difference}", message.name(), message.payload.len())
        });
        let name = message.name();
        let is_response = name.ends_with("Res");
        let right = match from {
            // A message may be a body without anything in it.
            Side::Car => !is_response && !name.is_empty(),
            Side::Station => is_response,
        };
        ledger.check(of(from, &REQUESTS, &RESPONSES), right, &[packet], || {
            format!("the {from} sent {}", if name.is_empty() { "a message without content" } else { name })
        });
        right
    }

    /// A protocol was agreed on.
    pub(super) fn agreed(ledger: &mut Ledger, packet: u64, session: &Session) {
        if session.protocol == Some(Protocol::Iso20) {
            ledger.check(&TLS, session.tls, &[packet], || {
                "ISO 15118-20 was agreed on over a connection that is not protected".to_owned()
            });
        }
    }
}
