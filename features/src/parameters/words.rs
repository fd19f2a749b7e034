//! Parameters that are one word out of a closed list. A list comes from the enum that it names, where there is one.

use std::str::FromStr;

use cucumber::Parameter;
use energy::{LimitReason, LimitSource};
use iec61851::{CableRating, Fault};
use ocpp::{BootState, ErrorCode};
use session::words::{AuthorizationStatus, ConnectorStatus, TransactionStage};
use session::{Accessory, SessionEvent, Trouble};
use station::Service;
use units::Phase;

use super::Words;
use super::measures::Current;
use super::messages::{MESSAGES, Message};
use super::nearest::one_of;
use super::variants::{tagged_variants, variants};

/// Declares a parameter that is one word of a list.
macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $param:literal, $what:literal, $words:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Parameter)]
        #[param(name = $param, regex = r#"[^\s"]+"#)]
        pub(crate) struct $name(pub(crate) String);

        impl Words for $name {
            fn words() -> Vec<&'static str> {
                $words
            }
        }

        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                one_of($what, &Self::words(), text).map(|word| Self(word.into()))
            }
        }
    };
}

/// The events that the log has under kinds of their own: nobody would ever see them as session events.
const TOLD_OTHERWISE: [&str; 5] = ["AccessoryFound", "AccessoryLost", "FaultCleared", "FaultDetected", "LimitChanged"];

word!(
    /// What happens in a session. Faults, limits and lost devices have sentences of their own.
    EventName, "event", "session event",
    {
        let all = tagged_variants::<SessionEvent>("name").iter().copied();
        all.filter(|name| !TOLD_OTHERWISE.contains(name)).collect()
    }
);
word!(
    /// What keeps an outlet from charging: found by the power board, or by the host.
    FaultName, "fault", "fault",
    {
        let own = variants::<Trouble>().iter().copied().filter(|name| *name != "Board");
        let mut all: Vec<_> = variants::<Fault>().iter().copied().chain(own).collect();
        all.sort_unstable();
        // Over-current is found by the board, or by the host where the board has no ammeter.
        all.dedup();
        all
    }
);
word!(
    /// A device without which an outlet still charges.
    AccessoryName, "accessory", "such device",
    variants::<Accessory>().to_vec()
);
word!(
    /// A pole of a direct current.
    PoleName, "pole", "pole of a direct current",
    vec!["minus", "plus"]
);
word!(
    /// The message of the panel.
    ScreenName, "screen", "screen of the panel",
    variants::<hardware::Sign>().to_vec()
);
word!(
    /// The status of a connector.
    ConnectorState, "connector", "state of a connector",
    variants::<ConnectorStatus>().to_vec()
);
/// Several states of a connector, one after the other.
#[derive(Clone, Debug, Parameter)]
#[param(name = "connectors", regex = "\"[^\"]*\"")]
pub(crate) struct ConnectorStates(pub(crate) String);

impl FromStr for ConnectorStates {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim_matches('"');
        for word in text.split(", ") {
            ConnectorState::from_str(word)?;
        }
        Ok(Self(text.into()))
    }
}

/// What kind of TransactionEvent it is; it stands in phrases only.
pub(crate) fn event_kinds() -> Vec<&'static str> {
    variants::<TransactionStage>().to_vec()
}

word!(
    /// A message of OCPP.
    MessageName, "message", "message of OCPP 2.0.1",
    MESSAGES.iter().map(|message| message.name).collect()
);
word!(
    /// What a charger answers to a call: the status in its response, or the code of an error.
    AnswerWord, "answer", "answer to a call",
    {
        let status = MESSAGES.iter().flat_map(|message| message.response_words("status"));
        let mut all: Vec<_> = status.chain(variants::<ErrorCode>()).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
);
word!(
    /// What the CSMS says of a token.
    Opinion, "opinion", "opinion of a CSMS",
    variants::<AuthorizationStatus>().to_vec()
);
word!(
    /// How the CSMS answers a BootNotification.
    BootAnswer, "boot", "answer to a BootNotification",
    variants::<BootState>().to_vec()
);
word!(
    /// How a charger is reset.
    ResetWord, "reset", "kind of reset",
    request_words("Reset", "type")
);
word!(
    /// Whether a charger is in service.
    Availability, "availability", "availability",
    request_words("ChangeAvailability", "operationalStatus")
);
word!(
    /// Whose limit it is.
    Limiter, "limiter", "source of a limit",
    variants::<LimitSource>().to_vec()
);
word!(
    /// Why a limit is as small as it is.
    Why, "why", "reason of a limit",
    variants::<LimitReason>().to_vec()
);
word!(
    /// A service of the charger.
    ServiceName, "service", "service of the charger",
    Service::ALL.iter().map(|service| service.name()).collect()
);

impl AnswerWord {
    /// Whether it is the code of an error, which any call may be answered with.
    pub(crate) fn is_error(word: &str) -> bool {
        variants::<ErrorCode>().contains(&word)
    }
}

fn request_words(message: &str, path: &str) -> Vec<&'static str> {
    Message::named(message).map_or_else(Vec::new, |message| message.request_words(path).to_vec())
}

/// The rating of a cable.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "cable", regex = "-?[0-9.]+ A")]
pub(crate) struct CableOf(pub(crate) CableRating);

impl FromStr for CableOf {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let amps = Current::from_str(text)?.0;
        let found = CableRating::ALL.into_iter().find(|rating| rating.limit() == amps);
        found.map(Self).ok_or_else(|| {
            let ratings = CableRating::ALL.map(|rating| format!("{} A", rating.limit().0 / 1000));
            format!("there is no cable of {text}; there are: {}", ratings.join(", "))
        })
    }
}

