//! The whole car.

mod action;
mod demand;
mod draw;
mod offer;
#[cfg(test)]
mod tests;

use std::time::Duration;

use iec61851::{Duty, Offer, PilotSignal};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use units::{Instant, Microamps, Milliamps, Millivolts, Ohms, PerPhase, Phase, Soc, Watts};

pub use action::{Action, Cable, CarFault, S2};
pub use demand::{ChargePhase, Demand, Inlet, Telemetry};
pub use draw::Draw;

use self::draw::{Aim, Currents};
use self::offer::NotedOffer;
use crate::battery::Battery;
use crate::circuit::{Diode, PilotLoad};
use crate::profile::Profile;

/// While the current rises it is computed this often.
const RAMP_STEP: Duration = Duration::from_millis(100);
/// While it is steady, this often: the battery's limit moves slowly.
const STEADY_STEP: Duration = Duration::from_secs(10);
/// How often noise on the pilot takes another value.
const NOISE_STEP: Duration = Duration::from_millis(10);
/// Outside of this the charger in the car does not run.
const VOLTAGE: std::ops::RangeInclusive<i32> = 185_000..=265_000;
const FREQUENCY: std::ops::RangeInclusive<i32> = 47_000..=52_500;

/// A car.
#[derive(Debug)]
pub struct Car {
    profile: Profile,
    battery: Battery,
    random: ChaCha8Rng,
    cable: Option<Cable>,
    circuit: PilotLoad,
    /// What makes state C; a car that wants ventilation has a lower one.
    r3: Ohms,
    ventilation: bool,
    wants: bool,
    /// Closes S2 with the plug, whatever is offered.
    eager: bool,
    ignores_pilot: bool,
    target: Soc,
    residual: Microamps,
    noise: Millivolts,
    noise_now: Millivolts,
    proximity_override: Option<Option<Ohms>>,
    inlet: Inlet,
    offer: NotedOffer,
    /// S2 is held there, whatever the car would do.
    held: Option<S2>,
    /// S2 closes then.
    close_at: Option<Instant>,
    /// It has stopped drawing and opens S2 then.
    open_at: Option<Instant>,
    pulse_until: Option<Instant>,
    sleep_at: Option<Instant>,
    asleep: bool,
    currents: Currents,
    next_tick: Option<Instant>,
    stepped_at: Instant,
    demand: Demand,
    inlet_w: f64,
    battery_w: f64,
    inlet_wh: f64,
    charger_loss_wh: f64,
}

impl Car {
    /// A car that is not plugged in. What is random in it follows from `seed`.
    #[must_use]
    pub fn new(profile: Profile, seed: u64) -> Self {
        let battery = Battery::new(profile.battery.clone(), profile.battery.soc);
        Self {
            battery,
            random: ChaCha8Rng::seed_from_u64(seed),
            cable: None,
            circuit: PilotLoad {
                plugged: false,
                r2: Ohms(2740),
                r3: None,
                diode: Diode::Good,
                short_to_pe: None,
                pe_open: false,
                pilot_open: false,
            },
            r3: Ohms(1300),
            ventilation: false,
            wants: true,
            eager: false,
            ignores_pilot: false,
            target: Soc::FULL,
            residual: Microamps::ZERO,
            noise: Millivolts::ZERO,
            noise_now: Millivolts::ZERO,
            proximity_override: None,
            inlet: Inlet::default(),
            offer: NotedOffer::none(),
            held: None,
            close_at: None,
            open_at: None,
            pulse_until: None,
            sleep_at: None,
            asleep: false,
            currents: Currents::default(),
            next_tick: None,
            stepped_at: Instant::ZERO,
            demand: Demand::default(),
            inlet_w: 0.0,
            battery_w: 0.0,
            inlet_wh: 0.0,
            charger_loss_wh: 0.0,
            profile,
        }
    }

    /// What hangs on the control pilot.
    #[must_use]
    pub fn load(&self) -> PilotLoad {
        self.circuit
    }

    /// What lies on the pilot beside the level, for this step.
    #[must_use]
    pub const fn pilot_noise(&self) -> Millivolts {
        self.noise_now
    }

    /// What a socket sees on PP; `None` is an open line.
    #[must_use]
    pub fn proximity(&self) -> Option<Ohms> {
        let cable = self.cable?;
        self.proximity_override.unwrap_or(cable.proximity)
    }

    /// The residual direct current it makes.
    #[must_use]
    pub const fn residual(&self) -> Microamps {
        self.residual
    }

