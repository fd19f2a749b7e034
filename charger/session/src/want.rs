//! What the actuators should do: one value, made by one pure function of the state. It alone names actuators; `settle` tells
//! what has changed of it.

use crate::words::ConnectorStatus;
use hardware::{LockPosition, Screen, SupplyTarget};
use iec61851::{Duty, Fault, Permission, PilotSignal};
use units::{Instant, Watts};

use super::Coordinator;
use super::board::{Board, Contactor};
use super::control::Control;
use super::dc::{DcPhase, DcRoom, Power};
use super::dialog::DialogWant;
use super::hlc::Needs;
use super::occupancy::{Bolt, ClosingStep, Occupancy, Session, Stage, Standing};
use super::reception::Vacancy;
use super::trouble::Trouble;
use crate::config::LockWhen;
use energy::Wish;

/// What the actuators should do now, and what is shown and told of the outlet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Want {
    /// What the car could use if the site left all that it wants; `None`: no car may charge here.
    pub(super) wish: Option<Wish>,
    /// How this EVSE stands to whoever comes and does not say where to.
    pub(super) vacancy: Vacancy,
    /// What the pilot should say. A higher duty may have to wait before it goes out, see `pacing`.
    pub(super) pilot: PilotSignal,
    /// What the contactor may do.
    pub(super) permission: Permission,
    /// What the DC supply is to hold; `None`: it is off.
    pub(super) supply: Option<SupplyTarget>,
    /// Whether the insulation monitor measures.
    pub(super) insulation: bool,
    /// Whether the plug is held; `None`: the bolt stays where it is.
    pub(super) bolt: Option<bool>,
    /// The status of the connector; `None`: as it was told last.
    pub(super) status: Option<ConnectorStatus>,
    /// What the panel shows.
    pub(super) screen: Screen,
    /// What high-level communication is told; `None`: there is none.
    pub(super) dialog: Option<DialogWant>,
}

impl Coordinator {
    /// What the actuators should do, as everything is now.
    pub(super) fn want(&self, now: Instant) -> Want {
        let permission = self.permission(now);
        Want {
            wish: self.wish(),
            vacancy: self.vacancy(),
            pilot: self.pilot_signal(),
            permission,
            supply: self.supply(permission),
            insulation: self.insulation(),
            bolt: self.bolt(),
            status: self.status(now),
            screen: self.screen(now),
            dialog: self.dialog(),
        }
    }

    /// Whether everything but the car says: charge.
    pub(super) fn told_to_charge(&self) -> bool {
        self.may_charge() && self.plug_held() && self.is_enough()
    }

    /// Whether the car would be offered current, were there any.
    pub(super) fn may_charge(&self) -> bool {
        self.occupancy.running().is_some_and(|running| running.standing == Standing::Good)
            && self.sees_car()
            && self.outlet.troubles.is_empty()
    }

    /// Whether the limit leaves what a car can use at all: a duty cannot offer less than 6 A.
    pub(super) fn is_enough(&self) -> bool {
        match self.occupancy.session().and_then(Session::power) {
            None | Some(Power::Ac) => Duty::advertise(self.limit().value()).is_some(),
            Some(Power::Dc(_)) => self.dc_room().is_some_and(|room| room.power() > Watts::ZERO),
        }
    }

    /// How much direct current this car may get; `None`: this EVSE gives none.
    pub(super) fn dc_room(&self) -> Option<DcRoom> {
        self.dc_room_of(self.occupancy.session().and_then(|session| session.control.digital()?.needs))
    }

    /// How much direct current a car may get that needs so much; `None`: this EVSE gives none.
    pub(super) fn dc_room_of(&self, needs: Option<Needs>) -> Option<DcRoom> {
        let can = self.outlet.dc.can.as_ref()?;
        Some(DcRoom::new(can, needs, self.limit(), &self.supplied()))
    }

    /// The board sees the session's car, and on a socket its cable: before, nothing is permitted and nothing offered.
    pub(super) fn sees_car(&self) -> bool {
        self.outlet.board.tells_all()
            && self.occupancy.session().is_some_and(Session::is_seen)
            && (!self.has_socket() || self.outlet.board.cable().is_some())
    }

