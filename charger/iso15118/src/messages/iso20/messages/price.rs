//! What energy, time and services cost.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::RationalNumber;

/// Prices in money, as they change with time and power; signed by the operator if it has an id.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AbsolutePriceSchedule {
    /// Names the element for a signature; missing without one.
    #[serde(rename = "@Id")]
    pub id: Option<String>,
    /// When the first entry begins, in seconds since 1970-01-01 UTC.
    #[serde(rename = "TimeAnchor")]
    pub time_anchor: u64,
    /// Names the schedule within the session, from 1.
    #[serde(rename = "PriceScheduleID")]
    pub price_schedule_id: u32,
    /// For the driver, at most 160 characters; missing if there is nothing to say.
    #[serde(rename = "PriceScheduleDescription")]
    pub price_schedule_description: Option<String>,
    /// Code of ISO 4217, as EUR; at most 3 characters.
    #[serde(rename = "Currency")]
    pub currency: String,
    /// Of the texts, a code of ISO 639-2 as `deu`; at most 3 characters.
    #[serde(rename = "Language")]
    pub language: String,
    /// Names how the rules make a price, as urn:iso:std:iso:15118:-20:PriceAlgorithm:1-Power; at most 255 characters.
    #[serde(rename = "PriceAlgorithm")]
    pub price_algorithm: String,
    /// The session costs at least this; missing if there is no such bound.
    #[serde(rename = "MinimumCost")]
    pub minimum_cost: Option<RationalNumber>,
    /// The session costs at most this; missing if there is no such bound.
    #[serde(rename = "MaximumCost")]
    pub maximum_cost: Option<RationalNumber>,
    /// Missing if no tax is shown.
    #[serde(rename = "TaxRules")]
    pub tax_rules: Option<TaxRuleList>,
    /// Prices over time.
    #[serde(rename = "PriceRuleStacks")]
    pub price_rule_stacks: PriceRuleStackList,
    /// What it costs to stay too long; missing if nothing.
    #[serde(rename = "OverstayRules")]
    pub overstay_rules: Option<OverstayRuleList>,
    /// What else was booked; missing if nothing.
    #[serde(rename = "AdditionalSelectedServices")]
    pub additional_selected_services: Option<AdditionalServiceList>,
}

/// The taxes of a price schedule.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TaxRuleList {
    /// 1 to 10.
    #[serde(rename = "TaxRule")]
    pub tax_rule: Vec<TaxRule>,
}

/// One tax and what it is taken of.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TaxRule {
    /// Names the tax for receipts, from 1.
    #[serde(rename = "TaxRuleID")]
    pub tax_rule_id: u32,
    /// For the driver, at most 80 characters; missing if it has none.
    #[serde(rename = "TaxRuleName")]
    pub tax_rule_name: Option<String>,
    /// In percent.
    #[serde(rename = "TaxRate")]
    pub tax_rate: RationalNumber,
    /// The prices already contain it; missing if that is not said.
    #[serde(rename = "TaxIncludedInPrice")]
    pub tax_included_in_price: Option<bool>,
    /// Taken of what energy costs.
    #[serde(rename = "AppliesToEnergyFee")]
    pub applies_to_energy_fee: bool,
    /// Taken of what parking costs.
    #[serde(rename = "AppliesToParkingFee")]
    pub applies_to_parking_fee: bool,
    /// Taken of what staying too long costs.
    #[serde(rename = "AppliesToOverstayFee")]
    pub applies_to_overstay_fee: bool,
    /// Counts towards the least and the most that a session costs.
    #[serde(rename = "AppliesMinimumMaximumCost")]
    pub applies_minimum_maximum_cost: bool,
}

/// Prices over time, without gaps.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PriceRuleStackList {
    /// 1 to 1024, the first one at the time anchor.
    #[serde(rename = "PriceRuleStack")]
    pub price_rule_stack: Vec<PriceRuleStack>,
}

/// The prices of one stretch of time, by power.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PriceRuleStack {
    /// In s.
    #[serde(rename = "Duration")]
    pub duration: u32,
    /// 1 to 8, each from a power upwards.
    #[serde(rename = "PriceRule")]
    pub price_rule: Vec<PriceRule>,
}

/// Prices from one power upwards.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PriceRule {
    /// Per kWh.
    #[serde(rename = "EnergyFee")]
    pub energy_fee: RationalNumber,
    /// Per period of parking; missing if parking is free.
    #[serde(rename = "ParkingFee")]
    pub parking_fee: Option<RationalNumber>,
    /// That period, in s; missing without such a fee.
    #[serde(rename = "ParkingFeePeriod")]
    pub parking_fee_period: Option<u32>,
    /// Of the energy, in g per kWh; missing if it is not known.
    #[serde(rename = "CarbonDioxideEmission")]
    pub carbon_dioxide_emission: Option<u16>,
    /// Share of renewable energy, 0 to 100 percent; missing if it is not known.
    #[serde(rename = "RenewableGenerationPercentage")]
    pub renewable_generation_percentage: Option<u8>,
    /// From this power on the rule holds, in W.
    #[serde(rename = "PowerRangeStart")]
    pub power_range_start: RationalNumber,
}

/// When somebody stays too long, and what follows.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OverstayRuleList {
    /// After so many s of staying; missing if time does not matter.
    #[serde(rename = "OverstayTimeThreshold")]
    pub overstay_time_threshold: Option<u32>,
    /// Below this power, in W, the car counts as charged; missing if power does not matter.
    #[serde(rename = "OverstayPowerThreshold")]
    pub overstay_power_threshold: Option<RationalNumber>,
    /// 1 to 5, the earliest first.
    #[serde(rename = "OverstayRule")]
    pub overstay_rule: Vec<OverstayRule>,
}

/// One step of what staying too long costs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OverstayRule {
    /// For the driver, at most 160 characters; missing if there is nothing to say.
    #[serde(rename = "OverstayRuleDescription")]
    pub overstay_rule_description: Option<String>,
    /// So many s after the threshold.
    #[serde(rename = "StartTime")]
    pub start_time: u32,
    /// For each period.
    #[serde(rename = "OverstayFee")]
    pub overstay_fee: RationalNumber,
    /// That period, in s.
    #[serde(rename = "OverstayFeePeriod")]
    pub overstay_fee_period: u32,
}

/// Booked beside charging.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AdditionalServiceList {
    /// 1 to 5.
    #[serde(rename = "AdditionalService")]
    pub additional_service: Vec<AdditionalService>,
}

/// One service beside charging.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AdditionalService {
    /// For the driver, at most 80 characters.
    #[serde(rename = "ServiceName")]
    pub service_name: String,
    /// For the whole session.
    #[serde(rename = "ServiceFee")]
    pub service_fee: RationalNumber,
}
