//! Reads the meter at the outlet: for the session, and for the energy limits.

use hardware::Meter;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::complaint::Complaint;
use crate::bus::{Bus, Inbox, Message, Service};
use crate::config::MeterConfig;

/// Reads the meter at the configured interval, and whenever the session asks.
pub(crate) async fn meter<M: Meter>(bus: &Bus, mut inbox: Inbox, config: MeterConfig, mut meter: M) {
    let port = bus.port(Service::Meter);
    let mut complaint = Complaint::about("meter");
    let mut ticks = interval_at(Instant::now(), config.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            message = inbox.recv() => match message {
                Some(Message::ReadMeter) => {}
                Some(other) => {
                    tracing::error!(verb = %other.verb(), "not a verb of meter");
                    continue;
                }
                None => return,
            },
            _ = ticks.tick() => {}
        }
        let reading = meter.read().await;
        complaint.hear(&reading);
        if let Ok(reading) = reading {
            port.tell(Message::Outlet(reading));
        }
        port.tell(Message::Reading(reading.map_err(|error| error.to_string())));
    }
}
