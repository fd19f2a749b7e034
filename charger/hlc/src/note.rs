//! What the event log gets: source, kind and fields as the event log has them for captures as well.

use iso15118::Protocol;
use iso15118::wire::Side;
use serde::Serialize;
use serde_json::Value;

/// Who said something.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    /// The car.
    Car,
    /// The station.
    Station,
}

impl std::convert::From<Side> for From {
    fn from(side: Side) -> Self {
        match side {
            Side::Car => Self::Car,
            Side::Station => Self::Station,
        }
    }
}

/// Something for the event log. Its fields are what the log gets.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Note {
    /// The modem said who it is.
    Modem {
        /// Its address.
        address: String,
        /// Its family.
        family: &'static str,
        /// The software it runs, in its vendor's words.
        version: String,
        /// Another modem is in its network; `None` when it did not say.
        linked: Option<bool>,
    },
    /// The modem is lost.
    ModemLost {
        /// Why.
        why: String,
    },
    /// The modem has a new key.
    Keyed {},
    /// The modem does not take the key.
    NotKeyed {},
    /// A car asks for a matching.
    Heard {
        /// Its address.
        car: String,
    },
    /// No car asked for a matching in time.
    NotHeard {},
    /// The matching of a car came to nothing.
    MatchFailed {
        /// Its address.
        car: String,
        /// Why.
        why: String,
    },
    /// A car has the key.
    Matched {
        /// Its address.
        car: String,
    },
    /// The car's modem is in the network (D-LINK_READY).
    LinkUp {},
    /// It left the network, or did not come into it.
    LinkLost {},
    /// A message of SDP.
    Sdp {
        /// Who said it.
        from: From,
        /// Its name.
        name: &'static str,
        /// Its fields.
        message: Value,
    },
    /// A datagram that is no question of SDP.
    SdpPassedOver {
        /// What is wrong.
        error: String,
        /// So many since the car was matched.
        count: u64,
    },
    /// Nobody connected in time (V2G_SECC_CommunicationSetup).
    NotConnected {},
    /// The network is lost.
    NetworkLost {
        /// Why.
        why: String,
    },
    /// A car has connected.
    Opened {
        /// The connection was seen from its first octet on.
        from_the_start: bool,
        /// Its end of it.
        peer: String,
    },
    /// The connection is closed.
    Closed {
        /// By whom.
        by: From,
        /// Whether it broke.
        reset: bool,
    },
    /// A message, or what should have been one.
    Message(Box<MessageNote>),
    /// A payload that carries no message.
    Payload {
        /// Who sent it.
        from: From,
        /// Its type.
        #[serde(rename = "type")]
        payload_type: String,
        /// How many octets it has.
        octets: usize,
    },
    /// What stands in the stream is no V2GTP.
    NoFrame {
        /// Who sent it.
        from: From,
        /// What is wrong.
        error: String,
    },
    /// The protocol was agreed on.
    Agreed {
        /// Which.
        protocol: &'static str,
    },
    /// The session is there: the car asks to be let in.
    Established {
        /// Who it is: its EVCCID, hexadecimal.
        evcc_id: String,
    },
    /// The car takes a service besides charging.
    ServiceSelected {
        /// Which.
        service_id: u16,
        /// Its setting.
        parameter_set_id: Option<i16>,
    },
    /// The car negotiates again.
    Renegotiates {},
    /// The car pauses.
    Paused {
        /// The session, hexadecimal.
        session: String,
    },
    /// The car ended the session as one ends it.
    Ended {},
    /// The session came to nothing.
    Failed {
        /// Whose fault it is; `None`: the connection broke, and nobody knows.
        fault: Option<From>,
        /// What the car was told.
        code: Option<String>,
        /// Why.
        why: String,
    },
    /// More happened in a second than is noted.
    PassedOver {
        /// So many notes were not written.
        notes: u64,
    },
}

