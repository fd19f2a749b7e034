//! SessionSetup and SessionStop (ISO 15118-2 clauses 8.4.3.2 and 8.4.3.12), and the notification in a header (8.5.2.8).

use exi::Hex;
use serde::{Deserialize, Serialize};

use super::response_code::ResponseCode;

/// The car begins a session, or resumes the one whose id is in the header.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SessionSetupReq {
    /// Who the car is: the MAC address of its communication controller, 6 octets.
    #[serde(rename = "EVCCID")]
    pub evcc_id: Hex<6>,
}

/// The station opens a new session, whose id is in the header, or goes on with the old one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SessionSetupRes {
    /// [`ResponseCode::OkNewSessionEstablished`] or [`ResponseCode::OkOldSessionJoined`] when all is well.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// The EVSE, 7..37 characters, e.g. `DE*ABC*E1234`.
    #[serde(rename = "EVSEID")]
    pub evse_id: String,
    /// The station's clock, seconds since 1970 in UTC; missing if it has none.
    #[serde(rename = "EVSETimeStamp")]
    pub evse_time_stamp: Option<i64>,
}

/// The car's last request: after the answer the connection is closed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SessionStopReq {
    /// Whether it is an end or a pause.
    #[serde(rename = "ChargingSession")]
    pub charging_session: ChargingSession,
}

/// How a session stops.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ChargingSession {
    /// For good.
    Terminate,
    /// The car comes back with the same session id; allowed only after PowerDelivery has stopped the power.
    Pause,
}

/// The station's last response; it closes the connection soon after.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SessionStopRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
}

/// Why a message could not be used (clause 8.5.2.8).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Notification {
    /// The kind of trouble.
    #[serde(rename = "FaultCode")]
    pub fault_code: FaultCode,
    /// More about it, up to 64 characters of free text.
    #[serde(rename = "FaultMsg")]
    pub fault_msg: Option<String>,
}

/// The kind of trouble with a message.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum FaultCode {
    /// The message could not be decoded.
    ParsingError,
    /// The root of the other side's TLS certificate is unknown. The schema spells it `Certificat`.
    #[serde(rename = "NoTLSRootCertificatAvailable")]
    NoTlsRootCertificateAvailable,
    /// Anything else.
    UnknownError,
}
