//! Whether the charger turns: what the watchdog is told rests on it.
//!
//! Two signs. The station returned from a turn: services and coordinator are one future, so none of them is caught in a loop.
//! The power board's link said something, a success or a failure: the services are not all waiting for something that never
//! comes. A program of which only the timer runs has neither.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use hardware::Crossing;
use station::Clock;
use tokio::sync::Notify;
use units::Instant;

/// The station has something to do each second: a heartbeat, a reading, another try.
const TURN: Duration = Duration::from_secs(5);

/// A heartbeat each half second, or an attempt to start the board that ends after 7 s, with a pause of 8 s before it.
const BOARD: Duration = Duration::from_secs(20);

/// The signs of life. Cloning gives another handle.
#[derive(Clone, Debug)]
pub(crate) struct Pulse {
    clock: Clock,
    signs: Rc<Signs>,
}

#[derive(Debug, Default)]
struct Signs {
    turned: Cell<Instant>,
    board: Cell<Instant>,
    /// What is known of the board: `None` before the first attempt to start it.
    state: RefCell<Option<String>>,
    changed: Notify,
}

impl Pulse {
    /// Nothing has happened yet; the time for the first signs starts now.
    pub(crate) fn new(clock: Clock) -> Self {
        let signs = Signs { turned: Cell::new(clock.now()), board: Cell::new(clock.now()), ..Signs::default() };
        Self { clock, signs: Rc::new(signs) }
    }

    /// Runs the station and notes each of its turns.
    pub(crate) async fn watch<F: Future>(self, station: F) -> F::Output {
        let mut station = pin!(station);
        poll_fn(|context| {
            let turned = station.as_mut().poll(context);
            self.signs.turned.set(self.clock.now());
            turned
        })
        .await
    }

    /// Notes what crosses the seam to the power board.
    pub(crate) fn board(&self, crossing: &Crossing) {
        self.signs.board.set(self.clock.now());
        let state = match crossing {
            Crossing::BoardStarted(info) => format!("power board runs firmware {}", info.firmware),
            Crossing::Failed(why) => why.clone(),
            _ => return,
        };
        let mut known = self.signs.state.borrow_mut();
        if known.as_ref() != Some(&state) {
            *known = Some(state);
            self.signs.changed.notify_one();
        }
    }

    /// What is known of the board, as soon as that is something new.
    pub(crate) async fn news(&self) -> String {
        loop {
            self.signs.changed.notified().await;
            if let Some(state) = &*self.signs.state.borrow() {
                return state.clone();
            }
        }
    }

    /// What stands still; `None` when nothing does.
    pub(crate) fn stuck(&self) -> Option<&'static str> {
        let now = self.clock.now();
        let old = |sign: &Cell<Instant>, limit: Duration| now.elapsed().saturating_sub(sign.get().elapsed()) > limit;
        if old(&self.signs.turned, TURN) {
            Some("the station does not turn")
        } else if old(&self.signs.board, BOARD) {
            Some("the power board's link says nothing, not even an error")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use tokio::time::sleep;

    #[tokio::test(start_paused = true)]
    async fn a_station_that_hangs_is_seen_although_its_clock_goes_on() {
        let pulse = Pulse::new(Clock::starting_now());
        let watched = pulse.clone();
        let station = watched.clone().watch(async move {
            for _ in 0..20 {
                sleep(Duration::from_secs(1)).await;
                watched.board(&Crossing::Heartbeat);
                assert_eq!(watched.stuck(), None);
            }
            pending::<()>().await;
        });
        // A task of its own, as in the daemon: it turns by itself only.
        let look = async {
            tokio::task::spawn_local(station);
            sleep(Duration::from_secs(24)).await;
            assert_eq!(pulse.stuck(), None);
            sleep(Duration::from_secs(2)).await;
            pulse.stuck()
        };
        assert_eq!(tokio::task::LocalSet::new().run_until(look).await, Some("the station does not turn"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_board_that_fails_is_alive_and_one_that_is_silent_is_not() {
        let pulse = Pulse::new(Clock::starting_now());
        let turning = pulse.clone().watch(async {
            for second in 0..40 {
                sleep(Duration::from_secs(1)).await;
                if second < 10 {
                    pulse.board(&Crossing::Failed("m4: disconnected: no such endpoint".into()));
                    assert_eq!(pulse.stuck(), None);
                }
            }
        });
        let ((), news) = tokio::join!(turning, pulse.news());
        assert_eq!(news, "m4: disconnected: no such endpoint");
        assert_eq!(pulse.stuck(), Some("the power board's link says nothing, not even an error"));
    }
}
