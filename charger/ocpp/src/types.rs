//! The words between a charger and its CSMS side. Variants are spelled as OCPP spells them.

use std::fmt;

use energy::ChargingLimit;
use serde::{Deserialize, Serialize};
use session::words::{
    Answer, Ask, AuthorizationOutcome, AuthorizationStatus, ConnectorStatus, IdToken, Problem, ReservationUpdate,
    TransactionReport,
};
use units::EvseId;

/// What the charger tells its CSMS side.
#[derive(Clone, Debug)]
pub enum Local {
    /// To an [`Ask`].
    Answer {
        /// The ask.
        ticket: u64,
        /// The answer.
        answer: Answer,
    },
    /// Is that token good? Answered by [`Notice::Authorized`].
    Authorize {
        /// Names the question.
        ticket: u64,
        /// The token.
        token: IdToken,
    },
    /// Something of the charger's own survives a power cut: the newest value of that name, in order with the transactions'
    /// events. The station does not read it; after a start it is in [`Station::kept`](crate::Station::kept).
    Keep {
        /// Its name.
        name: String,
        /// What is kept; `None` forgets it.
        value: Option<String>,
    },
    /// A part of the station has a problem, or not any more.
    Problem(Problem),
    /// A reservation ended.
    ReservationStatus {
        /// The reservation.
        id: i32,
        /// What became of it.
        status: ReservationUpdate,
    },
    /// The status of a connector; told on only when it changed.
    Status {
        /// The EVSE.
        evse: EvseId,
        /// Its connector's status.
        status: ConnectorStatus,
    },
    /// A transaction moved on.
    Transaction(TransactionReport),
}

/// Whether the CSMS takes this station.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum BootState {
    Accepted,
    Pending,
    Rejected,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Blame {
    /// This charger's own: its program or its configuration.
    OurFault,
    /// The CSMS broke the rules, or did not answer.
    PeerMisbehaved,
    /// The durable store, or the disk under it.
    Store,
}

/// What comes out of the core for the charger.
#[derive(Clone, Debug)]
pub enum Notice {
    /// The CSMS asks for something that a session must decide; answer with [`Local::Answer`].
    Ask {
        /// Names the request.
        ticket: u64,
        /// What it asks for.
        ask: Ask,
    },
    /// The answer to [`Local::Authorize`].
    Authorized {
        /// Names the question.
        ticket: u64,
        /// The answer.
        outcome: AuthorizationOutcome,
    },
    /// How the CSMS takes the station.
    Boot(BootState),
    /// The token of a running transaction is no good.
    Deauthorized {
        /// The transaction.
        transaction: String,
        /// Why.
        status: AuthorizationStatus,
    },
    /// What charging profiles leave has changed; `None`: they say nothing.
    Limit {
        /// The EVSE.
        evse: EvseId,
        /// The composite.
        limit: Option<ChargingLimit>,
    },
    /// The CSMS cannot be asked.
    Offline {
        /// Why.
        why: OfflineReason,
    },
    /// The CSMS can be asked.
    Online,
    /// What charging profiles leave all EVSEs together has changed; `None`: they say nothing. Never told where there is only one.
    StationLimit(Option<ChargingLimit>),
    /// The store works again: everything that waited in memory is written.
    StoreWorks,
    /// The CSMS wrote a variable.
    Variable {
        /// The component.
        component: String,
        /// The variable.
        name: String,
        /// The new value.
        value: String,
    },
    /// Something went wrong that the charger lives with.
    Trouble {
        /// Whose fault it is.
        blame: Blame,
        /// What and where, for a person.
        text: String,
    },
}

/// Why there is no connection. Names the URL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OfflineReason {
    /// Where the CSMS should be.
    pub url: String,
    /// What happened, and what was expected.
    pub what: String,
}

impl fmt::Display for OfflineReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CSMS at {}: {}", self.url, self.what)
    }
}
