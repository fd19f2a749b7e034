//! A charger outside of this process, its world inside: the virtual rig and the desk rig.
//!
//! [`VirtualRigs`] makes a rig for each scenario: chargerd with its real backends on real device nodes, device models of the
//! twin at the other end of each wire, the twin's world and CSMS behind them. The features are the same as in the twin.
//!
//! [`Served`] are the same models on their wires for somebody who brings a charger of his own.
//!
//! [`guest`] boots a User-Mode Linux kernel as a process, [`control`] gives its first process orders, [`lan`] is the network
//! behind its card. The buses are `hil_vhost`'s.
#![cfg(target_os = "linux")]

mod abilities;
mod bare;
mod board_file;
mod charger_line;
pub mod control;
mod gate;
pub mod guest;
mod guest_host;
mod interlock;
mod keeper;
pub mod lan;
mod local_host;
mod local_wires;
pub mod operator;
mod ports;
mod probe;
mod program;
mod programs;
mod rig_devices;
mod rigs;
mod rs485;
mod scratch;
mod screen;
mod serve;
mod served;
mod stream;
mod wiring;

pub use probe::{check, probe};
pub use programs::{Kernel, Programs};
pub use rigs::VirtualRigs;
pub use served::Served;
