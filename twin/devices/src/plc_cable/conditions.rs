//! What a power line does to frames.

use std::time::Duration;

/// What a power line does to the frames on it. Shares are in thousandths of all frames; each frame has its own lot, which follows
/// from the seed of the cable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Conditions {
    /// So much weaker than it was sent a sound arrives at the other end, dB. Captured pairs have 10 to 25.
    pub attenuation_db: u8,
    /// From one end to the other. Green PHY waits for its turn and is confirmed: some milliseconds.
    pub delay: Duration,
    /// At most so much later than that, another time for each frame. Frames stay in their order.
    pub jitter: Duration,
    /// Lost.
    pub lost: u16,
    /// Arrives twice.
    pub doubled: u16,
    /// Arrives behind the frame that was sent next, or 50 ms later if none is.
    pub late: u16,
    /// Arrives with one bit turned, as if its check sequence were right.
    pub damaged: u16,
    /// From two modems that have the same key to their link.
    pub join_time: Duration,
}

/// One of the conditions; see [`Conditions`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Condition {
    /// All are those of a good cable.
    Good,
    /// How much weaker a sound arrives, dB.
    Attenuation(u8),
    /// How long a frame takes.
    Delay(Duration),
    /// How much longer at most.
    Jitter(Duration),
    /// Thousandths that are lost.
    Lost(u16),
    /// Thousandths that arrive twice.
    Doubled(u16),
    /// Thousandths that arrive late.
    Late(u16),
    /// Thousandths that arrive damaged.
    Damaged(u16),
    /// How far the signal is above the noise, dB.
    Signal(u8),
    /// How long modems take to find each other.
    JoinTime(Duration),
}

impl Conditions {
    /// The same, but for one.
    #[must_use]
    pub const fn with(self, condition: Condition) -> Self {
        match condition {
            Condition::Good => Self::GOOD,
            Condition::Attenuation(attenuation_db) => Self { attenuation_db, ..self },
            Condition::Delay(delay) => Self { delay, ..self },
            Condition::Jitter(jitter) => Self { jitter, ..self },
            Condition::Lost(lost) => Self { lost, ..self },
            Condition::Doubled(doubled) => Self { doubled, ..self },
            Condition::Late(late) => Self { late, ..self },
            Condition::Damaged(damaged) => Self { damaged, ..self },
            Condition::Signal(db) => self.with_signal_above_noise(db),
            Condition::JoinTime(join_time) => Self { join_time, ..self },
        }
    }

    /// A good cable.
    pub const GOOD: Self = Self {
        attenuation_db: 12,
        delay: Duration::from_millis(2),
        jitter: Duration::ZERO,
        lost: 0,
        doubled: 0,
        late: 0,
        damaged: 0,
        join_time: Duration::from_millis(300),
    };

    /// A cable with so much less signal than a good one that frames get lost: of each thousand one is lost at 10 dB above the noise,
    /// half of them at 3 dB, all at 0 dB.
    #[must_use]
    pub const fn with_signal_above_noise(self, db: u8) -> Self {
        const LOST: [u16; 11] = [1000, 900, 700, 500, 300, 150, 70, 30, 10, 4, 1];
        let lost = if db as usize >= LOST.len() { 0 } else { LOST[db as usize] };
        Self { lost, ..self }
    }
}

impl Default for Conditions {
    fn default() -> Self {
        Self::GOOD
    }
}
