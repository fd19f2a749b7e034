//! What the CSMS asks for.

use crate::words::{
    Answer, Ask, AvailabilityAnswer, ReservationUpdate, ReserveAnswer, ResetAnswer, ResetKind, StoppedReason,
    TriggerReason, UnlockAnswer,
};
use units::{EvseId, Instant};

use super::authorization::Start;
use super::board::Contactor;
use super::occupancy::{Bolt, Closing, DriverWithoutCar, Finished, Occupancy, Session, Stage};
use super::reservation::Reservation;
use super::timers::Timer;
use super::transaction::Ending;
use super::{Coordinator, CsmsInput, Output, SessionEvent};

impl Coordinator {
    /// Something from the CSMS side.
    pub(super) fn csms(&mut self, now: Instant, input: CsmsInput) {
        match input {
            CsmsInput::Online => self.outlet.online = true,
            CsmsInput::Offline => self.outlet.online = false,
            CsmsInput::Authorized { ticket, outcome } => self.authorized(now, ticket, outcome),
            CsmsInput::Deauthorized { transaction, status } => self.deauthorized(now, &transaction, status),
            CsmsInput::Ask { ticket, ask } => {
                if let Some(answer) = self.asked(now, ticket, ask) {
                    self.emit(Output::Answer { ticket, answer });
                }
            }
        }
    }

    /// Answers a request of the CSMS; `None` when it is answered already, or later.
    fn asked(&mut self, now: Instant, ticket: u64, ask: Ask) -> Option<Answer> {
        Some(match ask {
            Ask::RequestStart { token, evse, remote_start_id, group } => {
                self.request_start(now, Start { token, group, remote_start: Some(remote_start_id) }, evse)
            }
            Ask::RequestStop { transaction } => {
                let accepted = self.occupancy.session().and_then(Session::transaction);
                let accepted = accepted.is_some_and(|running| running.id == transaction);
                if accepted {
                    self.emit(Output::Answer { ticket, answer: Answer::Stop { accepted } });
                    let ending = Ending { trigger: TriggerReason::RemoteStop, reason: StoppedReason::Remote };
                    self.stop(now, ending, None);
                    return None;
                }
                Answer::Stop { accepted }
            }
            Ask::Reset { kind, .. } => Answer::Reset(self.reset(now, kind)),
            Ask::Reserve { id, token, group, evse, expires } => {
                Answer::Reserve(self.reserve(now, Reservation::new(id, token, group, expires), evse))
            }
            Ask::CancelReservation { id } => {
                let cancelled = self.outlet.reservation.take_if(|held| held.id == id);
                if cancelled.is_some() {
                    self.event(SessionEvent::ReservationEnd { id });
                }
                Answer::Cancel { accepted: cancelled.is_some() }
            }
            Ask::Unlock { evse } => return self.unlock(ticket, evse).map(Answer::Unlock),
            Ask::ChangeAvailability { operative, .. } => Answer::Availability(self.change_availability(operative)),
        })
    }

    /// A car that is there and has no transaction can begin one, also after an earlier one; one whose transaction ends begins
    /// afterwards.
    fn request_start(&mut self, now: Instant, start: Start, evse: Option<EvseId>) -> Answer {
        let rejected = Answer::Start { accepted: false, transaction: None };
        if self.barred(&start.token).is_some() || evse.is_some_and(|evse| evse != self.evse) {
            return rejected;
        }
        let afterwards = match &self.occupancy {
            Occupancy::Free(DriverWithoutCar::Nobody) => false,
            Occupancy::Leaving { next: None, .. } => true,
            Occupancy::Plugged(session) => match &session.stage {
                Stage::Waiting { check: None } | Stage::Finished(Finished { check: None, .. }) => false,
                Stage::Closing(Closing { next: None, .. }) => true,
                Stage::Waiting { check: Some(_) }
                | Stage::Authorized(_)
                | Stage::Running(_)
                | Stage::Closing(_)
                | Stage::Finished(_) => return rejected,
            },
            Occupancy::Free(DriverWithoutCar::Checking(_) | DriverWithoutCar::Granted { .. })
            | Occupancy::Leaving { .. } => {
                return rejected;
            }
        };
        if !afterwards {
            self.start(now, start);
        } else if self.starts_again_next() {
            return rejected;
        } else {
            self.start_afterwards(start);
        }
        let transaction = self.occupancy.running().map(|running| running.transaction.id.clone());
        Answer::Start { accepted: true, transaction }
    }

