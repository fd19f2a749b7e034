//! A session whose power board, link or host is away is held: transaction, token, bolt and status stay as they are, and no power
//! flows. It goes on when the board tells that the same plug is still in; otherwise it ends, and whoever is there begins as
//! everybody does. No authorization outlives the plug it was given for.
//!
//! ```text
//!                    the same plug-in            ──> goes on
//!   away ── held ──┬ another one, or none        ──> ends: the car has gone
//!                  ├ nobody can know             ──> ends: PowerLoss (or goes on: resume_after_power_loss)
//!                  └ nothing is told in time     ──> ends
//! ```

use crate::words::{ReadingContext, TriggerReason};
use iec61851::PlugIn;
use units::Instant;

use super::ac_decision::Driver;
use super::board::Board;
use super::occupancy::{Absence, Finished, Presence, Session, Stage};
use super::timers::Timer;
use super::transaction::{Ending, Transaction};
use super::trouble::Trouble;
use super::{Coordinator, SessionEvent};

/// A transaction of an earlier life of the host that does not go on: it is closed with the next reading, or without one.
#[derive(Debug)]
pub(super) struct Orphan {
    pub(super) transaction: Transaction,
    pub(super) ending: Ending,
    pub(super) until: Instant,
}

/// What a plug that is seen again says of the session that was held for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    /// It was in all the time.
    Same,
    /// It was out meanwhile.
    Another,
    /// Nobody can know: the board lost its count, or has none.
    Lost,
}

impl Verdict {
    fn of(held: Option<PlugIn>, seen: Option<PlugIn>) -> Self {
        match (held, seen) {
            (Some(held), Some(seen)) if held == seen => Self::Same,
            // The first plug after a start of the board was there already: perhaps this one.
            (Some(held), Some(seen)) if held.boot != seen.boot && seen.was_there() => Self::Lost,
            (Some(_), Some(_)) => Self::Another,
            (None, _) | (_, None) => Self::Lost,
        }
    }
}

impl Coordinator {
    /// The board does not tell any more what is at the plug: whoever is there is held.
    pub(super) fn hold(&mut self, now: Instant) {
        let until = now + self.config.session.hold();
        if let Some(session) = self.occupancy.session_mut()
            && session.presence == Presence::Seen
        {
            session.presence = Presence::Held { absence: Absence::Board, until };
        }
    }

    /// A plug is seen while a session is there: is it the session's?
    pub(super) fn seen(&mut self, now: Instant, seen: Option<PlugIn>) {
        let Some(session) = self.occupancy.session_mut() else { return };
        let (held, presence) = (session.plug_in, session.presence);
        let absence = match presence {
            Presence::Held { absence, .. } => absence,
            Presence::Seen => {
                // Another plug, although nobody saw the one before go.
                if held.is_some() && seen.is_some() && held != seen {
                    self.leave(now, Ending::GONE);
                } else {
                    session.plug_in = seen.or(held);
                }
                return;
            }
        };
        let verdict = match Verdict::of(held, seen) {
            // It is over already: that it is over is all that has to be known of it.
            Verdict::Lost if session.is_over() => Verdict::Same,
            Verdict::Lost if self.config.session.resume_after_power_loss => Verdict::Same,
            verdict @ (Verdict::Same | Verdict::Another | Verdict::Lost) => verdict,
        };
        match verdict {
            Verdict::Same => self.goes_on(now, seen, absence),
            Verdict::Another => self.leave(now, absence.ending()),
            Verdict::Lost => self.leave(now, Ending::POWER_LOSS),
        }
    }

