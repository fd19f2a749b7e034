//! What can be measured in a world.

use std::fmt;

use hardware::{MeterReading, Screen};
use serde::Serialize;
use units::{Instant, Milliamps, Millivolts, MilliwattHours, PerPhase, Soc};
use vehicle_model::Telemetry;

/// A physical quantity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signal {
    /// The car's current on its fullest line, A.
    CarCurrent,
    /// The car's power, W.
    CarPower,
    /// 1 while the contacts are closed.
    Contactor,
    /// How often the contacts have closed.
    ContactorClosings,
    /// The duty cycle, %; 0 without an oscillator.
    DutyPercent,
    /// The current that the duty offers, A.
    Limit,
    /// 1 while the bolt holds the plug.
    LockPosition,
    /// What went through the outlet's meter since the beginning, whatever it shows, Wh.
    MeterEnergy,
    /// What the outlet's meter shows, W; negative when power flows out of the car.
    MeterPower,
    /// The share of the period that the pilot is above 0 V, %; 0 without an oscillator.
    PilotDuty,
    /// Of the pilot's falling flank from 90 % to 10 % of the state's nominal swing, us; not a number without one.
    PilotFallTime,
    /// Of the pilot's pulses, Hz; 0 without an oscillator.
    PilotFrequency,
    /// The positive plateau, V.
    PilotHigh,
    /// Of a pulse between its crossings of 0 V, us; 0 without an oscillator.
    PilotHighTime,
    /// The negative plateau, V.
    PilotLow,
    /// On the pilot's plateaus from peak to peak, V.
    PilotRipple,
    /// Of the pilot's rising flank from 10 % to 90 % of the state's nominal swing, us; not a number without one.
    PilotRiseTime,
    /// In series to the pilot's source, ohm.
    PilotSourceResistance,
    /// The residual direct current that would flow under power, A.
    ResidualCurrent,
    /// The current on the fullest line of the house connection, A.
    ServiceCurrent,
    /// State of charge, %.
    Soc,
    /// Out of the DC supply, A.
    SupplyCurrent,
    /// At the output of the DC supply, V.
    SupplyVoltage,
    /// L1 to neutral at the house connection, V.
    Voltage,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CarCurrent => "the car's current",
            Self::CarPower => "the car's power",
            Self::Contactor => "whether the contacts are closed",
            Self::ContactorClosings => "how often the contacts close",
            Self::DutyPercent => "the duty cycle",
            Self::Limit => "the current that the duty offers",
            Self::LockPosition => "where the bolt is",
            Self::MeterEnergy => "the energy at the outlet",
            Self::MeterPower => "the power at the outlet",
            Self::PilotDuty => "the pilot's duty cycle",
            Self::PilotFallTime => "the pilot's fall time",
            Self::PilotFrequency => "the pilot's frequency",
            Self::PilotHigh => "the pilot's positive plateau",
            Self::PilotHighTime => "the length of the pilot's pulses",
            Self::PilotLow => "the pilot's negative plateau",
            Self::PilotRipple => "the pilot's ripple",
            Self::PilotRiseTime => "the pilot's rise time",
            Self::PilotSourceResistance => "the resistance of the pilot's source",
            Self::ResidualCurrent => "the residual current",
            Self::ServiceCurrent => "the current at the house connection",
            Self::Soc => "the state of charge",
            Self::SupplyCurrent => "the current of the DC supply",
            Self::SupplyVoltage => "the voltage of the DC supply",
            Self::Voltage => "the voltage at the house connection",
        })
    }
}

/// Everything a live view needs.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The instant.
    pub now: Instant,
    /// `A1` to `F`.
    pub pilot_state: String,
    /// What the charger drives.
    pub pilot: String,
    /// Whether the contacts are closed.
    pub contactor: bool,
    /// Each line of the car.
    pub current: PerPhase<Milliamps>,
    /// What the duty offers.
    pub limit: Milliamps,
    /// The car.
    pub car: Telemetry,
    /// What it is to be charged to.
    pub target: Soc,
    /// The outlet's meter.
    pub meter: MeterReading,
    /// What went through it since the beginning, whatever it shows.
    pub delivered: MilliwattHours,
    /// At the house connection.
    pub voltage: PerPhase<Millivolts>,
    /// What the panel shows.
    pub screen: Option<Screen>,
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
    /// Drawn at the car's inlet.
    pub car_inlet: MilliwattHours,
    /// On-board charger, standing consumption and cells.
    pub car_losses: MilliwattHours,
    /// Into the cells.
    pub battery: MilliwattHours,
}

impl Balance {
    /// The largest gap between two sides that should be equal, as a share of what was metered; 0 when nothing was.
    #[must_use]
    pub fn worst_gap(&self) -> f64 {
        let gap = |a: MilliwattHours, b: MilliwattHours| (a - b).0.abs();
        let gaps = [
            gap(self.source, self.house + self.line_losses + self.charger),
            gap(self.charger, self.meter),
            gap(self.meter, self.car_inlet),
            gap(self.car_inlet, self.battery + self.car_losses),
            self.csms.map_or(0, |csms| gap(csms, self.meter)),
        ];
        let worst = gaps.into_iter().max().unwrap_or(0);
        if self.meter.0 == 0 { 0.0 } else { worst as f64 / self.meter.0 as f64 }
    }
}
