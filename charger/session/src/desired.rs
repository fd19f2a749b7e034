//! What the actuators should do, derived from the state in one place.

use crate::words::{ConnectorStatus, TriggerReason};
use hardware::{LockPosition, Screen, Sign};
use iec61851::{Duty, Fault, Permission, PilotSignal};
use units::{Instant, MilliwattHours, Watts};

use super::board::{Board, Contactor};
use super::event::PauseReason;
use super::notice::NoticeKind;
use super::occupancy::{Before, Bolt, ClosingStep, Delivery, DriverWithoutCar, Occupancy, Session, Stage, Standing};
use super::reception::Vacancy;
use super::trouble::Trouble;
use super::{Coordinator, Output, SessionEvent};
use crate::config::LockWhen;
use energy::LimitSource;

impl Coordinator {
    /// Lets everything follow that follows from the state: what ran out, who may begin, what actuators, CSMS and panel
    /// must be told.
    pub(super) fn settle(&mut self, now: Instant) {
        self.now = now;
        self.look_at_meter(now);
        self.look_at_current(now);
        self.expire_reservation(now);
        self.expire_tokens(now);
        self.expire_orphans(now);
        self.advance_hold(now);
        self.advance(now);
        if matches!(self.occupancy, Occupancy::Free(_)) && std::mem::take(&mut self.outlet.disable_when_idle) {
            self.set_operative(false);
        }
        self.take_in(now);
        self.let_in(now);
        self.offer(now);
        self.tell_limit(now);
        let wish = self.wish();
        if std::mem::replace(&mut self.told.wish, wish) != wish {
            self.emit(Output::Wish(wish));
        }
        self.tell(self.vacancy(), |told| &mut told.vacancy, Output::Vacancy);
        let pilot = self.desired_pilot();
        let pilot = self.pacing.pace(now, self.told.pilot, pilot);
        self.over_current.driven(now, pilot);
        self.tell(pilot, |told| &mut told.pilot, Output::Pilot);
        self.tell(self.desired_permission(), |told| &mut told.allow, Output::AllowPower);
        if self.has_socket()
            && let Some(locked) = self.desired_lock()
            && self.told.lock != Some(locked)
        {
            self.drive_lock(locked);
        }
        if let Some(status) = self.status(now) {
            self.tell(status, |told| &mut told.status, Output::Status);
        }
        self.tell(self.screen(now), |told| &mut told.screen, Output::Show);
        self.keep(now);
    }

    /// Moves the bolt. Until it is read back nobody knows where it is: what it showed before is of an earlier wish.
    pub(super) fn drive_lock(&mut self, locked: bool) {
        self.told.lock = Some(locked);
        self.outlet.lock = None;
        self.emit(Output::DriveLock(locked));
    }

    fn tell<T: Clone + PartialEq>(
        &mut self,
        desired: T,
        place: impl FnOnce(&mut super::LastOutputs) -> &mut Option<T>,
        output: impl FnOnce(T) -> Output,
    ) {
        let told = place(&mut self.told);
        if told.as_ref() != Some(&desired) {
            *told = Some(desired.clone());
            self.emit(output(desired));
        }
    }

    /// Follows the offer: current is offered now, or not any more.
    fn offer(&mut self, now: Instant) {
        let charge = self.told_to_charge();
        let Some(session) = self.occupancy.session_mut() else { return };
        let nominal = session.plan.signal().is_none();
        let Stage::Running(running) = &mut session.stage else { return };
        match (running.delivery, charge) {
            (Delivery::Idle | Delivery::PausedByCharger(_), true) if nominal => {
                running.delivery = Delivery::Prepared { since: now, woken: false };
                self.event(SessionEvent::PrepareCharging);
            }
            (Delivery::Prepared { .. } | Delivery::PausedByCar, false) => self.paused(now, self.pause_reason()),
            (
                Delivery::Idle
                | Delivery::Prepared { .. }
                | Delivery::Flowing
                | Delivery::PausedByCar
                | Delivery::PausedByCharger(_),
                _,
            ) => {}
        }
    }

    /// Whether everything but the car says: charge.
    pub(super) fn told_to_charge(&self) -> bool {
        self.may_charge() && self.plug_held() && Duty::advertise(self.limit().current).is_some()
    }

    /// Whether the car would be offered current, were there any.
    pub(super) fn may_charge(&self) -> bool {
        self.occupancy.running().is_some_and(|running| running.standing == Standing::Good)
            && self.sees_car()
            && self.outlet.troubles.is_empty()
    }

    /// The board sees the session's car, and on a socket its cable: before, nothing is permitted and nothing offered.
    fn sees_car(&self) -> bool {
        self.outlet.board.tells_all()
            && self.occupancy.session().is_some_and(Session::is_seen)
            && (!self.has_socket() || self.outlet.board.cable().is_some())
    }

    /// On a socket no power flows before the plug is held.
    fn plug_held(&self) -> bool {
        !self.has_socket() || self.outlet.lock == Some(LockPosition::Locked)
    }

    fn tell_limit(&mut self, now: Instant) {
        if self.occupancy.session().and_then(Session::transaction).is_none() {
            self.told.limit = None;
            return;
        }
        // What the cable carries is told with the car.
        if !self.sees_car() {
            return;
        }
        let limit = self.limit();
        let before = self.told.limit.replace(limit);
        if before == Some(limit) {
            return;
        }
        self.event(SessionEvent::LimitChanged(limit));
        let by_profile = |limit: energy::Limit| limit.by == LimitSource::Profile;
        if before.is_some_and(|before| by_profile(before) || by_profile(limit)) {
            self.update(now, TriggerReason::ChargingRateChanged, crate::words::ReadingContext::Other);
        }
    }

