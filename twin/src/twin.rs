//! One world, whole: cars, grid, boards, host, CSMS and the clock they share. Here it is made, its time passes, and it ends;
//! what happens in it is in `act`, what is measured in `measure`, and what of both there can be in `possible`.

mod act;
mod measure;
mod plot;
mod possible;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use devices::plc_cable::PlcCable;
use devices::plc_modem::PlcModem;
use event_log::Log;
use iec61851::{Event, Fault};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::json;
use station::{EvseConfig, OutletKind};
use units::{EvseId, Instant, MilliwattHours};
use vehicle_model::{Car, ChargePhase, Deed, Driver, DriverPlan};

use crate::action::{Action, HostAction};
use crate::backends::{supply_waits_until, supply_watchdog};
use crate::csms::Csms;
use crate::error::TwinError;
use crate::frames::Frames;
use crate::host::{Host, Ids};
use crate::parties::{CarChoice, ChargerChoice, CsmsChoice, NotModelled};
use crate::ports::{EvsePorts, StationPorts, Upward};
use crate::runtime::{Executor, Restless};
use crate::setup::{Setup, SetupError};
use crate::signal::Signal;
use crate::terminals::{OutsideHost, Terminals};
use crate::twin::plot::Plot;
use crate::world::{self, HouseMeter, Note, Physics, PowerBoard, reading};

/// The firmware looks at its inbox this often.
const BOARD_LOOP: u64 = 5;
/// Direct current is looked at this often while its voltage moves.
const DC_LOOK: Duration = Duration::from_millis(20);

/// A charger outside of the process that was told to end has ended within this time.
const ORDERLY_END: Duration = Duration::from_secs(5);
/// One that is killed is dead within this time: the order has a way to go, and until then it does what it always does.
const DEAD: Duration = Duration::from_secs(1);
/// And is looked at this often meanwhile.
const END_LOOK: Duration = Duration::from_millis(20);
/// After the end the world has come to rest within this time.
const AT_REST: Duration = Duration::from_millis(500);

/// A world that is looked at so often without any time between stands still.
const MOST_LOOKS: u32 = 10_000;

/// The charger's host, where it is.
enum Charger {
    /// In this process, on simulated backends.
    Inside(Box<Host>),
    /// Somewhere else, on wires.
    Outside(Box<dyn OutsideHost>),
    /// Nowhere.
    None,
}

/// What the world remembers of one EVSE.
#[derive(Debug, Default)]
struct AtEvse {
    driver: Option<Driver>,
    plot: Plot,
    socket: bool,
    /// What went through the outlet's meter since the beginning, whatever it shows.
    delivered: MilliwattHours,
    /// There is a DC side.
    dc: bool,
}

/// One world.
pub struct Twin {
    executor: Executor,
    physics: Physics,
    ports: Rc<StationPorts>,
    host: Charger,
    csms: Option<Csms>,
    frames: Option<Frames>,
    log: Log,
    now: Instant,
    script: VecDeque<(Instant, EvseId, Action)>,
    /// In order of the numbers of the EVSEs.
    evses: Vec<AtEvse>,
    /// How often the world was looked at without any time between.
    looks: u32,
    failure: Option<TwinError>,
}

impl std::fmt::Debug for Twin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Twin").field("now", &self.now).field("failure", &self.failure).finish_non_exhaustive()
    }
}

