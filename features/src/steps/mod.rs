//! The step functions, by subject.
//!
//! A sentence says intent; what it does or checks stands in the comment above it, which `plugfest steps` prints. `Given` and
//! `When` may share a sentence; `Then` only checks.

mod board_link;
mod car;
mod charger;
mod csms;
mod csms_checks;
mod dc;
mod dc_inlet;
mod devices;
mod dialog;
mod energy;
mod faults;
mod grid;
mod measurements;
mod meter;
mod panel;
mod pilot;
mod plc;
mod power_line;
mod session;
mod setup;
mod store;
mod time;

pub(crate) use csms::Conduct;
pub(crate) use faults::{Cause, LinkedDevice};
pub(crate) use meter::MeterName;

/// The source of some steps.
pub(crate) struct Source {
    /// What they are about.
    pub(crate) subject: &'static str,
    /// Its file.
    pub(crate) file: &'static str,
    pub(crate) text: &'static str,
}

const fn source(subject: &'static str, file: &'static str, text: &'static str) -> Source {
    Source { subject, file, text }
}

/// The sources of the steps: the vocabulary is read from them.
pub(crate) const SOURCES: [Source; 22] = [
    source("setup", "setup.rs", include_str!("setup.rs")),
    source("car and driver", "car.rs", include_str!("car.rs")),
    source("charger", "charger.rs", include_str!("charger.rs")),
    source("pilot and contactor", "pilot.rs", include_str!("pilot.rs")),
    source("session", "session.rs", include_str!("session.rs")),
    source("panel", "panel.rs", include_str!("panel.rs")),
    source("CSMS", "csms.rs", include_str!("csms.rs")),
    source("CSMS, checks", "csms_checks.rs", include_str!("csms_checks.rs")),
    source("durable store", "store.rs", include_str!("store.rs")),
    source("measurements", "measurements.rs", include_str!("measurements.rs")),
    source("energy", "energy.rs", include_str!("energy.rs")),
    source("meters", "meter.rs", include_str!("meter.rs")),
    source("grid", "grid.rs", include_str!("grid.rs")),
    source("DC", "dc.rs", include_str!("dc.rs")),
    source("DC inlet of the car", "dc_inlet.rs", include_str!("dc_inlet.rs")),
    source("PLC modem", "plc.rs", include_str!("plc.rs")),
    source("power line", "power_line.rs", include_str!("power_line.rs")),
    source("high-level communication", "dialog.rs", include_str!("dialog.rs")),
    source("faults", "faults.rs", include_str!("faults.rs")),
    source("lost devices", "devices.rs", include_str!("devices.rs")),
    source("wire of the power board", "board_link.rs", include_str!("board_link.rs")),
    source("time", "time.rs", include_str!("time.rs")),
];
