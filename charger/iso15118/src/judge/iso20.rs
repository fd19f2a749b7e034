//! What stands in the messages of ISO 15118-20: a first set. Order, identifiers, codes and times are in the files of their kind.

use exi::Tree;

use super::exchange::{Exchange, Progress, Seen, shown};
use super::rule::{ISO20, Kind, Rule};
use super::session::{Session, repeated, texts};
use super::verdict::Ledger;
use crate::wire::{self, Side};

const V: Kind = Kind::Value;

static CLOCK_CAR: Rule =
    Rule::car("I20-CLOCK-CAR", V, ISO20, "the time stamps of the car do not go back", "two requests");
static CLOCK_STATION: Rule =
    Rule::station("I20-CLOCK-STATION", V, ISO20, "the time stamps of the station do not go back", "two responses");
static AUTHORIZATION: Rule = Rule::car(
    "I20-AUTHORIZATION-OFFERED",
    V,
    ISO20,
    "the authorization chosen was offered",
    "AuthorizationReq after AuthorizationSetupRes",
);
static SERVICE_IDS: Rule = Rule::station(
    "I20-SERVICE-IDS",
    V,
    ISO20,
    "each energy transfer on offer has a ServiceID of its own",
    "ServiceDiscoveryRes",
);
static SERVICE: Rule =
    Rule::car("I20-SERVICE-OFFERED", V, ISO20, "the energy transfer chosen was offered", "ServiceSelectionReq");
static DETAIL: Rule =
    Rule::station("I20-DETAIL-SAME", V, ISO20, "details are of the service that was asked for", "ServiceDetailRes");
static SET: Rule = Rule::car(
    "I20-SET-OFFERED",
    V,
    ISO20,
    "the parameter set chosen is one of the service",
    "ServiceSelectionReq after ServiceDetailRes",
);
static FITS: Rule = Rule::car(
    "I20-SERVICE-FITS",
    V,
    ISO20,
    "the parameters are those of the energy transfer chosen",
    "a ChargeParameterDiscoveryReq after ServiceSelection",
);
static ORDER: Rule = Rule::station(
    "I20-DC-ORDER",
    V,
    ISO20,
    "the station's minima of voltage, current and power are not above its maxima",
    "DC_ChargeParameterDiscoveryRes",
);
static MODE: Rule = Rule::station(
    "I20-MODE-SCHEDULE",
    V,
    ISO20,
    "the schedule has the control mode of the request",
    "ScheduleExchangeRes",
);
static MODE_CAR: Rule = Rule::car(
    "I20-MODE-LOOP-CAR",
    V,
    ISO20,
    "the car keeps to the control mode of the schedule in the charge loop",
    "a ChargeLoopReq after ScheduleExchange",
);
static MODE_STATION: Rule = Rule::station(
    "I20-MODE-LOOP-STATION",
    V,
    ISO20,
    "the station keeps to the control mode of the schedule in the charge loop",
    "a ChargeLoopRes after ScheduleExchange",
);
static SCHEDULE: Rule =
    Rule::car("I20-SCHEDULE-CHOSEN", V, ISO20, "the schedule chosen was offered", "an EVPowerProfile with a schedule");
static PRE_CHARGE: Rule = Rule::car(
    "I20-PRE-CHARGE",
    V,
    ISO20,
    "the car goes on to PowerDelivery when the voltage is within 20 V of what it asked for",
    "PowerDelivery(Start) after DC_PreCharge",
);
static TARGET: Rule = Rule::car(
    "I20-TARGET",
    V,
    ISO20,
    "voltage and current asked for are within the station's limits",
    "a target after DC_ChargeParameterDiscovery",
);
static PRESENT: Rule = Rule::station(
    "I20-PRESENT-VOLTAGE",
    V,
    ISO20,
    "the voltage present is within the station's limit",
    "a voltage after DC_ChargeParameterDiscovery",
);
static METER: Rule = Rule::station(
    "I20-METER-THERE",
    V,
    ISO20,
    "MeterInfo is there when the car asked for it",
    "a ChargeLoopReq with MeterInfoRequested",
);
static PAUSE: Rule = Rule::car(
    "I20-PAUSE",
    Kind::Session,
    ISO20,
    "the session is paused after PowerDelivery(Stop) only",
    "SessionStopReq(Pause) after the parameters",
);

