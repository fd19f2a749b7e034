//! What is measured in a world, and what is known of it as a whole.

use std::cell::RefCell;
use std::task::Poll;
use std::time::Duration;

use hardware::Screen;
use panel_view::{Picture, Size};
use serde_json::json;
use station::{EvseConfig, Owner};
use units::{EvseId, Milliamps, MilliwattHours, Watts};

use super::{Charger, Twin};
use crate::probe::{Balance, Snapshot};
use crate::signal::Signal;
use crate::world::{HouseSupply, METER_START, PilotStage, PowerBoard, PowerPath, Vehicle};

/// The size of the panel.
const PANEL: Size = Size::new(1024, 600);
/// The plots get a point this often while something flows, and when nothing does.
const PLOT_BUSY: Duration = Duration::from_secs(10);
const PLOT_IDLE: Duration = Duration::from_secs(60);

impl Twin {
    /// Measures something, at the first EVSE if it is something of one.
    pub fn probe(&mut self, signal: Signal) -> f64 {
        self.probe_at(EvseId::FIRST, signal)
    }

    /// Measures something, at that EVSE if it is something of one.
    ///
    /// # Panics
    /// When the charger has no such EVSE.
    pub fn probe_at(&mut self, evse: EvseId, signal: Signal) -> f64 {
        let ports = &self.ports.evses[usize::from(evse.number()) - 1];
        let car = &self.physics.of::<Vehicle>(evse).0;
        let board = self.physics.of::<PowerBoard>(evse);
        let (levels, pilot) = (board.levels, board.pilot());
        // Made for the signals that need them alone.
        let stage = || self.physics.of::<PilotStage>(evse).behind(board.frequency());
        let line = || car.load();
        match signal {
            Signal::CableRating => match iec61851::classify(car.proximity()) {
                iec61851::Proximity::Cable(rating) => rating.limit().amps(),
                iec61851::Proximity::Absent | iec61851::Proximity::Invalid => f64::NAN,
            },
            Signal::CarCurrent => car.demand().current.highest().amps(),
            Signal::CarPower => f64::from(car.demand().power.total().0),
            Signal::Contactor => f64::from(u8::from(self.physics.of::<PowerPath>(evse).is_closed())),
            Signal::ContactorClosings => f64::from(self.physics.of::<PowerPath>(evse).closings),
            Signal::DutyPercent => match pilot {
                iec61851::PilotSignal::Pwm(duty) => f64::from(duty.permille()) / 10.0,
                iec61851::PilotSignal::E | iec61851::PilotSignal::F | iec61851::PilotSignal::X1 => 0.0,
            },
            Signal::EnergyGap => self.energy_balance().worst_gap(),
            Signal::InsulationResistance => {
                ports.dc.measure(self.now).insulation.map_or(f64::NAN, |ohms| f64::from(ohms.0))
            }
            Signal::InsulationVoltage | Signal::SupplyVoltage => ports.dc.measure(self.now).voltage.volts(),
            Signal::Limit => self.limit(evse).amps(),
            Signal::LockPosition => match ports.lock.position.get() {
                hardware::LockPosition::Locked => 1.0,
                hardware::LockPosition::Moving | hardware::LockPosition::Unlocked => 0.0,
            },
            Signal::MeterEnergy => self.delivered(evse).watt_hours(),
            Signal::MeterPower => f64::from(ports.outlet_meter.get().power.total().0),
            Signal::PilotDuty => stage().duty(pilot, &line()),
            Signal::PilotFallTime => stage().fall_time(pilot, &line()),
            Signal::PilotFrequency => stage().frequency(pilot),
            Signal::PilotHigh => levels.high.volts(),
            Signal::PilotHighTime => stage().high_time(pilot, &line()),
            Signal::PilotLow => levels.low.volts(),
            Signal::PilotRipple => stage().ripple(),
            Signal::PilotRiseTime => stage().rise_time(pilot, &line()),
            Signal::PilotSourceResistance => stage().resistance(),
            Signal::ResidualCurrent => f64::from(car.residual().0) / 1e6,
            Signal::ServiceCurrent => {
                self.physics.site::<HouseSupply>().supply.telemetry().service_current.highest().amps()
            }
            Signal::Soc => car.soc().percent(),
            Signal::SupplyCurrent => f64::from(ports.dc.measure(self.now).current.0) / 1000.0,
            Signal::Voltage => self.physics.site::<HouseSupply>().supply.terminals().voltage.0[0].volts(),
        }
    }

    /// Everything a live view of that EVSE needs.
    ///
    /// # Panics
    /// When the charger has no such EVSE.
    pub fn snapshot(&mut self, evse: EvseId) -> Snapshot {
        let ports = &self.ports.evses[usize::from(evse.number()) - 1];
        let board = self.physics.of::<PowerBoard>(evse);
        let (state, signal) = (board.noted.to_owned(), board.pilot());
        let car = self.physics.of::<Vehicle>(evse).0.telemetry();
        let target = self.physics.of::<Vehicle>(evse).0.target();
        let current = self.physics.of::<Vehicle>(evse).0.demand().current;
        Snapshot {
            now: self.now,
            pilot_state: state,
            pilot: signal.to_string(),
            contactor: self.physics.of::<PowerPath>(evse).is_closed(),
            current,
            limit: self.limit(evse),
            car,
            target,
            meter: ports.outlet_meter.get(),
            delivered: self.delivered(evse),
            voltage: self.physics.site::<HouseSupply>().supply.terminals().voltage,
            screen: self.screen(evse).borrow().clone(),
        }
    }

