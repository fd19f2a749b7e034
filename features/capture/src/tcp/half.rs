//! One direction of a connection: segments in, bytes in order out.

use std::collections::{BTreeMap, VecDeque};

use super::{Seen, Segment};
use crate::event::{Direction, Event, TcpEvent, Totals};
use crate::remark::{Remark, Trouble};

/// What keeping a piece costs beside its bytes, roughly.
const PIECE: usize = 128;

/// What an answer may acknowledge beyond what was seen: more than a car or a station has on its way. Beyond it the number is a wrong
/// one.
const FARTHEST: i64 = 1 << 20;

/// Where a half tells what it found.
pub(super) struct Sink<'a> {
    pub(super) connection: u64,
    /// The segment that is being read.
    pub(super) seen: Seen,
    pub(super) out: &'a mut VecDeque<Event>,
}

impl Sink<'_> {
    pub(super) fn event(&mut self, event: TcpEvent) {
        self.out.push_back(Event::Tcp { connection: self.connection, event });
    }

    fn remark(&mut self, trouble: Trouble) {
        self.out.push_back(Event::Remark(Remark { packet: self.seen.packet, time: self.seen.time, trouble }));
    }
}

/// One direction of a connection. Positions count bytes of the stream from 0; sequence numbers are the wire's, which wrap.
pub(super) struct Half {
    direction: Direction,
    start: Start,
    /// The sequence number of the byte at `position`.
    next: u32,
    /// All before this was given, or told as lost.
    position: u64,
    /// Pieces behind the first missing byte, by where they begin. They do not overlap.
    held: BTreeMap<u64, Piece>,
    /// What they cost.
    cost: usize,
    /// All before this was sent, captured or not.
    sent: u64,
    /// Where the stream ends, once its sender has said so.
    end: Option<u64>,
    finished: bool,
    /// The greatest sequence number up to which the receiver has everything, while that is ahead of `next`.
    acknowledged: Option<u32>,
    early_told: bool,
    late_told: bool,
    totals: Totals,
}

/// How it is known where the stream begins.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Start {
    /// It is not.
    Unknown,
    /// The receiver said what it waits for; nothing of the sender was seen.
    Expected,
    /// A segment without SYN was the first, with this sequence number.
    Met(u32),
    /// The sender's SYN had this sequence number.
    Syn(u32),
}

/// Bytes that came before others that belong before them.
struct Piece {
    bytes: Vec<u8>,
    seen: Seen,
}

impl Half {
    pub(super) const fn new(direction: Direction) -> Self {
        Self {
            direction,
            start: Start::Unknown,
            next: 0,
            position: 0,
            held: BTreeMap::new(),
            cost: 0,
            sent: 0,
            end: None,
            finished: false,
            acknowledged: None,
            early_told: false,
            late_told: false,
            totals: Totals { bytes: 0, gaps: 0, lost: 0, duplicates: 0, repeated: 0, out_of_order: 0 },
        }
    }

    pub(super) const fn is_finished(&self) -> bool {
        self.finished
    }

    pub(super) const fn held(&self) -> usize {
        self.cost
    }

    pub(super) const fn totals(&self) -> Totals {
        self.totals
    }

    /// No byte of it was seen or is known to be lost.
    pub(super) fn is_unused(&self) -> bool {
        self.position == 0 && self.held.is_empty() && self.end.is_none()
    }

    /// Whether a SYN with this sequence number can be its beginning.
    pub(super) fn may_begin_at(&self, sequence: u32) -> bool {
        match self.start {
            Start::Unknown | Start::Expected => true,
            Start::Met(first) => first == sequence.wrapping_add(1),
            Start::Syn(syn) => syn == sequence,
        }
    }

    /// Whether a segment has bytes behind all that was given.
    pub(super) fn reaches_beyond(&self, segment: &Segment<'_>) -> bool {
        self.signed(segment.sequence) + segment.payload.len() as i64 > self.position as i64
    }

    /// Where in the stream a sequence number is. It is at most 2 GiB away from where the stream is now, in either direction.
    fn signed(&self, sequence: u32) -> i64 {
        self.position as i64 + i64::from(sequence.wrapping_sub(self.next) as i32)
    }

    /// Takes a segment of its sender.
    pub(super) fn segment(&mut self, segment: &Segment<'_>, limit: usize, sink: &mut Sink<'_>) {
        self.begin(segment, sink);
        let first = self.signed(segment.sequence.wrapping_add(segment.syn.into()));
        let behind = first + segment.payload.len() as i64 + segment.uncaptured as i64;
        self.sent = self.sent.max(behind.max(0) as u64);
        if !segment.payload.is_empty() {
            self.bytes(first, segment.payload, sink);
        }
        if segment.fin {
            self.fin(behind, segment, sink);
        }
        self.give(sink);
        self.give_up_what_was_acknowledged(sink);
        while self.cost > limit {
            self.give_up_hole(sink);
            self.give(sink);
        }
    }

