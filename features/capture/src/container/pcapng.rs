//! pcapng: sections of blocks; each says what it is and how long, so what is not known is skipped. The format is that of
//! draft-ietf-opsawg-pcapng.

mod interface;

use std::collections::VecDeque;
use std::io::Read;

use super::source::{Order, Source};
use super::{Progress, Record};
use crate::error::CaptureError;
use crate::event::Secrets;
use crate::packet::Packet;
use crate::remark::{Remark, Trouble};
use interface::Interface;

/// The type of a section header block; the same in either byte order.
pub(super) const SECTION_HEADER: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

const INTERFACE_DESCRIPTION: u32 = 1;
/// What enhanced packets were before they were enhanced; some old files have them.
const PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;
const DECRYPTION_SECRETS: u32 = 10;

/// The kind of secrets that is a TLS key log: "TLSK".
const TLS_KEY_LOG: u32 = 0x544c_534b;

/// How many interfaces of a section are kept.
const MAX_INTERFACES: usize = 4096;
/// How long the description of one may be.
const MAX_DESCRIPTION: u32 = 64 * 1024;

/// What holds until the next section begins.
pub(super) struct Section {
    order: Order,
    interfaces: Vec<Interface>,
    /// It was told that simple packets have no time.
    no_time_told: bool,
}

/// A block of which type and length were read.
struct Block {
    what: &'static str,
    /// Where it begins.
    offset: u64,
    /// Its whole length, as it says at its beginning.
    length: u32,
    /// How much of it is left to read, the length at its end left out.
    left: u32,
}

impl Block {
    fn malformed(&self, progress: &Progress, found: String, expected: &'static str) -> CaptureError {
        CaptureError::Malformed { what: self.what, offset: self.offset, after: progress.packets, found, expected }
    }

    /// An input that ended in it.
    fn truncated<R: Read>(&self, source: &Source<R>, progress: &Progress) -> CaptureError {
        progress.truncated(self.what, self.offset, source.offset() - self.offset, self.length.into())
    }

    /// Its next bytes.
    fn read<R: Read>(
        &mut self,
        buffer: &mut [u8],
        source: &mut Source<R>,
        progress: &Progress,
    ) -> Result<(), CaptureError> {
        let Some(left) = u32::try_from(buffer.len()).ok().and_then(|length| self.left.checked_sub(length)) else {
            return Err(self.malformed(progress, format!("{} bytes", self.length), "room for what it has to say"));
        };
        self.left = left;
        match source.fill(buffer)? == buffer.len() {
            true => Ok(()),
            false => Err(self.truncated(source, progress)),
        }
    }

    /// What is left of it is read over, and the length at its end compared.
    fn end<R: Read>(self, order: Order, source: &mut Source<R>, progress: &Progress) -> Result<(), CaptureError> {
        let mut last = [0; 4];
        if source.skip(self.left.into())? < self.left.into() || source.fill(&mut last)? < last.len() {
            return Err(self.truncated(source, progress));
        }
        let last = order.u32(&last, 0);
        if last != self.length {
            let found = format!("{} bytes at its beginning and {last} at its end", self.length);
            return Err(self.malformed(progress, found, "the same length at both"));
        }
        Ok(())
    }
}

impl Section {
    /// The rest of a section header, behind its type, which begins at `offset`.
    pub(super) fn begin<R: Read>(
        source: &mut Source<R>,
        progress: &Progress,
        offset: u64,
    ) -> Result<Self, CaptureError> {
        let what = "a section header";
        let mut head = [0; 8];
        let present = source.fill(&mut head)?;
        if present < head.len() {
            return Err(progress.truncated(what, offset, present as u64 + 4, 28));
        }
        let order = match head[4..] {
            [0x4d, 0x3c, 0x2b, 0x1a] => Order::Little,
            [0x1a, 0x2b, 0x3c, 0x4d] => Order::Big,
            _ => {
                let found = format!("{:02x?} for the byte order", &head[4..]);
                let expected = "4d3c2b1a or 1a2b3c4d";
                return Err(CaptureError::Malformed { what, offset, after: progress.packets, found, expected });
            }
        };
        let length = order.u32(&head, 0);
        let mut block = Block { what, offset, length, left: length.saturating_sub(16) };
        if length < 28 || !length.is_multiple_of(4) {
            return Err(block.malformed(progress, format!("{length} bytes"), "a multiple of 4, 28 at least"));
        }
        let mut fixed = [0; 12];
        block.read(&mut fixed, source, progress)?;
        let (major, minor) = (order.u16(&fixed, 0), order.u16(&fixed, 2));
        // Some programs wrote 1.2 for what is 1.0.
        if major != 1 || !matches!(minor, 0 | 2) {
            return Err(CaptureError::Version {
                format: "pcapng",
                major,
                minor,
                offset: offset + 12,
                expected: "1.0 or 1.2",
            });
        }
        block.end(order, source, progress)?;
        Ok(Self { order, interfaces: Vec::new(), no_time_told: false })
    }

