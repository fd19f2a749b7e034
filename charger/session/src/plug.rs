//! A car comes and goes.

use crate::words::TriggerReason;
use iec61851::{PilotState, PlugIn};
use units::Instant;

use super::ac_decision::Driver;
use super::authorization::Grant;
use super::occupancy::{
    Bolt, Closing, Delivery, DriverWithoutCar, Finished, Occupancy, Presence, Running, Session, Stage, Standing,
};
use super::transaction::{Ending, Transaction};
use super::{Coordinator, Output, SessionEvent};

impl Coordinator {
    /// The board tells the state of the pilot.
    pub(super) fn pilot(&mut self, now: Instant, state: PilotState, plug_in: Option<PlugIn>) {
        match state {
            PilotState::A => self.unplugged(now),
            PilotState::B | PilotState::C | PilotState::D => {
                self.seen(now, plug_in);
                if let Some(session) = self.occupancy.session_mut() {
                    let before = std::mem::replace(&mut session.pilot, state);
                    self.car_moves(now, before, state);
                }
            }
            // E and F come with a fault, or because the charger drives F itself; the car is not thereby gone.
            PilotState::E | PilotState::F => {}
        }
    }

    /// Starts a session if a car is there and nothing speaks against it. A car that came while a fault was present, or
    /// while the host was away, is taken in later by the same test.
    pub(super) fn take_in(&mut self, now: Instant) {
        let Some(pilot @ (PilotState::B | PilotState::C | PilotState::D)) = self.outlet.board.pilot() else { return };
        // What an earlier life of the host left open is closed before another transaction can begin.
        if !self.outlet.troubles.is_empty() || !self.outlet.operative || !self.orphans.is_empty() {
            return;
        }
        let driver = match &mut self.occupancy {
            Occupancy::Free(driver) => std::mem::take(driver),
            Occupancy::Plugged(_) | Occupancy::Leaving { .. } => return,
        };
        let let_in = match &driver {
            DriverWithoutCar::Granted { .. } => Driver::LetIn,
            DriverWithoutCar::Checking(_) | DriverWithoutCar::Nobody => Driver::NotYet,
        };
        let control = self.first_control(now, let_in);
        let mut session = Session::new(pilot, self.outlet.board.plug_in(), control);
        let mut granted = None;
        match driver {
            DriverWithoutCar::Nobody => {}
            DriverWithoutCar::Checking(check) => session.stage = Stage::Waiting { check: Some(check) },
            DriverWithoutCar::Granted { grant, .. } => granted = Some(grant),
        }
        let asks = granted.is_none() && session.is_fresh() && !self.lets_everybody_in();
        self.occupancy = Occupancy::Plugged(Box::new(session));
        self.event(SessionEvent::SessionStarted);
        if asks {
            self.event(SessionEvent::AuthRequired);
        }
        // Whoever was authorized before had no car: that the cable is in now is what begins the transaction.
        if let Some(grant) = granted {
            self.begin_transaction(now, grant, TriggerReason::CablePluggedIn);
        }
    }

    /// Whoever plugs in may begin.
    fn lets_everybody_in(&self) -> bool {
        self.is_free() && self.outlet.reservation.is_none()
    }

    /// Where nobody needs a token, plugging in is all that a driver does. It lets in once: after a transaction only the CSMS, or
    /// the next plug, begins another.
    pub(super) fn let_in(&mut self, now: Instant) {
        let waits = self.occupancy.session().is_some_and(|session| session.is_seen() && session.is_fresh());
        let ready = self.outlet.board.tells_all() && self.outlet.troubles.is_empty() && self.outlet.operative;
        let last = self.outlet.disable_when_idle || self.starts_again_next();
        if waits && ready && !last && self.lets_everybody_in() {
            self.event(SessionEvent::Authorized { token: "nobody needs one".into() });
            self.begin_transaction(now, Grant::free(), TriggerReason::CablePluggedIn);
        }
    }

    fn unplugged(&mut self, now: Instant) {
        self.another_car(now);
        let ending = match self.occupancy.session().map(|session| session.presence) {
            Some(Presence::Held { absence, .. }) => absence.ending(),
            Some(Presence::Seen) | None => Ending::GONE,
        };
        self.leave(now, ending);
    }

    /// The session is over with its plug. A transaction that runs ends so.
    pub(super) fn leave(&mut self, now: Instant, gone: Ending) {
        let session = match std::mem::replace(&mut self.occupancy, Occupancy::Free(DriverWithoutCar::Nobody)) {
            Occupancy::Plugged(session) => session,
            elsewhere @ (Occupancy::Free(_) | Occupancy::Leaving { .. }) => {
                self.occupancy = elsewhere;
                return;
            }
        };
        // From here on nothing of the session is left but the transaction that has to be closed.
        let (transaction, ending, check, next) = match session.stage {
            Stage::Authorized(_) => {
                self.event(SessionEvent::SessionFinished);
                return;
            }
            Stage::Waiting { check } | Stage::Finished(Finished { check, .. }) => {
                self.event(SessionEvent::SessionFinished);
                if let Some(check) = check {
                    self.refuse(now, &check.token, "the plug was pulled before the answer came");
                }
                return;
            }
            Stage::Running(Running { transaction, delivery, stop_check, .. }) => {
                if delivery != Delivery::Idle {
                    self.event(SessionEvent::ChargingFinished);
                }
                (transaction, gone, stop_check, None)
            }
            Stage::Closing(Closing { transaction, ending, next, .. }) => (transaction, ending, None, next),
        };
        let until =
            if self.outlet.meter.truth().is_some() { now + Self::LAST_READING } else { self.first_reading_by(now) };
        self.occupancy = Occupancy::Leaving { transaction, ending, until, next };
        self.emit(Output::ReadMeter);
        if let Some(check) = check {
            self.refuse(now, &check.token, ENDED_MEANWHILE);
        }
    }

    /// Begins the transaction of a car that waits for one.
    pub(super) fn begin_transaction(&mut self, now: Instant, grant: Grant, trigger: TriggerReason) {
        if let Some(session) = self.occupancy.session_mut() {
            session.authorize(grant);
        }
        let Some(grant) = self.occupancy.session_mut().and_then(Session::take_grant) else { return };
        let reservation = self.outlet.reservation.take();
        let id = uuid((self.ids)());
        let first = self.outlet.meter.truth();
        let cable = self.limits().cable;
        let mut transaction =
            Transaction::new(id.clone(), grant, reservation.as_ref().map(|held| held.id), first, cable, now);
        transaction.schedule_sample(now, self.sample_interval());
        if let Some(reservation) = reservation {
            self.event(SessionEvent::ReservationEnd { id: reservation.id });
        }
        let report = transaction.report(
            self.evse,
            crate::words::TransactionStage::Started,
            now,
            trigger,
            first.map(|taken| (taken, crate::words::ReadingContext::TransactionBegin)),
            None,
        );
        let power = self.power_at_the_start(now);
        if let Some(session) = self.occupancy.session_mut() {
            session.bolt = Bolt::Follows;
            session.stage = Stage::Running(Running {
                transaction,
                began: now,
                delivery: Delivery::Idle,
                power,
                standing: Standing::Good,
                stop_check: None,
            });
        }
        self.notice = None;
        self.event(SessionEvent::TransactionStarted { transaction: id });
        self.emit(Output::Report(report));
    }
}

/// Why a token that wanted to end a transaction did not.
pub(super) const ENDED_MEANWHILE: &str = "the session has ended before the answer came";

/// A random 128-bit number as a version 4 UUID, the form OCPP asks of a transaction id.
fn uuid(random: u128) -> String {
    let bits = (random & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
