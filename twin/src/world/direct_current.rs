//! The output for direct current: supply, contactor, cable and the car's inlet act on each other until nothing changes at this
//! instant.
//!
//! ```text
//!  mains ──> supply ──┬── load, leakage ──[ contactor ]── cable ── pins ──[ K+ K- ]── battery
//!            insulation monitor             of the EVSE                  of the car
//! ```

use bevy_ecs::prelude::*;
use devices::dc::{DcCircuit, Source};
use serde_json::json;
use units::{EvseId, Instant, Milliamps, Millivolts, MilliwattHours, PerPhase, Phase, Watts};
use vehicle_model::{Car, ContactorState, DcInlet, DcLoad, DcPins, Demand, Pole, Welding};

use super::MOST_ROUNDS;
use super::at_outlet::next_change;
use super::components::{Bay, Evse, HouseSupply, InOrder, Note, Notes, Now, OutletFeed, Vehicle};
use super::power_line::PowerLine;
use super::power_path::PowerPath;

/// With less on any line that it has, a supply switches itself off.
const LOWEST_MAINS: Millivolts = Millivolts::from_volts(150);

/// The output for direct current of an EVSE that has one. The contactor is in the lines to the car; the mains end at the supply.
#[derive(Component, Debug)]
pub(crate) struct DcOutput {
    /// The supply, and what is at its terminals. The charger's backends hold the same one.
    circuit: DcCircuit,
    stepped_at: Instant,
    /// What the supply takes from the mains, as of the last step.
    demand: Demand,
    /// Into the car, as of the last step, W.
    given_w: f64,
    /// Taken from the mains and not given to a car, so far, Wh.
    lost_wh: f64,
    /// What was written down last of the car's contactors, and how often the car had looked at them then.
    noted: (&'static str, u32),
}

impl DcOutput {
    pub(crate) fn new(circuit: DcCircuit) -> Self {
        Self {
            circuit,
            stepped_at: Instant::ZERO,
            demand: Demand::default(),
            given_w: 0.0,
            lost_wh: 0.0,
            noted: (state_name(ContactorState::Open), 0),
        }
    }

    /// What the supply takes from the mains, as of the last step.
    pub(super) const fn demand(&self) -> &Demand {
        &self.demand
    }

    /// Taken from the mains and not given to a car, so far.
    pub(crate) fn lost(&self) -> MilliwattHours {
        MilliwattHours((self.lost_wh * 1000.0).round() as i64)
    }

    /// What flowed since the last step was given, or lost.
    fn integrate(&mut self, now: Instant) {
        let hours = now.since(self.stepped_at).as_secs_f64() / 3600.0;
        self.stepped_at = now;
        self.lost_wh += (f64::from(self.demand.power.total().0) - self.given_w) * hours;
    }

    /// What is at the end of the cable, on which that load hangs.
    fn at_cable(&self, now: Instant, path: &PowerPath, load: DcLoad) -> DcPins {
        if path.joins_direct_current() {
            let measured = self.circuit.measure(now);
            return DcPins { voltage: measured.voltage, current: measured.car };
        }
        // Only the car may have a voltage there.
        match load {
            DcLoad::Battery { voltage, .. } => DcPins { voltage, current: Milliamps::ZERO },
            DcLoad::Open => DcPins::default(),
        }
    }

    /// Lets supply and car act on each other until nothing changes.
    fn settle(&mut self, now: Instant, path: &PowerPath, car: &mut Car) {
        for _ in 0..MOST_ROUNDS {
            let load = car.dc_load();
            self.circuit.connect(now, source(load).filter(|_| path.joins_direct_current()));
            car.step_dc(now, self.at_cable(now, path, load));
            if car.dc_load() == load {
                break;
            }
        }
        let pins = car.dc_inlet().map(DcInlet::pins).unwrap_or_default();
        self.given_w = if car.is_plugged() { pins.voltage.volts() * pins.current.amps() } else { 0.0 };
    }

