//! The frame that comes and the frames that wait to go, as the device that smoltcp wants.

use std::collections::VecDeque;
use std::fmt;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant as StackInstant;
use smoltcp::wire::{EthernetFrame, IpProtocol, Ipv6Packet, TcpPacket};

use crate::window::Edges;

/// An Ethernet frame without its check sequence.
pub(crate) const LONGEST_FRAME: usize = 1514;

/// So many frames wait for a host that fetches none; what comes after them is lost.
const MOST_FRAMES: usize = 128;

/// The host's end of the wire.
#[derive(Default)]
pub(crate) struct Wire {
    coming: Option<Vec<u8>>,
    going: Going,
}

#[derive(Default)]
pub(crate) struct Going {
    frames: VecDeque<Vec<u8>>,
    edges: Edges,
}

impl Wire {
    /// A frame has come; smoltcp fetches it when it is polled next.
    pub(crate) fn came(&mut self, frame: &[u8]) {
        self.coming = Some(frame.to_vec());
    }

    pub(crate) fn next(&mut self) -> Option<Vec<u8>> {
        self.going.frames.pop_front()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.going.frames.len() >= MOST_FRAMES
    }

    /// What the peers were told.
    pub(crate) const fn edges(&self) -> &Edges {
        &self.going.edges
    }
}

impl Going {
    fn put(&mut self, frame: Vec<u8>) {
        self.note(&frame);
        if self.frames.len() < MOST_FRAMES {
            self.frames.push_back(frame);
        }
    }

    /// What this frame tells a peer of TCP holds even when the frame is lost: smoltcp counts it as said.
    fn note(&mut self, frame: &[u8]) {
        let Ok(frame) = EthernetFrame::new_checked(frame) else { return };
        let Ok(packet) = Ipv6Packet::new_checked(frame.payload()) else { return };
        if packet.next_header() != IpProtocol::Tcp {
            return;
        }
        let Ok(segment) = TcpPacket::new_checked(packet.payload()) else { return };
        self.edges.said(packet.dst_addr(), &segment);
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("waiting", &self.going.frames.len()).finish_non_exhaustive()
    }
}

pub(crate) struct Coming(Vec<u8>);

impl RxToken for Coming {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for &mut Going {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut frame = vec![0; length];
        let result = f(&mut frame);
        self.put(frame);
        result
    }
}

impl Device for Wire {
    type RxToken<'a> = Coming;
    type TxToken<'a> = &'a mut Going;

    fn receive(&mut self, _now: StackInstant) -> Option<(Coming, &mut Going)> {
        let frame = self.coming.take()?;
        Some((Coming(frame), &mut self.going))
    }

    fn transmit(&mut self, _now: StackInstant) -> Option<&mut Going> {
        Some(&mut self.going)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = LONGEST_FRAME;
        capabilities
    }
}
