//! SDP, the car's side: who on this link is the station? (ISO 15118-2 clause 7.10.1)

use std::net::{Ipv6Addr, SocketAddrV6};
use std::time::Duration;

use iso15118::sdp::{Message, Request, Security, Transport};
use iso15118::v2gtp::Frame;
use units::Instant;

/// To all nodes of the link, at the port of SDP.
pub(super) const EVERYBODY: SocketAddrV6 = SocketAddrV6::new(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1), 15_118, 0, 0);

/// Between two questions [V2G2-159].
const REPEATS: Duration = Duration::from_millis(250);
/// It asks at most so often [V2G2-161].
const MOST: u8 = 50;

/// How far the search is.
#[derive(Clone, Debug)]
pub(super) struct Discovery {
    asked: u8,
    next: Instant,
}

/// What is due.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Due {
    /// This question goes to everybody; it is the nth.
    Ask { nth: u8, question: Vec<u8> },
    /// Nobody has answered the last one either.
    GiveUp,
}

impl Discovery {
    /// The first question goes out then.
    pub(super) const fn new(at: Instant) -> Self {
        Self { asked: 0, next: at }
    }

    pub(super) const fn next_change(&self) -> Instant {
        self.next
    }

    /// It goes on: what was found was nothing.
    pub(super) fn again(&mut self, now: Instant) {
        self.next = now + REPEATS;
    }

    pub(super) fn due(&mut self, now: Instant) -> Option<Due> {
        if self.next > now {
            return None;
        }
        if self.asked == MOST {
            return Some(Due::GiveUp);
        }
        self.asked += 1;
        self.next = now + REPEATS;
        let request = Request { security: Security::None, transport: Transport::Tcp };
        let (payload_type, payload) = Message::Request(request).encode();
        Some(Due::Ask { nth: self.asked, question: Frame { payload_type, payload }.encode() })
    }

    /// Where the station accepts the connection, if this is a good answer to the question.
    pub(super) fn hear(&self, datagram: &[u8]) -> Option<SocketAddrV6> {
        if self.asked == 0 {
            return None;
        }
        let (frame, length) = Frame::decode(datagram).ok()??;
        let Ok(Message::Response(response)) = Message::decode(frame.payload_type, &frame.payload) else { return None };
        let is_good = length == datagram.len()
            && response.security == Security::None
            && response.transport == Transport::Tcp
            && response.address.is_unicast_link_local()
            && response.port != 0;
        is_good.then(|| response.socket(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iso15118::sdp::Response;

    fn answer(change: impl FnOnce(&mut Response)) -> Vec<u8> {
        let address = "fe80::1".parse().expect("an address");
        let mut response = Response { address, port: 50_000, security: Security::None, transport: Transport::Tcp };
        change(&mut response);
        let (payload_type, payload) = Message::Response(response).encode();
        Frame { payload_type, payload }.encode()
    }

    #[test]
    fn it_asks_fifty_times_and_no_more() {
        let mut discovery = Discovery::new(Instant::from_millis(100));
        let mut times = Vec::new();
        loop {
            let now = discovery.next_change();
            match discovery.due(now).expect("it is due") {
                Due::Ask { nth, question } => {
                    assert_eq!(usize::from(nth), times.len() + 1);
                    assert_eq!(question, [1, 0xfe, 0x90, 0, 0, 0, 0, 2, 0x10, 0]);
                    times.push(now.as_millis());
                }
                Due::GiveUp => break,
            }
        }
        assert_eq!((times.len(), times[0], times[49]), (50, 100, 100 + 49 * 250));
        assert_eq!(discovery.next_change(), Instant::from_millis(100 + 50 * 250));
    }

    #[test]
    fn what_is_no_good_answer_is_passed_over() {
        let mut discovery = Discovery::new(Instant::ZERO);
        let good = answer(|_| {});
        assert_eq!(discovery.hear(&good), None, "nobody has asked yet");
        discovery.due(Instant::ZERO);
        assert_eq!(discovery.hear(&good), Some("[fe80::1]:50000".parse().expect("an address")));
        let bad = [
            answer(|response| response.port = 0),
            answer(|response| response.address = "2001:db8::1".parse().expect("an address")),
            answer(|response| response.address = "ff02::1".parse().expect("an address")),
            answer(|response| response.security = Security::Tls),
            answer(|response| response.transport = Transport::Udp),
            good[..good.len() - 1].to_vec(),
            [&good[..], &[0]].concat(),
            vec![1, 0xfe, 0x90, 0, 0, 0, 0, 2, 0x10, 0],
            vec![],
        ];
        for bad in bad {
            assert_eq!(discovery.hear(&bad), None, "{bad:02x?}");
        }
    }
}
