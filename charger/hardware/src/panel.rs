//! What the driver sees at the charger.

use serde::{Deserialize, Serialize};
use units::{Milliamps, MilliwattHours, Watts};

use crate::HardwareError;

/// The one message the panel gives.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Sign {
    /// Free: plug in or hold a card.
    Available,
    /// A token is being checked.
    Checking,
    /// The token is good: plug in.
    Authorized,
    /// A car is there: hold a card.
    PresentToken,
    /// The token was refused.
    Refused,
    /// All is set; the car has not asked for power yet.
    Ready,
    /// Power flows.
    Charging,
    /// The car paused.
    PausedByCar,
    /// The charger paused: no energy to give.
    PausedByCharger,
    /// Done: take the plug.
    Finished,
    /// Held for another driver.
    Reserved,
    /// Out of service.
    Unavailable,
    /// A fault is present.
    Faulted,
}

/// All that is on the panel.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Screen {
    /// The message.
    pub sign: Sign,
    /// Energy of this session.
    pub energy: MilliwattHours,
    /// Power now.
    pub power: Watts,
    /// The current the car may take.
    pub limit: Milliamps,
    /// What is wrong, in words for the driver; empty when nothing is.
    pub note: String,
}

/// A panel as the charger needs it.
pub trait Panel {
    /// What may go wrong at the panel.
    type Error: HardwareError;

    /// Shows a screen until the next one. Returns within [`bounds::PANEL_SHOW`](crate::bounds::PANEL_SHOW).
    async fn show(&mut self, screen: &Screen) -> Result<(), Self::Error>;
}

impl<T: Panel> Panel for &mut T {
    type Error = T::Error;

    async fn show(&mut self, screen: &Screen) -> Result<(), Self::Error> {
        T::show(self, screen).await
    }
}
