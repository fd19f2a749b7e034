//! The typed bus: services meet here under an identity, and the permission check is in the call path.
//!
//! ```text
//!   Port(session) --AllowPower--> check(session, power.allow) --> inbox of power
//!   Port(panel)   --AllowPower--> check(panel,   power.allow) --> Denied, logged; nothing is delivered
//! ```
//!
//! Messages go one way; an answer is a message of its own. So no service ever waits for another, and none can hold
//! anything across such a wait.

mod message;
mod permissions;
mod service;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use event_log::Log;
use serde_json::json;
use tokio::sync::mpsc;

pub use message::Message;
pub use permissions::Permissions;
pub(crate) use permissions::ServiceTable;
pub use service::{Service, Verb};

/// A call that did not reach its callee.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BusError {
    /// `charger.toml` does not let that caller use that verb.
    #[error("{caller} may not use {verb}: charger.toml does not allow it")]
    Denied {
        /// Who asked.
        caller: Service,
        /// For what.
        verb: Verb,
    },
    /// The callee does not run.
    #[error("{verb}: the service does not run")]
    NotRunning {
        /// What was asked.
        verb: Verb,
    },
}

/// Where a service takes its messages from.
pub(crate) type Inbox = mpsc::UnboundedReceiver<Message>;

/// The bus of one charger. Cloning gives another handle.
#[derive(Clone)]
pub struct Bus(Rc<Inner>);

struct Inner {
    permissions: Permissions,
    inboxes: RefCell<BTreeMap<Service, mpsc::UnboundedSender<Message>>>,
    log: Log,
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bus").field("permissions", &self.0.permissions).finish_non_exhaustive()
    }
}

impl Bus {
    /// A bus where only what `permissions` lists may happen.
    #[must_use]
    pub fn new(permissions: Permissions, log: Log) -> Self {
        Self(Rc::new(Inner { permissions, inboxes: RefCell::default(), log }))
    }

    /// A place on the bus under that identity. Its holder can do what the identity may, and nothing else.
    #[must_use]
    pub fn port(&self, identity: Service) -> Port {
        Port { identity, bus: self.clone() }
    }

    /// The inbox of a service; what was sent to an earlier inbox of it is gone.
    pub(crate) fn inbox(&self, service: Service) -> Inbox {
        let (sender, inbox) = mpsc::unbounded_channel();
        self.0.inboxes.borrow_mut().insert(service, sender);
        inbox
    }
}

/// A place on the bus under one identity.
#[derive(Clone, Debug)]
pub struct Port {
    identity: Service,
    bus: Bus,
}

impl Port {
    /// Sends a message to the service its verb belongs to.
    ///
    /// # Errors
    /// [`BusError::Denied`] when the identity may not use the verb; the attempt is in the log.
    pub fn send(&self, message: Message) -> Result<(), BusError> {
        let (caller, verb) = (self.identity, message.verb());
        let Inner { permissions, inboxes, log } = &*self.bus.0;
        let allowed = permissions.permits(caller, verb);
        if !allowed || !verb.is_routine() {
            log.record("bus", "call", json!({ "caller": caller.name(), "verb": verb.name(), "allowed": allowed }));
        }
        if !allowed {
            tracing::warn!(%caller, %verb, "refused an undeclared call");
            return Err(BusError::Denied { caller, verb });
        }
        let inboxes = inboxes.borrow();
        let inbox = inboxes.get(&verb.callee()).ok_or(BusError::NotRunning { verb })?;
        inbox.send(message).map_err(|_| BusError::NotRunning { verb })
    }

    /// Sends, and treats a refusal as what it is inside the charger: logged, and nothing happens.
    pub(crate) fn tell(&self, message: Message) {
        if let Err(error) = self.send(message) {
            tracing::debug!(%error, "not delivered");
        }
    }
}
