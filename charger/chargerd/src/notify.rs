//! What the service manager is told: that the charger runs, how it does, that it still turns, that it ends.

use std::cell::Cell;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::pulse::Pulse;

/// The service manager, if there is one: NOTIFY_SOCKET says so.
#[derive(Debug, Default)]
pub(crate) struct Manager {
    deaf: Cell<bool>,
}

impl Manager {
    /// Tells it.
    fn tell(&self, states: &[NotifyState<'_>]) {
        if let Err(error) = sd_notify::notify(states) {
            // Said once; the watchdog draws the consequence.
            if !self.deaf.replace(true) {
                tracing::warn!(%error, "the service manager cannot be told");
            }
        }
    }

    /// The charger is about to end.
    pub(crate) fn stopping(&self) {
        self.tell(&[NotifyState::Stopping, NotifyState::Status("ending: the permission is withdrawn")]);
    }

    /// Reports until it is dropped: ready when the board has started or the first attempt has failed, and from then on what
    /// is new about the board; the watchdog at twice the rate it asks for, while the charger turns.
    pub(crate) async fn report(&self, pulse: &Pulse) {
        let mut ready = false;
        let mut watchdog = sd_notify::watchdog_enabled().map(|period| ticks(period / 2));
        let mut said = None;
        loop {
            tokio::select! {
                biased;
                news = pulse.news() => {
                    let status = news.replace('\n', " ");
                    if ready {
                        self.tell(&[NotifyState::Status(&status)]);
                    } else {
                        self.tell(&[NotifyState::Ready, NotifyState::Status(&status)]);
                        ready = true;
                    }
                }
                () = tick(&mut watchdog) => {
                    let stuck = pulse.stuck();
                    if stuck.is_none() {
                        self.tell(&[NotifyState::Watchdog]);
                    } else if said != stuck {
                        tracing::error!(stuck, "no sign of life for the watchdog");
                    }
                    said = stuck;
                }
            }
        }
    }
}

fn ticks(period: Duration) -> Interval {
    // Twice in a period of nothing would be never; a manager does not ask for that.
    let mut ticks = interval(period.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Completes with the next tick, or never where nobody wants one.
async fn tick(ticks: &mut Option<Interval>) {
    match ticks {
        Some(ticks) => {
            ticks.tick().await;
        }
        None => std::future::pending().await,
    }
}
