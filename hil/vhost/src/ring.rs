//! A queue of a guest: requests with room for an answer.

use std::sync::atomic::{AtomicBool, Ordering};

use vhost_user_backend::{VringMutex, VringT};
use virtio_queue::{DescriptorChain, QueueT};
use vm_memory::{Bytes, GuestAddress, GuestAddressSpace, GuestMemoryAtomic, GuestMemoryLoadGuard, GuestMemoryMmap};

/// The guest's memory, as it stands.
type Memory = GuestMemoryLoadGuard<GuestMemoryMmap>;

/// The longest request that is read; what is longer is marked as cut.
pub(crate) const LONGEST_REQUEST: usize = 64 * 1024;

/// The most room for an answer that counts.
pub(crate) const MOST_ROOM: usize = 64 * 1024;

/// A request of the guest: what it says, and where the answer goes.
#[derive(Debug)]
pub(crate) struct Request {
    head: u16,
    /// The bytes the guest wrote, at most [`LONGEST_REQUEST`].
    pub(crate) bytes: Vec<u8>,
    /// The guest wrote more than is read.
    pub(crate) cut: bool,
    room: Vec<(GuestAddress, usize)>,
}

impl Request {
    fn read(chain: DescriptorChain<Memory>) -> Self {
        let mut request = Self { head: chain.head_index(), bytes: Vec::new(), cut: false, room: Vec::new() };
        let memory = chain.memory().clone();
        let mut room = 0;
        for descriptor in chain {
            let length = descriptor.len() as usize;
            if descriptor.is_write_only() {
                let counted = length.min(MOST_ROOM - room);
                if counted > 0 {
                    room += counted;
                    request.room.push((descriptor.addr(), counted));
                }
                continue;
            }
            let start = request.bytes.len();
            let taken = length.min(LONGEST_REQUEST - start);
            request.cut |= taken < length;
            request.bytes.resize(start + taken, 0);
            if memory.read_slice(&mut request.bytes[start..], descriptor.addr()).is_err() {
                // It points outside of the guest's memory: nothing was said.
                request.bytes.truncate(start);
                request.cut = true;
            }
        }
        request
    }

    /// How many bytes the answer may have.
    pub(crate) fn room(&self) -> usize {
        self.room.iter().map(|(_, length)| length).sum()
    }
}

/// One queue, while the device is served.
pub(crate) struct Ring<'a> {
    vring: &'a VringMutex,
    memory: &'a GuestMemoryAtomic<GuestMemoryMmap>,
    closing: &'a AtomicBool,
    /// The guest has kicked it.
    begun: bool,
}

impl<'a> Ring<'a> {
    pub(crate) fn new(
        vring: &'a VringMutex,
        memory: &'a GuestMemoryAtomic<GuestMemoryMmap>,
        closing: &'a AtomicBool,
        begun: bool,
    ) -> Self {
        Self { vring, memory, closing, begun }
    }

    /// The next request; `None` when there is none, or the device is being closed: a guest that never stops asking cannot
    /// keep it from ending.
    pub(crate) fn take(&self) -> Option<Request> {
        if !self.begun || self.closing.load(Ordering::Acquire) {
            return None;
        }
        let chain = {
            let mut vring = self.vring.get_mut();
            if !vring.is_enabled() || !vring.get_queue().ready() {
                return None;
            }
            vring.get_queue_mut().pop_descriptor_chain(self.memory.memory())?
        };
        Some(Request::read(chain))
    }

    /// Answers: as much as there is room for.
    pub(crate) fn give(&self, request: &Request, answer: &[u8]) {
        let memory = self.memory.memory();
        let mut rest = answer;
        let mut written = 0;
        for (address, length) in &request.room {
            let (now, later) = rest.split_at(rest.len().min(*length));
            // Room outside of the guest's memory: the answer ends there.
            if now.is_empty() || memory.write_slice(now, *address).is_err() {
                break;
            }
            written += now.len();
            rest = later;
        }
        // It fails for a ring outside of the guest's memory: then there is nobody to tell.
        if self.vring.add_used(request.head, u32::try_from(written).unwrap_or(u32::MAX)).is_ok() {
            let _ = self.vring.signal_used_queue();
        }
    }

