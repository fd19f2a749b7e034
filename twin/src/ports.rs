//! Where tasks and world meet: cells that both see, never a borrow of the world.
//!
//! Tasks (the charger's services, through the simulated backends) put wishes into a port and mark it dirty; the world reads
//! them at its next step and leaves what it measured. Nothing is borrowed across an await.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use devices::dc::{DcCircuit, Rating};
use devices::plc_modem::PlcModem;
use hardware::{LockPosition, MacAddress, MeterReading, Screen, Token};
use iec61851::{Command, Event};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use units::Instant;

use crate::vocabulary::Vocabulary;

/// Wakes the one who waits for something that is in a port.
#[derive(Debug, Default)]
struct Bell(RefCell<Option<Waker>>);

impl Bell {
    fn ring(&self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }

    /// Completes when it is so; it is asked each time that the bell rings. Cancel safe.
    async fn until(&self, so: impl Fn() -> bool) {
        poll_fn(|context| {
            if so() {
                return Poll::Ready(());
            }
            let mut waiting = self.0.borrow_mut();
            if waiting.as_ref().is_none_or(|known| !known.will_wake(context.waker())) {
                *waiting = Some(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}

/// Tells the driver of the world that a task wants something of it.
#[derive(Debug, Default)]
pub(crate) struct Dirty {
    set: Cell<bool>,
    /// A modem has something for its line: that waits for no firmware.
    spoken: Cell<bool>,
    bell: Bell,
}

impl Dirty {
    pub(crate) fn mark(&self) {
        self.set.set(true);
        self.bell.ring();
    }

    /// A modem has something for its line.
    pub(crate) fn mark_spoken(&self) {
        self.spoken.set(true);
        self.bell.ring();
    }

    pub(crate) fn take(&self) -> bool {
        self.set.take()
    }

    /// Whether a modem had something for its line since the last time.
    pub(crate) fn take_spoken(&self) -> bool {
        self.spoken.take()
    }

    /// Completes as soon as somebody has marked.
    pub(crate) async fn wait(&self) {
        self.bell.until(|| self.set.get() || self.spoken.get()).await;
    }
}

/// A queue with somebody waiting at its end.
#[derive(Debug)]
pub(crate) struct Mailbox<T> {
    queue: RefCell<VecDeque<T>>,
    arrived: Bell,
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Self { queue: RefCell::default(), arrived: Bell::default() }
    }
}

impl<T> Mailbox<T> {
    pub(crate) fn put(&self, item: T) {
        self.queue.borrow_mut().push_back(item);
        self.arrived.ring();
    }

    pub(crate) fn clear(&self) {
        self.queue.borrow_mut().clear();
    }

    /// The next item, if there is one.
    pub(crate) fn take(&self) -> Option<T> {
        self.queue.borrow_mut().pop_front()
    }

    /// The next item. Cancel safe: it is taken only when the future completes.
    pub(crate) async fn next(&self) -> T {
        loop {
            if let Some(item) = self.take() {
                return item;
            }
            self.filled().await;
        }
    }

    /// Completes when there is an item. Cancel safe.
    pub(crate) async fn filled(&self) {
        self.arrived.until(|| !self.queue.borrow().is_empty()).await;
    }
}

/// What the power board says up the link.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Upward {
    Event(Event),
    /// The board has started anew; whatever was agreed is void.
    Restarted,
}

/// The link to the power board.
#[derive(Debug)]
pub(crate) struct BoardPort {
    /// What the host asks, and when it arrived.
    pub(crate) down: RefCell<Vec<(Instant, Command)>>,
    pub(crate) up: Mailbox<Upward>,
    /// The safety machine has missed its host: a sign of life is news to it.
    pub(crate) misses_host: Cell<bool>,
    /// Which messages the firmware speaks that boots next.
    pub(crate) speaks: Cell<Vocabulary>,
    /// Which the one speaks that runs; `None` before the first has booted.
    pub(crate) runs: Cell<Option<Vocabulary>>,
    /// What is random about it.
    random: RefCell<ChaCha8Rng>,
}

impl BoardPort {
    pub(crate) fn draw(&self) -> u64 {
        self.random.borrow_mut().next_u64()
    }
}

/// What is wrong with the bolt.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LockFault {
    /// The motor does not move it.
    Jammed,
    /// Nothing.
    #[default]
    None,
    /// The contact that tells the position shows unlocked whatever happens.
    StuckContact,
}

/// The connector lock.
#[derive(Debug)]
pub(crate) struct LockPort {
    pub(crate) position: Cell<LockPosition>,
    pub(crate) fault: Cell<LockFault>,
}

/// Everything the charger touches that belongs to its station, from both sides.
#[derive(Debug)]
pub(crate) struct StationPorts {
    pub(crate) dirty: Rc<Dirty>,
    pub(crate) house_meter: Cell<MeterReading>,
    /// The reader of the station, and its panel.
    pub(crate) tokens: Rc<Mailbox<Token>>,
    pub(crate) screen: Rc<RefCell<Option<Screen>>>,
    /// Those of each EVSE, in order of their numbers.
    pub(crate) evses: Vec<Rc<EvsePorts>>,
}

/// Everything the charger touches that belongs to one EVSE, from both sides.
#[derive(Debug)]
pub(crate) struct EvsePorts {
    pub(crate) dirty: Rc<Dirty>,
    pub(crate) board: BoardPort,
    pub(crate) lock: LockPort,
    pub(crate) outlet_meter: Cell<MeterReading>,
    pub(crate) tokens: Rc<Mailbox<Token>>,
    pub(crate) screen: Rc<RefCell<Option<Screen>>>,
    /// The DC side.
    pub(crate) dc: DcCircuit,
    /// The PLC modem.
    pub(crate) modem: PlcModem,
    /// The address of the charger's host at that modem.
    pub(crate) host: MacAddress,
    /// What is random about the network to the car.
    pub(crate) network_seed: u64,
    /// When the simulated supply was spoken to last; never, where another model is on the wire.
    pub(crate) supply_heard: Cell<Option<Instant>>,
}

impl StationPorts {
    /// `seeds` are for what is random about each board.
    pub(crate) fn new(seeds: &[u64]) -> Self {
        let dirty = Rc::<Dirty>::default();
        let evses =
            seeds.iter().zip((0..=u8::MAX).cycle()).map(|(seed, place)| EvsePorts::new(*seed, place, &dirty)).collect();
        Self { dirty, house_meter: Cell::default(), tokens: Rc::default(), screen: Rc::default(), evses }
    }
}

impl EvsePorts {
    fn new(seed: u64, place: u8, dirty: &Rc<Dirty>) -> Rc<Self> {
        Rc::new(Self {
            dirty: Rc::clone(dirty),
            board: BoardPort {
                down: RefCell::default(),
                up: Mailbox::default(),
                misses_host: Cell::new(false),
                speaks: Cell::new(Vocabulary::Ours { version: hardware::PROTOCOL_VERSION }),
                runs: Cell::new(None),
                random: RefCell::new(ChaCha8Rng::seed_from_u64(seed)),
            },
            lock: LockPort { position: Cell::new(LockPosition::Unlocked), fault: Cell::new(LockFault::None) },
            outlet_meter: Cell::default(),
            tokens: Rc::default(),
            screen: Rc::default(),
            dc: DcCircuit::new(Rating::default()),
            modem: PlcModem::default(),
            host: [0x02, 0, 0, 0, place, 0x01],
            network_seed: seed ^ 0x5632_4700,
            supply_heard: Cell::new(None),
        })
    }
}
