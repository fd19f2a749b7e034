//! Who meets on the bus.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An identity on the bus.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Reads tokens.
    Auth,
    /// Somebody at a test bench: not a service of the charger. Nothing lets it in unless `charger.toml` does.
    Bench,
    /// Keeps the energy limits.
    Energy,
    /// Speaks with the car: modem, matching, discovery and the V2G session.
    Hlc,
    /// Reads the meter at the house connection.
    House,
    /// Reads the insulation monitor.
    Insulation,
    /// Drives the connector lock.
    Lock,
    /// Reads the meter at the outlet.
    Meter,
    /// Talks to the CSMS.
    Ocpp,
    /// Shows the driver what happens.
    Panel,
    /// Talks to the power board.
    Power,
    /// Says which EVSE is meant by whoever does not say it.
    Reception,
    /// Coordinates the session: the only service that decides about power.
    Session,
    /// Drives the DC supply.
    Supply,
}

impl Service {
    /// Every identity.
    pub const ALL: [Self; 14] = [
        Self::Auth,
        Self::Bench,
        Self::Energy,
        Self::Hlc,
        Self::House,
        Self::Insulation,
        Self::Lock,
        Self::Meter,
        Self::Ocpp,
        Self::Panel,
        Self::Power,
        Self::Reception,
        Self::Session,
        Self::Supply,
    ];

    /// Its place in a list of all.
    pub(super) const fn place(self) -> usize {
        self as usize
    }

    /// Whether each EVSE has one of its own; of any other the station has one.
    #[must_use]
    pub const fn is_at_each_evse(self) -> bool {
        match self {
            Self::Auth
            | Self::Hlc
            | Self::Insulation
            | Self::Lock
            | Self::Meter
            | Self::Panel
            | Self::Power
            | Self::Session
            | Self::Supply => true,
            Self::Bench | Self::Energy | Self::House | Self::Ocpp | Self::Reception => false,
        }
    }

    /// Its name in `charger.toml` and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Bench => "bench",
            Self::Energy => "energy",
            Self::Hlc => "hlc",
            Self::House => "house",
            Self::Insulation => "insulation",
            Self::Lock => "lock",
            Self::Meter => "meter",
            Self::Ocpp => "ocpp",
            Self::Panel => "panel",
            Self::Power => "power",
            Self::Reception => "reception",
            Self::Session => "session",
            Self::Supply => "supply",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_place() {
        assert!(Service::ALL.into_iter().map(Service::place).eq(0..Service::ALL.len()));
    }
}
