//! Tokens that drivers show. Each gets an answer, in every state: it begins, it ends, it waits for its turn, or it is refused
//! and told why.
//!
//! ```text
//!             another token            the same token
//! free        is considered            is forgotten: the driver changed their mind
//! waiting     begins                   begins; not at once after it ended
//! running     may end it, if it may    ends; not at once after it began
//! closing     waits                    waits; not at once after it ended
//! ```
//!
//! Who holds a card against the reader once more within some seconds is not sure whether it was read. That tap undoes nothing.

use std::time::Duration;

use crate::words::{AuthorizationOutcome, IdToken, StoppedReason, TriggerReason};
use hardware::Token;
use units::Instant;

use super::authorization::{self, Check, Decision, Grant, Purpose, Start};
use super::event::PauseReason;
use super::notice::{Notice, NoticeKind};
use super::occupancy::{Delivery, DriverWithoutCar, Finished, Occupancy, Stage, Standing, Tap};
use super::timers::Timer;
use super::transaction::Ending;
use super::{Coordinator, Output, SessionEvent};
use crate::config::AuthorizationMode;

/// What a tap means.
enum Meaning {
    /// The driver wants to begin.
    Begin,
    /// The driver wants to begin as soon as the transaction that ends is closed.
    BeginAfterwards,
    /// The driver who has no car here changed their mind.
    Forget,
    /// It says nothing; why.
    Nothing(&'static str),
    /// The driver of the running transaction ends it.
    Stop,
    /// Another token wants to end the running transaction.
    StopOfAnother,
}

impl Coordinator {
    /// A token was held against the reader.
    pub(super) fn token_presented(&mut self, now: Instant, presented: &Token) {
        let token = authorization::id_token(presented);
        if presented.is_random() {
            return self.refuse(
                now,
                &token,
                "this card or phone shows another number at each tap: use one that has a number of its own",
            );
        }
        match self.meaning(now, &token) {
            Meaning::Begin => self.start(now, Start::by_tap(token)),
            Meaning::BeginAfterwards => {
                self.start_afterwards(Start::by_tap(token));
                self.notice = Some(Notice::new(now, NoticeKind::Advice, "your session begins when this one has ended"));
            }
            Meaning::Forget => {
                self.occupancy = Occupancy::Free(DriverWithoutCar::Nobody);
                self.event(SessionEvent::Deauthorized);
            }
            Meaning::Nothing(why) => self.answer_tap(now, &token, NoticeKind::Advice, why),
            Meaning::Stop => self.stop_local(now, token),
            Meaning::StopOfAnother => self.consider(now, &token, Purpose::Stop),
        }
    }

    fn meaning(&self, now: Instant, token: &IdToken) -> Meaning {
        let just_now = |since: Instant| now < since + self.second_tap();
        match &self.occupancy {
            Occupancy::Free(DriverWithoutCar::Nobody) => Meaning::Begin,
            Occupancy::Free(DriverWithoutCar::Checking(check)) => Meaning::Nothing(check.busy(token)),
            Occupancy::Free(DriverWithoutCar::Granted { grant, since, .. }) => {
                match (grant.is_of(token), just_now(*since)) {
                    (true, true) => Meaning::Nothing("this card is accepted already: plug in"),
                    (true, false) => Meaning::Forget,
                    (false, _) => Meaning::Nothing("the charger waits for the car of another driver"),
                }
            }
            Occupancy::Leaving { next, .. } => self.meaning_at_the_end(token, next.as_ref()),
            Occupancy::Plugged(session) => match &session.stage {
                Stage::Waiting { check: None } => Meaning::Begin,
                Stage::Waiting { check: Some(check) } | Stage::Finished(Finished { check: Some(check), .. }) => {
                    Meaning::Nothing(check.busy(token))
                }
                Stage::Authorized(_) => Meaning::Nothing("the session is about to begin"),
                Stage::Finished(Finished { ended_by, check: None }) => {
                    if ended_by.as_ref().is_some_and(|tap| tap.is_of(token) && just_now(tap.at)) {
                        Meaning::Nothing(JUST_ENDED)
                    } else if self.is_free() {
                        Meaning::Nothing(FREE_AGAIN)
                    } else {
                        Meaning::Begin
                    }
                }
                Stage::Running(running) => {
                    match (running.transaction.grant.is_of(token), just_now(running.began), &running.stop_check) {
                        (true, true, _) => {
                            Meaning::Nothing("this card has just begun: to end, hold it to the reader again later")
                        }
                        (true, false, _) => Meaning::Stop,
                        (false, _, Some(check)) => Meaning::Nothing(check.busy(token)),
                        (false, _, None) => Meaning::StopOfAnother,
                    }
                }
                Stage::Closing(closing) => {
                    if closing.ended_by.as_ref().is_some_and(|tap| tap.is_of(token) && just_now(tap.at)) {
                        Meaning::Nothing(JUST_ENDED)
                    } else if self.is_free() {
                        Meaning::Nothing(FREE_AGAIN)
                    } else {
                        self.meaning_at_the_end(token, closing.next.as_ref())
                    }
                }
            },
        }
    }

