//! What the log knows of the DC side.

use event_log::Log;
use hardware::{InsulationReading, SupplyReading};
use serde_json::json;

/// What was written into the log last, so that it holds changes only.
pub(super) struct Seen {
    log: Log,
    supply: Option<(i32, i32, bool)>,
    insulation: Option<(Option<i32>, i32)>,
}

impl Seen {
    pub(super) const fn new(log: Log) -> Self {
        Self { log, supply: None, insulation: None }
    }

    /// Noted in steps of a volt and half an ampere.
    pub(super) fn supply(&mut self, reading: SupplyReading) {
        let coarse = (reading.voltage.0 / 1000, reading.current.0 / 500, reading.on);
        if self.supply.replace(coarse) != Some(coarse) {
            self.log.record("supply", "reading", reading);
        }
    }

    /// Noted in steps of ten kilohms and a volt.
    pub(super) fn insulation(&mut self, reading: InsulationReading) {
        let coarse = (reading.resistance.map(|ohms| ohms.0 / 10_000), reading.voltage.0 / 1000);
        if self.insulation.replace(coarse) != Some(coarse) {
            self.log.record(
                "insulation",
                "reading",
                json!({ "resistance_ohm": reading.resistance, "voltage_mv": reading.voltage }),
            );
        }
    }
}
