//! What passes on the wires of the devices: the evidence of a bench, where nobody else could listen.
//!
//! A process has one listener; without it nothing is copied.

use std::io;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What passed on a wire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Passed {
    /// Which wire: `uart:ttyUSB0`, `modbus:192.0.2.7:502`, `can0`, `i2c-0@0x20`, `rpmsg`.
    pub bus: String,
    /// From the charger to the device.
    pub outgoing: bool,
    /// The identifier of a CAN frame, with 29 bits.
    pub id: Option<u32>,
    /// What was carried; on a stream, what was written or read at once.
    pub bytes: Vec<u8>,
}

type Listener = Box<dyn Fn(Passed) + Send + Sync>;

static LISTENER: OnceLock<Listener> = OnceLock::new();

/// Listens from now on until the process ends; `false` when somebody does already. The listener is called by the threads that
/// have the devices, and must not wait.
pub fn listen(listener: impl Fn(Passed) + Send + Sync + 'static) -> bool {
    LISTENER.set(Box::new(listener)).is_ok()
}

/// Bytes passed.
pub(crate) fn passed(bus: &str, outgoing: bool, bytes: &[u8]) {
    tell(bus, outgoing, None, bytes);
}

/// A CAN frame passed.
pub(crate) fn can_passed(bus: &str, outgoing: bool, id: u32, bytes: &[u8]) {
    tell(bus, outgoing, Some(id), bytes);
}

fn tell(bus: &str, outgoing: bool, id: Option<u32>, bytes: &[u8]) {
    if let Some(listener) = LISTENER.get() {
        listener(Passed { bus: bus.to_owned(), outgoing, id, bytes: bytes.to_vec() });
    }
}

/// A stream of bytes whose traffic the listener hears.
#[derive(Debug)]
pub struct Heard<S> {
    bus: String,
    stream: S,
}

impl<S> Heard<S> {
    /// A stream under the name of its wire.
    pub const fn new(bus: String, stream: S) -> Self {
        Self { bus, stream }
    }
}

impl Heard<tokio_serial::SerialStream> {
    /// Reads what is there already.
    ///
    /// # Errors
    /// Nothing is there (`WouldBlock`), or the line is gone.
    pub(crate) fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.stream.try_read(buffer)?;
        if length > 0 {
            passed(&self.bus, false, &buffer[..length]);
        }
        Ok(length)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let fresh = &buffer.filled()[before..];
        if !fresh.is_empty() {
            passed(&self.bus, false, fresh);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(length)) = written {
            passed(&self.bus, true, &bytes[..length]);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn both_directions_of_a_stream_are_heard() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = heard.clone();
        // The only test of this program that listens.
        assert!(listen(move |passed| sink.lock().expect("no panic").push(passed)));
        assert!(!listen(|_| {}));
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut line = Heard::new("uart:test-line".into(), ours);
        line.write_all(b"ask").await.expect("there is room");
        theirs.write_all(b"told").await.expect("there is room");
        let mut answer = [0; 4];
        line.read_exact(&mut answer).await.expect("it is there");
        can_passed("can-test", true, 0x029C_00F0, &[1]);
        // Other tests of this program have wires of their own.
        let all = heard.lock().expect("no panic").clone();
        let mine: Vec<_> = all.iter().filter(|passed| passed.bus.contains("test")).collect();
        let told: Vec<_> = mine.iter().map(|passed| (passed.outgoing, passed.id, &passed.bytes[..])).collect();
        assert_eq!(told, [(true, None, &b"ask"[..]), (false, None, b"told"), (true, Some(0x029C_00F0), &[1])]);
    }
}
