//! Models of devices behind pseudo terminals, each on a thread of its own: real time, as the charger has it.

#![allow(dead_code)] // the unit tests use the board only

use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use devices::ByteDevice;
use devices::eastron::Eastron;
use devices::m4::{CobsPeer, M4Peer};
use devices::modbus::{Framing, RegisterServer};
use hardware::PROTOCOL_VERSION;
use iec61851::{Command, Event};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use units::Instant;
use wire::register_map::RegisterMap;

/// How often a model looks around.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };

/// Nothing takes longer than this; a test that waits for more has failed.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// A model on its thread.
pub(crate) struct Model {
    stop: mpsc::Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Model {
    fn drop(&mut self) {
        // It ends by itself when it finds nobody there any more.
        let _ = self.stop.send(());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Puts a device behind a new pseudo terminal, to which `path` becomes a link.
fn on_pty<D: ByteDevice + 'static>(path: &Path, mut device: D, mut look: impl FnMut(&mut D) + Send + 'static) -> Model {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pty");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("a pty");
    let name = ptsname(&master, Vec::new()).expect("a pty").into_string().expect("a path");
    let mut raw = tcgetattr(&master).expect("a pty");
    raw.make_raw();
    tcsetattr(&master, OptionalActions::Now, &raw).expect("a pty");
    fcntl_setfl(&master, OFlags::NONBLOCK).expect("a pty");
    std::os::unix::fs::symlink(name, path).expect("a link");
    let (stop, stopped) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let start = now();
        while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
            let at = Instant::from(now() - start);
            if let Some(bytes) = read(&master) {
                device.receive(at, &bytes);
            }
            look(&mut device);
            let sent = device.transmit(at);
            // A line that nobody reads loses what is on it.
            let _ = rustix::io::write(&master, &sent);
        }
    });
    Model { stop, thread: Some(thread) }
}

fn now() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::new(now.tv_sec.cast_unsigned(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// What has arrived, after at most one look.
fn read(master: &OwnedFd) -> Option<Vec<u8>> {
    let mut line = [PollFd::new(master, PollFlags::IN)];
    poll(&mut line, Some(&LOOK)).expect("a pty");
    if line[0].revents().contains(PollFlags::IN) {
        let mut buffer = [0; 512];
        let length = rustix::io::read(master, &mut buffer).ok()?;
        return Some(buffer[..length].to_vec());
    }
    if line[0].revents().contains(PollFlags::HUP) {
        // Nobody has the other end open, and the kernel does not wait until somebody has.
        let _ = rustix::thread::nanosleep(&LOOK);
    }
    None
}

/// A power board of which the test plays the safety machine: it hears each command and says each event.
pub(crate) struct Board {
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<Event>,
    _model: Model,
}

impl Board {
    pub(crate) fn behind(path: &Path) -> Self {
        let (heard, commands) = mpsc::channel();
        let (events, to_say) = mpsc::channel();
        let board = CobsPeer::new(M4Peer::new(PROTOCOL_VERSION, "test board"));
        let model = on_pty(path, board, move |board| {
            for command in board.peer().take_commands() {
                // Signs of life are not what a test waits for.
                if command != Command::Heartbeat {
                    let _ = heard.send(command);
                }
            }
            to_say.try_iter().for_each(|event| board.peer().tell(event));
        });
        Self { commands, events, _model: model }
    }

    /// Waits until the charger has given this command; those before it are passed over.
    pub(crate) fn hears(&self, expected: Command) {
        let mut heard = Vec::new();
        loop {
            match self.commands.recv_timeout(LIMIT) {
                Ok(command) if command == expected => return,
                Ok(command) => heard.push(command),
                Err(error) => panic!("{expected:?} did not come ({error}), but {heard:?}"),
            }
        }
    }

    /// What has been heard and nobody has waited for.
    pub(crate) fn heard(&self) -> Vec<Command> {
        self.commands.try_iter().collect()
    }

    pub(crate) fn says(&self, event: Event) {
        self.events.send(event).expect("the model runs");
    }
}

/// A meter that measures nothing at 230 V.
pub(crate) fn meter_behind(path: &Path) -> Model {
    let map = RegisterMap::built_in("eastron-sdm72d-m-v2").expect("it is built in");
    on_pty(path, RegisterServer::new(Framing::Rtu, 1, Eastron::new(map)), |_| {})
}
