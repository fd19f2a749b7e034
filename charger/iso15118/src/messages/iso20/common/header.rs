//! The header that every message begins with.

use exi::Hex;
use serde::{Deserialize, Serialize};

use crate::messages::xmldsig::Signature;

/// First part of every message in both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MessageHeader {
    /// 8 bytes that the station chose; all zero in a SessionSetupReq that opens a new session.
    #[serde(rename = "SessionID")]
    pub session_id: Hex<8>,
    /// When the message was sent, in seconds since 1970-01-01 UTC.
    #[serde(rename = "TimeStamp")]
    pub time_stamp: u64,
    /// Over the parts of the body that have an Id; missing when nothing is signed.
    #[serde(rename = "Signature")]
    pub signature: Option<Box<Signature>>,
}
