//! Ctrl-C during a run: the running scenarios end as errors, everything is left safe, the reports are written.

use std::sync::atomic::{AtomicBool, Ordering};

// One program, one terminal: whoever presses the keys means the whole run.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Somebody wants the run to end. May be called on any thread.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// Whether somebody wants the run to end. Every rig looks at it while it waits.
#[must_use]
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
