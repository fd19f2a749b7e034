//! Who meets on the bus, and what can be asked there.

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
    /// Drives the DC supply, reads the insulation monitor.
    Dc,
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
    /// Keeps an eye on the PLC modem.
    Plc,
    /// Talks to the power board.
    Power,
    /// Coordinates the session: the only service that decides about power.
    Session,
}

impl Service {
    /// Every identity.
    pub const ALL: [Self; 11] = [
        Self::Auth,
        Self::Bench,
        Self::Dc,
        Self::Energy,
        Self::Lock,
        Self::Meter,
        Self::Ocpp,
        Self::Panel,
        Self::Plc,
        Self::Power,
        Self::Session,
    ];

    /// Its name in `charger.toml` and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Bench => "bench",
            Self::Dc => "dc",
            Self::Energy => "energy",
            Self::Lock => "lock",
            Self::Meter => "meter",
            Self::Ocpp => "ocpp",
            Self::Panel => "panel",
            Self::Plc => "plc",
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
    /// Let the insulation monitor measure, or not.
    DcMeasure,
    /// Set what the DC supply is to hold.
    DcSet,
    /// Switch the DC supply off, whatever it was told before.
    DcStop,
    /// Switch the DC supply on or off.
    DcSwitch,
    /// Let the insulation monitor test itself.
    DcTest,
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
    /// How the DC side is.
    SessionDc,
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
    pub const ALL: [Self; 25] = [
        Self::DcMeasure,
        Self::DcSet,
        Self::DcStop,
        Self::DcSwitch,
        Self::DcTest,
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
        Self::SessionDc,
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
            Self::DcMeasure => "dc.measure",
            Self::DcSet => "dc.set",
            Self::DcStop => "dc.stop",
            Self::DcSwitch => "dc.switch",
            Self::DcTest => "dc.test",
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
            Self::SessionDc => "session.dc",
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
            Self::DcMeasure | Self::DcSet | Self::DcStop | Self::DcSwitch | Self::DcTest => Service::Dc,
            Self::EnergyHouse | Self::EnergyProfile => Service::Energy,
            Self::LockDrive => Service::Lock,
            Self::MeterRead => Service::Meter,
            Self::OcppAnswer | Self::OcppAuthorize | Self::OcppReport | Self::OcppReservation | Self::OcppStatus => {
                Service::Ocpp
            }
            Self::PanelShow => Service::Panel,
            Self::PowerAllow | Self::PowerPilot => Service::Power,
            Self::SessionCsms
            | Self::SessionDc
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
