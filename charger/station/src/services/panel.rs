//! Shows the driver what happens.

use hardware::Panel;

use crate::bus::{Inbox, Message};

/// Shows the newest screen; older ones that are still waiting are skipped.
pub(crate) async fn panel<P: Panel>(mut inbox: Inbox, mut panel: P) {
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
