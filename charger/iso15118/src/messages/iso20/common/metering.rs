//! What the meter has read, and what that costs.

use exi::Base64;
use serde::{Deserialize, Serialize};

use super::rational_number::RationalNumber;

/// One reading of the station's meter; each direction has a register of its own.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MeterInfo {
    /// Names the meter; at most 32 characters.
    #[serde(rename = "MeterID")]
    pub meter_id: String,
    /// Energy delivered to the car, in Wh.
    #[serde(rename = "ChargedEnergyReadingWh")]
    pub charged_energy_reading_wh: u64,
    /// Energy taken from the car, in Wh; missing where energy goes one way only.
    #[serde(rename = "BPT_DischargedEnergyReadingWh")]
    pub bpt_discharged_energy_reading_wh: Option<u64>,
    /// Capacitive reactive energy, in varh; missing if it is not measured.
    #[serde(rename = "CapacitiveEnergyReadingVARh")]
    pub capacitive_energy_reading_varh: Option<u64>,
    /// Inductive reactive energy, in varh; missing if it is not measured.
    #[serde(rename = "BPT_InductiveEnergyReadingVARh")]
    pub bpt_inductive_energy_reading_varh: Option<u64>,
    /// Made by the meter itself, at most 64 bytes; missing if it cannot sign.
    #[serde(rename = "MeterSignature")]
    pub meter_signature: Option<Base64>,
    /// Bits as the meter's maker defines them; missing if it reports none.
    #[serde(rename = "MeterStatus")]
    pub meter_status: Option<i16>,
    /// When the meter was read, in seconds since 1970-01-01 UTC; missing if it has no clock.
    #[serde(rename = "MeterTimestamp")]
    pub meter_timestamp: Option<u64>,
}

/// What the session has cost until now. A missing part does not apply or is not known.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Receipt {
    /// Until when it counts, in seconds since 1970-01-01 UTC.
    #[serde(rename = "TimeAnchor")]
    pub time_anchor: u64,
    /// For the energy.
    #[serde(rename = "EnergyCosts")]
    pub energy_costs: Option<DetailedCost>,
    /// For the place at which the car stands.
    #[serde(rename = "OccupancyCosts")]
    pub occupancy_costs: Option<DetailedCost>,
    /// For services beside charging.
    #[serde(rename = "AdditionalServicesCosts")]
    pub additional_services_costs: Option<DetailedCost>,
    /// For staying after the charging was done.
    #[serde(rename = "OverstayCosts")]
    pub overstay_costs: Option<DetailedCost>,
    /// At most 10 taxes; empty if there are none.
    #[serde(rename = "TaxCosts")]
    pub tax_costs: Vec<DetailedTax>,
}

/// One kind of cost in a receipt.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DetailedCost {
    /// What was spent, in the currency of the price schedule.
    #[serde(rename = "Amount")]
    pub amount: RationalNumber,
    /// Price of one unit, in that currency: of a kWh, a period or a service.
    #[serde(rename = "CostPerUnit")]
    pub cost_per_unit: RationalNumber,
}

/// One tax in a receipt.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DetailedTax {
    /// The rule of the price schedule that it follows, from 1.
    #[serde(rename = "TaxRuleID")]
    pub tax_rule_id: u32,
    /// What the tax comes to, in the currency of the price schedule.
    #[serde(rename = "Amount")]
    pub amount: RationalNumber,
}
