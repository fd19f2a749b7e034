//! The records of a capture file: classic pcap and pcapng, read as they come.

mod pcap;
mod pcapng;
mod source;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io::Read;

use crate::error::CaptureError;
use crate::event::Secrets;
use crate::limits::Limits;
use crate::packet::Packet;
use crate::remark::{Remark, Trouble};
use source::Source;

/// A record of a capture file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Record {
    /// A packet.
    Packet(Packet),
    /// Keys of TLS that stand in the file.
    Secrets(Secrets),
    /// Something that cannot be read and is skipped.
    Remark(Remark),
}

/// The records of a capture file, in the order in which they stand there. Each is given as soon as the input has the whole of
/// it, so a pipe can be read while it is being written. After an error there is nothing more.
pub struct Container<R> {
    source: Source<R>,
    format: Format,
    progress: Progress,
    /// Read, and not given yet: what precedes a packet is given before it.
    found: VecDeque<Record>,
}

/// What the first bytes of the input said.
enum Format {
    /// Nothing yet.
    Unknown,
    Pcap(pcap::Header),
    Pcapng(pcapng::Section),
    /// There is nothing more.
    Ended,
}

/// How far the reading is, for what is told of it.
struct Progress {
    limits: Limits,
    /// Packets so far, those that were skipped too.
    packets: u64,
    /// When the last one was captured.
    time: u64,
}

impl Progress {
    fn remark(&self, trouble: Trouble) -> Record {
        Record::Remark(Remark { packet: self.packets, time: self.time, trouble })
    }

    /// A part of the file that the input does not have to its end.
    fn truncated(&self, what: &'static str, offset: u64, present: u64, wanted: u64) -> CaptureError {
        CaptureError::Truncated { what, offset, after: self.packets, present, wanted }
    }
}

impl<R: Read> Container<R> {
    /// The records of an input. Nothing is read yet.
    pub fn new(input: R, limits: Limits) -> Self {
        Self {
            source: Source::new(input),
            format: Format::Unknown,
            progress: Progress { limits, packets: 0, time: 0 },
            found: VecDeque::new(),
        }
    }

    /// How many packets were read so far, those included that had to be skipped.
    #[must_use]
    pub const fn packets(&self) -> u64 {
        self.progress.packets
    }

    /// When the last packet so far was captured, in nanoseconds since 1970 (UTC).
    #[must_use]
    pub const fn time(&self) -> u64 {
        self.progress.time
    }

    /// Reads the next part of the file; `false` at its end.
    fn advance(&mut self) -> Result<bool, CaptureError> {
        match &mut self.format {
            Format::Unknown => {
                self.format = self.recognise()?;
                Ok(true)
            }
            Format::Pcap(header) => header.packet(&mut self.source, &mut self.progress, &mut self.found),
            Format::Pcapng(section) => section.block(&mut self.source, &mut self.progress, &mut self.found),
            Format::Ended => Ok(false),
        }
    }

    fn recognise(&mut self) -> Result<Format, CaptureError> {
        let mut magic = [0; 4];
        let present = self.source.fill(&mut magic)?;
        if present == 0 {
            return Err(CaptureError::Empty);
        }
        if magic == pcapng::SECTION_HEADER {
            return pcapng::Section::begin(&mut self.source, &self.progress, 0).map(Format::Pcapng);
        }
        match pcap::Magic::read(magic) {
            Some(magic) => pcap::Header::read(magic, &mut self.source, &self.progress).map(Format::Pcap),
            None => Err(CaptureError::NotACapture { found: magic[..present].to_vec() }),
        }
    }
}

impl<R: Read> Iterator for Container<R> {
    type Item = Result<Record, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.found.pop_front() {
                return Some(Ok(record));
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => {
                    self.format = Format::Ended;
                    return None;
                }
                Err(error) => {
                    self.format = Format::Ended;
                    // What was found before the error comes before it: nothing can be, as each part gives its records at its end.
                    return Some(Err(error));
                }
            }
        }
    }
}
