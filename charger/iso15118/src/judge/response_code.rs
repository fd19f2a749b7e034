//! How a response says that it went: which code may stand where, and what may follow FAILED.

use super::exchange::{Exchange, Seen};
use super::rule::{DIN_ISO2, ISO20, Kind, Rule, SESSION};
use super::session::{Answered, Session};
use super::verdict::Ledger;
use crate::Protocol;

static SETUP: Rule = Rule::station(
    "RC-SETUP",
    Kind::ResponseCode,
    SESSION,
    "SessionSetupRes says whether the session is new or an old one",
    "SessionSetupRes that is not FAILED",
);
static SETUP_ONLY: Rule = Rule::station(
    "RC-SETUP-ONLY",
    Kind::ResponseCode,
    SESSION,
    "OK_NewSessionEstablished and OK_OldSessionJoined stand in SessionSetupRes only",
    "a response to something else than SessionSetup",
);
static EXPIRES: Rule = Rule::station(
    "RC-EXPIRES-SOON",
    Kind::ResponseCode,
    SESSION,
    "OK_CertificateExpiresSoon stands where a certificate was looked at",
    "a response",
);
static FITS: Rule = Rule::station(
    "RC-FITS",
    Kind::ResponseCode,
    DIN_ISO2,
    "a FAILED code that tells a cause stands in the response it is for",
    "a response that is FAILED",
);
static AFTER_FAILED: Rule = Rule::car(
    "RC-AFTER-FAILED",
    Kind::ResponseCode,
    DIN_ISO2,
    "after FAILED the car stops the session or closes the connection",
    "a request after FAILED",
)
.strict();
static AFTER_FAILED_20: Rule = Rule::car(
    "I20-RC-AFTER-FAILED",
    Kind::ResponseCode,
    ISO20,
    "after FAILED the car stops the session or closes the connection",
    "a request after FAILED",
);
static WARNING: Rule = Rule::station(
    "I20-RC-WARNING",
    Kind::ResponseCode,
    ISO20,
    "a WARNING stands in the response it is for",
    "a response with a WARNING",
);
static TOLERANCE: Rule = Rule::station(
    "I20-RC-TOLERANCE",
    Kind::ResponseCode,
    ISO20,
    "OK_PowerToleranceConfirmed stands in PowerDeliveryRes only",
    "a response",
);

pub(super) static RULES: &[&Rule] =
    &[&SETUP, &SETUP_ONLY, &EXPIRES, &FITS, &AFTER_FAILED, &AFTER_FAILED_20, &WARNING, &TOLERANCE];

/// The responses that a code with a cause is for; `None` for a code that may stand in any.
fn home(code: &str) -> Option<&'static [Exchange]> {
    use Exchange as E;
    // What a PowerDelivery asked for makes no difference here.
    const POWER: E = E::PowerDelivery(super::exchange::Progress::Start);
    Some(match code {
        "FAILED_ServiceIDInvalid" => &[E::ServiceDetail],
        "FAILED_ServiceSelectionInvalid" | "FAILED_NoChargeServiceSelected" | "FAILED_PaymentSelectionInvalid" => {
            &[E::PaymentSelection]
        }
        "FAILED_NoCertificateAvailable" => &[E::CertificateInstallation, E::CertificateUpdate],
        "FAILED_ContractCanceled" => &[E::CertificateUpdate],
        "FAILED_ChallengeInvalid" => &[E::Authorization],
        "FAILED_CertificateNotAllowedAtThisEVSE" => &[E::PaymentDetails, E::Authorization],
        "FAILED_WrongChargeParameter" | "FAILED_WrongEnergyTransferMode" | "FAILED_WrongEnergyTransferType" => {
            &[E::ChargeParameterDiscovery]
        }
        "FAILED_PowerDeliveryNotApplied"
        | "FAILED_TariffSelectionInvalid"
        | "FAILED_ChargingProfileInvalid"
        | "FAILED_ContactorError"
        | "FAILED_EVSEPresentVoltageToLow" => &[POWER],
        "FAILED_MeteringSignatureNotValid" => &[E::MeteringReceipt],
        _ => return None,
    })
}