    /// Where the stream begins, as far as this segment tells.
    fn begin(&mut self, segment: &Segment<'_>, sink: &mut Sink<'_>) {
        if segment.syn {
            let first = segment.sequence.wrapping_add(1);
            match self.start {
                Start::Syn(syn) if syn == segment.sequence => self.duplicate(0, sink),
                Start::Met(met) if met == first => self.start = Start::Syn(segment.sequence),
                _ => {
                    if self.next != first {
                        // What was acknowledged was that of other numbers.
                        self.acknowledged = None;
                    }
                    (self.start, self.next) = (Start::Syn(segment.sequence), first);
                }
            }
            return;
        }
        let first = match self.start {
            Start::Unknown => true,
            // The receiver may have acknowledged more before this was captured than what it begins with.
            Start::Expected => self.is_unused() && self.signed(segment.sequence) < 0,
            Start::Met(_) | Start::Syn(_) => return,
        };
        if first {
            self.next = segment.sequence;
        }
        self.start = Start::Met(self.next);
    }

    /// Puts bytes to their place: they are held, or given at once when they are the next ones.
    fn bytes(&mut self, first: i64, payload: &[u8], sink: &mut Sink<'_>) {
        let known = (self.position as i64 - first).clamp(0, payload.len() as i64) as usize;
        let mut repeated = known as u64;
        if first < 0 && matches!(self.start, Start::Met(_)) {
            // They belong to the stream and were not seen before, so they are no repetition. (Bytes before a SYN are a
            // keep-alive, which asks with one of them.)
            repeated = repeated.saturating_sub(first.unsigned_abs());
            if !self.early_told {
                self.early_told = true;
                sink.remark(Trouble::BeforeStart { connection: sink.connection });
            }
        }
        let mut fresh = payload.get(known..).unwrap_or_default();
        let mut at = (first + known as i64).max(0) as u64;
        if let Some(end) = self.end
            && at + fresh.len() as u64 > end
        {
            fresh = fresh.get(..end.saturating_sub(at) as usize).unwrap_or_default();
            if !self.late_told {
                self.late_told = true;
                sink.remark(Trouble::AfterEnd { connection: sink.connection });
            }
        }
        if at > self.position && !fresh.is_empty() {
            self.totals.out_of_order += 1;
        }
        if at == self.position && self.held.is_empty() && !fresh.is_empty() {
            let seen = sink.seen;
            self.give_piece(Piece { bytes: fresh.to_vec(), seen }, sink);
        } else {
            while !fresh.is_empty() {
                let (taken, new) = self.fit(at, fresh.len());
                let (part, rest) = fresh.split_at(taken);
                if new {
                    self.hold(at, part.to_vec(), sink.seen);
                } else {
                    repeated += taken as u64;
                }
                (at, fresh) = (at + taken as u64, rest);
            }
        }
        if repeated > 0 {
            self.duplicate(repeated, sink);
        }
    }

    /// How many of the next bytes are all new, or all known, and which of both.
    fn fit(&self, at: u64, length: usize) -> (usize, bool) {
        let end = at + length as u64;
        if let Some((begin, piece)) = self.held.range(..=at).next_back() {
            let known = begin + piece.bytes.len() as u64;
            if known > at {
                return ((known.min(end) - at) as usize, false);
            }
        }
        match self.held.range(at..end).next() {
            Some((begin, _)) => ((begin - at) as usize, true),
            None => (length, true),
        }
    }

    fn hold(&mut self, at: u64, bytes: Vec<u8>, seen: Seen) {
        self.cost += bytes.len() + PIECE;
        self.held.insert(at, Piece { bytes, seen });
    }

    fn fin(&mut self, at: i64, segment: &Segment<'_>, sink: &mut Sink<'_>) {
        match self.end {
            None if at >= self.position as i64 => self.end = Some(at as u64),
            // A FIN in the middle of what was given is none of this stream.
            None => {}
            Some(_) if segment.payload.is_empty() => self.duplicate(0, sink),
            Some(_) => {}
        }
    }

    fn duplicate(&mut self, bytes: u64, sink: &mut Sink<'_>) {
        self.totals.duplicates += 1;
        self.totals.repeated += bytes;
        let Seen { packet, time } = sink.seen;
        sink.event(TcpEvent::Duplicate { direction: self.direction, bytes, packet, time });
    }

    /// The receiver has everything before a sequence number.
    pub(super) fn acknowledged(&mut self, sequence: u32, sink: &mut Sink<'_>) {
        if self.start == Start::Unknown {
            (self.start, self.next) = (Start::Expected, sequence);
            return;
        }
        let ahead = |sequence: u32| sequence.wrapping_sub(self.next) as i32;
        if ahead(sequence) > self.acknowledged.map_or(0, ahead) {
            self.acknowledged = Some(sequence);
        }
        self.give_up_what_was_acknowledged(sink);
    }

    /// The receiver has everything before a sequence number, and says something or has said everything (`closes`): what the capture
    /// lacks of that is told as lost before it, and not when the next bytes come. Who reads an answer then knows that something
    /// stood before it.
    pub(super) fn answered(&mut self, sequence: u32, closes: bool, sink: &mut Sink<'_>) {
        if self.start == Start::Unknown {
            return self.acknowledged(sequence, sink);
        }
        if self.signed(sequence) - self.position as i64 <= FARTHEST {
            self.acknowledged(sequence, sink);
            self.reaches(sequence, closes, sink);
        }
    }

