//! A PCA9685: sixteen pulse-width outputs of 12 bits on I2C, one frequency for all.
//!
//! | register | meaning |
//! |---|---|
//! | 0x00 MODE1 | bit 4: asleep, as after power-up; outputs are low then |
//! | 0x06 + 4 n | output n: switched on at, low and high byte; bit 4 of the high byte: on throughout |
//! | 0x08 + 4 n | switched off at, likewise; bit 4 of the high byte: off throughout, and that wins |
//! | 0xfa - 0xfd | the same for all outputs, written only |
//! | 0xfe | the prescaler: a period is 4096 (n + 1) ticks of 25 MHz; written only while asleep |
//!
//! Bytes written behind a register's number go to the registers after it.

use std::fmt;

use units::Instant;

use crate::{I2cChip, Nack};

/// Where Linux and most boards have it.
pub const ADDRESS: u16 = 0x40;

/// An output that is always on.
pub const FULL: u16 = 4096;

const MODE1: u8 = 0x00;
const FIRST_OUTPUT: u8 = 0x06;
const LAST_OUTPUT: u8 = 0x45;
const ALL_OUTPUTS: u8 = 0xfa;
const LAST_OF_ALL: u8 = 0xfd;
const PRESCALER: u8 = 0xfe;

/// MODE1: the oscillator is off.
const SLEEP: u8 = 0x10;
/// In a high byte: on, or off, throughout.
const THROUGHOUT: u16 = 0x1000;
/// Kilohertz.
const OSCILLATOR: u64 = 25_000;

/// What an output does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pulse {
    /// High for so many 4096ths of a period.
    pub duty: u16,
    /// From one pulse to the next.
    pub period_us: u32,
}

/// The chip.
pub struct Pca9685 {
    registers: [u8; 256],
    pointer: u8,
    /// What each output did when it was last told.
    told: [Pulse; 16],
    output: Box<dyn Fn(u8, Pulse) + Send>,
}

impl fmt::Debug for Pca9685 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pca9685").field("told", &self.told).finish_non_exhaustive()
    }
}

impl Pca9685 {
    /// A chip after power-up; `output` is told whenever one of its outputs changes.
    #[must_use]
    pub fn new(output: impl Fn(u8, Pulse) + Send + 'static) -> Self {
        let mut registers = [0; 256];
        registers[usize::from(MODE1)] = SLEEP | 1;
        registers[usize::from(PRESCALER)] = 0x1e;
        for high in (FIRST_OUTPUT..=LAST_OUTPUT).skip(3).step_by(4) {
            registers[usize::from(high)] = 0x10;
        }
        let told = [Pulse { duty: 0, period_us: period_us(0x1e) }; 16];
        Self { registers, pointer: 0, told, output: Box::new(output) }
    }

    fn register(&mut self, register: u8, value: u8) {
        let asleep = self.registers[usize::from(MODE1)] & SLEEP != 0;
        match register {
            FIRST_OUTPUT..=LAST_OUTPUT => self.registers[usize::from(register)] = kept(register - FIRST_OUTPUT, value),
            ALL_OUTPUTS..=LAST_OF_ALL => {
                let place = register - ALL_OUTPUTS;
                for own in (FIRST_OUTPUT..=LAST_OUTPUT).skip(usize::from(place)).step_by(4) {
                    self.registers[usize::from(own)] = kept(place, value);
                }
            }
            PRESCALER if !asleep => {}
            // Below 3 the chip takes 3.
            PRESCALER => self.registers[usize::from(PRESCALER)] = value.max(3),
            _ if register < FIRST_OUTPUT => self.registers[usize::from(register)] = value,
            _ => {}
        }
    }

    fn pulse(&self, output: u8) -> Pulse {
        let at = usize::from(FIRST_OUTPUT + 4 * output);
        let word = |at: usize| u16::from_le_bytes([self.registers[at], self.registers[at + 1]]);
        let (on, off) = (word(at), word(at + 2));
        let duty = if self.registers[usize::from(MODE1)] & SLEEP != 0 || off & THROUGHOUT != 0 {
            0
        } else if on & THROUGHOUT != 0 {
            FULL
        } else {
            off.wrapping_sub(on) & 0xfff
        };
        Pulse { duty, period_us: period_us(self.registers[usize::from(PRESCALER)]) }
    }
}

