//! Frames and datagrams that stand in a capture twice: a mirror port gives a packet when it comes in and when it goes out, and a capture of two
//! interfaces of a bridge has it from both.
//!
//! Nobody says the same again within ten milliseconds: a car starts its sounds each 20 ms or more, and retries of SLAC and SDP take
//! 100 ms and more.

use std::collections::VecDeque;

use crate::link::Carried;

/// A packet counts once within this time, in nanoseconds.
const WITHIN: u64 = 10_000_000;

/// Packets that are remembered: what one medium carries within that time.
const MOST: usize = 64;

/// The packets of the last ten milliseconds.
#[derive(Default)]
pub(crate) struct Twice {
    last: VecDeque<Packet>,
}

/// What makes a packet the same as another. The link's own header is not compared: Linux cooked writes the interface into it.
#[derive(Eq, PartialEq)]
struct Packet {
    time: u64,
    source: Option<[u8; 6]>,
    ether_type: u16,
    payload: Vec<u8>,
}

impl Twice {
    /// Whether the same was there a moment ago. Of what is there three times, two are known.
    pub(crate) fn is_known(&mut self, carried: &Carried<'_>, time: u64) -> bool {
        self.last.retain(|packet| packet.time.abs_diff(time) <= WITHIN);
        let known = self.last.iter().any(|packet| {
            packet.ether_type == carried.ether_type
                && packet.source == carried.source
                && packet.payload == carried.payload
        });
        if !known {
            if self.last.len() == MOST {
                self.last.pop_front();
            }
            let Carried { source, ether_type, payload, .. } = carried;
            self.last.push_back(Packet { time, source: *source, ether_type: *ether_type, payload: payload.to_vec() });
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(payload: &[u8]) -> Carried<'_> {
        Carried { source: Some([2; 6]), destination: None, vlans: Vec::new(), ether_type: 0x88e1, payload }
    }

    #[test]
    fn the_same_within_ten_milliseconds_counts_once() {
        let mut twice = Twice::default();
        assert!(!twice.is_known(&carried(b"sound 1"), 0));
        assert!(!twice.is_known(&carried(b"sound 2"), 10));
        assert!(twice.is_known(&carried(b"sound 1"), 20));
        assert!(twice.is_known(&carried(b"sound 1"), WITHIN));
        assert!(!twice.is_known(&Carried { source: Some([4; 6]), ..carried(b"sound 1") }, WITHIN));
        assert!(!twice.is_known(&carried(b"sound 1"), WITHIN + 1), "a repetition");
    }

    #[test]
    fn no_more_is_remembered_than_fits() {
        let mut twice = Twice::default();
        for number in 0..1000u16 {
            assert!(!twice.is_known(&carried(&number.to_be_bytes()), 0));
        }
        assert_eq!(twice.last.len(), MOST);
        assert!(twice.is_known(&carried(&999u16.to_be_bytes()), 0));
        assert!(!twice.is_known(&carried(&1u16.to_be_bytes()), 0), "too long ago");
    }
}
