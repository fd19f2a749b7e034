//! Asks the PLC modem who it is, and from time to time whether it is still there. Matching with the car comes with the digital
//! link; until then this is how a charger knows that its modem would be ready for it.

use std::time::Duration;

use event_log::Log;
use hardware::PlcLink;
use serde_json::json;

use crate::modem::probe_modem;

/// Between two questions.
const EVERY: Duration = Duration::from_secs(10);

/// A modem that starts needs a moment; one that runs answers within milliseconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// Keeps an eye on the modem; without one there is nothing to do.
pub(crate) async fn plc<N: PlcLink>(log: Log, link: Option<N>) {
    let Some(mut link) = link else { return std::future::pending().await };
    let mut known = None;
    loop {
        let state = probe_modem(&mut link, PATIENCE).await.map_err(|error| error.to_string());
        if known.as_ref() != Some(&state) {
            match &state {
                Ok(modem) => {
                    let address = modem.address.map(|byte| format!("{byte:02x}")).join(":");
                    log.record(
                        "plc",
                        "modem",
                        json!({ "address": address, "version": modem.version, "linked": modem.linked }),
                    );
                }
                Err(why) => log.record("plc", "lost", json!({ "why": why })),
            }
            known = Some(state);
        }
        tokio::time::sleep(EVERY).await;
    }
}
