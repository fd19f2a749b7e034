//! What came of a scenario.

use report::{Cause, Verdict};

use crate::stop::Stop;

/// What came of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub verdict: Verdict,
    /// Why it is an error, if it is one.
    pub cause: Cause,
    /// The step and what was wrong; empty when nothing was.
    pub message: String,
    /// How much time passed in its world.
    pub virtual_s: f64,
    /// How long a charger on wires took to come up, in microseconds; `None` in the twin.
    pub booted: Option<u64>,
}

impl Outcome {
    /// Everything held.
    pub(super) const fn passed() -> Self {
        Self { verdict: Verdict::Passed, cause: Cause::Broken, message: String::new(), virtual_s: 0.0, booted: None }
    }

    /// An error, for this cause.
    pub(super) fn error(cause: Cause, message: impl Into<String>) -> Self {
        Self { verdict: Verdict::Error, cause, message: message.into(), ..Self::passed() }
    }

    /// It is an error after all; what passed and what it took stays.
    pub(super) fn break_with(&mut self, cause: Cause, message: impl Into<String>) {
        *self = Self { virtual_s: self.virtual_s, booted: self.booted, ..Self::error(cause, message) };
    }

    /// It failed after all; what it took stays.
    pub(super) fn fail_with(&mut self, message: impl Into<String>) {
        (self.verdict, self.message) = (Verdict::Failed, message.into());
    }

    /// How it ended, for the exit code of its run.
    #[must_use]
    pub const fn end(&self) -> (Verdict, Cause) {
        (self.verdict, self.cause)
    }
}

impl From<Option<Stop>> for Outcome {
    fn from(stop: Option<Stop>) -> Self {
        stop.map_or_else(Self::passed, |stop| Self {
            verdict: stop.verdict(),
            cause: stop.cause(),
            message: stop.message().to_owned(),
            ..Self::passed()
        })
    }
}
