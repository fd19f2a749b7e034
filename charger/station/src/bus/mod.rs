//! The typed bus: services meet here under an identity, and the permission check is in the call path.
//!
//! ```text
//!   Port(session) --PowerCall::Allow--> check(session, power.allow) --> inbox of power
//!   Port(panel)   --PowerCall::Allow--> check(panel,   power.allow) --> Denied, logged; nothing is delivered
//! ```
//!
//! Calls go one way; an answer is a call of its own. So no service ever waits for another, and none can hold anything across
//! such a wait. The bus knows no service but by its name: what can be asked of one is declared beside it, see [`Call`].

mod call;
mod permissions;
mod service;

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use event_log::Log;
use serde_json::json;
use tokio::sync::mpsc;

pub(crate) use call::calls;
pub use call::{Call, Verb};
pub use permissions::Permissions;
pub(crate) use permissions::ServiceTable;
pub use service::Service;

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

/// Where a service takes its calls from.
pub(crate) type Inbox<C> = mpsc::UnboundedReceiver<C>;

/// The bus of one charger. Cloning gives another handle.
#[derive(Clone)]
pub struct Bus(Rc<Inner>);

struct Inner {
    permissions: Permissions,
    /// Of each callee the sender of its own [`Call`].
    inboxes: RefCell<BTreeMap<Service, Box<dyn Any>>>,
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

    /// The inbox of the service that takes these calls; what was sent to an earlier inbox of it is gone.
    pub(crate) fn inbox<C: Call>(&self) -> Inbox<C> {
        let (sender, inbox) = mpsc::unbounded_channel::<C>();
        self.0.inboxes.borrow_mut().insert(C::CALLEE, Box::new(sender));
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
    /// Asks the service that this call is for.
    ///
    /// # Errors
    /// [`BusError::Denied`] when the identity may not use the verb; the attempt is in the log.
    pub fn send<C: Call>(&self, call: C) -> Result<(), BusError> {
        let (caller, verb) = (self.identity, call.verb());
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
        let inbox = inboxes.get(&C::CALLEE).and_then(|inbox| inbox.downcast_ref::<mpsc::UnboundedSender<C>>());
        inbox.and_then(|inbox| inbox.send(call).ok()).ok_or(BusError::NotRunning { verb })
    }

    /// Sends, and treats a refusal as what it is inside the charger: logged, and nothing happens.
    pub(crate) fn tell(&self, call: impl Call) {
        if let Err(error) = self.send(call) {
            tracing::debug!(%error, "not delivered");
        }
    }
}