/// A V2G message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageNote {
    /// Who sent it.
    pub from: From,
    /// The generation; `sap` before one is agreed on.
    pub protocol: &'static str,
    /// Its payload, hexadecimal.
    pub payload: String,
    /// Why it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The session in its header, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Its fields.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub message: Value,
    /// How long the answer may take, and until the next request.
    #[serde(flatten)]
    pub times: Times,
}

/// How long the other side may take after a message, in ms.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Times {
    /// A request: the station has answered by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performance_ms: Option<u64>,
    /// A request: the car waits so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// An answer: the car has asked again by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_performance_ms: Option<u64>,
    /// An answer: the station waits so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_timeout_ms: Option<u64>,
}

impl Note {
    /// Who speaks in the event log.
    #[must_use]
    pub const fn source(&self) -> &'static str {
        match self {
            Self::Modem { .. } | Self::ModemLost { .. } | Self::Keyed {} | Self::NotKeyed {} => "plc",
            Self::Heard { .. }
            | Self::NotHeard {}
            | Self::MatchFailed { .. }
            | Self::Matched { .. }
            | Self::LinkUp {}
            | Self::LinkLost {} => "slac",
            Self::Sdp { .. } | Self::SdpPassedOver { .. } | Self::NotConnected {} => "sdp",
            Self::NetworkLost { .. }
            | Self::Opened { .. }
            | Self::Closed { .. }
            | Self::Message(_)
            | Self::Payload { .. }
            | Self::NoFrame { .. }
            | Self::Agreed { .. }
            | Self::Established { .. }
            | Self::ServiceSelected { .. }
            | Self::Renegotiates {}
            | Self::Paused { .. }
            | Self::Ended {}
            | Self::Failed { .. }
            | Self::PassedOver { .. } => "v2g",
        }
    }

    /// What it is in the event log.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Modem { .. } => "modem",
            Self::ModemLost { .. } => "lost",
            Self::Keyed {} => "keyed",
            Self::NotKeyed {} => "not_keyed",
            Self::Heard { .. } => "heard",
            Self::NotHeard {} => "not_heard",
            Self::MatchFailed { .. } | Self::Failed { .. } => "failed",
            Self::Matched { .. } => "matched",
            Self::LinkUp {} => "link_up",
            Self::LinkLost {} => "link_lost",
            Self::Sdp { .. } | Self::Message(_) => "message",
            Self::SdpPassedOver { .. } => "unreadable",
            Self::NotConnected {} => "not_connected",
            Self::NetworkLost { .. } => "network_lost",
            Self::Opened { .. } => "opened",
            Self::Closed { .. } => "closed",
            Self::Payload { .. } => "payload",
            Self::NoFrame { .. } => "no_frame",
            Self::Agreed { .. } => "agreed",
            Self::Established { .. } => "established",
            Self::ServiceSelected { .. } => "service_selected",
            Self::Renegotiates {} => "renegotiates",
            Self::Paused { .. } => "paused",
            Self::Ended {} => "ended",
            Self::PassedOver { .. } => "passed_over",
        }
    }
}

impl Times {
    /// After a message of that name.
    pub(crate) fn after(name: &str, protocol: Option<Protocol>) -> Self {
        // What comes before a generation is agreed on has the same times in all of them.
        let timing = iso15118::timing::of(protocol.unwrap_or(Protocol::Iso2));
        let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).ok();
        if iso15118::is_request(name) {
            Self {
                performance_ms: ms(timing.performance(name)),
                timeout_ms: ms(timing.timeout(name)),
                ..Self::default()
            }
        } else if let Some(exchange) = name.strip_suffix("Res") {
            let timeout = timing.sequence_after(&format!("{exchange}Req"));
            Self {
                sequence_performance_ms: ms(timing.sequence_performance.min(timeout)),
                sequence_timeout_ms: ms(timeout),
                ..Self::default()
            }
        } else {
            Self::default()
        }
    }
}
