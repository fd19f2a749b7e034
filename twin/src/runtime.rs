//! The clock and the executor of one world.
//!
//! One world has one thread, one runtime and one clock. Under [`Pace::Virtual`] the clock is paused: it jumps to the next
//! timer whenever every task is idle. Under [`Pace::RealTime`] it is the machine's. The code that runs is the same.

use std::cell::{Cell, RefCell};
use std::future::{Future as _, poll_fn};
use std::io;
use std::pin::pin;
use std::task::{Poll, Waker};

use clock::Clock;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;
use units::Instant;

use crate::ports::Dirty;

/// How time passes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pace {
    /// With the machine's clock; sockets may be real.
    RealTime,
    /// As fast as it can be computed; every transport is inside the process.
    Virtual,
}

thread_local! {
    /// Who waits for the runtime to be idle, on this thread.
    static IDLE: RefCell<Option<Waker>> = const { RefCell::new(None) };
    static WAS_IDLE: Cell<bool> = const { Cell::new(false) };
}

/// Called by the runtime when it has nothing to do.
fn on_park() {
    if let Some(waker) = IDLE.with_borrow_mut(Option::take) {
        WAS_IDLE.set(true);
        waker.wake();
    }
}

/// Completes once every other task that could run has run; the clock does not move.
async fn settle() {
    poll_fn(|cx| {
        if WAS_IDLE.take() {
            return Poll::Ready(());
        }
        IDLE.with_borrow_mut(|idle| *idle = Some(cx.waker().clone()));
        Poll::Pending
    })
    .await;
}

/// After so many turns at one instant its tasks do not come to rest any more. Each turn lets some sixty tasks run; the busiest
/// instant of a sound world takes some hundred turns. It may take twice as many until that is noticed.
const MOST_TURNS: u32 = 10_000;

/// The tasks of a world never rest, so that its time stands still at this instant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Restless(pub(crate) Instant);

/// The executor of one world.
#[derive(Debug)]
pub(crate) struct Executor {
    runtime: Runtime,
    pub(crate) tasks: LocalSet,
    pub(crate) clock: Clock,
}

impl Executor {
    pub(crate) fn new(pace: Pace) -> io::Result<Self> {
        let mut builder = Builder::new_current_thread();
        builder.enable_time().on_thread_park(on_park);
        match pace {
            Pace::RealTime => builder.enable_io(),
            Pace::Virtual => builder.start_paused(true),
        };
        let runtime = builder.build()?;
        let clock = {
            let _inside = runtime.enter();
            match pace {
                Pace::RealTime => Clock::starting_now(),
                Pace::Virtual => Clock::virtual_starting_now(),
            }
        };
        Ok(Self { runtime, tasks: LocalSet::new(), clock })
    }

    /// Runs the tasks until `due`, or until one of them has asked something of the world, and then until all are idle.
    /// Answers the instant that was reached.
    ///
    /// # Errors
    /// The tasks never come to rest: time would stand still for ever.
    pub(crate) fn run_until(&self, due: Instant, dirty: &Dirty) -> Result<Instant, Restless> {
        let clock = self.clock;
        let reached = self.tasks.block_on(&self.runtime, async move {
            let mut run = pin!(async {
                tokio::select! {
                    biased;
                    () = dirty.wait() => {}
                    () = clock.sleep_until(due) => {}
                }
                settle().await;
            });
            let (mut at, mut turns) = (None, 0);
            // The tasks' set asks after each turn that it takes, whether this has been woken or not.
            poll_fn(|cx| {
                if run.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Ok(clock.now()));
                }
                turns += 1;
                // The clock is not read at each turn: there are a great many.
                if turns > MOST_TURNS {
                    let now = clock.now();
                    if at.replace(now) == Some(now) {
                        return Poll::Ready(Err(Restless(now)));
                    }
                    turns = 0;
                }
                Poll::Pending
            })
            .await
        });
        if reached.is_err() {
            // Nobody waits any more.
            IDLE.take();
            WAS_IDLE.take();
        }
        reached
    }

    /// Reads the clock from anywhere on this thread, inside the runtime and outside.
    pub(crate) fn clock_inside(&self) -> impl Fn() -> Instant + use<> {
        let (handle, clock) = (self.runtime.handle().clone(), self.clock);
        move || {
            let _inside = handle.enter();
            clock.now()
        }
    }

    /// Waits for something that is known to be ready.
    pub(crate) fn block_on<F: Future>(&self, ready: F) -> F::Output {
        self.tasks.block_on(&self.runtime, ready)
    }

    /// Runs something with the runtime's context around it, so that it may spawn and make timers.
    pub(crate) fn enter<R>(&self, run: impl FnOnce() -> R) -> R {
        let _inside = self.runtime.enter();
        let _local = self.tasks.enter();
        run()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(executor: &Executor) {
        executor.enter(|| {
            drop(tokio::task::spawn_local(async {
                loop {
                    tokio::task::yield_now().await;
                }
            }));
        });
    }

    #[test]
    fn tasks_that_never_rest_are_found() {
        let executor = Executor::new(Pace::Virtual).expect("an executor");
        let second = Instant::from_millis(1000);
        assert_eq!(executor.run_until(second, &Dirty::default()), Ok(second));
        busy(&executor);
        let later = Instant::from_millis(2000);
        assert_eq!(executor.run_until(later, &Dirty::default()), Err(Restless(second)));
        // The next world on this thread is none the worse for it.
        let other = Executor::new(Pace::Virtual).expect("an executor");
        assert_eq!(other.run_until(later, &Dirty::default()), Ok(later));
    }

    #[test]
    fn many_tasks_at_one_instant_are_no_standstill() {
        let executor = Executor::new(Pace::Virtual).expect("an executor");
        executor.enter(|| {
            for _ in 0..1000 {
                drop(tokio::task::spawn_local(async {
                    for _ in 0..100 {
                        tokio::task::yield_now().await;
                    }
                }));
            }
        });
        let second = Instant::from_millis(1000);
        assert_eq!(executor.run_until(second, &Dirty::default()), Ok(second));
    }
}
