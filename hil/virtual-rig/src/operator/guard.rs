//! The watchdog of a bench, shared between the bench and its rigs.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hil_rig::Watchdog;

use super::safe;

/// The watchdog, shared between the bench and its rigs.
#[derive(Clone, Debug, Default)]
pub(super) struct Guard {
    watchdog: Arc<Mutex<Option<Watchdog>>>,
    /// The last attempt to make the bench safe failed.
    unsafe_left: Arc<AtomicBool>,
}

impl Guard {
    /// A sign of life, if there is a watchdog.
    pub(super) fn beat(&self) -> Result<(), String> {
        match &mut *self.watchdog.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(watchdog) => watchdog.beat().map_err(|error| error.to_string()),
            None => Ok(()),
        }
    }

    /// Makes the bench safe, with signs of life meanwhile; the end of the run hears of it when that fails.
    ///
    /// # Errors
    /// It is not known to be safe, and why.
    pub(super) fn make_safe(&self, chargerd: &Path, folder: &Path) -> Result<(), String> {
        let safe = safe::make_safe(chargerd, folder, || {
            // One that is gone is told with the next step.
            let _ = self.beat();
        });
        self.unsafe_left.store(safe.is_err(), Ordering::Release);
        safe
    }

    /// Starts the watchdog, unless there is one.
    ///
    /// # Errors
    /// The command cannot be made, or does not start.
    pub(super) fn arm(&self, command: impl FnOnce() -> Result<Command, String>) -> Result<(), String> {
        let mut watchdog = self.watchdog.lock().unwrap_or_else(PoisonError::into_inner);
        if watchdog.is_none() {
            let armed = Watchdog::arm(&mut command()?).map_err(|error| format!("the watchdog of the rig: {error}"))?;
            *watchdog = Some(armed);
        }
        Ok(())
    }

    /// The run is over: the watchdog ends, or has to make the bench safe because nobody else could.
    ///
    /// # Errors
    /// The bench was not left safe, or the watchdog does not end.
    pub(super) fn stand_down(&self) -> Result<(), String> {
        match self.take() {
            // Left alone it makes the bench safe before anybody else has it, or says that it cannot.
            Some(left) if self.unsafe_left.load(Ordering::Acquire) => {
                drop(left);
                Err("the bench was not left safe: its watchdog was left to make it so".into())
            }
            Some(watchdog) => watchdog.stand_down().map_err(|error| error.to_string()),
            None => Ok(()),
        }
    }

    /// Leaves the watchdog alone, which makes the bench safe then.
    pub(super) fn leave(&self) {
        drop(self.take());
    }

    fn take(&self) -> Option<Watchdog> {
        self.watchdog.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
