//! `[[evse]]` in `charger.toml`: what one EVSE of the station is told.

use std::fmt;
use std::ops::Deref;

use energy::SiteConfig;
use serde::{Deserialize, Serialize};
use session::{LockConfig, OutletConfig, PilotConfig};
use units::{EvseId, PerPhase, Phase, PhaseCount};

use super::dc::DcConfig;
use super::hlc::HlcConfig;
use super::wrong::Wrong;

/// Whose a device is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The EVSE has one of its own.
    #[default]
    Evse,
    /// The station has one for all those that have none of their own.
    Station,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Evse => "EVSE",
            Self::Station => "station",
        })
    }
}

/// What one EVSE is told.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EvseConfig {
    /// Its token reader.
    #[serde(default)]
    pub reader: Owner,
    /// Its panel.
    #[serde(default)]
    pub panel: Owner,
    /// The highest comes first where a limit of the site is shared.
    #[serde(default)]
    pub priority: u8,
    /// The line of the house behind each line of its outlet, in the outlet's order.
    pub lines: Vec<Phase>,
    /// Its outlet.
    pub outlet: OutletConfig,
    /// How it drives the control pilot.
    pub pilot: PilotConfig,
    /// When the plug is held.
    pub lock: LockConfig,
    /// Its DC side.
    pub dc: DcConfig,
    /// What a car is told that is spoken with.
    pub hlc: HlcConfig,
}

/// The tables of the file that stand for every EVSE, unless its own say something else.
const SHARED: [&str; 5] = ["outlet", "pilot", "lock", "dc", "hlc"];

impl EvseConfig {
    /// The line of the house behind each line of its outlet.
    #[must_use]
    pub fn wiring(&self) -> PerPhase<Phase> {
        SiteConfig::wiring(&self.lines)
    }

    /// What the types alone do not say.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        let checks: [Wrong; 9] = [
            ((6..=80).contains(&self.outlet.max_current_a), "outlet.max_current_a", "from 6 to 80 A"),
            (
                (0..=self.outlet.max_current_a).contains(&self.outlet.export_a),
                "outlet.export_a",
                "from 0 A (nothing flows out of a car) to outlet.max_current_a",
            ),
            ((100..=300).contains(&self.outlet.voltage_v), "outlet.voltage_v", "from 100 to 300 V, line to neutral"),
            (self.outlet.phases != PhaseCount::Two, "outlet.phases", "1 or 3"),
            (
                SiteConfig::is_wired(&self.lines, self.outlet.phases),
                "lines",
                "a line of the house for each line of the outlet, none of them twice: such as [\"L2\", \"L3\", \"L1\"]",
            ),
            ((50..=1000).contains(&self.dc.interval_ms), "dc.interval_ms", "from 50 to 1000 ms"),
            ((1..=60).contains(&self.dc.lost_after_s), "dc.lost_after_s", "from 1 to 60 s"),
            ((1..=10_000).contains(&self.dc.insulation_min_kohm), "dc.insulation_min_kohm", "from 1 to 10000 kilohms"),
            (
                self.pilot.stop_grace_s >= 7,
                "pilot.stop_grace_s",
                "at least 7 s: the board itself waits 6 s for the car",
            ),
        ];
        checks.into_iter().find(|(good, ..)| !good).map_or(Ok(()), Err)?;
        self.hlc.check()
    }
}

/// One EVSE as its table says it; what that leaves out is as in the tables of the whole file.
pub(super) fn laid_over(file: &toml::Table, own: &toml::Table) -> toml::Table {
    let mut evse = toml::Table::new();
    for name in SHARED {
        if let Some(shared) = file.get(name) {
            evse.insert(name.into(), shared.clone());
        }
    }
    if let Some(lines) = file.get("site").and_then(|site| site.get("lines")) {
        evse.insert("lines".into(), lines.clone());
    }
    for (key, value) in own {
        match (evse.get_mut(key), value) {
            (Some(toml::Value::Table(shared)), toml::Value::Table(own)) => shared.extend(own.clone()),
            (_, value) => {
                evse.insert(key.clone(), value.clone());
            }
        }
    }
    evse
}

/// The EVSEs of one station, at least one, in the order of their numbers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evses(Vec<EvseConfig>);

impl Evses {
    /// As many as a station may have.
    pub const MOST: usize = 64;

    /// These; `None` when there is none.
    #[must_use]
    pub fn new(evses: Vec<EvseConfig>) -> Option<Self> {
        (!evses.is_empty()).then_some(Self(evses))
    }

    /// The first: the only one of a station that has one.
    #[must_use]
    pub fn first(&self) -> &EvseConfig {
        &self.0[0]
    }

    /// The first, to change.
    #[must_use]
    pub fn first_mut(&mut self) -> &mut EvseConfig {
        &mut self.0[0]
    }

