//! Shows the driver what happens.

use std::time::Duration;

use hardware::Panel;

use super::{RETRY, link::Link};
use crate::bus::{Bus, Inbox, Message, Service};
use crate::session::Accessory;

/// A panel may fail for so long.
const PATIENCE: Duration = Duration::from_secs(3);

/// A panel that lost its power shows nothing, and does not say so: it is told again what it shows.
const REFRESH: Duration = Duration::from_secs(30);

/// Shows the newest screen; older ones that are still waiting are skipped. A panel that fails is tried again: what a driver reads
/// when it is back is true.
pub(crate) async fn panel<P: Panel>(bus: &Bus, mut inbox: Inbox, mut panel: P) {
    let port = bus.port(Service::Panel);
    let mut link = Link::new("panel", PATIENCE);
    let (mut screen, mut pause) = (None, REFRESH);
    loop {
        let again = async {
            match &screen {
                Some(_) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            message = inbox.recv() => match message {
                Some(Message::Show(newer)) => screen = Some(newer),
                Some(_) => {}
                None => return,
            },
            () = again => {}
        }
        while let Ok(message) = inbox.try_recv() {
            if let Message::Show(newer) = message {
                screen = Some(newer);
            }
        }
        if let Some(screen) = &screen {
            let shown = panel.show(screen).await;
            if let Some(state) = link.judge(&shown) {
                port.tell(Message::Accessory(Accessory::Panel, state));
            }
            pause = if shown.is_ok() { REFRESH } else { RETRY };
        }
    }
}
