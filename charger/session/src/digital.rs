//! A car that is spoken with: what comes in by the doors of high-level communication (`hlc`), and what follows from it. What
//! the car asks for is kept; whether it is done is derived, as everything that actuators do.

use std::time::Duration;

use crate::words::{StoppedReason, TriggerReason};
use iec61851::Permission;
use units::{Instant, Milliamps};

use super::Coordinator;
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

    /// How a plug-in begins: with an invitation to speak, where that is configured.
    pub(super) fn first_control(&mut self, now: Instant) -> Control {
        if !self.config.pilot.digital_first {
            return Control::NOMINAL;
        }
        self.invitation(now)
    }

    /// Whether this EVSE has nothing for a car that does not speak: direct current has no duty.
    pub(super) const fn only_speaks(&self) -> bool {
        self.config.pilot.digital_first && self.outlet.dc.can.is_some()
    }

    /// What follows when the time of the pilot has come. Where a car must speak it is invited again, to another dialog.
    pub(super) fn next_control(&mut self, now: Instant) {
        let only_speaks = self.only_speaks();
        let Some(session) = self.occupancy.session() else { return };
        let invites_again = match &session.control {
            Control::Basic(PilotPlan::StepEf { .. } | PilotPlan::WakeUp { .. }) => only_speaks,
            Control::Basic(PilotPlan::Invitation { .. } | PilotPlan::Nominal) | Control::Digital(_) => false,
        };
        let next = match &session.control {
            Control::Basic(_) if invites_again => self.invitation(now),
            Control::Basic(plan) => Control::Basic(plan.next(&self.config.pilot, now)),
            // It has had its time to end.
            Control::Digital(_) => Control::NOMINAL,
        };
        if let Some(session) = self.occupancy.session_mut() {
            session.control = next;
        }
    }

    fn invitation(&mut self, now: Instant) -> Control {
        let dialog = Dialog(self.next_dialog);
        self.next_dialog += 1;
        Control::Basic(PilotPlan::invite(&self.config.pilot, now, dialog))
    }

    /// The kind of current with which a transaction begins. A dialog that is about to end is not one of this transaction: the
    /// car is invited to another.
    pub(super) fn power_at_the_start(&mut self, now: Instant) -> Power {
        let only_speaks = self.only_speaks();
        let is_over = match self.occupancy.session().map(|session| &session.control) {
            Some(Control::Digital(digital)) if !digital.is_over() => return self.power_for(digital.needs),
            Some(Control::Digital(_)) => true,
            Some(Control::Basic(PilotPlan::Nominal)) => only_speaks,
            Some(Control::Basic(
                PilotPlan::Invitation { .. } | PilotPlan::StepEf { .. } | PilotPlan::WakeUp { .. },
            ))
            | None => false,
        };
        if is_over {
            let control = self.first_control(now);
            if let Some(session) = self.occupancy.session_mut() {
                session.control = control;
            }
        }
        Power::Ac
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
            Control::Basic(_) => {
                if event == HlcEvent::Matched {
                    session.control = Control::Digital(Digital::new(dialog));
                }
                return;
            }
        };
        match (event, digital.talk) {
            (HlcEvent::Lost, _) => self.dialog_lost(now),
            (HlcEvent::Ended, _) => self.dialog_ended(now),
            // What it says now belongs to a transaction that is over.
            (_, Talk::Farewell { .. }) => {}
            (HlcEvent::Matched, Talk::Open | Talk::Asleep) => digital.wake(),
            (HlcEvent::WantsAuthorization(by), Talk::Open | Talk::Asleep) => self.wants_authorization(by),
            (HlcEvent::Needs(needs), Talk::Open | Talk::Asleep) => {
                digital.wake();
                digital.needs = Some(needs);
                self.take_kind(needs);
            }
            (HlcEvent::Soc(soc), Talk::Open | Talk::Asleep) => {
                if let Some(transaction) = session.transaction_mut() {
                    transaction.soc = Some(soc);
                }
            }
            (HlcEvent::Target(target), Talk::Open | Talk::Asleep) => digital.target = target,
            (HlcEvent::WantsPower(wanted), Talk::Open | Talk::Asleep) => self.wants_power(now, wanted),
            (HlcEvent::Paused, Talk::Open | Talk::Asleep) => {
                (digital.talk, digital.wants) = (Talk::Asleep, WantedPower::Nothing);
            }
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

    /// Nothing more is heard of the car. With alternating current it charges on by the duty, after state F has told it of the
    /// change (ISO 15118-3, T_step_EF); without messages nobody can give direct current, and the transaction ends.
    fn dialog_lost(&mut self, now: Instant) {
        let plan = PilotPlan::step_ef(&self.config.pilot, now);
        let Some(session) = self.occupancy.session_mut() else { return };
        let power = session.power();
        session.control = match &session.stage {
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Running(_) => Control::Basic(plan),
            Stage::Closing(_) | Stage::Finished(_) => Control::NOMINAL,
        };
        let direct = power.is_some_and(|power| power.dc().is_some());
        if direct || self.occupancy.closing().is_some() {
            self.stop_at_once(
                now,
                Ending { trigger: TriggerReason::EVCommunicationLost, reason: StoppedReason::Other },
            );
        }
    }

    /// The car ended the dialog: it wants no more in this transaction. One that has begun none may still charge by the duty.
    fn dialog_ended(&mut self, now: Instant) {
        let plan = PilotPlan::step_ef(&self.config.pilot, now);
        let Some(session) = self.occupancy.session_mut() else { return };
        session.control = match &session.stage {
            Stage::Waiting { .. } | Stage::Authorized(_) => Control::Basic(plan),
            Stage::Running(_) | Stage::Closing(_) | Stage::Finished(_) => Control::NOMINAL,
        };
        let ending = Ending { trigger: TriggerReason::ChargingStateChanged, reason: StoppedReason::StoppedByEV };
        self.stop_at_once(now, ending);
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
