//! The vehicle interface: car circuit, power board and contactor act on each other until nothing changes at this instant.

use bevy_ecs::prelude::*;
use iec61851::{Command, Input, Output, PilotSignal, PilotState, Sample};
use serde_json::{Value, json};
use units::{EvseId, Instant, Microamps, Millivolts, PerPhase, Phase};
use vehicle_model::{Inlet, pilot_levels};

use super::MOST_ROUNDS;
use super::at_outlet::AtOutlet;
use super::components::{
    Bay, Control, Evse, HouseSupply, InOrder, Inbox, Mains, MonitorFault, Note, Notes, Now, OutletFeed, PowerBoard,
    Said, Vehicle,
};
use super::direct_current::DcOutput;
use super::pilot_stage::PilotStage;
use super::power_line::PowerLine;
use super::power_path::PowerPath;

/// Everything at one EVSE that acts on the rest of it.
type Parts<'a> = (
    &'a mut Evse,
    &'a mut PowerBoard,
    &'a PilotStage,
    &'a mut PowerPath,
    &'a OutletFeed,
    &'a mut Inbox,
    Option<&'a Bay>,
    Has<DcOutput>,
    Has<PowerLine>,
);

/// Runs the interface of every EVSE whose turn it is at this instant.
pub(super) fn interface(
    now: Res<'_, Now>,
    order: Res<'_, InOrder>,
    mut notes: ResMut<'_, Notes>,
    mut said: ResMut<'_, Said>,
    mut cars: Query<'_, '_, &mut Vehicle>,
    mut evses: Query<'_, '_, Parts<'_>>,
    house: Single<'_, '_, &HouseSupply>,
) {
    let now = now.0;
    let terminals = house.supply.terminals();
    // What moves the world where there is only one is always something that it has to look at.
    let several = order.0.len() > 1;
    for evse in &order.0 {
        let Ok((mut evse, mut board, stage, mut path, outlet, mut inbox, bay, gives_dc, has_line)) =
            evses.get_mut(*evse)
        else {
            continue;
        };
        let mains = Mains { voltage: outlet.voltage(terminals.voltage), frequency: terminals.frequency };
        if several && inbox.0.is_empty() && evse.due > now && evse.mains == mains {
            continue;
        }
        let mut car = bay.and_then(|bay| cars.get_mut(bay.car()).ok());
        let mut there = car.as_mut().map_or(AtOutlet::Nothing, |car| AtOutlet::Car(&mut car.0));
        let mut diary = Diary { evse: evse.id, notes: &mut notes, said: &mut said };
        let mut turned = Instant::ZERO;
        let mut commands = inbox.0.drain(..).peekable();
        while let Some((arrived, command)) = commands.next() {
            let is_sign = command == Command::Heartbeat;
            if is_sign && commands.peek().is_some_and(|(_, next)| *next == Command::Heartbeat) {
                // Of several signs of life the last one says all.
                continue;
            }
            // A sign of life makes no step of its own: it counts from when it came.
            turned = if is_sign { arrived.clamp(turned, now) } else { now };
            turn(turned, &mut board, Input::Command(command), &mut path, &mut diary);
        }
        drop(commands);
        // Where the output gives direct current, the mains end at its supply.
        let behind = if gives_dc { Mains { voltage: PerPhase::default(), ..mains } } else { mains };
        settle(now, &mut there, &mut board, stage, &mut path, &behind, &mut diary);
        evse.had_turn(now, [there.next_change(has_line), board.wait, path.next_change()]);
        evse.mains = mains;
    }
}

/// Lets car, board and contactor act on each other until nothing changes.
fn settle(
    now: Instant,
    there: &mut AtOutlet<'_>,
    board: &mut PowerBoard,
    stage: &PilotStage,
    path: &mut PowerPath,
    mains: &Mains,
    diary: &mut Diary<'_>,
) {
    for _ in 0..MOST_ROUNDS {
        let mut changed = step_contacts(now, path, diary);
        let before = there.demand();
        let load = there.load();
        let contacts = path.contacts();
        let behind = |line: Phase| if contacts[line] { mains.voltage[line] } else { Millivolts::ZERO };
        let voltage = PerPhase(Phase::ALL.map(behind));
        let inlet = Inlet { pilot: board.pilot(), voltage, frequency: mains.frequency };
        there.step(now, &inlet);
        changed |= before != there.demand() || load != there.load();
        let sample = sample(board, stage, there, path);
        changed |= turn(now, board, Input::Sample(sample), path, diary);
        if !changed {
            break;
        }
    }
    note_state(board, diary);
}

