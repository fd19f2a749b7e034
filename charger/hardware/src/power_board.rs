//! The power board: the microcontroller that runs the safety machine.

use iec61851::{Event, Permission, PilotSignal};
use serde::{Deserialize, Serialize};

use crate::HardwareError;

/// The version of the messages between host and board. A board that speaks another is refused when it starts.
pub const PROTOCOL_VERSION: u16 = 3;

/// What a board says of itself when it is started.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BoardInfo {
    /// The version of its messages; see [`PROTOCOL_VERSION`].
    pub protocol: u16,
    /// Its firmware, as it names it.
    pub firmware: String,
}

/// The power board as the charger needs it.
///
/// ```text
/// host                                board (runs iec61851)
///   start ---------------------------> enable, answers BoardInfo, publishes cable, faults, contactor again,
///                                      and the pilot as soon as it has seen one for long enough
///   set_pilot(Pwm 26.6 %) -----------> drives the pilot when a car is there
///   allow_power(Offered) ------------> closes the contactor in C, and only while everything is safe
///   heartbeat (each 500 ms) ---------> silence opens the contactor after 2 s
///   next_event <---------------------- Pilot, Cable, ContactorClosed, ContactorOpened, ContactorBusy, Fault, FaultCleared
/// ```
///
/// The board decides by itself to open the contactor; the host can only ever *permit*.
pub trait PowerBoard {
    /// What may go wrong on the link to the board.
    type Error: HardwareError;

    /// Enables the board and asks who it is. Idempotent: the board publishes its state again.
    /// Returns within [`bounds::BOARD_START`](crate::bounds::BOARD_START).
    async fn start(&mut self) -> Result<BoardInfo, Self::Error>;

    /// Sets what the board drives on the control pilot. Returns within
    /// [`bounds::BOARD_COMMAND`](crate::bounds::BOARD_COMMAND).
    async fn set_pilot(&mut self, signal: PilotSignal) -> Result<(), Self::Error>;

    /// Permits the contactor to close when the car asks, or withdraws the permission: it opens. A permission given before
    /// the board has told a plugged state is worth nothing.
    /// Returns within [`bounds::BOARD_COMMAND`](crate::bounds::BOARD_COMMAND).
    async fn allow_power(&mut self, permission: Permission) -> Result<(), Self::Error>;

    /// A sign of life from the host. Returns within [`bounds::BOARD_COMMAND`](crate::bounds::BOARD_COMMAND).
    async fn heartbeat(&mut self) -> Result<(), Self::Error>;

    /// The next thing the board has to say. Cancel safe.
    async fn next_event(&mut self) -> Result<Event, Self::Error>;

    /// How much of what the board said or measured arrived damaged since it was opened. It was asked for again: nothing is
    /// opened for it, and nothing was lost.
    fn damaged(&self) -> u64;
}

impl<T: PowerBoard> PowerBoard for &mut T {
    type Error = T::Error;

    async fn start(&mut self) -> Result<BoardInfo, Self::Error> {
        T::start(self).await
    }

    async fn set_pilot(&mut self, signal: PilotSignal) -> Result<(), Self::Error> {
        T::set_pilot(self, signal).await
    }

    async fn allow_power(&mut self, permission: Permission) -> Result<(), Self::Error> {
        T::allow_power(self, permission).await
    }

    async fn heartbeat(&mut self) -> Result<(), Self::Error> {
        T::heartbeat(self).await
    }

    async fn next_event(&mut self) -> Result<Event, Self::Error> {
        T::next_event(self).await
    }

    fn damaged(&self) -> u64 {
        T::damaged(self)
    }
}
