//! The physical world: a bevy_ecs world whose systems run in one fixed order.
//!
//! ```text
//!  commands ─> interface (car circuit, power board, contactor; until quiet) ─> direct current ─> grid ─> meters
//!                                                                           └─> power line
//! ```
//!
//! An EVSE has what its charger has there, or nothing where there is no charger; a car stands at it, or none does.
//!
//! No task runs while the world steps. What tasks want stands in the ports when the step begins; what the world measured
//! stands there when it ends.

mod at_outlet;
mod components;
mod direct_current;
mod interface;
mod part;
mod pilot_stage;
mod power_line;
mod power_path;
mod unanswered;

use std::time::Duration;

use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, SingleThreadedExecutor};
use devices::dc::DcCircuit;
use devices::plc_cable::PlcCable;
use grid_model::{EnergyMeter, Load, Supply, SupplyConfig, Wiring};
use hardware::MeterReading;
use units::{EvseId, Instant, MilliwattHours, Phase, PhaseCount};
use vehicle_model::{Car, Demand};

pub use components::MonitorFault;
use components::{Bay, StandsAt};
pub(crate) use components::{
    Breaker, Evse, HouseMeter, HouseSupply, InOrder, Inbox, Note, Notes, Now, OutletFeed, OutletMeter, PowerBoard,
    Said, Vehicle,
};
pub(crate) use direct_current::DcOutput;
use part::{At, OutletPart, SitePart};
pub use pilot_stage::PilotFault;
pub(crate) use pilot_stage::PilotStage;
pub(crate) use power_line::PowerLine;
pub use power_path::ContactorFault;
pub(crate) use power_path::PowerPath;

/// Nothing in the world is looked at more rarely.
const COARSEST: Duration = Duration::from_secs(1);

/// Where parts act on each other at one instant, more rounds than this mean that two of them chase each other.
const MOST_ROUNDS: u32 = 12;

/// A change of the voltage that a car's charger reacts to.
const NOTICEABLE: units::Millivolts = units::Millivolts::from_volts(8);

/// The import register of an outlet's meter when the world begins: a meter that has lived, so that a stop value of zero is
/// noticed.
pub(crate) const METER_START: MilliwattHours = MilliwattHours::from_watt_hours(1_234_567);

/// What is at one EVSE when the world begins, as far as it is modelled.
pub(crate) struct Outfit {
    pub(crate) car: Option<Car>,
    /// What the charger has there. A charger has something at each EVSE, or there is none.
    pub(crate) outlet: Option<Outlet>,
}

/// What a charger has at one of its EVSEs.
pub(crate) struct Outlet {
    pub(crate) board: PowerBoard,
    pub(crate) lines: PhaseCount,
    pub(crate) wiring: Wiring,
    /// The circuit of its supply, where it gives direct current.
    pub(crate) dc: Option<DcCircuit>,
    /// The line between its modem and that of the car, where both have one.
    pub(crate) plc: Option<PlcCable>,
}

/// The world, and the order of its systems.
pub(crate) struct Physics {
    world: World,
    evses: Vec<At>,
    site: Entity,
    schedule: Schedule,
    /// What frames on the power lines do, between two steps.
    frames: Schedule,
    /// What is looked at after each step. No entity comes or goes after the beginning, so these stay as they were made.
    views: QueryState<(&'static Evse, Option<&'static PowerBoard>, Option<&'static OutletMeter>)>,
    cars: QueryState<&'static Vehicle>,
    lines: QueryState<&'static PowerLine>,
}

/// What there is at one EVSE to look at after a step.
pub(crate) struct EvseView<'w> {
    pub(crate) id: EvseId,
    pub(crate) car: Option<&'w Car>,
    /// Of a charger.
    pub(crate) outlet: Option<(&'w PowerBoard, &'w EnergyMeter)>,
}

