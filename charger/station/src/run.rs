//! Puts the services around the coordinator and keeps them running.

use std::time::Duration;

use event_log::Log;
use futures_util::future::join_all;
use ocpp::{BootReason, StoreLink};
use tokio::sync::oneshot;
use units::EvseId;

use crate::bus::{Bus, Service};
use crate::config::{Config, EvseConfig, Owner};
use crate::evse::{Evse, Surroundings};
use crate::ids::Ids;
use crate::outfit::{Hardware, Outfit};
use crate::restart::Restart;
use crate::services;
use crate::station_devices::StationDevices;
use crate::together::Together;
use clock::Clock;
use energy::{Connection, Sharing};
use session::{Coordinator, Earlier, record_name};

/// Between the end of a charger that was reset and its new beginning.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long the store may take to be opened and read. Until then nothing has touched the board, which stays open.
const OPENING: Duration = Duration::from_secs(10);

/// How long the store has to write what is still in memory at the end.
const LAST_COMMIT: Duration = Duration::from_secs(1);

/// Everything the charger gets from where it runs.
pub struct Platform {
    /// The one clock.
    pub clock: Clock,
    /// The bus. Made outside, so that its maker can hold a place on it too.
    pub bus: Bus,
    /// Random 128-bit numbers: transaction and message ids.
    pub ids: Box<dyn FnMut() -> u128>,
    /// Unix time in microseconds at the clock's zero.
    pub epoch_micros: i64,
    /// The flight recorder.
    pub log: Log,
    /// The durable store. It is read once; a reset of the charger goes on with what is in memory, so no store can keep it
    /// from starting again.
    pub store: Box<dyn StoreLink>,
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Platform").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// Why a charger could not start.
#[derive(Debug, thiserror::Error)]
pub enum StationError {
    /// A service is given hardware that `charger.toml` does not let it use.
    #[error("charger.toml: service.{service}.uses lacks \"{hardware}\"")]
    NotOwned {
        /// The service.
        service: Service,
        /// The hardware.
        hardware: &'static str,
    },
    /// Not as many EVSEs as there are devices for.
    #[error("charger.toml: {told} EVSEs, and there are devices for {there}")]
    Evses {
        /// In `charger.toml`.
        told: u16,
        /// With devices.
        there: usize,
    },
    /// A socket without a lock.
    #[error("charger.toml: outlet.kind of EVSE {evse} is \"socket\", and there is no connector lock")]
    NoLock {
        /// Where.
        evse: EvseId,
    },
    /// A reader or panel that is not where `charger.toml` says.
    #[error("charger.toml: EVSE {evse} uses a {what} of the {owner}, and there is none, or one of its own as well")]
    NotThere {
        /// Where.
        evse: EvseId,
        /// The device.
        what: &'static str,
        /// Whose it should be.
        owner: Owner,
    },
    /// The durable store cannot be used.
    #[error(transparent)]
    Store(#[from] ocpp::StoreError),
    /// The durable store does not answer.
    #[error("the durable store did not answer within {} s: another program may hold it", OPENING.as_secs())]
    StoreSilent,
}

/// Runs the charger until `shutdown` fires (or its sender is dropped). Dropping the future is the sudden death of the host:
/// the board notices by itself.
///
/// On shutdown the permission to close is withdrawn by silence as well: the power service ends, and with it the heartbeat.
///
/// # Errors
/// What keeps it from starting; nothing has touched the board then.
pub async fn run<O: Outfit>(
    config: Config,
    hardware: Hardware<O>,
    platform: Platform,
    mut csms: Option<O::Csms>,
    shutdown: oneshot::Receiver<()>,
) -> Result<(), StationError> {
    check_ownership(&config, &hardware)?;
    let mut devices = StationDevices::<O>::new(hardware.grid_meter, hardware.reader, hardware.panel);
    let evses: Vec<EvseId> = config.evses.ids().collect();
    let mut each: Vec<_> = evses.iter().zip(hardware.evses).map(|(id, evse)| Evse::<O>::new(*id, evse)).collect();
    let mut shutdown = std::pin::pin!(shutdown);
    let Platform { clock, bus, ids, epoch_micros, log, mut store } = platform;
    let ids = Ids::new(ids);
    let contents = open(&mut *store).await?;
    let mut station = ocpp::Station::new(core(&config, epoch_micros), contents, ids.draw(), clock.now());
    loop {
        let restart = (evses.len() > 1).then(|| Restart::of(evses.len()));
        let around = Surroundings { config: &config, bus: &bus, clock, epoch_micros, log: &log, ids: &ids, restart };
        // Every inbox is there before anyone speaks: nothing that is said at the start is lost.
        let mut services = Together::default();
        for (evse, (id, told)) in each.iter_mut().zip(config.evses.numbered()) {
            let open = csms.as_ref().map(|_| station.open_transactions(id));
            let earlier = Earlier::of(station.kept(&record_name(id)), open, clock.unix_micros(epoch_micros));
            let coordinator = Coordinator::new(id, config.of_session(told), ids.draw(), clock.now(), earlier);
            evse.serve(&mut services, &around, told, coordinator);
        }
        devices.serve(&mut services, &around, &evses);
        let to_energy = bus.inbox(EvseId::FIRST);
        let energy = bus.port(Service::Energy);
        services.add(services::energy(energy, &evses, to_energy, clock, sharing(&config)));
        let to_ocpp = bus.inbox(EvseId::FIRST);
        let core = services::Core { station: &mut station, store: &mut *store, connect: csms.as_mut() };
        services.add(services::ocpp(bus.port(Service::Ocpp), &evses, to_ocpp, clock, log.clone(), core));
        tokio::select! {
            biased;
            _ = &mut shutdown => break,
            () = services.until_leaders_end() => {
                tracing::info!("the charger starts again");
                // The last words of the coordinators reach boards, store and CSMS before everything begins again. The services
                // do not end by themselves: this is how long they get.
                let _ = tokio::time::timeout(LAST_WORDS, services.until_all_end()).await;
            }
        }
        drop(services);
        station = station.restart(BootReason::RemoteReset, clock.now());
    }
    join_all(each.iter_mut().map(Evse::make_safe)).await;
    if tokio::time::timeout(LAST_COMMIT, ocpp::settle(&mut station, &mut *store, || clock.now())).await.is_err() {
        tracing::error!("the store did not take the last changes within {LAST_COMMIT:?}");
    }
    Ok(())
}

/// Who shares the site, and how.
fn sharing(config: &Config) -> Sharing {
    let connection =
        |evse: &EvseConfig| Connection { wiring: evse.wiring(), priority: evse.priority, export: evse.outlet.export() };
    let evses: Vec<_> = config.evses.numbered().map(|(id, evse)| (id, connection(evse))).collect();
    Sharing::new(&config.site, config.evses.first().outlet.voltage(), &evses)
}

/// What is in the store. Turns each second meanwhile: whoever watches over this program sees that it lives.
async fn open(store: &mut dyn StoreLink) -> Result<ocpp::Contents, StationError> {
    let mut load = std::pin::pin!(ocpp::load(store));
    for _ in 0..OPENING.as_secs() {
        if let Ok(loaded) = tokio::time::timeout(Duration::from_secs(1), &mut load).await {
            return loaded.map_err(StationError::Store);
        }
    }
    Err(StationError::StoreSilent)
}

fn check_ownership<O: Outfit>(config: &Config, hardware: &Hardware<O>) -> Result<(), StationError> {
    let Hardware { grid_meter, reader, panel, evses } = hardware;
    if evses.len() != usize::from(config.evses.count()) {
        return Err(StationError::Evses { told: config.evses.count(), there: evses.len() });
    }
    let needs = [
        (Service::Power, "power_board", true),
        (Service::Lock, "connector_lock", evses.iter().any(|evse| evse.lock.is_some())),
        (Service::Meter, "meter", true),
        (Service::House, "grid_meter", grid_meter.is_some()),
        (Service::Auth, "token_reader", true),
        (Service::Panel, "panel", true),
        (Service::Supply, "power_supply", evses.iter().any(|evse| evse.supply.is_some())),
        (Service::Insulation, "insulation_monitor", evses.iter().any(|evse| evse.insulation.is_some())),
        (Service::Hlc, "plc", evses.iter().any(|evse| evse.plc.is_some())),
        (Service::Hlc, "v2g", evses.iter().any(|evse| evse.v2g.is_some())),
    ];
    for (service, hardware, present) in needs {
        if present && !config.owns(service, hardware) {
            return Err(StationError::NotOwned { service, hardware });
        }
    }
    for ((id, told), evse) in config.evses.numbered().zip(evses) {
        if told.outlet.kind == crate::OutletKind::Socket && evse.lock.is_none() {
            return Err(StationError::NoLock { evse: id });
        }
        for (what, owner, own, shared) in [
            ("token reader", told.reader, evse.reader.is_some(), reader.is_some()),
            ("panel", told.panel, evse.panel.is_some(), panel.is_some()),
        ] {
            let there = match owner {
                Owner::Evse => own,
                Owner::Station => shared && !own,
            };
            if !there {
                return Err(StationError::NotThere { evse: id, what, owner });
            }
        }
    }
    Ok(())
}

/// Who the station is for its CSMS.
fn core(config: &Config, epoch_micros: i64) -> ocpp::Config {
    ocpp::Config {
        identity: config.station.id.clone(),
        vendor: config.station.vendor.clone(),
        model: config.station.model.clone(),
        serial: config.station.serial.clone(),
        firmware: env!("CARGO_PKG_VERSION").into(),
        evses: config.evses.count(),
        phases: config.evses.first().outlet.phases,
        voltage: config.evses.first().outlet.voltage(),
        epoch_micros,
        boot_reason: BootReason::PowerUp,
    }
}
