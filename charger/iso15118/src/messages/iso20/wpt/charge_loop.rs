//! The loop while power flows through the air.

use exi::Base64;
use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{
    DisplayParameters, EvseStatus, MessageHeader, MeterInfo, RationalNumber, Receipt, ResponseCode,
};

/// From the car, again and again between PowerDelivery(Start) and (Stop): power that it wants and gets.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptChargeLoopReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// What the driver sees in the car; missing if nothing has changed.
    #[serde(rename = "DisplayParameters")]
    pub display_parameters: Option<DisplayParameters>,
    /// The station has to put a reading into its answer.
    #[serde(rename = "MeterInfoRequested")]
    pub meter_info_requested: bool,
    /// Power that the car wants, in W.
    #[serde(rename = "EVPCPowerRequest")]
    pub evpc_power_request: RationalNumber,
    /// Power that comes out of its circuit, in W.
    #[serde(rename = "EVPCPowerOutput")]
    pub evpc_power_output: RationalNumber,
    /// What is wrong in the car.
    #[serde(rename = "EVPCChargeDiagnostics")]
    pub evpc_charge_diagnostics: WptEvpcChargeDiagnostics,
    /// At which its circuit works, in Hz; missing if it does not measure it.
    #[serde(rename = "EVPCOperatingFrequency")]
    pub evpc_operating_frequency: Option<RationalNumber>,
    /// For a finer control; missing if the makers do without.
    #[serde(rename = "EVPCPowerControlParameter")]
    pub evpc_power_control_parameter: Option<WptEvpcPowerControlParameter>,
    /// Of the makers, at most 16 pieces of at most 256 bytes; empty if there are none.
    #[serde(rename = "ManufacturerSpecificDataContainer")]
    pub manufacturer_specific_data_container: Vec<Base64>,
}

/// What is wrong in the car.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum WptEvpcChargeDiagnostics {
    /// Nothing.
    #[serde(rename = "EVPCNoIssue")]
    NoIssue,
    /// Something is too hot.
    #[serde(rename = "EVPCTempOverheatDetected")]
    TempOverheatDetected,
    /// The power is not what it should be.
    #[serde(rename = "EVPCPowerTransferAnomalyDetected")]
    PowerTransferAnomalyDetected,
    /// Something else.
    #[serde(rename = "EVPCAnomalyDetected")]
    AnomalyDetected,
}

/// Currents and voltage in the car, for a finer control.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptEvpcPowerControlParameter {
    /// For the coil of the primary device, in A.
    #[serde(rename = "EVPCCoilCurrentRequest")]
    pub evpc_coil_current_request: RationalNumber,
    /// In its own coil, in A.
    #[serde(rename = "EVPCCoilCurrentInformation")]
    pub evpc_coil_current_information: RationalNumber,
    /// Out of its circuit, in A.
    #[serde(rename = "EVPCCurrentOutputInformation")]
    pub evpc_current_output_information: RationalNumber,
    /// Out of its circuit, in V.
    #[serde(rename = "EVPCVoltageOutputInformation")]
    pub evpc_voltage_output_information: RationalNumber,
}

/// The station's answer: power that it sends, its reading and its wishes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptChargeLoopRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING_WPT lets the step be repeated.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// What the station wants the car to do; missing if nothing.
    #[serde(rename = "EVSEStatus")]
    pub evse_status: Option<EvseStatus>,
    /// The reading; missing unless it was asked for or has to be confirmed.
    #[serde(rename = "MeterInfo")]
    pub meter_info: Option<Box<MeterInfo>>,
    /// What the session has cost until now; missing if that is not known.
    #[serde(rename = "Receipt")]
    pub receipt: Option<Box<Receipt>>,
    /// The car's wish as the station has understood it, in W.
    #[serde(rename = "EVPCPowerRequest")]
    pub evpc_power_request: RationalNumber,
    /// Power into the supply device, in W; missing if it does not measure it.
    #[serde(rename = "SDPowerInput")]
    pub sd_power_input: Option<RationalNumber>,
    /// Most power that it can send now, in W.
    #[serde(rename = "SPCMaxOutputPowerLimit")]
    pub spc_max_output_power_limit: RationalNumber,
    /// Least power that it can send now, in W.
    #[serde(rename = "SPCMinOutputPowerLimit")]
    pub spc_min_output_power_limit: RationalNumber,
    /// What is wrong at the station.
    #[serde(rename = "SPCChargeDiagnostics")]
    pub spc_charge_diagnostics: WptSpcChargeDiagnostics,
    /// At which its circuit works, in Hz; missing if it does not measure it.
    #[serde(rename = "SPCOperatingFrequency")]
    pub spc_operating_frequency: Option<RationalNumber>,
    /// For a finer control; missing if the makers do without.
    #[serde(rename = "SPCPowerControlParameter")]
    pub spc_power_control_parameter: Option<WptSpcPowerControlParameter>,
    /// Of the makers, at most 16 pieces of at most 256 bytes; empty if there are none.
    #[serde(rename = "ManufacturerSpecificDataContainer")]
    pub manufacturer_specific_data_container: Vec<Base64>,
}

/// What is wrong at the station.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum WptSpcChargeDiagnostics {
    /// Nothing.
    #[serde(rename = "SPCNoIssue")]
    NoIssue,
    /// A foreign object lies on the device.
    #[serde(rename = "SPCFODDetected")]
    ForeignObjectDetected,
    /// Something living is near it.
    #[serde(rename = "SPCLOPDetected")]
    LivingObjectDetected,
    /// Something is too hot.
    #[serde(rename = "SPCTempOverheatDetected")]
    TempOverheatDetected,
    /// The power is not what it should be.
    #[serde(rename = "SPCPowerTransferAnomalyDetected")]
    PowerTransferAnomalyDetected,
    /// Something else.
    #[serde(rename = "SPCAnomalyDetected")]
    AnomalyDetected,
}

/// What the station measures, for a finer control.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptSpcPowerControlParameter {
    /// In the coil of the primary device, in A.
    #[serde(rename = "SPCPrimaryDeviceCoilCurrentInformation")]
    pub spc_primary_device_coil_current_information: RationalNumber,
}
