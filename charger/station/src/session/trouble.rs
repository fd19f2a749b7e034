//! What keeps an outlet from charging, whoever found it.

use std::fmt;

use iec61851::Fault;
use ocpp::StoppedReason;
use serde::Serialize;

/// A reason not to charge.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
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
    /// The outlet's meter does not answer: no energy without a reading.
    MeterLost,
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
                | Fault::ContactorWelded
                | Fault::DiodeFault
                | Fault::OverCurrent
                | Fault::PilotShort
                | Fault::ProximityFault
                | Fault::ResidualCurrent => true,
                Fault::HostSilent | Fault::PilotLost | Fault::VentilationNotAvailable => false,
            },
            Self::BoardRefused | Self::InsulationFault => true,
            Self::BoardLost | Self::InsulationMonitorLost | Self::LockFailed | Self::MeterLost | Self::SupplyLost => {
                false
            }
        }
    }

    /// Why a transaction that ends with it ended, in OCPP's words.
    pub(super) const fn stopped_reason(self) -> StoppedReason {
        match self {
            Self::Board(Fault::ResidualCurrent) => StoppedReason::GroundFault,
            Self::Board(Fault::OverCurrent) => StoppedReason::OvercurrentFault,
            Self::InsulationFault => StoppedReason::GroundFault,
            Self::Board(_)
            | Self::BoardLost
            | Self::BoardRefused
            | Self::InsulationMonitorLost
            | Self::LockFailed
            | Self::MeterLost
            | Self::SupplyLost => StoppedReason::Other,
        }
    }

    /// Its number in the ChargeX list of minimum required error codes.
    #[must_use]
    pub const fn mrec(self) -> Option<u8> {
        match self {
            Self::Board(fault) => match fault {
                Fault::ResidualCurrent => Some(2),
                Fault::OverCurrent => Some(4),
                Fault::PilotLost | Fault::PilotShort => Some(14),
                Fault::ContactorFailedToClose | Fault::ContactorOpenedByItself | Fault::ContactorWelded => Some(17),
                Fault::ProximityFault => Some(23),
                Fault::DiodeFault | Fault::HostSilent | Fault::VentilationNotAvailable => None,
            },
            Self::LockFailed => Some(1),
            Self::InsulationFault => Some(22),
            Self::BoardLost | Self::BoardRefused | Self::InsulationMonitorLost | Self::MeterLost | Self::SupplyLost => {
                None
            }
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Board(fault) => write!(f, "{fault:?}"),
            Self::BoardLost
            | Self::BoardRefused
            | Self::InsulationFault
            | Self::InsulationMonitorLost
            | Self::LockFailed
            | Self::MeterLost
            | Self::SupplyLost => write!(f, "{self:?}"),
        }
    }
}
