//! The PN532 card reader chip, on I2C or on a serial line, and the card in its field.

use std::collections::VecDeque;
use std::time::Duration;

use units::Instant;
use wire::card::CardUid;
use wire::pn532::{Command, Direction, Frame, Parser, Reply, Target, encode_i2c};

use crate::shared::Shared;
use crate::{ByteDevice, I2cChip, Nack};

/// From a command to its ACK.
const ACK_AFTER: Duration = Duration::from_micros(500);
/// From a command to its answer, when no card has to be looked for.
const ANSWER_AFTER: Duration = Duration::from_millis(2);
/// One try to activate a card.
const TRY: Duration = Duration::from_millis(5);
/// The count of retries that means for ever; it holds after power-up.
const FOR_EVER: u8 = 0xff;
/// The most answers that wait to be fetched; a host that fetches none loses the oldest.
const MAX_WAITING: usize = 8;

/// What is broken in the reader.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Pn532Fault {
    /// Nothing.
    #[default]
    None,
    /// Without power: it does not acknowledge on I2C, and is silent on a serial line.
    Nack,
    /// It hangs: it takes what is sent and never has an answer.
    Stuck,
    /// The last byte but one of each of its answers is wrong; its ACKs are not.
    BadChecksum,
}

/// A PN532. Clones are handles on the same chip: one goes behind the wire, one stays with the world.
///
/// ```
/// use devices::{I2cChip, pn532::Pn532};
/// let chip = Pn532::new();
/// chip.present("DEADBEEF".parse()?);
/// let mut on_the_bus: Box<dyn I2cChip> = Box::new(chip.clone());
/// # Ok::<(), wire::card::NoCardUid>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pn532(Shared<Chip>);

#[derive(Debug)]
struct Chip {
    card: Option<CardUid>,
    fault: Pn532Fault,
    parser: Parser,
    retries: u8,
    /// What it has to say, each from its instant on.
    waiting: VecDeque<(Instant, Vec<u8>)>,
    /// It looks for a card until then; `None` as the end: until there is one.
    looking: Option<Option<Instant>>,
}

impl Default for Pn532 {
    fn default() -> Self {
        Self::new()
    }
}

impl Pn532 {
    /// A chip after power-up, without a card in its field.
    #[must_use]
    pub fn new() -> Self {
        Self(Shared::new(Chip {
            card: None,
            fault: Pn532Fault::None,
            parser: Parser::new(),
            retries: FOR_EVER,
            waiting: VecDeque::new(),
            looking: None,
        }))
    }

    /// Holds a card against the reader, in place of any other.
    pub fn present(&self, uid: CardUid) {
        self.0.with(|chip| chip.card = Some(uid));
    }

    /// Takes the card away.
    pub fn remove(&self) {
        self.0.with(|chip| chip.card = None);
    }

    /// Breaks the reader; [`Pn532Fault::None`] mends it.
    pub fn set_fault(&self, fault: Pn532Fault) {
        self.0.with(|chip| chip.fault = fault);
    }
}

impl Chip {
    fn hear(&mut self, now: Instant, bytes: &[u8]) {
        for frame in self.parser.push(bytes) {
            match frame {
                // The host gives up what is under way.
                Ok(Frame::Ack) => {
                    self.waiting.clear();
                    self.looking = None;
                }
                Ok(frame @ Frame::Information { direction: Direction::ToChip, .. }) => self.obey(now, &frame),
                Ok(_) => {}
                Err(_) => self.say(now + ACK_AFTER, &Frame::Nack),
            }
        }
    }

    fn obey(&mut self, now: Instant, frame: &Frame) {
        self.waiting.clear();
        self.looking = None;
        self.say(now + ACK_AFTER, &Frame::Ack);
        let answer = match Command::from_frame(frame) {
            Ok(Command::GetFirmwareVersion) => {
                Reply::FirmwareVersion { ic: 0x32, version: 1, revision: 6, support: 7 }.frame()
            }
            Ok(Command::SamConfiguration { .. }) => Reply::SamConfigured.frame(),
            Ok(Command::SetRetries { activation }) => {
                self.retries = activation;
                Reply::RetriesSet.frame()
            }
            Ok(Command::ListPassiveTarget) => {
                let end = now + ANSWER_AFTER + TRY * (u32::from(self.retries) + 1);
                self.looking = Some((self.retries != FOR_EVER).then_some(end));
                return;
            }
            Err(_) => Frame::SyntaxError,
        };
        self.say(now + ANSWER_AFTER, &answer);
    }

