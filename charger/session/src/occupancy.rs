//! Who is at the outlet. Every value of a session lives in here, so that none can outlive it.

use crate::words::IdToken;
use iec61851::{PilotState, PlugIn};
use serde::{Deserialize, Serialize};
use units::Instant;

use super::ac_decision::Driver;
use super::authorization::{Check, Grant, Start};
use super::control::Control;
use super::dc::Power;
use super::event::PauseReason;
use super::hlc::WantedPower;
use super::transaction::{Ending, Transaction};
use energy::LinesInUse;

/// The outlet is free, or a car is there, or a car has just left.
#[derive(Debug)]
pub(super) enum Occupancy {
    /// No car; perhaps a driver who has shown a token.
    Free(DriverWithoutCar),
    /// The car has gone; the last meter reading of its transaction is on its way.
    Leaving {
        transaction: Transaction,
        ending: Ending,
        until: Instant,
        /// Who wants to begin afterwards.
        next: Option<Start>,
    },
    /// A car is there.
    Plugged(Box<Session>),
}

/// A driver without a car.
#[derive(Debug, Default)]
pub(super) enum DriverWithoutCar {
    /// The token is being checked.
    Checking(Check),
    /// The token is good; the car must follow in time.
    Granted { grant: Grant, since: Instant, until: Instant },
    /// Nobody.
    #[default]
    Nobody,
}

/// What the energy does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Delivery {
    /// Nothing is offered.
    Idle,
    /// Current is offered since then; the contactor has not closed since.
    Prepared { since: Instant, woken: bool },
    /// The contactor is closed.
    Flowing,
    /// The car stopped taking, or never began.
    PausedByCar,
    /// The charger holds it back.
    PausedByCharger(PauseReason),
}

/// One car, from plug to unplug.
#[derive(Debug)]
pub(super) struct Session {
    /// As the board told it last.
    pub(super) pilot: PilotState,
    /// Which plug-in it is; `None` on boards that do not count.
    pub(super) plug_in: Option<PlugIn>,
    pub(super) presence: Presence,
    pub(super) control: Control,
    /// The lines that the car draws from.
    pub(super) lines: LinesInUse,
    pub(super) stage: Stage,
    pub(super) bolt: Bolt,
    /// So often it was invited again to speak, since the plug came or a transaction began.
    pub(super) invited_again: u32,
}

/// Whether the car is known to be there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Presence {
    /// The board sees it.
    Seen,
    /// Nobody knows, and the session is held for it until then.
    Held { absence: Absence, until: Instant },
}

/// What was away, so that nobody saw the car.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Absence {
    /// The board, or its link.
    Board,
    /// The host: this session is one of its earlier life.
    Host,
}

/// How far the session of a plugged car is.
///
/// ```text
///   Waiting ──> Authorized ──> Running ──> Closing ──> Finished
///                   ^                                     │ somebody begins again
///                   └─────────────────────────────────────┘
/// ```
#[derive(Debug)]
pub(super) enum Stage {
    /// Nobody has been let in since the plug came.
    Waiting {
        /// The token that is being checked.
        check: Option<Check>,
    },
    /// A driver is let in, and the transaction is about to begin. It alone can begin one. Transactions begin with the
    /// authorization (`TxStartPoint` of OCPP), so nothing else happens in this stage yet; one that begins with the energy would
    /// wait here.
    Authorized(Grant),
    /// A transaction runs.
    Running(Running),
    /// The transaction ends, and the car is still there.
    Closing(Closing),
    /// A transaction was here and is over.
    Finished(Finished),
}

/// A car whose transaction is over.
#[derive(Debug)]
pub(super) struct Finished {
    /// The tap that ended it, if one did.
    pub(super) ended_by: Option<Tap>,
    /// The token of somebody who wants to begin another one, while it is checked.
    pub(super) check: Option<Check>,
}

/// A token that did something, and when.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Tap {
    pub(super) token: IdToken,
    pub(super) at: Instant,
}

/// A running transaction.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) transaction: Transaction,
    /// Since then.
    pub(super) began: Instant,
    pub(super) delivery: Delivery,
    pub(super) power: Power,
    pub(super) standing: Standing,
    /// A token that wants to end what another one began.
    pub(super) stop_check: Option<Check>,
}

