//! An I2C adapter of the guest (virtio id 34), with chips of ours on the bus.
//!
//! A request is one message of a transfer: eight bytes {address << 1: u16, padding: u16, flags: u32}, then the data to write or
//! room to read into, then room for one byte of status.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use devices::{I2cChip, Nack};
use units::Instant;
use virtio_bindings::bindings::virtio_ring::{VIRTIO_RING_F_EVENT_IDX, VIRTIO_RING_F_INDIRECT_DESC};

use crate::Clock;
use crate::daemon::{Daemon, Device, VhostError, lock};
use crate::ring::{Request, Ring};

/// When this message fails, the next fails too.
const FAIL_NEXT: u32 = 1;
/// The master reads.
const READ: u32 = 2;
/// Messages without data are allowed: Linux insists.
const ZERO_LENGTH_REQUEST: u64 = 1;

/// More messages than a queue has places cannot wait for each other.
const LONGEST_TRANSFER: usize = 256;

const HEADER: usize = 8;
const ACK: u8 = 0;
const NACK: u8 = 1;

/// The chips of a bus by 7-bit address.
type Chips = BTreeMap<u16, Box<dyn I2cChip>>;

/// The bus: chips, and what a failed message leaves behind.
struct Bus {
    chips: Chips,
    failing: bool,
}

impl Bus {
    fn new(chips: Chips) -> Self {
        Self { chips, failing: false }
    }

    /// Performs one message; the answer is the bytes read and the status, as long as `room`.
    fn message(&mut self, now: Instant, request: &[u8], room: usize) -> Vec<u8> {
        let Some(length) = room.checked_sub(1) else { return Vec::new() };
        let Some((header, data)) = request.split_at_checked(HEADER) else { return failed(length) };
        let address = u16::from_le_bytes([header[0], header[1]]) >> 1;
        let flags = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
        let mut answer = vec![0; length];
        let done = match self.chips.get_mut(&address) {
            _ if self.failing => Err(Nack),
            None => Err(Nack),
            Some(chip) if flags & READ != 0 => chip.read(now, &mut answer),
            Some(chip) => chip.write(now, data),
        };
        self.failing = done.is_err() && flags & FAIL_NEXT != 0;
        if done.is_err() {
            return failed(length);
        }
        answer.push(ACK);
        answer
    }
}

/// Whatever was read up to the failure is nothing.
fn failed(length: usize) -> Vec<u8> {
    let mut answer = vec![0; length];
    answer.push(NACK);
    answer
}

struct Adapter {
    bus: Bus,
    now: Clock,
    /// The messages of a transfer whose last has not come yet, with their answers.
    transfer: Vec<(Request, Vec<u8>)>,
}

impl Device for Adapter {
    const QUEUES: usize = 1;
    const FEATURES: u64 = ZERO_LENGTH_REQUEST | 1 << VIRTIO_RING_F_INDIRECT_DESC | 1 << VIRTIO_RING_F_EVENT_IDX;

    fn reset(&mut self) {
        self.bus.failing = false;
        self.transfer.clear();
    }

    /// Answers a transfer as a whole, its last message first: Linux's driver frees every message of a transfer as soon as it has
    /// seen the first failure, whether the others have come back or not.
    fn serve(&mut self, rings: &[Ring<'_>]) {
        let [ring] = rings else { return };
        ring.serve(|request| {
            // Longer than any transfer: no chip of ours was meant.
            let bytes: &[u8] = if request.cut { &[] } else { &request.bytes };
            let answer = self.bus.message((self.now)(), bytes, request.room());
            let more = goes_on(bytes);
            self.transfer.push((request, answer));
            if !more || self.transfer.len() >= LONGEST_TRANSFER {
                for (request, answer) in self.transfer.drain(..).rev() {
                    ring.give(&request, &answer);
                }
            }
        });
    }
}

/// Whether further messages of the same transfer follow.
fn goes_on(request: &[u8]) -> bool {
    request.get(4).is_some_and(|flags| u32::from(*flags) & FAIL_NEXT != 0)
}

/// An I2C bus of the guest: `/dev/i2c-N` over there, chips here.
///
/// An address without a chip does not acknowledge. Linux's driver reports that as a transfer of no messages: `read(2)` and
/// `write(2)` return 0, where a real adapter says `ENXIO`.
pub struct I2cBus {
    daemon: Daemon<Adapter>,
}

impl I2cBus {
    /// Listens at `socket`; the chips are asked from the device's own thread.
    ///
    /// # Errors
    /// The socket cannot be created: the path is taken, too long or not writable.
    pub fn start(socket: &Path, chips: BTreeMap<u16, Box<dyn I2cChip>>, now: Clock) -> Result<Self, VhostError> {
        Ok(Self { daemon: Daemon::start(socket, Adapter { bus: Bus::new(chips), now, transfer: Vec::new() })? })
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> &Path {
        self.daemon.path()
    }

    /// A handle to change the bus while it runs.
    #[must_use]
    pub fn handle(&self) -> I2cHandle {
        I2cHandle { device: self.daemon.device().clone() }
    }
}

impl fmt::Debug for I2cBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("I2cBus").field("socket", &self.socket()).finish_non_exhaustive()
    }
}

/// Puts chips on a bus and takes them off.
#[derive(Clone)]
pub struct I2cHandle {
    device: Arc<Mutex<Adapter>>,
}

impl I2cHandle {
    /// Puts a chip at an address; what was there comes off.
    pub fn insert(&self, address: u16, chip: Box<dyn I2cChip>) -> Option<Box<dyn I2cChip>> {
        lock(&self.device).bus.chips.insert(address, chip)
    }

