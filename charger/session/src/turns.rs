//! Carries out what `ac_decision` decides: it says what has happened, in what situation, and makes the control of the session
//! what it is to be.

use std::time::Duration;

use units::Instant;

use super::Coordinator;
use super::ac_decision::{Current, Decision, Driver, Next, Retries, Situation, Turn, decide};
use super::control::{Control, Loop, Sleep, Talk};
use super::dc::Power;
use super::hlc::WantedPower;
use super::occupancy::{Delivery, Session, Stage};
use super::pilot_plan::{Matching, PilotPlan};

impl Coordinator {
    /// Whether this EVSE has nothing for a car that does not speak: direct current has no duty.
    pub(super) const fn only_speaks(&self) -> bool {
        self.config.pilot.digital_first && self.outlet.dc.can.is_some()
    }

    /// How a plug-in begins.
    pub(super) fn first_control(&mut self, now: Instant, driver: Driver) -> Control {
        if !self.config.pilot.digital_first {
            return Control::NOMINAL;
        }
        let turn = match driver {
            Driver::LetIn => Turn::BadgeFirst(self.config.pilot.badge_first),
            Driver::NotYet | Driver::Over => Turn::CarFirst,
        };
        self.begins(now, turn, driver)
    }

    /// What a car is told to which nothing was said before.
    fn begins(&mut self, now: Instant, turn: Turn, driver: Driver) -> Control {
        let decision = decide(turn, Situation { driver, current: self.current(), retries: Retries::Left });
        match decision {
            Decision::Now(next) => self.control_of(now, next),
            Decision::AfterF(next) => Control::Basic(PilotPlan::step_ef(&self.config.pilot, now, next)),
            Decision::Stay | Decision::Rest | Decision::GoOn => Control::NOMINAL,
        }
    }

    /// What follows when the time of the pilot has come.
    pub(super) fn next_control(&mut self, now: Instant) {
        let Some(session) = self.occupancy.session() else { return };
        let runs_out = match &session.control {
            Control::Basic(plan) => plan.runs_out(),
            Control::Digital(digital) => match digital.talk {
                Talk::Open | Talk::Asleep(_) => Ok(Turn::AcceptedWithoutLoop),
                // It has had its time to end.
                Talk::Farewell { .. } => Ok(Turn::SessionEnded),
            },
        };
        match runs_out {
            Ok(turn) => self.turn(now, turn),
            Err(next) => {
                let control = self.control_of(now, next);
                if let Some(session) = self.occupancy.session_mut() {
                    session.control = control;
                }
            }
        }
    }

    /// Something has happened to the car that is there.
    pub(super) fn turn(&mut self, now: Instant, turn: Turn) {
        if let Some(driver) = self.occupancy.session().map(Session::driver) {
            self.turn_of(now, turn, driver);
        }
    }

    fn turn_of(&mut self, now: Instant, turn: Turn, driver: Driver) {
        let current = self.current();
        let Some(session) = self.occupancy.session_mut() else { return };
        let spent = session.invited_again >= self.config.pilot.link_retries;
        let retries = if spent { Retries::Spent } else { Retries::Left };
        let decision = decide(turn, Situation { driver, current, retries });
        let next = match decision {
            Decision::Stay => return,
            Decision::Now(next) => next,
            Decision::AfterF(next) => {
                if next == Next::Invite {
                    session.invited_again = session.invited_again.saturating_add(1);
                }
                let step = PilotPlan::step_ef(&self.config.pilot, now, next);
                // A car is not expected to take anything before its time begins anew.
                if let (Stage::Running(running), Some(until)) = (&mut session.stage, step.until())
                    && let Delivery::Prepared { since, .. } = &mut running.delivery
                {
                    *since = until;
                }
                session.control = Control::Basic(match &session.control {
                    // State F goes on, and something else comes after it.
                    Control::Basic(PilotPlan::StepEf { until, .. }) => PilotPlan::StepEf { until: *until, next },
                    Control::Basic(PilotPlan::Invitation { .. } | PilotPlan::Nominal) | Control::Digital(_) => step,
                });
                return;
            }
            Decision::Rest => {
                let sleep = if self.told_to_charge() { Sleep::ByItself } else { Sleep::WithoutEnergy };
                if let Some(digital) = self.occupancy.session_mut().and_then(|session| session.control.digital_mut()) {
                    (digital.talk, digital.wants) = (Talk::Asleep(sleep), WantedPower::Nothing);
                }
                return;
            }
            Decision::GoOn => {
                if let Some(digital) = session.control.digital_mut() {
                    digital.wake();
                }
                return;
            }
        };
        let control = self.control_of(now, next);
        if let Some(session) = self.occupancy.session_mut() {
            session.control = control;
        }
    }

