//! The on-board charger: alternating current from the inlet, direct current into the battery.
//!
//! | file | concept |
//! |---|---|
//! | `offer` | the offer as the car follows it, each duty some time after it was driven |
//! | `currents` | how each line is drawn from |
//! | `power` | power factor and losses |

mod currents;
mod offer;
mod power;

use std::time::Duration;

use iec61851::Offer;
use serde::Serialize;
use units::{Instant, Microamps, Milliamps, PerPhase, Phase, Watts};

pub use self::currents::Draw;
use self::currents::{Aim, Currents};
use self::offer::NotedOffer;
use crate::battery::Battery;
use crate::inlet::Inlet;
use crate::profile::ChargerProfile;
use crate::sooner::sooner;

/// While the current rises it is computed this often.
const RAMP_STEP: Duration = Duration::from_millis(100);
/// While it is steady, this often: the battery's limit moves slowly.
const STEADY_STEP: Duration = Duration::from_secs(10);
/// Line to neutral, mV: outside of this it does not run.
const VOLTAGE: std::ops::RangeInclusive<i32> = 185_000..=265_000;
/// Millihertz: outside of this it does not run.
const FREQUENCY: std::ops::RangeInclusive<i32> = 47_000..=52_500;

/// What is drawn at the inlet.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Demand {
    /// Each line.
    pub current: PerPhase<Milliamps>,
    /// Each line.
    pub power: PerPhase<Watts>,
}

/// Whether it may draw, as the car has it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum May {
    /// S2 is open, or closed for a pulse only.
    Nothing,
    /// What is offered. `stopping`: S2 opens soon, so no line takes more than it has.
    Offered { stopping: bool },
    /// Never less than it has, whatever is offered: the car ignores the pilot.
    Anything { stopping: bool },
}

/// The on-board charger.
#[derive(Debug)]
pub(crate) struct OnBoardCharger {
    profile: ChargerProfile,
    offer: NotedOffer,
    /// What a session lets it draw while the duty says nothing of it; `None`: nothing.
    digital: Option<Milliamps>,
    currents: Currents,
    demand: Demand,
    /// A residual direct current that it makes (IEC 61851-1, 8.5: the charging station opens at 6 mA).
    pub(crate) residual: Microamps,
    /// When it looks at voltages, offer and battery the next time.
    look_at: Option<Instant>,
    inlet_wh: f64,
    lost_wh: f64,
}

impl OnBoardCharger {
    pub(crate) fn new(profile: ChargerProfile) -> Self {
        Self {
            profile,
            offer: NotedOffer::none(),
            digital: None,
            currents: Currents::default(),
            demand: Demand::default(),
            residual: Microamps::ZERO,
            look_at: None,
            inlet_wh: 0.0,
            lost_wh: 0.0,
        }
    }

    pub(crate) const fn demand(&self) -> &Demand {
        &self.demand
    }

    /// At the inlet, W. What meters see is what counts: whole watts.
    pub(crate) fn inlet_w(&self) -> f64 {
        f64::from(self.demand.power.total().0)
    }

    /// At the battery's terminals, W.
    pub(crate) fn battery_w(&self) -> f64 {
        self.profile.to_battery(self.inlet_w())
    }

    /// At the inlet so far, Wh.
    pub(crate) const fn inlet_wh(&self) -> f64 {
        self.inlet_wh
    }

    /// Between inlet and battery so far, Wh.
    pub(crate) const fn lost_wh(&self) -> f64 {
        self.lost_wh
    }

    /// At the inlet when the battery takes as much as it can, W.
    pub(crate) fn battery_limit_w(&self, battery: &Battery) -> f64 {
        self.profile.for_battery(battery.charge_limit_w())
    }

    /// What was drawn for the last `seconds` goes into the battery.
    pub(crate) fn integrate(&mut self, seconds: f64, battery: &mut Battery) {
        let inlet_w = self.inlet_w();
        if inlet_w > 0.0 && seconds > 0.0 {
            let (hours, battery_w) = (seconds / 3600.0, self.profile.to_battery(inlet_w));
            self.inlet_wh += inlet_w * hours;
            self.lost_wh += (inlet_w - battery_w) * hours;
            battery.take(battery_w, seconds);
        }
    }

    /// Another cable: what was offered over the one before is forgotten.
    pub(crate) fn forget_offer(&mut self) {
        self.offer = NotedOffer::none();
        self.digital = None;
    }

