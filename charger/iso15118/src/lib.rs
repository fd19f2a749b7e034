//! V2G.

pub mod messages;
pub mod schemas;
