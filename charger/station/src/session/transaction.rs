//! One transaction: what is billed.

use std::time::Duration;

use hardware::MeterReading;
use ocpp::{ChargingState, MeterSample, ReadingContext, Stage, StoppedReason, TransactionReport, TriggerReason};
use units::{Instant, Milliamps, MilliwattHours, PhaseCount};

use super::authorization::Grant;

/// Why a transaction ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Ending {
    pub(super) trigger: TriggerReason,
    pub(super) reason: StoppedReason,
}

/// A running transaction.
#[derive(Clone, Debug)]
pub(super) struct Transaction {
    pub(super) id: String,
    pub(super) grant: Grant,
    pub(super) reservation: Option<i32>,
    /// The import register when it began; `None` as long as no reading has come yet.
    meter_start: Option<MilliwattHours>,
    /// What the CSMS was last told.
    pub(super) charging_state: ChargingState,
    /// When the next periodic meter value is due.
    pub(super) next_sample: Instant,
    cable: Option<Milliamps>,
}

impl Transaction {
    /// A transaction that begins now.
    pub(super) fn new(
        id: String,
        grant: Grant,
        reservation: Option<i32>,
        reading: Option<&MeterReading>,
        cable: Option<Milliamps>,
        next_sample: Instant,
    ) -> Self {
        let charging_state = ChargingState::EVConnected;
        let meter_start = reading.map(|reading| reading.import);
        Self { id, grant, reservation, meter_start, charging_state, next_sample, cable }
    }

    /// A reading came: the first one is where it began, when there was none before.
    pub(super) fn note(&mut self, reading: &MeterReading) {
        self.meter_start.get_or_insert(reading.import);
    }

    /// What the car got so far.
    pub(super) fn energy(&self, reading: &MeterReading) -> MilliwattHours {
        self.meter_start.map_or(MilliwattHours::ZERO, |start| reading.import - start)
    }

    /// The report of one stage.
    pub(super) fn report(
        &self,
        stage: Stage,
        now: Instant,
        trigger: TriggerReason,
        meter: Option<(&MeterReading, ReadingContext)>,
        stopped: Option<StoppedReason>,
    ) -> Box<TransactionReport> {
        Box::new(TransactionReport {
            evse: 1,
            transaction: self.id.clone(),
            stage,
            at: now,
            trigger,
            charging_state: Some(self.charging_state),
            token: match stage {
                Stage::Started => self.grant.token.clone(),
                Stage::Updated | Stage::Ended => None,
            },
            remote_start_id: match stage {
                Stage::Started => self.grant.remote_start,
                Stage::Updated | Stage::Ended => None,
            },
            reservation: match stage {
                Stage::Started => self.reservation,
                Stage::Updated | Stage::Ended => None,
            },
            stopped,
            meter: meter.map(|(reading, context)| sample(reading, context, now)).into_iter().collect(),
            cable_max: match stage {
                Stage::Started => self.cable,
                Stage::Updated | Stage::Ended => None,
            },
            phases_used: meter.and_then(|(reading, _)| phases_in_use(reading)),
        })
    }

    /// Moves the periodic meter value on.
    pub(super) fn schedule_sample(&mut self, now: Instant, every: Duration) {
        self.next_sample = now + every;
    }
}

/// The lines that carry more than an ampere; `None` when none does.
pub(super) fn phases_in_use(reading: &MeterReading) -> Option<PhaseCount> {
    let carrying = reading.current.iter().filter(|current| current.abs() > Milliamps::from_amps(1)).count();
    u8::try_from(carrying).ok().and_then(|count| PhaseCount::try_from(count).ok())
}

fn sample(reading: &MeterReading, context: ReadingContext, at: Instant) -> MeterSample {
    MeterSample {
        context,
        import: reading.import,
        export: reading.export,
        power: reading.power.total(),
        current: reading.current,
        voltage: reading.voltage,
        at,
        soc: None,
    }
}
