//! The power line between the modems of an EVSE and of the car that stands at it: the pilot of the cable.

use bevy_ecs::prelude::*;
use devices::MessageDevice as _;
use devices::plc_cable::PlcCable;
use units::Instant;
use vehicle_model::{Car, CarNote};

use super::components::{Bay, Evse, Note, Notes, Now, Vehicle};

/// Car and modem have said everything after a few turns; a peer that floods waits for the next instant.
const MOST_TURNS: u32 = 64;

/// The line of an EVSE that has a modem, to a car that has one.
#[derive(Component, Debug)]
pub(crate) struct PowerLine {
    pub(crate) cable: PlcCable,
    /// How weak sounds of the other cables of this station arrive here, dB; `None`: not at all.
    pub(crate) crosstalk_db: Option<u8>,
    /// The car moved because of what it had to say.
    moved: bool,
}

impl PowerLine {
    /// Whether the car moved because of what it had to say, when frames were carried last.
    pub(super) const fn has_moved(&self) -> bool {
        self.moved
    }

    /// A cable far from any other.
    pub(crate) const fn new(cable: PlcCable) -> Self {
        Self { cable, crosstalk_db: None, moved: false }
    }
}

/// When something arrives at an end of a line by itself, a car's modem has done what it is about, or a car says something; whole
/// milliseconds.
pub(super) fn next_arrival<'a>(lines: impl Iterator<Item = (&'a PowerLine, Option<&'a Car>)>) -> Option<Instant> {
    let next = |(line, car): (&PowerLine, Option<&Car>)| {
        let word = car.and_then(Car::next_word).map(|at| Instant::from_millis(at.as_micros().div_ceil(1000)));
        [line.cable.next_change(), line.cable.car().next_change(), word].into_iter().flatten().min()
    };
    lines.filter_map(next).min()
}

/// Carries what waits at either end, where a plug is in and nothing is wrong with its pilot; what is loud comes over to the other
/// cables.
pub(super) fn power_line(
    now: Res<'_, Now>,
    mut notes: ResMut<'_, Notes>,
    mut cars: Query<'_, '_, &mut Vehicle>,
    mut evses: Query<'_, '_, (Entity, &mut Evse, &mut PowerLine, &Bay)>,
) {
    let now = now.0;
    let mut loud: Vec<(Entity, Vec<u8>)> = Vec::new();
    for (at, mut evse, mut line, bay) in &mut evses {
        let Ok(mut car) = cars.get_mut(bay.car()) else { continue };
        let load = car.0.load();
        line.cable.join(now, load.plugged && !load.pilot_open && !load.pe_open && load.short_to_pe.is_none());
        line.moved = car.0.next_word().is_some_and(|at| at <= now) && car.0.speak(now);
        if carry(now, &mut line.cable, &mut car.0) || line.moved {
            evse.changes_at(now);
        }
        loud.extend(line.cable.take_loud().into_iter().map(|frame| (at, frame)));
        while let Some(CarNote { kind, data }) = car.0.next_note() {
            notes.0.push(Note { evse: evse.id, source: "car", kind, data });
        }
        if let Some(at) = car.0.next_move() {
            evse.changes_at(at);
        }
    }
    for (from, frame) in loud {
        for (at, _, line, _) in &evses {
            if let (true, Some(db)) = (at != from, line.crosstalk_db) {
                line.cable.overhear(&frame, db);
            }
        }
    }
}

/// Lets frames go between the line, the car's modem and the car, until nobody has any for this instant; whether the car moves because
/// of them.
fn carry(now: Instant, cable: &mut PlcCable, car: &mut Car) -> bool {
    let mut moved = false;
    for _ in 0..MOST_TURNS {
        cable.carry(now);
        let mut modem = cable.car().clone();
        let mut quiet = true;
        while let Some(frame) = modem.transmit(now) {
            moved |= car.hear(now, &frame);
            quiet = false;
        }
        while let Some(frame) = car.next_frame() {
            modem.receive(now, &frame);
            quiet = false;
        }
        if quiet {
            break;
        }
    }
    moved
}
