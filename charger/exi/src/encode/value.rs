//! Values (EXI 1.0, section 7.1).

use super::Encoder;
use super::walker::end_escape;
use crate::Facets;
use crate::error::EncodeError;
use crate::schema::{Datatype, Phase, Role, Type};

/// Where a value stands.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub role: Role,
    pub kind: &'static Type,
}

impl<R> Encoder<'_, R> {
    /// The event before the text of an element.
    #[inline]
    fn open(&mut self, place: Place) {
        if place.role == Role::Element {
            self.bits.bits(1, 0);
        }
    }

    /// The end of the element after its text.
    #[inline]
    fn close(&mut self, place: Place) {
        self.open(place);
    }

    /// An element that should have text and has none.
    pub(crate) fn empty(&mut self, place: Place) -> Result<(), EncodeError> {
        if place.role != Role::Element {
            return Err(self.error("an attribute has a value"));
        }
        end_escape(self, 1, 1, Phase::Start);
        Ok(())
    }

    #[inline]
    fn small(&mut self, place: Place, bits: u8, value: u32) {
        if place.role == Role::Element && bits <= 30 {
            self.bits.bits(bits + 2, value << 1);
        } else {
            self.open(place);
            self.bits.bits(bits, value);
            self.close(place);
        }
    }

    pub(crate) fn boolean(&mut self, place: Place, value: bool) {
        self.small(place, 1, u32::from(value));
    }

    /// A number of a small range, by its distance from the least.
    #[inline(always)]
    pub(crate) fn bounded(&mut self, place: Place, bits: u8, distance: i64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most twelve bits, and not below the least"
        )]
        self.small(place, bits, distance as u32);
    }

    /// A number with a sign.
    #[inline]
    pub(crate) fn signed(&mut self, place: Place, value: i64) {
        let negative = value < 0;
        // What is written of a number below zero is one less than its distance from zero.
        let magnitude = if negative { !value } else { value }.unsigned_abs();
        if place.role == Role::Element && magnitude < 1 << 14 {
            // The events around it, the sign and one or two octets in one piece.
            #[expect(clippy::cast_possible_truncation, reason = "less than 14 bits")]
            let magnitude = magnitude as u32;
            let sign = u32::from(negative);
            if magnitude < 0x80 {
                self.bits.bits(11, sign << 9 | magnitude << 1);
            } else {
                self.bits.bits(19, sign << 17 | 1 << 16 | (magnitude & 0x7f) << 9 | magnitude >> 7 << 1);
            }
            return;
        }
        self.open(place);
        self.bits.bits(1, u32::from(negative));
        self.varint(magnitude);
        self.close(place);
    }

    pub(crate) fn whole(&mut self, place: Place, datatype: &Datatype, value: i128) -> Result<(), EncodeError> {
        let off = self.facets == Facets::Off;
        match *datatype {
            Datatype::Boolean if value == 0 || value == 1 => {
                self.small(place, 1, u32::from(value == 1));
                Ok(())
            }
            Datatype::Bounded { bits, min, max } => {
                let most = if off { i128::from(min) + (1i128 << bits) - 1 } else { i128::from(max) };
                if value < i128::from(min) || value > most {
                    return Err(self.range(value, &min, &max));
                }
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "at most twelve bits, and not below the least"
                )]
                self.small(place, bits, (value - i128::from(min)) as u32);
                Ok(())
            }
            Datatype::Unsigned { min, max } => {
                let Some(value) = u64::try_from(value).ok().filter(|value| off || (min..=max).contains(value)) else {
                    return Err(self.range(value, &min, &max));
                };
                self.open(place);
                self.varint(value);
                self.close(place);
                Ok(())
            }
            Datatype::Signed { min, max } => {
                let Some(value) = i64::try_from(value).ok().filter(|value| off || (min..=max).contains(value)) else {
                    return Err(self.range(value, &min, &max));
                };
                self.signed(place, value);
                Ok(())
            }
            _ => Err(self.error(format!("{} is no number in the schema", place.kind.name))),
        }
    }

    #[cold]
    fn range(&self, value: i128, min: &dyn std::fmt::Display, max: &dyn std::fmt::Display) -> EncodeError {
        self.error(format!("{value} is not within {min} to {max}"))
    }

    /// Seven bits an octet, the lowest first; the top bit says that more follow.
    #[inline]
    pub(crate) fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bits.bits(8, (value & 0x7f) as u32 | 0x80);
            value >>= 7;
        }
        #[expect(clippy::cast_possible_truncation, reason = "less than 0x80")]
        self.bits.bits(8, value as u32);
    }

    /// xs:integer.
    pub(crate) fn integer(&mut self, place: Place, negative: bool, magnitude: &[u8]) {
        // The lowest octet first; of a number below zero one less than its distance from zero.
        let mut octets: Vec<u8> = magnitude.iter().rev().copied().collect();
        if negative {
            for octet in &mut octets {
                let (less, borrow) = octet.overflowing_sub(1);
                *octet = less;
                if !borrow {
                    break;
                }
            }
        }
        let mut groups = Vec::with_capacity(octets.len() * 8 / 7 + 1);
        let (mut pending, mut count) = (0u32, 0);
        for octet in octets {
            pending |= u32::from(octet) << count;
            count += 8;
            while count >= 7 {
                groups.push(pending & 0x7f);
                pending >>= 7;
                count -= 7;
            }
        }
        groups.push(pending);
        while groups.len() > 1 && groups.last() == Some(&0) {
            groups.pop();
        }
        self.open(place);
        self.bits.bits(1, u32::from(negative));
        let last = groups.len() - 1;
        for (index, group) in groups.into_iter().enumerate() {
            self.bits.bits(8, if index < last { group | 0x80 } else { group });
        }
        self.close(place);
    }

    pub(crate) fn word(&mut self, place: Place, bits: u8, index: u32) {
        self.small(place, bits, index);
    }

    pub(crate) fn octets(
        &mut self,
        place: Place,
        min: Option<u32>,
        max: Option<u32>,
        octets: &[u8],
    ) -> Result<(), EncodeError> {
        self.length(octets.len(), min, max, "octets")?;
        self.open(place);
        self.varint(octets.len() as u64);
        self.bits.octets(octets);
        self.close(place);
        Ok(())
    }

    pub(crate) fn text(
        &mut self,
        place: Place,
        min: Option<u32>,
        max: Option<u32>,
        text: &str,
    ) -> Result<(), EncodeError> {
        self.open(place);
        self.string(min, max, text)?;
        self.close(place);
        Ok(())
    }

    /// Characters, as a literal.
    pub(crate) fn string(&mut self, min: Option<u32>, max: Option<u32>, text: &str) -> Result<(), EncodeError> {
        if text.is_ascii() {
            self.length(text.len(), min, max, "characters")?;
            self.varint(text.len() as u64 + 2);
            self.bits.octets(text.as_bytes());
            return Ok(());
        }
        let count = text.chars().count();
        self.length(count, min, max, "characters")?;
        self.varint(count as u64 + 2);
        for character in text.chars() {
            self.varint(u64::from(u32::from(character)));
        }
        Ok(())
    }

    #[inline]
    fn length(&self, length: usize, min: Option<u32>, max: Option<u32>, what: &str) -> Result<(), EncodeError> {
        let length = length as u64;
        let fits = min.is_none_or(|min| length >= min.into()) && max.is_none_or(|max| length <= max.into());
        if fits || self.facets == Facets::Off { Ok(()) } else { Err(self.too_long(length, min, max, what)) }
    }

    #[cold]
    fn too_long(&self, length: u64, min: Option<u32>, max: Option<u32>, what: &str) -> EncodeError {
        let (min, max) = (min.unwrap_or(0), max.map_or_else(|| "any number".to_owned(), |max| max.to_string()));
        self.error(format!("{length} {what}, where the schema allows {min} to {max}"))
    }
}
