//! The discovery: the car asks, the station answers with an address of this link.

use std::time::Duration;

use super::rule::{Kind, Rule, Scope};
use super::verdict::Ledger;
use crate::sdp::{FIRST_TCP_PORT, Message, Request, Response, Security, Transport};

/// The car waits so long before it asks again.
const WAIT: Duration = Duration::from_millis(250);
/// A clock of a capture may be coarse.
const SLACK: Duration = Duration::from_millis(10);
/// It asks at most so often.
const MOST: u32 = 50;

const S: Scope = Scope::Sdp;

static READABLE_CAR: Rule = Rule::car(
    "SDP-READABLE-CAR",
    Kind::Transport,
    S,
    "what the car sends to the port of SDP is a question",
    "a question",
);
static READABLE_STATION: Rule = Rule::station(
    "SDP-READABLE-STATION",
    Kind::Transport,
    S,
    "what answers a question of SDP is an answer of 20 octets",
    "an answer",
);
static ASK_SECURITY: Rule =
    Rule::car("SDP-REQ-SECURITY", Kind::Value, S, "the question asks for TLS (00) or for none (10)", "a question");
static ASK_TRANSPORT: Rule = Rule::car("SDP-REQ-TRANSPORT", Kind::Value, S, "the question asks for TCP", "a question");
static PACE: Rule = Rule::car(
    "SDP-REQ-PACE",
    Kind::Timing,
    S,
    "the car waits 250 ms for an answer before it asks again",
    "a second question without an answer",
);
static COUNT: Rule =
    Rule::car("SDP-REQ-COUNT", Kind::Transport, S, "the car asks at most 50 times without an answer", "a question");
static ASKED: Rule =
    Rule::station("SDP-RES-ASKED", Kind::Transport, S, "each answer has a question of its own", "an answer");
static IN_TIME: Rule = Rule::station(
    "SDP-RES-IN-TIME",
    Kind::Timing,
    S,
    "the answer comes within 250 ms, while the car waits for it",
    "an answer to a question",
);
static LINK_LOCAL: Rule = Rule::station(
    "SDP-RES-LINK-LOCAL",
    Kind::Value,
    S,
    "the address of the station is one of the link: fe80::/10",
    "an answer",
);
static PORT: Rule =
    Rule::station("SDP-RES-PORT", Kind::Value, S, "the port of the station is 49152 or above", "an answer");
static SECURITY: Rule =
    Rule::station("SDP-RES-SECURITY", Kind::Value, S, "the answer offers TLS (00) or none (10)", "an answer");
static TRANSPORT: Rule = Rule::station("SDP-RES-TRANSPORT", Kind::Value, S, "the answer offers TCP", "an answer");
static NOT_MORE: Rule = Rule::station(
    "SDP-RES-FITS",
    Kind::Value,
    S,
    "a car that asks for a connection without TLS is not offered one with it",
    "an answer to a question without TLS",
);
static AS_AGREED: Rule = Rule::car(
    "SDP-KEPT",
    Kind::Transport,
    S,
    "the connection is protected if and only if the answer said so",
    "a connection after an answer",
);

pub(super) static RULES: &[&Rule] = &[
    &READABLE_CAR,
    &READABLE_STATION,
    &ASK_SECURITY,
    &ASK_TRANSPORT,
    &PACE,
    &COUNT,
    &ASKED,
    &IN_TIME,
    &LINK_LOCAL,
    &PORT,
    &SECURITY,
    &TRANSPORT,
    &NOT_MORE,
    &AS_AGREED,
];

/// The discovery so far.
#[derive(Default)]
pub(super) struct Sdp {
    /// The last question, if nobody answered it yet.
    open: Option<(u64, Duration, Request)>,
    /// When the car asked first.
    first: Option<Duration>,
    unanswered: u32,
    /// The last answer.
    answer: Option<(u64, Response)>,
    /// The connection was compared with it.
    compared: bool,
}

impl Sdp {
    /// When the car asked first.
    pub(super) const fn began(&self) -> Option<Duration> {
        self.first
    }

