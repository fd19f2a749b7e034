//! Whether a device works, and who is told: an operator by the log, the session by whoever asks.

use std::time::Duration;

use hardware::{ErrorKind, HardwareError};
use tokio::time::Instant;

use super::complaint::Complaint;

/// Whether a device works. One that is gone is lost at once, one that fails otherwise is lost after a while; it is there again
/// when it has worked for a while. So one that comes and goes is told once.
#[derive(Debug)]
pub(super) struct Link {
    complaint: Complaint,
    /// It may fail for so long.
    patience: Duration,
    /// It must work for so long before it counts as there again.
    steady: Duration,
    state: State,
    /// When it worked last; when it began, as long as it has not.
    worked: Instant,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// It has neither been heard nor lost.
    Unknown,
    There,
    Lost,
    /// It was lost, and works since then.
    Returning(Instant),
}

impl Link {
    pub(super) fn new(device: &'static str, patience: Duration) -> Self {
        let complaint = Complaint::about(device);
        Self { complaint, patience, steady: Duration::ZERO, state: State::Unknown, worked: Instant::now() }
    }

    /// It must work for so long before it counts as there again.
    pub(super) const fn steady(mut self, steady: Duration) -> Self {
        self.steady = steady;
        self
    }

    /// It was not asked for a while, for a reason: its silence counts from now on.
    pub(super) fn spared(&mut self) {
        self.worked = Instant::now();
    }

    /// How long it may go on saying nothing; zero when it is lost already or has had that.
    pub(super) fn patience_left(&self) -> Duration {
        match self.state {
            State::Lost => self.patience,
            State::Unknown | State::There | State::Returning(_) => self.patience.saturating_sub(self.worked.elapsed()),
        }
    }

    /// What there is to tell after an answer, or after none: it works again, or it is lost.
    pub(super) fn judge<R, E: HardwareError>(&mut self, answer: &Result<R, E>) -> Option<Result<(), String>> {
        match answer {
            Ok(_) => self.works(),
            Err(error) => self.fails(error),
        }
    }

    /// It works, at least now; answers whether there is something to tell.
    pub(super) fn works(&mut self) -> Option<Result<(), String>> {
        let now = Instant::now();
        self.worked = now;
        let since = match self.state {
            State::There => return None,
            State::Unknown => {
                self.state = State::There;
                return Some(Ok(()));
            }
            State::Lost => now,
            State::Returning(since) => since,
        };
        if now - since < self.steady {
            self.state = State::Returning(since);
            return None;
        }
        self.state = State::There;
        self.complaint.works();
        Some(Ok(()))
    }

    /// Whether it is lost, and does not work at the moment either.
    pub(super) fn is_lost(&self) -> bool {
        self.state == State::Lost
    }

    /// It does not work; answers whether there is something to tell.
    pub(super) fn fails(&mut self, error: &impl HardwareError) -> Option<Result<(), String>> {
        self.complaint.fails(error);
        let lost = match self.state {
            State::Lost | State::Returning(_) => {
                self.state = State::Lost;
                return None;
            }
            State::Unknown | State::There => {
                error.kind() == ErrorKind::Disconnected || self.worked.elapsed() >= self.patience
            }
        };
        lost.then(|| {
            self.state = State::Lost;
            Err(error.to_string())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hardware::LinkError;

    fn error(kind: ErrorKind) -> Result<(), LinkError> {
        Err(LinkError::new(kind, "reader", "no answer"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_device_that_comes_and_goes_is_lost_once() {
        let mut link = Link::new("token reader", Duration::from_secs(3)).steady(Duration::from_secs(10));
        let mut told = Vec::new();
        let answers = [
            (1, Ok(())),
            (1, error(ErrorKind::TimedOut)),
            (1, error(ErrorKind::Garbled)),
            (1, error(ErrorKind::TimedOut)),
            (5, Ok(())),
            (5, error(ErrorKind::Disconnected)),
            (5, Ok(())),
            (5, Ok(())),
            (5, Ok(())),
            (1, error(ErrorKind::Disconnected)),
        ];
        for (second, (pause, answer)) in answers.into_iter().enumerate() {
            tokio::time::sleep(Duration::from_secs(pause)).await;
            told.extend(link.judge(&answer).map(|state| (second, state.is_ok())));
        }
        assert_eq!(told, [(0, true), (3, false), (8, true), (9, false)]);
    }
}