/// What the CSMS thinks of the token of a running transaction.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Standing {
    /// Nothing bad.
    Good,
    /// Rejected afterwards, and the configuration suspends instead of ending.
    Rejected,
}

/// A transaction that ends while its car is still there.
#[derive(Debug)]
pub(super) struct Closing {
    pub(super) transaction: Transaction,
    pub(super) power: Power,
    pub(super) ending: Ending,
    pub(super) step: ClosingStep,
    /// The tap that ended it, if one did.
    pub(super) ended_by: Option<Tap>,
    /// Who wants to begin afterwards.
    pub(super) next: Option<Start>,
}

/// How far the end of a transaction is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ClosingStep {
    /// The car was asked to stop drawing, and has until then.
    Stopping { until: Instant },
    /// The permission is withdrawn; a contactor that has not opened by then is a fault of its own.
    Opening { until: Instant },
    /// The contactor is open; the last reading is on its way.
    Reading { until: Instant },
}

impl ClosingStep {
    /// When it has taken long enough.
    pub(super) const fn until(self) -> Instant {
        match self {
            Self::Stopping { until } | Self::Opening { until } | Self::Reading { until } => until,
        }
    }
}

/// Who decides about the bolt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Bolt {
    /// It follows the session.
    Follows,
    /// The CSMS forced it open; it stays so until another transaction begins.
    ForcedOpen,
}

impl Session {
    /// A car that has just been plugged in.
    pub(super) const fn new(pilot: PilotState, plug_in: Option<PlugIn>, control: Control) -> Self {
        let stage = Stage::Waiting { check: None };
        let lines = LinesInUse::Unknown;
        Self { pilot, plug_in, presence: Presence::Seen, control, lines, stage, bolt: Bolt::Follows, invited_again: 0 }
    }

    /// How its driver stands.
    pub(super) const fn driver(&self) -> Driver {
        match &self.stage {
            Stage::Waiting { .. } => Driver::NotYet,
            Stage::Authorized(_) | Stage::Running(_) => Driver::LetIn,
            Stage::Closing(_) | Stage::Finished(_) => Driver::Over,
        }
    }

    /// Whether the board sees the car.
    pub(super) fn is_seen(&self) -> bool {
        self.presence == Presence::Seen
    }

    /// A driver is let in, where nobody else is in or about to be.
    pub(super) fn authorize(&mut self, grant: Grant) {
        match &self.stage {
            Stage::Waiting { check: None } | Stage::Finished(Finished { check: None, .. }) => {
                self.stage = Stage::Authorized(grant);
            }
            Stage::Waiting { check: Some(_) }
            | Stage::Authorized(_)
            | Stage::Running(_)
            | Stage::Closing(_)
            | Stage::Finished(Finished { check: Some(_), .. }) => {}
        }
    }

    /// Takes what the driver is let in with, for the transaction that begins now.
    pub(super) fn take_grant(&mut self) -> Option<Grant> {
        match std::mem::replace(&mut self.stage, Stage::Waiting { check: None }) {
            Stage::Authorized(grant) => Some(grant),
            other @ (Stage::Waiting { .. } | Stage::Running(_) | Stage::Closing(_) | Stage::Finished(_)) => {
                self.stage = other;
                None
            }
        }
    }

    /// The transaction, as long as it is not closed.
    pub(super) const fn transaction(&self) -> Option<&Transaction> {
        match &self.stage {
            Stage::Running(running) => Some(&running.transaction),
            Stage::Closing(closing) => Some(&closing.transaction),
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Finished(_) => None,
        }
    }

    /// The transaction, as long as it is not closed.
    pub(super) const fn transaction_mut(&mut self) -> Option<&mut Transaction> {
        match &mut self.stage {
            Stage::Running(running) => Some(&mut running.transaction),
            Stage::Closing(closing) => Some(&mut closing.transaction),
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Finished(_) => None,
        }
    }

    /// The running transaction; one that ends is none.
    pub(super) const fn running(&self) -> Option<&Running> {
        match &self.stage {
            Stage::Running(running) => Some(running),
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Closing(_) | Stage::Finished(_) => None,
        }
    }

