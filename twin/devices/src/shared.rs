//! A model that the wire and the world share.

use std::sync::{Arc, Mutex, PoisonError};

/// A handle on a value that the thread which serves a wire and the world both work on. Clones are handles on the same value.
#[derive(Debug, Default)]
pub(crate) struct Shared<T>(Arc<Mutex<T>>);

impl<T> Shared<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(Mutex::new(value)))
    }

    /// Works on the value. Every model stays consistent between two statements, so a holder that panicked is no reason to
    /// stop: its lock counts as released.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_that_panicked_holds_up_nobody() {
        let shared = Shared::new(1);
        let other = shared.clone();
        let panicked = std::thread::spawn(move || other.with(|_| panic!("on purpose"))).join();
        assert!(panicked.is_err());
        assert_eq!(shared.with(|value| *value), 1);
    }
}
