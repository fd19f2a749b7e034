//! The vehicle interface: car circuit, power board and contactor act on each other until nothing changes at this instant.

use bevy_ecs::prelude::*;
use iec61851::{Input, Output, PilotSignal, PilotState, Sample};
use serde_json::json;
use units::{Instant, Millivolts, PerPhase};
use vehicle_model::{Inlet, pilot_levels};

use super::components::{Control, Feed, Inbox, Notes, Now, PowerBoard, Vehicle};
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
    mut board: Single<'_, '_, (&mut PowerBoard, &PilotStage, &mut PowerPath)>,
    feed: Single<'_, '_, &Feed>,
) {
    let now = now.0;
    let (board, stage, path) = &mut *board;
    for command in inbox.0.drain(..) {
        turn(now, board, Input::Command(command), path, &mut notes);
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
        let inlet = Inlet { pilot: board.pilot(), voltage: mains, frequency: feed.0.terminals().frequency };
        car.0.step(now, &inlet);
        changed |= before != *car.0.demand() || load != car.0.load();
        let sample = sample(board, stage, &car.0, path);
        changed |= turn(now, board, Input::Sample(sample), path, &mut notes);
        if !changed {
            break;
        }
    }
    note_state(board, &mut notes);
}

/// What the board measures now.
fn sample(board: &mut PowerBoard, stage: &PilotStage, car: &vehicle_model::Car, path: &PowerPath) -> Sample {
    let levels = pilot_levels(&stage.source(board.pilot()), &car.load());
    let noise = car.pilot_noise();
    board.levels = vehicle_model::PilotLevels { high: levels.high + noise, low: levels.low + noise };
    Sample {
        pilot_high: board.levels.high,
        pilot_low: board.levels.low,
        proximity: car.proximity(),
        contactor_closed: Some(path.is_closed()),
        residual: if path.is_closed() { car.residual() } else { units::Microamps::ZERO },
        current: car.demand().current,
    }
}

/// Lets the safety machine see an input, and carries out what it wants; true when that is anything.
fn turn(now: Instant, board: &mut PowerBoard, input: Input, path: &mut PowerPath, notes: &mut Notes) -> bool {
    let wanted = match &mut board.control {
        Control::Firmware(machine) => {
            machine.handle_input(now, input);
            let mut wanted = false;
            loop {
                match machine.poll_output() {
                    Output::Wait(at) => {
                        board.wait = at;
                        break wanted;
                    }
                    Output::Contactor(coil) => path.command(now, coil),
                    Output::Pilot(signal) => note_signal(signal, notes),
                    Output::Event(event) => board.events.push(event),
                }
                wanted = true;
            }
        }
        Control::Host { board, driven, .. } => {
            if let Input::Sample(sample) = input {
                board.sense(sample);
            }
            let before = std::mem::replace(driven, board.driven());
            if before.coil != driven.coil {
                path.command(now, driven.coil);
            }
            if before.pilot != driven.pilot {
                note_signal(driven.pilot, notes);
            }
            before != *driven
        }
    };
    let seen = board.state();
    if let Control::Host { state, .. } = &mut board.control {
        *state = seen;
    }
    wanted
}

fn note_signal(signal: PilotSignal, notes: &mut Notes) {
    notes.0.push(("cp", "signal", json!({ "signal": signal.to_string() })));
}

/// Writes the state down when it changed: the letter, and 2 while the oscillator runs.
fn note_state(board: &mut PowerBoard, notes: &mut Notes) {
    let (pilot, letter) = (board.pilot(), board.state());
    let name = match pilot {
        PilotSignal::F => "F".to_owned(),
        PilotSignal::E => "E".to_owned(),
        PilotSignal::Pwm(_) => format!("{letter}2"),
        PilotSignal::X1 if matches!(letter, PilotState::E | PilotState::F) => letter.to_string(),
        PilotSignal::X1 => format!("{letter}1"),
    };
    if board.noted != name {
        notes.0.push(("cp", "state", json!({ "state": name })));
        board.noted = name;
    }
}
