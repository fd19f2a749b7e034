//! The lines that a limit is for: a limit in amperes is a view of one in watts, and the other way round.

use units::{Milliamps, Millivolts, PhaseCount, Watts};

use crate::lines::{Lines, LinesInUse};

/// The lines that a limit is for: those of the outlet, and what is known of the car.
#[derive(Clone, Copy, Debug)]
pub struct Supplied {
    /// Nominal, line to neutral.
    pub voltage: Millivolts,
    /// The lines of the outlet.
    pub outlet: Lines,
    /// Those the car draws from.
    pub car: LinesInUse,
}

impl Supplied {
    /// The power of such a current on every line of the outlet, at the nominal voltage, with its sign.
    #[must_use]
    pub fn power(&self, current: Milliamps) -> Watts {
        let lines = i64::from(self.outlet.count().map_or(0, PhaseCount::count));
        // Two 32-bit numbers and three lines fit into 64 bit.
        let watts = i64::from(current.0) * i64::from(self.voltage.0.max(0)) / 1_000_000 * lines;
        Watts(watts.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
    }
}

/// What a power leaves each of so many lines at that voltage. What is below zero leaves nothing.
pub(crate) fn line_current(power: Watts, voltage: Millivolts, lines: PhaseCount) -> Milliamps {
    // A watt by a millivolt is a thousand amperes, a million milliamperes; in 64 bit no profile overflows it.
    let current = i64::from(power.0.max(0)) * 1_000_000 / i64::from(voltage.0.max(1)) / i64::from(lines.count());
    Milliamps(i32::try_from(current).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amperes_and_watts_are_views_of_each_other() {
        let voltage = Millivolts::from_volts(230);
        for (lines, watts) in [(PhaseCount::One, 7_360), (PhaseCount::Three, 22_080)] {
            let supplied = Supplied { voltage, outlet: Lines::first(lines), car: LinesInUse::Unknown };
            let current = Milliamps::from_amps(32);
            assert_eq!((supplied.power(current), supplied.power(-current)), (Watts(watts), Watts(-watts)));
            assert_eq!(line_current(Watts(watts), voltage, lines), current);
        }
        let most = Supplied {
            voltage: Millivolts(i32::MAX),
            outlet: Lines::first(PhaseCount::Three),
            car: LinesInUse::Unknown,
        };
        assert_eq!(
            (most.power(Milliamps(i32::MAX)), most.power(Milliamps(i32::MIN))),
            (Watts(i32::MAX), Watts(i32::MIN))
        );
        assert_eq!(line_current(Watts(i32::MAX), Millivolts::ZERO, PhaseCount::One), Milliamps(i32::MAX));
        assert_eq!(line_current(Watts(-3_000), voltage, PhaseCount::One), Milliamps::ZERO);
    }
}
