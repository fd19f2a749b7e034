//! A PN532 on a serial line, `pn532:/dev/ttyS1`.
//!
//! | option | meaning | default |
//! |---|---|---|
//! | a bare number | bits per second, 8N1 | 115200 |
//! | `poll_ms` | from one look for a card to the next | 150 |

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use wire::pn532::{Frame, FrameError, Parser, SERIAL_WAKE_UP};

use super::pn532::{Carrier, POLL, Pn532};
use crate::options::Options;
use crate::{Endpoint, EndpointError, Line, LineParity, LineSettings, Open};

/// As the chip starts.
const LINE: LineSettings = LineSettings::new(115_200, 8, LineParity::None);
/// How many reads at most go into throwing away what has arrived: a line that never falls silent is not waited for.
const MAX_STALE: usize = 64;

/// Frames in a byte stream.
#[derive(Debug)]
pub struct UartCarrier<S> {
    name: String,
    line: S,
    outgoing: Vec<u8>,
    parser: Parser,
    arrived: VecDeque<Result<Frame, FrameError>>,
}

impl<S> UartCarrier<S> {
    /// Frames on this line; `name` is how errors call it.
    pub fn new(name: impl Into<String>, line: S) -> Self {
        Self { name: name.into(), line, outgoing: Vec::new(), parser: Parser::new(), arrived: VecDeque::new() }
    }

    fn lost(&self, what: &str, error: &io::Error) -> LinkError {
        LinkError::new(ErrorKind::Disconnected, self.name.clone(), format!("{what}: {error}"))
    }
}

