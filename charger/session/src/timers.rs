//! Everything that happens by itself, and when. One table: the instant by which the coordinator wants to be woken is the least
//! in it, and what does something when its time has come asks it as well, so that the two cannot differ.

use std::time::Duration;

use iec61851::PilotState;
use units::Instant;

use super::Coordinator;
use super::control::Control;
use super::dc::{DcPhase, Power};
use super::occupancy::{Delivery, DriverWithoutCar, Occupancy, Session, Stage};
use super::pilot_plan::PilotPlan;

/// What happens by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Timer {
    /// An interruption of the board is not short any more: it is told.
    Alarm,
    /// A question about a token has waited for its answer long enough.
    Check,
    /// A step of the end of a transaction has taken long enough.
    Closing,
    /// A driver who was let in has not plugged in.
    Connect,
    /// Current and offer are compared again.
    Current,
    /// A step of direct current has taken long enough.
    Dc,
    /// A higher duty goes out.
    Duty,
    /// A session that is held has been held for long enough.
    Hold,
    /// The store hears that the host lives.
    Keep,
    /// The last reading of a transaction whose car has gone has not come.
    Leaving,
    /// The meter is lost.
    Meter,
    /// The panel does not say any more what became of the last tap.
    Notice,
    /// A transaction of an earlier life of the host is closed without a reading.
    Orphan,
    /// The pilot goes on to the next step on its way to the nominal duty; or a dialog has had its time to end.
    Pilot,
    /// A reservation runs out.
    Reservation,
    /// The contactor may close again after it has opened under load.
    Rest,
    /// A periodic meter value is told.
    Sample,
    /// A car that sleeps is woken, or counts as pausing.
    WakeUp,
}

impl Timer {
    /// Every timer.
    const ALL: [Self; 18] = [
        Self::Alarm,
        Self::Check,
        Self::Closing,
        Self::Connect,
        Self::Current,
        Self::Dc,
        Self::Duty,
        Self::Hold,
        Self::Keep,
        Self::Leaving,
        Self::Meter,
        Self::Notice,
        Self::Orphan,
        Self::Pilot,
        Self::Reservation,
        Self::Rest,
        Self::Sample,
        Self::WakeUp,
    ];
}

impl Coordinator {
    /// What happens next by itself, and when.
    pub(super) fn next_timer(&self) -> Option<(Timer, Instant)> {
        let running = Timer::ALL.into_iter().filter_map(|timer| Some((timer, self.timer(timer)?)));
        running.min_by_key(|(_, at)| *at)
    }

    /// The next instant at which something happens by itself.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.next_timer().map(|(_, at)| at)
    }

    /// Whether the time has come.
    pub(super) fn is_due(&self, now: Instant, timer: Timer) -> bool {
        self.timer(timer).is_some_and(|at| at <= now)
    }

    /// When; `None` while it does not run.
    fn timer(&self, timer: Timer) -> Option<Instant> {
        match timer {
            Timer::Alarm => self.alarm_at().filter(|at| self.now < *at),
            Timer::Check => self.check().map(|check| check.until),
            Timer::Closing => self.occupancy.closing().map(|closing| closing.step.until()),
            Timer::Connect => match &self.occupancy {
                Occupancy::Free(DriverWithoutCar::Granted { until, .. }) => Some(*until),
                Occupancy::Free(DriverWithoutCar::Checking(_) | DriverWithoutCar::Nobody)
                | Occupancy::Leaving { .. }
                | Occupancy::Plugged(_) => None,
            },
            Timer::Current => self.over_current.deadline(),
            Timer::Dc => self.occupancy.session().and_then(Session::power).and_then(Power::dc).and_then(DcPhase::until),
            Timer::Duty => self.pacing.deadline(),
            Timer::Hold => self.held_until(),
            Timer::Keep => self.sign_of_life_at(),
            Timer::Leaving => match &self.occupancy {
                Occupancy::Leaving { until, .. } => Some(*until),
                Occupancy::Free(_) | Occupancy::Plugged(_) => None,
            },
            Timer::Meter => self.outlet.meter.deadline(),
            Timer::Notice => self.notice.as_ref().map(|notice| notice.until),
            Timer::Orphan => self.orphans.iter().map(|orphan| orphan.until).min(),
            Timer::Pilot => self.occupancy.session().and_then(|session| session.control.until()),
            Timer::Reservation => self.outlet.reservation.as_ref().map(|reservation| reservation.expires),
            Timer::Rest => (self.outlet.rests_until > self.now).then_some(self.outlet.rests_until),
            Timer::Sample => {
                self.occupancy.session().and_then(Session::transaction).map(|transaction| transaction.next_sample)
            }
            Timer::WakeUp => self.wakes_up_at(),
        }
    }

    /// When a car that sleeps in B with the nominal duty has slept long enough.
    fn wakes_up_at(&self) -> Option<Instant> {
        let session = self.occupancy.session()?;
        match &session.control {
            Control::Basic(PilotPlan::Nominal) if session.pilot == PilotState::B => {}
            // One that is spoken with is not woken by a pulse.
            Control::Basic(_) | Control::Digital(_) => return None,
        }
        match &session.stage {
            Stage::Running(running) => match running.delivery {
                Delivery::Prepared { since, .. } => {
                    Some(since + Duration::from_secs(self.config.pilot.wake_up_after_s.into()))
                }
                Delivery::Idle | Delivery::Flowing | Delivery::PausedByCar | Delivery::PausedByCharger(_) => None,
            },
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Closing(_) | Stage::Finished(_) => None,
        }
    }
}
