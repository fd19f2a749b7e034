//! What must survive a power cut.
//!
//! Nothing here stands on the thread that keeps people safe: the station has everything durable in memory, gives what has
//! changed to a [`StoreLink`] as one [`Batch`], and hears later what became of it.
//!
//! ```text
//!   Station ── Output::Persist(Batch) ──> StoreLink ──> Store::commit   (a thread of its own, or a twin's script)
//!           <── Input::Persisted(..) ───            <── done, or why not
//! ```
//!
//! A batch is one commit, and holds everything that has changed since the last one: the store never has a later change
//! without the earlier ones. While it does not work, changes stay in memory in their order and go with the next batch.
//!
//! **A record of the charger's own**, such as the running session, survives a restart of the host like this:
//!
//! - *put*: [`Local::Keep`](crate::Local::Keep) with a name and the value as text (on the bus of the station:
//!   `Message::Keep`, verb `ocpp.keep`). The newest value of a name counts; `None` forgets it. It goes through the same
//!   inbox as the reports of transactions, so the store never has a record without the reports that were sent before it.
//! - *get*: [`Station::kept`](crate::Station::kept), as soon as there is a station, and so before any service runs.
//!
//! Put as often as it changes: a value that is as it was is not written again. Each one that differs costs a commit, so a
//! reading every second is not for here; one a minute is.

mod link;
mod sqlite;
mod thread;

use std::path::PathBuf;

pub use link::{StoreAnswer, StoreLink, StoreRequest, load};
pub use sqlite::Sqlite;
pub use thread::StoreThread;

use session::words::TransactionStage;

/// A TransactionEvent that waits for its answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QueuedEvent {
    /// The message id of every send of it.
    pub message_id: String,
    /// The transaction.
    pub transaction: String,
    /// Where the transaction is with it.
    pub stage: TransactionStage,
    /// The payload as JSON, as it was when it happened.
    pub payload: String,
    /// How often the CSMS did not take it.
    pub attempts: u32,
    /// It waited while there was no connection (E11.FR.07).
    pub offline: bool,
}

/// How far the events of a transaction are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Progress {
    /// The sequence number of its next event.
    pub next_seq: i64,
    /// It has not ended.
    pub open: bool,
}

/// A message that was given up: it is kept for whoever must find out what it would have said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeadLetter {
    /// Its action.
    pub action: String,
    /// Its payload as JSON.
    pub payload: String,
    /// Why it was given up.
    pub why: String,
}

/// The kind and the name of a value.
pub type ValueName = (String, String);

/// Everything that is in a store.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Contents {
    /// The queue, oldest first, by place.
    pub events: Vec<(i64, QueuedEvent)>,
    /// Transactions that are open, or of which events are in the queue.
    pub transactions: Vec<(String, Progress)>,
    /// Values.
    pub values: Vec<(ValueName, String)>,
}

/// What has changed, for one commit. `None` removes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Batch {
    /// By place in the queue. Of an event that the store has, only attempts and the offline mark can have changed.
    pub events: Vec<(i64, Option<QueuedEvent>)>,
    /// By id.
    pub transactions: Vec<(String, Option<Progress>)>,
    /// By kind and name.
    pub values: Vec<(ValueName, Option<String>)>,
    /// New ones.
    pub dead_letters: Vec<DeadLetter>,
}

/// Why the store cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}: {what}", path.display())]
pub struct StoreError {
    /// The file; `:memory:` for a store in memory.
    pub path: PathBuf,
    /// Whether waiting may help.
    pub kind: StoreErrorKind,
    /// What is wrong, and what to do.
    pub what: String,
}

/// Whether waiting may help.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StoreErrorKind {
    /// Another program holds the file; it lets go, as a rule.
    Busy,
    /// Somebody has to do something.
    Failed,
}

/// The durable store. Its calls take as long as the disk takes, so whoever makes them may wait: a thread of its own.
pub trait Store {
    /// Reads everything.
    ///
    /// # Errors
    /// The store cannot be read.
    fn load(&mut self) -> Result<Contents, StoreError>;

    /// Makes all of the changes durable, in one commit. A batch that was committed before and is given again does no harm.
    ///
    /// # Errors
    /// The store is as before.
    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError>;
}