impl Twin {
    /// Makes the world and starts the charger's host, if there is a charger.
    ///
    /// # Errors
    /// What in the setup cannot be, and why there is no host.
    pub fn new(mut setup: Setup) -> Result<Self, SetupError> {
        setup.fit();
        setup.check()?;
        let executor = Executor::new(setup.pace)?;
        let clock = executor.clock;
        setup.log.set_clock(executor.clock_inside());
        let mut seeds = ChaCha8Rng::seed_from_u64(setup.seed);
        let (car_seed, grid_seed, id_seed) = (seeds.next_u64(), seeds.next_u64(), seeds.next_u64());
        let mut of_each = vec![Seeds { car: car_seed, ports: seeds.next_u64(), boot: seeds.next_u32(), line: 0 }];
        // Further EVSEs draw after the first one, so that it lives the same life with them and without. One without a car draws
        // as well: the others live the same life beside it.
        of_each.resize_with(setup.evses.len(), || Seeds {
            car: seeds.next_u64(),
            ports: seeds.next_u64(),
            boot: seeds.next_u32(),
            line: 0,
        });
        // Cables came later than the rest: what was drawn before stays what it was.
        of_each.iter_mut().for_each(|each| each.line = seeds.next_u64());
        let ports: Vec<u64> = of_each.iter().map(|seeds| seeds.ports).collect();
        let ports = Rc::new(StationPorts::new(&ports));
        let mut random = ChaCha8Rng::seed_from_u64(id_seed);
        let ids: Ids = Rc::new(RefCell::new(Box::new(move || {
            (u128::from(random.next_u64()) << 64) | u128::from(random.next_u64())
        })));
        let csms = match &setup.csms {
            CsmsChoice::Simulated(policy) => Some(Csms::new(policy.clone(), clock, setup.epoch_micros)),
            CsmsChoice::None | CsmsChoice::Url(_) => None,
        };
        let host = match &setup.charger_is {
            ChargerChoice::Inside => Charger::Inside(Box::new(Host::new(&setup, clock, csms.clone(), ids)?)),
            ChargerChoice::None => Charger::None,
            ChargerChoice::Outside(maker) => {
                let csms_port = csms.as_ref().map(|csms| executor.enter(|| listen(csms))).transpose()?;
                let terminals = Terminals {
                    station: Rc::clone(&ports),
                    evse: Rc::clone(&ports.evses[0]),
                    id: EvseId::FIRST,
                    log: setup.log.clone(),
                    clock,
                    charger: setup.charger.clone(),
                    csms_port,
                };
                Charger::Outside(executor.enter(|| maker.make(terminals))?)
            }
        };
        let frames = setup.frames.take().map(Frames::new);
        if let Some(frames) = &frames {
            let has_modem =
                EvseId::of_station(u16::MAX).zip(&setup.evses).zip(&ports.evses).filter(|((_, evse), _)| evse.plc);
            has_modem.for_each(|((id, _), ports)| frames.listen(id, &ports.modem));
        }
        let modelled = setup.has_modelled_outlets();
        let mut evses = Vec::new();
        let mut outfits = Vec::new();
        for (((told, there), seeds), port) in setup.charger.evses.iter().zip(setup.evses).zip(of_each).zip(&ports.evses)
        {
            let socket = told.outlet.kind == OutletKind::Socket;
            let dc = there.dc && !matches!(host, Charger::None);
            evses.push(AtEvse { socket, dc, ..AtEvse::default() });
            let outlet = modelled.then(|| {
                let board = PowerBoard::new(board(told), there.bare_board, seeds.boot);
                let board = PowerBoard { ammeter: there.ammeter, ..board };
                let dc = there.dc.then(|| port.dc.clone());
                // A car that takes direct current has a modem, whether it says anything or not.
                let takes_dc = there.car.profile().is_some_and(|profile| profile.dc.is_some());
                let speaks = takes_dc || there.speech.is_some();
                let plc =
                    (there.plc && speaks).then(|| PlcCable::new(port.modem.clone(), PlcModem::default(), seeds.line));
                world::Outlet { board, lines: told.outlet.phases, wiring: there.wiring, dc, plc }
            });
            let car = match there.car {
                CarChoice::Inside(profile) => {
                    let mut car = Car::new(profile, seeds.car);
                    car.set_speech(there.speech);
                    Some(car)
                }
                CarChoice::Outside | CarChoice::None => None,
            };
            outfits.push(world::Outfit { car, outlet });
        }
        let physics = Physics::new(outfits, setup.site, grid_seed);
        let mut new = Self {
            executor,
            physics,
            ports,
            host,
            csms,
            frames,
            log: setup.log,
            now: Instant::ZERO,
            script: VecDeque::new(),
            evses,
            looks: 0,
            failure: None,
        };
        new.step();
        if !matches!(new.host, Charger::None) {
            new.act(Action::Host(HostAction::Start));
        }
        Ok(new)
    }

    /// The instant.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The event log.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The simulated CSMS, if this world has one.
    #[must_use]
    pub const fn csms(&self) -> Option<&Csms> {
        self.csms.as_ref()
    }

    /// Whether the host's services run.
    #[must_use]
    pub fn host_runs(&self) -> bool {
        match &self.host {
            Charger::Inside(host) => host.is_running(),
            Charger::Outside(host) => host.is_running(),
            Charger::None => false,
        }
    }

