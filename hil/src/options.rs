//! Settings of an endpoint, read strictly: a word that nobody knows is a mistake of whoever wrote it.

use std::time::Duration;

use hardware::{ErrorKind, LinkError};

use crate::{Endpoint, EndpointError};

impl From<EndpointError> for LinkError {
    fn from(error: EndpointError) -> Self {
        Self::new(ErrorKind::Refused, error.endpoint, error.expected)
    }
}

/// Refuses an endpoint with a setting that is not among the known ones.
pub(crate) fn only(endpoint: &Endpoint, known: &[&str]) -> Result<(), LinkError> {
    match endpoint.options().find(|(key, _)| !known.contains(key)) {
        Some((key, _)) if known.is_empty() => {
            Err(endpoint.wrong(format!("unknown option {key:?}: expected none")).into())
        }
        Some((key, _)) => {
            Err(endpoint.wrong(format!("unknown option {key:?}: expected some of {}", known.join(", "))).into())
        }
        None => Ok(()),
    }
}

/// A time in milliseconds, at least one, under its key or as it is when nobody says.
pub(crate) fn millis(endpoint: &Endpoint, key: &str, otherwise: Duration) -> Result<Duration, LinkError> {
    match endpoint.number::<u16>(key)? {
        Some(0) => Err(endpoint.wrong(format!("{key}: expected at least 1")).into()),
        Some(millis) => Ok(Duration::from_millis(millis.into())),
        None => Ok(otherwise),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_are_refused_by_name() {
        let endpoint: Endpoint = "i2c:/dev/i2c-0@0x20?pulse=3".parse().expect("an endpoint");
        let error = only(&endpoint, &["pulse_ms", "bit"]).expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "i2c:/dev/i2c-0@0x20?pulse=3: refused: unknown option \"pulse\": expected some of pulse_ms, bit"
        );
        assert_eq!(only(&endpoint, &["pulse"]), Ok(()));
        assert_eq!(millis(&endpoint, "pulse", Duration::ZERO), Ok(Duration::from_millis(3)));
        assert_eq!(millis(&endpoint, "poll", Duration::from_secs(1)), Ok(Duration::from_secs(1)));
    }
}
