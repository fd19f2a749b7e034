//! Energy on, off, paused, ended.

use std::time::Duration;

use iec61851::PilotState;
use ocpp::{ChargingState, ReadingContext, Stage, TransactionReport, TriggerReason};
use units::Instant;

use super::event::PauseReason;
use super::occupancy::{Authorization, Closing, Delivery, Occupancy, Visitor};
use super::pilot_plan::PilotPlan;
use super::transaction::Ending;
use super::trouble::Trouble;
use super::{Coordinator, Output, SessionEvent};

impl Coordinator {
    /// How long the last reading of a transaction may take before the one in hand serves.
    pub(super) const LAST_READING: Duration = Duration::from_secs(2);

    pub(super) fn sample_interval(&self) -> Duration {
        Duration::from_secs(self.config.meter.periodic_s.into())
    }

    /// The board confirmed the contactor's position.
    pub(super) fn contactor(&mut self, now: Instant, closed: bool) {
        self.outlet.contactor = closed;
        let Occupancy::Plugged(session) = &mut self.occupancy else { return };
        if closed {
            let first = !std::mem::replace(&mut session.charged, true);
            session.delivery = Delivery::Flowing;
            self.event(if first { SessionEvent::ChargingStarted } else { SessionEvent::SessionResumed });
            self.charging_state(now, ChargingState::Charging, TriggerReason::ChargingStateChanged);
            return;
        }
        if session.closing.is_some() {
            return self.read_last(now);
        }
        if session.transaction.is_none() {
            return;
        }
        if session.pilot == PilotState::B && self.outlet.troubles.is_empty() && self.told_to_charge() {
            self.set_delivery(Delivery::PausedByCar);
            self.event(SessionEvent::ChargingPausedEV);
            self.charging_state(now, ChargingState::SuspendedEV, TriggerReason::ChargingStateChanged);
        } else {
            self.paused(now, self.pause_reason());
        }
    }

    /// The charger holds the energy back.
    pub(super) fn paused(&mut self, now: Instant, reason: PauseReason) {
        self.set_delivery(Delivery::PausedByCharger(reason));
        self.event(SessionEvent::ChargingPausedEVSE { reason });
        let trigger = match reason {
            PauseReason::Error => TriggerReason::AbnormalCondition,
            PauseReason::NoEnergy | PauseReason::Rejected => TriggerReason::ChargingStateChanged,
        };
        self.charging_state(now, ChargingState::SuspendedEVSE, trigger);
    }

    /// Why the charger does not offer current, if it does not.
    pub(super) fn pause_reason(&self) -> PauseReason {
        let rejected = matches!(&self.occupancy, Occupancy::Plugged(session) if session.rejected);
        if !self.outlet.troubles.is_empty() {
            PauseReason::Error
        } else if rejected {
            PauseReason::Rejected
        } else {
            PauseReason::NoEnergy
        }
    }

    pub(super) fn set_delivery(&mut self, delivery: Delivery) {
        if let Occupancy::Plugged(session) = &mut self.occupancy {
            session.delivery = delivery;
        }
    }

    /// Tells the CSMS a new charging state.
    fn charging_state(&mut self, now: Instant, state: ChargingState, trigger: TriggerReason) {
        if let Occupancy::Plugged(session) = &mut self.occupancy
            && let Some(transaction) = &mut session.transaction
            && std::mem::replace(&mut transaction.charging_state, state) == state
        {
            return;
        }
        self.update(now, trigger, ReadingContext::Other);
    }

    /// Tells the CSMS how the transaction stands.
    pub(super) fn update(&mut self, now: Instant, trigger: TriggerReason, context: ReadingContext) {
        let Occupancy::Plugged(session) = &self.occupancy else { return };
        let Some(transaction) = &session.transaction else { return };
        let meter = self.outlet.reading.as_ref().map(|reading| (reading, context));
        let report = transaction.report(Stage::Updated, now, trigger, meter, None);
        self.emit(Output::Report(report));
    }

    /// Ends the transaction: the car is asked to stop first, if it draws.
    pub(super) fn stop(&mut self, now: Instant, ending: Ending) {
        let grace = Duration::from_secs(self.config.pilot.stop_grace_s.into());
        let closed = self.outlet.contactor;
        let Occupancy::Plugged(session) = &mut self.occupancy else { return };
        if session.transaction.is_none() || session.closing.is_some() {
            return;
        }
        session.stop_check = None;
        if closed {
            session.closing = Some(Closing::Stopping { ending, until: now + grace });
            self.event(SessionEvent::StoppingCharging);
        } else {
            session.closing = Some(Closing::Stopping { ending, until: now });
            self.read_last(now);
        }
    }

