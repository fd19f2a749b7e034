//! Where a service takes its calls from.

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;
use units::EvseId;

/// A call on its way.
#[derive(Debug)]
pub(crate) struct Sent<C> {
    /// The EVSE that it is about: the one whose service made it, or the one that a service of the station named.
    pub(crate) evse: Option<EvseId>,
    pub(crate) call: C,
}

/// The calls that one service is to answer, in the order in which they were made.
#[derive(Debug)]
pub(crate) struct Inbox<C>(mpsc::UnboundedReceiver<Sent<C>>);

/// The other end of an [`Inbox`].
pub(super) type Outbox<C> = mpsc::UnboundedSender<Sent<C>>;

impl<C> Inbox<C> {
    /// An inbox, and what fills it.
    pub(super) fn new() -> (Outbox<C>, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (sender, Self(receiver))
    }

    /// The next call; `None` when the bus is gone. Cancel safe.
    pub(crate) async fn recv(&mut self) -> Option<C> {
        self.recv_sent().await.map(|sent| sent.call)
    }

    /// The next call, and which EVSE it is about: for services of the station. Cancel safe.
    pub(crate) async fn recv_sent(&mut self) -> Option<Sent<C>> {
        self.0.recv().await
    }

    /// A call that waits already.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn try_recv(&mut self) -> Result<C, TryRecvError> {
        self.try_recv_sent().map(|sent| sent.call)
    }

    /// A call that waits already, and which EVSE it is about.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn try_recv_sent(&mut self) -> Result<Sent<C>, TryRecvError> {
        self.0.try_recv()
    }

    /// Whether none waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
