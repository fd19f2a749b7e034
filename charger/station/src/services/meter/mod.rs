//! Reads the meter at the outlet: for the session, for the energy limits, and for the car that is spoken with.

pub(crate) mod call;

use hardware::Meter;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use self::call::MeterCall;
use super::complaint::Complaint;
use super::energy::call::EnergyCall;
use super::hlc::call::HlcCall;
use super::session::call::SessionCall;
use crate::bus::{Inbox, Port};
use crate::config::MeterConfig;

/// Reads the meter at the configured interval, and whenever the session asks.
pub(crate) async fn meter<M: Meter>(port: Port, mut inbox: Inbox<MeterCall>, config: MeterConfig, mut meter: M) {
    let mut complaint = Complaint::about("meter");
    let mut ticks = interval_at(Instant::now(), config.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = ticks.tick() => {}
            call = inbox.recv() => match call {
                Some(MeterCall::Read) => {}
                None => return,
            },
        }
        let reading = meter.read().await;
        complaint.hear(&reading);
        if let Ok(reading) = reading {
            port.tell(EnergyCall::Outlet(reading));
            port.tell(HlcCall::Meter(reading.import));
        }
        port.tell(SessionCall::Reading(reading.map_err(|error| error.to_string())));
    }
}
