//! Puts the services around the coordinator and keeps them running.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use event_log::Log;
use ocpp::{BootReason, StoreLink};
use tokio::sync::oneshot;
use units::EvseId;

use crate::Clock;
use crate::bounded::Bounded;
use crate::bus::{Bus, Service};
use crate::config::Config;
use crate::evse::{Evse, Surroundings};
use crate::outfit::{Hardware, Outfit};
use crate::services;
use crate::together::Together;
use session::{Coordinator, Earlier, KEPT_SESSION};

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
    /// A socket without a lock.
    #[error("charger.toml: outlet.kind is \"socket\", and there is no connector lock")]
    NoLock,
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
    let mut grid_meter = hardware.grid_meter.map(|meter| Bounded::new("house meter", meter));
    let evses = [EvseId::FIRST];
    let mut evse = Evse::<O>::new(EvseId::FIRST, hardware.evse);
    let mut shutdown = std::pin::pin!(shutdown);
    let Platform { clock, bus, ids, epoch_micros, log, mut store } = platform;
    let ids: Ids = Rc::new(RefCell::new(ids));
    let contents = open(&mut *store).await?;
    let mut station = ocpp::Station::new(core(&config, epoch_micros), contents, draw(&ids), clock.now());
    loop {
        let open = csms.as_ref().map(|_| station.open_transactions());
        let earlier = Earlier::of(station.kept(KEPT_SESSION), open, clock.unix_micros(epoch_micros));
        let coordinator = Coordinator::new(EvseId::FIRST, config.of_session(), draw(&ids), clock.now(), earlier);
        // Every inbox is there before anyone speaks: nothing that is said at the start is lost.
        let mut services = Together::default();
        let around = Surroundings { config: &config, bus: &bus, clock, epoch_micros, log: &log };
        evse.serve(&mut services, &around, coordinator);
        let to_energy = bus.inbox(EvseId::FIRST);
        let (meter, site) = (config.meter.clone(), config.site.clone());
        services.add(services::house(bus.port(Service::House), &evses, meter, site, grid_meter.as_mut()));
        let site = config.site.clone();
        services.add(services::energy(bus.port(Service::Energy), EvseId::FIRST, to_energy, clock, site));
        let to_ocpp = bus.inbox(EvseId::FIRST);
        let core = services::Core { station: &mut station, store: &mut *store, connect: csms.as_mut() };
        services.add(services::ocpp(bus.port(Service::Ocpp), &evses, to_ocpp, clock, log.clone(), core));
        tokio::select! {
            biased;
            _ = &mut shutdown => break,
            () = services.until_leader_ends() => {
                tracing::info!("the charger starts anew");
                // The last words of the coordinator reach board, store and CSMS before everything begins anew. The services
                // do not end by themselves: this is how long they get.
                let _ = tokio::time::timeout(LAST_WORDS, services.until_all_end()).await;
            }
        }
        drop(services);
        station = station.restart(BootReason::RemoteReset, clock.now());
    }
    evse.make_safe().await;
    if tokio::time::timeout(LAST_COMMIT, ocpp::settle(&mut station, &mut *store, || clock.now())).await.is_err() {
        tracing::error!("the store did not take the last changes within {LAST_COMMIT:?}");
    }
    Ok(())
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
    let Hardware { grid_meter, evse } = hardware;
    let needs = [
        (Service::Power, "power_board", true),
        (Service::Lock, "connector_lock", evse.lock.is_some()),
        (Service::Meter, "meter", true),
        (Service::House, "grid_meter", grid_meter.is_some()),
        (Service::Auth, "token_reader", true),
        (Service::Panel, "panel", true),
        (Service::Supply, "power_supply", evse.supply.is_some()),
        (Service::Insulation, "insulation_monitor", evse.insulation.is_some()),
        (Service::Plc, "plc", evse.plc.is_some()),
    ];
    for (service, hardware, present) in needs {
        if present && !config.owns(service, hardware) {
            return Err(StationError::NotOwned { service, hardware });
        }
    }
    if config.outlet.kind == crate::OutletKind::Socket && evse.lock.is_none() {
        return Err(StationError::NoLock);
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
        evses: 1,
        phases: config.outlet.phases,
        voltage: config.outlet.voltage(),
        epoch_micros,
        boot_reason: BootReason::PowerUp,
    }
}

/// The platform's randomness, shared by whoever needs ids.
type Ids = Rc<RefCell<Box<dyn FnMut() -> u128>>>;

fn draw(ids: &Ids) -> Box<dyn FnMut() -> u128> {
    let ids = Rc::clone(ids);
    Box::new(move || (ids.borrow_mut())())
}
