//! What a dialog with a car is told. It is derived as everything is, and told when it changes.

use energy::Bound;
use iec61851::PilotState;
use units::{Milliamps, Watts};

use super::Coordinator;
use super::board::{Board, Contactor};
use super::control::{Asked, Talk};
use super::dc::{DcPhase, DcRoom, Power};
use super::event::PauseReason;
use super::hlc::{Authorization, Dialog, Isolation, Offer, OfferedLimits, PowerPath, Readiness, StopWhy};
use super::occupancy::{Session, Stage, Standing};
use super::trouble::Trouble;

/// What a dialog is to be told, as everything is now. `None`: nothing, or what it was told last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct DialogWant {
    pub(super) dialog: Dialog,
    pub(super) authorization: Option<Authorization>,
    pub(super) offer: Option<Offer>,
    pub(super) power: PowerPath,
    pub(super) ready: Option<Readiness>,
    pub(super) isolation: Option<Isolation>,
    pub(super) stop: Option<StopWhy>,
}

impl DialogWant {
    /// A dialog that has just begun: nothing is told, and nothing can flow.
    pub(super) const fn new(dialog: Dialog) -> Self {
        Self {
            dialog,
            authorization: None,
            offer: None,
            power: PowerPath::Open,
            ready: None,
            isolation: None,
            stop: None,
        }
    }
}

impl Coordinator {
    /// What a dialog is to be told.
    pub(super) fn dialog(&self) -> Option<DialogWant> {
        let session = self.occupancy.session()?;
        let blank = DialogWant::new(session.control.dialog()?);
        let Some(digital) = session.control.digital() else { return Some(blank) };
        let authorization = match (&session.stage, &digital.asked) {
            (_, Asked::Nothing)
            | (Stage::Closing(_) | Stage::Finished(_), Asked::Eim | Asked::Contract(_) | Asked::Considered(_)) => None,
            (
                Stage::Authorized(_) | Stage::Running(_),
                Asked::Eim | Asked::Contract(_) | Asked::Considered(_) | Asked::Refused,
            ) => Some(Authorization::Accepted),
            (Stage::Waiting { .. } | Stage::Closing(_) | Stage::Finished(_), Asked::Refused) => {
                Some(Authorization::Refused)
            }
            (Stage::Waiting { .. }, Asked::Eim | Asked::Contract(_) | Asked::Considered(_)) => None,
        };
        let power = match session.power() {
            Some(Power::Ac) if self.outlet.board.contactor() == Contactor::Closed => PowerPath::Closed,
            Some(Power::Dc(phase)) if phase.is_checked() => PowerPath::Checked,
            Some(Power::Ac | Power::Dc(_)) | None => PowerPath::Open,
        };
        let stop = match &session.stage {
            Stage::Closing(closing) => Some(StopWhy::Ended(closing.ending.reason)),
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Running(_) | Stage::Finished(_) => {
                if !self.outlet.troubles.is_empty() {
                    Some(StopWhy::Fault)
                } else if digital.needs.is_some_and(|needs| !self.serves(needs)) {
                    Some(StopWhy::NotServed)
                } else {
                    None
                }
            }
        };
        let offer = (digital.talk == Talk::Open).then(|| self.offer_by_messages(session));
        let (ready, isolation) = (self.readiness(), self.isolation(session));
        Some(DialogWant { authorization, offer, power, ready, isolation, stop, ..blank })
    }

    /// Whether the car is ready, by what the board says.
    const fn readiness(&self) -> Option<Readiness> {
        match self.outlet.board {
            Board::Tells { pilot: PilotState::B, .. } => Some(Readiness::NotReady),
            Board::Tells { pilot: PilotState::C | PilotState::D, .. } => Some(Readiness::Ready),
            Board::Tells { pilot: PilotState::A | PilotState::E | PilotState::F, .. } | Board::Blind(_) => None,
        }
    }

    /// How the insulation of the cable is. Cars are known that leave when it is not good as soon as the check is over.
    fn isolation(&self, session: &Session) -> Option<Isolation> {
        let phase = session.power().and_then(Power::dc)?;
        if self.outlet.troubles.contains_key(&Trouble::InsulationFault) {
            return Some(Isolation::Fault);
        }
        match phase {
            DcPhase::CableCheck { .. } => Some(Isolation::Invalid),
            DcPhase::Checked | DcPhase::PreCharge { .. } | DcPhase::Energy => Some(Isolation::Valid),
            // What was found holds on.
            DcPhase::Off | DcPhase::RampDown { .. } | DcPhase::WeldingDetection => None,
        }
    }

    fn offer_by_messages(&self, session: &Session) -> Offer {
        let of_the_stage = match &session.stage {
            Stage::Running(running) => match running.standing {
                Standing::Rejected => Some(PauseReason::Rejected),
                Standing::Good => (!self.is_enough()).then_some(PauseReason::NoEnergy),
            },
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Closing(_) | Stage::Finished(_) => None,
        };
        let held_back = if self.outlet.troubles.is_empty() { of_the_stage } else { Some(PauseReason::Error) };
        let none = held_back.is_some();
        let amps = |limit: Bound<Milliamps>| if none { limit.read_as(Milliamps::ZERO) } else { limit };
        let watts = |limit: Bound<Watts>| if none { limit.read_as(Watts::ZERO) } else { limit };
        let limits = match self.dc_room_of(None) {
            Some(DcRoom(limits)) => OfferedLimits::Dc {
                min_voltage: limits.min_voltage,
                max_voltage: limits.max_voltage,
                current: amps(limits.current.import),
                power: watts(limits.power.import),
            },
            None => OfferedLimits::Ac { current: amps(self.limit()) },
        };
        Offer { limits, held_back }
    }
}
