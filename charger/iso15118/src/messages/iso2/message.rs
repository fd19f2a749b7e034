//! The frame around every message (ISO 15118-2 clause 8.3).

use exi::Hex;
use serde::{Deserialize, Serialize};

use super::ac::{ChargingStatusReq, ChargingStatusRes};
use super::authorization::{AuthorizationReq, AuthorizationRes};
use super::certificate::{
    CertificateInstallationReq, CertificateInstallationRes, CertificateUpdateReq, CertificateUpdateRes,
};
use super::charge_parameters::{ChargeParameterDiscoveryReq, ChargeParameterDiscoveryRes};
use super::dc::{
    CableCheckReq, CableCheckRes, CurrentDemandReq, CurrentDemandRes, PreChargeReq, PreChargeRes, WeldingDetectionReq,
    WeldingDetectionRes,
};
use super::metering::{MeteringReceiptReq, MeteringReceiptRes};
use super::payment::{PaymentDetailsReq, PaymentDetailsRes, PaymentServiceSelectionReq, PaymentServiceSelectionRes};
use super::power_delivery::{PowerDeliveryReq, PowerDeliveryRes};
use super::service::{ServiceDetailReq, ServiceDetailRes, ServiceDiscoveryReq, ServiceDiscoveryRes};
use super::session::{Notification, SessionSetupReq, SessionSetupRes, SessionStopReq, SessionStopRes};
use crate::messages::xmldsig::Signature;

/// A message: whose session it belongs to, and what it says.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct V2gMessage {
    /// The session, and a signature if something is signed.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// The request or the response.
    #[serde(rename = "Body")]
    pub body: Body,
}

/// What stands in front of every message (clause 8.3.3).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MessageHeader {
    /// The session, 8 octets, chosen by the station. 0 in the first request, unless it resumes a session; some cars
    /// send one octet 00 there.
    #[serde(rename = "SessionID")]
    pub session_id: Hex<8>,
    /// Why the sender could not use the message before; rarely seen.
    #[serde(rename = "Notification")]
    pub notification: Option<Notification>,
    /// Signs elements of the body that carry an Id; missing when nothing is signed.
    #[serde(rename = "Signature")]
    pub signature: Option<Box<Signature>>,
}

/// One request or response (clause 8.3.4).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Body {
    /// May I charge?
    AuthorizationReq(AuthorizationReq),
    /// Yes, no, or still waiting for somebody to decide.
    AuthorizationRes(AuthorizationRes),
    /// Check the isolation of the cable (DC).
    CableCheckReq(CableCheckReq),
    /// How far the check has come.
    CableCheckRes(CableCheckRes),
    /// Give me a contract certificate; I show the one from my maker.
    CertificateInstallationReq(Box<CertificateInstallationReq>),
    /// A contract certificate with its encrypted key.
    CertificateInstallationRes(Box<CertificateInstallationRes>),
    /// Give me a new contract certificate in place of this one.
    CertificateUpdateReq(Box<CertificateUpdateReq>),
    /// The new contract certificate with its encrypted key.
    CertificateUpdateRes(Box<CertificateUpdateRes>),
    /// What the car can do and needs.
    ChargeParameterDiscoveryReq(ChargeParameterDiscoveryReq),
    /// What the station can do, and when how much power is there.
    ChargeParameterDiscoveryRes(Box<ChargeParameterDiscoveryRes>),
    /// The loop while charging with AC.
    ChargingStatusReq(ChargingStatusReq),
    /// State, meter and current limit of the station (AC).
    ChargingStatusRes(ChargingStatusRes),
    /// The loop while charging with DC: this voltage and current, please.
    CurrentDemandReq(CurrentDemandReq),
    /// State, output and limits of the station (DC).
    CurrentDemandRes(CurrentDemandRes),
    /// The car signs the meter reading that it was shown.
    MeteringReceiptReq(MeteringReceiptReq),
    /// The station takes the receipt, or not.
    MeteringReceiptRes(MeteringReceiptRes),
    /// The contract with which the car pays.
    PaymentDetailsReq(Box<PaymentDetailsReq>),
    /// The contract looks good; here is a challenge to sign.
    PaymentDetailsRes(PaymentDetailsRes),
    /// The services that the car takes, and how they are paid.
    PaymentServiceSelectionReq(PaymentServiceSelectionReq),
    /// The choice is fine, or not.
    PaymentServiceSelectionRes(PaymentServiceSelectionRes),
    /// Power on, power off, or negotiate again.
    PowerDeliveryReq(PowerDeliveryReq),
    /// Done, or not.
    PowerDeliveryRes(PowerDeliveryRes),
    /// Bring the output to the battery's voltage (DC).
    PreChargeReq(PreChargeReq),
    /// The voltage now.
    PreChargeRes(PreChargeRes),
    /// What settings does this service have?
    ServiceDetailReq(ServiceDetailReq),
    /// The settings of the service.
    ServiceDetailRes(ServiceDetailRes),
    /// What is on offer?
    ServiceDiscoveryReq(ServiceDiscoveryReq),
    /// Charging, other services, ways to pay.
    ServiceDiscoveryRes(Box<ServiceDiscoveryRes>),
    /// Begin a session, or go on with a paused one.
    SessionSetupReq(SessionSetupReq),
    /// The session has begun.
    SessionSetupRes(SessionSetupRes),
    /// The session ends or pauses.
    SessionStopReq(SessionStopReq),
    /// The last response of a session.
    SessionStopRes(SessionStopRes),
    /// What voltage is left at the output? The car opens its contactors meanwhile (DC).
    WeldingDetectionReq(WeldingDetectionReq),
    /// The voltage now.
    WeldingDetectionRes(WeldingDetectionRes),
    /// Nothing: the schema allows it and no message of the standard does.
    #[serde(rename = "")]
    Empty,
}
