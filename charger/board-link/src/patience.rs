//! How much a link may lose before it is given up, and why so much.

use std::time::Duration;

use wire::tux_evse::BEAT_MS;

/// Settings of a link.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Patience {
    /// A board of ours is given up when no valid word came for this: four of its beats. The board gives up a host after the
    /// same time, so that the contactor is open within 3 s whichever direction fails.
    pub silence: Duration,
    /// A plain Tux-EVSE firmware beats each 3 s: one beat may be lost, and one late.
    pub plain_silence: Duration,
    /// A word that is not answered is said again. The longest answer is on a line of 115200 baud for 4 ms, and a board has
    /// turns of some milliseconds.
    pub repeat: Duration,
    /// How often a board is asked who it is until it answers. A board that does anything else first has time for it.
    pub hello: Duration,
    /// How long a firmware that gave itself away as a plain one may still say that it is one of ours of an older version: it
    /// does so in its next turn.
    pub info: Duration,
    /// Of the last 32 messages at most so many may be damaged. Up to three of four the repetitions carry a withdrawal over
    /// within a second (20 attempts, of which 0.75^20 = 0.3 % fail); beyond that nothing is promised any more.
    pub most_damaged: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            silence: Duration::from_millis(4 * BEAT_MS),
            plain_silence: Duration::from_secs(7),
            repeat: Duration::from_millis(50),
            hello: Duration::from_millis(200),
            info: Duration::from_millis(200),
            most_damaged: 24,
        }
    }
}

/// What became of the last 32 messages.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noise {
    /// A bit for each, the newest lowest: damaged.
    last: u32,
    total: u64,
}

impl Noise {
    /// A message was in order.
    pub(crate) const fn good(&mut self) {
        self.last <<= 1;
    }

    /// A message was damaged; answers how many of the last 32 were.
    pub(crate) const fn damaged(&mut self) -> u32 {
        self.last = self.last << 1 | 1;
        self.total += 1;
        self.last.count_ones()
    }

    /// The link begins anew; what it has lost in its life is remembered.
    pub(crate) const fn forget(&mut self) {
        self.last = 0;
    }

    /// How many were damaged since the link was made.
    pub(crate) const fn total(self) -> u64 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_32_messages_counts_no_more() {
        let mut noise = Noise::default();
        assert_eq!((noise.damaged(), noise.damaged()), (1, 2));
        for _ in 0..31 {
            noise.good();
        }
        assert_eq!(noise.damaged(), 1);
        noise.forget();
        assert_eq!((noise.damaged(), noise.total()), (1, 4));
    }
}
