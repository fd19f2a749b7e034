//! The end of a transaction, step by step: the car stops, the contactor opens, the register stands still and is read, the bill
//! is closed. Each step has a bound, so that no end waits for a device.

use std::time::Duration;

use crate::words::{ChargingState, ReadingContext, StoppedReason, TransactionStage, TriggerReason};
use units::Instant;

use super::board::Contactor;
use super::occupancy::{Closing, ClosingStep, DriverWithoutCar, Finished, Occupancy, Running, Stage, Tap};
use super::plug::ENDED_MEANWHILE;
use super::timers::Timer;
use super::transaction::{Ending, Transaction};
use super::trouble::Trouble;
use super::{Coordinator, Output, SessionEvent};

impl Coordinator {
    /// How long the last reading of a transaction may take before the one in hand serves.
    pub(super) const LAST_READING: Duration = Duration::from_secs(2);

    /// How long the contactor may take to open once the permission is withdrawn.
    pub(super) const OPENING: Duration = Duration::from_secs(2);

    /// Ends the transaction: the car is asked to stop first, if it draws.
    pub(super) fn stop(&mut self, now: Instant, ending: Ending, ended_by: Option<Tap>) {
        let grace = Duration::from_secs(self.config.pilot.stop_grace_s.into());
        if !self.begin_closing(now, ending, ended_by, ClosingStep::Stopping { until: now + grace }) {
            return;
        }
        match self.outlet.board.contactor() {
            Contactor::Closed => self.event(SessionEvent::StoppingCharging),
            Contactor::Open => self.read_last(now),
            // Nobody can ask the car; the board opens by itself when it hears no host.
            Contactor::Unknown => {
                if let Some(closing) = self.occupancy.closing_mut() {
                    closing.step = ClosingStep::Opening { until: now + Self::OPENING };
                }
            }
        }
    }

    /// Takes the running transaction to its end; false when none runs.
    fn begin_closing(&mut self, now: Instant, ending: Ending, ended_by: Option<Tap>, step: ClosingStep) -> bool {
        let Some(session) = self.occupancy.session_mut() else { return false };
        let (transaction, power, check) = match std::mem::replace(&mut session.stage, Stage::Waiting { check: None }) {
            Stage::Running(Running { transaction, power, stop_check, .. }) => (transaction, power, stop_check),
            other @ (Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Closing(_) | Stage::Finished(_)) => {
                session.stage = other;
                return false;
            }
        };
        session.stage = Stage::Closing(Closing { transaction, power, ending, step, ended_by, next: None });
        if let Some(check) = check {
            self.refuse(now, &check.token, ENDED_MEANWHILE);
        }
        true
    }

    /// The contactor is open, or will not open: the register is read for the bill.
    pub(super) fn read_last(&mut self, now: Instant) {
        let Some(closing) = self.occupancy.closing_mut() else { return };
        let first = !matches!(closing.step, ClosingStep::Reading { .. });
        closing.step = ClosingStep::Reading { until: now + Self::LAST_READING };
        if first {
            self.event(SessionEvent::ChargingFinished);
        }
        self.emit(Output::ReadMeter);
    }

    /// Ends the transaction with a car that needs not be asked: it has stopped, or nobody can ask it any more. One that ends
    /// already does so without its grace.
    pub(super) fn stop_at_once(&mut self, now: Instant, ending: Ending) {
        let opening = ClosingStep::Opening { until: now + Self::OPENING };
        self.begin_closing(now, ending, None, opening);
        let open = self.outlet.board.contactor() == Contactor::Open;
        let Some(closing) = self.occupancy.closing_mut() else { return };
        match closing.step {
            ClosingStep::Stopping { .. } => closing.step = opening,
            ClosingStep::Opening { .. } | ClosingStep::Reading { .. } => {}
        }
        if open && !matches!(closing.step, ClosingStep::Reading { .. }) {
            self.read_last(now);
        }
    }

