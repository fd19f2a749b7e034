//! The power line between the modems of an EVSE and of the car that stands at it: the pilot of the cable.

use bevy_ecs::prelude::*;
use devices::plc_cable::PlcCable;

use super::components::{Bay, Vehicle};

/// The line of an EVSE that has a modem, to a car that has one.
#[derive(Component, Debug)]
pub(crate) struct PowerLine(pub(crate) PlcCable);

/// Lets pass what waits at either end, where a plug is in and nothing is wrong with its pilot.
pub(super) fn power_line(cars: Query<'_, '_, &Vehicle>, evses: Query<'_, '_, (&PowerLine, &Bay)>) {
    for (line, bay) in &evses {
        let load = cars.get(bay.car()).ok().map(|car| car.0.load());
        let joined =
            load.is_some_and(|load| load.plugged && !load.pilot_open && !load.pe_open && load.short_to_pe.is_none());
        line.0.carry(joined);
    }
}
