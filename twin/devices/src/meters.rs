//! Which model of a meter a register map calls for.

use wire::register_map::{RegisterMap, RegisterMapError};

use crate::abb::AbbB23;
use crate::eastron::Eastron;
use crate::measured::MeterBank;

/// The model of the meter that a built-in register map describes.
///
/// # Errors
/// There is no map of that name.
pub fn meter(map: &str) -> Result<Box<dyn MeterBank>, RegisterMapError> {
    let registers = RegisterMap::built_in(map)?;
    Ok(if map.starts_with("abb") { Box::new(AbbB23::new(registers)) } else { Box::new(Eastron::new(registers)) })
}
