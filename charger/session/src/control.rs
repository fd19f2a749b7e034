//! How a car is told what it may take: by the duty of the pilot, or by messages. It begins with the plug, before anybody is let
//! in, and is dropped with it.

use hardware::SupplyTarget;
use iec61851::{Duty, PilotSignal};
use units::Instant;

use super::hlc::{Dialog, Identification, Needs, WantedPower};
use super::pilot_plan::PilotPlan;
use crate::words::IdToken;

/// The longest identifier that can be told to a CSMS.
const LONGEST: usize = 36;

/// How a car is told what it may take.
#[derive(Debug)]
pub(super) enum Control {
    /// By the duty of the pilot (IEC 61851-1), once its plan has come to the nominal one.
    Basic(PilotPlan),
    /// By messages, at a duty of 5 % (ISO 15118).
    Digital(Digital),
}

/// A car that is spoken with.
#[derive(Debug)]
pub(super) struct Digital {
    pub(super) dialog: Dialog,
    pub(super) talk: Talk,
    pub(super) asked: Asked,
    /// What it can take, once it has said so.
    pub(super) needs: Option<Needs>,
    /// DC: what it wants at its inlet.
    pub(super) target: SupplyTarget,
    pub(super) wants: WantedPower,
    pub(super) energy_loop: Loop,
}

/// Whether a car that was let in by messages has come to the loop in which energy flows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Loop {
    /// It cannot yet: it is not let in, or there is no energy.
    NotYet,
    /// It has to ask for energy by then.
    Awaited { by: Instant },
    /// It has asked for energy.
    Reached,
}

/// Why a car pauses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sleep {
    /// It wants to; it comes back by itself.
    ByItself,
    /// There was no energy when it went.
    WithoutEnergy,
}

/// How the dialog is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Talk {
    /// It goes on.
    Open,
    /// The car pauses, and the oscillator rests (ISO 15118-3).
    Asleep(Sleep),
    /// The transaction is over, and the car has until then to end the dialog as one ends it.
    Farewell { until: Instant },
}

/// Whether the car has asked to be let in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Asked {
    /// Not yet.
    Nothing,
    /// It waits for whoever is let in.
    Eim,
    /// By its contract, which is considered as soon as no other token is.
    Contract(IdToken),
    /// By its contract, which is being considered, or was found good.
    Considered(IdToken),
    /// Its contract is refused; asked again, it is refused again.
    Refused,
}

impl Control {
    /// The nominal duty, or none.
    pub(super) const NOMINAL: Self = Self::Basic(PilotPlan::Nominal);

    /// When it goes on by itself.
    pub(super) fn until(&self) -> Option<Instant> {
        match self {
            Self::Basic(plan) => plan.until(),
            Self::Digital(digital) => match digital.talk {
                Talk::Open => match digital.energy_loop {
                    Loop::Awaited { by } => Some(by),
                    Loop::NotYet | Loop::Reached => None,
                },
                Talk::Asleep(_) => None,
                Talk::Farewell { until } => Some(until),
            },
        }
    }

    /// Whether the car can be offered something now.
    pub(super) fn is_ready(&self) -> bool {
        match self {
            Self::Basic(plan) => plan.signal().is_none(),
            Self::Digital(digital) => digital.talk == Talk::Open,
        }
    }

    /// The dialog that is wanted, or goes on.
    pub(super) const fn dialog(&self) -> Option<Dialog> {
        match self {
            Self::Basic(plan) => match plan {
                PilotPlan::Invitation { dialog, .. } => Some(*dialog),
                PilotPlan::StepEf { .. } | PilotPlan::Nominal => None,
            },
            Self::Digital(digital) => Some(digital.dialog),
        }
    }

    /// A car that is spoken with.
    pub(super) const fn digital(&self) -> Option<&Digital> {
        match self {
            Self::Basic(_) => None,
            Self::Digital(digital) => Some(digital),
        }
    }

