//! Which ways of authorization there are, and the one that the car takes.

use exi::Base64;
use serde::{Deserialize, Serialize};

use super::certificate_chain::ContractCertificateChain;
use crate::messages::iso20::common::{MessageHeader, Processing, ResponseCode};

/// From the car after SessionSetup: how can I be authorized? A session that is taken up again skips it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AuthorizationSetupReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
}

/// The station's answer: the ways that it offers, and whether contracts can be installed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AuthorizationSetupRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// 1 or 2 ways, in the order that the station likes best.
    #[serde(rename = "AuthorizationServices")]
    pub authorization_services: Vec<Authorization>,
    /// The car may send a CertificateInstallationReq before it authorizes itself.
    #[serde(rename = "CertificateInstallationService")]
    pub certificate_installation_service: bool,
    /// Present if a contract is not among the ways; exactly one of the two modes is there.
    #[serde(rename = "EIM_ASResAuthorizationMode")]
    pub eim_as_res_authorization_mode: Option<EimAsResAuthorizationMode>,
    /// Present if a contract is among the ways, with the challenge for it.
    #[serde(rename = "PnC_ASResAuthorizationMode")]
    pub pnc_as_res_authorization_mode: Option<PncAsResAuthorizationMode>,
}

/// A way of authorization.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Authorization {
    /// By means outside of the protocol: a badge, an app, or nothing at all.
    #[serde(rename = "EIM")]
    Eim,
    /// By a contract certificate in the car: plug and charge.
    #[serde(rename = "PnC")]
    Pnc,
}

/// Nothing more to know about external means; an empty element.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct EimAsResAuthorizationMode {}

/// What a car needs for authorization by contract.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PncAsResAuthorizationMode {
    /// 16 random bytes, which the car has to send back under its signature; new in each session.
    #[serde(rename = "GenChallenge")]
    pub gen_challenge: Base64,
    /// Providers whose contracts are good here; missing if the station leaves it open.
    #[serde(rename = "SupportedProviders")]
    pub supported_providers: Option<SupportedProvidersList>,
}

/// Providers whose contracts a station knows.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SupportedProvidersList {
    /// 1 to 128, each of at most 80 characters.
    #[serde(rename = "ProviderID")]
    pub provider_id: Vec<String>,
}

/// From the car after AuthorizationSetup: one way of authorization. Repeated while the answer is Ongoing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AuthorizationReq {
    /// With a contract, the signature over the element of that mode stands in it.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// One of the ways that were offered.
    #[serde(rename = "SelectedAuthorizationService")]
    pub selected_authorization_service: Authorization,
    /// Present with external means; exactly one of the two modes is there.
    #[serde(rename = "EIM_AReqAuthorizationMode")]
    pub eim_a_req_authorization_mode: Option<EimAReqAuthorizationMode>,
    /// Present with a contract.
    #[serde(rename = "PnC_AReqAuthorizationMode")]
    pub pnc_a_req_authorization_mode: Option<PncAReqAuthorizationMode>,
}

/// Nothing more to say about external means; an empty element.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct EimAReqAuthorizationMode {}

/// The contract and the proof that the car owns it; this element is signed with the contract's key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PncAReqAuthorizationMode {
    /// Names the element for the reference in the signature.
    #[serde(rename = "@Id")]
    pub id: String,
    /// The 16 bytes of AuthorizationSetupRes; other ones get WARNING_ChallengeInvalid.
    #[serde(rename = "GenChallenge")]
    pub gen_challenge: Base64,
    /// The contract certificate and those between it and its root.
    #[serde(rename = "ContractCertificateChain")]
    pub contract_certificate_chain: ContractCertificateChain,
}

/// The station's answer: whether energy may be given. A refusal is Finished with a WARNING, and the car may try again.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AuthorizationRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Ongoing while the backend or the driver is awaited; never for ever.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: Processing,
}
