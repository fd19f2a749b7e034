//! Authorization (ISO 15118-2 clause 8.4.3.7).

use exi::Base64;
use serde::{Deserialize, Serialize};

use super::response_code::ResponseCode;
use super::status::EvseProcessing;

/// The car asks whether it may charge; it asks again while the answer is [`EvseProcessing::Ongoing`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AuthorizationReq {
    /// The name under which the header signs this element; only with a contract.
    #[serde(rename = "@Id")]
    pub id: Option<String>,
    /// The challenge of PaymentDetailsRes, 16 octets; only with a contract.
    #[serde(rename = "GenChallenge")]
    pub gen_challenge: Option<Base64>,
}

/// The station says whether the car may charge, or that this is not yet decided.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AuthorizationRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Whether it is decided; while not, the car asks again for up to 60 s.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: EvseProcessing,
}
