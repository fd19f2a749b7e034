//! The words of high-level communication: generations, messages, codes, rules of the wire.

use std::str::FromStr;

use cucumber::Parameter;
use iso15118::Protocol;
use iso15118::messages::{din, iso2};
use iso15118::wire::Side;
use vehicle_model::EnergyKind;

use super::Words;
use super::nearest::one_of;
use super::variants::variants;

/// A generation of messages.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "v2g_protocol", regex = r"DIN 70121|ISO 15118-2|[^\s]+ [^\s]+")]
pub(crate) struct ProtocolName(pub(crate) Protocol);

impl ProtocolName {
    const WORDS: [&'static str; 2] = ["DIN 70121", "ISO 15118-2"];
}

impl Words for ProtocolName {
    fn words() -> Vec<&'static str> {
        Self::WORDS.to_vec()
    }
}

impl FromStr for ProtocolName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let word = one_of("generation of messages", &Self::WORDS, text)?;
        Ok(Self(if word == Self::WORDS[0] { Protocol::Din } else { Protocol::Iso2 }))
    }
}

/// The kind of current that a car takes.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "energy_kind", regex = r"alternating current|direct current|[^\s]+ current")]
pub(crate) struct KindOfCurrent(pub(crate) EnergyKind);

impl KindOfCurrent {
    const WORDS: [&'static str; 2] = ["alternating current", "direct current"];
}

impl Words for KindOfCurrent {
    fn words() -> Vec<&'static str> {
        Self::WORDS.to_vec()
    }
}

impl FromStr for KindOfCurrent {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let word = one_of("kind of current", &Self::WORDS, text)?;
        Ok(Self(if word == Self::WORDS[0] { EnergyKind::Ac } else { EnergyKind::Dc }))
    }
}

/// One side of a dialog.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "side", regex = r"car|charger|[^\s]+")]
pub(crate) struct SideName(pub(crate) Side);

impl SideName {
    const WORDS: [&'static str; 2] = ["car", "charger"];

    /// As the event log has it.
    pub(crate) const fn in_the_log(self) -> &'static str {
        match self.0 {
            Side::Car => "car",
            Side::Station => "station",
        }
    }
}

impl Words for SideName {
    fn words() -> Vec<&'static str> {
        Self::WORDS.to_vec()
    }
}

impl FromStr for SideName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let word = one_of("side of a dialog", &Self::WORDS, text)?;
        Ok(Self(if word == "car" { Side::Car } else { Side::Station }))
    }
}

/// A message of the agreement, of DIN 70121 or of ISO 15118-2.
#[derive(Clone, Debug, Parameter)]
#[param(name = "v2g_message", regex = r#"[^\s"]+"#)]
pub(crate) struct V2gMessage(pub(crate) String);

impl Words for V2gMessage {
    fn words() -> Vec<&'static str> {
        let agreement = ["supportedAppProtocolReq", "supportedAppProtocolRes"];
        let bodies = variants::<din::Body>().iter().chain(variants::<iso2::Body>());
        // A body may be empty.
        let mut all: Vec<_> = agreement.iter().chain(bodies).copied().filter(|name| !name.is_empty()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl FromStr for V2gMessage {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        one_of("message of a dialog", &Self::words(), text).map(|word| Self(word.to_owned()))
    }
}

/// How a request went.
#[derive(Clone, Debug, Parameter)]
#[param(name = "v2g_code", regex = r#"[^\s"]+"#)]
pub(crate) struct V2gCode(pub(crate) String);

impl Words for V2gCode {
    fn words() -> Vec<&'static str> {
        let agreement =
            ["Failed_NoNegotiation", "OK_SuccessfulNegotiation", "OK_SuccessfulNegotiationWithMinorDeviation"];
        let codes = variants::<din::ResponseCode>().iter().chain(variants::<iso2::ResponseCode>());
        let mut all: Vec<_> = agreement.iter().chain(codes).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl FromStr for V2gCode {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        one_of("code of a response", &Self::words(), text).map(|word| Self(word.to_owned()))
    }
}

/// A rule of the wire, as `plugfest judge` names it.
#[derive(Clone, Debug, Parameter)]
#[param(name = "judge_rule", regex = r#"[^\s"]+"#)]
pub(crate) struct JudgeRule(pub(crate) String);

impl Words for JudgeRule {
    fn words() -> Vec<&'static str> {
        iso15118::judge::rules().map(|rule| rule.id).collect()
    }
}

impl FromStr for JudgeRule {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        one_of("rule of the wire", &Self::words(), text).map(|word| Self(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_standards() {
        let messages = V2gMessage::words();
        for name in ["supportedAppProtocolReq", "SessionSetupReq", "ContractAuthenticationRes", "ChargingStatusRes"] {
            assert!(messages.contains(&name), "{name}: {messages:?}");
        }
        let codes = V2gCode::words();
        for code in ["OK", "FAILED_SequenceError", "FAILED_ContactorError", "Failed_NoNegotiation"] {
            assert!(codes.contains(&code), "{code}: {codes:?}");
        }
        assert!("FAILED_Sequenceerror".parse::<V2gCode>().expect_err("unknown").contains("FAILED_SequenceError"));
        assert!("ISO 15118-3".parse::<ProtocolName>().is_err());
        assert!("three-phase current".parse::<KindOfCurrent>().is_err());
    }
}
