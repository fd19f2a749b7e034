//! Puts the services around the coordinator and keeps them running.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use event_log::Log;
use hardware::{ConnectorLock, InsulationMonitor, Meter, Panel, PlcLink, PowerBoard, PowerSupplyDc, TokenReader};
use ocpp::{BootReason, Connect, Store};
use tokio::sync::oneshot;

use crate::Clock;
use crate::bus::{Bus, Service};
use crate::config::Config;
use crate::services;

/// Between the end of a charger that was reset and its new beginning.
const LAST_WORDS: Duration = Duration::from_secs(1);

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
    /// Opens the durable store; opened anew at every start of the charger.
    pub store: Box<dyn FnMut() -> Result<Box<dyn Store>, ocpp::StoreError>>,
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
    mut platform: Platform,
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
    let Hardware {
        mut board,
        mut lock,
        mut meter,
        mut grid_meter,
        mut reader,
        mut panel,
        mut supply,
        mut insulation,
        mut plc,
    } = hardware;
    let mut shutdown = std::pin::pin!(shutdown);
    let ids: Ids = Rc::new(RefCell::new(std::mem::replace(&mut platform.ids, Box::new(|| 0))));
    let mut boot_reason = BootReason::PowerUp;
    loop {
        let core = match csms {
            Some(_) => Some(open_core(&config, &mut platform, &ids, boot_reason)?),
            None => None,
        };
        let Platform { clock, bus, log, .. } = &platform;
        // Every inbox is there before anyone speaks: nothing that is said at the start is lost.
        let inbox = |service| bus.inbox(service);
        let (to_power, to_lock, to_meter) = (inbox(Service::Power), inbox(Service::Lock), inbox(Service::Meter));
        let (to_energy, to_panel, to_ocpp) = (inbox(Service::Energy), inbox(Service::Panel), inbox(Service::Ocpp));
        let (to_session, to_dc) = (inbox(Service::Session), inbox(Service::Dc));
        let services = async {
            tokio::join!(
                services::power(bus, to_power, &mut board),
                async {
                    match &mut lock {
                        Some(lock) => services::lock(bus, to_lock, lock).await,
                        None => std::future::pending().await,
                    }
                },
                services::meter(bus, to_meter, config.meter.clone(), &mut meter, grid_meter.as_mut()),
                services::auth(bus, &mut reader),
                services::energy(bus, to_energy, *clock, config.site.clone()),
                async {
                    tokio::join!(
                        services::panel(to_panel, &mut panel),
                        services::dc(bus, to_dc, config.dc.clone(), log.clone(), supply.as_mut(), insulation.as_mut()),
                        services::plc(log.clone(), plc.as_mut()),
                    )
                },
                async {
                    match (core, &mut csms) {
                        (Some((station, orphans)), Some(connect)) => {
                            services::ocpp(bus, to_ocpp, *clock, log.clone(), station, connect, orphans).await;
                        }
                        (None, _) | (_, None) => std::future::pending().await,
                    }
                },
            )
        };
        let coordinator = services::session(bus, to_session, *clock, config.clone(), draw(&ids), log.clone());
        let mut services = std::pin::pin!(services);
        tokio::select! {
            biased;
            _ = &mut shutdown => break,
            _ = &mut services => {}
            () = coordinator => {
                tracing::info!("the charger starts anew");
                // The last words of the coordinator reach board, store and CSMS before everything begins anew. The services
                // do not end by themselves: this is how long they get.
                let _ = tokio::time::timeout(LAST_WORDS, &mut services).await;
                boot_reason = BootReason::RemoteReset;
            }
        }
    }
    safe_state(&mut board, supply.as_mut()).await;
    Ok(())
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
    for result in [board.allow_power(false).await, board.set_pilot(iec61851::PilotSignal::X1).await] {
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
        (Service::Meter, "grid_meter", hardware.grid_meter.is_some()),
        (Service::Auth, "token_reader", true),
        (Service::Panel, "panel", true),
        (Service::Dc, "power_supply", hardware.supply.is_some()),
        (Service::Dc, "insulation_monitor", hardware.insulation.is_some()),
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

/// The OCPP core on its store, and the transactions that an earlier run left open in it.
fn open_core(
    config: &Config,
    platform: &mut Platform,
    ids: &Ids,
    boot_reason: BootReason,
) -> Result<(ocpp::Station, Vec<String>), StationError> {
    let core = ocpp::Config {
        identity: config.station.id.clone(),
        vendor: config.station.vendor.clone(),
        model: config.station.model.clone(),
        serial: config.station.serial.clone(),
        firmware: env!("CARGO_PKG_VERSION").into(),
        evses: 1,
        phases: config.outlet.phases,
        voltage: config.outlet.voltage(),
        epoch_micros: platform.epoch_micros,
        boot_reason,
    };
    let mut station = ocpp::Station::new(core, (platform.store)()?, draw(ids), platform.clock.now())?;
    let orphans = station.open_transactions()?;
    Ok((station, orphans))
}

/// The platform's randomness, shared by whoever needs ids.
type Ids = Rc<RefCell<Box<dyn FnMut() -> u128>>>;

fn draw(ids: &Ids) -> Box<dyn FnMut() -> u128> {
    let ids = Rc::clone(ids);
    Box::new(move || (ids.borrow_mut())())
}
