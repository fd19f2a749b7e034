//! As much of protobuf as the link needs: varints, lengths, and how to skip what is not known.

/// The only text of this link is a firmware's name; it is at most so long, in bytes.
pub(super) const MAX_FIRMWARE: usize = 64;

/// A number of 64 bits takes at most so many bytes, each with seven of them.
const MAX_VARINT: usize = 10;

/// Why bytes are no message of this link.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MessageError {
    /// A varint of more than ten bytes.
    #[error("a varint without end")]
    EndlessVarint,
    /// A known field in a form it never has.
    #[error("field {0} has the wrong type")]
    FieldType(u32),
    /// A text that is no UTF-8, or longer than any name.
    #[error("field {0} is no text of at most {max} bytes", max = MAX_FIRMWARE)]
    Text(u32),
    /// It ends inside a field.
    #[error("it ends inside a field")]
    Truncated,
    /// A known field with a value that it never has.
    #[error("field {field} has the value {value}")]
    Value {
        /// The field.
        field: u32,
        /// Its value; of a float, the bits.
        value: u64,
    },
    /// A wire type that proto3 does not have.
    #[error("no wire type {0}")]
    WireType(u8),
}

/// The value of one field as the wire has it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed64,
    Bytes(&'a [u8]),
    Fixed32(u32),
}

impl<'a> Value<'a> {
    /// The number of a field that is one.
    pub(super) const fn number(self, field: u32) -> Result<u64, MessageError> {
        match self {
            Self::Varint(number) => Ok(number),
            Self::Fixed64 | Self::Bytes(_) | Self::Fixed32(_) => Err(MessageError::FieldType(field)),
        }
    }

    /// The number of a field that has 32 bits.
    pub(super) fn number32(self, field: u32) -> Result<u32, MessageError> {
        let value = self.number(field)?;
        value.try_into().map_err(|_| MessageError::Value { field, value })
    }

    /// The number of a field that has 16 bits.
    pub(super) fn number16(self, field: u32) -> Result<u16, MessageError> {
        let value = self.number(field)?;
        value.try_into().map_err(|_| MessageError::Value { field, value })
    }

    /// The truth value of a field that is one.
    pub(super) fn truth(self, field: u32) -> Result<bool, MessageError> {
        self.number(field).map(|number| number != 0)
    }

    /// The float of a field that is one.
    pub(super) const fn float(self, field: u32) -> Result<f32, MessageError> {
        match self {
            Self::Fixed32(bits) => Ok(f32::from_bits(bits)),
            Self::Varint(_) | Self::Fixed64 | Self::Bytes(_) => Err(MessageError::FieldType(field)),
        }
    }

    /// The bytes of a field that has some.
    pub(super) const fn bytes(self, field: u32) -> Result<&'a [u8], MessageError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Varint(_) | Self::Fixed64 | Self::Fixed32(_) => Err(MessageError::FieldType(field)),
        }
    }

    /// The fields of a field that is a message.
    pub(super) fn message(self, field: u32) -> Result<Fields<'a>, MessageError> {
        self.bytes(field).map(Fields)
    }
}

