//! A session: how far it is, and what the car says in it.

use exi::Hex;
use iso15118::messages::iso2::EnergyTransferMode;
use iso15118::{Message, Protocol};
use units::{Instant, Milliamps, Millivolts, Watts};

use super::config::{Config, Mode, is_dc};
use super::event::{Battery, End, Limits, PausedSession, Present, Schedule};
use super::request::{DcPower, Demand, EvStatus, Kin, Kind, Parameters, Power, Progress, Request};
use super::response::Response;
use super::value::Quantity;
use super::{din, iso2};

/// What the car asks next, or waits for the answer to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ask {
    SessionSetup,
    ServiceDiscovery,
    PaymentServiceSelection { service: u16 },
    Authorization(Run),
    ChargeParameterDiscovery(Run),
    CableCheck(Run),
    PreCharge { run: Run, target: Millivolts },
    Start,
    Charging { sent: u32 },
    Renegotiate,
    Stop,
    WeldingDetection { sent: u32 },
    SessionStop,
}

/// What goes on over several exchanges: when it was first asked for; `None` before.
pub(super) type Run = Option<Instant>;

impl Ask {
    /// The request before was the same.
    pub(super) const fn is_again(self) -> bool {
        match self {
            Self::Authorization(run)
            | Self::ChargeParameterDiscovery(run)
            | Self::CableCheck(run)
            | Self::PreCharge { run, .. } => run.is_some(),
            Self::Charging { sent } | Self::WeldingDetection { sent } => sent > 0,
            Self::SessionSetup
            | Self::ServiceDiscovery
            | Self::PaymentServiceSelection { .. }
            | Self::Start
            | Self::Renegotiate
            | Self::Stop
            | Self::SessionStop => false,
        }
    }

    /// The same once it is sent: a run has begun, a count has grown.
    pub(super) fn sent(self, now: Instant) -> Self {
        match self {
            Self::Authorization(run) => Self::Authorization(run.or(Some(now))),
            Self::ChargeParameterDiscovery(run) => Self::ChargeParameterDiscovery(run.or(Some(now))),
            Self::CableCheck(run) => Self::CableCheck(run.or(Some(now))),
            Self::PreCharge { run, target } => Self::PreCharge { run: run.or(Some(now)), target },
            Self::Charging { sent } => Self::Charging { sent: sent.saturating_add(1) },
            Self::WeldingDetection { sent } => Self::WeldingDetection { sent: sent.saturating_add(1) },
            other => other,
        }
    }
}

/// What the car has in mind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Goal {
    /// To charge.
    Charge,
    /// To negotiate again, then to charge.
    Renegotiate,
    /// To end.
    End(End),
    /// To pause.
    Pause,
    /// To end because something failed; that is told already.
    GiveUp,
}

/// What PowerDelivery has led to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flow {
    Off,
    On,
    Renegotiating,
    Stopped,
}

/// What car and station have said of themselves, once ChargeParameterDiscovery is finished.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Terms {
    pub(super) limits: Limits,
    pub(super) schedule: Schedule,
    /// The schedule counts from here.
    pub(super) since: Instant,
}

/// The limits that the car has told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Own {
    pub(super) voltage: Millivolts,
    pub(super) current: Milliamps,
    pub(super) power: Watts,
}

/// A session.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    pub(super) protocol: Protocol,
    /// Its number: before SessionSetupRes that of the session that is to go on, or zeros.
    pub(super) session: Hex<8>,
    /// The session that is to go on.
    pub(super) joins: Option<PausedSession>,
    /// When the connection stood.
    pub(super) began: Instant,
    /// When the last response came.
    pub(super) answered: Instant,
    /// When the session was opened.
    pub(super) set_up: Instant,
    pub(super) transfer: EnergyTransferMode,
    /// How often it asked for the cable check that goes on.
    pub(super) cable_checks: u32,
    /// Since when it measures the voltage of its battery at its inlet, in pre-charge.
    pub(super) own_voltage_since: Option<Instant>,
    pub(super) terms: Option<Terms>,
    pub(super) own: Own,
    pub(super) flow: Flow,
    pub(super) goal: Goal,
}

