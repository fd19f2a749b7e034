//! Reads `charger.toml`. Only here the tables of the file meet what the services can be asked: neither knows the other.

use crate::config::{Config, ConfigError};
use crate::services;

impl Config {
    /// The standard charger.
    #[must_use]
    pub fn standard() -> Self {
        let nothing = toml::Table::new();
        Self::merge("charger.toml", nothing, &services::verbs())
            .expect("the standard charger.toml is checked by a test")
    }

    /// Reads a `charger.toml`; what it does not say is as in the standard one.
    ///
    /// # Errors
    /// The file, the key and what was expected there.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, ConfigError> {
        let table = text.parse::<toml::Table>().map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            ConfigError { file: file.into(), key: format!("line {line}"), expected: error.message().into() }
        })?;
        Self::merge(file, table, &services::verbs())
    }
}