/// What a register of an output keeps: high bytes are the odd ones, and have five bits.
const fn kept(place: u8, value: u8) -> u8 {
    if place % 2 == 1 { value & 0x1f } else { value }
}

const fn period_us(prescaler: u8) -> u32 {
    (FULL as u64 * (prescaler as u64 + 1) * 1000 / OSCILLATOR) as u32
}

impl I2cChip for Pca9685 {
    fn write(&mut self, _: Instant, bytes: &[u8]) -> Result<(), Nack> {
        let Some((register, values)) = bytes.split_first() else { return Ok(()) };
        self.pointer = *register;
        for value in values {
            self.register(self.pointer, *value);
            self.pointer = self.pointer.wrapping_add(1);
        }
        // Outputs follow at the end of a transfer.
        for output in 0..16 {
            let (pulse, told) = (self.pulse(output), &mut self.told[usize::from(output)]);
            if *told != pulse {
                *told = pulse;
                (self.output)(output, pulse);
            }
        }
        Ok(())
    }

    fn read(&mut self, _: Instant, buffer: &mut [u8]) -> Result<(), Nack> {
        for byte in buffer {
            *byte = self.registers[usize::from(self.pointer)];
            self.pointer = self.pointer.wrapping_add(1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    type Told = Arc<Mutex<Vec<(u8, Pulse)>>>;

    fn chip() -> (Pca9685, Told) {
        let told = Told::default();
        let sink = Arc::clone(&told);
        (Pca9685::new(move |output, pulse| sink.lock().expect("nobody panics").push((output, pulse))), told)
    }

    fn write(chip: &mut Pca9685, bytes: &[u8]) {
        chip.write(Instant::ZERO, bytes).expect("it acknowledges");
    }

    fn last(told: &Told) -> Option<(u8, Pulse)> {
        told.lock().expect("nobody panics").last().copied()
    }

    #[test]
    fn an_output_follows_its_registers_as_linux_writes_them() {
        let (mut chip, told) = chip();
        // The prescaler of 1 kHz, then awake.
        write(&mut chip, &[PRESCALER, 5]);
        write(&mut chip, &[MODE1, 0x01]);
        assert_eq!(last(&told), Some((15, Pulse { duty: 0, period_us: 983 })));
        for (bytes, duty) in [
            // Full on: ON_H, then full off withdrawn.
            (&[0x07, 0x10, 0x00, 0x00][..], FULL),
            // 5 %: on at 0, off at 205.
            (&[0x06, 0x00, 0x00, 205, 0x00], 205),
            // Off throughout wins over on throughout.
            (&[0x07, 0x10, 0x00, 0x10], 0),
        ] {
            write(&mut chip, bytes);
            assert_eq!(last(&told), Some((0, Pulse { duty, period_us: 983 })), "{bytes:?}");
        }
        write(&mut chip, &[0x0a, 0x00, 0x0f, 0x00, 0x01]);
        assert_eq!(last(&told), Some((1, Pulse { duty: 512, period_us: 983 })));
        let before = told.lock().expect("nobody panics").len();
        write(&mut chip, &[ALL_OUTPUTS, 0x00, 0x00, 0x00, 0x08]);
        assert_eq!(told.lock().expect("nobody panics").len(), before + 16);
        write(&mut chip, &[MODE1, SLEEP]);
        assert_eq!(last(&told), Some((15, Pulse { duty: 0, period_us: 983 })));
    }

    #[test]
    fn the_prescaler_is_taken_asleep_only_and_registers_read_back() {
        let (mut chip, _) = chip();
        write(&mut chip, &[MODE1, 0x01]);
        write(&mut chip, &[PRESCALER, 5]);
        write(&mut chip, &[PRESCALER]);
        let mut buffer = [0; 3];
        chip.read(Instant::ZERO, &mut buffer).expect("it acknowledges");
        // Past the end it begins anew.
        assert_eq!(buffer, [0x1e, 0x00, 0x01]);
        // What no register is there for does nothing.
        write(&mut chip, &[0x46, 0xff, 0xff]);
        write(&mut chip, &[]);
    }
}
