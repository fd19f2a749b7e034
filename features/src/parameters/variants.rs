//! The names of an enum's variants, as serde reads them: a vocabulary that comes from an enum is no second list beside it.

use std::fmt;

use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, Error};

/// The names of an enum of names.
pub(crate) fn variants<T: DeserializeOwned>() -> &'static [&'static str] {
    names(T::deserialize(StrDeserializer::new(NOBODY)))
}

/// The names of an enum whose name stands in a field beside its data (`#[serde(tag = ..)]`).
pub(crate) fn tagged_variants<T: DeserializeOwned>(tag: &'static str) -> &'static [&'static str] {
    names(T::deserialize(MapDeserializer::new([(tag, NOBODY)].into_iter())))
}

/// No variant has this name: serde answers which there are.
const NOBODY: &str = "\0";

fn names<T>(answer: Result<T, Names>) -> &'static [&'static str] {
    match answer {
        Err(Names(names)) => names,
        Ok(_) => &[],
    }
}

/// The names that serde would have taken.
#[derive(Debug)]
struct Names(&'static [&'static str]);

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", self.0.join(", "))
    }
}

impl std::error::Error for Names {}

impl Error for Names {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_enum() {
        assert_eq!(variants::<ocpp::BootState>(), ["Accepted", "Pending", "Rejected"]);
        let faults = variants::<iec61851::Fault>();
        assert_eq!(faults, iec61851::Fault::ALL.map(|fault| format!("{fault:?}")));
        let events = tagged_variants::<session::SessionEvent>("name");
        assert!(events.contains(&"SessionStarted") && events.contains(&"ChargingPausedEVSE"), "{events:?}");
    }
}
