//! A car as a TOML file.

mod evcc;
mod mode;

use serde::Deserialize;
use units::{Milliamps, PhaseCount, Soc};

pub use evcc::{EnergyKind, EvccProfile, EvccQuirks, Offer, SdpSecurity};
pub use mode::{Closer, EvLimits, EvModeQuirks, EvStatusChange, EvStop, EvccMode};

/// A car.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What people call it.
    pub name: String,
    /// Its battery.
    pub battery: BatteryProfile,
    /// Its on-board charger.
    pub charger: ChargerProfile,
    /// How it behaves at the pilot.
    #[serde(default)]
    pub pilot: PilotProfile,
    /// Its contacts for direct current; a car may have none.
    #[serde(default)]
    pub dc: Option<DcProfile>,
    /// How it talks, where that was measured. Nothing of it changes what flows.
    #[serde(default)]
    pub evcc: Option<Box<EvccProfile>>,
}

/// A traction battery.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct BatteryProfile {
    /// Usable, kWh.
    pub capacity_kwh: f64,
    /// Cells in series.
    pub cells_in_series: u16,
    /// Of the pack at 25 degrees, milliohm.
    pub resistance_mohm: u32,
    /// Around it, degrees Celsius.
    #[serde(default = "room")]
    pub temperature_c: f64,
    /// When the story begins, percent.
    #[serde(default = "half", deserialize_with = "percent")]
    pub soc: Soc,
    /// It is never discharged below this, percent.
    #[serde(default = "reserve", deserialize_with = "percent")]
    pub min_soc: Soc,
    /// What it may be charged with: pairs of state of charge (percent) and power (kW), rising in the first.
    pub curve_kw: Vec<(u16, f64)>,
}

impl BatteryProfile {
    pub(crate) fn capacity_wh(&self) -> f64 {
        self.capacity_kwh * 1000.0
    }
}

/// An on-board charger.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ChargerProfile {
    /// Lines it uses.
    pub phases: PhaseCount,
    /// Each line, A.
    pub max_current_a: f64,
    /// Below this it does not charge, A.
    #[serde(default = "six")]
    pub min_current_a: f64,
    /// Real power by apparent power.
    #[serde(default = "unity")]
    pub power_factor: f64,
    /// Of what comes in beyond the standing losses, this share reaches the battery.
    #[serde(default = "good")]
    pub efficiency: f64,
    /// Standing losses and the car's own consumption while charging, W.
    #[serde(default = "standing")]
    pub standing_w: f64,
    /// How fast it raises its current, A/s.
    #[serde(default = "ramp")]
    pub ramp_a_per_s: f64,
    /// It follows each duty so much later, one after the other, ms; at most 5 s (IEC 61851-1, table A.6).
    #[serde(default = "follow")]
    pub follow_ms: u64,
}

impl ChargerProfile {
    /// Each line.
    #[must_use]
    pub fn max_current(&self) -> Milliamps {
        Milliamps((self.max_current_a * 1000.0) as i32)
    }
}

/// The inlet for direct current and what is behind it (IEC 61851-23, annex CC: the combined charging system).
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct DcProfile {
    /// It never asks for more, V.
    pub max_voltage_v: f64,
    /// It never asks for more, A.
    pub max_current_a: f64,
    /// Between the command to close and the contacts of a contactor, ms.
    #[serde(default = "contactor")]
    pub contactor_ms: u64,
}

impl DcProfile {
    fn first_wrong(&self) -> Option<(&'static str, &'static str)> {
        let within = |value: f64, low: f64, high: f64| value.is_finite() && (low..=high).contains(&value);
        let checks = [
            (within(self.max_voltage_v, 150.0, 1000.0), "dc.max_voltage_v", "from 150 to 1000 V"),
            (within(self.max_current_a, 1.0, 1000.0), "dc.max_current_a", "from 1 to 1000 A"),
            (self.contactor_ms <= 1_000, "dc.contactor_ms", "at most 1000 ms"),
        ];
        checks.into_iter().find(|(good, ..)| !good).map(|(_, key, expected)| (key, expected))
    }
}