    /// A car that is spoken with.
    pub(super) const fn digital_mut(&mut self) -> Option<&mut Digital> {
        match self {
            Self::Basic(_) => None,
            Self::Digital(digital) => Some(digital),
        }
    }

    /// The transaction is over: the car is invited no more for it, and a dialog gets time to end. State F that is driven already
    /// has its time (ISO 15118-3, \[V2G3-M06-09\]).
    pub(super) fn transaction_over(&mut self, until: Instant) {
        match self {
            Self::Basic(PilotPlan::StepEf { .. }) => {}
            Self::Basic(PilotPlan::Invitation { .. } | PilotPlan::Nominal) => *self = Self::NOMINAL,
            Self::Digital(digital) => match digital.talk {
                Talk::Open => (digital.talk, digital.wants) = (Talk::Farewell { until }, WantedPower::Nothing),
                Talk::Asleep(_) => *self = Self::NOMINAL,
                Talk::Farewell { .. } => {}
            },
        }
    }
}

impl Digital {
    /// A car that has just been matched.
    pub(super) fn new(dialog: Dialog) -> Self {
        Self {
            dialog,
            talk: Talk::Open,
            asked: Asked::Nothing,
            needs: None,
            target: SupplyTarget::default(),
            wants: WantedPower::Nothing,
            energy_loop: Loop::NotYet,
        }
    }

    /// Whether it has asked to be let in.
    pub(super) const fn has_asked(&self) -> bool {
        match self.asked {
            Asked::Nothing => false,
            Asked::Eim | Asked::Contract(_) | Asked::Considered(_) | Asked::Refused => true,
        }
    }

    /// What is driven on the pilot.
    pub(super) const fn signal(&self) -> PilotSignal {
        match self.talk {
            Talk::Open | Talk::Farewell { .. } => PilotSignal::Pwm(Duty::DIGITAL),
            Talk::Asleep(_) => PilotSignal::X1,
        }
    }

    /// The transaction that it was about is over.
    pub(super) const fn is_over(&self) -> bool {
        match self.talk {
            Talk::Open | Talk::Asleep(_) => false,
            Talk::Farewell { .. } => true,
        }
    }

    /// It pauses no more.
    pub(super) const fn wake(&mut self) {
        match self.talk {
            // The session begins anew, up to its loop.
            Talk::Asleep(_) => (self.talk, self.energy_loop) = (Talk::Open, Loop::NotYet),
            Talk::Open | Talk::Farewell { .. } => {}
        }
    }

    /// It asks to be let in.
    pub(super) fn asks(&mut self, by: Identification) {
        self.asked = match (std::mem::replace(&mut self.asked, Asked::Eim), by) {
            (_, Identification::Eim) => Asked::Eim,
            (Asked::Refused, Identification::Contract(_)) => Asked::Refused,
            (Asked::Considered(own), Identification::Contract(token)) if own == token => Asked::Considered(own),
            (
                Asked::Nothing | Asked::Eim | Asked::Contract(_) | Asked::Considered(_),
                Identification::Contract(token),
            ) => {
                // It comes from outside.
                if token.id.is_empty() || token.id.chars().count() > LONGEST {
                    Asked::Refused
                } else {
                    Asked::Contract(token)
                }
            }
        };
    }

    /// Takes the contract that has to be considered, once.
    pub(super) fn take_contract(&mut self) -> Option<IdToken> {
        let token = match &self.asked {
            Asked::Contract(token) => token.clone(),
            Asked::Nothing | Asked::Eim | Asked::Considered(_) | Asked::Refused => return None,
        };
        self.asked = Asked::Considered(token.clone());
        Some(token)
    }

    /// A token is refused.
    pub(super) fn refused(&mut self, token: &IdToken) {
        match &self.asked {
            Asked::Considered(own) if own == token => self.asked = Asked::Refused,
            Asked::Considered(_) | Asked::Contract(_) | Asked::Nothing | Asked::Eim | Asked::Refused => {}
        }
    }
}
