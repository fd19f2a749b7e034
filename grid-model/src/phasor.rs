//! Complex numbers for voltages and currents.

use std::ops::{Add, Mul, Sub};

/// A phasor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Phasor {
    pub(crate) re: f64,
    pub(crate) im: f64,
}

impl Phasor {
    pub(crate) const ZERO: Self = Self { re: 0.0, im: 0.0 };

    /// By magnitude and angle in degrees.
    pub(crate) fn polar(magnitude: f64, degrees: f64) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Self { re: magnitude * cos, im: magnitude * sin }
    }

    pub(crate) fn magnitude(self) -> f64 {
        // No number here is so large or so small that its square is not one; and this is the same on every machine.
        (self.re * self.re + self.im * self.im).sqrt()
    }

    /// The real part of this voltage times the conjugate of that current: power.
    pub(crate) fn power(self, current: Self) -> f64 {
        self.re * current.re + self.im * current.im
    }

    pub(crate) fn scale(self, by: f64) -> Self {
        Self { re: self.re * by, im: self.im * by }
    }

    /// The current of a load that takes so many watts and var at this voltage. Below half the nominal voltage a load takes
    /// what an impedance would: no supply can feed a constant power into nothing.
    pub(crate) fn current_of(self, watts: f64, var: f64, nominal: f64) -> Self {
        let square = self.magnitude().max(nominal / 2.0).powi(2);
        // conj(S / V) = conj(S) V / |V|^2
        Self { re: (watts * self.re + var * self.im) / square, im: (watts * self.im - var * self.re) / square }
    }
}

impl Add for Phasor {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self { re: self.re + rhs.re, im: self.im + rhs.im }
    }
}

impl Sub for Phasor {
    type Output = Self;
    fn sub(self, rhs: Self) -> Self {
        Self { re: self.re - rhs.re, im: self.im - rhs.im }
    }
}

impl Mul for Phasor {
    type Output = Self;
    fn mul(self, rhs: Self) -> Self {
        Self { re: self.re * rhs.re - self.im * rhs.im, im: self.re * rhs.im + self.im * rhs.re }
    }
}
