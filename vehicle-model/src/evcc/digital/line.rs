//! The line to the station: the matching, the modem, and the host behind it.

use std::collections::VecDeque;
use std::time::Duration;

use ipv6_stack::Stack;
use slac::ev::{self, Ev};
use slac::modem::QCA;
use slac::{Frame, LOCAL_MODEM, MacAddress, Message, Nid, Nmk, Output, SetKeyReq};
use units::Instant;

use super::facts::sooner_of;
use super::random::mixed;

/// The modem is asked for its link so often while it joins ...
const WHILE_JOINING: Duration = Duration::from_millis(100);
/// ... and when it has joined.
const WHILE_JOINED: Duration = Duration::from_secs(1);

/// The nonce of the key that only makes the modem leave: none of a matching has it.
const LEAVES: u32 = 1;

/// EtherTypes.
const IPV6: [u8; 2] = [0x86, 0xdd];
const HOMEPLUG: [u8; 2] = slac::ETHER_TYPE.to_be_bytes();

/// How far the modem is.
#[derive(Clone, Copy, Debug)]
enum Modem {
    /// It has no key of this matching.
    Unkeyed,
    /// It is asked again then, after this time each.
    Asked { at: Instant, every: Duration },
}

/// The line, from the begin of a matching to its end.
#[derive(Debug)]
pub(super) struct Line {
    host: MacAddress,
    seed: u64,
    ev: Ev,
    modem: Modem,
    pub(super) stack: Stack,
}

impl Line {
    /// A matching begins. All that is random follows from the number.
    pub(super) fn begin(now: Instant, host: [u8; 6], seed: u64) -> Self {
        let mut line = Self::without_matching(host, seed);
        line.ev.handle_input(now, ev::Input::Begin { seed: mixed(seed, 0) });
        line
    }

    /// A line on which nothing is to be matched.
    pub(super) fn without_matching(host: [u8; 6], seed: u64) -> Self {
        let ev = Ev::new(ev::Config::new(MacAddress(host)));
        let stack = Stack::new(host, mixed(seed, 1));
        Self { host: MacAddress(host), seed, ev, modem: Modem::Unkeyed, stack }
    }

    /// A frame came from the modem.
    pub(super) fn hear(&mut self, now: Instant, frame: &[u8]) {
        match frame.get(12..14) {
            Some(kind) if kind == IPV6 => self.stack.hear(now, frame),
            Some(kind) if kind == HOMEPLUG => {
                let Ok(frame) = Frame::decode(frame) else { return };
                match &frame.message {
                    Message::Vendor(answer) if frame.destination == self.host => {
                        if let Some(up) = answer.link() {
                            self.ev.handle_input(now, ev::Input::Link(up));
                        }
                    }
                    _ => self.ev.handle_input(now, ev::Input::Frame(&frame)),
                }
            }
            Some(_) | None => {}
        }
    }

    /// Time passed.
    pub(super) fn advance(&mut self, now: Instant, frames: &mut VecDeque<Vec<u8>>) {
        self.ev.handle_input(now, ev::Input::Time);
        self.stack.advance(now);
        if let Modem::Asked { at, every } = &mut self.modem
            && *at <= now
        {
            *at = now + *every;
            frames.push_back(Frame::new(LOCAL_MODEM, self.host, QCA.link_status).encode());
        }
    }

    /// What happened to the matching next; frames for the modem go to the others.
    pub(super) fn next_event(&mut self, now: Instant, frames: &mut VecDeque<Vec<u8>>) -> Option<ev::Event> {
        loop {
            match self.ev.poll_output() {
                Output::Send(frame) => frames.push_back(frame.encode()),
                Output::Event(event) => {
                    match &event {
                        ev::Event::Matched(_) => self.watch(now, WHILE_JOINING),
                        ev::Event::LinkUp => self.watch(now, WHILE_JOINED),
                        ev::Event::Again(_) | ev::Event::LinkLost | ev::Event::Failed(_) => {
                            self.modem = Modem::Unkeyed;
                        }
                    }
                    return Some(event);
                }
                Output::Wait(_) => return None,
            }
        }
    }

    fn watch(&mut self, now: Instant, every: Duration) {
        self.modem = Modem::Asked { at: now + every, every };
    }

    /// What of the host goes to the modem.
    pub(super) fn drain(&mut self, frames: &mut VecDeque<Vec<u8>>) {
        while let Some(frame) = self.stack.next_frame() {
            frames.push_back(frame);
        }
    }

    /// It ends: the connection is torn down, and the modem leaves the network with a key that nobody else has.
    pub(super) fn end(mut self, now: Instant, frames: &mut VecDeque<Vec<u8>>) {
        self.stack.abort(now);
        self.drain(frames);
        match self.modem {
            Modem::Unkeyed => {}
            Modem::Asked { .. } => {
                let (high, low) = (mixed(self.seed, 2).to_be_bytes(), mixed(self.seed, 3).to_be_bytes());
                let mut key = [0; 16];
                key[..8].copy_from_slice(&high);
                key[8..].copy_from_slice(&low);
                let nmk = Nmk(key);
                let request = SetKeyReq::new(LEAVES, Nid::of(&nmk, Nid::SIMPLE_CONNECT), nmk);
                frames.push_back(Frame::new(LOCAL_MODEM, self.host, Message::SetKeyReq(request)).encode());
            }
        }
    }

    pub(super) fn next_change(&mut self) -> Option<Instant> {
        // Whatever it has to tell was fetched before.
        let matching = match self.ev.poll_output() {
            Output::Wait(wait) => wait,
            Output::Send(_) | Output::Event(_) => None,
        };
        let modem = match self.modem {
            Modem::Unkeyed => None,
            Modem::Asked { at, .. } => Some(at),
        };
        sooner_of([matching, modem, self.stack.next_change()])
    }
}
