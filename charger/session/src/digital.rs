//! A car that is spoken with: what comes in by the doors of high-level communication (`hlc`), and what follows from it. What
//! the car asks for is kept; whether it is done is derived, as everything that actuators do.

use std::time::Duration;

use crate::words::{StoppedReason, TriggerReason};
use iec61851::{Permission, PilotState};
use units::{Instant, Milliamps};

use super::Coordinator;
use super::ac_decision::Turn;
use super::authorization::Start;
use super::board::Contactor;
use super::control::{Control, Digital, Talk};
use super::dc::{DcPhase, Power};
use super::hlc::{Dialog, HlcEvent, HlcInput, Identification, Needs, WantedPower};
use super::occupancy::{ClosingStep, Finished, Session, Stage};
use super::pilot_plan::PilotPlan;
use super::transaction::Ending;

impl Coordinator {
    /// A car has so long to end the dialog after its transaction: for welding detection and the end of the session.
    pub(super) const FAREWELL: Duration = Duration::from_secs(20);

    /// The number of a dialog that begins.
    pub(super) const fn next_dialog(&mut self) -> Dialog {
        let dialog = Dialog(self.next_dialog);
        self.next_dialog += 1;
        dialog
    }

    /// Something happened in a dialog. What belongs to another one than the present does nothing.
    pub(super) fn hlc(&mut self, now: Instant, input: HlcInput) {
        let HlcInput { dialog, event } = input;
        let Some(session) = self.occupancy.session_mut().filter(|session| session.control.dialog() == Some(dialog))
        else {
            return;
        };
        let digital = match &mut session.control {
            Control::Digital(digital) => digital,
            Control::Basic(plan) => {
                match event {
                    HlcEvent::Heard => plan.asked(now),
                    HlcEvent::MatchFailed => plan.match_failed(now),
                    HlcEvent::Matched => session.control = Control::Digital(Digital::new(dialog)),
                    HlcEvent::Lost
                    | HlcEvent::NeverConnected
                    | HlcEvent::Failed
                    | HlcEvent::WantsAuthorization(_)
                    | HlcEvent::Needs(_)
                    | HlcEvent::Soc(_)
                    | HlcEvent::Target(_)
                    | HlcEvent::WantsPower(_)
                    | HlcEvent::Paused
                    | HlcEvent::Ended => {}
                }
                return;
            }
        };
        match (event, digital.talk) {
            (HlcEvent::Lost, _) => self.dialog_lost(now, Turn::LinkLost),
            (HlcEvent::NeverConnected, _) => self.dialog_lost(now, Turn::NeverConnected),
            (HlcEvent::Failed, _) => self.dialog_lost(now, Turn::SessionFailed),
            (HlcEvent::Ended, _) => self.dialog_ended(now),
            // A car that is matched already, and matches again.
            (HlcEvent::Heard | HlcEvent::MatchFailed, _) => {}
            // What it says now belongs to a transaction that is over.
            (_, Talk::Farewell { .. }) => {}
            (HlcEvent::Matched, Talk::Open | Talk::Asleep(_)) => digital.wake(),
            (HlcEvent::WantsAuthorization(by), Talk::Open | Talk::Asleep(_)) => self.wants_authorization(by),
            (HlcEvent::Needs(needs), Talk::Open | Talk::Asleep(_)) => {
                digital.wake();
                digital.needs = Some(needs);
                self.take_kind(needs);
            }
            (HlcEvent::Soc(soc), Talk::Open | Talk::Asleep(_)) => {
                if let Some(transaction) = session.transaction_mut() {
                    transaction.soc = Some(soc);
                }
            }
            (HlcEvent::Target(target), Talk::Open | Talk::Asleep(_)) => digital.target = target,
            (HlcEvent::WantsPower(wanted), Talk::Open | Talk::Asleep(_)) => self.wants_power(now, wanted),
            (HlcEvent::Paused, Talk::Open | Talk::Asleep(_)) => self.turn(now, Turn::Paused),
        }
    }

    /// The car asks to be let in. Whoever is in already answers for it.
    fn wants_authorization(&mut self, by: Identification) {
        let session = self.occupancy.session_mut();
        let Some(digital) = session.and_then(|session| session.control.digital_mut()) else { return };
        digital.wake();
        digital.asks(by);
        // It is answered also when the answer is the same as before.
        if let Some(told) = &mut self.told.dialog {
            told.authorization = None;
        }
    }

    /// A contract is a token like any other, and waits for its turn.
    pub(super) fn consider_contract(&mut self, now: Instant) {
        let Some(session) = self.occupancy.session_mut() else { return };
        let waits = match &session.stage {
            Stage::Waiting { check } | Stage::Finished(Finished { check, .. }) => check.is_none(),
            Stage::Authorized(_) | Stage::Running(_) | Stage::Closing(_) => false,
        };
        if !waits {
            return;
        }
        if let Some(token) = session.control.digital_mut().and_then(Digital::take_contract) {
            self.start(now, Start::by_tap(token));
        }
    }

    /// The kind of current follows what the car needs, where this EVSE has it. It begins with everything off.
    fn take_kind(&mut self, needs: Needs) {
        let served = self.power_for(Some(needs));
        let Some(power) = self.occupancy.session_mut().and_then(Session::power_mut) else { return };
        match (*power, served) {
            (Power::Ac, Power::Dc(_)) => *power = served,
            // What the EVSE does not have is never begun; what runs ends by itself, see `is_enough`.
            (Power::Ac | Power::Dc(_), Power::Ac) | (Power::Dc(_), Power::Dc(_)) => {}
        }
    }

