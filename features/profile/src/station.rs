//! The station of several conversations.

use std::collections::BTreeSet;

use iso15118::sdp;
use iso15118::station_profile::{
    EvseFailure, EvseModeQuirks, SapAnswer, SdpAnswer, Security, StationMode, StationProfile,
};

use crate::car::{by_name, count, distinct, longest, sources};
use crate::fields::OptionalFields;
use crate::mode::{Mode, mode};
use crate::notes::Notes;
use crate::quirks::Writing;
use crate::samples::Samples;

/// A station that was derived.
#[derive(Clone, Debug, PartialEq)]
pub struct DerivedStation {
    /// How it talks.
    pub profile: StationProfile,
    /// What was left out, in a few words each.
    pub remarks: Vec<String>,
}

/// The station of these conversations; `None` without any.
pub(crate) fn derive(name: &str, used: &[&Notes]) -> Option<DerivedStation> {
    used.first()?;
    let of = |wanted: Mode| -> Option<StationMode> {
        let of_mode: Vec<_> = used.iter().copied().filter(|notes| mode(notes) == Some(wanted)).collect();
        (!of_mode.is_empty()).then(|| derive_mode(&of_mode))
    };
    let mut remarks = Vec::new();
    if used.iter().any(|notes| notes.protocol == Some(iso15118::Protocol::Iso20)) {
        remarks.push("of ISO 15118-20 only the choice of the protocol is derived".to_owned());
    }
    let profile = StationProfile {
        name: name.to_owned(),
        sources: sources(used),
        conversations: count(used),
        evse_id: used.iter().find_map(|notes| notes.station.evse_id.as_deref()).map(made_up),
        sdp: sdp_answer(used),
        sap: sap_answer(used),
        din: of(Mode::Din),
        iso2_ac: of(Mode::Iso2Ac),
        iso2_dc: of(Mode::Iso2Dc),
    };
    Some(DerivedStation { profile, remarks })
}

fn sdp_answer(used: &[&Notes]) -> Option<SdpAnswer> {
    let answer_ms = Samples::together(used.iter().map(|notes| &notes.sdp_answer))?;
    let answers: Vec<_> = used.iter().filter_map(|notes| notes.answered).collect();
    let security = answers.iter().find_map(|(security, ..)| match security {
        sdp::Security::Tls => Some(Security::Tls),
        sdp::Security::None => Some(Security::None),
        sdp::Security::Reserved(_) => None,
    })?;
    let ports: BTreeSet<_> = answers.iter().map(|(_, port, _)| *port).collect();
    // Of one answer nobody knows whether the next has another port.
    let port = ports.first().copied().filter(|_| ports.len() == 1 && answers.len() > 1);
    Some(SdpAnswer { security, answer_ms, port })
}

fn sap_answer(used: &[&Notes]) -> SapAnswer {
    let choices = || used.iter().filter_map(|notes| Some((*notes, notes.choice.as_ref()?)));
    let takes: BTreeSet<&str> = choices().filter_map(|(_, choice)| choice.namespace.as_deref()).collect();
    let refuses: BTreeSet<&str> = choices()
        .filter(|(_, choice)| choice.namespace.is_none())
        .flat_map(|(notes, _)| notes.offer.iter().map(|offer| &*offer.namespace))
        .filter(|namespace| !takes.contains(namespace))
        .collect();
    // Where several were offered that it is known to take: did it take the one that the car likes best?
    let mut had_a_choice = Vec::new();
    for (notes, choice) in choices() {
        let known: Vec<_> = notes.offer.iter().filter(|offer| takes.contains(&*offer.namespace)).collect();
        if let (true, Some(best), Some(taken)) =
            (known.len() > 1, known.iter().min_by_key(|offer| offer.priority), &choice.namespace)
        {
            had_a_choice.push(best.namespace == *taken);
        }
    }
    let mut refusals = choices().filter(|(_, choice)| choice.namespace.is_none());
    SapAnswer {
        answer_ms: Samples::together(used.iter().map(|notes| &notes.sap_answer)),
        takes: takes.into_iter().map(str::to_owned).collect(),
        refuses: refuses.into_iter().map(str::to_owned).collect(),
        follows_priority: (!had_a_choice.is_empty()).then(|| had_a_choice.iter().all(|followed| *followed)),
        refusal_has_schema_id: refusals.next().map(|(_, choice)| choice.has_schema_id),
    }
}

/// An EVSEID that is nobody's, in the form of a real one: what is a letter stays one, what is a digit too. DIN 70121 carries octets,
/// written hexadecimal, of which many stations make text again.
fn made_up(id: &str) -> String {
    let octets: Option<Vec<u8>> = (0..id.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(id.get(at..at + 2)?, 16).ok())
        .collect::<Option<_>>()
        .filter(|octets: &Vec<u8>| octets.iter().all(|octet| octet.is_ascii_graphic()) && !octets.is_empty());
    if let Some(text) = octets.and_then(|octets| String::from_utf8(octets).ok()) {
        return made_up_text(&text).bytes().map(|octet| format!("{octet:02X}")).collect();
    }
    if id.len().is_multiple_of(2) && id.chars().all(|digit| digit.is_ascii_hexdigit()) && !id.is_empty() {
        return format!("{:0>width$}", "01", width = id.len());
    }
    made_up_text(id)
}

