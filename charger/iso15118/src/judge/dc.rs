//! Direct current (DIN, -2): what the car asks for, what the station gives, and the limits of both.

use super::exchange::{Exchange, Progress, Seen, shown};
use super::rule::{DIN_ISO2, Kind, Rule};
use super::session::Session;
use super::verdict::Ledger;

const V: Kind = Kind::Value;

static TARGET_VOLTAGE: Rule = Rule::car(
    "DC-TARGET-VOLTAGE",
    V,
    DIN_ISO2,
    "the voltage asked for is within the station's limit",
    "a target after the station's limits",
);
static TARGET_CURRENT: Rule = Rule::car(
    "DC-TARGET-CURRENT",
    V,
    DIN_ISO2,
    "the current asked for is within the station's limit",
    "a target after the station's limits",
)
.strict();
static OWN_VOLTAGE: Rule = Rule::car(
    "DC-OWN-VOLTAGE",
    V,
    DIN_ISO2,
    "the voltage asked for is within the car's own limit",
    "a target after the car's limits",
);
static OWN_CURRENT: Rule = Rule::car(
    "DC-OWN-CURRENT",
    V,
    DIN_ISO2,
    "the current asked for is within the car's own limit",
    "a target after the car's limits",
);
static NEGATIVE: Rule =
    Rule::car("DC-NEGATIVE", V, DIN_ISO2, "voltage and current asked for are not below 0", "a target").strict();
static PRE_CHARGE: Rule = Rule::car(
    "DC-PRE-CHARGE",
    V,
    DIN_ISO2,
    "the car goes on to PowerDelivery when the voltage is within 20 V of what it asked for",
    "PowerDelivery after PreChargeRes",
);
static PRESENT_VOLTAGE: Rule = Rule::station(
    "DC-PRESENT-VOLTAGE",
    V,
    DIN_ISO2,
    "the voltage present is within the station's limit",
    "a voltage after the station's limits",
);
static PRESENT_OVER: Rule = Rule::station(
    "DC-PRESENT-CAR-VOLTAGE",
    V,
    DIN_ISO2,
    "the voltage present while charging is within the car's limit",
    "CurrentDemandRes after the car's limits",
);
static PRESENT_CURRENT: Rule = Rule::station(
    "DC-PRESENT-CURRENT",
    V,
    DIN_ISO2,
    "the current present is within the station's and the car's limits",
    "CurrentDemandRes after the limits",
);
static ASKED: Rule = Rule::station(
    "DC-CURRENT-ASKED",
    V,
    DIN_ISO2,
    "the current present is not above what the car asked for now or before",
    "CurrentDemandRes",
);
static SOC: Rule = Rule::car("DC-SOC", V, DIN_ISO2, "EVRESSSOC is from 0 to 100 %", "DC_EVStatus");
static SOC_FALLS: Rule = Rule::car(
    "DC-SOC-FALLS",
    V,
    DIN_ISO2,
    "EVRESSSOC does not fall by more than 2 % while charging",
    "CurrentDemandReq",
);
static LIMITS_CAR: Rule = Rule::car(
    "DC-LIMITS-CAR",
    V,
    DIN_ISO2,
    "CurrentDemandReq has the optional limits of voltage and current: stations are known that need them",
    "CurrentDemandReq",
)
.field();
static LIMITS_STATION: Rule = Rule::station(
    "DC-LIMITS-STATION",
    V,
    DIN_ISO2,
    "CurrentDemandRes has the optional limits of voltage, current and power: cars are known that need them",
    "CurrentDemandRes",
)
.field();

pub(super) static RULES: &[&Rule] = &[
    &TARGET_VOLTAGE,
    &TARGET_CURRENT,
    &OWN_VOLTAGE,
    &OWN_CURRENT,
    &NEGATIVE,
    &PRE_CHARGE,
    &PRESENT_VOLTAGE,
    &PRESENT_OVER,
    &PRESENT_CURRENT,
    &ASKED,
    &SOC,
    &SOC_FALLS,
    &LIMITS_CAR,
    &LIMITS_STATION,
];

