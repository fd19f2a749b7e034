//! Tokens, and what the CSMS asks for on behalf of drivers.

use std::time::Duration;

use ocpp::{
    Answer, Ask, AuthorizationOutcome, AvailabilityAnswer, IdToken, ReservationUpdate, ReserveAnswer, ResetAnswer,
    ResetKind, StoppedReason, TriggerReason, UnlockAnswer,
};
use units::Instant;

use super::authorization::{self, Check, Decision, Grant, Purpose};
use super::event::PauseReason;
use super::occupancy::{Authorization, Occupancy, Visitor};
use super::reservation::Reservation;
use super::transaction::Ending;
use super::{Coordinator, CsmsInput, Output, SessionEvent};

impl Coordinator {
    /// The driver ends the session at the charger itself.
    pub(super) fn stop_local(&mut self, now: Instant) {
        self.stop(now, Ending { trigger: TriggerReason::StopAuthorized, reason: StoppedReason::Local });
    }

    /// A token was held against the reader.
    pub(super) fn token_presented(&mut self, now: Instant, token: &IdToken) {
        match &self.occupancy {
            Occupancy::Free(Visitor::Granted { grant, .. }) if grant.is_of(token) => {
                // The same token again, without a car: the driver changed their mind.
                self.occupancy = Occupancy::Free(Visitor::Nobody);
                self.event(SessionEvent::Deauthorized);
            }
            Occupancy::Free(Visitor::Nobody) => self.consider(now, token, Purpose::Start { remote_start: None }),
            Occupancy::Free(Visitor::Checking(_) | Visitor::Granted { .. }) | Occupancy::Leaving { .. } => {}
            Occupancy::Plugged(session) => match (&session.authorization, &session.transaction) {
                (_, Some(transaction)) if transaction.grant.is_of(token) => self.stop_local(now),
                (_, Some(_)) if session.stop_check.is_none() && session.closing.is_none() => {
                    self.consider(now, token, Purpose::Stop);
                }
                (Authorization::Awaiting, None) if !session.finished => {
                    self.consider(now, token, Purpose::Start { remote_start: None });
                }
                (Authorization::Awaiting | Authorization::Checking(_) | Authorization::Granted(_), _) => {}
            },
        }
    }

    /// Decides about a token, or asks who can.
    fn consider(&mut self, now: Instant, token: &IdToken, purpose: Purpose) {
        if let Purpose::Start { .. } = purpose
            && let Some(why) = self.barred(token)
        {
            self.refuse(token, why);
            return;
        }
        match authorization::decide(&self.config.authorization, token, self.outlet.online) {
            Decision::Grant(grant) => self.granted(now, grant, purpose),
            Decision::Refuse(why) => self.refuse(token, why),
            Decision::Ask => self.ask(now, token, purpose),
        }
    }

