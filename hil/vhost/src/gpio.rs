//! A GPIO chip of the guest (virtio id 41), its lines held by the host.

mod lines;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::sync::broadcast;
use units::Instant;

use crate::Clock;
use crate::daemon::{Daemon, Device, Shared, VhostError, lock};
use crate::ring::{Request, Ring};
use lines::{Lines, Parked};

/// Edges can be asked for.
const IRQ: u64 = 1;

/// How many changes a receiver may lag behind.
const CHANGES: usize = 1024;

/// A line that the guest drives has another level.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LineChange {
    /// When it was seen.
    pub at: Instant,
    /// The line's name.
    pub line: Arc<str>,
    /// Its level now.
    pub level: bool,
}

struct Chip {
    lines: Lines<Request>,
    now: Clock,
    changes: broadcast::Sender<LineChange>,
}

impl Chip {
    /// Takes the buffers the guest has put there for edges.
    fn park(&mut self, events: &Ring<'_>) {
        while let Some(request) = events.take() {
            let line = request.bytes.first_chunk().map(|bytes| u16::from_le_bytes(*bytes));
            self.lines.park(line, request);
        }
    }

    fn give_back(&mut self, events: &Ring<'_>) {
        while let Some(Parked { buffer, status }) = self.lines.due() {
            events.give(&buffer, &[status]);
        }
    }

    fn tell(&self, line: usize, level: bool) {
        if let Some(name) = self.lines.name(line) {
            // Nobody need listen.
            let _ = self.changes.send(LineChange { at: (self.now)(), line: name.clone(), level });
        }
    }
}

impl Device for Chip {
    const QUEUES: usize = 2;
    const FEATURES: u64 = IRQ;

    fn config(&self) -> Option<Vec<u8>> {
        Some(self.lines.config())
    }

    fn reset(&mut self) {
        for (line, level) in self.lines.reset() {
            self.tell(line, level);
        }
    }

    fn serve(&mut self, rings: &[Ring<'_>]) {
        let [requests, events] = rings else { return };
        requests.serve(|request| {
            self.park(events);
            let (mut answer, change) = self.lines.request(&request.bytes);
            if let Some((line, level)) = change {
                self.tell(line, level);
            }
            // Before the answer: who is told that a line is quiet now may ask for its edges anew at once, and Linux's driver
            // confuses a buffer that comes back later with the new one.
            self.give_back(events);
            answer.truncate(request.room());
            requests.give(&request, &answer);
        });
        self.park(events);
        self.give_back(events);
    }
}

/// A bank of GPIO lines of the guest: `/dev/gpiochipN` over there, named lines here.
///
/// A line that the guest requests as an output is driven by the guest; every other line is at the level the host gives it,
/// low at first. So a line falls back to the host's level when the program that held it ends, as a wire with a pull resistor
/// does.
pub struct GpioBank {
    daemon: Daemon<Chip>,
}

impl GpioBank {
    /// Listens at `socket`, with one line a name, in that order. A line with an empty name has none.
    ///
    /// # Errors
    /// The socket cannot be created: the path is taken, too long or not writable.
    pub fn start(socket: &Path, names: &[&str], now: Clock) -> Result<Self, VhostError> {
        let (changes, _) = broadcast::channel(CHANGES);
        Ok(Self { daemon: Daemon::start(socket, Chip { lines: Lines::new(names), now, changes })? })
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> &Path {
        self.daemon.path()
    }

    /// A handle on the lines.
    #[must_use]
    pub fn handle(&self) -> GpioHandle {
        GpioHandle { device: self.daemon.device().clone(), shared: self.daemon.shared().clone() }
    }
}

impl fmt::Debug for GpioBank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GpioBank").field("socket", &self.socket()).finish_non_exhaustive()
    }
}

/// The host's end of the lines. A name that no line has is no line: low, and setting it does nothing.
#[derive(Clone)]
pub struct GpioHandle {
    device: Arc<Mutex<Chip>>,
    shared: Arc<Shared>,
}

impl GpioHandle {
    /// The level of a line, whoever drives it; `None` for a name that no line has.
    #[must_use]
    pub fn level(&self, line: &str) -> Option<bool> {
        let chip = lock(&self.device);
        chip.lines.find(line).and_then(|line| chip.lines.level(line))
    }

    /// Drives a line. The guest sees an edge if it has asked for it; while the guest drives the line itself, the level waits
    /// until it lets go. Says whether there is such a line.
    pub fn set(&self, line: &str, level: bool) -> bool {
        let mut chip = lock(&self.device);
        let Some(line) = chip.lines.find(line) else { return false };
        chip.lines.drive(line, level);
        drop(chip);
        self.shared.wake();
        true
    }

    /// Whether a guest's driver is there.
    #[must_use]
    pub fn connected(&self) -> bool {
        self.shared.connected()
    }

    /// The changes the guest makes, from now on. A receiver that lags more than 1024 changes behind loses the oldest and is
    /// told so.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<LineChange> {
        lock(&self.device).changes.subscribe()
    }
}

impl fmt::Debug for GpioHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GpioHandle").finish_non_exhaustive()
    }
}
