//! The computer that runs the charger's services: it can be started, told to end, and killed.

use std::cell::RefCell;
use std::rc::Rc;

use hardware::{Fault, FaultPlan, Record};
use ocpp::{Sqlite, Tcp};
use station::{Bus, Clock, Config, EvseHardware, Hardware, Outfit, OutletKind, Platform, StationError, Tap, tap};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use units::EvseId;

use crate::backends::{SimInsulation, SimLock, SimMeter, SimPanel, SimPlc, SimPowerBoard, SimReader, SimSupply};
use crate::csms::{Csms, CsmsLink};
use crate::device::PerDevice;
use crate::firmware::Firmware;
use crate::ports::Ports;
use crate::setup::{CsmsChoice, Setup, SetupError};
use crate::store::{Disk, StoreFault};

/// Random numbers of a world, shared by the lives of its host.
pub(crate) type Ids = Rc<RefCell<Box<dyn FnMut() -> u128>>>;

/// A charger of simulated devices, each of which can be broken, and whatever crosses the seam is in the log.
enum Simulated {}

impl Outfit for Simulated {
    type Board = Record<SimPowerBoard, Tap>;
    type Lock = Record<Fault<SimLock>, Tap>;
    type Meter = Record<Fault<SimMeter>, Tap>;
    type Reader = Record<Fault<SimReader>, Tap>;
    type Panel = Record<Fault<SimPanel>, Tap>;
    type Supply = Record<Fault<SimSupply>, Tap>;
    type Insulation = Record<Fault<SimInsulation>, Tap>;
    type Plc = Record<Fault<SimPlc>, Tap>;
    type Csms = CsmsLink;
}

/// The task of the charger's services.
type Services = JoinHandle<Result<(), StationError>>;

/// The host.
pub(crate) struct Host {
    config: Config,
    clock: Clock,
    epoch_micros: i64,
    log: event_log::Log,
    ids: Ids,
    disk: Disk,
    csms: Option<Csms>,
    url: Option<String>,
    /// There is a DC side.
    dc: bool,
    /// There is a PLC modem.
    plc: bool,
    /// What is broken on the way to each device.
    pub(crate) links: PerDevice<FaultPlan>,
    pub(crate) bus: Bus,
    running: Option<(Services, oneshot::Sender<()>)>,
}

impl Host {
    pub(crate) fn new(setup: &Setup, clock: Clock, csms: Option<Csms>, ids: Ids) -> Result<Self, SetupError> {
        // Opened here, so that a store that cannot be used is told before anything runs.
        let disk = Disk::new(match &setup.store {
            Some(path) => Sqlite::open(path)?,
            None => Sqlite::in_memory()?,
        });
        let url = match &setup.csms {
            CsmsChoice::Url(url) => {
                // The same check as at every start, told early.
                Tcp::new(url, &setup.charger.station.id).map_err(SetupError::Url)?;
                Some(url.clone())
            }
            CsmsChoice::None | CsmsChoice::Simulated(_) => None,
        };
        Ok(Self {
            config: setup.charger.clone(),
            clock,
            epoch_micros: setup.epoch_micros,
            log: setup.log.clone(),
            ids,
            disk,
            csms,
            url,
            dc: setup.dc,
            plc: setup.plc,
            links: PerDevice::default(),
            bus: Bus::new(setup.charger.permissions.clone(), setup.log.clone()),
            running: None,
        })
    }

    /// Starts the charger's services; must be called inside the runtime.
    pub(crate) fn start(&mut self, ports: &Rc<Ports>) {
        self.kill();
        let (log, at_evse) = (&self.log, self.log.at(EvseId::FIRST));
        let links = &self.links;
        let firmware = Firmware::new(Rc::clone(ports), self.clock, links.board.clone());
        let evse: EvseHardware<Simulated> = EvseHardware {
            board: Record::new(SimPowerBoard::new(firmware), tap(&at_evse)),
            lock: (self.config.outlet.kind == OutletKind::Socket)
                .then(|| Record::new(Fault::new(SimLock(Rc::clone(ports)), links.lock.clone()), tap(&at_evse))),
            meter: Record::new(Fault::new(SimMeter::Outlet(Rc::clone(ports)), links.meter.clone()), tap(&at_evse)),
            reader: Record::new(Fault::new(SimReader(Rc::clone(ports)), links.reader.clone()), tap(&at_evse)),
            panel: Record::new(Fault::new(SimPanel(Rc::clone(ports)), links.panel.clone()), tap(&at_evse)),
            supply: self.dc.then(|| {
                Record::new(Fault::new(SimSupply(Rc::clone(ports), self.clock), links.supply.clone()), tap(&at_evse))
            }),
            insulation: self.dc.then(|| {
                let monitor = SimInsulation::new(Rc::clone(ports), self.clock);
                Record::new(Fault::new(monitor, links.insulation.clone()), tap(&at_evse))
            }),
            plc: self.plc.then(|| {
                Record::new(Fault::new(SimPlc::new(Rc::clone(ports), self.clock), links.plc.clone()), tap(&at_evse))
            }),
        };
        let house = Fault::new(SimMeter::House(Rc::clone(ports)), links.house_meter.clone());
        let hardware = Hardware { grid_meter: Some(Record::new(house, tap(log))), evse };
        let ids = Rc::clone(&self.ids);
        self.bus = Bus::new(self.config.permissions.clone(), self.log.clone());
        let platform = Platform {
            clock: self.clock,
            bus: self.bus.clone(),
            ids: Box::new(move || (ids.borrow_mut())()),
            epoch_micros: self.epoch_micros,
            log: self.log.clone(),
            store: Box::new(self.disk.link()),
        };
        let identity = self.config.station.id.clone();
        let link = match (&self.csms, &self.url) {
            (Some(csms), _) => Some(CsmsLink::Simulated(csms.clone(), identity)),
            // Checked in `new`; a URL that was good then is good now.
            (None, Some(url)) => Tcp::new(url, &identity).ok().map(CsmsLink::Tcp),
            (None, None) => None,
        };
        let (shutdown, told) = oneshot::channel();
        let task = tokio::task::spawn_local(station::run(self.config.clone(), hardware, platform, link, told));
        self.running = Some((task, shutdown));
    }

    /// Somebody at the bench asks for something; a refusal is in the log.
    pub(crate) fn bench(&self, command: station::BenchCommand) {
        if let Err(error) = command.send(&self.bus.port(station::Service::Bench).at(EvseId::FIRST)) {
            self.log.record("world", "bench", serde_json::json!({ "refused": error.to_string() }));
        }
    }

    /// The disk under the durable store breaks, or is mended.
    pub(crate) fn store(&self, fault: StoreFault) {
        self.disk.set(fault);
    }

    /// Whether the services run.
    pub(crate) fn is_running(&self) -> bool {
        self.running.as_ref().is_some_and(|(task, _)| !task.is_finished())
    }

    /// The task of the services, if it has ended although nobody told it to.
    pub(crate) fn take_dead(&mut self) -> Option<Services> {
        self.running.take_if(|(task, _)| task.is_finished()).map(|(task, _)| task)
    }

    /// It dies without a word.
    pub(crate) fn kill(&mut self) {
        if let Some((task, _)) = self.running.take() {
            task.abort();
        }
    }

    /// It is told to end.
    pub(crate) fn shut_down(&mut self) {
        if let Some((task, shutdown)) = self.running.take() {
            // It may have ended already; then there is nobody to tell.
            let _ = shutdown.send(());
            drop(task);
        }
    }
}
