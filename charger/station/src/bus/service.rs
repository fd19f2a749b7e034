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
    /// Keeps the energy limits.
    Energy,
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
    /// Keeps an eye on the PLC modem.
    Plc,
    /// Talks to the power board.
    Power,
    /// Coordinates the session: the only service that decides about power.
    Session,
    /// Drives the DC supply.
    Supply,
}

impl Service {
    /// Every identity.
    pub const ALL: [Self; 13] = [
        Self::Auth,
        Self::Bench,
        Self::Energy,
        Self::House,
        Self::Insulation,
        Self::Lock,
        Self::Meter,
        Self::Ocpp,
        Self::Panel,
        Self::Plc,
        Self::Power,
        Self::Session,
        Self::Supply,
    ];

    /// Its name in `charger.toml` and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Bench => "bench",
            Self::Energy => "energy",
            Self::House => "house",
            Self::Insulation => "insulation",
            Self::Lock => "lock",
            Self::Meter => "meter",
            Self::Ocpp => "ocpp",
            Self::Panel => "panel",
            Self::Plc => "plc",
            Self::Power => "power",
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

/// What can be asked of a service. Each message of the bus belongs to exactly one verb.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Verb {
    /// A reading at the house connection, for the energy limits.
    EnergyHouse,
    /// A reading at the outlet, for the energy limits.
    EnergyOutlet,
    /// A charging profile's limit for the energy limits.
    EnergyProfile,
    /// Let the insulation monitor measure, or not.
    InsulationMeasure,
    /// Let the insulation monitor test itself.
    InsulationTest,
    /// Move the bolt.
    LockDrive,
    /// Read the outlet's meter now.
    MeterRead,
    /// Answer a request of the CSMS.
    OcppAnswer,
    /// Ask the CSMS about a token.
    OcppAuthorize,
    /// Keep something over a power cut.
    OcppKeep,
    /// Report that a part of the station has a problem, or none any more.
    OcppProblem,
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
    /// How a device is without which the outlet still charges.
    SessionAccessory,
    /// What the CSMS decided or asks for.
    SessionCsms,
    /// How the insulation is, and its monitor.
    SessionInsulation,
    /// A new energy limit.
    SessionLimit,
    /// What the lock did.
    SessionLock,
    /// What the power board says.
    SessionPower,
    /// A reading of the outlet's meter.
    SessionReading,
    /// How the DC supply is.
    SessionSupply,
    /// A token was presented.
    SessionToken,
    /// Set what the DC supply is to hold.
    SupplySet,
    /// Switch the DC supply off, whatever it was told before.
    SupplyStop,
    /// Switch the DC supply on or off.
    SupplySwitch,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 29] = [
        Self::EnergyHouse,
        Self::EnergyOutlet,
        Self::EnergyProfile,
        Self::InsulationMeasure,
        Self::InsulationTest,
        Self::LockDrive,
        Self::MeterRead,
        Self::OcppAnswer,
        Self::OcppAuthorize,
        Self::OcppKeep,
        Self::OcppProblem,
        Self::OcppReport,
        Self::OcppReservation,
        Self::OcppStatus,
        Self::PanelShow,
        Self::PowerAllow,
        Self::PowerPilot,
        Self::SessionAccessory,
        Self::SessionCsms,
        Self::SessionInsulation,
        Self::SessionLimit,
        Self::SessionLock,
        Self::SessionPower,
        Self::SessionReading,
        Self::SessionSupply,
        Self::SessionToken,
        Self::SupplySet,
        Self::SupplyStop,
        Self::SupplySwitch,
    ];

    /// Its name in `charger.toml` and in the log: the service and what is asked of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EnergyHouse => "energy.house",
            Self::EnergyOutlet => "energy.outlet",
            Self::EnergyProfile => "energy.profile",
            Self::InsulationMeasure => "insulation.measure",
            Self::InsulationTest => "insulation.test",
            Self::LockDrive => "lock.drive",
            Self::MeterRead => "meter.read",
            Self::OcppAnswer => "ocpp.answer",
            Self::OcppAuthorize => "ocpp.authorize",
            Self::OcppKeep => "ocpp.keep",
            Self::OcppProblem => "ocpp.problem",
            Self::OcppReport => "ocpp.report",
            Self::OcppReservation => "ocpp.reservation",
            Self::OcppStatus => "ocpp.status",
            Self::PanelShow => "panel.show",
            Self::PowerAllow => "power.allow",
            Self::PowerPilot => "power.pilot",
            Self::SessionAccessory => "session.accessory",
            Self::SessionCsms => "session.csms",
            Self::SessionInsulation => "session.insulation",
            Self::SessionLimit => "session.limit",
            Self::SessionLock => "session.lock",
            Self::SessionPower => "session.power",
            Self::SessionReading => "session.reading",
            Self::SessionSupply => "session.supply",
            Self::SessionToken => "session.token",
            Self::SupplySet => "supply.set",
            Self::SupplyStop => "supply.stop",
            Self::SupplySwitch => "supply.switch",
        }
    }

    /// The service that does it.
    #[must_use]
    pub const fn callee(self) -> Service {
        match self {
            Self::EnergyHouse | Self::EnergyOutlet | Self::EnergyProfile => Service::Energy,
            Self::InsulationMeasure | Self::InsulationTest => Service::Insulation,
            Self::LockDrive => Service::Lock,
            Self::MeterRead => Service::Meter,
            Self::OcppAnswer
            | Self::OcppAuthorize
            | Self::OcppKeep
            | Self::OcppProblem
            | Self::OcppReport
            | Self::OcppReservation
            | Self::OcppStatus => Service::Ocpp,
            Self::PanelShow => Service::Panel,
            Self::PowerAllow | Self::PowerPilot => Service::Power,
            Self::SessionAccessory
            | Self::SessionCsms
            | Self::SessionInsulation
            | Self::SessionLimit
            | Self::SessionLock
            | Self::SessionPower
            | Self::SessionReading
            | Self::SessionSupply
            | Self::SessionToken => Service::Session,
            Self::SupplySet | Self::SupplyStop | Self::SupplySwitch => Service::Supply,
        }
    }

    /// Whether it is asked so often and means so little that the log leaves its permitted calls out.
    #[must_use]
    pub(super) const fn is_routine(self) -> bool {
        matches!(
            self,
            Self::EnergyHouse
                | Self::EnergyOutlet
                | Self::MeterRead
                | Self::OcppKeep
                | Self::PanelShow
                | Self::SessionReading
        )
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
