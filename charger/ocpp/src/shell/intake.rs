//! How much a peer may say: a peer that keeps to one CALL at a time never notices, one that floods is read and passed over.
//!
//! The socket is always read, so a close or a pong is noticed whatever stands before it. What is more than the station takes
//! waits in a short line; when that is full, the oldest is passed over: the newest is what the peer may still wait for.

use std::collections::VecDeque;
use std::time::Duration;

use units::Instant;

/// The line of a connection. Sans-IO.
#[derive(Debug)]
pub(super) struct Intake {
    line: VecDeque<String>,
    /// When the next frame would be due if each took its [`Self::EACH`]; it may come earlier by [`Self::BURST`].
    next: Instant,
    passed_over: u64,
    /// What was passed over is not told before.
    tell_at: Instant,
}

impl Intake {
    /// Frames that wait at most.
    const MOST: usize = 32;
    /// The time of one frame: 20 a second in the long run, each of which may leave lines in a log for years.
    const EACH: Duration = Duration::from_millis(50);
    /// After a rest, 200 come as fast as they can.
    const BURST: Duration = Duration::from_secs(10);
    /// Between two complaints.
    const COMPLAINT: Duration = Duration::from_secs(60);

    pub(super) const fn new(now: Instant) -> Self {
        Self { line: VecDeque::new(), next: now, passed_over: 0, tell_at: now }
    }

    /// A frame has come: answers it when it may be taken now. `room` is whether its answer would find a place.
    pub(super) fn offer(&mut self, now: Instant, frame: String, room: bool) -> Option<String> {
        if self.line.is_empty() && room && self.may_take(now) {
            return Some(self.counted(now, frame));
        }
        if self.line.len() >= Self::MOST {
            self.line.pop_front();
            self.passed_over += 1;
        }
        self.line.push_back(frame);
        None
    }

    /// The next frame of the line, once it may be taken.
    pub(super) fn take(&mut self, now: Instant) -> Option<String> {
        if !self.may_take(now) {
            return None;
        }
        let frame = self.line.pop_front()?;
        Some(self.counted(now, frame))
    }

    fn counted(&mut self, now: Instant, frame: String) -> String {
        self.next = self.next.max(now) + Self::EACH;
        frame
    }

    fn may_take(&self, now: Instant) -> bool {
        self.next <= now + Self::BURST
    }

    /// What to tell of the peer now, if anything.
    pub(super) fn complaint(&mut self, now: Instant) -> Option<String> {
        if self.passed_over == 0 || now < self.tell_at {
            return None;
        }
        self.tell_at = now + Self::COMPLAINT;
        let count = std::mem::take(&mut self.passed_over);
        Some(format!("the CSMS sends faster than it is answered: {count} of its messages were passed over"))
    }

    /// When the next frame of the line may be taken.
    pub(super) fn due(&self) -> Option<Instant> {
        let earliest = || Instant::ZERO + self.next.elapsed().saturating_sub(Self::BURST);
        (!self.line.is_empty()).then(earliest)
    }

    /// When there is something to tell.
    pub(super) fn tells(&self) -> Option<Instant> {
        (self.passed_over > 0).then_some(self.tell_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn a_burst_passes_then_frames_wait_their_turn_and_of_too_many_the_oldest_go() {
        let mut intake = Intake::new(at(0));
        let taken = (0..1_000).filter(|n| intake.offer(at(0), n.to_string(), true).is_some()).count();
        assert_eq!(taken, 201);
        assert_eq!(
            intake.complaint(at(0)).as_deref(),
            Some("the CSMS sends faster than it is answered: 767 of its messages were passed over")
        );
        assert_eq!((intake.take(at(49)), intake.due()), (None, Some(at(50))));
        assert_eq!(intake.take(at(50)).as_deref(), Some("968"));
        // The line holds what came last, and is empty soon after a flood.
        let left: Vec<String> = (2..100).filter_map(|turn| intake.take(at(turn * 50))).collect();
        assert_eq!((left.len(), left.last().map(String::as_str)), (31, Some("999")));
        assert_eq!(intake.due(), None);
    }

    #[test]
    fn a_peer_whose_answers_find_no_place_waits_and_a_complaint_is_told_once_a_minute() {
        let mut intake = Intake::new(at(0));
        for n in 0..40 {
            assert_eq!(intake.offer(at(0), n.to_string(), false), None);
        }
        assert!(intake.complaint(at(0)).is_some());
        assert_eq!((intake.complaint(at(0)), intake.tells()), (None, None));
        for n in 0..40 {
            intake.offer(at(0), n.to_string(), false);
        }
        assert_eq!((intake.complaint(at(1_000)), intake.tells()), (None, Some(at(60_000))));
        assert!(intake.complaint(at(60_000)).is_some_and(|text| text.contains(" 40 ")));
    }

    #[test]
    fn a_peer_that_waits_for_each_answer_is_never_passed_over() {
        let mut intake = Intake::new(at(0));
        let mut now = 0;
        for n in 0..2_000 {
            let mut taken = intake.offer(at(now), n.to_string(), true);
            while taken.is_none() {
                now = intake.due().expect("it is in the line").as_millis();
                taken = intake.take(at(now));
            }
        }
        assert_eq!((now, intake.tells()), (90_000 - 50, None));
    }
}
