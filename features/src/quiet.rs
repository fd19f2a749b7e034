//! Panics inside a scenario are caught and told with it; the process's own way of telling them stays for all others.

use std::cell::{Cell, RefCell};
use std::panic;
use std::sync::Once;

use crate::stop::Stop;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs something whose panics are told by the caller; answers the result, or the panic's payload and place.
pub(crate) fn catch<R>(run: impl FnOnce() -> R) -> Result<R, (Box<dyn std::any::Any + Send>, String)> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if INSIDE.get() {
                let place = info.location().map_or_else(String::new, ToString::to_string);
                PLACE.with_borrow_mut(|own| *own = place);
            } else {
                before(info);
            }
        }));
    });
    INSIDE.set(true);
    // Whatever the panic left half done is the scenario's own world, which is dropped.
    let result = panic::catch_unwind(panic::AssertUnwindSafe(run));
    INSIDE.set(false);
    result.map_err(|payload| (payload, PLACE.take()))
}

/// What a panic says.
pub(crate) fn text(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .or_else(|| payload.downcast_ref::<Stop>().map(|stop| stop.message().to_owned()))
        .unwrap_or_else(|| "a panic without words".into())
}