    /// Whether a plug is in.
    #[must_use]
    pub const fn is_plugged(&self) -> bool {
        self.circuit.plugged
    }

    /// State of charge.
    #[must_use]
    pub fn soc(&self) -> Soc {
        self.battery.soc()
    }

    /// What it is meant to be charged to.
    #[must_use]
    pub const fn target(&self) -> Soc {
        self.target
    }

    /// What it draws now, as of the last step.
    #[must_use]
    pub const fn demand(&self) -> &Demand {
        &self.demand
    }

    /// The profile it was made from.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// How it stands.
    #[must_use]
    pub fn telemetry(&self) -> Telemetry {
        let milli = |wh: f64| units::MilliwattHours((wh * 1000.0).round() as i64);
        Telemetry {
            soc: self.soc(),
            battery_power: Watts(self.battery_w.round() as i32),
            inlet_power: Watts(self.inlet_w.round() as i32),
            charged: self.battery.charged(),
            inlet_energy: milli(self.inlet_wh),
            losses: milli(self.charger_loss_wh + self.battery.losses_wh()),
            temperature_c: self.battery.temperature_c(),
            phase: self.phase(),
        }
    }

    fn phase(&self) -> ChargePhase {
        let limit = self.profile.charger.for_battery(self.battery.charge_limit_w());
        if self.inlet_w <= 0.0 {
            if self.battery.is_full() || self.soc() >= self.target { ChargePhase::Full } else { ChargePhase::Idle }
        } else if self.inlet_w >= limit * 0.99 {
            ChargePhase::Tapering
        } else {
            ChargePhase::Constant
        }
    }

    /// When it will change something by itself.
    #[must_use]
    pub fn next_change(&self) -> Option<Instant> {
        let noise = (self.noise != Millivolts::ZERO).then(|| self.stepped_at + NOISE_STEP);
        let duty = self.offer.next_change();
        [duty, self.close_at, self.open_at, self.pulse_until, self.sleep_at, self.next_tick, noise]
            .into_iter()
            .flatten()
            .min()
    }

    /// Advances from the last step to `now` under the conditions that held since, and takes those that hold from now on.
    pub fn step(&mut self, now: Instant, inlet: &Inlet) -> Demand {
        self.integrate(now);
        let changed = *inlet != self.inlet;
        self.inlet = *inlet;
        if self.noise == Millivolts::ZERO {
            self.noise_now = Millivolts::ZERO;
        } else {
            let span = u64::from(self.noise.0.unsigned_abs()) * 2 + 1;
            let value = i32::try_from(self.random.next_u64() % span).unwrap_or(0);
            self.noise_now = Millivolts(value - self.noise.0.abs());
        }
        if changed {
            self.notice_offer(now);
        }
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if self.offer.follow(now) {
            self.next_tick = Some(now);
        }
        self.decide(now);
        if changed || due(self.next_tick) {
            self.next_tick = None;
            self.draw(now);
        }
        self.demand
    }

    /// Energy since the last step: what was drawn then was drawn until now.
    fn integrate(&mut self, now: Instant) {
        let seconds = (now - self.stepped_at).as_secs_f64();
        self.stepped_at = now;
        if self.inlet_w > 0.0 && seconds > 0.0 {
            let hours = seconds / 3600.0;
            self.inlet_wh += self.inlet_w * hours;
            self.charger_loss_wh += (self.inlet_w - self.battery_w) * hours;
            self.battery.take(self.battery_w, seconds);
        }
    }

    /// What is offered, as far as the wires bring it.
    fn offer_on_the_wires(&self) -> Offer {
        let blind = self.circuit.pilot_open || self.circuit.pe_open || !self.circuit.plugged;
        match self.inlet.pilot {
            PilotSignal::Pwm(duty) if !blind => duty.offer(),
            PilotSignal::Pwm(_) | PilotSignal::E | PilotSignal::F | PilotSignal::X1 => Offer::None,
        }
    }

    /// The pilot says something else.
    fn notice_offer(&mut self, now: Instant) {
        if self.inlet.pilot == PilotSignal::F {
            self.asleep = false;
        }
        let offer = self.offer_on_the_wires();
        let sleeps = self.profile.pilot.sleeps_after_s;
        self.sleep_at = match offer {
            Offer::None | Offer::Digital if sleeps > 0 && self.circuit.plugged && !self.asleep => {
                self.sleep_at.or(Some(now + Duration::from_secs(sleeps)))
            }
            Offer::None | Offer::Digital | Offer::Current(_) => None,
        };
        self.offer.see(now, offer, Duration::from_millis(self.profile.charger.follow_ms));
    }

