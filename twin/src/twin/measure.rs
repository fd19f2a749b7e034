//! What is measured in a world, and what is known of it as a whole.

use std::cell::RefCell;
use std::task::Poll;

use hardware::Screen;
use panel_view::{Picture, Size};
use station::{EvseConfig, Owner};
use units::{EvseId, Milliamps, MilliwattHours};
use vehicle_model::{Car, PilotLoad, Telemetry};

use super::{Charger, Twin};
use crate::parties::NotModelled;
use crate::probe::{Balance, CarView, OutletView, Snapshot};
use crate::signal::Signal;
use crate::world::{DcOutput, HouseSupply, METER_START, PilotStage, PowerBoard, PowerPath};

/// The size of the panel.
const PANEL: Size = Size::new(1024, 600);

impl Twin {
    /// Measures something, at the first EVSE if it is something of one.
    ///
    /// # Errors
    /// It is something of a party of which this world has no model.
    pub fn probe(&self, signal: Signal) -> Result<f64, NotModelled> {
        self.probe_at(EvseId::FIRST, signal)
    }

    /// Measures something, at that EVSE if it is something of one.
    ///
    /// # Errors
    /// It is something of a party of which this world has no model.
    ///
    /// # Panics
    /// When the charger has no such EVSE.
    pub fn probe_at(&self, evse: EvseId, signal: Signal) -> Result<f64, NotModelled> {
        let ports = &self.ports.evses[evse.place()];
        let board = || self.outlets().map(|outlets| outlets.of::<PowerBoard>(evse));
        let path = || self.outlets().map(|outlets| outlets.of::<PowerPath>(evse));
        let dc = || self.outlets().map(|_| ports.dc.measure(self.now));
        let load = || self.physics.car(evse).map_or(PilotLoad::NONE, Car::load);
        let stage = || board().map(|board| self.physics.of::<PilotStage>(evse).behind(board.frequency()));
        let supply = || self.site().map(|world| &world.site::<HouseSupply>().supply);
        Ok(match signal {
            Signal::CableRating => {
                self.outlets()?;
                match iec61851::classify(self.physics.car(evse).and_then(Car::proximity)) {
                    iec61851::Proximity::Cable(rating) => rating.limit().amps(),
                    iec61851::Proximity::Absent | iec61851::Proximity::Invalid => f64::NAN,
                }
            }
            Signal::CarCurrent => self.car(evse)?.demand().current.highest().amps(),
            Signal::CarDcContactors => f64::from(u8::from(self.dc_inlet(evse)?.is_connected())),
            Signal::CarDcCurrent => self.dc_inlet(evse)?.pins().current.amps(),
            Signal::CarDcVoltage => self.dc_inlet(evse)?.pins().voltage.volts(),
            Signal::CarPower => f64::from(self.car(evse)?.demand().power.total().0),
            Signal::Contactor => f64::from(u8::from(path()?.is_closed())),
            Signal::ContactorClosings => f64::from(path()?.closings),
            Signal::DutyPercent => match board()?.pilot() {
                iec61851::PilotSignal::Pwm(duty) => f64::from(duty.permille()) / 10.0,
                iec61851::PilotSignal::E | iec61851::PilotSignal::F | iec61851::PilotSignal::X1 => 0.0,
            },
            Signal::EnergyGap => {
                self.site()?;
                self.energy_balance().worst_gap()
            }
            Signal::InsulationResistance => dc()?.insulation.map_or(f64::NAN, |ohms| f64::from(ohms.0)),
            Signal::InsulationVoltage | Signal::SupplyVoltage => dc()?.voltage.volts(),
            Signal::Limit => offer(board()?).amps(),
            Signal::LockPosition => {
                self.outlets()?;
                match ports.lock.position.get() {
                    hardware::LockPosition::Locked => 1.0,
                    hardware::LockPosition::Moving | hardware::LockPosition::Unlocked => 0.0,
                }
            }
            Signal::MeterEnergy => self.outlets().map(|_| self.delivered(evse).watt_hours())?,
            Signal::MeterPower => self.outlets().map(|_| f64::from(ports.outlet_meter.get().power.total().0))?,
            Signal::PilotDuty => stage()?.duty(board()?.pilot(), &load()),
            Signal::PilotFallTime => stage()?.fall_time(board()?.pilot(), &load()),
            Signal::PilotFrequency => stage()?.frequency(board()?.pilot()),
            Signal::PilotHigh => board()?.levels.high.volts(),
            Signal::PilotHighTime => stage()?.high_time(board()?.pilot(), &load()),
            Signal::PilotLow => board()?.levels.low.volts(),
            Signal::PilotRipple => stage()?.ripple(),
            Signal::PilotRiseTime => stage()?.rise_time(board()?.pilot(), &load()),
            Signal::PilotSourceResistance => stage()?.resistance(),
            Signal::ResidualCurrent => f64::from(self.car(evse)?.residual().0) / 1e6,
            Signal::ServiceCurrent => supply()?.telemetry().service_current.highest().amps(),
            Signal::Soc => self.car(evse)?.soc().percent(),
            Signal::SupplyCurrent => f64::from(dc()?.current.0) / 1000.0,
            Signal::Voltage => supply()?.terminals().voltage.0[0].volts(),
        })
    }

