//! The payload of a TransactionEvent. The fields stand in the order of the alphabet, as those of every other payload do.

use serde::Serialize;
use session::words::{
    ChargingState, IdToken, MeterSample, ReadingContext, StoppedReason, TokenKind, TransactionReport, TransactionStage,
    TriggerReason,
};
use units::{EvseId, Phase};

use crate::clock::WallClock;

/// The payload. It is written as text at once: there is one each minute, with a great many small values.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TransactionEvent<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cable_max_current: Option<i32>,
    event_type: TransactionStage,
    evse: Evse,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a IdToken>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    meter_value: Vec<MeterValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_of_phases_used: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation_id: Option<i32>,
    seq_no: i64,
    timestamp: String,
    transaction_info: TransactionInfo<'a>,
    trigger_reason: TriggerReason,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Evse {
    connector_id: i32,
    id: EvseId,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TransactionInfo<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    charging_state: Option<ChargingState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote_start_id: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_reason: Option<StoppedReason>,
    transaction_id: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MeterValue {
    sampled_value: Vec<SampledValue>,
    timestamp: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SampledValue {
    context: ReadingContext,
    measurand: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<&'static str>,
    unit_of_measure: UnitOfMeasure,
    value: f64,
}

#[derive(Debug, Serialize)]
struct UnitOfMeasure {
    unit: &'static str,
}

/// A transaction without a driver's token begins so.
const NOBODY: &IdToken = &IdToken { id: String::new(), kind: TokenKind::NoAuthorization };

impl<'a> TransactionEvent<'a> {
    pub(super) fn new(report: &'a TransactionReport, seq_no: i64, clock: &WallClock) -> Self {
        Self {
            cable_max_current: report.cable_max.map(|cable| cable.0 / 1000),
            event_type: report.stage,
            evse: Evse { connector_id: 1, id: report.evse },
            id_token: report.token.as_ref().or((report.stage == TransactionStage::Started).then_some(NOBODY)),
            meter_value: report.meter.iter().map(|sample| MeterValue::new(sample, clock)).collect(),
            number_of_phases_used: report.phases_used.map(|phases| phases.count()),
            reservation_id: report.reservation,
            seq_no,
            timestamp: clock.stamp(report.at),
            transaction_info: TransactionInfo {
                charging_state: report.charging_state,
                remote_start_id: report.remote_start_id,
                stopped_reason: report.stopped,
                transaction_id: &report.transaction,
            },
            trigger_reason: report.trigger,
        }
    }
}

impl MeterValue {
    fn new(sample: &MeterSample, clock: &WallClock) -> Self {
        let one = |value, measurand, unit, phase| {
            let unit_of_measure = UnitOfMeasure { unit };
            SampledValue { context: sample.context, measurand, phase, unit_of_measure, value }
        };
        let mut values = vec![one(sample.import.watt_hours(), "Energy.Active.Import.Register", "Wh", None)];
        if sample.export.0 > 0 {
            values.push(one(sample.export.watt_hours(), "Energy.Active.Export.Register", "Wh", None));
        }
        values.push(one(f64::from(sample.power.0), "Power.Active.Import", "W", None));
        for (phase, name) in Phase::ALL.into_iter().zip(["L1", "L2", "L3"]) {
            values.push(one(sample.current[phase].amps(), "Current.Import", "A", Some(name)));
        }
        for (phase, name) in Phase::ALL.into_iter().zip(["L1-N", "L2-N", "L3-N"]) {
            values.push(one(sample.voltage[phase].volts(), "Voltage", "V", Some(name)));
        }
        if let Some(soc) = sample.soc {
            values.push(one(soc.percent(), "SoC", "Percent", None));
        }
        Self { sampled_value: values, timestamp: clock.stamp(sample.at) }
    }
}