    /// Whether it would charge if it could.
    fn would_charge(&self) -> bool {
        self.circuit.plugged && self.wants && !self.asleep && self.soc() < self.target && !self.battery.is_full()
    }

    fn offered_enough(&self) -> bool {
        match self.offer.current() {
            Offer::Current(current) => current.amps() + 0.01 >= self.profile.charger.min_current_a,
            Offer::Digital | Offer::None => false,
        }
    }

    /// S2, sleep, pulses.
    fn decide(&mut self, now: Instant) {
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if due(self.sleep_at) {
            self.sleep_at = None;
            self.asleep = true;
        }
        if due(self.pulse_until) {
            self.pulse_until = None;
            self.set_s2(false);
        }
        if self.pulse_until.is_some() {
            return;
        }
        if let Some(held) = self.held {
            (self.close_at, self.open_at) = (None, None);
            return self.set_s2(held == S2::Closed);
        }
        let closed = self.circuit.r3.is_some();
        let go = self.would_charge() && (self.offered_enough() || self.eager || self.ignores_pilot);
        match (closed, go) {
            (false, true) => {
                self.open_at = None;
                let delay =
                    if self.eager { Duration::ZERO } else { Duration::from_millis(self.profile.pilot.s2_delay_ms) };
                let at = *self.close_at.get_or_insert(now + delay);
                if at <= now {
                    self.close_at = None;
                    self.set_s2(true);
                    self.next_tick = Some(now);
                }
            }
            (true, false) if self.ignores_pilot && self.circuit.plugged => {}
            (true, false) => {
                self.close_at = None;
                let at = *self.open_at.get_or_insert(now + Duration::from_millis(self.profile.pilot.stop_ms));
                if at <= now {
                    self.open_at = None;
                    self.stop_drawing();
                    self.set_s2(false);
                }
            }
            (false, false) => {
                self.close_at = None;
                self.open_at = None;
            }
            (true, true) => self.open_at = None,
        }
    }

    fn set_s2(&mut self, closed: bool) {
        self.circuit.r3 = closed.then_some(if self.ventilation { Ohms(270) } else { self.r3 });
    }

    fn stop_drawing(&mut self) {
        self.currents.stop();
        self.inlet_w = 0.0;
        self.battery_w = 0.0;
        self.demand = Demand::default();
        self.next_tick = None;
    }

    /// The lines it can use now.
    fn lines(&self) -> impl Iterator<Item = Phase> + use<> {
        let (phases, voltage) = (self.profile.charger.phases, self.inlet.voltage);
        let frequency = FREQUENCY.contains(&self.inlet.frequency.0);
        Phase::ALL
            .into_iter()
            .filter(move |phase| frequency && phases.has(*phase) && VOLTAGE.contains(&voltage[*phase].0))
    }

    /// What it draws from now on.
    fn draw(&mut self, now: Instant) {
        let charger = &self.profile.charger;
        let lines: Vec<Phase> = self.lines().collect();
        let volts: f64 = lines.iter().map(|phase| self.inlet.voltage[*phase].volts()).sum();
        if self.circuit.r3.is_none() || lines.is_empty() || self.pulse_until.is_some() {
            return self.stop_drawing();
        }
        let offered = match self.offer.current() {
            Offer::Current(current) => current.amps(),
            Offer::Digital | Offer::None => 0.0,
        };
        let stubborn =
            if self.ignores_pilot { offered.max(self.currents.highest()).max(charger.min_current_a) } else { offered };
        let battery = charger.current(charger.for_battery(self.battery.charge_limit_w()), volts);
        let aim = Aim {
            goal: stubborn.min(charger.max_current_a).min(battery),
            rise: charger.ramp_a_per_s * RAMP_STEP.as_secs_f64(),
            stopping: self.open_at.is_some(),
        };
        let rising = self.currents.step(&lines, aim);
        self.next_tick = Some(now + if rising { RAMP_STEP } else { STEADY_STEP });
        self.set_demand(&lines);
    }

    fn set_demand(&mut self, lines: &[Phase]) {
        let charger = &self.profile.charger;
        let (mut current, mut power) = (PerPhase::default(), PerPhase::default());
        for phase in lines {
            let amps = self.currents.amps(*phase);
            let watts = charger.power(amps, self.inlet.voltage[*phase].volts());
            current[*phase] = Milliamps((amps * 1000.0).round() as i32);
            power[*phase] = Watts(watts.round() as i32);
        }
        self.demand = Demand { current, power };
        // What meters see is what counts: whole watts.
        self.inlet_w = f64::from(power.total().0);
        self.battery_w = charger.to_battery(self.inlet_w);
    }

