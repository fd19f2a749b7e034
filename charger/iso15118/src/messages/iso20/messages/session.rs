//! A session begins, pauses and ends.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{MessageHeader, ResponseCode};

/// First message of a session, from the car.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SessionSetupReq {
    /// Session id zero for a new session, or that of the paused one.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// Names the car's controller, at most 255 characters; known before any authorization, and not to be trusted.
    #[serde(rename = "EVCCID")]
    pub evcc_id: String,
}

/// The station's answer: the session id, in the header, and whether it is new.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SessionSetupRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Names the place at the station, as DE*ABC*E123; at most 255 characters.
    #[serde(rename = "EVSEID")]
    pub evse_id: String,
}

/// From the car, last of a session, or before it chooses services anew.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SessionStopReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// What becomes of the session.
    #[serde(rename = "ChargingSession")]
    pub charging_session: ChargingSession,
    /// The car's reason, in words of its maker, at most 80 characters; missing if all is well.
    #[serde(rename = "EVTerminationCode")]
    pub ev_termination_code: Option<String>,
    /// The same for a reader, at most 160 characters; missing if there is nothing to say.
    #[serde(rename = "EVTerminationExplanation")]
    pub ev_termination_explanation: Option<String>,
}

/// What becomes of a session. The order differs from -2.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ChargingSession {
    /// It sleeps; the car comes back with the same session id.
    Pause,
    /// It ends.
    Terminate,
    /// It goes on with ServiceDiscovery, without a new authorization.
    ServiceRenegotiation,
}

/// The station's answer; the car then closes the connection, except to choose services anew.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SessionStopRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
}
