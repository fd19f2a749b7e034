//! ChargeParameterDiscovery (ISO 15118-2 clause 8.4.3.8): what each side can, and how much there is.

use units::{Milliamps, Millivolts, Watts};

use super::begin::ASKS_AGAIN;
use super::{
    Agreed, Answer, Code, Context, Current, Event, Host, Needs, Parameters, Session, Side, State, Step, StopWhy,
    Supply, Why, Wish, failed, ok,
};
use crate::messages::iso2::EnergyTransferMode;
use crate::secc::config::{self, Config};
use crate::secc::dialogue::{DcLimits, Processing};
use crate::secc::words::Offer;

/// What direct current there is now: the smaller of what the station can and what it may. A least that is told is never above
/// the most that is told.
pub(super) fn dc_now(config: &Config, host: &Host) -> DcLimits {
    let Some(can) = config.dc else { return DcLimits::NOTHING };
    let (voltage, current, power) = match host.offer {
        Some(Offer::Dc { voltage, current, power }) => (voltage, current, power),
        Some(Offer::Ac { .. }) => (Millivolts::ZERO, Milliamps::ZERO, Watts::ZERO),
        None => (can.max_voltage, can.max_current, can.max_power),
    };
    let max_voltage = can.max_voltage.min(voltage).max(Millivolts::ZERO);
    let max_current = can.max_current.min(current).max(Milliamps::ZERO);
    DcLimits {
        min_voltage: can.min_voltage.min(max_voltage),
        max_voltage,
        min_current: can.min_current.min(max_current),
        max_current,
        max_power: can.max_power.min(power).max(Watts::ZERO),
    }
}

/// The same for alternating current. What is less than a car needs is nothing to it.
pub(super) fn ac_now(config: &Config, host: &Host, needed: Milliamps) -> Milliamps {
    let can = config.ac.map_or(Milliamps::ZERO, |ac| ac.max_current);
    let may = match host.offer {
        Some(Offer::Ac { current }) => current,
        Some(Offer::Dc { .. }) => Milliamps::ZERO,
        None => can,
    };
    let now = can.min(may).max(Milliamps::ZERO);
    if now < needed { Milliamps::ZERO } else { now }
}

fn supply(cx: &Context<'_>, mode: EnergyTransferMode, car: Parameters) -> Supply {
    match car {
        Parameters::Dc { .. } => Supply::Dc(dc_now(cx.config, cx.host)),
        Parameters::Ac { min_current, .. } => {
            let nominal_voltage = cx.config.ac.map_or(Millivolts::ZERO, |ac| ac.nominal_voltage);
            let max_current = ac_now(cx.config, cx.host, min_current);
            let phases = if mode == EnergyTransferMode::AcThreePhaseCore { 3 } else { 1 };
            let power = i64::from(nominal_voltage.0) * i64::from(max_current.0) / 1_000_000 * phases;
            Supply::Ac { nominal_voltage, max_current, power: Watts(i32::try_from(power).unwrap_or(i32::MAX)) }
        }
    }
}

/// Whether the station can serve the car at all.
fn fits(config: &Config, car: Parameters) -> bool {
    match car {
        Parameters::Ac { min_current, max_current } => {
            config.ac.is_some_and(|ac| min_current <= ac.max_current && min_current <= max_current)
        }
        // IEC 61851-23:2023 CC.5.6 2g: limits at or below the station's minima do not fit.
        Parameters::Dc { max_voltage, max_current, .. } => {
            config.dc.is_some_and(|dc| max_voltage > dc.min_voltage && max_current > dc.min_current)
        }
    }
}

impl Session {
    pub(super) fn charge_parameters(
        &mut self,
        cx: &mut Context<'_>,
        mode: EnergyTransferMode,
        parameters: Option<Parameters>,
    ) -> Step {
        let current = if config::is_ac(mode) { Current::Ac } else { Current::Dc };
        let refusal = super::Request::ChargeParameters { mode, parameters }.refusal(current);
        if matches!(self.state, State::Authorizing { .. }) {
            return failed(refusal, Code::Failed, Side::Car, Why::Impatient("ChargeParameterDiscoveryReq"));
        }
        let not_served = matches!(cx.host.stop, Some((StopWhy::NotServed, _)));
        if not_served || !cx.config.offers(self.protocol, mode) {
            let fault = if not_served { Side::Station } else { Side::Car };
            return failed(refusal, Code::FailedWrongEnergyTransferMode, fault, Why::Parameters);
        }
        let kind = |car: &Parameters| matches!(car, Parameters::Ac { .. }) == config::is_ac(mode);
        let Some(car) = parameters.filter(kind).filter(|car| fits(cx.config, *car)) else {
            return failed(refusal, Code::FailedWrongChargeParameter, Side::Car, Why::Parameters);
        };
        if cx.stop_is_ignored() {
            return failed(refusal, Code::Failed, Side::Car, Why::StopIgnored);
        }
        let needs = match car {
            Parameters::Ac { max_current, .. } => Needs::Ac { current: max_current },
            Parameters::Dc { soc, max_voltage, max_current, max_power } => {
                self.soc(cx, soc);
                Needs::Dc { voltage: max_voltage, current: max_current, power: max_power }
            }
        };
        if self.needs.replace(needs) != Some(needs) {
            cx.tell(Event::Needs(needs));
        }
        let offered = matches!(
            (cx.host.offer, current),
            (Some(Offer::Ac { .. }), Current::Ac) | (Some(Offer::Dc { .. }), Current::Dc)
        );
        let supply = supply(cx, mode, car);
        if offered {
            let agreed = Agreed { supply, car };
            self.state = match current {
                Current::Ac => State::Ac(agreed),
                Current::Dc => State::Dc(agreed),
            };
            return ok(Answer::ChargeParameters(Processing::Finished, supply));
        }
        let since = match self.state {
            State::Negotiating { since, .. } => since,
            _ => cx.now,
        };
        if cx.now.since(since) + ASKS_AGAIN > cx.config.ongoing {
            return failed(refusal, Code::Failed, Side::Station, Why::NoOffer);
        }
        self.state = State::Negotiating { since, current };
        ok(Answer::ChargeParameters(Processing::Ongoing, supply))
    }

    /// More current than was agreed on has to be negotiated.
    pub(super) fn wish(&self, host: &Host) -> Wish {
        let State::Charging(Agreed {
            supply: Supply::Ac { max_current, .. },
            car: Parameters::Ac { min_current, max_current: wanted },
        }) = self.state
        else {
            return Wish::None;
        };
        match host.offer {
            Some(Offer::Ac { current }) if current.min(wanted) > max_current && current >= min_current => {
                Wish::ReNegotiation
            }
            _ => Wish::None,
        }
    }
}
