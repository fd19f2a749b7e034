//! The inlet for direct current: two contacts, two contactors, the battery behind them (IEC 61851-23, annex CC).
//!
//! ```text
//!  charger                    inlet            car
//!  DC+ o----------------------o------[ K+ ]----+
//!     supply                 pins              battery (open-circuit voltage and resistance)
//!  DC- o----------------------o------[ K- ]----+
//! ```
//!
//! The contactors close only when the voltages on both sides are within 20 V, so that nothing surges through them. While both
//! conduct, the battery hangs on the supply ([`DcLoad`]); what that makes of voltage and current at the pins is for whoever
//! has the supply to work out, and is then seen here ([`DcPins`]). When the supply is off it discharges pins that are on their
//! own; where a contactor is welded it cannot, and that is what welding detection looks for.
//!
//! The charger speaks of it by messages: this is where a digital controller (see `evcc`) gets what it tells.

mod contactors;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::Serialize;
use units::{Instant, Milliamps, Millivolts};

use self::contactors::{Contact, TEST_TIME};
pub use self::contactors::{ContactorState, DcFault, Pole, Welding};
use crate::battery::Battery;
use crate::profile::DcProfile;
use crate::sooner::sooner;

/// The contactors close when the voltages on both sides are that near, V (IEC 61851-23, annex CC).
const MATCH_V: f64 = 20.0;
/// Below this the pins count as without voltage, V (IEC 61851-23: more than 60 V DC must not be touched).
const SAFE_V: f64 = 60.0;
/// While a current flows the battery's voltage rises slowly.
const FLOW_STEP: Duration = Duration::from_secs(1);

/// What the car hangs on the supply.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum DcLoad {
    /// Its battery: both contacts conduct.
    Battery {
        /// Without a current.
        voltage: Millivolts,
        /// Of the whole pack, thousandths of an ohm; at least one.
        milliohms: u32,
    },
    /// Nothing.
    Open,
}

/// What is measured at the pins.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct DcPins {
    /// Between DC+ and DC-.
    pub voltage: Millivolts,
    /// Into the car.
    pub current: Milliamps,
}

/// What the car would ask the supply for now.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct DcTarget {
    /// While nothing flows: the battery's own, to which the supply is brought in pre-charge. Then: the most it may have.
    pub voltage: Millivolts,
    /// What battery and inlet take; nothing while the contactors are not closed.
    pub current: Milliamps,
}

/// What is done to the inlet for direct current.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DcAction {
    /// Something breaks.
    Break(DcFault),
    /// The contactors are to close, once the voltages match.
    Close,
    /// The car looks whether a contactor is welded. Where both are closed it opens one after the other and expects the voltage to
    /// fall; where they are open it closes none, and sees no more than that there is a voltage all the same.
    DetectWelding,
    /// What was broken is mended.
    Mend(DcFault),
    /// The contactors open now, whatever flows.
    Open,
}

/// The inlet for direct current.
#[derive(Debug)]
pub struct DcInlet {
    profile: DcProfile,
    /// As of the last step.
    pins: DcPins,
    state: ContactorState,
    welding: Welding,
    /// How often it has looked for that, to the end.
    looks: u32,
    plus: Contact,
    minus: Contact,
    charged_wh: f64,
}

impl DcInlet {
    pub(crate) const fn new(profile: DcProfile) -> Self {
        Self {
            profile,
            pins: DcPins { voltage: Millivolts::ZERO, current: Milliamps::ZERO },
            state: ContactorState::Open,
            welding: Welding::Unknown,
            looks: 0,
            plus: Contact::Sound,
            minus: Contact::Sound,
            charged_wh: 0.0,
        }
    }

    /// What the contactors do.
    #[must_use]
    pub const fn state(&self) -> ContactorState {
        self.state
    }

    /// What welding detection has found.
    #[must_use]
    pub const fn welding(&self) -> Welding {
        self.welding
    }

    /// How often welding detection has come to its end.
    #[must_use]
    pub const fn looks(&self) -> u32 {
        self.looks
    }

