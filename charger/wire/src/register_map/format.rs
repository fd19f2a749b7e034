//! How a value lies in one, two or four registers.

use serde::Deserialize;

/// How a value is written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// IEEE 754, four registers.
    F64,
    /// IEEE 754, two registers.
    F32,
    /// Unsigned, four registers.
    U64,
    /// Two's complement, four registers.
    I64,
    /// Unsigned, two registers.
    U32,
    /// Two's complement, two registers.
    I32,
    /// Unsigned, one register.
    U16,
    /// Two's complement, one register.
    I16,
}

/// How the bytes of a value, A the highest, come over the wire. Manuals differ, gateways swap, and a library on another CPU
/// calls the same thing by another name: what is right shows in the values. In one register only the two bytes change; four
/// registers (`f64`, `u64`, `i64`) change places as two do, the lowest word first.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum WordOrder {
    /// High word first, high byte first: what the standard suggests.
    #[default]
    Abcd,
    /// Low word first.
    Cdab,
    /// High word first, the bytes of each swapped.
    Badc,
    /// Everything the other way round.
    Dcba,
}

impl WordOrder {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Abcd, Self::Cdab, Self::Badc, Self::Dcba];

    /// The word for it in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Abcd => "abcd",
            Self::Cdab => "cdab",
            Self::Badc => "badc",
            Self::Dcba => "dcba",
        }
    }

    /// The order of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }

    /// Between the wire and high word first; the same in both directions.
    fn swap(self, words: &mut [u16]) {
        if matches!(self, Self::Cdab | Self::Dcba) {
            words.reverse();
        }
        if matches!(self, Self::Badc | Self::Dcba) {
            for word in words {
                *word = word.swap_bytes();
            }
        }
    }
}

/// The most registers of one value.
const MOST_WORDS: usize = 4;

impl Kind {
    /// How many registers.
    #[must_use]
    pub const fn words(self) -> u16 {
        match self {
            Self::F64 | Self::U64 | Self::I64 => 4,
            Self::F32 | Self::U32 | Self::I32 => 2,
            Self::U16 | Self::I16 => 1,
        }
    }

    /// The value of its registers, in the order of their addresses. Of a 64-bit integer beyond 53 bits the last digits are
    /// rounded; no register of a meter is that full.
    #[must_use]
    pub fn decode(self, words: &[u16], order: WordOrder) -> f64 {
        let bits = self.bits(words, order);
        match self {
            Self::F64 => f64::from_bits(bits),
            Self::F32 => f64::from(f32::from_bits(bits as u32)),
            Self::U64 | Self::U32 | Self::U16 => bits as f64,
            Self::I64 => bits as i64 as f64,
            Self::I32 => f64::from(bits as u32 as i32),
            Self::I16 => f64::from(bits as u16 as i16),
        }
    }

    /// Whether these registers hold the highest value there is, or a float that is no number: how many makers say that they
    /// do not measure it.
    #[must_use]
    pub fn is_highest(self, words: &[u16], order: WordOrder) -> bool {
        let bits = self.bits(words, order);
        match self {
            Self::F64 => f64::from_bits(bits).is_nan(),
            Self::F32 => f32::from_bits(bits as u32).is_nan(),
            Self::U64 => bits == u64::MAX,
            Self::U32 => bits == u64::from(u32::MAX),
            Self::U16 => bits == u64::from(u16::MAX),
            Self::I64 => bits == i64::MAX as u64,
            Self::I32 => bits == i32::MAX as u64,
            Self::I16 => bits == i16::MAX as u64,
        }
    }

    /// The registers of a value, in the order of their addresses. What does not fit is clamped.
    #[must_use]
    pub fn encode(self, value: f64, order: WordOrder) -> Vec<u16> {
        // Casts from a float clamp.
        let bits = match self {
            Self::F64 => value.to_bits(),
            Self::F32 => u64::from((value as f32).to_bits()),
            Self::U64 => value.round() as u64,
            Self::I64 => value.round() as i64 as u64,
            Self::U32 => u64::from(value.round() as u32),
            Self::I32 => u64::from(value.round() as i32 as u32),
            Self::U16 => u64::from(value.round() as u16),
            Self::I16 => u64::from(value.round() as i16 as u16),
        };
        let mut words: Vec<u16> = (0..self.words()).rev().map(|place| (bits >> (16 * place)) as u16).collect();
        order.swap(&mut words);
        words
    }

