//! What a response leads to.

use exi::Hex;
use iso15118::messages::iso2::IsolationLevel;
use iso15118::{Protocol, timing};
use units::{Milliamps, Millivolts};

use super::super::config::Purpose;
use super::super::event::{Contactors, End, Event, Failure, Fault, Limits, Offer, Output, Pilot, Setup, StationWish};
use super::super::iso2::to_i32;
use super::super::response::{EvseStatus, LoopLimits, Response, Says};
use super::super::schedule::choose;
use super::super::talk::{Ask, Flow, Goal, Talk, Terms};
use super::super::wish::wish;
use super::{CONTACTORS_FOLLOW, DISCHARGED, Evcc, NEAR, State, Turn};

impl Evcc {
    /// The response to what was asked, if it is one.
    pub(super) fn response(&mut self, mut talk: Box<Talk>, ask: Ask, response: Response) -> State {
        let Response { session, name: got, failed, says } = response;
        let asked = talk.name(ask);
        if !fits(ask, &says) {
            return self.violation(talk.goal, Failure::WrongResponse { asked, got }, Fault::Station);
        }
        if let Some(code) = failed {
            return self.refused(talk, ask, code);
        }
        if ask != Ask::SessionSetup && session != talk.session.octets() {
            return self.violation(talk.goal, Failure::WrongSession, Fault::Station);
        }
        match says {
            Says::SessionSetup { joined, evse_id } => self.set_up(talk, &session, joined, evse_id),
            Says::ServiceDiscovery { external_payment, service, transfers } => {
                if !external_payment {
                    return self.give_up(talk, Ask::ServiceDiscovery, Failure::Payment, Fault::Station);
                }
                let has = self.mode(&talk).transfers.iter().copied().find(|transfer| transfers.contains(transfer));
                let Some(transfer) = has else {
                    return self.give_up(talk, Ask::ServiceDiscovery, Failure::EnergyTransfer, Fault::Station);
                };
                talk.transfer = transfer;
                self.plan(talk, Ask::PaymentServiceSelection { service })
            }
            Says::PaymentServiceSelection => self.plan(talk, Ask::Authorization(None)),
            Says::Authorization { finished: false } => self.plan(talk, ask),
            Says::Authorization { finished: true } => self.plan(talk, Ask::ChargeParameterDiscovery(None)),
            Says::ChargeParameterDiscovery { finished, schedules, limits, status } => {
                self.heed(&mut talk, status, None);
                if !finished {
                    return self.plan(talk, ask);
                }
                let Some(limits) = limits.filter(|limits| self.fit(&talk, *limits)) else {
                    return self.give_up(talk, ask, Failure::Limits, Fault::Station);
                };
                let Some(schedule) = choose(schedules, talk.joins.map(|joins| joins.schedule)) else {
                    return self.give_up(talk, ask, Failure::Schedule, Fault::Station);
                };
                self.parameters(talk, Terms { limits, schedule, since: self.now })
            }
            Says::CableCheck { finished, status } => {
                self.heed(&mut talk, status, None);
                if !finished {
                    return self.plan(talk, ask);
                }
                match status.isolation {
                    Some(IsolationLevel::Valid | IsolationLevel::Warning | IsolationLevel::NoImd) | None => {
                        self.plan(talk, Ask::PreCharge { run: None, target: Millivolts::ZERO })
                    }
                    Some(IsolationLevel::Invalid | IsolationLevel::Fault) => {
                        self.give_up(talk, ask, Failure::Isolation, Fault::Station)
                    }
                }
            }
            Says::PreCharge { voltage_mv, status } => {
                self.heed(&mut talk, status, None);
                self.pre_charged(talk, ask, voltage_mv)
            }
            Says::PowerDelivery { status } => self.delivered(talk, ask, status),
            Says::ChargingStatus { limits, status } => self.loops(talk, ask, limits, status),
            Says::CurrentDemand { limits, status, .. } => self.loops(talk, ask, limits, status),
            Says::WeldingDetection { voltage_mv, .. } => {
                let again = matches!(ask, Ask::WeldingDetection { sent } if sent < self.mode(&talk).welding_detections);
                self.plan(talk, if voltage_mv >= DISCHARGED && again { ask } else { Ask::SessionStop })
            }
            Says::SessionStop => {
                self.tell_the_end(&talk);
                self.safe();
                let mode = self.mode(&talk);
                State::Leaving {
                    until: self.now + mode.closes_after.unwrap_or(timing::of(talk.protocol).close_after_stop),
                }
            }
            Says::Other => self.violation(talk.goal, Failure::WrongResponse { asked, got }, Fault::Station),
        }
    }

