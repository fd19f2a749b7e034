//! From the cable check to the end of the energy: CableCheck, PreCharge, PowerDelivery and the loops (ISO 15118-2 clauses 8.4.3.9,
//! 8.4.4 and 8.4.5).

use std::time::Duration;

use units::{Milliamps, Millivolts};

use super::begin::ASKS_AGAIN;
use super::parameters::{ac_now, dc_now};
use super::{
    Agreed, Answer, Code, Context, Current, Event, Parameters, Protocol, Reply, Session, Side, State, Step, Supply,
    Target, WantedPower, Why, failed, ok,
};
use crate::secc::dialogue::{Achieved, DcLimits, Processing, TUPLE};
use crate::secc::words::{Authorization, Isolation, Pilot, PowerPath};

/// The host hears late of a time that is over: the answer goes out so long before its performance time.
const MARGIN: Duration = Duration::from_millis(500);

/// So long after CableCheckReq state C may be seen at the latest: a pilot is filtered, and told by a board.
const SEES_C: Duration = Duration::from_millis(400);

/// What the car wants, within all limits; and which of the station's hold it back.
fn within(target: Target, limits: DcLimits, car: Parameters) -> (Target, Achieved) {
    let (car_voltage, car_current) = match car {
        Parameters::Dc { max_voltage, max_current, .. } => (max_voltage, max_current),
        Parameters::Ac { .. } => (Millivolts::ZERO, Milliamps::ZERO),
    };
    let power = i64::from(target.voltage.0) * i64::from(target.current.0);
    let most = i64::from(limits.max_power.0) * 1_000_000;
    let achieved = Achieved {
        voltage: target.voltage > limits.max_voltage,
        current: target.current > limits.max_current,
        power: power > most,
    };
    let voltage = target.voltage.min(limits.max_voltage).min(car_voltage).max(Millivolts::ZERO);
    let by_power = match i64::from(voltage.0) {
        0 => i64::from(i32::MAX),
        voltage => most / voltage,
    };
    let current = target.current.min(limits.max_current).min(car_current).max(Milliamps::ZERO);
    let current = Milliamps(current.0.min(i32::try_from(by_power).unwrap_or(i32::MAX)));
    (Target { voltage, current }, achieved)
}

impl Session {
    pub(super) fn cable_check(&mut self, cx: &mut Context<'_>, soc: i8) -> Step {
        let finished = Answer::CableCheck(Processing::Finished);
        self.soc(cx, soc);
        let (agreed, since) = match self.state {
            State::Dc(agreed) => (agreed, cx.now),
            State::CableCheck { agreed, since } => (agreed, since),
            State::Checked(_) => return ok(finished),
            // Out of turn, but not out of order: there is no schedule yet.
            _ => return failed(finished, Code::Failed, Side::Car, Why::Impatient("CableCheckReq")),
        };
        if cx.host.pilot == Some(Pilot::B) {
            if let State::Dc(_) = self.state {
                // The board sees state C some time after the car has switched: cars ask 20 ms after it.
                self.state = State::AwaitsC { agreed, until: cx.now + SEES_C };
                return Step::Later;
            }
            return failed(finished, Code::Failed, Side::Car, Why::NotReady);
        }
        let asked = matches!(self.state, State::CableCheck { .. });
        self.state = State::CableCheck { agreed, since };
        // What was told before this session asked for it is old news.
        if asked && cx.host.isolation == Some(Isolation::Fault) {
            return failed(finished, Code::Failed, Side::Station, Why::Isolation);
        }
        if cx.host.stop.is_some() {
            self.want(cx, WantedPower::Nothing);
            return if cx.stop_is_ignored() {
                failed(finished, Code::Failed, Side::Car, Why::StopIgnored)
            } else {
                ok(Answer::CableCheck(Processing::Ongoing))
            };
        }
        self.want(cx, WantedPower::CableCheck);
        // What was checked before this session asked for it is old news.
        if asked && cx.host.power == PowerPath::Checked {
            self.state = State::Checked(agreed);
            return ok(finished);
        }
        if cx.now.since(since) + ASKS_AGAIN > cx.config.cable_check {
            return failed(finished, Code::Failed, Side::Station, Why::CableCheck);
        }
        ok(Answer::CableCheck(Processing::Ongoing))
    }

