//! `[hlc]` in `charger.toml`: what a car is told that is spoken with.

use std::collections::BTreeMap;
use std::time::Duration;

use iso15118::messages::din::EvseSupportedEnergyTransfer;
use iso15118::messages::iso2::{EnergyTransferMode, Parameter, ParameterSet, Service, ServiceCategory};
use iso15118::secc::{self, AcCapability, ValueAddedService};
use serde::{Deserialize, Serialize};
use session::OutletConfig;
use units::{EvseId, PhaseCount};

use super::wrong::Wrong;

/// Where real cars and the standards disagree.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HlcProfile {
    /// What real cars do is taken where it harms nobody.
    Field,
    /// As the standards are written.
    Strict,
}

/// A generation of V2G messages that is spoken.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HlcProtocol {
    /// DIN 70121, with direct current alone.
    Din,
    /// ISO 15118-2.
    Iso2,
}

/// What a car is told that is spoken with.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HlcConfig {
    /// Where real cars and the standards disagree.
    pub profile: HlcProfile,
    /// The EVSE as cars are told, 7 to 37 characters; empty: made of its number.
    pub evse_id: String,
    /// The generations that are spoken.
    pub protocols: Vec<HlcProtocol>,
    /// The modes of ISO 15118-2, in the order in which cars see those that the outlet has.
    pub iso2_modes: Vec<EnergyTransferMode>,
    /// Let a car in by its EVCCID.
    pub autocharge: bool,
    /// Whether charging costs nothing.
    pub free_service: bool,
    /// How long a car may take to ask for a matching before that is noted, s (TT_EVSE_SLAC_init).
    pub slac_init_s: u32,
    /// What is lost between cable and modem, dB.
    pub receive_db: u8,
    /// Services besides charging.
    pub services: Vec<HlcService>,
}

/// A service besides charging (ISO 15118-2 clause 8.4.3.3.2).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HlcService {
    /// Its number: 2 certificates, 3 internet, 4 other.
    pub id: u16,
    /// Its name, up to 32 characters.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is about.
    pub category: ServiceCategory,
    /// Where it is valid, up to 64 characters.
    #[serde(default)]
    pub scope: Option<String>,
    /// Whether it costs nothing.
    #[serde(default)]
    pub free: bool,
    /// Its settings, among which a car chooses.
    #[serde(default)]
    pub sets: Vec<HlcParameterSet>,
}

/// A setting of a service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HlcParameterSet {
    /// Its number.
    pub id: i16,
    /// Its parameters by their names, 1 to 16.
    pub parameters: BTreeMap<String, HlcValue>,
}

/// The value of a parameter.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged)]
pub enum HlcValue {
    /// True or false.
    Truth(bool),
    /// A whole number of 32 bits.
    Whole(i32),
    /// Text, up to 64 characters.
    Text(String),
}

impl HlcConfig {
    /// What the types alone do not say.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        let short = |text: &Option<String>, most: usize| text.as_ref().is_none_or(|text| text.chars().count() <= most);
        let service = |service: &HlcService| {
            short(&service.name, 32)
                && short(&service.scope, 64)
                && service.id > 1
                && service.sets.len() <= 255
                && service.sets.iter().all(HlcParameterSet::is_good)
        };
        let length = self.evse_id.chars().count();
        let checks: [Wrong; 4] = [
            (length == 0 || (7..=37).contains(&length), "hlc.evse_id", "from 7 to 37 characters, or none"),
            ((20..=50).contains(&self.slac_init_s), "hlc.slac_init_s", "from 20 to 50 s (TT_EVSE_SLAC_init)"),
            (self.receive_db <= 40, "hlc.receive_db", "from 0 to 40 dB"),
            (
                self.services.len() <= 8 && self.services.iter().all(service),
                "hlc.services",
                "at most 8, with numbers from 2 on, names of at most 32 characters, scopes of at most 64, and 1 to 16 parameters \
                 in each set, with texts of at most 64",
            ),
        ];
        checks.into_iter().find(|(good, ..)| !good).map_or(Ok(()), Err)
    }

    /// What high-level communication at that EVSE is told.
    pub(super) fn of(&self, evse: EvseId, station: &str, outlet: &OutletConfig, speaks: bool) -> hlc::Config {
        let name = if self.evse_id.is_empty() { format!("DE*PLF*E{}", evse.number()) } else { self.evse_id.clone() };
        let mut secc = secc::Config::new(&name);
        if self.protocols.contains(&HlcProtocol::Iso2) {
            let has = |mode: &&EnergyTransferMode| {
                outlet.phases != PhaseCount::One || **mode != EnergyTransferMode::AcThreePhaseCore
            };
            secc.iso2_modes = self.iso2_modes.iter().filter(has).copied().collect();
        }
        if self.protocols.contains(&HlcProtocol::Din) {
            secc.din_type = Some(EvseSupportedEnergyTransfer::DcExtended);
        }
        secc.ac = Some(AcCapability { nominal_voltage: outlet.voltage(), max_current: outlet.max_current() });
        secc.free_service = self.free_service;
        secc.services = self.services.iter().map(HlcService::told).collect();
        secc.meter_id = Some(format!("{station}*{}", evse.number()).chars().take(32).collect());
        let mut config = hlc::Config::new(secc);
        config.profile = match self.profile {
            HlcProfile::Field => hlc::Profile::Field,
            HlcProfile::Strict => hlc::Profile::Strict,
        };
        config.speaks = speaks;
        config.slac_init = Duration::from_secs(self.slac_init_s.into());
        config.receive_db = self.receive_db;
        config.autocharge = self.autocharge;
        config
    }
}

