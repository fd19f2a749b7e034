//! A charger whose host is not in this process: a program beside it, a guest kernel, a computer on a bench. The world is the
//! same; instead of simulated backends there are wires, and whoever makes the host connects them to its [`Terminals`].

use std::rc::Rc;
use std::task::Poll;

use clock::Clock;
use event_log::Log;
use hardware::{FaultPlan, LinkFault, LockPosition, MeterReading, Token};
use panel_view::Picture;
use station::{BenchCommand, Config, EvseConfig};
use units::{EvseId, Instant};

use crate::action::Action;
use crate::device::Device;
use crate::error::TwinError;
use crate::firmware::Firmware;
use crate::ports::{EvsePorts, LockFault, StationPorts};
use crate::vocabulary::Vocabulary;

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

    /// The link to a device of that EVSE, or of the station, breaks or is mended.
    fn link(&mut self, evse: EvseId, device: Device, fault: LinkFault);

    /// Somebody at the bench asks for something of that EVSE.
    fn bench(&mut self, evse: EvseId, command: BenchCommand);

    /// A picture of what the panel of that EVSE shows. It is taken with the first call; the calls after it answer the same one, until it is
    /// there.
    ///
    /// # Errors
    /// Why there is none.
    fn panel_picture(&mut self, evse: EvseId) -> Poll<Result<Picture, String>>;

    /// Whether that can be done at that EVSE of this host.
    ///
    /// # Errors
    /// Why not.
    fn can(&self, evse: EvseId, action: &Action) -> Result<(), String>;
}

/// What the world offers at the charger's terminals, for device models on wires: those of the station, and of one of its EVSEs.
#[derive(Clone)]
pub struct Terminals {
    pub(crate) station: Rc<StationPorts>,
    pub(crate) evse: Rc<EvsePorts>,
    pub(crate) id: EvseId,
    /// What happened.
    pub log: Log,
    /// The clock of the world.
    pub clock: Clock,
    /// What the charger is told about itself.
    pub charger: Config,
    /// Where the simulated CSMS listens on the loopback, if there is one.
    pub csms_port: Option<u16>,
}

impl std::fmt::Debug for Terminals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminals").field("csms_port", &self.csms_port).finish_non_exhaustive()
    }
}

impl Terminals {
    /// Those of that EVSE; `None`: the world has no such EVSE.
    #[must_use]
    pub fn at(&self, id: EvseId) -> Option<Self> {
        let evse = self.station.evses.get(id.place())?;
        Some(Self { evse: Rc::clone(evse), id, ..self.clone() })
    }

    /// The EVSE whose terminals these are.
    #[must_use]
    pub const fn evse(&self) -> EvseId {
        self.id
    }

    /// What the charger is told of it.
    #[must_use]
    pub fn told(&self) -> &EvseConfig {
        self.charger.evses.of(self.id).unwrap_or_else(|| self.charger.evses.first())
    }

    /// The firmware of the power board, for its end of the link; `link` says what is broken on the way to it.
    #[must_use]
    pub fn firmware(&self, link: FaultPlan) -> Firmware {
        Firmware::new(Rc::clone(&self.evse), self.clock, link)
    }

    /// Whether the one that runs is a plain one of Tux-EVSE.
    #[must_use]
    pub fn has_plain_firmware(&self) -> bool {
        match self.evse.board.runs.get() {
            Some(Vocabulary::TuxEvse) => true,
            Some(Vocabulary::Ours { .. }) | None => false,
        }
    }

    /// The bolt has moved.
    pub fn set_lock_position(&self, position: LockPosition) {
        if self.evse.lock.position.replace(position) != position {
            self.evse.dirty.mark();
        }
    }

    /// What is wrong with the bolt.
    #[must_use]
    pub fn lock_fault(&self) -> LockFault {
        self.evse.lock.fault.get()
    }

    /// What the meter at the outlet shows.
    #[must_use]
    pub fn outlet_meter(&self) -> MeterReading {
        self.evse.outlet_meter.get()
    }

    /// What the meter at the house connection shows.
    #[must_use]
    pub fn house_meter(&self) -> MeterReading {
        self.station.house_meter.get()
    }

    /// The next card that is held against the reader. Cancel safe.
    pub async fn next_token(&self) -> Token {
        self.evse.tokens.next().await
    }

    /// The DC side of the world.
    #[must_use]
    pub fn dc(&self) -> &devices::dc::DcCircuit {
        &self.evse.dc
    }

    /// The PLC modem, whose power line is part of the world.
    #[must_use]
    pub fn modem(&self) -> &devices::plc_modem::PlcModem {
        &self.evse.modem
    }

    /// The world should look: something may have come to be.
    pub fn mark(&self) {
        self.evse.dirty.mark();
    }

    /// The modem has something for its line: frames are carried, and nothing else of the world moves.
    pub fn mark_spoken(&self) {
        self.evse.dirty.mark_spoken();
    }
}
