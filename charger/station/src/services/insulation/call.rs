//! What the insulation monitor is asked.

use crate::bus::calls;

calls! {
    /// What the insulation monitor is asked.
    pub(crate) InsulationCall to Insulation {
        /// Let it measure, or not.
        "insulation.measure" => Measure(bool),
        /// Let it test itself.
        "insulation.test" => Test,
    }
}
