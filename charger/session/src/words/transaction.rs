//! What is told of a transaction.

use serde::{Deserialize, Serialize};
use units::{EvseId, Instant, Milliamps, Millivolts, MilliwattHours, PerPhase, PhaseCount, Soc, Watts};

use super::token::IdToken;

/// Where a transaction is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum TransactionStage {
    Started,
    Updated,
    Ended,
}

impl TransactionStage {
    /// Its name, in messages and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::Updated => "Updated",
            Self::Ended => "Ended",
        }
    }

    /// The stage of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Started, Self::Updated, Self::Ended].into_iter().find(|stage| stage.name() == name)
    }
}

/// Why a transaction is reported.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum TriggerReason {
    AbnormalCondition,
    Authorized,
    CablePluggedIn,
    ChargingRateChanged,
    ChargingStateChanged,
    Deauthorized,
    EVCommunicationLost,
    MeterValuePeriodic,
    RemoteStart,
    RemoteStop,
    ResetCommand,
    StopAuthorized,
    Trigger,
    UnlockCommand,
}

/// What the energy of a transaction does.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum ChargingState {
    Charging,
    EVConnected,
    Idle,
    SuspendedEV,
    SuspendedEVSE,
}

/// Why a transaction ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum StoppedReason {
    DeAuthorized,
    EVDisconnected,
    EmergencyStop,
    EnergyLimitReached,
    GroundFault,
    ImmediateReset,
    Local,
    Other,
    OvercurrentFault,
    PowerLoss,
    Reboot,
    Remote,
    StoppedByEV,
    TimeLimitReached,
    Timeout,
}

/// When a meter value was taken.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ReadingContext {
    /// At another moment of interest.
    Other,
    /// By the interval.
    #[serde(rename = "Sample.Periodic")]
    SamplePeriodic,
    /// At the beginning of a transaction.
    #[serde(rename = "Transaction.Begin")]
    TransactionBegin,
    /// At its end.
    #[serde(rename = "Transaction.End")]
    TransactionEnd,
    /// Because the CSMS asked.
    Trigger,
}

/// One set of meter values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MeterSample {
    /// When it was taken.
    pub context: ReadingContext,
    /// The register of energy delivered to the car.
    pub import: MilliwattHours,
    /// The register of energy taken from the car.
    pub export: MilliwattHours,
    /// All lines together.
    pub power: Watts,
    /// Each line.
    pub current: PerPhase<Milliamps>,
    /// Each line to neutral.
    pub voltage: PerPhase<Millivolts>,
    /// When it was taken.
    pub at: Instant,
    /// Where the car tells it.
    pub soc: Option<Soc>,
}

/// One report about a transaction; the core adds the sequence number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TransactionReport {
    /// The EVSE.
    pub evse: EvseId,
    /// The transaction, named by the station.
    pub transaction: String,
    /// Where it is.
    pub stage: TransactionStage,
    /// When it happened.
    pub at: Instant,
    /// Why it is reported.
    pub trigger: TriggerReason,
    /// What the energy does.
    pub charging_state: Option<ChargingState>,
    /// Whose it is; told once.
    pub token: Option<IdToken>,
    /// The remote start it came from.
    pub remote_start_id: Option<i32>,
    /// The reservation it used up.
    pub reservation: Option<i32>,
    /// Why it ended.
    pub stopped: Option<StoppedReason>,
    /// Meter values.
    pub meter: Vec<MeterSample>,
    /// What the cable may carry.
    pub cable_max: Option<Milliamps>,
    /// The lines the car uses.
    pub phases_used: Option<PhaseCount>,
}
