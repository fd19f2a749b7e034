//! What each verb needs to begin: a runtime in real time, the interface by its name, and Ctrl-C.

use hil::Endpoint;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use crate::signals;

/// A runtime of this thread, in real time.
///
/// # Errors
/// The machine has none.
pub(crate) fn runtime() -> Result<Runtime, String> {
    Builder::new_current_thread().enable_all().build().map_err(|error| format!("a runtime: {error}"))
}

/// An interface as the backends know it.
///
/// # Errors
/// It cannot be the name of one.
pub(crate) fn endpoint(scheme: &str, interface: &str) -> Result<Endpoint, String> {
    format!("{scheme}:{interface}").parse().map_err(|error| format!("interface {interface}: {error}"))
}

/// Hears the first Ctrl-C.
///
/// # Errors
/// Signals cannot be listened to.
pub(crate) fn interrupts() -> Result<mpsc::UnboundedReceiver<()>, String> {
    let (interrupt, interrupts) = mpsc::unbounded_channel();
    signals::listen(move || {
        // Whoever does not listen any more ends anyway.
        let _ = interrupt.send(());
    })?;
    Ok(interrupts)
}

/// Waits for it.
pub(crate) async fn interrupted(interrupts: &mut mpsc::UnboundedReceiver<()>) {
    if interrupts.recv().await.is_none() {
        std::future::pending().await
    }
}
