//! From the bytes of a capture to what is in it.

use std::collections::VecDeque;
use std::io::Read;

use crate::container::{Container, Record};
use crate::error::CaptureError;
use crate::event::{Datagram, Event, Frame};
use crate::ip::{Ip, Transport};
use crate::limits::Limits;
use crate::link;
use crate::packet::Packet;
use crate::remark::{Remark, Trouble};
use crate::tcp::{Connections, Seen};
use crate::twice::Twice;

/// Reads a capture: an iterator over what is in it. Each packet is read as soon as the input has the whole of it, so a pipe can
/// be read while it is being written. An error is the last item; before it, what was open is closed.
pub struct Reader<R> {
    container: Container<R>,
    ip: Ip,
    connections: Connections,
    twice: Twice,
    counts: Counts,
    /// Found, and not given yet.
    found: VecDeque<Event>,
    stage: Stage,
}

enum Stage {
    Reading,
    /// The input has ended, with an error or without; connections are being closed.
    Closing(Option<CaptureError>),
    Ended,
}

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Packets in the file; those below, those that cannot be read, and fragments.
    pub packets: u64,
    /// Frames that carry no IP.
    pub frames: u64,
    /// UDP datagrams.
    pub datagrams: u64,
    /// TCP segments.
    pub segments: u64,
    /// IP packets that carry something else, as ICMP.
    pub other: u64,
    /// Frames and datagrams that were there before, at nearly the same time; they are in none of the counts above but the first.
    pub twice: u64,
    /// What was lost or cannot be read.
    pub remarks: u64,
}

impl<R: Read> Reader<R> {
    /// Reads an input with the usual limits. Nothing is read until the first event is asked for; whether it is a capture at all
    /// is known then.
    pub fn open(input: R) -> Self {
        Self::with_limits(input, Limits::default())
    }

    /// Reads an input and keeps no more than is said.
    pub fn with_limits(input: R, limits: Limits) -> Self {
        Self {
            container: Container::new(input, limits),
            ip: Ip::new(limits.fragmented),
            connections: Connections::new(limits),
            twice: Twice::default(),
            counts: Counts::default(),
            found: VecDeque::new(),
            stage: Stage::Reading,
        }
    }

    /// What was counted up to the event that was given last.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        Counts { packets: self.container.packets(), ..self.counts }
    }

    /// What the reader keeps of streams in which bytes are missing; see [`Limits::held`].
    #[must_use]
    pub const fn held(&self) -> usize {
        self.connections.held()
    }

    fn advance(&mut self) {
        match self.container.next() {
            Some(Ok(Record::Packet(packet))) => self.packet(packet),
            Some(Ok(Record::Secrets(secrets))) => self.found.push_back(Event::Secrets(secrets)),
            Some(Ok(Record::Remark(remark))) => self.found.push_back(Event::Remark(remark)),
            Some(Err(error)) => self.stage = Stage::Closing(Some(error)),
            None => self.stage = Stage::Closing(None),
        }
        if let Stage::Closing(_) = self.stage {
            let seen = Seen { packet: self.container.packets(), time: self.container.time() };
            let lost = self.ip.end().map(|trouble| remark(seen, trouble));
            self.found.extend(lost);
        }
    }

    fn packet(&mut self, packet: Packet) {
        let seen = Seen { packet: packet.number, time: packet.time };
        if let Err(trouble) = self.carried(packet, seen) {
            self.found.push_back(remark(seen, trouble));
        }
    }

    /// A packet that is there for the second time.
    fn again(&mut self) -> Result<(), Trouble> {
        self.counts.twice += 1;
        if self.counts.twice == 1 { Err(Trouble::Twice) } else { Ok(()) }
    }

    fn carried(&mut self, packet: Packet, seen: Seen) -> Result<(), Trouble> {
        let carried = link::carried(packet.link, &packet.bytes)?;
        // TCP knows itself what came again; a car that resets a connection does so with several segments at once.
        let twice = packet.timed && self.twice.is_known(&carried, packet.time);
        let source = carried.source;
        if !matches!(carried.ether_type, link::IPV4 | link::IPV6) {
            if twice {
                return self.again();
            }
            let begin = packet.bytes.len() - carried.payload.len();
            let link::Carried { source, destination, ether_type, vlans, .. } = carried;
            self.counts.frames += 1;
            self.found.push_back(Event::Frame(Frame {
                packet: packet.number,
                time: packet.time,
                link: packet.link,
                source,
                destination,
                vlans,
                ether_type,
                payload: begin..packet.bytes.len(),
                uncaptured: (packet.original_length as usize).saturating_sub(packet.bytes.len()),
                bytes: packet.bytes,
            }));
            return Ok(());
        }
        let mut lost = Vec::new();
        let ip = self.ip.packet(carried.payload, packet.number, &mut lost);
        self.found.extend(lost.into_iter().map(|trouble| remark(seen, trouble)));
        let Some(ip) = ip? else { return Ok(()) };
        match ip.transport()? {
            Transport::Udp { .. } if twice => return self.again(),
            Transport::Udp { from, to, payload } => {
                self.counts.datagrams += 1;
                let Seen { packet, time } = seen;
                let payload = payload.to_vec();
                self.found.push_back(Event::Datagram(Datagram { packet, time, source, from, to, payload }));
            }
            Transport::Tcp(segment) => {
                self.counts.segments += 1;
                if segment.uncaptured > 0 {
                    let trouble = Trouble::CutSegment { captured: segment.payload.len() };
                    self.found.push_back(remark(seen, trouble));
                }
                self.connections.segment(&segment, seen, &mut self.found);
            }
            Transport::Other(_) => self.counts.other += 1,
        }
        Ok(())
    }
}

fn remark(seen: Seen, trouble: Trouble) -> Event {
    Event::Remark(Remark { packet: seen.packet, time: seen.time, trouble })
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Event, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(event) = self.found.pop_front() {
                self.counts.remarks += u64::from(matches!(event, Event::Remark(_)));
                return Some(Ok(event));
            }
            match &mut self.stage {
                Stage::Reading => self.advance(),
                Stage::Closing(error) => {
                    // One connection after the other: each may hold much.
                    if !self.connections.end(&mut self.found) {
                        let error = error.take();
                        self.stage = Stage::Ended;
                        return error.map(Err);
                    }
                }
                Stage::Ended => return None,
            }
        }
    }
}