    /// Hands over every request, those that come meanwhile too.
    pub(crate) fn serve(&self, mut handle: impl FnMut(Request)) {
        // A ring whose index is nonsense claims to have more and yields nothing: do not ask it for ever.
        let mut fruitless = 0;
        while fruitless < 2 {
            while let Some(request) = self.take() {
                fruitless = 0;
                handle(request);
            }
            if !matches!(self.vring.enable_notification(), Ok(true)) {
                return;
            }
            fruitless += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DESCRIPTORS: u64 = 0;
    const AVAILABLE: u64 = 0x1000;
    const USED: u64 = 0x2000;
    const DATA: u64 = 0x3000;
    const SIZE: u16 = 16;

    const NEXT: u16 = 1;
    const WRITE: u16 = 2;
    const INDIRECT: u16 = 4;

    /// A guest's memory and one queue in it, as its driver lays it out.
    struct Guest {
        memory: GuestMemoryAtomic<GuestMemoryMmap>,
        vring: VringMutex,
        closing: AtomicBool,
    }

    impl Guest {
        fn new() -> Self {
            let memory = GuestMemoryMmap::from_ranges(&[(GuestAddress(0), 0x10000)]).expect("memory");
            let memory = GuestMemoryAtomic::new(memory);
            let vring = VringMutex::new(memory.clone(), SIZE).expect("a queue");
            vring.set_queue_size(SIZE);
            vring.set_queue_info(DESCRIPTORS, AVAILABLE, USED).expect("aligned");
            vring.set_queue_ready(true);
            vring.set_enabled(true);
            Self { memory, vring, closing: AtomicBool::new(false) }
        }

        fn ring(&self) -> Ring<'_> {
            Ring::new(&self.vring, &self.memory, &self.closing, true)
        }

        fn write(&self, bytes: &[u8], at: u64) {
            self.memory.memory().write_slice(bytes, GuestAddress(at)).expect("within the memory");
        }

        fn descriptor(&self, number: u16, address: u64, length: u32, flags: u16, next: u16) {
            let bytes =
                [&address.to_le_bytes()[..], &length.to_le_bytes(), &flags.to_le_bytes(), &next.to_le_bytes()].concat();
            self.write(&bytes, DESCRIPTORS + 16 * u64::from(number));
        }

        /// Makes heads available; `index` is what the ring claims to have had in all.
        fn offer(&self, heads: &[u16], index: u16) {
            for (place, head) in heads.iter().enumerate() {
                self.write(&head.to_le_bytes(), AVAILABLE + 4 + 2 * place as u64);
            }
            self.write(&index.to_le_bytes(), AVAILABLE + 2);
        }

        fn word(&self, at: u64) -> u32 {
            self.memory.memory().read_obj(GuestAddress(at)).expect("within the memory")
        }

        fn used(&self) -> u16 {
            self.memory.memory().read_obj(GuestAddress(USED + 2)).expect("within the memory")
        }
    }

    #[test]
    fn a_request_of_two_parts_is_answered_into_two_parts() {
        let guest = Guest::new();
        guest.write(b"hello ", DATA);
        guest.write(b"there", DATA + 0x100);
        guest.descriptor(3, DATA, 6, NEXT, 1);
        guest.descriptor(1, DATA + 0x100, 5, NEXT, 2);
        guest.descriptor(2, DATA + 0x200, 2, NEXT | WRITE, 0);
        guest.descriptor(0, DATA + 0x300, 4, WRITE, 0);
        guest.offer(&[3], 1);
        let request = guest.ring().take().expect("it is there");
        assert_eq!((&request.bytes[..], request.cut, request.room()), (&b"hello there"[..], false, 6));
        guest.ring().give(&request, b"abcde");
        assert_eq!(guest.used(), 1);
        // The head, and how many bytes were written.
        assert_eq!((guest.word(USED + 4), guest.word(USED + 8)), (3, 5));
        assert_eq!(guest.word(DATA + 0x200) & 0xffff, u32::from(u16::from_le_bytes(*b"ab")));
        assert_eq!(guest.word(DATA + 0x300) & 0xff_ffff, u32::from_le_bytes(*b"cde\0"));
        assert!(guest.ring().take().is_none());
    }

    #[test]
    fn an_answer_ends_where_the_room_ends() {
        let guest = Guest::new();
        guest.descriptor(0, DATA, 2, WRITE, 0);
        guest.descriptor(1, 0xffff_0000, 8, WRITE, 0);
        guest.offer(&[0, 1], 2);
        for length in [2, 0] {
            let request = guest.ring().take().expect("it is there");
            guest.ring().give(&request, b"abcd");
            assert_eq!(guest.word(USED + 8 * u64::from(guest.used())), length);
        }
    }

    #[test]
    fn what_points_outside_of_the_memory_says_nothing() {
        let guest = Guest::new();
        guest.descriptor(0, 0xffff_f000, 64, 0, 0);
        guest.offer(&[0], 1);
        let request = guest.ring().take().expect("it is there");
        assert_eq!((request.bytes.len(), request.cut, request.room()), (0, true, 0));
    }

    #[test]
    fn lengths_of_gigabytes_cost_no_memory() {
        let guest = Guest::new();
        guest.descriptor(0, DATA, u32::MAX / 2, NEXT, 1);
        guest.descriptor(1, DATA, u32::MAX / 2, WRITE, 0);
        guest.offer(&[0], 1);
        let request = guest.ring().take().expect("it is there");
        assert!(request.bytes.capacity() <= LONGEST_REQUEST && request.room() <= MOST_ROOM && request.cut);
    }

    #[test]
    fn a_ring_that_claims_more_than_it_holds_is_left_alone() {
        let guest = Guest::new();
        guest.offer(&[0], 0x8000);
        guest.ring().serve(|_| panic!("nothing is there"));
    }

    #[test]
    fn a_loop_of_descriptors_ends() {
        let guest = Guest::new();
        guest.descriptor(0, DATA, 1, NEXT, 1);
        guest.descriptor(1, DATA, 1, NEXT, 0);
        guest.offer(&[0], 1);
        assert_eq!(guest.ring().take().expect("it is there").bytes.len(), usize::from(SIZE));
    }

    #[test]
    fn a_device_that_closes_takes_nothing_any_more() {
        let guest = Guest::new();
        guest.descriptor(0, DATA, 1, 0, 0);
        guest.offer(&[0], 1);
        guest.closing.store(true, Ordering::Release);
        assert!(guest.ring().take().is_none());
    }

    proptest! {
        #[test]
        fn any_memory_is_survived(
            descriptors in proptest::collection::vec(
                (prop_oneof![0_u64..0x11000, any::<u64>()], prop_oneof![0_u32..64, any::<u32>()], 0_u16..8, 0_u16..20), 16),
            heads in proptest::collection::vec(0_u16..20, 16),
            index in prop_oneof![0_u16..17, any::<u16>()],
        ) {
            let guest = Guest::new();
            for (number, (address, length, flags, next)) in (0..).zip(&descriptors) {
                guest.descriptor(number, *address, *length, *flags & (NEXT | WRITE | INDIRECT), *next);
            }
            guest.offer(&heads, index);
            let ring = guest.ring();
            let mut served = 0;
            ring.serve(|request| {
                served += 1;
                assert!(request.bytes.len() <= LONGEST_REQUEST && request.room() <= MOST_ROOM);
                ring.give(&request, b"an answer");
            });
            // An answer may have been written into the ring itself: then there is more, but never without end.
            prop_assert!(served <= 2 * usize::from(u16::MAX));
        }
    }
}
