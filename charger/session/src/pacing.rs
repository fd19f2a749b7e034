//! How often the duty rises.

use std::time::Duration;

use iec61851::{Offer, PilotSignal};
use units::{Instant, Milliamps};

/// Paces the duty: a car may take 5 s to follow each change (IEC 61851-1, table A.6), and what it takes meanwhile is compared
/// with what it was offered. A lower duty goes out at once, for a fuse does not wait; a higher one when the last change is
/// long enough ago. The first offer, and the first one after a pause, wait for nothing.
#[derive(Debug, Default)]
pub(super) struct Pacing {
    /// When the duty changed last.
    changed: Instant,
    /// A higher duty waits until then.
    waits: Option<Instant>,
}

impl Pacing {
    /// Between a change of the duty and the next one that raises it: the 5 s of the car, and the way there and back.
    const BETWEEN: Duration = Duration::from_secs(6);

    /// What is driven now, where this was driven so far and that is wanted.
    pub(super) fn pace(&mut self, now: Instant, driven: Option<PilotSignal>, wanted: PilotSignal) -> PilotSignal {
        self.waits = None;
        let Some(before) = driven.and_then(offered) else {
            self.changed = now;
            return wanted;
        };
        let Some(after) = offered(wanted) else { return wanted };
        let due = self.changed + Self::BETWEEN;
        match driven {
            Some(held) if after > before && now < due => {
                self.waits = Some(due);
                held
            }
            Some(_) | None => {
                if after != before {
                    self.changed = now;
                }
                wanted
            }
        }
    }

    /// When a higher duty goes out.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.waits
    }
}

/// The current that a signal offers, if it offers one.
pub(super) fn offered(signal: PilotSignal) -> Option<Milliamps> {
    match signal {
        PilotSignal::Pwm(duty) => match duty.offer() {
            Offer::Current(current) => Some(current),
            Offer::Digital | Offer::None => None,
        },
        PilotSignal::E | PilotSignal::F | PilotSignal::X1 => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iec61851::Duty;

    #[test]
    fn a_lower_duty_goes_out_at_once_and_a_higher_one_waits() {
        let mut pacing = Pacing::default();
        let (mut driven, mut story) = (None, String::new());
        // (seconds, amperes wanted; 0 is none): what is driven then.
        for (at, wanted) in
            [(0, 16), (1, 20), (5, 20), (6, 20), (7, 10), (8, 8), (13, 20), (14, 20), (15, 0), (16, 32), (17, 6)]
        {
            let wanted = Duty::advertise(Milliamps::from_amps(wanted)).map_or(PilotSignal::X1, PilotSignal::Pwm);
            let now = Instant::from_millis(at * 1000);
            let next = pacing.pace(now, driven, wanted);
            story += &format!("{at} s {next}");
            story += &pacing.deadline().map_or_else(|| "\n".into(), |at| format!(", {wanted} at {at}\n"));
            driven = Some(next);
        }
        assert_eq!(
            story,
            "0 s PWM 26.6 %\n\
             1 s PWM 26.6 %, PWM 33.3 % at 00:00:06.000\n\
             5 s PWM 26.6 %, PWM 33.3 % at 00:00:06.000\n\
             6 s PWM 33.3 %\n\
             7 s PWM 16.6 %\n\
             8 s PWM 13.3 %\n\
             13 s PWM 13.3 %, PWM 33.3 % at 00:00:14.000\n\
             14 s PWM 33.3 %\n\
             15 s X1\n\
             16 s PWM 53.3 %\n\
             17 s PWM 10.0 %\n"
        );
    }
}
