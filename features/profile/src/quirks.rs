//! What is odd, collected message by message.

use std::collections::{BTreeMap, BTreeSet};

use exi::Tree;
use iso15118::wire::{Difference, SeenMessage};
use vehicle_model::EvModeQuirks;

use crate::fields::{flag, has_value_without_unit, number, status};

/// How many octets of zero stand behind a message within its payload; `None` when it is the same when written again, or differs in
/// another way.
fn zero_octets(message: &SeenMessage) -> Option<u32> {
    match message.difference()? {
        Difference::ZeroOctets(count) => Some(u32::try_from(count).unwrap_or(u32::MAX)),
        Difference::From(_) | Difference::NotWritten => None,
    }
}

/// Octets of zero behind messages, and values without a unit: who writes so writes so always.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writing {
    pub zero_octets_behind: BTreeMap<String, u32>,
    values: u64,
    without_unit: u64,
}

impl Writing {
    pub(crate) fn see(&mut self, message: &SeenMessage) {
        if let Some(octets) = zero_octets(message) {
            self.zero_octets_behind.insert(message.name().to_owned(), octets);
        }
        if let Some(body) = message.body().filter(|body| has_value(body)) {
            self.values += 1;
            self.without_unit += u64::from(has_value_without_unit(body));
        }
    }

    pub(crate) fn merge(all: &[&Self]) -> (BTreeMap<String, u32>, bool) {
        let behind = all.iter().flat_map(|writing| writing.zero_octets_behind.clone()).collect();
        let sum = |of: fn(&Self) -> u64| all.iter().map(|writing| of(writing)).sum::<u64>();
        let (values, without) = (sum(|writing| writing.values), sum(|writing| writing.without_unit));
        (behind, values > 0 && values == without)
    }
}

fn has_value(tree: &Tree) -> bool {
    match tree {
        Tree::Fields(fields) => {
            tree.get("Value").is_some() && tree.get("Multiplier").is_some()
                || fields.iter().any(|(_, field)| has_value(field))
        }
        Tree::List(items) => items.iter().any(has_value),
        _ => false,
    }
}

/// What is odd about a car.
#[derive(Clone, Debug, Default)]
pub(crate) struct CarQuirks {
    pub writing: Writing,
    below_zero: bool,
    /// Different currents above zero that it asked for are whole, or some are not.
    whole: BTreeSet<i64>,
    broken: bool,
    pre_charges: u64,
    pre_charges_without_current: u64,
    ready_at_once: Option<bool>,
}

/// So many different currents must be whole until that is a habit.
const HABIT: usize = 4;

impl CarQuirks {
    pub(crate) fn see(&mut self, message: &SeenMessage) {
        self.writing.see(message);
        let Some(body) = message.body() else { return };
        let (volts, amperes) = (number(body, "EVTargetVoltage"), number(body, "EVTargetCurrent"));
        self.below_zero |= [volts, amperes].into_iter().flatten().any(|value| value < 0.0);
        match message.name() {
            "PreChargeReq" => {
                self.pre_charges += 1;
                self.pre_charges_without_current += u64::from(amperes == Some(0.0));
            }
            "CurrentDemandReq" => match amperes {
                Some(amperes) if amperes.fract() != 0.0 => self.broken = true,
                Some(amperes) if amperes > 0.0 && self.whole.len() < HABIT => {
                    self.whole.insert(amperes as i64);
                }
                _ => {}
            },
            "ChargeParameterDiscoveryReq" => {
                let ready = status(body, "EV").and_then(|status| flag(status, "EVReady"));
                self.ready_at_once = self.ready_at_once.or(ready);
            }
            _ => {}
        }
    }

    pub(crate) fn merge(all: &[&Self]) -> EvModeQuirks {
        let writing: Vec<_> = all.iter().map(|quirks| &quirks.writing).collect();
        let (zero_octets_behind, values_without_unit) = Writing::merge(&writing);
        let currents = all.iter().flat_map(|quirks| &quirks.whole).collect::<BTreeSet<_>>().len();
        let sum = |of: fn(&Self) -> u64| all.iter().map(|quirks| of(quirks)).sum::<u64>();
        let (pre_charges, without) =
            (sum(|quirks| quirks.pre_charges), sum(|quirks| quirks.pre_charges_without_current));
        let ready: Vec<_> = all.iter().filter_map(|quirks| quirks.ready_at_once).collect();
        EvModeQuirks {
            target_below_zero: all.iter().any(|quirks| quirks.below_zero),
            whole_amperes: currents >= HABIT && !all.iter().any(|quirks| quirks.broken),
            pre_charge_without_current: pre_charges > 0 && pre_charges == without,
            ready_at_once: !ready.is_empty() && ready.iter().all(|ready| *ready),
            values_without_unit,
            zero_octets_behind,
        }
    }
}
