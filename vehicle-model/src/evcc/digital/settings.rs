//! What is set once: what a car is to say, and how it says it.

use std::time::Duration;

use iso15118::Protocol;
use iso15118::messages::sap::AppProtocol;

use super::random::mixed;
use crate::battery::Battery;
use crate::evcc::hlc;
use crate::profile::{EnergyKind, Profile};

/// How a car is to speak with the station.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Speech {
    /// The current that it wants.
    pub kind: EnergyKind,
    /// What it may speak. It offers them in its own order; empty: all that its profile offers.
    pub protocols: Vec<Protocol>,
    /// What it comes for.
    pub purpose: hlc::Purpose,
    /// How it gets a link.
    pub matching: Matching,
}

/// How a car gets a link to the station.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Matching {
    /// It matches its modem with that of the station (SLAC).
    #[default]
    Slac,
    /// There are no modems: the link is there, plain Ethernet.
    None,
}

/// What is set once.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) kind: EnergyKind,
    pub(super) matching: Matching,
    /// The address of its host on the link, which is its EVCCID too.
    pub(super) host: [u8; 6],
    /// All that is random follows from it.
    pub(super) seed: u64,
    /// From the digital offer to the begin of the matching.
    pub(super) begins_after: Duration,
    /// From the match to the first question of SDP.
    pub(super) asks_after: Duration,
    /// From the answer of SDP to the connection.
    pub(super) connects_after: Duration,
    pub(super) session: hlc::Config,
}

impl Settings {
    pub(super) fn new(profile: &Profile, speech: &Speech, seed: u64) -> Self {
        let evcc = profile.evcc.as_deref();
        let millis = |spread: Option<iso15118::Spread>, otherwise| {
            Duration::from_millis(spread.map_or(otherwise, |spread| spread.median))
        };
        let host = host(seed);
        let mut session = hlc::Config::new(profile, host, speech.kind);
        session.purpose = speech.purpose;
        restrict(&mut session.offers, &speech.protocols);
        match speech.kind {
            EnergyKind::Ac => {}
            EnergyKind::Dc => [&mut session.din, &mut session.iso2].into_iter().for_each(|mode| bear(mode, profile)),
        }
        Self {
            kind: speech.kind,
            matching: speech.matching,
            host,
            seed,
            begins_after: Duration::from_millis(profile.pilot.matching_delay_ms),
            asks_after: millis(evcc.and_then(|evcc| evcc.match_to_sdp_ms), 400),
            connects_after: millis(evcc.and_then(|evcc| evcc.sdp_to_connection_ms), 30),
            session,
        }
    }
}

/// An address of nobody's making: locally administered, of one host.
fn host(seed: u64) -> [u8; 6] {
    let [a, b, c, d, e, f, ..] = mixed(seed, 0).to_be_bytes();
    [(a & 0xfc) | 0x02, b, c, d, e, f]
}

/// A limit that was measured holds for the battery as it was on that day. Where this one has more cells than it, the car says what
/// its own battery bears: else it could not be charged beyond some state of charge.
fn bear(mode: &mut hlc::Mode, profile: &Profile) {
    let bears = Battery::new(profile.battery.clone(), profile.battery.soc).max_voltage();
    mode.told.max_voltage = mode.told.max_voltage.filter(|told| told.volts() >= bears);
}

/// Leaves the offers of these protocols. Where the car's own list has none of them, it offers them as the standard has them.
fn restrict(offers: &mut Vec<AppProtocol>, allowed: &[Protocol]) {
    if allowed.is_empty() {
        return;
    }
    offers.retain(|offer| Protocol::of_offer(offer).is_some_and(|protocol| allowed.contains(&protocol)));
    if offers.is_empty() {
        let offer = |(schema_id, protocol): (u8, &Protocol)| {
            let (namespace, major) = match protocol {
                Protocol::Din => ("urn:din:70121:2012:MsgDef", 2),
                Protocol::Iso2 => ("urn:iso:15118:2:2013:MsgDef", 2),
                Protocol::Iso20 => ("urn:iso:std:iso:15118:-20:DC", 1),
            };
            AppProtocol {
                protocol_namespace: namespace.to_owned(),
                version_number_major: major,
                version_number_minor: 0,
                schema_id,
                priority: schema_id + 1,
            }
        };
        // supportedAppProtocol has room for 20; there are three.
        offers.extend((0..20).zip(allowed).map(offer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(protocols: Vec<Protocol>) -> Vec<String> {
        let profile = Profile::builtin("vw-id3").expect("a car");
        let speech =
            Speech { kind: EnergyKind::Dc, protocols, purpose: hlc::Purpose::Charge, matching: Matching::Slac };
        let offers = Settings::new(&profile, &speech, 1).session.offers;
        offers.into_iter().map(|offer| offer.protocol_namespace).collect()
    }

    #[test]
    fn a_car_offers_what_it_may_in_its_own_order() {
        let all = offered(Vec::new());
        assert!(all.len() > 1, "{all:?}");
        assert_eq!(offered(vec![Protocol::Din]), ["urn:din:70121:2012:MsgDef"]);
        let both = offered(vec![Protocol::Din, Protocol::Iso2]);
        assert!(all.iter().filter(|offer| both.contains(offer)).eq(&both));
        assert_eq!(offered(vec![Protocol::Iso20]).len(), 1);
    }

    #[test]
    fn a_car_never_says_less_than_its_own_battery_has() {
        for name in Profile::names() {
            let profile = Profile::builtin(name).expect("a car");
            let speech = Speech {
                kind: EnergyKind::Dc,
                protocols: Vec::new(),
                purpose: hlc::Purpose::Charge,
                matching: Matching::Slac,
            };
            let full = Battery::new(profile.battery.clone(), units::Soc::FULL).open_circuit_voltage();
            let session = Settings::new(&profile, &speech, 1).session;
            for told in [session.din.told.max_voltage, session.iso2.told.max_voltage].into_iter().flatten() {
                assert!(told.volts() >= full, "{name} says {told:?}, and has {full} V");
            }
        }
    }

    #[test]
    fn each_car_has_an_address_of_its_own() {
        let [one, other] = [1, 2].map(host);
        assert_ne!(one, other);
        assert_eq!((one[0] & 3, other[0] & 3), (2, 2));
    }
}
