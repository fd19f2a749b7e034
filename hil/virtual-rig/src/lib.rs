//! A charger in a guest kernel, its world outside: the virtual rig.
//!
//! [`guest`] boots a User-Mode Linux kernel as a process, [`control`] gives its first process orders, [`lan`] is the network
//! behind its card. The buses are `hil_vhost`'s.
#![cfg(target_os = "linux")]

pub mod control;
pub mod guest;
pub mod lan;