/// What happens at one EVSE is written down and said with its number.
struct Diary<'a> {
    evse: EvseId,
    notes: &'a mut Notes,
    said: &'a mut Said,
}

impl Diary<'_> {
    fn note(&mut self, source: &'static str, kind: &'static str, data: Value) {
        self.notes.0.push(Note { evse: self.evse, source, kind, data });
    }
}

/// Moves the contacts and tells of it; true when they moved.
fn step_contacts(now: Instant, path: &mut PowerPath, diary: &mut Diary<'_>) -> bool {
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
    diary.note("contactor", kind, data);
    true
}

/// What the board measures now.
fn sample(board: &mut PowerBoard, stage: &PilotStage, there: &AtOutlet<'_>, path: &PowerPath) -> Sample {
    let levels = pilot_levels(&stage.source(board.pilot()), &there.load());
    let noise = there.pilot_noise();
    board.levels = vehicle_model::PilotLevels { high: levels.high + noise, low: levels.low + noise };
    Sample {
        pilot_high: board.levels.high,
        pilot_low: board.levels.low,
        proximity: there.proximity(),
        contactor_closed: Some(path.is_closed()),
        residual: residual(board, path, there),
        current: if board.ammeter { there.demand().current } else { PerPhase::default() },
    }
}

/// What the residual current monitor shows.
fn residual(board: &PowerBoard, path: &PowerPath, there: &AtOutlet<'_>) -> Microamps {
    let flows = if path.is_closed() { there.residual() } else { Microamps::ZERO };
    let tested = if board.residual_test() { board.config.residual.trip } else { Microamps::ZERO };
    match board.monitor {
        MonitorFault::Blind => Microamps::ZERO,
        MonitorFault::None => flows + tested,
        MonitorFault::Stuck => board.config.residual.trip,
    }
}

/// Lets the safety machine see an input, and carries out what it wants; true when that is anything.
fn turn(now: Instant, board: &mut PowerBoard, input: Input, path: &mut PowerPath, diary: &mut Diary<'_>) -> bool {
    let wanted = match &mut board.control {
        Control::Firmware(machine) => {
            machine.handle_input(now, input);
            // After a command comes a sample of the same instant: what is waited for is asked then.
            let mut next = || match input {
                Input::Command(_) => machine.poll_order(),
                Input::Sample(_) | Input::Timeout => Some(machine.poll_output()),
            };
            let mut wanted = false;
            loop {
                match next() {
                    None => break wanted,
                    Some(Output::Wait(at)) => {
                        board.wait = at;
                        break wanted;
                    }
                    Some(Output::Contactor(coil)) => path.command(now, coil),
                    Some(Output::Pilot(signal)) => note_signal(signal, diary),
                    // The monitor is asked whether it is tested when it is read.
                    Some(Output::ResidualTest(_)) => {}
                    Some(Output::Event(event)) => diary.said.0.push((diary.evse, event)),
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
                note_signal(driven.pilot, diary);
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

fn note_signal(signal: PilotSignal, diary: &mut Diary<'_>) {
    diary.note("cp", "signal", json!({ "signal": signal.to_string() }));
}

/// Writes the state down when it changed: the letter, and 2 while the oscillator runs.
fn note_state(board: &mut PowerBoard, diary: &mut Diary<'_>) {
    let (pilot, letter) = (board.pilot(), board.state());
    let name = match (pilot, letter) {
        (PilotSignal::F, _) | (PilotSignal::X1, Some(PilotState::F)) => "F",
        (PilotSignal::E, _) | (PilotSignal::X1, Some(PilotState::E)) => "E",
        // Nothing was seen for long enough yet.
        (PilotSignal::Pwm(_) | PilotSignal::X1, None) => return,
        (PilotSignal::Pwm(_), Some(PilotState::A)) => "A2",
        (PilotSignal::Pwm(_), Some(PilotState::B)) => "B2",
        (PilotSignal::Pwm(_), Some(PilotState::C)) => "C2",
        (PilotSignal::Pwm(_), Some(PilotState::D)) => "D2",
        (PilotSignal::Pwm(_), Some(PilotState::E)) => "E2",
        (PilotSignal::Pwm(_), Some(PilotState::F)) => "F2",
        (PilotSignal::X1, Some(PilotState::A)) => "A1",
        (PilotSignal::X1, Some(PilotState::B)) => "B1",
        (PilotSignal::X1, Some(PilotState::C)) => "C1",
        (PilotSignal::X1, Some(PilotState::D)) => "D1",
    };
    if board.noted != name {
        diary.note("cp", "state", json!({ "state": name }));
        board.noted = name;
    }
}