    /// What a tap means while the last reading of a transaction is on its way.
    fn meaning_at_the_end(&self, token: &IdToken, next: Option<&Start>) -> Meaning {
        match next {
            Some(next) if authorization::same_id(&next.token.id, &token.id) => {
                Meaning::Nothing("this card waits already for the end of the session")
            }
            Some(_) => Meaning::Nothing("another card waits already for the end of the session"),
            None if self.starts_again_next() => Meaning::Nothing("the charger is about to start again"),
            None => Meaning::BeginAfterwards,
        }
    }

    pub(super) fn is_free(&self) -> bool {
        self.config.authorization.mode == AuthorizationMode::Free
    }

    fn second_tap(&self) -> Duration {
        Duration::from_secs(self.config.authorization.second_tap_s.into())
    }

    /// The driver ends the transaction with a token.
    fn stop_local(&mut self, now: Instant, token: IdToken) {
        let ending = Ending { trigger: TriggerReason::StopAuthorized, reason: StoppedReason::Local };
        self.stop(now, ending, Some(Tap { token, at: now }));
    }

    /// Somebody wants to begin.
    pub(super) fn start(&mut self, now: Instant, start: Start) {
        let purpose = Purpose::Start { remote_start: start.remote_start };
        if start.remote_start.is_some() && !self.config.authorization.authorize_remote_start {
            let grant = authorization::grant_accepted(&self.config.authorization, &start.token, start.group.as_ref());
            self.granted(now, grant, purpose);
        } else {
            self.consider(now, &start.token, purpose);
        }
    }

    /// Somebody wants to begin, and has to wait until the transaction that ends is closed.
    pub(super) fn start_afterwards(&mut self, start: Start) {
        match &mut self.occupancy {
            Occupancy::Leaving { next, .. } => *next = Some(start),
            Occupancy::Plugged(session) => {
                if let Stage::Closing(closing) = &mut session.stage {
                    closing.next = Some(start);
                }
            }
            Occupancy::Free(_) => {}
        }
    }

    /// Decides about a token, or asks who can.
    fn consider(&mut self, now: Instant, token: &IdToken, purpose: Purpose) {
        if let Purpose::Start { .. } = purpose
            && let Some(why) = self.barred(token)
        {
            self.refuse(now, token, why);
            return;
        }
        match authorization::decide(&self.config.authorization, token, self.outlet.online) {
            Decision::Grant(grant) => self.granted(now, grant, purpose),
            Decision::Refuse(why) => self.refuse(now, token, why),
            Decision::Ask => self.ask(now, token, purpose),
        }
    }

    /// Why nobody, or not that token, may begin now.
    pub(super) fn barred(&self, token: &IdToken) -> Option<&'static str> {
        let reserved = self.outlet.reservation.as_ref().is_some_and(|held| !held.may_admit(token));
        if !self.outlet.operative || self.outlet.disable_when_idle {
            Some("the outlet is out of service")
        } else if !self.outlet.troubles.is_empty() {
            Some("the outlet has a fault")
        } else if !self.outlet.board.tells_all() {
            Some("the charger does not know yet what is at the plug")
        } else if reserved {
            Some(RESERVED)
        } else {
            None
        }
    }

