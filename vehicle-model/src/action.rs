//! What is done to a car, and what breaks in it.

use std::time::Duration;

use units::{Microamps, Millivolts, Ohms, Phase, Soc};

use crate::dc_inlet::DcAction;
use crate::inlet::{Cable, Diode, S2, Short};
use crate::on_board_charger::Draw;

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
    /// The resistor between PP and earth in the cable that is plugged in has this value from now on (IEC 61851-1, annex B).
    CableResistor(Ohms),
    /// To the inlet for direct current; nothing happens in a car without one.
    Dc(DcAction),
    /// It draws so on every line.
    Draw(Draw),
    /// It draws so on that line.
    DrawOn(Phase, Draw),
    /// S2 is held there at once, whatever is offered and without any delay of the car; `None`: the car moves it again.
    HoldS2(Option<S2>),
    /// It keeps drawing although the offer changes or ends.
    IgnorePilot(bool),
    /// What was broken is mended.
    Mend(CarFault),
    /// A session pauses, where the protocol has a pause; else it ends.
    Pause,
    /// The plug goes in.
    PlugIn(Cable),
    /// The cable comes out of the car and stays in the socket.
    PullFromCar,
    /// S2 closes for so long, and nothing is drawn.
    PulseC(Duration),
    /// The cable that is in the socket goes into the car (again).
    PushIntoCar,
    /// A session negotiates its parameters again, where energy flows by ISO 15118-2.
    Renegotiate,
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
    /// S2 closes for a moment (BCB toggle), so that a station that sleeps wakes up; a session that is paused goes on as soon as the
    /// duty says so (ISO 15118-3).
    WakeCharger,
}
