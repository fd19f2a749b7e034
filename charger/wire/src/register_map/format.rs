//! How a value lies in one or two registers.

use serde::Deserialize;

/// How a value is written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// IEEE 754, two registers.
    F32,
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
/// calls the same thing by another name: what is right shows in the values. In one register only the two bytes change.
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
    const fn swap(self, [high, low]: [u16; 2]) -> [u16; 2] {
        match self {
            Self::Abcd => [high, low],
            Self::Cdab => [low, high],
            Self::Badc => [high.swap_bytes(), low.swap_bytes()],
            Self::Dcba => [low.swap_bytes(), high.swap_bytes()],
        }
    }

    const fn swap_single(self, word: u16) -> u16 {
        match self {
            Self::Abcd | Self::Cdab => word,
            Self::Badc | Self::Dcba => word.swap_bytes(),
        }
    }
}

impl Kind {
    /// How many registers.
    #[must_use]
    pub const fn words(self) -> u16 {
        match self {
            Self::F32 | Self::U32 | Self::I32 => 2,
            Self::U16 | Self::I16 => 1,
        }
    }

    /// The value of two registers; a single one is the second of them.
    #[must_use]
    pub fn decode(self, words: [u16; 2], order: WordOrder) -> f64 {
        let [high, low] = order.swap(words);
        let long = (u32::from(high) << 16) | u32::from(low);
        let short = order.swap_single(words[1]);
        match self {
            Self::F32 => f64::from(f32::from_bits(long)),
            Self::U32 => f64::from(long),
            Self::I32 => f64::from(long as i32),
            Self::U16 => f64::from(short),
            Self::I16 => f64::from(short as i16),
        }
    }

    /// The two registers of a value; a single one is the second of them. What does not fit is clamped.
    #[must_use]
    pub fn encode(self, value: f64, order: WordOrder) -> [u16; 2] {
        // Casts from a float clamp.
        let long = match self {
            Self::F32 => (value as f32).to_bits(),
            Self::U32 => value.round() as u32,
            Self::I32 => value.round() as i32 as u32,
            Self::U16 => return [0, order.swap_single(value.round() as u16)],
            Self::I16 => return [0, order.swap_single(value.round() as i16 as u16)],
        };
        order.swap([(long >> 16) as u16, long as u16])
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
        assert_eq!(Kind::I16.encode(-2.0, WordOrder::Badc), [0, 0xfeff]);
    }

    #[test]
    fn what_does_not_fit_is_clamped() {
        assert_eq!(Kind::U16.encode(70_000.0, WordOrder::Abcd), [0, 0xffff]);
        assert_eq!(Kind::U32.encode(-1.0, WordOrder::Abcd), [0, 0]);
        assert_eq!(Kind::I32.encode(f64::NAN, WordOrder::Abcd), [0, 0]);
    }

    proptest! {
        #[test]
        fn a_value_survives_in_every_order(value in any::<i16>(), order in prop::sample::select(WordOrder::ALL.to_vec())) {
            for kind in [Kind::F32, Kind::I32, Kind::I16] {
                prop_assert_eq!(kind.decode(kind.encode(f64::from(value), order), order), f64::from(value));
            }
            for kind in [Kind::U32, Kind::U16] {
                let value = f64::from(value.unsigned_abs());
                prop_assert_eq!(kind.decode(kind.encode(value, order), order), value);
            }
        }
    }
}
