//! A message of any generation.

use exi::{DecodeError, EncodeError, Facets, SchemaSet, Tree};

use crate::Protocol;
use crate::messages::{din, iso2, iso20, sap};
use crate::schemas;
use crate::v2gtp::PayloadType;

/// A message of any generation, as its Rust type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Message {
    /// Which protocol? The first two messages of each connection.
    Sap(sap::Message),
    /// DIN 70121.
    Din(Box<din::V2gMessage>),
    /// ISO 15118-2.
    Iso2(Box<iso2::V2gMessage>),
    /// ISO 15118-20, what all energy transfers have in common.
    Iso20(Box<iso20::messages::Message>),
    /// ISO 15118-20, alternating current.
    Iso20Ac(Box<iso20::ac::Message>),
    /// ISO 15118-20, direct current.
    Iso20Dc(Box<iso20::dc::Message>),
    /// ISO 15118-20, wireless.
    Iso20Wpt(Box<iso20::wpt::Message>),
    /// ISO 15118-20, pantograph.
    Iso20Acdp(Box<iso20::acdp::Message>),
}

/// A payload that carries no message of a session.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MessageError {
    /// The payload type carries none, or none of this generation.
    #[error("payload type {payload_type} carries no message {}", generation(*.protocol))]
    PayloadType {
        /// What came.
        payload_type: PayloadType,
        /// What was agreed on.
        protocol: Option<Protocol>,
    },
    /// The octets are none of the set.
    #[error("no message of the set {set}: {error}")]
    Exi {
        /// The name of the schema set.
        set: &'static str,
        /// What is wrong.
        error: DecodeError,
    },
    /// An element of the set that is never sent alone: what is signed, or what stands in a message.
    #[error("no message of the set {set}: {root} stands at the top, expected {}", sent(set))]
    Root {
        /// The name of the schema set.
        set: &'static str,
        /// The element at the top.
        root: String,
    },
}

fn sent(set: &str) -> &'static str {
    match set {
        "din" | "iso2" => V2G_MESSAGE,
        _ => "a request or a response",
    }
}

fn generation(protocol: Option<Protocol>) -> String {
    protocol.map_or_else(|| "before a protocol is agreed on".to_owned(), |protocol| format!("of {protocol}"))
}

/// The schema set in which a payload is written; `None` for a payload type that carries no message then.
///
/// Before a protocol is agreed on there is SAP alone.
#[must_use]
pub fn set_of(protocol: Option<Protocol>, payload_type: PayloadType) -> Option<&'static SchemaSet> {
    match (protocol, payload_type) {
        (None, PayloadType::EXI) => Some(&schemas::SAP),
        (Some(Protocol::Din), PayloadType::EXI) => Some(&schemas::DIN),
        (Some(Protocol::Iso2), PayloadType::EXI) => Some(&schemas::ISO2),
        (
            Some(Protocol::Iso20),
            PayloadType::ISO20_MESSAGES | PayloadType::SCHEDULE_RENEGOTIATION | PayloadType::METERING_CONFIRMATION,
        ) => Some(&schemas::ISO20_MESSAGES),
        (Some(Protocol::Iso20), PayloadType::ISO20_AC) => Some(&schemas::ISO20_AC),
        (Some(Protocol::Iso20), PayloadType::ISO20_DC) => Some(&schemas::ISO20_DC),
        (Some(Protocol::Iso20), PayloadType::ISO20_WPT) => Some(&schemas::ISO20_WPT),
        (Some(Protocol::Iso20), PayloadType::ISO20_ACDP | PayloadType::ACDP_SYSTEM_STATUS) => {
            Some(&schemas::ISO20_ACDP)
        }
        _ => None,
    }
}

/// The protocol and the payload type under which the documents of a set are sent; `None` for a set that is only signed over.
#[must_use]
pub fn carried_by(set: &SchemaSet) -> Option<(Option<Protocol>, PayloadType)> {
    let iso20 = Some(Protocol::Iso20);
    match set.name {
        "sap" => Some((None, PayloadType::EXI)),
        "din" => Some((Some(Protocol::Din), PayloadType::EXI)),
        "iso2" => Some((Some(Protocol::Iso2), PayloadType::EXI)),
        "iso20_messages" => Some((iso20, PayloadType::ISO20_MESSAGES)),
        "iso20_ac" => Some((iso20, PayloadType::ISO20_AC)),
        "iso20_dc" => Some((iso20, PayloadType::ISO20_DC)),
        "iso20_wpt" => Some((iso20, PayloadType::ISO20_WPT)),
        "iso20_acdp" => Some((iso20, PayloadType::ISO20_ACDP)),
        _ => None,
    }
}

/// The element at the top of each message of DIN and -2.
const V2G_MESSAGE: &str = "V2G_Message";

