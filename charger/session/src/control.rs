//! How a car is told what it may take: by the duty of the pilot, or by messages. It begins with the plug, before anybody is let
//! in, and is dropped with it.

use hardware::SupplyTarget;
use iec61851::{Duty, PilotSignal, PilotState};
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
}

/// How the dialog is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Talk {
    /// It goes on.
    Open,
    /// The car pauses, and the oscillator rests (ISO 15118-3).
    Asleep,
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
    pub(super) const fn until(&self) -> Option<Instant> {
        match self {
            Self::Basic(plan) => plan.until(),
            Self::Digital(digital) => match digital.talk {
                Talk::Open | Talk::Asleep => None,
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
                PilotPlan::StepEf { .. } | PilotPlan::Nominal | PilotPlan::WakeUp { .. } => None,
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

    /// A car that pauses wakes the charger by going to C for a moment (ISO 15118-3, B-C-B toggle).
    pub(super) const fn car_moves(&mut self, state: PilotState) {
        let Some(digital) = self.digital_mut() else { return };
        match state {
            PilotState::C | PilotState::D => digital.wake(),
            PilotState::A | PilotState::B | PilotState::E | PilotState::F => {}
        }
    }

    /// The transaction is over: the pilot goes through nothing more for it, and a dialog gets time to end.
    pub(super) fn transaction_over(&mut self, until: Instant) {
        match self {
            Self::Basic(_) => *self = Self::NOMINAL,
            Self::Digital(digital) => match digital.talk {
                Talk::Open => (digital.talk, digital.wants) = (Talk::Farewell { until }, WantedPower::Nothing),
                Talk::Asleep => *self = Self::NOMINAL,
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
        }
    }

    /// What is driven on the pilot.
    pub(super) const fn signal(&self) -> PilotSignal {
        match self.talk {
            Talk::Open | Talk::Farewell { .. } => PilotSignal::Pwm(Duty::DIGITAL),
            Talk::Asleep => PilotSignal::X1,
        }
    }

    /// The transaction that it was about is over.
    pub(super) const fn is_over(&self) -> bool {
        match self.talk {
            Talk::Open | Talk::Asleep => false,
            Talk::Farewell { .. } => true,
        }
    }

    /// It pauses no more.
    pub(super) const fn wake(&mut self) {
        match self.talk {
            Talk::Asleep => self.talk = Talk::Open,
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
