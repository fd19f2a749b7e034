//! Everything of the station that is durable, as it is in memory: the queue of TransactionEvents, the transactions they
//! belong to, values by name. The store follows one batch behind.
//!
//! An event is on the wire only after the store has it. Where the store cannot take it (it says so, or says nothing for a
//! long time), the CSMS is the safest place there is: the event is sent all the same, and written as soon as that works.

mod mirror;
mod writer;

use units::Instant;

use crate::StoreError;
use crate::store::{Batch, Contents, DeadLetter, Progress, QueuedEvent, ValueName};
use mirror::{Mirror, Revision};
use session::words::TransactionStage;
pub(super) use writer::StoreNews;
use writer::Writer;

/// See the module.
#[derive(Debug)]
pub(super) struct Journal {
    events: Mirror<i64, QueuedEvent>,
    transactions: Mirror<String, Progress>,
    values: Mirror<ValueName, String>,
    /// Those that the store does not have, with the revision they came in.
    dead_letters: Vec<(Revision, DeadLetter)>,
    next_key: i64,
    /// So many events make it worth looking for updates to thin out.
    thin_out_at: usize,
    writer: Writer,
}

impl Journal {
    /// Events above which updates are thinned out.
    const MOST_UPDATES: usize = 2_000;
    /// So many more come before a queue that is still too long is looked through again.
    const LOOK_AGAIN: usize = 100;
    /// Events that are kept at all; that many can only be when hundreds of transactions were never told.
    const MOST: usize = 10_000;
    /// Dead letters that wait for the store.
    const MOST_DEAD: usize = 32;

    /// What the store had when the program started. The connection of an earlier run is lost: what is still queued was
    /// offline (E11.FR.07).
    pub(super) fn of(contents: Contents) -> Self {
        let next_key = contents.events.last().map_or(1, |(key, _)| key + 1);
        let mut new = Self {
            events: Mirror::of(contents.events),
            transactions: Mirror::of(contents.transactions),
            values: Mirror::of(contents.values),
            dead_letters: Vec::new(),
            next_key,
            thin_out_at: Self::MOST_UPDATES,
            writer: Writer::default(),
        };
        new.mark_offline();
        new
    }

    /// The sequence number that the next event of a transaction has.
    pub(super) fn next_seq(&self, transaction: &str) -> i64 {
        self.transactions.get(&transaction.to_owned()).map_or(0, |progress| progress.next_seq)
    }

    /// Takes an event into the queue and moves its transaction on. Answers the event again when there is no room for it.
    pub(super) fn enqueue(&mut self, event: QueuedEvent) -> Result<(), QueuedEvent> {
        let next_seq = self.next_seq(&event.transaction) + 1;
        let progress = Progress { next_seq, open: event.stage != TransactionStage::Ended };
        let revisions = self.writer.change();
        self.transactions.put(event.transaction.clone(), progress, revisions);
        if self.events.len() >= self.thin_out_at {
            self.thin_out();
        }
        if self.events.len() >= Self::MOST {
            self.forget_transaction(&event.transaction);
            return Err(event);
        }
        self.events.put(self.next_key, event, revisions);
        self.next_key += 1;
        Ok(())
    }

    /// The oldest event, once it may be sent.
    pub(super) fn first(&self) -> Option<(i64, &QueuedEvent)> {
        let (key, event) = self.events.iter().next()?;
        let may_be_sent = self.writer.is_given_up() || self.events.is_kept(key, self.writer.revisions());
        may_be_sent.then_some((*key, event))
    }

    /// How many events are in the queue, of one transaction or of all.
    pub(super) fn queued(&self, transaction: Option<&str>) -> usize {
        self.events.iter().filter(|(_, event)| transaction.is_none_or(|wanted| wanted == event.transaction)).count()
    }

    /// The CSMS did not take it; answers how often that was so.
    pub(super) fn attempted(&mut self, key: i64) -> u32 {
        let Some(event) = self.events.get(&key) else { return 0 };
        let attempts = event.attempts.saturating_add(1);
        let event = QueuedEvent { attempts, ..event.clone() };
        self.events.put(key, event, self.writer.change());
        attempts
    }

