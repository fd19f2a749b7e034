//! How a station answers.

use serde::{Deserialize, Serialize};

/// First thing to look at in every response. FAILED ends the session on both sides, WARNING does not.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ResponseCode {
    /// Done as asked.
    #[serde(rename = "OK")]
    Ok,
    /// Accepted, but the contract certificate should be renewed.
    #[serde(rename = "OK_CertificateExpiresSoon")]
    OkCertificateExpiresSoon,
    /// SessionSetup: a new session, although the car may have asked for an old one.
    #[serde(rename = "OK_NewSessionEstablished")]
    OkNewSessionEstablished,
    /// SessionSetup: the paused session goes on.
    #[serde(rename = "OK_OldSessionJoined")]
    OkOldSessionJoined,
    /// PowerDelivery: the car's acceptance of the power tolerance has been noted.
    #[serde(rename = "OK_PowerToleranceConfirmed")]
    OkPowerToleranceConfirmed,
    /// Authorization: that way was not offered. The car may choose another.
    #[serde(rename = "WARNING_AuthorizationSelectionInvalid")]
    WarningAuthorizationSelectionInvalid,
    /// The certificate is past its last day.
    #[serde(rename = "WARNING_CertificateExpired")]
    WarningCertificateExpired,
    /// The first day of the certificate is still to come.
    #[serde(rename = "WARNING_CertificateNotYetValid")]
    WarningCertificateNotYetValid,
    /// The certificate was withdrawn by its issuer.
    #[serde(rename = "WARNING_CertificateRevoked")]
    WarningCertificateRevoked,
    /// The chain of certificates does not lead to a trusted root, or one of them is malformed.
    #[serde(rename = "WARNING_CertificateValidationError")]
    WarningCertificateValidationError,
    /// Authorization: another challenge came back than the station had given.
    #[serde(rename = "WARNING_ChallengeInvalid")]
    WarningChallengeInvalid,
    /// Authorization: no badge in time, or one that is refused. It comes with Finished; the car may try again.
    #[serde(rename = "WARNING_EIMAuthorizationFailure")]
    WarningEimAuthorizationFailure,
    /// The provider of the contract is not known at this station.
    #[serde(rename = "WARNING_eMSPUnknown")]
    WarningEmspUnknown,
    /// Charge loop: the car draws another power than its profile says, and should come back to it.
    #[serde(rename = "WARNING_EVPowerProfileViolation")]
    WarningEvPowerProfileViolation,
    /// Authorization by contract failed for a reason that has no code of its own.
    #[serde(rename = "WARNING_GeneralPnCAuthorizationError")]
    WarningGeneralPncAuthorizationError,
    /// CertificateInstallation: nothing has come from the backend in time.
    #[serde(rename = "WARNING_NoCertificateAvailable")]
    WarningNoCertificateAvailable,
    /// CertificateInstallation: no contract is known for this provisioning certificate.
    #[serde(rename = "WARNING_NoContractMatchingPCIDFound")]
    WarningNoContractMatchingPcidFound,
    /// PowerDelivery: charging goes on without the power tolerance, which the car has not accepted.
    #[serde(rename = "WARNING_PowerToleranceNotConfirmed")]
    WarningPowerToleranceNotConfirmed,
    /// A new schedule could not be agreed; the old one still holds.
    #[serde(rename = "WARNING_ScheduleRenegotiationFailed")]
    WarningScheduleRenegotiationFailed,
    /// PowerDelivery: the station does not offer standby.
    #[serde(rename = "WARNING_StandbyNotAllowed")]
    WarningStandbyNotAllowed,
    /// Wireless: the step did not succeed and may be repeated.
    #[serde(rename = "WARNING_WPT")]
    WarningWpt,
    /// No other code fits.
    #[serde(rename = "FAILED")]
    Failed,
    /// Wireless or pantograph: the car talks to another station than the one at which it stands.
    #[serde(rename = "FAILED_AssociationError")]
    FailedAssociationError,
    /// The contactor did not open or close when it had to.
    #[serde(rename = "FAILED_ContactorError")]
    FailedContactorError,
    /// PowerDelivery: the car's profile is outside of the schedule or of the limits.
    #[serde(rename = "FAILED_EVPowerProfileInvalid")]
    FailedEvPowerProfileInvalid,
    /// Charge loop: the car does not keep to its profile, even after a warning.
    #[serde(rename = "FAILED_EVPowerProfileViolation")]
    FailedEvPowerProfileViolation,
    /// MeteringConfirmation: the car's signature over the reading does not hold.
    #[serde(rename = "FAILED_MeteringSignatureNotValid")]
    FailedMeteringSignatureNotValid,
    /// ServiceSelection: only services beside charging were selected.
    #[serde(rename = "FAILED_NoEnergyTransferServiceSelected")]
    FailedNoEnergyTransferServiceSelected,
    /// The car asked to choose services anew, which the station had not offered.
    #[serde(rename = "FAILED_NoServiceRenegotiationSupported")]
    FailedNoServiceRenegotiationSupported,
    /// SessionStop: the station cannot pause the session.
    #[serde(rename = "FAILED_PauseNotAllowed")]
    FailedPauseNotAllowed,
    /// PowerDelivery: the station is not able to deliver.
    #[serde(rename = "FAILED_PowerDeliveryNotApplied")]
    FailedPowerDeliveryNotApplied,
    /// PowerDelivery: the station insists on the power tolerance, which the car has not accepted.
    #[serde(rename = "FAILED_PowerToleranceNotConfirmed")]
    FailedPowerToleranceNotConfirmed,
    /// A new schedule could not be agreed, and the old one no longer holds.
    #[serde(rename = "FAILED_ScheduleRenegotiation")]
    FailedScheduleRenegotiation,
    /// PowerDelivery: that schedule was not among those offered.
    #[serde(rename = "FAILED_ScheduleSelectionInvalid")]
    FailedScheduleSelectionInvalid,
    /// This message may not come here.
    #[serde(rename = "FAILED_SequenceError")]
    FailedSequenceError,
    /// ServiceDetail: the station has no such service.
    #[serde(rename = "FAILED_ServiceIDInvalid")]
    FailedServiceIdInvalid,
    /// ServiceSelection: such a service or set of parameters was not offered.
    #[serde(rename = "FAILED_ServiceSelectionInvalid")]
    FailedServiceSelectionInvalid,
    /// The signature in the header does not hold, or is missing.
    #[serde(rename = "FAILED_SignatureError")]
    FailedSignatureError,
    /// The header has another session id than the one given, all zero included.
    #[serde(rename = "FAILED_UnknownSession")]
    FailedUnknownSession,
    /// ChargeParameterDiscovery: the car's limits contradict each other or do not fit the station.
    #[serde(rename = "FAILED_WrongChargeParameter")]
    FailedWrongChargeParameter,
}
