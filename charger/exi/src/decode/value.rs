//! Values (EXI 1.0, section 7.1).

use super::Decoder;
use super::walker::escape;
use crate::Facets;
use crate::bits::OutOfBits;
use crate::error::{DecodeError, Escape, Fault};
use crate::schema::{Datatype, Name, Phase, Role, Type};
use crate::strings::Literal;
use crate::trace::Trace;

/// References are short and what they stand for is not: a message may refer to this many characters altogether.
const MOST_REFERRED: usize = 16 * 1024;

/// The octets of an xs:integer: 1,000 decimal digits, more than which is not written from text. Serial numbers of certificates have
/// 20 octets. To make digits of it takes the square of the time.
const LONGEST_INTEGER: usize = 416;

/// A whole number as it came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Whole {
    Unsigned(u64),
    Signed(i64),
}

/// Where a value stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The element or attribute.
    pub name: &'static Name,
    pub role: Role,
    pub kind: &'static Type,
}

impl<R: Trace> Decoder<'_, R> {
    /// The event before the text of an element; `false` when the element is empty instead: then it is over.
    #[inline]
    pub(super) fn open(&mut self, role: Role) -> Result<bool, DecodeError> {
        if role != Role::Element || self.read(1)? == 0 {
            return Ok(true);
        }
        match escape(self, Phase::Start, false)? {
            Escape::End => Ok(false),
            other => Err(self.error(Fault::Escaped(other))),
        }
    }

    /// The end of the element after its text.
    #[inline]
    pub(super) fn close(&mut self, role: Role) -> Result<(), DecodeError> {
        if role != Role::Element || self.read(1)? == 0 {
            return Ok(());
        }
        let escape = escape(self, Phase::Content, true)?;
        Err(self.error(Fault::Escaped(escape)))
    }

    /// An element of text with its value between; an empty one has none.
    #[inline]
    fn framed<T>(
        &mut self,
        role: Role,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        if !self.open(role)? {
            return Ok(None);
        }
        let value = read(self)?;
        self.close(role)?;
        Ok(Some(value))
    }

    #[cold]
    fn empty(&self) -> DecodeError {
        self.error(Fault::Value("the element is empty, a value was expected".to_owned()))
    }

    pub(super) fn boolean(&mut self, role: Role) -> Result<bool, DecodeError> {
        Ok(self.small(role, 1)? != 0)
    }

    /// A number of a few bits: with the events before and after it in one look.
    #[inline(always)]
    fn small(&mut self, role: Role, bits: u8) -> Result<u32, DecodeError> {
        if role == Role::Element
            && let Ok(all) = self.bits.look(bits + 2)
            && all >> (bits + 1) == 0
            && all & 1 == 0
        {
            self.bits.pass(bits + 2);
            return Ok(all >> 1);
        }
        self.small_in_pieces(role, bits)
    }

    #[inline(never)]
    fn small_in_pieces(&mut self, role: Role, bits: u8) -> Result<u32, DecodeError> {
        self.framed(role, |decoder| decoder.read(bits))?.ok_or_else(|| self.empty())
    }

    #[inline(always)]
    pub(super) fn bounded(&mut self, role: Role, bits: u8, min: i64, max: i64) -> Result<i64, DecodeError> {
        let value = min + i64::from(self.small(role, bits)?);
        if value > max { Err(self.range(value)) } else { Ok(value) }
    }

    pub(super) fn whole(&mut self, role: Role, datatype: &Datatype) -> Result<Whole, DecodeError> {
        let off = self.facets == Facets::Off;
        match *datatype {
            Datatype::Boolean => self.small(role, 1).map(|bit| Whole::Unsigned(bit.into())),
            Datatype::Bounded { bits, min, max } => self.bounded(role, bits, min, max).map(Whole::Signed),
            Datatype::Unsigned { min, max } => self.unsigned(role, min, max).map(Whole::Unsigned),
            Datatype::Signed { min, max } => {
                let value = self.framed(role, Self::signed)?.ok_or_else(|| self.empty())?;
                if off || (min..=max).contains(&value) { Ok(Whole::Signed(value)) } else { Err(self.range(value)) }
            }
            _ => Err(self.error(Fault::Shape("the field is no number in the schema".to_owned()))),
        }
    }

    #[cold]
    fn range(&self, value: impl std::fmt::Display) -> DecodeError {
        self.error(Fault::Value(format!("{value} is out of the range of its type")))
    }

    /// A number with a sign of at most two octets, with the events before and after it. Every type with a sign holds it. `None`, and
    /// nothing read, for all others.
    #[inline]
    pub(super) fn short_signed(&mut self, role: Role) -> Option<i64> {
        const CONTENT: u32 = 1 << 18;
        const SIGN: u32 = 1 << 17;
        const FIRST_GOES_ON: u32 = 1 << 16;
        const SECOND_GOES_ON: u32 = 1 << 8;
        const END: u32 = 1;
        if role != Role::Element {
            return None;
        }
        let look = self.bits.look(19).ok()?;
        let low = look >> 9 & 0x7f;
        let magnitude = match (look & (CONTENT | FIRST_GOES_ON), look & (SECOND_GOES_ON | END)) {
            // After a single octet the end of the element stands where the second octet would say that it goes on.
            (0, end) if end & SECOND_GOES_ON == 0 => {
                self.bits.pass(11);
                low
            }
            (FIRST_GOES_ON, 0) => {
                self.bits.pass(19);
                low | (look >> 1 & 0x7f) << 7
            }
            _ => return None,
        };
        let magnitude = i64::from(magnitude);
        Some(if look & SIGN == 0 { magnitude } else { -magnitude - 1 })
    }

    /// A number without a sign and its events.
    #[inline]
    pub(super) fn unsigned(&mut self, role: Role, min: u64, max: u64) -> Result<u64, DecodeError> {
        let value = self.framed(role, Self::varint)?.ok_or_else(|| self.empty())?;
        if (min..=max).contains(&value) || self.facets == Facets::Off { Ok(value) } else { Err(self.range(value)) }
    }

    fn signed(&mut self) -> Result<i64, DecodeError> {
        let negative = self.read(1)? != 0;
        let magnitude = self.varint()?;
        let magnitude = i64::try_from(magnitude).map_err(|_| self.range(magnitude))?;
        Ok(if negative { -magnitude - 1 } else { magnitude })
    }

    /// Seven bits an octet, the lowest first; the top bit says that more follow.
    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, DecodeError> {
        let first = self.read(8)?;
        if first < 0x80 { Ok(first.into()) } else { self.long_varint(first) }
    }

    fn long_varint(&mut self, first: u32) -> Result<u64, DecodeError> {
        let mut value = u64::from(first & 0x7f);
        let mut shift = 7;
        // Three octets more in one look, as times have them.
        if let Ok(look) = self.bits.look(24)
            && look & 0x80_8000 == 0x80_8000
        {
            self.bits.pass(24);
            value |=
                u64::from(look >> 16 & 0x7f) << 7 | u64::from(look >> 8 & 0x7f) << 14 | u64::from(look & 0x7f) << 21;
            if look & 0x80 == 0 {
                return Ok(value);
            }
            shift = 28;
        }
        loop {
            let octet = self.read(8)?;
            let part = u64::from(octet & 0x7f);
            if shift > 63 || part << shift >> shift != part {
                return Err(self.error(Fault::Value("a number of more than 64 bits".to_owned())));
            }
            value |= part << shift;
            if octet & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    /// xs:integer: its sign and its distance from zero, the most significant octet first.
    pub(super) fn integer(&mut self, role: Role) -> Result<(bool, Vec<u8>), DecodeError> {
        self.framed(role, |decoder| {
            let negative = decoder.read(1)? != 0;
            // Groups of seven bits, the lowest first, to octets of eight, the lowest first.
            let (mut octets, mut pending, mut count) = (Vec::new(), 0u32, 0);
            loop {
                let group = decoder.read(8)?;
                pending |= (group & 0x7f) << count;
                count += 7;
                if count >= 8 {
                    if octets.len() > LONGEST_INTEGER {
                        return Err(decoder.too_long());
                    }
                    octets.push((pending & 0xff) as u8);
                    pending >>= 8;
                    count -= 8;
                }
                if group & 0x80 == 0 {
                    break;
                }
            }
            octets.push((pending & 0xff) as u8);
            while octets.last() == Some(&0) {
                octets.pop();
            }
            if octets.len() > LONGEST_INTEGER {
                return Err(decoder.too_long());
            }
            if negative {
                // What is written is one less than the distance from zero.
                let carry = octets.iter().position(|octet| *octet != 0xff);
                match carry {
                    Some(index) => {
                        octets[index] += 1;
                        octets[..index].fill(0);
                    }
                    None => {
                        octets.fill(0);
                        octets.push(1);
                    }
                }
            }
            octets.reverse();
            Ok((negative, octets))
        })?
        .ok_or_else(|| self.empty())
    }

    #[cold]
    fn too_long(&self) -> DecodeError {
        self.error(Fault::Value(format!("a whole number of more than {LONGEST_INTEGER} octets")))
    }

    /// The number of a word.
    #[inline]
    pub(super) fn word(&mut self, place: Place, bits: u8, count: usize) -> Result<u32, DecodeError> {
        let index = self.small(place.role, bits)?;
        if (index as usize) < count {
            Ok(index)
        } else {
            Err(self.error(Fault::Value(format!("{index} is the number of no word of {}", place.kind.name))))
        }
    }

    /// Eight octets or less, with the events before and after them: the identifiers in the header of each message. `None`, and
    /// nothing read, for all others.
    #[inline]
    pub(super) fn few_octets(&mut self, role: Role, min: Option<u32>, max: Option<u32>) -> Option<([u8; 8], usize)> {
        const CONTENT: u32 = 1 << 8;
        if role != Role::Element {
            return None;
        }
        let head = self.bits.look(9).ok().filter(|head| head & CONTENT == 0)?;
        let start = self.bits.position();
        self.bits.pass(9);
        let length = head as usize;
        let mut octets = [0; 8];
        let fits = length <= 8
            && (self.facets == Facets::Off || min.is_none_or(|min| head >= min) && max.is_none_or(|max| head <= max));
        let read = match octets.get_mut(..length) {
            Some(into) if fits => self.bits.octets(into).is_ok() && self.bits.bits(1) == Ok(0),
            _ => false,
        };
        if read {
            return Some((octets, length));
        }
        self.bits.seek(start);
        None
    }

    /// Octets; `None` for an element that is empty.
    pub(super) fn octets(
        &mut self,
        role: Role,
        min: Option<u32>,
        max: Option<u32>,
    ) -> Result<Option<Octets>, DecodeError> {
        self.framed(role, |decoder| {
            let length = decoder.varint()?;
            if length > (decoder.bits.left() / 8) as u64 {
                return Err(decoder.error(Fault::End));
            }
            decoder.length(length, min, max, "octets")?;
            let length = usize::try_from(length).map_err(|_| decoder.error(Fault::End))?;
            let mut octets = Octets { length, ..Octets::NONE };
            let into = if length <= octets.few.len() {
                &mut octets.few[..length]
            } else {
                octets.many = vec![0; length];
                &mut octets.many
            };
            decoder.bits.octets(into).map_err(|OutOfBits| decoder.error(Fault::End))?;
            Ok(octets)
        })
    }

    #[inline]
    fn length(&self, length: u64, min: Option<u32>, max: Option<u32>, what: &str) -> Result<(), DecodeError> {
        let fits = min.is_none_or(|min| length >= min.into()) && max.is_none_or(|max| length <= max.into());
        if fits || self.facets == Facets::Off {
            return Ok(());
        }
        let bounds = match (min, max) {
            (Some(min), Some(max)) if min == max => format!("exactly {min}"),
            (Some(min), Some(max)) => format!("{min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, max) => format!("at most {}", max.unwrap_or(u32::MAX)),
        };
        Err(self.error(Fault::Value(format!("{length} {what}, where the schema allows {bounds}"))))
    }

    /// Characters; `None` for an element that is empty.
    pub(super) fn text(
        &mut self,
        place: Place,
        min: Option<u32>,
        max: Option<u32>,
    ) -> Result<Option<String>, DecodeError> {
        self.framed(place.role, |decoder| decoder.string(place.name, min, max))
    }

    /// Characters, or a reference to earlier ones.
    pub(super) fn string(
        &mut self,
        name: &'static Name,
        min: Option<u32>,
        max: Option<u32>,
    ) -> Result<String, DecodeError> {
        let literal = match self.varint()? {
            0 => {
                let width = self.strings.local_width(name);
                let number = self.read(width)?;
                self.strings.local(name, number)
            }
            1 => {
                let number = self.read(self.strings.global_width())?;
                self.strings.global(number)
            }
            length => return self.literal(name, length - 2, min, max),
        };
        let Some(Literal { position, characters, .. }) = literal else {
            return Err(self.error(Fault::Value("a reference to a string that did not come".to_owned())));
        };
        self.length(characters as u64, min, max, "characters")?;
        self.referred += characters;
        if self.referred > MOST_REFERRED {
            return Err(self.error(Fault::Value(format!("references to more than {MOST_REFERRED} characters"))));
        }
        let back = self.bits.position();
        self.bits.seek(position);
        let text = self.characters(characters);
        self.bits.seek(back);
        text
    }

    fn literal(
        &mut self,
        name: &'static Name,
        characters: u64,
        min: Option<u32>,
        max: Option<u32>,
    ) -> Result<String, DecodeError> {
        // A character has at least one octet: what is longer than the rest cannot be there, and is not made room for.
        let room = self.bits.left() / 8;
        let Some(characters) = usize::try_from(characters).ok().filter(|characters| *characters <= room) else {
            return Err(self.error(Fault::End));
        };
        self.length(characters as u64, min, max, "characters")?;
        self.strings.add(name, self.bits.position(), characters);
        self.characters(characters)
    }

    fn characters(&mut self, count: usize) -> Result<String, DecodeError> {
        let mut text = vec![0; count];
        let start = self.bits.position();
        // Nearly always they are all ASCII: an octet each.
        self.bits.octets(&mut text).map_err(|OutOfBits| self.error(Fault::End))?;
        if text.is_ascii()
            && let Ok(text) = String::from_utf8(text)
        {
            return Ok(text);
        }
        self.bits.seek(start);
        let mut text = String::with_capacity(count);
        for _ in 0..count {
            let code = self.varint()?;
            let character = u32::try_from(code).ok().and_then(char::from_u32);
            text.push(character.ok_or_else(|| self.error(Fault::Value(format!("{code} is no character"))))?);
        }
        Ok(text)
    }
}

/// Octets that were read; few of them need no memory of their own.
pub(super) struct Octets {
    few: [u8; 64],
    many: Vec<u8>,
    length: usize,
}

impl Octets {
    pub(crate) const NONE: Self = Self { few: [0; 64], many: Vec::new(), length: 0 };

    pub(crate) fn as_slice(&self) -> &[u8] {
        if self.many.is_empty() { &self.few[..self.length] } else { &self.many }
    }

    pub(crate) fn into_vec(self) -> Vec<u8> {
        if self.many.is_empty() { self.few[..self.length].to_vec() } else { self.many }
    }
}
