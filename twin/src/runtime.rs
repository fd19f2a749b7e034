//! The clock and the executor of one world.
//!
//! One world has one thread, one runtime and one clock. Under [`Pace::Virtual`] the clock is paused: it jumps to the next
//! timer whenever every task is idle. Under [`Pace::RealTime`] it is the machine's. The code that runs is the same.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::task::{Poll, Waker};

use station::Clock;
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
            Clock::starting_now()
        };
        Ok(Self { runtime, tasks: LocalSet::new(), clock })
    }

    /// Runs the tasks until `due`, or until one of them has asked something of the world, and then until all are idle.
    /// Answers the instant that was reached.
    pub(crate) fn run_until(&self, due: Instant, dirty: &Dirty) -> Instant {
        let clock = self.clock;
        self.tasks.block_on(&self.runtime, async move {
            tokio::select! {
                biased;
                () = dirty.wait() => {}
                () = clock.sleep_until(due) => {}
            }
            settle().await;
            clock.now()
        })
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