    /// The next block; `false` when there is none.
    pub(super) fn block<R: Read>(
        &mut self,
        source: &mut Source<R>,
        progress: &mut Progress,
        found: &mut VecDeque<Record>,
    ) -> Result<bool, CaptureError> {
        let offset = source.offset();
        let mut kind = [0; 4];
        let present = source.fill(&mut kind)?;
        if present == 0 {
            return Ok(false);
        }
        if present == kind.len() && kind == SECTION_HEADER {
            *self = Self::begin(source, progress, offset)?;
            return Ok(true);
        }
        let mut length = [0; 4];
        let present = present + source.fill(&mut length)?;
        if present < 8 {
            return Err(progress.truncated("a block's header", offset, present as u64, 8));
        }
        let (kind, length) = (self.order.u32(&kind, 0), self.order.u32(&length, 0));
        let what = match kind {
            INTERFACE_DESCRIPTION => "an interface description",
            PACKET | SIMPLE_PACKET | ENHANCED_PACKET => "a packet",
            DECRYPTION_SECRETS => "a block of secrets",
            _ => "a block",
        };
        let mut block = Block { what, offset, length, left: length.saturating_sub(12) };
        if length < 12 || !length.is_multiple_of(4) {
            return Err(block.malformed(progress, format!("{length} bytes"), "a multiple of 4, 12 at least"));
        }
        // A record is given when its block has come to its end, and a packet counts only then.
        let mut records = Vec::new();
        match kind {
            INTERFACE_DESCRIPTION => records.extend(self.interface(&mut block, source, progress)?),
            PACKET | ENHANCED_PACKET => self.packet(kind, &mut block, source, progress, &mut records)?,
            SIMPLE_PACKET => self.simple_packet(&mut block, source, progress, &mut records)?,
            DECRYPTION_SECRETS => records.push(self.secrets(&mut block, source, progress)?),
            _ => {}
        }
        block.end(self.order, source, progress)?;
        if matches!(kind, PACKET | SIMPLE_PACKET | ENHANCED_PACKET) {
            progress.packets += 1;
        }
        if let Some(Record::Packet(packet)) = records.last() {
            progress.time = packet.time;
        }
        found.extend(records);
        Ok(true)
    }

    fn interface<R: Read>(
        &mut self,
        block: &mut Block,
        source: &mut Source<R>,
        progress: &Progress,
    ) -> Result<Option<Record>, CaptureError> {
        if block.length > MAX_DESCRIPTION || self.interfaces.len() >= MAX_INTERFACES {
            let found = format!("{} bytes, {} interfaces before it", block.length, self.interfaces.len());
            return Err(block.malformed(progress, found, "at most 65536 bytes, and 4096 interfaces in a section"));
        }
        let mut body = vec![0; block.left as usize];
        block.read(&mut body, source, progress)?;
        let Some((fixed, options)) = body.split_first_chunk::<8>() else {
            return Err(block.malformed(progress, format!("{} bytes", block.length), "20 at least"));
        };
        let (interface, broken) = Interface::read(self.order, fixed, options);
        self.interfaces.push(interface);
        let interface = self.interfaces.len() as u32 - 1;
        Ok(broken.map(|at| progress.remark(Trouble::InterfaceOptions { interface, at })))
    }