    /// Whether an outside charger is up; one in the process is as soon as its tasks have run.
    #[must_use]
    pub fn host_is_ready(&self) -> bool {
        match &self.host {
            Charger::Inside(host) => host.is_running(),
            Charger::Outside(host) => host.is_ready(),
            Charger::None => false,
        }
    }

    /// Whether all that the charger told until then is in the log; one in the process tells it as it happens.
    #[must_use]
    pub fn has_told(&self, until: Instant) -> bool {
        match &self.host {
            Charger::Inside(_) | Charger::None => true,
            Charger::Outside(host) => host.has_told(until),
        }
    }

    /// The EVSEs of the charger.
    pub fn evses(&self) -> impl DoubleEndedIterator<Item = EvseId> + Clone + use<> {
        self.physics.ids()
    }

    /// Whether everything that makes the world runs as it should: a dead or panicked task is a fault of the harness, or a
    /// panic of the charger, and never a verdict.
    ///
    /// # Errors
    /// What died.
    pub fn health(&self) -> Result<(), TwinError> {
        match (&self.failure, &self.host) {
            (Some(failure), _) => Err(failure.clone()),
            (None, Charger::Outside(host)) => host.health(),
            (None, Charger::Inside(_) | Charger::None) => Ok(()),
        }
    }

    /// Lets time pass.
    pub fn run_for(&mut self, duration: Duration) {
        self.run_until(duration, |_| false);
    }

    /// Lets time pass until `done`, at most so long; answers whether it came to be. Ends early when the world is not in
    /// order.
    pub fn run_until(&mut self, limit: Duration, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let end = self.now + limit;
        loop {
            if done(self) {
                return true;
            }
            if self.now >= end || self.health().is_err() {
                return false;
            }
            self.advance(end);
        }
    }

    /// Goes on to the next instant at which anything happens, at the latest to `end`.
    pub fn advance(&mut self, end: Instant) {
        let mut due = if self.is_bench() { end } else { self.physics.next_change(self.now).min(end) };
        if let Some(at) = self.next_dc_look() {
            due = due.min(at);
        }
        if let Some((at, ..)) = self.script.front() {
            due = due.min(*at);
        }
        let drivers = self.evses.iter().filter_map(|evse| evse.driver.as_ref());
        if let Some(at) = drivers.filter_map(Driver::next_change).min() {
            due = due.min(at).max(self.now);
        }
        // Frames are carried between the steps of the world: nothing else moves because of them.
        let step_due = due;
        due = self.physics.next_arrival().map_or(due, |at| at.max(self.now).min(due));
        let before = self.now;
        let ran = self.executor.run_until(due, &self.ports.dirty);
        let Some(reached) = self.reached(ran) else { return };
        let wanted = self.ports.dirty.take();
        let spoken = self.ports.dirty.take_spoken();
        if !wanted && (reached < due || due < step_due) {
            self.now = reached.max(before);
            self.count_looks(before);
            if self.carry() {
                self.step();
            }
            return;
        }
        if spoken {
            // The step that follows sees what else it brings.
            self.physics.carry(reached);
        }
        if wanted && reached < step_due {
            // A task wants something of the world: the firmware sees it at its next turn. What was said before is heard before.
            let heard = self.physics.next_arrival().filter(|_| spoken).map_or(reached, |at| at.max(reached));
            let turn = Instant::from_millis((heard.as_micros().div_ceil(1000)).div_ceil(BOARD_LOOP) * BOARD_LOOP);
            due = turn.min(step_due);
            // Frames do not wait for it.
            while let Some(at) = self.physics.next_arrival().filter(|at| *at < due) {
                let ran = self.executor.run_until(at, &crate::ports::Dirty::default());
                let Some(now) = self.reached(ran) else { return };
                self.ports.dirty.take_spoken();
                self.physics.carry(now);
            }
            // Whatever is asked of the world meanwhile waits for the firmware's turn.
            if due > reached {
                let ran = self.executor.run_until(due, &crate::ports::Dirty::default());
                if self.reached(ran).is_none() {
                    return;
                }
            }
        }
        self.now = due.max(reached);
        if !self.count_looks(before) {
            return;
        }
        while self.script.front().is_some_and(|(at, ..)| *at <= self.now) {
            if let Some((_, evse, action)) = self.script.pop_front() {
                self.act_at(evse, action);
            }
        }
        self.step();
        for evse in self.evses() {
            self.follow_plan(evse);
        }
        self.check_tasks();
    }

