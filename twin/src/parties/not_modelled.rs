//! A party of which this world has no model.

use units::EvseId;

/// A party of which this world has no model: nothing can be done to it here, and nothing measured of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotModelled {
    /// No car stands at that EVSE.
    #[error("there is no car at EVSE {0}")]
    NoCar(EvseId),
    /// No charger stands in this world.
    #[error("there is no charger")]
    NoCharger,
    /// The car at that EVSE takes no direct current.
    #[error("the car at EVSE {0} has no inlet for direct current")]
    NoDcInlet(EvseId),
    /// No modem is at either end of the cable of that EVSE.
    #[error("charger and car do not both have a PLC modem at EVSE {0}")]
    NoModems(EvseId),
    /// The car is somebody else's.
    #[error("the car at EVSE {0} is a real one: nothing of it is modelled")]
    RealCar(EvseId),
    /// The charger is a real one, and so is everything around it.
    #[error("the charger is a real one: nothing around it is modelled")]
    RealCharger,
}
