//! A contactless card for the virtual reader of PC/SC (`vpcd`): the card's side of its byte stream.
//!
//! Each message has a length of two bytes, big endian. One byte is a command of the reader: 0 power off, 1 power on, 2 reset,
//! 4 say your ATR; anything else is an APDU. Only the ATR and the APDUs are answered.
//!
//! The reader (TCP ports 35963, 35964 for its second slot) takes a connection as a card and its end as the card's leaving;
//! nothing in the stream says so. Whoever serves the wire connects as long as [`VpcdCard::card`] gives the same card.

use units::Instant;
use wire::card::CardUid;

use crate::ByteDevice;
use crate::shared::Shared;

/// ATR of a storage card, MIFARE Classic 1K, as readers of PC/SC make it up.
pub const ATR_MIFARE_1K: [u8; 20] = [
    0x3b, 0x8f, 0x80, 0x01, 0x80, 0x4f, 0x0c, 0xa0, 0x00, 0x00, 0x03, 0x06, 0x03, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00,
    0x6a,
];

const SAY_ATR: u8 = 4;
/// GET DATA of the reader: the serial number. The length expected, behind it, may be zero or exact.
const GET_UID: [u8; 4] = [0xff, 0xca, 0x00, 0x00];
const SUCCESS: [u8; 2] = [0x90, 0x00];
const NOT_SUPPORTED: [u8; 2] = [0x6d, 0x00];
/// The most bytes of answers that wait to be fetched; what does not fit is not answered.
const MAX_WAITING: usize = 4096;

/// A place for a card in the virtual reader. Clones are handles on the same place.
#[derive(Clone, Debug, Default)]
pub struct VpcdCard(Shared<Slot>);

#[derive(Debug, Default)]
struct Slot {
    card: Option<CardUid>,
    /// The beginning of a message whose end has not arrived; a message has at most 65535 bytes.
    arrived: Vec<u8>,
    answer: Vec<u8>,
}

impl VpcdCard {
    /// No card is there.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Holds a card against the reader, in place of any other.
    pub fn present(&self, uid: CardUid) {
        self.0.with(|slot| slot.card = Some(uid));
    }

    /// Takes the card away.
    pub fn remove(&self) {
        self.0.with(|slot| slot.card = None);
    }

    /// The card that is there; as long as there is one, there has to be a connection.
    #[must_use]
    pub fn card(&self) -> Option<CardUid> {
        self.0.with(|slot| slot.card)
    }

    /// A new connection: what was left of the last one is gone.
    pub fn connected(&self) {
        self.0.with(|slot| {
            slot.arrived.clear();
            slot.answer.clear();
        });
    }
}

impl Slot {
    fn message(&mut self, message: &[u8]) {
        if self.answer.len() > MAX_WAITING {
            return;
        }
        let answer = match message {
            [SAY_ATR] => self.card.map(|_| ATR_MIFARE_1K.to_vec()).unwrap_or_default(),
            [] | [_] => return,
            apdu => match self.card {
                Some(uid) if apdu.starts_with(&GET_UID) => [uid.as_bytes(), &SUCCESS].concat(),
                Some(_) => NOT_SUPPORTED.to_vec(),
                None => Vec::new(),
            },
        };
        self.answer.extend((answer.len() as u16).to_be_bytes());
        self.answer.extend(answer);
    }
}

impl ByteDevice for VpcdCard {
    fn receive(&mut self, _now: Instant, bytes: &[u8]) {
        self.0.with(|slot| {
            slot.arrived.extend_from_slice(bytes);
            while let Some((length, rest)) = slot.arrived.split_first_chunk::<2>() {
                let end = 2 + usize::from(u16::from_be_bytes(*length));
                if rest.len() + 2 < end {
                    break;
                }
                let message = slot.arrived[2..end].to_vec();
                slot.arrived.drain(..end);
                slot.message(&message);
            }
        });
    }

    fn transmit(&mut self, _now: Instant) -> Vec<u8> {
        self.0.with(|slot| std::mem::take(&mut slot.answer))
    }

    fn next_change(&self) -> Option<Instant> {
        self.0.with(|slot| (!slot.answer.is_empty()).then_some(Instant::ZERO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(card: &mut VpcdCard, bytes: &[u8]) -> Vec<u8> {
        card.receive(Instant::ZERO, bytes);
        card.transmit(Instant::ZERO)
    }

    #[test]
    fn a_card_says_what_it_is_and_its_serial_number() {
        let mut card = VpcdCard::new();
        card.present("DEADBEEF".parse().expect("a serial number"));
        assert_eq!(say(&mut card, &[0, 1, 1]), []);
        assert_eq!(say(&mut card, &[0, 1, 4]), [&[0, 20][..], &ATR_MIFARE_1K].concat());
        assert_eq!(say(&mut card, &[0, 5, 0xff, 0xca, 0, 0, 0]), [0, 6, 0xde, 0xad, 0xbe, 0xef, 0x90, 0x00]);
        assert_eq!(say(&mut card, &[0, 5, 0xff, 0xb0, 0, 4, 16]), [0, 2, 0x6d, 0x00]);
        assert_eq!(say(&mut card, &[0, 1, 0, 0, 1, 2]), [], "off, reset");
    }

    #[test]
    fn messages_may_be_cut_anywhere_and_an_empty_place_has_an_empty_atr() {
        let mut card = VpcdCard::new();
        assert_eq!(say(&mut card, &[0]), []);
        assert_eq!(say(&mut card, &[1]), []);
        assert_eq!(say(&mut card, &[4, 0]), [0, 0]);
        assert_eq!(say(&mut card, &[1, 4]), [0, 0]);
    }

    #[test]
    fn long_messages_and_a_reader_that_fetches_nothing_stay_within_bounds() {
        let mut card = VpcdCard::new();
        card.receive(Instant::ZERO, &[0xff, 0xff]);
        card.receive(Instant::ZERO, &vec![0; 65_535]);
        assert_eq!(card.0.with(|slot| slot.arrived.len()), 0);
        card.present("DEADBEEF".parse().expect("a serial number"));
        (0..10_000).for_each(|_| card.receive(Instant::ZERO, &[0, 1, 4]));
        assert!(card.transmit(Instant::ZERO).len() < 2 * MAX_WAITING);
    }
}
