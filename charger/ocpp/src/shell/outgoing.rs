//! Frames on their way out: whoever has one to send never waits for the peer to take it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{Sink, SinkExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use units::Instant;

/// The frames that the peer has not taken yet.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    line: VecDeque<Message>,
    /// One is with the socket, which has not passed all of it on.
    flushing: bool,
    /// Since when nothing has moved, and how many bytes had been taken then.
    still: Option<(Instant, u64)>,
}

impl Outgoing {
    /// So many frames wait at most for a peer that takes nothing, and those that the station itself sends, which are few.
    const MOST: usize = 32;

    pub(super) fn push(&mut self, message: Message) {
        self.line.push_back(message);
    }

    /// Whether an answer would find a place.
    pub(super) fn has_room(&self) -> bool {
        self.line.len() < Self::MOST
    }

    /// Notes how many bytes the peer has taken; answers how long it has taken none although there are some.
    pub(super) fn stands_still(&mut self, now: Instant, taken: u64) -> Duration {
        self.still = match self.still {
            _ if self.line.is_empty() && !self.flushing => None,
            Some((since, before)) if before == taken => Some((since, before)),
            Some(_) | None => Some((now, taken)),
        };
        self.still.map_or(Duration::ZERO, |(since, _)| now - since)
    }

    /// Since when nothing has moved.
    pub(super) fn still_since(&self) -> Option<Instant> {
        self.still.map(|(since, _)| since)
    }

    /// Passes on as much as the socket takes. Pending: it takes no more for now.
    pub(super) fn poll_send<S>(
        &mut self,
        socket: &mut WebSocketStream<S>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Error>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        loop {
            if self.flushing {
                ready!(Pin::new(&mut *socket).poll_flush(context))?;
                self.flushing = false;
            }
            if self.line.is_empty() {
                return Poll::Ready(Ok(()));
            }
            ready!(Pin::new(&mut *socket).poll_ready(context))?;
            if let Some(message) = self.line.pop_front() {
                socket.start_send_unpin(message)?;
                self.flushing = true;
            }
        }
    }
}

/// Counts the bytes that the peer takes.
#[derive(Debug)]
pub(super) struct Counted<S> {
    stream: S,
    taken: u64,
}

impl<S> Counted<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self { stream, taken: 0 }
    }

    pub(super) const fn taken(&self) -> u64 {
        self.taken
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        let own = self.get_mut();
        let written = ready!(Pin::new(&mut own.stream).poll_write(context, bytes))?;
        own.taken += written as u64;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
