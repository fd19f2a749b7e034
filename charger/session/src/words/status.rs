//! The status of a connector.

use serde::{Deserialize, Serialize};

/// The status of a connector.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ConnectorStatus {
    /// Free.
    Available,
    /// A fault is present.
    Faulted,
    /// A car is there.
    Occupied,
    /// Held for a driver.
    Reserved,
    /// Out of service.
    Unavailable,
}
