//! What the energy costs over time (ISO 15118-2 clauses 8.5.2.16 to 8.5.2.20).

use serde::{Deserialize, Serialize};

use super::interval::RelativeTimeInterval;
use super::physical_value::PhysicalValue;

/// A tariff of the mobility operator, with whom the driver has the contract and who signs it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SalesTariff {
    /// The name under which the header signs this element; missing when nobody signs it.
    #[serde(rename = "@Id")]
    pub id: Option<String>,
    /// Its number, 1..255.
    #[serde(rename = "SalesTariffID")]
    pub sales_tariff_id: u8,
    /// Its name for people, up to 32 characters.
    #[serde(rename = "SalesTariffDescription")]
    pub sales_tariff_description: Option<String>,
    /// How many price levels there are in all entries together; missing when no entry has one.
    #[serde(rename = "NumEPriceLevels")]
    pub num_e_price_levels: Option<u8>,
    /// 1..1024 entries, each until the next one begins.
    #[serde(rename = "SalesTariffEntry")]
    pub sales_tariff_entry: Vec<SalesTariffEntry>,
}

/// What the energy costs from one moment on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SalesTariffEntry {
    /// From when on.
    #[serde(rename = "RelativeTimeInterval")]
    pub relative_time_interval: RelativeTimeInterval,
    /// How expensive it is: the lower, the cheaper. Levels are for comparison, they are not money.
    #[serde(rename = "EPriceLevel")]
    pub e_price_level: Option<u8>,
    /// Up to three blocks of consumption with their costs; may be empty.
    #[serde(rename = "ConsumptionCost")]
    pub consumption_cost: Vec<ConsumptionCost>,
}

/// Costs from one power on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ConsumptionCost {
    /// The power from which on they hold, W.
    #[serde(rename = "startValue")]
    pub start_value: PhysicalValue,
    /// 1..3 of them, of different sorts.
    #[serde(rename = "Cost")]
    pub cost: Vec<Cost>,
}

/// One cost.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Cost {
    /// What the amount measures.
    #[serde(rename = "costKind")]
    pub cost_kind: CostKind,
    /// How much, in the unit of [`CostKind`], before the multiplier.
    pub amount: u32,
    /// Power of ten by which the amount is multiplied, -3..3; missing: 0.
    #[serde(rename = "amountMultiplier")]
    pub amount_multiplier: Option<i8>,
}

/// What a cost measures.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum CostKind {
    /// Price of a kWh, percent of the highest price in all tariffs of the message.
    #[serde(rename = "relativePricePercentage")]
    RelativePricePercentage,
    /// Share of renewable energy, percent.
    RenewableGenerationPercentage,
    /// Carbon dioxide, grams per kWh.
    CarbonDioxideEmission,
}
