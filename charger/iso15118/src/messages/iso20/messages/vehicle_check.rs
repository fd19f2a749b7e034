//! A vehicle arrives at an automatic connection and leaves it again.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{MessageHeader, ResponseCode};

/// From a vehicle that comes to an automatic connection. Repeated while its status is not Completed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct VehicleCheckInReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How far it is.
    #[serde(rename = "EVCheckInStatus")]
    pub ev_check_in_status: EvCheckInStatus,
    /// Who steers.
    #[serde(rename = "ParkingMethod")]
    pub parking_method: ParkingMethod,
    /// Where the vehicle ends, as seen from its reference point; missing if nobody needs guidance. The schema has no
    /// unit.
    #[serde(rename = "VehicleFrame")]
    pub vehicle_frame: Option<i16>,
    /// Where its charging device sits, as seen from that point; missing likewise.
    #[serde(rename = "DeviceOffset")]
    pub device_offset: Option<i16>,
    /// How far it has come; missing likewise.
    #[serde(rename = "VehicleTravel")]
    pub vehicle_travel: Option<i16>,
}

/// How far a vehicle is with its arrival.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum EvCheckInStatus {
    /// It begins.
    CheckIn,
    /// It is on its way.
    Processing,
    /// It stands in its place.
    Completed,
}

/// Who steers a vehicle into its place.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ParkingMethod {
    /// The vehicle.
    AutoParking,
    /// The driver, guided by a camera.
    #[serde(rename = "MVGuideManual")]
    MvGuideManual,
    /// The driver alone.
    Manual,
}

/// The station's answer: where the place is. What is missing is not known, or nobody needs it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct VehicleCheckInRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Which place, or where it begins. The schema has no unit.
    #[serde(rename = "ParkingSpace")]
    pub parking_space: Option<i16>,
    /// Where the station's charging device is.
    #[serde(rename = "DeviceLocation")]
    pub device_location: Option<i16>,
    /// How far the vehicle still has to go.
    #[serde(rename = "TargetDistance")]
    pub target_distance: Option<i16>,
}

/// From a vehicle that leaves an automatic connection. Repeated while its status is not Completed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct VehicleCheckOutReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How far it is.
    #[serde(rename = "EVCheckOutStatus")]
    pub ev_check_out_status: EvCheckOutStatus,
    /// When it wants to leave, in seconds since 1970-01-01 UTC.
    #[serde(rename = "CheckOutTime")]
    pub check_out_time: u64,
}

/// How far a vehicle is with its departure.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum EvCheckOutStatus {
    /// It begins.
    CheckOut,
    /// It is on its way.
    Processing,
    /// It has left its place.
    Completed,
}

/// The station's answer: whether the vehicle may leave.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct VehicleCheckOutRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// How far the station is.
    #[serde(rename = "EVSECheckOutStatus")]
    pub evse_check_out_status: EvseCheckOutStatus,
}

/// How far a station is with a departure.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum EvseCheckOutStatus {
    /// It knows, and is not ready yet.
    Scheduled,
    /// The vehicle is free to go.
    Completed,
}