/// The fields of a message, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    /// The next field and its value; `None` at the end.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(u32, Value<'a>)>, MessageError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let value = match (key & 7) as u8 {
            0 => Value::Varint(self.varint()?),
            1 => {
                self.take(8)?;
                Value::Fixed64
            }
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| MessageError::Truncated)?;
                Value::Bytes(self.take(length)?)
            }
            5 => {
                let mut bits = [0; 4];
                bits.copy_from_slice(self.take(4)?);
                Value::Fixed32(u32::from_le_bytes(bits))
            }
            other => return Err(MessageError::WireType(other)),
        };
        // A number beyond 32 bits is nobody's field.
        Ok(Some((u32::try_from(key >> 3).unwrap_or(u32::MAX), value)))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], MessageError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(MessageError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, MessageError> {
        // Every key and length of this link has one byte, and so have most numbers.
        match self.0 {
            [byte @ ..0x80, rest @ ..] => {
                self.0 = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, MessageError> {
        let mut number = 0;
        for (at, byte) in self.0.iter().take(MAX_VARINT).enumerate() {
            number |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                self.0 = &self.0[at + 1..];
                return Ok(number);
            }
        }
        Err(if self.0.len() < MAX_VARINT { MessageError::Truncated } else { MessageError::EndlessVarint })
    }
}

/// Writes a message.
#[derive(Debug)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Default for Writer {
    fn default() -> Self {
        // Whatever is said each half second fits.
        Self(Vec::with_capacity(64))
    }
}

impl Writer {
    /// A field with a number, also when it is zero: of a choice the field that is there is the news.
    pub(super) fn number(mut self, field: u32, number: u64) -> Self {
        self.varint(u64::from(field) << 3);
        self.varint(number);
        self
    }

    /// A field with a number, left out when it is zero, as proto3 does it.
    pub(super) fn number_unless_zero(self, field: u32, number: u64) -> Self {
        if number == 0 { self } else { self.number(field, number) }
    }

    /// A field with a float, left out when it is zero.
    pub(super) fn float_unless_zero(mut self, field: u32, float: f32) -> Self {
        if float != 0.0 {
            self.varint(u64::from(field) << 3 | 5);
            self.0.extend(float.to_le_bytes());
        }
        self
    }

    /// A field with bytes: a text, or a message.
    pub(super) fn bytes(mut self, field: u32, bytes: &[u8]) -> Self {
        self.varint(u64::from(field) << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    /// A field with a message, which is written where it stands.
    pub(super) fn message(mut self, field: u32, write: impl FnOnce(Self) -> Self) -> Self {
        self.varint(u64::from(field) << 3 | 2);
        let begins = self.0.len();
        // Room for its length, which is known afterwards.
        self.0.push(0);
        let mut written = write(self);
        let length = written.0.len() - begins - 1;
        match u8::try_from(length) {
            Ok(length @ ..0x80) => written.0[begins] = length,
            // A long one makes room for a longer length.
            Ok(_) | Err(_) => {
                let message = written.0.split_off(begins + 1);
                written.0.truncate(begins);
                written.varint(length as u64);
                written.0.extend(message);
            }
        }
        written
    }

    /// A field with a message that has no field.
    pub(super) fn nothing(self, field: u32) -> Self {
        self.bytes(field, &[])
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_wire_type_are_read_and_what_breaks_off_is_refused() {
        let mut fields = Fields(&[0x08, 0x96, 0x01, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1a, 1, 9, 0x25, 0, 0, 0x80, 0x3f]);
        assert_eq!(fields.next(), Ok(Some((1, Value::Varint(150)))));
        assert_eq!(fields.next(), Ok(Some((2, Value::Fixed64))));
        assert_eq!(fields.next(), Ok(Some((3, Value::Bytes(&[9])))));
        assert_eq!(fields.next(), Ok(Some((4, Value::Fixed32(1.0_f32.to_bits())))));
        assert_eq!(fields.next(), Ok(None));
        assert_eq!(Fields(&[0x08]).next(), Err(MessageError::Truncated));
        assert_eq!(Fields(&[0x0a, 5, 1]).next(), Err(MessageError::Truncated));
        assert_eq!(Fields(&[0xff; 11]).next(), Err(MessageError::EndlessVarint));
        assert_eq!(Fields(&[0x0b]).next(), Err(MessageError::WireType(3)));
    }

    #[test]
    fn numbers_over_seven_bits_take_more_bytes() {
        assert_eq!(Writer::default().number(101, 300).0, [0xa8, 0x06, 0xac, 0x02]);
        assert_eq!(Fields(&[0xa8, 0x06, 0xac, 0x02]).next(), Ok(Some((101, Value::Varint(300)))));
        let largest = Writer::default().number(1, u64::MAX).0;
        assert_eq!(Fields(&largest).next(), Ok(Some((1, Value::Varint(u64::MAX)))));
    }

    #[test]
    fn a_message_in_a_message_stands_behind_its_length_however_long_it_is() {
        for length in [0, 1, 120, 127, 128, 300, 20_000] {
            let text = vec![b'x'; length];
            let inner = Writer::default().bytes(2, &text).0;
            let outer = Writer::default().message(1, |inner| inner.bytes(2, &text)).0;
            assert_eq!(outer, Writer::default().bytes(1, &inner).0);
            assert_eq!(Fields(&outer).next(), Ok(Some((1, Value::Bytes(&inner)))));
        }
    }
}
