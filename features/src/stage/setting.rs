//! What a scenario has at its EVSEs, and what is said of it before the first thing happens.

use std::fmt;

use station::EvseConfig;
use twin::{Action, CarChoice, CsmsChoice, Device, EvseSetup, NotModelled, Policy, Setup};
use units::Phase;
use vehicle_model::Profile;

use super::{Stage, World};

impl Stage {
    /// Ends the scenario when nothing can be between two limits.
    pub(crate) fn in_order<T: PartialOrd + fmt::Display>(&self, low: T, high: T) {
        if low > high {
            self.misstated(format!("between {low} and {high}: expected the lower one first"));
        }
    }

    /// Ends the scenario when its charger does not have that device: nothing can happen to it, and whatever is said of it would hold.
    pub(crate) fn has(&self, device: Device) {
        let at = self.there();
        let (there, name, begin) = match device {
            Device::Supply | Device::Insulation => (at.dc, "DC supply", "a charger with a DC supply"),
            Device::Plc => (at.plc, "PLC modem", "a charger with a PLC modem"),
            Device::Board | Device::HouseMeter | Device::Lock | Device::Meter | Device::Panel | Device::Reader => {
                return;
            }
        };
        if !there {
            let whose = match self.setup.charger.evses.len() {
                1 => "this charger".to_owned(),
                _ => format!("EVSE {}", self.evse),
            };
            self.misstated(format!("{whose} has no {name}; begin with \"{begin}\""));
        }
    }

    /// The car of this sentence. Ends the scenario when there is none: nothing can happen to it, and whatever is said of it would
    /// be said of nothing.
    pub(crate) fn car(&self) -> &Profile {
        self.there().car.profile().unwrap_or_else(|| self.no_car())
    }

    /// The same, before anything has happened.
    pub(crate) fn car_mut(&mut self) -> &mut Profile {
        self.car();
        match &mut self.at_evse().car {
            CarChoice::Inside(profile) => profile,
            CarChoice::Outside | CarChoice::None => unreachable!("looked at above"),
        }
    }

    /// Ends the scenario when its car takes no direct current, or its charger gives none: whatever is said of the car's inlet would
    /// be said of nothing.
    pub(crate) fn has_dc_inlet(&self) {
        if self.car().dc.is_none() {
            self.misstated(NotModelled::NoDcInlet(self.evse).to_string());
        }
        self.has(Device::Supply);
    }

    /// Ends the scenario when something of a supply of direct current is meant, and its charger has none.
    pub(crate) fn has_supply_for(&self, is_of_supply: bool) {
        if is_of_supply {
            self.has(Device::Supply);
        }
    }

    /// Ends the scenario when not both its charger and its car have a modem.
    pub(crate) fn has_modems(&self) {
        self.has(Device::Plc);
        if self.car().dc.is_none() {
            self.misstated(NotModelled::NoModems(self.evse).to_string());
        }
    }

    fn no_car(&self) -> ! {
        self.misstated(NotModelled::NoCar(self.evse).to_string());
    }

    /// Ends the scenario when its car does not use that line, or its outlet has none such.
    pub(crate) fn car_uses(&self, line: Phase) {
        let car = self.car();
        let evses = &self.setup.charger.evses;
        let outlet = evses.of(self.evse).unwrap_or_else(|| evses.first()).outlet.phases;
        if !outlet.has(line) {
            self.misstated(format!("the outlet has {} line only, not {line:?}", outlet.count()));
        }
        if !car.charger.phases.has(line) {
            self.misstated(format!("{} uses {} line only, not {line:?}", car.name, car.charger.phases.count()));
        }
    }

    /// What there is at the EVSE of this sentence.
    fn there(&self) -> &EvseSetup {
        let evses = &self.setup.evses;
        // Those that are not named are as the last one, and there is always one.
        &evses[usize::from(self.evse.number()).min(evses.len()) - 1]
    }

    /// What there is at the EVSE of this sentence, before anything has happened.
    pub(crate) fn at_evse(&mut self) -> &mut EvseSetup {
        let evse = self.evse;
        self.setup().evse(evse)
    }

    /// What the charger is told of the EVSE of this sentence, before anything has happened.
    pub(crate) fn told(&mut self) -> &mut EvseConfig {
        let evse = self.evse;
        let evses = &mut self.setup().charger.evses;
        // Which number there is was looked at before the sentence.
        let place = usize::from(evse.number().min(evses.count())) - 1;
        evses.each_mut().nth(place).expect("it was looked at")
    }

    /// Something breaks before the beginning.
    pub(crate) fn at_first(&mut self, action: Action) {
        self.has_whom(&action);
        self.first.push((self.evse, action));
    }

    /// The setup, before anything has happened.
    pub(crate) fn setup(&mut self) -> &mut Setup {
        if matches!(self.world, World::Running(_) | World::Rehearsal { acted: true }) {
            self.misstated("this can only be said before the first thing happens".into());
        }
        &mut self.setup
    }

    /// Whether drivers must show a token.
    pub(crate) fn needs_token(&self) -> bool {
        self.setup.charger.authorization.mode == station::AuthorizationMode::Token
    }

    /// Changes how the CSMS answers, now or from the beginning on.
    pub(crate) fn policy(&mut self, change: impl FnOnce(&mut Policy) + 'static) {
        if self.has_begun() {
            self.act(Action::CsmsPolicy(Box::new(change)));
        } else if let CsmsChoice::Simulated(policy) = &mut self.setup.csms {
            change(policy);
        } else {
            self.misstated("there is no CSMS in this scenario".into());
        }
    }
}
