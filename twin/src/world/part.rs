//! Where the parts of the world are: whoever asks for one need not search for it.

use bevy_ecs::component::Mutable;
use bevy_ecs::prelude::*;

use super::{HouseMeter, HouseSupply, OutletFeed, OutletMeter, PilotStage, PowerBoard, PowerPath};

/// The entities at one EVSE.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) evse: Entity,
    /// The car that stands there.
    pub(super) car: Option<Entity>,
}

/// A component that a charger has once at each of its EVSEs.
pub(crate) trait OutletPart: Component<Mutability = Mutable> {}

impl OutletPart for OutletFeed {}
impl OutletPart for OutletMeter {}
impl OutletPart for PilotStage {}
impl OutletPart for PowerBoard {}
impl OutletPart for PowerPath {}

/// A component that there is once, at the house connection.
pub(crate) trait SitePart: Component<Mutability = Mutable> {}

impl SitePart for HouseMeter {}
impl SitePart for HouseSupply {}
