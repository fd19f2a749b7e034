//! ISO 15118-20.
pub mod ac;
pub mod acdp;
pub mod common;
pub mod dc;
pub mod messages;
pub mod wpt;
