//! What goes into the machine and what comes out.

use serde::{Deserialize, Serialize};
use units::{Instant, Microamps, Milliamps, Millivolts, Ohms, PerPhase};

use crate::{CableRating, Permission, PilotSignal, PilotState, PlugIn};

/// What the host asks of the board. Each is a sign of life as well.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Command {
    /// Permits the contactor to close, or withdraws the permission.
    AllowPower(Permission),
    /// Opens, and drives state F until enabled.
    Disable,
    /// Begins, or begins again: everything known is published again, the pilot as soon as it is known.
    Enable,
    /// Nothing but a sign of life.
    Heartbeat,
    /// What to drive on the pilot while a car is there.
    SetPilot(PilotSignal),
}

/// What the board measures at one moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sample {
    /// Plateau of the positive half, or the steady level.
    pub pilot_high: Millivolts,
    /// Plateau of the negative half; the same as `pilot_high` when the oscillator does not run.
    pub pilot_low: Millivolts,
    /// Between PP and earth; `None` is an open line.
    pub proximity: Option<Ohms>,
    /// The mirror contact: closed or open; `None` when not fitted.
    pub contactor_closed: Option<bool>,
    /// Residual direct current.
    pub residual: Microamps,
    /// Line currents.
    pub current: PerPhase<Milliamps>,
}

/// One input.
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// From the host.
    Command(Command),
    /// From the measuring side.
    Sample(Sample),
    /// The instant of [`Output::Wait`] has come.
    Timeout,
}

/// What is wrong. Causes are found here, never told.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Fault {
    /// Told to close, and the mirror contact stays open.
    ContactorFailedToClose,
    /// Commanded closed, and the mirror contact opened.
    ContactorOpenedByItself,
    /// It closed too often for one plug-in.
    ContactorOverused,
    /// Told to open, and the mirror contact stays closed.
    ContactorWelded,
    /// The negative half of the pilot is missing.
    DiodeFault,
    /// The host was not heard.
    HostSilent,
    /// Nothing was measured for too long: the board is blind.
    NoSample,
    /// A line carries more than offered for too long.
    OverCurrent,
    /// A level that no car makes, or one that does not come to rest.
    PilotLost,
    /// State E: the pilot is shorted to earth.
    PilotShort,
    /// PP is missing or has no valid value while a plug is in.
    ProximityFault,
    /// Residual direct current.
    ResidualCurrent,
    /// The residual current monitor failed its self-test.
    ResidualMonitorFailed,
    /// State D, and no fan.
    VentilationNotAvailable,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 14] = [
        Self::ContactorFailedToClose,
        Self::ContactorOpenedByItself,
        Self::ContactorOverused,
        Self::ContactorWelded,
        Self::DiodeFault,
        Self::HostSilent,
        Self::NoSample,
        Self::OverCurrent,
        Self::PilotLost,
        Self::PilotShort,
        Self::ProximityFault,
        Self::ResidualCurrent,
        Self::ResidualMonitorFailed,
        Self::VentilationNotAvailable,
    ];

    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// What the board tells the host.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Event {
    /// A cable of this rating is in the socket.
    Cable(CableRating),
    /// The contactor is closed, confirmed.
    ContactorClosed,
    /// The contactor closes unusually often in this plug-in; told once. It goes on, until [`Fault::ContactorOverused`].
    ContactorBusy {
        /// How often it has closed.
        closings: u16,
    },
    /// The contactor is open, confirmed.
    ContactorOpened,
    /// Something is wrong.
    Fault(Fault),
    /// It no longer is.
    FaultCleared(Fault),
    /// The state of the vehicle interface, and whether the oscillator runs (B1 or B2).
    Pilot {
        /// The state.
        state: PilotState,
        /// Whether the oscillator runs.
        pwm: bool,
        /// Which plug-in it is; `None` in state A, before a plug was seen, and from boards that do not count.
        plug_in: Option<PlugIn>,
    },
}

/// One output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Close or open the contactor.
    Contactor(bool),
    /// Tell the host.
    Event(Event),
    /// Drive this on the pilot.
    Pilot(PilotSignal),
    /// Let the residual current monitor see a test current, or no longer.
    ResidualTest(bool),
    /// Nothing more to do before that instant, or before the next input.
    Wait(Option<Instant>),
}
