//! Requests and answers as DIN 70121 and ISO 15118-2 have them in common.

use exi::Hex;
use units::{Milliamps, Millivolts, Watts};

use super::words::Code;
use crate::messages::iso2::{ChargeProgress, EnergyTransferMode, ServiceCategory};

/// Which current.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Current {
    Ac,
    Dc,
}

/// What the car needs, from ChargeParameterDiscovery.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Parameters {
    Ac { min_current: Milliamps, max_current: Milliamps },
    Dc { soc: i8, max_voltage: Millivolts, max_current: Milliamps, max_power: Option<Watts> },
}

/// What the car wants of DC now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Target {
    pub(super) voltage: Millivolts,
    pub(super) current: Milliamps,
}

/// What the car asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Request {
    SessionSetup {
        evcc_id: Hex<8>,
    },
    ServiceDiscovery {
        category: Option<ServiceCategory>,
    },
    ServiceDetail {
        id: u16,
    },
    PaymentSelection {
        contract: bool,
        services: Vec<(u16, Option<i16>)>,
    },
    PaymentDetails,
    Authorization,
    /// Parameters of both currents, or of none, are no parameters.
    ChargeParameters {
        mode: EnergyTransferMode,
        parameters: Option<Parameters>,
    },
    CableCheck {
        soc: i8,
    },
    PreCharge {
        soc: i8,
        target: Target,
    },
    PowerDelivery {
        progress: ChargeProgress,
        tuple: Option<i16>,
        /// From when on, in s, how much, in mW.
        profile: Vec<(u32, i64)>,
    },
    ChargingStatus,
    CurrentDemand {
        soc: i8,
        target: Target,
        max_voltage: Option<Millivolts>,
        max_current: Option<Milliamps>,
    },
    MeteringReceipt,
    WeldingDetection {
        soc: i8,
    },
    SessionStop {
        pause: bool,
    },
}

impl Request {
    /// Its name in ISO 15118-2.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::SessionSetup { .. } => "SessionSetupReq",
            Self::ServiceDiscovery { .. } => "ServiceDiscoveryReq",
            Self::ServiceDetail { .. } => "ServiceDetailReq",
            Self::PaymentSelection { .. } => "PaymentServiceSelectionReq",
            Self::PaymentDetails => "PaymentDetailsReq",
            Self::Authorization => "AuthorizationReq",
            Self::ChargeParameters { .. } => "ChargeParameterDiscoveryReq",
            Self::CableCheck { .. } => "CableCheckReq",
            Self::PreCharge { .. } => "PreChargeReq",
            Self::PowerDelivery { .. } => "PowerDeliveryReq",
            Self::ChargingStatus => "ChargingStatusReq",
            Self::CurrentDemand { .. } => "CurrentDemandReq",
            Self::MeteringReceipt => "MeteringReceiptReq",
            Self::WeldingDetection { .. } => "WeldingDetectionReq",
            Self::SessionStop { .. } => "SessionStopReq",
        }
    }

    /// The answer of its type to a request that is not looked at further.
    pub(super) const fn refusal(&self, current: Current) -> Answer {
        match self {
            Self::SessionSetup { .. } => Answer::SessionSetup,
            Self::ServiceDiscovery { category } => Answer::ServiceDiscovery(*category),
            Self::ServiceDetail { id } => Answer::ServiceDetail(*id),
            Self::PaymentSelection { .. } => Answer::PaymentSelection,
            Self::PaymentDetails => Answer::PaymentDetails,
            Self::Authorization => Answer::Authorization(Processing::Finished),
            Self::ChargeParameters { mode, .. } => {
                let current = if super::config::is_ac(*mode) { Current::Ac } else { Current::Dc };
                Answer::ChargeParameters(Processing::Finished, Supply::nothing(current))
            }
            Self::CableCheck { .. } => Answer::CableCheck(Processing::Finished),
            Self::PreCharge { .. } => Answer::PreCharge,
            Self::PowerDelivery { .. } => Answer::PowerDelivery(current),
            Self::ChargingStatus => Answer::ChargingStatus(Milliamps::ZERO),
            Self::CurrentDemand { .. } => Answer::CurrentDemand(DcLimits::NOTHING, Achieved::NOTHING),
            Self::MeteringReceipt => Answer::MeteringReceipt(current),
            Self::WeldingDetection { .. } => Answer::WeldingDetection,
            Self::SessionStop { .. } => Answer::SessionStop,
        }
    }
}

/// Whether the station has done what the request asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Processing {
    Ongoing,
    Finished,
}

/// What direct current there is now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct DcLimits {
    pub(super) min_voltage: Millivolts,
    pub(super) max_voltage: Millivolts,
    pub(super) min_current: Milliamps,
    pub(super) max_current: Milliamps,
    pub(super) max_power: Watts,
}

