//! The words of the coordinator and those of the session.

use exi::Hex;
use hardware::SupplyTarget;
use iso15118::secc;
use session::{
    Authorization, HlcEvent, Identification, Isolation, Needs, Offer, OfferedLimits, PowerPath, Readiness, StopWhy,
    WantedPower, words,
};
use units::Soc;

pub(crate) const fn authorization(authorization: Authorization) -> secc::Input<'static> {
    secc::Input::Authorization(match authorization {
        Authorization::Accepted => secc::Authorization::Accepted,
        Authorization::Refused => secc::Authorization::Refused,
    })
}

pub(crate) const fn offer(offer: Offer) -> secc::Input<'static> {
    secc::Input::Offer(match offer.limits {
        OfferedLimits::Ac { current } => secc::Offer::Ac { current: current.value() },
        OfferedLimits::Dc { min_voltage: _, max_voltage, current, power } => {
            secc::Offer::Dc { voltage: max_voltage.value(), current: current.value(), power: power.value() }
        }
    })
}

pub(crate) const fn power(power: PowerPath) -> secc::Input<'static> {
    secc::Input::Power(match power {
        PowerPath::Open => secc::PowerPath::Open,
        PowerPath::Closed => secc::PowerPath::Closed,
        PowerPath::Checked => secc::PowerPath::Checked,
    })
}

pub(crate) const fn ready(ready: Readiness) -> secc::Input<'static> {
    secc::Input::Pilot(match ready {
        Readiness::NotReady => secc::Pilot::B,
        Readiness::Ready => secc::Pilot::C,
    })
}

/// While the cable is checked the controller says by itself that nothing is known yet.
pub(crate) const fn isolation(isolation: Isolation) -> Option<secc::Input<'static>> {
    match isolation {
        Isolation::Invalid => None,
        Isolation::Valid => Some(secc::Input::Isolation(secc::Isolation::Valid)),
        Isolation::Fault => Some(secc::Input::Isolation(secc::Isolation::Fault)),
    }
}

pub(crate) fn stop(why: StopWhy) -> secc::Input<'static> {
    secc::Input::Stop(match why {
        StopWhy::Ended(words::StoppedReason::EmergencyStop) => secc::StopWhy::Emergency,
        StopWhy::Ended(_) => secc::StopWhy::Ended,
        StopWhy::Fault => secc::StopWhy::Fault,
        StopWhy::NotServed => secc::StopWhy::NotServed,
    })
}

/// How a car with that EVCCID is to be identified. Its token is 12 hexadecimal digits, as AutoCharge has it.
pub(crate) fn identification(evcc_id: Hex<8>, autocharge: bool) -> Identification {
    match evcc_id.octets() {
        // DIN has room for eight octets: cars are known that fill it with zeros.
        [own @ .., 0, 0] | own if autocharge && own.len() == 6 => {
            let id = exi::text::hex::write(own).to_ascii_uppercase();
            Identification::Contract(words::IdToken { id, kind: words::TokenKind::MacAddress })
        }
        _ => Identification::Eim,
    }
}

pub(crate) const fn needs(needs: secc::Needs) -> HlcEvent {
    HlcEvent::Needs(match needs {
        secc::Needs::Ac { current } => Needs::Ac { current },
        secc::Needs::Dc { voltage, current, power } => Needs::Dc { voltage, current, power },
    })
}

/// `None` for a number that is no percentage.
pub(crate) fn soc(percent: u8) -> Option<HlcEvent> {
    Soc::from_percent(percent.into()).map(HlcEvent::Soc)
}

pub(crate) const fn target(voltage: units::Millivolts, current: units::Milliamps) -> HlcEvent {
    HlcEvent::Target(SupplyTarget { voltage, current })
}

pub(crate) const fn wanted(wanted: secc::WantedPower) -> HlcEvent {
    HlcEvent::WantsPower(match wanted {
        secc::WantedPower::Nothing => WantedPower::Nothing,
        secc::WantedPower::CableCheck => WantedPower::CableCheck,
        secc::WantedPower::PreCharge => WantedPower::PreCharge,
        secc::WantedPower::Energy => WantedPower::Energy,
        secc::WantedPower::WeldingDetection => WantedPower::WeldingDetection,
    })
}
