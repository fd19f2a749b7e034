//! The production charger: reads its two files, gives up every right it does not need, opens its devices, runs the station,
//! and leaves the outlet safe however it ends.
//!
//! ```text
//! chargerd --config charger.toml --board board.toml --state /var/lib/chargerd --csms ws://csms.example/ocpp
//!    settings      both files, checked against each other               exit 2; 1 when the answer cannot be written
//!    isolation     capabilities, Landlock, seccomp: before any thread   exit 3
//!    daemon        devices, station::run, systemd, signals              exit 4, 0
//!    safe_state    permission withdrawn, supply off                     after a panic: exit 101
//! ```

// What is printed goes through `say`, which survives a reader that goes away.
#![cfg_attr(target_os = "linux", warn(clippy::print_stderr, clippy::print_stdout))]

// The outlet is made safe after a panic, by the program that panicked.
#[cfg(panic = "abort")]
compile_error!("chargerd needs panic = \"unwind\": see safe_state.rs");

#[cfg(target_os = "linux")]
mod board_file;
#[cfg(target_os = "linux")]
mod cli;
#[cfg(target_os = "linux")]
mod control;
#[cfg(target_os = "linux")]
mod daemon;
#[cfg(target_os = "linux")]
mod devices;
#[cfg(target_os = "linux")]
mod ending;
#[cfg(target_os = "linux")]
mod escape;
#[cfg(target_os = "linux")]
mod events;
#[cfg(target_os = "linux")]
mod frames;
#[cfg(target_os = "linux")]
mod isolation;
#[cfg(target_os = "linux")]
mod logging;
#[cfg(all(target_os = "linux", test))]
#[path = "../tests/common/models.rs"]
mod models;
#[cfg(target_os = "linux")]
mod notify;
#[cfg(target_os = "linux")]
mod options;
#[cfg(target_os = "linux")]
mod panics;
#[cfg(target_os = "linux")]
mod pulse;
#[cfg(target_os = "linux")]
mod safe_state;
#[cfg(target_os = "linux")]
mod say;
#[cfg(target_os = "linux")]
mod settings;
#[cfg(target_os = "linux")]
mod settings_error;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    cli::run().into()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    eprintln!("chargerd needs Linux: its devices are device nodes of that kernel. At the desk, use `plugfest`.");
    std::process::ExitCode::from(2)
}
