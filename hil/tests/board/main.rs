//! Power board backends against the model of the firmware.

#![cfg(target_os = "linux")]

mod bench;
mod lines;
mod packet;
mod reopening;
mod serial;
