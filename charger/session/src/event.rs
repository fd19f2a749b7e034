//! What happens in a session, in the words that charging software uses for it.

use serde::{Deserialize, Serialize};
use units::{Milliamps, MilliwattHours};

use super::accessory::Accessory;
use super::trouble::Trouble;
use energy::Bound;

/// Why the charger itself holds the energy back.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum PauseReason {
    /// Something is wrong.
    Error,
    /// There is no energy to give: the limit is below what a car can use.
    NoEnergy,
    /// The CSMS rejected the token afterwards.
    Rejected,
}

/// One event of a session.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "name")]
pub enum SessionEvent {
    /// A device without which the outlet still charges is there again.
    AccessoryFound {
        /// Which.
        accessory: Accessory,
    },
    /// A device without which the outlet still charges is lost.
    AccessoryLost {
        /// Which.
        accessory: Accessory,
        /// Why, for a person.
        why: String,
    },
    /// The driver must be authorized.
    AuthRequired,
    /// The driver is authorized.
    Authorized {
        /// The token.
        token: String,
    },
    /// No more energy in this session.
    ChargingFinished,
    /// The car does not take what it is offered.
    ChargingPausedEV,
    /// The charger holds the energy back.
    ChargingPausedEVSE {
        /// Why.
        reason: PauseReason,
    },
    /// The contactor closes unusually often for this car.
    ContactorBusy {
        /// How often it has closed.
        closings: u16,
    },
    /// Power flows for the first time in this session.
    ChargingStarted,
    /// The authorization is gone.
    Deauthorized,
    /// The outlet is out of service.
    Disabled,
    /// The outlet is in service.
    Enabled,
    /// A fault is gone.
    FaultCleared {
        /// Which.
        fault: Trouble,
    },
    /// A fault is there.
    FaultDetected {
        /// Which.
        fault: Trouble,
        /// Its number in the ChargeX list of minimum required error codes, if it has one.
        mrec: Option<u8>,
        /// More of it, for a person.
        detail: String,
    },
    /// Each line may carry this into the car from now on; below 6 A it cannot charge at all. Told when it is another current, or
    /// somebody else's.
    LimitChanged(Bound<Milliamps>),
    /// A token came first, and no car followed in time.
    PluginTimeout,
    /// Everything is set; the car may ask for power.
    PrepareCharging,
    /// The outlet is held for a driver.
    ReservationStart {
        /// The reservation.
        id: i32,
    },
    /// The outlet is no longer held.
    ReservationEnd {
        /// The reservation.
        id: i32,
    },
    /// The car is gone.
    SessionFinished,
    /// Power flows again after a pause.
    SessionResumed,
    /// A car is there.
    SessionStarted,
    /// The charger asked the car to stop.
    StoppingCharging,
    /// The token was refused.
    TokenRefused {
        /// The token.
        token: String,
        /// Who refused it and why.
        why: String,
    },
    /// The transaction is over.
    TransactionFinished {
        /// Its identifier.
        transaction: String,
        /// What the car got.
        energy: MilliwattHours,
    },
    /// A transaction goes on after its power board or the host was away.
    TransactionResumed {
        /// Its identifier.
        transaction: String,
    },
    /// A transaction runs.
    TransactionStarted {
        /// Its identifier.
        transaction: String,
    },
}
