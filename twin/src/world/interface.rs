//! The vehicle interface: car circuit, firmware and contactor act on each other until nothing changes at this instant.

use bevy_ecs::prelude::*;
use iec61851::{Event, Input, Output, PilotSignal, PilotState, Sample};
use serde_json::json;
use units::{Instant, Millivolts, PerPhase};
use vehicle_model::{Inlet, pilot_levels};

use super::components::{Feed, Firmware, Inbox, Notes, Now, Vehicle};
use super::pilot_stage::PilotStage;
use super::power_path::PowerPath;

/// More rounds than this mean that two parts chase each other.
const MOST_ROUNDS: u32 = 12;

/// Runs the interface at this instant.
pub(super) fn interface(
    now: Res<'_, Now>,
    mut inbox: ResMut<'_, Inbox>,
    mut notes: ResMut<'_, Notes>,
    mut car: Single<'_, '_, &mut Vehicle>,
    mut board: Single<'_, '_, (&mut Firmware, &PilotStage, &mut PowerPath)>,
    feed: Single<'_, '_, &Feed>,
) {
    let now = now.0;
    let (firmware, stage, path) = &mut *board;
    for command in inbox.0.drain(..) {
        firmware.machine.handle_input(now, Input::Command(command));
        drain(now, firmware, path, &mut notes);
    }
    for _ in 0..MOST_ROUNDS {
        let mut changed = path.step(now);
        if changed {
            let kind = if path.is_closed() { "closed" } else { "open" };
            notes.0.push(("contactor", kind, json!({})));
        }
        let before = car.0.demand().to_owned();
        let load = car.0.load();
        let mains = if path.is_closed() { feed.0.terminals().voltage } else { PerPhase::all(Millivolts::ZERO) };
        let inlet = Inlet { pilot: firmware.machine.pilot(), voltage: mains, frequency: feed.0.terminals().frequency };
        car.0.step(now, &inlet);
        changed |= before != *car.0.demand() || load != car.0.load();
        let sample = sample(firmware, stage, &car.0, path);
        firmware.machine.handle_input(now, Input::Sample(sample));
        changed |= drain(now, firmware, path, &mut notes);
        if !changed {
            break;
        }
    }
    note_state(firmware, &mut notes);
}

/// What the board measures now.
fn sample(firmware: &mut Firmware, stage: &PilotStage, car: &vehicle_model::Car, path: &PowerPath) -> Sample {
    let levels = pilot_levels(&stage.source(firmware.machine.pilot()), &car.load());
    let noise = car.pilot_noise();
    firmware.levels = vehicle_model::PilotLevels { high: levels.high + noise, low: levels.low + noise };
    Sample {
        pilot_high: firmware.levels.high,
        pilot_low: firmware.levels.low,
        proximity: car.proximity(),
        contactor_closed: Some(path.is_closed()),
        residual: if path.is_closed() { car.residual() } else { units::Microamps::ZERO },
        current: car.demand().current,
    }
}

/// Carries out what the firmware wants; true when anything was wanted.
fn drain(now: Instant, firmware: &mut Firmware, path: &mut PowerPath, notes: &mut Notes) -> bool {
    let mut any = false;
    loop {
        match firmware.machine.poll_output() {
            Output::Wait(at) => {
                firmware.wait = at;
                return any;
            }
            Output::Contactor(coil) => path.command(now, coil),
            Output::Pilot(signal) => notes.0.push(("cp", "signal", json!({ "signal": signal.to_string() }))),
            Output::Event(event) => tell(firmware, event),
        }
        any = true;
    }
}

fn tell(firmware: &mut Firmware, event: Event) {
    firmware.events.push(event);
}

/// Writes the state down when it changed: the letter, and 2 while the oscillator runs.
fn note_state(firmware: &mut Firmware, notes: &mut Notes) {
    let pilot = firmware.machine.pilot();
    let letter = firmware.machine.state();
    let name = match pilot {
        PilotSignal::F => "F".to_owned(),
        PilotSignal::E => "E".to_owned(),
        PilotSignal::Pwm(_) => format!("{letter}2"),
        PilotSignal::X1 if matches!(letter, PilotState::E | PilotState::F) => letter.to_string(),
        PilotSignal::X1 => format!("{letter}1"),
    };
    if firmware.noted != name {
        notes.0.push(("cp", "state", json!({ "state": name })));
        firmware.noted = name;
    }
}
