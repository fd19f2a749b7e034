//! An AD7991: four inputs of 12 bits on I2C, measured at the moment they are read.
//!
//! One byte written is the configuration: bits 7 to 4 choose the inputs (bit 4 is input 0). Each two bytes read are one
//! measurement, high byte first: two zeros, two bits with the number of the input, twelve bits of the value. Several chosen
//! inputs take turns.

use std::fmt;

use units::Instant;

use crate::{I2cChip, Nack};

/// Where Linux and most boards have it.
pub const ADDRESS: u16 = 0x28;

/// The largest value.
pub const FULL_SCALE: u16 = 0xfff;

/// All four, as after power-up.
const ALL: u8 = 0xf0;

/// What an input has at an instant, between zero and [`FULL_SCALE`].
pub type Input = Box<dyn Fn(Instant, u8) -> u16 + Send>;

/// The chip.
pub struct Ad7991 {
    input: Input,
    chosen: u8,
    /// The input that is measured next.
    next: u8,
}

impl fmt::Debug for Ad7991 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ad7991").field("chosen", &self.chosen).finish_non_exhaustive()
    }
}

impl Ad7991 {
    /// A chip whose inputs are wired to that.
    #[must_use]
    pub fn new(input: impl Fn(Instant, u8) -> u16 + Send + 'static) -> Self {
        Self { input: Box::new(input), chosen: ALL, next: 0 }
    }

    fn is_chosen(&self, input: u8) -> bool {
        self.chosen & (0x10 << input) != 0
    }
}

impl I2cChip for Ad7991 {
    fn write(&mut self, _: Instant, bytes: &[u8]) -> Result<(), Nack> {
        if let Some(configuration) = bytes.last() {
            self.chosen = configuration & ALL;
            self.next = 0;
        }
        Ok(())
    }

    fn read(&mut self, now: Instant, buffer: &mut [u8]) -> Result<(), Nack> {
        for bytes in buffer.chunks_mut(2) {
            let input = (0..4).map(|ahead| (self.next + ahead) % 4).find(|input| self.is_chosen(*input)).unwrap_or(0);
            self.next = (input + 1) % 4;
            let value = (self.input)(now, input).min(FULL_SCALE) | u16::from(input) << 12;
            let [high, low] = value.to_be_bytes();
            bytes[0] = high;
            if let Some(second) = bytes.get_mut(1) {
                *second = low;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_inputs_are_measured_in_turn() {
        let mut chip = Ad7991::new(|now, input| 1000 * u16::from(input) + now.as_millis() as u16);
        let mut read = |configuration: Option<u8>, millis| {
            let now = Instant::from_millis(millis);
            if let Some(configuration) = configuration {
                chip.write(now, &[configuration]).expect("it acknowledges");
            }
            let mut buffer = [0; 4];
            chip.read(now, &mut buffer).expect("it acknowledges");
            [u16::from_be_bytes([buffer[0], buffer[1]]), u16::from_be_bytes([buffer[2], buffer[3]])]
        };
        assert_eq!(read(None, 1), [1, 0x1000 | 1001]);
        assert_eq!(read(None, 2), [0x2000 | 2002, 0x3000 | 3002]);
        assert_eq!(read(Some(0x10), 7), [7, 7]);
        assert_eq!(read(Some(0xa0), 0), [0x1000 | 1000, 0x3000 | 3000]);
        // Nobody chose anything: the first, and no harm.
        assert_eq!(read(Some(0x00), 5), [5, 5]);
    }

    #[test]
    fn a_value_beyond_full_scale_is_full_scale_and_half_a_measurement_its_high_byte() {
        let mut chip = Ad7991::new(|_, _| u16::MAX);
        let mut buffer = [0; 3];
        chip.write(Instant::ZERO, &[]).expect("it acknowledges");
        chip.read(Instant::ZERO, &mut buffer).expect("it acknowledges");
        assert_eq!(buffer, [0x0f, 0xff, 0x1f]);
    }
}
