//! What follows from the state once something has happened: what ran out, who may begin, and who must be told what.

use crate::words::TriggerReason;
use units::{Instant, Milliamps};

use super::dc::{DcPhase, Power};
use super::dialog::DialogWant;
use super::hlc::HlcOutput;
use super::occupancy::{Delivery, Occupancy, Session, Stage};
use super::want::Want;
use super::{Coordinator, Output, SessionEvent};
use energy::{Bound, LimitSource};

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
        self.wake_paused(now);
        self.watch_loop(now);
        self.offer(now);
        self.tell_limit(now);
        let want = self.want(now);
        self.tell_changes(now, want);
        self.keep(now);
    }

    /// Tells what is wanted otherwise than it was told last.
    fn tell_changes(&mut self, now: Instant, want: Want) {
        let Want { wish, vacancy, pilot, permission, supply, insulation, bolt, status, screen, dialog } = want;
        if std::mem::replace(&mut self.told.wish, wish) != wish {
            self.emit(Output::Wish(wish));
        }
        self.tell(vacancy, |told| &mut told.vacancy, Output::Vacancy);
        let pilot = self.pacing.pace(now, self.told.pilot, pilot);
        self.over_current.driven(now, self.agreed(Some(pilot), Some(permission)));
        // Off before the contactor opens, on after it is permitted to close.
        if supply.is_none() && self.told.supply.take().is_some() {
            self.emit(Output::StopSupply);
        }
        self.tell(pilot, |told| &mut told.pilot, Output::Pilot);
        self.tell(permission, |told| &mut told.allow, Output::AllowPower);
        if let Some(target) = supply {
            self.tell(target, |told| &mut told.supply, Output::SetSupply);
        }
        if std::mem::replace(&mut self.told.insulation, insulation) != insulation {
            self.emit(Output::MeasureInsulation(insulation));
        }
        if let Some(locked) = bolt.filter(|locked| self.told.lock != Some(*locked)) {
            self.drive_lock(locked);
        }
        if let Some(status) = status {
            self.tell(status, |told| &mut told.status, Output::Status);
        }
        self.tell(screen, |told| &mut told.screen, Output::Show);
        self.tell_dialog(dialog);
    }

    /// Tells a dialog what is new for it.
    fn tell_dialog(&mut self, want: Option<DialogWant>) {
        let told = match (self.told.dialog.take(), want) {
            (Some(told), Some(want)) if told.dialog == want.dialog => told,
            (before, want) => {
                if let Some(DialogWant { dialog, .. }) = before {
                    self.emit(Output::Hlc(HlcOutput::Leave(dialog)));
                }
                let Some(DialogWant { dialog, .. }) = want else { return };
                self.emit(Output::Hlc(HlcOutput::Match(dialog)));
                DialogWant::new(dialog)
            }
        };
        let Some(want) = want else { return };
        let news = [
            want.authorization.filter(|_| told.authorization != want.authorization).map(HlcOutput::Authorization),
            want.offer.filter(|_| told.offer != want.offer).map(HlcOutput::Offer),
            want.ready.filter(|_| told.ready != want.ready).map(HlcOutput::Ready),
            want.isolation.filter(|_| told.isolation != want.isolation).map(HlcOutput::Isolation),
            (told.power != want.power).then_some(HlcOutput::Power(want.power)),
            want.stop.filter(|_| told.stop != want.stop).map(HlcOutput::Stop),
        ];
        self.told.dialog = Some(want);
        for output in news.into_iter().flatten() {
            self.emit(Output::Hlc(output));
        }
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
        let ready = session.control.is_ready();
        let Stage::Running(running) = &mut session.stage else { return };
        let in_loop = running.power == Power::Dc(DcPhase::Energy);
        match (running.delivery, charge) {
            // The contactor stays closed: its loop goes on, with current or without.
            (Delivery::PausedByCharger(_), true) if in_loop => self.flows(now),
            (Delivery::Flowing, false) if in_loop => self.paused(now, self.pause_reason()),
            (Delivery::Idle | Delivery::PausedByCharger(_), true) if ready => {
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
        // The CSMS is told what became of its own profiles. Why another limit is as small as it is, is no news to it.
        let by_csms = |limit: &Bound<Milliamps>| match limit.by() {
            LimitSource::Profile | LimitSource::StationProfile => true,
            LimitSource::Cable
            | LimitSource::Car
            | LimitSource::Contract
            | LimitSource::Outlet
            | LimitSource::Site
            | LimitSource::StationFuse
            | LimitSource::Supply => false,
        };
        if before.is_some_and(|before| !before.is_like(&limit) && (by_csms(&before) || by_csms(&limit))) {
            self.update(now, TriggerReason::ChargingRateChanged, crate::words::ReadingContext::Other);
        }
    }
}
