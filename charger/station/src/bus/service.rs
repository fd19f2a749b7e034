//! Who meets on the bus, and what can be asked there.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An identity on the bus.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Reads tokens.
    Auth,
    /// Keeps the energy limits.
    Energy,
    /// Drives the connector lock.
    Lock,
    /// Reads the meters.
    Meter,
    /// Talks to the CSMS.
    Ocpp,
    /// Shows the driver what happens.
    Panel,
    /// Talks to the power board.
    Power,
    /// Coordinates the session: the only service that decides about power.
    Session,
}

impl Service {
    /// Every identity.
    pub const ALL: [Self; 8] =
        [Self::Auth, Self::Energy, Self::Lock, Self::Meter, Self::Ocpp, Self::Panel, Self::Power, Self::Session];

    /// Its name in `charger.toml` and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Energy => "energy",
            Self::Lock => "lock",
            Self::Meter => "meter",
            Self::Ocpp => "ocpp",
            Self::Panel => "panel",
            Self::Power => "power",
            Self::Session => "session",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What can be asked of a service. Each message of the bus belongs to exactly one verb.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Verb {
    /// A house-connection reading for the energy limits.
    EnergyHouse,
    /// A charging profile's limit for the energy limits.
    EnergyProfile,
    /// Move the bolt.
    LockDrive,
    /// Read the outlet's meter now.
    MeterRead,
    /// Answer a request of the CSMS.
    OcppAnswer,
    /// Ask the CSMS about a token.
    OcppAuthorize,
    /// Report a transaction.
    OcppReport,
    /// Tell what became of a reservation.
    OcppReservation,
    /// Report the connector's status.
    OcppStatus,
    /// Show a screen.
    PanelShow,
    /// Permit the contactor to close, or withdraw the permission.
    PowerAllow,
    /// Set the control pilot.
    PowerPilot,
    /// What the CSMS decided or asks for.
    SessionCsms,
    /// A new energy limit.
    SessionLimit,
    /// What the lock did.
    SessionLock,
    /// What the power board says.
    SessionPower,
    /// A reading of the outlet's meter.
    SessionReading,
    /// End the session at the driver's wish.
    SessionStop,
    /// A token was presented.
    SessionToken,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 19] = [
        Self::EnergyHouse,
        Self::EnergyProfile,
        Self::LockDrive,
        Self::MeterRead,
        Self::OcppAnswer,
        Self::OcppAuthorize,
        Self::OcppReport,
        Self::OcppReservation,
        Self::OcppStatus,
        Self::PanelShow,
        Self::PowerAllow,
        Self::PowerPilot,
        Self::SessionCsms,
        Self::SessionLimit,
        Self::SessionLock,
        Self::SessionPower,
        Self::SessionReading,
        Self::SessionStop,
        Self::SessionToken,
    ];

    /// Its name in `charger.toml` and in the log: the service and what is asked of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EnergyHouse => "energy.house",
            Self::EnergyProfile => "energy.profile",
            Self::LockDrive => "lock.drive",
            Self::MeterRead => "meter.read",
            Self::OcppAnswer => "ocpp.answer",
            Self::OcppAuthorize => "ocpp.authorize",
            Self::OcppReport => "ocpp.report",
            Self::OcppReservation => "ocpp.reservation",
            Self::OcppStatus => "ocpp.status",
            Self::PanelShow => "panel.show",
            Self::PowerAllow => "power.allow",
            Self::PowerPilot => "power.pilot",
            Self::SessionCsms => "session.csms",
            Self::SessionLimit => "session.limit",
            Self::SessionLock => "session.lock",
            Self::SessionPower => "session.power",
            Self::SessionReading => "session.reading",
            Self::SessionStop => "session.stop",
            Self::SessionToken => "session.token",
        }
    }

    /// The service that does it.
    #[must_use]
    pub const fn callee(self) -> Service {
        match self {
            Self::EnergyHouse | Self::EnergyProfile => Service::Energy,
            Self::LockDrive => Service::Lock,
            Self::MeterRead => Service::Meter,
            Self::OcppAnswer | Self::OcppAuthorize | Self::OcppReport | Self::OcppReservation | Self::OcppStatus => {
                Service::Ocpp
            }
            Self::PanelShow => Service::Panel,
            Self::PowerAllow | Self::PowerPilot => Service::Power,
            Self::SessionCsms
            | Self::SessionLimit
            | Self::SessionLock
            | Self::SessionPower
            | Self::SessionReading
            | Self::SessionStop
            | Self::SessionToken => Service::Session,
        }
    }

    /// Whether it is asked so often and means so little that the log leaves its permitted calls out.
    #[must_use]
    pub(super) const fn is_routine(self) -> bool {
        matches!(self, Self::EnergyHouse | Self::MeterRead | Self::PanelShow | Self::SessionReading)
    }

    /// The verb of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.name() == name)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