    /// The contactor is open: the register stands still and is read for the bill.
    fn read_last(&mut self, now: Instant) {
        let Occupancy::Plugged(session) = &mut self.occupancy else { return };
        let Some(closing) = session.closing else { return };
        session.closing = Some(Closing::Reading { ending: closing.ending(), until: now + Self::LAST_READING });
        if matches!(closing, Closing::Stopping { .. }) {
            self.event(SessionEvent::ChargingFinished);
        }
        self.emit(Output::ReadMeter);
    }

    /// A trouble began while a car is there.
    pub(super) fn trouble_in_session(&mut self, now: Instant, trouble: Trouble) {
        let Occupancy::Plugged(session) = &self.occupancy else { return };
        if session.transaction.is_none() {
            return;
        }
        if trouble.ends_transaction() {
            let ending = Ending { trigger: TriggerReason::AbnormalCondition, reason: trouble.stopped_reason() };
            let ending = session.closing.map_or(ending, Closing::ending);
            if !matches!(session.closing, Some(Closing::Reading { .. })) {
                // The board has opened already, or does so on its own: no grace.
                if let Occupancy::Plugged(session) = &mut self.occupancy {
                    session.closing = Some(Closing::Stopping { ending, until: now });
                }
                self.read_last(now);
            }
        } else if session.delivery != Delivery::Flowing && session.closing.is_none() {
            self.paused(now, PauseReason::Error);
        }
    }

    /// A reading arrived: periodic value, last value, or none due.
    pub(super) fn reading_in_session(&mut self, now: Instant) {
        let open = match &mut self.occupancy {
            Occupancy::Leaving { transaction, .. } => Some(transaction),
            Occupancy::Plugged(session) => session.transaction.as_mut(),
            Occupancy::Free(_) => None,
        };
        if let (Some(transaction), Some(reading)) = (open, &self.outlet.reading) {
            transaction.note(reading);
        }
        match &self.occupancy {
            Occupancy::Leaving { .. } => self.close_left(now),
            Occupancy::Plugged(session) => match session.closing {
                Some(Closing::Reading { ending, .. }) if !self.outlet.contactor => self.close(now, ending),
                Some(Closing::Reading { .. } | Closing::Stopping { .. }) | None => {}
            },
            Occupancy::Free(_) => {}
        }
    }

    /// Closes the transaction of a car that is still there.
    fn close(&mut self, now: Instant, ending: Ending) {
        let Occupancy::Plugged(session) = &mut self.occupancy else { return };
        let Some(mut transaction) = session.transaction.take() else { return };
        session.closing = None;
        session.delivery = Delivery::Idle;
        session.finished = true;
        session.authorization = Authorization::Awaiting;
        transaction.charging_state = ChargingState::EVConnected;
        self.report_end(now, &transaction, ending);
    }

    /// Closes the transaction of a car that has gone.
    fn close_left(&mut self, now: Instant) {
        let free = Occupancy::Free(Visitor::Nobody);
        if let Occupancy::Leaving { mut transaction, ending, .. } = std::mem::replace(&mut self.occupancy, free) {
            transaction.charging_state = ChargingState::Idle;
            self.report_end(now, &transaction, ending);
            self.event(SessionEvent::SessionFinished);
        }
    }

    fn report_end(&mut self, now: Instant, transaction: &super::transaction::Transaction, ending: Ending) {
        let reading = self.outlet.reading.as_ref();
        let report = transaction.report(
            Stage::Ended,
            now,
            ending.trigger,
            reading.map(|reading| (reading, ReadingContext::TransactionEnd)),
            Some(ending.reason),
        );
        let energy = reading.map_or(units::MilliwattHours::ZERO, |reading| transaction.energy(reading));
        self.emit(Output::Report(report));
        self.event(SessionEvent::TransactionFinished { transaction: transaction.id.clone(), energy });
    }