    /// The kind of current that its transaction gives, as long as that is not closed.
    pub(super) const fn power(&self) -> Option<Power> {
        match &self.stage {
            Stage::Running(running) => Some(running.power),
            Stage::Closing(closing) => Some(closing.power),
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Finished(_) => None,
        }
    }

    /// The kind of current that its transaction gives, as long as that is not closed.
    pub(super) const fn power_mut(&mut self) -> Option<&mut Power> {
        match &mut self.stage {
            Stage::Running(running) => Some(&mut running.power),
            Stage::Closing(closing) => Some(&mut closing.power),
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Finished(_) => None,
        }
    }

    /// Whether it is the car that does not want energy now.
    pub(super) fn lets_go(&self) -> bool {
        let wants = match &self.control {
            Control::Basic(_) => true,
            Control::Digital(digital) => match digital.wants {
                WantedPower::Nothing | WantedPower::WeldingDetection => false,
                WantedPower::CableCheck | WantedPower::PreCharge | WantedPower::Energy => true,
            },
        };
        !wants || self.pilot == PilotState::B
    }

    /// The question about a token that is on its way.
    pub(super) const fn check(&self) -> Option<&Check> {
        match &self.stage {
            Stage::Waiting { check } | Stage::Finished(Finished { check, .. }) => check.as_ref(),
            Stage::Running(running) => running.stop_check.as_ref(),
            Stage::Authorized(_) | Stage::Closing(_) => None,
        }
    }

    /// Nobody has been let in yet, and nobody is about to be.
    pub(super) const fn is_fresh(&self) -> bool {
        match &self.stage {
            Stage::Waiting { check } => check.is_none(),
            Stage::Authorized(_) | Stage::Running(_) | Stage::Closing(_) | Stage::Finished(_) => false,
        }
    }

    /// A transaction was here and is over, and nobody is about to begin another one.
    pub(super) const fn is_finished(&self) -> bool {
        match &self.stage {
            Stage::Finished(Finished { check, .. }) => check.is_none(),
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Running(_) | Stage::Closing(_) => false,
        }
    }
}

impl Occupancy {
    /// The car that is there.
    pub(super) fn session(&self) -> Option<&Session> {
        match self {
            Self::Plugged(session) => Some(session),
            Self::Free(_) | Self::Leaving { .. } => None,
        }
    }

    /// The car that is there.
    pub(super) fn session_mut(&mut self) -> Option<&mut Session> {
        match self {
            Self::Plugged(session) => Some(session),
            Self::Free(_) | Self::Leaving { .. } => None,
        }
    }

    /// The running transaction of the car that is there; one that ends is none.
    pub(super) fn running(&self) -> Option<&Running> {
        self.session().and_then(Session::running)
    }

    /// The running transaction of the car that is there; one that ends is none.
    pub(super) fn running_mut(&mut self) -> Option<&mut Running> {
        match &mut self.session_mut()?.stage {
            Stage::Running(running) => Some(running),
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Closing(_) | Stage::Finished(_) => None,
        }
    }

    /// The transaction that ends while its car is there.
    pub(super) fn closing(&self) -> Option<&Closing> {
        match &self.session()?.stage {
            Stage::Closing(closing) => Some(closing),
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Running(_) | Stage::Finished(_) => None,
        }
    }

    /// The transaction that ends while its car is there.
    pub(super) fn closing_mut(&mut self) -> Option<&mut Closing> {
        match &mut self.session_mut()?.stage {
            Stage::Closing(closing) => Some(closing),
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Running(_) | Stage::Finished(_) => None,
        }
    }

    /// The transaction that is not closed yet, wherever its car is.
    pub(super) const fn transaction(&self) -> Option<&Transaction> {
        match self {
            Self::Plugged(session) => session.transaction(),
            Self::Leaving { transaction, .. } => Some(transaction),
            Self::Free(_) => None,
        }
    }

    /// The transaction that is not closed yet, wherever its car is.
    pub(super) fn transaction_mut(&mut self) -> Option<&mut Transaction> {
        match self {
            Self::Plugged(session) => session.transaction_mut(),
            Self::Leaving { transaction, .. } => Some(transaction),
            Self::Free(_) => None,
        }
    }
}