impl Message {
    /// What a payload says. With [`Facets::Off`] lengths and ranges are not looked at.
    ///
    /// # Errors
    ///
    /// A payload type that carries no message then, or octets that are none.
    pub fn decode(
        protocol: Option<Protocol>,
        payload_type: PayloadType,
        payload: &[u8],
        facets: Facets,
    ) -> Result<Self, MessageError> {
        let set = set_of(protocol, payload_type).ok_or(MessageError::PayloadType { payload_type, protocol })?;
        let read = match set.name {
            "sap" => exi::from_document(set, payload, facets).map(Self::Sap),
            "din" => {
                exi::from_document_of(set, V2G_MESSAGE, payload, facets).map(|message| Self::Din(Box::new(message)))
            }
            "iso2" => {
                exi::from_document_of(set, V2G_MESSAGE, payload, facets).map(|message| Self::Iso2(Box::new(message)))
            }
            "iso20_ac" => exi::from_document(set, payload, facets).map(|message| Self::Iso20Ac(Box::new(message))),
            "iso20_dc" => exi::from_document(set, payload, facets).map(|message| Self::Iso20Dc(Box::new(message))),
            "iso20_wpt" => exi::from_document(set, payload, facets).map(|message| Self::Iso20Wpt(Box::new(message))),
            "iso20_acdp" => exi::from_document(set, payload, facets).map(|message| Self::Iso20Acdp(Box::new(message))),
            _ => exi::from_document(set, payload, facets).map(|message| Self::Iso20(Box::new(message))),
        };
        read.map_err(|error| MessageError::Exi { set: set.name, error })
    }

    /// Its payload type and payload.
    ///
    /// # Errors
    ///
    /// A value that the schema does not allow.
    pub fn encode(&self) -> Result<(PayloadType, Vec<u8>), EncodeError> {
        let mut out = Vec::with_capacity(256);
        let facets = Facets::Checked;
        match self {
            Self::Sap(message) => exi::to_document(&schemas::SAP, message, facets, &mut out)?,
            Self::Din(message) => exi::to_document_of(&schemas::DIN, V2G_MESSAGE, &**message, facets, &mut out)?,
            Self::Iso2(message) => exi::to_document_of(&schemas::ISO2, V2G_MESSAGE, &**message, facets, &mut out)?,
            Self::Iso20(message) => exi::to_document(&schemas::ISO20_MESSAGES, &**message, facets, &mut out)?,
            Self::Iso20Ac(message) => exi::to_document(&schemas::ISO20_AC, &**message, facets, &mut out)?,
            Self::Iso20Dc(message) => exi::to_document(&schemas::ISO20_DC, &**message, facets, &mut out)?,
            Self::Iso20Wpt(message) => exi::to_document(&schemas::ISO20_WPT, &**message, facets, &mut out)?,
            Self::Iso20Acdp(message) => exi::to_document(&schemas::ISO20_ACDP, &**message, facets, &mut out)?,
        }
        Ok((self.payload_type(), out))
    }

    /// The payload type under which it is sent.
    #[must_use]
    pub const fn payload_type(&self) -> PayloadType {
        match self {
            Self::Sap(_) | Self::Din(_) | Self::Iso2(_) => PayloadType::EXI,
            Self::Iso20(_) => PayloadType::ISO20_MESSAGES,
            Self::Iso20Ac(_) => PayloadType::ISO20_AC,
            Self::Iso20Dc(_) => PayloadType::ISO20_DC,
            Self::Iso20Wpt(_) => PayloadType::ISO20_WPT,
            Self::Iso20Acdp(_) => PayloadType::ISO20_ACDP,
        }
    }
}

/// The name of a message that was read as a tree: the element in the body where there is one, else the element at the top.
#[must_use]
pub fn name_of(tree: &Tree) -> &str {
    let Some((root, content)) = tree.root() else { return "" };
    match content.get("Body") {
        Some(body) => body.root().map_or("", |(name, _)| name),
        None => root,
    }
}

/// The content of a message that was read as a tree: what stands in the body where there is one, else in the element at the top.
#[must_use]
pub fn content_of(tree: &Tree) -> Option<&Tree> {
    let (_, content) = tree.root()?;
    match content.get("Body") {
        Some(body) => body.root().map(|(_, content)| content),
        None => Some(content),
    }
}

/// The session that a message that was read as a tree belongs to, hexadecimal; SAP has none.
#[must_use]
pub fn session_of(tree: &Tree) -> Option<&str> {
    let (_, content) = tree.root()?;
    content.at("Header/SessionID")?.as_text()
}

/// Whether an element at the top of a document is a message that is sent. A set knows many more elements: those of signatures, and
/// in DIN and -2 what stands in the body.
#[must_use]
pub fn is_message(set: &SchemaSet, root: &str) -> bool {
    match set.name {
        "din" | "iso2" => root == V2G_MESSAGE,
        "xmldsig" => false,
        _ => root.ends_with("Req") || root.ends_with("Res"),
    }
}

/// Whether a message of that name is sent by the car.
#[must_use]
pub fn is_request(name: &str) -> bool {
    name.ends_with("Req")
}
