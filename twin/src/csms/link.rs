//! The charger's way to a CSMS: the simulated one, or a real one.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use ocpp::{Connect, Tcp};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpStream;

use super::{Csms, Misbehaviour};

/// How much may be under way in one direction of the pipe.
const PIPE: usize = 64 * 1024;

/// Where the charger finds its CSMS.
#[derive(Debug)]
pub enum CsmsLink {
    /// Inside the process; the text is the identity of the station.
    Simulated(Csms, String),
    /// Over a socket, in real time.
    Tcp(Tcp),
}

impl Connect for CsmsLink {
    type Stream = Stream;

    async fn connect(&mut self) -> io::Result<Stream> {
        match self {
            Self::Tcp(tcp) => tcp.connect().await.map(Stream::Tcp),
            Self::Simulated(csms, _) => {
                if csms.state.borrow().misbehaviour == Misbehaviour::Down {
                    return Err(io::Error::from(io::ErrorKind::ConnectionRefused));
                }
                let (near, far) = tokio::io::duplex(PIPE);
                tokio::task::spawn_local(csms.clone().serve(far));
                Ok(Stream::Pipe(near))
            }
        }
    }

    fn url(&self) -> String {
        match self {
            Self::Simulated(_, identity) => format!("ws://csms.sim/{identity}"),
            Self::Tcp(tcp) => tcp.url(),
        }
    }
}

/// A pipe or a socket.
#[derive(Debug)]
pub enum Stream {
    /// Inside the process.
    Pipe(DuplexStream),
    /// A socket.
    Tcp(TcpStream),
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Pipe(pipe) => Pin::new(pipe).poll_read(cx, buffer),
            Self::Tcp(socket) => Pin::new(socket).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Pipe(pipe) => Pin::new(pipe).poll_write(cx, bytes),
            Self::Tcp(socket) => Pin::new(socket).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Pipe(pipe) => Pin::new(pipe).poll_flush(cx),
            Self::Tcp(socket) => Pin::new(socket).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Pipe(pipe) => Pin::new(pipe).poll_shutdown(cx),
            Self::Tcp(socket) => Pin::new(socket).poll_shutdown(cx),
        }
    }
}