    /// As one number, the high word first.
    fn bits(self, words: &[u16], order: WordOrder) -> u64 {
        let mut held = [0; MOST_WORDS];
        let length = words.len().min(usize::from(self.words()));
        held[..length].copy_from_slice(&words[..length]);
        let held = &mut held[..usize::from(self.words())];
        order.swap(held);
        held.iter().fold(0, |bits, word| (bits << 16) | u64::from(*word))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_order_has_known_words() {
        // 50.0 is 42480000h.
        let words = WordOrder::ALL.map(|order| Kind::F32.encode(50.0, order));
        assert_eq!(words, [[0x4248, 0], [0, 0x4248], [0x4842, 0], [0, 0x4842]]);
        assert_eq!(Kind::U32.encode(f64::from(0x1234_5678), WordOrder::Cdab), [0x5678, 0x1234]);
        assert_eq!(Kind::I16.encode(-2.0, WordOrder::Badc), [0xfeff]);
        // 50.0 is 4049000000000000h.
        let words = WordOrder::ALL.map(|order| Kind::F64.encode(50.0, order));
        assert_eq!(words, [[0x4049, 0, 0, 0], [0, 0, 0, 0x4049], [0x4940, 0, 0, 0], [0, 0, 0, 0x4940]]);
        let words = WordOrder::ALL.map(|order| Kind::U64.encode(f64::from(0x1234_5678), order));
        assert_eq!(words[0], [0, 0, 0x1234, 0x5678]);
        assert_eq!(words[1], [0x5678, 0x1234, 0, 0]);
        assert_eq!(words[2], [0, 0, 0x3412, 0x7856]);
        assert_eq!(words[3], [0x7856, 0x3412, 0, 0]);
        assert_eq!(Kind::I64.encode(-2.0, WordOrder::Cdab), [0xfffe, 0xffff, 0xffff, 0xffff]);
    }

    #[test]
    fn the_highest_value_is_told_from_the_one_below_it() {
        for (kind, highest) in [
            (Kind::U64, &[0xffff; 4][..]),
            (Kind::I64, &[0x7fff, 0xffff, 0xffff, 0xffff]),
            (Kind::U32, &[0xffff; 2]),
            (Kind::I32, &[0x7fff, 0xffff]),
            (Kind::U16, &[0xffff]),
            (Kind::I16, &[0x7fff]),
            (Kind::F32, &[0x7fc0, 0]),
            (Kind::F64, &[0x7ff8, 0, 0, 0]),
        ] {
            for order in WordOrder::ALL {
                let mut words = highest.to_vec();
                order.swap(&mut words);
                assert!(kind.is_highest(&words, order), "{kind:?} {order:?}");
                let ordinary = kind.encode(1.0, order);
                assert!(!kind.is_highest(&ordinary, order), "{kind:?} {order:?}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_clamped() {
        assert_eq!(Kind::U16.encode(70_000.0, WordOrder::Abcd), [0xffff]);
        assert_eq!(Kind::U32.encode(-1.0, WordOrder::Abcd), [0, 0]);
        assert_eq!(Kind::I32.encode(f64::NAN, WordOrder::Abcd), [0, 0]);
        assert_eq!(Kind::U64.encode(1e30, WordOrder::Abcd), [0xffff; 4]);
        assert_eq!(Kind::I64.encode(-1e30, WordOrder::Abcd), [0x8000, 0, 0, 0]);
    }

    proptest! {
        #[test]
        fn a_value_survives_in_every_order(value in any::<i16>(), order in prop::sample::select(WordOrder::ALL.to_vec())) {
            for kind in [Kind::F32, Kind::F64, Kind::I32, Kind::I64, Kind::I16] {
                prop_assert_eq!(kind.decode(&kind.encode(f64::from(value), order), order), f64::from(value));
            }
            for kind in [Kind::U32, Kind::U64, Kind::U16] {
                let value = f64::from(value.unsigned_abs());
                prop_assert_eq!(kind.decode(&kind.encode(value, order), order), value);
            }
        }
    }
}