/// What the car knows of itself when it writes a request.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) now: Instant,
    pub(super) config: &'a Config,
    pub(super) mode: &'a Mode,
    pub(super) battery: &'a Battery,
    pub(super) present: Present,
}

fn percent(battery: &Battery) -> i8 {
    i8::try_from(u16::from(battery.soc) / 100).unwrap_or(100).min(100)
}

fn watt_hours(battery: &Battery) -> i64 {
    (battery.energy_request.0 / 1_000).max(0)
}

impl Own {
    /// What is said in ChargeParameterDiscoveryReq: as measured, else what the battery says. A limit is above 0.
    pub(super) fn of(mode: &Mode, battery: &Battery) -> Self {
        let told = &mode.told;
        Self {
            voltage: told.max_voltage.unwrap_or(battery.most.voltage).max(Millivolts::from_volts(1)),
            current: told.max_current.unwrap_or(battery.most.current).max(Milliamps::from_amps(1)),
            power: told.max_power.unwrap_or(battery.most.power).max(Watts(1)),
        }
    }
}

impl Talk {
    pub(super) const fn is_dc(&self) -> bool {
        is_dc(self.transfer)
    }

    pub(super) const fn kin(&self, ask: Ask) -> Kin {
        match ask {
            Ask::SessionSetup => Kin::SessionSetup,
            Ask::ServiceDiscovery => Kin::ServiceDiscovery,
            Ask::PaymentServiceSelection { .. } => Kin::PaymentServiceSelection,
            Ask::Authorization(_) => Kin::Authorization,
            Ask::ChargeParameterDiscovery(_) => Kin::ChargeParameterDiscovery,
            Ask::CableCheck(_) => Kin::CableCheck,
            Ask::PreCharge { .. } => Kin::PreCharge,
            Ask::Start => Kin::PowerDelivery(Progress::Start),
            Ask::Charging { .. } if self.is_dc() => Kin::CurrentDemand,
            Ask::Charging { .. } => Kin::ChargingStatus,
            Ask::Renegotiate => Kin::PowerDelivery(Progress::Renegotiate),
            Ask::Stop => Kin::PowerDelivery(Progress::Stop),
            Ask::WeldingDetection { .. } => Kin::WeldingDetection,
            Ask::SessionStop => Kin::SessionStop,
        }
    }