    /// When direct current is to be looked at: voltages there move without events, and whoever waits for something gets to look.
    fn next_dc_look(&self) -> Option<Instant> {
        let look = self.now + DC_LOOK;
        let outputs = self.evses.iter().zip(&self.ports.evses).filter(|(evse, _)| evse.dc);
        let next = |ports: &EvsePorts| match &self.host {
            // A supply on a wire is told things that the world does not hear.
            Charger::Outside(_) => Some(look),
            Charger::Inside(_) | Charger::None if ports.dc.moves(self.now, DC_LOOK) => Some(look),
            Charger::Inside(_) | Charger::None => supply_waits_until(ports).filter(|until| *until > self.now),
        };
        outputs.filter_map(|(_, ports)| next(ports)).min()
    }

    /// Counts the looks at one instant; whether there are not too many.
    fn count_looks(&mut self, before: Instant) -> bool {
        self.looks = if self.now == before { self.looks + 1 } else { 0 };
        let moves = self.looks <= MOST_LOOKS;
        if !moves {
            self.stand_still(self.now);
        }
        moves
    }

    /// Lets frames pass on the power lines; whether a step is due because of them.
    fn carry(&mut self) -> bool {
        let moved = self.physics.carry(self.now);
        self.write_notes();
        moved
    }

    /// Writes down what happened in the world, and hands over what was said.
    fn write_notes(&mut self) {
        if let Some(frames) = &mut self.frames {
            frames.pass_on();
        }
        for Note { evse, source, kind, data } in self.physics.take_notes() {
            self.log.at(evse).record(source, kind, data);
        }
    }

    /// The driver at that EVSE does what it is time for.
    fn follow_plan(&mut self, evse: EvseId) {
        let (Some(_), Some(car)) = (&self.at_evse(evse).driver, self.physics.car(evse)) else { return };
        let satisfied = car.telemetry().phase == ChargePhase::Full;
        loop {
            let now = self.now;
            let driver = self.at_evse_mut(evse).driver.as_mut();
            let Some(deed) = driver.and_then(|driver| driver.next_deed(now, satisfied)) else { return };
            match deed {
                Deed::Car(action) => self.act_at(evse, Action::Car(action)),
                // Where there is no charger, there is nothing to show a card to.
                Deed::Present(_) if matches!(self.host, Charger::None) => {}
                Deed::Present(card) => self.act_at(evse, Action::Badge(hardware::Token::card(&card))),
            }
        }
    }

    /// A driver with a plan comes to the car at that EVSE; the plan begins now.
    ///
    /// # Errors
    /// No car of this world stands there.
    ///
    /// # Panics
    /// When the charger has no such EVSE.
    pub fn invite(&mut self, evse: EvseId, plan: DriverPlan) -> Result<(), NotModelled> {
        self.car(evse)?;
        self.at_evse_mut(evse).driver = Some(Driver::new(plan, self.now));
        Ok(())
    }

    fn at_evse(&self, evse: EvseId) -> &AtEvse {
        &self.evses[evse.place()]
    }

    fn at_evse_mut(&mut self, evse: EvseId) -> &mut AtEvse {
        &mut self.evses[evse.place()]
    }

    /// The instant that the tasks reached; nothing when time stands still, and the world is then not in order.
    fn reached(&mut self, ran: Result<Instant, Restless>) -> Option<Instant> {
        ran.map_err(|Restless(at)| self.stand_still(at)).ok()
    }

    /// Nothing more can be said of this world.
    fn stand_still(&mut self, at: Instant) {
        let error = TwinError::Standstill(at);
        self.log.record("run", "broken", json!({ "what": error.to_string() }));
        self.failure.get_or_insert(error);
    }

    /// Whether the charger's outlets are real, and so is everything around them.
    fn is_bench(&self) -> bool {
        matches!(self.host, Charger::Outside(_)) && !self.physics.has_charger()
    }

