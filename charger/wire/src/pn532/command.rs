//! What is said in the frames: the commands that make the chip look for a card, and its answers.

use std::fmt;

use super::frame::{Direction, Frame};
use crate::card::CardUid;

/// What the host asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Command {
    /// Who are you?
    GetFirmwareVersion,
    /// Work without a security module; must come first after power-up.
    SamConfiguration {
        /// Unused in normal mode, in units of 50 ms.
        timeout: u8,
        /// The chip raises its interrupt line when it has an answer.
        use_irq: bool,
    },
    /// How often the chip repeats a try that finds no card before it gives up and answers; `0xff` is for ever, and that is
    /// what it does after power-up.
    SetRetries {
        /// Tries to activate a card.
        activation: u8,
    },
    /// Look for a card of type A at 106 kbit/s.
    ListPassiveTarget,
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As the chip's manual calls them.
        f.write_str(match self {
            Self::GetFirmwareVersion => "GetFirmwareVersion",
            Self::SamConfiguration { .. } => "SAMConfiguration",
            Self::SetRetries { .. } => "RFConfiguration",
            Self::ListPassiveTarget => "InListPassiveTarget",
        })
    }
}

/// A card in the field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Target {
    /// The chip's number for it.
    pub number: u8,
    /// SENS_RES (ATQA) as the chip sends it.
    pub sens_res: [u8; 2],
    /// SEL_RES (SAK): `08` is a MIFARE Classic 1K, `20` speaks ISO/IEC 14443-4.
    pub sel_res: u8,
    /// Its serial number.
    pub uid: CardUid,
}

/// What the chip answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reply {
    /// Who it is.
    FirmwareVersion {
        /// `32` is a PN532.
        ic: u8,
        /// Version of its firmware.
        version: u8,
        /// Revision of its firmware.
        revision: u8,
        /// Bit set of what it speaks.
        support: u8,
    },
    /// [`Command::SamConfiguration`] is done.
    SamConfigured,
    /// [`Command::SetRetries`] is done.
    RetriesSet,
    /// The card in the field, if there is one.
    Card(Option<Target>),
}

/// Data of a frame that is no command or no answer known here.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WordError {
    /// The frame goes the other way, or is no information frame.
    #[error("expected an information frame of the other side, got {0}")]
    Frame(Frame),
    /// Too short for what it says it is, or a serial number of an odd length.
    #[error("cut short: {0:02x?}")]
    Short(Vec<u8>),
    /// Nothing known.
    #[error("unknown: {0:02x?}")]
    Unknown(Vec<u8>),
}

impl Command {
    /// The frame that asks it.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let data = match *self {
            Self::GetFirmwareVersion => vec![0x02],
            Self::SamConfiguration { timeout, use_irq } => vec![0x14, 0x01, timeout, u8::from(use_irq)],
            // The two other retry counts keep their values of power-up.
            Self::SetRetries { activation } => vec![0x32, 0x05, 0xff, 0x01, activation],
            Self::ListPassiveTarget => vec![0x4a, 0x01, 0x00],
        };
        Frame::Information { direction: Direction::ToChip, data }
    }

    /// Reads what the host asked.
    ///
    /// # Errors
    /// It is none of these.
    pub fn from_frame(frame: &Frame) -> Result<Self, WordError> {
        let Frame::Information { direction: Direction::ToChip, data } = frame else {
            return Err(WordError::Frame(frame.clone()));
        };
        match data[..] {
            [0x02] => Ok(Self::GetFirmwareVersion),
            [0x14, 0x01, timeout, irq] => Ok(Self::SamConfiguration { timeout, use_irq: irq != 0 }),
            [0x14, 0x01, timeout] => Ok(Self::SamConfiguration { timeout, use_irq: true }),
            [0x32, 0x05, _, _, activation] => Ok(Self::SetRetries { activation }),
            [0x4a, 0x01, 0x00] => Ok(Self::ListPassiveTarget),
            _ => Err(WordError::Unknown(data.clone())),
        }
    }
}