    const fn current(&self) -> Current {
        if self.only_speaks() { Current::Direct } else { Current::Alternating }
    }

    fn control_of(&mut self, now: Instant, next: Next) -> Control {
        match next {
            Next::Invite => {
                let dialog = self.next_dialog();
                Control::Basic(PilotPlan::invite(&self.config.pilot, now, dialog))
            }
            // A nominal duty is offered to whom somebody let in; before, and after that, it is X1.
            Next::Nominal | Next::X1 => Control::NOMINAL,
        }
    }

    /// The kind of current with which a transaction begins. A dialog that is about to end is not one of this transaction: the
    /// car is invited to another.
    pub(super) fn power_at_the_start(&mut self, now: Instant) -> Power {
        let only_speaks = self.only_speaks();
        let Some(session) = self.occupancy.session_mut() else { return Power::Ac };
        let invited_again = std::mem::take(&mut session.invited_again);
        let turn = match &session.control {
            Control::Digital(digital) if !digital.is_over() => {
                let needs = digital.needs;
                return self.power_for(needs);
            }
            Control::Digital(_) => Turn::CarFirst,
            Control::Basic(PilotPlan::Nominal) if only_speaks => Turn::CarFirst,
            Control::Basic(PilotPlan::Invitation { matching: Matching::Begun { .. }, .. } | PilotPlan::Nominal) => {
                return Power::Ac;
            }
            Control::Basic(PilotPlan::Invitation { matching: Matching::Awaited, .. } | PilotPlan::StepEf { .. }) => {
                if invited_again == 0 {
                    Turn::BadgeInvited
                } else {
                    Turn::BadgeInvitedAgain
                }
            }
        };
        self.turn_of(now, turn, Driver::LetIn);
        Power::Ac
    }

    /// A car that was let in by messages has some time from its offer to its wish for energy.
    pub(super) fn watch_loop(&mut self, now: Instant) {
        let charge = self.told_to_charge();
        let patience = Duration::from_secs(self.config.pilot.loop_timeout_s.into());
        let Some(session) = self.occupancy.session_mut() else { return };
        let runs = matches!(session.stage, Stage::Running(_));
        let Some(digital) = session.control.digital_mut() else { return };
        let waits = runs && charge && digital.talk == Talk::Open && digital.has_asked();
        digital.energy_loop = match digital.energy_loop {
            _ if digital.wants != WantedPower::Nothing => Loop::Reached,
            Loop::Reached => Loop::Reached,
            Loop::Awaited { by } if waits => Loop::Awaited { by },
            Loop::NotYet if waits => Loop::Awaited { by: now + patience },
            Loop::NotYet | Loop::Awaited { .. } => Loop::NotYet,
        };
    }

    /// A car that paused while there was no energy is woken when there is.
    pub(super) fn wake_paused(&mut self, now: Instant) {
        let digital = self.occupancy.session().and_then(|session| session.control.digital());
        if digital.is_some_and(|digital| digital.talk == Talk::Asleep(Sleep::WithoutEnergy)) && self.told_to_charge() {
            self.turn(now, Turn::ChargerWakes);
        }
    }
}
