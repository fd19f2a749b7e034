//! The DC power supply: one rectifier, or several that act as one.

use serde::{Deserialize, Serialize};
use units::{Milliamps, Millivolts, Watts};

use crate::HardwareError;

/// What a supply can do, as it says itself.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SupplyCapabilities {
    /// The lowest voltage it regulates to while it is on.
    pub min_voltage: Millivolts,
    /// The highest voltage.
    pub max_voltage: Millivolts,
    /// The highest current.
    pub max_current: Milliamps,
    /// The highest power.
    pub max_power: Watts,
}

/// What a supply is to hold: the voltage, unless the load would take more than the current.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct SupplyTarget {
    /// At its output.
    pub voltage: Millivolts,
    /// Not more than this.
    pub current: Milliamps,
}

/// What a supply measures at its output.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct SupplyReading {
    /// At its output.
    pub voltage: Millivolts,
    /// Out of the supply; negative while a bidirectional one feeds the grid.
    pub current: Milliamps,
    /// Whether it is switched on.
    pub on: bool,
}

/// A DC power supply as the charger needs it. In any order: a supply that is set before or after it is switched on does the
/// same.
pub trait PowerSupplyDc {
    /// What may go wrong at the supply.
    type Error: HardwareError;

    /// Asks what it can do. Returns within [`bounds::SUPPLY_SET`](crate::bounds::SUPPLY_SET).
    async fn capabilities(&mut self) -> Result<SupplyCapabilities, Self::Error>;

    /// Sets what it is to hold. Outside of what it can do is [`crate::ErrorKind::Refused`]. Returns within
    /// [`bounds::SUPPLY_SET`](crate::bounds::SUPPLY_SET).
    async fn set(&mut self, target: SupplyTarget) -> Result<(), Self::Error>;

    /// Switches its output on or off. Off is zero volts as fast as it can, and returns within
    /// [`bounds::SUPPLY_OFF`](crate::bounds::SUPPLY_OFF); on returns within [`bounds::SUPPLY_SET`](crate::bounds::SUPPLY_SET).
    async fn switch(&mut self, on: bool) -> Result<(), Self::Error>;

    /// Reads its output. Also its sign of life from us: a supply that hears nothing for long switches itself off.
    /// Returns within [`bounds::SUPPLY_READ`](crate::bounds::SUPPLY_READ).
    async fn read(&mut self) -> Result<SupplyReading, Self::Error>;
}

impl<T: PowerSupplyDc> PowerSupplyDc for &mut T {
    type Error = T::Error;

    async fn capabilities(&mut self) -> Result<SupplyCapabilities, Self::Error> {
        T::capabilities(self).await
    }

    async fn set(&mut self, target: SupplyTarget) -> Result<(), Self::Error> {
        T::set(self, target).await
    }

    async fn switch(&mut self, on: bool) -> Result<(), Self::Error> {
        T::switch(self, on).await
    }

    async fn read(&mut self) -> Result<SupplyReading, Self::Error> {
        T::read(self).await
    }
}
