//! A board on a serial line: the same messages in frames.

use std::io;
use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use wire::cobs_board::{FrameCounters, FrameDecoder, encode_frame};

use super::{PacketBoard, PacketLink, gone};
use crate::options::only;
use crate::serial::line_word;
use crate::{Endpoint, Line, LineParity, LineSettings, Open};

/// A power board on a serial line.
pub type UartBoard = PacketBoard<SerialLink<Line>>;

/// How such boards are wired.
const LINE: LineSettings = LineSettings { baud: 115_200, data_bits: 8, parity: LineParity::None, stop_bits: 1 };

/// A frame takes 2 ms on the line; a port that takes none for so long is stuck.
const SEND_WITHIN: Duration = Duration::from_millis(500);

/// How many reads may be full of what an earlier host had coming.
const MOST_WAITING: usize = 64;

/// Cuts a stream of bytes into messages.
#[derive(Debug)]
pub struct SerialLink<S> {
    device: String,
    stream: S,
    decoder: FrameDecoder,
    buffer: Box<[u8; 256]>,
    /// Bytes that were read and not looked at yet: one read may bring several frames.
    unread: std::ops::Range<usize>,
}

impl<S> SerialLink<S> {
    /// Frames on this stream.
    pub fn new(device: impl Into<String>, stream: S) -> Self {
        Self { device: device.into(), stream, decoder: FrameDecoder::new(), buffer: Box::new([0; 256]), unread: 0..0 }
    }

    /// What the line has seen.
    pub const fn counters(&self) -> FrameCounters {
        self.decoder.counters()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> PacketLink for SerialLink<S> {
    const LOSSY: bool = true;

    fn device(&self) -> &str {
        &self.device
    }

    async fn send(&mut self, packet: &[u8]) -> Result<(), LinkError> {
        // A zero in front ends whatever an interrupted frame or noise has left at the other end.
        let frame = [&[0][..], &encode_frame(packet)].concat();
        match timeout(SEND_WITHIN, self.stream.write_all(&frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(gone(&self.device, &error)),
            Err(_) => {
                let what = format!("the port took nothing for {SEND_WITHIN:?}");
                Err(LinkError::new(ErrorKind::TimedOut, self.device.clone(), what))
            }
        }
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        loop {
            let mut input = &self.buffer[self.unread.clone()];
            let frame = self.decoder.next_frame(&mut input);
            self.unread.start = self.unread.end - input.len();
            match frame {
                Some(Ok(packet)) => return Ok(packet),
                Some(Err(error)) => {
                    let what = format!("a broken frame: {error} ({:?})", self.decoder.counters());
                    return Err(LinkError::new(ErrorKind::Garbled, self.device.clone(), what));
                }
                None => {}
            }
            match self.stream.read(&mut self.buffer[..]).await {
                Ok(0) => {
                    let ended = io::Error::new(io::ErrorKind::UnexpectedEof, "the line is closed");
                    return Err(gone(&self.device, &ended));
                }
                Ok(length) => self.unread = 0..length,
                Err(error) => return Err(gone(&self.device, &error)),
            }
        }
    }

    async fn discard(&mut self) -> Result<(), LinkError> {
        self.unread = 0..0;
        for _ in 0..MOST_WAITING {
            match timeout(Duration::ZERO, self.stream.read(&mut self.buffer[..])).await {
                Ok(Ok(0)) => return Err(gone(&self.device, &io::ErrorKind::UnexpectedEof.into())),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(gone(&self.device, &error)),
                Err(_) => break,
            }
        }
        Ok(())
    }
}

impl Open for UartBoard {
    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let word = line_word(endpoint);
        only(endpoint, &word.into_iter().chain(["tethered"]).collect::<Vec<_>>())?;
        let line = match word.map(str::parse::<u32>) {
            // The speed alone is enough, as such boards have but one form of character.
            Some(Ok(baud @ 50..=4_000_000)) => LineSettings { baud, ..LINE },
            Some(_) => LineSettings::of(endpoint, LINE)?,
            None => LINE,
        };
        let stream = line.open(endpoint.target())?;
        Ok(Self::new(SerialLink::new(endpoint.to_string(), stream), endpoint.option("tethered").is_some()))
    }
}
