//! How far the session of a car is, as messages and notes tell. Without I/O.

use std::fmt;
use std::time::Duration;

use iso15118::wire::{Sighting, What};
use units::Instant;
use vehicle_model::CarNote;

/// The connection is closed within so long after the end of its session (\[V2G2-025\]: 5 s), and nobody waits longer for that.
const CLOSES: Duration = Duration::from_secs(6);

/// How it came out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// The session was ended as one ends it.
    Ended,
    /// It was not, or there was none: why.
    Failed(String),
    /// Ctrl-C, and there was no session.
    Interrupted,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the session was ended"),
            Self::Failed(why) => write!(f, "the session failed: {why}"),
            Self::Interrupted => f.write_str("ended before there was a session"),
        }
    }
}

/// The course of a session.
#[derive(Debug)]
pub(super) struct Course {
    charges: Duration,
    /// It charges until then.
    until: Option<Instant>,
    /// It was told to stop.
    stopped: bool,
    stopped_well: bool,
    /// How it came out, and how long its connection may still be open.
    over: Option<(Outcome, Instant)>,
    has_connection: bool,
}

impl Course {
    /// A car that charges so long.
    pub(super) const fn new(charges: Duration) -> Self {
        Self { charges, until: None, stopped: false, stopped_well: false, over: None, has_connection: false }
    }

    /// Something was seen on the line.
    pub(super) fn see(&mut self, now: Instant, sighting: &Sighting) {
        match &sighting.what {
            What::Opened { .. } => self.has_connection = true,
            What::Closed { .. } => {
                self.has_connection = false;
                if let Some((_, until)) = &mut self.over {
                    *until = now;
                }
            }
            What::Message(message) => match message.name() {
                "CurrentDemandRes" | "ChargingStatusRes" => {
                    self.until.get_or_insert(now + self.charges);
                }
                "SessionStopRes" => self.stopped_well = true,
                _ => {}
            },
            _ => {}
        }
    }

    /// The car notes something.
    pub(super) fn note(&mut self, now: Instant, note: &CarNote) {
        let why = |key: &str| note.data[key].as_str().unwrap_or(note.kind).to_owned();
        let outcome = match note.kind {
            "session_ended" => {
                if self.stopped_well {
                    Outcome::Ended
                } else {
                    Outcome::Failed(format!("{} by the {}, without SessionStop", why("why"), why("by")))
                }
            }
            "session_failed" => Outcome::Failed(format!("{} (by the {})", why("why"), why("fault").to_lowercase())),
            "sdp_unanswered" => Outcome::Failed("no station answers the discovery (SDP)".to_owned()),
            "matching_failed" => Outcome::Failed(format!("the matching failed: {}", why("why"))),
            "interrupted" => Outcome::Failed(format!("interrupted by the {}", why("by"))),
            _ => return,
        };
        if self.over.is_none() {
            let until = if self.has_connection { now + CLOSES } else { now };
            self.over = Some((outcome, until));
        }
    }

    /// Whether the car is to be told to stop now.
    pub(super) fn stops(&mut self, now: Instant) -> bool {
        let is_due = self.until.is_some_and(|until| until <= now);
        is_due && !std::mem::replace(&mut self.stopped, true)
    }

    /// Ctrl-C: it stops now, if there is something to be stopped.
    pub(super) fn interrupt(&mut self, now: Instant) {
        if self.has_connection {
            self.until = Some(now);
        } else {
            self.over = Some((Outcome::Interrupted, now));
        }
    }

    /// When it goes on by itself.
    pub(super) fn next(&self) -> Option<Instant> {
        let until = self.until.filter(|_| !self.stopped);
        [until, self.over.as_ref().map(|(_, until)| *until)].into_iter().flatten().min()
    }

    /// How it came out, when it is over.
    pub(super) fn outcome(&self, now: Instant) -> Option<Outcome> {
        self.over.as_ref().filter(|(_, until)| *until <= now).map(|(outcome, _)| outcome.clone())
    }
}