pub(super) static RULES: &[&Rule] = &[
    &CLOCK_CAR,
    &CLOCK_STATION,
    &AUTHORIZATION,
    &SERVICE_IDS,
    &SERVICE,
    &DETAIL,
    &SET,
    &FITS,
    &ORDER,
    &MODE,
    &MODE_CAR,
    &MODE_STATION,
    &SCHEDULE,
    &PRE_CHARGE,
    &TARGET,
    &PRESENT,
    &METER,
    &PAUSE,
];

/// So many entries of a list are looked at: more than the schema allows.
const MOST: usize = 64;
/// In mV.
const PRE_CHARGE_TOLERANCE: u64 = 20_000;

/// Scheduled or Dynamic, by the name of the element.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mode {
    Scheduled,
    Dynamic,
}

/// The mode of a message, by the name of one of its elements.
fn mode(body: &Tree) -> Option<Mode> {
    let Tree::Fields(fields) = body else { return None };
    fields.iter().find_map(|(name, _)| match name.trim_start_matches("BPT_") {
        name if !name.ends_with("ControlMode") => None,
        name if name.starts_with("Scheduled_") => Some(Mode::Scheduled),
        name if name.starts_with("Dynamic_") => Some(Mode::Dynamic),
        _ => None,
    })
}

/// What was agreed on so far.
#[derive(Default)]
pub(super) struct Iso20 {
    clocks: [Option<(u64, i128)>; 2],
    authorizations: Vec<String>,
    services: Option<(u64, Vec<i128>)>,
    detail: Option<i128>,
    sets: Option<(u64, i128, Vec<i128>)>,
    chosen: Option<(u64, i128)>,
    mode: Option<(u64, Mode)>,
    schedules: Option<(u64, Vec<i128>)>,
    /// The station's highest voltage and current, in mV and mA.
    limits: Option<(u64, i64, i64)>,
    target: Option<i64>,
    pre_charge: Option<(u64, i64)>,
    meter_asked: bool,
}

impl Iso20 {
    fn clock(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) {
        let Some(now) = seen.whole("Header/TimeStamp") else { return };
        let (place, rule) = match seen.message.from {
            Side::Car => (0, &CLOCK_CAR),
            Side::Station => (1, &CLOCK_STATION),
        };
        if let Some((packet, before)) = self.clocks[place].replace((seen.packet, now)) {
            ledger.check(rule, now >= before, &[packet, seen.packet], || {
                format!("time stamp {now} in {} after {before}", seen.name)
            });
        }
    }