/// The same for warnings of -20.
fn home_of_warning(code: &str) -> Option<&'static [Exchange]> {
    use Exchange as E;
    const POWER: E = E::PowerDelivery(super::exchange::Progress::Start);
    Some(match code {
        "WARNING_AuthorizationSelectionInvalid"
        | "WARNING_ChallengeInvalid"
        | "WARNING_EIMAuthorizationFailure"
        | "WARNING_eMSPUnknown"
        | "WARNING_GeneralPnCAuthorizationError" => &[E::Authorization],
        "WARNING_CertificateExpired"
        | "WARNING_CertificateNotYetValid"
        | "WARNING_CertificateRevoked"
        | "WARNING_CertificateValidationError" => &[E::Authorization, E::CertificateInstallation],
        "WARNING_NoCertificateAvailable" | "WARNING_NoContractMatchingPCIDFound" => &[E::CertificateInstallation],
        "WARNING_EVPowerProfileViolation" => &[E::ChargeLoop],
        "WARNING_PowerToleranceNotConfirmed" | "WARNING_StandbyNotAllowed" | "WARNING_ScheduleRenegotiationFailed" => {
            &[POWER]
        }
        _ => return None,
    })
}

pub(super) fn request(ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
    let Some(Answered { packet, stem, failed: true, .. }) = session.answered else { return };
    let rule = if session.protocol == Some(Protocol::Iso20) { &AFTER_FAILED_20 } else { &AFTER_FAILED };
    ledger.check(rule, seen.exchange == Exchange::SessionStop, &[packet, seen.packet], || {
        format!("{} after {stem}Res said FAILED: expected SessionStopReq or the end", seen.name)
    });
}

pub(super) fn response(ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
    let code = seen.code();
    let packets = [seen.packet];
    let is_setup_code = matches!(code, "OK_NewSessionEstablished" | "OK_OldSessionJoined");
    if seen.exchange == Exchange::SessionSetup {
        if !seen.is_failed() {
            ledger.check(&SETUP, is_setup_code, &packets, || {
                format!("SessionSetupRes with {code}: expected OK_NewSessionEstablished or OK_OldSessionJoined")
            });
        }
    } else {
        ledger.check(&SETUP_ONLY, !is_setup_code, &packets, || format!("{} with {code}", seen.name));
    }
    let looks_at_certificates = matches!(
        seen.exchange,
        Exchange::PaymentDetails
            | Exchange::Authorization
            | Exchange::CertificateInstallation
            | Exchange::CertificateUpdate
    );
    ledger.check(&EXPIRES, code != "OK_CertificateExpiresSoon" || looks_at_certificates, &packets, || {
        format!("{} with {code}, where no certificate was looked at", seen.name)
    });
    let expected = |homes: &[Exchange]| homes.iter().map(|home| home.name()).collect::<Vec<_>>().join(", ");
    if session.protocol == Some(Protocol::Iso20) {
        if code.starts_with("WARNING") {
            let homes = home_of_warning(code);
            let fits = homes.is_none_or(|homes| homes.iter().any(|home| home.is_answered_by(seen.exchange)));
            ledger.check(&WARNING, fits, &packets, || {
                format!("{} with {code}: expected in the response to {}", seen.name, expected(homes.unwrap_or(&[])))
            });
        }
        let is_power = matches!(seen.exchange, Exchange::PowerDelivery(_));
        ledger.check(&TOLERANCE, code != "OK_PowerToleranceConfirmed" || is_power, &packets, || {
            format!("{} with {code}", seen.name)
        });
    } else if seen.is_failed() {
        let homes = home(code);
        let fits = homes.is_none_or(|homes| homes.iter().any(|home| home.is_answered_by(seen.exchange)));
        ledger.check(&FITS, fits, &packets, || {
            format!("{} with {code}: expected in the response to {}", seen.name, expected(homes.unwrap_or(&[])))
        });
    }
}
