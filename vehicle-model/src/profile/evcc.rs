//! How a car talks: what its communication controller says, when, and what is odd about it. It is measured, in captures of real
//! sessions; `plugfest profile --car` writes it.
//!
//! What no capture told is missing here, and whoever plays the car decides.

use iso15118::messages::sap::AppProtocol;
use iso15118::{Protocol, Spread};
use serde::{Deserialize, Serialize};

use super::mode::{EvccMode, SPREAD, is_false};

/// How a car talks.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EvccProfile {
    /// The captures from which it was derived: names of files, without folders.
    pub sources: Vec<String>,
    /// How many conversations of these captures were used.
    pub conversations: u32,
    /// The security that it asks for in SDP; missing: no discovery was captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_security: Option<SdpSecurity>,
    /// From CM_SLAC_MATCH.CNF to its first question of SDP, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_to_sdp_ms: Option<Spread>,
    /// Between two questions of SDP while nobody answers, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_repeat_ms: Option<Spread>,
    /// From the answer of SDP to its SYN, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_to_connection_ms: Option<Spread>,
    /// From its SYN to its offer of protocols, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_to_offer_ms: Option<Spread>,
    /// From the answer that refuses all its protocols to the end of the connection, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal_to_close_ms: Option<Spread>,
    /// The protocols that it offers, in the order of its message.
    pub offer: Vec<Offer>,
    /// What is odd about it, whatever it speaks.
    #[serde(default)]
    pub quirks: EvccQuirks,
    /// How it charges by DIN 70121; missing: not captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub din: Option<EvccMode>,
    /// How it charges with alternating current by ISO 15118-2; missing: not captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iso2_ac: Option<EvccMode>,
    /// How it charges with direct current by ISO 15118-2; missing: not captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iso2_dc: Option<EvccMode>,
}

/// What a car asks of the connection.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SdpSecurity {
    /// TLS; it may go on without.
    Tls,
    /// Plain TCP.
    None,
}

/// One protocol that a car offers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The namespace of its messages.
    pub namespace: String,
    /// The major version.
    pub major: u32,
    /// The minor version.
    pub minor: u32,
    /// The car's own number for it.
    pub schema_id: u8,
    /// How much the car likes it, 1..20; 1 is best.
    pub priority: u8,
}

impl Offer {
    /// The same as an entry of SupportedAppProtocolReq.
    #[must_use]
    pub fn to_message(&self) -> AppProtocol {
        AppProtocol {
            protocol_namespace: self.namespace.clone(),
            version_number_major: self.major,
            version_number_minor: self.minor,
            schema_id: self.schema_id,
            priority: self.priority,
        }
    }
}

/// What is odd about a car, whatever it speaks.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvccQuirks {
    /// How many octets EVCCID has; 6 is usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evcc_id_octets: Option<u8>,
    /// It says another EVCCID in each session, so nobody knows it again. Several cars of a model look the same.
    #[serde(skip_serializing_if = "is_false")]
    pub evcc_id_changes: bool,
    /// How many octets of session number stand in the header of SessionSetupReq when it begins a session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id_octets: Option<u8>,
    /// At times it begins a session with a number that is not zero, of whatever session was before.
    #[serde(skip_serializing_if = "is_false")]
    pub session_id_not_zero: bool,
}

/// Which current flows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EnergyKind {
    /// Alternating.
    Ac,
    /// Direct.
    Dc,
}

impl EvccProfile {
    /// The entries of its SupportedAppProtocolReq, in their order.
    #[must_use]
    pub fn app_protocols(&self) -> Vec<AppProtocol> {
        self.offer.iter().map(Offer::to_message).collect()
    }

    /// How it charges by a protocol; `None` where that was not captured.
    #[must_use]
    pub const fn mode(&self, protocol: Protocol, kind: EnergyKind) -> Option<&EvccMode> {
        match (protocol, kind) {
            (Protocol::Din, EnergyKind::Dc) => self.din.as_ref(),
            (Protocol::Iso2, EnergyKind::Ac) => self.iso2_ac.as_ref(),
            (Protocol::Iso2, EnergyKind::Dc) => self.iso2_dc.as_ref(),
            (Protocol::Din, EnergyKind::Ac) | (Protocol::Iso20, _) => None,
        }
    }

    /// The first key whose value cannot be, and what was expected there.
    pub(super) fn first_wrong(&self) -> Option<(String, &'static str)> {
        let named = |key: &str, expected| Some((format!("evcc.{key}"), expected));
        let plain = |name: &String| !name.is_empty() && !name.contains(['/', '\\']);
        if self.sources.is_empty() || !self.sources.iter().all(plain) {
            return named("sources", "at least one name of a file, without a folder");
        }
        let spreads = [
            ("match_to_sdp_ms", self.match_to_sdp_ms),
            ("sdp_repeat_ms", self.sdp_repeat_ms),
            ("sdp_to_connection_ms", self.sdp_to_connection_ms),
            ("connection_to_offer_ms", self.connection_to_offer_ms),
            ("refusal_to_close_ms", self.refusal_to_close_ms),
        ];
        for (key, spread) in spreads {
            if spread.is_some_and(|spread| !spread.is_right()) {
                return named(key, SPREAD);
            }
        }
        let right =
            |offer: &Offer| (1..=100).contains(&offer.namespace.chars().count()) && (1..=20).contains(&offer.priority);
        if !(1..=20).contains(&self.offer.len()) || !self.offer.iter().all(right) {
            return named(
                "offer",
                "from 1 to 20 protocols with a namespace of 1 to 100 characters and a priority of 1 to 20",
            );
        }
        let repeated = |at: usize| {
            let (before, rest) = self.offer.split_at(at);
            rest.first().is_some_and(|offer| before.iter().any(|earlier| earlier.schema_id == offer.schema_id))
        };
        if (0..self.offer.len()).any(repeated) {
            return named("offer", "a schema_id of its own for each protocol");
        }
        let modes = [("din", &self.din), ("iso2_ac", &self.iso2_ac), ("iso2_dc", &self.iso2_dc)];
        modes.into_iter().find_map(|(name, mode)| {
            let (key, expected) = mode.as_ref()?.first_wrong()?;
            Some((format!("evcc.{name}.{key}"), expected))
        })
    }
}
