//! From the endpoints of a board file to the backends that the station is given.

use std::time::Duration;

use event_log::Log;
use hardware::{Crossing, ErrorKind, LinkError, Panel, Record, Screen, Token, TokenReader};
use hil::{AnyBoard, Devices, Open, Reopening};
use ocpp::Tcp;
use station::{EvseHardware, Hardware, Outfit, Tap, tap};
use units::EvseId;

use crate::pulse::Pulse;
use hil::insulation::IsoCha425;
use hil::lock::I2cLock;
use hil::meter::AnyMeter;
use hil::panel::AnyPanel;
use hil::plc::PacketLink;
use hil::reader::AnyReader;
use hil::supply::CanSupply;

/// A charger of real devices, whose crossings of the seam are in the log.
pub(crate) enum Real {}

impl Outfit for Real {
    type Board = Record<Reopening<AnyBoard>, Tap>;
    type Lock = Record<Reopening<I2cLock>, Tap>;
    type Meter = Record<Reopening<AnyMeter>, Tap>;
    type Reader = Record<Optional<Reopening<AnyReader>>, Tap>;
    type Panel = Record<Optional<Reopening<AnyPanel>>, Tap>;
    type Supply = Record<Reopening<CanSupply>, Tap>;
    type Insulation = Record<Reopening<IsoCha425>, Tap>;
    type Plc = Record<Reopening<PacketLink>, Tap>;
    type Csms = Tcp;
}

/// How long the start of the charger waits for a device to open.
const OPENING: Duration = Duration::from_secs(3);

/// The backends of one charger; none of them is opened yet.
pub(crate) struct Backends {
    board: Reopening<AnyBoard>,
    lock: Option<Reopening<I2cLock>>,
    meter: Reopening<AnyMeter>,
    grid_meter: Option<Reopening<AnyMeter>>,
    reader: Optional<Reopening<AnyReader>>,
    panel: Optional<Reopening<AnyPanel>>,
    supply: Option<Reopening<CanSupply>>,
    insulation: Option<Reopening<IsoCha425>>,
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

    /// Opens every device once, all at the same time. One that is missing is a warning: it is opened when it comes.
    pub(crate) async fn open(&mut self) {
        tokio::join!(
            opened("power_board", Some(&mut self.board)),
            opened("lock", self.lock.as_mut()),
            opened("meter", Some(&mut self.meter)),
            opened("grid_meter", self.grid_meter.as_mut()),
            opened("token_reader", self.reader.0.as_mut()),
            opened("panel", self.panel.0.as_mut()),
            opened("power_supply", self.supply.as_mut()),
            opened("insulation_monitor", self.insulation.as_mut()),
            opened("plc", self.plc.as_mut()),
        );
    }

    /// What the station is given: each device writes what crosses its seam into the event log, and the board shows whether
    /// the charger turns.
    pub(crate) fn into_hardware(self, log: &Log, pulse: &Pulse) -> Hardware<Real> {
        // The devices of its one EVSE; the house meter is the station's.
        let at_evse = log.at(EvseId::FIRST);
        let (pulse, mut board_tap) = (pulse.clone(), tap(&at_evse));
        let board_tap: Tap = Box::new(move |crossing: Crossing| {
            pulse.board(&crossing);
            board_tap(crossing);
        });
        let evse = EvseHardware {
            board: Record::new(self.board, board_tap),
            lock: self.lock.map(|lock| Record::new(lock, tap(&at_evse))),
            meter: Record::new(self.meter, meter_tap(&at_evse, "meter")),
            reader: Some(Record::new(self.reader, tap(&at_evse))),
            panel: Some(Record::new(self.panel, tap(&at_evse))),
            supply: self.supply.map(|supply| Record::new(supply, tap(&at_evse))),
            insulation: self.insulation.map(|monitor| Record::new(monitor, tap(&at_evse))),
            plc: self.plc.map(|link| Record::new(link, tap(&at_evse))),
        };
        let grid_meter = self.grid_meter.map(|meter| Record::new(meter, meter_tap(log, "grid_meter")));
        Hardware { grid_meter, reader: None, panel: None, evses: vec![evse] }
    }
}

/// As the tap of every device, and readings in steps of a tenth of an ampere and ten watt hours: what a bench without models
/// knows of the car's current.
fn meter_tap(log: &Log, key: &'static str) -> Tap {
    let (log, mut noted, mut rest) = (log.clone(), None, tap(log));
    Box::new(move |crossing| {
        if let Crossing::Meter(reading) = &crossing {
            let coarse = (reading.current.highest().0 / 100, reading.import.0 / 10_000);
            if noted.replace(coarse) != Some(coarse) {
                log.record(key, "reading", reading);
            }
        }
        rest(crossing);
    })
}

async fn opened<T: Open>(key: &str, device: Option<&mut Reopening<T>>) {
    let Some(device) = device else { return };
    match tokio::time::timeout(OPENING, device.open()).await {
        Ok(Ok(_)) => tracing::info!(key, "device opened"),
        // Something in the endpoint is wrong, or the rights are not there: waiting does not help.
        Ok(Err(error)) if error.kind == ErrorKind::Refused => tracing::error!(key, %error, "device refused"),
        Ok(Err(error)) => tracing::warn!(key, %error, "device missing; it is opened when it comes"),
        Err(_) => tracing::warn!(key, "device does not open in {} s; it is tried again", OPENING.as_secs()),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn table(more: &str) -> Devices {
        let two = "power_board = \"uart:/dev/chargerd-none\"\nmeter = \"tic:/dev/chargerd-none?mode=standard\"\n";
        toml::from_str(&format!("{two}{more}")).expect("a table")
    }

    #[tokio::test]
    async fn what_is_named_is_there_and_what_is_not_named_is_silent() {
        let log = Log::memory();
        let pulse = Pulse::new(station::Clock::starting_now());
        let mut backends = Backends::of(&table("power_supply = \"can:chargerd-no-can?proto=infypower\"\n"));
        backends.open().await;
        let Hardware { grid_meter, evses, .. } = backends.into_hardware(&log, &pulse);
        let mut hardware = evses.into_iter().next().expect("an EVSE");
        assert!(hardware.lock.is_none() && grid_meter.is_none() && hardware.insulation.is_none());
        assert!(hardware.supply.is_some());
        let screen = Screen {
            sign: hardware::Sign::Available,
            energy: Default::default(),
            power: Default::default(),
            limit: Default::default(),
            note: String::new(),
        };
        assert_eq!(hardware.panel.expect("a panel").show(&screen).await, Ok(()));
        let mut reader = hardware.reader.expect("a reader");
        let token = tokio::time::timeout(Duration::from_millis(1), reader.next_token()).await;
        assert!(token.is_err(), "no reader, no token");
        // What crosses the seam of the board is in the log, and tells how it does.
        let failed = hardware::PowerBoard::start(&mut hardware.board).await.expect_err("it is not there");
        assert_eq!(failed.kind, ErrorKind::Disconnected);
        assert!(log.snapshot().iter().any(|event| event.is("device", "failed")));
        assert!(pulse.news().await.contains("/dev/chargerd-none"));
    }
}
