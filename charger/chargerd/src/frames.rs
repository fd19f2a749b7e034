//! What passes on the wires of the devices, as events `wire`/`frame`: the evidence of a bench.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use event_log::Log;
use hil::frames::{Passed, listen};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// So many frames wait for the log at most. What comes on top is counted, and costs no memory.
const WAITING: usize = 4096;

/// Writes what passes into the log from now on; inside the runtime, before a device is opened.
pub(crate) fn record(log: &Log) {
    let (tell, mut told) = mpsc::channel::<Passed>(WAITING);
    let lost = Arc::new(AtomicUsize::new(0));
    let counted = lost.clone();
    let first = listen(move |passed| {
        if tell.try_send(passed).is_err() {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    if !first {
        tracing::warn!("frames are recorded already");
        return;
    }
    let log = log.clone();
    // It ends with the runtime.
    drop(tokio::task::spawn_local(async move {
        while let Some(passed) = told.recv().await {
            log.record("wire", "frame", frame(&passed));
            match lost.swap(0, Ordering::Relaxed) {
                0 => {}
                frames => log.record("wire", "lost", json!({ "frames": frames })),
            }
        }
    }));
}

/// As the evidence of a rig reads it.
fn frame(passed: &Passed) -> Value {
    let direction = if passed.outgoing { "out" } else { "in" };
    let hex = passed.bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    });
    match passed.id {
        Some(id) => json!({ "bus": passed.bus, "dir": direction, "id": format!("{id:08X}"), "hex": hex }),
        None => json!({ "bus": passed.bus, "dir": direction, "hex": hex }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_written_as_the_evidence_reads_it() {
        let mut passed = Passed { bus: "uart:ttyUSB0".into(), outgoing: true, id: None, bytes: vec![0x0A, 0xFF] };
        assert_eq!(frame(&passed), json!({ "bus": "uart:ttyUSB0", "dir": "out", "hex": "0AFF" }));
        (passed.bus, passed.outgoing, passed.id) = ("can0".into(), false, Some(0x028300F0));
        assert_eq!(frame(&passed), json!({ "bus": "can0", "dir": "in", "id": "028300F0", "hex": "0AFF" }));
    }
}
