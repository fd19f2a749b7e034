//! The whole car: which part is told what, and in which order.
//!
//! ```text
//!  pilot, lines ──> inlet ──> evcc (S2) ──> on-board charger ──┐
//!                                                              ├──> battery
//!  DC supply ─────────────────────────────> DC inlet ──────────┘
//! ```

mod dc;
mod speech;
#[cfg(test)]
mod tests;

use units::{Instant, Microamps, Millivolts, Ohms, Phase, Soc, Watts};

use crate::action::{Action, CarFault};
use crate::battery::Battery;
use crate::dc_inlet::DcInlet;
use crate::evcc::hlc;
use crate::evcc::{Basic, Evcc, Input, Order, Situation};
use crate::inlet::{Diode, Inlet, MovedBy, PilotLoad, ProximityLine, R2, R3, S2, VehicleInlet};
use crate::on_board_charger::{Demand, May, OnBoardCharger};
use crate::profile::Profile;
use crate::sooner::sooner;
use crate::telemetry::{ChargePhase, Telemetry};
use crate::wishes::{Asks, Obeys, Wishes};

/// A car, made of parts.
#[derive(Debug)]
pub struct Car {
    profile: Profile,
    wishes: Wishes,
    inlet: VehicleInlet,
    evcc: Evcc,
    charger: OnBoardCharger,
    dc: Option<DcInlet>,
    battery: Battery,
    stepped_at: Instant,
    seed: u64,
}

impl Car {
    /// A car that is not plugged in. What is random in it follows from `seed`.
    #[must_use]
    pub fn new(profile: Profile, seed: u64) -> Self {
        Self {
            wishes: Wishes::default(),
            inlet: VehicleInlet::new(seed),
            evcc: Evcc::Basic(Basic::new(profile.pilot.clone())),
            charger: OnBoardCharger::new(profile.charger.clone()),
            dc: profile.dc.clone().map(DcInlet::new),
            battery: Battery::new(profile.battery.clone(), profile.battery.soc),
            stepped_at: Instant::ZERO,
            seed,
            profile,
        }
    }

    /// What hangs on the control pilot.
    #[must_use]
    pub fn load(&self) -> PilotLoad {
        self.inlet.load()
    }

    /// What lies on the pilot beside the level, for this step.
    #[must_use]
    pub const fn pilot_noise(&self) -> Millivolts {
        self.inlet.noise()
    }

    /// What a socket sees on PP; `None` is an open line.
    #[must_use]
    pub fn proximity(&self) -> Option<Ohms> {
        self.inlet.proximity()
    }

    /// The residual direct current it makes.
    #[must_use]
    pub const fn residual(&self) -> Microamps {
        self.charger.residual
    }

    /// Whether a plug is in.
    #[must_use]
    pub const fn is_plugged(&self) -> bool {
        self.inlet.is_plugged()
    }

    /// State of charge.
    #[must_use]
    pub fn soc(&self) -> Soc {
        self.battery.soc()
    }

    /// What it is meant to be charged to.
    #[must_use]
    pub const fn target(&self) -> Soc {
        self.wishes.target
    }

    /// What it draws now, as of the last step.
    #[must_use]
    pub const fn demand(&self) -> &Demand {
        self.charger.demand()
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
        let (dc_w, dc_wh) = self.dc.as_ref().map_or((0.0, 0.0), |dc| (dc.power_w(), dc.charged_wh()));
        Telemetry {
            soc: self.soc(),
            battery_power: Watts((self.charger.battery_w() + dc_w).round() as i32),
            inlet_power: Watts((self.charger.inlet_w() + dc_w).round() as i32),
            charged: self.battery.charged(),
            inlet_energy: milli(self.charger.inlet_wh() + dc_wh),
            losses: milli(self.charger.lost_wh() + self.battery.losses_wh()),
            temperature_c: self.battery.temperature_c(),
            phase: self.phase(dc_w),
        }
    }

