//! Where the parts of the world are: whoever asks for one need not search for it.

use bevy_ecs::component::Mutable;
use bevy_ecs::prelude::*;

use super::{
    Evse, HouseMeter, HouseSupply, Inbox, OutletFeed, OutletMeter, PilotStage, PowerBoard, PowerPath, Vehicle,
};

/// The entities at one EVSE.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) evse: Entity,
    pub(super) car: Entity,
}

/// Which of them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Car,
    Evse,
}

impl At {
    pub(super) const fn of(&self, place: Place) -> Entity {
        match place {
            Place::Car => self.car,
            Place::Evse => self.evse,
        }
    }
}

/// A component that there is once at each EVSE, and the place there that has it.
pub(crate) trait Part: Component<Mutability = Mutable> {
    const PLACE: Place;
}

impl Part for Evse {
    const PLACE: Place = Place::Evse;
}

impl Part for Inbox {
    const PLACE: Place = Place::Evse;
}

impl Part for OutletFeed {
    const PLACE: Place = Place::Evse;
}

impl Part for OutletMeter {
    const PLACE: Place = Place::Evse;
}

impl Part for PilotStage {
    const PLACE: Place = Place::Evse;
}

impl Part for PowerBoard {
    const PLACE: Place = Place::Evse;
}

impl Part for PowerPath {
    const PLACE: Place = Place::Evse;
}

impl Part for Vehicle {
    const PLACE: Place = Place::Car;
}

/// A component that there is once, at the house connection.
pub(crate) trait SitePart: Component<Mutability = Mutable> {}

impl SitePart for HouseMeter {}
impl SitePart for HouseSupply {}
