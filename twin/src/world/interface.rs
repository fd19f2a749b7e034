//! The vehicle interface: car circuit, power board and contactor act on each other until nothing changes at this instant.

use bevy_ecs::prelude::*;
use iec61851::{Command, Input, Output, PilotSignal, PilotState, Sample};
use serde_json::json;
use units::{Instant, Microamps, Millivolts, PerPhase, Phase};
use vehicle_model::{Inlet, pilot_levels};

use super::components::{Control, HouseSupply, Inbox, MonitorFault, Notes, Now, OutletFeed, PowerBoard, Vehicle};
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
    connection: Single<'_, '_, (&HouseSupply, &OutletFeed)>,
) {
    let now = now.0;
    let (board, stage, path) = &mut *board;
    let mut turned = Instant::ZERO;
    for (arrived, command) in inbox.0.drain(..) {
        // A sign of life makes no step of its own: it counts from when it came.
        turned = if command == Command::Heartbeat { arrived.clamp(turned, now) } else { now };
        turn(turned, board, Input::Command(command), path, &mut notes);
    }
    let (house, outlet) = *connection;
    let terminals = house.supply.terminals();
    let mains = outlet.voltage(terminals.voltage);
    for _ in 0..MOST_ROUNDS {
        let mut changed = step_contacts(now, path, &mut notes);
        let before = car.0.demand().to_owned();
        let load = car.0.load();
        let contacts = path.contacts();
        let behind = |line: Phase| if contacts[line] { mains[line] } else { Millivolts::ZERO };
        let voltage = PerPhase(Phase::ALL.map(behind));
        let inlet = Inlet { pilot: board.pilot(), voltage, frequency: terminals.frequency };
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

/// Moves the contacts and tells of it; true when they moved.
fn step_contacts(now: Instant, path: &mut PowerPath, notes: &mut Notes) -> bool {
    let was_closed = path.is_closed();
    if !path.step(now) {
        return false;
    }
    let closed: Vec<Phase> = Phase::ALL.into_iter().filter(|line| path.contacts()[*line]).collect();
    let kind = match (was_closed, path.is_closed()) {
        (false, true) => "closed",
        (true, false) => "open",
        // One line stays as it was, others move.
        (true, true) | (false, false) => "contacts",
    };
    let data = if kind == "contacts" { json!({ "closed": closed }) } else { json!({}) };
    notes.0.push(("contactor", kind, data));
    true
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
        residual: residual(board, path, car),
        current: if board.ammeter { car.demand().current } else { PerPhase::default() },
    }
}

/// What the residual current monitor shows.
fn residual(board: &PowerBoard, path: &PowerPath, car: &vehicle_model::Car) -> Microamps {
    let flows = if path.is_closed() { car.residual() } else { Microamps::ZERO };
    let tested = if board.residual_test() { board.config.residual.trip } else { Microamps::ZERO };
    match board.monitor {
        MonitorFault::Blind => Microamps::ZERO,
        MonitorFault::None => flows + tested,
        MonitorFault::Stuck => board.config.residual.trip,
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
                    // The monitor is asked whether it is tested when it is read.
                    Output::ResidualTest(_) => {}
                    Output::Event(event) => board.events.push(event),
                }
                wanted = true;
            }
        }
        Control::Dark => false,
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
    let name = match (pilot, letter) {
        (PilotSignal::F, _) => "F".to_owned(),
        (PilotSignal::E, _) => "E".to_owned(),
        // Nothing was seen for long enough yet.
        (PilotSignal::Pwm(_) | PilotSignal::X1, None) => return,
        (PilotSignal::Pwm(_), Some(letter)) => format!("{letter}2"),
        (PilotSignal::X1, Some(letter @ (PilotState::E | PilotState::F))) => letter.to_string(),
        (PilotSignal::X1, Some(letter)) => format!("{letter}1"),
    };
    if board.noted != name {
        notes.0.push(("cp", "state", json!({ "state": name })));
        board.noted = name;
    }
}
