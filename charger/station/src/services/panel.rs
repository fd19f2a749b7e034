//! Shows the driver what happens.

use hardware::Panel;

use crate::bus::{Bus, Message, Service};

/// Shows the newest screen; older ones that are still waiting are skipped.
pub(crate) async fn panel<P: Panel>(bus: Bus, mut panel: P) {
    let mut inbox = bus.inbox(Service::Panel);
    while let Some(message) = inbox.recv().await {
        let Message::Show(mut screen) = message else { continue };
        while let Ok(Message::Show(newer)) = inbox.try_recv() {
            screen = newer;
        }
        if let Err(error) = panel.show(&screen).await {
            tracing::warn!(%error, "panel");
        }
    }
}
