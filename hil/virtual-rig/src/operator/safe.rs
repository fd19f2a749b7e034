//! Makes a bench safe on a path of its own: `chargerd safe-state`, a process beside everything else.

use std::fs;
use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// The devices of the bench, for the safe state.
pub(super) const BOARD: &str = "board.toml";

/// The number of the charger's process.
pub(super) const PID: &str = "chargerd.pid";

/// A program that has said nothing for so long is lost.
const SILENCE: Duration = Duration::from_secs(20);

/// chargerd gives up by itself after this.
const WITHIN: u32 = 5;

/// And is ended when it does not.
const PATIENCE: Duration = Duration::from_secs(WITHIN as u64 + 1);

/// How often the process is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Withdraws the permission, switches pilot and supply off; `alive` is called while that goes on.
///
/// # Errors
/// It is not known to be safe, and why.
pub(super) fn make_safe(chargerd: &Path, folder: &Path, mut alive: impl FnMut()) -> Result<(), String> {
    let wrong = |error: io::Error| format!("{} safe-state: {error}", chargerd.display());
    let words = folder.join("safe-state.log");
    let mut child = Command::new(chargerd)
        .args(["safe-state", "--within", &WITHIN.to_string(), "--board"])
        .arg(folder.join(BOARD))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&words).map_err(wrong)?)
        // Ctrl-C at the terminal is not for it.
        .process_group(0)
        .spawn()
        .map_err(wrong)?;
    for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
        if let Some(status) = child.try_wait().map_err(wrong)? {
            if status.success() {
                return Ok(());
            }
            let said = fs::read_to_string(&words).unwrap_or_default();
            let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it said nothing");
            return Err(format!("the bench is not known to be safe: {last} ({status})"));
        }
        alive();
        thread::park_timeout(LOOK);
    }
    // Ended by itself meanwhile is as good.
    let _ = child.kill();
    let _ = child.wait();
    Err(format!("the bench is not known to be safe: chargerd safe-state did not end within {PATIENCE:?}"))
}

/// The whole life of the watchdog of a bench: reads signs of life, and makes the bench safe when they end; answers the exit code
/// of the process. A charger that is left over is ended first: it would work against the safe state.
#[must_use]
pub fn watch(signs: impl Read + Send + 'static, chargerd: &Path, folder: &Path) -> i32 {
    hil_rig::watchdog::serve(signs, SILENCE, &mut io::stderr(), || {
        end_charger(folder);
        let safe = make_safe(chargerd, folder, || {});
        // The program that made it is gone.
        let _ = fs::remove_dir_all(folder);
        safe
    })
}

/// Ends the charger whose number is kept in the folder, if that process is still one that was started from there.
fn end_charger(folder: &Path) {
    let number = fs::read_to_string(folder.join(PID)).ok().and_then(|text| text.trim().parse().ok());
    let Some(pid) = number.and_then(Pid::from_raw) else { return };
    let own = folder.display().to_string();
    let line = format!("/proc/{}/cmdline", pid.as_raw_nonzero());
    let is_ours = || fs::read(&line).is_ok_and(|line| String::from_utf8_lossy(&line).contains(&own));
    if is_ours() {
        // It may end in this instant by itself.
        let _ = kill_process(pid, Signal::KILL);
    }
    // Its devices are free once it is gone.
    for _ in 0..50 {
        if !is_ours() {
            return;
        }
        thread::park_timeout(LOOK);
    }
}