    pub(super) fn request(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        self.clock(ledger, seen);
        let packets = [seen.packet];
        match seen.exchange {
            Exchange::Authorization if !self.authorizations.is_empty() => {
                let chosen = seen.text("SelectedAuthorizationService").unwrap_or_default();
                ledger.check(&AUTHORIZATION, self.authorizations.iter().any(|one| one == chosen), &packets, || {
                    format!("{chosen} was chosen: expected one of {:?}", self.authorizations)
                });
            }
            Exchange::ServiceDetail => self.detail = seen.whole("ServiceID"),
            Exchange::ServiceSelection => self.selection(ledger, seen),
            Exchange::ChargeParameterDiscovery => {
                let Some((packet, service)) = self.chosen else { return };
                let expected = match service {
                    1 | 5 | 10 | 11 => "AC_ChargeParameterDiscovery",
                    2 | 6 | 8 | 9 => "DC_ChargeParameterDiscovery",
                    3 => "WPT_ChargeParameterDiscovery",
                    _ => return,
                };
                ledger.check(&FITS, seen.stem == expected, &[packet, seen.packet], || {
                    format!("{} for service {service}: expected {expected}Req", seen.name)
                });
            }
            Exchange::ScheduleExchange => self.mode = mode(seen.body).map(|mode| (seen.packet, mode)),
            Exchange::PreCharge => self.target = seen.milli("EVTargetVoltage"),
            Exchange::PowerDelivery(Progress::Start) => self.start(ledger, seen),
            Exchange::ChargeLoop => {
                self.meter_asked = seen.flag("MeterInfoRequested") == Some(true);
                self.keeps_mode(ledger, seen, &MODE_CAR);
                self.within(ledger, seen);
            }
            Exchange::SessionStop if seen.text("ChargingSession") == Some("Pause") => {
                if let Some(may) = session.may_pause() {
                    ledger.check(&PAUSE, may, &packets, || {
                        "SessionStop(Pause) without PowerDelivery(Stop) before".to_owned()
                    });
                }
            }
            _ => {}
        }
        if seen.exchange == Exchange::PreCharge {
            self.within(ledger, seen);
        }
    }

    fn selection(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) {
        let Some(service) = seen.whole("SelectedEnergyTransferService/ServiceID") else { return };
        self.chosen = Some((seen.packet, service));
        if let Some((packet, services)) = &self.services {
            ledger.check(&SERVICE, services.contains(&service), &[*packet, seen.packet], || {
                format!("service {service} was chosen: expected one of {services:?}")
            });
        }
        let set = seen.whole("SelectedEnergyTransferService/ParameterSetID");
        if let (Some((packet, of, sets)), Some(set)) = (&self.sets, set)
            && *of == service
        {
            ledger.check(&SET, sets.contains(&set), &[*packet, seen.packet], || {
                format!("parameter set {set} of service {service} was chosen: expected one of {sets:?}")
            });
        }
    }

    fn start(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) {
        if let (Some((packet, present)), Some(target)) = (self.pre_charge.take(), self.target) {
            let near = present.abs_diff(target) <= PRE_CHARGE_TOLERANCE;
            ledger.check(&PRE_CHARGE, near, &[packet, seen.packet], || {
                format!("PowerDelivery at {} V: expected {} V +- 20", shown(present), shown(target))
            });
        }
        let id = seen.whole("EVPowerProfile/Scheduled_EVPPTControlMode/SelectedScheduleTupleID");
        if let (Some((packet, offered)), Some(id)) = (&self.schedules, id) {
            ledger.check(&SCHEDULE, offered.contains(&id), &[*packet, seen.packet], || {
                format!("schedule {id} was chosen: expected one of {offered:?}")
            });
        }
    }

    fn keeps_mode(&self, ledger: &mut Ledger, seen: &Seen<'_>, rule: &'static Rule) {
        let (Some((packet, agreed)), Some(mode)) = (self.mode, mode(seen.body)) else { return };
        ledger.check(rule, mode == agreed, &[packet, seen.packet], || {
            format!("{} is {mode:?}: expected {agreed:?}", seen.name)
        });
    }

    /// Targets within the station's limits.
    fn within(&self, ledger: &mut Ledger, seen: &Seen<'_>) {
        let Some((packet, voltage, current)) = self.limits else { return };
        let control = ["Scheduled_DC_CLReqControlMode", "BPT_Scheduled_DC_CLReqControlMode"];
        let control = control.iter().find_map(|mode| seen.body.get(mode)).unwrap_or(seen.body);
        let asked = |name| control.get(name).and_then(wire::milli);
        let (asked_voltage, asked_current) = (asked("EVTargetVoltage"), asked("EVTargetCurrent"));
        let Some(asked_voltage) = asked_voltage else { return };
        let asked_current = asked_current.unwrap_or(0);
        ledger.check(&TARGET, asked_voltage <= voltage && asked_current <= current, &[packet, seen.packet], || {
            format!(
                "{} asks for {} V, {} A: expected at most {} V, {} A",
                seen.name,
                shown(asked_voltage),
                shown(asked_current),
                shown(voltage),
                shown(current)
            )
        });
    }