/// `DE*ABC*E12345*1` is `ZZ*PLF*E00000*0`: a country that there is not, an operator that there is not. That an EVSE is meant (E)
/// stays.
fn made_up_text(id: &str) -> String {
    let part = |(number, part): (usize, &str)| -> String {
        let letter = |place: usize, c: char| match number {
            0 => 'Z',
            1 => ['P', 'L', 'F'].into_iter().cycle().nth(place).unwrap_or('P'),
            _ if place == 0 && c == 'E' => 'E',
            _ => 'X',
        };
        part.chars()
            .enumerate()
            .map(|(place, c)| match c {
                c if c.is_ascii_digit() => '0',
                c if c.is_alphabetic() => letter(place, c),
                c if c.is_ascii_punctuation() => c,
                _ => '?',
            })
            .collect()
    };
    id.split('*').enumerate().map(part).collect::<Vec<_>>().join("*")
}

fn derive_mode(used: &[&Notes]) -> StationMode {
    let exchange = || used.iter().map(|notes| &notes.exchange);
    let (optional, optional_at_times) = OptionalFields::together(used.iter().map(|notes| &notes.station.fields));
    let charged = longest(used, |notes| notes.station.limits.is_some()).map(|notes| &notes.station);
    let free: BTreeSet<_> = used.iter().filter_map(|notes| notes.station.free_service).collect();
    StationMode {
        conversations: count(used),
        payment: distinct(used.iter().map(|notes| &notes.station.payment)),
        energy_transfer: distinct(used.iter().map(|notes| &notes.station.transfer)),
        free_service: free.first().copied().filter(|_| free.len() == 1),
        response_ms: by_name(exchange().map(|exchange| &exchange.response)),
        ongoing: by_name(exchange().map(|exchange| &exchange.ongoing)),
        ongoing_ms: by_name(exchange().map(|exchange| &exchange.ongoing_time)),
        isolation: charged.map(|station| station.status.clone()).unwrap_or_default(),
        limits: charged.and_then(|station| station.limits.clone()).unwrap_or_default(),
        pre_charge: charged
            .map(|station| {
                let points = station.pre_charge.thinned().into_iter();
                points.map(|(at, [target, present])| (at, target, present)).collect()
            })
            .unwrap_or_default(),
        ramp: charged
            .map(|station| {
                let points = station.ramp.thinned().into_iter();
                points.map(|(at, [target, present, volts])| (at, target, present, volts)).collect()
            })
            .unwrap_or_default(),
        optional,
        optional_at_times,
        failures: failures(used),
        quirks: quirks(used),
    }
}

fn failures(used: &[&Notes]) -> Vec<EvseFailure> {
    let mut all: Vec<EvseFailure> = Vec::new();
    for failure in used.iter().flat_map(|notes| &notes.station.failures) {
        match all.iter_mut().find(|known| known.at == failure.at && known.code == failure.code) {
            Some(known) => known.count = known.count.saturating_add(failure.count),
            None => all.push(failure.clone()),
        }
    }
    all.sort_by(|a, b| (&a.at, &a.code).cmp(&(&b.at, &b.code)));
    all
}

/// Volts between the target and what is there that count as matched (IEC 61851-23 lets the contactors close within 20 V).
const MATCHED_V: f64 = 20.0;

fn quirks(used: &[&Notes]) -> EvseModeQuirks {
    let stations = || used.iter().map(|notes| &notes.station);
    let writing: Vec<_> = stations().map(|station| &station.writing).collect();
    let (zero_octets_behind, values_without_unit) = Writing::merge(&writing);
    let mut above: Vec<f64> = stations().filter_map(|station| station.above_v).collect();
    above.sort_by(f64::total_cmp);
    let above = above.get(above.len().saturating_sub(1) / 2).copied();
    let (voltages, mirrored) =
        stations().fold((0, 0), |sum, station| (sum.0 + station.voltages.0, sum.1 + station.voltages.1));
    let factor = Samples::together(stations().map(|station| &station.factor)).map(|spread| spread.median as f64 / 1e3);
    let limits: Vec<_> = stations().filter_map(|station| station.current_limit).collect();
    let least = limits.iter().map(|(least, _)| *least).min_by(f64::total_cmp);
    let most = limits.iter().map(|(_, most)| *most).max_by(f64::total_cmp);
    EvseModeQuirks {
        pre_charge_starts_above_v: above.filter(|above| *above > MATCHED_V).map(|above| (above * 10.0).round() / 10.0),
        mirrors_target: voltages > 1 && voltages == mirrored,
        present_current_factor: factor.filter(|factor| *factor > 2.0),
        current_limit_moves_a: least.zip(most).filter(|(least, most)| least < most),
        session_id_octets: stations().find_map(|station| station.session_id_octets),
        values_without_unit,
        zero_octets_behind,
    }
}

#[cfg(test)]
mod tests {
    use super::made_up;

    #[test]
    fn an_evse_id_keeps_its_form_and_nothing_of_its_owner() {
        assert_eq!(made_up("DE*PNX*E12345*1"), "ZZ*PLF*E00000*0");
        assert_eq!(made_up("49A80737A45678"), "00000000000001");
        // `DE*PNX*E1*1` as octets.
        assert_eq!(made_up("44452A504E582A45312A31"), "5A5A2A504C462A45302A30");
        assert_eq!(made_up("00"), "01");
        assert_eq!(made_up("+49*123*456"), "+00*000*000");
        assert_eq!(made_up("a\u{fc}\n"), "ZZ?");
        assert_eq!(made_up(""), "");
    }
}
