//! What goes into OCPP messages must fit their fields: a message that breaks its schema can never be sent.

use super::tables::StationConfig;

/// What may stand in a station's identity besides letters and digits. It is the last part of the URL.
const IDENTITY: &str = "*-_=+|@.";

/// The first value that fits no message: its key, and what was expected there. Tokens are looked at with their list.
pub(super) fn check(station: &StationConfig) -> Result<(), (String, String)> {
    if !station.id.chars().all(|c| c.is_ascii_alphanumeric() || IDENTITY.contains(c)) {
        let expected = format!("letters, digits, and of other characters only {IDENTITY}");
        return Err(("station.id".into(), expected));
    }
    field("station.id", &station.id, 1, 48)?;
    field("station.vendor", &station.vendor, 1, 50)?;
    field("station.model", &station.model, 1, 20)?;
    field("station.serial", &station.serial, 0, 25)?;
    Ok(())
}

/// Lengths count characters, not bytes.
fn field(key: &str, value: &str, least: usize, most: usize) -> Result<(), (String, String)> {
    let length = value.chars().count();
    if (least..=most).contains(&length) {
        return Ok(());
    }
    let expected = match least {
        0 => format!("at most {most} characters, it has {length}"),
        least => format!("from {least} to {most} characters, it has {length}"),
    };
    Err((key.into(), expected))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn checked(text: &str) -> Result<(), String> {
        Config::from_toml("mine.toml", text).map(drop).map_err(|error| error.to_string())
    }

    /// Each string that ends in a message, at its limit and one character beyond it.
    #[test]
    fn each_field_takes_its_length_in_characters_and_not_one_more() {
        for (key, letter, least, most) in
            [("id", "i", 1, 48), ("vendor", "\u{e4}", 1, 50), ("model", "\u{5145}", 1, 20), ("serial", "s", 0, 25)]
        {
            let text = |value: &str| format!("[station]\n{key} = \"{value}\"\n");
            assert_eq!(checked(&text(&letter.repeat(most))), Ok(()), "{key}");
            let range = if least == 0 { format!("at most {most}") } else { format!("from {least} to {most}") };
            let expected = format!("mine.toml: station.{key}: {range} characters, it has {}", most + 1);
            assert_eq!(checked(&text(&letter.repeat(most + 1))), Err(expected));
            assert_eq!(checked(&text("")).is_err(), least > 0, "{key}");
        }
    }

    #[test]
    fn a_name_that_is_no_part_of_a_url_is_refused() {
        for id in ["PF 1", "PF/1", "PF-\u{fc}", "PF?1", "PF%201", "PF#1", "PF:1"] {
            let refused = checked(&format!("[station]\nid = \"{id}\"\n")).expect_err(id);
            assert_eq!(refused, "mine.toml: station.id: letters, digits, and of other characters only *-_=+|@.");
        }
        assert_eq!(checked("[station]\nid = \"DE*PF+1=2|3@x.y_z-0\"\n"), Ok(()));
    }
}
