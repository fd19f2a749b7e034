//! Direct current in a session: what moves it from phase to phase (`dc`), and what the contactor may do for it.

use crate::words::{StoppedReason, TriggerReason};
use hardware::InsulationReading;
use iec61851::Permission;
use units::Instant;

use super::Coordinator;
use super::board::Contactor;
use super::control::Talk;
use super::dc::{DcPhase, Power};
use super::hlc::{Needs, WantedPower};
use super::occupancy::{ClosingStep, Session, Stage};
use super::timers::Timer;
use super::transaction::Ending;

impl Coordinator {
    /// Whether this EVSE has such current.
    pub(super) const fn serves(&self, needs: Needs) -> bool {
        match needs {
            Needs::Ac { .. } => self.outlet.dc.can.is_none(),
            Needs::Dc { .. } => self.outlet.dc.can.is_some(),
        }
    }

    /// Whether this EVSE has the current that the car says it needs.
    fn gives_what_is_needed(&self) -> bool {
        let digital = self.occupancy.session().and_then(|session| session.control.digital());
        digital.and_then(|digital| digital.needs).is_none_or(|needs| self.serves(needs))
    }

    /// Lets direct current follow what the car wants, as far as anything may be given; and what has no more time end.
    pub(super) fn advance_dc(&mut self, now: Instant) {
        // At most from ramp-down over off to the next cable check: whoever wants power again waits for nothing.
        while self.step_dc(now) {}
    }

    /// One step from phase to phase; whether there was one.
    fn step_dc(&mut self, now: Instant) -> bool {
        let may_give = self.may_give();
        let Some(session) = self.occupancy.session() else { return false };
        let Some(phase) = session.power().and_then(Power::dc) else { return false };
        let wants = session.control.digital().map_or(WantedPower::Nothing, |digital| digital.wants);
        let open = self.outlet.board.contactor() == Contactor::Open;
        let late = self.is_due(now, Timer::Dc);
        let next = match phase {
            DcPhase::CableCheck { .. } | DcPhase::PreCharge { .. } if may_give && late => {
                self.dc_failed(now);
                return false;
            }
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
        next != phase
    }

    /// Whether the charger may give direct current. A car that was asked to stop may lower it by itself for a while.
    fn may_give(&self) -> bool {
        let Some(session) = self.occupancy.session() else { return false };
        let talks = session.control.digital().is_some_and(|digital| digital.talk == Talk::Open);
        let stage = match &session.stage {
            Stage::Running(running) => match running.power {
                // A car in its loop has no message that leads back to the cable check. When there is no energy for a while the
                // supply holds the voltage of the battery and gives no current, as the car is told.
                Power::Dc(DcPhase::Energy) => self.may_charge() && self.plug_held() && self.gives_what_is_needed(),
                Power::Ac | Power::Dc(_) => self.told_to_charge(),
            },
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

    /// What the contactor may do for direct current.
    pub(super) fn dc_permission(&self, phase: DcPhase) -> Permission {
        let closed = self.outlet.board.contactor() == Contactor::Closed;
        let open_later = matches!(phase, DcPhase::RampDown { .. }) && closed && self.outlet.dc.carries();
        match self.dc_room() {
            Some(room) if open_later || (phase.is_live() && self.may_give()) => {
                Permission::Digital { limit: room.current() }
            }
            Some(_) | None => Permission::Withdrawn,
        }
    }
}