    /// A packet block: the enhanced one, or the one that was before it. They differ in how they number the interface.
    fn packet<R: Read>(
        &mut self,
        kind: u32,
        block: &mut Block,
        source: &mut Source<R>,
        progress: &Progress,
        records: &mut Vec<Record>,
    ) -> Result<(), CaptureError> {
        let mut fixed = [0; 20];
        block.read(&mut fixed, source, progress)?;
        let order = self.order;
        let interface = if kind == ENHANCED_PACKET { order.u32(&fixed, 0) } else { u32::from(order.u16(&fixed, 0)) };
        let [high, low, length, original_length] = [4, 8, 12, 16].map(|at| order.u32(&fixed, at));
        let bytes = self.packet_bytes(length, block, source, progress)?;
        let time = |interface: &Interface| interface.time(u64::from(high) << 32 | u64::from(low));
        records.push(self.of_interface(interface, original_length, bytes, progress, time));
        Ok(())
    }

    fn simple_packet<R: Read>(
        &mut self,
        block: &mut Block,
        source: &mut Source<R>,
        progress: &Progress,
        records: &mut Vec<Record>,
    ) -> Result<(), CaptureError> {
        let mut fixed = [0; 4];
        block.read(&mut fixed, source, progress)?;
        let original_length = self.order.u32(&fixed, 0);
        // It does not say how much was captured: all of it, or as much as is captured of any packet of the interface.
        let snap = self.interfaces.first().map_or(0, |interface| interface.snap_length);
        let length = original_length.min(if snap == 0 { u32::MAX } else { snap });
        let bytes = self.packet_bytes(length, block, source, progress)?;
        let mut record = self.of_interface(0, original_length, bytes, progress, |_| progress.time);
        let Record::Packet(packet) = &mut record else {
            records.push(record);
            return Ok(());
        };
        packet.timed = false;
        if !self.no_time_told {
            self.no_time_told = true;
            records.push(Record::Remark(Remark {
                packet: progress.packets + 1,
                time: progress.time,
                trouble: Trouble::NoTime,
            }));
        }
        records.push(record);
        Ok(())
    }

    fn packet_bytes<R: Read>(
        &self,
        length: u32,
        block: &mut Block,
        source: &mut Source<R>,
        progress: &Progress,
    ) -> Result<Vec<u8>, CaptureError> {
        let limit = progress.limits.packet;
        if length > limit {
            return Err(CaptureError::TooLong { packet: progress.packets + 1, offset: block.offset, length, limit });
        }
        if length > block.left {
            let found = format!("{} bytes for a packet of {length}", block.length);
            return Err(block.malformed(progress, found, "room for all of it"));
        }
        let mut bytes = vec![0; length as usize];
        block.read(&mut bytes, source, progress)?;
        Ok(bytes)
    }

    /// The packet of an interface, or why it is none.
    fn of_interface(
        &mut self,
        interface: u32,
        original_length: u32,
        bytes: Vec<u8>,
        progress: &Progress,
        time: impl FnOnce(&Interface) -> u64,
    ) -> Record {
        let number = progress.packets + 1;
        let remark = |trouble| Record::Remark(Remark { packet: number, time: progress.time, trouble });
        let described = self.interfaces.len();
        match self.interfaces.get_mut(interface as usize) {
            None => remark(Trouble::Interface { interface, described }),
            Some(of) => match of.link {
                Ok(link) => {
                    Record::Packet(Packet { number, time: time(of), timed: true, link, original_length, bytes })
                }
                Err(found) => remark(Trouble::LinkType { interface, found }),
            },
        }
    }

    fn secrets<R: Read>(
        &self,
        block: &mut Block,
        source: &mut Source<R>,
        progress: &Progress,
    ) -> Result<Record, CaptureError> {
        let mut fixed = [0; 8];
        block.read(&mut fixed, source, progress)?;
        let (kind, length) = (self.order.u32(&fixed, 0), self.order.u32(&fixed, 4));
        let limit = progress.limits.secrets;
        if length > block.left {
            let found = format!("{} bytes for secrets of {length}", block.length);
            return Err(block.malformed(progress, found, "room for all of them"));
        }
        if kind != TLS_KEY_LOG || length > limit {
            return Ok(progress.remark(Trouble::Secrets { kind, length, limit }));
        }
        let mut text = vec![0; length as usize];
        block.read(&mut text, source, progress)?;
        // A key log is ASCII; whoever reads its lines will find what is not.
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok(Record::Secrets(Secrets { after: progress.packets, text }))
    }
}
