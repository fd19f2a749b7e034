//! Meters: at the charger's outlet, and at the house connection.

use serde::{Deserialize, Serialize};
use units::{Milliamps, Millihertz, Millivolts, MilliwattHours, PerPhase, Watts};

use crate::HardwareError;

/// One consistent set of measurements.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct MeterReading {
    /// Line current, root mean square; negative when power flows out of the car.
    pub current: PerPhase<Milliamps>,
    /// Line to neutral.
    pub voltage: PerPhase<Millivolts>,
    /// Active power; negative when it flows out of the car.
    pub power: PerPhase<Watts>,
    /// Mains frequency.
    pub frequency: Millihertz,
    /// Register of the energy delivered to the car; never falls.
    pub import: MilliwattHours,
    /// Register of the energy taken from the car; never falls.
    pub export: MilliwattHours,
}

/// A meter as the charger needs it.
pub trait Meter {
    /// What may go wrong at the meter.
    type Error: HardwareError;

    /// Reads all values once. Returns within [`bounds::METER_READ`](crate::bounds::METER_READ).
    async fn read(&mut self) -> Result<MeterReading, Self::Error>;
}

impl<T: Meter> Meter for &mut T {
    type Error = T::Error;

    async fn read(&mut self) -> Result<MeterReading, Self::Error> {
        T::read(self).await
    }
}
