//! What stands between the core and its three neighbours: the charger, the store and the CSMS. None of them is waited for.

use std::future::{pending, poll_fn};
use std::pin::pin;

use tokio_tungstenite::tungstenite::Message;
use units::Instant;

use super::outgoing::Outgoing;
use super::{Charger, Direction};
use crate::station::{Input, Output, Station};
use crate::store::{StoreAnswer, StoreLink, StoreRequest};

/// The core with its neighbours on this side of the wire.
pub(super) struct Link<'a, G, K> {
    pub(super) station: &'a mut Station,
    pub(super) store: &'a mut dyn StoreLink,
    pub(super) charger: &'a mut G,
    pub(super) clock: K,
}

impl<G: Charger, K: Fn() -> Instant> Link<'_, G, K> {
    pub(super) fn now(&self) -> Instant {
        (self.clock)()
    }

    /// Feeds the core and carries out what it wants; answers when it wants to be woken. Without a connection nothing can be
    /// sent; all that the core sends then are answers that come too late.
    pub(super) fn feed(&mut self, input: Input, mut outgoing: Option<&mut Outgoing>) -> Option<Instant> {
        self.station.handle_input(self.now(), input);
        loop {
            match self.station.poll_output() {
                Output::Wait(deadline) => return deadline,
                Output::Notice(notice) => self.charger.notice(notice),
                Output::Persist(batch) => self.store.request(StoreRequest::Commit(batch)),
                Output::Send(text) => {
                    if let Some(outgoing) = &mut outgoing {
                        self.charger.frame(Direction::Sent, &text);
                        outgoing.push(Message::text(text));
                    }
                }
            }
        }
    }

    /// Serves the core without a connection, until something else has come to be; `None` when the charger is gone.
    pub(super) async fn offline<T>(&mut self, until: impl Future<Output = T>) -> Option<T> {
        let mut until = pin!(until);
        let mut input = Input::Timeout;
        loop {
            let deadline = self.feed(input, None);
            input = tokio::select! {
                biased;
                come = &mut until => return Some(come),
                answer = answer(self.store) => answer,
                message = self.charger.next() => Input::Local(message?),
                () = at(deadline, &self.clock) => Input::Timeout,
            };
        }
    }
}

/// The next answer of the store. Cancel safe.
pub(super) async fn answer(store: &mut dyn StoreLink) -> Input {
    match poll_fn(|context| store.poll_answer(context)).await {
        StoreAnswer::Committed(result) => Input::Persisted(result),
        StoreAnswer::Waiting(error) => Input::PersistDelayed(error),
        // To a question from before there was a core.
        StoreAnswer::Loaded(_) => Input::Timeout,
    }
}

/// Completes at that instant, or never.
pub(super) async fn at(instant: Option<Instant>, clock: &impl Fn() -> Instant) {
    match instant {
        Some(instant) => tokio::time::sleep(instant - clock()).await,
        None => pending().await,
    }
}