    /// What the charging does, by how much of what the battery takes there is.
    fn phase(&self, dc_w: f64) -> ChargePhase {
        let (taken, limit) = if dc_w > 0.0 {
            (dc_w, self.battery.charge_limit_w())
        } else {
            (self.charger.inlet_w(), self.charger.battery_limit_w(&self.battery))
        };
        if taken <= 0.0 {
            if self.has_enough() { ChargePhase::Full } else { ChargePhase::Idle }
        } else if taken >= limit * 0.99 {
            ChargePhase::Tapering
        } else {
            ChargePhase::Constant
        }
    }

    /// Whether it is as full as it can or should be.
    fn has_enough(&self) -> bool {
        self.soc() >= self.wishes.target || self.battery.is_full()
    }

    /// When it will change something by itself, or say something.
    #[must_use]
    pub fn next_change(&self) -> Option<Instant> {
        sooner(self.next_move(), self.next_word())
    }

    /// When it will change something by itself, beside what it says.
    #[must_use]
    pub fn next_move(&self) -> Option<Instant> {
        let dc = self.dc.as_ref().and_then(|dc| dc.next_change(self.stepped_at));
        let ac = sooner(self.evcc.next_change(), self.charger.next_change());
        sooner(sooner(self.inlet.next_change(self.stepped_at), ac), dc)
    }

    /// Advances from the last step to `now` under the conditions that held since, and takes those that hold from now on.
    pub fn step(&mut self, now: Instant, inlet: &Inlet) -> Demand {
        self.integrate(now);
        let changed = self.inlet.see(inlet);
        if changed {
            let (signal, offer, plugged) = (inlet.pilot, self.inlet.offer(), self.inlet.is_plugged());
            self.evcc.handle_input(now, Input::Pilot { signal, offer, plugged });
            self.charger.see_offer(now, offer);
        }
        self.converse(now);
        self.charger.follow_offer(now);
        self.move_s2(now);
        if changed || self.charger.wants_to_look(now) {
            self.charger.draw(now, self.inlet.seen(), self.may_draw(), &self.battery);
        }
        *self.charger.demand()
    }

    /// What was drawn since the last step was drawn until now.
    fn integrate(&mut self, now: Instant) {
        let seconds = (now - self.stepped_at).as_secs_f64();
        self.stepped_at = now;
        self.charger.integrate(seconds, &mut self.battery);
        if let Some(dc) = &mut self.dc {
            dc.integrate(seconds, &mut self.battery);
        }
    }

    /// The controller decides, where it has the switch.
    fn move_s2(&mut self, now: Instant) {
        let situation = match self.inlet.s2.step(now) {
            MovedBy::Pulse => Situation::Pulse,
            MovedBy::Hand => Situation::Held,
            MovedBy::Evcc => {
                let plugged = self.inlet.is_plugged();
                Situation::Free {
                    s2: self.inlet.s2.position(),
                    plugged,
                    hungry: plugged && self.wishes.energy && !self.has_enough(),
                    enough: self.charger.is_offered_enough(),
                }
            }
        };
        match self.evcc.decide(now, situation, &self.wishes) {
            Order::Close => {
                self.inlet.s2.put(S2::Closed);
                self.charger.look(now);
            }
            Order::Keep => {}
            Order::Open => self.open_s2(),
        }
    }

    /// Nothing is drawn any more, and S2 opens.
    fn open_s2(&mut self) {
        self.charger.stop();
        self.inlet.s2.put(S2::Open);
    }

    /// Whether the on-board charger may draw.
    fn may_draw(&self) -> May {
        let stopping = self.evcc.is_stopping();
        match (self.inlet.s2.position(), self.wishes.obeys) {
            (S2::Open, Obeys::Pilot | Obeys::Nobody) => May::Nothing,
            (S2::Closed, Obeys::Pilot | Obeys::Nobody) if self.inlet.s2.is_pulsed() => May::Nothing,
            (S2::Closed, Obeys::Pilot) => May::Offered { stopping },
            (S2::Closed, Obeys::Nobody) => May::Anything { stopping },
        }
    }

