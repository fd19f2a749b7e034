//! Verbs that speak on a real line, in real time: `plugfest station`, `plugfest vehicle`, `plugfest modem`,
//! `plugfest cable`. Only on Linux.
//!
//! | file | what |
//! |---|---|
//! | `options` | what can be said on the command line |
//! | `station` | a station alone: the charger's communication, and a power stage that pretends |
//! | `vehicle` | a virtual car alone |
//! | `modem` | which modem is there |
//! | `cable` | two modem models and the power line between them |
//! | `listener`, `ears` | what passes on the line: shown, judged, captured |
//! | `record`, `clock` | the folder of a run, and its time |

mod options;

#[cfg(target_os = "linux")]
mod cable;
#[cfg(target_os = "linux")]
mod clock;
#[cfg(target_os = "linux")]
mod ears;
#[cfg(target_os = "linux")]
mod listener;
#[cfg(target_os = "linux")]
mod modem;
#[cfg(target_os = "linux")]
mod record;
#[cfg(target_os = "linux")]
mod runtime;
#[cfg(target_os = "linux")]
mod station;
#[cfg(target_os = "linux")]
mod vehicle;
#[cfg(target_os = "linux")]
mod verdict;

pub(crate) use options::{
    CABLE_CODES, CableOptions, MODEM_CODES, ModemOptions, STATION_CODES, StationOptions, VEHICLE_CODES, VehicleOptions,
};

#[cfg(target_os = "linux")]
pub(crate) use cable::cable;
#[cfg(target_os = "linux")]
pub(crate) use modem::modem;
#[cfg(target_os = "linux")]
pub(crate) use station::station;
#[cfg(target_os = "linux")]
pub(crate) use vehicle::vehicle;

/// Elsewhere there are no such lines.
#[cfg(not(target_os = "linux"))]
fn only_on_linux() -> i32 {
    features::print::complain(format_args!(
        "this verb speaks on a network interface as Linux has it; elsewhere it is not there"
    ));
    2
}

/// A station alone on a line.
#[cfg(not(target_os = "linux"))]
pub(crate) fn station(_: &StationOptions) -> i32 {
    only_on_linux()
}

/// A car alone on a line.
#[cfg(not(target_os = "linux"))]
pub(crate) fn vehicle(_: &VehicleOptions) -> i32 {
    only_on_linux()
}

/// Two modem models and the power line between them.
#[cfg(not(target_os = "linux"))]
pub(crate) fn cable(_: &CableOptions) -> i32 {
    only_on_linux()
}

/// Which modem is there.
#[cfg(not(target_os = "linux"))]
pub(crate) fn modem(_: &ModemOptions) -> i32 {
    only_on_linux()
}
