//! What charger stands on a bench: the one of its rig file, as the scenario wants it, within what the bench may carry.

use std::fs;

use hil_rig::{RigFile, SafetyTable};
use station::Config;

/// The least that a car can be offered: a bench that may carry less cannot charge one.
pub(super) const LEAST_A: u32 = 6;

/// A charger offers no more than the bench may carry. A scenario whose own charger was `wanted` to give more cannot be run there.
pub(super) fn limit(charger: &mut Config, wanted: i32, safety: &SafetyTable) -> Result<(), String> {
    let most = i32::try_from(safety.max_a).unwrap_or(i32::MAX);
    if !safety.is_real() || charger.evses.first().outlet.max_current_a <= most {
        return Ok(());
    }
    if wanted > most && wanted != Config::standard().evses.first().outlet.max_current_a {
        return Err(format!("the scenario's charger gives {wanted} A, the rig may have {most} A"));
    }
    charger.evses.first_mut().outlet.max_current_a = most;
    Ok(())
}

/// The charger that the rig file names.
///
/// # Errors
/// The file cannot be read, or is no charger.
pub(super) fn charger_of(file: &RigFile) -> Result<Option<Config>, String> {
    let Some(path) = file.charger_file() else { return Ok(None) };
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    Config::from_toml(&name, &text).map(Some).map_err(|error| error.to_string())
}

/// The charger of the bench, with everything that the scenario says otherwise than the standard charger has it.
pub(super) fn of_bench(scenario: &Config, bench: &Config) -> Result<Config, String> {
    let table = |config: &Config| -> Result<toml::Table, String> {
        config.to_toml().map_err(|error| error.to_string())?.parse().map_err(|error: toml::de::Error| error.to_string())
    };
    let (mut merged, standard) = (table(bench)?, table(&Config::standard())?);
    overlay(&mut merged, &table(scenario)?, &standard);
    Config::from_toml("the scenario's charger on this bench", &merged.to_string()).map_err(|error| error.to_string())
}

/// Puts over `under` what `over` has otherwise than `usual`.
fn overlay(under: &mut toml::Table, over: &toml::Table, usual: &toml::Table) {
    for (key, value) in over {
        match (under.get_mut(key), value, usual.get(key)) {
            (_, value, Some(usual)) if value == usual => {}
            (Some(toml::Value::Table(under)), toml::Value::Table(over), Some(toml::Value::Table(usual))) => {
                overlay(under, over, usual);
            }
            _ => {
                under.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use station::OutletKind;

    fn safety(max_v: u32, max_a: u32) -> SafetyTable {
        SafetyTable { max_v, max_a, energised: true, interlock: None }
    }

    #[test]
    fn a_charger_offers_no_more_than_the_bench_may_carry() {
        let mut charger = Config::standard();
        let usual = charger.evses.first().outlet.max_current_a;
        assert_eq!(limit(&mut charger, usual, &safety(400, 16)), Ok(()));
        assert_eq!(charger.evses.first().outlet.max_current_a, 16);
        let mut own = Config::standard();
        own.evses.first_mut().outlet.max_current_a = usual - 7;
        let error = limit(&mut own, usual - 7, &safety(400, 16)).expect_err("more than it may have");
        assert_eq!(error, format!("the scenario's charger gives {} A, the rig may have 16 A", usual - 7));
        // What only the charger of the bench wants is no scenario's wish.
        let mut strong = Config::standard();
        strong.evses.first_mut().outlet.max_current_a = usual - 7;
        assert_eq!(limit(&mut strong, usual, &safety(400, 16)), Ok(()));
        assert_eq!(strong.evses.first().outlet.max_current_a, 16);
        let mut cold = Config::standard();
        assert_eq!(limit(&mut cold, usual, &safety(0, 0)), Ok(()));
        assert_eq!(cold.evses.first().outlet.max_current_a, usual);
    }

    #[test]
    fn the_charger_of_the_bench_is_the_one_of_the_scenario_where_that_says_something() {
        let bench =
            Config::from_toml("b.toml", "[outlet]\nmax_current_a = 20\nkind = \"tethered\"\n").expect("a charger");
        let mut scenario = Config::standard();
        assert_eq!(of_bench(&scenario, &bench).map(|config| config.evses.first().outlet.max_current_a), Ok(20));
        scenario.evses.first_mut().outlet.max_current_a = 13;
        let merged = of_bench(&scenario, &bench).expect("both are right");
        assert_eq!(
            (merged.evses.first().outlet.max_current_a, merged.evses.first().outlet.kind),
            (13, OutletKind::Tethered)
        );
    }
}