    /// What the supply takes from these lines.
    fn draw(&self, now: Instant, mains: PerPhase<Millivolts>) -> Demand {
        let live = || Phase::ALL.into_iter().filter(|line| mains[*line] > Millivolts::ZERO);
        let lines = i32::try_from(live().count()).unwrap_or(1).max(1);
        let each = Watts(self.circuit.measure(now).input.0 / lines);
        let mut demand = Demand::default();
        for line in live() {
            demand.power[line] = each;
            demand.current[line] = Milliamps((f64::from(each.0) / mains[line].volts() * 1000.0).round() as i32);
        }
        demand
    }

    /// Writes down what the car's contactors do, and what it found out about them, when that changed.
    fn note(&mut self, evse: EvseId, inlet: &DcInlet, notes: &mut Notes) {
        let (state, looks) = (state_name(inlet.state()), inlet.looks());
        let (known, looks_before) = std::mem::replace(&mut self.noted, (state, looks));
        let mut note = |kind, data| notes.0.push(Note { evse, source: "dc_inlet", kind, data });
        if state != known {
            note("contactors", json!({ "state": state }));
        }
        if looks != looks_before {
            note("welding", json!({ "found": welding_name(inlet.welding()) }));
        }
    }
}

/// What acts on the output of an EVSE.
type Parts<'a> = (&'a mut Evse, &'a mut DcOutput, &'a PowerPath, &'a OutletFeed, Option<&'a Bay>, Has<PowerLine>);

/// Runs the output of every EVSE that has one.
pub(super) fn direct_current(
    now: Res<'_, Now>,
    order: Res<'_, InOrder>,
    mut notes: ResMut<'_, Notes>,
    mut cars: Query<'_, '_, &mut Vehicle>,
    mut evses: Query<'_, '_, Parts<'_>>,
    house: Single<'_, '_, &HouseSupply>,
) {
    let now = now.0;
    let house = house.supply.terminals().voltage;
    for evse in &order.0 {
        let Ok((mut evse, mut output, path, outlet, bay, has_line)) = evses.get_mut(*evse) else { continue };
        output.integrate(now);
        let mains = outlet.voltage(house);
        if Phase::ALL.into_iter().any(|line| outlet.lines.has(line) && mains[line] < LOWEST_MAINS) {
            output.circuit.switch(now, false);
        }
        match bay.and_then(|bay| cars.get_mut(bay.car()).ok()) {
            Some(mut car) => {
                output.settle(now, path, &mut car.0);
                if let Some(inlet) = car.0.dc_inlet() {
                    output.note(evse.id, inlet, &mut notes);
                }
                if let Some(at) = next_change(&car.0, has_line) {
                    evse.changes_at(at);
                }
            }
            None => output.circuit.connect(now, None),
        }
        output.demand = output.draw(now, mains);
    }
}

/// What a car's load is to the circuit.
const fn source(load: DcLoad) -> Option<Source> {
    match load {
        DcLoad::Battery { voltage, milliohms } => Some(Source { voltage, milliohms }),
        DcLoad::Open => None,
    }
}

const fn state_name(state: ContactorState) -> &'static str {
    match state {
        ContactorState::Closed => "closed",
        ContactorState::Closing { .. } => "closing",
        ContactorState::Open => "open",
        ContactorState::PreCharge => "pre-charge",
        ContactorState::TestingMinus { .. }
        | ContactorState::TestingOpen { .. }
        | ContactorState::TestingPlus { .. } => "tested",
    }
}

/// What the car found.
const fn welding_name(found: Welding) -> &'static str {
    match found {
        // Closed again at the same instant.
        Welding::Unknown | Welding::Unseen => "nothing to see",
        Welding::None => "none",
        Welding::One(Pole::Plus) => "plus",
        Welding::One(Pole::Minus) => "minus",
        Welding::Both => "both",
    }
}