    fn set_up(&mut self, mut talk: Box<Talk>, session: &[u8], joined: bool, evse_id: String) -> State {
        let is_there = session.iter().any(|octet| *octet != 0);
        let id = Hex::new(session).filter(|_| is_there);
        let is_old = joined && talk.joins.is_some() && session == talk.session.octets();
        let Some(id) = id.filter(|_| is_old || !joined) else {
            return self.violation(talk.goal, Failure::WrongSession, Fault::Station);
        };
        talk.session = id;
        talk.set_up = self.now;
        talk.joins = talk.joins.filter(|_| joined);
        let session = if joined { Setup::Joined } else { Setup::New };
        self.tell(Event::SessionSetUp { session, evse_id });
        self.plan(talk, Ask::ServiceDiscovery)
    }

    /// Whether car and station fit.
    fn fit(&self, talk: &Talk, limits: Limits) -> bool {
        match limits {
            Limits::Ac { nominal_voltage, max_current } => !talk.is_dc() && nominal_voltage.0 > 0 && max_current.0 >= 0,
            Limits::Dc { min_voltage, max_voltage, max_current, .. } => {
                let within = self.battery.voltage <= max_voltage && self.battery.voltage <= talk.own.voltage;
                talk.is_dc() && within && min_voltage < talk.own.voltage && max_current.0 > 0
            }
        }
    }

    fn parameters(&mut self, mut talk: Box<Talk>, terms: Terms) -> State {
        self.tell(Event::Offer(Offer { limits: terms.limits, schedule: terms.schedule.clone() }));
        talk.terms = Some(terms);
        talk.flow = Flow::Off;
        match (self.config.purpose, talk.goal) {
            (Purpose::TellSoc, Goal::Charge | Goal::Renegotiate) => {
                talk.goal = Goal::End(End::SocTold);
                return self.plan(talk, Ask::SessionStop);
            }
            (Purpose::TellSoc | Purpose::Charge, _) => {}
        }
        if !talk.is_dc() {
            return self.plan(talk, Ask::Start);
        }
        self.mind_the_battery(&mut talk, Ask::CableCheck(None));
        if matches!(talk.goal, Goal::Charge | Goal::Renegotiate) {
            // The station checks the cable in state C only.
            self.show(Pilot::C);
        }
        self.plan(talk, Ask::CableCheck(None))
    }

    fn pre_charged(&mut self, mut talk: Box<Talk>, ask: Ask, told: i64) -> State {
        let Ask::PreCharge { target, .. } = ask else { return State::Talking(talk, Turn::Due { at: self.now, ask }) };
        let near = |one: i64, other: i64| one.abs_diff(other) <= NEAR.unsigned_abs();
        let measured = near(self.present.voltage.0.into(), self.battery.voltage.0.into());
        let leaves = matches!(talk.goal, Goal::End(_) | Goal::Pause | Goal::GiveUp);
        talk.own_voltage_since = measured.then(|| talk.own_voltage_since.unwrap_or(self.now));
        let own = talk.own_voltage_since.map(|since| self.now.since(since));
        let own_counts = self.mode(&talk).quirks.own_voltage_counts_after.is_some_and(|after| own >= Some(after));
        let is_told = near(told, target.0.into()) || own_counts;
        if leaves || !self.battery.ready || !measured || !is_told {
            return self.plan(talk, ask);
        }
        let pacing = self.mode(&talk).pacing.before("PowerDeliveryReq", false);
        let at = self.now + pacing;
        self.ordered = Contactors::Closed;
        self.tell(Event::CloseContactors);
        match self.contactors {
            Contactors::Closed => State::Talking(talk, Turn::Due { at, ask: Ask::Start }),
            Contactors::Open => State::Talking(talk, Turn::Closes { at, until: self.now + CONTACTORS_FOLLOW }),
        }
    }

