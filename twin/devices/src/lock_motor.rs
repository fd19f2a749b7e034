//! The connector lock of the Tux-EVSE power board: a motor and its position switches on a PCA9535 expander.
//!
//! The motor needs the whole pulse to carry the bolt from one end to the other; a shorter one leaves it between them. At each
//! end a switch closes to a pin of port 0: bit 0 when locked, bit 1 when unlocked. Which pins the board uses is not
//! documented; these two are inputs there.

use std::time::Duration;

use hardware::LockPosition;
use units::Instant;
use wire::expander::{LockBits, Register, read_written};

use crate::shared::Shared;
use crate::{I2cChip, Nack};

/// How long the motor needs from end to end, unless told otherwise.
const TRAVEL: Duration = Duration::from_millis(300);
/// The pin that is high while the bolt is at its locked end.
const LOCKED_SWITCH: u8 = 0x01;
/// The pin that is high while the bolt is at its unlocked end.
const UNLOCKED_SWITCH: u8 = 0x02;

/// What is broken at the expander.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LockFault {
    /// Nothing.
    #[default]
    None,
    /// Without power: it does not acknowledge.
    Nack,
    /// It acknowledges and does nothing; nobody drives the bus when it is read, which gives ones.
    Silent,
}

/// The expander with its motor. Clones are handles on the same lock: one goes behind the wire, one stays with the world.
#[derive(Clone, Debug)]
pub struct LockMotor(Shared<Lock>);

#[derive(Debug)]
struct Lock {
    bits: LockBits,
    travel: Duration,
    registers: [u8; 8],
    pointer: Register,
    /// Way from the unlocked end; [`Lock::travel`] is the locked one.
    bolt: Duration,
    /// Up to when the motor's work is in [`Lock::bolt`].
    moved: Instant,
    jammed: bool,
    /// What the switches say whatever the bolt does.
    stuck_switches: Option<u8>,
    fault: LockFault,
}

impl Default for LockMotor {
    fn default() -> Self {
        Self::new(TRAVEL)
    }
}

impl LockMotor {
    /// An unlocked lock after power-up, whose motor needs so long from end to end.
    #[must_use]
    pub fn new(travel: Duration) -> Self {
        Self(Shared::new(Lock {
            bits: LockBits::TUX_EVSE,
            travel,
            registers: Register::ALL.map(Register::at_power_up),
            pointer: Register::Input0,
            bolt: Duration::ZERO,
            moved: Instant::ZERO,
            jammed: false,
            stuck_switches: None,
            fault: LockFault::None,
        }))
    }

    /// Where the bolt really is.
    #[must_use]
    pub fn position(&self, now: Instant) -> LockPosition {
        self.0.with(|lock| {
            lock.run(now);
            lock.position()
        })
    }

    /// Something is in the way: the bolt stays where it is, whatever the motor does.
    pub fn set_jammed(&self, now: Instant, jammed: bool) {
        self.0.with(|lock| {
            lock.run(now);
            lock.jammed = jammed;
        });
    }

    /// The switches stick in what they would say of this position; `None` frees them.
    pub fn stick_switches(&self, position: Option<LockPosition>) {
        self.0.with(|lock| lock.stuck_switches = position.map(switches));
    }

    /// Breaks the expander; [`LockFault::None`] mends it. Without power it forgets its registers, and the motor stops.
    pub fn set_fault(&self, now: Instant, fault: LockFault) {
        self.0.with(|lock| {
            lock.run(now);
            lock.fault = fault;
            if fault == LockFault::Nack {
                lock.registers = Register::ALL.map(Register::at_power_up);
            }
        });
    }
}

const fn switches(position: LockPosition) -> u8 {
    match position {
        LockPosition::Locked => LOCKED_SWITCH,
        LockPosition::Moving => 0,
        LockPosition::Unlocked => UNLOCKED_SWITCH,
    }
}

impl Lock {
    fn register(&mut self, register: Register) -> &mut u8 {
        &mut self.registers[usize::from(register.number())]
    }

    /// Lets the motor do what it did since the last look.
    fn run(&mut self, now: Instant) {
        let ran = now.since(self.moved);
        self.moved = self.moved.max(now);
        let driven = *self.register(Register::Output0) & !*self.register(Register::Config0);
        if self.jammed {
            return;
        }
        // Both directions at once brake the motor.
        let runs = |bits: u8, other: u8| driven & bits == bits && driven & (other ^ self.bits.idle) == 0;
        if runs(self.bits.lock, self.bits.unlock) {
            self.bolt = self.travel.min(self.bolt + ran);
        } else if runs(self.bits.unlock, self.bits.lock) {
            self.bolt = self.bolt.saturating_sub(ran);
        }
    }

    fn position(&self) -> LockPosition {
        if self.bolt >= self.travel {
            LockPosition::Locked
        } else if self.bolt.is_zero() {
            LockPosition::Unlocked
        } else {
            LockPosition::Moving
        }
    }

