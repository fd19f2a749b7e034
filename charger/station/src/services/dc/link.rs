//! Whether a device answers.

use std::time::Duration;

use hardware::{ErrorKind, HardwareError};
use tokio::time::Instant;

/// Whether a device answers. One that is gone is lost at once, one that does not answer is lost after a while.
#[derive(Debug)]
pub(super) struct Link {
    /// `None` until it was heard or lost for the first time.
    there: Option<bool>,
    heard: Instant,
    patience: Duration,
}

impl Link {
    pub(super) fn new(patience: Duration) -> Self {
        Self { there: None, heard: Instant::now(), patience }
    }

    /// It was not asked for a while, for a reason: its silence counts from now on.
    pub(super) fn spared(&mut self) {
        self.heard = Instant::now();
    }

    /// What there is to tell after a reading: it answers again, or it is lost.
    pub(super) fn judge<R, E: HardwareError>(&mut self, reading: &Result<R, E>) -> Option<Result<(), String>> {
        let (there, state) = match reading {
            Ok(_) => {
                self.heard = Instant::now();
                (true, Ok(()))
            }
            Err(error) if error.kind() == ErrorKind::Disconnected => (false, Err(error.to_string())),
            Err(error) if self.heard.elapsed() >= self.patience => (false, Err(error.to_string())),
            Err(_) => return None,
        };
        (self.there.replace(there) != Some(there)).then_some(state)
    }
}
