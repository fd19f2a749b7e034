//! The insulation monitor between the DC lines and earth.

use serde::{Deserialize, Serialize};
use units::{Millivolts, Ohms};

use crate::HardwareError;

/// What an insulation monitor measures.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct InsulationReading {
    /// Of both lines to earth; `None` while it has no valid value. What it cannot resolve upwards it reports as its highest.
    pub resistance: Option<Ohms>,
    /// Between the lines.
    pub voltage: Millivolts,
}

/// An insulation monitor as the charger needs it.
pub trait InsulationMonitor {
    /// What may go wrong at the monitor.
    type Error: HardwareError;

    /// Begins or ends measuring. Two monitors on one circuit disturb each other: while the car measures, ours does not.
    /// Returns within [`bounds::INSULATION_MEASURE`](crate::bounds::INSULATION_MEASURE).
    async fn measure(&mut self, on: bool) -> Result<(), Self::Error>;

    /// Reads its values. Returns within [`bounds::INSULATION_READ`](crate::bounds::INSULATION_READ).
    async fn read(&mut self) -> Result<InsulationReading, Self::Error>;

    /// Has it test itself; returns when the test has ended, within
    /// [`bounds::INSULATION_TEST`](crate::bounds::INSULATION_TEST). A test that failed is [`crate::ErrorKind::Refused`].
    async fn self_test(&mut self) -> Result<(), Self::Error>;
}

impl<T: InsulationMonitor> InsulationMonitor for &mut T {
    type Error = T::Error;

    async fn measure(&mut self, on: bool) -> Result<(), Self::Error> {
        T::measure(self, on).await
    }

    async fn read(&mut self) -> Result<InsulationReading, Self::Error> {
        T::read(self).await
    }

    async fn self_test(&mut self) -> Result<(), Self::Error> {
        T::self_test(self).await
    }
}
