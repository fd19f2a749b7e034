//! The frame around every message (DIN 70121 clause 9.3).

use exi::Hex;
use serde::{Deserialize, Serialize};

use super::ac::{ChargingStatusReq, ChargingStatusRes};
use super::authorization::{ContractAuthenticationReq, ContractAuthenticationRes};
use super::certificate::{
    CertificateInstallationReq, CertificateInstallationRes, CertificateUpdateReq, CertificateUpdateRes,
};
use super::charge_parameters::{ChargeParameterDiscoveryReq, ChargeParameterDiscoveryRes};
use super::dc::{
    CableCheckReq, CableCheckRes, CurrentDemandReq, CurrentDemandRes, PreChargeReq, PreChargeRes, WeldingDetectionReq,
    WeldingDetectionRes,
};
use super::metering::{MeteringReceiptReq, MeteringReceiptRes};
use super::payment::{PaymentDetailsReq, PaymentDetailsRes, ServicePaymentSelectionReq, ServicePaymentSelectionRes};
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

/// What stands in front of every message.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MessageHeader {
    /// The session, 8 octets, chosen by the station; 0 in the first request, some cars send one octet 00 there.
    #[serde(rename = "SessionID")]
    pub session_id: Hex<8>,
    /// Why the sender could not use the message before; rarely seen.
    #[serde(rename = "Notification")]
    pub notification: Option<Notification>,
    /// Signs elements of the body that carry an Id; DIN 70121 signs nothing.
    #[serde(rename = "Signature")]
    pub signature: Option<Box<Signature>>,
}

/// One request or response (clause 9.3.4).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Body {
    /// Check the isolation of the cable.
    CableCheckReq(CableCheckReq),
    /// How far the check has come.
    CableCheckRes(CableCheckRes),
    /// Give me a contract certificate; not used.
    CertificateInstallationReq(Box<CertificateInstallationReq>),
    /// A contract certificate; not used.
    CertificateInstallationRes(Box<CertificateInstallationRes>),
    /// Give me a new contract certificate; not used.
    CertificateUpdateReq(Box<CertificateUpdateReq>),
    /// The new contract certificate; not used.
    CertificateUpdateRes(Box<CertificateUpdateRes>),
    /// What the car can do and needs.
    ChargeParameterDiscoveryReq(ChargeParameterDiscoveryReq),
    /// What the station can do, and when how much power is there.
    ChargeParameterDiscoveryRes(Box<ChargeParameterDiscoveryRes>),
    /// The loop while charging with AC; not used.
    ChargingStatusReq(ChargingStatusReq),
    /// State, meter and current limit of the station at AC; not used.
    ChargingStatusRes(ChargingStatusRes),
    /// May I charge?
    ContractAuthenticationReq(ContractAuthenticationReq),
    /// Yes, no, or still waiting for somebody to decide.
    ContractAuthenticationRes(ContractAuthenticationRes),
    /// The loop while charging: this voltage and current, please.
    CurrentDemandReq(CurrentDemandReq),
    /// State, output and limits of the station.
    CurrentDemandRes(CurrentDemandRes),
    /// The car signs the meter reading; not used.
    MeteringReceiptReq(MeteringReceiptReq),
    /// The station takes the receipt, or not; not used.
    MeteringReceiptRes(MeteringReceiptRes),
    /// The contract with which the car pays; not used.
    PaymentDetailsReq(Box<PaymentDetailsReq>),
    /// The contract looks good; not used.
    PaymentDetailsRes(PaymentDetailsRes),
    /// Power on or off.
    PowerDeliveryReq(PowerDeliveryReq),
    /// Done, or not.
    PowerDeliveryRes(PowerDeliveryRes),
    /// Bring the output to the battery's voltage.
    PreChargeReq(PreChargeReq),
    /// The voltage now.
    PreChargeRes(PreChargeRes),
    /// What settings does this service have? Not used.
    ServiceDetailReq(ServiceDetailReq),
    /// The settings of the service; not used.
    ServiceDetailRes(ServiceDetailRes),
    /// What is on offer?
    ServiceDiscoveryReq(ServiceDiscoveryReq),
    /// Charging, and how it may be paid.
    ServiceDiscoveryRes(Box<ServiceDiscoveryRes>),
    /// The services that the car takes, and how they are paid.
    ServicePaymentSelectionReq(ServicePaymentSelectionReq),
    /// The choice is fine, or not.
    ServicePaymentSelectionRes(ServicePaymentSelectionRes),
    /// Begin a session.
    SessionSetupReq(SessionSetupReq),
    /// The session has begun.
    SessionSetupRes(SessionSetupRes),
    /// The session ends.
    SessionStopReq(SessionStopReq),
    /// The last response of a session.
    SessionStopRes(SessionStopRes),
    /// What voltage is left at the output? The car opens its contactors meanwhile.
    WeldingDetectionReq(WeldingDetectionReq),
    /// The voltage now.
    WeldingDetectionRes(WeldingDetectionRes),
    /// Nothing: the schema allows it and no message of the standard does.
    #[serde(rename = "")]
    Empty,
}
