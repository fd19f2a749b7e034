//! The messages of DIN 70121:2012, by the names of its schema. The standard uses DC and external payment alone; the
//! schema has more.

mod ac;
mod authorization;
mod certificate;
mod charge_parameters;
mod dc;
mod interval;
mod message;
mod metering;
mod payment;
mod physical_value;
mod power_delivery;
mod response_code;
mod schedule;
mod service;
mod session;
mod status;
mod tariff;

pub use ac::{ChargingStatusReq, ChargingStatusRes};
pub use authorization::{ContractAuthenticationReq, ContractAuthenticationRes};
pub use certificate::{
    CertificateChain, CertificateInstallationReq, CertificateInstallationRes, CertificateUpdateReq,
    CertificateUpdateRes, ListOfRootCertificateIds, SubCertificates,
};
pub use charge_parameters::{
    AcEvChargeParameter, AcEvseChargeParameter, ChargeParameterDiscoveryReq, ChargeParameterDiscoveryRes,
    DcEvChargeParameter, DcEvseChargeParameter, EvRequestedEnergyTransfer,
};
pub use dc::{
    CableCheckReq, CableCheckRes, CurrentDemandReq, CurrentDemandRes, PreChargeReq, PreChargeRes, WeldingDetectionReq,
    WeldingDetectionRes,
};
pub use interval::RelativeTimeInterval;
pub use message::{Body, MessageHeader, V2gMessage};
pub use metering::{MeterInfo, MeteringReceiptReq, MeteringReceiptRes};
pub use payment::{
    PaymentDetailsReq, PaymentDetailsRes, PaymentOption, PaymentOptions, SelectedService, SelectedServiceList,
    ServicePaymentSelectionReq, ServicePaymentSelectionRes,
};
pub use physical_value::{PhysicalValue, UnitSymbol};
pub use power_delivery::{DcEvPowerDeliveryParameter, PowerDeliveryReq, PowerDeliveryRes};
pub use response_code::ResponseCode;
pub use schedule::{ChargingProfile, PMaxSchedule, PMaxScheduleEntry, ProfileEntry, SaScheduleList, SaScheduleTuple};
pub use service::{
    EvseSupportedEnergyTransfer, Parameter, ParameterSet, Service, ServiceCategory, ServiceCharge, ServiceDetailReq,
    ServiceDetailRes, ServiceDiscoveryReq, ServiceDiscoveryRes, ServiceParameterList, ServiceTag, ServiceTagList,
    ValueType,
};
pub use session::{FaultCode, Notification, SessionSetupReq, SessionSetupRes, SessionStopReq, SessionStopRes};
pub use status::{
    AcEvseStatus, DcEvErrorCode, DcEvStatus, DcEvseStatus, DcEvseStatusCode, EvseNotification, EvseProcessing,
    IsolationLevel,
};
pub use tariff::{ConsumptionCost, Cost, CostKind, SalesTariff, SalesTariffEntry};
