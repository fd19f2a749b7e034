//! From packets, one after the other, to what is in them.

use std::collections::VecDeque;

use crate::event::{Datagram, Event, Frame};
use crate::ip::{Ip, Transport};
use crate::limits::Limits;
use crate::link;
use crate::packet::Packet;
use crate::remark::{Remark, Trouble};
use crate::tcp::{Connections, Seen};
use crate::twice::Twice;

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

/// Takes packets apart: those of a capture ([`Reader`](crate::Reader)), or of a line that is listened to.
pub struct Unpacker {
    ip: Ip,
    connections: Connections,
    twice: Twice,
    counts: Counts,
    /// Found, and not given yet.
    found: VecDeque<Event>,
}

impl Default for Unpacker {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Unpacker {
    /// One that keeps no more than is said.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            ip: Ip::new(limits.fragmented),
            connections: Connections::new(limits),
            twice: Twice::default(),
            counts: Counts::default(),
            found: VecDeque::new(),
        }
    }

    /// What was counted up to the event that was given last.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// What it keeps of streams in which bytes are missing; see [`Limits::held`].
    #[must_use]
    pub const fn held(&self) -> usize {
        self.connections.held()
    }

    /// What was found and not given yet.
    pub fn next_event(&mut self) -> Option<Event> {
        let event = self.found.pop_front()?;
        self.counts.remarks += u64::from(matches!(event, Event::Remark(_)));
        Some(event)
    }

    /// Something that the capture itself says.
    pub(crate) fn pass(&mut self, event: Event) {
        self.found.push_back(event);
    }

    /// No packet follows: what waited for more will wait in vain. Connections are closed one after the other, with
    /// [`Self::close_one`].
    pub(crate) fn end(&mut self, packet: u64, time: u64) {
        let lost = self.ip.end().map(|trouble| remark(Seen { packet, time }, trouble));
        self.found.extend(lost);
    }

    /// Closes a connection that is open; whether there was one. Each may hold much.
    pub fn close_one(&mut self) -> bool {
        self.connections.end(&mut self.found)
    }

    /// Takes a packet apart.
    pub fn packet(&mut self, packet: Packet) {
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
