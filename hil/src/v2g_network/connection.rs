//! One TCP connection to a car: what is sent waits in a bounded place, and never holds up who sends.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hardware::bounds;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// What a car may leave untaken, beside what the kernel has for it. A longest message of V2G is a few thousand octets, and there
/// is one on its way.
pub(super) const MOST_WAITING: usize = 64 * 1024;
/// What is read at once.
const READ: usize = 4 * 1024;
/// Who has hung up waits so long for the other end to do so (ISO 15118-2, TCP is closed within 5 s after the session).
const PARTING: Duration = Duration::from_secs(5);

/// What comes of listening to a connection.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Heard {
    /// Some octets.
    Octets(Vec<u8>),
    /// It is over: closed by the car, or broken.
    End,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    /// What the kernel has not taken yet, at most [`MOST_WAITING`] octets.
    waiting: Vec<u8>,
}

impl Connection {
    /// A connection that was accepted; `None` when it is broken already.
    pub(super) fn of(stream: TcpStream) -> Option<Self> {
        // A message is one answer that a car waits for: it goes at once.
        stream.set_nodelay(true).ok()?;
        // A car that takes nothing for so long is gone, whatever its last words were.
        SockRef::from(&stream).set_tcp_user_timeout(Some(bounds::NOTICED)).ok()?;
        Some(Self { stream, waiting: Vec::new() })
    }

    /// Sends as much as the kernel takes now, and keeps the rest.
    ///
    /// # Errors
    /// The connection broke, or the car leaves too much untaken: it is of no more use.
    pub(super) fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.write()?;
        let mut rest = octets;
        while self.waiting.is_empty() && !rest.is_empty() {
            match self.stream.try_write(rest) {
                Ok(taken) => rest = &rest[taken..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if self.waiting.len() + rest.len() > MOST_WAITING {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the car takes nothing"));
        }
        self.waiting.extend_from_slice(rest);
        Ok(())
    }

    /// Sends what waits, as far as the kernel takes it now.
    fn write(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            match self.stream.try_write(&self.waiting) {
                Ok(taken) => drop(self.waiting.drain(..taken)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Goes on sending what waits; ready when nothing does any more.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.waiting.is_empty() {
            let taken = ready!(Pin::new(&mut self.stream).poll_write(context, &self.waiting))?;
            self.waiting.drain(..taken);
        }
        Poll::Ready(Ok(()))
    }

    /// Goes on sending what waits, and listens.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Heard> {
        if let Poll::Ready(Err(_)) = self.poll_write(context) {
            return Poll::Ready(Heard::End);
        }
        let mut octets = [0; READ];
        let mut buffer = ReadBuf::new(&mut octets);
        match ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer)) {
            Ok(()) if !buffer.filled().is_empty() => Poll::Ready(Heard::Octets(buffer.filled().to_vec())),
            Ok(()) | Err(_) => Poll::Ready(Heard::End),
        }
    }

    /// Breaks it off: nothing of it is kept, by the kernel neither.
    pub(super) fn abort(self) {
        // Where that fails the kernel closes it in its own time.
        drop(SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)));
    }

    /// Hangs up: what was sent goes out first.
    pub(super) fn part(self) -> Parting {
        Parting { connection: self, told: false, limit: Box::pin(sleep(PARTING)) }
    }
}

/// A connection that was hung up and is not over yet. Whoever closes a socket with unread octets in it takes back what he sent last;
/// so they are read, and thrown away, until the other end hangs up as well, for a while.
#[derive(Debug)]
pub(super) struct Parting {
    connection: Connection,
    /// The other end knows that nothing more comes.
    told: bool,
    limit: Pin<Box<Sleep>>,
}

impl Parting {
    /// Says that nothing more comes, if that can be said without waiting.
    pub(super) fn begin(&mut self) {
        if self.connection.write().is_ok() && self.connection.waiting.is_empty() {
            self.told = SockRef::from(&self.connection.stream).shutdown(std::net::Shutdown::Write).is_ok();
        }
    }

    /// Ready when it is over.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.limit.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        if !self.told {
            match self.connection.poll_write(context) {
                Poll::Ready(Ok(())) => self.begin(),
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => {}
            }
        }
        let mut thrown_away = [0; READ];
        let mut buffer = ReadBuf::new(&mut thrown_away);
        match Pin::new(&mut self.connection.stream).poll_read(context, &mut buffer) {
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                // A car that talks on and on holds up nobody: the rest is read in another turn.
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        }
    }
}
