//! A service between its device and the session, on a clock that jumps: what happens goes into one diary.

use std::cell::RefCell;
use std::rc::Rc;

use event_log::Log;
use tokio::time::Instant;

use crate::bus::{Bus, Inbox, Message, Permissions, Port, Service, Verb};

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
/// It may use one verb of the session, and the session those of its own.
pub(super) async fn story(
    service: (Service, Verb),
    session: &[Verb],
    diary: &Diary,
    serve: impl AsyncFnOnce(&Bus, Inbox),
    words: impl Fn(Message) -> String,
    tell: impl AsyncFnOnce(&Port),
) {
    let (service, verb) = service;
    let mut permissions = Permissions::none();
    permissions.add(service, verb);
    for verb in session {
        permissions.add(Service::Session, *verb);
    }
    let bus = Bus::new(permissions, Log::memory());
    let (inbox, mut heard) = (bus.inbox(service), bus.inbox(Service::Session));
    let listens = async {
        while let Some(message) = heard.recv().await {
            diary.write(&format!("-> {}", words(message)));
        }
    };
    let port = bus.port(Service::Session);
    tokio::select! {
        () = serve(&bus, inbox) => panic!("it ended"),
        () = listens => panic!("the bus is gone"),
        () = tell(&port) => {}
    }
}