    /// Does what a driver does, or breaks what breaks.
    pub fn act(&mut self, now: Instant, action: Action) {
        self.integrate(now);
        match action {
            Action::PlugIn(cable) => {
                self.inlet.plug_in(cable);
                self.plugged(now);
            }
            Action::PushIntoCar => {
                if self.inlet.push_in() {
                    self.plugged(now);
                }
            }
            Action::PullFromCar => {
                self.inlet.pull_out();
                self.unplugged(now);
            }
            Action::Unplug => {
                self.inlet.unplug();
                self.unplugged(now);
            }
            Action::CableResistor(ohms) => self.inlet.set_cable_resistor(ohms),
            Action::Dc(action) => {
                if let Some(dc) = &mut self.dc {
                    dc.act(now, action);
                }
            }
            Action::HoldS2(hold) => {
                self.inlet.s2.hold(hold);
                match hold {
                    Some(S2::Open) => self.open_s2(),
                    Some(S2::Closed) | None => {}
                }
                self.charger.look(now);
            }
            Action::RequestEnergy(wants) => {
                self.wishes.energy = wants;
                if !wants {
                    // A session ends in its order, and S2 with it.
                    if !self.evcc.is_speaking() {
                        self.open_s2();
                    }
                    self.evcc.handle_input(now, Input::NoEnergy);
                }
            }
            Action::RequestWithPlug(eager) => {
                self.wishes.asks = if eager { Asks::WithThePlug } else { Asks::WhenOffered };
            }
            Action::Pause => self.tell_session(now, hlc::Input::Pause),
            Action::Renegotiate => self.tell_session(now, hlc::Input::Renegotiate),
            Action::WakeCharger => self.wake_charger(now),
            Action::PulseC(lasting) => self.inlet.s2.pulse(now, lasting),
            Action::SetSoc(soc) => self.battery.set(soc),
            Action::SetTarget(soc) => self.wishes.target = soc,
            Action::SetTemperature(celsius) => self.battery.set_temperature(f64::from(celsius)),
            Action::IgnorePilot(ignores) => self.wishes.obeys = if ignores { Obeys::Nobody } else { Obeys::Pilot },
            Action::Draw(how) => {
                Phase::ALL.into_iter().for_each(|phase| self.charger.set_draw(phase, how));
                self.charger.look(now);
            }
            Action::DrawOn(phase, how) => {
                self.charger.set_draw(phase, how);
                self.charger.look(now);
            }
            Action::RequestVentilation(ventilation) => self.inlet.parts.ventilation = ventilation,
            Action::Break(fault) => self.set_fault(fault, true),
            Action::Mend(fault) => self.set_fault(fault, false),
        }
        self.converse(now);
        // Whatever it was, a car that asks for energy looks at once.
        if self.inlet.s2.is_closed() {
            self.charger.look_once(now);
        }
    }

    /// The cable's plug has gone into the inlet.
    fn plugged(&mut self, now: Instant) {
        self.charger.forget_offer();
        self.evcc.handle_input(now, Input::Plugged);
    }

    /// The cable's plug has come out of the inlet.
    fn unplugged(&mut self, now: Instant) {
        self.charger.stop();
        self.charger.forget_offer();
        self.evcc.handle_input(now, Input::Unplugged);
        if let Some(dc) = &mut self.dc {
            dc.unplug(&self.battery);
        }
    }

    /// Something breaks or is mended, in the part that has it.
    fn set_fault(&mut self, fault: CarFault, broken: bool) {
        let parts = &mut self.inlet.parts;
        match fault {
            CarFault::Diode(diode) => parts.diode = if broken { diode } else { Diode::Good },
            CarFault::PilotShort(short) => parts.short_to_pe = broken.then_some(short),
            CarFault::PilotOpen => parts.pilot_open = broken,
            CarFault::PeOpen => parts.pe_open = broken,
            CarFault::R2(ohms) => parts.r2 = if broken { ohms } else { R2 },
            CarFault::R3(ohms) => parts.r3 = if broken { ohms } else { R3 },
            CarFault::Proximity(ohms) => {
                self.inlet.proximity_line = if broken { ProximityLine::Broken(ohms) } else { ProximityLine::Sound };
            }
            CarFault::PilotNoise(noise) => self.inlet.set_noise(if broken { noise } else { Millivolts::ZERO }),
            CarFault::ResidualCurrent(current) => {
                self.charger.residual = if broken { current } else { Microamps::ZERO };
            }
        }
    }
}
