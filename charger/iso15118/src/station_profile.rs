//! How a real station talks, as a TOML file: what it offers, how long it takes, how its isolation and its voltage come about, and
//! what is odd about it. `stations/` has some; `plugfest profile --station` derives them from captures.
//!
//! What no capture told is missing, and whoever plays the station decides.

mod mode;

use serde::{Deserialize, Serialize};

pub use mode::{EvseFailure, EvseLimits, EvseModeQuirks, EvseStatusChange, StationMode};

use crate::{Protocol, Spread};

/// A station.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StationProfile {
    /// What people call it.
    pub name: String,
    /// The captures from which it was derived: names of files, without folders.
    pub sources: Vec<String>,
    /// How many conversations of these captures were used.
    pub conversations: u32,
    /// EVSEID as text: made up, in the form and length of the real one; missing: not captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evse_id: Option<String>,
    /// How it answers the discovery; missing: not captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp: Option<SdpAnswer>,
    /// How it chooses a protocol.
    #[serde(default)]
    pub sap: SapAnswer,
    /// How it charges by DIN 70121; missing: not captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub din: Option<StationMode>,
    /// How it charges with alternating current by ISO 15118-2; missing: not captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iso2_ac: Option<StationMode>,
    /// How it charges with direct current by ISO 15118-2; missing: not captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iso2_dc: Option<StationMode>,
}

/// How a station answers the discovery.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SdpAnswer {
    /// What it offers: `tls` or `none`.
    pub security: Security,
    /// From the question to the answer, ms.
    pub answer_ms: Spread,
    /// Its port, where it was the same each time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// What a station offers for the connection.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS.
    Tls,
    /// Plain TCP.
    None,
}

/// How a station chooses among the protocols that a car offers.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SapAnswer {
    /// From the offer to the answer, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_ms: Option<Spread>,
    /// The namespaces that it took at least once, in the order of the alphabet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takes: Vec<String>,
    /// The namespaces that it left although nothing else was offered that it took, in the order of the alphabet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refuses: Vec<String>,
    /// It took what the car liked best among what it takes; missing: it never had a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows_priority: Option<bool>,
    /// A refusal carries a SchemaID; missing: it never refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal_has_schema_id: Option<bool>,
}

/// A station file that cannot be used: which file, which key, and what was expected there.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}: {key}: {expected}")]
pub struct StationProfileError {
    /// The file, or the name.
    pub file: String,
    /// The key, as a dotted path.
    pub key: String,
    /// What was expected.
    pub expected: String,
}

/// The stations that are built in.
const BUILT_IN: [(&str, &str); 9] = [
    ("fails-at-stop", include_str!("../stations/fails-at-stop.toml")),
    ("prompt-ac-16a", include_str!("../stations/prompt-ac-16a.toml")),
    ("prompt-dc-25a", include_str!("../stations/prompt-dc-25a.toml")),
    ("prompt-dc-30a", include_str!("../stations/prompt-dc-30a.toml")),
    ("prompt-din-100a", include_str!("../stations/prompt-din-100a.toml")),
    ("refuses-din", include_str!("../stations/refuses-din.toml")),
    ("slow-ac-16a", include_str!("../stations/slow-ac-16a.toml")),
    ("slow-dc-25a", include_str!("../stations/slow-dc-25a.toml")),
    ("slow-din-25a", include_str!("../stations/slow-din-25a.toml")),
];

