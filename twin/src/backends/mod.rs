//! A simulated backend for each trait of the seam.

mod board_line;
mod insulation;
mod lock;
mod meter;
mod panel;
mod plc;
mod power_board;
mod reader;
mod supply;
mod v2g;

pub(crate) use insulation::SimInsulation;
pub(crate) use lock::SimLock;
pub(crate) use meter::SimMeter;
pub(crate) use panel::SimPanel;
pub(crate) use plc::SimPlc;
pub(crate) use power_board::SimPowerBoard;
pub(crate) use reader::SimReader;
pub(crate) use supply::{SimSupply, supply_waits_until, supply_watchdog};
pub(crate) use v2g::SimV2gNetwork;