    /// The inlet offers this now.
    pub(crate) fn see_offer(&mut self, now: Instant, offer: Offer) {
        self.offer.see(now, offer, Duration::from_millis(self.profile.follow_ms));
    }

    /// Follows the duties that it is time for.
    pub(crate) fn follow_offer(&mut self, now: Instant) {
        if self.offer.follow(now) {
            self.look(now);
        }
    }

    /// A session lets it draw so much on each line, or nothing; that is followed at once.
    pub(crate) fn see_digital(&mut self, now: Instant, limit: Option<Milliamps>) {
        if self.digital != limit {
            self.digital = limit;
            self.look(now);
        }
    }

    /// What it may draw of each line as it is offered, A.
    fn offered(&self) -> f64 {
        match self.offer.current() {
            Offer::Current(current) => current.amps(),
            Offer::Digital => {
                // Below its least it does not run.
                self.digital
                    .map(Milliamps::amps)
                    .filter(|amps| amps + 0.01 >= self.profile.min_current_a)
                    .unwrap_or(0.0)
            }
            Offer::None => 0.0,
        }
    }

    /// Whether it is offered enough to run.
    pub(crate) fn is_offered_enough(&self) -> bool {
        match self.offer.current() {
            Offer::Current(current) => current.amps() + 0.01 >= self.profile.min_current_a,
            Offer::Digital | Offer::None => false,
        }
    }

    /// How it draws on that line from now on.
    pub(crate) fn set_draw(&mut self, phase: Phase, how: Draw) {
        self.currents.set(phase, how);
    }

    /// It looks again then.
    pub(crate) const fn look(&mut self, at: Instant) {
        self.look_at = Some(at);
    }

    /// It looks again then, if it would not look at all.
    pub(crate) fn look_once(&mut self, at: Instant) {
        self.look_at.get_or_insert(at);
    }

    pub(crate) fn wants_to_look(&self, now: Instant) -> bool {
        self.look_at.is_some_and(|at| at <= now)
    }

    /// Draws nothing from now on.
    pub(crate) fn stop(&mut self) {
        self.currents.stop();
        self.demand = Demand::default();
        self.look_at = None;
    }

    /// What it draws from now on.
    pub(crate) fn draw(&mut self, now: Instant, inlet: &Inlet, may: May, battery: &Battery) {
        let lines = self.lines(inlet);
        let offered = self.offered();
        let (wanted, stopping) = match may {
            May::Nothing => return self.stop(),
            May::Offered { .. } | May::Anything { .. } if !lines.iter().any(|usable| usable) => return self.stop(),
            May::Offered { stopping } => (offered, stopping),
            May::Anything { stopping } => {
                (offered.max(self.currents.highest()).max(self.profile.min_current_a), stopping)
            }
        };
        let volts =
            Phase::ALL.into_iter().filter(|phase| lines[*phase]).map(|phase| inlet.voltage[phase].volts()).sum();
        let battery = self.profile.current(self.battery_limit_w(battery), volts);
        let aim = Aim {
            goal: wanted.min(self.profile.max_current_a).min(battery),
            rise: self.profile.ramp_a_per_s * RAMP_STEP.as_secs_f64(),
            stopping,
        };
        let rising = self.currents.step(lines, aim);
        self.look(now + if rising { RAMP_STEP } else { STEADY_STEP });
        self.set_demand(inlet, lines);
    }

    /// The lines that it can use now.
    fn lines(&self, inlet: &Inlet) -> PerPhase<bool> {
        let frequency = FREQUENCY.contains(&inlet.frequency.0);
        PerPhase(
            Phase::ALL
                .map(|phase| frequency && self.profile.phases.has(phase) && VOLTAGE.contains(&inlet.voltage[phase].0)),
        )
    }

    fn set_demand(&mut self, inlet: &Inlet, lines: PerPhase<bool>) {
        let mut demand = Demand::default();
        for phase in Phase::ALL.into_iter().filter(|phase| lines[*phase]) {
            let amps = self.currents.amps(phase);
            let watts = self.profile.power(amps, inlet.voltage[phase].volts());
            demand.current[phase] = Milliamps((amps * 1000.0).round() as i32);
            demand.power[phase] = Watts(watts.round() as i32);
        }
        self.demand = demand;
    }

    /// When it changes something by itself.
    pub(crate) fn next_change(&self) -> Option<Instant> {
        sooner(self.offer.next_change(), self.look_at)
    }
}
