//! The log that charger and world write to.

use std::cell::{Ref, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::rc::Rc;

use serde::Serialize;
use serde_json::Value;
use units::{EvseId, Instant};

use crate::{Data, Event, VERSION};

/// A handle to one log. Cloning gives another handle; a log belongs to one thread, as a world does.
#[derive(Clone)]
pub struct Log {
    inner: Rc<RefCell<Inner>>,
    /// Where what is recorded through this handle happens.
    evse: Option<EvseId>,
    /// Whose events are seen through it, besides those of no EVSE; `None`: all.
    sees: Option<EvseId>,
}

/// Whom to tell each event.
type Subscriber = Box<dyn FnMut(&Event)>;

/// An event in memory.
struct Entry {
    event: Event,
    /// The number of the one of the same source and kind before it.
    before: Option<usize>,
}

struct Inner {
    entries: VecDeque<Entry>,
    /// The number of the newest event in memory, by source and kind.
    newest: BTreeMap<String, BTreeMap<String, usize>>,
    /// How many events were dropped from memory, oldest first.
    dropped: usize,
    limit: usize,
    next: u64,
    sink: Option<Box<dyn Write>>,
    error: Option<String>,
    clock: Box<dyn Fn() -> Instant>,
    wall: Box<dyn Fn() -> u64>,
    subscribers: Vec<Subscriber>,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let inner = self.inner.borrow();
        f.debug_struct("Log").field("events", &inner.next).field("error", &inner.error).finish_non_exhaustive()
    }
}

impl Log {
    /// How many events are kept in memory unless told otherwise; a file keeps all.
    const LIMIT: usize = 200_000;

    /// A log that is kept in memory only.
    #[must_use]
    pub fn memory() -> Self {
        Self::new(None)
    }

    /// A log that is written to `sink` as well, each event flushed by itself: a process that is killed loses nothing.
    #[must_use]
    pub fn to_writer(sink: Box<dyn Write>) -> Self {
        Self::new(Some(sink))
    }

    fn new(sink: Option<Box<dyn Write>>) -> Self {
        let inner = Inner {
            entries: VecDeque::new(),
            newest: BTreeMap::new(),
            dropped: 0,
            limit: Self::LIMIT,
            next: 0,
            sink,
            error: None,
            clock: Box::new(|| Instant::ZERO),
            wall: Box::new(|| 0),
            subscribers: Vec::new(),
        };
        Self { inner: Rc::new(RefCell::new(inner)), evse: None, sees: None }
    }

    /// A handle to the same log, for what happens at that EVSE.
    #[must_use]
    pub fn at(&self, evse: EvseId) -> Self {
        Self { evse: Some(evse), ..self.clone() }
    }

    /// A handle to the same log, through which of several EVSEs only that one is seen. What happens at no EVSE is seen too.
    #[must_use]
    pub fn seen_from(&self, evse: EvseId) -> Self {
        Self { sees: Some(evse), ..self.clone() }
    }

    /// Whether that event is seen through this handle.
    fn sees(&self, event: &Event) -> bool {
        match (self.sees, event.evse) {
            (None, _) | (_, None) => true,
            (Some(own), Some(other)) => own == other,
        }
    }

    /// Keeps at most so many events in memory, dropping the oldest. The file keeps all.
    #[must_use]
    pub fn with_limit(self, events: usize) -> Self {
        self.inner.borrow_mut().limit = events.max(1);
        self
    }

    /// Where the virtual time of an event comes from.
    pub fn set_clock(&self, clock: impl Fn() -> Instant + 'static) {
        self.inner.borrow_mut().clock = Box::new(clock);
    }

    /// Where the wall time of an event comes from.
    pub fn set_wall(&self, wall: impl Fn() -> u64 + 'static) {
        self.inner.borrow_mut().wall = Box::new(wall);
    }

    /// Records one event now.
    pub fn record(&self, source: &str, kind: &str, data: impl Serialize) {
        let data = serde_json::to_value(data).unwrap_or_else(|error| Value::from(error.to_string()));
        self.record_value(source, kind, data);
    }

