//! From the endpoints of a board file to the backends that the station is given.

use std::time::Duration;

use event_log::Log;
use futures_util::future::join_all;
use hardware::{Crossing, ErrorKind, LinkError, Panel, Record, Screen, Token, TokenReader};
use hil::{AnyBoard, DeviceKey, DeviceTable, Devices, Endpoint, EndpointError, EvseDevices, Open, Reopening};
use ocpp::Tcp;
use station::{EvseConfig, EvseHardware, Evses, Hardware, Outfit, Owner, Tap, tap};
use units::EvseId;

use crate::pulse::Pulse;
use hil::insulation::IsoCha425;
use hil::lock::I2cLock;
use hil::meter::AnyMeter;
use hil::panel::AnyPanel;
use hil::plc::PacketLink;
use hil::reader::AnyReader;
use hil::supply::CanSupply;
use hil::v2g_network::KernelV2gNetwork;

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
    // Until there is one on the interface of the modem.
    type V2g = Record<KernelV2gNetwork, Tap>;
    type Csms = Tcp;
}

/// How long the start of the charger waits for a device to open.
const OPENING: Duration = Duration::from_secs(3);

/// The backends of one charger; none of them is opened yet.
pub(crate) struct Backends {
    grid_meter: Option<Reopening<AnyMeter>>,
    /// The reader of the station, where an EVSE uses it; it need not be named.
    reader: Option<Optional<Reopening<AnyReader>>>,
    /// Likewise.
    panel: Option<Optional<Reopening<AnyPanel>>>,
    /// Those of each EVSE, in the order of their numbers.
    evses: Vec<EvseBackends>,
}

/// The backends of one EVSE.
struct EvseBackends {
    /// Where they are named.
    table: DeviceTable,
    board: Reopening<AnyBoard>,
    lock: Option<Reopening<I2cLock>>,
    meter: Reopening<AnyMeter>,
    /// `None`: the station's reader is used.
    reader: Option<Optional<Reopening<AnyReader>>>,
    /// Likewise.
    panel: Option<Optional<Reopening<AnyPanel>>>,
    supply: Option<Reopening<CanSupply>>,
    insulation: Option<Reopening<IsoCha425>>,
    plc: Option<Reopening<PacketLink>>,
    v2g: Option<KernelV2gNetwork>,
}

impl Backends {
    /// A backend for each device that is named; `evses` says whose readers and panels are used.
    pub(crate) fn of(devices: &Devices, evses: &Evses) -> Self {
        let station = &devices.station;
        let shared = |owner: fn(&EvseConfig) -> Owner| evses.iter().any(|evse| owner(evse) == Owner::Station);
        Self {
            grid_meter: opening(&station.grid_meter),
            reader: shared(|evse| evse.reader).then(|| Optional(opening(&station.token_reader))),
            panel: shared(|evse| evse.panel).then(|| Optional(opening(&station.panel))),
            evses: devices.evses.iter().zip(evses.iter()).map(|(own, told)| EvseBackends::of(own, told)).collect(),
        }
    }

    /// Opens every device once, all at the same time. One that is missing is a warning: it is opened when it comes.
    pub(crate) async fn open(&mut self) {
        let station = |name| DeviceKey::new(DeviceTable::Devices, name);
        tokio::join!(
            opened(station("grid_meter"), self.grid_meter.as_mut()),
            opened(station("token_reader"), named(&mut self.reader)),
            opened(station("panel"), named(&mut self.panel)),
            join_all(self.evses.iter_mut().map(EvseBackends::open)),
        );
    }

    /// What the station is given: each device writes what crosses its seam into the event log, and the boards show whether the
    /// charger turns.
    pub(crate) fn into_hardware(self, log: &Log, pulse: &Pulse) -> Hardware<Real> {
        let each = EvseId::of_station(u16::MAX).zip(self.evses);
        Hardware {
            grid_meter: self.grid_meter.map(|meter| Record::new(meter, meter_tap(log, "grid_meter"))),
            reader: self.reader.map(|reader| Record::new(reader, tap(log))),
            panel: self.panel.map(|panel| Record::new(panel, tap(log))),
            evses: each.map(|(id, backends)| backends.into_hardware(id, log, pulse)).collect(),
        }
    }
}

impl EvseBackends {
    fn of(devices: &EvseDevices, told: &EvseConfig) -> Self {
        Self {
            table: devices.table,
            board: Reopening::new(devices.power_board.clone()),
            lock: opening(&devices.lock),
            meter: Reopening::new(devices.meter.clone()),
            reader: (told.reader == Owner::Evse).then(|| Optional(opening(&devices.token_reader))),
            panel: (told.panel == Owner::Evse).then(|| Optional(opening(&devices.panel))),
            supply: opening(&devices.power_supply),
            insulation: opening(&devices.insulation_monitor),
            plc: opening(&devices.plc),
            v2g: devices.v2g.as_ref().and_then(network_to_car),
        }
    }

    async fn open(&mut self) {
        let key = |name| DeviceKey::new(self.table, name);
        tokio::join!(
            opened(key("power_board"), Some(&mut self.board)),
            opened(key("lock"), self.lock.as_mut()),
            opened(key("meter"), Some(&mut self.meter)),
            opened(key("token_reader"), named(&mut self.reader)),
            opened(key("panel"), named(&mut self.panel)),
            opened(key("power_supply"), self.supply.as_mut()),
            opened(key("insulation_monitor"), self.insulation.as_mut()),
            opened(key("plc"), self.plc.as_mut()),
        );
    }

