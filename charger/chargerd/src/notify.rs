//! What the service manager is told: that the charger runs, how it does, that it still turns, that it ends.

use std::cell::Cell;
use std::fmt::Write;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use crate::pulse::Pulse;

/// What the manager had no room for is said again after this time.
const AGAIN: Duration = Duration::from_secs(1);

/// The service manager, if there is one: NOTIFY_SOCKET says so. It is never waited for: one that does not read would otherwise
/// hold up the signs of life to the board, as soon as its socket is full (Linux: after 10 messages).
#[derive(Debug, Default)]
pub(crate) struct Manager {
    deaf: Cell<bool>,
}

impl Manager {
    /// Tells it; answers whether it could be told.
    fn tell(&self, states: &[NotifyState<'_>]) -> bool {
        match send(states) {
            Ok(()) => {
                self.deaf.set(false);
                true
            }
            Err(error) => {
                // Said once; the watchdog draws the consequence.
                if !self.deaf.replace(true) {
                    tracing::warn!(%error, "the service manager cannot be told");
                }
                false
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
        // What it has not been told yet.
        let mut status: Option<String> = None;
        loop {
            tokio::select! {
                biased;
                news = pulse.news() => status = Some(news.replace('\n', " ")),
                () = tick(&mut watchdog) => {
                    let stuck = pulse.stuck();
                    if stuck.is_none() {
                        self.tell(&[NotifyState::Watchdog]);
                    } else if said != stuck {
                        tracing::error!(stuck = stuck.as_deref(), "no sign of life for the watchdog");
                    }
                    said = stuck;
                }
                () = sleep(AGAIN), if status.is_some() => {}
            }
            if let Some(text) = &status {
                let states = [NotifyState::Ready, NotifyState::Status(text)];
                if self.tell(if ready { &states[1..] } else { &states }) {
                    ready = true;
                    status = None;
                }
            }
        }
    }
}

/// Sends it at once, or not at all.
fn send(states: &[NotifyState<'_>]) -> io::Result<()> {
    let Some(place) = std::env::var_os("NOTIFY_SOCKET") else { return Ok(()) };
    let mut text = String::new();
    for state in states {
        // A String takes everything.
        let _ = writeln!(text, "{state}");
    }
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    // A datagram goes out whole or not at all.
    socket.send_to(text.as_bytes(), place).map(drop)
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
