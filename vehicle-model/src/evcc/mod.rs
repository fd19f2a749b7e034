//! The EVCC, the car's communication controller: the part that decides when S2 closes and opens.
//!
//! It is a value that is told what happened ([`Input`]) and asked what S2 should do ([`Evcc::decide`]). [`Basic`] reads the duty
//! cycle of the pilot (IEC 61851-1, annex A). [`Digital`] speaks with the station when the pilot says 5 %, by [`hlc`]; the car asks
//! both the same questions.

mod basic;
mod digital;
pub mod hlc;
mod sleep;

use iec61851::{Offer, PilotSignal};
use units::Instant;

pub(crate) use self::basic::Basic;
pub use self::digital::{CarNote, Matching, Speech};
pub(crate) use self::digital::{Command, Digital, Facts, Hunger};
use crate::inlet::S2;
use crate::wishes::Wishes;

/// The car's communication controller, by what it can speak.
#[derive(Debug)]
pub(crate) enum Evcc {
    /// The pilot's duty cycle only.
    Basic(Basic),
    /// That, and ISO 15118.
    Digital(Box<Digital>),
}

/// What happens to the controller.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input {
    /// A cable has come into the inlet.
    Plugged,
    /// It is out again.
    Unplugged,
    /// Something at the inlet is another than before: what the pilot does, and what that offers to a car that is plugged in.
    /// Without a cable the offer is none.
    Pilot { signal: PilotSignal, offer: Offer, plugged: bool },
    /// The driver wants no energy (any more). S2 is open already.
    NoEnergy,
}

/// In what situation it decides.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Situation {
    /// S2 is closed for a pulse. What the controller had in mind waits.
    Pulse,
    /// S2 is held. What the controller had in mind is forgotten.
    Held,
    /// It has the switch.
    Free {
        s2: S2,
        plugged: bool,
        /// The driver wants energy, and the battery can take some.
        hungry: bool,
        /// So much is offered that the on-board charger can run.
        enough: bool,
    },
}

/// What S2 does now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Order {
    Close,
    Keep,
    Open,
}

impl Evcc {
    /// Something happens.
    pub(crate) fn handle_input(&mut self, now: Instant, input: Input) {
        match self {
            Self::Basic(basic) => basic.handle_input(now, input),
            Self::Digital(digital) => digital.handle_input(now, input),
        }
    }

    /// What S2 does now.
    pub(crate) fn decide(&mut self, now: Instant, situation: Situation, wishes: &Wishes) -> Order {
        match self {
            Self::Basic(basic) => basic.decide(now, situation, wishes),
            Self::Digital(digital) => digital.decide(now, situation, wishes),
        }
    }

    /// Whether it is about to open S2, so that no line may take more than it has.
    pub(crate) const fn is_stopping(&self) -> bool {
        match self {
            Self::Basic(basic) => basic.is_stopping(),
            Self::Digital(digital) => digital.is_stopping(),
        }
    }

    /// When it wants to decide again.
    pub(crate) fn next_change(&self) -> Option<Instant> {
        match self {
            Self::Basic(basic) => basic.next_change(),
            Self::Digital(digital) => digital.next_change(),
        }
    }

    /// When it goes on in what it says.
    pub(crate) const fn next_word(&self) -> Option<Instant> {
        match self {
            Self::Basic(_) => None,
            Self::Digital(digital) => digital.next_word(),
        }
    }

    /// Whether a session goes on, which opens S2 in its own time.
    pub(crate) const fn is_speaking(&self) -> bool {
        match self {
            Self::Basic(_) => false,
            Self::Digital(digital) => digital.is_speaking(),
        }
    }

    /// The one that speaks, if it is one.
    pub(crate) const fn digital(&mut self) -> Option<&mut Digital> {
        match self {
            Self::Basic(_) => None,
            Self::Digital(digital) => Some(digital),
        }
    }
}
