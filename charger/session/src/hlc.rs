//! The doors to high-level communication with the car (ISO 15118, DIN 70121): what its machines tell a session, and what they
//! are told. A session knows no message, no key and no modem; those machines close no contactor and set no supply.
//!
//! ```text
//!   Match ──> Heard ──> Matched ──> WantsAuthorization ──> Authorization ──> Needs ──> Offer ──> WantsPower ──> Power
//!          MatchFailed     Lost, NeverConnected, Failed                                          Ended, Paused <── Stop
//! ```

use crate::words::{IdToken, StoppedReason};
use energy::Bound;
use hardware::SupplyTarget;
use units::{Milliamps, Millivolts, Soc, Watts};

use super::event::PauseReason;

/// A dialog with one car: one plug-in, one match. What is said of another one does nothing, so that nothing of a car that has
/// gone reaches the next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Dialog(pub(super) u64);

impl Dialog {
    /// The dialog of that number: for whoever speaks with high-level communication without a coordinator.
    #[must_use]
    pub const fn numbered(number: u64) -> Self {
        Self(number)
    }
}

/// What high-level communication tells.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HlcInput {
    /// The dialog that it belongs to.
    pub dialog: Dialog,
    /// What happened.
    pub event: HlcEvent,
}

/// What happened in a dialog. Each is told when it changes, not with every message that repeats it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HlcEvent {
    /// A car asks for a matching (CM_SLAC_PARM.REQ).
    Heard,
    /// A matching came to nothing; the car may begin another one.
    MatchFailed,
    /// The data link to the car is there (ISO 15118-3, D-LINK_READY).
    Matched,
    /// The data link broke off: nothing more comes.
    Lost,
    /// Nobody connected on the data link in time (V2G_SECC_CommunicationSetup): nothing more comes.
    NeverConnected,
    /// The dialog on the data link broke off, or the car did what no dialog allows: nothing more comes.
    Failed,
    /// The car asks to be let in.
    WantsAuthorization(Identification),
    /// What the car can take: with the charge parameters, and again when it negotiates anew.
    Needs(Needs),
    /// How full its battery is.
    Soc(Soc),
    /// DC: what it wants at its inlet now, in pre-charge and while it charges.
    Target(SupplyTarget),
    /// What it wants to be done with the power.
    WantsPower(WantedPower),
    /// It pauses: the link stays, the dialog comes again.
    Paused,
    /// It ended the dialog as one ends it.
    Ended,
}

/// How a driver is to be identified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Identification {
    /// By external means: a card, the CSMS, or nobody has to be.
    Eim,
    /// By the contract in the car, whose certificates and signature were found good: its eMAID.
    Contract(IdToken),
}

/// What a car can take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Needs {
    /// Alternating current.
    Ac {
        /// Each line, at most.
        current: Milliamps,
    },
    /// Direct current.
    Dc {
        /// At most.
        voltage: Millivolts,
        /// At most.
        current: Milliamps,
        /// At most; `None`: as voltage and current say.
        power: Option<Watts>,
    },
}

/// What a car wants to be done with the power.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum WantedPower {
    /// Nothing: no energy, contactor open.
    #[default]
    Nothing,
    /// DC: the cable is checked.
    CableCheck,
    /// DC: the voltage is brought to that of its battery.
    PreCharge,
    /// Energy. AC: the contactor is closed.
    Energy,
    /// DC: nothing is driven, while the car looks for welded contacts of its own.
    WeldingDetection,
}

/// What high-level communication is told. Each only when it changes; an answer also when the car asks again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HlcOutput {
    /// Match the car that was plugged in; the pilot invites it with a duty of 5 %.
    Match(Dialog),
    /// To [`HlcEvent::WantsAuthorization`]; until then the car waits.
    Authorization(Authorization),
    /// What the car may take from now on.
    Offer(Offer),
    /// What has become of the power path.
    Power(PowerPath),
    /// Whether the car is ready, by its pilot.
    Ready(Readiness),
    /// How the insulation of the cable is, from its check on.
    Isolation(Isolation),
    /// Ask the car to stop.
    Stop(StopWhy),
    /// The dialog is over for this side, whether the car knows or not: link and keys are forgotten.
    Leave(Dialog),
}

/// Whether the car is let in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Authorization {
    /// It is.
    Accepted,
    /// Its contract is refused.
    Refused,
}

/// What a car may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Offer {
    /// How much, whose limit each is and why.
    pub limits: OfferedLimits,
    /// Why nothing may be taken for now; the limits are zero then.
    pub held_back: Option<PauseReason>,
}

/// How much a car may take, into it alone: what may flow out of it comes with ISO 15118-20 (BPT).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OfferedLimits {
    /// Alternating current.
    Ac {
        /// Each line.
        current: Bound<Milliamps>,
    },
    /// Direct current.
    Dc {
        /// The lowest voltage that can be held.
        min_voltage: Bound<Millivolts>,
        /// The highest.
        max_voltage: Bound<Millivolts>,
        /// At most.
        current: Bound<Milliamps>,
        /// At most.
        power: Bound<Watts>,
    },
}

/// What has become of the power path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PowerPath {
    /// Nothing can flow, or what the car asked for is not done yet.
    Open,
    /// AC: the contactor is closed, confirmed.
    Closed,
    /// DC: the cable was checked and is good.
    Checked,
}

/// Whether a car is ready to be given energy, by its pilot (IEC 61851-1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Readiness {
    /// State B: plugged in, and not ready.
    NotReady,
    /// State C or D.
    Ready,
}

/// How the insulation of the DC lines is, as a car is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Isolation {
    /// It is being measured.
    Invalid,
    /// The check found it good.
    Valid,
    /// Too low.
    Fault,
}

/// Why the car is to stop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StopWhy {
    /// The transaction ends.
    Ended(StoppedReason),
    /// Something is wrong, as long as that is not said to be over by an [`Offer`] that holds nothing back.
    Fault,
    /// This EVSE has no such current as the car needs.
    NotServed,
}
