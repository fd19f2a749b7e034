//! What follows from the state once something has happened: what ran out, who may begin, and who must be told what.

use crate::words::TriggerReason;
use units::Instant;

use super::occupancy::{Delivery, Occupancy, Session, Stage};
use super::want::Want;
use super::{Coordinator, Output, SessionEvent};
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
        let want = self.want(now);
        self.tell_changes(now, want);
        self.keep(now);
    }

    /// Tells what is wanted otherwise than it was told last.
    fn tell_changes(&mut self, now: Instant, want: Want) {
        let Want { pilot, permission, bolt, status, screen } = want;
        let pilot = self.pacing.pace(now, self.told.pilot, pilot);
        self.over_current.driven(now, pilot);
        self.tell(pilot, |told| &mut told.pilot, Output::Pilot);
        self.tell(permission, |told| &mut told.allow, Output::AllowPower);
        if let Some(locked) = bolt.filter(|locked| self.told.lock != Some(*locked)) {
            self.drive_lock(locked);
        }
        if let Some(status) = status {
            self.tell(status, |told| &mut told.status, Output::Status);
        }
        self.tell(screen, |told| &mut told.screen, Output::Show);
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
}