    /// Its sender breaks off with this sequence number: what is missing before it will not come.
    pub(super) fn breaks_off(&mut self, sequence: u32, sink: &mut Sink<'_>) {
        if matches!(self.start, Start::Met(_) | Start::Syn(_)) {
            self.reaches(sequence, false, sink);
        }
    }

    /// All before a sequence number was sent.
    fn reaches(&mut self, sequence: u32, closes: bool, sink: &mut Sink<'_>) {
        let end = self.signed(sequence);
        if end - self.position as i64 > FARTHEST {
            return;
        }
        while let Some(hole) = self.hole()
            && hole as i64 <= end
        {
            self.give_up_hole(sink);
            self.give(sink);
        }
        if self.finished {
            return;
        }
        let missing = end - self.position as i64;
        match missing {
            // One more than what was seen may be the FIN that the capture does not have, or a byte.
            1 if self.sent <= self.position => {
                if closes && self.end.is_none() && self.held.is_empty() {
                    self.end = Some(self.position);
                }
            }
            1.. => self.lose(missing as u64, sink),
            _ => return,
        }
        self.give(sink);
    }

    /// Where the first missing bytes end: where a piece begins that is held, or at the end of the stream.
    fn hole(&self) -> Option<u64> {
        let held = self.held.keys().next().copied();
        let end = self.end.filter(|end| *end > self.position);
        held.into_iter().chain(end).min()
    }

    /// The receiver has what is missing, so nobody will send it again.
    fn give_up_what_was_acknowledged(&mut self, sink: &mut Sink<'_>) {
        while let (Some(acknowledged), Some(hole)) = (self.acknowledged, self.hole()) {
            if self.signed(acknowledged) < hole as i64 {
                return;
            }
            self.give_up_hole(sink);
            self.give(sink);
        }
    }

    /// Goes on behind the first missing bytes.
    fn give_up_hole(&mut self, sink: &mut Sink<'_>) {
        if let Some(hole) = self.hole() {
            self.lose(hole - self.position, sink);
        }
    }

    fn lose(&mut self, bytes: u64, sink: &mut Sink<'_>) {
        let Seen { packet, time } = sink.seen;
        sink.event(TcpEvent::Gap { direction: self.direction, offset: self.position, bytes, packet, time });
        self.totals.gaps += 1;
        self.totals.lost += bytes;
        self.advance(bytes);
    }

    /// Gives what is next, as far as it is there.
    fn give(&mut self, sink: &mut Sink<'_>) {
        while self.end.is_none_or(|end| end > self.position)
            && let Some(piece) = self.held.remove(&self.position)
        {
            self.cost -= piece.bytes.len() + PIECE;
            self.give_piece(piece, sink);
        }
        if self.end == Some(self.position) && !self.finished {
            self.finished = true;
            // Whatever stands behind the end was no part of the stream.
            self.held.clear();
            self.cost = 0;
            let Seen { packet, time } = sink.seen;
            sink.event(TcpEvent::Finished { direction: self.direction, packet, time });
        }
    }

    fn give_piece(&mut self, piece: Piece, sink: &mut Sink<'_>) {
        let Piece { mut bytes, seen } = piece;
        // A piece that came before the FIN may reach beyond it.
        if let Some(end) = self.end {
            bytes.truncate(end.saturating_sub(self.position) as usize);
        }
        let (length, offset) = (bytes.len() as u64, self.position);
        self.totals.bytes += length;
        self.advance(length);
        let Seen { packet, time } = seen;
        sink.event(TcpEvent::Data { direction: self.direction, offset, bytes, packet, time });
    }

    fn advance(&mut self, bytes: u64) {
        self.position += bytes;
        self.next = self.next.wrapping_add(bytes as u32);
        if let Some(acknowledged) = self.acknowledged
            && acknowledged.wrapping_sub(self.next) as i32 <= 0
        {
            self.acknowledged = None;
        }
    }

    /// Gives all that is held, with gaps for what is missing.
    pub(super) fn release(&mut self, sink: &mut Sink<'_>) {
        while !self.held.is_empty() {
            self.give_up_hole(sink);
            self.give(sink);
        }
    }

    /// Nothing more will come.
    pub(super) fn end(&mut self, sink: &mut Sink<'_>) {
        self.release(sink);
        if !self.finished && self.hole().is_some() {
            self.give_up_hole(sink);
            self.give(sink);
        }
        // What a later segment stands behind was sent.
        let sent = self.sent.saturating_sub(self.position);
        if !self.finished && (1..=FARTHEST as u64).contains(&sent) {
            self.lose(sent, sink);
        }
        // One more than what was seen is the FIN that the capture does not have.
        if let Some(acknowledged) = self.acknowledged.take().filter(|_| !self.finished) {
            let missing = self.signed(acknowledged) - self.position as i64;
            if missing > 1 {
                self.lose(missing as u64, sink);
            }
        }
    }
}