    /// That one, if the station has it.
    #[must_use]
    pub fn of(&self, evse: EvseId) -> Option<&EvseConfig> {
        self.0.get(evse.place())
    }

    /// That one, to change, if the station has it.
    #[must_use]
    pub fn of_mut(&mut self, evse: EvseId) -> Option<&mut EvseConfig> {
        self.0.get_mut(evse.place())
    }

    /// All of them, to change.
    pub fn each_mut(&mut self) -> impl Iterator<Item = &mut EvseConfig> {
        self.0.iter_mut()
    }

    /// From now on so many, at least one and at most [`Evses::MOST`]; each further one is as the last one is.
    pub fn set_count(&mut self, count: usize) {
        let last = self.0[self.0.len() - 1].clone();
        self.0.resize(count.clamp(1, Self::MOST), last);
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u16 {
        u16::try_from(self.0.len()).unwrap_or(u16::MAX)
    }

    /// Their numbers.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = EvseId> + Clone + use<> {
        EvseId::of_station(self.count())
    }

    /// Each, with its number.
    pub fn numbered(&self) -> impl Iterator<Item = (EvseId, &EvseConfig)> {
        self.ids().zip(&self.0)
    }
}

impl Deref for Evses {
    type Target = [EvseConfig];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn read(text: &str) -> Result<Config, String> {
        Config::from_toml("mine.toml", text).map_err(|error| error.to_string())
    }

    #[test]
    fn what_an_evse_does_not_say_is_as_the_tables_of_the_file_say() {
        let text = "[outlet]\nmax_current_a = 20\n[site]\nlines = [\"L2\", \"L3\", \"L1\"]\n[[evse]]\n[[evse]]\npriority = 3\n\
            reader = \"station\"\nlines = [\"L3\", \"L1\", \"L2\"]\n[evse.outlet]\nkind = \"tethered\"\n";
        let config = read(text).expect("it is right");
        let [first, second] = &config.evses[..] else { panic!("{} EVSEs", config.evses.count()) };
        assert_eq!((first.outlet.max_current_a, second.outlet.max_current_a), (20, 20));
        assert_eq!(
            (first.outlet.kind, second.outlet.kind),
            (session::OutletKind::Socket, session::OutletKind::Tethered)
        );
        assert_eq!((first.lines[0], second.lines[0]), (Phase::L2, Phase::L3));
        assert_eq!((first.reader, second.reader), (Owner::Evse, Owner::Station));
        assert_eq!((first.priority, second.priority), (0, 3));
        assert_eq!(read(&config.to_toml().expect("text")), Ok(config));
    }

    #[test]
    fn nothing_flows_out_of_a_car_unless_outlet_and_site_say_so() {
        let exports = |text: &str| {
            let config = read(text).expect("it is right");
            let outlets: Vec<_> = config.evses.iter().map(|evse| evse.outlet.export().0 / 1000).collect();
            (config.site.export_a, outlets)
        };
        assert_eq!(exports(""), (0, vec![0]));
        assert_eq!(
            exports("[site]\nexport_a = 10\n[[evse]]\n[[evse]]\noutlet = { export_a = 16 }\n"),
            (10, vec![0, -16])
        );
        assert_eq!(exports("[outlet]\nexport_a = 32\n[[evse]]\n[[evse]]\n"), (0, vec![-32, -32]));
    }

    #[test]
    fn a_file_without_an_evse_has_one() {
        let config = read("[outlet]\nphases = 1\n").expect("it is right");
        assert_eq!((config.evses.count(), config.evses.first().outlet.phases), (1, PhaseCount::One));
        assert!(!config.to_toml().expect("text").contains("[[evse]]"));
        assert_eq!(read(&config.to_toml().expect("text")), Ok(config));
    }

    #[test]
    fn an_error_names_the_evse() {
        let second = |text: &str| read(&format!("[[evse]]\n[[evse]]\n{text}")).expect_err("it is wrong");
        assert_eq!(
            second("outlet = { max_current_a = 4 }\n"),
            "mine.toml: evse[1].outlet.max_current_a: from 6 to 80 A"
        );
        assert_eq!(
            second("outlet = { phases = \"three\" }\n"),
            "mine.toml: evse[1].outlet.phases: invalid type: string \"three\", expected u8"
        );
        assert!(second("outlets = {}\n").starts_with("mine.toml: evse[1].outlets: unknown field `outlets`"));
        assert!(
            second("lines = [\"L1\"]\n").starts_with("mine.toml: evse[1].lines: a line of the house for each line")
        );
        assert_eq!(read("evse = 2\n").expect_err("wrong"), "mine.toml: evse: a table [[evse]] for each EVSE");
        assert_eq!(read("evse = [2]\n").expect_err("wrong"), "mine.toml: evse[0]: a table");
        assert_eq!(read("evse = []\n").expect_err("wrong"), "mine.toml: evse: from 1 to 64 EVSEs");
    }
}
