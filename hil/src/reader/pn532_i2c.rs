//! A PN532 on an I2C bus, `pn532:i2c:/dev/i2c-0@0x24`.
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `poll_ms` | from one look for a card to the next | 150 |

use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use tokio::time::{Instant, sleep_until};
use wire::pn532::{Frame, decode_i2c};

use super::pn532::{Carrier, POLL, Pn532};
use crate::i2c::{Chip, ChipPlace};
use crate::options::Options;
use crate::worker::Call;
use crate::{Endpoint, EndpointError, Open};

/// An ACK with the byte ahead of it.
const ACK_LENGTH: usize = 1 + 6;
/// An answer with the byte ahead of it: room for a card of ten bytes and for a long word of what else it can (ATS).
const ANSWER_LENGTH: usize = 1 + 127;
/// From one read to the next, while the chip is not ready.
const AGAIN: Duration = Duration::from_millis(3);

/// Frames over I2C: written in one transfer; read as soon as a read of one byte says ready.
pub struct I2cCarrier {
    chip: Chip,
    writing: Option<Call<()>>,
    reading: Option<Call<Vec<u8>>>,
    /// Not before then is there a point in reading.
    next_read: Instant,
    /// The ACK of the last frame has arrived: what comes next is the answer.
    acknowledged: bool,
}

impl I2cCarrier {
    fn new(chip: Chip) -> Self {
        Self { chip, writing: None, reading: None, next_read: Instant::now(), acknowledged: false }
    }
}

impl Carrier for I2cCarrier {
    fn name(&self) -> &str {
        self.chip.name()
    }

    fn send(&mut self, frame: &Frame, _wake: bool) -> Result<(), LinkError> {
        let bytes = frame.encode().ok_or_else(|| {
            LinkError::new(ErrorKind::Refused, self.chip.name().to_owned(), "a frame of more bytes than the chip takes")
        })?;
        self.reading = None;
        self.acknowledged = false;
        self.writing = Some(self.chip.begin_write(bytes)?);
        Ok(())
    }

    async fn sent(&mut self) -> Result<(), LinkError> {
        if let Some(call) = &mut self.writing {
            let result = call.end().await;
            self.writing = None;
            self.next_read = Instant::now() + AGAIN;
            result?;
        }
        Ok(())
    }

    async fn receive(&mut self) -> Result<Frame, LinkError> {
        loop {
            let call = match &mut self.reading {
                Some(call) => call,
                None => {
                    sleep_until(self.next_read).await;
                    let length = if self.acknowledged { ANSWER_LENGTH } else { ACK_LENGTH };
                    self.reading.insert(self.chip.begin_read_if(|status| status & 1 == 1, length)?)
                }
            };
            let result = call.end().await;
            self.reading = None;
            self.next_read = Instant::now() + AGAIN;
            match decode_i2c(&result?) {
                Ok(Some(frame)) => {
                    self.acknowledged = frame == Frame::Ack;
                    return Ok(frame);
                }
                Ok(None) => {}
                Err(error) => {
                    return Err(LinkError::new(ErrorKind::Garbled, self.chip.name().to_owned(), error.to_string()));
                }
            }
        }
    }
}

impl Open for Pn532<I2cCarrier> {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        settings(endpoint).map(drop)
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let (place, poll) = settings(endpoint)?;
        Ok(Self::new(I2cCarrier::new(Chip::open(place).await?), poll))
    }
}

/// Where it is, and how often it is asked.
fn settings(endpoint: &Endpoint) -> Result<(ChipPlace, Duration), EndpointError> {
    let mut options = Options::of(endpoint);
    let place = ChipPlace::of(&mut options, endpoint.target().strip_prefix("i2c:").unwrap_or_default());
    let poll = options.millis("poll_ms", POLL);
    options.end()?;
    Ok((place, poll))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i2c::model;
    use devices::pn532::{Pn532 as Model, Pn532Fault};
    use hardware::{Token, TokenReader};
    use tokio::time::timeout;

    /// Only a safety net: nothing here waits for it.
    const NET: Duration = Duration::from_secs(30);

    async fn bench() -> (Pn532<I2cCarrier>, Model) {
        let world = Model::new();
        let chip = model::chip("/dev/i2c-0@0x24", world.clone(), Instant::now()).await;
        (Pn532::new(I2cCarrier::new(chip), Duration::from_millis(5)), world)
    }

    #[tokio::test]
    async fn cards_of_all_lengths_are_read() {
        let (mut reader, world) = bench().await;
        for text in ["DEADBEEF", "04A2B3C4D5E680", "88040102030405060708"] {
            world.present(text.parse().expect("a serial number"));
            let token = timeout(NET, reader.next_token()).await.expect("it answers");
            assert_eq!(token, Ok(Token::card(text)));
        }
    }

    #[tokio::test]
    async fn a_card_is_not_lost_when_the_wait_is_given_up() {
        let (mut reader, world) = bench().await;
        world.present("DEADBEEF".parse().expect("a serial number"));
        let token = timeout(NET, async {
            loop {
                if let Ok(token) = timeout(Duration::from_micros(100), reader.next_token()).await {
                    return token;
                }
            }
        });
        assert_eq!(token.await.expect("it gets there"), Ok(Token::card("DEADBEEF")));
    }

    #[tokio::test]
    async fn a_missing_chip_is_gone_a_hanging_one_late_and_a_damaged_answer_garbled() {
        let (mut reader, world) = bench().await;
        for (fault, kind) in [
            (Pn532Fault::Nack, ErrorKind::Disconnected),
            (Pn532Fault::Stuck, ErrorKind::TimedOut),
            (Pn532Fault::BadChecksum, ErrorKind::Garbled),
        ] {
            world.set_fault(fault);
            let error = timeout(NET, reader.next_token()).await.expect("it answers").expect_err("broken");
            assert_eq!((error.kind, error.device.as_ref()), (kind, "/dev/i2c-0@0x24"), "{fault:?}");
        }
        world.set_fault(Pn532Fault::None);
        world.present("DEADBEEF".parse().expect("a serial number"));
        let token = timeout(NET, reader.next_token()).await.expect("it answers");
        assert_eq!(token, Ok(Token::card("DEADBEEF")));
    }
}
