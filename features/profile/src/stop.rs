//! How conversations end.

use std::time::Duration;

use iso15118::wire::{SeenMessage, Side};
use vehicle_model::{Closer, EvStop};

use crate::samples::Samples;

/// The end of a conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct End {
    /// The latest message.
    last: Option<(String, Duration)>,
    stop_asked: bool,
    pause: bool,
    closed: Option<Closed>,
}

#[derive(Clone, Copy, Debug)]
struct Closed {
    /// `None` when the capture ends first.
    by: Option<Side>,
    reset: bool,
    at: Duration,
}

impl End {
    pub(crate) fn see(&mut self, at: Duration, message: &SeenMessage) {
        self.last = Some((message.name().to_owned(), at));
        if message.name() == "SessionStopReq" {
            self.stop_asked = true;
            self.pause = message.at("ChargingSession").and_then(exi::Tree::as_text) == Some("Pause");
        }
    }

    pub(crate) const fn close(&mut self, at: Duration, by: Option<Side>, reset: bool) {
        self.closed = Some(Closed { by, reset, at });
    }

    /// When somebody closed the connection; `None` when the capture ends first.
    pub(crate) fn closed_at(&self) -> Option<Duration> {
        self.closed.filter(|closed| closed.by.is_some()).map(|closed| closed.at)
    }

    /// Of several conversations. Those that the capture cut off before their end are not counted.
    pub(crate) fn together(all: &[&Self]) -> EvStop {
        let mut stop = EvStop::default();
        let (mut closers, mut resets, mut time) = (Vec::new(), Vec::new(), Samples::default());
        for end in all {
            let closed = end.closed.filter(|closed| closed.by.is_some());
            if end.stop_asked {
                stop.session_stop += 1;
                stop.pause += u32::from(end.pause);
                if let (Some(closed), Some((name, at))) = (closed, &end.last)
                    && name == "SessionStopRes"
                {
                    closers.extend(closed.by);
                    resets.push(closed.reset);
                    time.add_time(closed.at.saturating_sub(*at));
                }
            } else if let (Some(_), Some((name, _))) = (closed, &end.last) {
                stop.without += 1;
                if !stop.without_after.contains(name) {
                    stop.without_after.push(name.clone());
                }
            }
        }
        stop.without_after.sort();
        stop.closed_by = same(&closers).map(|side| match side {
            Side::Car => Closer::Car,
            Side::Station => Closer::Station,
        });
        stop.reset = same(&resets);
        stop.stop_to_close_ms = Samples::together([&time]);
        stop
    }
}

/// What all of them are.
fn same<T: Copy + PartialEq>(all: &[T]) -> Option<T> {
    let (first, rest) = all.split_first()?;
    rest.iter().all(|other| other == first).then_some(*first)
}
