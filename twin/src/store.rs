//! The durable store of a simulated charger: memory that outlives the host, as a disk does, and what can be wrong with it.
//!
//! The world has one thread and one clock, so the store has no thread of its own: it is done at once, or when the scenario
//! lets it.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use ocpp::{Store, StoreAnswer, StoreError, StoreErrorKind, StoreLink, StoreRequest};

/// What is wrong with the disk under the store.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum StoreFault {
    /// There is no room on it: nothing can be written.
    Full,
    /// Another program holds the file: who writes waits.
    Held,
    /// Nothing.
    #[default]
    None,
}

/// The disk. Cloning gives another handle.
#[derive(Clone)]
pub(crate) struct Disk(Rc<Inner>);

struct Inner {
    store: RefCell<Box<dyn Store>>,
    fault: Cell<StoreFault>,
    /// Whoever waits for the fault to end.
    waiting: Cell<Option<Waker>>,
}

impl Disk {
    pub(crate) fn new(store: impl Store + 'static) -> Self {
        Self(Rc::new(Inner { store: RefCell::new(Box::new(store)), fault: Cell::default(), waiting: Cell::default() }))
    }

    /// Breaks it, or mends it.
    pub(crate) fn set(&self, fault: StoreFault) {
        self.0.fault.set(fault);
        if let Some(waiting) = self.0.waiting.take() {
            waiting.wake();
        }
    }

    /// The way of one life of the host to it. What was asked and not done when the host dies is never done.
    pub(crate) fn link(&self) -> DiskLink {
        DiskLink { disk: self.clone(), asked: None, told: false }
    }
}

/// See [`Disk::link`].
pub(crate) struct DiskLink {
    disk: Disk,
    asked: Option<StoreRequest>,
    /// It was said that this takes longer.
    told: bool,
}

impl StoreLink for DiskLink {
    fn request(&mut self, request: StoreRequest) {
        (self.asked, self.told) = (Some(request), false);
    }

    fn poll_answer(&mut self, context: &mut Context<'_>) -> Poll<StoreAnswer> {
        let Inner { store, fault, waiting } = &*self.disk.0;
        let answer = match (self.asked.take(), fault.get()) {
            (None, _) => return Poll::Pending,
            // Who only reads is not held up, and needs no room.
            (Some(StoreRequest::Load), _) => StoreAnswer::Loaded(store.borrow_mut().load()),
            (Some(StoreRequest::Commit(batch)), StoreFault::None) => {
                StoreAnswer::Committed(store.borrow_mut().commit(&batch))
            }
            (Some(StoreRequest::Commit(_)), StoreFault::Full) => {
                StoreAnswer::Committed(Err(error(StoreErrorKind::Failed, "there is no room for it")))
            }
            (asked @ Some(StoreRequest::Commit(_)), StoreFault::Held) => {
                self.asked = asked;
                if std::mem::replace(&mut self.told, true) {
                    waiting.set(Some(context.waker().clone()));
                    return Poll::Pending;
                }
                StoreAnswer::Waiting(error(StoreErrorKind::Busy, "another program holds it"))
            }
        };
        Poll::Ready(answer)
    }
}

fn error(kind: StoreErrorKind, what: &str) -> StoreError {
    StoreError { path: PathBuf::from("station.sqlite"), kind, what: what.into() }
}
