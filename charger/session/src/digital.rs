//! A car that is spoken with: what comes in by the doors of high-level communication (`hlc`), and what follows from it. What
//! the car asks for is kept; whether it is done is derived, as everything that actuators do.

use std::time::Duration;

use crate::words::{StoppedReason, TriggerReason};
use hardware::InsulationReading;
use iec61851::Permission;
use units::{Instant, Milliamps};

use super::Coordinator;
use super::authorization::Start;
use super::board::Contactor;
use super::control::{Asked, Control, Digital, Talk};
use super::dc::{DcPhase, Power};
use super::event::PauseReason;
use super::hlc::{
    Authorization, Dialog, HlcEvent, HlcInput, Identification, Needs, Offer, OfferedLimits, PowerPath, StopWhy,
    WantedPower,
};
use super::occupancy::{ClosingStep, Finished, Session, Stage, Standing};
use super::pilot_plan::PilotPlan;
use super::timers::Timer;
use super::transaction::Ending;

/// What a dialog is to be told, as everything is now. `None`: nothing, or what it was told last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct DialogWant {
    pub(super) dialog: Dialog,
    pub(super) authorization: Option<Authorization>,
    pub(super) offer: Option<Offer>,
    pub(super) power: PowerPath,
    pub(super) stop: Option<StopWhy>,
}

impl DialogWant {
    /// A dialog that has just begun: nothing is told, and nothing can flow.
    pub(super) const fn new(dialog: Dialog) -> Self {
        Self { dialog, authorization: None, offer: None, power: PowerPath::Open, stop: None }
    }
}

impl Coordinator {
    /// A car has so long to end the dialog after its transaction: for welding detection and the end of the session.
    pub(super) const FAREWELL: Duration = Duration::from_secs(20);

    /// How a plug-in begins: with an invitation to speak, where that is configured.
    pub(super) fn first_control(&mut self, now: Instant) -> Control {
        if !self.config.pilot.digital_first {
            return Control::NOMINAL;
        }
        let dialog = Dialog(self.next_dialog);
        self.next_dialog += 1;
        Control::Basic(PilotPlan::invite(&self.config.pilot, now, dialog))
    }

