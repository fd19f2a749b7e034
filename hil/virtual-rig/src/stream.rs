//! A byte stream on any descriptor that can be polled: the master of a pseudo terminal.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hardware::{FaultPlan, LinkFault};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A descriptor as a stream. It must be one that reads and writes without blocking once it says so.
#[derive(Debug)]
pub(crate) struct FdStream(AsyncFd<OwnedFd>);

impl FdStream {
    /// Takes a descriptor over; inside the runtime.
    pub(crate) fn new(descriptor: OwnedFd) -> io::Result<Self> {
        Ok(Self(polled(descriptor)?))
    }
}

/// A descriptor that the runtime polls; it does not block any more.
#[allow(unsafe_code)] // the one call of this crate that needs it, on a type for which it holds
pub(crate) fn polled(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    fcntl_setfl(&descriptor, fcntl_getfl(&descriptor)? | OFlags::NONBLOCK)?;
    // SAFETY: an OwnedFd keeps its number and stays open until it is dropped, which happens inside the AsyncFd.
    Ok(unsafe { AsyncFd::register(descriptor) }?)
}

impl AsyncRead for FdStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut guard = ready!(self.0.poll_read_ready(cx))?;
            let room = buffer.initialize_unfilled();
            if let Ok(read) = guard.try_io(|fd| rustix::io::read(fd, room).map_err(io::Error::from)) {
                buffer.advance(read?);
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for FdStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.0.poll_write_ready(cx))?;
            if let Ok(written) = guard.try_io(|fd| rustix::io::write(fd, bytes).map_err(io::Error::from)) {
                return Poll::Ready(written);
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A pseudo terminal: a serial line whose other end is in this process.
#[derive(Debug)]
pub(crate) struct Pty {
    /// Our end.
    pub(crate) master: OwnedFd,
    /// Kept open, so that the line does not hang up before the charger has opened it.
    pub(crate) slave: OwnedFd,
    /// The device node at the charger's end.
    pub(crate) path: PathBuf,
}

impl Pty {
    /// A new line; it carries bytes as they are.
    pub(crate) fn open() -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let path = PathBuf::from(name.to_string_lossy().into_owned());
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = rustix::fs::open(&path, flags, rustix::fs::Mode::empty())?;
        let mut settings = tcgetattr(&slave)?;
        settings.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &settings)?;
        Ok(Self { master, slave, path })
    }
}

/// Makes a pseudo terminal under a name that stays, serves it until the device is taken away, and begins anew when it is back.
pub(crate) async fn on_pty_while_there(
    node: &Path,
    broken: &FaultPlan,
    mut serve: impl AsyncFnMut(FdStream) -> io::Result<()>,
) -> io::Result<()> {
    loop {
        while broken.current() == LinkFault::Gone {
            broken.changes_from(LinkFault::Gone).await;
        }
        let Pty { master, slave, path } = Pty::open()?;
        // Left over from before the device was taken away.
        let _ = std::fs::remove_file(node);
        std::os::unix::fs::symlink(&path, node)?;
        let ended = serve(FdStream::new(master)?).await;
        let _ = std::fs::remove_file(node);
        drop(slave);
        if broken.current() != LinkFault::Gone {
            return ended;
        }
    }
}
