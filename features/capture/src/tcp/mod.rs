//! TCP as somebody sees it who only listens: the two byte streams of each connection, in order.
//!
//! What is missing may still come, so bytes behind it are held. They are given, and what is missing is told as a gap, once it is
//! sure that it will not come: when its receiver has acknowledged it and bytes behind it are there, when its receiver says something
//! that acknowledges it, when too much is held, or when the connection or the capture ends. Of bytes that were sent twice the first count.

mod connection;
mod half;
mod order;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use crate::event::{Event, How};
use crate::limits::Limits;
use connection::Connection;

/// A TCP segment, without what only its sender and its receiver care for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Segment<'a> {
    /// Who sent it.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// The number of its first byte, or of its SYN.
    pub sequence: u32,
    /// The number of the byte that its sender waits for, when it says so (ACK).
    pub acknowledgment: Option<u32>,
    /// Its sender begins to send.
    pub syn: bool,
    /// Its sender has sent everything.
    pub fin: bool,
    /// Its sender breaks the connection off.
    pub rst: bool,
    /// Bytes that it had behind `payload`, and that were not captured.
    pub uncaptured: usize,
    /// What it carries.
    pub payload: &'a [u8],
}

/// When a segment was captured.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Seen {
    /// The packet's number, from 1.
    pub packet: u64,
    /// Nanoseconds since 1970 (UTC).
    pub time: u64,
}

/// Whom a connection is between: both ends, the smaller address first.
type Ends = (SocketAddr, SocketAddr);

/// All connections of a capture.
pub struct Connections {
    limits: Limits,
    connections: BTreeMap<Ends, Entry>,
    /// By the segment that was the last of each, so the one that was idle longest is the first.
    idle: BTreeMap<u64, Ends>,
    /// How many there were.
    opened: u64,
    /// How many segments there were.
    segments: u64,
    /// What the bytes that are held cost, in all connections.
    held: usize,
}

struct Entry {
    connection: Connection,
    /// The last segment of it; its key in `idle`.
    last: u64,
}

impl Connections {
    /// No connection yet.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { limits, connections: BTreeMap::new(), idle: BTreeMap::new(), opened: 0, segments: 0, held: 0 }
    }

    /// Takes the next segment of the capture; what follows from it is added to `out`.
    pub fn segment(&mut self, segment: &Segment<'_>, seen: Seen, out: &mut VecDeque<Event>) {
        let (from, to) = (segment.from, segment.to);
        let ends = if from <= to { (from, to) } else { (to, from) };
        self.segments += 1;
        let mut entry = match self.take(ends) {
            Some(entry) if entry.connection.is_continued_by(segment) => entry,
            Some(mut before) => {
                self.close(&mut before.connection, How::Replaced, out);
                self.open(segment, seen, out)
            }
            None => {
                self.make_room(out);
                self.open(segment, seen, out)
            }
        };
        entry.last = self.segments;
        let connection = &mut entry.connection;
        let held_before = connection.held();
        connection.segment(segment, seen, self.limits.held, out);
        self.held = self.held - held_before + connection.held();
        if self.held > self.limits.held_by_all {
            // Too much in all: what this one holds is given, with gaps; its next bytes may be in order again.
            self.held -= connection.held();
            connection.release(out);
            self.held += connection.held();
        }
        self.idle.insert(entry.last, ends);
        self.connections.insert(ends, entry);
    }

    /// The capture has ended: what is left of the connection that was idle longest is added to `out`. `false` when there is none.
    pub fn end(&mut self, out: &mut VecDeque<Event>) -> bool {
        let Some((_, ends)) = self.idle.pop_first() else { return false };
        if let Some(mut entry) = self.connections.remove(&ends) {
            self.close(&mut entry.connection, How::EndOfCapture, out);
        }
        true
    }

    /// How many connections are kept, those included that have ended.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.connections.len()
    }

    /// What the bytes that are held cost; see [`Limits::held`].
    #[must_use]
    pub const fn held(&self) -> usize {
        self.held
    }

    fn take(&mut self, ends: Ends) -> Option<Entry> {
        let entry = self.connections.remove(&ends)?;
        self.idle.remove(&entry.last);
        Some(entry)
    }

    fn open(&mut self, segment: &Segment<'_>, seen: Seen, out: &mut VecDeque<Event>) -> Entry {
        let connection = Connection::open(self.opened, segment, seen, out);
        self.opened += 1;
        Entry { connection, last: self.segments }
    }

    fn make_room(&mut self, out: &mut VecDeque<Event>) {
        while self.connections.len() >= self.limits.connections.max(1) {
            let Some((_, ends)) = self.idle.pop_first() else { return };
            if let Some(mut entry) = self.connections.remove(&ends) {
                self.close(&mut entry.connection, How::Forgotten, out);
            }
        }
    }

    fn close(&mut self, connection: &mut Connection, how: How, out: &mut VecDeque<Event>) {
        self.held -= connection.held();
        connection.close(how, out);
    }
}
