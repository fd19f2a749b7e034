//! A timer for one deadline after the other.

use std::future::pending;
use std::pin::Pin;

use tokio::time::{Instant, Sleep, sleep_until};

/// One timer for all of them: nearly every deadline is put off before it comes, and to put one off costs nothing. The timer is left
/// where it was; when it rings too early, it is set to where the deadline is by then.
#[derive(Debug, Default)]
pub struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Completes at that instant, at once when it has passed; never for `None`. Needs a runtime around it. Cancel safe.
    pub async fn at(&mut self, at: Option<Instant>) {
        let Some(at) = at else { return pending().await };
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if at < sleep.deadline() {
            sleep.as_mut().reset(at);
        }
        sleep.as_mut().await;
        if sleep.deadline() < at {
            sleep.as_mut().reset(at);
            sleep.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_rings_when_it_was_set_to_last() {
        let mut alarm = Alarm::default();
        let begun = Instant::now();
        let at = |s| Some(begun + Duration::from_secs(s));
        assert!(timeout(Duration::from_secs(1), alarm.at(at(2))).await.is_err());
        assert!(timeout(Duration::from_secs(2), alarm.at(at(5))).await.is_err(), "put off");
        assert!(timeout(Duration::from_secs(1), alarm.at(None)).await.is_err(), "nothing is due");
        alarm.at(at(5)).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(5));
        alarm.at(at(4)).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(5), "it has passed");
        alarm.at(at(9)).await;
        alarm.at(at(9)).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(9));
        assert!(timeout(Duration::from_secs(1), alarm.at(at(20))).await.is_err());
        alarm.at(at(11)).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(11), "called forward");
    }
}
