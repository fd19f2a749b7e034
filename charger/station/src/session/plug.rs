//! A car comes and goes.

use iec61851::PilotState;
use ocpp::{ReservationUpdate, StoppedReason, TriggerReason};
use units::Instant;

use super::authorization::{Grant, Purpose};
use super::occupancy::{Authorization, Delivery, Occupancy, Session, Visitor};
use super::pilot_plan::PilotPlan;
use super::reservation::Reservation;
use super::transaction::{Ending, Transaction};
use super::{Coordinator, Output, SessionEvent};
use crate::config::AuthorizationMode;

impl Coordinator {
    /// The board saw another pilot state.
    pub(super) fn pilot(&mut self, now: Instant, state: PilotState) {
        self.outlet.pilot = state;
        match state {
            PilotState::A => self.unplugged(now),
            PilotState::B | PilotState::C | PilotState::D => {
                if let Occupancy::Plugged(session) = &mut self.occupancy {
                    session.pilot = state;
                }
            }
            // E and F come with a fault, or because the charger drives F itself; the car is not thereby gone.
            PilotState::E | PilotState::F => {}
        }
    }

    /// Starts a session if a car is there and nothing speaks against it. A car that came while a fault was present, or
    /// while the host was away, is taken in later by the same test.
    pub(super) fn take_in(&mut self, now: Instant) {
        let present = matches!(self.outlet.pilot, PilotState::B | PilotState::C | PilotState::D);
        if !present || !self.outlet.board || !self.outlet.troubles.is_empty() || !self.outlet.operative {
            return;
        }
        let visitor = match &mut self.occupancy {
            Occupancy::Free(visitor) => std::mem::take(visitor),
            Occupancy::Plugged(_) | Occupancy::Leaving { .. } => return,
        };
        let authorization = match visitor {
            Visitor::Nobody if self.config.authorization.mode == AuthorizationMode::Free => {
                Authorization::Granted(Grant::free())
            }
            Visitor::Nobody => Authorization::Awaiting,
            Visitor::Checking(check) => Authorization::Checking(check),
            Visitor::Granted { grant, .. } => Authorization::Granted(grant),
        };
        self.event(SessionEvent::SessionStarted);
        match &authorization {
            Authorization::Awaiting => self.event(SessionEvent::AuthRequired),
            Authorization::Granted(Grant { token: None, .. }) => {
                self.event(SessionEvent::Authorized { token: "nobody needs one".into() });
            }
            Authorization::Checking(_) | Authorization::Granted(_) => {}
        }
        let plan = PilotPlan::begin(&self.config.pilot, now);
        self.occupancy = Occupancy::Plugged(Box::new(Session::new(self.outlet.pilot, plan, authorization)));
        // Whoever was authorized before had no car: that the cable is in now is what begins the transaction.
        self.begin_transaction(now, TriggerReason::CablePluggedIn);
    }

    fn unplugged(&mut self, now: Instant) {
        self.outlet.cable = None;
        let session = match std::mem::replace(&mut self.occupancy, Occupancy::Free(Visitor::Nobody)) {
            Occupancy::Plugged(session) => session,
            elsewhere @ (Occupancy::Free(_) | Occupancy::Leaving { .. }) => {
                self.occupancy = elsewhere;
                return;
            }
        };
        // From here on nothing of the session is left but the transaction that has to be closed.
        let Session { transaction, closing, delivery, .. } = *session;
        let Some(transaction) = transaction else {
            self.event(SessionEvent::SessionFinished);
            return;
        };
        if delivery != Delivery::Idle && closing.is_none() {
            self.event(SessionEvent::ChargingFinished);
        }
        let ending = closing.map_or(
            Ending { trigger: TriggerReason::EVCommunicationLost, reason: StoppedReason::EVDisconnected },
            super::occupancy::Closing::ending,
        );
        self.occupancy = Occupancy::Leaving { transaction, ending, until: now + Self::LAST_READING };
        self.emit(Output::ReadMeter);
    }

    /// Starts the transaction once a car is there and its driver is authorized.
    pub(super) fn begin_transaction(&mut self, now: Instant, trigger: TriggerReason) {
        let Occupancy::Plugged(session) = &self.occupancy else { return };
        let Some(grant) = session.granted().cloned() else { return };
        let held_for_another = self.outlet.reservation.as_ref().is_some_and(|held| !held.admits(&grant));
        if session.transaction.is_some() || session.finished || held_for_another {
            return;
        }
        let reservation = self.outlet.reservation.take();
        let id = uuid((self.ids)());
        let reading = self.outlet.reading;
        let cable = self.limits().cable;
        let mut transaction =
            Transaction::new(id.clone(), grant, reservation.as_ref().map(|held| held.id), reading.as_ref(), cable, now);
        transaction.schedule_sample(now, self.sample_interval());
        if let Some(reservation) = reservation {
            self.event(SessionEvent::ReservationEnd { id: reservation.id });
        }
        let report = transaction.report(
            ocpp::Stage::Started,
            now,
            trigger,
            reading.as_ref().map(|reading| (reading, ocpp::ReadingContext::TransactionBegin)),
            None,
        );
        if let Occupancy::Plugged(session) = &mut self.occupancy {
            session.transaction = Some(transaction);
        }
        self.event(SessionEvent::TransactionStarted { transaction: id });
        self.emit(Output::Report(report));
    }

    /// What a checked token was good for, when a car is there.
    pub(super) const fn start_trigger(purpose: Purpose) -> TriggerReason {
        match purpose {
            Purpose::Start { remote_start: Some(_) } => TriggerReason::RemoteStart,
            Purpose::Start { remote_start: None } => TriggerReason::Authorized,
            Purpose::Stop => TriggerReason::StopAuthorized,
        }
    }

    pub(super) fn end_reservation(&mut self, reservation: &Reservation, update: ReservationUpdate) {
        let id = reservation.id;
        self.event(SessionEvent::ReservationEnd { id });
        self.emit(Output::Reservation { id, update });
    }
}

/// A random 128-bit number as a version 4 UUID, the form OCPP asks of a transaction id.
fn uuid(random: u128) -> String {
    let bits = (random & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
