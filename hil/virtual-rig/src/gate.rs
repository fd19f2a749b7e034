//! A bus that hangs: transfers to a chip behind a closed gate do not end.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use devices::{I2cChip, Nack};
use units::Instant;

/// The gate; closed, it holds every transfer. Clones are handles on the same gate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    /// Closes or opens it.
    pub(crate) fn close(&self, closed: bool) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = closed;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let mut closed = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        while *closed {
            closed = self.0.1.wait(closed).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A chip behind a gate.
#[derive(Debug)]
pub(crate) struct Gated<C>(pub(crate) C, pub(crate) Gate);

impl<C: I2cChip> I2cChip for Gated<C> {
    fn write(&mut self, now: Instant, bytes: &[u8]) -> Result<(), Nack> {
        self.1.pass();
        self.0.write(now, bytes)
    }

    fn read(&mut self, now: Instant, buffer: &mut [u8]) -> Result<(), Nack> {
        self.1.pass();
        self.0.read(now, buffer)
    }
}