    fn reset(&mut self, now: Instant, kind: ResetKind) -> ResetAnswer {
        match (kind, &self.occupancy) {
            (ResetKind::OnIdle, Occupancy::Plugged(_) | Occupancy::Leaving { .. }) => {
                self.outlet.reset.get_or_insert(ResetKind::OnIdle);
                ResetAnswer::Scheduled
            }
            (ResetKind::Immediate, Occupancy::Plugged(_)) => {
                self.outlet.reset = Some(ResetKind::Immediate);
                let ending = Ending { trigger: TriggerReason::ResetCommand, reason: StoppedReason::ImmediateReset };
                self.stop(now, ending, None);
                ResetAnswer::Accepted
            }
            (ResetKind::OnIdle, Occupancy::Free(_))
            | (ResetKind::Immediate, Occupancy::Free(_) | Occupancy::Leaving { .. }) => {
                self.outlet.reset = Some(ResetKind::Immediate);
                ResetAnswer::Accepted
            }
        }
    }

    /// Whether the charger starts again as soon as the transaction that ends is closed.
    pub(super) const fn starts_again_next(&self) -> bool {
        match self.outlet.reset {
            Some(ResetKind::Immediate) => true,
            Some(ResetKind::OnIdle) => matches!(self.occupancy, Occupancy::Leaving { .. }),
            None => false,
        }
    }

    fn reserve(&mut self, now: Instant, reservation: Reservation, evse: Option<EvseId>) -> ReserveAnswer {
        let held_by_another = self.outlet.reservation.as_ref().is_some_and(|held| held.id != reservation.id);
        if evse.is_some_and(|evse| evse != self.evse) || reservation.expires <= now {
            ReserveAnswer::Rejected
        } else if !self.outlet.operative {
            ReserveAnswer::Unavailable
        } else if !self.outlet.troubles.is_empty() {
            ReserveAnswer::Faulted
        } else if held_by_another || !matches!(self.occupancy, Occupancy::Free(DriverWithoutCar::Nobody)) {
            ReserveAnswer::Occupied
        } else {
            let id = reservation.id;
            // The same id again replaces the reservation.
            self.outlet.reservation = Some(reservation);
            self.event(SessionEvent::ReservationStart { id });
            ReserveAnswer::Accepted
        }
    }

    fn unlock(&mut self, ticket: u64, evse: EvseId) -> Option<UnlockAnswer> {
        if evse != self.evse {
            return Some(UnlockAnswer::UnknownConnector);
        }
        if self.occupancy.session().is_some_and(|session| session.transaction().is_some()) {
            return Some(UnlockAnswer::OngoingAuthorizedTransaction);
        }
        match self.outlet.board.contactor() {
            // The bolt opens strictly after the contactor: one that is welded, or of which nobody knows where it is, keeps it.
            Contactor::Closed | Contactor::Unknown => return Some(UnlockAnswer::UnlockFailed),
            Contactor::Open if !self.has_socket() => return Some(UnlockAnswer::UnlockFailed),
            Contactor::Open => {}
        }
        if let Some(session) = self.occupancy.session_mut() {
            session.bolt = Bolt::ForcedOpen;
        }
        // Whatever the bolt was told before, it is told again; its read-back is the answer.
        self.outlet.unlock_ticket = Some(ticket);
        self.drive_lock(false);
        None
    }

    fn change_availability(&mut self, operative: bool) -> AvailabilityAnswer {
        let busy = !matches!(self.occupancy, Occupancy::Free(_));
        if !operative && busy {
            self.outlet.disable_when_idle = true;
            return AvailabilityAnswer::Scheduled;
        }
        self.outlet.disable_when_idle = false;
        self.set_operative(operative);
        AvailabilityAnswer::Accepted
    }

    pub(super) fn set_operative(&mut self, operative: bool) {
        if self.outlet.operative == operative {
            return;
        }
        self.outlet.operative = operative;
        self.event(if operative { SessionEvent::Enabled } else { SessionEvent::Disabled });
        if let (false, Some(reservation)) = (operative, self.outlet.reservation.take()) {
            self.end_reservation(&reservation, ReservationUpdate::Removed);
        }
    }

    /// The reservation whose time has run out.
    pub(super) fn expire_reservation(&mut self, now: Instant) {
        if self.is_due(now, Timer::Reservation)
            && let Some(expired) = self.outlet.reservation.take()
        {
            self.end_reservation(&expired, ReservationUpdate::Expired);
        }
    }

    pub(super) fn end_reservation(&mut self, reservation: &Reservation, update: ReservationUpdate) {
        let id = reservation.id;
        self.event(SessionEvent::ReservationEnd { id });
        self.emit(Output::Reservation { id, update });
    }
}