    /// What is measured at the pins, as of the last step.
    #[must_use]
    pub const fn pins(&self) -> DcPins {
        self.pins
    }

    /// What hangs on a supply that is plugged in.
    pub(crate) fn load(&self, battery: &Battery) -> DcLoad {
        if self.is_connected() {
            let milliohms = (battery.resistance() * 1000.0).round() as u32;
            DcLoad::Battery { voltage: own_voltage(battery), milliohms: milliohms.max(1) }
        } else {
            DcLoad::Open
        }
    }

    /// Into the battery, W.
    pub(crate) fn power_w(&self) -> f64 {
        self.pins.voltage.volts() * self.pins.current.amps()
    }

    /// Into the battery so far, Wh.
    pub(crate) const fn charged_wh(&self) -> f64 {
        self.charged_wh
    }

    /// What the car would ask the supply for now.
    pub(crate) fn target(&self, battery: &Battery) -> DcTarget {
        match self.state {
            ContactorState::Closed => self.wants(battery),
            ContactorState::Closing { .. }
            | ContactorState::Open
            | ContactorState::PreCharge
            | ContactorState::TestingMinus { .. }
            | ContactorState::TestingOpen { .. }
            | ContactorState::TestingPlus { .. } => {
                target(battery.open_circuit_voltage().min(self.max_v(battery)), 0.0)
            }
        }
    }

    /// What battery and inlet take once the contactors are closed.
    pub(crate) fn wants(&self, battery: &Battery) -> DcTarget {
        let amps = battery.current(battery.charge_limit_w()).min(self.profile.max_current_a);
        target(self.max_v(battery), amps)
    }

    /// The most that battery and inlet bear, whatever the battery takes now.
    pub(crate) fn most(&self, battery: &Battery) -> DcTarget {
        target(self.max_v(battery), self.profile.max_current_a)
    }

    fn max_v(&self, battery: &Battery) -> f64 {
        battery.max_voltage().min(self.profile.max_voltage_v)
    }

    /// What flowed for the last `seconds` went into the battery.
    pub(crate) fn integrate(&mut self, seconds: f64, battery: &mut Battery) {
        if seconds > 0.0 && self.flows() {
            let watts = self.power_w();
            self.charged_wh += watts * seconds / 3600.0;
            battery.take(watts, seconds);
        }
    }

    /// Something is done to it.
    pub(crate) fn act(&mut self, now: Instant, action: DcAction) {
        match action {
            DcAction::Break(fault) => *self.contact(fault.pole()) = Contact::broken(fault),
            DcAction::Mend(fault) => *self.contact(fault.pole()) = Contact::Sound,
            DcAction::Open => self.state = ContactorState::Open,
            DcAction::Close => {
                self.state = match self.state {
                    ContactorState::Open => {
                        self.welding = Welding::Unknown;
                        ContactorState::PreCharge
                    }
                    // Closed, about to be, or looked at: a test is not broken off.
                    other @ (ContactorState::Closed
                    | ContactorState::Closing { .. }
                    | ContactorState::PreCharge
                    | ContactorState::TestingMinus { .. }
                    | ContactorState::TestingOpen { .. }
                    | ContactorState::TestingPlus { .. }) => other,
                };
            }
            DcAction::DetectWelding => match (self.state, self.has_voltage()) {
                // It looks already.
                (
                    ContactorState::TestingMinus { .. }
                    | ContactorState::TestingOpen { .. }
                    | ContactorState::TestingPlus { .. },
                    _,
                ) => {}
                (ContactorState::Closed, true) => self.state = ContactorState::TestingPlus { until: now + TEST_TIME },
                (ContactorState::Closing { .. } | ContactorState::Open | ContactorState::PreCharge, true) => {
                    self.state = ContactorState::TestingOpen { until: now + TEST_TIME };
                }
                (
                    ContactorState::Closed
                    | ContactorState::Closing { .. }
                    | ContactorState::Open
                    | ContactorState::PreCharge,
                    false,
                ) => self.found(Welding::Unseen),
            },
        }
        self.stop_at_open_contacts();
    }

