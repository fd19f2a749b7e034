//! ServiceDiscovery (DIN 70121 clause 9.4.1.3) and ServiceDetail, which the standard does not use.

use serde::{Deserialize, Serialize};

use super::payment::PaymentOptions;
use super::physical_value::PhysicalValue;
use super::response_code::ResponseCode;

/// The car asks what the station offers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceDiscoveryReq {
    /// Only services of this scope, up to 32 characters; DIN 70121 leaves it out.
    #[serde(rename = "ServiceScope")]
    pub service_scope: Option<String>,
    /// Only services of this category; if it is there, it is [`ServiceCategory::EvCharging`].
    #[serde(rename = "ServiceCategory")]
    pub service_category: Option<ServiceCategory>,
}

/// The station offers charging, and says how it may be paid.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceDiscoveryRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// How the car may pay.
    #[serde(rename = "PaymentOptions")]
    pub payment_options: PaymentOptions,
    /// The service that charges.
    #[serde(rename = "ChargeService")]
    pub charge_service: ServiceCharge,
    /// Other services; DIN 70121 leaves it out.
    #[serde(rename = "ServiceList")]
    pub service_list: Option<ServiceTagList>,
}

/// What a service is about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ServiceCategory {
    /// Charging.
    #[serde(rename = "EVCharging")]
    EvCharging,
    /// Access to the internet.
    Internet,
    /// Installation and update of contract certificates.
    ContractCertificate,
    /// Anything else.
    OtherCustom,
}

/// The service that charges.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceCharge {
    /// Its number and name.
    #[serde(rename = "ServiceTag")]
    pub service_tag: ServiceTag,
    /// Whether it costs nothing.
    #[serde(rename = "FreeService")]
    pub free_service: bool,
    /// The way in which the energy may flow: one only, other than in ISO 15118-2.
    #[serde(rename = "EnergyTransferType")]
    pub energy_transfer_type: EvseSupportedEnergyTransfer,
}

/// AC or DC, and over which contacts. DIN 70121 uses [`Self::DcCore`] and [`Self::DcExtended`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum EvseSupportedEnergyTransfer {
    /// One phase over the core contacts.
    #[serde(rename = "AC_single_phase_core")]
    AcSinglePhaseCore,
    /// Three phases over the core contacts.
    #[serde(rename = "AC_three_phase_core")]
    AcThreePhaseCore,
    /// DC over the core contacts.
    #[serde(rename = "DC_core")]
    DcCore,
    /// DC over the two extra contacts of a combo coupler: the usual CCS.
    #[serde(rename = "DC_extended")]
    DcExtended,
    /// DC over the core contacts of a combo coupler.
    #[serde(rename = "DC_combo_core")]
    DcComboCore,
    /// DC over the core contacts and over the extra ones.
    #[serde(rename = "DC_dual")]
    DcDual,
    /// One phase over the core contacts, or DC over the extra ones.
    #[serde(rename = "AC_core1p_DC_extended")]
    AcCore1pDcExtended,
    /// One phase or DC, both over the core contacts.
    #[serde(rename = "AC_single_DC_core")]
    AcSingleDcCore,
    /// One or three phases over the core contacts, or DC over the extra ones.
    #[serde(rename = "AC_single_phase_three_phase_core_DC_extended")]
    AcSinglePhaseThreePhaseCoreDcExtended,
    /// Three phases over the core contacts, or DC over the extra ones.
    #[serde(rename = "AC_core3p_DC_extended")]
    AcCore3pDcExtended,
}

/// Services besides charging.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceTagList {
    /// At least one.
    #[serde(rename = "Service")]
    pub service: Vec<Service>,
}

/// A service besides charging.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Service {
    /// Its number and name.
    #[serde(rename = "ServiceTag")]
    pub service_tag: ServiceTag,
    /// Whether it costs nothing.
    #[serde(rename = "FreeService")]
    pub free_service: bool,
}

/// Number and name of a service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceTag {
    /// Its number; charging is 1.
    #[serde(rename = "ServiceID")]
    pub service_id: u16,
    /// Its name, up to 32 characters; DIN 70121 leaves it out.
    #[serde(rename = "ServiceName")]
    pub service_name: Option<String>,
    /// What it is about.
    #[serde(rename = "ServiceCategory")]
    pub service_category: ServiceCategory,
    /// Where it is valid, up to 32 characters; DIN 70121 leaves it out.
    #[serde(rename = "ServiceScope")]
    pub service_scope: Option<String>,
}

/// The car asks for the settings of one service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceDetailReq {
    /// The service, as ServiceDiscoveryRes numbers it.
    #[serde(rename = "ServiceID")]
    pub service_id: u16,
}

/// The station lists the settings among which the car may choose.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceDetailRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// The service that was asked for.
    #[serde(rename = "ServiceID")]
    pub service_id: u16,
    /// The settings; missing: there is nothing to choose.
    #[serde(rename = "ServiceParameterList")]
    pub service_parameter_list: Option<ServiceParameterList>,
}

/// The settings of a service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceParameterList {
    /// At least one; the car chooses one.
    #[serde(rename = "ParameterSet")]
    pub parameter_set: Vec<ParameterSet>,
}

/// One setting of a service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ParameterSet {
    /// Its number, by which the car chooses it.
    #[serde(rename = "ParameterSetID")]
    pub parameter_set_id: i16,
    /// Its parameters, at least one.
    #[serde(rename = "Parameter")]
    pub parameter: Vec<Parameter>,
}

/// A named value; exactly one of the six values is there.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Parameter {
    /// What it is, e.g. `Protocol` or `Port`.
    #[serde(rename = "@Name")]
    pub name: String,
    /// Which of the values is there.
    #[serde(rename = "@ValueType")]
    pub value_type: ValueType,
    /// If it is true or false.
    #[serde(rename = "boolValue")]
    pub bool_value: Option<bool>,
    /// If it is a whole number of 8 bits.
    #[serde(rename = "byteValue")]
    pub byte_value: Option<i8>,
    /// If it is a whole number of 16 bits.
    #[serde(rename = "shortValue")]
    pub short_value: Option<i16>,
    /// If it is a whole number of 32 bits.
    #[serde(rename = "intValue")]
    pub int_value: Option<i32>,
    /// If it has a unit.
    #[serde(rename = "physicalValue")]
    pub physical_value: Option<PhysicalValue>,
    /// If it is text.
    #[serde(rename = "stringValue")]
    pub string_value: Option<String>,
}

/// Of which type the value of a parameter is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ValueType {
    /// True or false.
    #[serde(rename = "bool")]
    Bool,
    /// A whole number of 8 bits.
    #[serde(rename = "byte")]
    Byte,
    /// A whole number of 16 bits.
    #[serde(rename = "short")]
    Short,
    /// A whole number of 32 bits.
    #[serde(rename = "int")]
    Int,
    /// A number with a unit.
    #[serde(rename = "physicalValue")]
    PhysicalValue,
    /// Text.
    #[serde(rename = "string")]
    String,
}
