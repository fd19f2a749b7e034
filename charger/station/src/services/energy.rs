//! Keeps the limits that do not belong to a session: charging profiles and the house connection.

use crate::Clock;
use crate::bus::{Bus, Inbox, Message, Service};
use crate::config::SiteConfig;
use crate::energy::SiteLimiter;

/// Merges profile and site limits and tells the session every change.
pub(crate) async fn energy(bus: &Bus, mut inbox: Inbox, clock: Clock, config: SiteConfig) {
    let port = bus.port(Service::Energy);
    let mut limiter = SiteLimiter::new(&config);
    let (mut profile, mut site) = (None, None);
    while let Some(message) = inbox.recv().await {
        let before = (profile, site);
        match message {
            Message::Profile(limit) => profile = limit,
            Message::House { service, outlet } => {
                site = limiter.as_mut().map(|limiter| limiter.update(clock.now(), service.as_ref(), &outlet));
            }
            other => tracing::error!(verb = %other.verb(), "not a verb of energy"),
        }
        if (profile, site) != before {
            port.tell(Message::Limits { profile, site });
        }
    }
}