    pub(super) fn response(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) {
        self.clock(ledger, seen);
        if seen.is_failed() {
            return;
        }
        let packets = [seen.packet];
        let ids = |path: &str, key: &str| -> Vec<i128> {
            seen.list(path).iter().take(MOST).filter_map(|item| item.get(key)?.as_whole()).collect()
        };
        match seen.exchange {
            Exchange::AuthorizationSetup => self.authorizations = texts(seen.list("AuthorizationServices"), MOST),
            Exchange::ServiceDiscovery => {
                let services = ids("EnergyTransferServiceList/Service", "ServiceID");
                let twice = repeated(services.iter());
                ledger.check(&SERVICE_IDS, twice.is_none(), &packets, || {
                    format!("service {} is offered twice", twice.unwrap_or(&0))
                });
                self.services = Some((seen.packet, services));
            }
            Exchange::ServiceDetail => {
                let Some(id) = seen.whole("ServiceID") else { return };
                if let Some(asked) = self.detail {
                    ledger
                        .check(&DETAIL, id == asked, &packets, || format!("details of service {id}: expected {asked}"));
                }
                self.sets = Some((seen.packet, id, ids("ServiceParameterList/ParameterSet", "ParameterSetID")));
            }
            Exchange::ChargeParameterDiscovery => self.parameters(ledger, seen),
            Exchange::ScheduleExchange => {
                self.keeps_mode(ledger, seen, &MODE);
                self.schedules = seen
                    .body
                    .get("Scheduled_SEResControlMode")
                    .map(|_| (seen.packet, ids("Scheduled_SEResControlMode/ScheduleTuple", "ScheduleTupleID")));
            }
            Exchange::PreCharge => {
                self.pre_charge = seen.milli("EVSEPresentVoltage").map(|present| (seen.packet, present));
            }
            Exchange::ChargeLoop => {
                self.keeps_mode(ledger, seen, &MODE_STATION);
                if std::mem::take(&mut self.meter_asked) {
                    let there = seen.body.get("MeterInfo").is_some();
                    ledger.check(&METER, there, &packets, || format!("{} without MeterInfo", seen.name));
                }
            }
            _ => {}
        }
        if let (Some((packet, limit, _)), Some(present)) = (self.limits, seen.milli("EVSEPresentVoltage")) {
            // A measurement may be 5 % above.
            ledger.check(
                &PRESENT,
                present <= limit.saturating_add((limit / 20).max(5_000)),
                &[packet, seen.packet],
                || format!("{} V in {}: expected at most {} V", shown(present), seen.name, shown(limit)),
            );
        }
    }

    fn parameters(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) {
        let names = ["DC_CPDResEnergyTransferMode", "BPT_DC_CPDResEnergyTransferMode"];
        let Some(limits) = names.iter().find_map(|name| seen.body.get(name)) else { return };
        let value = |name| limits.get(name).and_then(wire::milli);
        let pairs = [
            ("EVSEMinimumVoltage", "EVSEMaximumVoltage"),
            ("EVSEMinimumChargeCurrent", "EVSEMaximumChargeCurrent"),
            ("EVSEMinimumChargePower", "EVSEMaximumChargePower"),
        ];
        let wrong = pairs.iter().find(|(least, most)| value(least) > value(most));
        ledger.check(&ORDER, wrong.is_none(), &[seen.packet], || {
            wrong.map_or_else(String::new, |(least, most)| {
                let [a, b] = [least, most].map(|name| shown(value(name).unwrap_or(0)));
                format!("{least} {a} above {most} {b}")
            })
        });
        if let (Some(voltage), Some(current)) = (value("EVSEMaximumVoltage"), value("EVSEMaximumChargeCurrent")) {
            self.limits = Some((seen.packet, voltage, current));
        }
    }
}