    fn into_hardware(self, id: EvseId, log: &Log, pulse: &Pulse) -> EvseHardware<Real> {
        let at_evse = log.at(id);
        let (pulse, mut board_tap) = (pulse.clone(), tap(&at_evse));
        let board_tap: Tap = Box::new(move |crossing: Crossing| {
            pulse.board(id, &crossing);
            board_tap(crossing);
        });
        EvseHardware {
            board: Record::new(self.board, board_tap),
            lock: self.lock.map(|lock| Record::new(lock, tap(&at_evse))),
            meter: Record::new(self.meter, meter_tap(&at_evse, "meter")),
            reader: self.reader.map(|reader| Record::new(reader, tap(&at_evse))),
            panel: self.panel.map(|panel| Record::new(panel, tap(&at_evse))),
            supply: self.supply.map(|supply| Record::new(supply, tap(&at_evse))),
            insulation: self.insulation.map(|monitor| Record::new(monitor, tap(&at_evse))),
            plc: self.plc.map(|link| Record::new(link, tap(&at_evse))),
            v2g: self.v2g.map(|network| Record::new(network, tap(&at_evse))),
        }
    }
}

/// The backend of a device, if it is named.
fn opening<T: Open>(endpoint: &Option<Endpoint>) -> Option<Reopening<T>> {
    endpoint.clone().map(Reopening::new)
}

/// The network to the car at an endpoint. It opens, and opens again, by itself.
///
/// # Errors
/// It is no such endpoint.
pub(crate) fn open_v2g(endpoint: &Endpoint) -> Result<KernelV2gNetwork, EndpointError> {
    KernelV2gNetwork::of(endpoint)
}

/// The same, where the endpoint was read before: what is wrong with it was told then, and the charger did not start.
fn network_to_car(endpoint: &Endpoint) -> Option<KernelV2gNetwork> {
    open_v2g(endpoint).inspect_err(|error| tracing::error!(%error, "device refused")).ok()
}

/// The device itself, where there is one.
fn named<T>(device: &mut Option<Optional<T>>) -> Option<&mut T> {
    device.as_mut()?.0.as_mut()
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

async fn opened<T: Open>(key: DeviceKey, device: Option<&mut Reopening<T>>) {
    let Some(device) = device else { return };
    let key = key.label();
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
    use crate::board_file::BoardFile;
    use station::Config;

    fn devices(text: &str) -> Devices {
        BoardFile::parse("board.toml", text).devices().expect("devices")
    }

    fn evses(text: &str) -> Evses {
        Config::from_toml("charger.toml", text).expect("a charger").evses
    }

    const BLANK: Screen = Screen {
        sign: hardware::Sign::Available,
        energy: units::MilliwattHours(0),
        power: units::Watts(0),
        limit: units::Milliamps(0),
        note: String::new(),
    };

    #[tokio::test]
    async fn what_is_named_is_there_and_what_is_not_named_is_silent() {
        let log = Log::memory();
        let pulse = Pulse::new(clock::Clock::starting_now(), 1);
        let devices = devices(
            "[devices]\npower_board = \"uart:/dev/chargerd-none\"\nmeter = \"tic:/dev/chargerd-none?mode=standard\"\n\
             power_supply = \"can:chargerd-no-can?proto=infypower\"\n",
        );
        let mut backends = Backends::of(&devices, &evses(""));
        backends.open().await;
        let Hardware { grid_meter, reader, panel, evses } = backends.into_hardware(&log, &pulse);
        assert!(reader.is_none() && panel.is_none(), "the EVSE has its own");
        let mut hardware = evses.into_iter().next().expect("an EVSE");
        assert!(hardware.lock.is_none() && grid_meter.is_none() && hardware.insulation.is_none());
        assert!(hardware.supply.is_some());
        assert_eq!(hardware.panel.expect("a panel").show(&BLANK).await, Ok(()));
        let mut reader = hardware.reader.expect("a reader");
        let token = tokio::time::timeout(Duration::from_millis(1), reader.next_token()).await;
        assert!(token.is_err(), "no reader, no token");
        // What crosses the seam of the board is in the log, and tells how it does.
        let failed = hardware::PowerBoard::start(&mut hardware.board).await.expect_err("it is not there");
        assert_eq!(failed.kind, ErrorKind::Disconnected);
        assert!(log.snapshot().iter().any(|event| event.is("device", "failed")));
        assert!(pulse.news().await.contains("/dev/chargerd-none"));
    }

    #[tokio::test]
    async fn each_evse_has_its_devices_and_its_place_in_the_log() {
        let log = Log::memory();
        let pulse = Pulse::new(clock::Clock::starting_now(), 2);
        let devices = devices(
            "[devices]\npanel = \"none:\"\n[[evse]]\npower_board = \"uart:/dev/chargerd-none-1\"\n\
             meter = \"tic:/dev/chargerd-none-3?mode=standard\"\n[[evse]]\npower_board = \"uart:/dev/chargerd-none-2\"\n\
             meter = \"tic:/dev/chargerd-none-4?mode=standard\"\npanel = \"none:\"\n",
        );
        let backends = Backends::of(&devices, &evses("[[evse]]\npanel = \"station\"\n[[evse]]\n"));
        let Hardware { panel, mut evses, .. } = backends.into_hardware(&log, &pulse);
        assert!(panel.is_some() && evses[0].panel.is_none() && evses[1].panel.is_some());
        let failed = hardware::PowerBoard::start(&mut evses[1].board).await.expect_err("it is not there");
        assert!(failed.to_string().contains("/dev/chargerd-none-2"), "{failed}");
        let event = log.snapshot().into_iter().find(|event| event.is("device", "failed")).expect("it failed");
        assert_eq!(event.evse.map(EvseId::number), Some(2));
    }
}
