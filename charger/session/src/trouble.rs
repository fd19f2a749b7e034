//! What keeps an outlet from charging, whoever found it.

use std::fmt;

use crate::words::StoppedReason;
use iec61851::Fault;
use serde::{Deserialize, Serialize};

/// A reason not to charge.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Trouble {
    /// The power board reports it.
    Board(Fault),
    /// The power board cannot be reached.
    BoardLost,
    /// The power board speaks another version of the messages.
    BoardRefused,
    /// The insulation between the DC lines and earth is too low.
    InsulationFault,
    /// The insulation monitor does not answer.
    InsulationMonitorLost,
    /// The plug cannot be held, or the lock does not tell where it is.
    LockFailed,
    /// The outlet's meter answers with what cannot be: no energy without a reading that is true.
    MeterImplausible,
    /// The outlet's meter does not answer: no energy without a reading.
    MeterLost,
    /// The car takes more than it is offered, as the outlet's meter shows it.
    OverCurrent,
    /// The DC supply does not answer.
    SupplyLost,
}

impl Trouble {
    /// Whether the transaction ends with it; otherwise it is suspended until the trouble is gone.
    pub(super) const fn ends_transaction(self) -> bool {
        match self {
            Self::Board(fault) => match fault {
                Fault::ContactorFailedToClose
                | Fault::ContactorOpenedByItself
                | Fault::ContactorOverused
                | Fault::ContactorWelded
                | Fault::DiodeFault
                | Fault::OverCurrent
                | Fault::PilotShort
                | Fault::ProximityFault
                | Fault::ResidualCurrent
                | Fault::ResidualMonitorFailed => true,
                Fault::HostSilent | Fault::NoSample | Fault::PilotLost | Fault::VentilationNotAvailable => false,
            },
            // Its registers may begin somewhere else afterwards: the bill is closed with the last true reading.
            Self::BoardRefused | Self::InsulationFault | Self::MeterImplausible | Self::OverCurrent => true,
            Self::BoardLost | Self::InsulationMonitorLost | Self::LockFailed | Self::MeterLost | Self::SupplyLost => {
                false
            }
        }
    }

    /// Whether a car that is spoken with is told of it by messages, and ends the dialog itself: the pilot is sound, and says 5 % until
    /// then. Power is withdrawn in any case.
    pub(super) const fn can_be_told(self) -> bool {
        match self {
            Self::Board(fault) => match fault {
                Fault::VentilationNotAvailable => true,
                Fault::ContactorFailedToClose
                | Fault::ContactorOpenedByItself
                | Fault::ContactorOverused
                | Fault::ContactorWelded
                | Fault::DiodeFault
                | Fault::HostSilent
                | Fault::NoSample
                | Fault::OverCurrent
                | Fault::PilotLost
                | Fault::PilotShort
                | Fault::ProximityFault
                | Fault::ResidualCurrent
                | Fault::ResidualMonitorFailed => false,
            },
            Self::BoardLost | Self::BoardRefused => false,
            Self::InsulationFault
            | Self::InsulationMonitorLost
            | Self::LockFailed
            | Self::MeterImplausible
            | Self::MeterLost
            | Self::OverCurrent
            | Self::SupplyLost => true,
        }
    }

    /// Why a transaction that ends with it ended, in OCPP's words.
    pub(super) const fn stopped_reason(self) -> StoppedReason {
        match self {
            Self::Board(Fault::ResidualCurrent) => StoppedReason::GroundFault,
            Self::Board(Fault::OverCurrent) | Self::OverCurrent => StoppedReason::OvercurrentFault,
            Self::InsulationFault => StoppedReason::GroundFault,
            Self::Board(_)
            | Self::BoardLost
            | Self::BoardRefused
            | Self::InsulationMonitorLost
            | Self::LockFailed
            | Self::MeterImplausible
            | Self::MeterLost
            | Self::SupplyLost => StoppedReason::Other,
        }
    }

    /// Its number in the ChargeX list of minimum required error codes.
    #[must_use]
    pub const fn mrec(self) -> Option<u8> {
        match self {
            Self::Board(fault) => match fault {
                Fault::ResidualCurrent | Fault::ResidualMonitorFailed => Some(2),
                Fault::OverCurrent => Some(4),
                Fault::PilotLost | Fault::PilotShort => Some(14),
                Fault::ContactorFailedToClose
                | Fault::ContactorOpenedByItself
                | Fault::ContactorOverused
                | Fault::ContactorWelded => Some(17),
                Fault::ProximityFault => Some(23),
                Fault::DiodeFault | Fault::HostSilent | Fault::NoSample | Fault::VentilationNotAvailable => None,
            },
            Self::LockFailed => Some(1),
            Self::OverCurrent => Some(4),
            Self::InsulationFault => Some(22),
            Self::BoardLost
            | Self::BoardRefused
            | Self::InsulationMonitorLost
            | Self::MeterImplausible
            | Self::MeterLost
            | Self::SupplyLost => None,
        }
    }
}

impl Trouble {
    /// Its name in the log, on the panel and to the CSMS.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Board(fault) => match fault {
                Fault::ContactorFailedToClose => "ContactorFailedToClose",
                Fault::ContactorOpenedByItself => "ContactorOpenedByItself",
                Fault::ContactorOverused => "ContactorOverused",
                Fault::ContactorWelded => "ContactorWelded",
                Fault::DiodeFault => "DiodeFault",
                Fault::HostSilent => "HostSilent",
                Fault::NoSample => "NoSample",
                Fault::OverCurrent => "OverCurrent",
                Fault::PilotLost => "PilotLost",
                Fault::PilotShort => "PilotShort",
                Fault::ProximityFault => "ProximityFault",
                Fault::ResidualCurrent => "ResidualCurrent",
                Fault::ResidualMonitorFailed => "ResidualMonitorFailed",
                Fault::VentilationNotAvailable => "VentilationNotAvailable",
            },
            Self::BoardLost => "BoardLost",
            Self::BoardRefused => "BoardRefused",
            Self::InsulationFault => "InsulationFault",
            Self::InsulationMonitorLost => "InsulationMonitorLost",
            Self::LockFailed => "LockFailed",
            Self::MeterImplausible => "MeterImplausible",
            Self::MeterLost => "MeterLost",
            Self::OverCurrent => "OverCurrent",
            Self::SupplyLost => "SupplyLost",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
