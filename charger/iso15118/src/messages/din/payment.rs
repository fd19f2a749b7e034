//! ServicePaymentSelection (DIN 70121 clause 9.4.1.4) and PaymentDetails, which the standard does not use.

use serde::{Deserialize, Serialize};

use super::certificate::CertificateChain;
use super::response_code::ResponseCode;

/// The ways to pay that the station offers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PaymentOptions {
    /// At least one; in DIN 70121 exactly [`PaymentOption::ExternalPayment`].
    #[serde(rename = "PaymentOption")]
    pub payment_option: Vec<PaymentOption>,
}

/// Who proves that the driver may charge.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum PaymentOption {
    /// The car, with a contract in it; DIN 70121 does not use it.
    Contract,
    /// The driver, with a card, an app or a terminal.
    ExternalPayment,
}

/// The car says which services it takes and how it pays.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServicePaymentSelectionReq {
    /// How it pays; in DIN 70121 always [`PaymentOption::ExternalPayment`].
    #[serde(rename = "SelectedPaymentOption")]
    pub selected_payment_option: PaymentOption,
    /// What it takes; charging must be among it.
    #[serde(rename = "SelectedServiceList")]
    pub selected_service_list: SelectedServiceList,
}

/// The services that the car takes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SelectedServiceList {
    /// At least one.
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
pub struct ServicePaymentSelectionRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
}

/// The car shows its contract, after it has chosen [`PaymentOption::Contract`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PaymentDetailsReq {
    /// The contract's id, up to 24 characters.
    #[serde(rename = "ContractID")]
    pub contract_id: String,
    /// The contract certificate and the CAs above it.
    #[serde(rename = "ContractSignatureCertChain")]
    pub contract_signature_cert_chain: CertificateChain,
}

/// The station has checked the contract certificate and sends a challenge.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PaymentDetailsRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// A challenge, which comes back in the ContractAuthenticationReq.
    #[serde(rename = "GenChallenge")]
    pub gen_challenge: String,
    /// The station's clock, seconds since 1970 in UTC.
    #[serde(rename = "DateTimeNow")]
    pub date_time_now: i64,
}