    /// One step of the physical world at this instant.
    fn step(&mut self) {
        if self.is_bench() {
            // What a modelled house would do is not what happens on the bench.
            self.ports.dirty.take();
            return;
        }
        self.ports.dirty.take();
        for (evse, ports) in self.physics.ids().zip(&self.ports.evses) {
            let mut commands = ports.board.down.borrow_mut();
            if !commands.is_empty() {
                self.physics.deliver(evse, &mut commands);
            }
            drop(commands);
            supply_watchdog(ports, self.now);
        }
        self.physics.step(self.now);
        self.write_notes();
        for (evse, event) in self.physics.take_said() {
            let board = &self.ports.evses[evse.place()].board;
            match event {
                Event::Fault(Fault::HostSilent) => board.misses_host.set(true),
                Event::FaultCleared(Fault::HostSilent) => board.misses_host.set(false),
                _ => {}
            }
            board.up.put(Upward::Event(event));
        }
        for view in self.physics.views() {
            let evse = &mut self.evses[view.id.place()];
            if let Some((_, meter)) = view.outlet {
                evse.delivered = meter.through();
                self.ports.evses[view.id.place()].outlet_meter.set(reading(meter));
            }
            if let Some(point) = evse.plot.point(self.now, &view) {
                self.log.at(view.id).record_value("sample", "plot", point);
            }
        }
        self.ports.house_meter.set(reading(&self.physics.site::<HouseMeter>().0));
    }

    fn check_tasks(&mut self) {
        let Charger::Inside(host) = &mut self.host else { return };
        if let Some(task) = host.take_dead() {
            let ended = self.executor.block_on(task);
            let why = match ended {
                Ok(Ok(())) => "the charger's services ended by themselves".to_owned(),
                Ok(Err(error)) => format!("the charger's services could not go on: {error}"),
                Err(error) => format!("the charger's services panicked: {error}"),
            };
            self.log.record("run", "broken", json!({ "what": why }));
            self.failure = Some(TwinError::Broken(why));
        }
    }

    /// Lets time pass until a charger outside has ended, at most so long.
    fn until_host_ended(&mut self, limit: Duration) {
        let end = self.now + limit;
        while self.host_runs() && self.now < end && self.health().is_ok() {
            // Nobody says that a program has ended: look.
            self.advance(end.min(self.now + END_LOOK));
        }
    }

    /// Ends the world: the host is told to end, and gets the time to leave everything safe. One that takes too long is not in
    /// order.
    pub fn finish(&mut self) {
        if matches!(self.host, Charger::None) {
            // A car left alone comes to no other end.
            return;
        }
        // Of one that stood still or is gone already nothing more is expected.
        let sound = self.health().is_ok();
        let outside = matches!(self.host, Charger::Outside(_));
        self.act(Action::Host(HostAction::Shutdown));
        if outside && sound {
            self.until_host_ended(ORDERLY_END);
            if self.host_runs() && self.failure.is_none() {
                self.failure = Some(TwinError::Charger(format!("the charger did not end within {ORDERLY_END:?}")));
            }
        }
        let open = |twin: &mut Self| twin.evses().all(|evse| twin.probe_at(evse, Signal::Contactor) == Ok(0.0));
        self.run_until(AT_REST, |twin| outside && !twin.host_runs() && open(twin));
    }
}

/// What is random about one EVSE.
struct Seeds {
    car: u64,
    ports: u64,
    boot: u32,
    /// Of the frames on its power line.
    line: u64,
}

/// What the firmware of a power board is told.
fn board(told: &EvseConfig) -> iec61851::Config {
    iec61851::Config {
        outlet: match told.outlet.kind {
            OutletKind::Socket => iec61851::Outlet::Socket,
            OutletKind::Tethered => iec61851::Outlet::Tethered(told.outlet.max_current()),
        },
        ventilated: told.outlet.ventilated,
        timing: iec61851::Timing {
            // The world looks at itself once a second where nothing happens.
            sample_silence: Duration::from_secs(2),
            ..iec61851::Timing::default()
        },
        ..iec61851::Config::default()
    }
}

/// Lets the simulated CSMS listen on the loopback; answers the port. Inside the runtime.
fn listen(csms: &Csms) -> Result<u16, SetupError> {
    let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    drop(tokio::task::spawn_local(csms.clone().listen(tokio::net::TcpListener::from_std(listener)?)));
    Ok(port)
}
