//! A lock motor behind an I2C expander, `i2c:/dev/i2c-0@0x20`.
//!
//! | option | meaning | default (Tux-EVSE power board) |
//! |---|---|---|
//! | `lock`, `unlock`, `idle` | what the outputs of port 0 drive | `0x24`, `0x14`, `0x04` |
//! | `inputs` | which pins of port 0 are inputs | `0x83` |
//! | `pulse_ms` | from one write to the next | 300 |
//! | `status` | register that tells the position | 0 |
//! | `locked_bit` | its bit that tells that the bolt is at its locked end | 0, unconfirmed |
//! | `unlocked_bit` | its bit for the unlocked end | none: whatever is not locked counts as unlocked |
//! | `active` | level of a switch at its end, `high` or `low` | `high` |
//!
//! With two switches, neither end reached is [`LockPosition::Moving`], and both at once is an error of the switches.

use std::time::Duration;

use hardware::{ConnectorLock, ErrorKind, LinkError, LockPosition};
use wire::expander::{LockBits, Register};

use crate::i2c::{Chip, ChipPlace};
use crate::options::Options;
use crate::{Endpoint, EndpointError, Open};

const PULSE: Duration = Duration::from_millis(300);
/// Between two tries to switch the motor off: what disturbed the bus (the motor itself, most of all) is over by then.
const OFF_AGAIN: Duration = Duration::from_millis(10);
/// A lock motor behind an expander. A movement that is given up half-way (its future dropped, or a write lost) leaves the
/// motor driven; it is switched off ahead of whatever is asked next.
pub struct I2cLock {
    chip: Chip,
    settings: Settings,
    /// The outputs may drive the motor.
    driven: bool,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Settings {
    place: ChipPlace,
    bits: LockBits,
    pulse: Duration,
    status: Register,
    locked: u8,
    unlocked: Option<u8>,
    active_high: bool,
}

impl Settings {
    fn of(endpoint: &Endpoint) -> Result<Self, EndpointError> {
        let mut options = Options::of(endpoint);
        let place = ChipPlace::of(&mut options, endpoint.target());
        let board = LockBits::TUX_EVSE;
        let mut byte = |key, otherwise: u8| options.number(key, 0..=u8::MAX).unwrap_or(otherwise);
        let bits = LockBits {
            idle: byte("idle", board.idle),
            lock: byte("lock", board.lock),
            unlock: byte("unlock", board.unlock),
            inputs: byte("inputs", board.inputs),
        };
        let status = options.number("status", 0..=7).and_then(Register::from_number).unwrap_or(Register::Input0);
        let active_high = options.word("active", &[("high", true), ("low", false)], true);
        let locked = options.number("locked_bit", 0..=7_u8).map_or(1, |bit| 1 << bit);
        let unlocked = options.number("unlocked_bit", 0..=7_u8).map(|bit| 1 << bit);
        if unlocked == Some(locked) {
            options.wrong("locked_bit and unlocked_bit: expected two different bits");
        }
        let pulse = options.millis("pulse_ms", PULSE);
        options.end()?;
        Ok(Self { place, bits, pulse, status, locked, unlocked, active_high })
    }

    /// What the switches say; `None` when both ends are reached at once.
    fn position(&self, levels: u8) -> Option<LockPosition> {
        let closed = if self.active_high { levels } else { !levels };
        let at_locked = closed & self.locked != 0;
        match self.unlocked.map(|unlocked| closed & unlocked != 0) {
            None | Some(false) if at_locked => Some(LockPosition::Locked),
            None => Some(LockPosition::Unlocked),
            Some(true) if at_locked => None,
            Some(true) => Some(LockPosition::Unlocked),
            Some(false) => Some(LockPosition::Moving),
        }
    }
}

impl I2cLock {
    async fn begin(mut chip: Chip, settings: Settings) -> Result<Self, LinkError> {
        for bytes in settings.bits.init() {
            chip.write(&bytes).await?;
        }
        Ok(Self { chip, settings, driven: false })
    }

    async fn rest(&mut self) -> Result<(), LinkError> {
        if self.driven {
            let [off, _] = self.settings.bits.init();
            self.chip.write(&off).await?;
            self.driven = false;
        }
        Ok(())
    }
}

impl Open for I2cLock {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        Settings::of(endpoint).map(drop)
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let settings = Settings::of(endpoint)?;
        Self::begin(Chip::open(settings.place.clone()).await?, settings).await
    }
}

impl ConnectorLock for I2cLock {
    type Error = LinkError;

    async fn drive(&mut self, locked: bool) -> Result<(), LinkError> {
        let [_off, run, off_again] = self.settings.bits.sequence(locked);
        // The sequence begins with the motor off, and so does this; it also sets up a chip that lost its power meanwhile.
        for bytes in self.settings.bits.init() {
            self.chip.write(&bytes).await?;
        }
        tokio::time::sleep(self.settings.pulse).await;
        self.driven = true;
        self.chip.write(&run).await?;
        tokio::time::sleep(self.settings.pulse).await;
        if self.chip.write(&off_again).await.is_err() {
            // Once more: a motor left on burns.
            tokio::time::sleep(OFF_AGAIN).await;
            self.chip.write(&off_again).await?;
        }
        self.driven = false;
        Ok(())
    }

