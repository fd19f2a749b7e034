//! ChargeParameterDiscovery (DIN, -2): what each side can, and whether both fit.

use super::exchange::{Exchange, Seen, shown};
use super::rule::{DIN_ISO2, ISO2, Kind, Rule};
use super::verdict::Ledger;

const V: Kind = Kind::Value;

static KIND_CAR: Rule = Rule::car(
    "CPD-KIND-CAR",
    V,
    DIN_ISO2,
    "the car's parameters are those of the energy transfer it asks for",
    "ChargeParameterDiscoveryReq",
);
static KIND_STATION: Rule = Rule::station(
    "CPD-KIND-STATION",
    V,
    DIN_ISO2,
    "the station's parameters are those of the energy transfer that was asked for",
    "ChargeParameterDiscoveryRes",
);
static DC_CAR: Rule =
    Rule::car("CPD-DC-CAR", V, DIN_ISO2, "the car's limits of voltage and current are above 0", "DC_EVChargeParameter");
static DC_ORDER: Rule = Rule::station(
    "CPD-DC-ORDER",
    V,
    DIN_ISO2,
    "the station's minima of voltage and current are not above its maxima",
    "DC_EVSEChargeParameter",
);
static DC_FIT: Rule = Rule::station(
    "CPD-DC-FIT",
    V,
    DIN_ISO2,
    "a car whose limits are at or below the station's minima is told FAILED_WrongChargeParameter",
    "DC_EVSEChargeParameter in the answer to DC_EVChargeParameter",
);
static AC_CAR: Rule =
    Rule::car("CPD-AC-CAR", V, ISO2, "the car's least current is not above its highest", "AC_EVChargeParameter");
static AC_STATION: Rule = Rule::station(
    "CPD-AC-STATION",
    V,
    ISO2,
    "the station's nominal voltage is above 0, its highest current not below",
    "AC_EVSEChargeParameter",
);
static AC_FIT: Rule = Rule::station(
    "CPD-AC-FIT",
    V,
    ISO2,
    "the station does not accept a car that needs more current than it has",
    "AC_EVSEChargeParameter in the answer to AC_EVChargeParameter",
);

pub(super) static RULES: &[&Rule] =
    &[&KIND_CAR, &KIND_STATION, &DC_CAR, &DC_ORDER, &DC_FIT, &AC_CAR, &AC_STATION, &AC_FIT];

/// What the car said of itself.
#[derive(Default)]
pub(super) struct ChargeParameters {
    dc: Option<bool>,
    maximum_voltage: Option<i64>,
    maximum_current: Option<i64>,
    minimum_ac: Option<i64>,
}

impl ChargeParameters {
    pub(super) fn request(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) {
        if seen.exchange != Exchange::ChargeParameterDiscovery {
            return;
        }
        let packets = [seen.packet];
        let mode = seen.text("RequestedEnergyTransferMode").or_else(|| seen.text("EVRequestedEnergyTransferType"));
        let mode = mode.unwrap_or_default();
        let dc = seen.body.get("DC_EVChargeParameter").is_some();
        ledger.check(&KIND_CAR, mode.starts_with("DC") == dc, &packets, || {
            format!("{mode} with parameters of {}", if dc { "DC" } else { "AC" })
        });
        *self = Self {
            dc: Some(mode.starts_with("DC")),
            maximum_voltage: seen.milli("DC_EVChargeParameter/EVMaximumVoltageLimit"),
            maximum_current: seen.milli("DC_EVChargeParameter/EVMaximumCurrentLimit"),
            minimum_ac: seen.milli("AC_EVChargeParameter/EVMinCurrent"),
        };
        if let (Some(voltage), Some(current)) = (self.maximum_voltage, self.maximum_current) {
            ledger.check(&DC_CAR, voltage > 0 && current > 0, &packets, || {
                format!("limits of {} V, {} A: expected above 0", shown(voltage), shown(current))
            });
        }
        if let (Some(least), Some(most)) = (self.minimum_ac, seen.milli("AC_EVChargeParameter/EVMaxCurrent")) {
            ledger.check(&AC_CAR, least <= most, &packets, || {
                format!("EVMinCurrent {} A above EVMaxCurrent {} A", shown(least), shown(most))
            });
        }
    }

    pub(super) fn response(&self, ledger: &mut Ledger, seen: &Seen<'_>) {
        if seen.exchange != Exchange::ChargeParameterDiscovery || seen.is_failed() {
            return;
        }
        let packets = [seen.packet];
        let dc = seen.body.get("DC_EVSEChargeParameter").is_some();
        if let Some(asked) = self.dc {
            ledger.check(&KIND_STATION, asked == dc, &packets, || {
                let name = |dc| if dc { "DC" } else { "AC" };
                format!("parameters of {}: the car asked for {}", name(dc), name(asked))
            });
        }
        let value = |name| seen.milli(&format!("DC_EVSEChargeParameter/{name}"));
        let (least_voltage, most_voltage) = (value("EVSEMinimumVoltageLimit"), value("EVSEMaximumVoltageLimit"));
        let (least_current, most_current) = (value("EVSEMinimumCurrentLimit"), value("EVSEMaximumCurrentLimit"));
        if let (Some(u), Some(v), Some(i), Some(j)) = (least_voltage, most_voltage, least_current, most_current) {
            ledger.check(&DC_ORDER, u <= v && i <= j, &packets, || {
                format!("from {} to {} V, from {} to {} A", shown(u), shown(v), shown(i), shown(j))
            });
            if let (Some(voltage), Some(current)) = (self.maximum_voltage, self.maximum_current) {
                ledger.check(&DC_FIT, voltage > u && current > i, &packets, || {
                    format!(
                        "a car of at most {} V, {} A was accepted: the station has at least {} V, {} A",
                        shown(voltage),
                        shown(current),
                        shown(u),
                        shown(i)
                    )
                });
            }
        }
        let nominal = seen.milli("AC_EVSEChargeParameter/EVSENominalVoltage");
        let most = seen.milli("AC_EVSEChargeParameter/EVSEMaxCurrent");
        if let (Some(nominal), Some(most)) = (nominal, most) {
            // No current for now is no fault: the schedule says when there will be.
            ledger.check(&AC_STATION, nominal > 0 && most >= 0, &packets, || {
                format!("nominal {} V, at most {} A", shown(nominal), shown(most))
            });
            if let Some(least) = self.minimum_ac.filter(|_| most > 0) {
                ledger.check(&AC_FIT, least <= most, &packets, || {
                    format!("a car that needs {} A was accepted: there are at most {} A", shown(least), shown(most))
                });
            }
        }
    }
}
