//! From the command line, and from a station that was measured, to a station.

use std::path::Path;
use std::time::Duration;

use hardware::SupplyCapabilities;
use hlc::Profile;
use iso15118::Protocol;
use iso15118::messages::{din, iso2};
use iso15118::secc::{self, AcCapability, DcCapability};
use iso15118::station_profile::{StationMode, StationProfile};
use serde::de::DeserializeOwned;
use units::{Milliamps, Millivolts, Watts};

use super::delays::Delays;
use super::power_stage::Abilities;
use crate::line::options::StationOptions;

/// A station, with everything checked.
pub(super) struct Settings {
    pub(super) communication: hlc::Config,
    pub(super) abilities: Abilities,
    pub(super) delays: Delays,
    /// What a cable check takes, where that was measured.
    pub(super) cable_check: Option<Duration>,
    /// What it is, in a few words.
    pub(super) title: String,
}

/// 32 A of three lines, and 500 V, 125 A, 50 kW.
const AC: AcCapability =
    AcCapability { nominal_voltage: Millivolts::from_volts(230), max_current: Milliamps::from_amps(32) };
const DC: DcCapability = DcCapability {
    min_voltage: Millivolts::from_volts(150),
    max_voltage: Millivolts::from_volts(500),
    min_current: Milliamps::ZERO,
    max_current: Milliamps::from_amps(125),
    max_power: Watts(50_000),
    current_ripple: Milliamps(1_500),
    regulation_tolerance: None,
};

/// A car that comes to a link that is always there has all the time it wants.
const ALWAYS: Duration = Duration::from_secs(10 * 365 * 86_400);

impl Settings {
    /// # Errors
    /// What does not fit together, in a line.
    pub(super) fn new(options: &StationOptions) -> Result<Self, String> {
        let like = options.like.as_deref().map(load).transpose()?;
        let has = |protocol, direct| like.as_ref().is_none_or(|like| like.mode(protocol, direct).is_some());
        let (din, iso2) = match &*options.line.protocol {
            "din" => (true, false),
            "iso2" => (false, true),
            _ => (true, true),
        };
        let direct = match options.line.kind.as_deref() {
            Some(kind) => kind == "dc",
            None => (din && has(Protocol::Din, true)) || (iso2 && has(Protocol::Iso2, true)),
        };
        let din = din && direct && has(Protocol::Din, true);
        let iso2 = iso2 && has(Protocol::Iso2, direct);
        if !din && !iso2 {
            let kind = if direct { "direct" } else { "alternating" };
            let who = like.as_ref().map_or("DIN 70121", |like| &like.name);
            return Err(format!("--protocol {}: {who} has no {kind} current by it", options.line.protocol));
        }
        let of = |protocol| like.as_ref().and_then(|like| like.mode(protocol, direct));
        let measured = if iso2 { of(Protocol::Iso2) } else { of(Protocol::Din) };
        let mut secc = secc::Config::new(
            like.as_ref().and_then(|like| like.evse_id.as_deref()).filter(|id| id.len() >= 7).unwrap_or("DE*PLF*E1"),
        );
        secc.meter_id = Some("PLUGFEST".to_owned());
        if let Some(free) = measured.and_then(|mode| mode.free_service) {
            secc.free_service = free;
        }
        if iso2 {
            let usual = if direct {
                vec![iso2::EnergyTransferMode::DcExtended]
            } else {
                vec![iso2::EnergyTransferMode::AcThreePhaseCore, iso2::EnergyTransferMode::AcSinglePhaseCore]
            };
            secc.iso2_modes = of(Protocol::Iso2).map(names).filter(|modes| !modes.is_empty()).unwrap_or(usual);
        }
        if din {
            let usual = din::EvseSupportedEnergyTransfer::DcExtended;
            secc.din_type = Some(of(Protocol::Din).and_then(|mode| names(mode).first().copied()).unwrap_or(usual));
        }
        let abilities = if direct {
            let dc = measured.map_or(DC, direct_current);
            secc.dc = Some(dc);
            Abilities::Dc(SupplyCapabilities {
                min_voltage: dc.min_voltage,
                max_voltage: dc.max_voltage,
                max_current: dc.max_current,
                max_power: dc.max_power,
            })
        } else {
            let ac = measured.map_or(AC, alternating_current);
            secc.ac = Some(ac);
            Abilities::Ac { voltage: ac.nominal_voltage, current: ac.max_current }
        };
        let mut communication = hlc::Config::new(secc);
        communication.profile = if options.line.profile == "strict" { Profile::Strict } else { Profile::Field };
        if options.line.no_slac {
            communication.setup = ALWAYS;
        }
        let protocols: Vec<_> = [(din, "DIN 70121"), (iso2, "ISO 15118-2")]
            .into_iter()
            .filter(|(has, _)| *has)
            .map(|(_, name)| name)
            .collect();
        let kind = if direct { "direct" } else { "alternating" };
        let who = like.as_ref().map_or_else(String::new, |like| format!(", like {}", like.name));
        Ok(Self {
            communication,
            abilities,
            delays: like.as_ref().map(|like| Delays::of(like, direct)).unwrap_or_default(),
            cable_check: measured
                .and_then(|mode| mode.ongoing_ms.get("CableCheckRes"))
                .map(|spread| Duration::from_millis(spread.median)),
            title: format!("{kind} current by {}{who}", protocols.join(" and ")),
        })
    }
}

