//! How far a dialog is.

use std::net::SocketAddrV6;

use session::{Dialog, HlcEvent};
use units::Instant;

use crate::conversation::Conversation;
use crate::told::Told;

/// How far a dialog is.
#[derive(Debug)]
pub(super) enum State {
    /// No car is to be spoken with.
    Idle,
    /// A car is invited, and not in the network yet.
    Matching {
        dialog: Dialog,
        told: Told,
        /// So many matchings were told of, begun or failed.
        matchings: u8,
    },
    /// The data link was there.
    Linked(Linked),
    /// The dialog has told its end, or was left. What is left of it is a connection that is about to be closed.
    Over {
        /// `None`: it was left.
        dialog: Option<Dialog>,
        farewell: Option<Farewell>,
    },
}

/// A car in the network.
#[derive(Debug)]
pub(super) struct Linked {
    pub(super) dialog: Dialog,
    pub(super) told: Told,
    /// The link is there. While a car pauses it may be gone.
    pub(super) is_up: bool,
    pub(super) talk: Talk,
    /// Datagrams that were no question.
    pub(super) passed_over: u64,
}

/// What a car says.
#[derive(Debug)]
pub(super) enum Talk {
    /// It has to connect until then.
    Awaited { until: Instant },
    /// It has connected. One that closes without a word may connect again until then.
    Open { conversation: Conversation, until: Instant },
    /// It pauses.
    Paused {
        /// Its session.
        id: [u8; 8],
        /// The connection on which it said so.
        closing: Option<Farewell>,
        /// It moved, and has to connect until then.
        until: Option<Instant>,
    },
}

/// A connection on which all is said.
#[derive(Debug)]
pub(super) struct Farewell {
    pub(super) conversation: Conversation,
    /// It is closed by then at the latest.
    pub(super) until: Instant,
    /// What the coordinator hears when it is: while the car has to read the last answer and to close, the pilot must not change.
    pub(super) then: Option<HlcEvent>,
}

/// Whether a car can connect.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ears {
    /// No.
    Deaf,
    /// They are being opened.
    Opening,
    /// There.
    Open(SocketAddrV6),
    /// The network is gone; it is tried again then.
    Lost { again: Instant },
}

impl State {
    /// The dialog that goes on, or is not left yet.
    pub(super) const fn dialog(&self) -> Option<Dialog> {
        match self {
            Self::Idle => None,
            Self::Matching { dialog, .. } => Some(*dialog),
            Self::Linked(linked) => Some(linked.dialog),
            Self::Over { dialog, .. } => *dialog,
        }
    }

    /// What was told in the dialog.
    pub(super) const fn told(&mut self) -> Option<&mut Told> {
        match self {
            Self::Matching { told, .. } => Some(told),
            Self::Linked(linked) => Some(&mut linked.told),
            Self::Idle | Self::Over { .. } => None,
        }
    }

    /// The connection, if there is one.
    pub(super) const fn conversation(&mut self) -> Option<&mut Conversation> {
        match self {
            Self::Linked(Linked { talk: Talk::Open { conversation, .. }, .. })
            | Self::Linked(Linked {
                talk: Talk::Paused { closing: Some(Farewell { conversation, .. }), .. }, ..
            })
            | Self::Over { farewell: Some(Farewell { conversation, .. }), .. } => Some(conversation),
            Self::Linked(Linked { talk: Talk::Awaited { .. } | Talk::Paused { closing: None, .. }, .. })
            | Self::Idle
            | Self::Matching { .. }
            | Self::Over { farewell: None, .. } => None,
        }
    }

    /// When something of it is over, connections aside.
    pub(super) fn until(&self) -> Option<Instant> {
        match self {
            Self::Idle | Self::Matching { .. } | Self::Over { farewell: None, .. } => None,
            Self::Linked(Linked { talk, .. }) => match talk {
                Talk::Awaited { until } => Some(*until),
                Talk::Open { .. } => None,
                Talk::Paused { closing, until, .. } => {
                    closing.as_ref().map(Farewell::until).into_iter().chain(*until).min()
                }
            },
            Self::Over { farewell: Some(farewell), .. } => Some(farewell.until()),
        }
    }
}

impl Farewell {
    /// When the connection is closed.
    pub(super) fn until(&self) -> Instant {
        self.conversation.hangs_up().map_or(self.until, |at| at.min(self.until))
    }
}
