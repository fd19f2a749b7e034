//! One transaction: what is billed.

use std::time::Duration;

use crate::words::{
    ChargingState, MeterSample, ReadingContext, StoppedReason, TransactionReport, TransactionStage, TriggerReason,
};
use hardware::MeterReading;
use serde::{Deserialize, Serialize};
use units::{EvseId, Instant, Milliamps, MilliwattHours, Soc};

use super::authorization::Grant;
use super::meter::Taken;
use energy::Lines;

/// Why a transaction ends.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Ending {
    pub(super) trigger: TriggerReason,
    pub(super) reason: StoppedReason,
}

impl Ending {
    /// The car has gone.
    pub(super) const GONE: Self =
        Self { trigger: TriggerReason::EVCommunicationLost, reason: StoppedReason::EVDisconnected };
    /// The power was lost under it, and nobody can know what was at the plug meanwhile.
    pub(super) const POWER_LOSS: Self =
        Self { trigger: TriggerReason::AbnormalCondition, reason: StoppedReason::PowerLoss };
    /// The power board did not come back.
    pub(super) const BOARD_LOST: Self =
        Self { trigger: TriggerReason::AbnormalCondition, reason: StoppedReason::Other };
}

/// What of a transaction outlives the host.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct KeptTransaction {
    pub(super) id: String,
    pub(super) grant: Grant,
    pub(super) charged: bool,
    pub(super) meter_start: Option<MilliwattHours>,
}

/// A running transaction.
#[derive(Clone, Debug)]
pub(super) struct Transaction {
    pub(super) id: String,
    pub(super) grant: Grant,
    pub(super) reservation: Option<i32>,
    /// Power has flowed in it.
    pub(super) charged: bool,
    /// The import register when it began; `None` as long as no reading has come yet.
    meter_start: Option<MilliwattHours>,
    /// What the CSMS was last told.
    pub(super) charging_state: ChargingState,
    /// When the next periodic meter value is due.
    pub(super) next_sample: Instant,
    cable: Option<Milliamps>,
    /// How full the battery is, where the car tells it.
    pub(super) soc: Option<Soc>,
}

impl Transaction {
    /// A transaction that begins now.
    pub(super) fn new(
        id: String,
        grant: Grant,
        reservation: Option<i32>,
        first: Option<Taken>,
        cable: Option<Milliamps>,
        next_sample: Instant,
    ) -> Self {
        let charging_state = ChargingState::EVConnected;
        let meter_start = first.map(|taken| taken.reading.import);
        Self { id, grant, reservation, charged: false, meter_start, charging_state, next_sample, cable, soc: None }
    }

    /// What of it outlives the host.
    pub(super) fn keep(&self) -> KeptTransaction {
        KeptTransaction {
            id: self.id.clone(),
            grant: self.grant.clone(),
            charged: self.charged,
            meter_start: self.meter_start,
        }
    }

    /// A transaction that began in an earlier life of the host; its next periodic meter value is due then.
    pub(super) fn from_kept(kept: KeptTransaction, next_sample: Instant) -> Self {
        let KeptTransaction { id, grant, charged, meter_start } = kept;
        // Only the report of its beginning tells these.
        let (reservation, cable) = (None, None);
        let charging_state = ChargingState::SuspendedEVSE;
        Self { id, grant, reservation, charged, meter_start, charging_state, next_sample, cable, soc: None }
    }

    /// A reading came: the first one is where it began, when there was none before; whether it is that one.
    pub(super) fn note(&mut self, reading: &MeterReading) -> bool {
        let first = self.meter_start.is_none();
        self.meter_start.get_or_insert(reading.import);
        first
    }

    /// What the car got so far. Never negative: a reading of before it began is none of it.
    pub(super) fn energy(&self, reading: &MeterReading) -> MilliwattHours {
        self.meter_start.map_or(MilliwattHours::ZERO, |start| (reading.import - start).max(MilliwattHours::ZERO))
    }

    /// The report of one stage.
    pub(super) fn report(
        &self,
        evse: EvseId,
        stage: TransactionStage,
        now: Instant,
        trigger: TriggerReason,
        meter: Option<(Taken, ReadingContext)>,
        stopped: Option<StoppedReason>,
    ) -> Box<TransactionReport> {
        Box::new(TransactionReport {
            evse,
            transaction: self.id.clone(),
            stage,
            at: now,
            trigger,
            charging_state: Some(self.charging_state),
            token: match stage {
                TransactionStage::Started => self.grant.token.clone(),
                // Closed long after, perhaps without anybody near: whose it was is told again.
                TransactionStage::Ended if stopped == Some(StoppedReason::PowerLoss) => self.grant.token.clone(),
                TransactionStage::Updated | TransactionStage::Ended => None,
            },
            remote_start_id: match stage {
                TransactionStage::Started => self.grant.remote_start,
                TransactionStage::Updated | TransactionStage::Ended => None,
            },
            reservation: match stage {
                TransactionStage::Started => self.reservation,
                TransactionStage::Updated | TransactionStage::Ended => None,
            },
            stopped,
            meter: meter.map(|(taken, context)| sample(&taken, context, self.soc)).into_iter().collect(),
            cable_max: match stage {
                TransactionStage::Started => self.cable,
                TransactionStage::Updated | TransactionStage::Ended => None,
            },
            phases_used: meter.and_then(|(taken, _)| Lines::carrying(&taken.reading).count()),
        })
    }

    /// Moves the periodic meter value on.
    pub(super) fn schedule_sample(&mut self, now: Instant, every: Duration) {
        self.next_sample = now + every;
    }
}

/// The sample of a reading, of the time at which it was taken.
fn sample(taken: &Taken, context: ReadingContext, soc: Option<Soc>) -> MeterSample {
    let Taken { reading, at } = taken;
    MeterSample {
        context,
        import: reading.import,
        export: reading.export,
        power: reading.power.total(),
        current: reading.current,
        voltage: reading.voltage,
        at: *at,
        soc,
    }
}
