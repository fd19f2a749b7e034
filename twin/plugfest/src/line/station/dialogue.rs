//! When a session begins and ends, and how, as the notes and words of the communication tell. Without I/O.

use std::time::Duration;

use hlc::Note;
use session::HlcEvent;
use units::Instant;

/// A connection is hung up within so long after the end of its session (\[V2G2-025\]: 5 s), and nobody waits longer for that.
const CLOSES: Duration = Duration::from_secs(6);

/// How a session came out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// The car ended it as one ends it.
    Ended,
    /// It pauses.
    Paused,
    /// It came to nothing: why.
    Failed(String),
}

/// How far it is.
#[derive(Clone, Debug, Eq, PartialEq)]
enum State {
    /// Nobody speaks. A car that connects and says nothing is no session.
    Waiting,
    /// A car has connected.
    Open { speaks: bool, why: Option<String> },
    /// It is over, and is told when the connection is closed as well.
    Over { outcome: Outcome, until: Instant },
}

/// One session after the other.
#[derive(Debug)]
pub(super) struct Dialogue {
    state: State,
}

impl Dialogue {
    /// Nobody speaks.
    pub(super) const fn new() -> Self {
        Self { state: State::Waiting }
    }

    /// Whether a car is there.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// The communication notes something.
    pub(super) fn note(&mut self, now: Instant, note: &Note) {
        match (note, &mut self.state) {
            (Note::Opened { .. }, State::Waiting | State::Open { .. }) => {
                self.state = State::Open { speaks: false, why: None };
            }
            (Note::Agreed { .. }, State::Open { speaks, .. }) => *speaks = true,
            (Note::Failed { why: said, fault, .. }, State::Open { speaks, why }) => {
                *speaks = true;
                let blame = match fault {
                    Some(hlc::From::Car) => " (by the car)",
                    Some(hlc::From::Station) => " (by the station)",
                    None => "",
                };
                *why = Some(format!("{said}{blame}"));
            }
            (Note::Closed { .. }, State::Over { until, .. }) => *until = now,
            _ => {}
        }
    }

    /// It tells something. Answers whether the dialog is over without a session: another one begins.
    pub(super) fn hear(&mut self, now: Instant, event: &HlcEvent) -> bool {
        let outcome = match event {
            HlcEvent::Ended => Outcome::Ended,
            HlcEvent::Paused => Outcome::Paused,
            HlcEvent::Lost => match &mut self.state {
                State::Open { speaks: true, why } => {
                    let why =
                        why.take().unwrap_or_else(|| "the link broke off in the middle of the session".to_owned());
                    Outcome::Failed(why)
                }
                State::Open { speaks: false, .. } | State::Waiting => {
                    self.state = State::Waiting;
                    return true;
                }
                State::Over { .. } => return false,
            },
            _ => return false,
        };
        self.state = State::Over { outcome, until: now + CLOSES };
        false
    }

    /// When it goes on by itself.
    pub(super) const fn until(&self) -> Option<Instant> {
        match &self.state {
            State::Over { until, .. } => Some(*until),
            State::Waiting | State::Open { .. } => None,
        }
    }

    /// How a session came out that is over by now.
    pub(super) fn outcome(&mut self, now: Instant) -> Option<Outcome> {
        if self.until().is_none_or(|until| now < until) {
            return None;
        }
        match std::mem::replace(&mut self.state, State::Waiting) {
            State::Over { outcome, .. } => Some(outcome),
            State::Waiting | State::Open { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    fn opened() -> Dialogue {
        let mut dialogue = Dialogue::new();
        dialogue.note(s(1), &Note::Opened { from_the_start: true, peer: String::new() });
        dialogue
    }

    #[test]
    fn a_session_is_told_when_its_connection_is_closed() {
        let mut dialogue = opened();
        dialogue.note(s(1), &Note::Agreed { protocol: "iso2" });
        assert!(!dialogue.hear(s(2), &HlcEvent::Ended));
        assert_eq!(dialogue.outcome(s(3)), None);
        dialogue.note(s(4), &Note::Closed { by: hlc::From::Car, reset: false });
        assert_eq!(dialogue.outcome(s(4)), Some(Outcome::Ended));
        assert_eq!(dialogue.outcome(s(5)), None);
    }

    #[test]
    fn a_car_that_never_closes_is_not_waited_for() {
        let mut dialogue = opened();
        dialogue.hear(s(2), &HlcEvent::Paused);
        assert_eq!((dialogue.outcome(s(7)), dialogue.outcome(s(8))), (None, Some(Outcome::Paused)));
    }

    #[test]
    fn who_says_nothing_was_no_session_and_who_breaks_off_was() {
        let mut dialogue = opened();
        assert!(dialogue.hear(s(2), &HlcEvent::Lost));
        let mut dialogue = opened();
        dialogue.note(s(2), &Note::Agreed { protocol: "din" });
        let why = "it went away".to_owned();
        dialogue.note(s(3), &Note::Failed { fault: Some(hlc::From::Car), code: None, why });
        assert!(!dialogue.hear(s(3), &HlcEvent::Lost));
        assert_eq!(dialogue.outcome(s(9)), Some(Outcome::Failed("it went away (by the car)".to_owned())));
    }
}