    /// The cable is out.
    pub(crate) fn unplug(&mut self, battery: &Battery) {
        self.state = ContactorState::Open;
        self.pins = self.alone(battery);
    }

    /// What is at pins without a cable: no voltage, unless the battery itself is on them.
    pub(crate) fn alone(&self, battery: &Battery) -> DcPins {
        let voltage = if self.is_connected() { own_voltage(battery) } else { Millivolts::ZERO };
        DcPins { voltage, current: Milliamps::ZERO }
    }

    /// Takes what is at the pins from now on.
    pub(crate) fn step(&mut self, now: Instant, pins: DcPins, battery: &Battery) {
        self.pins = pins;
        if self.state == ContactorState::Closed && pins.current < Milliamps::ZERO && battery.is_at_reserve() {
            // It lets nothing more out, as far as its contactors open.
            self.state = ContactorState::Open;
        }
        self.move_on(now, battery);
        self.stop_at_open_contacts();
    }

    /// Welding detection has come to its end: both coils are off.
    const fn found(&mut self, welding: Welding) {
        self.welding = welding;
        self.looks += 1;
        self.state = ContactorState::Open;
    }

    /// More than may be touched is between the pins.
    fn has_voltage(&self) -> bool {
        self.pins.voltage.volts() > SAFE_V
    }

    /// The controller's next move, if it is time for one.
    fn move_on(&mut self, now: Instant, battery: &Battery) {
        let (volts, has_voltage) = (self.pins.voltage.volts(), self.has_voltage());
        match self.state {
            ContactorState::Closed | ContactorState::Open => {}
            ContactorState::PreCharge => {
                if (volts - battery.open_circuit_voltage()).abs() <= MATCH_V {
                    let at = now + Duration::from_millis(self.profile.contactor_ms);
                    self.state = ContactorState::Closing { at };
                }
            }
            ContactorState::Closing { at } => {
                if at <= now {
                    self.state = ContactorState::Closed;
                }
            }
            ContactorState::TestingOpen { until } => {
                if until <= now {
                    self.found(if has_voltage { Welding::Both } else { Welding::Unseen });
                }
            }
            ContactorState::TestingPlus { until } => {
                if until <= now {
                    let until = now + TEST_TIME;
                    self.state = ContactorState::TestingMinus { until, plus_welded: has_voltage };
                }
            }
            ContactorState::TestingMinus { until, plus_welded } => {
                if until <= now {
                    self.found(match (plus_welded, has_voltage) {
                        (false, false) => Welding::None,
                        (true, false) => Welding::One(Pole::Plus),
                        (false, true) => Welding::One(Pole::Minus),
                        (true, true) => Welding::Both,
                    });
                }
            }
        }
    }

    /// A contact that has just opened carries nothing any more, before anybody has measured it.
    fn stop_at_open_contacts(&mut self) {
        if !self.is_connected() {
            self.pins.current = Milliamps::ZERO;
        }
    }

    fn flows(&self) -> bool {
        self.pins.current != Milliamps::ZERO
    }

    /// Whether the battery is on the pins: both contacts conduct, whatever their coils do.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.plus.conducts(self.state.drives(Pole::Plus)) && self.minus.conducts(self.state.drives(Pole::Minus))
    }

    const fn contact(&mut self, pole: Pole) -> &mut Contact {
        match pole {
            Pole::Plus => &mut self.plus,
            Pole::Minus => &mut self.minus,
        }
    }

    /// When it changes something by itself, after a step at `stepped_at`.
    pub(crate) fn next_change(&self, stepped_at: Instant) -> Option<Instant> {
        let flows = self.flows().then(|| stepped_at + FLOW_STEP);
        sooner(self.state.next_change(), flows)
    }
}

/// Rounded down: it never asks for more than it takes.
fn target(volts: f64, amps: f64) -> DcTarget {
    DcTarget { voltage: Millivolts((volts * 1000.0) as i32), current: Milliamps((amps * 1000.0) as i32) }
}

/// The battery's, without a current.
fn own_voltage(battery: &Battery) -> Millivolts {
    Millivolts((battery.open_circuit_voltage() * 1000.0).round() as i32)
}
