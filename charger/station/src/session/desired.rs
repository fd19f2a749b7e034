//! What the actuators should do, derived from the state in one place.

use hardware::{LockPosition, Screen, Sign};
use iec61851::{Duty, Fault, PilotSignal};
use ocpp::{ConnectorStatus, TriggerReason};
use units::{Instant, MilliwattHours, Watts};

use super::event::PauseReason;
use super::occupancy::{Authorization, Closing, Delivery, Occupancy, Session, Visitor};
use super::trouble::Trouble;
use super::{Coordinator, Output, SessionEvent};
use crate::config::LockWhen;
use crate::energy::LimitSource;

impl Coordinator {
    /// Lets everything follow that follows from the state: what ran out, who may begin, what actuators, CSMS and panel
    /// must be told.
    pub(super) fn settle(&mut self, now: Instant) {
        self.expire(now);
        self.advance(now);
        if matches!(self.occupancy, Occupancy::Free(_)) && std::mem::take(&mut self.outlet.disable_when_idle) {
            self.set_operative(false);
        }
        self.take_in(now);
        self.offer(now);
        self.tell_limit(now);
        self.tell(self.desired_pilot(), |told| &mut told.pilot, Output::Pilot);
        self.tell(self.desired_allow(now), |told| &mut told.allow, Output::AllowPower);
        if self.has_socket() {
            self.tell(self.desired_lock(), |told| &mut told.lock, Output::DriveLock);
        }
        self.tell(self.status(), |told| &mut told.status, Output::Status);
        self.tell(self.screen(), |told| &mut told.screen, Output::Show);
    }

