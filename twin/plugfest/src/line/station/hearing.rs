//! What is known of the line: by ears at the interface, or by what is said on the sockets.

use super::said::Said;
use crate::line::ears::Ears;
use crate::line::listener::{Conclusion, Listener};

/// What is known of the line.
pub(super) enum Hearing {
    /// All that passes.
    Line(Ears),
    /// What is said here.
    Sockets(Box<Said>),
}

impl Hearing {
    /// Ears at the line.
    ///
    /// # Errors
    /// They cannot be opened: why.
    pub(super) fn open(interface: &str, listener: Listener) -> Result<Self, String> {
        Ears::open(interface, listener).map(Self::Line)
    }

    /// Without the right to have some.
    pub(super) fn without(listener: Listener) -> Self {
        Self::Sockets(Box::new(Said::new(listener)))
    }

    /// The sockets, if nobody hears them otherwise.
    pub(super) fn sockets(&mut self) -> Option<&mut Said> {
        match self {
            Self::Line(_) => None,
            Self::Sockets(said) => Some(said),
        }
    }

    /// What the judge says; `None`: there is none.
    pub(super) async fn conclude(&self) -> Option<Conclusion> {
        match self {
            Self::Line(ears) => Some(ears.conclude().await),
            Self::Sockets(_) => None,
        }
    }

    /// Nothing more is to be heard.
    pub(super) fn close(self) {
        match self {
            Self::Line(ears) => ears.close(),
            Self::Sockets(_) => {}
        }
    }
}
