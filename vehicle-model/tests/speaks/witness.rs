//! Somebody who hears the line between car and station, and judges what they say.

use std::sync::Arc;

use exi::{Facets, Tree};
use iso15118::judge::{Judge, Outcome, Profile as Reading};
use iso15118::sdp;
use iso15118::v2gtp::{Frame, Frames};
use iso15118::wire::{SeenMessage, Side, Sighting, What};
use iso15118::{Protocol, set_of};
use units::Instant;

/// Both readings of the rules.
pub(crate) struct Witness {
    judges: Vec<Judge>,
    packet: u64,
    /// What waits for the rest of its message: of the car, of the station.
    streams: [Frames; 2],
    messages: u32,
    protocol: Option<Protocol>,
}

impl Witness {
    pub(crate) fn new() -> Self {
        Self {
            judges: [Reading::Strict, Reading::Field].into_iter().map(Judge::new).collect(),
            packet: 0,
            streams: Default::default(),
            messages: 0,
            protocol: None,
        }
    }

    pub(crate) fn see(&mut self, now: Instant, what: What) {
        self.packet += 1;
        let sighting = Sighting { packet: self.packet, at: now.elapsed(), what };
        self.judges.iter_mut().for_each(|judge| judge.see(&sighting));
    }

    /// A frame is on the line.
    pub(crate) fn frame(&mut self, now: Instant, frame: &[u8]) {
        if let Ok(frame) = slac::Frame::decode(frame) {
            return self.see(now, What::Slac(Box::new(frame)));
        }
        // UDP, from or to the port of SDP, behind Ethernet (14 octets), IPv6 (40) and its own header (8).
        let is_sdp = frame.get(20) == Some(&17) && (frame[54..56] == [0x3b, 0x0e] || frame[56..58] == [0x3b, 0x0e]);
        if let (true, Ok(Some((frame, _)))) = (is_sdp, Frame::decode(frame.get(62..).unwrap_or_default())) {
            let message = sdp::Message::decode(frame.payload_type, &frame.payload).expect("our own can be read");
            self.see(now, What::Sdp(message));
        }
    }

    pub(crate) fn opened(&mut self, now: Instant) {
        (self.streams, self.messages) = (Default::default(), 0);
        self.see(now, What::Opened { from_the_start: true });
    }

    pub(crate) fn closed(&mut self, now: Instant, by: Option<Side>) {
        self.see(now, What::Closed { by, reset: false });
    }

    pub(crate) fn agreed(&mut self, protocol: Protocol) {
        self.protocol = Some(protocol);
    }

    /// Octets of a connection.
    pub(crate) fn octets(&mut self, now: Instant, from: Side, octets: &[u8]) {
        let side = usize::from(from == Side::Station);
        self.streams[side].push(octets);
        while let Ok(Some(Frame { payload_type, payload })) = self.streams[side].next_frame() {
            self.messages += 1;
            // The first two are supportedAppProtocol.
            let protocol = self.protocol.filter(|_| self.messages > 2);
            let set = set_of(protocol, payload_type).expect("one of ours");
            let content: Tree = exi::from_document(set, &payload, Facets::Off).expect("our own can be read");
            let mut again = Vec::new();
            let written = exi::tree_to_document(set, &content, Facets::Checked, &mut again).is_ok();
            let identical = written && again == payload;
            let message =
                SeenMessage { from, payload_type, protocol, payload, content: Ok(Arc::new(content)), identical };
            self.see(now, What::Message(Box::new(message)));
        }
    }

    /// The rules that were broken, and how many were kept.
    pub(crate) fn verdict(self) -> (Vec<String>, usize) {
        let verdicts: Vec<_> = self.judges.into_iter().flat_map(Judge::finish).collect();
        let kept = verdicts.iter().filter(|verdict| matches!(verdict.outcome, Outcome::Pass { .. })).count();
        let broken = verdicts.into_iter().filter_map(|verdict| match verdict.outcome {
            Outcome::Fail { findings, .. } => Some(format!("{}: {:?}", verdict.rule.id, findings.first())),
            Outcome::Pass { .. } | Outcome::NotApplicable { .. } => None,
        });
        (broken.collect(), kept)
    }
}
