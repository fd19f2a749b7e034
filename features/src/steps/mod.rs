//! The step functions, by subject.
//!
//! A sentence says intent; what it does or checks stands in the comment above it, which `plugfest steps` prints. `Given` and
//! `When` may share a sentence; `Then` only checks.

mod car;
mod csms;
mod csms_checks;
mod dc;
mod energy;
mod faults;
mod grid;
mod measurements;
mod panel;
mod pilot;
mod plc;
mod session;
mod setup;
mod time;

/// The sources of the steps: the vocabulary is read from them.
pub(crate) const SOURCES: [(&str, &str); 14] = [
    ("setup", include_str!("setup.rs")),
    ("car and driver", include_str!("car.rs")),
    ("pilot and contactor", include_str!("pilot.rs")),
    ("session", include_str!("session.rs")),
    ("panel", include_str!("panel.rs")),
    ("CSMS", include_str!("csms.rs")),
    ("CSMS, checks", include_str!("csms_checks.rs")),
    ("measurements", include_str!("measurements.rs")),
    ("energy", include_str!("energy.rs")),
    ("grid", include_str!("grid.rs")),
    ("DC", include_str!("dc.rs")),
    ("PLC modem", include_str!("plc.rs")),
    ("faults", include_str!("faults.rs")),
    ("time", include_str!("time.rs")),
];
