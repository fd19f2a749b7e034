//! The same firmware on a serial line.

use units::Instant;
use wire::cobs_board::{FrameCounters, FrameDecoder, encode_frame};

use super::{M4Fault, M4Peer};
use crate::{ByteDevice, MessageDevice};

/// A firmware whose messages travel in frames: COBS, CRC, a closing zero.
#[derive(Debug)]
pub struct CobsPeer {
    peer: M4Peer,
    decoder: FrameDecoder,
    garbled: bool,
}

impl CobsPeer {
    /// Puts a firmware behind a line.
    #[must_use]
    pub fn new(peer: M4Peer) -> Self {
        Self { peer, decoder: FrameDecoder::new(), garbled: false }
    }

    /// The firmware behind it: commands and events go through it.
    pub const fn peer(&mut self) -> &mut M4Peer {
        &mut self.peer
    }

    /// Breaks the link, or mends it. Garbled here means a wrong byte in each frame.
    pub fn set_fault(&mut self, fault: Option<M4Fault>) {
        self.garbled = fault == Some(M4Fault::Garbled);
        self.peer.set_fault(fault.filter(|fault| *fault != M4Fault::Garbled));
    }

    /// What it has seen on the line.
    #[must_use]
    pub const fn counters(&self) -> FrameCounters {
        self.decoder.counters()
    }
}

impl ByteDevice for CobsPeer {
    fn receive(&mut self, now: Instant, mut bytes: &[u8]) {
        while let Some(frame) = self.decoder.next_frame(&mut bytes) {
            // A firmware counts what it cannot read and says nothing.
            if let Ok(message) = frame {
                self.peer.receive(now, &message);
            }
        }
    }

    fn transmit(&mut self, now: Instant) -> Vec<u8> {
        let mut line = Vec::new();
        while let Some(message) = self.peer.transmit(now) {
            let mut frame = encode_frame(&message);
            if self.garbled {
                // The last byte before the zero: part of the checksum, and it stays another than zero.
                let at = frame.len() - 2;
                frame[at] = frame[at] % 0xfe + 1;
            }
            line.extend(frame);
        }
        line
    }

    fn next_change(&self) -> Option<Instant> {
        self.peer.next_change()
    }
}

#[cfg(test)]
mod tests {
    use iec61851::Command;
    use wire::cobs_board::FrameError;
    use wire::tux_evse::{HighToLow, LowToHigh};

    use super::*;

    #[test]
    fn frames_in_frames_out_and_noise_between_them() {
        let mut board = CobsPeer::new(M4Peer::new(1, "m4"));
        let line = [&[0x55, 0x00][..], &encode_frame(&HighToLow::Enable.encode())].concat();
        for byte in line {
            board.receive(Instant::ZERO, &[byte]);
        }
        assert_eq!(board.peer().take_commands(), [Command::Enable]);
        assert_eq!((board.counters().good, board.counters().malformed), (1, 1));
        let sent = board.transmit(Instant::ZERO);
        let frame = FrameDecoder::new().next_frame(&mut &sent[..]).expect("a frame").expect("in order");
        assert!(matches!(LowToHigh::decode(&frame), Ok(Some(LowToHigh::Info(_)))));

        board.set_fault(Some(M4Fault::Garbled));
        let sent = board.transmit(Instant::from_millis(3000));
        let frame = FrameDecoder::new().next_frame(&mut &sent[..]);
        assert_eq!(frame, Some(Err(FrameError::Crc)));
    }
}