    /// A trouble ends the transaction. The board has opened already, or does so on its own: no grace.
    pub(super) fn stop_for(&mut self, now: Instant, trouble: Trouble) {
        let ending = Ending { trigger: TriggerReason::AbnormalCondition, reason: trouble.stopped_reason() };
        self.begin_closing(now, ending, None, ClosingStep::Opening { until: now });
        if self.occupancy.closing_mut().is_some_and(|closing| !matches!(closing.step, ClosingStep::Reading { .. })) {
            self.read_last(now);
        }
    }

    /// A reading came while the transaction ends.
    pub(super) fn read_at_the_end(&mut self, now: Instant) {
        match &self.occupancy {
            Occupancy::Leaving { .. } => self.close_left(now),
            Occupancy::Plugged(session) => match &session.stage {
                Stage::Closing(Closing { step: ClosingStep::Reading { .. }, .. })
                    if self.outlet.board.contactor() != Contactor::Closed =>
                {
                    self.close(now);
                }
                Stage::Waiting { .. }
                | Stage::Authorized(_)
                | Stage::Running(_)
                | Stage::Closing(_)
                | Stage::Finished(_) => {}
            },
            Occupancy::Free(_) => {}
        }
    }

    /// Moves the end on when a step has run out of time.
    pub(super) fn advance_closing(&mut self, now: Instant) {
        if self.is_due(now, Timer::Leaving) {
            return self.close_left(now);
        }
        if !self.is_due(now, Timer::Closing) {
            return;
        }
        let Some(closing) = self.occupancy.closing_mut() else { return };
        match closing.step {
            ClosingStep::Stopping { .. } => closing.step = ClosingStep::Opening { until: now + Self::OPENING },
            // A contactor that does not open is a fault of its own; the bill does not wait for it.
            ClosingStep::Opening { .. } => self.read_last(now),
            ClosingStep::Reading { .. } => self.close(now),
        }
    }

    /// Closes the transaction of a car that is still there.
    fn close(&mut self, now: Instant) {
        let Some(session) = self.occupancy.session_mut() else { return };
        let closing = match std::mem::replace(&mut session.stage, Stage::Waiting { check: None }) {
            Stage::Closing(closing) => closing,
            other @ (Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Running(_) | Stage::Finished(_)) => {
                session.stage = other;
                return;
            }
        };
        let Closing { mut transaction, ending, ended_by, next, .. } = closing;
        // A reset ends the transaction, and is no wish of anybody that this car charges no more.
        let reset = ending.reason == StoppedReason::ImmediateReset;
        session.stage =
            if reset { Stage::Waiting { check: None } } else { Stage::Finished(Finished { ended_by, check: None }) };
        session.control.transaction_over(now + Self::FAREWELL);
        transaction.charging_state = ChargingState::EVConnected;
        self.report_end(now, &transaction, ending);
        if let Some(next) = next {
            self.start(now, next);
        }
    }

    /// Closes the transaction of a car that has gone.
    fn close_left(&mut self, now: Instant) {
        let free = Occupancy::Free(DriverWithoutCar::Nobody);
        match std::mem::replace(&mut self.occupancy, free) {
            Occupancy::Leaving { mut transaction, ending, next, .. } => {
                transaction.charging_state = ChargingState::Idle;
                self.report_end(now, &transaction, ending);
                self.event(SessionEvent::SessionFinished);
                if let Some(next) = next {
                    self.start(now, next);
                }
            }
            other @ (Occupancy::Free(_) | Occupancy::Plugged(_)) => self.occupancy = other,
        }
    }

    pub(super) fn report_end(&mut self, now: Instant, transaction: &Transaction, ending: Ending) {
        let last = self.outlet.meter.truth();
        let report = transaction.report(
            self.evse,
            TransactionStage::Ended,
            now,
            ending.trigger,
            last.map(|taken| (taken, ReadingContext::TransactionEnd)),
            Some(ending.reason),
        );
        let energy = last.map_or(units::MilliwattHours::ZERO, |taken| transaction.energy(&taken.reading));
        self.emit(Output::Report(report));
        self.event(SessionEvent::TransactionFinished { transaction: transaction.id.clone(), energy });
    }
}
