//! The production charger.
fn main() {}
