//! The tokens that a charger knows by itself: `authorization.tokens` in `charger.toml`.
//!
//! A list that no reader can ever satisfy is refused when it is read: the driver who stands there with the card cannot mend it.

use serde::{Deserialize, Serialize};

/// The longest identifier that OCPP can carry.
const LONGEST: usize = 36;

/// How many hexadecimal digits a card's number has: ISO/IEC 14443-3 knows UIDs of 4, 7 and 10 bytes.
const UID_DIGITS: [usize; 3] = [8, 14, 20];

/// What stands between the bytes of a serial number as people print it.
const SEPARATORS: [char; 3] = [':', '-', ' '];

/// A token this charger knows by itself.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListedToken {
    /// Its identifier; upper and lower case are the same. A card's is its serial number in hexadecimal, with separators
    /// (`04:CA:2D:01`) or without.
    pub id: String,
    /// What carries it.
    #[serde(default)]
    pub kind: ListedKind,
    /// What its contract allows, each line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_a: Option<i32>,
    /// Tokens of one group may end each other's transactions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// What carries the identifier of a listed token.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListedKind {
    /// A proximity card, ISO/IEC 14443.
    #[default]
    Card,
    /// A code that is typed, or a name that the CSMS uses.
    KeyCode,
}

impl ListedToken {
    /// A card without a contract of its own.
    #[must_use]
    pub fn card(id: &str) -> Self {
        Self { id: id.into(), kind: ListedKind::Card, limit_a: None, group: None }
    }

    /// The identifier as a reader shows it.
    ///
    /// # Errors
    /// What is wrong with it.
    fn normal_id(&self) -> Result<String, String> {
        let id = match self.kind {
            ListedKind::KeyCode => self.id.trim().to_owned(),
            ListedKind::Card => self.card_id()?,
        };
        if id.is_empty() {
            return Err("it is empty".into());
        }
        if id.chars().count() > LONGEST {
            return Err(format!("at most {LONGEST} characters: longer ones cannot be told to a CSMS"));
        }
        Ok(id)
    }

    fn card_id(&self) -> Result<String, String> {
        let id: String = self.id.chars().filter(|c| !SEPARATORS.contains(c)).collect::<String>().to_ascii_uppercase();
        if let Some(odd) = id.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(format!(
                "\"{odd}\" is no hexadecimal digit, and a card's number has only these; for what is no card: kind = \"key-code\""
            ));
        }
        if !id.is_empty() && !UID_DIGITS.contains(&id.len()) {
            return Err(format!("a card's number has 8, 14 or 20 hexadecimal digits, this one has {}", id.len()));
        }
        if hardware::is_random_uid(&id) {
            return Err("a number of 8 digits that begins with 08 is another one at each tap (ISO/IEC 14443-3)".into());
        }
        Ok(id)
    }
}

/// Brings the list into the form in which readers show tokens.
///
/// # Errors
/// The key, and what is wrong in which row.
pub fn normalise(tokens: &mut [ListedToken]) -> Result<(), (String, String)> {
    for row in 0..tokens.len() {
        let (before, rest) = tokens.split_at_mut(row);
        let Some(token) = rest.first_mut() else { break };
        let wrong = |field: &str, what: String| {
            (format!("authorization.tokens[{row}].{field}"), format!("row {}, \"{}\": {what}", row + 1, token.id))
        };
        let id = token.normal_id().map_err(|what| wrong("id", what))?;
        let twin = |other: &ListedToken| other.kind == token.kind && other.id.eq_ignore_ascii_case(&id);
        if let Some(first) = before.iter().position(twin) {
            return Err(wrong("id", format!("the same as row {}: each token stands in the list once", first + 1)));
        }
        if token.limit_a.is_some_and(|limit| !(6..=80).contains(&limit)) {
            return Err(wrong("limit_a", "from 6 to 80 A: with less no car can charge".into()));
        }
        if token.group.as_ref().is_some_and(|group| group.trim().is_empty() || group.chars().count() > LONGEST) {
            return Err(wrong("group", format!("from 1 to {LONGEST} characters; without a group, leave it out")));
        }
        token.id = id;
    }
    Ok(())
}

