//! What can be measured at a charger, its car and its house: the one list of it, with names and units.

use std::fmt;

/// A physical quantity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signal {
    /// The rating of the cable by its resistor between PP and earth, A; not a number without a cable.
    CableRating,
    /// The car's current on its fullest line, A.
    CarCurrent,
    /// 1 while both contacts of the car's DC inlet conduct.
    CarDcContactors,
    /// Into the car at its DC pins, A.
    CarDcCurrent,
    /// Between the car's DC pins, V.
    CarDcVoltage,
    /// The car's power, W.
    CarPower,
    /// 1 while the contacts are closed.
    Contactor,
    /// How often the contacts have closed.
    ContactorClosings,
    /// The duty cycle that is driven, %; 0 without an oscillator.
    DutyPercent,
    /// The largest gap between two sides that count the same energy, a share of what was metered.
    EnergyGap,
    /// Both DC lines to earth, ohm; not a number where nothing leaks.
    InsulationResistance,
    /// Between the DC lines, V.
    InsulationVoltage,
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

/// What a signal is called, and how it is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// Without a prefix: `A`, `V`, `s`; empty for a share or a number.
    pub base: &'static str,
    /// One of the signal is so much of it.
    pub scale: f64,
}

const fn unit(base: &'static str, scale: f64) -> Unit {
    Unit { base, scale }
}

impl Signal {
    /// Those that an instrument measures; the others are positions, and numbers of times.
    pub const MEASURED: [Self; 26] = [
        Self::CableRating,
        Self::CarCurrent,
        Self::CarDcCurrent,
        Self::CarDcVoltage,
        Self::CarPower,
        Self::EnergyGap,
        Self::InsulationResistance,
        Self::InsulationVoltage,
        Self::Limit,
        Self::MeterEnergy,
        Self::MeterPower,
        Self::PilotDuty,
        Self::PilotFallTime,
        Self::PilotFrequency,
        Self::PilotHigh,
        Self::PilotHighTime,
        Self::PilotLow,
        Self::PilotRipple,
        Self::PilotRiseTime,
        Self::PilotSourceResistance,
        Self::ResidualCurrent,
        Self::ServiceCurrent,
        Self::Soc,
        Self::SupplyCurrent,
        Self::SupplyVoltage,
        Self::Voltage,
    ];

    /// Its name in sentences and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CableRating => "cable rating",
            Self::CarCurrent => "car current",
            Self::CarDcContactors => "DC contactors of the car",
            Self::CarDcCurrent => "car DC current",
            Self::CarDcVoltage => "car DC voltage",
            Self::CarPower => "car power",
            Self::Contactor => "contactor",
            Self::ContactorClosings => "closings",
            Self::DutyPercent => "duty cycle",
            Self::EnergyGap => "energy gap",
            Self::InsulationResistance => "insulation resistance",
            Self::InsulationVoltage => "insulation voltage",
            Self::Limit => "offered current",
            Self::LockPosition => "bolt",
            Self::MeterEnergy => "meter energy",
            Self::MeterPower => "meter power",
            Self::PilotDuty => "pilot duty cycle",
            Self::PilotFallTime => "pilot fall time",
            Self::PilotFrequency => "pilot frequency",
            Self::PilotHigh => "pilot high level",
            Self::PilotHighTime => "pilot high time",
            Self::PilotLow => "pilot low level",
            Self::PilotRipple => "pilot ripple",
            Self::PilotRiseTime => "pilot rise time",
            Self::PilotSourceResistance => "pilot source resistance",
            Self::ResidualCurrent => "residual current",
            Self::ServiceCurrent => "house current",
            Self::Soc => "state of charge",
            Self::SupplyCurrent => "supply current",
            Self::SupplyVoltage => "supply voltage",
            Self::Voltage => "house voltage",
        }
    }

    /// What it is told in.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::CableRating
            | Self::CarCurrent
            | Self::CarDcCurrent
            | Self::Limit
            | Self::ResidualCurrent
            | Self::ServiceCurrent
            | Self::SupplyCurrent => unit("A", 1.0),
            Self::CarPower | Self::MeterPower => unit("W", 1.0),
            Self::CarDcContactors
            | Self::Contactor
            | Self::ContactorClosings
            | Self::EnergyGap
            | Self::LockPosition => unit("", 1.0),
            Self::DutyPercent | Self::PilotDuty | Self::Soc => unit("", 1e-2),
            Self::InsulationResistance | Self::PilotSourceResistance => unit("ohm", 1.0),
            Self::CarDcVoltage
            | Self::InsulationVoltage
            | Self::PilotHigh
            | Self::PilotLow
            | Self::PilotRipple
            | Self::SupplyVoltage
            | Self::Voltage => unit("V", 1.0),
            Self::MeterEnergy => unit("Wh", 1.0),
            Self::PilotFallTime | Self::PilotHighTime | Self::PilotRiseTime => unit("s", 1e-6),
            Self::PilotFrequency => unit("Hz", 1.0),
        }
    }

    /// Whether it is something of the car: without one there is nothing to be measured.
    #[must_use]
    pub const fn is_of_car(self) -> bool {
        self.is_of_dc_inlet() || matches!(self, Self::CarCurrent | Self::CarPower | Self::ResidualCurrent | Self::Soc)
    }

    /// Whether it is something of the car's inlet for direct current, which not every car has.
    #[must_use]
    pub const fn is_of_dc_inlet(self) -> bool {
        matches!(self, Self::CarDcContactors | Self::CarDcCurrent | Self::CarDcVoltage)
    }

    /// Whether it is something of the supply of direct current or of its monitor, which not every EVSE has.
    #[must_use]
    pub const fn is_of_supply(self) -> bool {
        matches!(self, Self::InsulationResistance | Self::InsulationVoltage | Self::SupplyCurrent | Self::SupplyVoltage)
    }

    /// Nothing is less than this, in the unit without a prefix.
    #[must_use]
    pub const fn least(self) -> f64 {
        match self {
            Self::CarCurrent
            | Self::CarDcCurrent
            | Self::CarDcVoltage
            | Self::CarPower
            | Self::InsulationVoltage
            | Self::MeterPower
            | Self::PilotHigh
            | Self::PilotLow
            | Self::ResidualCurrent
            | Self::SupplyCurrent
            | Self::SupplyVoltage => f64::NEG_INFINITY,
            Self::CableRating
            | Self::CarDcContactors
            | Self::Contactor
            | Self::ContactorClosings
            | Self::DutyPercent
            | Self::EnergyGap
            | Self::InsulationResistance
            | Self::Limit
            | Self::LockPosition
            | Self::MeterEnergy
            | Self::PilotDuty
            | Self::PilotFallTime
            | Self::PilotFrequency
            | Self::PilotHighTime
            | Self::PilotRipple
            | Self::PilotRiseTime
            | Self::PilotSourceResistance
            | Self::ServiceCurrent
            | Self::Soc
            | Self::Voltage => 0.0,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