    fn value(&mut self, register: Register) -> u8 {
        match register {
            Register::Input0 => {
                let config = *self.register(Register::Config0);
                let driven = *self.register(Register::Output0) & !config;
                let seen = self.stuck_switches.unwrap_or_else(|| switches(self.position())) & config;
                (driven | seen) ^ *self.register(Register::Polarity0)
            }
            Register::Input1 => {
                let driven = *self.register(Register::Output1) & !*self.register(Register::Config1);
                driven ^ *self.register(Register::Polarity1)
            }
            other => *self.register(other),
        }
    }
}

impl I2cChip for LockMotor {
    fn write(&mut self, now: Instant, bytes: &[u8]) -> Result<(), Nack> {
        self.0.with(|lock| {
            match lock.fault {
                LockFault::None => {}
                LockFault::Nack => return Err(Nack),
                LockFault::Silent => return Ok(()),
            }
            lock.run(now);
            let written = read_written(bytes).ok_or(Nack)?;
            lock.pointer = written.pointer;
            for (register, value) in written.values {
                // The pins tell the inputs; writing there changes nothing.
                if !matches!(register, Register::Input0 | Register::Input1) {
                    *lock.register(register) = value;
                }
            }
            Ok(())
        })
    }

    fn read(&mut self, now: Instant, buffer: &mut [u8]) -> Result<(), Nack> {
        self.0.with(|lock| {
            match lock.fault {
                LockFault::None => {}
                LockFault::Nack => return Err(Nack),
                LockFault::Silent => {
                    buffer.fill(0xff);
                    return Ok(());
                }
            }
            lock.run(now);
            for byte in buffer {
                *byte = lock.value(lock.pointer);
                lock.pointer = lock.pointer.partner();
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PULSE: u64 = 300;

    fn write(lock: &mut LockMotor, millis: u64, bytes: [u8; 2]) {
        lock.write(Instant::from_millis(millis), &bytes).expect("it acknowledges");
    }

    fn input(lock: &mut LockMotor, millis: u64) -> u8 {
        let mut value = [0];
        lock.write(Instant::from_millis(millis), &[0]).expect("it acknowledges");
        lock.read(Instant::from_millis(millis), &mut value).expect("it acknowledges");
        value[0]
    }

    fn drive(lock: &mut LockMotor, from: u64, pulse: u64, locked: bool) -> LockPosition {
        for (step, bytes) in LockBits::TUX_EVSE.sequence(locked).into_iter().enumerate() {
            write(lock, from + step as u64 * pulse, bytes);
        }
        lock.position(Instant::from_millis(from + 2 * pulse))
    }

    fn ready() -> LockMotor {
        let mut lock = LockMotor::default();
        for bytes in LockBits::TUX_EVSE.init() {
            write(&mut lock, 0, bytes);
        }
        lock
    }

    #[test]
    fn the_board_s_own_sequence_moves_the_bolt_and_the_switches_follow() {
        let mut lock = ready();
        assert_eq!(input(&mut lock, 0), 0x06, "unlocked, driver awake");
        assert_eq!(drive(&mut lock, 0, PULSE, true), LockPosition::Locked);
        assert_eq!(input(&mut lock, 600), 0x05, "locked");
        assert_eq!(drive(&mut lock, 1000, PULSE, false), LockPosition::Unlocked);
    }

    #[test]
    fn a_pulse_too_short_leaves_the_bolt_between_its_ends() {
        let mut lock = ready();
        assert_eq!(drive(&mut lock, 0, 100, true), LockPosition::Moving);
        assert_eq!(input(&mut lock, 300), 0x04, "neither switch");
    }

    #[test]
    fn pins_that_are_inputs_drive_nothing() {
        let mut lock = LockMotor::default();
        assert_eq!(drive(&mut lock, 0, PULSE, true), LockPosition::Unlocked);
    }

    #[test]
    fn what_is_broken_shows_where_it_is_broken() {
        let mut lock = ready();
        lock.set_jammed(Instant::ZERO, true);
        assert_eq!(drive(&mut lock, 0, PULSE, true), LockPosition::Unlocked);
        lock.set_jammed(Instant::from_millis(700), false);
        lock.stick_switches(Some(LockPosition::Unlocked));
        assert_eq!(drive(&mut lock, 1000, PULSE, true), LockPosition::Locked);
        assert_eq!(input(&mut lock, 1700), 0x06, "the switches still say unlocked");
        lock.set_fault(Instant::from_millis(2000), LockFault::Silent);
        assert_eq!(input(&mut lock, 2000), 0xff);
        lock.set_fault(Instant::from_millis(3000), LockFault::Nack);
        assert_eq!(lock.write(Instant::from_millis(3000), &[0]), Err(Nack));
        assert_eq!(lock.read(Instant::from_millis(3000), &mut [0]), Err(Nack));
    }
}
