//! From the endpoints of a board file to the backends that the station is given.

use event_log::Log;
use hardware::{Crossing, LinkError, Panel, Record, Screen, Token, TokenReader};
use hil::{Devices, Open, Reopening};
use station::{Hardware, tap};

use hil::AnyBoard;
use hil::insulation::AnyInsulation;
use hil::lock::I2cLock;
use hil::meter::AnyMeter;
use hil::panel::AnyPanel;
use hil::plc::PacketLink;
use hil::reader::AnyReader;
use hil::supply::CanSupply;
use crate::pulse::Pulse;

/// The backends of one charger; none of them is opened yet.
pub(crate) struct Backends {
    pub(crate) board: Reopening<AnyBoard>,
    lock: Option<Reopening<I2cLock>>,
    meter: Reopening<AnyMeter>,
    grid_meter: Option<Reopening<AnyMeter>>,
    reader: Optional<Reopening<AnyReader>>,
    panel: Optional<Reopening<AnyPanel>>,
    pub(crate) supply: Option<Reopening<CanSupply>>,
    insulation: Option<Reopening<AnyInsulation>>,
    plc: Option<Reopening<PacketLink>>,
}

impl Backends {
    /// A backend for each device that is named.
    pub(crate) fn of(devices: &Devices) -> Self {
        Self {
            board: Reopening::new(devices.power_board.clone()),
            lock: devices.lock.clone().map(Reopening::new),
            meter: Reopening::new(devices.meter.clone()),
            grid_meter: devices.grid_meter.clone().map(Reopening::new),
            reader: Optional(devices.token_reader.clone().map(Reopening::new)),
            panel: Optional(devices.panel.clone().map(Reopening::new)),
            supply: devices.power_supply.clone().map(Reopening::new),
            insulation: devices.insulation_monitor.clone().map(Reopening::new),
            plc: devices.plc.clone().map(Reopening::new),
        }
    }

    /// Opens every device once. One that is missing is a warning: it is opened when it comes.
    pub(crate) async fn open(&mut self) {
        opened("power_board", Some(&mut self.board)).await;
        opened("lock", self.lock.as_mut()).await;
        opened("meter", Some(&mut self.meter)).await;
        opened("grid_meter", self.grid_meter.as_mut()).await;
        opened("token_reader", self.reader.0.as_mut()).await;
        opened("panel", self.panel.0.as_mut()).await;
        opened("power_supply", self.supply.as_mut()).await;
        opened("insulation_monitor", self.insulation.as_mut()).await;
        opened("plc", self.plc.as_mut()).await;
    }

    /// What the station is given: each device writes what crosses its seam into the event log, and the board shows whether
    /// the charger turns. The modem waits for the service that will use it.
    #[allow(clippy::type_complexity)] // one type per device, and they are written down once
    pub(crate) fn into_hardware(
        self,
        log: &Log,
        pulse: &Pulse,
    ) -> Hardware<
        Record<Reopening<AnyBoard>, impl FnMut(Crossing) + use<>>,
        Record<Reopening<I2cLock>, impl FnMut(Crossing) + use<>>,
        Record<Reopening<AnyMeter>, impl FnMut(Crossing) + use<>>,
        Record<Optional<Reopening<AnyReader>>, impl FnMut(Crossing) + use<>>,
        Record<Optional<Reopening<AnyPanel>>, impl FnMut(Crossing) + use<>>,
        Record<Reopening<CanSupply>, impl FnMut(Crossing) + use<>>,
        Record<Reopening<AnyInsulation>, impl FnMut(Crossing) + use<>>,
    > {
        let (pulse, mut board_tap) = (pulse.clone(), tap(log));
        Hardware {
            board: Record::new(self.board, move |crossing: Crossing| {
                pulse.board(&crossing);
                board_tap(crossing);
            }),
            lock: self.lock.map(|lock| Record::new(lock, tap(log))),
            meter: Record::new(self.meter, tap(log)),
            grid_meter: self.grid_meter.map(|meter| Record::new(meter, tap(log))),
            reader: Record::new(self.reader, tap(log)),
            panel: Record::new(self.panel, tap(log)),
            supply: self.supply.map(|supply| Record::new(supply, tap(log))),
            insulation: self.insulation.map(|monitor| Record::new(monitor, tap(log))),
        }
    }
}

async fn opened<T: Open>(key: &str, device: Option<&mut Reopening<T>>) {
    if let Some(device) = device {
        match device.open().await {
            Ok(_) => tracing::info!(key, "device opened"),
            Err(error) => tracing::warn!(key, %error, "device missing; it is opened when it comes"),
        }
    }
}

/// A device that a charger need not have. Without it, a reader never sees a token and a panel shows nothing.
pub(crate) struct Optional<T>(Option<T>);

impl<T: TokenReader<Error = LinkError>> TokenReader for Optional<T> {
    type Error = LinkError;

    async fn next_token(&mut self) -> Result<Token, LinkError> {
        match &mut self.0 {
            Some(reader) => reader.next_token().await,
            None => std::future::pending().await,
        }
    }
}

impl<T: Panel<Error = LinkError>> Panel for Optional<T> {
    type Error = LinkError;

    async fn show(&mut self, screen: &Screen) -> Result<(), LinkError> {
        match &mut self.0 {
            Some(panel) => panel.show(screen).await,
            None => Ok(()),
        }
    }
}

/// Which kinds of links lead to which device: a typing error is found before anything is opened.
const SCHEMES: [(&str, &[&str]); 9] = [
    ("power_board", &["rpmsg", "uart", "gpio"]),
    ("lock", &["i2c"]),
    ("meter", &["modbus", "tic"]),
    ("grid_meter", &["modbus", "tic"]),
    ("token_reader", &["pn532", "pcsc"]),
    ("panel", &["fb"]),
    ("power_supply", &["can"]),
    ("insulation_monitor", &["modbus"]),
    ("plc", &["packet"]),
];

/// Whether each endpoint has a scheme of its device.
///
/// # Errors
/// The key, and what was expected there.
pub(crate) fn check(devices: &Devices) -> Result<(), (&'static str, String)> {
    for (key, endpoint) in devices.named() {
        let known = SCHEMES.iter().find(|(device, _)| *device == key).map_or(&[][..], |(_, schemes)| schemes);
        if !known.contains(&endpoint.scheme()) {
            return Err((key, format!("{endpoint}: expected {}:", known.join(": or "))));
        }
    }
    Ok(())
}