    /// The event was answered, or is given up.
    pub(super) fn remove(&mut self, key: i64) -> Option<QueuedEvent> {
        let event = self.events.get(&key)?.clone();
        self.events.remove(&key, self.writer.change());
        self.thin_out_at = self.thin_out_at.min(Self::MOST_UPDATES.max(self.events.len() + Self::LOOK_AGAIN));
        self.forget_transaction(&event.transaction);
        Some(event)
    }

    /// A transaction that has ended and is told needs no sequence number any more.
    fn forget_transaction(&mut self, id: &str) {
        let id = id.to_owned();
        if self.transactions.get(&id).is_some_and(|progress| !progress.open) && self.queued(Some(&id)) == 0 {
            self.transactions.remove(&id, self.writer.change());
        }
    }

    /// The connection is lost: whatever is in the queue is sent later, and marked so.
    pub(super) fn mark_offline(&mut self) {
        if self.events.iter().any(|(_, event)| !event.offline) {
            self.events.change_all(self.writer.change(), |event| !std::mem::replace(&mut event.offline, true));
        }
    }

    /// Drops every second `Updated`, to make room; never a `Started` or `Ended` (E11.FR.04, E11.FR.05).
    fn thin_out(&mut self) {
        let updates = self.events.iter().filter(|(_, event)| event.stage == TransactionStage::Updated);
        let gone: Vec<i64> = updates.map(|(key, _)| *key).skip(1).step_by(2).collect();
        let revisions = self.writer.change();
        for key in gone {
            self.events.remove(&key, revisions);
        }
        self.thin_out_at = Self::MOST_UPDATES.max(self.events.len() + Self::LOOK_AGAIN);
    }

    /// Transactions that were started and not ended.
    pub(super) fn open_transactions(&self) -> Vec<String> {
        self.transactions.iter().filter(|(_, progress)| progress.open).map(|(id, _)| id.clone()).collect()
    }

    /// A named value.
    pub(super) fn value(&self, kind: &str, name: &str) -> Option<&str> {
        self.values.get(&(kind.to_owned(), name.to_owned())).map(String::as_str)
    }

    /// All values of a kind, by name.
    pub(super) fn values<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.values.iter().filter(move |((own, _), _)| own == kind).map(|((_, name), value)| (&**name, &**value))
    }

    /// Keeps a named value; `None` removes it. One that is as it was is not written again.
    pub(super) fn put(&mut self, kind: &str, name: &str, value: Option<&str>) {
        if self.value(kind, name) == value {
            return;
        }
        let key = (kind.to_owned(), name.to_owned());
        let revisions = self.writer.change();
        match value {
            Some(value) => self.values.put(key, value.to_owned(), revisions),
            None => self.values.remove(&key, revisions),
        }
    }

    /// Keeps a message that was given up. While the store does not work, the newest are kept in memory.
    pub(super) fn bury(&mut self, letter: DeadLetter) {
        let revision = self.writer.change().current;
        if self.dead_letters.len() >= Self::MOST_DEAD {
            self.dead_letters.remove(0);
        }
        self.dead_letters.push((revision, letter));
    }

    /// What the store is to be given now, if anything.
    pub(super) fn next_batch(&mut self, now: Instant) -> Option<Batch> {
        let revisions = self.writer.begin(now)?;
        Some(Batch {
            events: self.events.changes(revisions),
            transactions: self.transactions.changes(revisions),
            values: self.values.changes(revisions),
            dead_letters: self.dead_letters.iter().map(|(_, letter)| letter.clone()).collect(),
        })
    }

    /// What became of the last batch.
    pub(super) fn persisted(&mut self, now: Instant, result: Result<(), StoreError>) -> Option<StoreNews> {
        let news = self.writer.answered(now, result);
        let revisions = self.writer.revisions();
        self.dead_letters.retain(|(revision, _)| *revision > revisions.kept);
        self.events.forget(revisions);
        self.transactions.forget(revisions);
        self.values.forget(revisions);
        news
    }

    /// The store says that the last batch takes longer.
    pub(super) fn delayed(&mut self, error: &StoreError) -> Option<StoreNews> {
        self.writer.delayed(error)
    }

    /// The store may have been silent for too long.
    pub(super) fn expire(&mut self, now: Instant) -> Option<StoreNews> {
        self.writer.expire(now)
    }

    /// When something is to be done about the store.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.writer.deadline()
    }

    /// Whether the store has everything.
    pub(super) fn is_kept(&self) -> bool {
        self.writer.is_idle()
    }
}
