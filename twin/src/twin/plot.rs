//! The points of the plots of one EVSE.

use std::time::Duration;

use serde_json::{Value, json};
use units::{Instant, Soc, Watts};
use vehicle_model::{Car, DcInlet, Demand};

use super::measure::offer;
use crate::world::EvseView;

/// The plots get a point this often while something flows, and when nothing does.
const BUSY: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(60);

/// What the plots of one EVSE show.
#[derive(Debug, Default)]
pub(super) struct Plot {
    /// They get another point then at the latest.
    next: Instant,
    /// What the last point showed, coarsely.
    shown: (i32, i32, i32),
}

impl Plot {
    /// Another point, where it is time for one or a reader could see a difference. What is not there has no value in it.
    pub(super) fn point(&mut self, now: Instant, view: &EvseView<'_>) -> Option<Value> {
        let demand = view.car.map_or_else(Demand::default, |car| *car.demand());
        let pins = view.car.and_then(Car::dc_inlet).map(DcInlet::pins).unwrap_or_default();
        let power = demand.power.total() + Watts((pins.voltage.volts() * pins.current.amps()).round() as i32);
        let current = demand.current.highest().max(pins.current);
        let board = view.outlet.map(|(board, _)| board);
        let (limit, pilot) = (board.map(offer), board.map(|board| board.levels.high));
        // What a reader of a plot could see: steps of a tenth of a kilowatt, of an ampere, of two volts.
        let visible = (power.0 / 100, limit.unwrap_or_default().0 / 1000, pilot.unwrap_or_default().0 / 2000);
        if now < self.next && visible == self.shown {
            return None;
        }
        self.shown = visible;
        let busy = power != Watts::ZERO;
        self.next = now + if busy { BUSY } else { IDLE };
        let round = |value: f64| (value * 100.0).round() / 100.0;
        let mut point = json!({
            "power_w": power,
            "current_a": round(current.amps()),
            "limit_a": limit.map(|limit| round(limit.amps())),
            "soc_pct": view.car.map(Car::soc).map(Soc::percent),
            "pilot_v": pilot.map(|pilot| round(pilot.volts())),
        });
        if let Value::Object(fields) = &mut point {
            // What nobody knows is left out.
            fields.retain(|_, value| !value.is_null());
        }
        Some(point)
    }
}