    fn say(&mut self, at: Instant, frame: &Frame) {
        // A frame of this module never has more data than a frame can carry.
        let Some(mut bytes) = frame.encode() else { return };
        if self.fault == Pn532Fault::BadChecksum && matches!(frame, Frame::Information { .. }) {
            let check = bytes.len() - 2;
            bytes[check] ^= 0x01;
        }
        if self.waiting.len() == MAX_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back((at, bytes));
    }

    /// Ends a search that has found something, or has lasted long enough.
    fn look(&mut self, now: Instant) {
        let Some(end) = self.looking else { return };
        let found = self.card.map(|uid| {
            // The longer serial numbers are read in two and three steps; the first byte of SENS_RES says so.
            let size = match uid.as_bytes().len() {
                4 => 0x04,
                7 => 0x44,
                _ => 0x84,
            };
            Target { number: 1, sens_res: [0x00, size], sel_res: 0x08, uid }
        });
        if found.is_some() || end.is_some_and(|end| end <= now) {
            self.looking = None;
            self.say(now, &Reply::Card(found).frame());
        }
    }

    /// What it has to say now, unless it hangs.
    fn next(&mut self, now: Instant) -> Option<&[u8]> {
        if matches!(self.fault, Pn532Fault::Stuck | Pn532Fault::Nack) {
            return None;
        }
        self.look(now);
        self.waiting.front().filter(|(at, _)| *at <= now).map(|(_, bytes)| &bytes[..])
    }
}

impl I2cChip for Pn532 {
    fn write(&mut self, now: Instant, bytes: &[u8]) -> Result<(), Nack> {
        self.0.with(|chip| {
            if chip.fault == Pn532Fault::Nack {
                return Err(Nack);
            }
            chip.hear(now, bytes);
            Ok(())
        })
    }

    fn read(&mut self, now: Instant, buffer: &mut [u8]) -> Result<(), Nack> {
        self.0.with(|chip| {
            if chip.fault == Pn532Fault::Nack {
                return Err(Nack);
            }
            let next = chip.next(now);
            let fetched = next.is_some() && buffer.len() > 1;
            encode_i2c(next, buffer);
            // A read of the status alone leaves the frame where it is.
            if fetched {
                chip.waiting.pop_front();
            }
            Ok(())
        })
    }
}

impl ByteDevice for Pn532 {
    fn receive(&mut self, now: Instant, bytes: &[u8]) {
        self.0.with(|chip| {
            if chip.fault != Pn532Fault::Nack {
                chip.hear(now, bytes);
            }
        });
    }

    fn transmit(&mut self, now: Instant) -> Vec<u8> {
        self.0.with(|chip| {
            let mut bytes = Vec::new();
            while let Some(next) = chip.next(now) {
                bytes.extend_from_slice(next);
                chip.waiting.pop_front();
            }
            bytes
        })
    }

