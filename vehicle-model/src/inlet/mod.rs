//! The vehicle inlet: cable, proximity, the car's end of the control pilot, and what is measured at its contacts.
//!
//! | file | concept | where |
//! |---|---|---|
//! | `cable` | the cable, and where its ends are | IEC 61851-1, annex B |
//! | `circuit` | the pilot line as a circuit | IEC 61851-1, annex A |
//! | `flank` | how fast that line goes from one plateau to the other | IEC 61851-1, annex A |
//! | `noise` | what lies on the pilot beside its level | |
//! | `s2` | the switch of state C, and who moves it | IEC 61851-1, annex A |

mod cable;
pub(crate) mod circuit;
mod flank;
mod noise;
mod s2;

use iec61851::{Offer, PilotSignal};
use units::{Instant, Millihertz, Millivolts, Ohms, PerPhase};

pub use self::cable::Cable;
use self::cable::Connection;
pub(crate) use self::circuit::R2;
pub use self::circuit::{Diode, PilotLevels, PilotLoad, PilotSource, Short, pilot_levels};
pub use self::flank::Flank;
use self::noise::Noise;
pub use self::s2::S2;
pub(crate) use self::s2::{MovedBy, Switch};
use crate::sooner::sooner;

/// What the inlet sees.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Inlet {
    /// What the charger drives on the pilot.
    pub pilot: PilotSignal,
    /// Line to neutral; 0 while the contactor is open.
    pub voltage: PerPhase<Millivolts>,
    /// Mains frequency.
    pub frequency: Millihertz,
}

impl Default for Inlet {
    fn default() -> Self {
        Self { pilot: PilotSignal::X1, voltage: PerPhase::all(Millivolts::ZERO), frequency: Millihertz(50_000) }
    }
}

/// The resistor that S2 puts in parallel: state C.
pub(crate) const R3: Ohms = Ohms(1300);
/// The one that asks for ventilation: state D.
const R3_VENTILATION: Ohms = Ohms(270);

/// What the car and its cable have on the pilot line, broken or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PilotParts {
    pub(crate) r2: Ohms,
    pub(crate) r3: Ohms,
    /// The car asks for ventilation: another resistor than `r3`.
    pub(crate) ventilation: bool,
    pub(crate) diode: Diode,
    pub(crate) short_to_pe: Option<Short>,
    pub(crate) pe_open: bool,
    pub(crate) pilot_open: bool,
}

/// What is between PP and earth.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ProximityLine {
    /// The cable's resistor.
    Sound,
    /// Broken: it has that resistance, or none.
    Broken(Option<Ohms>),
}

/// The vehicle inlet.
#[derive(Debug)]
pub(crate) struct VehicleInlet {
    connection: Connection,
    pub(crate) proximity_line: ProximityLine,
    pub(crate) parts: PilotParts,
    pub(crate) s2: Switch,
    noise: Noise,
    /// What stands at its contacts since the last step.
    seen: Inlet,
}

impl VehicleInlet {
    /// Without a cable. The noise follows from `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            connection: Connection::default(),
            proximity_line: ProximityLine::Sound,
            parts: PilotParts {
                r2: R2,
                r3: R3,
                ventilation: false,
                diode: Diode::Good,
                short_to_pe: None,
                pe_open: false,
                pilot_open: false,
            },
            s2: Switch::default(),
            noise: Noise::new(seed),
            seen: Inlet::default(),
        }
    }

    pub(crate) const fn is_plugged(&self) -> bool {
        self.connection.reaches_car()
    }

    /// A cable goes into socket and inlet.
    pub(crate) fn plug_in(&mut self, cable: Cable) {
        self.connection = Connection::Inlet(cable);
        self.seen = Inlet::default();
    }

    /// The cable that is in the socket goes into the inlet; false when there is none.
    pub(crate) fn push_in(&mut self) -> bool {
        let pushed = self.connection.push_into_car();
        if pushed {
            self.seen = Inlet::default();
        }
        pushed
    }

    /// The cable comes out of the inlet and stays in the socket.
    pub(crate) const fn pull_out(&mut self) {
        self.connection.pull_from_car();
        self.s2.release();
    }

    /// The cable is taken away.
    pub(crate) const fn unplug(&mut self) {
        self.connection = Connection::None;
        self.s2.release();
    }

    /// The resistor in the cable changes.
    pub(crate) const fn set_cable_resistor(&mut self, ohms: Ohms) {
        if let Some(cable) = self.connection.cable_mut() {
            cable.proximity = Some(ohms);
        }
    }

    /// What the socket sees on PP; `None` is an open line.
    pub(crate) const fn proximity(&self) -> Option<Ohms> {
        match (self.connection.cable(), self.proximity_line) {
            (None, ProximityLine::Sound | ProximityLine::Broken(_)) => None,
            (Some(cable), ProximityLine::Sound) => cable.proximity,
            (Some(_), ProximityLine::Broken(resistance)) => resistance,
        }
    }

    /// What hangs on the control pilot.
    pub(crate) fn load(&self) -> PilotLoad {
        let PilotParts { r2, r3, ventilation, diode, short_to_pe, pe_open, pilot_open } = self.parts;
        let r3 = match self.s2.position() {
            S2::Closed => Some(if ventilation { R3_VENTILATION } else { r3 }),
            S2::Open => None,
        };
        PilotLoad { plugged: self.is_plugged(), r2, r3, diode, short_to_pe, pe_open, pilot_open }
    }

    pub(crate) const fn set_noise(&mut self, most: Millivolts) {
        self.noise.set(most);
    }

    pub(crate) const fn noise(&self) -> Millivolts {
        self.noise.now()
    }

    /// Takes what stands at the contacts from now on; true when it is something else than before.
    pub(crate) fn see(&mut self, inlet: &Inlet) -> bool {
        self.noise.step();
        let changed = *inlet != self.seen;
        self.seen = *inlet;
        changed
    }

    pub(crate) const fn seen(&self) -> &Inlet {
        &self.seen
    }

    /// What is offered, as far as the wires bring it.
    pub(crate) const fn offer(&self) -> Offer {
        let blind = self.parts.pilot_open || self.parts.pe_open || !self.is_plugged();
        match self.seen.pilot {
            PilotSignal::Pwm(duty) if !blind => duty.offer(),
            PilotSignal::Pwm(_) | PilotSignal::E | PilotSignal::F | PilotSignal::X1 => Offer::None,
        }
    }

    /// When it changes something by itself, after a step at `stepped_at`.
    pub(crate) fn next_change(&self, stepped_at: Instant) -> Option<Instant> {
        sooner(self.s2.next_change(), self.noise.next_change(stepped_at))
    }
}
