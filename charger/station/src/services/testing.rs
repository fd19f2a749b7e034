//! A service between its device and the session, on a clock that jumps: what happens goes into one diary.

use std::cell::RefCell;
use std::rc::Rc;

use event_log::Log;
use tokio::time::Instant;
use units::EvseId;

use super::session::call::SessionCall;
use crate::bus::{Bus, Call, Inbox, Permissions, Port};

/// What happened, each with its milliseconds. Clones write into the same.
#[derive(Clone, Debug)]
pub(super) struct Diary {
    begun: Instant,
    lines: Rc<RefCell<Vec<String>>>,
}

impl Diary {
    /// Begins now.
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), lines: Rc::default() }
    }

    pub(super) fn write(&self, what: &str) {
        self.lines.borrow_mut().push(format!("{} {what}", self.begun.elapsed().as_millis()));
    }

    /// What was written since it was read last.
    pub(super) fn read(&self) -> Vec<String> {
        self.lines.take()
    }
}

/// Runs a service beside a story that the session tells it; what it tells the session is in the diary, in the `words` for it.
/// Each of the two may ask everything of the other.
pub(super) async fn story<C: Call>(
    diary: &Diary,
    serve: impl AsyncFnOnce(Port, Inbox<C>),
    words: impl Fn(SessionCall) -> String,
    tell: impl AsyncFnOnce(&Port),
) {
    let mut permissions = Permissions::none();
    for verb in SessionCall::VERBS {
        permissions.add(C::CALLEE, *verb);
    }
    for verb in C::VERBS {
        permissions.add(SessionCall::CALLEE, *verb);
    }
    let bus = Bus::new(permissions, Log::memory());
    let (inbox, mut heard) = (bus.inbox(EvseId::FIRST), bus.inbox(EvseId::FIRST));
    let listens = async {
        while let Some(call) = heard.recv().await {
            // Readings come all the time, and say nothing of the service.
            if !matches!(call, SessionCall::InsulationReading(_) | SessionCall::SupplyReading(_)) {
                diary.write(&format!("-> {}", words(call)));
            }
        }
    };
    let at = |service| bus.port(service).at(EvseId::FIRST);
    let port = at(SessionCall::CALLEE);
    tokio::select! {
        () = serve(at(C::CALLEE), inbox) => panic!("it ended"),
        () = listens => panic!("the bus is gone"),
        () = tell(&port) => {}
    }
}
