//! What must survive a power cut.

mod sqlite;

use std::path::PathBuf;

pub use sqlite::Sqlite;

/// A TransactionEvent that waits for its answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QueuedEvent {
    /// Its place in the queue.
    pub key: i64,
    /// The message id of every send of it.
    pub message_id: String,
    /// The transaction.
    pub transaction: String,
    /// `Started`, `Updated` or `Ended`.
    pub stage: String,
    /// The payload as JSON.
    pub payload: String,
    /// How often it was sent.
    pub attempts: u32,
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}", path.display())]
pub struct StoreError {
    /// The file; `:memory:` for a store in memory.
    pub path: PathBuf,
    /// What is wrong, and what to do.
    pub what: String,
}

/// The durable store. Synchronous: a commit is done when the call returns, and under a paused clock it takes no time.
pub trait Store {
    /// Takes an event into the queue and moves its transaction on, in one commit; returns its sequence number through
    /// `payload`, which is given it.
    ///
    /// # Errors
    /// The event is not in the queue.
    fn enqueue(
        &mut self,
        message_id: &str,
        transaction: &str,
        stage: &str,
        payload: &mut dyn FnMut(i64) -> String,
    ) -> Result<(), StoreError>;

    /// The oldest event in the queue.
    ///
    /// # Errors
    /// The store cannot be read.
    fn first(&mut self) -> Result<Option<QueuedEvent>, StoreError>;

    /// How many events are in the queue, of one transaction or of all.
    ///
    /// # Errors
    /// The store cannot be read.
    fn queued(&mut self, transaction: Option<&str>) -> Result<usize, StoreError>;

    /// Counts one more send.
    ///
    /// # Errors
    /// The count is as before.
    fn attempted(&mut self, key: i64) -> Result<(), StoreError>;

    /// The event was answered, or is given up.
    ///
    /// # Errors
    /// The event is still in the queue.
    fn remove(&mut self, key: i64) -> Result<(), StoreError>;

    /// Rewrites the payload of every queued event.
    ///
    /// # Errors
    /// Some are as before.
    fn rewrite(&mut self, change: &mut dyn FnMut(&str) -> Option<String>) -> Result<(), StoreError>;

    /// Drops every second `Updated`, to make room; never a `Started` or `Ended`.
    ///
    /// # Errors
    /// The queue is as before.
    fn thin_out(&mut self) -> Result<usize, StoreError>;

    /// Transactions that were started and not ended.
    ///
    /// # Errors
    /// The store cannot be read.
    fn open_transactions(&mut self) -> Result<Vec<String>, StoreError>;

    /// Keeps a named value (`None` removes it).
    ///
    /// # Errors
    /// The value is as before.
    fn put(&mut self, kind: &str, name: &str, value: Option<&str>) -> Result<(), StoreError>;

    /// All values of a kind, by name.
    ///
    /// # Errors
    /// The store cannot be read.
    fn values(&mut self, kind: &str) -> Result<Vec<(String, String)>, StoreError>;
}