    /// Everything a live view of that EVSE needs.
    ///
    /// # Panics
    /// When the charger has no such EVSE.
    #[must_use]
    pub fn snapshot(&self, evse: EvseId) -> Snapshot {
        let outlet = self.outlets().ok().map(|outlets| {
            let board = outlets.of::<PowerBoard>(evse);
            OutletView {
                pilot_state: board.noted.to_owned(),
                pilot: board.pilot().to_string(),
                contactor: outlets.of::<PowerPath>(evse).is_closed(),
                limit: offer(board),
                meter: self.ports.evses[evse.place()].outlet_meter.get(),
                delivered: self.delivered(evse),
                screen: self.screen(evse).borrow().clone(),
            }
        });
        let car = self.physics.car(evse).map(|car| CarView {
            name: car.profile().name.clone(),
            telemetry: car.telemetry(),
            target: car.target(),
            current: car.demand().current,
        });
        Snapshot { now: self.now, outlet, car }
    }

    /// How the car at that EVSE stands, if one does.
    #[must_use]
    pub fn telemetry(&self, evse: EvseId) -> Option<Telemetry> {
        self.physics.car(evse).map(Car::telemetry)
    }

    /// What is on the panel that tells of that EVSE.
    fn screen(&self, evse: EvseId) -> &RefCell<Option<Screen>> {
        match self.owner(evse, |evse| evse.panel) {
            Owner::Evse => &self.ports.evses[evse.place()].screen,
            Owner::Station => &self.ports.screen,
        }
    }

    /// Whose a device of that EVSE is.
    pub(super) fn owner(&self, evse: EvseId, of: impl FnOnce(&EvseConfig) -> Owner) -> Owner {
        match &self.host {
            Charger::Inside(host) => host.told(evse).map(of).unwrap_or_default(),
            Charger::Outside(_) | Charger::None => Owner::Evse,
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
            Charger::None => Poll::Ready(Err(NotModelled::NoCharger.to_string())),
            Charger::Inside(_) => Poll::Ready(match &*self.screen(evse).borrow() {
                Some(screen) => Ok(Picture::of(screen, PANEL)),
                None => Ok(Picture::black(PANEL)),
            }),
        }
    }

    /// Where the energy went, from every side that counted it.
    #[must_use]
    pub fn energy_balance(&self) -> Balance {
        let supply = self.physics.site::<HouseSupply>().supply.telemetry();
        let mut meter = MilliwattHours::ZERO;
        let (mut inlet, mut losses, mut charged, mut supply_losses) = (meter, meter, meter, meter);
        for evse in self.evses() {
            meter += self.delivered(evse);
            supply_losses += self.physics.dc_output(evse).map_or(MilliwattHours::ZERO, DcOutput::lost);
            if let Some(car) = self.physics.car(evse).map(Car::telemetry) {
                inlet += car.inlet_energy;
                losses += car.losses;
                charged += car.charged;
            }
        }
        let csms = self.csms.as_ref().and_then(|csms| csms.energy(METER_START));
        Balance {
            source: supply.source_energy,
            house: supply.house_energy,
            line_losses: supply.losses,
            charger: supply.charger_energy,
            meter,
            csms,
            supply_losses,
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
}

/// What the pilot of a board offers.
pub(super) fn offer(board: &PowerBoard) -> Milliamps {
    match board.pilot() {
        iec61851::PilotSignal::Pwm(duty) => match duty.offer() {
            iec61851::Offer::Current(current) => current,
            iec61851::Offer::Digital | iec61851::Offer::None => Milliamps::ZERO,
        },
        iec61851::PilotSignal::E | iec61851::PilotSignal::F | iec61851::PilotSignal::X1 => Milliamps::ZERO,
    }
}