    fn next_change(&self) -> Option<Instant> {
        self.0.with(|chip| match chip.fault {
            Pn532Fault::Stuck | Pn532Fault::Nack => None,
            Pn532Fault::None | Pn532Fault::BadChecksum => {
                let said = chip.waiting.front().map(|(at, _)| *at);
                // A card that is there is found at once; one that comes later, when the device is asked next.
                let found = chip.looking.and(chip.card).map(|_| Instant::ZERO);
                [said, chip.looking.flatten(), found].into_iter().flatten().min()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: Instant = Instant::from_millis(100);

    fn ask(chip: &mut Pn532, now: Instant, command: Command) -> Vec<u8> {
        let frame = command.frame().encode().expect("a short frame");
        I2cChip::write(chip, now, &frame).expect("it acknowledges");
        let mut ack = [0; 7];
        I2cChip::read(chip, now + ACK_AFTER, &mut ack).expect("it acknowledges");
        assert_eq!(ack, [1, 0, 0, 0xff, 0, 0xff, 0]);
        let mut answer = vec![0; 24];
        I2cChip::read(chip, now + Duration::from_millis(90), &mut answer).expect("it acknowledges");
        answer
    }

    #[test]
    fn a_chip_on_i2c_says_who_it_is_and_finds_a_card() {
        let mut chip = Pn532::new();
        let world = chip.clone();
        let version = ask(&mut chip, Instant::ZERO, Command::GetFirmwareVersion);
        assert_eq!(version[..14], [1, 0, 0, 0xff, 0x06, 0xfa, 0xd5, 0x03, 0x32, 0x01, 0x06, 0x07, 0xe8, 0]);
        ask(&mut chip, LATER, Command::SetRetries { activation: 1 });
        let nothing = ask(&mut chip, LATER, Command::ListPassiveTarget);
        assert_eq!(nothing[..11], [1, 0, 0, 0xff, 0x03, 0xfd, 0xd5, 0x4b, 0x00, 0xe0, 0]);
        world.present("DEADBEEF".parse().expect("a serial number"));
        let card = ask(&mut chip, LATER, Command::ListPassiveTarget);
        assert_eq!(card[6..18], [0xd5, 0x4b, 0x01, 0x01, 0x00, 0x04, 0x08, 0x04, 0xde, 0xad, 0xbe, 0xef]);
    }

    #[test]
    fn without_a_count_of_retries_it_looks_until_there_is_a_card_or_the_host_gives_up() {
        let mut chip = Pn532::new();
        let world = chip.clone();
        assert_eq!(ask(&mut chip, Instant::ZERO, Command::ListPassiveTarget), [0; 24], "not ready");
        world.present("04A2B3C4D5E680".parse().expect("a serial number"));
        let mut answer = [0; 24];
        I2cChip::read(&mut chip, LATER, &mut answer).expect("it acknowledges");
        assert_eq!(answer[7..15], [0x4b, 0x01, 0x01, 0x00, 0x44, 0x08, 0x07, 0x04]);
        world.remove();
        ask(&mut chip, LATER, Command::ListPassiveTarget);
        let give_up = Frame::Ack.encode().expect("a short frame");
        I2cChip::write(&mut chip, LATER, &give_up).expect("it acknowledges");
        world.present("DEADBEEF".parse().expect("a serial number"));
        I2cChip::read(&mut chip, LATER, &mut answer).expect("it acknowledges");
        assert_eq!(answer, [0; 24]);
    }

    #[test]
    fn on_a_serial_line_it_answers_in_time_and_says_when() {
        let mut chip = Pn532::new();
        ByteDevice::receive(&mut chip, Instant::ZERO, &wire::pn532::SERIAL_WAKE_UP);
        ByteDevice::receive(&mut chip, Instant::ZERO, &[0x00, 0x00, 0xff, 0x02, 0xfe, 0xd4, 0x02, 0x2a, 0x00]);
        assert!(chip.transmit(Instant::ZERO).is_empty());
        let at = chip.next_change().expect("an ACK is due");
        assert_eq!(chip.transmit(at), [0x00, 0x00, 0xff, 0x00, 0xff, 0x00]);
        let at = chip.next_change().expect("an answer is due");
        assert_eq!(chip.transmit(at), [0, 0, 0xff, 0x06, 0xfa, 0xd5, 0x03, 0x32, 0x01, 0x06, 0x07, 0xe8, 0]);
        assert_eq!(chip.next_change(), None);
    }

    #[test]
    fn what_is_broken_shows_on_the_wire() {
        let mut chip = Pn532::new();
        chip.set_fault(Pn532Fault::Nack);
        assert_eq!(I2cChip::write(&mut chip, Instant::ZERO, &[0]), Err(Nack));
        chip.set_fault(Pn532Fault::BadChecksum);
        assert_eq!(ask(&mut chip, Instant::ZERO, Command::GetFirmwareVersion)[12], 0xe9);
        chip.set_fault(Pn532Fault::Stuck);
        ByteDevice::receive(&mut chip, LATER, &[0x00, 0x00, 0xff, 0x02, 0xfe, 0xd4, 0x02, 0x2a, 0x00]);
        assert_eq!((chip.next_change(), chip.transmit(LATER + LATER.elapsed())), (None, Vec::new()));
    }
}