/// Habits at the pilot.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct PilotProfile {
    /// From the offer to S2, ms.
    pub s2_delay_ms: u64,
    /// From the end of the offer to no current, ms; at most 3 s.
    pub stop_ms: u64,
    /// Sleeps after so long in B without an offer, s; 0 never. Only a wake-up pulse (state F) brings it back.
    pub sleeps_after_s: u64,
    /// From the first duty of 5 % to the begin of the matching, ms, where the car speaks.
    pub matching_delay_ms: u64,
}

impl Default for PilotProfile {
    fn default() -> Self {
        Self { s2_delay_ms: 800, stop_ms: 1_000, sleeps_after_s: 0, matching_delay_ms: 200 }
    }
}

fn room() -> f64 {
    20.0
}
fn half() -> Soc {
    Soc::from_fraction(0.5)
}
fn reserve() -> Soc {
    Soc::from_fraction(0.05)
}
fn six() -> f64 {
    6.0
}
fn unity() -> f64 {
    0.99
}
fn good() -> f64 {
    0.94
}
fn standing() -> f64 {
    120.0
}
fn ramp() -> f64 {
    8.0
}
fn follow() -> u64 {
    1_000
}
fn contactor() -> u64 {
    50
}

fn percent<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Soc, D::Error> {
    let percent = u16::deserialize(deserializer)?;
    Soc::from_percent(percent).ok_or_else(|| serde::de::Error::custom("a percentage from 0 to 100"))
}

/// A car file that cannot be used: which file, which key, and what was expected there.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}: {key}: {expected}")]
pub struct ProfileError {
    /// The file, or the name.
    pub file: String,
    /// The key, as a dotted path.
    pub key: String,
    /// What was expected.
    pub expected: String,
}

/// The cars that are built in.
const BUILT_IN: [(&str, &str); 16] = [
    ("audi-q4", include_str!("../cars/audi-q4.toml")),
    ("hyundai-kona", include_str!("../cars/hyundai-kona.toml")),
    ("ioniq-5-58", include_str!("../cars/ioniq-5-58.toml")),
    ("ioniq-5-72", include_str!("../cars/ioniq-5-72.toml")),
    ("mercedes-eqe", include_str!("../cars/mercedes-eqe.toml")),
    ("opel-ampera-e", include_str!("../cars/opel-ampera-e.toml")),
    ("opel-mokka-e", include_str!("../cars/opel-mokka-e.toml")),
    ("phev-16", include_str!("../cars/phev-16.toml")),
    ("renault-zoe", include_str!("../cars/renault-zoe.toml")),
    ("skoda-enyaq", include_str!("../cars/skoda-enyaq.toml")),
    ("small-car-7", include_str!("../cars/small-car-7.toml")),
    ("taycan-11", include_str!("../cars/taycan-11.toml")),
    ("tesla-model-3", include_str!("../cars/tesla-model-3.toml")),
    ("tesla-model-y", include_str!("../cars/tesla-model-y.toml")),
    ("van-22", include_str!("../cars/van-22.toml")),
    ("vw-id3", include_str!("../cars/vw-id3.toml")),
];

