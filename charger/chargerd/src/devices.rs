//! From the endpoints of a board file to the backends that the station is given.

use event_log::Log;
use hardware::{Crossing, LinkError, Panel, Record, Screen, Token, TokenReader};
use hil::{Devices, Endpoint, Open, Reopening};
use station::{Hardware, tap};

use crate::absent::{AnyBoard, AnyInsulation, AnyLock, AnyMeter, AnyPanel, AnyPlc, AnyReader, AnySupply};
use crate::pulse::Pulse;

/// The backends of one charger; none of them is opened yet.
#[derive(Debug)]
pub(crate) struct Backends {
    pub(crate) board: Reopening<AnyBoard>,
    lock: Option<Reopening<AnyLock>>,
    meter: Reopening<AnyMeter>,
    grid_meter: Option<Reopening<AnyMeter>>,
    reader: Optional<Reopening<AnyReader>>,
    panel: Optional<Reopening<AnyPanel>>,
    pub(crate) supply: Option<Reopening<AnySupply>>,
    insulation: Option<Reopening<AnyInsulation>>,
    plc: Option<Reopening<AnyPlc>>,
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
        opened("power_board", &mut Some(&mut self.board)).await;
        opened("lock", &mut self.lock.as_mut()).await;
        opened("meter", &mut Some(&mut self.meter)).await;
        opened("grid_meter", &mut self.grid_meter.as_mut()).await;
        opened("token_reader", &mut self.reader.0.as_mut()).await;
        opened("panel", &mut self.panel.0.as_mut()).await;
        opened("power_supply", &mut self.supply.as_mut()).await;
        opened("insulation_monitor", &mut self.insulation.as_mut()).await;
        opened("plc", &mut self.plc.as_mut()).await;
    }
}

async fn opened<T: Open>(key: &str, device: &mut Option<&mut Reopening<T>>) {
    if let Some(device) = device {
        match device.open().await {
            Ok(_) => tracing::info!(key, "device opened"),
            Err(error) => tracing::warn!(key, %error, "device missing; it is opened when it comes"),
        }
    }
}