    /// Whether the car is ready for its cable check, or is waited for in vain.
    pub(super) fn awaits_c(&mut self, cx: &mut Context<'_>) -> Option<Reply> {
        let State::AwaitsC { agreed, until } = self.state else { return None };
        let answer = Answer::CableCheck(Processing::Ongoing);
        let step = if cx.host.pilot != Some(Pilot::B) {
            self.state = State::CableCheck { agreed, since: cx.now };
            if cx.host.stop.is_none() {
                self.want(cx, WantedPower::CableCheck);
            }
            ok(answer)
        } else if cx.now >= until {
            failed(Answer::CableCheck(Processing::Finished), Code::Failed, Side::Car, Why::NotReady)
        } else {
            return None;
        };
        let Step::Answer(reply) = step else { return None };
        if reply.end.is_some() {
            self.over(cx, Some(true));
        }
        Some(reply)
    }

    pub(super) fn pre_charge(&mut self, cx: &mut Context<'_>, soc: i8, target: Target) -> Step {
        self.soc(cx, soc);
        let (agreed, since) = match self.state {
            State::Checked(agreed) => (agreed, cx.now),
            State::PreCharge { agreed, since } => (agreed, since),
            _ => return failed(Answer::PreCharge, Code::Failed, Side::Car, Why::Impatient("PreChargeReq")),
        };
        if cx.stop_is_ignored() {
            return failed(Answer::PreCharge, Code::Failed, Side::Car, Why::StopIgnored);
        }
        // The car gives up much earlier; one that does not is not kept for ever.
        if cx.now.since(since) > self.timing().ongoing_timeout {
            return failed(Answer::PreCharge, Code::Failed, Side::Station, Why::PreCharge);
        }
        self.state = State::PreCharge { agreed, since };
        if cx.host.stop.is_some() {
            self.want(cx, WantedPower::Nothing);
        } else {
            let (target, _) = within(target, dc_now(cx.config, cx.host), agreed.car);
            self.target(cx, target);
            self.want(cx, WantedPower::PreCharge);
        }
        ok(Answer::PreCharge)
    }

    fn target(&mut self, cx: &mut Context<'_>, target: Target) {
        if self.target.replace(target) != Some(target) {
            cx.tell(Event::Target { voltage: target.voltage, current: target.current });
        }
    }

    pub(super) fn start(&mut self, cx: &mut Context<'_>, tuple: Option<i16>, profile: &[(u32, i64)]) -> Step {
        let answer = Answer::PowerDelivery(self.current(cx.config));
        let (State::Ac(agreed) | State::PreCharge { agreed, .. }) = self.state else {
            return failed(answer, Code::Failed, Side::Car, Why::Impatient("PowerDeliveryReq"));
        };
        if tuple.is_some_and(|tuple| tuple != i16::from(TUPLE)) {
            return failed(answer, Code::FailedTariffSelectionInvalid, Side::Car, Why::Profile);
        }
        // DIN 70121 cannot say more than 32767 W, and there is one entry for the whole day.
        let most = match self.protocol {
            Protocol::Din => agreed.supply.power().0.min(i16::MAX.into()),
            _ => agreed.supply.power().0,
        };
        let above = profile.iter().any(|(_, power)| *power > i64::from(most) * 1_000);
        let in_order = profile.first().is_none_or(|first| first.0 == 0)
            && profile.windows(2).all(|pair| matches!(pair, [one, next] if one.0 < next.0));
        if above || (Self::is_strict(cx.config) && !in_order) {
            return failed(answer, Code::FailedChargingProfileInvalid, Side::Car, Why::Profile);
        }
        if cx.host.stop.is_some() || cx.host.authorization != Some(Authorization::Accepted) {
            return failed(answer, Code::FailedPowerDeliveryNotApplied, Side::Station, Why::NoEnergy);
        }
        self.want(cx, WantedPower::Energy);
        match agreed.supply {
            Supply::Dc(_) => {
                self.state = State::Charging(agreed);
                ok(answer)
            }
            Supply::Ac { .. } => {
                let patience = self.timing().performance("PowerDeliveryReq").saturating_sub(MARGIN);
                self.state = State::Starting { agreed, until: cx.now + patience };
                Step::Later
            }
        }
    }

