//! ContractAuthentication (DIN 70121 clause 9.4.1.5): called so even when nobody has a contract.

use serde::{Deserialize, Serialize};

use super::response_code::ResponseCode;
use super::status::EvseProcessing;

/// The car asks whether it may charge; it asks again while the answer is [`EvseProcessing::Ongoing`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ContractAuthenticationReq {
    /// The name under which the header signs this element; DIN 70121 leaves it out.
    #[serde(rename = "@Id")]
    pub id: Option<String>,
    /// The challenge of PaymentDetailsRes; DIN 70121 leaves it out.
    #[serde(rename = "GenChallenge")]
    pub gen_challenge: Option<String>,
}

/// The station says whether the car may charge, or that this is not yet decided.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ContractAuthenticationRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Whether it is decided; while not, the car asks again.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: EvseProcessing,
}