    /// It is still there: everything is as before.
    fn goes_on(&mut self, now: Instant, seen: Option<PlugIn>, absence: Absence) {
        // A host that starts again speaks with nobody yet.
        let control = match absence {
            Absence::Host => {
                // Whoever was let in was so before; how is not kept.
                let driver = match self.occupancy.session().map(Session::driver) {
                    Some(Driver::NotYet | Driver::LetIn) | None => Driver::NotYet,
                    Some(Driver::Over) => Driver::Over,
                };
                Some(self.first_control(now, driver))
            }
            Absence::Board => None,
        };
        let Some(session) = self.occupancy.session_mut() else { return };
        session.presence = Presence::Seen;
        session.plug_in = seen;
        if let Some(control) = control {
            session.control = control;
        }
        let Some(running) = session.running() else { return };
        let transaction = running.transaction.id.clone();
        self.event(SessionEvent::TransactionResumed { transaction });
        if absence == Absence::Host {
            // OCPP 2.0.1 has no word for it: the charging state is told again.
            self.update(now, TriggerReason::ChargingStateChanged, ReadingContext::Other);
        }
    }

    /// Ends what has been held for too long.
    pub(super) fn advance_hold(&mut self, now: Instant) {
        if self.is_due(now, Timer::Hold) {
            let ending = match self.occupancy.session().map(|session| session.presence) {
                Some(Presence::Held { absence: Absence::Host, .. }) => Ending::POWER_LOSS,
                Some(Presence::Held { absence: Absence::Board, .. } | Presence::Seen) | None => Ending::BOARD_LOST,
            };
            self.leave(now, ending);
        }
    }

    /// When a session that is held ends. A board that runs must tell soon; what is over waits for as long as it takes.
    pub(super) fn held_until(&self) -> Option<Instant> {
        let session = self.occupancy.session().filter(|session| !session.is_over())?;
        let Presence::Held { until, .. } = session.presence else { return None };
        let tells_by = match self.outlet.board {
            Board::Blind(blind) => blind.runs.map(|runs| runs + self.config.session.reconcile()),
            Board::Tells { .. } => None,
        };
        Some(tells_by.map_or(until, |by| by.min(until)))
    }

    /// Whether what is unknown of the board may yet be a short interruption that nobody needs to be told of.
    pub(super) fn is_reconciling(&self, now: Instant) -> bool {
        self.alarm_at().is_some_and(|at| now < at)
    }

    /// When an interruption is not short any more.
    pub(super) fn alarm_at(&self) -> Option<Instant> {
        match self.outlet.board {
            Board::Blind(blind) => Some(blind.since + self.config.session.reconcile()),
            Board::Tells { .. } => None,
        }
    }

    /// The first trouble that is to be told: not that the board is lost, as long as it may yet be a short interruption of a
    /// session.
    pub(super) fn told_trouble(&self, now: Instant) -> Option<(&Trouble, &String)> {
        let short = self.is_reconciling(now) && self.occupancy.session().is_some();
        self.outlet.troubles.iter().find(|(trouble, _)| !(short && **trouble == Trouble::BoardLost))
    }

    /// Closes the transactions of an earlier life of the host, with the register as it stands: it has not moved since. One that
    /// cannot be true is not billed; then it is the one that was kept.
    pub(super) fn close_orphans(&mut self, now: Instant) {
        for Orphan { transaction, ending, .. } in std::mem::take(&mut self.orphans) {
            self.report_end(now, &transaction, ending);
        }
    }

    /// The meter does not answer: they are closed without a reading.
    pub(super) fn expire_orphans(&mut self, now: Instant) {
        if self.is_due(now, Timer::Orphan) {
            self.close_orphans(now);
        }
    }
}

impl Absence {
    /// Why a transaction ends whose car turns out to have gone meanwhile.
    pub(super) const fn ending(self) -> Ending {
        match self {
            Self::Board => Ending::GONE,
            Self::Host => Ending::POWER_LOSS,
        }
    }
}

impl Session {
    /// Its transaction is over, or about to be.
    const fn is_over(&self) -> bool {
        match &self.stage {
            Stage::Closing(_) | Stage::Finished(Finished { check: None, .. }) => true,
            // Somebody is about to begin another one.
            Stage::Finished(Finished { check: Some(_), .. }) => false,
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Running(_) => false,
        }
    }
}
