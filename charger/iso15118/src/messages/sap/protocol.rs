//! The offer of the car and the choice of the station (ISO 15118-2 clause 8.2).

use serde::{Deserialize, Serialize};

/// The car's first message on a new connection: all protocols that it speaks.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SupportedAppProtocolReq {
    /// The offers, 1..20. Their order says nothing; [`AppProtocol::priority`] does.
    #[serde(rename = "AppProtocol")]
    pub app_protocol: Vec<AppProtocol>,
}

/// One protocol that the car speaks.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AppProtocol {
    /// The namespace of its messages, up to 100 characters, e.g. `urn:iso:15118:2:2013:MsgDef`.
    #[serde(rename = "ProtocolNamespace")]
    pub protocol_namespace: String,
    /// Must be equal on both sides.
    #[serde(rename = "VersionNumberMajor")]
    pub version_number_major: u32,
    /// May differ: the station then answers [`ResponseCode::OkSuccessfulNegotiationWithMinorDeviation`].
    #[serde(rename = "VersionNumberMinor")]
    pub version_number_minor: u32,
    /// The car's own number for this offer, 0..255, which the answer repeats. No protocol has a fixed one.
    #[serde(rename = "SchemaID")]
    pub schema_id: u8,
    /// How much the car likes it, 1..20; 1 is best.
    #[serde(rename = "Priority")]
    pub priority: u8,
}

/// The station's answer: which offer it takes, or that it speaks none of them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SupportedAppProtocolRes {
    /// How it went; after [`ResponseCode::FailedNoNegotiation`] there is no session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// [`AppProtocol::schema_id`] of the offer that was taken; may be missing when none was.
    #[serde(rename = "SchemaID")]
    pub schema_id: Option<u8>,
}

/// How the handshake went.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ResponseCode {
    /// Both sides speak this protocol in the same version.
    #[serde(rename = "OK_SuccessfulNegotiation")]
    OkSuccessfulNegotiation,
    /// The major version is the same, the minor version is not; the session goes on.
    #[serde(rename = "OK_SuccessfulNegotiationWithMinorDeviation")]
    OkSuccessfulNegotiationWithMinorDeviation,
    /// The station speaks none of the protocols in the offer.
    #[serde(rename = "Failed_NoNegotiation")]
    FailedNoNegotiation,
}
