//! The same firmware on a serial line.

use units::Instant;
use wire::cobs_board::{FrameCounters, FrameDecoder, append_frame};

use super::M4Peer;
use super::noise::Noise;
use crate::{ByteDevice, MessageDevice};

/// A firmware whose messages travel in frames: COBS, CRC, a closing zero.
#[derive(Debug)]
pub struct CobsPeer {
    peer: M4Peer,
    decoder: FrameDecoder,
}

impl CobsPeer {
    /// Puts a firmware behind a line.
    #[must_use]
    pub fn new(peer: M4Peer) -> Self {
        Self::with_noise(peer, 0)
    }

    /// Puts a firmware behind a line; which bits are wrong on a bad one follows from the seed.
    #[must_use]
    pub fn with_noise(mut peer: M4Peer, seed: u64) -> Self {
        peer.noise = Noise::new(seed);
        Self { peer, decoder: FrameDecoder::new() }
    }

    /// The firmware behind it: commands and events go through it.
    pub const fn peer(&mut self) -> &mut M4Peer {
        &mut self.peer
    }

    /// The microcontroller boots again, and says so: a serial line needs no address.
    pub fn restart(&mut self, fresh: M4Peer) {
        self.peer.restart(fresh);
        self.peer.announce();
    }

    /// What it has seen on the line.
    #[must_use]
    pub const fn counters(&self) -> FrameCounters {
        self.decoder.counters()
    }

    /// Whether a message to it arrives as it was sent, and is not taken for the end of another one.
    pub(super) const fn hears_clearly(&self) -> bool {
        self.peer.noise.is_quiet() && self.decoder.is_between_frames()
    }

    /// Whether the line turns bits over.
    pub(super) const fn turns_bits(&self) -> bool {
        self.peer.noise.turns_bits()
    }

    /// What has arrived on the line.
    fn hear(&mut self, now: Instant, mut line: &[u8]) {
        while let Some(frame) = self.decoder.next_frame(&mut line) {
            // A firmware counts what it cannot read and says nothing.
            if let Ok(message) = frame {
                self.peer.receive(now, &message);
            }
        }
    }
}

/// Makes a frame worthless: a byte that is none of its ends becomes another, and no zero.
fn damage(frame: &mut [u8]) {
    if let Some(byte) = frame.iter_mut().rev().find(|byte| **byte != 0) {
        *byte = *byte % 0xfe + 1;
    }
}

impl ByteDevice for CobsPeer {
    fn receive(&mut self, now: Instant, bytes: &[u8]) {
        if self.peer.noise.is_quiet() {
            return self.hear(now, bytes);
        }
        let mut line = bytes.to_vec();
        self.peer.noise.turn_bits(&mut line);
        if self.peer.noise.damages_down() {
            damage(&mut line);
        }
        self.hear(now, &line);
    }

    fn transmit(&mut self, now: Instant) -> Vec<u8> {
        let mut line = Vec::new();
        while let Some((message, damaged)) = self.peer.next_message(now) {
            let begins = line.len();
            append_frame(&message.encode(), &mut line);
            if damaged {
                damage(&mut line[begins..]);
            }
        }
        self.peer.noise.turn_bits(&mut line);
        line
    }

    fn next_change(&self) -> Option<Instant> {
        self.peer.next_change()
    }
}

#[cfg(test)]
mod tests {
    use wire::cobs_board::{FrameError, encode_frame};
    use wire::tux_evse::{HighToLow, LowToHigh};

    use super::*;
    use crate::m4::M4Fault;

    fn read(mut line: &[u8]) -> Vec<Result<Vec<u8>, FrameError>> {
        let mut decoder = FrameDecoder::new();
        std::iter::from_fn(|| decoder.next_frame(&mut line)).collect()
    }

    #[test]
    fn frames_in_frames_out_and_noise_between_them() {
        let mut board = CobsPeer::new(M4Peer::new(3, "m4", 6));
        let line = [&[0x55, 0x00][..], &encode_frame(&HighToLow::Hello.encode())].concat();
        for byte in line {
            board.receive(Instant::ZERO, &[byte]);
        }
        assert_eq!((board.counters().good, board.counters().malformed), (1, 1));
        let sent = read(&board.transmit(Instant::ZERO));
        assert!(matches!(&sent[..], [Ok(frame)] if matches!(LowToHigh::decode(frame), Ok(Some(LowToHigh::Info(_))))));

        board.peer().set_fault(Some(M4Fault::GARBLED));
        assert_eq!(read(&board.transmit(Instant::from_millis(500))), [Err(FrameError::Crc)]);
        board.peer().set_fault(None);
        board.peer().damage_next_down();
        board.receive(Instant::from_millis(600), &encode_frame(&HighToLow::Hello.encode()));
        assert_eq!((board.counters().good, board.counters().crc), (1, 1));
        assert!(board.transmit(Instant::from_millis(600)).is_empty());
    }

    #[test]
    fn one_that_starts_anew_says_so() {
        let mut board = CobsPeer::new(M4Peer::new(3, "m4", 6));
        board.restart(M4Peer::new(3, "m4", 9));
        assert_eq!(read(&board.transmit(Instant::ZERO)).len(), 1);
    }
}