impl HlcService {
    fn told(&self) -> ValueAddedService {
        ValueAddedService {
            service: Service {
                service_id: self.id,
                service_name: self.name.clone(),
                service_category: self.category,
                service_scope: self.scope.clone(),
                free_service: self.free,
            },
            parameter_sets: self.sets.iter().map(HlcParameterSet::told).collect(),
        }
    }
}

impl HlcParameterSet {
    fn is_good(&self) -> bool {
        let short = |value: &HlcValue| match value {
            HlcValue::Truth(_) | HlcValue::Whole(_) => true,
            HlcValue::Text(text) => text.chars().count() <= 64,
        };
        (1..=16).contains(&self.parameters.len()) && self.parameters.values().all(short)
    }

    fn told(&self) -> ParameterSet {
        let parameter = |(name, value): (&String, &HlcValue)| {
            let mut parameter = Parameter {
                name: name.clone(),
                bool_value: None,
                byte_value: None,
                short_value: None,
                int_value: None,
                physical_value: None,
                string_value: None,
            };
            match value {
                HlcValue::Truth(truth) => parameter.bool_value = Some(*truth),
                HlcValue::Whole(number) => parameter.int_value = Some(*number),
                HlcValue::Text(text) => parameter.string_value = Some(text.clone()),
            }
            parameter
        };
        ParameterSet { parameter_set_id: self.id, parameter: self.parameters.iter().map(parameter).collect() }
    }
}

#[cfg(test)]
mod tests {
    use iso15118::messages::iso2::EnergyTransferMode as M;
    use units::EvseId;

    use crate::config::Config;

    fn read(text: &str) -> Result<Config, String> {
        Config::from_toml("mine.toml", text).map_err(|error| error.to_string())
    }

    #[test]
    fn each_evse_has_a_name_of_its_own_unless_it_is_given_one() {
        let config = read("[[evse]]\n[[evse]]\n[[evse]]\nhlc = { evse_id = \"FR*ABC*E77\" }\n").expect("it is right");
        let names: Vec<_> =
            config.evses.numbered().map(|(id, told)| config.of_hlc(id, told, true).secc.evse_id).collect();
        assert_eq!(names, ["DE*PLF*E1", "DE*PLF*E2", "FR*ABC*E77"]);
        assert_eq!(read(&config.to_toml().expect("text")), Ok(config));
    }

    #[test]
    fn an_outlet_of_one_phase_does_not_offer_three() {
        let config = read("[outlet]\nphases = 1\n").expect("it is right");
        let told = config.of_hlc(EvseId::FIRST, config.evses.first(), true);
        assert_eq!(told.secc.iso2_modes, [M::AcSinglePhaseCore, M::DcExtended]);
    }

    #[test]
    fn services_are_read_and_written_again() {
        let text = "[hlc]\nservices = [{ id = 3, name = \"Internet\", category = \"Internet\", free = true, \
                    sets = [{ id = 1, parameters = { Port = 80, Protocol = \"http\", Open = true } }] }]\n";
        let config = read(text).expect("it is right");
        let told = config.of_hlc(EvseId::FIRST, config.evses.first(), true);
        assert_eq!(told.secc.services[0].parameter_sets[0].parameter.len(), 3);
        assert_eq!(read(&config.to_toml().expect("text")), Ok(config));
    }

    #[test]
    fn what_no_message_can_carry_is_refused() {
        for (text, key) in [
            ("evse_id = \"DE\"", "hlc.evse_id"),
            ("slac_init_s = 60", "hlc.slac_init_s"),
            ("receive_db = 41", "hlc.receive_db"),
            ("services = [{ id = 1, category = \"Internet\" }]", "hlc.services"),
            ("services = [{ id = 3, category = \"Internet\", sets = [{ id = 1, parameters = {} }] }]", "hlc.services"),
            ("protocols = [\"chademo\"]", "hlc.protocols[0]"),
            ("iso2_modes = [\"AC\"]", "hlc.iso2_modes[0]"),
        ] {
            let told = read(&format!("[hlc]\n{text}\n")).expect_err(text);
            assert!(told.starts_with(&format!("mine.toml: {key}: ")), "{told}");
        }
    }
}