    /// `is_first`: nothing of the conversation was seen before.
    pub(super) fn see(&mut self, ledger: &mut Ledger, packet: u64, at: Duration, message: &Message, is_first: bool) {
        match message {
            Message::Request(request) => self.question(ledger, packet, at, *request),
            Message::Response(response) => {
                // The question may stand before the beginning of the capture.
                let open = self.open.take();
                if !is_first || open.is_some() {
                    ledger.check(&ASKED, open.is_some(), &[packet], || "an answer to no question".to_owned());
                }
                self.answer(ledger, packet, at, *response, open);
            }
        }
    }

    /// Nobody says who sent it: after a question without an answer it is taken for the answer.
    pub(super) fn unreadable(&mut self, ledger: &mut Ledger, packet: u64, what: &str) {
        let rule = if self.open.take().is_some() { &READABLE_STATION } else { &READABLE_CAR };
        ledger.check(rule, false, &[packet], || what.to_owned());
    }

    fn question(&mut self, ledger: &mut Ledger, packet: u64, at: Duration, request: Request) {
        ledger.check(&READABLE_CAR, true, &[packet], String::new);
        ledger.check(&ASK_SECURITY, !matches!(request.security, Security::Reserved(_)), &[packet], || {
            format!("asked for security {:?}: expected TLS or none", request.security)
        });
        ledger.check(&ASK_TRANSPORT, request.transport == Transport::Tcp, &[packet], || {
            format!("asked for transport {:?}: expected TCP", request.transport)
        });
        if let Some((before, then, _)) = self.open {
            let gap = at.saturating_sub(then);
            ledger.check(&PACE, gap + SLACK >= WAIT, &[before, packet], || {
                format!("asked again after {} ms: expected 250 ms", gap.as_millis())
            });
        }
        self.unanswered += 1;
        let unanswered = self.unanswered;
        ledger.check(&COUNT, unanswered <= MOST, &[packet], || {
            format!("question {unanswered} without an answer: expected at most {MOST}")
        });
        self.first.get_or_insert(at);
        self.open = Some((packet, at, request));
    }

    fn answer(
        &mut self,
        ledger: &mut Ledger,
        packet: u64,
        at: Duration,
        response: Response,
        open: Option<(u64, Duration, Request)>,
    ) {
        ledger.check(&READABLE_STATION, true, &[packet], String::new);
        if let Some((question, then, request)) = open {
            let gap = at.saturating_sub(then);
            ledger.check(&IN_TIME, gap <= WAIT + SLACK, &[question, packet], || {
                format!("answered after {} ms: expected 250 ms at most", gap.as_millis())
            });
            if request.security == Security::None {
                ledger.check(&NOT_MORE, response.security != Security::Tls, &[question, packet], || {
                    "asked for no TLS, offered TLS".to_owned()
                });
            }
        }
        let is_local = response.address.segments()[0] & 0xffc0 == 0xfe80;
        ledger.check(&LINK_LOCAL, is_local, &[packet], || {
            format!("address {}: expected one of fe80::/10", response.address)
        });
        ledger.check(&PORT, response.port >= FIRST_TCP_PORT, &[packet], || {
            format!("port {}: expected {FIRST_TCP_PORT} or above", response.port)
        });
        ledger.check(&SECURITY, !matches!(response.security, Security::Reserved(_)), &[packet], || {
            format!("offered security {:?}: expected TLS or none", response.security)
        });
        ledger.check(&TRANSPORT, response.transport == Transport::Tcp, &[packet], || {
            format!("offered transport {:?}: expected TCP", response.transport)
        });
        self.unanswered = 0;
        self.answer = Some((packet, response));
        self.compared = false;
    }

    /// The connection turned out to be protected, or not.
    pub(super) fn connection(&mut self, ledger: &mut Ledger, packet: u64, tls: bool) {
        let Some((answer, response)) = self.answer.filter(|_| !self.compared) else { return };
        self.compared = true;
        let said = response.security == Security::Tls;
        ledger.check(&AS_AGREED, tls == said, &[answer, packet], || {
            let text = |tls| if tls { "with TLS" } else { "without TLS" };
            format!("offered a connection {}, made one {}", text(said), text(tls))
        });
    }
}