/// The voltage of the station may differ by so much when the car closes its contactors, in mV.
const PRE_CHARGE_TOLERANCE: u64 = 20_000;
/// What a measurement may be above a limit: 5 %, at least 5 V or 5 A, in thousandths.
fn over(limit: i64) -> i64 {
    limit.saturating_add((limit / 20).max(5_000))
}
/// A state of charge may be told a little lower.
const SOC_TOLERANCE: i128 = 2;

/// The limits of one side, in mV and mA.
#[derive(Default)]
struct Limits {
    voltage: Option<i64>,
    current: Option<i64>,
}

impl Limits {
    /// Takes what a message says.
    fn update(&mut self, seen: &Seen<'_>, voltage: &str, current: &str) {
        self.voltage = seen.milli(voltage).or(self.voltage);
        self.current = seen.milli(current).or(self.current);
    }
}

/// What was asked for and given so far.
#[derive(Default)]
pub(super) struct Dc {
    car: Limits,
    station: Limits,
    /// The target of the last request with one, and the one before: a station follows with a delay.
    target_voltage: Option<i64>,
    /// `None` for what was asked before the capture began.
    targets: [Option<i64>; 2],
    /// What the station had in the last PreChargeRes, and what was asked for.
    pre_charge: Option<(u64, i64)>,
    /// The highest state of charge while charging.
    soc: Option<(u64, i128)>,
}

impl Dc {
    pub(super) fn request(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        let packets = [seen.packet];
        let status = ["DC_EVStatus", "DC_EVChargeParameter/DC_EVStatus", "DC_EVPowerDeliveryParameter/DC_EVStatus"];
        let soc = status.iter().find_map(|status| seen.body.at(status)?.get("EVRESSSOC")?.as_whole());
        if let Some(soc) = soc {
            ledger.check(&SOC, (0..=100).contains(&soc), &packets, || format!("EVRESSSOC {soc} %: expected 0 to 100"));
        }
        match seen.exchange {
            Exchange::ChargeParameterDiscovery => {
                self.car.update(
                    seen,
                    "DC_EVChargeParameter/EVMaximumVoltageLimit",
                    "DC_EVChargeParameter/EVMaximumCurrentLimit",
                );
            }
            Exchange::PreCharge => {
                self.targets(ledger, seen);
                self.targets = [Some(0); 2];
            }
            Exchange::CurrentDemand => {
                self.car.update(seen, "EVMaximumVoltageLimit", "EVMaximumCurrentLimit");
                self.targets(ledger, seen);
                let limits = ["EVMaximumVoltageLimit", "EVMaximumCurrentLimit"];
                let missing = limits.iter().find(|limit| seen.body.get(limit).is_none());
                ledger.check(&LIMITS_CAR, missing.is_none(), &packets, || {
                    format!("CurrentDemandReq without {}", missing.unwrap_or(&""))
                });
                if let Some(soc) = soc {
                    self.soc_of_loop(ledger, seen.packet, soc);
                }
            }
            Exchange::PowerDelivery(Progress::Start) if session.is_dc() => {
                if let (Some((packet, present)), Some(target)) = (self.pre_charge.take(), self.target_voltage) {
                    let near = present.abs_diff(target) <= PRE_CHARGE_TOLERANCE;
                    ledger.check(&PRE_CHARGE, near, &[packet, seen.packet], || {
                        format!("PowerDelivery at {} V: expected {} V +- 20", shown(present), shown(target))
                    });
                }
                self.soc = None;
            }
            _ => {}
        }
    }