    /// Its name in the standard.
    pub(super) const fn name(&self, ask: Ask) -> &'static str {
        self.kin(ask).name(self.protocol)
    }

    /// Whether SessionStop may come: not before there is a session, and not while energy may flow.
    pub(super) const fn may_stop_session(&self, after: Ask) -> bool {
        match (after, self.flow) {
            (Ask::SessionSetup | Ask::SessionStop, _) | (_, Flow::On | Flow::Renegotiating) => false,
            (_, Flow::Off | Flow::Stopped) => true,
        }
    }

    /// What is asked instead, for what the car has in mind.
    pub(super) const fn steer(&mut self, ask: Ask) -> Ask {
        let leaves = match self.goal {
            Goal::Charge => return ask,
            Goal::Renegotiate => false,
            Goal::End(_) | Goal::Pause | Goal::GiveUp => true,
        };
        match ask {
            Ask::Charging { .. } if !leaves => {
                self.goal = Goal::Charge;
                Ask::Renegotiate
            }
            _ if !leaves => ask,
            // There is no session yet, or the end has begun.
            Ask::SessionSetup | Ask::Stop | Ask::WeldingDetection { .. } | Ask::SessionStop => ask,
            Ask::ServiceDiscovery
            | Ask::PaymentServiceSelection { .. }
            | Ask::Authorization(_)
            | Ask::ChargeParameterDiscovery(_) => match self.flow {
                Flow::Renegotiating | Flow::On => Ask::Stop,
                Flow::Off | Flow::Stopped => Ask::SessionStop,
            },
            Ask::CableCheck(_) | Ask::PreCharge { .. } | Ask::Start | Ask::Charging { .. } | Ask::Renegotiate => {
                Ask::Stop
            }
        }
    }

    /// Whether SessionStop is a pause: -2 alone has it, and only after PowerDelivery(Stop).
    pub(super) fn pauses(&self) -> Option<PausedSession> {
        let terms = self.terms.as_ref()?;
        match (self.goal, self.protocol, self.flow) {
            (Goal::Pause, Protocol::Iso2, Flow::Stopped) => {
                let mut id = [0; 8];
                let octets = self.session.octets();
                id.get_mut(..octets.len())?.copy_from_slice(octets);
                Some(PausedSession { id, schedule: u8::try_from(terms.schedule.id).ok()? })
            }
            _ => None,
        }
    }

    fn schedule(&self) -> i16 {
        self.terms.as_ref().map_or(1, |terms| terms.schedule.id)
    }

    fn status(&self, facts: Facts<'_>, ask: Ask) -> EvStatus {
        let ready = match ask {
            Ask::ChargeParameterDiscovery(_) => facts.mode.ready.at_parameters && facts.battery.ready,
            Ask::Stop => facts.mode.ready.at_stop && facts.battery.ready,
            Ask::WeldingDetection { .. } => facts.mode.ready.at_welding_detection && facts.battery.ready,
            _ => facts.battery.ready,
        };
        let conditioning = facts.mode.sends(&format!("{}/EVRESSConditioning", self.name(ask)));
        EvStatus { ready, soc: percent(facts.battery), conditioning }
    }

    /// A request with all that it says. What the car says of itself in ChargeParameterDiscoveryReq holds from then on.
    pub(super) fn request(&mut self, facts: Facts<'_>, ask: Ask) -> Request {
        let mode = facts.mode;
        match ask {
            Ask::SessionSetup => {
                Request::SessionSetup { evcc_id: facts.config.evcc_id, octets: facts.config.evcc_id_octets }
            }
            Ask::ServiceDiscovery => {
                Request::ServiceDiscovery { category: mode.sends("ServiceDiscoveryReq/ServiceCategory") }
            }
            Ask::PaymentServiceSelection { service } => Request::PaymentServiceSelection { service },
            Ask::Authorization(_) => Request::Authorization,
            Ask::ChargeParameterDiscovery(_) => {
                self.own = Own::of(mode, facts.battery);
                Request::ChargeParameterDiscovery(Box::new(self.parameters(facts, ask)))
            }
            Ask::CableCheck(_) => Request::CableCheck(self.status(facts, ask)),
            Ask::PreCharge { target, .. } => Request::PreCharge {
                status: self.status(facts, ask),
                voltage: Quantity::volts(target.0.into()),
                current: self.amperes(mode, self.most_current(mode.pre_charge_current)),
            },
            Ask::Start => Request::PowerDelivery(self.power(facts, ask, Progress::Start)),
            Ask::Renegotiate => Request::PowerDelivery(self.power(facts, ask, Progress::Renegotiate)),
            Ask::Stop => Request::PowerDelivery(self.power(facts, ask, Progress::Stop)),
            Ask::Charging { sent } if self.is_dc() => Request::CurrentDemand(Box::new(self.demand(facts, ask, sent))),
            Ask::Charging { .. } => Request::ChargingStatus,
            Ask::WeldingDetection { .. } => Request::WeldingDetection(self.status(facts, ask)),
            Ask::SessionStop => Request::SessionStop { pause: self.pauses().is_some() },
        }
    }

    fn amperes(&self, mode: &Mode, current: Milliamps) -> Quantity {
        Quantity::amperes(current.0.into(), mode.quirks.whole_amperes)
    }

    fn parameters(&self, facts: Facts<'_>, ask: Ask) -> Parameters {
        let (mode, told) = (facts.mode, &facts.mode.told);
        let sends = |field: &str| mode.sends(&format!("ChargeParameterDiscoveryReq/{field}"));
        let soc = |percent: Option<u8>, otherwise: u8| i8::try_from(percent.unwrap_or(otherwise).min(100)).ok();
        let of = if self.is_dc() {
            Kind::Dc {
                status: self.status(facts, ask),
                max_voltage: Quantity::volts(self.own.voltage.0.into()),
                max_current: self.amperes(mode, self.own.current),
                max_power: sends("EVMaximumPowerLimit").then(|| Quantity::watts(self.own.power.0.into())),
                energy_capacity: told
                    .energy_capacity_wh
                    .filter(|_| sends("EVEnergyCapacity"))
                    .map(|capacity| Quantity::watt_hours(capacity.into())),
                energy_request: sends("EVEnergyRequest").then(|| Quantity::watt_hours(watt_hours(facts.battery))),
                full_soc: soc(told.full_soc, 100).filter(|_| sends("FullSOC")),
                bulk_soc: soc(told.bulk_soc, 80).filter(|_| sends("BulkSOC")),
            }
        } else {
            let least = told.min_current.unwrap_or(Milliamps::from_amps(6)).min(self.own.current);
            Kind::Ac {
                energy: Quantity::watt_hours(watt_hours(facts.battery)),
                max_voltage: Quantity::volts(self.own.voltage.0.into()),
                max_current: Quantity::amperes(self.own.current.0.into(), false),
                min_current: Quantity::amperes(least.0.into(), false),
            }
        };
        Parameters {
            transfer: self.transfer,
            max_entries: told.max_schedule_entries.filter(|_| sends("MaxEntriesSAScheduleTuple")),
            departure_time: told.departure_time_s.filter(|_| sends("DepartureTime")),
            of,
        }
    }

    fn power(&self, facts: Facts<'_>, ask: Ask, progress: Progress) -> Power {
        let plans = progress == Progress::Start && facts.mode.sends("PowerDeliveryReq/ChargingProfile");
        let profile = self.terms.as_ref().filter(|_| plans).map(|terms| terms.schedule.plan(self.most_power(terms)));
        let bulk = facts.mode.sends("PowerDeliveryReq/BulkChargingComplete");
        let dc = self.is_dc().then(|| DcPower {
            status: self.status(facts, ask),
            bulk_complete: bulk.then(|| self.is_bulk_complete(facts)),
            complete: is_complete(facts.battery),
        });
        Power { progress, schedule: self.schedule(), profile, dc }
    }

    /// What the car is going to draw at most.
    fn most_power(&self, terms: &Terms) -> Watts {
        match terms.limits {
            Limits::Dc { .. } => self.own.power,
            Limits::Ac { nominal_voltage, max_current } => {
                let phases = if self.transfer == EnergyTransferMode::AcThreePhaseCore { 3 } else { 1 };
                let current = i64::from(max_current.min(self.own.current).0);
                Watts(iso2::to_i32(i64::from(nominal_voltage.0) * current * phases / 1_000_000))
            }
        }
    }

    fn is_bulk_complete(&self, facts: Facts<'_>) -> bool {
        u16::from(facts.battery.soc) / 100 >= u16::from(facts.mode.told.bulk_soc.unwrap_or(80))
    }

    /// Within the limits of the station and what the car said of itself.
    fn most_current(&self, wanted: Milliamps) -> Milliamps {
        let most = match self.terms.as_ref().map(|terms| terms.limits) {
            Some(Limits::Dc { max_current, .. } | Limits::Ac { max_current, .. }) => max_current,
            None => Milliamps::ZERO,
        };
        wanted.min(most).min(self.own.current).max(Milliamps::ZERO)
    }

    fn most_voltage(&self, wanted: Millivolts) -> Millivolts {
        let most = match self.terms.as_ref().map(|terms| terms.limits) {
            Some(Limits::Dc { max_voltage, .. }) => max_voltage,
            Some(Limits::Ac { .. }) | None => Millivolts::ZERO,
        };
        wanted.min(most).min(self.own.voltage).max(Millivolts::ZERO)
    }

    /// The voltage that the station is to have before the contactors close.
    pub(super) fn pre_charge_voltage(&self, battery: &Battery) -> Millivolts {
        self.most_voltage(battery.voltage)
    }

    fn demand(&self, facts: Facts<'_>, ask: Ask, sent: u32) -> Demand {
        let (mode, battery) = (facts.mode, facts.battery);
        let voltage = match mode.quirks.low_first_targets {
            Some(low) if sent < low.requests => low.voltage,
            Some(_) | None => self.most_voltage(battery.target_voltage.min(battery.most.voltage)),
        };
        let current = self.most_current(battery.target_current.min(battery.most.current));
        let current = current.min(self.current_of(facts, self.power_now(facts)));
        let limits = !mode.quirks.no_optional_limits;
        let sends = |field: &str| mode.sends(&format!("CurrentDemandReq/{field}"));
        let remaining = || {
            let watts = i64::from(battery.voltage.0) * i64::from(current.0) / 1_000_000;
            Quantity::seconds((watt_hours(battery) * 3_600 / watts.max(1)).min(86_400))
        };
        Demand {
            status: self.status(facts, ask),
            voltage: Quantity::volts(voltage.0.into()),
            current: self.amperes(mode, current),
            max_voltage: (limits && sends("EVMaximumVoltageLimit")).then(|| Quantity::volts(self.own.voltage.0.into())),
            max_current: (limits && sends("EVMaximumCurrentLimit")).then(|| self.amperes(mode, self.own.current)),
            max_power: (limits && sends("EVMaximumPowerLimit")).then(|| Quantity::watts(self.own.power.0.into())),
            bulk_complete: sends("BulkChargingComplete").then(|| self.is_bulk_complete(facts)),
            complete: is_complete(battery),
            to_full: sends("RemainingTimeToFullSoC").then(remaining),
            to_bulk: sends("RemainingTimeToBulkSoC").then(remaining),
        }
    }

    /// The highest power now. The schedule of DIN has no room for more than 32 kW, so that nobody minds it there.
    fn power_now(&self, facts: Facts<'_>) -> Watts {
        let most = facts.battery.most.power;
        let Some(terms) = &self.terms else { return Watts::ZERO };
        let most = match terms.limits {
            Limits::Dc { max_power: Some(power), .. } => most.min(power),
            Limits::Dc { max_power: None, .. } | Limits::Ac { .. } => most,
        };
        match self.protocol {
            Protocol::Iso2 => {
                let scheduled = terms.schedule.power_at(facts.now.since(terms.since).as_secs());
                scheduled.map_or(most, |power| most.min(power))
            }
            Protocol::Din | Protocol::Iso20 => most,
        }
    }

    fn current_of(&self, facts: Facts<'_>, power: Watts) -> Milliamps {
        let voltage = facts.present.voltage.max(facts.battery.voltage).max(Millivolts::from_volts(1));
        Milliamps(iso2::to_i32((i64::from(power.0) * 1_000_000 / i64::from(voltage.0)).max(0)))
    }

    /// A request in the words of the protocol.
    pub(super) fn message(&self, mode: &Mode, request: &Request) -> Message {
        match self.protocol {
            Protocol::Din => {
                Message::Din(Box::new(din::request(self.session, request, !mode.quirks.values_without_unit)))
            }
            Protocol::Iso2 | Protocol::Iso20 => Message::Iso2(Box::new(iso2::request(self.session, request))),
        }
    }
}

fn is_complete(battery: &Battery) -> bool {
    u16::from(battery.soc) >= 10_000
}

/// What a message says, if it is one that a station sends in this protocol.
pub(super) fn response(message: Message) -> Option<Response> {
    match message {
        Message::Din(message) => Some(din::response(*message)),
        Message::Iso2(message) => Some(iso2::response(*message)),
        _ => None,
    }
}
