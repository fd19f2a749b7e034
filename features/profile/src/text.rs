//! Profiles as TOML for people: short tables on one line, points one a line.

use std::fmt::Write as _;

use iso15118::station_profile::StationProfile;
use serde::Serialize;
use toml::Value;
use vehicle_model::EvccProfile;

/// With this a line begins above what was measured; what stands before it in a car's file is set by hand.
pub(crate) const MARK: &str = "# Measured:";

/// What was measured of a car: its table `evcc`, and how it was made.
#[must_use]
pub fn measured_part(name: &str, evcc: &EvccProfile) -> String {
    let mut out = made_by("car", name);
    table("evcc", evcc, &mut out);
    out
}

/// The file of a station.
#[must_use]
pub fn station_file(profile: &StationProfile) -> String {
    let mut out = made_by("station", &profile.name);
    table("", profile, &mut out);
    out
}

fn made_by(kind: &str, name: &str) -> String {
    // As a shell takes it.
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .flat_map(|c| matches!(c, '"' | '\\' | '$' | '`').then_some('\\').into_iter().chain([c]))
        .collect();
    format!("{MARK} `plugfest profile --{kind} --name \"{name}\" CAPTURE...` with the captures of `sources`.\n")
}

fn table(path: &str, value: &impl Serialize, out: &mut String) {
    // Profiles have string keys and numbers within 64 bits: always a table.
    if let Ok(Value::Table(table)) = Value::try_from(value) {
        write_table(path, &table, out);
    }
}

/// The tables whose tables are short: each is written on one line.
const OF_SHORT_ONES: [&str; 7] =
    ["pacing_ms", "repeat_ms", "period_ms", "repeats", "response_ms", "ongoing", "ongoing_ms"];

fn is_short(path: &str, key: &str, value: &Value) -> bool {
    let parent = path.rsplit('.').next().unwrap_or_default();
    match value {
        Value::Table(_) => key.ends_with("_ms") && !OF_SHORT_ONES.contains(&key) || OF_SHORT_ONES.contains(&parent),
        _ => true,
    }
}

fn write_table(path: &str, table: &toml::Table, out: &mut String) {
    if !path.is_empty() && (table.is_empty() || table.iter().any(|(key, value)| is_short(path, key, value))) {
        let _ = writeln!(out, "{}[{path}]", if out.ends_with("`sources`.\n") { "" } else { "\n" });
    }
    for (key, value) in table.iter().filter(|(key, value)| is_short(path, key, value)) {
        let _ = writeln!(out, "{key} = {}", inline(value, 0));
    }
    for (key, value) in table {
        if let Value::Table(below) = value
            && !is_short(path, key, value)
            && !(below.is_empty())
        {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            write_table(&path, below, out);
        }
    }
}

/// The order in which people read a distribution, an offer, a change.
const ORDER: [&str; 15] = [
    "at",
    "seconds",
    "ready",
    "error",
    "code",
    "status",
    "median",
    "min",
    "max",
    "count",
    "namespace",
    "major",
    "minor",
    "schema_id",
    "priority",
];

pub(crate) fn inline(value: &Value, depth: usize) -> String {
    match value {
        Value::Table(table) => {
            let place = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
            let mut fields: Vec<_> = table.iter().collect();
            fields.sort_by_key(|(key, _)| (place(key), key.as_str()));
            let fields: Vec<_> =
                fields.into_iter().map(|(key, value)| format!("{key} = {}", inline(value, depth + 1))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(items) => {
            let texts: Vec<_> = items.iter().map(|item| inline(item, depth + 1)).collect();
            let length: usize = texts.iter().map(|text| text.len() + 2).sum();
            if depth == 0 && length > 90 {
                format!("[\n{}]", texts.iter().map(|text| format!("    {text},\n")).collect::<String>())
            } else {
                format!("[{}]", texts.join(", "))
            }
        }
        // 408.0 is 408 to whoever reads it.
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_the_command_as_a_shell_takes_it() {
        let line = made_by("car", "a \"b\" \\ $c `d`\n");
        assert!(line.contains(r#"--name "a \"b\" \\ \$c \`d\`" CAPTURE..."#), "{line}");
    }
}
