//! Question and answer on a CAN bus.

use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use tokio::time::{Instant, timeout_at};
use wire::CanFrame;
use wire::rectifier::BadReply;

use super::CanBus;

/// Asked once, and once more.
const ATTEMPTS: u32 = 2;
/// Frames that may wait from before; a bus that has more than this is not worth listening to.
const STALE: usize = 1024;

/// A bus with one module on it.
#[derive(Debug)]
pub(super) struct Line<B> {
    bus: B,
    device: String,
    reply: Duration,
    silence: Duration,
    /// Since when it answers nothing.
    mute_since: Option<Instant>,
}

impl<B: CanBus> Line<B> {
    pub(super) const fn new(bus: B, device: String, reply: Duration, silence: Duration) -> Self {
        Self { bus, device, reply, silence, mute_since: None }
    }

    /// Sends frames and waits for the one that `pick` takes for the answer. All of it is done once more when none comes.
    pub(super) async fn ask<T>(
        &mut self,
        what: &str,
        frames: &[CanFrame],
        pick: impl Fn(&CanFrame) -> Option<Result<T, BadReply>>,
    ) -> Result<T, LinkError> {
        let began = Instant::now();
        self.forget()?;
        for _ in 0..ATTEMPTS {
            let due = Instant::now() + self.reply;
            for frame in frames {
                match timeout_at(due, self.bus.send(*frame)).await {
                    Ok(sent) => sent?,
                    Err(_) => return Err(self.mute(began, format!("{what}: the bus takes no frames"))),
                }
            }
            if let Ok(answer) = timeout_at(due, find(&mut self.bus, &pick)).await {
                let answer = answer?;
                self.mute_since = None;
                return answer.map_err(|bad| self.bad(what, bad));
            }
        }
        let waited = self.reply * ATTEMPTS;
        Err(self.mute(began, format!("{what}: no answer within {waited:?}, asked {ATTEMPTS} times")))
    }

    /// An error of this module.
    pub(super) fn error(&self, kind: ErrorKind, what: impl Into<String>) -> LinkError {
        LinkError::new(kind, self.device.clone(), what)
    }

    /// Drops what came before the question: late answers to earlier ones.
    fn forget(&mut self) -> Result<(), LinkError> {
        for _ in 0..STALE {
            if !self.bus.drop_waiting()? {
                break;
            }
        }
        Ok(())
    }

    fn mute(&mut self, began: Instant, what: String) -> LinkError {
        let since = *self.mute_since.get_or_insert(began);
        if since.elapsed() < self.silence {
            self.error(ErrorKind::TimedOut, what)
        } else {
            self.error(ErrorKind::Disconnected, format!("{what}; it has been silent for {:?}", self.silence))
        }
    }

    fn bad(&self, what: &str, bad: BadReply) -> LinkError {
        let kind = match bad {
            BadReply::Refused(_) => ErrorKind::Refused,
            BadReply::Malformed(_) => ErrorKind::Garbled,
        };
        self.error(kind, format!("{what}: {bad}"))
    }
}

async fn find<B: CanBus, T>(
    bus: &mut B,
    pick: impl Fn(&CanFrame) -> Option<Result<T, BadReply>>,
) -> Result<Result<T, BadReply>, LinkError> {
    loop {
        if let Some(answer) = pick(&bus.receive().await?) {
            return Ok(answer);
        }
    }
}
