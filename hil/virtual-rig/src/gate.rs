//! What lies between a bus and a chip: transfers pass, are not acknowledged, or hang.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use devices::{I2cChip, Nack};
use units::Instant;

/// What a gate lets through.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Passes {
    /// Every transfer.
    #[default]
    All,
    /// None: the chip does not acknowledge.
    Nack,
    /// None, and none ends before the gate opens: the bus hangs.
    Nothing,
}

/// The gate. Clones are handles on the same gate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<(Mutex<Passes>, Condvar)>);

impl Gate {
    /// Opens or closes it.
    pub(crate) fn set(&self, passes: Passes) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = passes;
        self.0.1.notify_all();
    }

    fn pass(&self) -> Result<(), Nack> {
        let mut passes = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        while *passes == Passes::Nothing {
            passes = self.0.1.wait(passes).unwrap_or_else(PoisonError::into_inner);
        }
        if *passes == Passes::Nack { Err(Nack) } else { Ok(()) }
    }
}

/// A chip behind a gate.
#[derive(Debug)]
pub(crate) struct Gated<C>(pub(crate) C, pub(crate) Gate);

impl<C: I2cChip> I2cChip for Gated<C> {
    fn write(&mut self, now: Instant, bytes: &[u8]) -> Result<(), Nack> {
        self.1.pass()?;
        self.0.write(now, bytes)
    }

    fn read(&mut self, now: Instant, buffer: &mut [u8]) -> Result<(), Nack> {
        self.1.pass()?;
        self.0.read(now, buffer)
    }
}