    /// Does what a driver does, or breaks what breaks.
    pub fn act(&mut self, now: Instant, action: Action) {
        self.integrate(now);
        match action {
            Action::PlugIn(cable) => {
                self.cable = Some(cable);
                self.connect(now);
            }
            Action::PushIntoCar => {
                // Without a cable there is nothing to push in.
                if self.cable.is_some() {
                    self.connect(now);
                }
            }
            Action::PullFromCar => self.disconnect(),
            Action::Unplug => {
                self.cable = None;
                self.disconnect();
            }
            Action::CableResistor(ohms) => {
                if let Some(cable) = &mut self.cable {
                    cable.proximity = Some(ohms);
                }
            }
            Action::HoldS2(held) => {
                self.held = held;
                if held == Some(S2::Open) {
                    self.stop_drawing();
                    self.set_s2(false);
                }
                self.next_tick = Some(now);
            }
            Action::RequestEnergy(wants) => {
                self.wants = wants;
                if !wants {
                    self.stop_drawing();
                    self.set_s2(false);
                    self.close_at = None;
                }
            }
            Action::RequestWithPlug(eager) => self.eager = eager,
            Action::PulseC(lasting) => {
                self.set_s2(true);
                self.pulse_until = Some(now + lasting);
            }
            Action::SetSoc(soc) => self.battery.set(soc),
            Action::SetTarget(soc) => self.target = soc,
            Action::SetTemperature(celsius) => self.battery.set_temperature(f64::from(celsius)),
            Action::IgnorePilot(ignores) => self.ignores_pilot = ignores,
            Action::Draw(how) => {
                Phase::ALL.into_iter().for_each(|phase| self.currents.set(phase, how));
                self.next_tick = Some(now);
            }
            Action::DrawOn(phase, how) => {
                self.currents.set(phase, how);
                self.next_tick = Some(now);
            }
            Action::RequestVentilation(ventilation) => {
                self.ventilation = ventilation;
                self.set_s2(self.circuit.r3.is_some());
            }
            Action::Break(fault) => self.set_fault(fault, true),
            Action::Mend(fault) => self.set_fault(fault, false),
        }
        // Whatever it was, the car looks at once.
        self.next_tick = self.next_tick.or_else(|| self.circuit.r3.is_some().then_some(now));
    }

    /// The cable's plug goes into the inlet.
    fn connect(&mut self, now: Instant) {
        self.circuit.plugged = true;
        self.offer = NotedOffer::none();
        self.inlet = Inlet::default();
        let sleeps = self.profile.pilot.sleeps_after_s;
        self.sleep_at = (sleeps > 0).then(|| now + Duration::from_secs(sleeps));
    }

    /// The cable's plug comes out of the inlet.
    fn disconnect(&mut self) {
        self.circuit.plugged = false;
        self.stop_drawing();
        self.set_s2(false);
        (self.close_at, self.open_at, self.pulse_until) = (None, None, None);
        (self.sleep_at, self.asleep) = (None, false);
        self.offer = NotedOffer::none();
    }

    fn set_fault(&mut self, fault: CarFault, broken: bool) {
        match fault {
            CarFault::Diode(diode) => self.circuit.diode = if broken { diode } else { Diode::Good },
            CarFault::PilotShort(short) => self.circuit.short_to_pe = broken.then_some(short),
            CarFault::PilotOpen => self.circuit.pilot_open = broken,
            CarFault::PeOpen => self.circuit.pe_open = broken,
            CarFault::Proximity(resistance) => self.proximity_override = broken.then_some(resistance),
            CarFault::PilotNoise(noise) => self.noise = if broken { noise } else { Millivolts::ZERO },
            CarFault::R2(ohms) => self.circuit.r2 = if broken { ohms } else { Ohms(2740) },
            CarFault::R3(ohms) => {
                self.r3 = if broken { ohms } else { Ohms(1300) };
                self.set_s2(self.circuit.r3.is_some());
            }
            CarFault::ResidualCurrent(current) => {
                self.residual = if broken { current } else { Microamps::ZERO };
            }
        }
    }
}

impl Default for Inlet {
    fn default() -> Self {
        Self { pilot: PilotSignal::X1, voltage: PerPhase::all(Millivolts::ZERO), frequency: units::Millihertz(50_000) }
    }
}

// The digital duty is what an AC car without ISO 15118 waits through.
const _: () = assert!(matches!(Duty::DIGITAL.offer(), Offer::Digital));
