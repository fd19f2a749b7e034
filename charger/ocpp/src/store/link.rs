//! The way to a store: a message in, a message out.

use std::future::poll_fn;
use std::task::{Context, Poll};

use super::{Batch, Contents, StoreError};

/// What a store is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StoreRequest {
    /// Make this durable.
    Commit(Batch),
    /// Give back everything.
    Load,
}

/// What a store says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StoreAnswer {
    /// To [`StoreRequest::Commit`].
    Committed(Result<(), StoreError>),
    /// To [`StoreRequest::Load`].
    Loaded(Result<Contents, StoreError>),
    /// It takes longer, and why; the answer itself is still to come.
    Waiting(StoreError),
}

/// The way to a store. One request at a time: the next one after the answer to the last.
///
/// In production a [`StoreThread`](super::StoreThread) is behind it; in a twin, which has one thread and one clock, the
/// store is behind it at once, or when a scenario says so.
pub trait StoreLink {
    /// Asks for something. Returns at once.
    fn request(&mut self, request: StoreRequest);

    /// The next thing that the store says. Pending while nothing was asked.
    fn poll_answer(&mut self, context: &mut Context<'_>) -> Poll<StoreAnswer>;
}

/// Reads everything, however long that takes.
///
/// # Errors
/// The store cannot be read.
pub async fn load(link: &mut dyn StoreLink) -> Result<Contents, StoreError> {
    link.request(StoreRequest::Load);
    loop {
        match poll_fn(|context| link.poll_answer(context)).await {
            StoreAnswer::Loaded(loaded) => return loaded,
            // Nothing was committed yet; whoever waits here has a limit of their own.
            StoreAnswer::Committed(_) | StoreAnswer::Waiting(_) => {}
        }
    }
}
