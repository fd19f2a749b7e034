//! Messages in frames, on a stream of bytes.

use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use wire::cobs_board::{FrameCounters, FrameDecoder, append_frame};

use crate::{PacketLink, Received};

/// A frame takes 4 ms on the line; a port that takes none for so long is stuck.
const SEND_WITHIN: Duration = Duration::from_millis(100);

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
    unread: Range<usize>,
    /// What the port has not taken yet of the last frame: an order that is given up leaves it here.
    unsent: Vec<u8>,
}

impl<S> SerialLink<S> {
    /// Frames on this stream.
    pub fn new(device: impl Into<String>, stream: S) -> Self {
        Self {
            device: device.into(),
            stream,
            decoder: FrameDecoder::new(),
            buffer: Box::new([0; 256]),
            unread: 0..0,
            unsent: Vec::new(),
        }
    }

    /// What the line has seen.
    pub const fn counters(&self) -> FrameCounters {
        self.decoder.counters()
    }

    /// An established link has no error but its end.
    fn gone(&self, error: &io::Error) -> LinkError {
        LinkError::new(ErrorKind::Disconnected, self.device.clone(), error.to_string())
    }
}

impl<S: AsyncWrite + Unpin> SerialLink<S> {
    /// Writes what is left. Cancel safe: no byte goes out twice.
    async fn flush(&mut self) -> io::Result<()> {
        while !self.unsent.is_empty() {
            let written = self.stream.write(&self.unsent).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.unsent.drain(..written);
        }
        Ok(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> PacketLink for SerialLink<S> {
    const LOSSY: bool = true;

    fn device(&self) -> &str {
        &self.device
    }

    async fn send(&mut self, packet: &[u8]) -> Result<(), LinkError> {
        // A zero in front ends whatever noise has left at the other end.
        self.unsent.push(0);
        append_frame(packet, &mut self.unsent);
        let flushed = {
            let mut flush = pin!(self.flush());
            // A port that takes the whole frame at once needs no timer.
            match poll_fn(|cx| Poll::Ready(flush.as_mut().poll(cx))).await {
                Poll::Ready(flushed) => Ok(flushed),
                Poll::Pending => timeout(SEND_WITHIN, flush).await,
            }
        };
        match flushed {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.gone(&error)),
            Err(_) => {
                self.unsent.clear();
                let what = format!("the port took nothing for {SEND_WITHIN:?}");
                Err(LinkError::new(ErrorKind::TimedOut, self.device.clone(), what))
            }
        }
    }

    async fn receive(&mut self) -> Result<Received, LinkError> {
        loop {
            let mut input = &self.buffer[self.unread.clone()];
            let frame = self.decoder.next_frame(&mut input);
            self.unread.start = self.unread.end - input.len();
            match frame {
                Some(Ok(packet)) => return Ok(Received::Packet(packet)),
                Some(Err(error)) => {
                    tracing::debug!(device = self.device, %error, "a damaged frame");
                    return Ok(Received::Damaged);
                }
                None => {}
            }
            match self.stream.read(&mut self.buffer[..]).await {
                Ok(0) => {
                    let ended = io::Error::new(io::ErrorKind::UnexpectedEof, "the line is closed");
                    return Err(self.gone(&ended));
                }
                Ok(length) => self.unread = 0..length,
                Err(error) => return Err(self.gone(&error)),
            }
        }
    }

    async fn discard(&mut self) -> Result<(), LinkError> {
        self.unread = 0..0;
        for _ in 0..MOST_WAITING {
            match timeout(Duration::ZERO, self.stream.read(&mut self.buffer[..])).await {
                Ok(Ok(0)) => return Err(self.gone(&io::ErrorKind::UnexpectedEof.into())),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(self.gone(&error)),
                Err(_) => break,
            }
        }
        Ok(())
    }
}