    /// The kind of current with which a transaction begins. A dialog that is about to end is not one of this transaction: the
    /// car is invited to another.
    pub(super) fn power_at_the_start(&mut self, now: Instant) -> Power {
        match self.occupancy.session().and_then(|session| session.control.digital()) {
            Some(digital) if !digital.is_over() => return self.power_for(digital.needs),
            Some(_) => {
                let control = self.first_control(now);
                if let Some(session) = self.occupancy.session_mut() {
                    session.control = control;
                }
            }
            None => {}
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

    /// Lets direct current follow what the car wants, as far as anything may be given; and what has no more time end.
    pub(super) fn advance_dc(&mut self, now: Instant) {
        let may_give = self.may_give();
        let Some(session) = self.occupancy.session() else { return };
        let Some(phase) = session.power().and_then(Power::dc) else { return };
        let wants = session.control.digital().map_or(WantedPower::Nothing, |digital| digital.wants);
        let open = self.outlet.board.contactor() == Contactor::Open;
        let late = self.is_due(now, Timer::Dc);
        let next = match phase {
            DcPhase::CableCheck { .. } | DcPhase::PreCharge { .. } if may_give && late => return self.dc_failed(now),
            DcPhase::RampDown { .. } if late || open => DcPhase::Off,
            DcPhase::RampDown { .. } => phase,
            DcPhase::CableCheck { .. } | DcPhase::Checked | DcPhase::PreCharge { .. } | DcPhase::Energy
                if !may_give =>
            {
                DcPhase::ramp_down(now)
            }
            DcPhase::Off | DcPhase::WeldingDetection if !may_give => phase,
            DcPhase::CableCheck { .. } if self.cable_is_good() => DcPhase::Checked,
            DcPhase::Off
            | DcPhase::CableCheck { .. }
            | DcPhase::Checked
            | DcPhase::PreCharge { .. }
            | DcPhase::Energy
            | DcPhase::WeldingDetection => phase.follow(wants, now),
        };
        if let (DcPhase::CableCheck { .. }, false) = (next, matches!(phase, DcPhase::CableCheck { .. })) {
            // What was measured before says nothing of this cable.
            self.outlet.dc.insulation = None;
        }
        self.set_phase(next);
        if next == DcPhase::Energy && phase != DcPhase::Energy && self.outlet.board.contactor() == Contactor::Closed {
            self.flows(now);
        }
    }

    /// Whether the charger may give direct current. A car that was asked to stop may lower it by itself for a while.
    fn may_give(&self) -> bool {
        let Some(session) = self.occupancy.session() else { return false };
        let talks = session.control.digital().is_some_and(|digital| digital.talk == Talk::Open);
        let stage = match &session.stage {
            Stage::Running(_) => self.told_to_charge(),
            Stage::Closing(closing) => match closing.step {
                ClosingStep::Stopping { .. } => self.sees_car() && self.outlet.troubles.is_empty(),
                ClosingStep::Opening { .. } | ClosingStep::Reading { .. } => false,
            },
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Finished(_) => false,
        };
        talks && stage
    }

    /// The insulation monitor measures. It counts while the supply drives the test voltage.
    pub(super) fn insulation_read(&mut self, reading: InsulationReading) {
        let phase = self.occupancy.session().and_then(Session::power).and_then(Power::dc);
        let counts = matches!(phase, Some(DcPhase::CableCheck { .. })) && self.told.supply.is_some();
        self.outlet.dc.insulation = counts.then_some(reading);
    }

    /// Whether the insulation was measured at the voltage that the supply was told, with the contactor closed.
    fn cable_is_good(&self) -> bool {
        let test = self.told.supply.filter(|_| self.outlet.board.contactor() == Contactor::Closed);
        test.is_some_and(|test| self.outlet.dc.is_good_at(test.voltage) == Some(true))
    }

    /// A cable whose insulation was not found good in time, or a car that is not content: the transaction ends.
    fn dc_failed(&mut self, now: Instant) {
        let low = self.told.supply.is_some_and(|test| self.outlet.dc.is_good_at(test.voltage) == Some(false));
        let checks =
            matches!(self.occupancy.session().and_then(Session::power), Some(Power::Dc(DcPhase::CableCheck { .. })));
        let reason = if low && checks { StoppedReason::GroundFault } else { StoppedReason::Other };
        self.set_phase(DcPhase::ramp_down(now));
        self.stop_at_once(now, Ending { trigger: TriggerReason::AbnormalCondition, reason });
    }

    fn set_phase(&mut self, phase: DcPhase) {
        if let Some(power) = self.occupancy.session_mut().and_then(Session::power_mut) {
            *power = Power::Dc(phase);
        }
    }

    /// The contactor is open: whatever direct current was at begins again, and what the car wanted is over with it.
    pub(super) fn dc_opened(&mut self) {
        let Some(session) = self.occupancy.session_mut() else { return };
        let Some(phase) = session.power().and_then(Power::dc) else { return };
        if let (true, Some(digital)) = (phase.is_live(), session.control.digital_mut()) {
            digital.wants = WantedPower::Nothing;
        }
        match phase {
            DcPhase::CableCheck { .. }
            | DcPhase::Checked
            | DcPhase::PreCharge { .. }
            | DcPhase::Energy
            | DcPhase::RampDown { .. } => self.set_phase(DcPhase::Off),
            DcPhase::Off | DcPhase::WeldingDetection => {}
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
                        Permission::Digital { limit: self.limit().current.min(current) }
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

    /// What the contactor may do for direct current.
    pub(super) fn dc_permission(&self, phase: DcPhase) -> Permission {
        let closed = self.outlet.board.contactor() == Contactor::Closed;
        let open_later = matches!(phase, DcPhase::RampDown { .. }) && closed && self.outlet.dc.carries();
        match self.dc_room() {
            Some(room) if open_later || (phase.is_live() && self.may_give()) => {
                Permission::Digital { limit: room.current.max(Milliamps::ZERO) }
            }
            Some(_) | None => Permission::Withdrawn,
        }
    }

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
        Some(DialogWant { authorization, offer, power, stop, ..blank })
    }

    /// Whether this EVSE has such current.
    pub(super) const fn serves(&self, needs: Needs) -> bool {
        match needs {
            Needs::Ac { .. } => self.outlet.dc.can.is_none(),
            Needs::Dc { .. } => self.outlet.dc.can.is_some(),
        }
    }

    fn offer_by_messages(&self, session: &Session) -> Offer {
        let limit = self.limit();
        let held_back = match &session.stage {
            _ if !self.outlet.troubles.is_empty() => Some(PauseReason::Error),
            Stage::Running(running) => match running.standing {
                Standing::Rejected => Some(PauseReason::Rejected),
                Standing::Good => (!self.is_enough()).then_some(PauseReason::NoEnergy),
            },
            Stage::Waiting { .. } | Stage::Authorized(_) | Stage::Closing(_) | Stage::Finished(_) => None,
        };
        let none = held_back.is_some();
        let limits = match self.dc_room_of(None) {
            Some(room) => OfferedLimits::Dc {
                min_voltage: room.min_voltage,
                max_voltage: room.max_voltage,
                current: if none { Milliamps::ZERO } else { room.current },
                power: if none { units::Watts::ZERO } else { room.power },
            },
            None => OfferedLimits::Ac { current: if none { Milliamps::ZERO } else { limit.current } },
        };
        Offer { limits, by: limit.by, held_back }
    }
}