    /// As [`Self::record`], for what is a value already: a large one need not be copied.
    pub fn record_value(&self, source: &str, kind: &str, data: Value) {
        self.record_data(source, kind, Data::from(&data), Some(data));
    }

    /// As [`Self::record`], for what is compact JSON already, as a [`Value`] displays itself: it need not be parsed.
    pub fn record_text(&self, source: &str, kind: &str, data: String) {
        self.record_data(source, kind, Data::from_text(data), None);
    }

    /// Records that data; `value` is what it says, where that is at hand.
    fn record_data(&self, source: &str, kind: &str, data: Data, value: Option<Value>) {
        let mut inner = self.inner.borrow_mut();
        let (t, wall) = ((inner.clock)(), (inner.wall)());
        let (source, kind) = (source.into(), kind.into());
        let event = Event { v: VERSION, seq: inner.next, t, wall, evse: self.evse, source, kind, data };
        inner.next += 1;
        inner.write(&event);
        let mut subscribers = std::mem::take(&mut inner.subscribers);
        let told = (!subscribers.is_empty()).then(|| match value {
            Some(value) => event.told(value),
            None => event.clone(),
        });
        inner.keep(event);
        // A subscriber may look at the log, or record something itself: the log must not be borrowed meanwhile.
        drop(inner);
        if let Some(event) = told {
            subscribers.iter_mut().for_each(|tell| tell(&event));
            let mut inner = self.inner.borrow_mut();
            subscribers.append(&mut inner.subscribers);
            inner.subscribers = subscribers;
        }
    }

    /// Tells every event from now on, right after it was recorded. What a subscriber records itself is not told again.
    pub fn subscribe(&self, tell: impl FnMut(&Event) + 'static) {
        self.inner.borrow_mut().subscribers.push(Box::new(tell));
    }

    /// How many events were recorded.
    #[must_use]
    pub fn len(&self) -> usize {
        let inner = self.inner.borrow();
        inner.dropped + inner.entries.len()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the oldest event in memory: what came before it can no longer be looked at here, nor counted.
    #[must_use]
    pub fn first(&self) -> usize {
        self.inner.borrow().dropped
    }

    /// The events from the `from`-th on, as far as they are in memory. What is before them costs nothing. Each is a copy: what
    /// is parsed of it is gone with it, and a look through a long log fills no memory.
    pub fn with<R>(&self, from: usize, look: impl FnOnce(&mut dyn Iterator<Item = Event>) -> R) -> R {
        let inner: Ref<'_, Inner> = self.inner.borrow();
        let skip = from.saturating_sub(inner.dropped).min(inner.entries.len());
        let seen = inner.entries.range(skip..).filter(|entry| self.sees(&entry.event));
        look(&mut seen.map(|entry| entry.event.clone()))
    }

    /// Whether any event from the `from`-th on is so. It looks no further than the first one.
    pub fn any(&self, from: usize, so: impl Fn(&Event) -> bool) -> bool {
        self.with(from, |mut events| Iterator::any(&mut events, |event| so(&event)))
    }

    /// What the newest event of that source and kind says of which `read` says anything. Events of other kinds are passed
    /// over without a look, so this costs the same however long the run is.
    pub fn latest<T>(&self, source: &str, kind: &str, mut read: impl FnMut(&Event) -> Option<T>) -> Option<T> {
        let inner: Ref<'_, Inner> = self.inner.borrow();
        let mut next = inner.newest.get(source)?.get(kind).copied();
        while let Some(entry) = next.and_then(|number| inner.entry(number)) {
            if self.sees(&entry.event)
                && let Some(said) = read(&entry.event.clone())
            {
                return Some(said);
            }
            next = entry.before;
        }
        None
    }

    /// A copy of all events in memory.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Event> {
        self.with(0, |events| events.collect())
    }

    /// The first error of the sink, such as a full disk. What is recorded afterwards is in memory only.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        self.inner.borrow().error.clone()
    }
}

impl Inner {
    fn entry(&self, number: usize) -> Option<&Entry> {
        self.entries.get(number.checked_sub(self.dropped)?)
    }