impl Physics {
    pub(crate) fn new(evses: Vec<Outfit>, supply: SupplyConfig, seed: u64) -> Self {
        let mut world = World::new();
        world.insert_resource(Now(Instant::ZERO));
        world.insert_resource(Notes::default());
        world.insert_resource(Said::default());
        let supply = HouseSupply { supply: Supply::new(supply, seed), disturbed: false };
        let site = world.spawn((supply, HouseMeter(EnergyMeter::new(MilliwattHours::ZERO, 0)))).id();
        let charger = evses.iter().any(|evse| evse.outlet.is_some());
        let some = |has: fn(&Outlet) -> bool| evses.iter().filter_map(|evse| evse.outlet.as_ref()).any(has);
        let (gives_dc, has_lines) = (some(|outlet| outlet.dc.is_some()), some(|outlet| outlet.plc.is_some()));
        let spawn = |(id, Outfit { car, outlet }): (EvseId, Outfit)| {
            let mut evse = world.spawn(Evse::new(id));
            if let Some(Outlet { board, lines, wiring, dc, plc }) = outlet {
                let feed = OutletFeed { lines, wiring, breaker: Breaker::Closed };
                let meter = OutletMeter(EnergyMeter::new(METER_START, 0));
                evse.insert((board, PilotStage::default(), PowerPath::default(), feed, meter, Inbox::default()));
                if let Some(circuit) = dc {
                    evse.insert(DcOutput::new(circuit));
                }
                if let Some(cable) = plc {
                    evse.insert(PowerLine::new(cable));
                }
            }
            let evse = evse.id();
            At { evse, car: car.map(|car| world.spawn((Vehicle(car), StandsAt(evse))).id()) }
        };
        let evses: Vec<At> = EvseId::of_station(u16::MAX).zip(evses).map(spawn).collect();
        world.insert_resource(InOrder(evses.iter().map(|at| at.evse).collect()));
        let mut schedule = Schedule::default();
        schedule.set_executor(SingleThreadedExecutor::new());
        schedule
            .set_build_settings(ScheduleBuildSettings { ambiguity_detection: LogLevel::Error, ..Default::default() });
        if charger {
            schedule.add_systems((interface::interface, load_supply, measure).chain());
            // What no EVSE has costs nothing.
            if gives_dc {
                schedule.add_systems(direct_current::direct_current.after(interface::interface).before(load_supply));
            }
            if has_lines {
                let cars_are_done = direct_current::direct_current;
                schedule.add_systems(
                    power_line::power_line.after(interface::interface).after(cars_are_done).before(load_supply),
                );
            }
        } else {
            schedule.add_systems((unanswered::unanswered, load_supply, measure).chain());
        }
        let mut frames = Schedule::default();
        frames.set_executor(SingleThreadedExecutor::new());
        frames.add_systems(power_line::power_line);
        let (views, cars, lines) = (world.query(), world.query(), world.query());
        Self { world, evses, site, schedule, frames, views, cars, lines }
    }

    /// Takes the world to `now`.
    pub(crate) fn step(&mut self, now: Instant) {
        self.world.resource_mut::<Now>().0 = now;
        self.schedule.run(&mut self.world);
        self.world.clear_trackers();
    }

    /// Lets frames pass on the power lines at `now`, and cars say what it is time for. Nothing else of the world moves; whether a
    /// step is due at this instant, because a car moves with what it says.
    pub(crate) fn carry(&mut self, now: Instant) -> bool {
        self.world.resource_mut::<Now>().0 = now;
        self.frames.run(&mut self.world);
        self.lines.iter_manual(&self.world).any(PowerLine::has_moved)
    }

    /// When a frame arrives at an end of a power line, or a car says something on it.
    pub(crate) fn next_arrival(&self) -> Option<Instant> {
        let with_car = |at: &At| {
            let line = self.lines.get_manual(&self.world, at.evse).ok()?;
            let car = at.car.and_then(|car| self.cars.get_manual(&self.world, car).ok());
            Some((line, car.map(|car| &car.0)))
        };
        power_line::next_arrival(self.evses.iter().filter_map(with_car))
    }

