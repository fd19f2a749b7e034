//! A charger with several EVSEs starts again when every one of them can.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use tokio::sync::Notify;
use units::EvseId;

/// Which EVSEs are ready for a new beginning. Cloning gives another handle.
#[derive(Clone, Debug)]
pub(crate) struct Restart(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    evses: usize,
    ready: RefCell<BTreeSet<EvseId>>,
    all: Notify,
}

impl Restart {
    /// Of a charger with so many EVSEs.
    pub(crate) fn of(evses: usize) -> Self {
        Self(Rc::new(Inner { evses, ready: RefCell::default(), all: Notify::new() }))
    }

    /// That EVSE is ready, or not any more. It goes on meanwhile: faults are found there, and the CSMS is answered.
    pub(crate) fn stands(&self, evse: EvseId, ready: bool) {
        let mut all = self.0.ready.borrow_mut();
        if ready {
            all.insert(evse);
        } else {
            all.remove(&evse);
        }
        if all.len() == self.0.evses {
            self.0.all.notify_waiters();
        }
    }

    /// Completes when all are ready. Cancel safe.
    pub(crate) async fn all_ready(&self) {
        while self.0.ready.borrow().len() < self.0.evses {
            self.0.all.notified().await;
        }
    }
}
