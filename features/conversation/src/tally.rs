//! How much of a capture was read.

use iso15118::wire::{Sighting, What};

/// Counts of what was seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Frames of V2GTP in connections: messages and other payloads.
    pub frames: u64,
    /// Messages that were read.
    pub decoded: u64,
    /// Messages that are the same when they are written again.
    pub identical: u64,
    /// What cannot be read: messages, frames of any kind, lost octets.
    pub errors: u64,
    /// Frames of the power line that were read.
    pub slac: u64,
    /// Datagrams of SDP that were read.
    pub sdp: u64,
}

impl Tally {
    /// Counts one thing.
    pub fn count(&mut self, sighting: &Sighting) {
        match &sighting.what {
            What::Slac(_) => self.slac += 1,
            What::Sdp(_) => self.sdp += 1,
            What::Message(message) => {
                self.frames += 1;
                self.decoded += u64::from(message.content.is_ok());
                self.identical += u64::from(message.identical);
                self.errors += u64::from(message.content.is_err());
            }
            What::OtherPayload { .. } => self.frames += 1,
            What::UnreadableSlac(_)
            | What::UnreadableSdp(_)
            | What::NoFrame { .. }
            | What::TlsStopped { .. }
            | What::Unfinished { .. }
            | What::Lost { .. } => self.errors += 1,
            What::Opened { .. } | What::Tls(_) | What::Skipped { .. } | What::Closed { .. } => {}
        }
    }
}
