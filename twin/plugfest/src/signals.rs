//! Ctrl-C, SIGTERM and a terminal that hangs up end a run in an orderly way; whoever insists ends it at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The exit code of a program that was ended by Ctrl-C.
pub(crate) const INTERRUPTED: i32 = 130;

/// A terminal that is closed is told by the kernel and by the shell: one wish, not two.
const ONE_WISH: Duration = Duration::from_secs(1);

/// Calls `end` with the first signal; a later one ends the program at once. Once a program.
///
/// # Errors
/// Signals cannot be listened to, in words.
#[expect(clippy::disallowed_methods, reason = "a person presses keys in real time, whatever clock a world has")]
pub(crate) fn listen(end: impl Fn() + Send + 'static) -> Result<(), String> {
    let hang_up_is_ignored = hang_up::is_ignored();
    let told = AtomicBool::new(false);
    let begun = Instant::now();
    let mut first = Duration::ZERO;
    let handler = move || {
        if !told.swap(true, Ordering::Relaxed) {
            first = begun.elapsed();
            end();
        } else if begun.elapsed() > first + ONE_WISH {
            std::process::exit(INTERRUPTED);
        }
    };
    ctrlc::set_handler(handler).map_err(|error| format!("Ctrl-C cannot be listened to: {error}"))?;
    if hang_up_is_ignored {
        hang_up::ignore();
    }
    Ok(())
}

/// Whoever started the program with `nohup` wants it to outlive the terminal.
#[cfg(target_os = "linux")]
mod hang_up {
    /// Whether a hang-up is ignored, as the kernel lists it: a bit for each signal, the first for SIGHUP.
    pub(super) fn is_ignored() -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
    }

    /// Ignores it again.
    #[allow(unsafe_code)] // std has no call for it; ignoring a signal runs no code of ours
    pub(super) fn ignore() {
        // SAFETY: SIG_IGN is no handler; nothing is called when the signal comes.
        unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) };
    }
}

#[cfg(not(target_os = "linux"))]
mod hang_up {
    pub(super) const fn is_ignored() -> bool {
        false
    }

    pub(super) const fn ignore() {}
}
