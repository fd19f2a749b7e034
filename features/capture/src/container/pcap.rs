//! Classic pcap: a header of 24 bytes, then packets with 16 bytes before each.

use std::collections::VecDeque;
use std::io::Read;

use super::source::{Order, Source};
use super::{Progress, Record};
use crate::error::CaptureError;
use crate::packet::{LinkType, Packet};

/// What the first four bytes say.
#[derive(Clone, Copy)]
pub(super) struct Magic {
    order: Order,
    /// Nanoseconds in one unit of the second half of a time: 1000 or 1.
    unit: u64,
}

impl Magic {
    pub(super) fn read(bytes: [u8; 4]) -> Option<Self> {
        let (order, unit) = match bytes {
            [0xd4, 0xc3, 0xb2, 0xa1] => (Order::Little, 1000),
            [0xa1, 0xb2, 0xc3, 0xd4] => (Order::Big, 1000),
            [0x4d, 0x3c, 0xb2, 0xa1] => (Order::Little, 1),
            [0xa1, 0xb2, 0x3c, 0x4d] => (Order::Big, 1),
            _ => return None,
        };
        Some(Self { order, unit })
    }
}

/// What holds for all packets of the file.
pub(super) struct Header {
    magic: Magic,
    link: LinkType,
}

impl Header {
    /// The rest of the header, behind the magic number.
    pub(super) fn read<R: Read>(
        magic: Magic,
        source: &mut Source<R>,
        progress: &Progress,
    ) -> Result<Self, CaptureError> {
        let mut rest = [0; 20];
        let present = source.fill(&mut rest)?;
        if present < rest.len() {
            return Err(progress.truncated("the file's header", 0, present as u64 + 4, 24));
        }
        let (major, minor) = (magic.order.u16(&rest, 0), magic.order.u16(&rest, 2));
        if (major, minor) != (2, 4) {
            return Err(CaptureError::Version { format: "pcap", major, minor, offset: 4, expected: "2.4" });
        }
        // The upper half of the number says how long the check sequence of each frame is; whoever reads IP does not see it.
        let found = magic.order.u32(&rest, 16) as u16;
        let link = LinkType::from_number(found).ok_or(CaptureError::LinkType { found, offset: 20 })?;
        Ok(Self { magic, link })
    }

    /// The next packet; `false` when there is none.
    pub(super) fn packet<R: Read>(
        &self,
        source: &mut Source<R>,
        progress: &mut Progress,
        found: &mut VecDeque<Record>,
    ) -> Result<bool, CaptureError> {
        let offset = source.offset();
        let mut head = [0; 16];
        let present = source.fill(&mut head)?;
        if present == 0 {
            return Ok(false);
        }
        if present < head.len() {
            return Err(progress.truncated("a packet's header", offset, present as u64, 16));
        }
        let order = self.magic.order;
        let [seconds, fraction, length, original_length] = [0, 4, 8, 12].map(|at| order.u32(&head, at));
        let (number, limit) = (progress.packets + 1, progress.limits.packet);
        if length > limit {
            return Err(CaptureError::TooLong { packet: number, offset, length, limit });
        }
        let mut bytes = vec![0; length as usize];
        let present = source.fill(&mut bytes)?;
        if present < bytes.len() {
            return Err(progress.truncated("a packet", offset, present as u64 + 16, u64::from(length) + 16));
        }
        let time = u64::from(seconds) * 1_000_000_000 + u64::from(fraction) * self.magic.unit;
        (progress.packets, progress.time) = (number, time);
        found.push_back(Record::Packet(Packet { number, time, timed: true, link: self.link, original_length, bytes }));
        Ok(true)
    }
}