    fn soc_of_loop(&mut self, ledger: &mut Ledger, packet: u64, soc: i128) {
        let (before, highest) = self.soc.unwrap_or((packet, soc));
        ledger.check(&SOC_FALLS, soc >= highest - SOC_TOLERANCE, &[before, packet], || {
            format!("EVRESSSOC fell from {highest} to {soc} %")
        });
        if soc >= highest {
            self.soc = Some((packet, soc));
        }
    }

    fn targets(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) {
        let packets = [seen.packet];
        let (Some(voltage), Some(current)) = (seen.milli("EVTargetVoltage"), seen.milli("EVTargetCurrent")) else {
            return;
        };
        let asked = |what: i64, unit: &str, limit: i64| {
            format!("{} asks for {} {unit}: expected at most {}", seen.name, shown(what), shown(limit))
        };
        let mut within = |rule, value: i64, limit: Option<i64>, unit| {
            if let Some(limit) = limit {
                ledger.check(rule, value <= limit, &packets, || asked(value, unit, limit));
            }
        };
        within(&TARGET_VOLTAGE, voltage, self.station.voltage, "V");
        within(&OWN_VOLTAGE, voltage, self.car.voltage, "V");
        within(&TARGET_CURRENT, current, self.station.current, "A");
        within(&OWN_CURRENT, current, self.car.current, "A");
        ledger.check(&NEGATIVE, voltage >= 0 && current >= 0, &packets, || {
            format!("{} asks for {} V, {} A", seen.name, shown(voltage), shown(current))
        });
        self.target_voltage = Some(voltage);
        self.targets = [Some(current), self.targets[0]];
    }

    pub(super) fn response(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) {
        if seen.is_failed() {
            return;
        }
        if seen.exchange == Exchange::ChargeParameterDiscovery {
            self.station.update(
                seen,
                "DC_EVSEChargeParameter/EVSEMaximumVoltageLimit",
                "DC_EVSEChargeParameter/EVSEMaximumCurrentLimit",
            );
        }
        let Some(present) = seen.milli("EVSEPresentVoltage") else { return };
        let packets = [seen.packet];
        if let Some(limit) = self.station.voltage {
            ledger.check(&PRESENT_VOLTAGE, present <= over(limit), &packets, || {
                format!("{} V in {}: expected at most {} V", shown(present), seen.name, shown(limit))
            });
        }
        match seen.exchange {
            Exchange::PreCharge => self.pre_charge = Some((seen.packet, present)),
            Exchange::CurrentDemand => {
                self.demand(ledger, seen, present);
                self.station.update(seen, "EVSEMaximumVoltageLimit", "EVSEMaximumCurrentLimit");
            }
            _ => {}
        }
    }

    fn demand(&self, ledger: &mut Ledger, seen: &Seen<'_>, voltage: i64) {
        let packets = [seen.packet];
        let limits = ["EVSEMaximumVoltageLimit", "EVSEMaximumCurrentLimit", "EVSEMaximumPowerLimit"];
        let missing = limits.iter().find(|limit| seen.body.get(limit).is_none());
        ledger.check(&LIMITS_STATION, missing.is_none(), &packets, || {
            format!("CurrentDemandRes without {}", missing.unwrap_or(&""))
        });
        if let Some(limit) = self.car.voltage {
            ledger.check(&PRESENT_OVER, voltage <= over(limit), &packets, || {
                format!("{} V: the car has at most {} V", shown(voltage), shown(limit))
            });
        }
        let Some(current) = seen.milli("EVSEPresentCurrent") else { return };
        if let (Some(station), Some(car)) = (self.station.current, self.car.current) {
            let limit = station.min(car);
            ledger.check(&PRESENT_CURRENT, current <= over(limit), &packets, || {
                format!("{} A: the limits are {} A (station), {} A (car)", shown(current), shown(station), shown(car))
            });
        }
        if let [Some(now), Some(before)] = self.targets {
            let asked = now.max(before);
            ledger.check(&ASKED, current <= over(asked), &packets, || {
                format!("{} A: the car asked for {} A at most", shown(current), shown(asked))
            });
        }
    }
}
