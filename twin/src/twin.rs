//! One world, whole: car, grid, board, host, CSMS and the clock they share.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use event_log::Log;
use hardware::Screen;
use iec61851::{Event, Fault};
use panel_view::{Picture, Size};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::json;
use station::{EvseConfig, OutletKind, Owner};
use units::{EvseId, Instant, Milliamps, MilliwattHours, Watts};
use vehicle_model::{Car, ChargePhase, Deed, Driver, DriverPlan};

use crate::action::{Action, ChargerPower, CsmsAction, DcAction, HostAction, MeterAt};
use crate::backends::supply_watchdog;
use crate::csms::Csms;
use crate::error::TwinError;
use crate::host::{Host, Ids};
use crate::ports::{StationPorts, Upward};
use crate::probe::{Balance, Snapshot};
use crate::runtime::{Executor, Pace, Restless};
use crate::setup::{CsmsChoice, Setup, SetupError};
use crate::signal::Signal;
use crate::terminals::{OutsideHost, Terminals};
use crate::vocabulary::Vocabulary;
use crate::world::{
    self, Breaker, HouseMeter, HouseSupply, Inbox, METER_START, Note, OutletFeed, OutletMeter, Physics, PilotStage,
    PowerBoard, PowerPath, Vehicle, reading,
};

/// The firmware looks at its inbox this often.
const BOARD_LOOP: u64 = 5;
/// The DC side is looked at this often.
const DC_LOOK: Duration = Duration::from_millis(20);
/// The size of the panel.
const PANEL: Size = Size::new(1024, 600);
/// The plots get a point this often while something flows, and when nothing does.
const PLOT_BUSY: Duration = Duration::from_secs(10);
const PLOT_IDLE: Duration = Duration::from_secs(60);

/// A charger outside of the process that was told to end has ended within this time.
const ORDERLY_END: Duration = Duration::from_secs(5);
/// And is looked at this often meanwhile.
const END_LOOK: Duration = Duration::from_millis(20);
/// After the end the world has come to rest within this time.
const AT_REST: Duration = Duration::from_millis(500);

/// A world that is looked at so often without any time between stands still.
const MOST_LOOKS: u32 = 10_000;

/// Where the charger's host is.
enum Charger {
    /// In this process, on simulated backends.
    Inside(Box<Host>),
    /// Somewhere else, on wires.
    Outside(Box<dyn OutsideHost>),
}

/// What the world remembers of one EVSE.
#[derive(Debug, Default)]
struct AtEvse {
    driver: Option<Driver>,
    next_plot: Instant,
    /// What the last point of the plots showed, coarsely.
    plotted: (i32, i32, i32),
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
    /// Makes the world and starts the charger's host.
    ///
    /// # Errors
    /// What in the setup cannot be.
    pub fn new(setup: Setup) -> Result<Self, SetupError> {
        Self::make(setup, None)
    }

    /// Makes the world for a charger whose host is outside of this process, in real time; `host` gets the wires to it.
    ///
    /// # Errors
    /// What in the setup cannot be, and why there is no host.
    pub fn with_host(
        setup: Setup,
        host: impl FnOnce(Terminals) -> Result<Box<dyn OutsideHost>, TwinError> + 'static,
    ) -> Result<Self, SetupError> {
        Self::make(Setup { pace: Pace::RealTime, ..setup }, Some(Box::new(host)))
    }

