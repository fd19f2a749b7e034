//! Shows the driver what happens.

pub(crate) mod call;
mod screens;

use std::time::Duration;

use hardware::Panel;
use tokio::time::{Instant, sleep_until};

use self::call::PanelCall;
use self::screens::Screens;
use super::session::call::SessionCall;
use super::{RETRY, Serves, link::Link};
use crate::bus::{Inbox, Port};
use session::Accessory;

/// A panel may fail for so long.
const PATIENCE: Duration = Duration::from_secs(3);

/// A panel that lost its power shows nothing, and does not say so: it is told again what it shows.
const REFRESH: Duration = Duration::from_secs(30);

/// Shows the newest screen; older ones that are still waiting are skipped. A panel that fails is tried again: what a driver reads
/// when it is back is true.
pub(crate) async fn panel<P: Panel>(port: Port, serves: Serves<'_>, mut inbox: Inbox<PanelCall>, mut panel: P) {
    let mut link = Link::new("panel", PATIENCE);
    let (mut screens, mut pause) = (Screens::default(), REFRESH);
    loop {
        // By the clock of the runtime, as every timer here: in a simulated world it is the world's.
        let refresh = Instant::now() + pause;
        let next = screens.next_turn().map_or(refresh, |turn| turn.min(refresh));
        let again = async { if screens.is_empty() { std::future::pending().await } else { sleep_until(next).await } };
        tokio::select! {
            biased;
            sent = inbox.recv_sent() => match sent {
                Some(sent) => screens.hear(sent),
                None => return,
            },
            () = again => screens.turn(),
        }
        while let Ok(sent) = inbox.try_recv_sent() {
            screens.hear(sent);
        }
        if let Some(screen) = screens.shown() {
            let shown = panel.show(&screen).await;
            if let Some(state) = link.judge(&shown) {
                for evse in serves.evses() {
                    port.at(*evse).tell(SessionCall::Accessory(Accessory::Panel, state.clone()));
                }
            }
            pause = if shown.is_ok() { REFRESH } else { RETRY };
        }
    }
}
