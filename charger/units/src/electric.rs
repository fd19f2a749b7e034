//! Electrical quantities: current, voltage, frequency, resistance, power.

use core::fmt;
use core::iter::Sum;
use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// Declares a signed whole-number quantity with the arithmetic that keeps its unit.
macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub i32);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(0);

            /// The distance from zero.
            #[must_use]
            pub const fn abs(self) -> Self {
                Self(self.0.saturating_abs())
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, rhs: Self) -> Self {
                Self(self.0.saturating_add(rhs.0))
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, rhs: Self) -> Self {
                Self(self.0.saturating_sub(rhs.0))
            }
        }

        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(self.0.saturating_neg())
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, rhs: Self) {
                *self = *self + rhs;
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, rhs: Self) {
                *self = *self - rhs;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, Add::add)
            }
        }
    };
}

quantity! {
    /// Current in microamperes: residual currents, where 6 mA is the limit.
    Microamps
}
quantity! {
    /// Current in milliamperes, root mean square on an AC line. Negative: out of the car.
    Milliamps
}
quantity! {
    /// Mains frequency in millihertz.
    Millihertz
}
quantity! {
    /// Voltage in millivolts; signed because the control pilot swings to -12 V.
    Millivolts
}
quantity! {
    /// Resistance in ohms.
    Ohms
}
quantity! {
    /// Active power in watts. Negative: out of the car.
    Watts
}

impl Milliamps {
    /// Whole amperes.
    #[must_use]
    pub const fn from_amps(amps: i32) -> Self {
        Self(amps.saturating_mul(1000))
    }

    /// The value in amperes, for models and displays.
    #[must_use]
    pub fn amps(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl Millivolts {
    /// Whole volts.
    #[must_use]
    pub const fn from_volts(volts: i32) -> Self {
        Self(volts.saturating_mul(1000))
    }

    /// The value in volts, for models and displays.
    #[must_use]
    pub fn volts(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl Watts {
    /// The value in kilowatts, for displays.
    #[must_use]
    pub fn kilowatts(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl fmt::Display for Milliamps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} A", self.amps())
    }
}

impl fmt::Display for Microamps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} mA", f64::from(self.0) / 1000.0)
    }
}

impl fmt::Display for Millivolts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} V", self.volts())
    }
}

impl fmt::Display for Millihertz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} Hz", f64::from(self.0) / 1000.0)
    }
}

impl fmt::Display for Ohms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ohm", self.0)
    }
}

impl fmt::Display for Watts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} kW", self.kilowatts())
    }
}