impl<S: AsyncRead + Unpin> UartCarrier<S> {
    /// Throws away what has arrived: noise, and late answers to what was given up.
    fn forget(&mut self) {
        self.parser = Parser::new();
        self.arrived.clear();
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..MAX_STALE {
            let mut buffer = [0; 256];
            let mut buffer = ReadBuf::new(&mut buffer);
            match Pin::new(&mut self.line).poll_read(&mut context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                // Nothing is there; or the line is gone, which shows at the next use.
                Poll::Ready(_) | Poll::Pending => return,
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Carrier for UartCarrier<S> {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, frame: &Frame, wake: bool) -> Result<(), LinkError> {
        let bytes = frame.encode().ok_or_else(|| {
            LinkError::new(ErrorKind::Refused, self.name.clone(), "a frame of more bytes than the chip takes")
        })?;
        self.forget();
        self.outgoing.clear();
        if wake {
            self.outgoing.extend(SERIAL_WAKE_UP);
            // Gives up whatever the chip may be at.
            self.outgoing.extend(Frame::Ack.encode().unwrap_or_default());
        }
        self.outgoing.extend(bytes);
        Ok(())
    }

    async fn sent(&mut self) -> Result<(), LinkError> {
        while !self.outgoing.is_empty() {
            match self.line.write(&self.outgoing).await {
                Ok(0) => return Err(self.lost("writing", &io::ErrorKind::WriteZero.into())),
                Ok(count) => drop(self.outgoing.drain(..count)),
                Err(error) => return Err(self.lost("writing", &error)),
            }
        }
        Ok(())
    }

    async fn receive(&mut self) -> Result<Frame, LinkError> {
        loop {
            match self.arrived.pop_front() {
                Some(Ok(frame)) => return Ok(frame),
                Some(Err(error)) => {
                    return Err(LinkError::new(ErrorKind::Garbled, self.name.clone(), error.to_string()));
                }
                None => {}
            }
            let mut buffer = [0; 256];
            match self.line.read(&mut buffer).await {
                Ok(0) => return Err(self.lost("reading", &io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => self.arrived.extend(self.parser.push(&buffer[..count])),
                Err(error) => return Err(self.lost("reading", &error)),
            }
        }
    }
}

impl Open for Pn532<UartCarrier<Line>> {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        settings(endpoint).map(drop)
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let (line, poll) = settings(endpoint)?;
        let path = endpoint.target();
        Ok(Self::new(UartCarrier::new(path, line.open(path)?), poll))
    }
}

/// How its line is, and how often it is asked.
fn settings(endpoint: &Endpoint) -> Result<(LineSettings, Duration), EndpointError> {
    let mut options = Options::of(endpoint);
    options.path("/dev/ttyS1");
    let line = LineSettings::by_speed(&mut options, LINE);
    let poll = options.millis("poll_ms", POLL);
    options.end()?;
    Ok((line, poll))
}

#[cfg(test)]
mod tests {
    use super::*;

    use devices::ByteDevice;
    use devices::pn532::{Pn532 as Model, Pn532Fault};
    use hardware::{Token, TokenReader};
    use tokio::io::DuplexStream;
    use tokio::time::{Instant, sleep_until, timeout};

    /// Lets the model answer on its end of a line, until the other end is gone.
    async fn serve(mut model: Model, mut line: impl AsyncRead + AsyncWrite + Unpin) {
        let start = Instant::now();
        let mut buffer = [0; 64];
        loop {
            let wake = model.next_change().map_or(Duration::from_millis(20), units::Instant::elapsed);
            tokio::select! {
                biased;
                count = line.read(&mut buffer) => match count {
                    Ok(0) | Err(_) => return,
                    Ok(count) => model.receive(start.elapsed().into(), &buffer[..count]),
                },
                () = sleep_until((start + wake).max(Instant::now() + Duration::from_millis(1))) => {}
            }
            let answer = model.transmit(start.elapsed().into());
            if line.write_all(&answer).await.is_err() {
                return;
            }
        }
    }

    fn bench() -> (Pn532<UartCarrier<DuplexStream>>, Model) {
        let (host, chip) = tokio::io::duplex(1024);
        let model = Model::new();
        tokio::spawn(serve(model.clone(), chip));
        (Pn532::new(UartCarrier::new("/dev/ttyS1", host), POLL), model)
    }

    fn card(text: &str) -> wire::card::CardUid {
        text.parse().expect("a serial number")
    }

    #[tokio::test(start_paused = true)]
    async fn every_card_counts_once_for_every_time_it_is_held_there() {
        let (mut reader, world) = bench();
        for text in ["DEADBEEF", "04A2B3C4D5E680", "88040102030405060708", "DEADBEEF"] {
            world.present(card(text));
            assert_eq!(reader.next_token().await, Ok(Token::card(text)));
            let held = timeout(Duration::from_secs(60), reader.next_token()).await;
            assert!(held.is_err(), "{text} is still there: {held:?}");
        }
        world.remove();
        let away = timeout(3 * POLL, reader.next_token()).await;
        assert!(away.is_err());
        world.present(card("DEADBEEF"));
        assert_eq!(reader.next_token().await, Ok(Token::card("DEADBEEF")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_card_is_found_in_time_and_however_often_the_wait_is_given_up() {
        let (mut reader, world) = bench();
        world.present(card("DEADBEEF"));
        let start = Instant::now();
        let token = loop {
            match timeout(Duration::from_millis(1), reader.next_token()).await {
                Ok(token) => break token,
                Err(_) => assert!(start.elapsed() < Duration::from_millis(500), "a second look was needed"),
            }
        };
        assert_eq!(token, Ok(Token::card("DEADBEEF")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_chip_that_hangs_is_told_and_found_again_when_it_wakes() {
        let (mut reader, world) = bench();
        world.present(card("DEADBEEF"));
        for (fault, kind) in [
            (Pn532Fault::Stuck, ErrorKind::TimedOut),
            (Pn532Fault::Nack, ErrorKind::TimedOut),
            (Pn532Fault::BadChecksum, ErrorKind::Garbled),
        ] {
            world.set_fault(fault);
            let error = reader.next_token().await.expect_err("broken");
            assert_eq!((error.kind, error.device.as_ref()), (kind, "/dev/ttyS1"), "{fault:?}");
        }
        world.set_fault(Pn532Fault::None);
        assert_eq!(reader.next_token().await, Ok(Token::card("DEADBEEF")));
        world.set_fault(Pn532Fault::Stuck);
        assert_eq!(reader.next_token().await.map_err(|error| error.kind), Err(ErrorKind::TimedOut));
        world.set_fault(Pn532Fault::None);
        let again = timeout(Duration::from_secs(60), reader.next_token()).await;
        assert!(again.is_err(), "it was there all the time: {again:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn noise_on_the_line_costs_a_look_and_no_card() {
        const NOISE: [u8; 7] = [0x13, 0x00, 0xff, 0x07, 0x07, 0x00, 0xff];
        let (host, mut line) = tokio::io::duplex(1024);
        let mut reader = Pn532::new(UartCarrier::new("/dev/ttyS1", host), POLL);
        line.write_all(&NOISE).await.expect("there is room");
        let model = Model::new();
        model.present(card("DEADBEEF"));
        tokio::spawn(async move {
            // What came before the question was thrown away; this comes after it.
            let _ = line.read(&mut [0; 64]).await;
            let _ = line.write_all(&NOISE).await;
            serve(model, line).await;
        });
        assert_eq!(reader.next_token().await.map_err(|error| error.kind), Err(ErrorKind::Garbled));
        assert_eq!(reader.next_token().await, Ok(Token::card("DEADBEEF")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_that_is_pulled_is_gone() {
        let (host, chip) = tokio::io::duplex(1024);
        drop(chip);
        let mut reader = Pn532::new(UartCarrier::new("/dev/ttyUSB0", host), POLL);
        let error = reader.next_token().await.expect_err("the line is gone");
        assert_eq!((error.kind, error.device.as_ref()), (ErrorKind::Disconnected, "/dev/ttyUSB0"));
    }

    #[tokio::test]
    async fn on_a_real_terminal_it_works_alike() {
        let (host, chip) = tokio_serial::SerialStream::pair().expect("a pty");
        let model = Model::new();
        model.present(card("04A2B3C4D5E680"));
        tokio::spawn(serve(model, chip));
        let mut reader = Pn532::new(UartCarrier::new("a pty", host), POLL);
        let token = timeout(Duration::from_secs(30), reader.next_token()).await.expect("it answers");
        assert_eq!(token, Ok(Token::card("04A2B3C4D5E680")));
    }
}
