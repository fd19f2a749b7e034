//! Records: what a side sends is cut into them, whatever pieces it comes in.

use std::ops::Range;

use crate::trouble::Malformed;

/// The type, the version and the length of what follows.
pub(crate) const HEADER: usize = 5;

/// The longest text of a record (RFC 8446, 5.1; RFC 5246, 6.2.1).
pub(crate) const MAX_TEXT: usize = 1 << 14;

/// The longest record that is read: a text of TLS 1.2 may grow by so much when it is protected (RFC 5246, 6.2.3).
pub(crate) const MAX_BODY: usize = MAX_TEXT + 2048;

/// What a record carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ContentType {
    ChangeCipherSpec,
    Alert,
    Handshake,
    ApplicationData,
}

impl ContentType {
    pub(crate) const fn of(number: u8) -> Option<Self> {
        Some(match number {
            20 => Self::ChangeCipherSpec,
            21 => Self::Alert,
            22 => Self::Handshake,
            23 => Self::ApplicationData,
            _ => return None,
        })
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ChangeCipherSpec => "a ChangeCipherSpec record",
            Self::Alert => "an alert",
            Self::Handshake => "a handshake record",
            Self::ApplicationData => "application data",
        }
    }
}

/// A record as it was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Record<'a> {
    pub(crate) content: ContentType,
    /// As it stands on the wire; some protections cover it.
    pub(crate) header: [u8; HEADER],
    pub(crate) body: &'a [u8],
}

/// What one side sent and has not been read yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream {
    bytes: Vec<u8>,
    /// So many bytes at the beginning of `bytes` were read.
    read: usize,
    /// Where `bytes` begins in what the side sent.
    begin: u64,
}

impl Stream {
    pub(crate) fn push(&mut self, piece: &[u8]) {
        // What was read goes away when something comes, so that each byte moves once at most for each piece.
        self.bytes.drain(..self.read);
        self.begin += self.read as u64;
        self.read = 0;
        self.bytes.extend_from_slice(piece);
    }

    /// Where the next record begins.
    pub(crate) const fn at(&self) -> u64 {
        self.begin + self.read as u64
    }

    /// How many bytes wait to be read.
    pub(crate) const fn waiting(&self) -> usize {
        self.bytes.len() - self.read
    }

    /// The next record; `None` until all of it is there.
    pub(crate) fn peek(&self) -> Result<Option<Record<'_>>, Malformed> {
        let waiting = &self.bytes[self.read..];
        let Some((header, rest)) = waiting.split_first_chunk::<HEADER>() else {
            // A first byte that begins no record is told at once.
            return waiting.first().map_or(Ok(None), |kind| content(*kind).map(|_| None));
        };
        let [kind, major, minor, high, low] = *header;
        let content = content(kind)?;
        let version = u16::from_be_bytes([major, minor]);
        if !(0x0300..=0x0303).contains(&version) {
            return Err(Malformed::RecordVersion(version));
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > MAX_BODY {
            return Err(Malformed::RecordLength { got: length, most: MAX_BODY });
        }
        Ok(rest.get(..length).map(|body| Record { content, header: *header, body }))
    }

    /// The record that was looked at is read. Where it was.
    pub(crate) fn pass(&mut self, body: usize) -> Range<u64> {
        let from = self.at();
        self.read += HEADER + body;
        from..self.at()
    }

    /// Nothing of it is wanted any more.
    pub(crate) fn clear(&mut self) {
        self.begin = self.at();
        self.bytes = Vec::new();
        self.read = 0;
    }
}

fn content(kind: u8) -> Result<ContentType, Malformed> {
    ContentType::of(kind).ok_or(Malformed::RecordType(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_in_any_pieces() {
        let sent = [22, 3, 1, 0, 2, 0xaa, 0xbb, 23, 3, 3, 0, 0, 21, 3, 3, 0, 1, 0xcc];
        for size in 1..=sent.len() {
            let mut stream = Stream::default();
            let mut found = Vec::new();
            for piece in sent.chunks(size) {
                stream.push(piece);
                while let Some(record) = stream.peek().expect("records") {
                    let (content, body) = (record.content, record.body.to_vec());
                    found.push((content, stream.pass(body.len()), body));
                }
            }
            let expected = [
                (ContentType::Handshake, 0..7, vec![0xaa, 0xbb]),
                (ContentType::ApplicationData, 7..12, vec![]),
                (ContentType::Alert, 12..18, vec![0xcc]),
            ];
            assert_eq!(found, expected, "pieces of {size}");
            assert_eq!(stream.waiting(), 0);
        }
    }

    #[test]
    fn what_is_no_record_is_told_at_once() {
        let told = |bytes: &[u8]| {
            let mut stream = Stream::default();
            stream.push(bytes);
            stream.peek().map(|_| ())
        };
        assert_eq!(told(&[0x01]), Err(Malformed::RecordType(1)), "the first byte of V2GTP");
        assert_eq!(told(&[22, 2, 0, 0, 0]), Err(Malformed::RecordVersion(0x0200)));
        assert_eq!(told(&[23, 3, 3, 0x48, 1]), Err(Malformed::RecordLength { got: 18433, most: 18432 }));
        assert_eq!(told(&[23, 3, 3, 0x48, 0]), Ok(()));
    }
}
