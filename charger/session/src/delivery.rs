//! Energy on, off, paused.

use std::time::Duration;

use crate::words::{ChargingState, ReadingContext, TransactionStage, TriggerReason};
use units::Instant;

use super::ac_decision::Turn;
use super::dc::{DcPhase, Power};
use super::event::PauseReason;
use super::occupancy::{Delivery, Stage, Standing};
use super::timers::Timer;
use super::trouble::Trouble;
use super::{Coordinator, Output, SessionEvent};

impl Coordinator {
    pub(super) fn sample_interval(&self) -> Duration {
        Duration::from_secs(self.config.meter.periodic_s.into())
    }

    /// The board confirmed the contactor's position.
    pub(super) fn contactor(&mut self, now: Instant, closed: bool) {
        self.outlet.board.tells_contactor(closed);
        if !closed {
            self.dc_opened();
        }
        let Some(session) = self.occupancy.session_mut() else { return };
        let lets_go = session.lets_go();
        match (&mut session.stage, closed) {
            (Stage::Running(running), true) => match running.power {
                Power::Ac | Power::Dc(DcPhase::Energy) => self.flows(now),
                // It is closed to check the cable, or was about to open.
                Power::Dc(
                    DcPhase::Off
                    | DcPhase::CableCheck { .. }
                    | DcPhase::Checked
                    | DcPhase::PreCharge { .. }
                    | DcPhase::RampDown { .. }
                    | DcPhase::WeldingDetection,
                ) => {}
            },
            (Stage::Running(running), false) => match (running.power, running.delivery) {
                // It was told when the charger began to hold it back, or nothing was offered yet.
                (Power::Dc(_), Delivery::PausedByCharger(_) | Delivery::Idle) => {}
                (Power::Ac | Power::Dc(_), _) => {
                    if lets_go && self.outlet.troubles.is_empty() && self.told_to_charge() {
                        self.paused_by_car(now);
                    } else {
                        self.paused(now, self.pause_reason());
                    }
                }
            },
            (Stage::Closing(_), false) => self.read_last(now),
            (Stage::Closing(_), true) | (Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Finished(_), _) => {}
        }
    }

    /// Energy flows.
    pub(super) fn flows(&mut self, now: Instant) {
        let Some(running) = self.occupancy.running_mut() else { return };
        let first = !std::mem::replace(&mut running.transaction.charged, true);
        running.delivery = Delivery::Flowing;
        self.event(if first { SessionEvent::ChargingStarted } else { SessionEvent::SessionResumed });
        self.charging_state(now, ChargingState::Charging, TriggerReason::ChargingStateChanged);
    }

    /// The car does not take what it is offered.
    fn paused_by_car(&mut self, now: Instant) {
        self.set_delivery(Delivery::PausedByCar);
        self.event(SessionEvent::ChargingPausedEV);
        self.charging_state(now, ChargingState::SuspendedEV, TriggerReason::ChargingStateChanged);
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
        let standing = self.occupancy.running().map(|running| running.standing);
        match standing {
            _ if !self.outlet.troubles.is_empty() => PauseReason::Error,
            Some(Standing::Rejected) => PauseReason::Rejected,
            Some(Standing::Good) | None => PauseReason::NoEnergy,
        }
    }

    pub(super) fn set_delivery(&mut self, delivery: Delivery) {
        if let Some(running) = self.occupancy.running_mut() {
            running.delivery = delivery;
        }
    }

    /// Tells the CSMS a new charging state.
    fn charging_state(&mut self, now: Instant, state: ChargingState, trigger: TriggerReason) {
        if let Some(running) = self.occupancy.running_mut()
            && std::mem::replace(&mut running.transaction.charging_state, state) != state
        {
            self.update(now, trigger, ReadingContext::Other);
        }
    }

    /// Tells the CSMS how the transaction stands.
    pub(super) fn update(&mut self, now: Instant, trigger: TriggerReason, context: ReadingContext) {
        let Some(transaction) = self.occupancy.session().and_then(|session| session.transaction()) else { return };
        let meter = self.outlet.meter.truth().map(|taken| (taken, context));
        let report = transaction.report(self.evse, TransactionStage::Updated, now, trigger, meter, None);
        self.emit(Output::Report(report));
    }

    /// A trouble began while a car is there.
    pub(super) fn trouble_in_session(&mut self, now: Instant, trouble: Trouble) {
        if trouble.ends_transaction() {
            self.stop_for(now, trouble);
        } else if self.occupancy.running().is_some_and(|running| running.delivery != Delivery::Flowing) {
            self.paused(now, PauseReason::Error);
        }
    }

    /// A reading arrived: the first of a transaction, the last of one, or none that anybody waits for.
    pub(super) fn reading_in_session(&mut self, now: Instant) {
        if let (Some(transaction), Some(taken)) = (self.occupancy.transaction_mut(), self.outlet.meter.truth())
            && transaction.note(&taken.reading)
        {
            // It began without a register, which a bill needs: nothing has flowed since, for without a reading nothing does.
            self.update(now, TriggerReason::MeterValuePeriodic, ReadingContext::TransactionBegin);
        }
        self.read_at_the_end(now);
    }

    /// Moves on whatever in the session has a deadline.
    pub(super) fn advance(&mut self, now: Instant) {
        self.advance_closing(now);
        if self.is_due(now, Timer::Pilot) {
            self.next_control(now);
        }
        self.consider_contract(now);
        self.advance_dc(now);
        if self.is_due(now, Timer::Sample) {
            let every = self.sample_interval();
            if let Some(transaction) = self.occupancy.transaction_mut() {
                transaction.schedule_sample(now, every);
            }
            self.update(now, TriggerReason::MeterValuePeriodic, ReadingContext::SamplePeriodic);
        }
        self.wake_up(now);
    }

    /// A car that sleeps in B although current is offered gets one pulse of state F, then counts as pausing.
    fn wake_up(&mut self, now: Instant) {
        if !self.is_due(now, Timer::WakeUp) {
            return;
        }
        let Some(session) = self.occupancy.session_mut() else { return };
        let Stage::Running(running) = &mut session.stage else { return };
        let Delivery::Prepared { woken, .. } = running.delivery else { return };
        if woken {
            self.paused_by_car(now);
        } else {
            // The pulse itself is not the car's time: patience begins again after it.
            running.delivery = Delivery::Prepared { since: now, woken: true };
            self.turn(now, Turn::CarSleeps);
        }
    }
}
