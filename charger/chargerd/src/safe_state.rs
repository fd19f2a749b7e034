//! Makes the outlet safe on a path of its own: the devices are opened anew, nothing of the running program is needed.
//!
//! The power board opens the contactor by itself when the heartbeat is missing, and a DC supply switches itself off when it
//! hears nothing. This is for the seconds until then.

use std::fmt::Display;
use std::time::Duration;

use event_log::Log;
use hardware::{PowerBoard, PowerSupplyDc};
use hil::Devices;
use iec61851::PilotSignal;
use serde_json::json;

use crate::devices::Backends;
use crate::ending::Ending;

/// How long it may take after a panic.
const AFTER_PANIC: Duration = Duration::from_millis(500);

/// The verb `safe-state`.
pub(crate) fn run(devices: &Devices, within: Duration) -> Ending {
    match in_time(devices, within) {
        Ok(()) => {
            tracing::info!("safe: the permission is withdrawn, the pilot is at X1, a supply is off");
            Ending::Orderly
        }
        Err(why) => {
            tracing::error!(why, "not known to be safe; the board opens when the heartbeat is missing");
            Ending::Start
        }
    }
}

/// After a panic: what can be done in half a second is done, and the event log says how it went.
pub(crate) fn after_panic(devices: &Devices, log: &Log, what: &str) -> Ending {
    log.record("run", "broken", json!({ "what": what }));
    let safe = in_time(devices, AFTER_PANIC);
    log.record("run", "safe_state", json!({ "why": safe.as_ref().err() }));
    if let Err(why) = safe {
        tracing::error!(why, "not known to be safe; the board opens when the heartbeat is missing");
    }
    Ending::Panicked
}

fn in_time(devices: &Devices, within: Duration) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let safe = runtime.block_on(async {
        tokio::time::timeout(within, make_safe(devices))
            .await
            .unwrap_or_else(|_| Err(format!("not done within {} ms", within.as_millis())))
    });
    // A stuck thread of a device holds up nobody.
    runtime.shutdown_background();
    safe
}

/// Withdraws the permission and switches the supply off. Each device is tried, whatever the other one says.
pub(crate) async fn make_safe(devices: &Devices) -> Result<(), String> {
    let Backends { mut board, supply, .. } = Backends::of(devices);
    let board = async {
        // In this order: the permission is what closes the contactor.
        let withdrawn = board.allow_power(false).await;
        let pilot = board.set_pilot(PilotSignal::X1).await;
        withdrawn.and(pilot).map_err(text)
    };
    let supply = async {
        match supply {
            Some(mut supply) => supply.switch(false).await.map_err(text),
            None => Ok(()),
        }
    };
    match tokio::join!(board, supply) {
        (Ok(()), Ok(())) => Ok(()),
        (Err(why), Ok(())) | (Ok(()), Err(why)) => Err(why),
        (Err(board), Err(supply)) => Err(format!("{board}; {supply}")),
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}