impl DcLimits {
    pub(super) const NOTHING: Self = Self {
        min_voltage: Millivolts::ZERO,
        max_voltage: Millivolts::ZERO,
        min_current: Milliamps::ZERO,
        max_current: Milliamps::ZERO,
        max_power: Watts::ZERO,
    };
}

/// Which limits of the station hold back what the car wants.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Achieved {
    pub(super) voltage: bool,
    pub(super) current: bool,
    pub(super) power: bool,
}

impl Achieved {
    pub(super) const NOTHING: Self = Self { voltage: false, current: false, power: false };
}

/// What the station says in ChargeParameterDiscovery.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Supply {
    Ac {
        nominal_voltage: Millivolts,
        max_current: Milliamps,
        /// All phases together.
        power: Watts,
    },
    Dc(DcLimits),
}

impl Supply {
    const fn nothing(current: Current) -> Self {
        match current {
            Current::Ac => {
                Self::Ac { nominal_voltage: Millivolts(230_000), max_current: Milliamps::ZERO, power: Watts::ZERO }
            }
            Current::Dc => Self::Dc(DcLimits::NOTHING),
        }
    }

    /// What a schedule of it says.
    pub(super) const fn power(self) -> Watts {
        match self {
            Self::Ac { power, .. } => power,
            Self::Dc(limits) => limits.max_power,
        }
    }

    pub(super) const fn current(self) -> Current {
        match self {
            Self::Ac { .. } => Current::Ac,
            Self::Dc(_) => Current::Dc,
        }
    }
}

/// What the station answers, its code aside.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Answer {
    SessionSetup,
    ServiceDiscovery(Option<ServiceCategory>),
    ServiceDetail(u16),
    PaymentSelection,
    PaymentDetails,
    Authorization(Processing),
    ChargeParameters(Processing, Supply),
    CableCheck(Processing),
    PreCharge,
    PowerDelivery(Current),
    ChargingStatus(Milliamps),
    CurrentDemand(DcLimits, Achieved),
    MeteringReceipt(Current),
    WeldingDetection,
    SessionStop,
}

/// The one schedule that is offered.
pub(super) const TUPLE: u8 = 1;
/// It says what there is for a day.
pub(super) const DAY: u32 = 86_400;

/// What the station does just now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum StatusCode {
    NotReady,
    Ready,
    Shutdown,
    IsolationMonitoringActive,
    EmergencyShutdown,
    Malfunction,
}

/// What the station says of the isolation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Level {
    Invalid,
    Valid,
    Warning,
    Fault,
}

/// What the station wants the car to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wish {
    None,
    StopCharging,
    ReNegotiation,
}

/// State of the station.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Status {
    pub(super) code: StatusCode,
    pub(super) level: Level,
    pub(super) wish: Wish,
}

/// All that is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) config: &'a super::config::Config,
    pub(super) answer: Answer,
    pub(super) code: Code,
    pub(super) status: Status,
    pub(super) voltage: Millivolts,
    pub(super) current: Milliamps,
    pub(super) meter: Option<u64>,
}

/// A number of thousandths as value and power of ten: exact where that can be, and else a little nearer to zero, since no limit
/// may grow. Powers of zero come first: cars are known that overlook others.
pub(super) fn scaled(milli: i64) -> (i16, i8) {
    let at = |power: i8| {
        let unit = 10_i64.pow(u32::try_from(i32::from(power) + 3).unwrap_or(0));
        let value = i16::try_from(milli / unit).ok()?;
        Some((value, power, milli % unit == 0))
    };
    let exact = [0, -1, -2, -3, 1, 2, 3].into_iter().filter_map(at).find(|(.., exact)| *exact);
    let near = || (-3..=3).filter_map(at).next();
    match exact.or_else(near) {
        Some((value, power, _)) => (value, power),
        None => (if milli < 0 { i16::MIN } else { i16::MAX }, 3),
    }
}

/// Thousandths from the wire, as far as a unit reaches.
pub(super) fn whole(milli: i64) -> i32 {
    i32::try_from(milli).unwrap_or(if milli < 0 { i32::MIN } else { i32::MAX })
}

#[cfg(test)]
mod tests {
    use super::{scaled, whole};

    #[test]
    fn a_value_is_exact_where_that_can_be() {
        assert_eq!(scaled(230_000), (230, 0));
        assert_eq!(scaled(398_500), (3_985, -1));
        assert_eq!(scaled(150_000_000), (15_000, 1));
        assert_eq!(scaled(-5_000), (-5, 0));
        assert_eq!(scaled(1), (1, -3));
    }

    #[test]
    fn a_value_that_is_not_exact_is_nearer_to_zero() {
        assert_eq!(scaled(398_567), (3_985, -1));
        assert_eq!(scaled(-398_567), (-3_985, -1));
        assert_eq!(scaled(i64::MAX), (i16::MAX, 3));
        assert_eq!(scaled(i64::MIN), (i16::MIN, 3));
        assert_eq!((whole(i64::MAX), whole(i64::MIN)), (i32::MAX, i32::MIN));
    }
}