impl StationProfile {
    /// The names of the built-in stations.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        BUILT_IN.iter().map(|(name, _)| *name).collect()
    }

    /// A built-in station.
    ///
    /// # Errors
    /// There is none of that name; the error lists those there are.
    pub fn builtin(name: &str) -> Result<Self, StationProfileError> {
        let Some((_, text)) = BUILT_IN.iter().find(|(own, _)| *own == name) else {
            let expected = format!("one of {}, or a file that ends in .toml", Self::names().join(", "));
            return Err(StationProfileError { file: name.into(), key: "station".into(), expected });
        };
        Self::from_toml(name, text)
    }

    /// Reads a station file.
    ///
    /// # Errors
    /// The file, the key and what was expected there.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, StationProfileError> {
        let wrong = |key: String, expected: String| StationProfileError { file: file.into(), key, expected };
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            wrong(format!("line {line}"), error.message().into())
        })?;
        let profile: Self = serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|error| {
            let path = error.path().to_string();
            let key = if path == "." { "the whole file".into() } else { path };
            wrong(key, error.inner().message().trim_end().into())
        })?;
        profile.first_wrong().map_or(Ok(profile), |(key, expected)| Err(wrong(key, expected.into())))
    }

    /// How it charges by a protocol, with direct current or not; `None` where that was not captured.
    #[must_use]
    pub const fn mode(&self, protocol: Protocol, is_direct: bool) -> Option<&StationMode> {
        match (protocol, is_direct) {
            (Protocol::Din, true) => self.din.as_ref(),
            (Protocol::Iso2, false) => self.iso2_ac.as_ref(),
            (Protocol::Iso2, true) => self.iso2_dc.as_ref(),
            (Protocol::Din, false) | (Protocol::Iso20, _) => None,
        }
    }

    /// The first key whose value cannot be, and what was expected there.
    fn first_wrong(&self) -> Option<(String, &'static str)> {
        if self.name.is_empty() {
            return Some(("name".into(), "a name"));
        }
        let plain = |name: &String| !name.is_empty() && !name.contains(['/', '\\']);
        if self.sources.is_empty() || !self.sources.iter().all(plain) {
            return Some(("sources".into(), "at least one name of a file, without a folder"));
        }
        if self.sdp.as_ref().is_some_and(|sdp| !sdp.answer_ms.is_right()) {
            return Some(("sdp.answer_ms".into(), mode::SPREAD));
        }
        if self.sap.answer_ms.is_some_and(|spread| !spread.is_right()) {
            return Some(("sap.answer_ms".into(), mode::SPREAD));
        }
        let modes = [("din", &self.din), ("iso2_ac", &self.iso2_ac), ("iso2_dc", &self.iso2_dc)];
        modes.into_iter().find_map(|(name, mode)| {
            let (key, expected) = mode.as_ref()?.first_wrong()?;
            Some((format!("{name}.{key}"), expected))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
name = "A station"
sources = ["one.pcap"]
conversations = 1
[sap]
takes = ["urn:din:70121:2012:MsgDef"]
[din]
conversations = 1
isolation = [{ at = "CableCheckRes", seconds = 0.1, status = "EVSE_Ready", isolation = "Valid" }]
pre_charge = [[0, 360.5, 500], [0.25, 360.5, 362]]
[din.response_ms]
SessionSetupRes = { median = 98, min = 97, max = 99, count = 3 }
"#;

    #[test]
    fn every_built_in_station_is_right() {
        for name in StationProfile::names() {
            let profile = StationProfile::builtin(name).unwrap_or_else(|error| panic!("{error}"));
            let charges = profile.din.is_some() || profile.iso2_ac.is_some() || profile.iso2_dc.is_some();
            assert!(charges || !profile.sap.refuses.is_empty(), "{name} does nothing");
        }
    }

    #[test]
    fn a_file_is_read_and_can_be_asked() {
        let station = StationProfile::from_toml("mine.toml", SMALL).expect("a station");
        let din = station.mode(Protocol::Din, true).expect("it was captured");
        assert_eq!(din.response("SessionSetupReq").map(|spread| spread.median), Some(98));
        assert_eq!(din.pre_charge[1], (0.25, 360.5, 362.0));
        assert!(station.mode(Protocol::Iso2, true).is_none());
        assert!(station.mode(Protocol::Din, false).is_none());
    }

    #[test]
    fn an_error_names_the_file_the_key_and_what_was_expected() {
        let refused = |from: &str, to: &str| {
            StationProfile::from_toml("mine.toml", &SMALL.replace(from, to)).expect_err("wrong").to_string()
        };
        assert_eq!(
            refused("min = 97", "min = 99"),
            "mine.toml: din.response_ms.SessionSetupRes: min, median and max in their order, and a count above 0"
        );
        assert_eq!(
            refused("one.pcap", "folder/one.pcap"),
            "mine.toml: sources: at least one name of a file, without a folder"
        );
        assert_eq!(
            refused("SessionSetupRes", "SessionSetupReq"),
            "mine.toml: din.response_ms.SessionSetupReq: the name of a response"
        );
        assert!(refused("takes", "likes").starts_with("mine.toml: sap.likes: unknown field `likes`"));
        assert!(refused("name =", "name").starts_with("mine.toml: line 2"));
        assert!(StationProfile::builtin("nowhere").is_err());
    }
}