    /// Takes the chip at an address off: from now on nobody acknowledges there.
    pub fn remove(&self, address: u16) -> Option<Box<dyn I2cChip>> {
        lock(&self.device).bus.chips.remove(&address)
    }
}

impl fmt::Debug for I2cHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("I2cHandle").finish_non_exhaustive()
    }
}

/// A chip that a bus and a world hold together: the bus talks to it, the world changes what it measures.
#[derive(Debug, Default)]
pub struct SharedChip<C>(Arc<Mutex<C>>);

impl<C> SharedChip<C> {
    /// Shares a chip.
    pub fn new(chip: C) -> Self {
        Self(Arc::new(Mutex::new(chip)))
    }

    /// Does something with the chip; the bus waits meanwhile.
    pub fn with<R>(&self, work: impl FnOnce(&mut C) -> R) -> R {
        work(&mut lock(&self.0))
    }
}

impl<C> Clone for SharedChip<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: I2cChip> I2cChip for SharedChip<C> {
    fn write(&mut self, now: Instant, bytes: &[u8]) -> Result<(), Nack> {
        lock(&self.0).write(now, bytes)
    }

    fn read(&mut self, now: Instant, buffer: &mut [u8]) -> Result<(), Nack> {
        lock(&self.0).read(now, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Instant = Instant::ZERO;

    /// A chip with a pointer and registers, as most have.
    #[derive(Default)]
    struct Registers {
        at: u8,
        bytes: [u8; 4],
        writes: usize,
    }

    impl I2cChip for Registers {
        fn write(&mut self, _now: Instant, bytes: &[u8]) -> Result<(), Nack> {
            self.writes += 1;
            let Some((at, values)) = bytes.split_first() else { return Ok(()) };
            self.at = *at;
            for value in values {
                *self.bytes.get_mut(usize::from(self.at)).ok_or(Nack)? = *value;
                self.at += 1;
            }
            Ok(())
        }

        fn read(&mut self, _now: Instant, buffer: &mut [u8]) -> Result<(), Nack> {
            for byte in buffer {
                *byte = *self.bytes.get(usize::from(self.at)).ok_or(Nack)?;
                self.at += 1;
            }
            Ok(())
        }
    }

    fn bus() -> (Bus, SharedChip<Registers>) {
        let chip = SharedChip::new(Registers { bytes: [0xA0, 0xA1, 0xA2, 0xA3], ..Registers::default() });
        (Bus::new(BTreeMap::from([(0x20, Box::new(chip.clone()) as Box<dyn I2cChip>)])), chip)
    }

    #[test]
    fn a_register_is_written_and_read_back() {
        let (mut bus, _) = bus();
        // 0x20 << 1, no flags, register 1 = 0x55; room for the status alone.
        assert_eq!(bus.message(NOW, &[0x40, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x55], 1), [0]);
        // Write-read: the pointer with FAIL_NEXT, then two bytes.
        assert_eq!(bus.message(NOW, &[0x40, 0, 0, 0, 1, 0, 0, 0, 0x01], 1), [0]);
        assert_eq!(bus.message(NOW, &[0x40, 0, 0, 0, 2, 0, 0, 0], 3), [0x55, 0xA2, 0]);
    }

    #[test]
    fn a_message_without_data_asks_whether_a_chip_is_there() {
        let (mut bus, chip) = bus();
        assert_eq!(bus.message(NOW, &[0x40, 0, 0, 0, 0, 0, 0, 0], 1), [0]);
        assert_eq!(bus.message(NOW, &[0x40, 0, 0, 0, 2, 0, 0, 0], 1), [0]);
        assert_eq!(bus.message(NOW, &[0x42, 0, 0, 0, 0, 0, 0, 0], 1), [1]);
        assert_eq!(chip.with(|chip| chip.writes), 1);
    }

    #[test]
    fn after_a_failure_the_rest_of_the_transfer_fails_and_the_next_transfer_does_not() {
        let (mut bus, chip) = bus();
        // Nobody at 0x21; more to come.
        assert_eq!(bus.message(NOW, &[0x42, 0, 0, 0, 1, 0, 0, 0, 0x00], 1), [1]);
        // The chip at 0x20 is not even asked.
        assert_eq!(bus.message(NOW, &[0x40, 0, 0, 0, 1, 0, 0, 0, 0x00], 1), [1]);
        assert_eq!(bus.message(NOW, &[0x40, 0, 0, 0, 2, 0, 0, 0], 2), [0, 1]);
        assert_eq!(chip.with(|chip| chip.writes), 0);
        assert_eq!(bus.message(NOW, &[0x40, 0, 0, 0, 2, 0, 0, 0], 2), [0xA0, 0]);
    }

    #[test]
    fn what_was_read_before_a_failure_is_not_told() {
        let (mut bus, _) = bus();
        assert_eq!(bus.message(NOW, &[0x40, 0, 0, 0, 2, 0, 0, 0], 6), [0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn a_request_that_is_cut_short_fails() {
        let (mut bus, _) = bus();
        assert_eq!(bus.message(NOW, &[0x40, 0, 0], 1), [1]);
        assert_eq!(bus.message(NOW, &[0x40, 0, 0, 0, 0, 0, 0, 0], 0), [0_u8; 0]);
    }

    proptest! {
        #[test]
        fn any_message_is_answered_in_full(
            requests in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..20), 0_usize..40), 0..20),
        ) {
            let (mut bus, _) = bus();
            for (request, room) in requests {
                prop_assert_eq!(bus.message(NOW, &request, room).len(), room);
            }
        }
    }
}