    fn ask(&mut self, now: Instant, token: &IdToken, purpose: Purpose) {
        let ticket = self.ticket();
        let until = now + Duration::from_secs(self.config.authorization.answer_timeout_s.into());
        let check = Check { ticket, token: token.clone(), purpose, until };
        match (&mut self.occupancy, purpose) {
            (Occupancy::Free(driver), Purpose::Start { .. }) => *driver = DriverWithoutCar::Checking(check),
            (Occupancy::Plugged(session), _) => match (&mut session.stage, purpose) {
                (
                    Stage::Waiting { check: place @ None } | Stage::Finished(Finished { check: place @ None, .. }),
                    Purpose::Start { .. },
                ) => *place = Some(check),
                (Stage::Running(running), Purpose::Stop) => running.stop_check = Some(check),
                (
                    Stage::Waiting { .. }
                    | Stage::Authorized(_)
                    | Stage::Running(_)
                    | Stage::Closing(_)
                    | Stage::Finished(_),
                    _,
                ) => return,
            },
            (Occupancy::Free(_), Purpose::Stop) | (Occupancy::Leaving { .. }, _) => return,
        }
        self.emit(Output::Authorize { ticket, token: token.clone() });
    }

    /// Refuses a token aloud: in the log, and to the driver's eyes.
    pub(super) fn refuse(&mut self, now: Instant, token: &IdToken, why: &str) {
        if let Some(digital) = self.occupancy.session_mut().and_then(|session| session.control.digital_mut()) {
            digital.refused(token);
        }
        self.answer_tap(now, token, NoticeKind::Refused, why);
    }

    /// A tap that changes nothing is answered as well.
    fn answer_tap(&mut self, now: Instant, token: &IdToken, kind: NoticeKind, why: &str) {
        self.event(SessionEvent::TokenRefused { token: token.id.clone(), why: why.into() });
        self.notice = Some(Notice::new(now, kind, why));
    }

    /// A token is good for what it was meant for.
    fn granted(&mut self, now: Instant, mut grant: Grant, purpose: Purpose) {
        let remote_start = match purpose {
            Purpose::Stop => return self.granted_to_stop(now, grant),
            Purpose::Start { remote_start } => remote_start,
        };
        // What has come between since the question was asked speaks against it as well.
        let barred = match &grant.token {
            Some(token) => self.barred(token),
            None => None,
        };
        let held = self.outlet.reservation.as_ref().is_some_and(|held| !held.admits(&grant));
        if let (Some(token), Some(why)) = (&grant.token, barred.or(held.then_some(RESERVED))) {
            let token = token.clone();
            return self.refuse(now, &token, why);
        }
        grant.remote_start = remote_start;
        let name = grant.token.as_ref().map_or_else(String::new, |token| token.id.clone());
        match &mut self.occupancy {
            Occupancy::Free(driver) => {
                let wait = Duration::from_secs(self.config.authorization.connect_timeout_s.into());
                *driver = DriverWithoutCar::Granted { grant, since: now, until: now + wait };
                self.notice = None;
                self.event(SessionEvent::Authorized { token: name });
            }
            Occupancy::Plugged(_) => {
                self.event(SessionEvent::Authorized { token: name });
                self.begin_transaction(now, grant, Self::start_trigger(remote_start));
            }
            Occupancy::Leaving { .. } => {}
        }
    }

    fn granted_to_stop(&mut self, now: Instant, grant: Grant) {
        let shares =
            self.occupancy.running().is_some_and(|running| running.transaction.grant.shares(grant.group.as_deref()));
        match (shares, grant.token) {
            (true, Some(token)) => self.stop_local(now, token),
            (false, Some(token)) => self.refuse(now, &token, "another driver's transaction runs"),
            (true | false, None) => {}
        }
    }

    /// Takes a running check out of the state, wherever it stands.
    fn take_check(&mut self, ticket: u64) -> Option<Check> {
        match &mut self.occupancy {
            Occupancy::Free(driver) => match std::mem::take(driver) {
                DriverWithoutCar::Checking(check) if check.ticket == ticket => Some(check),
                other @ (DriverWithoutCar::Checking(_)
                | DriverWithoutCar::Granted { .. }
                | DriverWithoutCar::Nobody) => {
                    *driver = other;
                    None
                }
            },
            Occupancy::Plugged(session) => match &mut session.stage {
                Stage::Waiting { check } | Stage::Finished(Finished { check, .. }) => {
                    check.take_if(|check| check.ticket == ticket)
                }
                Stage::Running(running) => running.stop_check.take_if(|check| check.ticket == ticket),
                Stage::Authorized(_) | Stage::Closing(_) => None,
            },
            Occupancy::Leaving { .. } => None,
        }
    }

