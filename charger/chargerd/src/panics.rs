//! A panic is a bug. It is told where an operator looks, and kept for the event log until somebody can write it there.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

/// The last panic. The event log belongs to one thread, and a hook may run on any.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// From now on a panic is one line of the log on stderr.
pub(crate) fn install() {
    panic::set_hook(Box::new(|info| {
        let what = text(info.payload());
        let place = info.location().map_or_else(|| "an unknown place".into(), ToString::to_string);
        let thread = std::thread::current().name().unwrap_or("a thread without a name").to_owned();
        let line = format!("panic in {thread} at {place}: {what}");
        tracing::error!("{line}");
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
    }));
}

/// Does the work; when it panics, what the panic said.
pub(crate) fn catch<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    // What the work touches is not used again, except for the log, which is never left half written.
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        // The hook knows the place as well.
        let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
        last.unwrap_or_else(|| format!("panic: {}", text(&*payload)))
    })
}

/// What a panic carries.
fn text(payload: &dyn Any) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a value that is no text")
}
