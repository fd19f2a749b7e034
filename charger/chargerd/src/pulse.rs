//! Whether the charger turns: what the watchdog is told rests on it.
//!
//! Two signs. The station returned from a turn: services and coordinator are one future, so none of them is caught in a loop.
//! The link of every power board said something, a success or a failure: the services are not all waiting for something that never
//! comes. A program of which only the timer runs has neither.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use clock::Clock;
use hardware::Crossing;
use tokio::sync::Notify;
use units::{EvseId, Instant};

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

#[derive(Debug)]
struct Signs {
    turned: Cell<Instant>,
    /// Those of each power board, in the order of the EVSEs.
    boards: Vec<Board>,
    changed: Notify,
}

#[derive(Debug)]
struct Board {
    said: Cell<Instant>,
    /// What is known of it: `None` before the first attempt to start it.
    state: RefCell<Option<String>>,
}

impl Pulse {
    /// Nothing has happened yet; the time for the first signs starts now, for so many power boards.
    pub(crate) fn new(clock: Clock, boards: u16) -> Self {
        let now = clock.now();
        let board = |_| Board { said: Cell::new(now), state: RefCell::default() };
        let boards = (0..boards).map(board).collect();
        Self { clock, signs: Rc::new(Signs { turned: Cell::new(now), boards, changed: Notify::new() }) }
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

    /// Notes what crosses the seam to the power board of that EVSE.
    pub(crate) fn board(&self, evse: EvseId, crossing: &Crossing) {
        let Some(board) = self.signs.boards.get(evse.place()) else { return };
        board.said.set(self.clock.now());
        let state = match crossing {
            Crossing::BoardStarted(info) => format!("power board runs firmware {}", info.firmware),
            Crossing::Failed(why) => why.clone(),
            _ => return,
        };
        let mut known = board.state.borrow_mut();
        if known.as_ref() != Some(&state) {
            *known = Some(state);
            self.signs.changed.notify_one();
        }
    }

    /// What is known of the boards, as soon as that is something new and of every board something is known.
    pub(crate) async fn news(&self) -> String {
        loop {
            self.signs.changed.notified().await;
            let states: Option<Vec<_>> = self.signs.boards.iter().map(|board| board.state.borrow().clone()).collect();
            match states.as_deref() {
                None | Some([]) => {}
                Some([only]) => return only.clone(),
                Some(several) => {
                    let each = EvseId::of_station(u16::MAX).zip(several);
                    return each.map(|(id, state)| format!("EVSE {id}: {state}")).collect::<Vec<_>>().join("; ");
                }
            }
        }
    }

    /// What stands still; `None` when nothing does.
    pub(crate) fn stuck(&self) -> Option<String> {
        let now = self.clock.now();
        let old = |sign: &Cell<Instant>, limit: Duration| now.elapsed().saturating_sub(sign.get().elapsed()) > limit;
        if old(&self.signs.turned, TURN) {
            return Some("the station does not turn".into());
        }
        let silent = self.signs.boards.iter().position(|board| old(&board.said, BOARD))?;
        Some(match self.signs.boards.len() {
            1 => "the power board's link says nothing, not even an error".into(),
            _ => format!("the link of the power board of EVSE {} says nothing, not even an error", silent + 1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use tokio::time::sleep;

    #[tokio::test(start_paused = true)]
    async fn a_station_that_hangs_is_seen_although_its_clock_goes_on() {
        let pulse = Pulse::new(Clock::starting_now(), 1);
        let watched = pulse.clone();
        let station = watched.clone().watch(async move {
            for _ in 0..20 {
                sleep(Duration::from_secs(1)).await;
                watched.board(EvseId::FIRST, &Crossing::Heartbeat);
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
        let stuck = tokio::task::LocalSet::new().run_until(look).await;
        assert_eq!(stuck.as_deref(), Some("the station does not turn"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_board_that_fails_is_alive_and_one_that_is_silent_is_not() {
        let pulse = Pulse::new(Clock::starting_now(), 1);
        let turning = pulse.clone().watch(async {
            for second in 0..40 {
                sleep(Duration::from_secs(1)).await;
                if second < 10 {
                    pulse.board(EvseId::FIRST, &Crossing::Failed("m4: disconnected: no such endpoint".into()));
                    assert_eq!(pulse.stuck(), None);
                }
            }
        });
        let ((), news) = tokio::join!(turning, pulse.news());
        assert_eq!(news, "m4: disconnected: no such endpoint");
        assert_eq!(pulse.stuck().as_deref(), Some("the power board's link says nothing, not even an error"));
    }

    #[tokio::test(start_paused = true)]
    async fn each_of_several_boards_has_to_say_something() {
        let pulse = Pulse::new(Clock::starting_now(), 2);
        let second = EvseId::new(2).expect("a number");
        let failed = |what: &str| Crossing::Failed(what.into());
        pulse.board(EvseId::FIRST, &failed("no such endpoint"));
        let early = tokio::time::timeout(Duration::from_secs(1), pulse.news()).await;
        assert!(early.is_err(), "nothing is known of the second board");
        pulse.board(second, &failed("no such line"));
        assert_eq!(pulse.news().await, "EVSE 1: no such endpoint; EVSE 2: no such line");
        for _ in 0..10 {
            sleep(Duration::from_secs(4)).await;
            pulse.signs.turned.set(pulse.clock.now());
            pulse.board(EvseId::FIRST, &Crossing::Heartbeat);
        }
        let stuck = pulse.stuck();
        assert_eq!(stuck.as_deref(), Some("the link of the power board of EVSE 2 says nothing, not even an error"));
    }
}
