//! The order in which both sides of a connection spoke.
//!
//! While bytes of one stream are missing, those behind them wait, and the other side may go on. What it says waits as well, so that a
//! question is not given behind its answer.

use std::collections::VecDeque;

use crate::event::{Direction, Event, TcpEvent};

/// What an event costs beside its bytes, roughly.
const EVENT: usize = 128;

/// What was found of a connection while one of its streams waits.
#[derive(Default)]
pub(super) struct Delayed {
    events: Vec<Event>,
    cost: usize,
}

impl Delayed {
    /// What it costs to keep.
    pub(super) const fn cost(&self) -> usize {
        self.cost
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// These wait too.
    pub(super) fn add(&mut self, found: VecDeque<Event>) {
        self.cost += found.iter().map(cost).sum::<usize>();
        self.events.extend(found);
    }

    /// Nothing is waited for any longer.
    pub(super) fn give(&mut self, out: &mut VecDeque<Event>) {
        self.cost = 0;
        let events = std::mem::take(&mut self.events);
        let times = times(&events);
        let mut ordered: Vec<(u64, Event)> = times.into_iter().zip(events).collect();
        // What has one time stays in the order in which it was found.
        ordered.sort_by_key(|(time, _)| *time);
        out.extend(ordered.into_iter().map(|(_, event)| event));
    }
}

fn cost(event: &Event) -> usize {
    match event {
        Event::Tcp { event: TcpEvent::Data { bytes, .. }, .. } => EVENT + bytes.len(),
        _ => EVENT,
    }
}

/// The packet with which each event takes its place. A stream stays in its own order: bytes that waited for others were there with
/// the packet that brought them, and in the stream's order not before those ahead of them.
fn times(events: &[Event]) -> Vec<u64> {
    let mut reached = [0; 2];
    let mut times = Vec::with_capacity(events.len());
    for (index, event) in events.iter().enumerate() {
        let time = match event {
            Event::Tcp { event: TcpEvent::Closed { .. }, .. } => u64::MAX,
            event => match direction(event) {
                Some(direction) => {
                    let own = event.packet();
                    // A gap is found late, and stands before the bytes behind it.
                    let time = match event {
                        Event::Tcp { event: TcpEvent::Gap { .. }, .. } => {
                            own.min(behind(&events[index + 1..], direction).unwrap_or(own))
                        }
                        _ => own,
                    };
                    let reached = &mut reached[direction as usize];
                    *reached = time.max(*reached);
                    *reached
                }
                None => event.packet(),
            },
        };
        times.push(time);
    }
    times
}

/// The packet of the next bytes of a stream.
fn behind(events: &[Event], of: Direction) -> Option<u64> {
    events.iter().find_map(|event| match event {
        Event::Tcp { event: TcpEvent::Data { direction, packet, .. }, .. } if *direction == of => Some(*packet),
        _ => None,
    })
}

/// The stream that an event is about.
pub(super) const fn direction(event: &Event) -> Option<Direction> {
    match event {
        Event::Tcp {
            event:
                TcpEvent::Data { direction, .. }
                | TcpEvent::Gap { direction, .. }
                | TcpEvent::Duplicate { direction, .. }
                | TcpEvent::Finished { direction, .. },
            ..
        } => Some(*direction),
        _ => None,
    }
}
