//! A host gives its modem a key, and waits until the modem says that it has it.

use std::time::Duration;

use units::Instant;

use crate::ethernet::{LOCAL_MODEM, MacAddress};
use crate::frame::Frame;
use crate::key::{Nid, Nmk, SetKeyCnf, SetKeyReq};
use crate::message::Message;

/// A modem that takes a key is busy with it: 700 ms were seen. It is asked again when it says nothing for so long.
const TT_SET_KEY: Duration = Duration::from_secs(1);

/// So often it is asked.
const SET_KEY_TRIES: u8 = 3;

/// A key on its way into the modem.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Keying {
    nmk: Nmk,
    nonce: u32,
    tries: u8,
    pub(crate) until: Instant,
}

impl Keying {
    /// Begins: the first frame for the modem.
    pub(crate) fn begin(now: Instant, host: MacAddress, nmk: Nmk, nonce: u32) -> (Self, Frame) {
        let keying = Self { nmk, nonce, tries: 1, until: now + TT_SET_KEY };
        let frame = keying.frame(host);
        (keying, frame)
    }

    fn frame(&self, host: MacAddress) -> Frame {
        let request = SetKeyReq::new(self.nonce, Nid::of(&self.nmk, Nid::SIMPLE_CONNECT), self.nmk);
        Frame::new(LOCAL_MODEM, host, Message::SetKeyReq(request))
    }

    /// Whether an answer is the one to this key. Captured modems call success 1 and the standard 0, so the nonce alone counts.
    pub(crate) const fn is_answered_by(&self, answer: &SetKeyCnf) -> bool {
        answer.your_nonce == self.nonce
    }

    /// The modem said nothing until then: what it is asked again, unless that was often enough.
    pub(crate) fn timed_out(&mut self, now: Instant, host: MacAddress) -> Option<Frame> {
        if self.tries == SET_KEY_TRIES {
            return None;
        }
        self.tries += 1;
        self.until = now + TT_SET_KEY;
        Some(self.frame(host))
    }
}
