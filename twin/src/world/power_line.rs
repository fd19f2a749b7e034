//! The power line between the modems of an EVSE and of the car that stands at it: the pilot of the cable.

use bevy_ecs::prelude::*;
use devices::plc_cable::PlcCable;
use units::Instant;

use super::components::{Bay, Now, Vehicle};

/// The line of an EVSE that has a modem, to a car that has one.
#[derive(Component, Debug)]
pub(crate) struct PowerLine {
    pub(crate) cable: PlcCable,
    /// How weak sounds of the other cables of this station arrive here, dB; `None`: not at all.
    pub(crate) crosstalk_db: Option<u8>,
}

impl PowerLine {
    /// A cable far from any other.
    pub(crate) const fn new(cable: PlcCable) -> Self {
        Self { cable, crosstalk_db: None }
    }
}

/// When something arrives at an end of a line by itself.
pub(super) fn next_arrival<'a>(lines: impl Iterator<Item = &'a PowerLine>) -> Option<Instant> {
    lines.filter_map(|line| line.cable.next_change()).min()
}

/// Carries what waits at either end, where a plug is in and nothing is wrong with its pilot; what is loud comes over to the other
/// cables.
pub(super) fn power_line(
    now: Res<'_, Now>,
    cars: Query<'_, '_, &Vehicle>,
    mut evses: Query<'_, '_, (Entity, &mut PowerLine, &Bay)>,
) {
    let now = now.0;
    let mut loud: Vec<(Entity, Vec<u8>)> = Vec::new();
    for (at, mut line, bay) in &mut evses {
        let load = cars.get(bay.car()).ok().map(|car| car.0.load());
        let joined =
            load.is_some_and(|load| load.plugged && !load.pilot_open && !load.pe_open && load.short_to_pe.is_none());
        line.cable.join(now, joined);
        line.cable.carry(now);
        loud.extend(line.cable.take_loud().into_iter().map(|frame| (at, frame)));
    }
    for (from, frame) in loud {
        for (at, line, _) in &evses {
            if let (true, Some(db)) = (at != from, line.crosstalk_db) {
                line.cable.overhear(&frame, db);
            }
        }
    }
}
