//! Cars in a world without a charger: whatever they are plugged into drives no pilot, and has no power.

use bevy_ecs::prelude::*;
use iec61851::PilotSignal;
use units::PerPhase;
use vehicle_model::{DcPins, Inlet};

use super::components::{Now, Vehicle};

/// Lets the cars live on.
pub(super) fn unanswered(now: Res<'_, Now>, mut cars: Query<'_, '_, &mut Vehicle>) {
    // An open circuit stands at 0 V, as state E does.
    let nothing = Inlet { pilot: PilotSignal::E, voltage: PerPhase::default(), ..Inlet::default() };
    for mut car in &mut cars {
        car.0.step(now.0, &nothing);
        car.0.step_dc(now.0, DcPins::default());
    }
}
