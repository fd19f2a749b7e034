//! Energy and state of charge.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// Energy in thousandths of a watt-hour: fine enough that a register read each second still closes the energy balance.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct MilliwattHours(pub i64);

impl MilliwattHours {
    /// No energy.
    pub const ZERO: Self = Self(0);

    /// Whole watt-hours.
    #[must_use]
    pub const fn from_watt_hours(wh: i64) -> Self {
        Self(wh.saturating_mul(1000))
    }

    /// The value in watt-hours, for displays and OCPP.
    #[must_use]
    pub fn watt_hours(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The value in kilowatt-hours, for displays.
    #[must_use]
    pub fn kilowatt_hours(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Add for MilliwattHours {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl Sub for MilliwattHours {
    type Output = Self;
    fn sub(self, rhs: Self) -> Self {
        Self(self.0.saturating_sub(rhs.0))
    }
}

impl AddAssign for MilliwattHours {
    fn add_assign(&mut self, rhs: Self) {
        *self = *self + rhs;
    }
}

impl fmt::Display for MilliwattHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} kWh", self.kilowatt_hours())
    }
}

/// State of charge in hundredths of a percent, 0 to 10 000.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Soc(u16);

impl Soc {
    /// A full battery.
    pub const FULL: Self = Self(10_000);

    /// Whole percent; `None` above 100.
    #[must_use]
    pub const fn from_percent(percent: u16) -> Option<Self> {
        if percent <= 100 { Some(Self(percent * 100)) } else { None }
    }

    /// A fraction from 0 to 1; values outside are clamped.
    #[must_use]
    pub fn from_fraction(fraction: f64) -> Self {
        Self((fraction.clamp(0.0, 1.0) * 10_000.0) as u16)
    }

    /// The fraction from 0 to 1.
    #[must_use]
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }

    /// The value in percent.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl TryFrom<u16> for Soc {
    type Error = &'static str;
    fn try_from(value: u16) -> Result<Self, Self::Error> {
        if value <= 10_000 {
            Ok(Self(value))
        } else {
            Err("a state of charge is at most 10000 hundredths of a percent")
        }
    }
}

impl From<Soc> for u16 {
    fn from(soc: Soc) -> Self {
        soc.0
    }
}

impl fmt::Display for Soc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} %", self.percent())
    }
}
