//! ServiceDiscovery and ServiceDetail (ISO 15118-2 clauses 8.4.3.3 and 8.4.3.4), and services as such (8.5.2.1 to
//! 8.5.2.4).

use serde::{Deserialize, Serialize};

use super::payment::PaymentOptionList;
use super::physical_value::PhysicalValue;
use super::response_code::ResponseCode;

/// The car asks what the station offers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceDiscoveryReq {
    /// Only services of this scope, up to 64 characters; missing: of any.
    #[serde(rename = "ServiceScope")]
    pub service_scope: Option<String>,
    /// Only services of this category; missing: of all.
    #[serde(rename = "ServiceCategory")]
    pub service_category: Option<ServiceCategory>,
}

/// The station offers charging, perhaps more, and says how it may be paid.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceDiscoveryRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// How the car may pay.
    #[serde(rename = "PaymentOptionList")]
    pub payment_option_list: PaymentOptionList,
    /// The service that charges.
    #[serde(rename = "ChargeService")]
    pub charge_service: ChargeService,
    /// Other services, such as certificates; missing: there are none.
    #[serde(rename = "ServiceList")]
    pub service_list: Option<ServiceList>,
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
pub struct ChargeService {
    /// Its number; charging is 1.
    #[serde(rename = "ServiceID")]
    pub service_id: u16,
    /// Its name, up to 32 characters.
    #[serde(rename = "ServiceName")]
    pub service_name: Option<String>,
    /// Always [`ServiceCategory::EvCharging`].
    #[serde(rename = "ServiceCategory")]
    pub service_category: ServiceCategory,
    /// Where it is valid, up to 64 characters of free text.
    #[serde(rename = "ServiceScope")]
    pub service_scope: Option<String>,
    /// Whether it costs nothing.
    #[serde(rename = "FreeService")]
    pub free_service: bool,
    /// The ways in which the energy may flow.
    #[serde(rename = "SupportedEnergyTransferMode")]
    pub supported_energy_transfer_mode: SupportedEnergyTransferMode,
}

/// The ways in which the energy may flow.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SupportedEnergyTransferMode {
    /// 1..6 of them. Some cars give up on a long list, others on a short one.
    #[serde(rename = "EnergyTransferMode")]
    pub energy_transfer_mode: Vec<EnergyTransferMode>,
}

/// AC or DC, and over which contacts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum EnergyTransferMode {
    /// One phase over the core contacts.
    #[serde(rename = "AC_single_phase_core")]
    AcSinglePhaseCore,
    /// Three phases over the core contacts.
    #[serde(rename = "AC_three_phase_core")]
    AcThreePhaseCore,
    /// DC over the core contacts; NACS cars ask for it.
    #[serde(rename = "DC_core")]
    DcCore,
    /// DC over the two extra contacts of a combo coupler: the usual CCS.
    #[serde(rename = "DC_extended")]
    DcExtended,
    /// DC over the core contacts of a combo coupler.
    #[serde(rename = "DC_combo_core")]
    DcComboCore,
    /// DC over a coupler that is made for DC alone.
    #[serde(rename = "DC_unique")]
    DcUnique,
}

/// Services besides charging.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceList {
    /// 1..8 of them.
    #[serde(rename = "Service")]
    pub service: Vec<Service>,
}

/// A service besides charging.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Service {
    /// Its number: 2 certificates, 3 internet, 4 other.
    #[serde(rename = "ServiceID")]
    pub service_id: u16,
    /// Its name, up to 32 characters.
    #[serde(rename = "ServiceName")]
    pub service_name: Option<String>,
    /// What it is about.
    #[serde(rename = "ServiceCategory")]
    pub service_category: ServiceCategory,
    /// Where it is valid, up to 64 characters of free text.
    #[serde(rename = "ServiceScope")]
    pub service_scope: Option<String>,
    /// Whether it costs nothing.
    #[serde(rename = "FreeService")]
    pub free_service: bool,
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
    /// 1..255 of them; the car chooses one.
    #[serde(rename = "ParameterSet")]
    pub parameter_set: Vec<ParameterSet>,
}

/// One setting of a service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ParameterSet {
    /// Its number, by which the car chooses it.
    #[serde(rename = "ParameterSetID")]
    pub parameter_set_id: i16,
    /// Its parameters, 1..16.
    #[serde(rename = "Parameter")]
    pub parameter: Vec<Parameter>,
}

/// A named value; exactly one of the six values is there (clause 8.5.2.23).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Parameter {
    /// What it is, e.g. `Protocol` or `Port`.
    #[serde(rename = "@Name")]
    pub name: String,
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
