//! supportedAppProtocol: the handshake before every session, in which both sides agree on one protocol (ISO 15118-2
//! clause 8.2).

mod protocol;

pub use protocol::{AppProtocol, ResponseCode, SupportedAppProtocolReq, SupportedAppProtocolRes};

use serde::{Deserialize, Serialize};

/// A message of the handshake: there are only these two, and they have no header.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Message {
    /// From the car: what it speaks.
    #[serde(rename = "supportedAppProtocolReq")]
    SupportedAppProtocolReq(SupportedAppProtocolReq),
    /// From the station: what is to be spoken.
    #[serde(rename = "supportedAppProtocolRes")]
    SupportedAppProtocolRes(SupportedAppProtocolRes),
}