    /// Whether the contactor has closed, or is waited for in vain.
    pub(super) fn starting(&mut self, cx: &mut Context<'_>) -> Option<Reply> {
        let State::Starting { agreed, until } = self.state else { return None };
        let answer = Answer::PowerDelivery(Current::Ac);
        let step = if cx.host.stop.is_some() {
            failed(answer, Code::FailedPowerDeliveryNotApplied, Side::Station, Why::NoEnergy)
        } else if cx.host.power == PowerPath::Closed {
            self.state = State::Charging(agreed);
            ok(answer)
        } else if cx.now >= until {
            failed(answer, Code::FailedContactorError, Side::Station, Why::Contactor)
        } else {
            return None;
        };
        let Step::Answer(reply) = step else { return None };
        if reply.end.is_some() {
            self.over(cx, Some(true));
        }
        Some(reply)
    }

    pub(super) fn stop(&mut self, cx: &mut Context<'_>) -> Step {
        let current = self.current(cx.config);
        self.state = State::Stopped(current);
        self.want(cx, WantedPower::Nothing);
        ok(Answer::PowerDelivery(current))
    }

    pub(super) fn renegotiate(&mut self, cx: &mut Context<'_>) -> Step {
        let current = self.current(cx.config);
        self.state = State::Renegotiating(current);
        // Cars are known that draw on meanwhile: they keep their energy until the cable is checked again.
        if Self::is_strict(cx.config) {
            self.want(cx, WantedPower::Nothing);
        }
        cx.tell(Event::Renegotiates);
        ok(Answer::PowerDelivery(current))
    }

    pub(super) fn charging_status(&mut self, cx: &mut Context<'_>) -> Step {
        let State::Charging(Agreed { supply: Supply::Ac { max_current, .. }, car: Parameters::Ac { min_current, .. } }) =
            self.state
        else {
            let answer = Answer::ChargingStatus(Milliamps::ZERO);
            return failed(answer, Code::FailedSequenceError, Side::Car, Why::OutOfOrder("ChargingStatusReq"));
        };
        let answer = Answer::ChargingStatus(ac_now(cx.config, cx.host, min_current).min(max_current));
        if cx.stop_is_ignored() {
            return failed(answer, Code::Failed, Side::Car, Why::StopIgnored);
        }
        ok(answer)
    }

    pub(super) fn current_demand(
        &mut self,
        cx: &mut Context<'_>,
        target: Target,
        max_voltage: Option<Millivolts>,
        max_current: Option<Milliamps>,
    ) -> Step {
        let limits = dc_now(cx.config, cx.host);
        let State::Charging(Agreed { supply, car: Parameters::Dc { soc, max_voltage: u, max_current: i, max_power } }) =
            self.state
        else {
            let answer = Answer::CurrentDemand(limits, Achieved::NOTHING);
            return failed(answer, Code::FailedSequenceError, Side::Car, Why::OutOfOrder("CurrentDemandReq"));
        };
        // Limits that are left out stay as they were.
        let (max_voltage, max_current) = (max_voltage.unwrap_or(u), max_current.unwrap_or(i));
        let car = Parameters::Dc { soc, max_voltage, max_current, max_power };
        self.state = State::Charging(Agreed { supply, car });
        let (within, achieved) = within(target, limits, car);
        let answer = Answer::CurrentDemand(limits, achieved);
        if cx.stop_is_ignored() {
            return failed(answer, Code::Failed, Side::Car, Why::StopIgnored);
        }
        self.target(cx, within);
        ok(answer)
    }
}
