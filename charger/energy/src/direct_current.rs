//! How much direct current may flow between a supply and a car.

use hardware::SupplyCapabilities;
use units::{Milliamps, Millivolts, Watts};

use crate::bound::{BothWays, Bound};
use crate::source::{LimitReason, LimitSource};

/// How much direct current may flow, each with whose limit it is and why.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DcLimits {
    /// Less the supply does not hold.
    pub min_voltage: Bound<Millivolts>,
    /// The highest that may come.
    pub max_voltage: Bound<Millivolts>,
    /// At whatever voltage. Out of the car nothing, for no supply says yet that it can take it: that comes with ISO 15118-20
    /// (BPT), whose messages have both.
    pub current: BothWays<Bound<Milliamps>>,
    /// At whatever voltage; likewise.
    pub power: BothWays<Bound<Watts>>,
}

impl DcLimits {
    /// No DC charger has more, whatever its supply says: with this bound no product overflows.
    const MOST: (Millivolts, Milliamps) = (Millivolts::from_volts(2_000), Milliamps::from_amps(4_000));

    /// What the supply can do, as it says itself.
    #[must_use]
    pub fn of_supply(can: &SupplyCapabilities) -> Self {
        const BY: LimitSource = LimitSource::Supply;
        const WHY: LimitReason = LimitReason::Rating;
        Self {
            min_voltage: Bound::import(can.min_voltage.min(Self::MOST.0), BY, WHY),
            max_voltage: Bound::import(can.max_voltage.min(Self::MOST.0), BY, WHY),
            current: BothWays {
                import: Bound::import(can.max_current.min(Self::MOST.1), BY, WHY),
                export: Bound::nothing(BY, LimitReason::NotBidirectional),
            },
            power: BothWays {
                import: Bound::import(can.max_power, BY, WHY),
                export: Bound::nothing(BY, LimitReason::NotBidirectional),
            },
        }
    }

    /// For a car that can take no more than this; power `None`: as voltage and current say.
    #[must_use]
    pub fn for_car(mut self, voltage: Millivolts, current: Milliamps, power: Option<Watts>) -> Self {
        const BY: LimitSource = LimitSource::Car;
        const WHY: LimitReason = LimitReason::Needs;
        self.max_voltage = self.max_voltage.tighter(Bound::import(voltage, BY, WHY));
        self.current.import = self.current.import.tighter(Bound::import(current, BY, WHY));
        if let Some(power) = power {
            self.power.import = self.power.import.tighter(Bound::import(power, BY, WHY));
        }
        self
    }

    /// Where the AC lines leave the supply no more than this. It draws a tenth more than it gives.
    #[must_use]
    pub fn behind(mut self, lines: Bound<Watts>) -> Self {
        let given = i64::from(lines.value().0) * 10 / 11;
        // Less than what was in 32 bit.
        let given = lines.read_as(Watts(given as i32));
        self.power.import = self.power.import.tighter(given);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAN: SupplyCapabilities = SupplyCapabilities {
        min_voltage: Millivolts::from_volts(150),
        max_voltage: Millivolts::from_volts(920),
        max_current: Milliamps::from_amps(100),
        max_power: Watts(30_000),
    };

    fn story(limits: DcLimits) -> String {
        let DcLimits { min_voltage, max_voltage, current, power } = limits;
        let mut story = format!("{} by {:?}, ", min_voltage.value(), min_voltage.by());
        story += &format!("{} by {:?}, ", max_voltage.value(), max_voltage.by());
        story += &format!("{} by {:?}, ", current.import.value(), current.import.by());
        story + &format!("{} by {:?}: {:?}", power.import.value(), power.import.by(), power.import.why())
    }

    #[test]
    fn each_limit_says_whose_it_is() {
        let supply = DcLimits::of_supply(&CAN);
        assert_eq!(
            story(supply),
            "150.0 V by Supply, 920.0 V by Supply, 100.0 A by Supply, 30.00 kW by Supply: Rating"
        );
        let car = supply.for_car(Millivolts::from_volts(800), Milliamps::from_amps(60), None);
        assert_eq!(story(car), "150.0 V by Supply, 800.0 V by Car, 60.0 A by Car, 30.00 kW by Supply: Rating");
        let lines = Bound::import(Watts(22_000), LimitSource::Site, LimitReason::HouseLoad);
        assert_eq!(
            story(car.behind(lines)),
            "150.0 V by Supply, 800.0 V by Car, 60.0 A by Car, 20.00 kW by Site: HouseLoad"
        );
        let small =
            supply.behind(lines).for_car(Millivolts::from_volts(920), Milliamps::from_amps(100), Some(Watts(9_000)));
        assert_eq!(story(small), "150.0 V by Supply, 920.0 V by Supply, 100.0 A by Supply, 9.00 kW by Car: Needs");
    }

    #[test]
    fn nothing_flows_out_of_a_car_and_nothing_odd_makes_a_limit_of_the_wrong_sign() {
        let supply = DcLimits::of_supply(&CAN);
        for export in [supply.current.export.value().0, supply.power.export.value().0] {
            assert_eq!(export, 0);
        }
        assert_eq!(supply.current.export.why(), LimitReason::NotBidirectional);
        let odd = supply.for_car(Millivolts(i32::MAX), Milliamps(i32::MIN), Some(Watts(i32::MIN)));
        assert_eq!(story(odd), "150.0 V by Supply, 920.0 V by Supply, 0.0 A by Car, 0.00 kW by Car: Needs");
        let huge = SupplyCapabilities { max_voltage: Millivolts(i32::MAX), max_current: Milliamps(i32::MAX), ..CAN };
        let huge = DcLimits::of_supply(&huge);
        assert_eq!((huge.max_voltage.value().0, huge.current.import.value().0), (2_000_000, 4_000_000));
    }
}
