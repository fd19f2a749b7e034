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
mod inbox;
mod outboxes;
mod permissions;
mod service;

use std::cell::RefCell;
use std::rc::Rc;

use event_log::Log;
use serde_json::json;
use units::EvseId;

pub(crate) use call::calls;
pub use call::{Call, Verb};
pub(crate) use inbox::{Inbox, Sent};
use outboxes::Outboxes;
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
    /// Each EVSE has a callee of its own, and none was named.
    #[error("{verb}: each EVSE has such a service, and {caller} named none")]
    Nowhere {
        /// Who asked.
        caller: Service,
        /// For what.
        verb: Verb,
    },
}

/// The bus of one charger. Cloning gives another handle.
#[derive(Clone)]
pub struct Bus(Rc<Inner>);

struct Inner {
    permissions: Permissions,
    inboxes: RefCell<Outboxes>,
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

    /// A place on the bus under that identity. Its holder can do what the identity may, and nothing else. It belongs to the
    /// station, and to an EVSE by [`Port::at`].
    #[must_use]
    pub fn port(&self, identity: Service) -> Port {
        Port { identity, evse: None, bus: self.clone() }
    }

    /// The inbox of the service that takes these calls, at that EVSE or of the station; what was sent to an earlier inbox of it is
    /// gone.
    pub(crate) fn inbox<C: Call>(&self, evse: EvseId) -> Inbox<C> {
        self.shared_inbox(&[evse])
    }

    /// One inbox of a service that the station has for several of its EVSEs, where others have one of their own.
    pub(crate) fn shared_inbox<C: Call>(&self, evses: &[EvseId]) -> Inbox<C> {
        let (outbox, inbox) = Inbox::new();
        let mut inboxes = self.0.inboxes.borrow_mut();
        for evse in evses {
            let place = C::CALLEE.is_at_each_evse().then_some(*evse);
            inboxes.put(place, outbox.clone());
        }
        inbox
    }
}

/// A place on the bus under one identity.
#[derive(Clone, Debug)]
pub struct Port {
    identity: Service,
    /// The EVSE whose service it is, or that the holder speaks about.
    evse: Option<EvseId>,
    bus: Bus,
}

impl Port {
    /// The same place, for what concerns that EVSE: what is asked of a service that each EVSE has is asked of this one's, and a
    /// service of the station learns which EVSE it is about.
    #[must_use]
    pub fn at(&self, evse: EvseId) -> Self {
        Self { evse: Some(evse), ..self.clone() }
    }

    /// Asks the service that this call is for.
    ///
    /// # Errors
    /// [`BusError::Denied`] when the identity may not use the verb; the attempt is in the log.
    pub fn send<C: Call>(&self, call: C) -> Result<(), BusError> {
        let (caller, verb) = (self.identity, call.verb());
        let Inner { permissions, inboxes, log } = &*self.bus.0;
        let allowed = permissions.permits(caller, verb);
        if !allowed || !verb.is_routine() {
            let log = self.evse.map_or_else(|| log.clone(), |evse| log.at(evse));
            log.record("bus", "call", json!({ "caller": caller.name(), "verb": verb.name(), "allowed": allowed }));
        }
        if !allowed {
            tracing::warn!(%caller, %verb, "refused an undeclared call");
            return Err(BusError::Denied { caller, verb });
        }
        let place = match self.evse.filter(|_| C::CALLEE.is_at_each_evse()) {
            None if C::CALLEE.is_at_each_evse() => return Err(BusError::Nowhere { caller, verb }),
            place => place,
        };
        let inboxes = inboxes.borrow();
        let outbox = inboxes.get::<C>(place);
        let sent = outbox.and_then(|outbox| outbox.send(Sent { evse: self.evse, call }).ok());
        sent.ok_or(BusError::NotRunning { verb })
    }

    /// Sends, and treats a refusal as what it is inside the charger: logged, and nothing happens.
    pub(crate) fn tell(&self, call: impl Call) {
        if let Err(error) = self.send(call) {
            tracing::debug!(%error, "not delivered");
        }
    }
}
