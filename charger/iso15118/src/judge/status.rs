//! What each side says of its own state (DIN, -2): isolation, readiness, faults, the wish to stop.

use super::exchange::{Exchange, Progress, Seen};
use super::rule::{DIN, DIN_ISO2, Kind, Rule};
use super::session::{Power, Session};
use super::verdict::Ledger;

const K: Kind = Kind::State;

static ONGOING: Rule = Rule::station(
    "ST-ISOLATION-ONGOING",
    K,
    DIN_ISO2,
    "while the cable check is Ongoing the isolation is Invalid and the station says IsolationMonitoringActive",
    "CableCheckRes that is Ongoing",
)
.strict();
static FINISHED: Rule = Rule::station(
    "ST-ISOLATION-FINISHED",
    K,
    DIN_ISO2,
    "with the end of the cable check the isolation is Valid (or Warning)",
    "CableCheckRes that is Finished",
);
static READY: Rule = Rule::station(
    "ST-READY-FINISHED",
    K,
    DIN_ISO2,
    "with the end of the cable check the station is EVSE_Ready",
    "CableCheckRes that is Finished",
);
static STAYS_VALID: Rule = Rule::station(
    "ST-ISOLATION-KEPT",
    K,
    DIN_ISO2,
    "after the cable check the isolation is told as Valid (or Warning) in each response until the end of charging",
    "PreChargeRes, PowerDeliveryRes or CurrentDemandRes",
);
static STAYS_READY: Rule = Rule::station(
    "ST-READY-KEPT",
    K,
    DIN_ISO2,
    "after the cable check the station does not fall back to NotReady or IsolationMonitoringActive while it charges",
    "PreChargeRes, PowerDeliveryRes or CurrentDemandRes",
);
static SHUTDOWN: Rule = Rule::station(
    "ST-SHUTDOWN",
    K,
    DIN_ISO2,
    "from PowerDelivery(Stop) on the station is EVSE_Shutdown, or says what else is wrong",
    "a response from PowerDelivery(Stop) on",
)
.strict();
static NOTIFICATION: Rule = Rule::station(
    "DIN-NOTIFICATION",
    K,
    DIN,
    "EVSENotification is always None: the wish to stop is EVSE_Shutdown",
    "DC_EVSEStatus",
)
.requirement("[V2G-DC-500]");
static RESERVED: Rule =
    Rule::station("ST-RESERVED", K, DIN_ISO2, "EVSEStatusCode is none of the reserved ones", "DC_EVSEStatus");
static EV_READY: Rule = Rule::car(
    "ST-EV-READY",
    K,
    DIN_ISO2,
    "the car is EVReady when it starts and while it charges",
    "PowerDelivery(Start) or CurrentDemandReq",
);
static EV_ERROR: Rule =
    Rule::car("ST-EV-ERROR", K, DIN_ISO2, "the car does not start with an error of its own", "PowerDelivery(Start)");
static EV_RESERVED: Rule =
    Rule::car("ST-EV-RESERVED", K, DIN_ISO2, "EVErrorCode is none of the reserved ones", "DC_EVStatus");
static OBEYED: Rule = Rule::car(
    "ST-STOP-OBEYED",
    Kind::Timing,
    DIN_ISO2,
    "the car ends charging soon after the station asked for it: 5 s, or the delay that it allowed",
    "the station's wish to stop while charging",
);

pub(super) static RULES: &[&Rule] = &[
    &ONGOING,
    &FINISHED,
    &READY,
    &STAYS_VALID,
    &STAYS_READY,
    &SHUTDOWN,
    &NOTIFICATION,
    &RESERVED,
    &EV_READY,
    &EV_ERROR,
    &EV_RESERVED,
    &OBEYED,
];

/// A car is given so long to end, in s; the delay that the station allows may be longer.
const TO_END: u64 = 5;

/// The states told so far.
#[derive(Default)]
pub(super) struct Status {
    /// The cable check is Finished, and what it says has to stay.
    checked: bool,
    /// The station wants an end: since when, and until when the car may go on, in s.
    wants_end: Option<(u64, std::time::Duration, std::time::Duration)>,
}

const VALID: [&str; 3] = ["Valid", "Warning", "No_IMD"];
/// More specific than EVSE_Shutdown.
const ENDED: [&str; 4] = ["EVSE_Shutdown", "EVSE_UtilityInterruptEvent", "EVSE_EmergencyShutdown", "EVSE_Malfunction"];

