//! Who is at the outlet. Every value of a session lives in here, so that none can outlive it.

use iec61851::PilotState;
use units::Instant;

use super::authorization::{Check, Grant};
use super::event::PauseReason;
use super::pilot_plan::PilotPlan;
use super::transaction::{Ending, Transaction};

/// The outlet is free, or a car is there, or a car has just left.
#[derive(Debug)]
pub(super) enum Occupancy {
    /// No car; perhaps a driver who has shown a token.
    Free(Visitor),
    /// The car has gone; the last meter reading of its transaction is on its way.
    Leaving { transaction: Transaction, ending: Ending, until: Instant },
    /// A car is there.
    Plugged(Box<Session>),
}

/// A driver without a car.
#[derive(Debug, Default)]
pub(super) enum Visitor {
    /// The token is being checked.
    Checking(Check),
    /// The token is good; the car must follow in time.
    Granted { grant: Grant, until: Instant },
    /// Nobody.
    #[default]
    Nobody,
}

/// How the driver of a plugged car stands.
#[derive(Debug)]
pub(super) enum Authorization {
    /// Nobody has shown a token.
    Awaiting,
    /// The token is being checked.
    Checking(Check),
    /// Good.
    Granted(Grant),
}

/// What the energy does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Delivery {
    /// Nothing is offered.
    Idle,
    /// Current is offered since then; the contactor has not closed in this session.
    Prepared { since: Instant, woken: bool },
    /// The contactor is closed.
    Flowing,
    /// The car stopped taking, or never began.
    PausedByCar,
    /// The charger holds it back.
    PausedByCharger(PauseReason),
}

/// The end of a transaction whose car is still there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Closing {
    /// The car was asked to stop drawing; power is withdrawn when it has, or at `until`.
    Stopping { ending: Ending, until: Instant },
    /// The contactor is open; the last reading is on its way.
    Reading { ending: Ending, until: Instant },
}

/// One car, from plug to unplug.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) pilot: PilotState,
    pub(super) plan: PilotPlan,
    pub(super) authorization: Authorization,
    /// A token that wants to end a transaction which another one began.
    pub(super) stop_check: Option<Check>,
    pub(super) transaction: Option<Transaction>,
    pub(super) closing: Option<Closing>,
    pub(super) delivery: Delivery,
    /// The transaction is over; only unplugging ends the session.
    pub(super) finished: bool,
    /// Whether power has flowed in this session.
    pub(super) charged: bool,
    /// The CSMS rejected the token afterwards, and the configuration suspends instead of ending.
    pub(super) rejected: bool,
    /// The CSMS forced the lock open; it stays so for this car.
    pub(super) force_unlocked: bool,
}

impl Session {
    pub(super) const fn new(pilot: PilotState, plan: PilotPlan, authorization: Authorization) -> Self {
        Self {
            pilot,
            plan,
            authorization,
            stop_check: None,
            transaction: None,
            closing: None,
            delivery: Delivery::Idle,
            finished: false,
            charged: false,
            rejected: false,
            force_unlocked: false,
        }
    }

    pub(super) const fn granted(&self) -> Option<&Grant> {
        match &self.authorization {
            Authorization::Granted(grant) => Some(grant),
            Authorization::Awaiting | Authorization::Checking(_) => None,
        }
    }
}

impl Closing {
    pub(super) const fn ending(self) -> Ending {
        match self {
            Self::Stopping { ending, .. } | Self::Reading { ending, .. } => ending,
        }
    }

    pub(super) const fn until(self) -> Instant {
        match self {
            Self::Stopping { until, .. } | Self::Reading { until, .. } => until,
        }
    }
}
