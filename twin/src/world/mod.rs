//! The physical world: a bevy_ecs world whose systems run in one fixed order.
//!
//! ```text
//!  commands ─> interface (car circuit, power board, contactor; until quiet) ─> grid ─> meters
//! ```
//!
//! No task runs while the world steps. What tasks want stands in the ports when the step begins; what the world measured
//! stands there when it ends.

mod components;
mod interface;
mod part;
mod pilot_stage;
mod power_path;

use std::time::Duration;

use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, SingleThreadedExecutor};
use grid_model::{EnergyMeter, Supply, SupplyConfig, Wiring};
use hardware::MeterReading;
use serde_json::Value;
use units::{Instant, MilliwattHours};
use vehicle_model::Car;

pub use components::MonitorFault;
pub(crate) use components::{Breaker, HouseSupply, Inbox, Meters, Notes, Now, OutletFeed, PowerBoard, Vehicle};
use part::{Part, Places};
pub use pilot_stage::PilotFault;
pub(crate) use pilot_stage::PilotStage;
pub use power_path::ContactorFault;
pub(crate) use power_path::PowerPath;

/// Nothing in the world is looked at more rarely.
const COARSEST: Duration = Duration::from_secs(1);

/// A change of the voltage that a car's charger reacts to.
const NOTICEABLE: units::Millivolts = units::Millivolts::from_volts(8);

/// The import register of the outlet's meter when the world begins: a meter that has lived, so that a stop value of zero
/// is noticed.
pub(crate) const METER_START: MilliwattHours = MilliwattHours::from_watt_hours(1_234_567);

/// The world, and the order of its systems.
pub(crate) struct Physics {
    world: World,
    places: Places,
    schedule: Schedule,
}

impl Physics {
    pub(crate) fn new(car: Car, board: PowerBoard, supply: SupplyConfig, wiring: Wiring, seed: u64) -> Self {
        let mut world = World::new();
        world.insert_resource(Now(Instant::ZERO));
        world.insert_resource(Notes::default());
        world.insert_resource(Inbox::default());
        let meters =
            Meters { outlet: EnergyMeter::new(METER_START, 0), house: EnergyMeter::new(MilliwattHours::ZERO, 0) };
        let connection = (
            HouseSupply { supply: Supply::new(supply, seed), disturbed: false },
            OutletFeed { wiring, breaker: Breaker::Closed },
        );
        let places = Places {
            car: world.spawn(Vehicle(car)).id(),
            evse: world.spawn((board, PilotStage::default(), PowerPath::default())).id(),
            connection: world.spawn(connection).id(),
            meters: world.spawn(meters).id(),
        };
        let mut schedule = Schedule::default();
        schedule.set_executor(SingleThreadedExecutor::new());
        schedule
            .set_build_settings(ScheduleBuildSettings { ambiguity_detection: LogLevel::Error, ..Default::default() });
        schedule.add_systems((interface::interface, load_supply, measure).chain());
        Self { world, places, schedule }
    }

    /// Takes the world to `now`.
    pub(crate) fn step(&mut self, now: Instant) {
        self.world.resource_mut::<Now>().0 = now;
        self.schedule.run(&mut self.world);
        self.world.clear_trackers();
    }

    /// When something in it happens by itself, at the latest a second after `now`; whole milliseconds.
    pub(crate) fn next_change(&self, now: Instant) -> Instant {
        let mut next = now + COARSEST;
        let mut consider = |at: Option<Instant>| next = at.map_or(next, |at| at.min(next));
        consider(self.one::<Vehicle>().0.next_change());
        consider(self.one::<PowerBoard>().wait);
        consider(self.one::<PowerPath>().next_change());
        consider(self.one::<HouseSupply>().supply.next_change());
        let meters = self.one::<Meters>();
        consider([meters.outlet.next_change(), meters.house.next_change()].into_iter().flatten().min());
        // What the car felt is not what there is any more: it feels it at once, not at the next look.
        consider(self.one::<HouseSupply>().disturbed.then_some(now + Duration::from_millis(1)));
        Instant::from_millis(next.as_micros().div_ceil(1000)).max(now + Duration::from_millis(1))
    }

    /// The one component of its kind.
    pub(crate) fn one<P: Part>(&self) -> &P {
        // Every kind is spawned once in `new`, and nothing is ever despawned.
        self.world.get(self.places.of(P::PLACE)).expect("spawned in new")
    }

    /// The one component of its kind, to change.
    pub(crate) fn one_mut<P: Part>(&mut self) -> Mut<'_, P> {
        // As above.
        self.world.get_mut(self.places.of(P::PLACE)).expect("spawned in new")
    }

    /// What is for the firmware at its next step.
    pub(crate) fn inbox(&mut self) -> Mut<'_, Inbox> {
        self.world.resource_mut::<Inbox>()
    }

    /// What there is to write down since the last time.
    pub(crate) fn take_notes(&mut self) -> Vec<(&'static str, &'static str, Value)> {
        std::mem::take(&mut self.world.resource_mut::<Notes>().0)
    }

    /// What the firmware has to say since the last time.
    pub(crate) fn take_events(&mut self) -> Vec<iec61851::Event> {
        std::mem::take(&mut self.one_mut::<PowerBoard>().events)
    }
}

/// What the meters show, in the words of the seam.
pub(crate) fn reading(meter: &EnergyMeter) -> MeterReading {
    let shown = meter.reading();
    MeterReading {
        current: shown.current,
        voltage: shown.voltage,
        power: shown.power,
        frequency: shown.frequency,
        import: shown.import,
        export: shown.export,
    }
}

/// The supply feels what the car draws.
fn load_supply(
    now: Res<'_, Now>,
    car: Single<'_, '_, &Vehicle>,
    mut connection: Single<'_, '_, (&mut HouseSupply, &OutletFeed)>,
) {
    let (house, outlet) = &mut *connection;
    let demand = car.0.demand();
    let (current, power) = (outlet.wiring.in_house(demand.current), outlet.wiring.in_house(demand.power));
    let load = grid_model::Load { current, power };
    let before = house.supply.terminals();
    let after = house.supply.step(now.0, &load);
    let moved = |phase| (before.voltage[phase] - after.voltage[phase]).abs() > NOTICEABLE;
    house.disturbed = units::Phase::ALL.into_iter().any(moved) || before.frequency != after.frequency;
}

/// The meters see it.
fn measure(
    now: Res<'_, Now>,
    car: Single<'_, '_, &Vehicle>,
    connection: Single<'_, '_, (&HouseSupply, &OutletFeed)>,
    mut meters: Single<'_, '_, &mut Meters>,
) {
    let (house, outlet) = *connection;
    let terminals = house.supply.terminals();
    let (voltage, frequency) = (terminals.voltage, terminals.frequency);
    let demand = car.0.demand();
    meters.outlet.step(now.0, outlet.voltage(voltage), demand.current, demand.power, frequency);
    let service = house.supply.telemetry();
    meters.house.step(now.0, voltage, service.service_current, service.service_power, frequency);
}
