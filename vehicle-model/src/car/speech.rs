//! The car as it speaks: what its controller is told of it, and what it does of what the controller wants.

use std::time::Duration;

use units::{Instant, Milliamps, Millivolts, MilliwattHours, Watts};

use super::Car;
use crate::dc_inlet::{ContactorState, DcAction, DcInlet};
use crate::evcc::{Basic, CarNote, Command, Digital, Evcc, Facts, Hunger, Speech, hlc};
use crate::inlet::PilotLoad;
use crate::on_board_charger::Demand;

/// How long S2 is closed to wake a station: within the 200 to 400 ms of a toggle (ISO 15118-3).
const BCB: Duration = Duration::from_millis(300);

/// What hangs on the pilot, what is drawn, what the contactors for direct current do and whether they conduct.
type Stance = (PilotLoad, Demand, Option<(ContactorState, bool)>);

impl Car {
    /// How it speaks from now on when the pilot says 5 %; `None`: it waits for a nominal duty. While a plug is in nothing changes.
    pub fn set_speech(&mut self, speech: Option<Speech>) {
        if self.is_plugged() {
            return;
        }
        self.evcc = speech.map_or_else(
            || Evcc::Basic(Basic::new(self.profile.pilot.clone())),
            |speech| Evcc::Digital(Box::new(Digital::new(&self.profile, &speech, self.seed))),
        );
    }

    /// It waits so many times as long for each answer of a station as the standard lets it: once, but for one that was slowed down.
    pub fn set_patience(&mut self, times: u32) {
        if let Some(digital) = self.evcc.digital() {
            digital.set_patience(times.max(1));
        }
    }

    /// The address of its host on the link, which is its EVCCID too; `None`: it does not speak. It follows from the car's seed.
    #[must_use]
    pub const fn evcc_id(&self) -> Option<[u8; 6]> {
        match &self.evcc {
            Evcc::Basic(_) => None,
            Evcc::Digital(digital) => Some(digital.host()),
        }
    }

    /// A frame came from the car's modem. Whether the rest of the car moves because of it: what it hangs on pilot and supply may be
    /// another thing then, and a step is due.
    pub fn hear(&mut self, now: Instant, frame: &[u8]) -> bool {
        let before = self.stance();
        self.integrate(now);
        if let Some(digital) = self.evcc.digital() {
            digital.hear(now, frame);
        }
        self.converse_and_switch(now);
        self.has_moved(now, before)
    }

    /// When its controller goes on in what it says; `None`: not by itself.
    #[must_use]
    pub const fn next_word(&self) -> Option<Instant> {
        self.evcc.next_word()
    }

    /// It is time for what its controller says next. Whether the rest of the car moves because of that, so that a step is due at
    /// this instant; else nothing has changed but what it says.
    #[must_use]
    pub fn speak(&mut self, now: Instant) -> bool {
        let before = self.stance();
        self.integrate(now);
        self.converse_and_switch(now);
        self.has_moved(now, before)
    }

    /// Whether it stands another way than it did, or is about to.
    fn has_moved(&self, now: Instant, before: Stance) -> bool {
        before != self.stance() || self.next_move().is_some_and(|at| at <= now)
    }

    /// What others see of it besides its words.
    fn stance(&self) -> Stance {
        let contactors = self.dc.as_ref().map(|dc| (dc.state(), dc.is_connected()));
        (self.load(), *self.demand(), contactors)
    }

    /// The controller goes on, and S2 goes where it wants it.
    pub(super) fn converse_and_switch(&mut self, now: Instant) {
        match &self.evcc {
            Evcc::Basic(_) => {}
            Evcc::Digital(_) => {
                self.converse(now);
                self.move_s2(now);
            }
        }
    }

    /// The next frame for the car's modem. Of those that nobody fetches the oldest are lost.
    pub fn next_frame(&mut self) -> Option<Vec<u8>> {
        self.evcc.digital()?.next_frame()
    }

    /// What is worth a line of an event log. Of what nobody fetches the oldest is lost.
    pub fn next_note(&mut self) -> Option<CarNote> {
        self.evcc.digital()?.next_note()
    }

    /// The controller is told how the car stands, and goes on as far as it goes; what it wants is done.
    pub(super) fn converse(&mut self, now: Instant) {
        let plugged = self.is_plugged();
        // What it wants of the contactors is done before it is told how they are, so it is asked until it wants nothing more.
        loop {
            let facts = match &self.evcc {
                Evcc::Basic(_) => return,
                Evcc::Digital(_) => plugged.then(|| self.facts()),
            };
            let Some(digital) = self.evcc.digital() else { return };
            if let Some(facts) = facts {
                digital.know(now, facts);
            }
            digital.advance(now);
            self.charger.see_digital(now, digital.limit());
            if !self.obey(now) {
                return;
            }
        }
    }

    /// Does what the controller wants; whether it wanted anything.
    fn obey(&mut self, now: Instant) -> bool {
        let mut obeyed = false;
        while let Some(command) = self.evcc.digital().and_then(Digital::next_command) {
            let action = match command {
                Command::Close => DcAction::Close,
                Command::Open => DcAction::Open,
                Command::DetectWelding => DcAction::DetectWelding,
                Command::Wake => {
                    self.inlet.s2.pulse(now, BCB);
                    continue;
                }
            };
            if let Some(dc) = &mut self.dc {
                dc.act(now, action);
                obeyed = true;
            }
        }
        obeyed
    }

    pub(super) fn tell_session(&mut self, now: Instant, input: hlc::Input<'_>) {
        if let Some(digital) = self.evcc.digital() {
            digital.tell(now, input);
        }
    }

    pub(super) fn wake_charger(&mut self, now: Instant) {
        self.inlet.s2.pulse(now, BCB);
        if let Some(digital) = self.evcc.digital() {
            digital.wake(now);
        }
    }

    /// How the car stands, as its controller speaks of it.
    fn facts(&self) -> Facts {
        let hunger = if !self.wishes.energy {
            Hunger::Unwanted
        } else if self.has_enough() {
            Hunger::Full
        } else {
            Hunger::Hungry
        };
        let pins = self.dc.as_ref().map_or(hlc::Present::default(), |dc| {
            let pins = dc.pins();
            hlc::Present { voltage: pins.voltage, current: pins.current }
        });
        let is_connected = self.dc.as_ref().is_some_and(DcInlet::is_connected);
        let contactors = if is_connected { hlc::Contactors::Closed } else { hlc::Contactors::Open };
        Facts { hunger, battery: self.wanted(), pins, contactors }
    }

    /// What the battery wants now.
    fn wanted(&self) -> hlc::Battery {
        let (target, most) = match &self.dc {
            Some(dc) => (dc.wants(&self.battery), dc.most(&self.battery)),
            None => {
                let max = self.profile.charger.max_current();
                let volts = Millivolts((self.battery.max_voltage() * 1000.0) as i32);
                let target = crate::dc_inlet::DcTarget { voltage: volts, current: max };
                (target, target)
            }
        };
        hlc::Battery {
            soc: self.soc(),
            voltage: Millivolts((self.battery.open_circuit_voltage() * 1000.0) as i32),
            target_voltage: target.voltage,
            target_current: target.current.max(Milliamps::ZERO),
            most: hlc::Most {
                voltage: most.voltage,
                current: most.current,
                power: Watts(self.battery.most_w().round() as i32),
            },
            energy_request: MilliwattHours((self.battery.missing_wh(self.target()) * 1000.0).round() as i64),
            ready: true,
        }
    }
}