    fn desired_pilot(&self) -> PilotSignal {
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

    fn desired_permission(&self) -> Permission {
        if self.desired_allow() { Permission::Offered } else { Permission::Withdrawn }
    }

    fn desired_allow(&self) -> bool {
        let Occupancy::Plugged(session) = &self.occupancy else { return false };
        let rests = self.now < self.outlet.rests_until;
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
            Stage::Waiting(_) | Stage::Checking { .. } => false,
        }
    }

    /// The bolt opens strictly after the contactor, and never while that is welded: a welded one is told closed until it comes
    /// free. While nobody knows where the contactor is, the bolt stays where it is.
    fn desired_lock(&self) -> Option<bool> {
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

    /// How this EVSE stands to whoever comes and does not say where to.
    fn vacancy(&self) -> Vacancy {
        let usable = self.outlet.operative && self.outlet.troubles.is_empty() && self.outlet.board.tells_all();
        match &self.occupancy {
            Occupancy::Free(DriverWithoutCar::Checking(check)) => Vacancy::Taken { token: Some(check.token.clone()) },
            Occupancy::Free(DriverWithoutCar::Granted { grant, .. }) => Vacancy::Taken { token: grant.token.clone() },
            Occupancy::Free(DriverWithoutCar::Nobody) if usable && self.outlet.reservation.is_none() => Vacancy::Free,
            Occupancy::Free(DriverWithoutCar::Nobody) | Occupancy::Leaving { .. } => Vacancy::Closed,
            Occupancy::Plugged(session) => match &session.stage {
                Stage::Waiting(_) if !usable => Vacancy::Closed,
                Stage::Waiting(Before::Nothing) => Vacancy::Waits,
                Stage::Waiting(Before::Transaction { ended_by }) => {
                    Vacancy::Finished { token: ended_by.as_ref().map(|tap| tap.token.clone()) }
                }
                Stage::Checking { check, .. } => Vacancy::Taken { token: Some(check.token.clone()) },
                Stage::Running(running) => Vacancy::Taken { token: running.transaction.grant.token.clone() },
                Stage::Closing(_) => Vacancy::Closed,
            },
        }
    }

    fn screen(&self, now: Instant) -> Screen {
        let trouble = self.told_trouble(now);
        let refused = self.notice.as_ref().is_some_and(|notice| notice.kind == NoticeKind::Refused);
        let (sign, energy) = match &self.occupancy {
            _ if trouble.is_some() => (Sign::Faulted, MilliwattHours::ZERO),
            Occupancy::Free(_) if !self.outlet.operative => (Sign::Unavailable, MilliwattHours::ZERO),
            Occupancy::Free(DriverWithoutCar::Checking(_)) => (Sign::Checking, MilliwattHours::ZERO),
            Occupancy::Free(DriverWithoutCar::Granted { .. }) => (Sign::Authorized, MilliwattHours::ZERO),
            Occupancy::Free(DriverWithoutCar::Nobody) if refused => (Sign::Refused, MilliwattHours::ZERO),
            Occupancy::Free(DriverWithoutCar::Nobody) if self.outlet.reservation.is_some() => {
                (Sign::Reserved, MilliwattHours::ZERO)
            }
            Occupancy::Free(DriverWithoutCar::Nobody) => (Sign::Available, MilliwattHours::ZERO),
            Occupancy::Leaving { .. } => (Sign::Finished, MilliwattHours::ZERO),
            Occupancy::Plugged(session) if refused && session.is_fresh() => (Sign::Refused, MilliwattHours::ZERO),
            Occupancy::Plugged(session) => (self.sign(session), self.session_energy(session)),
        };
        let power = if sign == Sign::Charging {
            self.outlet.meter.truth().map_or(Watts::ZERO, |now| now.reading.power.total())
        } else {
            Watts::ZERO
        };
        let note = trouble.map(|(trouble, detail)| format!("{trouble}: {detail}"));
        let note = note
            .or_else(|| self.notice.as_ref().map(|notice| notice.text.clone()))
            .or_else(|| self.note_of_the_lost().map(Into::into));
        Screen {
            sign,
            // Shown in steps a person can follow, so that the panel is not redrawn at every reading.
            energy: MilliwattHours(energy.0 / 100_000 * 100_000),
            power: Watts(power.0 / 100 * 100),
            limit: self.limit().current,
            note: note.unwrap_or_default(),
        }
    }

    fn sign(&self, session: &Session) -> Sign {
        match &session.stage {
            Stage::Waiting(Before::Nothing) => Sign::PresentToken,
            Stage::Waiting(Before::Transaction { .. }) => Sign::Finished,
            Stage::Checking { .. } => Sign::Checking,
            Stage::Running(running) => match running.delivery {
                Delivery::Idle | Delivery::Prepared { .. } => Sign::Ready,
                Delivery::Flowing => Sign::Charging,
                Delivery::PausedByCar => Sign::PausedByCar,
                Delivery::PausedByCharger(PauseReason::Error | PauseReason::NoEnergy | PauseReason::Rejected) => {
                    Sign::PausedByCharger
                }
            },
            Stage::Closing(_) if self.outlet.board.contactor() == Contactor::Closed => Sign::Charging,
            Stage::Closing(_) => Sign::Finished,
        }
    }

    fn session_energy(&self, session: &Session) -> MilliwattHours {
        match (session.transaction(), self.outlet.meter.truth()) {
            (Some(transaction), Some(taken)) => transaction.energy(&taken.reading),
            (Some(_) | None, _) => MilliwattHours::ZERO,
        }
    }
}
