//! Who takes part in a world, besides the house and its grid: each of them is inside of this process, outside of it, or not there.
//!
//! | party | inside | outside | none |
//! |---|---|---|---|
//! | [the charger](ChargerChoice) | its services run here, on simulated backends | somewhere else, on wires | the cars are alone: nothing answers at their plugs |
//! | [the car](CarChoice) at each EVSE | a model, made from its profile | a real one, or somebody else's simulator | its place is empty |
//! | [the CSMS](CsmsChoice) | simulated | a real one, over a socket | the charger is on its own |
//!
//! What is modelled follows from them. At the terminals of a charger outside there are models on wires; but where the cars are
//! outside too, everything there is real: that is a bench. A real plug fits no model, and a modelled one no real outlet.

mod car;
mod charger;
mod csms;
mod not_modelled;

use units::EvseId;

pub use car::CarChoice;
pub use charger::{ChargerChoice, HostMaker};
pub use csms::CsmsChoice;
pub use not_modelled::NotModelled;

/// Parties that cannot meet.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PartiesError {
    /// A real plug in a modelled outlet.
    #[error("the car at EVSE {0} is a real one: it needs a real charger")]
    NoRealCharger(EvseId),
    /// Real cars beside modelled ones: the outlets of a charger are all real, or none of them is.
    #[error("the car at EVSE {0} is a real one, and another one is not: at a real charger no car is a model")]
    RealAmongModels(EvseId),
}

/// Whether these can meet.
///
/// # Errors
/// Who cannot.
pub(crate) fn can_meet<'a>(
    charger: &ChargerChoice,
    cars: impl Iterator<Item = (EvseId, &'a CarChoice)> + Clone,
) -> Result<(), PartiesError> {
    let is_outside = |car: &CarChoice| matches!(car, CarChoice::Outside);
    let Some((first, _)) = cars.clone().find(|(_, car)| is_outside(car)) else { return Ok(()) };
    match charger {
        ChargerChoice::Inside | ChargerChoice::None => Err(PartiesError::NoRealCharger(first)),
        ChargerChoice::Outside(_) if cars.clone().all(|(_, car)| is_outside(car)) => Ok(()),
        ChargerChoice::Outside(_) => Err(PartiesError::RealAmongModels(first)),
    }
}

/// Whether the outlets of the charger are models; its parties can meet.
pub(crate) fn has_modelled_outlets<'a>(charger: &ChargerChoice, mut cars: impl Iterator<Item = &'a CarChoice>) -> bool {
    match charger {
        ChargerChoice::Inside => true,
        ChargerChoice::Outside(_) => !cars.any(|car| matches!(car, CarChoice::Outside)),
        ChargerChoice::None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::TwinError;
    use vehicle_model::Profile;

    fn outside() -> ChargerChoice {
        ChargerChoice::Outside(HostMaker::new(|_| Err(TwinError::Charger("it is made nowhere".into()))))
    }

    fn meet(charger: &ChargerChoice, cars: &[CarChoice]) -> Result<bool, PartiesError> {
        let numbered = EvseId::of_station(u16::MAX).zip(cars);
        can_meet(charger, numbered).map(|()| has_modelled_outlets(charger, cars.iter()))
    }

    #[test]
    fn what_is_modelled_follows_from_who_is_there() {
        let zoe = || CarChoice::Inside(Profile::builtin("renault-zoe").expect("a car"));
        let two = EvseId::new(2).expect("a number");
        for (charger, cars, modelled) in [
            (ChargerChoice::Inside, vec![zoe(), CarChoice::None], Ok(true)),
            (outside(), vec![zoe(), zoe()], Ok(true)),
            // An empty place at a charger on wires is one of this world.
            (outside(), vec![CarChoice::None], Ok(true)),
            // A bench.
            (outside(), vec![CarChoice::Outside, CarChoice::Outside], Ok(false)),
            (ChargerChoice::None, vec![zoe(), CarChoice::None], Ok(false)),
            (ChargerChoice::Inside, vec![zoe(), CarChoice::Outside], Err(PartiesError::NoRealCharger(two))),
            (ChargerChoice::None, vec![CarChoice::None, CarChoice::Outside], Err(PartiesError::NoRealCharger(two))),
            (outside(), vec![zoe(), CarChoice::Outside], Err(PartiesError::RealAmongModels(two))),
            (outside(), vec![CarChoice::None, CarChoice::Outside], Err(PartiesError::RealAmongModels(two))),
        ] {
            assert_eq!(meet(&charger, &cars), modelled, "{charger:?} {cars:?}");
        }
    }
}