/// A station by the name of a built-in one, or from a TOML file.
fn load(name: &str) -> Result<StationProfile, String> {
    let profile = if name.ends_with(".toml") {
        let text = std::fs::read_to_string(Path::new(name)).map_err(|error| format!("{name}: {error}"))?;
        StationProfile::from_toml(name, &text)
    } else {
        StationProfile::builtin(name)
    };
    profile.map_err(|error| error.to_string())
}

/// The energy transfers of a measured mode, as the messages have them; those that they do not know are left out.
fn names<T: DeserializeOwned>(mode: &StationMode) -> Vec<T> {
    let name = |name: &String| serde_json::from_value(serde_json::Value::from(name.as_str())).ok();
    mode.energy_transfer.iter().filter_map(name).collect()
}

fn direct_current(mode: &StationMode) -> DcCapability {
    let limits = &mode.limits;
    let (volts, amperes) =
        (|volts: f64| Millivolts((volts * 1e3) as i32), |amperes: f64| Milliamps((amperes * 1e3) as i32));
    DcCapability {
        min_voltage: limits.min_voltage_v.map_or(DC.min_voltage, volts),
        max_voltage: limits.max_voltage_v.map_or(DC.max_voltage, volts),
        min_current: limits.min_current_a.map_or(DC.min_current, amperes),
        max_current: limits.max_current_a.map_or(DC.max_current, amperes),
        max_power: limits.max_power_w.map_or(DC.max_power, |power| Watts(power as i32)),
        current_ripple: limits.peak_ripple_a.map_or(DC.current_ripple, amperes),
        regulation_tolerance: limits.regulation_tolerance_a.map(amperes),
    }
}

fn alternating_current(mode: &StationMode) -> AcCapability {
    let limits = &mode.limits;
    AcCapability {
        nominal_voltage: limits.nominal_voltage_v.map_or(AC.nominal_voltage, |volts| Millivolts((volts * 1e3) as i32)),
        max_current: limits.max_current_a.map_or(AC.max_current, |amperes| Milliamps((amperes * 1e3) as i32)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::options::LineOptions;

    fn settings(like: Option<&str>, protocol: &str, kind: Option<&str>) -> Result<Settings, String> {
        Settings::new(&StationOptions {
            line: LineOptions {
                interface: "eth1".into(),
                protocol: protocol.into(),
                kind: kind.map(str::to_owned),
                no_slac: true,
                record: None,
                profile: "field".into(),
                no_judge: false,
                no_timing: false,
            },
            like: like.map(str::to_owned),
            sessions: None,
        })
    }

    #[test]
    fn without_words_it_gives_direct_current_by_both() {
        let Settings { communication, abilities, title, .. } = settings(None, "any", None).expect("a station");
        assert_eq!(title, "direct current by DIN 70121 and ISO 15118-2");
        assert!(matches!(abilities, Abilities::Dc(can) if can.max_power == Watts(50_000)));
        assert_eq!(communication.secc.iso2_modes, [iso2::EnergyTransferMode::DcExtended]);
        assert!(communication.secc.din_type.is_some() && communication.secc.ac.is_none());
    }

    #[test]
    fn a_measured_station_gives_its_limits_its_id_and_its_times() {
        let ac = settings(Some("prompt-ac-16a"), "any", None).expect("it has alternating current alone");
        assert_eq!(ac.abilities, Abilities::Ac { voltage: Millivolts(230_000), current: Milliamps(16_000) });
        assert_eq!(ac.communication.secc.evse_id, "ZZ*PLF*E000000*0");
        let dc = settings(Some("prompt-dc-25a"), "iso2", None).expect("a station");
        assert!(matches!(dc.abilities, Abilities::Dc(can) if can.max_current == Milliamps(25_000)));
        assert_eq!(dc.communication.secc.din_type, None);
        assert_eq!(dc.cable_check, Some(Duration::from_millis(1_859)));
    }

    #[test]
    fn what_does_not_fit_together_is_told() {
        for (like, protocol, kind, words) in [
            (None, "din", Some("ac"), "--protocol din: DIN 70121 has no alternating current"),
            (Some("prompt-ac-16a"), "any", Some("dc"), "has no direct current"),
            (Some("prompt-ac-16a"), "din", None, "has no"),
            (Some("nowhere"), "any", None, "nowhere: station: one of"),
            (Some("nowhere.toml"), "any", None, "nowhere.toml:"),
        ] {
            let error = settings(like, protocol, kind).err().expect("it does not fit");
            assert!(error.contains(words), "{error}");
        }
    }
}