    /// The kind of current for a car that has said what it needs, or not yet.
    pub(super) const fn power_for(&self, needs: Option<Needs>) -> Power {
        match needs {
            Some(needs @ Needs::Dc { .. }) if self.serves(needs) => Power::Dc(DcPhase::Off),
            Some(Needs::Dc { .. } | Needs::Ac { .. }) | None => Power::Ac,
        }
    }

    /// The car wants something else to be done with the power. Before its transaction runs, and after it, nothing is.
    fn wants_power(&mut self, now: Instant, wanted: WantedPower) {
        let Some(session) = self.occupancy.session_mut() else { return };
        let Some(digital) = session.control.digital_mut() else { return };
        match &mut session.stage {
            Stage::Running(running) => {
                if wanted != WantedPower::Nothing {
                    digital.wake();
                }
                digital.wants = match (running.power, wanted) {
                    (Power::Dc(_), _) | (Power::Ac, WantedPower::Energy | WantedPower::Nothing) => wanted,
                    // There is nothing of the kind.
                    (Power::Ac, WantedPower::CableCheck | WantedPower::PreCharge | WantedPower::WeldingDetection) => {
                        WantedPower::Nothing
                    }
                };
            }
            Stage::Closing(closing) => match (wanted, closing.step) {
                // It stops, as it was asked to.
                (WantedPower::Nothing | WantedPower::WeldingDetection, ClosingStep::Stopping { .. }) => {
                    digital.wants = WantedPower::Nothing;
                    closing.step = ClosingStep::Opening { until: now + Self::OPENING };
                }
                (
                    WantedPower::CableCheck | WantedPower::PreCharge | WantedPower::Energy,
                    ClosingStep::Stopping { .. },
                )
                | (_, ClosingStep::Opening { .. } | ClosingStep::Reading { .. }) => {}
            },
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Finished(_) => {}
        }
    }

    /// Nothing more is heard of the car. What the pilot does then is in the table; without messages nobody can give direct
    /// current, and its transaction ends.
    fn dialog_lost(&mut self, now: Instant, turn: Turn) {
        self.turn(now, turn);
        let Some(session) = self.occupancy.session() else { return };
        let direct = session.power().is_some_and(|power| power.dc().is_some());
        if direct || self.occupancy.closing().is_some() {
            self.stop_at_once(
                now,
                Ending { trigger: TriggerReason::EVCommunicationLost, reason: StoppedReason::Other },
            );
        }
    }

    /// The car ended the dialog: it wants no more in this transaction.
    fn dialog_ended(&mut self, now: Instant) {
        self.turn(now, Turn::SessionEnded);
        let ending = Ending { trigger: TriggerReason::ChargingStateChanged, reason: StoppedReason::StoppedByEV };
        self.stop_at_once(now, ending);
    }

    /// The pilot moves. A car that pauses wakes the charger by going to C for a moment (ISO 15118-3, B-C-B toggle); one that
    /// nobody speaks with any more asks so to be invited again.
    pub(super) fn car_moves(&mut self, now: Instant, before: PilotState, state: PilotState) {
        let asks = match (before, state) {
            (PilotState::B, PilotState::C | PilotState::D) => true,
            (
                PilotState::A | PilotState::C | PilotState::D | PilotState::E | PilotState::F,
                PilotState::C | PilotState::D,
            )
            | (_, PilotState::A | PilotState::B | PilotState::E | PilotState::F) => false,
        };
        let goes_to_c = matches!(state, PilotState::C | PilotState::D);
        match self.occupancy.session().map(|session| &session.control) {
            Some(Control::Digital(digital)) => match digital.talk {
                Talk::Asleep(_) if goes_to_c => self.turn(now, Turn::CarWakes),
                Talk::Asleep(_) | Talk::Open | Talk::Farewell { .. } => {}
            },
            Some(Control::Basic(PilotPlan::Nominal)) if asks && self.config.pilot.digital_first => {
                self.turn(now, Turn::CarAsks);
            }
            Some(Control::Basic(PilotPlan::Invitation { .. } | PilotPlan::StepEf { .. } | PilotPlan::Nominal))
            | None => {}
        }
    }

    /// What the contactor may do for a car that is spoken with.
    pub(super) fn digital_permission(&self, digital: &Digital, power: Power) -> Permission {
        let closed = self.outlet.board.contactor() == Contactor::Closed;
        match power {
            Power::Ac => {
                let wants = digital.wants == WantedPower::Energy && digital.talk == Talk::Open;
                match digital.needs {
                    Some(needs @ Needs::Ac { current })
                        if wants && current > Milliamps::ZERO && self.serves(needs) && self.told_to_charge() =>
                    {
                        Permission::Digital { limit: self.limit().value().min(current) }
                    }
                    // It was told to stop, by messages. At 5 % nothing is offered, and the board opens when the car has had its
                    // time, whatever it does.
                    Some(Needs::Ac { .. } | Needs::Dc { .. }) | None if wants && closed => Permission::Offered,
                    Some(Needs::Ac { .. } | Needs::Dc { .. }) | None => Permission::Withdrawn,
                }
            }
            Power::Dc(phase) => self.dc_permission(phase),
        }
    }
}
