//! The car makes sure that it talks to the station over which it stands.

use exi::Base64;
use serde::{Deserialize, Serialize};

use super::ev_result::WptEvResult;
use crate::messages::iso20::common::{MessageHeader, Processing, ResponseCode};

/// Ways to know each other.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptPairingMethodList {
    /// 1 to 8.
    #[serde(rename = "WPT_PairingMethod")]
    pub wpt_pairing_method: Vec<WptPairingMethod>,
}

/// A way in which car and station know each other.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum WptPairingMethod {
    /// Somebody or something else confirms it.
    #[serde(rename = "External confirmation")]
    ExternalConfirmation,
    /// Low power excitation: a code in the power of the primary device.
    #[serde(rename = "LPE")]
    Lpe,
    /// A code from antennas of low frequency in the car.
    #[serde(rename = "LF_TxEV")]
    LfTxEv,
    /// A code from antennas of low frequency in the primary device.
    #[serde(rename = "LF_TxPrimaryDevice")]
    LfTxPrimaryDevice,
    /// A code that a camera reads.
    Optical,
    /// Something that the makers have agreed on.
    Proprietary,
}

/// From the car when it stands over the device: the code that it sees. Repeated while the answer is Ongoing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptPairingReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// Ongoing while the car wants to go on with this step.
    #[serde(rename = "EVProcessing")]
    pub ev_processing: Processing,
    /// The code that this side has seen of the other, from 1; missing until it has seen one.
    #[serde(rename = "ObservedIDCode")]
    pub observed_id_code: Option<u32>,
    /// What the car thinks of this step.
    #[serde(rename = "EVResultCode")]
    pub ev_result_code: WptEvResult,
    /// Of the makers, at most 16 pieces of at most 256 bytes; empty if there are none.
    #[serde(rename = "VendorSpecificDataContainer")]
    pub vendor_specific_data_container: Vec<Base64>,
}

/// The station's answer: whether this is its own place.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptPairingRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING_WPT lets the step be repeated.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Ongoing while the station is not done with this step.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: Processing,
    /// The code that this side has seen of the other, from 1; missing until it has seen one.
    #[serde(rename = "ObservedIDCode")]
    pub observed_id_code: Option<u32>,
    /// Neighbours over one of which the car may stand; missing if there are none.
    #[serde(rename = "AlternativeSECCList")]
    pub alternative_secc_list: Option<AlternativeSeccList>,
    /// Of the makers, at most 16 pieces of at most 256 bytes; empty if there are none.
    #[serde(rename = "VendorSpecificDataContainer")]
    pub vendor_specific_data_container: Vec<Base64>,
}

/// Neighbours of a station.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AlternativeSeccList {
    /// 1 to 8.
    #[serde(rename = "AlternativeSECC")]
    pub alternative_secc: Vec<AlternativeSecc>,
}

/// How to reach another station's controller.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AlternativeSecc {
    /// Name of its wireless network, at most 255 characters; missing if it is the same.
    #[serde(rename = "SSID")]
    pub ssid: Option<String>,
    /// Its access point, 12 hexadecimal digits; missing if it does not matter.
    #[serde(rename = "BSSID")]
    pub bssid: Option<String>,
    /// Its IPv6 address as text, at most 39 characters; missing if it has to be looked for.
    #[serde(rename = "IPAddress")]
    pub ip_address: Option<String>,
    /// Its TCP port; missing if it has to be looked for.
    #[serde(rename = "Port")]
    pub port: Option<u16>,
}
