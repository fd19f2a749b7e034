//! What the actuators should do: one value, made by one pure function of the state. It alone names actuators; `settle` tells
//! what has changed of it.

use crate::words::ConnectorStatus;
use hardware::{LockPosition, Screen};
use iec61851::{Duty, Fault, Permission, PilotSignal};
use units::Instant;

use super::Coordinator;
use super::board::{Board, Contactor};
use super::occupancy::{Bolt, ClosingStep, Occupancy, Session, Stage, Standing};
use super::trouble::Trouble;
use crate::config::LockWhen;

/// What the actuators should do now, and what is shown and told of the outlet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Want {
    /// What the pilot should say. A higher duty may have to wait before it goes out, see `pacing`.
    pub(super) pilot: PilotSignal,
    /// What the contactor may do.
    pub(super) permission: Permission,
    /// Whether the plug is held; `None`: the bolt stays where it is.
    pub(super) bolt: Option<bool>,
    /// The status of the connector; `None`: as it was told last.
    pub(super) status: Option<ConnectorStatus>,
    /// What the panel shows.
    pub(super) screen: Screen,
}

impl Coordinator {
    /// What the actuators should do, as everything is now.
    pub(super) fn want(&self, now: Instant) -> Want {
        Want {
            pilot: self.pilot_signal(),
            permission: self.permission(now),
            bolt: self.bolt(),
            status: self.status(now),
            screen: self.screen(now),
        }
    }

    /// Whether everything but the car says: charge.
    pub(super) fn told_to_charge(&self) -> bool {
        self.occupancy.running().is_some_and(|running| running.standing == Standing::Good)
            && self.sees_car()
            && self.outlet.troubles.is_empty()
            && self.plug_held()
            && Duty::advertise(self.limit().current).is_some()
    }

    /// The board sees the session's car, and on a socket its cable: before, nothing is permitted and nothing offered.
    pub(super) fn sees_car(&self) -> bool {
        self.outlet.board.tells_all()
            && self.occupancy.session().is_some_and(Session::is_seen)
            && (!self.has_socket() || self.outlet.board.cable().is_some())
    }

    /// On a socket no power flows before the plug is held.
    fn plug_held(&self) -> bool {
        !self.has_socket() || self.outlet.lock == Some(LockPosition::Locked)
    }

    fn pilot_signal(&self) -> PilotSignal {
        let Occupancy::Plugged(session) = &self.occupancy else { return PilotSignal::X1 };
        if !self.outlet.board.tells_all() || !session.is_seen() || self.pilot_fault() || session.is_finished() {
            return PilotSignal::X1;
        }
        if let Some(signal) = session.plan.signal() {
            return signal;
        }
        match Duty::advertise(self.limit().current) {
            Some(duty) if self.told_to_charge() => PilotSignal::Pwm(duty),
            Some(_) | None => PilotSignal::X1,
        }
    }

    /// While ventilation is asked for in vain the duty stays, so that the car can go back to C and charge.
    fn pilot_fault(&self) -> bool {
        self.outlet.troubles.keys().any(|trouble| *trouble != Trouble::Board(Fault::VentilationNotAvailable))
    }

    fn permission(&self, now: Instant) -> Permission {
        if self.allows(now) { Permission::Offered } else { Permission::Withdrawn }
    }

    fn allows(&self, now: Instant) -> bool {
        let Occupancy::Plugged(session) = &self.occupancy else { return false };
        let rests = now < self.outlet.rests_until;
        if rests || !self.sees_car() || !self.outlet.troubles.is_empty() || !self.plug_held() {
            return false;
        }
        let closed = self.outlet.board.contactor() == Contactor::Closed;
        match &session.stage {
            Stage::Running(_) => session.plan.signal().is_none() && (self.told_to_charge() || closed),
            Stage::Closing(closing) => match closing.step {
                // The duty is gone already; the car has its grace to stop drawing before the contactor opens under load.
                ClosingStep::Stopping { .. } => closed,
                ClosingStep::Opening { .. } | ClosingStep::Reading { .. } => false,
            },
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Finished(_) => false,
        }
    }

    /// The bolt opens strictly after the contactor, and never while that is welded: a welded one is told closed until it comes
    /// free. While nobody knows where the contactor is, the bolt stays where it is.
    fn bolt(&self) -> Option<bool> {
        if !self.has_socket() {
            return None;
        }
        let held = match &self.occupancy {
            Occupancy::Plugged(session) => session.bolt == Bolt::Follows && self.holds(session),
            Occupancy::Free(_) | Occupancy::Leaving { .. } => false,
        };
        match self.outlet.board.contactor() {
            Contactor::Unknown => None,
            Contactor::Closed => Some(true),
            Contactor::Open => Some(held),
        }
    }

    fn holds(&self, session: &Session) -> bool {
        match self.config.lock.when {
            LockWhen::Authorized => session.transaction().is_some(),
            LockWhen::Plugged => !session.is_finished(),
        }
    }

    /// `None`: as it was told last.
    fn status(&self, now: Instant) -> Option<ConnectorStatus> {
        if self.told_trouble(now).is_some() {
            return Some(ConnectorStatus::Faulted);
        }
        match self.outlet.board {
            Board::Blind(_) if self.is_reconciling(now) => return None,
            // Not heard: nothing can be promised.
            Board::Blind(_) => return Some(ConnectorStatus::Unavailable),
            Board::Tells { .. } => {}
        }
        Some(match &self.occupancy {
            Occupancy::Plugged(_) | Occupancy::Leaving { .. } => ConnectorStatus::Occupied,
            Occupancy::Free(_) if !self.outlet.operative => ConnectorStatus::Unavailable,
            Occupancy::Free(_) if self.outlet.reservation.is_some() => ConnectorStatus::Reserved,
            Occupancy::Free(_) => ConnectorStatus::Available,
        })
    }
}
