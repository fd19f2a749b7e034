//! Asks the PLC modem who it is, and from time to time whether it is still there. Matching with the car comes with the digital
//! link; until then this is how a charger knows that its modem would be ready for it.

use std::time::Duration;

use event_log::Log;
use hardware::PlcLink;
use serde_json::json;

use super::link::Link;
use super::session::call::SessionCall;
use crate::bus::Port;
use crate::modem::probe_modem;
use session::Accessory;

/// Between two questions.
const EVERY: Duration = Duration::from_secs(10);

/// A modem that starts needs a moment; one that runs answers within milliseconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// Keeps an eye on the modem; without one there is nothing to do.
pub(crate) async fn plc<N: PlcLink>(port: Port, log: Log, modem: Option<N>) {
    let Some(mut modem) = modem else { return std::future::pending().await };
    let mut link = Link::new("PLC modem", PATIENCE);
    let mut known = None;
    loop {
        let state = probe_modem(&mut modem, PATIENCE).await;
        if let Some(change) = link.judge(&state) {
            if let Err(why) = &change {
                known = None;
                log.record("plc", "lost", json!({ "why": why }));
            }
            port.tell(SessionCall::Accessory(Accessory::Modem, change));
        }
        if let Ok(modem) = state
            && known.as_ref() != Some(&modem)
        {
            let address = modem.address.map(|byte| format!("{byte:02x}")).join(":");
            log.record("plc", "modem", json!({ "address": address, "version": modem.version, "linked": modem.linked }));
            known = Some(modem);
        }
        tokio::time::sleep(EVERY).await;
    }
}
