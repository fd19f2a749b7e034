//! How the lines of an outlet are connected to those of the house.

use units::{PerPhase, Phase};

/// Which line of the house each line of the outlet is. Outlets are wired in rotation, so that cars that use L1 alone load all
/// three lines of a house.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wiring(PerPhase<Phase>);

impl Default for Wiring {
    /// L1 is L1.
    fn default() -> Self {
        Self(PerPhase(Phase::ALL))
    }
}

impl Wiring {
    /// In rotation: that line of the outlet is that line of the house, and the others follow in the order L1, L2, L3.
    #[must_use]
    pub fn in_rotation(outlet: Phase, house: Phase) -> Self {
        let turn = (house as usize + 3 - outlet as usize) % 3;
        Self(PerPhase(std::array::from_fn(|line| Phase::ALL[(line + turn) % 3])))
    }

    /// Values of the house's lines, at the outlet.
    #[must_use]
    pub fn at_outlet<T: Copy>(&self, house: PerPhase<T>) -> PerPhase<T> {
        self.0.map(|line| house[line])
    }

    /// Values of the outlet's lines, in the house.
    #[must_use]
    pub fn in_house<T: Copy + Default>(&self, outlet: PerPhase<T>) -> PerPhase<T> {
        let mut house = PerPhase::default();
        for line in Phase::ALL {
            house[self.0[line]] = outlet[line];
        }
        house
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_through_the_wall_comes_back_the_same() {
        let values = PerPhase([1, 2, 3]);
        assert_eq!(Wiring::default().at_outlet(values), values);
        for outlet in Phase::ALL {
            for house in Phase::ALL {
                let wiring = Wiring::in_rotation(outlet, house);
                assert_eq!(wiring.at_outlet(PerPhase(Phase::ALL))[outlet], house);
                assert_eq!(wiring.at_outlet(wiring.in_house(values)), values);
            }
        }
        let second = Wiring::in_rotation(Phase::L1, Phase::L2);
        assert_eq!(second.at_outlet(PerPhase(Phase::ALL)), PerPhase([Phase::L2, Phase::L3, Phase::L1]));
    }
}
