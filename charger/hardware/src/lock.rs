//! The lock that holds the plug in the socket.

use serde::{Deserialize, Serialize};

use crate::HardwareError;

/// Where the bolt is, as read back.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum LockPosition {
    /// The plug is held.
    Locked,
    /// Neither end position is reached: jammed or moving.
    Moving,
    /// The plug can be pulled.
    Unlocked,
}

/// The connector lock as the charger needs it. A tethered cable has none.
pub trait ConnectorLock {
    /// What may go wrong at the lock.
    type Error: HardwareError;

    /// Drives the bolt; returns when the movement has ended, wherever it ended, within
    /// [`bounds::LOCK_DRIVE`](crate::bounds::LOCK_DRIVE).
    async fn drive(&mut self, locked: bool) -> Result<(), Self::Error>;

    /// Reads the position back. Returns within [`bounds::LOCK_POSITION`](crate::bounds::LOCK_POSITION).
    async fn position(&mut self) -> Result<LockPosition, Self::Error>;
}

impl<T: ConnectorLock> ConnectorLock for &mut T {
    type Error = T::Error;

    async fn drive(&mut self, locked: bool) -> Result<(), Self::Error> {
        T::drive(self, locked).await
    }

    async fn position(&mut self) -> Result<LockPosition, Self::Error> {
        T::position(self).await
    }
}
