//! Ctrl-C during a run on a rig: the running scenario ends as an error, everything is left safe, the reports are written.

use std::sync::atomic::{AtomicBool, Ordering};

// One program, one terminal: whoever presses the keys means the whole run.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Somebody wants the run to end. May be called on any thread.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// Whether somebody wants the run to end. Rigs in real time look at it while they wait; a world in virtual time is over before
/// anybody can press a key, and does not.
#[must_use]
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
