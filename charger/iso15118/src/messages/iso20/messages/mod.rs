//! The messages of ISO 15118-20 that every energy transfer uses, with payload type 0x8002.

mod authorization;
mod certificate;
mod certificate_chain;
mod energy_offer;
mod metering;
mod power_delivery;
mod power_profile;
mod power_schedule;
mod price;
mod price_level;
mod schedule;
mod service;
mod service_detail;
mod session;
mod vehicle_check;

pub use authorization::{
    Authorization, AuthorizationReq, AuthorizationRes, AuthorizationSetupReq, AuthorizationSetupRes,
    EimAReqAuthorizationMode, EimAsResAuthorizationMode, PncAReqAuthorizationMode, PncAsResAuthorizationMode,
    SupportedProvidersList,
};
pub use certificate::{
    CertificateInstallationReq, CertificateInstallationRes, EcdhCurve, EmaidList, SignedInstallationData,
};
pub use certificate_chain::{CertificateChain, ContractCertificateChain, SignedCertificateChain, SubCertificates};
pub use energy_offer::{
    EvAbsolutePriceSchedule, EvEnergyOffer, EvPowerSchedule, EvPowerScheduleEntry, EvPowerScheduleEntryList,
    EvPriceRule, EvPriceRuleStack, EvPriceRuleStackList,
};
pub use metering::{
    DynamicSmdtControlMode, MeteringConfirmationReq, MeteringConfirmationRes, ScheduledSmdtControlMode,
    SignedMeteringData,
};
pub use power_delivery::{ChannelSelection, ChargeProgress, PowerDeliveryReq, PowerDeliveryRes};
pub use power_profile::{
    DynamicEvPptControlMode, EvPowerProfile, EvPowerProfileEntryList, PowerToleranceAcceptance,
    ScheduledEvPptControlMode,
};
pub use power_schedule::{ChargingSchedule, PowerSchedule, PowerScheduleEntry, PowerScheduleEntryList, ScheduleTuple};
pub use price::{
    AbsolutePriceSchedule, AdditionalService, AdditionalServiceList, OverstayRule, OverstayRuleList, PriceRule,
    PriceRuleStack, PriceRuleStackList, TaxRule, TaxRuleList,
};
pub use price_level::{PriceLevelSchedule, PriceLevelScheduleEntry, PriceLevelScheduleEntryList};
pub use schedule::{
    DynamicSeReqControlMode, DynamicSeResControlMode, ScheduleExchangeReq, ScheduleExchangeRes,
    ScheduledSeReqControlMode, ScheduledSeResControlMode,
};
pub use service::{
    SelectedService, SelectedServiceList, Service, ServiceDiscoveryReq, ServiceDiscoveryRes, ServiceIdList,
    ServiceList, ServiceSelectionReq, ServiceSelectionRes,
};
pub use service_detail::{Parameter, ParameterSet, ServiceDetailReq, ServiceDetailRes, ServiceParameterList};
pub use session::{ChargingSession, SessionSetupReq, SessionSetupRes, SessionStopReq, SessionStopRes};
pub use vehicle_check::{
    EvCheckInStatus, EvCheckOutStatus, EvseCheckOutStatus, ParkingMethod, VehicleCheckInReq, VehicleCheckInRes,
    VehicleCheckOutReq, VehicleCheckOutRes,
};

use serde::{Deserialize, Serialize};

/// Each message as the document that it is on the wire.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Message {
    /// Car: opens a session, or takes up a paused one.
    SessionSetupReq(SessionSetupReq),
    /// Station: its name, and whether the session is new.
    SessionSetupRes(SessionSetupRes),
    /// Car: asks how it can be authorized.
    AuthorizationSetupReq(AuthorizationSetupReq),
    /// Station: the ways, and a challenge for a contract.
    AuthorizationSetupRes(AuthorizationSetupRes),
    /// Car: takes one of the ways.
    AuthorizationReq(AuthorizationReq),
    /// Station: whether energy may be given.
    AuthorizationRes(AuthorizationRes),
    /// Car: asks for the services.
    ServiceDiscoveryReq(ServiceDiscoveryReq),
    /// Station: lists them.
    ServiceDiscoveryRes(ServiceDiscoveryRes),
    /// Car: asks for the parameters of one.
    ServiceDetailReq(ServiceDetailReq),
    /// Station: lists the sets of parameters.
    ServiceDetailRes(ServiceDetailRes),
    /// Car: takes services, each with one set of parameters.
    ServiceSelectionReq(ServiceSelectionReq),
    /// Station: confirms the selection.
    ServiceSelectionRes(ServiceSelectionRes),
    /// Car: what it needs until when.
    ScheduleExchangeReq(ScheduleExchangeReq),
    /// Station: how much power when, at what price.
    ScheduleExchangeRes(ScheduleExchangeRes),
    /// Car: asks for power on, off or standby.
    PowerDeliveryReq(PowerDeliveryReq),
    /// Station: has done so.
    PowerDeliveryRes(PowerDeliveryRes),
    /// Car: signs the last reading.
    MeteringConfirmationReq(MeteringConfirmationReq),
    /// Station: has accepted the signature.
    MeteringConfirmationRes(MeteringConfirmationRes),
    /// Car: ends or pauses the session, or goes back to the services.
    SessionStopReq(SessionStopReq),
    /// Station: agrees.
    SessionStopRes(SessionStopRes),
    /// Car: asks for its contracts.
    CertificateInstallationReq(CertificateInstallationReq),
    /// Station: hands on one contract from the backend.
    CertificateInstallationRes(CertificateInstallationRes),
    /// Vehicle: arrives at an automatic connection.
    VehicleCheckInReq(VehicleCheckInReq),
    /// Station: where the place is.
    VehicleCheckInRes(VehicleCheckInRes),
    /// Vehicle: wants to leave.
    VehicleCheckOutReq(VehicleCheckOutReq),
    /// Station: whether it may.
    VehicleCheckOutRes(VehicleCheckOutRes),
}
