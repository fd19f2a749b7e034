//! PaymentServiceSelection and PaymentDetails (ISO 15118-2 clauses 8.4.3.5 and 8.4.3.6).

use exi::Base64;
use serde::{Deserialize, Serialize};

use super::certificate::CertificateChain;
use super::response_code::ResponseCode;

/// The ways to pay that the station offers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PaymentOptionList {
    /// One or two of them.
    #[serde(rename = "PaymentOption")]
    pub payment_option: Vec<PaymentOption>,
}

/// Who proves that the driver may charge.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum PaymentOption {
    /// The car, with the contract certificate in it (Plug and Charge); only over TLS.
    Contract,
    /// The driver, with a card, an app or a terminal.
    ExternalPayment,
}

/// The car says which services it takes and how it pays.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PaymentServiceSelectionReq {
    /// How it pays.
    #[serde(rename = "SelectedPaymentOption")]
    pub selected_payment_option: PaymentOption,
    /// What it takes; charging must be among it.
    #[serde(rename = "SelectedServiceList")]
    pub selected_service_list: SelectedServiceList,
}

/// The services that the car takes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SelectedServiceList {
    /// 1..16 of them.
    #[serde(rename = "SelectedService")]
    pub selected_service: Vec<SelectedService>,
}

/// A service that the car takes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SelectedService {
    /// The service, as ServiceDiscoveryRes numbers it.
    #[serde(rename = "ServiceID")]
    pub service_id: u16,
    /// The setting, as ServiceDetailRes numbers it; missing: the service has none.
    #[serde(rename = "ParameterSetID")]
    pub parameter_set_id: Option<i16>,
}

/// The station accepts the choice, or not.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PaymentServiceSelectionRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
}

/// The car shows its contract, after it has chosen [`PaymentOption::Contract`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PaymentDetailsReq {
    /// The contract's id (eMAID), 14..15 characters; also the common name in the certificate.
    #[serde(rename = "eMAID")]
    pub emaid: String,
    /// The contract certificate and the CAs above it.
    #[serde(rename = "ContractSignatureCertChain")]
    pub contract_signature_cert_chain: CertificateChain,
}

/// The station has checked the contract certificate and sends a challenge.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PaymentDetailsRes {
    /// How it went; [`ResponseCode::OkCertificateExpiresSoon`] tells the car to ask for a new certificate.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// 16 random octets, which come back signed in the AuthorizationReq.
    #[serde(rename = "GenChallenge")]
    pub gen_challenge: Base64,
    /// The station's clock, seconds since 1970 in UTC.
    #[serde(rename = "EVSETimeStamp")]
    pub evse_time_stamp: i64,
}
