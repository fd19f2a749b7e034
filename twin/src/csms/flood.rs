//! A CSMS that says more than it may: frames one after the other, without waiting for an answer to any.

use std::time::Duration;

use serde_json::{Value, json};
use units::Instant;

/// What is in each of its frames.
#[derive(Clone, Debug, PartialEq)]
pub enum FloodFrame {
    /// A CALL.
    Call {
        /// Its action.
        action: String,
        /// Its payload.
        payload: Value,
    },
    /// Something that is not JSON.
    Garbage,
}

/// A flood that has begun.
#[derive(Clone, Debug)]
pub(super) struct Flood {
    frame: FloodFrame,
    began: Instant,
    lasting: Duration,
    times: u32,
    sent: u32,
}

impl Flood {
    /// So many frames, evenly over that time.
    pub(super) const fn new(frame: FloodFrame, times: u32, lasting: Duration, began: Instant) -> Self {
        Self { frame, began, lasting, times, sent: 0 }
    }

    /// When the next frame is due; `None` when it is over.
    pub(super) fn due(&self) -> Option<Instant> {
        let part = f64::from(self.sent) / f64::from(self.times.max(1));
        (self.sent < self.times).then(|| self.began + self.lasting.mul_f64(part))
    }

    /// The next frame.
    pub(super) fn next(&mut self) -> String {
        self.sent += 1;
        match &self.frame {
            FloodFrame::Call { action, payload } => {
                json!([2, format!("flood-{}", self.sent), action, payload]).to_string()
            }
            FloodFrame::Garbage => "]] this is no OCPP [[".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_spread_evenly_and_the_last_one_is_the_last() {
        let mut flood = Flood::new(FloodFrame::Garbage, 4, Duration::from_secs(2), Instant::from_millis(1_000));
        let mut due = Vec::new();
        while let Some(at) = flood.due() {
            due.push(at.as_millis());
            flood.next();
        }
        assert_eq!(due, [1_000, 1_500, 2_000, 2_500]);
    }
}
