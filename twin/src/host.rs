//! The computer that runs the charger's services: it can be started, told to end, and killed.

use std::cell::RefCell;
use std::rc::Rc;

use clock::Clock;
use hardware::{Fault, FaultPlan, Record};
use ocpp::{Sqlite, Tcp};
use station::{
    Bus, Config, EvseConfig, EvseHardware, Hardware, Outfit, OutletKind, Owner, Platform, StationError, Tap, tap,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use units::EvseId;

use crate::backends::{
    SimInsulation, SimLock, SimMeter, SimPanel, SimPlc, SimPowerBoard, SimReader, SimSupply, SimV2gNetwork,
};
use crate::csms::{Csms, CsmsLink};
use crate::device::{Device, PerDevice, PerStation};
use crate::firmware::Firmware;
use crate::parties::CsmsChoice;
use crate::ports::{EvsePorts, StationPorts};
use crate::setup::{Setup, SetupError};
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
    // Until there is a stack in the world.
    type V2g = Record<Fault<SimV2gNetwork>, Tap>;
    type Csms = CsmsLink;
}

/// The task of the charger's services.
type Services = JoinHandle<Result<(), StationError>>;

/// Which devices there are at an EVSE besides those that each has.
#[derive(Clone, Copy, Debug)]
struct Devices {
    /// A DC side.
    dc: bool,
    /// A PLC modem.
    plc: bool,
}

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
    /// What there is at each EVSE.
    evses: Vec<Devices>,
    /// What is broken on the way to each device.
    links: PerStation<FaultPlan>,
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
            evses: setup.evses.iter().map(|evse| Devices { dc: evse.dc, plc: evse.plc }).collect(),
            // A copy of a plan is the same plan: each EVSE has its own.
            links: PerStation {
                station: PerDevice::default(),
                evses: setup.evses.iter().map(|_| PerDevice::default()).collect(),
            },
            bus: Bus::new(setup.charger.permissions.clone(), setup.log.clone()),
            running: None,
        })
    }

    /// Starts the charger's services; must be called inside the runtime.
    pub(crate) fn start(&mut self, station: &Rc<StationPorts>) {
        self.kill();
        let links = &self.links.station;
        let house = Fault::new(SimMeter::House(Rc::clone(station)), links.house_meter.clone());
        let shared = |owner: fn(&EvseConfig) -> Owner| {
            self.config.evses.iter().any(|evse| owner(evse) == Owner::Station).then(|| tap(&self.log))
        };
        let hardware = Hardware {
            grid_meter: Some(Record::new(house, tap(&self.log))),
            reader: shared(|evse| evse.reader)
                .map(|log| Record::new(Fault::new(SimReader(Rc::clone(&station.tokens)), links.reader.clone()), log)),
            panel: shared(|evse| evse.panel)
                .map(|log| Record::new(Fault::new(SimPanel(Rc::clone(&station.screen)), links.panel.clone()), log)),
            evses: self.config.evses.ids().zip(&station.evses).map(|(id, ports)| self.devices(id, ports)).collect(),
        };
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

    /// The devices of that EVSE.
    fn devices(&self, id: EvseId, ports: &Rc<EvsePorts>) -> EvseHardware<Simulated> {
        let (at, place) = (self.log.at(id), id.place());
        let (told, links, there) = (&self.config.evses[place], &self.links.evses[place], self.evses[place]);
        let firmware = Firmware::new(Rc::clone(ports), self.clock, links.board.clone());
        EvseHardware {
            board: Record::new(SimPowerBoard::new(firmware), tap(&at)),
            lock: (told.outlet.kind == OutletKind::Socket)
                .then(|| Record::new(Fault::new(SimLock(Rc::clone(ports)), links.lock.clone()), tap(&at))),
            meter: Record::new(Fault::new(SimMeter::Outlet(Rc::clone(ports)), links.meter.clone()), tap(&at)),
            reader: (told.reader == Owner::Evse)
                .then(|| Record::new(Fault::new(SimReader(Rc::clone(&ports.tokens)), links.reader.clone()), tap(&at))),
            panel: (told.panel == Owner::Evse)
                .then(|| Record::new(Fault::new(SimPanel(Rc::clone(&ports.screen)), links.panel.clone()), tap(&at))),
            supply: there.dc.then(|| {
                Record::new(Fault::new(SimSupply(Rc::clone(ports), self.clock), links.supply.clone()), tap(&at))
            }),
            insulation: there.dc.then(|| {
                let monitor = SimInsulation::new(Rc::clone(ports), self.clock);
                Record::new(Fault::new(monitor, links.insulation.clone()), tap(&at))
            }),
            plc: there.plc.then(|| {
                Record::new(Fault::new(SimPlc::new(Rc::clone(ports), self.clock), links.plc.clone()), tap(&at))
            }),
            // It is on the interface of the modem: what breaks one breaks the other.
            v2g: there.plc.then(|| {
                Record::new(Fault::new(SimV2gNetwork::new(Rc::clone(ports), self.clock), links.plc.clone()), tap(&at))
            }),
        }
    }

    /// What is broken on the way to that device of that EVSE, or to the station's where it has none of its own.
    pub(crate) fn link(&self, evse: EvseId, device: Device) -> &FaultPlan {
        let place = evse.place();
        let told = &self.config.evses[place];
        let owner = match device {
            Device::HouseMeter => Owner::Station,
            Device::Panel => told.panel,
            Device::Reader => told.reader,
            Device::Board | Device::Insulation | Device::Lock | Device::Meter | Device::Plc | Device::Supply => {
                Owner::Evse
            }
        };
        match owner {
            Owner::Evse => self.links.evses[place].of(device),
            Owner::Station => self.links.station.of(device),
        }
    }

    /// Somebody at the bench asks that EVSE for something; a refusal is in the log.
    pub(crate) fn bench(&self, evse: EvseId, command: station::BenchCommand) {
        if let Err(error) = command.send(&self.bus.port(station::Service::Bench).at(evse)) {
            self.log.record("world", "bench", serde_json::json!({ "refused": error.to_string() }));
        }
    }

    /// The disk under the durable store breaks, or is mended.
    pub(crate) fn store(&self, fault: StoreFault) {
        self.disk.set(fault);
    }

    /// What that EVSE is told.
    pub(crate) fn told(&self, evse: EvseId) -> Option<&EvseConfig> {
        self.config.evses.of(evse)
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
