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
//! conduct, the pins have the battery's voltage and take what the supply gives. A supply gives no current back: it has a diode.
//! When it is off and the pins are on their own, it discharges them; where a contactor is welded it cannot, and that is what
//! welding detection looks for.
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
/// How fast a supply that is off discharges its pins, V/s: it takes a constant current from their capacitance.
const DISCHARGE_V_PER_S: f64 = 2_000.0;
/// While a current flows the battery's voltage rises slowly.
const FLOW_STEP: Duration = Duration::from_secs(1);
/// While the pins are discharged whoever looks at them wants to see them fall.
const FALL_STEP: Duration = Duration::from_millis(50);

/// What the charger's supply does at the pins.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum DcSupply {
    /// It gives nothing, and discharges the pins.
    Off,
    /// It holds a voltage as long as that takes no more than a current.
    On {
        /// Between the pins.
        voltage: Millivolts,
        /// At most so much into the car.
        limit: Milliamps,
    },
}

/// What is measured at the pins.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
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
    /// The car looks whether a contactor is welded: it opens one after the other and expects the voltage to fall.
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
    supply: DcSupply,
    state: ContactorState,
    welding: Welding,
    plus: Contact,
    minus: Contact,
    /// Between the pins, V.
    pins_v: f64,
    /// Into the battery, A.
    current_a: f64,
    charged_wh: f64,
}

impl DcInlet {
    pub(crate) const fn new(profile: DcProfile) -> Self {
        Self {
            profile,
            supply: DcSupply::Off,
            state: ContactorState::Open,
            welding: Welding::Unknown,
            plus: Contact::Sound,
            minus: Contact::Sound,
            pins_v: 0.0,
            current_a: 0.0,
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

    /// What is measured at the pins, as of the last step.
    #[must_use]
    pub fn pins(&self) -> DcPins {
        DcPins {
            voltage: Millivolts((self.pins_v * 1000.0).round() as i32),
            current: Milliamps((self.current_a * 1000.0).round() as i32),
        }
    }

    /// Into the battery, W.
    pub(crate) fn power_w(&self) -> f64 {
        self.pins_v * self.current_a
    }

    /// Into the battery so far, Wh.
    pub(crate) const fn charged_wh(&self) -> f64 {
        self.charged_wh
    }

    /// What the car would ask the supply for now.
    pub(crate) fn target(&self, battery: &Battery) -> DcTarget {
        let max_v = battery.max_voltage().min(self.profile.max_voltage_v);
        let (volts, amps) = match self.state {
            ContactorState::Closed => {
                (max_v, battery.current(battery.charge_limit_w()).min(self.profile.max_current_a))
            }
            ContactorState::Closing { .. }
            | ContactorState::Open
            | ContactorState::PreCharge
            | ContactorState::TestingMinus { .. }
            | ContactorState::TestingPlus { .. } => (battery.open_circuit_voltage().min(max_v), 0.0),
        };
        // Rounded down: it never asks for more than it takes.
        DcTarget { voltage: Millivolts((volts * 1000.0) as i32), current: Milliamps((amps * 1000.0) as i32) }
    }

    /// What flowed for the last `seconds` went into the battery, or the pins fell.
    pub(crate) fn integrate(&mut self, seconds: f64, battery: &mut Battery) {
        if seconds <= 0.0 {
            return;
        }
        if self.current_a > 0.0 {
            let watts = self.power_w();
            self.charged_wh += watts * seconds / 3600.0;
            battery.take(watts, seconds);
        } else if self.is_falling() {
            self.pins_v = (self.pins_v - DISCHARGE_V_PER_S * seconds).max(0.0);
        }
    }

    /// Something is done to it.
    pub(crate) fn act(&mut self, now: Instant, action: DcAction, battery: &Battery) {
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
                    | ContactorState::TestingPlus { .. }) => other,
                };
            }
            DcAction::DetectWelding => {
                self.state = match self.state {
                    ContactorState::Closed
                    | ContactorState::Closing { .. }
                    | ContactorState::Open
                    | ContactorState::PreCharge => ContactorState::TestingPlus { until: now + TEST_TIME },
                    testing @ (ContactorState::TestingMinus { .. } | ContactorState::TestingPlus { .. }) => testing,
                };
            }
        }
        self.settle(battery);
    }

    /// The cable is out: no supply, and no voltage unless the battery itself is on the pins.
    pub(crate) fn unplug(&mut self, battery: &Battery) {
        self.supply = DcSupply::Off;
        self.state = ContactorState::Open;
        self.pins_v = 0.0;
        self.settle(battery);
    }

    /// Takes what the supply does from now on.
    pub(crate) fn step(&mut self, now: Instant, supply: DcSupply, battery: &Battery) {
        self.supply = supply;
        self.settle(battery);
        self.move_on(now, battery);
        self.settle(battery);
    }

    /// The controller's next move, if it is time for one.
    fn move_on(&mut self, now: Instant, battery: &Battery) {
        let has_voltage = self.pins_v > SAFE_V;
        match self.state {
            ContactorState::Closed | ContactorState::Open => {}
            ContactorState::PreCharge => {
                if (self.pins_v - battery.open_circuit_voltage()).abs() <= MATCH_V {
                    let at = now + Duration::from_millis(self.profile.contactor_ms);
                    self.state = ContactorState::Closing { at };
                }
            }
            ContactorState::Closing { at } => {
                if at <= now {
                    self.state = ContactorState::Closed;
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
                    self.welding = match (plus_welded, has_voltage) {
                        (false, false) => Welding::None,
                        (true, false) => Welding::One(Pole::Plus),
                        (false, true) => Welding::One(Pole::Minus),
                        (true, true) => Welding::Both,
                    };
                    self.state = ContactorState::Open;
                }
            }
        }
    }

    /// Voltage and current that follow from supply, contacts and battery.
    fn settle(&mut self, battery: &Battery) {
        let ocv = battery.open_circuit_voltage();
        (self.pins_v, self.current_a) = match (self.is_connected(), self.supply) {
            (true, DcSupply::Off) => (ocv, 0.0),
            (true, DcSupply::On { voltage, limit }) => {
                let amps = ((voltage.volts() - ocv) / battery.resistance()).min(limit.amps()).max(0.0);
                (ocv + amps * battery.resistance(), amps)
            }
            (false, DcSupply::On { voltage, .. }) => (voltage.volts(), 0.0),
            // The pins keep what they have; `integrate` lets it fall.
            (false, DcSupply::Off) => (self.pins_v, 0.0),
        };
    }

    /// Whether the battery is on the pins: both contacts conduct.
    fn is_connected(&self) -> bool {
        self.plus.conducts(self.state.drives(Pole::Plus)) && self.minus.conducts(self.state.drives(Pole::Minus))
    }

    /// Whether a supply that is off discharges pins that nothing else holds.
    fn is_falling(&self) -> bool {
        self.supply == DcSupply::Off && !self.is_connected() && self.pins_v > 0.0
    }

    const fn contact(&mut self, pole: Pole) -> &mut Contact {
        match pole {
            Pole::Plus => &mut self.plus,
            Pole::Minus => &mut self.minus,
        }
    }

    /// When it changes something by itself, after a step at `stepped_at`.
    pub(crate) fn next_change(&self, stepped_at: Instant) -> Option<Instant> {
        let flows = (self.current_a > 0.0).then(|| stepped_at + FLOW_STEP);
        let falls = self.is_falling().then(|| stepped_at + FALL_STEP);
        sooner(self.state.next_change(), sooner(flows, falls))
    }
}
