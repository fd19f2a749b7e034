//! The protocol of the line: a header before each message, and the announcement of our end point.
//!
//! The header is {source: u32, destination: u32, reserved: u32, length: u16, flags: u16}, little endian.

use std::collections::VecDeque;

const HEADER: usize = 16;
/// The name service speaks from here to here.
const NAME_SERVICE: u32 = 53;
/// Our end point.
const OURS: u32 = 14;
const NAME: &[u8] = b"rpmsg_chrdev";
const NAME_SIZE: usize = 32;
/// What a buffer of Linux's bus holds besides the header.
const LONGEST: usize = 512 - HEADER;
/// How many messages may wait for the guest.
const WAITING: usize = 256;

/// A message cannot be sent to the guest.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RpmsgError {
    /// No program of the guest has sent anything yet: there is no address to send to.
    #[error("nobody in the guest has spoken yet")]
    NobodyThere,
    /// A buffer of the bus holds 496 bytes.
    #[error("{0} bytes do not fit a message of 496")]
    TooLong(usize),
    /// The guest takes none of the 256 that wait.
    #[error("256 messages wait for the guest already")]
    Full,
}

/// Our end point and its messages.
#[derive(Debug, Default)]
pub(super) struct Port {
    /// Who in the guest spoke last.
    peer: Option<u32>,
    announced: bool,
    mute: bool,
    /// Whole messages with their headers.
    waiting: VecDeque<Vec<u8>>,
    lost: u64,
}

impl Port {
    /// Another guest, or the same anew.
    pub(super) fn reset(&mut self) {
        self.peer = None;
        self.announced = false;
        self.waiting.clear();
    }

    /// A message of the guest; what it says if it is for us.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (header, rest) = bytes.split_at_checked(HEADER)?;
        let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let length = usize::from(u16::from_le_bytes([header[12], header[13]]));
        // The buffer is longer than the message; a message longer than its buffer is none.
        let payload = rest.get(..length)?;
        if word(4) != OURS || self.mute {
            return None;
        }
        self.peer = Some(word(0));
        Some(payload.to_vec())
    }

    pub(super) fn send(&mut self, message: &[u8]) -> Result<(), RpmsgError> {
        if self.mute {
            return Ok(());
        }
        let peer = self.peer.ok_or(RpmsgError::NobodyThere)?;
        if message.len() > LONGEST {
            return Err(RpmsgError::TooLong(message.len()));
        }
        if self.waiting.len() >= WAITING {
            return Err(RpmsgError::Full);
        }
        self.waiting.push_back(framed(OURS, peer, message));
        Ok(())
    }

    pub(super) fn has_something(&self) -> bool {
        !self.announced || !self.waiting.is_empty()
    }

    /// The next message for the guest, into a buffer of `room` bytes.
    pub(super) fn transmit(&mut self, room: usize) -> Option<Vec<u8>> {
        let message = if self.announced {
            self.waiting.pop_front()?
        } else {
            self.announced = true;
            announcement()
        };
        // Cut, its length would lie; the guest's own buffers hold every message.
        (message.len() <= room).then_some(message)
    }

    pub(super) fn set_mute(&mut self, mute: bool) {
        self.mute = mute;
        if mute {
            self.waiting.clear();
        }
    }

    pub(super) fn bound(&self) -> bool {
        self.peer.is_some()
    }

    pub(super) fn lost(&mut self) {
        self.lost += 1;
    }

    pub(super) fn lost_so_far(&self) -> u64 {
        self.lost
    }
}

fn framed(source: u32, destination: u32, message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
    let mut bytes = Vec::with_capacity(HEADER + message.len());
    bytes.extend(source.to_le_bytes());
    bytes.extend(destination.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(length.to_le_bytes());
    bytes.extend([0; 2]);
    bytes.extend(message);
    bytes
}

/// {name: 32 bytes, address: u32, flags: u32}; flags 0: the end point is there.
fn announcement() -> Vec<u8> {
    let mut message = NAME.to_vec();
    message.resize(NAME_SIZE, 0);
    message.extend(OURS.to_le_bytes());
    message.extend([0; 4]);
    framed(NAME_SERVICE, NAME_SERVICE, &message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// From end point 1024 of the guest to ours.
    const HELLO: [u8; 18] = [0, 4, 0, 0, 14, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0xAB, 0xCD];

    #[test]
    fn the_end_point_is_announced_first() {
        let mut port = Port::default();
        let announced = port.transmit(512).expect("an announcement");
        let header = [53, 0, 0, 0, 53, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0];
        assert_eq!(announced[..16], header);
        assert_eq!(announced[16..], *b"rpmsg_chrdev\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0e\0\0\0\0\0\0\0");
        assert!(!port.has_something());
    }

    #[test]
    fn an_answer_goes_to_whoever_spoke_last() {
        let mut port = Port::default();
        port.transmit(512);
        assert_eq!(port.send(b"early"), Err(RpmsgError::NobodyThere));
        assert_eq!(port.receive(&HELLO), Some(vec![0xAB, 0xCD]));
        assert_eq!(port.send(&[0x01]), Ok(()));
        assert_eq!(port.transmit(512), Some(vec![14, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x01]));
        assert_eq!(port.transmit(512), None);
    }

    #[test]
    fn what_is_not_for_us_or_lies_about_its_length_is_dropped() {
        let mut port = Port::default();
        let mut other = HELLO;
        other[4] = 15;
        assert_eq!(port.receive(&other), None);
        let mut long = HELLO;
        long[12] = 3;
        assert_eq!(port.receive(&long), None);
        assert_eq!(port.receive(&HELLO[..15]), None);
        assert!(!port.bound());
    }

    #[test]
    fn a_mute_processor_takes_and_says_nothing() {
        let mut port = Port::default();
        port.transmit(512);
        port.receive(&HELLO);
        port.send(b"lost").expect("there is room");
        port.set_mute(true);
        assert_eq!(port.receive(&HELLO), None);
        assert_eq!(port.send(b"x"), Ok(()));
        assert!(!port.has_something());
        port.set_mute(false);
        assert_eq!(port.receive(&HELLO), Some(vec![0xAB, 0xCD]));
        assert_eq!(port.send(b"back"), Ok(()));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut port = Port::default();
        port.receive(&HELLO);
        assert_eq!(port.send(&[0; 497]), Err(RpmsgError::TooLong(497)));
        for _ in 0..256 {
            assert_eq!(port.send(&[0; 496]), Ok(()));
        }
        assert_eq!(port.send(b"x"), Err(RpmsgError::Full));
    }

    proptest! {
        #[test]
        fn any_message_is_taken_whole_or_not_at_all(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut port = Port::default();
            if let Some(message) = port.receive(&bytes) {
                prop_assert!(bytes[16..].starts_with(&message));
                prop_assert!(port.bound());
            }
        }

        #[test]
        fn what_is_sent_arrives(message in proptest::collection::vec(any::<u8>(), 0..497)) {
            let (mut ours, mut theirs) = (Port::default(), Port::default());
            ours.transmit(512);
            // The other side's address is ours for the test: a message to 14 is taken.
            let mut hello = HELLO;
            hello[0] = 14;
            hello[1] = 0;
            ours.receive(&hello);
            prop_assert_eq!(ours.send(&message), Ok(()));
            let sent = ours.transmit(512).expect("it waits");
            prop_assert_eq!(theirs.receive(&sent), Some(message));
        }
    }
}
