//! A simulated backend for each trait of the seam.

mod lock;
mod meter;
mod panel;
mod power_board;
mod reader;

pub(crate) use lock::SimLock;
pub(crate) use meter::SimMeter;
pub(crate) use panel::SimPanel;
pub(crate) use power_board::SimPowerBoard;
pub(crate) use reader::SimReader;
