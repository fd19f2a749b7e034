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
}

impl<'a> Ring<'a> {
    pub(crate) fn new(
        vring: &'a VringMutex,
        memory: &'a GuestMemoryAtomic<GuestMemoryMmap>,
        closing: &'a AtomicBool,
    ) -> Self {
        Self { vring, memory, closing }
    }

    /// The next request; `None` when there is none, or the device is being closed: a guest that never stops asking cannot
    /// keep it from ending.
    pub(crate) fn take(&self) -> Option<Request> {
        if self.closing.load(Ordering::Acquire) {
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
