//! One connection: who began it, its two halves, and how it ended.

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::half::{Half, Sink};
use super::order::{self, Delayed};
use super::{Seen, Segment};
use crate::event::{Direction, Event, How, TcpEvent};
use crate::remark::{Remark, Trouble};

/// A connection, as long as segments of it may come.
pub(super) struct Connection {
    id: u64,
    /// Who opened it.
    opener: SocketAddr,
    /// The streams: forward, backward.
    halves: [Half; 2],
    fate: Fate,
    /// The other side said something.
    answered: bool,
    /// Its last segment so far.
    last: Seen,
    /// It was told that bytes came behind its end.
    late_told: bool,
    /// What both streams said while one of them waits.
    delayed: Delayed,
}

/// Whether it has ended; then it is kept for the acknowledgments that still come.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Fate {
    Open,
    Ended,
}

/// Where in `halves` a direction is.
const fn place(direction: Direction) -> usize {
    match direction {
        Direction::Forward => 0,
        Direction::Backward => 1,
    }
}

impl Connection {
    /// The connection of a segment that belongs to none.
    pub(super) fn open(id: u64, segment: &Segment<'_>, seen: Seen, out: &mut VecDeque<Event>) -> Self {
        // An answer to a SYN that is not in the capture: who is answered opened it.
        let answer = segment.syn && segment.acknowledgment.is_some();
        let (from, to) = if answer { (segment.to, segment.from) } else { (segment.from, segment.to) };
        let Seen { packet, time } = seen;
        let event = TcpEvent::Opened { from, to, seen_from_start: segment.syn, packet, time };
        out.push_back(Event::Tcp { connection: id, event });
        Self {
            id,
            opener: from,
            halves: [Half::new(Direction::Forward), Half::new(Direction::Backward)],
            fate: Fate::Open,
            answered: false,
            last: seen,
            late_told: false,
            delayed: Delayed::default(),
        }
    }

    fn direction(&self, segment: &Segment<'_>) -> Direction {
        if segment.from == self.opener { Direction::Forward } else { Direction::Backward }
    }

    fn half(&mut self, direction: Direction) -> &mut Half {
        &mut self.halves[place(direction)]
    }

    /// Whether the segment belongs to this connection, and does not begin a new one of the same ends.
    pub(super) fn is_continued_by(&self, segment: &Segment<'_>) -> bool {
        if !segment.syn {
            return true;
        }
        let ended = self.fate == Fate::Ended;
        let unused = self.halves.iter().all(Half::is_unused);
        let half = &self.halves[place(self.direction(segment))];
        if segment.acknowledgment.is_some() {
            // Whoever keeps no state until the connection stands may answer a repeated SYN with another number.
            return half.may_begin_at(segment.sequence) || (unused && !ended);
        }
        !ended && half.may_begin_at(segment.sequence)
    }

    /// Takes a segment.
    pub(super) fn segment(&mut self, segment: &Segment<'_>, seen: Seen, limit: usize, out: &mut VecDeque<Event>) {
        let mut found = VecDeque::new();
        self.find(segment, seen, limit, &mut found);
        let waiting = Direction::BOTH.map(|direction| self.halves[place(direction)].held() > 0);
        let waits = waiting.contains(&true);
        // What a stream gives itself while more of it waits is in its order.
        let is_of_other = |event: &Event| order::direction(event).is_some_and(|of| waiting[place(of.opposite())]);
        if self.delayed.is_empty() && !found.iter().any(is_of_other) {
            return out.append(&mut found);
        }
        self.delayed.add(found);
        if self.delayed.cost() > limit {
            self.release(out);
        } else if !waits {
            self.delayed.give(out);
        }
    }

    fn find(&mut self, segment: &Segment<'_>, seen: Seen, limit: usize, out: &mut VecDeque<Event>) {
        self.last = seen;
        let (id, direction) = (self.id, self.direction(segment));
        if self.fate == Fate::Ended {
            let half = self.half(direction);
            let late = !segment.payload.is_empty() && half.reaches_beyond(segment);
            if late && !self.late_told {
                self.late_told = true;
                let trouble = Trouble::AfterEnd { connection: id };
                out.push_back(Event::Remark(Remark { packet: seen.packet, time: seen.time, trouble }));
            }
            return;
        }
        let mut sink = Sink { connection: id, seen, out };
        if segment.rst {
            self.fate = Fate::Ended;
            self.half(direction).breaks_off(segment.sequence, &mut sink);
            if let Some(acknowledged) = segment.acknowledgment.filter(|_| segment.from != segment.to) {
                self.half(direction.opposite()).answered(acknowledged, false, &mut sink);
            }
            self.tell_end(How::Reset { by: direction }, seen, out);
            return;
        }
        self.answered |= direction == Direction::Backward;
        // A machine that talks to itself at one port answers nobody.
        let answers = (segment.fin || !segment.payload.is_empty()) && segment.from != segment.to;
        if let Some(acknowledged) = segment.acknowledgment.filter(|_| answers) {
            self.half(direction.opposite()).answered(acknowledged, segment.fin, &mut sink);
        }
        self.half(direction).segment(segment, limit, &mut sink);
        if let Some(acknowledged) = segment.acknowledgment {
            self.half(direction.opposite()).acknowledged(acknowledged, &mut sink);
        }
        if self.halves.iter().all(Half::is_finished) {
            self.fate = Fate::Ended;
            self.tell_end(How::Fin, seen, out);
        }
    }

    /// What its held bytes cost.
    pub(super) fn held(&self) -> usize {
        self.halves.iter().map(Half::held).sum::<usize>() + self.delayed.cost()
    }

    /// Gives what is held, with gaps for what is missing.
    pub(super) fn release(&mut self, out: &mut VecDeque<Event>) {
        let mut found = VecDeque::new();
        let mut sink = Sink { connection: self.id, seen: self.last, out: &mut found };
        for half in &mut self.halves {
            half.release(&mut sink);
        }
        self.delayed.add(found);
        self.delayed.give(out);
    }

    /// It is not kept any longer.
    pub(super) fn close(&mut self, how: How, out: &mut VecDeque<Event>) {
        if self.fate == Fate::Open {
            self.fate = Fate::Ended;
            let mut found = VecDeque::new();
            self.tell_end(how, self.last, &mut found);
            self.delayed.add(found);
        }
        self.delayed.give(out);
    }

    fn tell_end(&mut self, how: How, seen: Seen, out: &mut VecDeque<Event>) {
        let mut sink = Sink { connection: self.id, seen, out };
        for half in &mut self.halves {
            half.end(&mut sink);
        }
        let totals = [self.halves[0].totals(), self.halves[1].totals()];
        let Seen { packet, time } = seen;
        sink.event(TcpEvent::Closed { how, answered: self.answered, totals, packet, time });
    }
}