    fn make(mut setup: Setup, outside: Option<HostMaker>) -> Result<Self, SetupError> {
        if let (CsmsChoice::Url(url), Pace::Virtual) = (&setup.csms, setup.pace) {
            return Err(SetupError::RealCsmsInVirtualTime(url.clone()));
        }
        setup.fit();
        if setup.evses.is_empty() {
            return Err(SetupError::NoEvse);
        }
        let executor = Executor::new(setup.pace)?;
        let clock = executor.clock;
        setup.log.set_clock(executor.clock_inside());
        let mut seeds = ChaCha8Rng::seed_from_u64(setup.seed);
        let (car_seed, grid_seed, id_seed) = (seeds.next_u64(), seeds.next_u64(), seeds.next_u64());
        let mut of_each = vec![Seeds { car: car_seed, ports: seeds.next_u64(), boot: seeds.next_u32() }];
        // Further EVSEs draw after the first one, so that it lives the same life with them and without.
        of_each.resize_with(setup.evses.len(), || Seeds {
            car: seeds.next_u64(),
            ports: seeds.next_u64(),
            boot: seeds.next_u32(),
        });
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
        let host = match outside {
            None => Charger::Inside(Box::new(Host::new(&setup, clock, csms.clone(), ids)?)),
            Some(make) => {
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
                Charger::Outside(executor.enter(|| make(terminals))?)
            }
        };
        let mut evses = Vec::new();
        let mut outfits = Vec::new();
        for ((told, there), seeds) in setup.charger.evses.iter().zip(setup.evses).zip(of_each) {
            let socket = told.outlet.kind == OutletKind::Socket;
            evses.push(AtEvse { socket, dc: there.dc, ..AtEvse::default() });
            let board = PowerBoard::new(board(told), there.bare_board, seeds.boot);
            let board = PowerBoard { ammeter: there.ammeter, ..board };
            outfits.push(world::Outfit { car: Car::new(there.car, seeds.car), board, wiring: there.wiring });
        }
        let physics = Physics::new(outfits, setup.site, grid_seed);
        let mut new = Self {
            executor,
            physics,
            ports,
            host,
            csms,
            log: setup.log,
            now: Instant::ZERO,
            script: VecDeque::new(),
            evses,
            looks: 0,
            failure: None,
        };
        new.step();
        new.act(Action::Host(HostAction::Start));
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
        }
    }

    /// Whether an outside charger is up; one in the process is as soon as its tasks have run.
    #[must_use]
    pub fn host_is_ready(&self) -> bool {
        match &self.host {
            Charger::Inside(host) => host.is_running(),
            Charger::Outside(host) => host.is_ready(),
        }
    }

    /// Whether all that the charger told until then is in the log; one in the process tells it as it happens.
    #[must_use]
    pub fn has_told(&self, until: Instant) -> bool {
        match &self.host {
            Charger::Inside(_) => true,
            Charger::Outside(host) => host.has_told(until),
        }
    }

    /// The EVSEs of the charger.
    pub fn evses(&self) -> impl DoubleEndedIterator<Item = EvseId> + Clone + use<> {
        self.physics.ids()
    }

    /// Whether that can be done at that EVSE of this world.
    ///
    /// # Errors
    /// Why not.
    pub fn can(&self, evse: EvseId, action: &Action) -> Result<(), String> {
        if self.evses().all(|own| own != evse) {
            return Err(format!("this charger has no EVSE {evse}"));
        }
        match &self.host {
            Charger::Inside(_) => Ok(()),
            Charger::Outside(host) => host.can(evse, action),
        }
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
            (None, Charger::Inside(_)) => Ok(()),
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
        let mut due = if self.is_modelled() { self.physics.next_change(self.now).min(end) } else { end };
        if self.evses.iter().any(|evse| evse.dc) {
            // The DC side moves without events: whoever waits for a voltage gets to look.
            due = due.min(self.now + DC_LOOK);
        }
        if let Some((at, ..)) = self.script.front() {
            due = due.min(*at);
        }
        let drivers = self.evses.iter().filter_map(|evse| evse.driver.as_ref());
        if let Some(at) = drivers.filter_map(Driver::next_change).min() {
            due = due.min(at).max(self.now);
        }
        let before = self.now;
        let ran = self.executor.run_until(due, &self.ports.dirty);
        let Some(reached) = self.reached(ran) else { return };
        if self.ports.dirty.take() && reached < due {
            // A task wants something of the world: the firmware sees it at its next turn.
            let turn = Instant::from_millis((reached.as_micros().div_ceil(1000)).div_ceil(BOARD_LOOP) * BOARD_LOOP);
            due = turn.min(due);
            // Whatever is asked of the world meanwhile waits for the firmware's turn.
            if due > reached {
                let ran = self.executor.run_until(due, &crate::ports::Dirty::default());
                if self.reached(ran).is_none() {
                    return;
                }
            }
        }
        self.now = due.max(reached);
        self.looks = if self.now == before { self.looks + 1 } else { 0 };
        if self.looks > MOST_LOOKS {
            self.stand_still(self.now);
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

    /// The driver at that EVSE does what it is time for.
    fn follow_plan(&mut self, evse: EvseId) {
        if self.at_evse(evse).driver.is_none() {
            return;
        }
        let satisfied = self.physics.of::<Vehicle>(evse).0.telemetry().phase == ChargePhase::Full;
        loop {
            let now = self.now;
            let driver = self.at_evse_mut(evse).driver.as_mut();
            let Some(deed) = driver.and_then(|driver| driver.next_deed(now, satisfied)) else { return };
            self.act_at(
                evse,
                match deed {
                    Deed::Car(action) => Action::Car(action),
                    Deed::Present(card) => Action::Badge(hardware::Token::card(&card)),
                },
            );
        }
    }

    /// A driver with a plan comes to that EVSE; the plan begins now.
    ///
    /// # Panics
    /// When the charger has no such EVSE.
    pub fn invite(&mut self, evse: EvseId, plan: DriverPlan) {
        self.at_evse_mut(evse).driver = Some(Driver::new(plan, self.now));
    }

    fn at_evse(&self, evse: EvseId) -> &AtEvse {
        &self.evses[usize::from(evse.number()) - 1]
    }

    fn at_evse_mut(&mut self, evse: EvseId) -> &mut AtEvse {
        &mut self.evses[usize::from(evse.number()) - 1]
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

    /// Whether the world at the charger's terminals is this one, and not a real one.
    fn is_modelled(&self) -> bool {
        match &self.host {
            Charger::Inside(_) => true,
            Charger::Outside(host) => host.is_modelled(),
        }
    }

    /// One step of the physical world at this instant.
    fn step(&mut self) {
        if !self.is_modelled() {
            // What the models would do and measure is not what happens on the bench.
            self.ports.dirty.take();
            return;
        }
        self.ports.dirty.take();
        for (evse, ports) in self.physics.ids().zip(&self.ports.evses) {
            let commands = std::mem::take(&mut *ports.board.down.borrow_mut());
            if !commands.is_empty() {
                self.physics.of_mut::<Inbox>(evse).0.extend(commands);
            }
            supply_watchdog(ports, self.now);
        }
        self.physics.step(self.now);
        for Note { evse, source, kind, data } in self.physics.take_notes() {
            self.log.at(evse).record(source, kind, data);
        }
        for (evse, ports) in self.physics.ids().zip(&self.ports.evses) {
            for event in self.physics.take_events(evse) {
                match event {
                    Event::Fault(Fault::HostSilent) => ports.board.misses_host.set(true),
                    Event::FaultCleared(Fault::HostSilent) => ports.board.misses_host.set(false),
                    _ => {}
                }
                ports.board.up.put(Upward::Event(event));
            }
            let meter = &self.physics.of::<OutletMeter>(evse).0;
            self.evses[usize::from(evse.number()) - 1].delivered = meter.through();
            ports.outlet_meter.set(reading(meter));
        }
        self.ports.house_meter.set(reading(&self.physics.site::<HouseMeter>().0));
        for evse in self.evses() {
            self.plot(evse);
        }
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

    /// Points for the plots of that EVSE.
    fn plot(&mut self, evse: EvseId) {
        let demand = self.physics.of::<Vehicle>(evse).0.demand().to_owned();
        let limit = self.limit(evse);
        let pilot = self.physics.of::<PowerBoard>(evse).levels.high;
        // What a reader of a plot could see: steps of a tenth of a kilowatt, of an ampere, of two volts.
        let visible = (demand.power.total().0 / 100, limit.0 / 1000, pilot.0 / 2000);
        let now = self.now;
        let at = self.at_evse_mut(evse);
        if now < at.next_plot && visible == at.plotted {
            return;
        }
        at.plotted = visible;
        let busy = demand.power.total() != Watts::ZERO;
        at.next_plot = now + if busy { PLOT_BUSY } else { PLOT_IDLE };
        let soc = self.physics.of::<Vehicle>(evse).0.soc();
        let round = |value: f64| (value * 100.0).round() / 100.0;
        self.log.at(evse).record_value(
            "sample",
            "plot",
            json!({
                "power_w": demand.power.total(),
                "current_a": round(demand.current.highest().amps()),
                "limit_a": round(limit.amps()),
                "soc_pct": soc.percent(),
                "pilot_v": round(pilot.volts()),
            }),
        );
    }

    /// What the pilot of that EVSE offers.
    fn limit(&self, evse: EvseId) -> Milliamps {
        match self.physics.of::<PowerBoard>(evse).pilot() {
            iec61851::PilotSignal::Pwm(duty) => match duty.offer() {
                iec61851::Offer::Current(current) => current,
                iec61851::Offer::Digital | iec61851::Offer::None => Milliamps::ZERO,
            },
            iec61851::PilotSignal::E | iec61851::PilotSignal::F | iec61851::PilotSignal::X1 => Milliamps::ZERO,
        }
    }

    /// Something will happen then at that EVSE.
    pub fn at(&mut self, when: Instant, evse: EvseId, action: Action) {
        let place = self.script.partition_point(|(at, ..)| *at <= when);
        self.script.insert(place, (when, evse, action));
    }

    /// Something happens now, at the first EVSE if it happens at one.
    pub fn act(&mut self, action: Action) {
        self.act_at(EvseId::FIRST, action);
    }

    /// Something happens now, at that EVSE if it happens at one.
    ///
    /// # Panics
    /// When the charger has no such EVSE: see [`Twin::can`].
    pub fn act_at(&mut self, evse: EvseId, action: Action) {
        // That of a charger with one EVSE is written as it always was.
        let log = if self.evses.len() > 1 { self.log.at(evse) } else { self.log.clone() };
        log.record("world", "action", json!({ "what": format!("{action:?}") }));
        let now = self.now;
        let ports = Rc::clone(&self.ports.evses[usize::from(evse.number()) - 1]);
        match action {
            Action::Badge(token) => match self.owner(evse, |evse| evse.reader) {
                Owner::Evse => ports.tokens.put(token),
                Owner::Station => self.ports.tokens.put(token),
            },
            Action::BoardFirmware(speaks) => {
                ports.board.speaks.set(speaks);
                self.physics.of_mut::<PowerBoard>(evse).watch_host(matches!(speaks, Vocabulary::Ours { .. }));
            }
            Action::BoardReset => {
                self.physics.of_mut::<PowerBoard>(evse).restart();
                self.physics.of_mut::<PowerPath>(evse).command(now, false);
                ports.board.up.put(Upward::Restarted);
            }
            Action::Bench(command) => match &mut self.host {
                Charger::Inside(host) => host.bench(evse, command),
                Charger::Outside(host) => host.bench(evse, command),
            },
            Action::BoardCommand(command) => ports.board.down.borrow_mut().push((now, command)),
            Action::Car(action) => self.drive(evse, action),
            Action::ChargerPower(power) => self.charger_power(power),
            Action::Contactor(fault) => self.physics.of_mut::<PowerPath>(evse).fault = fault,
            Action::Csms(action) => {
                if let Some(csms) = &self.csms {
                    match action {
                        CsmsAction::Call { action, payload } => csms.call(&action, payload),
                        CsmsAction::Flood { frame, times, lasting } => csms.flood(frame, times, lasting, now),
                        CsmsAction::Misbehave(how) => csms.misbehave(how),
                    }
                }
            }
            Action::CsmsPolicy(change) => {
                if let Some(csms) = &self.csms {
                    csms.set_policy(change);
                }
            }
            Action::Dc(action) => match action {
                DcAction::Battery(battery) => ports.dc.set_battery(now, battery),
                DcAction::Leakage { plus, minus } => ports.dc.set_leakage(now, plus, minus),
                DcAction::Load(load) => ports.dc.set_load(now, load),
            },
            Action::Grid(event) => self.physics.site_mut::<HouseSupply>().supply.act(now, event),
            Action::Host(action) => self.host_action(action),
            Action::Link(device, fault) => match &mut self.host {
                Charger::Inside(host) => host.link(evse, device).set(fault),
                Charger::Outside(host) => self.executor.enter(|| host.link(evse, device, fault)),
            },
            Action::Lock(fault) => ports.lock.fault.set(fault),
            Action::Meter(place, event) => match place {
                MeterAt::House => self.physics.site_mut::<HouseMeter>().0.act(now, event),
                MeterAt::Outlet => self.physics.of_mut::<OutletMeter>(evse).0.act(now, event),
            },
            Action::Pilot(fault) => self.physics.of_mut::<PilotStage>(evse).break_part(fault),
            Action::Store(fault) => match &self.host {
                Charger::Inside(host) => host.store(fault),
                // `can` refuses it.
                Charger::Outside(_) => {}
            },
            Action::ResidualMonitor(fault) => self.physics.of_mut::<PowerBoard>(evse).monitor = fault,
            Action::Rogue { caller, call } => {
                // That it is refused is in the log; what comes of it is for the scenario to see.
                let refused = match &self.host {
                    Charger::Inside(host) => {
                        host.bus.port(caller).at(evse).send(call).err().map(|error| error.to_string())
                    }
                    Charger::Outside(_) => Some("the charger's bus is in another process".to_owned()),
                };
                self.log.record("world", "rogue", json!({ "refused": refused }));
            }
        }
        self.step();
    }

    /// The breaker in front of the charger opens or closes: mains, board and host go with it.
    fn charger_power(&mut self, power: ChargerPower) {
        let now = self.now;
        match power {
            ChargerPower::Lost { lasting } => {
                self.host_action(HostAction::Kill);
                self.ports.screen.replace(None);
                for (evse, ports) in self.physics.ids().zip(&self.ports.evses) {
                    ports.board.down.borrow_mut().clear();
                    ports.board.up.clear();
                    ports.dc.switch(now, false);
                    ports.screen.replace(None);
                    self.physics.of_mut::<OutletFeed>(evse).breaker = Breaker::Open;
                    self.physics.of_mut::<PowerBoard>(evse).go_dark();
                    self.physics.of_mut::<PowerPath>(evse).command(now, false);
                }
                if let Some(lasting) = lasting {
                    self.at(now + lasting, EvseId::FIRST, Action::ChargerPower(ChargerPower::Back));
                }
            }
            ChargerPower::Back => {
                for evse in self.evses() {
                    self.physics.of_mut::<OutletFeed>(evse).breaker = Breaker::Closed;
                    self.physics.of_mut::<PowerBoard>(evse).restart();
                }
                self.host_action(HostAction::Start);
            }
        }
    }

    fn host_action(&mut self, action: HostAction) {
        let (executor, ports) = (&self.executor, &self.ports);
        let started = executor.enter(|| match (&mut self.host, action) {
            (Charger::Inside(host), HostAction::Kill) => {
                host.kill();
                Ok(())
            }
            (Charger::Inside(host), HostAction::Shutdown) => {
                host.shut_down();
                Ok(())
            }
            (Charger::Inside(host), HostAction::Start) => {
                host.start(ports);
                Ok(())
            }
            (Charger::Outside(host), HostAction::Kill) => {
                host.kill();
                Ok(())
            }
            (Charger::Outside(host), HostAction::Shutdown) => {
                host.shut_down();
                Ok(())
            }
            (Charger::Outside(host), HostAction::Start) => host.start(),
        });
        if let Err(error) = started {
            self.log.record("run", "broken", json!({ "what": error.to_string() }));
            self.failure = Some(error);
        }
    }

    /// What a driver does, as far as the lock lets them.
    fn drive(&mut self, evse: EvseId, action: vehicle_model::Action) {
        let lock = &self.ports.evses[usize::from(evse.number()) - 1].lock;
        let held = self.at_evse(evse).socket && lock.position.get() == hardware::LockPosition::Locked;
        if action == vehicle_model::Action::Unplug && held {
            // The car's end comes out of the inlet; what is left in the socket is a cable without a car.
            self.log.at(evse).record(
                "world",
                "plug",
                json!({ "what": "the socket holds the plug; it was pulled out of the car" }),
            );
        }
        let now = self.now;
        self.physics.of_mut::<Vehicle>(evse).0.act(now, action);
    }

    /// Measures something, at the first EVSE if it is something of one.
    pub fn probe(&mut self, signal: Signal) -> f64 {
        self.probe_at(EvseId::FIRST, signal)
    }

    /// Measures something, at that EVSE if it is something of one.
    ///
    /// # Panics
    /// When the charger has no such EVSE.
    pub fn probe_at(&mut self, evse: EvseId, signal: Signal) -> f64 {
        let ports = &self.ports.evses[usize::from(evse.number()) - 1];
        let car = &self.physics.of::<Vehicle>(evse).0;
        let board = self.physics.of::<PowerBoard>(evse);
        let (levels, pilot) = (board.levels, board.pilot());
        // Made for the signals that need them alone.
        let stage = || self.physics.of::<PilotStage>(evse).behind(board.frequency());
        let line = || car.load();
        match signal {
            Signal::CableRating => match iec61851::classify(car.proximity()) {
                iec61851::Proximity::Cable(rating) => rating.limit().amps(),
                iec61851::Proximity::Absent | iec61851::Proximity::Invalid => f64::NAN,
            },
            Signal::CarCurrent => car.demand().current.highest().amps(),
            Signal::CarPower => f64::from(car.demand().power.total().0),
            Signal::Contactor => f64::from(u8::from(self.physics.of::<PowerPath>(evse).is_closed())),
            Signal::ContactorClosings => f64::from(self.physics.of::<PowerPath>(evse).closings),
            Signal::DutyPercent => match pilot {
                iec61851::PilotSignal::Pwm(duty) => f64::from(duty.permille()) / 10.0,
                iec61851::PilotSignal::E | iec61851::PilotSignal::F | iec61851::PilotSignal::X1 => 0.0,
            },
            Signal::EnergyGap => self.energy_balance().worst_gap(),
            Signal::InsulationResistance => {
                ports.dc.measure(self.now).insulation.map_or(f64::NAN, |ohms| f64::from(ohms.0))
            }
            Signal::InsulationVoltage | Signal::SupplyVoltage => ports.dc.measure(self.now).voltage.volts(),
            Signal::Limit => self.limit(evse).amps(),
            Signal::LockPosition => match ports.lock.position.get() {
                hardware::LockPosition::Locked => 1.0,
                hardware::LockPosition::Moving | hardware::LockPosition::Unlocked => 0.0,
            },
            Signal::MeterEnergy => self.delivered(evse).watt_hours(),
            Signal::MeterPower => f64::from(ports.outlet_meter.get().power.total().0),
            Signal::PilotDuty => stage().duty(pilot, &line()),
            Signal::PilotFallTime => stage().fall_time(pilot, &line()),
            Signal::PilotFrequency => stage().frequency(pilot),
            Signal::PilotHigh => levels.high.volts(),
            Signal::PilotHighTime => stage().high_time(pilot, &line()),
            Signal::PilotLow => levels.low.volts(),
            Signal::PilotRipple => stage().ripple(),
            Signal::PilotRiseTime => stage().rise_time(pilot, &line()),
            Signal::PilotSourceResistance => stage().resistance(),
            Signal::ResidualCurrent => f64::from(car.residual().0) / 1e6,
            Signal::ServiceCurrent => {
                self.physics.site::<HouseSupply>().supply.telemetry().service_current.highest().amps()
            }
            Signal::Soc => car.soc().percent(),
            Signal::SupplyCurrent => f64::from(ports.dc.measure(self.now).current.0) / 1000.0,
            Signal::Voltage => self.physics.site::<HouseSupply>().supply.terminals().voltage.0[0].volts(),
        }
    }

    /// Everything a live view of that EVSE needs.
    ///
    /// # Panics
    /// When the charger has no such EVSE.
    pub fn snapshot(&mut self, evse: EvseId) -> Snapshot {
        let ports = &self.ports.evses[usize::from(evse.number()) - 1];
        let board = self.physics.of::<PowerBoard>(evse);
        let (state, signal) = (board.noted.to_owned(), board.pilot());
        let car = self.physics.of::<Vehicle>(evse).0.telemetry();
        let target = self.physics.of::<Vehicle>(evse).0.target();
        let current = self.physics.of::<Vehicle>(evse).0.demand().current;
        Snapshot {
            now: self.now,
            pilot_state: state,
            pilot: signal.to_string(),
            contactor: self.physics.of::<PowerPath>(evse).is_closed(),
            current,
            limit: self.limit(evse),
            car,
            target,
            meter: ports.outlet_meter.get(),
            delivered: self.delivered(evse),
            voltage: self.physics.site::<HouseSupply>().supply.terminals().voltage,
            screen: self.screen(evse).borrow().clone(),
        }
    }

    /// What is on the panel that tells of that EVSE.
    fn screen(&self, evse: EvseId) -> &RefCell<Option<Screen>> {
        match self.owner(evse, |evse| evse.panel) {
            Owner::Evse => &self.ports.evses[usize::from(evse.number()) - 1].screen,
            Owner::Station => &self.ports.screen,
        }
    }

    /// Whose a device of that EVSE is.
    fn owner(&self, evse: EvseId, of: impl FnOnce(&EvseConfig) -> Owner) -> Owner {
        match &self.host {
            Charger::Inside(host) => host.told(evse).map(of).unwrap_or_default(),
            Charger::Outside(_) => Owner::Evse,
        }
    }

    /// What the panel of that EVSE shows, as pixels. Of a charger outside it is taken with the first call, and there after some time: ask
    /// again.
    ///
    /// # Errors
    /// Why it cannot be seen.
    pub fn panel_picture(&mut self, evse: EvseId) -> Poll<Result<Picture, String>> {
        match &mut self.host {
            Charger::Outside(host) => self.executor.enter(|| host.panel_picture(evse)),
            Charger::Inside(_) => Poll::Ready(match &*self.screen(evse).borrow() {
                Some(screen) => Ok(Picture::of(screen, PANEL)),
                None => Ok(Picture::black(PANEL)),
            }),
        }
    }

    /// Where the energy went, from every side that counted it.
    pub fn energy_balance(&mut self) -> Balance {
        let supply = self.physics.site::<HouseSupply>().supply.telemetry();
        let mut meter = MilliwattHours::ZERO;
        let (mut inlet, mut losses, mut charged) = (meter, meter, meter);
        for evse in self.evses() {
            let car = self.physics.of::<Vehicle>(evse).0.telemetry();
            meter += self.delivered(evse);
            inlet += car.inlet_energy;
            losses += car.losses;
            charged += car.charged;
        }
        let csms = self.csms.as_ref().and_then(|csms| csms.energy(METER_START));
        Balance {
            source: supply.source_energy,
            house: supply.house_energy,
            line_losses: supply.losses,
            charger: supply.charger_energy,
            meter,
            csms,
            car_inlet: inlet,
            car_losses: losses,
            battery: charged,
        }
    }

    /// What went through the meter of that EVSE since the beginning, whatever it shows.
    ///
    /// # Panics
    /// When the charger has no such EVSE.
    #[must_use]
    pub fn delivered(&self, evse: EvseId) -> MilliwattHours {
        self.at_evse(evse).delivered
    }

    /// What people call the car at that EVSE.
    ///
    /// # Panics
    /// When the charger has no such EVSE.
    pub fn car_name(&mut self, evse: EvseId) -> String {
        self.physics.of::<Vehicle>(evse).0.profile().name.clone()
    }

    /// Ends the world: the host is told to end, and gets the time to leave everything safe. One that takes too long is not in
    /// order.
    pub fn finish(&mut self) {
        // Of one that stood still or is gone already nothing more is expected.
        let sound = self.health().is_ok();
        let outside = matches!(self.host, Charger::Outside(_));
        self.act(Action::Host(HostAction::Shutdown));
        if outside && sound {
            let end = self.now + ORDERLY_END;
            while self.host_runs() && self.now < end && self.health().is_ok() {
                // Nobody says that a program has ended: look.
                self.advance(end.min(self.now + END_LOOK));
            }
            if self.host_runs() && self.failure.is_none() {
                self.failure = Some(TwinError::Charger(format!("the charger did not end within {ORDERLY_END:?}")));
            }
        }
        let open = |twin: &mut Self| twin.evses().all(|evse| twin.probe_at(evse, Signal::Contactor) == 0.0);
        self.run_until(AT_REST, |twin| outside && !twin.host_runs() && open(twin));
    }
}

/// What is random about one EVSE.
struct Seeds {
    car: u64,
    ports: u64,
    boot: u32,
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

/// Makes the host outside of the process.
type HostMaker = Box<dyn FnOnce(Terminals) -> Result<Box<dyn OutsideHost>, TwinError>>;

/// Lets the simulated CSMS listen on the loopback; answers the port. Inside the runtime.
fn listen(csms: &Csms) -> Result<u16, SetupError> {
    let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    drop(tokio::task::spawn_local(csms.clone().listen(tokio::net::TcpListener::from_std(listener)?)));
    Ok(port)
}
