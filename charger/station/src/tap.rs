//! Writes what crosses the seam into the event log.

use event_log::Log;
use hardware::{Crossing, Sign};
use iec61851::Permission;
use serde_json::json;

use crate::gist::AlreadySaid;

/// Hears what crosses the seam to one device.
pub type Tap = Box<dyn FnMut(Crossing)>;

/// A tap for one device. Heartbeats and readings are left out: they say nothing new; a screen is noted when its message
/// changes. Frames of the PLC modem are left out too: they have a file of their own.
#[must_use]
pub fn tap(log: &Log) -> Tap {
    let log = log.clone();
    let mut shown: Option<(Sign, String)> = None;
    let mut failed = AlreadySaid::nothing();
    let mut damaged = 0;
    Box::new(move |crossing| match crossing {
        Crossing::Heartbeat | Crossing::Meter(_) | Crossing::Insulation(_) | Crossing::Supply(_) => {
            failed.forget();
        }
        Crossing::PlcSent(_) | Crossing::PlcReceived(_) => {}
        // Whoever speaks with the car notes what was said.
        Crossing::V2gAnswered { .. } | Crossing::V2gSent(_) | Crossing::V2gEvent(_) | Crossing::V2gHungUp => {}
        Crossing::V2gListening(at) => log.record("v2g", "listening", json!({ "at": at.to_string() })),
        Crossing::V2gDeaf => log.record("v2g", "deaf", json!({})),
        Crossing::BoardStarted(info) => log.record("board", "started", info),
        Crossing::Pilot(signal) => log.record("board", "command", json!({ "pilot": signal.to_string() })),
        Crossing::AllowPower(permission) => log.record(
            "board",
            "command",
            match permission {
                Permission::Withdrawn | Permission::Offered => json!({ "allow_power": permission.is_given() }),
                Permission::Digital { limit } => json!({ "allow_power": true, "digital_ma": limit }),
            },
        ),
        Crossing::BoardEvent(event) => log.record("board", "event", event),
        // A line that is never quite clean does not fill the log: noted is each doubling.
        Crossing::BoardDamaged(count) if count < damaged || count >= 2 * damaged => {
            damaged = count;
            log.record("board", "damaged", json!({ "count": count }));
        }
        Crossing::BoardDamaged(_) => {}
        Crossing::Lock(locked) => log.record("lock", "drive", json!({ "locked": locked })),
        Crossing::LockPosition(position) => log.record("lock", "position", json!({ "position": position })),
        Crossing::Token(token) => log.record("reader", "token", json!({ "id": token.id })),
        Crossing::Screen(screen) => {
            let message = (screen.sign, screen.note.clone());
            if shown.as_ref() != Some(&message) {
                log.record("panel", "show", screen);
                shown = Some(message);
            }
        }
        Crossing::SupplyCapabilities(capabilities) => log.record("supply", "capabilities", capabilities),
        Crossing::SupplySet(target) => log.record("supply", "set", target),
        Crossing::SupplySwitched(on) => log.record("supply", "switched", json!({ "on": on })),
        Crossing::InsulationMeasured(on) => log.record("insulation", "measuring", json!({ "on": on })),
        Crossing::InsulationTested => log.record("insulation", "tested", json!({})),
        Crossing::Failed(text) => {
            // A link that stays broken is noted once for each thing that it says, whatever it counts.
            if failed.is_news(&text) {
                log.record("device", "failed", json!({ "what": text }));
            }
        }
    })
}