    /// Closes a transaction that an earlier run left open: the power was lost under it.
    pub(super) fn close_orphan(&mut self, now: Instant, transaction: String) {
        self.emit(Output::Report(Box::new(TransactionReport {
            evse: 1,
            transaction: transaction.clone(),
            stage: Stage::Ended,
            at: now,
            trigger: TriggerReason::AbnormalCondition,
            charging_state: None,
            token: None,
            remote_start_id: None,
            reservation: None,
            stopped: Some(ocpp::StoppedReason::PowerLoss),
            meter: Vec::new(),
            cable_max: None,
            phases_used: None,
        })));
        self.event(SessionEvent::TransactionFinished { transaction, energy: units::MilliwattHours::ZERO });
    }

    /// Moves on whatever in the session has a deadline.
    pub(super) fn advance(&mut self, now: Instant) {
        if matches!(&self.occupancy, Occupancy::Leaving { until, .. } if *until <= now) {
            self.close_left(now);
        }
        let every = self.sample_interval();
        let Occupancy::Plugged(session) = &mut self.occupancy else { return };
        session.plan.advance(&self.config.pilot, now);
        let overdue = match session.closing {
            Some(Closing::Reading { ending, until }) if until <= now => Some(ending),
            Some(Closing::Reading { .. } | Closing::Stopping { .. }) | None => None,
        };
        let sample = session.transaction.as_mut().filter(|transaction| transaction.next_sample <= now);
        if let Some(transaction) = sample {
            transaction.schedule_sample(now, every);
            self.update(now, TriggerReason::MeterValuePeriodic, ReadingContext::SamplePeriodic);
        }
        match overdue {
            // A contactor that does not open is a fault of its own; the bill does not wait for it.
            Some(ending) => self.close(now, ending),
            None => self.wake_up(now),
        }
    }

    /// A car that sleeps in B although current is offered gets one pulse of state F, then counts as pausing.
    fn wake_up(&mut self, now: Instant) {
        let patience = Duration::from_secs(self.config.pilot.wake_up_after_s.into());
        let pulse = Duration::from_secs(self.config.pilot.step_ef_s.into());
        let Occupancy::Plugged(session) = &mut self.occupancy else { return };
        let Delivery::Prepared { since, woken } = session.delivery else { return };
        if session.pilot != PilotState::B || session.plan != PilotPlan::Nominal || now < since + patience {
            return;
        }
        if woken {
            session.delivery = Delivery::PausedByCar;
            self.event(SessionEvent::ChargingPausedEV);
            self.charging_state(now, ChargingState::SuspendedEV, TriggerReason::ChargingStateChanged);
        } else {
            session.plan = PilotPlan::WakeUp { until: now + pulse };
            // The pulse itself is not the car's time: patience begins again after it.
            session.delivery = Delivery::Prepared { since: now + pulse, woken: true };
        }
    }

    /// When something in the occupancy happens by itself.
    pub(super) fn occupancy_deadline(&self) -> Option<Instant> {
        let patience = Duration::from_secs(self.config.pilot.wake_up_after_s.into());
        match &self.occupancy {
            Occupancy::Free(Visitor::Nobody) => None,
            Occupancy::Free(Visitor::Checking(check)) => Some(check.until),
            Occupancy::Free(Visitor::Granted { until, .. }) | Occupancy::Leaving { until, .. } => Some(*until),
            Occupancy::Plugged(session) => {
                let check = match &session.authorization {
                    Authorization::Checking(check) => Some(check.until),
                    Authorization::Awaiting | Authorization::Granted(_) => None,
                };
                let wake = match (session.delivery, session.pilot) {
                    (Delivery::Prepared { since, .. }, PilotState::B) => Some(since + patience),
                    (
                        Delivery::Prepared { .. }
                        | Delivery::Idle
                        | Delivery::Flowing
                        | Delivery::PausedByCar
                        | Delivery::PausedByCharger(_),
                        _,
                    ) => None,
                };
                let closing = session.closing.map(Closing::until).filter(|_| !self.stop_overdue());
                [
                    check,
                    wake,
                    closing,
                    session.plan.deadline(),
                    session.stop_check.as_ref().map(|check| check.until),
                    session.transaction.as_ref().map(|transaction| transaction.next_sample),
                ]
                .into_iter()
                .flatten()
                .min()
            }
        }
    }

    /// Whether the grace of a stopping car is over: nothing more happens at that deadline.
    pub(super) fn stop_overdue(&self) -> bool {
        self.told.allow == Some(false)
            && matches!(&self.occupancy, Occupancy::Plugged(session)
                if matches!(session.closing, Some(Closing::Stopping { .. })))
    }
}
