//! The identifier of the session: 0 in the first request, given by the station, then in each message.

use super::exchange::{Exchange, Seen};
use super::rule::{DIN_ISO2, Kind, Rule, SESSION, Scope};
use super::session::Session;
use super::verdict::Ledger;
use crate::Protocol;

const S: Scope = SESSION;

static FIRST: Rule = Rule::car(
    "SID-FIRST",
    Kind::Session,
    S,
    "SessionSetupReq carries 0, or the session that is joined",
    "SessionSetupReq and its response",
)
.strict();
static LENGTH_CAR: Rule =
    Rule::car("SID-LENGTH-CAR", Kind::Session, DIN_ISO2, "SessionIDs of the car have 8 octets", "a request").strict();
static LENGTH_STATION: Rule = Rule::station(
    "SID-LENGTH-STATION",
    Kind::Session,
    DIN_ISO2,
    "SessionIDs of the station have 8 octets",
    "a response",
)
.strict();
static NEW: Rule = Rule::station(
    "SID-NEW",
    Kind::Session,
    S,
    "OK_NewSessionEstablished gives a SessionID that is not 0 and not the one of the request",
    "SessionSetupRes with OK_NewSessionEstablished",
);
static JOINED: Rule = Rule::station(
    "SID-JOINED",
    Kind::Session,
    S,
    "OK_OldSessionJoined carries the SessionID that the request asked for",
    "SessionSetupRes with OK_OldSessionJoined",
);
static KEPT_CAR: Rule = Rule::car(
    "SID-KEPT-CAR",
    Kind::Session,
    S,
    "each request after SessionSetup carries the SessionID that was given",
    "a request after SessionSetup",
);
static KEPT_STATION: Rule = Rule::station(
    "SID-KEPT-STATION",
    Kind::Session,
    S,
    "each response after SessionSetup carries the SessionID that was given",
    "a response after SessionSetup",
);
static UNKNOWN_TOLD: Rule = Rule::station(
    "SID-UNKNOWN-TOLD",
    Kind::ResponseCode,
    S,
    "a request with another SessionID is answered with FAILED_UnknownSession",
    "a request with another SessionID",
);
static UNKNOWN_TRUE: Rule = Rule::station(
    "SID-UNKNOWN-TRUE",
    Kind::ResponseCode,
    S,
    "FAILED_UnknownSession answers nothing but a request with another SessionID",
    "a response after SessionSetup",
);

pub(super) static RULES: &[&Rule] =
    &[&FIRST, &LENGTH_CAR, &LENGTH_STATION, &NEW, &JOINED, &KEPT_CAR, &KEPT_STATION, &UNKNOWN_TOLD, &UNKNOWN_TRUE];

/// Eight octets, in hexadecimal digits.
const DIGITS: usize = 16;

fn is_zero(id: &str) -> bool {
    id.bytes().all(|digit| digit == b'0')
}

/// The same number: some write it with fewer digits.
fn same(one: &str, other: &str) -> bool {
    one.trim_start_matches('0').eq_ignore_ascii_case(other.trim_start_matches('0'))
}

/// The identifiers so far.
#[derive(Default)]
pub(super) struct SessionId {
    /// What the request of SessionSetup carried.
    asked: String,
    given: Option<(u64, String)>,
    /// The request carries another.
    is_wrong: bool,
}

impl SessionId {
    pub(super) fn request(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        let id = seen.message.session().unwrap_or_default();
        if session.protocol != Some(Protocol::Iso20) {
            ledger.check(&LENGTH_CAR, id.len() == DIGITS, &[seen.packet], || {
                format!("SessionID {id} in {}: expected 8 octets", seen.name)
            });
        }
        self.is_wrong = false;
        if seen.exchange == Exchange::SessionSetup {
            id.clone_into(&mut self.asked);
            return;
        }
        let Some((given_at, given)) = &self.given else { return };
        self.is_wrong = !same(id, given);
        ledger.check(&KEPT_CAR, !self.is_wrong, &[*given_at, seen.packet], || {
            format!("SessionID {id} in {}: expected {given}", seen.name)
        });
    }

    pub(super) fn response(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        let id = seen.message.session().unwrap_or_default();
        if session.protocol != Some(Protocol::Iso20) {
            ledger.check(&LENGTH_STATION, id.len() == DIGITS, &[seen.packet], || {
                format!("SessionID {id} in {}: expected 8 octets", seen.name)
            });
        }
        let asked = session.asked.map(|asked| asked.packet);
        let packets: Vec<u64> = asked.into_iter().chain([seen.packet]).collect();
        if seen.exchange == Exchange::SessionSetup {
            return self.set_up(ledger, &packets, seen, id);
        }
        let Some((given_at, given)) = &self.given else { return };
        let told = seen.code() == "FAILED_UnknownSession";
        if self.is_wrong {
            ledger.check(&UNKNOWN_TOLD, told, &packets, || {
                format!("another SessionID was answered {}: expected FAILED_UnknownSession", seen.code())
            });
        } else {
            ledger.check(&UNKNOWN_TRUE, !told, &packets, || {
                format!("{} with the SessionID that was given: FAILED_UnknownSession", seen.stem)
            });
            // In the answer to a foreign identifier either may stand.
            ledger.check(&KEPT_STATION, same(id, given), &[*given_at, seen.packet], || {
                format!("SessionID {id} in {}: expected {given}", seen.name)
            });
        }
    }

    fn set_up(&mut self, ledger: &mut Ledger, packets: &[u64], seen: &Seen<'_>, id: &str) {
        if seen.is_failed() {
            return;
        }
        let joined = seen.code() == "OK_OldSessionJoined";
        let asked = &self.asked;
        ledger.check(&FIRST, joined || is_zero(asked), packets, || {
            format!("SessionSetupReq asked for session {asked}, which the station does not know: expected 0")
        });
        if joined {
            ledger.check(&JOINED, same(id, asked) && !is_zero(id), packets, || {
                format!("joined session {id}: the request asked for {asked}")
            });
        } else {
            let is_new = !is_zero(id) && !same(id, asked);
            ledger.check(&NEW, is_new, packets, || {
                format!("the new session is {id}, the request carried {asked}: expected another, not 0")
            });
        }
        self.given = Some((seen.packet, id.to_owned()));
    }
}
