//! Limits of both devices.

use exi::Base64;
use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{MessageHeader, RationalNumber, ResponseCode};

/// From the car before power flows: limits of the device in it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptChargeParameterDiscoveryReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// In W.
    #[serde(rename = "EVPCMaxReceivablePower")]
    pub evpc_max_receivable_power: RationalNumber,
    /// Most height of the secondary device over the ground, in mm. The schema spells it Clearence.
    #[serde(rename = "SDMaxGroundClearence")]
    pub sd_max_ground_clearance: u16,
    /// Least height of the secondary device over the ground, in mm.
    #[serde(rename = "SDMinGroundClearence")]
    pub sd_min_ground_clearance: u16,
    /// At which the car's circuit resonates, in Hz.
    #[serde(rename = "EVPCNaturalFrequency")]
    pub evpc_natural_frequency: RationalNumber,
    /// The car regulates its power itself, too.
    #[serde(rename = "EVPCDeviceLocalControl")]
    pub evpc_device_local_control: bool,
    /// Of the makers, at most 16 pieces of at most 256 bytes; empty if there are none.
    #[serde(rename = "VendorSpecificDataContainer")]
    pub vendor_specific_data_container: Vec<Base64>,
}

/// The station's answer: limits of the device in the ground.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptChargeParameterDiscoveryRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING_WPT lets the step be repeated.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Of the primary device.
    #[serde(rename = "PDInputPowerClass")]
    pub pd_input_power_class: WptPowerClass,
    /// Least power out of the secondary device that this pair can reach, in W.
    #[serde(rename = "SDMinOutputPower")]
    pub sd_min_output_power: RationalNumber,
    /// Most power out of the secondary device that this pair can reach, in W.
    #[serde(rename = "SDMaxOutputPower")]
    pub sd_max_output_power: RationalNumber,
    /// Most height of a secondary device that it can serve, in mm.
    #[serde(rename = "SDMaxGroundClearanceSupport")]
    pub sd_max_ground_clearance_support: u16,
    /// Least height of a secondary device that it can serve, in mm.
    #[serde(rename = "SDMinGroundClearanceSupport")]
    pub sd_min_ground_clearance_support: u16,
    /// Least current of its coil, in A.
    #[serde(rename = "PDMinCoilCurrent")]
    pub pd_min_coil_current: RationalNumber,
    /// Most current of its coil, in A.
    #[serde(rename = "PDMaxCoilCurrent")]
    pub pd_max_coil_current: RationalNumber,
    /// Of the makers, at most 16 pieces of at most 256 bytes; empty if there are none.
    #[serde(rename = "SDManufacturerSpecificDataContainer")]
    pub sd_manufacturer_specific_data_container: Vec<Base64>,
}

/// Class of a primary device by its input power.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum WptPowerClass {
    /// Up to 3.7 kVA.
    #[serde(rename = "MF-WPT1")]
    MfWpt1,
    /// Up to 7.7 kVA.
    #[serde(rename = "MF-WPT2")]
    MfWpt2,
    /// Up to 11.1 kVA.
    #[serde(rename = "MF-WPT3")]
    MfWpt3,
    /// Up to 22 kVA.
    #[serde(rename = "MF-WPT4")]
    MfWpt4,
}
