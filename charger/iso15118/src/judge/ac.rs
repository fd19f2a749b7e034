//! Alternating current (-2).

use super::exchange::{Exchange, Progress, Seen, shown};
use super::rule::{ISO2, Kind, Rule};
use super::session::Session;
use super::verdict::Ledger;

static CURRENT: Rule = Rule::station(
    "AC-MAX-CURRENT",
    Kind::Value,
    ISO2,
    "the current allowed in the charge loop is from 0 to what ChargeParameterDiscovery said",
    "ChargingStatusRes with EVSEMaxCurrent",
);
static RCD: Rule = Rule::station(
    "AC-RCD",
    Kind::State,
    ISO2,
    "a station whose residual current device has tripped does not start",
    "PowerDeliveryRes to Start with AC_EVSEStatus",
);
static STATUS: Rule = Rule::station(
    "AC-STATUS-KIND",
    Kind::State,
    ISO2,
    "PowerDeliveryRes has the status of the current that is used, AC or DC",
    "PowerDeliveryRes",
);

pub(super) static RULES: &[&Rule] = &[&CURRENT, &RCD, &STATUS];

/// What the station said that it has.
#[derive(Default)]
pub(super) struct Ac {
    most: Option<(u64, i64)>,
}

impl Ac {
    pub(super) fn response(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        if seen.is_failed() {
            return;
        }
        match session.exchange_of(seen) {
            Exchange::ChargeParameterDiscovery => {
                self.most = seen.milli("AC_EVSEChargeParameter/EVSEMaxCurrent").map(|most| (seen.packet, most));
            }
            Exchange::ChargingStatus => {
                if let (Some((packet, most)), Some(current)) = (self.most, seen.milli("EVSEMaxCurrent")) {
                    ledger.check(&CURRENT, (0..=most).contains(&current), &[packet, seen.packet], || {
                        format!("EVSEMaxCurrent {} A: expected 0 to {} A", shown(current), shown(most))
                    });
                }
            }
            Exchange::PowerDelivery(progress) => {
                if let (Progress::Start, Some(tripped)) = (progress, seen.flag("AC_EVSEStatus/RCD")) {
                    ledger.check(&RCD, !tripped, &[seen.packet], || "started with RCD true".to_owned());
                }
                let dc = seen.body.get("DC_EVSEStatus").is_some();
                if session.current.is_some() {
                    ledger.check(&STATUS, dc == session.is_dc(), &[seen.packet], || {
                        let name = |dc| if dc { "DC_EVSEStatus" } else { "AC_EVSEStatus" };
                        format!("{}: expected {}", name(dc), name(session.is_dc()))
                    });
                }
            }
            _ => {}
        }
    }
}
