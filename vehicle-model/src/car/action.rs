//! What is done to a car, and what breaks in it.

use std::time::Duration;

use serde::Serialize;
use units::{Microamps, Milliamps, Millivolts, Ohms, Soc};

use crate::circuit::{Diode, Short};

/// A charging cable.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Cable {
    /// Between PP and earth; `None` is an open line.
    pub proximity: Option<Ohms>,
}

impl Cable {
    /// The cable with the resistor for that many amperes: 13, 20, 32 or 63; others have none.
    #[must_use]
    pub const fn rated(amps: i32) -> Self {
        let ohms = match amps {
            13 => 1500,
            20 => 680,
            32 => 220,
            63 => 100,
            _ => return Self { proximity: None },
        };
        Self { proximity: Some(Ohms(ohms)) }
    }
}

/// What breaks in a car or its cable: a cause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CarFault {
    /// The diode in the pilot line.
    Diode(Diode),
    /// The protective earth is broken.
    PeOpen,
    /// Pilot and earth are shorted.
    PilotShort(Short),
    /// The pilot wire is broken.
    PilotOpen,
    /// Noise on the pilot, up to so much either way.
    PilotNoise(Millivolts),
    /// PP has another resistance, or none.
    Proximity(Option<Ohms>),
    /// The fixed resistor has another value.
    R2(Ohms),
    /// The switched resistor has another value.
    R3(Ohms),
    /// A residual direct current.
    ResidualCurrent(Microamps),
}

/// What is done to a car.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Something breaks.
    Break(CarFault),
    /// It draws this much whatever is offered; `None`: as it should.
    DrawFixed(Option<Milliamps>),
    /// It keeps drawing although the offer changes or ends.
    IgnorePilot(bool),
    /// What was broken is mended.
    Mend(CarFault),
    /// The plug goes in.
    PlugIn(Cable),
    /// S2 closes for so long, and nothing is drawn.
    PulseC(Duration),
    /// It asks for energy when it is offered some, or stops at once and asks no more.
    RequestEnergy(bool),
    /// It asks for ventilation while it charges.
    RequestVentilation(bool),
    /// It closes S2 with the plug, whatever is offered.
    RequestWithPlug(bool),
    /// The battery is so full.
    SetSoc(Soc),
    /// It is to be so full.
    SetTarget(Soc),
    /// The pack has so many degrees Celsius.
    SetTemperature(i32),
    /// The plug goes out.
    Unplug,
}
