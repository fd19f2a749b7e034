//! A register of a house meter. Its checksum has six bits: two flipped bits in a digit pass it now and then. A register only
//! grows, and no faster than a house can draw; whatever else is told is not believed at once.

use std::time::Duration;

use tokio::time::Instant;
use units::MilliwattHours;

/// What the largest of these meters lets through, 36 kVA, and some.
const MOST_WATTS: i64 = 40_000;
/// What a register may be ahead of its time by: it counts whole watt hours, and frames are late.
const SLACK: MilliwattHours = MilliwattHours::from_watt_hours(100);
/// A register that has really changed, as with another meter, is told so often in a row.
const BELIEVED: u8 = 5;

/// A register, as it was last believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Register {
    energy: MilliwattHours,
    at: Instant,
    /// What was told instead of what can be: the newest such value, and how often in a row.
    doubtful: Option<(MilliwattHours, u8)>,
}

impl Register {
    pub(super) const fn new(now: Instant, energy: MilliwattHours) -> Self {
        Self { energy, at: now, doubtful: None }
    }

    pub(super) const fn energy(&self) -> MilliwattHours {
        self.energy
    }

    /// The meter tells a value; whether it is believed.
    pub(super) fn tell(&mut self, now: Instant, told: MilliwattHours) -> bool {
        let elapsed = now.duration_since(self.at);
        if can_follow(self.energy, told, elapsed) {
            *self = Self::new(now, told);
            return true;
        }
        let times = match self.doubtful {
            Some((before, times)) if can_follow(before, told, elapsed) => times + 1,
            _ => 1,
        };
        if times < BELIEVED {
            self.doubtful = Some((told, times));
            return false;
        }
        *self = Self::new(now, told);
        true
    }
}

/// Whether a register may show that so much later.
fn can_follow(before: MilliwattHours, told: MilliwattHours, elapsed: Duration) -> bool {
    let grown = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX).saturating_mul(MOST_WATTS) / 3600;
    let most = before.0.saturating_add(grown).saturating_add(SLACK.0);
    (before.0..=most).contains(&told.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUE: MilliwattHours = MilliwattHours::from_watt_hours(31_427_787);
    const FLIPPED: MilliwattHours = MilliwattHours::from_watt_hours(121_427_787);

    #[test]
    fn flipped_bits_are_not_believed_and_a_register_goes_on() {
        let now = Instant::now();
        let second = |number| now + Duration::from_secs(number);
        let mut register = Register::new(now, TRUE);
        assert!(!register.tell(second(1), FLIPPED));
        assert!(!register.tell(second(2), MilliwattHours::from_watt_hours(1_427_787)), "nor a fall");
        assert_eq!(register.energy(), TRUE);
        let next = MilliwattHours::from_watt_hours(31_427_797);
        assert!(register.tell(second(3), next));
        assert_eq!(register.energy(), next);
    }

    #[test]
    fn a_register_that_began_flipped_and_one_of_another_meter_are_believed_when_they_stay() {
        let now = Instant::now();
        let mut register = Register::new(now, FLIPPED);
        let believed: Vec<_> = (1..=6).map(|second| register.tell(now + Duration::from_secs(second), TRUE)).collect();
        assert_eq!(believed, [false, false, false, false, true, true]);
        assert_eq!(register.energy(), TRUE);
    }

    #[test]
    fn after_a_silence_a_register_may_have_grown() {
        let now = Instant::now();
        let mut register = Register::new(now, TRUE);
        let night = MilliwattHours::from_watt_hours(31_427_787 + 250_000);
        assert!(!register.tell(now + Duration::from_secs(3600), night), "250 kWh in an hour");
        assert!(register.tell(now + Duration::from_secs(8 * 3600), night));
    }
}
