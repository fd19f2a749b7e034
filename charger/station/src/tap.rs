//! Writes what crosses the seam into the event log.

use event_log::Log;
use hardware::{Crossing, Sign};
use serde_json::json;

/// A tap for one device. Heartbeats and readings are left out: they say nothing new; a screen is noted when its message
/// changes. Frames of the PLC modem are left out too: they have a file of their own.
pub fn tap(log: &Log) -> impl FnMut(Crossing) + use<> {
    let log = log.clone();
    let mut shown: Option<(Sign, String)> = None;
    let mut failed: Option<String> = None;
    move |crossing| match crossing {
        Crossing::Heartbeat | Crossing::Meter(_) | Crossing::Insulation(_) | Crossing::Supply(_) => failed = None,
        Crossing::PlcSent(_) | Crossing::PlcReceived(_) => {}
        Crossing::BoardStarted(info) => log.record("board", "started", info),
        Crossing::Pilot(signal) => log.record("board", "command", json!({ "pilot": signal.to_string() })),
        Crossing::AllowPower(allow) => log.record("board", "command", json!({ "allow_power": allow })),
        Crossing::BoardEvent(event) => log.record("board", "event", event),
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
            // A link that stays broken is noted once.
            if failed.as_ref() != Some(&text) {
                log.record("device", "failed", json!({ "what": text }));
                failed = Some(text);
            }
        }
    }
}
