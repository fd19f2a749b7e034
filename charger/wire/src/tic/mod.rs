//! Customer information of the French house meter (TIC, *télé-information client*), as Enedis-NOI-CPT_54E describes it: the
//! meter talks without being asked, one frame after the other, seven bits and even parity.
//!
//! ```text
//!   STX  LF label SP value SP check CR  ..  ETX                      historic, 1200 baud, about two seconds a frame
//!   STX  LF label HT [horodate HT] value HT check CR  ..  ETX        standard, 9600 baud, about one frame a second
//! ```
//!
//! [`FrameReader`] takes the bytes as they come and gives whole frames; [`TicReading`] says what a frame means. [`Group::encode`]
//! and [`Frame::encode`] are the meter's side.

mod frame;
mod group;
mod horodate;
mod reading;
mod status;

pub use frame::{Counters, Frame, FrameReader, MAX_GROUPS};
pub use group::{Group, GroupError, MAX_GROUP_BYTES};
pub use horodate::{Horodate, Season};
pub use reading::{TicError, TicReading, VoltAmperes};
pub use status::{BreakerState, EuridisState, PlcState, StatusRegister, TempoColour};

/// Which of its two dialects the meter speaks. A meter has one, set by the energy supplier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// *Historique*: fields apart by spaces, whole amperes, apparent power only.
    Historic,
    /// *Standard*: fields apart by tabulators, times, both directions of energy, voltages.
    Standard,
}

impl Mode {
    /// Bits a second on the wire.
    #[must_use]
    pub const fn baud(self) -> u32 {
        match self {
            Self::Historic => 1200,
            Self::Standard => 9600,
        }
    }

    /// What stands between the fields of a group.
    #[must_use]
    pub const fn separator(self) -> u8 {
        match self {
            Self::Historic => b' ',
            Self::Standard => b'\t',
        }
    }

    /// The word for it in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Historic => "historic",
            Self::Standard => "standard",
        }
    }
}
