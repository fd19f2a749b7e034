//! What the CSMS asks for, and what it is answered.

use serde::{Deserialize, Serialize};
use units::{EvseId, Instant};

use super::token::IdToken;

/// What became of a reservation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ReservationUpdate {
    /// Its time ran out.
    Expired,
    /// The station gave it up.
    Removed,
}

/// What the CSMS asks for.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Give up a reservation.
    CancelReservation {
        /// The reservation.
        id: i32,
    },
    /// Put an EVSE, or all, in or out of service.
    ChangeAvailability {
        /// `None`: the whole station.
        evse: Option<EvseId>,
        /// In service.
        operative: bool,
    },
    /// Begin a transaction.
    RequestStart {
        /// For this driver.
        token: IdToken,
        /// There; `None`: anywhere.
        evse: Option<EvseId>,
        /// To be given back when it starts.
        remote_start_id: i32,
        /// The driver's group.
        group: Option<IdToken>,
    },
    /// End a transaction.
    RequestStop {
        /// That one.
        transaction: String,
    },
    /// Hold an EVSE.
    Reserve {
        /// The reservation.
        id: i32,
        /// For this driver.
        token: IdToken,
        /// Or anyone of this group.
        group: Option<IdToken>,
        /// There; `None`: anywhere.
        evse: Option<EvseId>,
        /// So long.
        expires: Instant,
    },
    /// Start anew.
    Reset {
        /// When.
        kind: ResetKind,
        /// Only that EVSE.
        evse: Option<EvseId>,
    },
    /// Open the lock.
    Unlock {
        /// There.
        evse: EvseId,
    },
}

impl Ask {
    /// The EVSE that it names; `None`: it is for the station, or says which transaction or reservation it means.
    #[must_use]
    pub const fn evse(&self) -> Option<EvseId> {
        match self {
            Self::CancelReservation { .. } | Self::RequestStop { .. } => None,
            Self::ChangeAvailability { evse, .. }
            | Self::RequestStart { evse, .. }
            | Self::Reserve { evse, .. }
            | Self::Reset { evse, .. } => *evse,
            Self::Unlock { evse } => Some(*evse),
        }
    }
}

/// When to start anew.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum ResetKind {
    Immediate,
    OnIdle,
}

/// To [`Ask::Reset`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum ResetAnswer {
    Accepted,
    Rejected,
    Scheduled,
}

/// To [`Ask::Reserve`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum ReserveAnswer {
    Accepted,
    Faulted,
    Occupied,
    Rejected,
    Unavailable,
}

/// To [`Ask::Unlock`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum UnlockAnswer {
    OngoingAuthorizedTransaction,
    UnknownConnector,
    UnlockFailed,
    Unlocked,
}

/// To [`Ask::ChangeAvailability`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum AvailabilityAnswer {
    Accepted,
    Rejected,
    Scheduled,
}

/// What the session says to an [`Ask`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// To [`Ask::ChangeAvailability`].
    Availability(AvailabilityAnswer),
    /// To [`Ask::CancelReservation`].
    Cancel {
        /// Whether there was such a reservation.
        accepted: bool,
    },
    /// To [`Ask::Reserve`].
    Reserve(ReserveAnswer),
    /// To [`Ask::Reset`].
    Reset(ResetAnswer),
    /// To [`Ask::RequestStart`].
    Start {
        /// Whether it will be tried.
        accepted: bool,
        /// The transaction, when it runs already.
        transaction: Option<String>,
    },
    /// To [`Ask::RequestStop`].
    Stop {
        /// Whether it is ended.
        accepted: bool,
    },
    /// To [`Ask::Unlock`].
    Unlock(UnlockAnswer),
}