    fn keep(&mut self, event: Event) {
        let number = self.dropped + self.entries.len();
        let before = match self.newest.get_mut(&event.source).and_then(|kinds| kinds.get_mut(&event.kind)) {
            Some(newest) => Some(std::mem::replace(newest, number)),
            None => self.newest.entry(event.source.clone()).or_default().insert(event.kind.clone(), number),
        };
        self.entries.push_back(Entry { event, before });
        if self.entries.len() > self.limit
            && let Some(Entry { event, .. }) = self.entries.pop_front()
        {
            // The last of its kind: what is not in memory is not in the index either.
            if let Some(kinds) = self.newest.get_mut(&event.source)
                && kinds.get(&event.kind) == Some(&self.dropped)
            {
                kinds.remove(&event.kind);
                if kinds.is_empty() {
                    self.newest.remove(&event.source);
                }
            }
            self.dropped += 1;
        }
    }

    fn write(&mut self, event: &Event) {
        let Some(sink) = &mut self.sink else { return };
        let mut line = event.line();
        line.push('\n');
        if let Err(error) = sink.write_all(line.as_bytes()).and_then(|()| sink.flush()) {
            self.error = Some(format!("event {} could not be written: {error}", event.seq));
            self.sink = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            if self.0 < buffer.len() {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            self.0 -= buffer.len();
            Ok(buffer.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_told_and_the_recording_goes_on_in_memory() {
        let log = Log::to_writer(Box::new(Full(150)));
        for n in 0..5 {
            log.record("test", "tick", n);
        }
        assert_eq!(log.len(), 5);
        assert_eq!(log.error().as_deref(), Some("event 2 could not be written: no storage space"));
    }

    #[test]
    fn a_subscriber_hears_each_event_once_and_may_record_itself() {
        let log = Log::memory();
        log.record("test", "before", 0);
        let (heard, handle) = (Rc::new(RefCell::new(Vec::new())), log.clone());
        let ears = Rc::clone(&heard);
        log.subscribe(move |event| {
            ears.borrow_mut().push(event.kind.clone());
            handle.record("test", "echo", event.seq);
        });
        log.record("test", "one", 1);
        log.record("test", "two", 2);
        assert_eq!(*heard.borrow(), ["one", "two"]);
        assert_eq!(log.len(), 5);
    }

    #[test]
    fn memory_is_bounded_and_positions_stay() {
        let log = Log::memory().with_limit(3);
        for n in 0..10 {
            log.record("test", "tick", n);
        }
        assert_eq!(log.len(), 10);
        let kept: Vec<_> = log.with(8, |events| events.map(|event| event.seq).collect());
        assert_eq!(kept, [8, 9]);
        assert_eq!(log.snapshot().len(), 3);
    }

    #[test]
    fn the_newest_of_a_kind_costs_the_same_however_long_the_run_is() {
        let visited = |hours: u32| {
            let log = Log::memory();
            log.record("panel", "show", "ready");
            log.record("panel", "show", "thanks");
            for second in 0..hours * 3600 {
                log.record("test", "tick", second);
            }
            let mut visited = 0;
            let found = log.latest("panel", "show", |event| {
                visited += 1;
                (event.data == "ready").then_some(event.seq)
            });
            assert_eq!(found, Some(0));
            visited
        };
        assert_eq!((visited(1), visited(10)), (2, 2));
    }

    #[test]
    fn the_newest_of_a_kind_is_forgotten_with_the_last_event_of_that_kind() {
        let log = Log::memory().with_limit(3);
        let newest = |source: &str, kind: &str| log.latest(source, kind, |event| Some(event.seq));
        for n in 0..100 {
            log.record("source", &format!("kind {n}"), n);
        }
        assert_eq!((newest("source", "kind 96"), newest("source", "kind 97")), (None, Some(97)));
        assert_eq!(log.inner.borrow().newest["source"].len(), 3);
        for n in 0..3 {
            log.record("other", "tick", n);
        }
        assert_eq!((newest("source", "kind 99"), newest("other", "tick")), (None, Some(102)));
        assert_eq!(log.latest("other", "tick", |event| (event.data == serde_json::json!(7)).then_some(())), None);
        assert_eq!(log.inner.borrow().newest.len(), 1);
    }
}
