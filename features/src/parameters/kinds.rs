//! The kinds of parameters, for whoever checks a feature or asks what there is.

use std::str::FromStr;

use cucumber::Parameter;

use super::{
    AccessoryName, AnswerWord, Availability, BootAnswer, CableOf, Capacitance, CarName, Card, ConnectorState,
    ConnectorStates, Count, Current, Energy, EventName, FaultName, Frequency, Happenings, JudgeRule, Jump,
    KindOfCurrent, Level, Limiter, Line, MessageName, Moment, Opinion, Percent, PoleName, Position, Power,
    ProtocolName, ResetWord, Residual, Resistance, ScreenName, ServiceName, SideName, State, Time, Times, V2gCode,
    V2gMessage, Voltage, Why, Words, event_kinds, one_of,
};
use crate::measurement::{Limits, Measured};
use crate::steps::{Cause, Conduct, LinkedDevice, MeterName};

/// One kind of parameter.
pub(crate) struct Kind {
    /// As it stands in braces.
    pub(crate) name: &'static str,
    /// What it may look like, or what it is.
    pub(crate) example: &'static str,
    words: fn() -> Vec<&'static str>,
    check: fn(&str) -> Result<(), String>,
}

impl Kind {
    /// With a number, or with a form that no list can hold.
    const fn open<T: Parameter + FromStr<Err = String>>(example: &'static str) -> Self {
        Self { name: T::NAME, example, words: Vec::new, check: read::<T> }
    }

    /// With a closed list.
    const fn closed<T: Parameter + FromStr<Err = String> + Words>(example: &'static str) -> Self {
        Self { name: T::NAME, example, words: T::words, check: read::<T> }
    }

    /// The kind of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// The closed list; empty where there is none.
    pub(crate) fn words(&self) -> Vec<&'static str> {
        (self.words)()
    }

    /// Whether a text is one.
    ///
    /// # Errors
    /// What is wrong with it, for whoever wrote it.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        (self.check)(text)
    }
}

fn read<T: FromStr<Err = String>>(text: &str) -> Result<(), String> {
    text.parse::<T>().map(drop)
}

/// Every text contains the empty one: a check for it could not fail.
fn some_text(text: &str) -> Result<(), String> {
    if text.trim().is_empty() { Err(format!("{text:?}: expected some text")) } else { Ok(()) }
}

/// Every kind, by name.
pub(crate) static KINDS: [Kind; 52] = [
    Kind::closed::<AccessoryName>("a device without which an outlet still charges"),
    Kind::closed::<AnswerWord>("the status in a response, or the code of an error"),
    Kind::closed::<Availability>(""),
    Kind::closed::<BootAnswer>(""),
    Kind::open::<CableOf>("13 A, 20 A, 32 A, 63 A"),
    Kind::open::<Capacitance>("6 nF"),
    Kind::closed::<CarName>("\"renault-zoe\", or \"my-car.toml\": a file beside the feature, or in the working folder"),
    Kind::open::<Card>("04CA2D01: the number of a card, or another token"),
    Kind::closed::<Cause>("something breaks or is mended"),
    Kind::closed::<Conduct>("how a CSMS misbehaves"),
    Kind::closed::<ConnectorState>(""),
    Kind::open::<ConnectorStates>("\"Available, Occupied, Available\""),
    Kind::open::<Count>("3"),
    Kind::open::<Current>("16 A, 10.5 A"),
    Kind::closed::<LinkedDevice>("a device on a link"),
    Kind::open::<Time>("100 ms, 6 s, 2 min, 8 h"),
    Kind::open::<Energy>("5 Wh, 3.2 kWh"),
    Kind::closed::<KindOfCurrent>(""),
    Kind::closed::<EventName>("what happens in a session"),
    Kind::closed::<FaultName>("what the charger finds"),
    Kind::open::<Frequency>("46.5 Hz"),
    Kind::closed::<Happenings>("what can happen more than once"),
    Kind::closed::<JudgeRule>("as plugfest judge names it"),
    Kind::open::<Jump>("5 kWh, -5 kWh"),
    Kind::open::<Level>("115 %"),
    Kind::closed::<Limiter>(""),
    Kind::open::<Limits>("between 11.4 V and 12.6 V, at most 100 ms, at least 1 Hz, exactly 1"),
    Kind::closed::<Line>(""),
    Kind::closed::<MessageName>("of OCPP 2.0.1"),
    Kind::closed::<MeterName>(""),
    Kind::closed::<Moment>("what happens at one instant"),
    Kind::closed::<Opinion>("what a CSMS thinks of a token"),
    Kind::open::<Percent>("26.6 %, 80 %"),
    Kind::closed::<PoleName>("a pole of a direct current"),
    Kind::closed::<Position>(""),
    Kind::open::<Power>("6900 W, 11 kW"),
    Kind::closed::<Measured>("what an instrument, or the charger, tells"),
    Kind::closed::<ResetWord>(""),
    Kind::open::<Residual>("6 mA, 5.9 mA"),
    Kind::open::<Resistance>("2740 ohm, 100 kohm"),
    Kind::closed::<ScreenName>("the message of the panel"),
    Kind::closed::<ServiceName>(""),
    Kind::closed::<SideName>(""),
    Kind::closed::<State>("of the pilot"),
    Kind { name: "string", example: "\"any text\"", words: Vec::new, check: some_text },
    Kind::open::<Times>("3"),
    Kind {
        name: "transaction_event",
        example: "",
        words: event_kinds,
        check: |text| one_of("kind of TransactionEvent", &event_kinds(), text).map(drop),
    },
    Kind::closed::<V2gCode>("how a request went, in a response"),
    Kind::closed::<V2gMessage>("of the agreement, DIN 70121 or ISO 15118-2"),
    Kind::closed::<ProtocolName>(""),
    Kind::open::<Voltage>("9 V, -12.6 V"),
    Kind::closed::<Why>("a limit is as small as it is"),
];
