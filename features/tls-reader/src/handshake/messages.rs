//! Messages in records: one record may hold several, and one message may need several records.

use std::ops::Range;

use crate::trouble::Malformed;

/// The kind and the length of what follows.
const HEADER: usize = 4;

/// The longest message that is read. Certificates are the longest ones: V2G allows 800 or 1600 bytes each.
pub(crate) const MAX_MESSAGE: usize = 128 << 10;

/// A handshake message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Message<'a> {
    pub(crate) kind: u8,
    pub(crate) body: &'a [u8],
}

/// What records brought and is not read yet: part of one message, or what stands in one record with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Messages {
    bytes: Vec<u8>,
    /// So many bytes at the beginning of `bytes` were read.
    read: usize,
    /// Where the record begins that the next message begins in.
    from: u64,
    /// Where the last record was.
    last: Range<u64>,
}

impl Messages {
    /// A record brought this. Every message that was complete before has been read.
    pub(crate) fn push(&mut self, bytes: &[u8], record: Range<u64>) {
        self.bytes.drain(..self.read);
        self.read = 0;
        if self.bytes.is_empty() {
            self.from = record.start;
        }
        self.last = record;
        self.bytes.extend_from_slice(bytes);
    }

    /// How many bytes wait to be read.
    pub(crate) const fn held(&self) -> usize {
        self.bytes.len() - self.read
    }

    /// Nothing is there, and no message has begun.
    pub(crate) const fn is_empty(&self) -> bool {
        self.held() == 0
    }

    /// The next message; `None` until all of it is there.
    pub(crate) fn peek(&self) -> Result<Option<Message<'_>>, Malformed> {
        let Some(([kind, length @ ..], rest)) = self.bytes[self.read..].split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let [high, middle, low] = length.map(usize::from);
        let length = high << 16 | middle << 8 | low;
        if length > MAX_MESSAGE {
            return Err(Malformed::MessageLength { got: length, most: MAX_MESSAGE });
        }
        Ok(rest.get(..length).map(|body| Message { kind: *kind, body }))
    }

    /// Where the records are that the next message stands in.
    pub(crate) const fn place(&self) -> Range<u64> {
        self.from..self.last.end
    }

    /// The message that was looked at is read.
    pub(crate) const fn pass(&mut self, body: usize) {
        self.read += HEADER + body;
        self.from = self.last.start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_over_records_and_within_one() {
        let mut messages = Messages::default();
        messages.push(&[1, 0], 0..7);
        assert_eq!(messages.peek(), Ok(None));
        messages.push(&[0, 2, 0xaa], 7..15);
        assert_eq!(messages.peek(), Ok(None));
        messages.push(&[0xbb, 14, 0, 0, 0, 20, 0, 0], 15..28);
        assert_eq!(messages.peek(), Ok(Some(Message { kind: 1, body: &[0xaa, 0xbb] })));
        assert_eq!(messages.place(), 0..28);
        messages.pass(2);
        assert_eq!(messages.peek(), Ok(Some(Message { kind: 14, body: &[] })));
        assert_eq!(messages.place(), 15..28);
        messages.pass(0);
        assert!(!messages.is_empty());
        messages.push(&[1, 0xcc], 28..35);
        assert_eq!(messages.peek(), Ok(Some(Message { kind: 20, body: &[0xcc] })));
        assert_eq!(messages.place(), 15..35);
        messages.pass(1);
        assert!(messages.is_empty());
    }

    #[test]
    fn a_message_that_is_too_long_is_told_by_its_header() {
        let mut messages = Messages::default();
        messages.push(&[11, 2, 0, 1], 0..9);
        assert_eq!(messages.peek(), Err(Malformed::MessageLength { got: 131_073, most: 131_072 }));
    }
}
