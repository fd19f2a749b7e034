//! What can stand in the braces of a sentence: a number with its unit, one word of a closed list, a phrase out of a table.
//!
//! Every kind stands in [`KINDS`], so that a feature is checked before anything runs and `plugfest steps` shows what there is.

mod alternatives;
mod happenings;
mod kinds;
mod measures;
mod messages;
mod nearest;
mod table;
mod v2g;
mod variants;
mod words;

pub(crate) use alternatives::{expression, length, phrases, text};
pub(crate) use happenings::{Happenings, Moment};
pub(crate) use kinds::{KINDS, Kind};
pub(crate) use measures::{
    Capacitance, Count, Current, Energy, Frequency, Jump, Level, Percent, Power, Residual, Resistance, Time, Times,
    Voltage,
};
pub(crate) use messages::Message;
pub(crate) use nearest::{likeness, one_of};
pub(crate) use table::table;
pub(crate) use v2g::{JudgeRule, KindOfCurrent, ProtocolName, SideName, V2gCode, V2gMessage};
pub(crate) use words::{
    AccessoryName, AnswerWord, Availability, BootAnswer, CableOf, CarName, Card, ConnectorState, ConnectorStates,
    EventName, FaultName, Limiter, Line, MessageName, Opinion, PoleName, Position, ResetWord, ScreenName, ServiceName,
    State, Why, event_kinds,
};

/// A parameter with a closed list.
pub(crate) trait Words {
    /// The list.
    fn words() -> Vec<&'static str>;
}
