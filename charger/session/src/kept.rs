//! What of a session outlives the host, as it is in the store. What is made of it when the host starts again: `restore.rs`.

use std::time::Duration;

use iec61851::PlugIn;
use serde::{Deserialize, Serialize};
use units::{EvseId, Instant, MilliwattHours};

use super::occupancy::Standing;
use super::transaction::{Ending, KeptTransaction};

/// What of a session outlives the host.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Kept {
    /// The plug-in it belongs to.
    pub(super) plug_in: Option<PlugIn>,
    pub(super) session: KeptSession,
    /// The import register that was true last: what the meter shows after the start must follow from it.
    #[serde(default)]
    pub(super) register: Option<MilliwattHours>,
}

impl Kept {
    /// Whether it says the same of the session. A register moves all the time, and is told with the sign of life.
    pub(super) fn tells_the_same(&self, other: &Self) -> bool {
        (&self.plug_in, &self.session) == (&other.plug_in, &other.session)
    }
}

/// How far the session was.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum KeptSession {
    /// Its transaction was being closed.
    Closing { transaction: KeptTransaction, ending: Ending },
    /// Its transaction is over, and the car was still there.
    Finished,
    /// The car had gone, and the transaction was being closed.
    Left { transaction: KeptTransaction, ending: Ending },
    /// Its transaction ran.
    Running { transaction: KeptTransaction, standing: Standing },
}

/// The name in the store of the record of that EVSE's session.
#[must_use]
pub fn record_name(evse: EvseId) -> String {
    // That of the first is older than stations with several.
    if evse == EvseId::FIRST { "session".into() } else { format!("session {evse}") }
}

/// [`Kept`], as it is in the store.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Record {
    /// Of the form of the rest.
    version: u16,
    /// When the host lived, Unix time in microseconds.
    at: i64,
    kept: Kept,
}

impl Record {
    const VERSION: u16 = 1;

    /// What a host keeps that lives at that time of day, Unix time in microseconds.
    #[must_use]
    pub const fn new(kept: Kept, unix_micros: i64) -> Self {
        Self { version: Self::VERSION, at: unix_micros, kept }
    }

    /// As text; `None` never happens: everything in it has a name and a value.
    #[must_use]
    pub fn write(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// Of another form, or damaged, it is none: what it says is not known, and nobody charges by it.
    fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|record: &Self| record.version == Self::VERSION)
    }
}

impl Earlier {
    /// From what the store had, at that time of day: the record of the session, and the transactions that were open.
    #[must_use]
    pub fn of(record: Option<&str>, open: Option<Vec<String>>, unix_micros: i64) -> Self {
        let record = record.and_then(Record::read);
        // A time of day that ran backwards says nothing about how long it was.
        let away = record.as_ref().and_then(|record| unix_micros.checked_sub(record.at));
        let away = away.and_then(|micros| u64::try_from(micros).ok());
        Self { kept: record.map(|record| record.kept), away: away.map(Duration::from_micros), open }
    }
}

/// What an earlier life of the host left.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    /// What it kept of its session.
    pub kept: Option<Kept>,
    /// How long the host was away; `None` when the time of day cannot tell.
    pub away: Option<Duration>,
    /// The transactions that the CSMS side holds open; `None` where there is no CSMS.
    pub open: Option<Vec<String>>,
}

/// What the store was last told.
#[derive(Debug, Default)]
pub(super) struct LastKept {
    pub(super) kept: Option<Kept>,
    pub(super) at: Instant,
}
