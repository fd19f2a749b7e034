//! Reads the meters: at the outlet for the session, at the house connection for the energy limits.

use hardware::Meter;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::complaint::Complaint;
use crate::bus::{Bus, Inbox, Message, Service};
use crate::config::MeterConfig;

/// Reads both meters at the configured interval, and the outlet's whenever the session asks.
pub(crate) async fn meter<M: Meter>(
    bus: &Bus,
    mut inbox: Inbox,
    config: MeterConfig,
    mut outlet: M,
    mut house: Option<M>,
) {
    let port = bus.port(Service::Meter);
    let mut complaint = Complaint::about("house meter");
    let mut ticks = interval_at(Instant::now(), config.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let asked = tokio::select! {
            biased;
            message = inbox.recv() => match message {
                Some(_) => true,
                None => return,
            },
            _ = ticks.tick() => false,
        };
        let reading = outlet.read().await;
        let outlet = reading.as_ref().ok().copied();
        // The session first: a house meter on a slow line may take seconds.
        port.tell(Message::Reading(reading.map_err(|error| error.to_string())));
        if let (false, Some(house), Some(outlet)) = (asked, &mut house, outlet) {
            let service = house.read().await;
            complaint.hear(&service);
            port.tell(Message::House { service: service.ok(), outlet });
        }
    }
}