    /// Why nobody, or not that token, may begin now.
    fn barred(&self, token: &IdToken) -> Option<&'static str> {
        let reserved = self.outlet.reservation.as_ref().is_some_and(|held| !held.may_admit(token));
        if !self.outlet.operative {
            Some("the outlet is out of service")
        } else if !self.outlet.troubles.is_empty() {
            Some("the outlet has a fault")
        } else if reserved {
            Some("the outlet is reserved for another driver")
        } else {
            None
        }
    }

    fn ask(&mut self, now: Instant, token: &IdToken, purpose: Purpose) {
        let ticket = self.ticket();
        let until = now + Duration::from_secs(self.config.authorization.answer_timeout_s.into());
        let check = Check { ticket, token: token.clone(), purpose, until };
        match (&mut self.occupancy, purpose) {
            (Occupancy::Free(visitor), Purpose::Start { .. }) => *visitor = Visitor::Checking(check),
            (Occupancy::Plugged(session), Purpose::Start { .. }) => {
                session.authorization = Authorization::Checking(check);
            }
            (Occupancy::Plugged(session), Purpose::Stop) => session.stop_check = Some(check),
            (Occupancy::Free(_), Purpose::Stop) | (Occupancy::Leaving { .. }, _) => return,
        }
        self.emit(Output::Authorize { ticket, token: token.clone() });
    }

    fn refuse(&mut self, token: &IdToken, why: &str) {
        self.event(SessionEvent::TokenRefused { token: token.id.clone(), why: why.into() });
    }

    /// A token is good for what it was meant for.
    fn granted(&mut self, now: Instant, mut grant: Grant, purpose: Purpose) {
        match purpose {
            Purpose::Stop => {
                let shares = match &self.occupancy {
                    Occupancy::Plugged(session) => session
                        .transaction
                        .as_ref()
                        .is_some_and(|transaction| transaction.grant.shares(grant.group.as_deref())),
                    Occupancy::Free(_) | Occupancy::Leaving { .. } => false,
                };
                match (shares, grant.token) {
                    (true, _) => self.stop_local(now),
                    (false, Some(token)) => self.refuse(&token, "another driver's transaction runs"),
                    (false, None) => {}
                }
            }
            Purpose::Start { remote_start } => {
                if self.outlet.reservation.as_ref().is_some_and(|held| !held.admits(&grant)) {
                    if let Some(token) = grant.token {
                        self.refuse(&token, "the outlet is reserved for another driver");
                    }
                    self.withdraw_check();
                    return;
                }
                grant.remote_start = remote_start;
                let token = grant.token.as_ref().map_or_else(String::new, |token| token.id.clone());
                match &mut self.occupancy {
                    Occupancy::Free(visitor) => {
                        let wait = Duration::from_secs(self.config.authorization.connect_timeout_s.into());
                        *visitor = Visitor::Granted { grant, until: now + wait };
                    }
                    Occupancy::Plugged(session) => session.authorization = Authorization::Granted(grant),
                    Occupancy::Leaving { .. } => return,
                }
                self.event(SessionEvent::Authorized { token });
                self.begin_transaction(now, Self::start_trigger(purpose));
            }
        }
    }

    /// Takes a running check out of the state, wherever it stands.
    fn take_check(&mut self, ticket: u64) -> Option<Check> {
        match &mut self.occupancy {
            Occupancy::Free(visitor) => match visitor {
                Visitor::Checking(check) if check.ticket == ticket => match std::mem::take(visitor) {
                    Visitor::Checking(check) => Some(check),
                    Visitor::Granted { .. } | Visitor::Nobody => None,
                },
                Visitor::Checking(_) | Visitor::Granted { .. } | Visitor::Nobody => None,
            },
            Occupancy::Plugged(session) => {
                if let Some(check) = session.stop_check.take_if(|check| check.ticket == ticket) {
                    return Some(check);
                }
                match &session.authorization {
                    Authorization::Checking(check) if check.ticket == ticket => {
                        match std::mem::replace(&mut session.authorization, Authorization::Awaiting) {
                            Authorization::Checking(check) => Some(check),
                            Authorization::Awaiting | Authorization::Granted(_) => None,
                        }
                    }
                    Authorization::Awaiting | Authorization::Checking(_) | Authorization::Granted(_) => None,
                }
            }
            Occupancy::Leaving { .. } => None,
        }
    }

    fn withdraw_check(&mut self) {
        match &mut self.occupancy {
            Occupancy::Free(visitor) => *visitor = Visitor::Nobody,
            Occupancy::Plugged(session) if session.granted().is_none() => {
                session.authorization = Authorization::Awaiting;
            }
            Occupancy::Plugged(_) | Occupancy::Leaving { .. } => {}
        }
    }

    /// Something from the CSMS side.
    pub(super) fn csms(&mut self, now: Instant, input: CsmsInput) {
        match input {
            CsmsInput::Online => self.outlet.online = true,
            CsmsInput::Offline => self.outlet.online = false,
            CsmsInput::Authorized { ticket, outcome } => {
                // An answer to a question whose driver has left finds no check, and does nothing.
                if let Some(check) = self.take_check(ticket) {
                    self.answered(now, check, outcome);
                }
            }
            CsmsInput::Deauthorized { transaction, status } => self.deauthorized(now, &transaction, status),
            CsmsInput::Ask { ticket, ask } => {
                if let Some(answer) = self.asked(now, ticket, ask) {
                    self.emit(Output::Answer { ticket, answer });
                }
            }
            CsmsInput::Orphan { transaction } => self.close_orphan(now, transaction),
        }
    }

    fn answered(&mut self, now: Instant, check: Check, outcome: AuthorizationOutcome) {
        let Check { token, purpose, .. } = check;
        match outcome {
            AuthorizationOutcome::Accepted { group } => {
                let grant = authorization::grant_accepted(&self.config.authorization, &token, group.as_ref());
                self.granted(now, grant, purpose);
            }
            AuthorizationOutcome::Refused(status) => self.refuse(&token, &format!("the CSMS answered {status:?}")),
            AuthorizationOutcome::NoAnswer => match authorization::decide(&self.config.authorization, &token, false) {
                Decision::Grant(grant) => self.granted(now, grant, purpose),
                Decision::Ask | Decision::Refuse(_) => self.refuse(&token, "the CSMS did not answer"),
            },
        }
    }

    fn deauthorized(&mut self, now: Instant, transaction: &str, status: ocpp::AuthorizationStatus) {
        let Occupancy::Plugged(session) = &mut self.occupancy else { return };
        let Some(running) = session.transaction.as_ref().filter(|running| running.id == transaction) else { return };
        let token = running.grant.token.clone();
        if self.config.authorization.stop_on_invalid {
            self.event(SessionEvent::Deauthorized);
            self.stop(now, Ending { trigger: TriggerReason::Deauthorized, reason: StoppedReason::DeAuthorized });
        } else {
            session.rejected = true;
            if session.delivery != super::occupancy::Delivery::Flowing {
                self.paused(now, PauseReason::Rejected);
            }
        }
        if let Some(token) = token {
            self.refuse(&token, &format!("the CSMS answered {status:?} afterwards"));
        }
    }

    /// Answers a request of the CSMS; `None` when the answer comes later.
    fn asked(&mut self, now: Instant, ticket: u64, ask: Ask) -> Option<Answer> {
        Some(match ask {
            Ask::RequestStart { token, evse, remote_start_id, group } => {
                self.request_start(now, &token, evse, remote_start_id, group.as_ref())
            }
            Ask::RequestStop { transaction } => {
                let running = match &self.occupancy {
                    Occupancy::Plugged(session) => session.transaction.as_ref(),
                    Occupancy::Free(_) | Occupancy::Leaving { .. } => None,
                };
                let accepted = running.is_some_and(|running| running.id == transaction);
                if accepted {
                    self.emit(Output::Answer { ticket, answer: Answer::Stop { accepted } });
                    self.stop(now, Ending { trigger: TriggerReason::RemoteStop, reason: StoppedReason::Remote });
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

    fn request_start(
        &mut self,
        now: Instant,
        token: &IdToken,
        evse: Option<u16>,
        remote_start_id: i32,
        group: Option<&IdToken>,
    ) -> Answer {
        let free = match &self.occupancy {
            Occupancy::Free(Visitor::Nobody) => true,
            Occupancy::Plugged(session) => {
                matches!(session.authorization, Authorization::Awaiting) && !session.finished
            }
            Occupancy::Free(Visitor::Checking(_) | Visitor::Granted { .. }) | Occupancy::Leaving { .. } => false,
        };
        if !free || self.barred(token).is_some() || evse.is_some_and(|evse| evse != 1) {
            return Answer::Start { accepted: false, transaction: None };
        }
        let purpose = Purpose::Start { remote_start: Some(remote_start_id) };
        if self.config.authorization.authorize_remote_start {
            self.consider(now, token, purpose);
        } else {
            let grant = authorization::grant_accepted(&self.config.authorization, token, group);
            self.granted(now, grant, purpose);
        }
        let transaction = match &self.occupancy {
            Occupancy::Plugged(session) => session.transaction.as_ref().map(|running| running.id.clone()),
            Occupancy::Free(_) | Occupancy::Leaving { .. } => None,
        };
        Answer::Start { accepted: true, transaction }
    }

    fn reset(&mut self, now: Instant, kind: ResetKind) -> ResetAnswer {
        match (kind, &self.occupancy) {
            (ResetKind::OnIdle, Occupancy::Plugged(_) | Occupancy::Leaving { .. }) => {
                self.outlet.reset_when_idle = true;
                ResetAnswer::Scheduled
            }
            (ResetKind::Immediate, Occupancy::Plugged(_)) => {
                self.outlet.reset_now = true;
                let ending = Ending { trigger: TriggerReason::ResetCommand, reason: StoppedReason::ImmediateReset };
                self.stop(now, ending);
                ResetAnswer::Accepted
            }
            (ResetKind::OnIdle, Occupancy::Free(_))
            | (ResetKind::Immediate, Occupancy::Free(_) | Occupancy::Leaving { .. }) => {
                self.outlet.reset_now = true;
                ResetAnswer::Accepted
            }
        }
    }

    fn reserve(&mut self, now: Instant, reservation: Reservation, evse: Option<u16>) -> ReserveAnswer {
        let held_by_another = self.outlet.reservation.as_ref().is_some_and(|held| held.id != reservation.id);
        if evse.is_some_and(|evse| evse != 1) || reservation.expires <= now {
            ReserveAnswer::Rejected
        } else if !self.outlet.operative {
            ReserveAnswer::Unavailable
        } else if !self.outlet.troubles.is_empty() {
            ReserveAnswer::Faulted
        } else if held_by_another || !matches!(self.occupancy, Occupancy::Free(Visitor::Nobody)) {
            ReserveAnswer::Occupied
        } else {
            let id = reservation.id;
            // The same id again replaces the reservation.
            self.outlet.reservation = Some(reservation);
            self.event(SessionEvent::ReservationStart { id });
            ReserveAnswer::Accepted
        }
    }

    fn unlock(&mut self, ticket: u64, evse: u16) -> Option<UnlockAnswer> {
        if evse != 1 {
            return Some(UnlockAnswer::UnknownConnector);
        }
        let running = matches!(&self.occupancy, Occupancy::Plugged(session) if session.transaction.is_some());
        if running || self.outlet.contactor {
            return Some(UnlockAnswer::OngoingAuthorizedTransaction);
        }
        if !self.has_socket() {
            return Some(UnlockAnswer::UnlockFailed);
        }
        if let Occupancy::Plugged(session) = &mut self.occupancy {
            session.force_unlocked = true;
        }
        // Whatever the bolt was told before, it is told again; its read-back is the answer.
        self.told.lock = Some(false);
        self.outlet.unlock_ticket = Some(ticket);
        self.emit(Output::DriveLock(false));
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

    /// What has run out by now among tokens, checks and reservations.
    pub(super) fn expire(&mut self, now: Instant) {
        if let Some(expired) = self.outlet.reservation.take_if(|held| held.expires <= now) {
            self.end_reservation(&expired, ReservationUpdate::Expired);
        }
        let late = match &self.occupancy {
            Occupancy::Free(Visitor::Checking(check)) => Some(check),
            Occupancy::Plugged(session) => match &session.authorization {
                Authorization::Checking(check) => Some(check),
                Authorization::Awaiting | Authorization::Granted(_) => session.stop_check.as_ref(),
            },
            Occupancy::Free(Visitor::Granted { .. } | Visitor::Nobody) | Occupancy::Leaving { .. } => None,
        };
        if let Some(ticket) = late.filter(|check| check.until <= now).map(|check| check.ticket)
            && let Some(check) = self.take_check(ticket)
        {
            self.answered(now, check, AuthorizationOutcome::NoAnswer);
        }
        if matches!(&self.occupancy, Occupancy::Free(Visitor::Granted { until, .. }) if *until <= now) {
            self.occupancy = Occupancy::Free(Visitor::Nobody);
            self.event(SessionEvent::PluginTimeout);
        }
    }
}