impl Reply {
    /// The frame that answers it.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let data = match *self {
            Self::FirmwareVersion { ic, version, revision, support } => vec![0x03, ic, version, revision, support],
            Self::SamConfigured => vec![0x15],
            Self::RetriesSet => vec![0x33],
            Self::Card(None) => vec![0x4b, 0x00],
            Self::Card(Some(Target { number, sens_res: [high, low], sel_res, uid })) => {
                let uid = uid.as_bytes();
                [&[0x4b, 0x01, number, high, low, sel_res, uid.len() as u8], uid].concat()
            }
        };
        Frame::Information { direction: Direction::FromChip, data }
    }

    /// Reads what the chip answered. Behind a card's serial number there may be more (ATS); it is passed over.
    ///
    /// # Errors
    /// It is none of these, or cut short.
    pub fn from_frame(frame: &Frame) -> Result<Self, WordError> {
        let Frame::Information { direction: Direction::FromChip, data } = frame else {
            return Err(WordError::Frame(frame.clone()));
        };
        match data[..] {
            [0x03, ic, version, revision, support] => Ok(Self::FirmwareVersion { ic, version, revision, support }),
            [0x15] => Ok(Self::SamConfigured),
            [0x33] => Ok(Self::RetriesSet),
            [0x4b, 0x00, ..] => Ok(Self::Card(None)),
            [0x4b, _, number, high, low, sel_res, length, ref rest @ ..] => rest
                .get(..usize::from(length))
                .and_then(CardUid::new)
                .map(|uid| Self::Card(Some(Target { number, sens_res: [high, low], sel_res, uid })))
                .ok_or_else(|| WordError::Short(data.clone())),
            [0x4b, ..] => Err(WordError::Short(data.clone())),
            _ => Err(WordError::Unknown(data.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn data(frame: &Frame) -> Vec<u8> {
        match frame {
            Frame::Information { data, .. } => data.clone(),
            Frame::Ack | Frame::Nack | Frame::SyntaxError => Vec::new(),
        }
    }

    fn answer(data: &[u8]) -> Result<Reply, WordError> {
        Reply::from_frame(&Frame::Information { direction: Direction::FromChip, data: data.to_vec() })
    }

    #[test]
    fn commands_are_those_of_the_chip() {
        assert_eq!(data(&Command::GetFirmwareVersion.frame()), [0x02]);
        let sam = Command::SamConfiguration { timeout: 0x14, use_irq: true };
        assert_eq!(data(&sam.frame()), [0x14, 0x01, 0x14, 0x01]);
        assert_eq!(data(&Command::SetRetries { activation: 2 }.frame()), [0x32, 0x05, 0xff, 0x01, 0x02]);
        assert_eq!(data(&Command::ListPassiveTarget.frame()), [0x4a, 0x01, 0x00]);
    }

    #[test]
    fn answers_say_who_the_chip_is_and_which_card_is_there() {
        let version = Reply::FirmwareVersion { ic: 0x32, version: 1, revision: 6, support: 7 };
        assert_eq!(answer(&[0x03, 0x32, 0x01, 0x06, 0x07]), Ok(version));
        assert_eq!(answer(&[0x15]), Ok(Reply::SamConfigured));
        assert_eq!(answer(&[0x4b, 0x00]), Ok(Reply::Card(None)));
        let card = [0x4b, 0x01, 0x01, 0x00, 0x04, 0x08, 0x04, 0xde, 0xad, 0xbe, 0xef];
        let uid = CardUid::new(&[0xde, 0xad, 0xbe, 0xef]).expect("four bytes");
        let target = Target { number: 1, sens_res: [0x00, 0x04], sel_res: 0x08, uid };
        assert_eq!(answer(&card), Ok(Reply::Card(Some(target))));
        assert_eq!(data(&Reply::Card(Some(target)).frame()), card);
    }

    #[test]
    fn a_card_with_a_serial_number_cut_short_is_none() {
        for data in [&[0x4b, 0x01][..], &[0x4b, 1, 1, 0, 4, 8, 4, 0xde, 0xad], &[0x4b, 1, 1, 0, 4, 8, 3, 1, 2, 3]] {
            assert_eq!(answer(data), Err(WordError::Short(data.to_vec())));
        }
    }

    proptest! {
        #[test]
        fn any_data_is_read_or_refused(data in prop::collection::vec(any::<u8>(), 0..80), to_chip: bool) {
            let direction = if to_chip { Direction::ToChip } else { Direction::FromChip };
            let frame = Frame::Information { direction, data };
            if let Ok(command) = Command::from_frame(&frame) {
                prop_assert_eq!(Command::from_frame(&command.frame()), Ok(command));
            }
            if let Ok(reply) = Reply::from_frame(&frame) {
                prop_assert_eq!(Reply::from_frame(&reply.frame()), Ok(reply));
            }
        }

        #[test]
        fn a_card_of_any_length_is_read(uid in prop::collection::vec(any::<u8>(), 10), length in 0usize..3, sel_res: u8) {
            let uid = CardUid::new(&uid[..[4, 7, 10][length]]).expect("a length of cards");
            let reply = Reply::Card(Some(Target { number: 1, sens_res: [0, 4], sel_res, uid }));
            prop_assert_eq!(Reply::from_frame(&reply.frame()), Ok(reply));
        }
    }
}
