//! Fragments of IP packets, until the others come.

use std::collections::BTreeMap;
use std::net::IpAddr;

use etherparse::defrag::IpDefragBuf;
use etherparse::{IpFragOffset, IpNumber};

use crate::remark::Trouble;

/// Which packet a fragment is of.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Key {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) identification: u32,
    pub(super) protocol: u8,
}

/// A part of a packet.
pub(super) struct Fragment<'a> {
    pub(super) offset: IpFragOffset,
    /// It is not the last part.
    pub(super) more: bool,
    pub(super) payload: &'a [u8],
}

/// Packets of which some parts came. etherparse puts them together; its own pool of them grows without bound, so this is ours.
pub(super) struct Fragments {
    limit: usize,
    packets: BTreeMap<Key, Partial>,
}

struct Partial {
    buffer: IpDefragBuf,
    /// The capture's packet with the last part that came.
    last: u64,
}

impl Fragments {
    pub(super) const fn new(limit: usize) -> Self {
        Self { limit, packets: BTreeMap::new() }
    }

    /// Adds a part; gives the whole when it was the last one missing. The packet that was idle longest makes room and is told in
    /// `lost`.
    pub(super) fn add(
        &mut self,
        key: Key,
        fragment: &Fragment<'_>,
        number: u64,
        lost: &mut Vec<Trouble>,
    ) -> Result<Option<Vec<u8>>, Trouble> {
        if !self.packets.contains_key(&key)
            && self.packets.len() >= self.limit
            && let Some(oldest) = self.packets.iter().min_by_key(|(_, partial)| partial.last).map(|(key, _)| *key)
            && let Some(partial) = self.packets.remove(&oldest)
        {
            lost.push(Trouble::FragmentsLost { last: partial.last });
        }
        let partial = self.packets.entry(key).or_insert_with(|| {
            let buffer = IpDefragBuf::new(IpNumber(key.protocol), Vec::new(), Vec::new());
            Partial { buffer, last: number }
        });
        partial.last = number;
        if let Err(error) = partial.buffer.add(fragment.offset, fragment.more, fragment.payload) {
            self.packets.remove(&key);
            return Err(Trouble::Fragment(error.to_string()));
        }
        if !partial.buffer.is_complete() {
            return Ok(None);
        }
        Ok(self.packets.remove(&key).map(|partial| partial.buffer.take_bufs().0))
    }

    pub(super) fn end(&mut self) -> impl Iterator<Item = Trouble> + use<> {
        std::mem::take(&mut self.packets).into_values().map(|partial| Trouble::FragmentsLost { last: partial.last })
    }
}
