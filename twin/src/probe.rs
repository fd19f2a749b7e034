//! What is known of a world as a whole: for a live view, and for the balance of its energy.

use hardware::{MeterReading, Screen};
use serde::Serialize;
use units::{Instant, Milliamps, MilliwattHours, PerPhase, Soc};
use vehicle_model::Telemetry;

/// Everything a live view of one EVSE needs.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The instant.
    pub now: Instant,
    /// What the charger has there; `None`: there is no charger, or a real one.
    pub outlet: Option<OutletView>,
    /// The car; `None`: there is none, or a real one.
    pub car: Option<CarView>,
}

/// What a charger has at one EVSE.
#[derive(Clone, Debug)]
pub struct OutletView {
    /// `A1` to `F`.
    pub pilot_state: String,
    /// What the charger drives.
    pub pilot: String,
    /// Whether the contacts are closed.
    pub contactor: bool,
    /// What the duty offers.
    pub limit: Milliamps,
    /// Its meter.
    pub meter: MeterReading,
    /// What went through it since the beginning, whatever it shows.
    pub delivered: MilliwattHours,
    /// What the panel shows.
    pub screen: Option<Screen>,
}

/// A car.
#[derive(Clone, Debug)]
pub struct CarView {
    /// What people call it.
    pub name: String,
    /// How it stands.
    pub telemetry: Telemetry,
    /// What it is to be charged to.
    pub target: Soc,
    /// What it draws on each line.
    pub current: PerPhase<Milliamps>,
}

/// Where the energy went, from every side that counted it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Balance {
    /// Given by the source.
    pub source: MilliwattHours,
    /// Taken by the house.
    pub house: MilliwattHours,
    /// Left in source and service cable.
    pub line_losses: MilliwattHours,
    /// Taken at the charger's terminals.
    pub charger: MilliwattHours,
    /// Through the outlet's meter, whatever it shows.
    pub meter: MilliwattHours,
    /// The last register value that the CSMS got, counted from the beginning.
    pub csms: Option<MilliwattHours>,
    /// Taken from the mains by supplies of direct current, and not given to a car.
    pub supply_losses: MilliwattHours,
    /// Drawn at the car's inlet.
    pub car_inlet: MilliwattHours,
    /// On-board charger, standing consumption and cells.
    pub car_losses: MilliwattHours,
    /// Into the cells.
    pub battery: MilliwattHours,
}

impl Balance {
    /// The largest gap between two sides that should be equal, as a share of what flowed; 0 when nothing did.
    #[must_use]
    pub fn worst_gap(&self) -> f64 {
        let gap = |a: MilliwattHours, b: MilliwattHours| (a - b).0.abs();
        let gaps = [
            gap(self.source, self.house + self.line_losses + self.charger),
            gap(self.charger, self.meter),
            gap(self.meter, self.supply_losses + self.car_inlet),
            gap(self.car_inlet, self.battery + self.car_losses),
            self.csms.map_or(0, |csms| gap(csms, self.meter)),
        ];
        let worst = gaps.into_iter().max().unwrap_or(0);
        let flowed = self.flowed().0;
        if flowed == 0 { 0.0 } else { worst as f64 / flowed as f64 }
    }

    /// What flowed through the meters, or in and out of the cars: whichever is more.
    #[must_use]
    pub fn flowed(&self) -> MilliwattHours {
        MilliwattHours(self.meter.0.abs().max(self.car_inlet.0.abs()))
    }
}
