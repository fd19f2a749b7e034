//! Waits for one of many things, and looks at each of them once: however long a scenario runs, a look costs what is new.

use event_log::{Event, Log};
use twin::{Csms, Request};

/// How far has been looked, and whether it was seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookout {
    next: usize,
    seen: bool,
}

impl Lookout {
    /// Looks from that place on, in the log or in what the CSMS got.
    pub(crate) const fn from(place: usize) -> Self {
        Self { next: place, seen: false }
    }

    /// Whether such an event has come until now.
    pub(crate) fn event(&mut self, log: &Log, wanted: impl Fn(&Event) -> bool) -> bool {
        self.seen = self.seen || log.any(self.next, wanted);
        self.next = log.len();
        self.seen
    }

    /// Whether the CSMS has got such a CALL until now.
    pub(crate) fn request(&mut self, csms: Option<&Csms>, wanted: impl Fn(&Request) -> bool) -> bool {
        let Some(csms) = csms else { return false };
        self.seen = self.seen
            || csms.requests(self.next, |mut requests| Iterator::any(&mut requests, |request| wanted(&request)));
        self.next = csms.request_count();
        self.seen
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// How many events are visited by one who waits so long and looks each second, with one event in a second.
    fn visited(hours: u32) -> u32 {
        let (log, visits) = (Log::memory(), Cell::new(0));
        let mut lookout = Lookout::from(0);
        for second in 0..hours * 3600 {
            log.record("test", "tick", second);
            assert!(!lookout.event(&log, |event| {
                visits.set(visits.get() + 1);
                event.is("test", "end")
            }));
        }
        log.record("test", "end", ());
        assert!(lookout.event(&log, |event| event.is("test", "end")));
        // What was seen stays seen.
        assert!(lookout.event(&log, |_| false));
        visits.get()
    }

    #[test]
    fn a_look_costs_the_same_however_long_the_run_is() {
        assert_eq!((visited(1), visited(10)), (3_600, 36_000));
    }
}
