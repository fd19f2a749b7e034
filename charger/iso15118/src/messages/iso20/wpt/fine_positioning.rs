//! The car finds its place over the primary device.

use exi::Base64;
use serde::{Deserialize, Serialize};

use super::alignment_check::WptAlignmentCheckMethodList;
use super::ev_result::WptEvResult;
use super::low_frequency::{WptLfDataPackageList, WptLfSystemSetupData};
use super::pairing::WptPairingMethodList;
use crate::messages::iso20::common::{MessageHeader, Processing, ResponseCode};

/// From the car before it moves over the device: how it can be guided, paired and checked.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptFinePositioningSetupReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// Ongoing while the car wants to go on with this step.
    #[serde(rename = "EVProcessing")]
    pub ev_processing: Processing,
    /// Ways to find the place.
    #[serde(rename = "EVDeviceFinePositioningMethodList")]
    pub ev_device_fine_positioning_method_list: WptFinePositioningMethodList,
    /// Ways to know the station.
    #[serde(rename = "EVDevicePairingMethodList")]
    pub ev_device_pairing_method_list: WptPairingMethodList,
    /// Ways to check the place.
    #[serde(rename = "EVDeviceAlignmentCheckMethodList")]
    pub ev_device_alignment_check_method_list: WptAlignmentCheckMethodList,
    /// Where the best place lies beside the middle of the device. The schema has no unit.
    #[serde(rename = "NaturalOffset")]
    pub natural_offset: u16,
    /// Of the makers, at most 16 pieces of at most 256 bytes; empty if there are none.
    #[serde(rename = "VendorSpecificDataContainer")]
    pub vendor_specific_data_container: Vec<Base64>,
    /// Antennas on this side; missing unless a method of low frequency is offered.
    #[serde(rename = "LF_SystemSetupData")]
    pub lf_system_setup_data: Option<WptLfSystemSetupData>,
}

/// Ways to find the place.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptFinePositioningMethodList {
    /// 1 to 8.
    #[serde(rename = "WPT_FinePositioningMethod")]
    pub wpt_fine_positioning_method: Vec<WptFinePositioningMethod>,
}

/// A way to find the place.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum WptFinePositioningMethod {
    /// The driver looks.
    Manual,
    /// Antennas of low frequency in the car send, those of the primary device receive.
    #[serde(rename = "LF_TxEV")]
    LfTxEv,
    /// Antennas of low frequency in the primary device send, those in the car receive.
    #[serde(rename = "LF_TxPrimaryDevice")]
    LfTxPrimaryDevice,
    /// Low power excitation: the primary device sends a little power, and the car measures it.
    #[serde(rename = "LPE")]
    Lpe,
    /// Something that the makers have agreed on.
    Proprietary,
}

/// The station's answer: which ways it knows.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptFinePositioningSetupRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING_WPT lets the step be repeated.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Ways to find the place.
    #[serde(rename = "PrimaryDeviceFinePositioningMethodList")]
    pub primary_device_fine_positioning_method_list: WptFinePositioningMethodList,
    /// Ways to know the car.
    #[serde(rename = "PrimaryDevicePairingMethodList")]
    pub primary_device_pairing_method_list: WptPairingMethodList,
    /// Ways to check the place.
    #[serde(rename = "PrimaryDeviceAlignmentCheckMethodList")]
    pub primary_device_alignment_check_method_list: WptAlignmentCheckMethodList,
    /// Where the best place lies beside the middle of the device. The schema has no unit.
    #[serde(rename = "NaturalOffset")]
    pub natural_offset: u16,
    /// Of the makers, at most 16 pieces of at most 256 bytes; empty if there are none.
    #[serde(rename = "VendorSpecificDataContainer")]
    pub vendor_specific_data_container: Vec<Base64>,
    /// Antennas on this side; missing unless a method of low frequency is offered.
    #[serde(rename = "LF_SystemSetupData")]
    pub lf_system_setup_data: Option<WptLfSystemSetupData>,
}

/// From the car while it moves; repeated until it stands well or gives up.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptFinePositioningReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// Ongoing while the car wants to go on with this step.
    #[serde(rename = "EVProcessing")]
    pub ev_processing: Processing,
    /// What the car thinks of this step.
    #[serde(rename = "EVResultCode")]
    pub ev_result_code: WptEvResult,
    /// Of the makers, at most 16 pieces of at most 256 bytes; empty if there are none.
    #[serde(rename = "VendorSpecificDataContainer")]
    pub vendor_specific_data_container: Vec<Base64>,
    /// Levels of the antennas; missing unless a method of low frequency is used.
    #[serde(rename = "WPT_LF_DataPackageList")]
    pub wpt_lf_data_package_list: Option<WptLfDataPackageList>,
}

/// The station's answer: what it senses of the car.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptFinePositioningRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING_WPT lets the step be repeated.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Ongoing while the station is not done with this step.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: Processing,
    /// Of the makers, at most 16 pieces of at most 256 bytes; empty if there are none.
    #[serde(rename = "VendorSpecificDataContainer")]
    pub vendor_specific_data_container: Vec<Base64>,
    /// Levels of the antennas; missing unless a method of low frequency is used.
    #[serde(rename = "WPT_LF_DataPackageList")]
    pub wpt_lf_data_package_list: Option<WptLfDataPackageList>,
}
