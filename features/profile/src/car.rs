//! The car of several conversations.

use std::collections::{BTreeMap, BTreeSet};

use iso15118::Spread;
use iso15118::sdp::Security;
use vehicle_model::{EvccMode, EvccProfile, EvccQuirks, Offer, SdpSecurity};

use crate::exchange::ByName;
use crate::fields::OptionalFields;
use crate::mode::{Mode, mode};
use crate::notes::Notes;
use crate::quirks::CarQuirks;
use crate::samples::Samples;
use crate::stop::End;

/// A car that was derived.
#[derive(Clone, Debug, PartialEq)]
pub struct DerivedCar {
    /// How it talks.
    pub evcc: EvccProfile,
    /// What was left out, in a few words each.
    pub remarks: Vec<String>,
}

/// The car of these conversations; `None` without any.
pub(crate) fn derive(all: &[&Notes]) -> Option<DerivedCar> {
    let offer = usual_offer(all)?.to_vec();
    let (used, others): (Vec<&Notes>, Vec<&Notes>) = all.iter().copied().partition(|notes| notes.offer == offer);
    let mut remarks: Vec<_> = others
        .iter()
        .map(|notes| format!("{}: a conversation with another offer is of another car and left out", notes.source))
        .collect();
    let of = |wanted: Mode| -> Option<EvccMode> {
        let of_mode: Vec<_> = used.iter().copied().filter(|notes| mode(notes) == Some(wanted)).collect();
        (!of_mode.is_empty()).then(|| derive_mode(&of_mode))
    };
    if used.iter().any(|notes| notes.protocol == Some(iso15118::Protocol::Iso20)) {
        remarks.push("of ISO 15118-20 only the offer is derived".to_owned());
    }
    let refusals: Vec<_> = used.iter().map(|notes| notes.refusal_to_close()).collect();
    let evcc = EvccProfile {
        sources: sources(&used),
        conversations: count(&used),
        sdp_security: used.iter().rev().find_map(|notes| match notes.asked?.0 {
            Security::Tls => Some(SdpSecurity::Tls),
            Security::None => Some(SdpSecurity::None),
            Security::Reserved(_) => None,
        }),
        match_to_sdp_ms: Samples::together(used.iter().map(|notes| &notes.match_to_sdp)),
        sdp_repeat_ms: Samples::together(used.iter().map(|notes| &notes.sdp_repeat)),
        sdp_to_connection_ms: Samples::together(used.iter().map(|notes| &notes.sdp_to_connection)),
        connection_to_offer_ms: Samples::together(used.iter().map(|notes| &notes.connection_to_offer)),
        refusal_to_close_ms: Samples::together(&refusals),
        quirks: quirks(&used),
        din: of(Mode::Din),
        iso2_ac: of(Mode::Iso2Ac),
        iso2_dc: of(Mode::Iso2Dc),
        offer,
    };
    Some(DerivedCar { evcc, remarks })
}

/// The offer of most conversations; of as many, the earlier one.
fn usual_offer<'a>(all: &[&'a Notes]) -> Option<&'a [Offer]> {
    let count = |offer: &[Offer]| all.iter().filter(|notes| notes.offer == offer).count();
    let mut best: Option<(&[Offer], usize)> = None;
    for notes in all {
        let own = count(&notes.offer);
        if best.is_none_or(|(_, most)| own > most) {
            best = Some((&notes.offer, own));
        }
    }
    best.map(|(offer, _)| offer)
}

/// The names of the captures, each once, in their order.
pub(crate) fn sources(used: &[&Notes]) -> Vec<String> {
    let mut sources: Vec<String> = Vec::new();
    for notes in used {
        if !sources.contains(&notes.source) {
            sources.push(notes.source.clone());
        }
    }
    sources
}

pub(crate) fn count(used: &[&Notes]) -> u32 {
    u32::try_from(used.len()).unwrap_or(u32::MAX)
}