/// The serial number of a card without the separators with which it may be written; `None` when it is none.
pub(crate) fn card_serial(id: &str) -> Option<String> {
    let serial: String = id.chars().filter(|c| !SEPARATORS.contains(c)).collect();
    (UID_DIGITS.contains(&serial.len()) && serial.chars().all(|c| c.is_ascii_hexdigit())).then_some(serial)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Part of a charger.toml.
    #[derive(Deserialize)]
    struct Listed {
        tokens: Vec<ListedToken>,
    }

    fn list(rows: &str) -> Result<Vec<String>, String> {
        let Listed { mut tokens } = toml::from_str(&format!("tokens = [{rows}]\n")).expect("rows");
        normalise(&mut tokens).map_err(|(key, why)| format!("{key}: {why}"))?;
        Ok(tokens.into_iter().map(|token| token.id).collect())
    }

    #[test]
    fn a_number_is_written_in_many_ways_and_read_in_one() {
        let rows =
            r#"{ id = "04:ca:2d:77:11:22:80" }, { id = "04-A1-B2-C3" }, { id = " 04a1b2c4 " }, { id = "04 CA 2D 01" }"#;
        assert_eq!(list(rows).expect("good"), ["04CA2D77112280", "04A1B2C3", "04A1B2C4", "04CA2D01"]);
        let codes =
            r#"{ id = "1234-A", kind = "key-code" }, { id = "12345678", kind = "key-code" }, { id = "12345678" }"#;
        assert_eq!(list(codes).expect("good"), ["1234-A", "12345678", "12345678"]);
    }

    #[test]
    fn what_no_reader_can_show_is_refused_with_its_row() {
        let story: String = [
            r#"{ id = "" }"#,
            r#"{ id = " : " }"#,
            r#"{ id = "04CA2D01" }, { id = "04:ca:2d:01" }"#,
            r#"{ id = "PIN", kind = "key-code" }, { id = "pin", kind = "key-code" }"#,
            r#"{ id = "04CA2D0G" }"#,
            r#"{ id = "04CA2" }"#,
            r#"{ id = "08A1B2C3" }"#,
            r#"{ id = "0123456789012345678901234567890123456", kind = "key-code" }"#,
            r#"{ id = "04CA2D01", limit_a = 5 }"#,
            r#"{ id = "04CA2D01", limit_a = 3000000 }"#,
            r#"{ id = "04CA2D01", group = "" }"#,
        ]
        .iter()
        .map(|rows| format!("{}\n", list(rows).expect_err("refused")))
        .collect();
        assert_eq!(
            story,
            "authorization.tokens[0].id: row 1, \"\": it is empty
authorization.tokens[0].id: row 1, \" : \": it is empty
authorization.tokens[1].id: row 2, \"04:ca:2d:01\": the same as row 1: each token stands in the list once
authorization.tokens[1].id: row 2, \"pin\": the same as row 1: each token stands in the list once
authorization.tokens[0].id: row 1, \"04CA2D0G\": \"G\" is no hexadecimal digit, and a card's number has only these; for what is no card: kind = \"key-code\"
authorization.tokens[0].id: row 1, \"04CA2\": a card's number has 8, 14 or 20 hexadecimal digits, this one has 5
authorization.tokens[0].id: row 1, \"08A1B2C3\": a number of 8 digits that begins with 08 is another one at each tap (ISO/IEC 14443-3)
authorization.tokens[0].id: row 1, \"0123456789012345678901234567890123456\": at most 36 characters: longer ones cannot be told to a CSMS
authorization.tokens[0].limit_a: row 1, \"04CA2D01\": from 6 to 80 A: with less no car can charge
authorization.tokens[0].limit_a: row 1, \"04CA2D01\": from 6 to 80 A: with less no car can charge
authorization.tokens[0].group: row 1, \"04CA2D01\": from 1 to 36 characters; without a group, leave it out
"
        );
    }
}
