//! The vehicle comes to stand under or beside the connection device.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{MessageHeader, Processing, ResponseCode};

/// From the vehicle on its way to its place. Repeated until it stands well.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcdpVehiclePositioningReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// It can still move.
    #[serde(rename = "EVMobilityStatus")]
    pub ev_mobility_status: bool,
    /// It can find its place with the deviations that the station tells.
    #[serde(rename = "EVPositioningSupport")]
    pub ev_positioning_support: bool,
}

/// The station's answer: how far the vehicle is off its place. The schema has no unit for the lengths.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcdpVehiclePositioningRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Ongoing until the vehicle stands well.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: Processing,
    /// The station measures deviations; otherwise they mean nothing.
    #[serde(rename = "EVSEPositioningSupport")]
    pub evse_positioning_support: bool,
    /// Along the vehicle, with a sign.
    #[serde(rename = "EVRelativeXDeviation")]
    pub ev_relative_x_deviation: i16,
    /// Across it, with a sign.
    #[serde(rename = "EVRelativeYDeviation")]
    pub ev_relative_y_deviation: i16,
    /// How much of that the connection device can take, along the vehicle.
    #[serde(rename = "ContactWindowXc")]
    pub contact_window_xc: i16,
    /// The same across it.
    #[serde(rename = "ContactWindowYc")]
    pub contact_window_yc: i16,
    /// The vehicle stands well.
    #[serde(rename = "EVInChargePosition")]
    pub ev_in_charge_position: bool,
}