    async fn position(&mut self) -> Result<LockPosition, LinkError> {
        self.rest().await?;
        let levels = self.chip.register(self.settings.status.number()).await?;
        self.settings.position(levels).ok_or_else(|| {
            let what = format!(
                "both end switches are closed at once: register {} is {levels:#04x}",
                self.settings.status.number()
            );
            LinkError::new(ErrorKind::Garbled, self.chip.name().to_owned(), what)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i2c::model;
    use devices::lock_motor::{LockFault, LockMotor};
    use tokio::time::Instant;

    /// The pulse of the tests. A sleep may last longer than asked for, never shorter: the motor always gets there.
    const SHORT: &str = "i2c:/dev/i2c-0@0x20?pulse_ms=20&unlocked_bit=1";

    struct Bench {
        lock: I2cLock,
        motor: LockMotor,
        start: Instant,
    }

    impl Bench {
        async fn new(endpoint: &str) -> Self {
            let settings = Settings::of(&endpoint.parse().expect("an endpoint")).expect("settings");
            let motor = LockMotor::new(Duration::from_millis(20));
            let start = Instant::now();
            let chip = model::chip("/dev/i2c-0@0x20", motor.clone(), start).await;
            Self { lock: I2cLock::begin(chip, settings).await.expect("it answers"), motor, start }
        }

        fn now(&self) -> units::Instant {
            self.start.elapsed().into()
        }

        async fn moved(&mut self, locked: bool) -> (Result<LockPosition, ErrorKind>, LockPosition) {
            self.lock.drive(locked).await.expect("it acknowledges");
            (self.lock.position().await.map_err(|error| error.kind), self.motor.position(self.now()))
        }
    }

    #[tokio::test]
    async fn the_bolt_goes_there_and_back_and_the_switches_tell() {
        let mut bench = Bench::new(SHORT).await;
        assert_eq!(bench.lock.position().await, Ok(LockPosition::Unlocked));
        assert_eq!(bench.moved(true).await, (Ok(LockPosition::Locked), LockPosition::Locked));
        assert_eq!(bench.moved(false).await, (Ok(LockPosition::Unlocked), LockPosition::Unlocked));
    }

    #[tokio::test]
    async fn a_jam_and_a_stuck_switch_are_told_from_a_lock() {
        let mut bench = Bench::new(SHORT).await;
        bench.motor.set_jammed(bench.now(), true);
        assert_eq!(bench.moved(true).await, (Ok(LockPosition::Unlocked), LockPosition::Unlocked));
        bench.motor.set_jammed(bench.now(), false);
        bench.motor.stick_switches(Some(LockPosition::Moving));
        assert_eq!(bench.moved(true).await, (Ok(LockPosition::Moving), LockPosition::Locked));
    }

    #[tokio::test]
    async fn a_chip_without_power_is_gone_and_a_silent_one_contradicts_itself() {
        let mut bench = Bench::new(SHORT).await;
        bench.motor.set_fault(bench.now(), LockFault::Silent);
        assert_eq!(bench.moved(true).await, (Err(ErrorKind::Garbled), LockPosition::Unlocked));
        bench.motor.set_fault(bench.now(), LockFault::Nack);
        let error = bench.lock.drive(true).await.expect_err("no power");
        assert_eq!((error.kind, error.device.as_ref()), (ErrorKind::Disconnected, "/dev/i2c-0@0x20"));
    }

    #[tokio::test]
    async fn a_chip_that_lost_its_power_for_a_moment_still_moves_the_bolt() {
        let mut bench = Bench::new(SHORT).await;
        bench.motor.set_fault(bench.now(), LockFault::Nack);
        bench.motor.set_fault(bench.now(), LockFault::None);
        assert_eq!(bench.moved(true).await, (Ok(LockPosition::Locked), LockPosition::Locked));
    }

    #[tokio::test]
    async fn a_movement_that_was_given_up_does_not_leave_the_motor_on() {
        let mut bench = Bench::new("i2c:/dev/i2c-0@0x20?pulse_ms=60000&unlocked_bit=1").await;
        // As dropped in the middle of its pulse.
        bench.lock.chip.write(&[0x02, 0x24]).await.expect("it acknowledges");
        bench.lock.driven = true;
        let _ = bench.lock.position().await.expect("it acknowledges");
        assert_eq!(bench.lock.chip.register(Register::Output0.number()).await, Ok(0x04));
    }

    #[test]
    fn settings_are_the_board_s_unless_told_otherwise() {
        let read = |text: &str| Settings::of(&text.parse().expect("an endpoint"));
        let board = read("i2c:/dev/i2c-0@0x20").expect("settings");
        assert_eq!((board.bits, board.pulse, board.locked), (LockBits::TUX_EVSE, PULSE, 1));
        assert_eq!(
            [0x00, 0x01].map(|levels| board.position(levels)),
            [Some(LockPosition::Unlocked), Some(LockPosition::Locked)]
        );
        let other = read("i2c:/dev/i2c-0@0x20?lock=0x21&status=1&locked_bit=7&active=low").expect("settings");
        assert_eq!((other.bits.lock, other.status, other.locked), (0x21, Register::Input1, 0x80));
        assert_eq!(other.position(0x80), Some(LockPosition::Unlocked));
        for wrong in ["status=8", "locked_bit=8", "active=yes", "bit=1", "locked_bit=1&unlocked_bit=1", "pulse_ms=0"] {
            assert!(read(&format!("i2c:/dev/i2c-0@0x20?{wrong}")).is_err(), "{wrong}");
        }
    }
}