    /// When something in it happens by itself, at the latest a second after `now`; whole milliseconds.
    pub(crate) fn next_change(&self, now: Instant) -> Instant {
        let mut next = now + COARSEST;
        let mut consider = |at: Option<Instant>| next = at.map_or(next, |at| at.min(next));
        if self.has_charger() {
            self.views.iter_manual(&self.world).for_each(|(evse, ..)| consider(evse.change));
        } else {
            self.ids().for_each(|evse| consider(self.car(evse).and_then(Car::next_change)));
        }
        let supply = self.site::<HouseSupply>();
        consider(supply.supply.next_change());
        consider(self.site::<HouseMeter>().0.next_change());
        // What the cars felt is not what there is any more: they feel it at once, not at the next look.
        consider(supply.disturbed.then_some(now + Duration::from_millis(1)));
        Instant::from_millis(next.as_micros().div_ceil(1000)).max(now + Duration::from_millis(1))
    }

    /// The EVSEs.
    pub(crate) fn ids(&self) -> impl DoubleEndedIterator<Item = EvseId> + Clone + use<> {
        // No more were spawned than there are numbers.
        EvseId::of_station(u16::try_from(self.evses.len()).unwrap_or(u16::MAX))
    }

    /// Where the parts of that EVSE are. Whoever names one that is not there is refused before.
    fn at(&self, evse: EvseId) -> &At {
        &self.evses[evse.place()]
    }

    /// Whether the outlets of a charger are in it.
    pub(crate) fn has_charger(&self) -> bool {
        self.evses.first().is_some_and(|at| self.world.get::<PowerBoard>(at.evse).is_some())
    }

    /// The car at that EVSE, if one stands there.
    pub(crate) fn car(&self, evse: EvseId) -> Option<&Car> {
        self.world.get::<Vehicle>(self.at(evse).car?).map(|car| &car.0)
    }

    /// The car at that EVSE, to change, if one stands there. The EVSE has its turn at the next step.
    pub(crate) fn car_mut(&mut self, evse: EvseId) -> Option<Mut<'_, Vehicle>> {
        let at = *self.at(evse);
        self.take_turn(at);
        self.world.get_mut(at.car?)
    }

    /// The component of that kind at that EVSE. Where there is no charger, whoever asks for one is refused before.
    pub(crate) fn of<P: OutletPart>(&self, evse: EvseId) -> &P {
        // Every kind is spawned at each EVSE in `new`, and nothing is ever despawned.
        self.world.get(self.at(evse).evse).expect("spawned in new")
    }

    /// The output for direct current of that EVSE, if it has one.
    pub(crate) fn dc_output(&self, evse: EvseId) -> Option<&DcOutput> {
        self.world.get(self.at(evse).evse)
    }

    /// The power line of that EVSE, if modems are at both its ends.
    pub(crate) fn power_line(&self, evse: EvseId) -> Option<&PowerLine> {
        self.world.get(self.at(evse).evse)
    }

    /// The same, to change.
    pub(crate) fn power_line_mut(&mut self, evse: EvseId) -> Option<Mut<'_, PowerLine>> {
        self.world.get_mut(self.at(evse).evse)
    }

    /// The component of that kind at that EVSE, to change. The EVSE has its turn at the next step.
    pub(crate) fn of_mut<P: OutletPart>(&mut self, evse: EvseId) -> Mut<'_, P> {
        let at = *self.at(evse);
        self.take_turn(at);
        // As above.
        self.world.get_mut(at.evse).expect("spawned in new")
    }

    /// What the host of that EVSE has sent, and when it arrived. It has its turn at the next step because of that.
    pub(crate) fn deliver(&mut self, evse: EvseId, commands: &mut Vec<(Instant, iec61851::Command)>) {
        let at = self.at(evse).evse;
        // Each EVSE of a charger has an inbox from `new` on, and only a charger has a host that sends.
        self.world.get_mut::<Inbox>(at).expect("spawned in new").0.append(commands);
    }

    /// The EVSE has its turn at the next step.
    fn take_turn(&mut self, at: At) {
        if let Some(mut evse) = self.world.get_mut::<Evse>(at.evse) {
            evse.due = Instant::ZERO;
        }
    }

    /// The component of that kind at the house connection.
    pub(crate) fn site<P: SitePart>(&self) -> &P {
        // As above.
        self.world.get(self.site).expect("spawned in new")
    }

    /// The component of that kind at the house connection, to change.
    pub(crate) fn site_mut<P: SitePart>(&mut self) -> Mut<'_, P> {
        // As above.
        self.world.get_mut(self.site).expect("spawned in new")
    }

    /// What there is to write down since the last time.
    pub(crate) fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.world.resource_mut::<Notes>().0)
    }

    /// What the firmwares have to say since the last time.
    pub(crate) fn take_said(&mut self) -> Vec<(EvseId, iec61851::Event)> {
        std::mem::take(&mut self.world.resource_mut::<Said>().0)
    }

    /// What there is to look at, of each EVSE in order of their numbers.
    pub(crate) fn views(&self) -> impl Iterator<Item = EvseView<'_>> {
        self.evses.iter().filter_map(|at| {
            let (evse, board, meter) = self.views.get_manual(&self.world, at.evse).ok()?;
            let car = at.car.and_then(|car| self.cars.get_manual(&self.world, car).ok());
            Some(EvseView { id: evse.id, car: car.map(|car| &car.0), outlet: board.zip(meter.map(|meter| &meter.0)) })
        })
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

