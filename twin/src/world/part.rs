//! Where the parts of the world are: whoever asks for one need not search for it.

use bevy_ecs::component::Mutable;
use bevy_ecs::prelude::*;

use super::{HouseSupply, Meters, OutletFeed, PilotStage, PowerBoard, PowerPath, Vehicle};

/// The entities of the world, one of each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) car: Entity,
    pub(super) evse: Entity,
    pub(super) connection: Entity,
    pub(super) meters: Entity,
}

/// Which of them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Car,
    Evse,
    Connection,
    Meters,
}

impl Places {
    pub(super) const fn of(&self, place: Place) -> Entity {
        match place {
            Place::Car => self.car,
            Place::Evse => self.evse,
            Place::Connection => self.connection,
            Place::Meters => self.meters,
        }
    }
}

/// A component that there is once, and the place that has it.
pub(crate) trait Part: Component<Mutability = Mutable> {
    const PLACE: Place;
}

impl Part for HouseSupply {
    const PLACE: Place = Place::Connection;
}

impl Part for Meters {
    const PLACE: Place = Place::Meters;
}

impl Part for OutletFeed {
    const PLACE: Place = Place::Connection;
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