    /// The CSMS has answered a question, or will not. An answer whose driver has left finds no check, and does nothing.
    pub(super) fn authorized(&mut self, now: Instant, ticket: u64, outcome: AuthorizationOutcome) {
        let Some(Check { token, purpose, .. }) = self.take_check(ticket) else { return };
        match outcome {
            AuthorizationOutcome::Accepted { group } => {
                let grant = authorization::grant_accepted(&self.config.authorization, &token, group.as_ref());
                self.granted(now, grant, purpose);
            }
            AuthorizationOutcome::Refused(status) => {
                self.refuse(now, &token, &format!("the CSMS answered {status:?}"));
            }
            AuthorizationOutcome::NoAnswer => match authorization::decide(&self.config.authorization, &token, false) {
                Decision::Grant(grant) => self.granted(now, grant, purpose),
                Decision::Ask | Decision::Refuse(_) => self.refuse(now, &token, "the CSMS did not answer in time"),
            },
        }
    }

    /// The CSMS says afterwards that the token of a running transaction is no good.
    pub(super) fn deauthorized(&mut self, now: Instant, transaction: &str, status: crate::words::AuthorizationStatus) {
        let Some(running) = self.occupancy.running_mut().filter(|running| running.transaction.id == transaction) else {
            return;
        };
        let token = running.transaction.grant.token.clone();
        if self.config.authorization.stop_on_invalid {
            let ending = Ending { trigger: TriggerReason::Deauthorized, reason: StoppedReason::DeAuthorized };
            self.event(SessionEvent::Deauthorized);
            self.stop(now, ending, None);
        } else {
            running.standing = Standing::Rejected;
            if running.delivery != Delivery::Flowing {
                self.paused(now, PauseReason::Rejected);
            }
        }
        if let Some(token) = token {
            self.refuse(now, &token, &format!("the CSMS answered {status:?} afterwards"));
        }
    }

    /// What has run out by now among tokens, checks and what the panel says of them.
    pub(super) fn expire_tokens(&mut self, now: Instant) {
        if self.is_due(now, Timer::Notice) {
            self.notice = None;
        }
        if self.is_due(now, Timer::Check)
            && let Some(ticket) = self.check().map(|check| check.ticket)
        {
            self.authorized(now, ticket, AuthorizationOutcome::NoAnswer);
        }
        if self.is_due(now, Timer::Connect) {
            self.occupancy = Occupancy::Free(DriverWithoutCar::Nobody);
            self.event(SessionEvent::PluginTimeout);
        }
    }

    /// The question about a token that is on its way.
    pub(super) fn check(&self) -> Option<&Check> {
        match &self.occupancy {
            Occupancy::Free(DriverWithoutCar::Checking(check)) => Some(check),
            Occupancy::Free(DriverWithoutCar::Granted { .. } | DriverWithoutCar::Nobody)
            | Occupancy::Leaving { .. } => None,
            Occupancy::Plugged(session) => session.check(),
        }
    }

    const fn start_trigger(remote_start: Option<i32>) -> TriggerReason {
        match remote_start {
            Some(_) => TriggerReason::RemoteStart,
            None => TriggerReason::Authorized,
        }
    }
}

const RESERVED: &str = "the outlet is reserved for another driver";
const JUST_ENDED: &str = "this card has just ended the session: to begin again, hold it to the reader later";
const FREE_AGAIN: &str = "no card is needed here: unplug and plug in again to charge again";

impl Tap {
    fn is_of(&self, token: &IdToken) -> bool {
        authorization::same_id(&self.token.id, &token.id)
    }
}

impl Check {
    /// Why another tap has to wait for it.
    fn busy(&self, token: &IdToken) -> &'static str {
        if authorization::same_id(&self.token.id, &token.id) {
            "this card is being checked already"
        } else {
            "another card is being checked"
        }
    }
}
