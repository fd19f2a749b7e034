//! The result in every response (DIN 70121 clause 9.4).

use serde::{Deserialize, Serialize};

/// How a request went. OK* goes on; FAILED* ends the session.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ResponseCode {
    /// As asked.
    #[serde(rename = "OK")]
    Ok,
    /// SessionSetup: a new session has begun.
    #[serde(rename = "OK_NewSessionEstablished")]
    OkNewSessionEstablished,
    /// SessionSetup: an old session goes on; DIN 70121 has no pause.
    #[serde(rename = "OK_OldSessionJoined")]
    OkOldSessionJoined,
    /// PaymentDetails: fine, but the contract certificate should be renewed; not used.
    #[serde(rename = "OK_CertificateExpiresSoon")]
    OkCertificateExpiresSoon,
    /// For a reason that has no code of its own.
    #[serde(rename = "FAILED")]
    Failed,
    /// The request was not the turn of the session.
    #[serde(rename = "FAILED_SequenceError")]
    FailedSequenceError,
    /// ServiceDetail: there is no such service.
    #[serde(rename = "FAILED_ServiceIDInvalid")]
    FailedServiceIdInvalid,
    /// The session id in the header is not that of the session, not even if it is 0.
    #[serde(rename = "FAILED_UnknownSession")]
    FailedUnknownSession,
    /// A service that was not offered is selected.
    #[serde(rename = "FAILED_ServiceSelectionInvalid")]
    FailedServiceSelectionInvalid,
    /// A way to pay that was not offered is selected.
    #[serde(rename = "FAILED_PaymentSelectionInvalid")]
    FailedPaymentSelectionInvalid,
    /// The certificate is no longer valid, or not yet.
    #[serde(rename = "FAILED_CertificateExpired")]
    FailedCertificateExpired,
    /// The signature in the header does not fit.
    #[serde(rename = "FAILED_SignatureError")]
    FailedSignatureError,
    /// There is no contract certificate for this car at present.
    #[serde(rename = "FAILED_NoCertificateAvailable")]
    FailedNoCertificateAvailable,
    /// The chain of certificates leads to no trusted root, or is garbage.
    #[serde(rename = "FAILED_CertChainError")]
    FailedCertChainError,
    /// ContractAuthentication: not the challenge that was sent.
    #[serde(rename = "FAILED_ChallengeInvalid")]
    FailedChallengeInvalid,
    /// The contract is no longer in force.
    #[serde(rename = "FAILED_ContractCanceled")]
    FailedContractCanceled,
    /// ChargeParameterDiscovery: the numbers do not fit the mode, the station or each other.
    #[serde(rename = "FAILED_WrongChargeParameter")]
    FailedWrongChargeParameter,
    /// PowerDelivery: the station cannot give power.
    #[serde(rename = "FAILED_PowerDeliveryNotApplied")]
    FailedPowerDeliveryNotApplied,
    /// PowerDelivery: there is no schedule of that number.
    #[serde(rename = "FAILED_TariffSelectionInvalid")]
    FailedTariffSelectionInvalid,
    /// PowerDelivery: the profile wants more than the schedule has.
    #[serde(rename = "FAILED_ChargingProfileInvalid")]
    FailedChargingProfileInvalid,
    /// The output does not reach the voltage that it should have. The schema spells it `ToLow`.
    #[serde(rename = "FAILED_EVSEPresentVoltageToLow")]
    FailedEvsePresentVoltageTooLow,
    /// MeteringReceipt: the signature does not fit the reading.
    #[serde(rename = "FAILED_MeteringSignatureNotValid")]
    FailedMeteringSignatureNotValid,
    /// ChargeParameterDiscovery: the type was not offered.
    #[serde(rename = "FAILED_WrongEnergyTransferType")]
    FailedWrongEnergyTransferType,
}
