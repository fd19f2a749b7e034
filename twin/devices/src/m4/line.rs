//! The same serial line with its host's end, both in memory.

use units::Instant;
use wire::cobs_board::{FrameDecoder, FrameError, append_frame};
use wire::tux_evse::{HighToLow, LowToHigh};

use super::{CobsPeer, M4Peer};
use crate::ByteDevice;

/// It was a message when it was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Damaged;

/// A serial line from end to end: a firmware, and what its host reads.
///
/// Bytes are made only where noise may spoil them. On a quiet line a frame brings the message that was put into it, whatever it
/// is, so the message itself is handed over.
#[derive(Debug)]
pub struct Line {
    board: CobsPeer,
    to_host: FrameDecoder,
    /// What the board has sent and the host has not read yet.
    unread: Vec<u8>,
}

impl Line {
    /// A line to this firmware; which bits are wrong while it is a bad one follows from the seed.
    #[must_use]
    pub fn new(peer: M4Peer, seed: u64) -> Self {
        Self { board: CobsPeer::with_noise(peer, seed), to_host: FrameDecoder::new(), unread: Vec::new() }
    }

    /// The firmware at its end: commands and events go through it.
    pub const fn peer(&mut self) -> &mut M4Peer {
        self.board.peer()
    }

    /// See [`CobsPeer::restart`].
    pub fn restart(&mut self, fresh: M4Peer) {
        self.board.restart(fresh);
    }

    /// The host sends a message.
    pub fn send(&mut self, now: Instant, message: HighToLow) {
        if self.board.hears_clearly() {
            self.board.peer().hear(now, message);
            return;
        }
        // A zero in front ends whatever noise has left at the other end.
        let mut line = vec![0];
        append_frame(&message.encode(), &mut line);
        self.board.receive(now, &line);
    }

    /// The next message that the host reads; `None`: nothing has come.
    ///
    /// # Errors
    /// What came is no message of a firmware.
    pub fn receive(&mut self, now: Instant) -> Option<Result<LowToHigh, Damaged>> {
        loop {
            if self.unread.is_empty() && self.to_host.is_between_frames() && !self.board.turns_bits() {
                let (message, damaged) = self.board.peer().next_message(now)?;
                return Some(if damaged { Err(Damaged) } else { Ok(message) });
            }
            let mut unread = &self.unread[..];
            let frame = self.to_host.next_frame(&mut unread);
            self.unread.drain(..self.unread.len() - unread.len());
            if let Some(frame) = frame {
                return Some(read(frame));
            }
            self.unread = self.board.transmit(now);
            if self.unread.is_empty() {
                return None;
            }
        }
    }

    /// When the board says something by itself.
    #[must_use]
    pub fn next_change(&self) -> Option<Instant> {
        self.board.next_change()
    }
}

fn read(frame: Result<Vec<u8>, FrameError>) -> Result<LowToHigh, Damaged> {
    let packet = frame.map_err(|_| Damaged)?;
    LowToHigh::decode(&packet).ok().flatten().ok_or(Damaged)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wire::tux_evse::HostSays;

    use super::*;
    use crate::m4::M4Fault;

    fn board() -> M4Peer {
        M4Peer::new(3, "m4", 6)
    }

    fn word(number: u32) -> HighToLow {
        HighToLow::Host(HostSays { start: 7, number, ..HostSays::default() })
    }

    fn heard(line: &mut Line, now: Instant) -> Vec<Result<u32, Damaged>> {
        let number = |message| match message {
            LowToHigh::State(state) => state.heard,
            other => panic!("{other:?}"),
        };
        std::iter::from_fn(|| line.receive(now)).map(|heard| heard.map(number)).collect()
    }

    #[test]
    fn what_is_said_is_heard_until_noise_spoils_it() {
        let mut line = Line::new(board(), 1);
        let now = Instant::ZERO;
        line.send(now, word(1));
        assert_eq!(heard(&mut line, now), [Ok(1)]);
        line.peer().damage_next_down();
        line.send(now, word(2));
        assert_eq!(heard(&mut line, now), [], "a firmware says nothing to what it cannot read");
        line.peer().set_fault(Some(M4Fault::GARBLED));
        line.send(now, word(3));
        assert_eq!(heard(&mut line, now), [Err(Damaged)]);
        line.peer().set_fault(None);
        line.send(now, word(4));
        assert_eq!(heard(&mut line, now), [Ok(4)]);
    }

    proptest! {
        /// However good or bad the line is and was, the host reads what it would read from the bytes.
        #[test]
        fn it_brings_what_its_bytes_would_bring(
            seed: u64,
            turns in prop::collection::vec((0..4_u8, 1..4_u32), 1..40),
        ) {
            let mut line = Line::new(board(), seed);
            let (mut bytes, mut decoder) = (CobsPeer::with_noise(board(), seed), FrameDecoder::new());
            for (turn, (kind, number)) in (0_u32..).zip(turns) {
                let now = Instant::from_millis(u64::from(turn) * 300);
                let fault = match kind {
                    0 => Some(M4Fault::BitErrors(20_000)),
                    1 => Some(M4Fault::Damages { messages: 1, of: 2 }),
                    _ => None,
                };
                for peer in [line.peer(), bytes.peer()] {
                    peer.set_fault(fault);
                }
                let message = word(turn * 4 + number);
                line.send(now, message);
                let mut frame = vec![0];
                append_frame(&message.encode(), &mut frame);
                bytes.receive(now, &frame);
                let mut sent = &bytes.transmit(now)[..];
                let read: Vec<_> = std::iter::from_fn(|| decoder.next_frame(&mut sent)).map(read).collect();
                let heard: Vec<_> = std::iter::from_fn(|| line.receive(now)).collect();
                prop_assert_eq!(heard, read);
                prop_assert_eq!(line.peer().take_commands(), bytes.peer().take_commands());
            }
        }
    }
}
