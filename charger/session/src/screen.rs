//! What the panel shows.

use hardware::{Screen, Sign};
use units::{Instant, MilliwattHours, Watts};

use super::Coordinator;
use super::board::Contactor;
use super::event::PauseReason;
use super::notice::NoticeKind;
use super::occupancy::{Delivery, DriverWithoutCar, Finished, Occupancy, Session, Stage};

impl Coordinator {
    /// What the panel shows now.
    pub(super) fn screen(&self, now: Instant) -> Screen {
        let trouble = self.told_trouble(now);
        let refused = self.notice.as_ref().is_some_and(|notice| notice.kind == NoticeKind::Refused);
        let (sign, energy) = match &self.occupancy {
            _ if trouble.is_some() => (Sign::Faulted, MilliwattHours::ZERO),
            Occupancy::Free(_) if !self.outlet.operative => (Sign::Unavailable, MilliwattHours::ZERO),
            Occupancy::Free(DriverWithoutCar::Checking(_)) => (Sign::Checking, MilliwattHours::ZERO),
            Occupancy::Free(DriverWithoutCar::Granted { .. }) => (Sign::Authorized, MilliwattHours::ZERO),
            Occupancy::Free(DriverWithoutCar::Nobody) if refused => (Sign::Refused, MilliwattHours::ZERO),
            Occupancy::Free(DriverWithoutCar::Nobody) if self.outlet.reservation.is_some() => {
                (Sign::Reserved, MilliwattHours::ZERO)
            }
            Occupancy::Free(DriverWithoutCar::Nobody) => (Sign::Available, MilliwattHours::ZERO),
            Occupancy::Leaving { .. } => (Sign::Finished, MilliwattHours::ZERO),
            Occupancy::Plugged(session) if refused && session.is_fresh() => (Sign::Refused, MilliwattHours::ZERO),
            Occupancy::Plugged(session) => (self.sign(session), self.session_energy(session)),
        };
        let power = if sign == Sign::Charging {
            self.outlet.meter.truth().map_or(Watts::ZERO, |now| now.reading.power.total())
        } else {
            Watts::ZERO
        };
        let note = trouble.map(|(trouble, detail)| format!("{trouble}: {detail}"));
        let note = note
            .or_else(|| self.notice.as_ref().map(|notice| notice.text.clone()))
            .or_else(|| self.note_of_the_lost().map(Into::into));
        Screen {
            sign,
            // Shown in steps a person can follow, so that the panel is not redrawn at every reading.
            energy: MilliwattHours(energy.0 / 100_000 * 100_000),
            power: Watts(power.0 / 100 * 100),
            limit: self.limit().value(),
            note: note.unwrap_or_default(),
        }
    }

    fn sign(&self, session: &Session) -> Sign {
        match &session.stage {
            Stage::Waiting { check: Some(_) } | Stage::Finished(Finished { check: Some(_), .. }) => Sign::Checking,
            Stage::Waiting { check: None } => Sign::PresentToken,
            Stage::Finished(Finished { check: None, .. }) => Sign::Finished,
            Stage::Authorized(_) => Sign::Ready,
            Stage::Running(running) => match running.delivery {
                Delivery::Idle | Delivery::Prepared { .. } => Sign::Ready,
                Delivery::Flowing => Sign::Charging,
                Delivery::PausedByCar => Sign::PausedByCar,
                Delivery::PausedByCharger(PauseReason::Error | PauseReason::NoEnergy | PauseReason::Rejected) => {
                    Sign::PausedByCharger
                }
            },
            Stage::Closing(_) if self.outlet.board.contactor() == Contactor::Closed => Sign::Charging,
            Stage::Closing(_) => Sign::Finished,
        }
    }

    fn session_energy(&self, session: &Session) -> MilliwattHours {
        match (session.transaction(), self.outlet.meter.truth()) {
            (Some(transaction), Some(taken)) => transaction.energy(&taken.reading),
            (Some(_) | None, _) => MilliwattHours::ZERO,
        }
    }
}