impl Profile {
    /// The names of the built-in cars.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        BUILT_IN.iter().map(|(name, _)| *name).collect()
    }

    /// A built-in car.
    ///
    /// # Errors
    /// There is none of that name; the error lists those there are.
    pub fn builtin(name: &str) -> Result<Self, ProfileError> {
        let Some((_, text)) = BUILT_IN.iter().find(|(own, _)| *own == name) else {
            let expected = format!("one of {}, or a file that ends in .toml", Self::names().join(", "));
            return Err(ProfileError { file: name.into(), key: "car".into(), expected });
        };
        Self::from_toml(name, text)
    }

    /// Reads a car file.
    ///
    /// # Errors
    /// The file, the key and what was expected there.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, ProfileError> {
        let wrong = |key: String, expected: String| ProfileError { file: file.into(), key, expected };
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

    /// Whether every value is as a file might say it: for whoever changed some by hand.
    ///
    /// # Errors
    /// The first key whose value cannot be, and what was expected there.
    pub fn check(&self) -> Result<(), ProfileError> {
        let wrong =
            |(key, expected): (String, &str)| ProfileError { file: self.name.clone(), key, expected: expected.into() };
        self.first_wrong().map_or(Ok(()), |found| Err(wrong(found)))
    }

    /// The first key whose value cannot be, and what was expected there.
    fn first_wrong(&self) -> Option<(String, &'static str)> {
        let Self { battery, charger, pilot, .. } = self;
        let within = |value: f64, low: f64, high: f64| value.is_finite() && (low..=high).contains(&value);
        let checks = [
            (within(battery.capacity_kwh, 1.0, 500.0), "battery.capacity_kwh", "from 1 to 500 kWh"),
            ((10..=400).contains(&battery.cells_in_series), "battery.cells_in_series", "from 10 to 400"),
            ((1..=1000).contains(&battery.resistance_mohm), "battery.resistance_mohm", "from 1 to 1000 milliohm"),
            (within(battery.temperature_c, -30.0, 50.0), "battery.temperature_c", "from -30 to 50 degrees Celsius"),
            (
                !battery.curve_kw.is_empty()
                    && battery.curve_kw.is_sorted_by(|a, b| a.0 < b.0)
                    && battery.curve_kw.iter().all(|(soc, kw)| *soc <= 100 && within(*kw, 0.0, 1000.0)),
                "battery.curve_kw",
                "pairs of state of charge (0 to 100, rising) and kW (0 to 1000)",
            ),
            (within(charger.max_current_a, 6.0, 80.0), "charger.max_current_a", "from 6 to 80 A"),
            (
                within(charger.min_current_a, 1.0, charger.max_current_a),
                "charger.min_current_a",
                "from 1 A to charger.max_current_a",
            ),
            (within(charger.power_factor, 0.5, 1.0), "charger.power_factor", "from 0.5 to 1"),
            (within(charger.efficiency, 0.5, 1.0), "charger.efficiency", "from 0.5 to 1"),
            (within(charger.standing_w, 0.0, 1000.0), "charger.standing_w", "from 0 to 1000 W"),
            (within(charger.ramp_a_per_s, 0.5, 1000.0), "charger.ramp_a_per_s", "from 0.5 to 1000 A/s"),
            (charger.follow_ms <= 5_000, "charger.follow_ms", "at most 5000 ms: a car follows the duty within 5 s"),
            (pilot.stop_ms <= 3_000, "pilot.stop_ms", "at most 3000 ms: a car stops drawing within 3 s"),
        ];
        let wrong = checks.into_iter().find(|(good, ..)| !good).map(|(_, key, expected)| (key, expected));
        let wrong = wrong.or_else(|| self.dc.as_ref().and_then(DcProfile::first_wrong));
        wrong
            .map(|(key, expected)| (key.to_owned(), expected))
            .or_else(|| self.evcc.as_deref().and_then(EvccProfile::first_wrong))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_car_is_right() {
        for name in Profile::names() {
            let profile = Profile::builtin(name).unwrap_or_else(|error| panic!("{error}"));
            assert!(!profile.name.is_empty());
        }
        assert!(Profile::names().len() >= 8);
    }

    #[test]
    fn an_error_names_the_file_the_key_and_what_was_expected() {
        let zoe = include_str!("../cars/renault-zoe.toml");
        let refused = |text: &str| Profile::from_toml("mine.toml", text).expect_err("wrong").to_string();
        assert_eq!(
            refused(&zoe.replace("max_current_a = 32", "max_current_a = 320")),
            "mine.toml: charger.max_current_a: from 6 to 80 A"
        );
        assert_eq!(
            refused(&zoe.replace("phases = 3", "phases = 4")),
            "mine.toml: charger.phases: a supply has 1, 2 or 3 phases"
        );
        assert!(
            refused(&zoe.replace("phases", "fases")).starts_with("mine.toml: charger.fases: unknown field `fases`")
        );
        let dc = format!("{zoe}\n[dc]\nmax_voltage_v = 420\nmax_current_a = 0\n");
        assert_eq!(refused(&dc), "mine.toml: dc.max_current_a: from 1 to 1000 A");
        assert!(refused("name = ").starts_with("mine.toml: line 1"));
        assert_eq!(refused("name = \"mine\""), "mine.toml: the whole file: missing field `battery`");
        assert!(Profile::builtin("zoo").expect_err("unknown").to_string().contains("renault-zoe"));
    }
}
