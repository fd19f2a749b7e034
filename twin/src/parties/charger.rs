//! Where the charger is.

use std::fmt;
use std::rc::Rc;

use crate::error::TwinError;
use crate::terminals::{OutsideHost, Terminals};

/// Where the charger is.
#[derive(Clone, Debug, Default)]
pub enum ChargerChoice {
    /// In this process, on simulated backends.
    #[default]
    Inside,
    /// Somewhere else, in real time.
    Outside(HostMaker),
    /// Nowhere: nothing drives the pilots of the cars, and no current reaches them.
    None,
}

/// A host, or why there is none.
type Made = Result<Box<dyn OutsideHost>, TwinError>;

/// Makes the host of a charger outside of this process: each world has one of its own.
#[derive(Clone)]
pub struct HostMaker(Rc<dyn Fn(Terminals) -> Made>);

impl HostMaker {
    /// `make` gets what the world offers at the charger's terminals.
    pub fn new(make: impl Fn(Terminals) -> Made + 'static) -> Self {
        Self(Rc::new(make))
    }

    /// Makes it; inside the runtime.
    pub(crate) fn make(&self, terminals: Terminals) -> Made {
        (self.0)(terminals)
    }
}

impl fmt::Debug for HostMaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostMaker").finish_non_exhaustive()
    }
}