    fn delivered(&mut self, mut talk: Box<Talk>, ask: Ask, status: EvseStatus) -> State {
        match ask {
            Ask::Start => {
                talk.flow = Flow::On;
                self.heed(&mut talk, status, None);
                self.plan(talk, Ask::Charging { sent: 0 })
            }
            Ask::Renegotiate => {
                talk.flow = Flow::Renegotiating;
                self.heed(&mut talk, status, None);
                self.falls(talk, Ask::ChargeParameterDiscovery(None))
            }
            _ => {
                talk.flow = Flow::Stopped;
                self.show(Pilot::B);
                let looks = self.ordered == Contactors::Closed && !self.mode(&talk).quirks.skips_welding_detection;
                let next = if looks { Ask::WeldingDetection { sent: 0 } } else { Ask::SessionStop };
                self.falls(talk, next)
            }
        }
    }

    fn loops(&mut self, mut talk: Box<Talk>, ask: Ask, limits: LoopLimits, status: EvseStatus) -> State {
        if let Some(terms) = &mut talk.terms {
            let changed = updated(terms.limits, limits);
            if changed != terms.limits {
                terms.limits = changed;
                self.out.push_back(Output::Event(Event::Limits(changed)));
            }
        }
        self.heed(&mut talk, status, Some(limits));
        self.plan(talk, ask)
    }

    /// What the station wants becomes what the car has in mind. `limits`: those of the charge loop, where it may renegotiate.
    fn heed(&mut self, talk: &mut Talk, status: EvseStatus, limits: Option<LoopLimits>) {
        let quirks = &self.mode(talk).quirks;
        let Some(wish) = wish(status, quirks) else { return };
        let (goal, obeys) = match wish {
            StationWish::Renegotiate => {
                let told = limits.is_some_and(|limits| limits.are_there() || !quirks.renegotiates_with_limits_only);
                let may = told && talk.protocol == Protocol::Iso2;
                (Goal::Renegotiate, may && talk.goal == Goal::Charge)
            }
            StationWish::Stop
            | StationWish::Shutdown
            | StationWish::UtilityInterrupt
            | StationWish::Malfunction
            | StationWish::Emergency => {
                (Goal::End(End::Station(wish)), matches!(talk.goal, Goal::Charge | Goal::Renegotiate))
            }
        };
        if obeys {
            self.tell(Event::StationWants(wish));
            talk.goal = goal;
        }
    }
}

/// Whether it is the response to that request.
const fn fits(ask: Ask, says: &Says) -> bool {
    match ask {
        Ask::SessionSetup => matches!(says, Says::SessionSetup { .. }),
        Ask::ServiceDiscovery => matches!(says, Says::ServiceDiscovery { .. }),
        Ask::PaymentServiceSelection { .. } => matches!(says, Says::PaymentServiceSelection),
        Ask::Authorization(_) => matches!(says, Says::Authorization { .. }),
        Ask::ChargeParameterDiscovery(_) => matches!(says, Says::ChargeParameterDiscovery { .. }),
        Ask::CableCheck(_) => matches!(says, Says::CableCheck { .. }),
        Ask::PreCharge { .. } => matches!(says, Says::PreCharge { .. }),
        Ask::Start | Ask::Renegotiate | Ask::Stop => matches!(says, Says::PowerDelivery { .. }),
        Ask::Charging { .. } => matches!(says, Says::ChargingStatus { .. } | Says::CurrentDemand { .. }),
        Ask::WeldingDetection { .. } => matches!(says, Says::WeldingDetection { .. }),
        Ask::SessionStop => matches!(says, Says::SessionStop),
    }
}

/// The limits with what the charge loop says of them; what is below 0 is nothing.
fn updated(limits: Limits, told: LoopLimits) -> Limits {
    let milli = |value: i64| to_i32(value.max(0));
    match limits {
        Limits::Ac { nominal_voltage, max_current } => Limits::Ac {
            nominal_voltage,
            max_current: told.current.map_or(max_current, |current| Milliamps(milli(current))),
        },
        Limits::Dc { min_voltage, max_voltage, max_current, max_power } => Limits::Dc {
            min_voltage,
            max_voltage: told.voltage.map_or(max_voltage, |voltage| Millivolts(milli(voltage))),
            max_current: told.current.map_or(max_current, |current| Milliamps(milli(current))),
            max_power: told.power.map(|power| units::Watts(milli(power / 1_000))).or(max_power),
        },
    }
}
