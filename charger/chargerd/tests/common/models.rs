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
use devices::measured::MeterBank as _;
use devices::modbus::{Framing, RegisterServer};
use hardware::{MeterReading, PROTOCOL_VERSION};
use iec61851::{Command, Event, PilotState};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use units::{Instant, Millihertz, Millivolts, PerPhase};
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
    /// When each sign of life came.
    beats: mpsc::Receiver<Duration>,
    events: mpsc::Sender<Event>,
    _model: Model,
}

impl Board {
    /// It tells what the test has it say, and nothing else.
    pub(crate) fn behind(path: &Path) -> Self {
        Self::playing(path, false)
    }

    /// It tells by itself, whenever it is enabled, that nobody is plugged in.
    pub(crate) fn with_a_free_outlet(path: &Path) -> Self {
        Self::playing(path, true)
    }

    fn playing(path: &Path, free: bool) -> Self {
        let (heard, commands) = mpsc::channel();
        let (beat, beats) = mpsc::channel();
        let (events, to_say) = mpsc::channel();
        let board = CobsPeer::new(M4Peer::new(PROTOCOL_VERSION, "test board", 1));
        let model = on_pty(path, board, move |board| {
            for command in board.peer().take_commands() {
                if free && command == Command::Enable {
                    board.peer().tell(Event::Pilot { state: PilotState::A, pwm: false, plug_in: None });
                }
                // Signs of life are not what a test waits for; whoever counts them has them apart.
                let _ = match command {
                    Command::Heartbeat => beat.send(now()).is_ok(),
                    command => heard.send(command).is_ok(),
                };
            }
            to_say.try_iter().for_each(|event| board.peer().tell(event));
        });
        Self { commands, beats, events, _model: model }
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

    /// Listens for so long: the longest time without a sign of life.
    pub(crate) fn longest_silence(&self, listening: Duration) -> Duration {
        let begin = now();
        let mut last = begin;
        let mut longest = Duration::ZERO;
        loop {
            let left = (begin + listening).saturating_sub(now());
            let beat = self.beats.recv_timeout(left).unwrap_or_else(|_| now());
            // Those from before are no silence.
            longest = longest.max(beat.saturating_sub(last));
            last = last.max(beat);
            if left.is_zero() {
                return longest;
            }
        }
    }

    /// Waits for the next sign of life.
    pub(crate) fn beats(&self) {
        self.beats.recv_timeout(LIMIT).expect("the charger lives");
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
    let mut meter = RegisterServer::new(Framing::Rtu, 1, Eastron::new(map));
    let (voltage, frequency) = (PerPhase::all(Millivolts(230_000)), Millihertz(50_000));
    meter.bank_mut().set_reading(MeterReading { voltage, frequency, ..MeterReading::default() });
    on_pty(path, meter, |_| {})
}