    /// On a socket no power flows before the plug is held.
    pub(super) fn plug_held(&self) -> bool {
        !self.has_socket() || self.outlet.lock == Some(LockPosition::Locked)
    }

    fn pilot_signal(&self) -> PilotSignal {
        let Occupancy::Plugged(session) = &self.occupancy else { return PilotSignal::X1 };
        if !self.outlet.board.tells_all() || !session.is_seen() {
            return PilotSignal::X1;
        }
        let plan = match &session.control {
            Control::Digital(digital) if self.outlet.troubles.keys().all(|trouble| trouble.can_be_told()) => {
                return digital.signal();
            }
            Control::Basic(_) | Control::Digital(_) if self.pilot_fault() => return PilotSignal::X1,
            Control::Digital(digital) => return digital.signal(),
            Control::Basic(plan) => plan,
        };
        if let Some(signal) = plan.signal() {
            return signal;
        }
        match Duty::advertise(self.limit().value()) {
            Some(duty) if self.told_to_charge() && !self.only_speaks() => PilotSignal::Pwm(duty),
            Some(_) | None => PilotSignal::X1,
        }
    }

    /// While ventilation is asked for in vain the duty stays, so that the car can go back to C and charge.
    fn pilot_fault(&self) -> bool {
        self.outlet.troubles.keys().any(|trouble| *trouble != Trouble::Board(Fault::VentilationNotAvailable))
    }

    fn permission(&self, now: Instant) -> Permission {
        let Occupancy::Plugged(session) = &self.occupancy else { return Permission::Withdrawn };
        let rests = now < self.outlet.rests_until;
        if rests || !self.sees_car() || !self.outlet.troubles.is_empty() || !self.plug_held() {
            return Permission::Withdrawn;
        }
        let closed = self.outlet.board.contactor() == Contactor::Closed;
        let offered = |yes| if yes { Permission::Offered } else { Permission::Withdrawn };
        match &session.stage {
            Stage::Running(running) => match (running.power, &session.control) {
                (Power::Ac, Control::Basic(plan)) => {
                    let nominal = plan.signal().is_none() && !self.only_speaks();
                    offered(nominal && (self.told_to_charge() || closed))
                }
                (power, Control::Digital(digital)) => self.digital_permission(digital, power),
                (Power::Dc(phase), Control::Basic(_)) => self.dc_permission(phase),
            },
            Stage::Closing(closing) => match (closing.step, closing.power) {
                // The offer is gone already; the car has its grace to stop drawing before the contactor opens under load.
                (ClosingStep::Stopping { .. }, Power::Ac) => offered(closed),
                (ClosingStep::Opening { .. }, Power::Ac) | (ClosingStep::Reading { .. }, _) => Permission::Withdrawn,
                (ClosingStep::Stopping { .. } | ClosingStep::Opening { .. }, Power::Dc(phase)) => {
                    self.dc_permission(phase)
                }
            },
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Finished(_) => Permission::Withdrawn,
        }
    }

    /// The supply drives only what a closed contactor is permitted to carry.
    fn supply(&self, permission: Permission) -> Option<SupplyTarget> {
        let session = self.occupancy.session()?;
        let phase = session.power()?.dc()?;
        let target = session.control.digital()?.target;
        match (permission, self.outlet.board.contactor()) {
            (Permission::Digital { .. }, Contactor::Closed) => self.dc_room()?.supply(phase, target),
            (Permission::Digital { .. }, Contactor::Open | Contactor::Unknown)
            | (Permission::Offered | Permission::Withdrawn, _) => None,
        }
    }

    /// Our monitor measures from the cable check on, also while energy is given; it is the car that keeps quiet then.
    fn insulation(&self) -> bool {
        let phase = self.occupancy.session().and_then(Session::power).and_then(Power::dc);
        // One that was bad is over when it is measured good: nobody would measure it otherwise, and nobody is let in meanwhile.
        phase.is_some_and(DcPhase::is_live) || self.outlet.troubles.contains_key(&Trouble::InsulationFault)
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
