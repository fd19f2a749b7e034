//! What car and station tell each other beside the matter of a message.

use serde::{Deserialize, Serialize};

use super::rational_number::RationalNumber;

/// What the car shows to its driver, for the station's display; a missing value is not known.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DisplayParameters {
    /// State of charge now, 0 to 100 percent.
    #[serde(rename = "PresentSOC")]
    pub present_soc: Option<i8>,
    /// The least that the driver wants to have, 0 to 100 percent.
    #[serde(rename = "MinimumSOC")]
    pub minimum_soc: Option<i8>,
    /// Wanted at departure, 0 to 100 percent.
    #[serde(rename = "TargetSOC")]
    pub target_soc: Option<i8>,
    /// Where charging ends, 0 to 100 percent.
    #[serde(rename = "MaximumSOC")]
    pub maximum_soc: Option<i8>,
    /// Until the minimum is reached, in s.
    #[serde(rename = "RemainingTimeToMinimumSOC")]
    pub remaining_time_to_minimum_soc: Option<u32>,
    /// Until the target is reached, in s.
    #[serde(rename = "RemainingTimeToTargetSOC")]
    pub remaining_time_to_target_soc: Option<u32>,
    /// Until the maximum is reached, in s.
    #[serde(rename = "RemainingTimeToMaximumSOC")]
    pub remaining_time_to_maximum_soc: Option<u32>,
    /// The car needs no more energy.
    #[serde(rename = "ChargingComplete")]
    pub charging_complete: Option<bool>,
    /// Of the whole battery, in Wh.
    #[serde(rename = "BatteryEnergyCapacity")]
    pub battery_energy_capacity: Option<RationalNumber>,
    /// The inlet is too warm, so that the car has lowered its power.
    #[serde(rename = "InletHot")]
    pub inlet_hot: Option<bool>,
}

/// Something that the station wants the car to do. If it is missing, there is nothing to do.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EvseStatus {
    /// How long the car may take until it complies, in s; 0 is at once.
    #[serde(rename = "NotificationMaxDelay")]
    pub notification_max_delay: u16,
    /// What it has to do.
    #[serde(rename = "EVSENotification")]
    pub evse_notification: EvseNotification,
}

/// What a station can ask of a car. There is no word for "nothing": the status is left out then.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum EvseNotification {
    /// End the power delivery and pause the session.
    Pause,
    /// Come back from standby to charging.
    ExitStandby,
    /// End the power delivery and the session.
    Terminate,
    /// Agree on a new schedule, in the same session and without a stop.
    ScheduleRenegotiation,
    /// Stop charging and choose services anew, without a new authorization.
    ServiceRenegotiation,
    /// Send a MeteringConfirmationReq with the last reading.
    MeteringConfirmation,
}

/// Whether the sender is done with this step; Ongoing makes the car repeat its request.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Processing {
    /// Done: the next step may come.
    Finished,
    /// Not done yet. The car asks again, until its own time runs out (60 s for most steps).
    Ongoing,
    /// Not done yet, because somebody has to act, as by showing a badge. Only a station has a use for it.
    #[serde(rename = "Ongoing_WaitingForCustomerInteraction")]
    OngoingWaitingForCustomerInteraction,
}
