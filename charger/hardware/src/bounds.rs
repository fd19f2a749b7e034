//! How long a call of the seam may take, at most.
//!
//! A backend keeps these times by itself: what does not answer is [`crate::ErrorKind::TimedOut`]. The charger enforces them as
//! well, for a driver that hangs must be a loss of its device and never one of the charger: a call that takes longer is
//! dropped, and counts as one that timed out. So every method must bear that its future is dropped half way, and the next
//! call begins again. What waits for something to happen (`next_event`, `next_token`, `receive`) has no bound; it ends with an
//! error within [`NOTICED`] after its device stopped to answer, where a device that is asked answers.

use std::time::Duration;

/// A device that is asked from time to time, and does not answer any more, is noticed within this.
pub const NOTICED: Duration = Duration::from_secs(10);

/// To start a power board: it may have to open its link first, and wait for a firmware that starts.
pub const BOARD_START: Duration = Duration::from_secs(15);
/// A command or a sign of life to the power board.
pub const BOARD_COMMAND: Duration = Duration::from_secs(2);

/// To drive the bolt to its other end.
pub const LOCK_DRIVE: Duration = Duration::from_secs(10);
/// To read where the bolt is.
pub const LOCK_POSITION: Duration = Duration::from_secs(5);

/// To read a meter.
pub const METER_READ: Duration = Duration::from_secs(10);

/// To show a screen.
pub const PANEL_SHOW: Duration = Duration::from_secs(10);

/// To ask a DC supply what it can do, to set it, and to switch it on: some exchange their ranges for that.
pub const SUPPLY_SET: Duration = Duration::from_secs(15);
/// To switch a DC supply off.
pub const SUPPLY_OFF: Duration = Duration::from_secs(2);
/// To read a DC supply.
pub const SUPPLY_READ: Duration = Duration::from_secs(5);

/// To let the insulation monitor measure, or not: it may have to be set up first.
pub const INSULATION_MEASURE: Duration = Duration::from_secs(10);
/// To read the insulation monitor: it may have to be set up first.
pub const INSULATION_READ: Duration = Duration::from_secs(10);
/// A self-test of the insulation monitor.
pub const INSULATION_TEST: Duration = Duration::from_secs(60);

/// To ask a modem's link for our address, and to send a frame.
pub const PLC_SEND: Duration = Duration::from_secs(2);

/// To open the ears of the network to the car, to close them, and to say something there.
pub const V2G_NETWORK: Duration = Duration::from_secs(2);