/// What draws through an outlet: a car over the contactor, or the supply of the output for direct current.
type Drawing<'a> = (&'a OutletFeed, Option<&'a Bay>, Option<&'a DcOutput>);

/// What is drawn through that outlet.
fn drawn(cars: &Query<'_, '_, &Vehicle>, bay: Option<&Bay>, output: Option<&DcOutput>) -> Demand {
    match (output, bay.and_then(|bay| cars.get(bay.car()).ok())) {
        // No line of the mains goes further.
        (Some(output), _) => *output.demand(),
        (None, Some(car)) => *car.0.demand(),
        (None, None) => Demand::default(),
    }
}

/// The supply feels what the cars draw.
fn load_supply(
    now: Res<'_, Now>,
    cars: Query<'_, '_, &Vehicle>,
    evses: Query<'_, '_, Drawing<'_>>,
    mut house: Single<'_, '_, &mut HouseSupply>,
) {
    let mut load = Load::default();
    for (outlet, bay, output) in &evses {
        let demand = drawn(&cars, bay, output);
        let (current, power) = (outlet.wiring.in_house(demand.current), outlet.wiring.in_house(demand.power));
        for line in Phase::ALL {
            load.current[line] += current[line];
            load.power[line] += power[line];
        }
    }
    let before = house.supply.terminals();
    let after = house.supply.step(now.0, &load);
    let moved = |phase| (before.voltage[phase] - after.voltage[phase]).abs() > NOTICEABLE;
    house.disturbed = Phase::ALL.into_iter().any(moved) || before.frequency != after.frequency;
}

/// The meters see it.
fn measure(
    now: Res<'_, Now>,
    cars: Query<'_, '_, &Vehicle>,
    mut evses: Query<'_, '_, (&mut Evse, Drawing<'_>, &mut OutletMeter)>,
    site: Single<'_, '_, (&HouseSupply, &mut HouseMeter)>,
) {
    let (house, mut meter) = site.into_inner();
    let terminals = house.supply.terminals();
    let (voltage, frequency) = (terminals.voltage, terminals.frequency);
    for (mut evse, (outlet, bay, output), mut meter) in &mut evses {
        let demand = drawn(&cars, bay, output);
        meter.0.step(now.0, outlet.voltage(voltage), demand.current, demand.power, frequency);
        if let Some(at) = meter.0.next_change() {
            evse.changes_at(at);
        }
    }
    let service = house.supply.telemetry();
    meter.0.step(now.0, voltage, service.service_current, service.service_power, frequency);
}