/// A line conductor.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "line", regex = r"L\S+")]
pub(crate) struct Line(pub(crate) Phase);

impl Words for Line {
    fn words() -> Vec<&'static str> {
        variants::<Phase>().to_vec()
    }
}

impl FromStr for Line {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let word = one_of("line", &Self::words(), text)?;
        let found = Phase::ALL.into_iter().zip(Self::words()).find(|(_, name)| *name == word);
        found.map(|(phase, _)| Self(phase)).ok_or_else(|| format!("there is no line {text}"))
    }
}

/// The number of a card, or another token.
#[derive(Clone, Debug, Parameter)]
#[param(name = "card", regex = r"\S+")]
pub(crate) struct Card(pub(crate) String);

/// No token is longer (OCPP 2.1, IdTokenType); OCPP 2.0.1 carries 36.
const LONGEST_TOKEN: usize = 255;

impl FromStr for Card {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let may_be = |c: char| c.is_ascii_alphanumeric() || "*-_=:+|@.".contains(c);
        if text.chars().all(may_be) && (1..=LONGEST_TOKEN).contains(&text.len()) {
            Ok(Self(text.into()))
        } else {
            Err(format!(
                "no token is {text}: letters, digits and * - _ = : + | @ . only, at most {LONGEST_TOKEN} of them"
            ))
        }
    }
}

/// A pilot state.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "state", regex = r"\S+")]
pub(crate) struct State(pub(crate) char);

impl Words for State {
    fn words() -> Vec<&'static str> {
        variants::<iec61851::PilotState>().to_vec()
    }
}

impl FromStr for State {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let word = one_of("state of the pilot", &Self::words(), text)?;
        word.chars().next().map(Self).ok_or_else(|| format!("there is no state of the pilot {text:?}"))
    }
}

/// Open or closed.
#[derive(Clone, Copy, Debug, Eq, Parameter, PartialEq)]
#[param(name = "position", regex = r"\S+")]
pub(crate) struct Position(pub(crate) bool);

impl Words for Position {
    fn words() -> Vec<&'static str> {
        vec!["closed", "open"]
    }
}

impl FromStr for Position {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        one_of("position", &Self::words(), text).map(|word| Self(word == "closed"))
    }
}

/// A built-in car, or a car file.
#[derive(Clone, Debug, Parameter)]
#[param(name = "car", regex = "\"[^\"]*\"")]
pub(crate) struct CarName(pub(crate) String);

impl Words for CarName {
    fn words() -> Vec<&'static str> {
        vehicle_model::Profile::names()
    }
}

impl FromStr for CarName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.trim_matches('"');
        if name.ends_with(".toml") {
            return Ok(Self(name.into()));
        }
        one_of("built-in car (and a car file ends in .toml)", &Self::words(), name).map(|word| Self(word.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lists are those of what the charger says: each word is what its enum shows.
    #[test]
    fn every_list_is_that_of_its_enum() {
        let faults: Vec<String> = Fault::ALL.map(|fault| Trouble::Board(fault).to_string()).to_vec();
        assert!(faults.iter().all(|fault| FaultName::words().contains(&fault.as_str())));
        assert!(FaultName::words().contains(&Trouble::MeterLost.to_string().as_str()));
        assert!(!FaultName::words().contains(&"Board"), "that is a wrapper, no fault");
        assert_eq!(ResetWord::words(), ["Immediate", "OnIdle"]);
        assert_eq!(Availability::words(), ["Inoperative", "Operative"]);
        assert_eq!(Line::words(), ["L1", "L2", "L3"]);
        assert_eq!(State::words(), ["A", "B", "C", "D", "E", "F"]);
        assert!(AnswerWord::words().contains(&"NotImplemented") && AnswerWord::words().contains(&"Scheduled"));
        assert_eq!(BootAnswer::words(), ["Accepted", "Pending", "Rejected"]);
    }

    /// An event that the log gets another kind for is no word: a check that it does not come would always hold.
    #[test]
    fn what_the_log_tells_otherwise_is_no_session_event() {
        let source = include_str!("../../../charger/station/src/services/session/mod.rs");
        let record =
            source.split("fn record(").nth(1).and_then(|rest| rest.split("\n}\n").next()).expect("it is there");
        let events = record.split("SessionEvent::").skip(1);
        let names = events.map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default());
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        assert_eq!(names, TOLD_OTHERWISE);
    }

    #[test]
    fn an_unknown_word_is_refused_with_the_nearest() {
        let why = |refused: Result<(), String>| refused.expect_err("unknown");
        let event = why(EventName::from_str("ChargingStart").map(drop));
        assert!(event.starts_with("there is no session event \"ChargingStart\". The nearest is ChargingStarted."));
        assert!(why(FaultName::from_str("Diode").map(drop)).contains("The nearest is DiodeFault."));
        assert!(why(ConnectorState::from_str("Free").map(drop)).contains("There are: Available, Faulted"));
        assert!(why(MessageName::from_str("TransactionEvents").map(drop)).contains("nearest is TransactionEvent."));
        assert!(why(CableOf::from_str("16 A").map(drop)).ends_with("there are: 13 A, 20 A, 32 A, 63 A"));
        assert!(why(EventName::from_str("FaultDetected").map(drop)).contains("no session event"));
        assert!(why(Card::from_str("04/CA").map(drop)).starts_with("no token is"));
        assert!(why(CarName::from_str("\"zoe\"").map(drop)).contains("The nearest is renault-zoe."));
    }
}
