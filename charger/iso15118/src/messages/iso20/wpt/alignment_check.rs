//! Both make sure that the coils are close enough.

use exi::Base64;
use serde::{Deserialize, Serialize};

use super::ev_result::WptEvResult;
use crate::messages::iso20::common::{MessageHeader, Processing, RationalNumber, ResponseCode};

/// Ways to check the place.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptAlignmentCheckMethodList {
    /// 1 to 8.
    #[serde(rename = "WPT_AlignmentCheckMethod")]
    pub wpt_alignment_check_method: Vec<WptAlignmentCheckMethod>,
}

/// A way to check that the coils are close enough.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum WptAlignmentCheckMethod {
    /// Some power is sent, and both compare it.
    PowerCheck,
    /// Low power excitation: a little power is sent, and the car measures it.
    #[serde(rename = "LPE")]
    Lpe,
    /// Something that the makers have agreed on.
    Proprietary,
}

/// From the car after Pairing: send a little power. Repeated while either side is Ongoing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptAlignmentCheckReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// Ongoing while the car wants to go on with this step.
    #[serde(rename = "EVProcessing")]
    pub ev_processing: Processing,
    /// For the primary device, in A; missing if the car has no wish.
    #[serde(rename = "TargetCoilCurrent")]
    pub target_coil_current: Option<RationalNumber>,
    /// What the car thinks of this step.
    #[serde(rename = "EVResultCode")]
    pub ev_result_code: WptEvResult,
    /// Of the makers, at most 16 pieces of at most 256 bytes; empty if there are none.
    #[serde(rename = "VendorSpecificDataContainer")]
    pub vendor_specific_data_container: Vec<Base64>,
}

/// The station's answer: what it sends.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptAlignmentCheckRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING_WPT lets the step be repeated.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Ongoing while the station is not done with this step.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: Processing,
    /// In W; missing if nothing is sent.
    #[serde(rename = "PowerTransmitted")]
    pub power_transmitted: Option<RationalNumber>,
    /// In the coil of the primary device, in A; missing if nothing is sent.
    #[serde(rename = "SupplyDeviceCurrent")]
    pub supply_device_current: Option<RationalNumber>,
    /// Of the makers, at most 16 pieces of at most 256 bytes; empty if there are none.
    #[serde(rename = "VendorSpecificDataContainer")]
    pub vendor_specific_data_container: Vec<Base64>,
}
