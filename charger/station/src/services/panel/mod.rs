//! Shows the driver what happens.

pub(crate) mod call;

use std::time::Duration;

use hardware::Panel;

use self::call::PanelCall;
use super::session::call::SessionCall;
use super::{RETRY, link::Link};
use crate::bus::{Inbox, Port};
use session::Accessory;

/// A panel may fail for so long.
const PATIENCE: Duration = Duration::from_secs(3);

/// A panel that lost its power shows nothing, and does not say so: it is told again what it shows.
const REFRESH: Duration = Duration::from_secs(30);

/// Shows the newest screen; older ones that are still waiting are skipped. A panel that fails is tried again: what a driver reads
/// when it is back is true.
pub(crate) async fn panel<P: Panel>(port: Port, mut inbox: Inbox<PanelCall>, mut panel: P) {
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
            call = inbox.recv() => match call {
                Some(PanelCall::Show(newer)) => screen = Some(newer),
                None => return,
            },
            () = again => {}
        }
        while let Ok(PanelCall::Show(newer)) = inbox.try_recv() {
            screen = Some(newer);
        }
        if let Some(screen) = &screen {
            let shown = panel.show(screen).await;
            if let Some(state) = link.judge(&shown) {
                port.tell(SessionCall::Accessory(Accessory::Panel, state));
            }
            pause = if shown.is_ok() { REFRESH } else { RETRY };
        }
    }
}
