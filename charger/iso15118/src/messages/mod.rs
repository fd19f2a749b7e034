//! The messages, as types with the names of the standards.

pub(crate) mod decimal;
pub mod din;
pub mod iso2;
pub mod iso20;
pub mod sap;
pub mod xmldsig;