    /// What is on the panel that tells of that EVSE.
    fn screen(&self, evse: EvseId) -> &RefCell<Option<Screen>> {
        match self.owner(evse, |evse| evse.panel) {
            Owner::Evse => &self.ports.evses[usize::from(evse.number()) - 1].screen,
            Owner::Station => &self.ports.screen,
        }
    }

    /// Whose a device of that EVSE is.
    pub(super) fn owner(&self, evse: EvseId, of: impl FnOnce(&EvseConfig) -> Owner) -> Owner {
        match &self.host {
            Charger::Inside(host) => host.told(evse).map(of).unwrap_or_default(),
            Charger::Outside(_) => Owner::Evse,
        }
    }

    /// What the panel of that EVSE shows, as pixels. Of a charger outside it is taken with the first call, and there after some time: ask
    /// again.
    ///
    /// # Errors
    /// Why it cannot be seen.
    pub fn panel_picture(&mut self, evse: EvseId) -> Poll<Result<Picture, String>> {
        match &mut self.host {
            Charger::Outside(host) => self.executor.enter(|| host.panel_picture(evse)),
            Charger::Inside(_) => Poll::Ready(match &*self.screen(evse).borrow() {
                Some(screen) => Ok(Picture::of(screen, PANEL)),
                None => Ok(Picture::black(PANEL)),
            }),
        }
    }

    /// Where the energy went, from every side that counted it.
    pub fn energy_balance(&mut self) -> Balance {
        let supply = self.physics.site::<HouseSupply>().supply.telemetry();
        let mut meter = MilliwattHours::ZERO;
        let (mut inlet, mut losses, mut charged) = (meter, meter, meter);
        for evse in self.evses() {
            let car = self.physics.of::<Vehicle>(evse).0.telemetry();
            meter += self.delivered(evse);
            inlet += car.inlet_energy;
            losses += car.losses;
            charged += car.charged;
        }
        let csms = self.csms.as_ref().and_then(|csms| csms.energy(METER_START));
        Balance {
            source: supply.source_energy,
            house: supply.house_energy,
            line_losses: supply.losses,
            charger: supply.charger_energy,
            meter,
            csms,
            car_inlet: inlet,
            car_losses: losses,
            battery: charged,
        }
    }

    /// What went through the meter of that EVSE since the beginning, whatever it shows.
    ///
    /// # Panics
    /// When the charger has no such EVSE.
    #[must_use]
    pub fn delivered(&self, evse: EvseId) -> MilliwattHours {
        self.at_evse(evse).delivered
    }

    /// What people call the car at that EVSE.
    ///
    /// # Panics
    /// When the charger has no such EVSE.
    pub fn car_name(&mut self, evse: EvseId) -> String {
        self.physics.of::<Vehicle>(evse).0.profile().name.clone()
    }

    /// Points for the plots of that EVSE.
    pub(super) fn plot(&mut self, evse: EvseId) {
        let demand = self.physics.of::<Vehicle>(evse).0.demand().to_owned();
        let limit = self.limit(evse);
        let pilot = self.physics.of::<PowerBoard>(evse).levels.high;
        // What a reader of a plot could see: steps of a tenth of a kilowatt, of an ampere, of two volts.
        let visible = (demand.power.total().0 / 100, limit.0 / 1000, pilot.0 / 2000);
        let now = self.now;
        let at = self.at_evse_mut(evse);
        if now < at.next_plot && visible == at.plotted {
            return;
        }
        at.plotted = visible;
        let busy = demand.power.total() != Watts::ZERO;
        at.next_plot = now + if busy { PLOT_BUSY } else { PLOT_IDLE };
        let soc = self.physics.of::<Vehicle>(evse).0.soc();
        let round = |value: f64| (value * 100.0).round() / 100.0;
        self.log.at(evse).record_value(
            "sample",
            "plot",
            json!({
                "power_w": demand.power.total(),
                "current_a": round(demand.current.highest().amps()),
                "limit_a": round(limit.amps()),
                "soc_pct": soc.percent(),
                "pilot_v": round(pilot.volts()),
            }),
        );
    }

    /// What the pilot of that EVSE offers.
    pub(super) fn limit(&self, evse: EvseId) -> Milliamps {
        match self.physics.of::<PowerBoard>(evse).pilot() {
            iec61851::PilotSignal::Pwm(duty) => match duty.offer() {
                iec61851::Offer::Current(current) => current,
                iec61851::Offer::Digital | iec61851::Offer::None => Milliamps::ZERO,
            },
            iec61851::PilotSignal::E | iec61851::PilotSignal::F | iec61851::PilotSignal::X1 => Milliamps::ZERO,
        }
    }
}
