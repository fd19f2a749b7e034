//! SessionSetup and SessionStop (DIN 70121 clauses 9.4.1.2 and 9.4.1.8), and the notification in a header.

use exi::Hex;
use serde::{Deserialize, Serialize};

use super::response_code::ResponseCode;

/// The car begins a session.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SessionSetupReq {
    /// Who the car is: the MAC address of its communication controller. 6 octets, or 8 of which the last are 0.
    #[serde(rename = "EVCCID")]
    pub evcc_id: Hex<8>,
}

/// The station opens a session, whose id is in the header.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SessionSetupRes {
    /// [`ResponseCode::OkNewSessionEstablished`] when all is well.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// The EVSE, up to 32 octets in the form of DIN SPEC 91286; one octet 00 when the station has no id.
    #[serde(rename = "EVSEID")]
    pub evse_id: Hex<32>,
    /// The station's clock, seconds since 1970 in UTC; missing if it has none.
    #[serde(rename = "DateTimeNow")]
    pub date_time_now: Option<i64>,
}

/// The car's last request: after the answer the connection is closed. There is no pause in DIN 70121.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct SessionStopReq {}

/// The station's last response; it closes the connection soon after.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SessionStopRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
}

/// Why a message could not be used.
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
