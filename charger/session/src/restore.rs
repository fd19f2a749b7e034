//! Keeps what of a session outlives the host, and makes something of it when the host starts again.
//!
//! ```text
//!   kept      and a short time away     ──> held, until the board tells (see `hold`)
//!   kept      and too long              ──> closed: PowerLoss, the register at boot if it can be true, its token
//!   nothing   but open at the CSMS      ──> closed likewise, without a token
//!   over      for as long as the plug is in
//! ```

use std::time::Duration;

use iec61851::{PilotState, PlugIn};
use units::Instant;

use super::authorization::Grant;
use super::control::Control;
use super::dc::Power;
use super::event::PauseReason;
use super::hold::Orphan;
use super::kept::{Earlier, Kept, KeptSession, LastKept};
use super::occupancy::{
    Absence, Closing, ClosingStep, Delivery, Finished, Occupancy, Presence, Running, Session, Stage, Standing,
};
use super::timers::Timer;
use super::transaction::{Ending, KeptTransaction, Transaction};
use super::{Coordinator, Output};

impl Coordinator {
    /// While a transaction is open the store hears this often that the host lives: so exactly is known, later, how long it was
    /// away.
    const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

    /// What of the session outlives the host.
    fn kept(&self) -> Option<Kept> {
        let (plug_in, session) = match &self.occupancy {
            Occupancy::Free(_) => return None,
            Occupancy::Leaving { transaction, ending, .. } => {
                (None, KeptSession::Left { transaction: transaction.keep(), ending: *ending })
            }
            Occupancy::Plugged(session) => (
                session.plug_in,
                match &session.stage {
                    Stage::Waiting { .. } | Stage::Authorized(_) => return None,
                    Stage::Finished(_) => KeptSession::Finished,
                    Stage::Running(Running { transaction, standing, .. }) => {
                        KeptSession::Running { transaction: transaction.keep(), standing: *standing }
                    }
                    Stage::Closing(Closing { transaction, ending, .. }) => {
                        KeptSession::Closing { transaction: transaction.keep(), ending: *ending }
                    }
                },
            ),
        };
        let register = self.outlet.meter.truth().map(|taken| taken.reading.import);
        Some(Kept { plug_in, session, register })
    }

    /// Tells the store what changed, and that the host lives.
    pub(super) fn keep(&mut self, now: Instant) {
        let kept = self.kept();
        let same = match (&kept, &self.told.kept.kept) {
            (Some(kept), Some(told)) => kept.tells_the_same(told),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !same || self.is_due(now, Timer::Keep) {
            self.told.kept = LastKept { kept: kept.clone(), at: now };
            self.emit(Output::Keep(kept.map(Box::new)));
        }
    }

    /// When the store must hear again that the host lives.
    pub(super) fn sign_of_life_at(&self) -> Option<Instant> {
        let open = self.told.kept.kept.as_ref().is_some_and(|kept| kept.session != KeptSession::Finished);
        open.then(|| self.told.kept.at + Self::SIGN_OF_LIFE)
    }

    /// Takes up what an earlier life of the host left.
    pub(super) fn restore(&mut self, now: Instant, earlier: Earlier) {
        let Earlier { kept, away, open } = earlier;
        self.told.kept = LastKept { kept: kept.clone(), at: now };
        let mut orphans = open.clone().unwrap_or_default();
        let mut take = |id: &str| {
            orphans.retain(|orphan| orphan != id);
            open.as_ref().is_none_or(|open| open.iter().any(|open| open == id))
        };
        if let Some(register) = kept.as_ref().and_then(|kept| kept.register) {
            self.outlet.meter.remember(register, away.map(|away| away + Self::SIGN_OF_LIFE));
        }
        // Whatever was open and is not any more had been reported in time: it is over.
        match kept {
            None => {}
            Some(Kept { plug_in, session: KeptSession::Finished, .. }) => self.restore_finished(now, plug_in),
            Some(Kept { session: KeptSession::Left { transaction, ending }, .. }) if take(&transaction.id) => {
                self.adopt(now, transaction, ending);
            }
            Some(Kept { session: KeptSession::Left { .. }, .. }) => {}
            Some(Kept { plug_in, session: KeptSession::Closing { transaction, ending }, .. }) => {
                if take(&transaction.id) {
                    self.restore_closing(now, plug_in, transaction, ending);
                } else {
                    self.restore_finished(now, plug_in);
                }
            }
            Some(Kept { plug_in, session: KeptSession::Running { transaction, standing }, .. }) => {
                if !take(&transaction.id) {
                    self.restore_finished(now, plug_in);
                } else if let Some(left) = self.time_left(away) {
                    self.restore_running(now, plug_in, transaction, standing, left);
                } else {
                    self.adopt(now, transaction, Ending::POWER_LOSS);
                }
            }
        }
        for id in orphans {
            let nobody = KeptTransaction { id, grant: Grant::free(), charged: false, meter_start: None };
            self.adopt(now, nobody, Ending::POWER_LOSS);
        }
        if self.occupancy.transaction().is_some() || !self.orphans.is_empty() {
            self.emit(Output::ReadMeter);
        }
    }

    /// How much longer the session may be held; `None` when the host was away for too long.
    fn time_left(&self, away: Option<Duration>) -> Option<Duration> {
        let left = self.config.session.resume_within()?.checked_sub(away?)?;
        Some(left.max(self.config.session.reconcile()))
    }

    /// The meter gets as long as it may take before it counts as lost.
    pub(super) fn first_reading_by(&self, now: Instant) -> Instant {
        now + Duration::from_secs(self.config.meter.lost_after_s.into()).max(Self::LAST_READING)
    }

    fn adopt(&mut self, now: Instant, kept: KeptTransaction, ending: Ending) {
        let transaction = Transaction::from_kept(kept, now + self.sample_interval());
        self.orphans.push(Orphan { transaction, ending, until: self.first_reading_by(now) });
    }

    fn restore_session(&mut self, plug_in: Option<PlugIn>, until: Instant, stage: Stage) {
        // The pilot is told by the board before anything follows from it; B is what draws nothing.
        let mut session = Session::new(PilotState::B, plug_in, Control::NOMINAL);
        session.presence = Presence::Held { absence: Absence::Host, until };
        session.stage = stage;
        self.occupancy = Occupancy::Plugged(Box::new(session));
    }

    fn restore_finished(&mut self, now: Instant, plug_in: Option<PlugIn>) {
        self.restore_session(plug_in, now, Stage::Finished(Finished { ended_by: None, check: None }));
    }

    fn restore_closing(&mut self, now: Instant, plug_in: Option<PlugIn>, kept: KeptTransaction, ending: Ending) {
        let until = self.first_reading_by(now);
        let transaction = Transaction::from_kept(kept, now + self.sample_interval());
        let step = ClosingStep::Reading { until };
        self.restore_session(
            plug_in,
            until,
            Stage::Closing(Closing { transaction, power: Power::Ac, ending, step, ended_by: None, next: None }),
        );
    }

    fn restore_running(
        &mut self,
        now: Instant,
        plug_in: Option<PlugIn>,
        kept: KeptTransaction,
        standing: Standing,
        left: Duration,
    ) {
        let transaction = Transaction::from_kept(kept, now + self.sample_interval());
        let delivery = Delivery::PausedByCharger(PauseReason::Error);
        let running = Running { transaction, began: now, delivery, power: Power::Ac, standing, stop_check: None };
        self.restore_session(plug_in, now + left, Stage::Running(running));
    }
}
