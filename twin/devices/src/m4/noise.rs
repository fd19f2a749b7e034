//! What is wrong with the link of a board: one direction is dead, or messages arrive damaged.

/// What is wrong with the link.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum M4Fault {
    /// Of each million bits on a serial line so many are wrong, in either direction.
    BitErrors(u32),
    /// Of the messages that it sends so many are damaged, spread evenly.
    Damages {
        /// So many
        messages: u8,
        /// of so many.
        of: u8,
    },
    /// Nothing that is sent to it arrives.
    Deaf,
    /// Nothing that it sends goes out.
    Mute,
}

impl M4Fault {
    /// What it sends breaks off: the end of each message is missing, or on a serial line a byte is wrong.
    pub const GARBLED: Self = Self::Damages { messages: 1, of: 1 };
}

/// The link as it is.
#[derive(Debug)]
pub(super) struct Noise {
    pub(super) fault: Option<M4Fault>,
    /// Messages sent since the fault began.
    sent: u64,
    /// The next message is damaged, whatever else is wrong: from the board, to the board.
    next_up: bool,
    next_down: bool,
    /// Which bits are wrong follows from this.
    random: u64,
}

impl Noise {
    pub(super) const fn new(seed: u64) -> Self {
        Self { fault: None, sent: 0, next_up: false, next_down: false, random: seed }
    }

    pub(super) fn set(&mut self, fault: Option<M4Fault>) {
        if self.fault != fault {
            self.fault = fault;
            self.sent = 0;
        }
    }

    pub(super) const fn damage_next_up(&mut self) {
        self.next_up = true;
    }

    pub(super) const fn damage_next_down(&mut self) {
        self.next_down = true;
    }

    /// Whether the message that is sent now is damaged.
    pub(super) fn damages_up(&mut self) -> bool {
        let by_chance = match self.fault {
            Some(M4Fault::Damages { messages, of }) if of > 0 => {
                let share = |sent: u64| sent * u64::from(messages) / u64::from(of);
                share(self.sent) != share(self.sent + 1)
            }
            Some(M4Fault::Damages { .. } | M4Fault::BitErrors(_) | M4Fault::Deaf | M4Fault::Mute) | None => false,
        };
        self.sent += 1;
        std::mem::take(&mut self.next_up) || by_chance
    }

    /// Whether the message that arrives now is damaged.
    pub(super) const fn damages_down(&mut self) -> bool {
        std::mem::replace(&mut self.next_down, false)
    }

    /// Whether what arrives now is as it was sent.
    pub(super) const fn is_quiet(&self) -> bool {
        !self.next_down && !self.turns_bits()
    }

    /// Whether bits are turned over in either direction.
    pub(super) const fn turns_bits(&self) -> bool {
        matches!(self.fault, Some(M4Fault::BitErrors(_)))
    }

    /// Turns bits over, where this line does.
    pub(super) fn turn_bits(&mut self, bytes: &mut [u8]) {
        let Some(M4Fault::BitErrors(per_million)) = self.fault else { return };
        for byte in bytes {
            for bit in 0..8 {
                if self.draw() % 1_000_000 < u64::from(per_million) {
                    *byte ^= 1 << bit;
                }
            }
        }
    }

    /// Splitmix64: the same seed, the same noise.
    const fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_damaged_messages_is_spread_evenly() {
        let mut noise = Noise::new(0);
        noise.set(Some(M4Fault::Damages { messages: 3, of: 4 }));
        let damaged: Vec<_> = (0..8).map(|_| noise.damages_up()).collect();
        assert_eq!(damaged, [false, true, true, true, false, true, true, true]);
        noise.set(Some(M4Fault::GARBLED));
        assert!((0..5).all(|_| noise.damages_up()));
        noise.set(None);
        noise.damage_next_up();
        assert_eq!([noise.damages_up(), noise.damages_up()], [true, false]);
        noise.damage_next_down();
        assert_eq!([noise.damages_down(), noise.damages_down()], [true, false]);
    }

    #[test]
    fn one_bit_of_a_hundred_is_about_one_of_a_hundred_and_the_same_ones_for_a_seed() {
        let turned = |seed| {
            let mut noise = Noise::new(seed);
            noise.set(Some(M4Fault::BitErrors(10_000)));
            let mut bytes = vec![0; 10_000];
            noise.turn_bits(&mut bytes);
            bytes
        };
        let ones: u32 = turned(7).iter().map(|byte: &u8| byte.count_ones()).sum();
        assert!((700..900).contains(&ones), "{ones}");
        assert_eq!(turned(7), turned(7));
        assert_ne!(turned(7), turned(8));
    }
}
