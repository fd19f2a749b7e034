//! The messages of ISO 15118-2:2014, by the names of its schema (clauses 8.3 to 8.5).

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
pub use authorization::{AuthorizationReq, AuthorizationRes};
pub use certificate::{
    CertificateChain, CertificateInstallationReq, CertificateInstallationRes, CertificateUpdateReq,
    CertificateUpdateRes, ContractSignatureEncryptedPrivateKey, DiffieHellmanPublicKey, Emaid,
    ListOfRootCertificateIds, SubCertificates,
};
pub use charge_parameters::{
    AcEvChargeParameter, AcEvseChargeParameter, ChargeParameterDiscoveryReq, ChargeParameterDiscoveryRes,
    DcEvChargeParameter, DcEvseChargeParameter,
};
pub use dc::{
    CableCheckReq, CableCheckRes, CurrentDemandReq, CurrentDemandRes, PreChargeReq, PreChargeRes, WeldingDetectionReq,
    WeldingDetectionRes,
};
pub use interval::RelativeTimeInterval;
pub use message::{Body, MessageHeader, V2gMessage};
pub use metering::{MeterInfo, MeteringReceiptReq, MeteringReceiptRes};
pub use payment::{
    PaymentDetailsReq, PaymentDetailsRes, PaymentOption, PaymentOptionList, PaymentServiceSelectionReq,
    PaymentServiceSelectionRes, SelectedService, SelectedServiceList,
};
pub use physical_value::{PhysicalValue, UnitSymbol};
pub use power_delivery::{ChargeProgress, DcEvPowerDeliveryParameter, PowerDeliveryReq, PowerDeliveryRes};
pub use response_code::ResponseCode;
pub use schedule::{ChargingProfile, PMaxSchedule, PMaxScheduleEntry, ProfileEntry, SaScheduleList, SaScheduleTuple};
pub use service::{
    ChargeService, EnergyTransferMode, Parameter, ParameterSet, Service, ServiceCategory, ServiceDetailReq,
    ServiceDetailRes, ServiceDiscoveryReq, ServiceDiscoveryRes, ServiceList, ServiceParameterList,
    SupportedEnergyTransferMode,
};
pub use session::{
    ChargingSession, FaultCode, Notification, SessionSetupReq, SessionSetupRes, SessionStopReq, SessionStopRes,
};
pub use status::{
    AcEvseStatus, DcEvErrorCode, DcEvStatus, DcEvseStatus, DcEvseStatusCode, EvseNotification, EvseProcessing,
    IsolationLevel,
};
pub use tariff::{ConsumptionCost, Cost, CostKind, SalesTariff, SalesTariffEntry};
