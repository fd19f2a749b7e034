//! The file of a car: what is set by hand, and below it what was measured.

use vehicle_model::EvccProfile;

use crate::settings::settings;
use crate::text::{MARK, measured_part};

/// What stands in the file that there is, up to what was measured, and what was measured now. A new file begins with settings that
/// the captures tell or that are assumed.
#[must_use]
pub fn car_file(present: Option<&str>, name: &str, evcc: &EvccProfile) -> String {
    let settings = match present {
        Some(text) => text[..measured_at(text)].to_owned(),
        None => settings(name, evcc),
    };
    format!("{}\n\n{}", settings.trim_end(), measured_part(name, evcc))
}

fn measured_at(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with(MARK) || line.trim_end() == "[evcc]" {
            return at;
        }
        at += line.len();
    }
    text.len()
}