/// The distributions of all conversations, by name.
pub(crate) fn by_name<'a>(all: impl Iterator<Item = &'a ByName>) -> BTreeMap<String, Spread> {
    let mut names: BTreeMap<&str, Vec<&Samples>> = BTreeMap::new();
    for table in all {
        for (name, samples) in table {
            names.entry(name).or_default().push(samples);
        }
    }
    names.into_iter().filter_map(|(name, samples)| Some((name.to_owned(), Samples::together(samples)?))).collect()
}

/// All different ones, in the order of the alphabet.
pub(crate) fn distinct<'a>(all: impl Iterator<Item = &'a Vec<String>>) -> Vec<String> {
    all.flatten().collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

/// The conversation with most messages; of as many, the earlier one.
pub(crate) fn longest<'a>(used: &[&'a Notes], has: impl Fn(&Notes) -> bool) -> Option<&'a Notes> {
    used.iter().rev().copied().filter(|notes| has(notes)).max_by_key(|notes| notes.messages)
}

fn quirks(used: &[&Notes]) -> EvccQuirks {
    // Who comes back to a paused session says its number.
    let fresh: Vec<_> = used.iter().filter(|notes| !notes.station.joined).collect();
    let ids: Vec<&String> = fresh.iter().filter_map(|notes| notes.car.evcc_id.as_ref()).collect();
    let octets = |id: &String| u8::try_from(id.len() / 2).ok();
    let sessions: Vec<&String> = fresh.iter().filter_map(|notes| notes.car.session_id.as_ref()).collect();
    let different: BTreeSet<_> = ids.iter().collect();
    EvccQuirks {
        evcc_id_octets: ids.first().and_then(|id| octets(id)),
        evcc_id_changes: ids.len() > 1 && different.len() == ids.len(),
        session_id_octets: sessions.first().and_then(|id| octets(id)),
        session_id_not_zero: sessions.iter().any(|id| id.chars().any(|digit| digit != '0')),
    }
}

/// Requests of which it matters how often they come.
const POLLED: [&str; 6] = [
    "AuthorizationReq",
    "CableCheckReq",
    "ChargeParameterDiscoveryReq",
    "ContractAuthenticationReq",
    "PreChargeReq",
    "WeldingDetectionReq",
];

fn derive_mode(used: &[&Notes]) -> EvccMode {
    let exchange = || used.iter().map(|notes| &notes.exchange);
    let (optional, optional_at_times) = OptionalFields::together(used.iter().map(|notes| &notes.car.fields));
    let charged = longest(used, |notes| notes.car.limits.is_some());
    let car = charged.map(|notes| &notes.car);
    let quirks: Vec<_> = used.iter().map(|notes| &notes.car.quirks).collect();
    let ends: Vec<&End> = used.iter().map(|notes| &notes.end).collect();
    let mut repeats = by_name(exchange().map(|exchange| &exchange.runs));
    repeats.retain(|name, _| POLLED.contains(&&**name));
    EvccMode {
        conversations: count(used),
        energy_transfer: distinct(used.iter().map(|notes| &notes.car.transfer)),
        payment: distinct(used.iter().map(|notes| &notes.car.payment)),
        pacing_ms: by_name(exchange().map(|exchange| &exchange.pacing)),
        repeat_ms: by_name(exchange().map(|exchange| &exchange.again)),
        period_ms: by_name(exchange().map(|exchange| &exchange.period)),
        repeats,
        optional,
        optional_at_times,
        status: car.map(|car| car.status.clone()).unwrap_or_default(),
        limits: car.and_then(|car| car.limits.clone()).unwrap_or_default(),
        pre_charge: car
            .map(|car| {
                car.pre_charge.thinned().into_iter().map(|(at, [volts, amperes])| (at, volts, amperes)).collect()
            })
            .unwrap_or_default(),
        demand: car
            .map(|car| {
                let points = car.demand.thinned().into_iter();
                points.map(|(at, [soc, volts, amperes])| (at, soc, volts, amperes)).collect()
            })
            .unwrap_or_default(),
        stop: End::together(&ends),
        quirks: CarQuirks::merge(&quirks),
    }
}
