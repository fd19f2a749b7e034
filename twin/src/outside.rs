//! A charger whose host is not in this process: a program beside it, a guest kernel, a computer on a bench. The world is the
//! same; instead of simulated backends there are wires, and whoever makes the host connects them to [`Wires`].

use std::rc::Rc;
use std::task::Poll;

use event_log::Log;
use hardware::{FaultPlan, LinkFault, LockPosition, MeterReading, Token};
use panel_view::Picture;
use station::{BenchCommand, Clock, Config};
use units::Instant;

use crate::action::Action;
use crate::device::Device;
use crate::error::TwinError;
use crate::firmware::Firmware;
use crate::ports::{LockFault, Ports};

/// A charger's host outside of the process, as the world needs it. Every method returns at once; what takes time is done by
/// tasks.
pub trait OutsideHost {
    /// Starts the host, or starts it anew.
    ///
    /// # Errors
    /// Why it cannot be started.
    fn start(&mut self) -> Result<(), TwinError>;

    /// It dies without a word.
    fn kill(&mut self);

    /// It is told to end.
    fn shut_down(&mut self);

    /// Whether it runs.
    fn is_running(&self) -> bool;

    /// Whether the charger is up: it has seen its board, and the CSMS has seen it.
    fn is_ready(&self) -> bool;

    /// Whether all that the charger told until that instant of the world is in the log: nothing of it is on its way.
    fn has_told(&self, until: Instant) -> bool;

    /// Whether the host and the wires are in order.
    ///
    /// # Errors
    /// What is not: the scenario is then invalid.
    fn health(&self) -> Result<(), TwinError>;

    /// The link to a device breaks, or is mended.
    fn link(&mut self, device: Device, fault: LinkFault);

    /// Somebody at the bench asks for something.
    fn bench(&mut self, command: BenchCommand);

    /// A picture of what the panel shows. It is taken with the first call; the calls after it answer the same one, until it is
    /// there.
    ///
    /// # Errors
    /// Why there is none.
    fn panel_picture(&mut self) -> Poll<Result<Picture, String>>;

    /// Whether the models of this world are at the charger's terminals. Where a real one is, they stand still.
    fn is_modelled(&self) -> bool {
        true
    }

    /// Whether that can be done with this host.
    ///
    /// # Errors
    /// Why not.
    fn can(&self, action: &Action) -> Result<(), String>;
}

/// What the world offers at the charger's terminals, for device models on wires.
#[derive(Clone)]
pub struct Wires {
    pub(crate) ports: Rc<Ports>,
    /// What happened.
    pub log: Log,
    /// The clock of the world.
    pub clock: Clock,
    /// What the charger is told about itself.
    pub charger: Config,
    /// Where the simulated CSMS listens on the loopback, if there is one.
    pub csms_port: Option<u16>,
}

impl std::fmt::Debug for Wires {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wires").field("csms_port", &self.csms_port).finish_non_exhaustive()
    }
}

impl Wires {
    /// The firmware of the power board, for its end of the link; `link` says what is broken on the way to it.
    #[must_use]
    pub fn firmware(&self, link: FaultPlan) -> Firmware {
        Firmware::new(Rc::clone(&self.ports), self.clock, link)
    }

    /// The bolt has moved.
    pub fn set_lock_position(&self, position: LockPosition) {
        if self.ports.lock.position.replace(position) != position {
            self.ports.dirty.mark();
        }
    }

    /// What is wrong with the bolt.
    #[must_use]
    pub fn lock_fault(&self) -> LockFault {
        self.ports.lock.fault.get()
    }

    /// What the meter at the outlet shows.
    #[must_use]
    pub fn outlet_meter(&self) -> MeterReading {
        self.ports.outlet_meter.get()
    }

    /// What the meter at the house connection shows.
    #[must_use]
    pub fn house_meter(&self) -> MeterReading {
        self.ports.house_meter.get()
    }

    /// The next card that is held against the reader. Cancel safe.
    pub async fn next_token(&self) -> Token {
        self.ports.tokens.next().await
    }

    /// The DC side of the world.
    #[must_use]
    pub fn dc(&self) -> &devices::dc::DcCircuit {
        &self.ports.dc
    }

    /// The world should look: something may have come to be.
    pub fn mark(&self) {
        self.ports.dirty.mark();
    }
}