impl Status {
    pub(super) fn request(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        let packets = [seen.packet];
        let places = ["DC_EVStatus", "DC_EVChargeParameter/DC_EVStatus", "DC_EVPowerDeliveryParameter/DC_EVStatus"];
        let status = places.iter().find_map(|place| seen.body.at(place));
        if let Some(status) = status {
            let error = status.get("EVErrorCode").and_then(exi::Tree::as_text).unwrap_or_default();
            let ready = status.get("EVReady") == Some(&exi::Tree::Boolean(true));
            ledger.check(&EV_RESERVED, !error.starts_with("Reserved"), &packets, || format!("EVErrorCode {error}"));
            let starts = seen.exchange == Exchange::PowerDelivery(Progress::Start);
            if starts {
                ledger.check(&EV_ERROR, error == "NO_ERROR", &packets, || {
                    format!("PowerDelivery(Start) with EVErrorCode {error}: expected NO_ERROR")
                });
            }
            if starts || seen.exchange == Exchange::CurrentDemand {
                ledger.check(&EV_READY, ready, &packets, || format!("{} with EVReady false", seen.name));
            }
        }
        self.obeys(ledger, session, seen);
    }

    fn obeys(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        if session.power != Power::On {
            self.wants_end = None;
        }
        let Some((packet, since, until)) = self.wants_end else { return };
        let ends =
            !matches!(seen.exchange, Exchange::CurrentDemand | Exchange::ChargingStatus | Exchange::MeteringReceipt);
        if ends || seen.at > until {
            self.wants_end = None;
            let took = seen.at.saturating_sub(since);
            ledger.check(&OBEYED, seen.at <= until, &[packet, seen.packet], || {
                format!("{} {} ms after the station asked for the end", seen.name, took.as_millis())
            });
        }
    }

    pub(super) fn response(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        if let Some(status) = seen.body.get("AC_EVSEStatus") {
            let notification = status.get("EVSENotification").and_then(exi::Tree::as_text);
            return self.wish(session, seen, notification == Some("StopCharging"), status);
        }
        let places = ["DC_EVSEStatus", "DC_EVSEChargeParameter/DC_EVSEStatus"];
        let Some(status) = places.iter().find_map(|place| seen.body.at(place)) else { return };
        let text = |key| status.get(key).and_then(exi::Tree::as_text);
        let (code, isolation) = (text("EVSEStatusCode").unwrap_or_default(), text("EVSEIsolationStatus"));
        let notification = text("EVSENotification").unwrap_or_default();
        let packets = [seen.packet];
        let told = || format!("{} with {code}, isolation {}", seen.name, isolation.unwrap_or("not told"));
        ledger.check(&RESERVED, !code.starts_with("Reserved"), &packets, told);
        if session.protocol == Some(crate::Protocol::Din) {
            ledger.check(&NOTIFICATION, notification == "None", &packets, || {
                format!("{} with EVSENotification {notification}: expected None", seen.name)
            });
        }
        let exchange = session.exchange_of(seen);
        let failed = seen.is_failed();
        let ended = ENDED.contains(&code);
        match exchange {
            Exchange::ChargeParameterDiscovery => self.checked = false,
            // A station that stops the session has no use for the isolation.
            Exchange::CableCheck if !failed && !ended => match seen.is_finished() {
                Some(true) => {
                    self.checked = true;
                    ledger.check(&FINISHED, isolation.is_some_and(|level| VALID.contains(&level)), &packets, || {
                        format!("{}: expected isolation Valid with Finished", told())
                    });
                    ledger.check(&READY, code == "EVSE_Ready", &packets, || {
                        format!("{}: expected EVSE_Ready with Finished", told())
                    });
                }
                Some(false) => {
                    let active = code == "EVSE_IsolationMonitoringActive" && isolation == Some("Invalid");
                    ledger.check(&ONGOING, active, &packets, || {
                        format!("{}: expected EVSE_IsolationMonitoringActive, Invalid while Ongoing", told())
                    });
                }
                None => {}
            },
            Exchange::PreCharge | Exchange::CurrentDemand | Exchange::PowerDelivery(Progress::Start)
                if self.checked && !failed && !ended =>
            {
                ledger.check(&STAYS_VALID, isolation.is_some_and(|level| VALID.contains(&level)), &packets, || {
                    format!("{}: expected isolation Valid after the cable check", told())
                });
                let back = matches!(code, "EVSE_NotReady" | "EVSE_IsolationMonitoringActive");
                ledger.check(&STAYS_READY, !back, &packets, || {
                    format!("{}: expected EVSE_Ready after the cable check", told())
                });
            }
            Exchange::PowerDelivery(Progress::Stop) | Exchange::WeldingDetection if !failed => {
                ledger.check(&SHUTDOWN, ended, &packets, || {
                    format!("{}: expected EVSE_Shutdown after the end of charging", told())
                });
            }
            _ => {}
        }
        self.wish(session, seen, ended || notification == "StopCharging", status);
    }

    fn wish(&mut self, session: &Session, seen: &Seen<'_>, wants: bool, status: &exi::Tree) {
        if !wants || session.power != Power::On || self.wants_end.is_some() {
            return;
        }
        let delay = status.get("NotificationMaxDelay").and_then(exi::Tree::as_whole).unwrap_or(0);
        let delay = u64::try_from(delay).unwrap_or(0).clamp(TO_END, 86_400);
        let until = seen.at.saturating_add(std::time::Duration::from_secs(delay));
        self.wants_end = Some((seen.packet, seen.at, until));
    }
}
