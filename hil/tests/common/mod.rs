//! A model at the other end of a pty. The clock is the machine's: tests wait for what happens, and a generous limit only keeps
//! a broken one from hanging.

#![allow(dead_code)] // each test file is a program of its own and uses its part

use std::future::Future;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use devices::ByteDevice;
use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

pub(crate) type Shared<D> = Arc<Mutex<D>>;

pub(crate) async fn limited<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("it ends within 30 s")
}

pub(crate) fn lock<D>(device: &Shared<D>) -> std::sync::MutexGuard<'_, D> {
    device.lock().expect("nobody panicked with it")
}

/// A pty: its one end, and the path of the other.
pub(crate) fn pty() -> (OwnedFd, PathBuf) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a pty");
    grantpt(&master).expect("a pty");
    unlockpt(&master).expect("a pty");
    let path = ptsname(&master, Vec::new()).expect("its name").into_string().expect("ASCII");
    // Before the backend opens it, the line must not echo.
    let mut raw = tcgetattr(&master).expect("its settings");
    raw.make_raw();
    tcsetattr(&master, OptionalActions::Now, &raw).expect("raw settings");
    rustix::fs::fcntl_setfl(&master, OFlags::NONBLOCK).expect("a flag");
    (master, path.into())
}

/// A model at one end of a pty; whoever opens the path is at the other.
pub(crate) struct Pty {
    pub(crate) path: PathBuf,
    server: JoinHandle<()>,
}

impl Pty {
    /// Serves the model, in a time that runs as many times as fast as ours.
    pub(crate) fn serve<D: ByteDevice + 'static>(device: Shared<D>, speed: u32) -> Self {
        let (master, path) = pty();
        Self { path, server: tokio::spawn(serve_pty(master, device, speed)) }
    }

    pub(crate) fn endpoint(&self, scheme: &str, options: &str) -> String {
        format!("{scheme}:{}?{options}", self.path.display())
    }
}

impl Drop for Pty {
    /// The plug is pulled: whoever reads the path gets a hang-up.
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve_pty<D: ByteDevice>(master: OwnedFd, device: Shared<D>, speed: u32) {
    let started = Instant::now();
    let mut buffer = [0; 512];
    loop {
        let now = units::Instant::from(started.elapsed() * speed);
        let read = rustix::io::read(&master, &mut buffer);
        let out = {
            let mut device = lock(&device);
            if let Ok(bytes) = read {
                device.receive(now, &buffer[..bytes]);
            }
            device.transmit(now)
        };
        // What does not fit is lost, as on a wire that nobody listens to.
        let _ = rustix::io::write(&master, &out);
        sleep(Duration::from_millis(1)).await;
    }
}
