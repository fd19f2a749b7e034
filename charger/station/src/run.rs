//! Puts the services around the coordinator and keeps them running.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use event_log::Log;
use hardware::{ConnectorLock, InsulationMonitor, Meter, Panel, PlcLink, PowerBoard, PowerSupplyDc, TokenReader};
use ocpp::{BootReason, Connect, StoreLink};
use tokio::sync::oneshot;

use crate::Clock;
use crate::bounded::Bounded;
use crate::bus::{Bus, Service};
use crate::config::Config;
use crate::services;
use crate::session::{Coordinator, Earlier, KEPT_SESSION};
use crate::together::Together;

/// Between the end of a charger that was reset and its new beginning.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long the store may take to be opened and read. Until then nothing has touched the board, which stays open.
const OPENING: Duration = Duration::from_secs(10);

/// How long the store has to write what is still in memory at the end.
const LAST_COMMIT: Duration = Duration::from_secs(1);

/// How long the supply has to switch off before the contactor opens all the same.
const SUPPLY_OFF: Duration = Duration::from_millis(200);

/// Everything the charger touches.
#[derive(Debug)]
pub struct Hardware<B, L, M, R, P, S, I, N> {
    /// Runs the safety machine.
    pub board: B,
    /// Holds the plug; a socket needs one.
    pub lock: Option<L>,
    /// At the outlet.
    pub meter: M,
    /// At the house connection.
    pub grid_meter: Option<M>,
    /// Reads tokens.
    pub reader: R,
    /// Shows the driver what happens.
    pub panel: P,
    /// Gives direct current.
    pub supply: Option<S>,
    /// Watches the DC lines against earth.
    pub insulation: Option<I>,
    /// The modem to the car.
    pub plc: Option<N>,
}

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
pub async fn run<B, L, M, R, P, S, I, N, C>(
    config: Config,
    hardware: Hardware<B, L, M, R, P, S, I, N>,
    platform: Platform,
    mut csms: Option<C>,
    shutdown: oneshot::Receiver<()>,
) -> Result<(), StationError>
where
    B: PowerBoard,
    L: ConnectorLock,
    M: Meter,
    R: TokenReader,
    P: Panel,
    S: PowerSupplyDc,
    I: InsulationMonitor,
    N: PlcLink,
    C: Connect,
{
    check_ownership(&config, &hardware)?;
    // No driver holds up anything but its own service.
    let mut board = Bounded::new("power board", hardware.board);
    let mut lock = hardware.lock.map(|lock| Bounded::new("connector lock", lock));
    let mut meter = Bounded::new("meter", hardware.meter);
    let mut grid_meter = hardware.grid_meter.map(|meter| Bounded::new("house meter", meter));
    let mut reader = Bounded::new("token reader", hardware.reader);
    let mut panel = Bounded::new("panel", hardware.panel);
    let mut supply = hardware.supply.map(|supply| Bounded::new("DC supply", supply));
    let mut insulation = hardware.insulation.map(|monitor| Bounded::new("insulation monitor", monitor));
    let mut plc = hardware.plc.map(|modem| Bounded::new("PLC modem", modem));
    let mut shutdown = std::pin::pin!(shutdown);
    let Platform { clock, bus, ids, epoch_micros, log, mut store } = platform;
    let ids: Ids = Rc::new(RefCell::new(ids));
    let contents = open(&mut *store).await?;
    let mut station = ocpp::Station::new(core(&config, epoch_micros), contents, draw(&ids), clock.now());
    let bus = &bus;
    loop {
        // Every inbox is there before anyone speaks: nothing that is said at the start is lost.
        let (to_power, to_lock, to_meter) = (bus.inbox(), bus.inbox(), bus.inbox());
        let (to_energy, to_panel, to_ocpp) = (bus.inbox(), bus.inbox(), bus.inbox());
        let (to_session, to_supply, to_insulation) = (bus.inbox(), bus.inbox(), bus.inbox());
        let open = csms.as_ref().map(|_| station.open_transactions());
        let earlier = Earlier::of(station.kept(KEPT_SESSION), open, clock.unix_micros(epoch_micros));
        let coordinator = Coordinator::new(config.clone(), draw(&ids), clock.now(), earlier);
        let mut services = Together::default();
        services.add(services::power(bus, to_power, &mut board));
        if let Some(lock) = &mut lock {
            services.add(services::lock(bus, to_lock, lock));
        }
        services.add(services::meter(bus, to_meter, config.meter.clone(), &mut meter));
        services.add(services::house(bus, config.meter.clone(), config.site.clone(), grid_meter.as_mut()));
        services.add(services::auth(bus, &mut reader));
        services.add(services::energy(bus, to_energy, clock, config.site.clone()));
        services.add(services::panel(bus, to_panel, &mut panel));
        services.add(services::supply(bus, to_supply, config.dc.clone(), log.clone(), supply.as_mut()));
        services.add(services::insulation(bus, to_insulation, config.dc.clone(), log.clone(), insulation.as_mut()));
        services.add(services::plc(bus, log.clone(), plc.as_mut()));
        services.add(services::ocpp(bus, to_ocpp, clock, log.clone(), &mut station, &mut *store, csms.as_mut()));
        let session = services::session(bus, to_session, clock, epoch_micros, coordinator, log.clone());
        services.add_leader(session);
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
    safe_state(&mut board, supply.as_mut()).await;
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

/// The last words to board and supply: open, steady +12 V, no direct current.
async fn safe_state<B: PowerBoard, S: PowerSupplyDc>(board: &mut B, supply: Option<&mut S>) {
    if let Some(supply) = supply {
        // Current off first spares the contactor; a supply that does not answer does not hold it closed.
        match tokio::time::timeout(SUPPLY_OFF, supply.switch(false)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the supply did not hear the last words"),
            Err(_) => tracing::warn!("the supply does not answer; it switches off when it hears nothing"),
        }
    }
    for result in
        [board.allow_power(iec61851::Permission::Withdrawn).await, board.set_pilot(iec61851::PilotSignal::X1).await]
    {
        if let Err(error) = result {
            // A plain Tux-EVSE firmware does not miss the heartbeat either.
            tracing::warn!(%error, "the board did not hear the last words; it opens when it misses the heartbeat, if it does");
        }
    }
}

fn check_ownership<B, L, M, R, P, S, I, N>(
    config: &Config,
    hardware: &Hardware<B, L, M, R, P, S, I, N>,
) -> Result<(), StationError> {
    let needs = [
        (Service::Power, "power_board", true),
        (Service::Lock, "connector_lock", hardware.lock.is_some()),
        (Service::Meter, "meter", true),
        (Service::House, "grid_meter", hardware.grid_meter.is_some()),
        (Service::Auth, "token_reader", true),
        (Service::Panel, "panel", true),
        (Service::Supply, "power_supply", hardware.supply.is_some()),
        (Service::Insulation, "insulation_monitor", hardware.insulation.is_some()),
        (Service::Plc, "plc", hardware.plc.is_some()),
    ];
    for (service, hardware, present) in needs {
        if present && !config.owns(service, hardware) {
            return Err(StationError::NotOwned { service, hardware });
        }
    }
    if config.outlet.kind == crate::OutletKind::Socket && hardware.lock.is_none() {
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
