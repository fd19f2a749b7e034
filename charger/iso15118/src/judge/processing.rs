//! What goes on over several exchanges: the car asks again until the station says Finished, and then no more.

use super::exchange::{Exchange, Progress, Seen};
use super::rule::{ISO20, Kind, Rule, SESSION};
use super::verdict::Ledger;

const K: Kind = Kind::Sequence;

static AUTHORIZATION: Rule = Rule::car(
    "PROC-AUTHORIZATION",
    K,
    SESSION,
    "the car goes on when AuthorizationRes says Finished",
    "a request after AuthorizationRes",
);
static PARAMETERS: Rule = Rule::car(
    "PROC-PARAMETERS",
    K,
    SESSION,
    "the car goes on when ChargeParameterDiscoveryRes says Finished",
    "a request after ChargeParameterDiscoveryRes",
);
static CABLE_CHECK: Rule = Rule::car(
    "PROC-CABLE-CHECK",
    K,
    SESSION,
    "the car goes on when CableCheckRes says Finished",
    "a request after CableCheckRes",
);
static AGAIN: Rule = Rule::car(
    "PROC-AGAIN",
    K,
    SESSION,
    "the car does not ask again for what is Finished",
    "a request after a response that says Finished",
)
.strict();
static SCHEDULE: Rule = Rule::car(
    "I20-PROC-SCHEDULE",
    K,
    ISO20,
    "the car goes on when ScheduleExchangeRes says Finished",
    "a request after ScheduleExchangeRes",
);
static INSTALLATION: Rule = Rule::car(
    "I20-PROC-INSTALLATION",
    K,
    ISO20,
    "the car goes on when CertificateInstallationRes says Finished",
    "a request after CertificateInstallationRes",
);
static START: Rule = Rule::car(
    "I20-PROC-START",
    K,
    ISO20,
    "the car goes on to the charge loop when its own PowerDeliveryReq(Start) says Finished",
    "a request of the charge loop after PowerDelivery(Start)",
);
static PRE_CHARGE: Rule = Rule::car(
    "I20-PROC-PRE-CHARGE",
    K,
    ISO20,
    "the car goes on to PowerDelivery when its own DC_PreChargeReq says Finished",
    "PowerDeliveryReq(Start) after DC_PreChargeReq",
);

pub(super) static RULES: &[&Rule] =
    &[&AUTHORIZATION, &PARAMETERS, &CABLE_CHECK, &AGAIN, &SCHEDULE, &INSTALLATION, &START, &PRE_CHARGE];

/// What the last exchange said of its processing.
#[derive(Default)]
pub(super) struct Processing {
    /// By the station.
    last: Option<(Exchange, u64, bool)>,
    /// By the car, in -20.
    car: Option<(Exchange, u64, bool)>,
}

/// Ways out of any loop.
const fn leaves(exchange: Exchange) -> bool {
    matches!(exchange, Exchange::SessionStop | Exchange::PowerDelivery(Progress::Stop))
}

impl Processing {
    pub(super) fn request(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) {
        if let Some((exchange, packet, finished)) = self.last.take()
            && !leaves(seen.exchange)
        {
            let packets = [packet, seen.packet];
            let again = seen.exchange == exchange;
            let rule = match exchange {
                Exchange::Authorization => &AUTHORIZATION,
                Exchange::ChargeParameterDiscovery => &PARAMETERS,
                Exchange::ScheduleExchange => &SCHEDULE,
                Exchange::CertificateInstallation => &INSTALLATION,
                _ => &CABLE_CHECK,
            };
            if !again {
                ledger.check(rule, finished, &packets, || {
                    format!("{} while {} is Ongoing: expected {0} when it is Finished", seen.name, exchange.name())
                });
            }
            if finished {
                ledger.check(&AGAIN, !again, &packets, || format!("{} although it is Finished", seen.name));
            }
        }
        if let Some((exchange, packet, finished)) = self.car.take() {
            let packets = [packet, seen.packet];
            let says = || format!("{} after the car's own {} said Ongoing", seen.name, exchange.name());
            match (exchange, seen.exchange) {
                (Exchange::PowerDelivery(_), Exchange::ChargeLoop) => ledger.check(&START, finished, &packets, says),
                (Exchange::PreCharge, Exchange::PowerDelivery(Progress::Start)) => {
                    ledger.check(&PRE_CHARGE, finished, &packets, says);
                }
                _ => {}
            }
        }
        if let (Exchange::PreCharge | Exchange::PowerDelivery(Progress::Start), Some(processing)) =
            (seen.exchange, seen.text("EVProcessing"))
        {
            self.car = Some((seen.exchange, seen.packet, processing == "Finished"));
        }
    }

    pub(super) fn response(&mut self, seen: &Seen<'_>) {
        let asks_again = matches!(
            seen.exchange,
            Exchange::Authorization
                | Exchange::ChargeParameterDiscovery
                | Exchange::ScheduleExchange
                | Exchange::CertificateInstallation
                | Exchange::CableCheck
        );
        // A car that is refused may ask otherwise.
        let refused = !seen.code().starts_with("OK");
        self.last = seen
            .is_finished()
            .filter(|_| asks_again && !refused)
            .map(|finished| (seen.exchange, seen.packet, finished));
    }
}
