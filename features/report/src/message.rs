//! One message of the story of a scenario.

use units::{EvseId, Instant};

/// A lifeline of the chart, from left to right.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Lane {
    /// The driver and the car.
    Car,
    /// The power board: pilot, contactor, lock.
    Board,
    /// The session coordinator and the charger around it.
    Session,
    /// The charging station management system.
    Csms,
    /// The meter and the grid behind it.
    Meter,
}

impl Lane {
    /// All, from left to right.
    pub const ALL: [Self; 5] = [Self::Car, Self::Board, Self::Session, Self::Csms, Self::Meter];

    /// The title of the lifeline.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Car => "Driver, car",
            Self::Board => "Power board",
            Self::Session => "Session",
            Self::Csms => "CSMS",
            Self::Meter => "Meter, grid",
        }
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// One party tells another.
    Arrow,
    /// A cause was brought about or mended by whoever breaks things.
    Fault,
    /// A step failed here.
    Failure,
    /// Something happened at one party.
    Note,
    /// The answer to an arrow.
    Reply,
    /// A step of the scenario begins.
    Step,
    /// The charger found a fault, or somebody broke a rule.
    Trouble,
}

/// Messages that repeat all the time and are told by their number.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Noise {
    /// OCPP heartbeats.
    Heartbeat,
    /// Meter readings inside the charger.
    MeterReading,
    /// Meter values on their way to the CSMS.
    MeterValue,
    /// What car and station say again, with other numbers at most: the name of the exchange.
    Repeated(String),
}

impl Noise {
    /// `12 meter values`.
    pub(crate) fn told(&self, times: usize) -> String {
        let thing = match self {
            Self::Heartbeat => "heartbeat",
            Self::MeterReading => "meter reading",
            Self::MeterValue => "meter value",
            Self::Repeated(name) => return format!("{times} \u{d7} {name}"),
        };
        crate::format::count(times, thing)
    }
}

/// One message, or several alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// When; for several, the first.
    pub t: Instant,
    /// The event it was taken from; for several, the first.
    pub seq: u64,
    /// The EVSE that it is about, where the charger has several and it is about one.
    pub evse: Option<EvseId>,
    /// Who tells.
    pub from: Lane,
    /// Whom; the same as `from` for what happens at one party.
    pub to: Lane,
    /// The party in the transcript: `car`, `pilot`, `board`, `session`, `csms`, ...
    pub actor: &'static str,
    /// What, in a word or two.
    pub text: String,
    /// The fields that matter; may be empty.
    pub detail: String,
    /// All its fields, one a line, where a line cannot hold them; may be empty.
    pub fields: String,
    /// What kind of message.
    pub kind: Kind,
    /// Set for what repeats.
    pub noise: Option<Noise>,
    /// How many alike this stands for.
    pub times: usize,
}

impl Message {
    /// What it is about, for a chart whose lanes are the same for all EVSEs: `EVSE 2: `; empty without one.
    #[must_use]
    pub fn place(&self) -> String {
        self.evse.map_or_else(String::new, |evse| format!("EVSE {evse}: "))
    }

    /// Text and detail in one line.
    #[must_use]
    pub fn line(&self) -> String {
        match (self.text.is_empty(), self.detail.is_empty()) {
            (_, true) => self.text.clone(),
            (true, false) => self.detail.clone(),
            (false, false) => format!("{} {}", self.text, self.detail),
        }
    }
}