    fn tell<T: Clone + PartialEq>(
        &mut self,
        desired: T,
        place: impl FnOnce(&mut super::Told) -> &mut Option<T>,
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
        let nominal = matches!(&self.occupancy, Occupancy::Plugged(session) if session.plan.signal().is_none());
        let Occupancy::Plugged(session) = &mut self.occupancy else { return };
        if session.transaction.is_none() || session.closing.is_some() {
            return;
        }
        match (session.delivery, charge) {
            (Delivery::Idle | Delivery::PausedByCharger(_), true) if nominal => {
                session.delivery = Delivery::Prepared { since: now, woken: false };
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
        let Occupancy::Plugged(session) = &self.occupancy else { return false };
        session.transaction.is_some()
            && session.closing.is_none()
            && !session.rejected
            && self.outlet.board
            && self.outlet.troubles.is_empty()
            && self.plug_held()
            && Duty::advertise(self.limit().current).is_some()
    }

    /// On a socket no power flows before the plug is held.
    fn plug_held(&self) -> bool {
        !self.has_socket() || self.outlet.lock == Some(LockPosition::Locked)
    }

    fn tell_limit(&mut self, now: Instant) {
        if !matches!(&self.occupancy, Occupancy::Plugged(session) if session.transaction.is_some()) {
            self.told.limit = None;
            return;
        }
        let limit = self.limit();
        let before = self.told.limit.replace(limit);
        if before == Some(limit) {
            return;
        }
        self.event(SessionEvent::LimitChanged(limit));
        let by_profile = |limit: crate::energy::Limit| limit.by == LimitSource::Profile;
        if before.is_some_and(|before| by_profile(before) || by_profile(limit)) {
            self.update(now, TriggerReason::ChargingRateChanged, ocpp::ReadingContext::Other);
        }
    }

    fn desired_pilot(&self) -> PilotSignal {
        let Occupancy::Plugged(session) = &self.occupancy else { return PilotSignal::X1 };
        if !self.outlet.board || self.pilot_fault() {
            return PilotSignal::X1;
        }
        if session.finished {
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

    fn desired_allow(&self, now: Instant) -> bool {
        let Occupancy::Plugged(session) = &self.occupancy else { return false };
        if !self.outlet.board || !self.outlet.troubles.is_empty() || session.transaction.is_none() || !self.plug_held()
        {
            return false;
        }
        match session.closing {
            None => session.plan.signal().is_none() && (self.told_to_charge() || self.outlet.contactor),
            // The duty is gone already; the car has its grace to stop drawing before the contactor opens under load.
            Some(Closing::Stopping { until, .. }) => self.outlet.contactor && now < until,
            Some(Closing::Reading { .. }) => false,
        }
    }

    /// The bolt opens strictly after the contactor, and never while the contactor is welded.
    fn desired_lock(&self) -> bool {
        let welded = self.outlet.troubles.contains_key(&Trouble::Board(Fault::ContactorWelded));
        let held = match &self.occupancy {
            Occupancy::Plugged(session) => !session.force_unlocked && self.holds(session),
            Occupancy::Free(_) | Occupancy::Leaving { .. } => false,
        };
        held || self.outlet.contactor || welded
    }

    fn holds(&self, session: &Session) -> bool {
        match self.config.lock.when {
            LockWhen::Authorized => session.granted().is_some() || session.transaction.is_some(),
            LockWhen::Plugged => !session.finished,
        }
    }

    fn status(&self) -> ConnectorStatus {
        if !self.outlet.board && self.outlet.troubles.is_empty() {
            // Not heard yet: nothing can be promised.
            return ConnectorStatus::Unavailable;
        }
        if !self.outlet.troubles.is_empty() {
            return ConnectorStatus::Faulted;
        }
        match &self.occupancy {
            Occupancy::Plugged(_) | Occupancy::Leaving { .. } => ConnectorStatus::Occupied,
            Occupancy::Free(_) if !self.outlet.operative => ConnectorStatus::Unavailable,
            Occupancy::Free(_) if self.outlet.reservation.is_some() => ConnectorStatus::Reserved,
            Occupancy::Free(_) => ConnectorStatus::Available,
        }
    }

    fn screen(&self) -> Screen {
        let (sign, energy) = match &self.occupancy {
            _ if !self.outlet.troubles.is_empty() => (Sign::Faulted, MilliwattHours::ZERO),
            Occupancy::Free(_) if !self.outlet.operative => (Sign::Unavailable, MilliwattHours::ZERO),
            Occupancy::Free(Visitor::Checking(_)) => (Sign::Checking, MilliwattHours::ZERO),
            Occupancy::Free(Visitor::Granted { .. }) => (Sign::Authorized, MilliwattHours::ZERO),
            Occupancy::Free(Visitor::Nobody) if self.outlet.reservation.is_some() => {
                (Sign::Reserved, MilliwattHours::ZERO)
            }
            Occupancy::Free(Visitor::Nobody) => (Sign::Available, MilliwattHours::ZERO),
            Occupancy::Leaving { .. } => (Sign::Finished, MilliwattHours::ZERO),
            Occupancy::Plugged(session) => (Self::sign(session), self.session_energy(session)),
        };
        let power = if sign == Sign::Charging {
            self.outlet.reading.map_or(Watts::ZERO, |now| now.power.total())
        } else {
            Watts::ZERO
        };
        let note = self.outlet.troubles.iter().next().map(|(trouble, detail)| format!("{trouble}: {detail}"));
        Screen {
            sign,
            // Shown in steps a person can follow, so that the panel is not redrawn at every reading.
            energy: MilliwattHours(energy.0 / 100_000 * 100_000),
            power: Watts(power.0 / 100 * 100),
            limit: self.limit().current,
            note: note.unwrap_or_default(),
        }
    }

    fn sign(session: &Session) -> Sign {
        if session.finished {
            return Sign::Finished;
        }
        match (&session.authorization, session.delivery) {
            (Authorization::Awaiting, _) => Sign::PresentToken,
            (Authorization::Checking(_), _) => Sign::Checking,
            (Authorization::Granted(_), Delivery::Idle | Delivery::Prepared { .. }) => Sign::Ready,
            (Authorization::Granted(_), Delivery::Flowing) => Sign::Charging,
            (Authorization::Granted(_), Delivery::PausedByCar) => Sign::PausedByCar,
            (
                Authorization::Granted(_),
                Delivery::PausedByCharger(PauseReason::Error | PauseReason::NoEnergy | PauseReason::Rejected),
            ) => Sign::PausedByCharger,
        }
    }

    fn session_energy(&self, session: &Session) -> MilliwattHours {
        match (&session.transaction, &self.outlet.reading) {
            (Some(transaction), Some(reading)) => transaction.energy(reading),
            (Some(_) | None, _) => MilliwattHours::ZERO,
        }
    }
}
