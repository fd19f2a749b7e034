//! One request, one response, and an end that both know of.

use std::time::Duration;

use super::exchange::{Exchange, Seen};
use super::rule::{Kind, Rule, SESSION, Scope};
use super::session::{Answered, Session};
use super::verdict::Ledger;
use crate::timing;
use crate::wire::Side;

const S: Scope = Scope::Connection;

static ONE: Rule = Rule::car(
    "V2G-ONE-IN-FLIGHT",
    Kind::Sequence,
    S,
    "the car sends its next request when the last one is answered",
    "a request",
);
static ASKED: Rule =
    Rule::station("V2G-RES-ASKED", Kind::Sequence, S, "each response has a request of its own", "a response");
static FITS: Rule =
    Rule::station("V2G-RES-FITS", Kind::Sequence, S, "a response is the one to its request", "a response to a request");
static ANSWERED: Rule = Rule::station(
    "V2G-RES-THERE",
    Kind::Sequence,
    S,
    "each request is answered before the station closes the connection, or the car gives it up",
    "the end of a connection",
);
static NOTHING_AFTER: Rule = Rule::car(
    "END-NOTHING-AFTER",
    Kind::Session,
    SESSION,
    "after SessionStopRes the car sends nothing more",
    "SessionStopRes, and something after it",
);
static CAR_STOPS: Rule = Rule::car(
    "END-CAR-STOPS",
    Kind::Session,
    SESSION,
    "the car ends a session that goes well with SessionStop, not by closing the connection",
    "a connection that the car closed",
);
static STATION_WAITS: Rule = Rule::station(
    "END-STATION-WAITS",
    Kind::Session,
    SESSION,
    "the station leaves a session that goes well open until SessionStop or the sequence timeout",
    "a connection that the station closed",
);
static CLOSED_IN_TIME: Rule = Rule::station(
    "END-CLOSED-IN-TIME",
    Kind::Timing,
    SESSION,
    "the connection is closed 5 s after SessionStopRes at the latest",
    "SessionStopRes, and something after it",
);

pub(super) static RULES: &[&Rule] =
    &[&ONE, &ASKED, &FITS, &ANSWERED, &NOTHING_AFTER, &CAR_STOPS, &STATION_WAITS, &CLOSED_IN_TIME];

/// What remains of one exchange for the next.
#[derive(Default)]
pub(super) struct Dialogue {
    /// SessionStopRes.
    stopped: Option<(u64, Duration)>,
    closed: bool,
}

impl Dialogue {
    pub(super) fn opened(&mut self) {
        *self = Self::default();
    }

    /// A request, also one of SAP.
    pub(super) fn request(&self, ledger: &mut Ledger, session: &Session, packet: u64, name: &str) {
        let packets: Vec<u64> = session.asked.map(|asked| asked.packet).into_iter().chain([packet]).collect();
        ledger.check(&ONE, session.asked.is_none(), &packets, || {
            let open = session.asked.map_or("", |asked| asked.stem);
            format!("{name} while {open}Req has no response")
        });
        if let Some((stop, _)) = self.stopped {
            ledger.check(&NOTHING_AFTER, false, &[stop, packet], || format!("{name} after SessionStopRes"));
        }
    }

    pub(super) fn response(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        // Its request may stand before the beginning of the capture, or in a hole of it.
        if !session.in_the_dark || session.asked.is_some() {
            ledger.check(&ASKED, session.asked.is_some(), &[seen.packet], || {
                format!("{} that nobody asked for", seen.name)
            });
        }
        if let Some(asked) = session.asked {
            ledger.check(&FITS, asked.stem == seen.stem, &[asked.packet, seen.packet], || {
                format!("{}Req was answered with {}", asked.stem, seen.name)
            });
        }
        let ends = session.exchange_of(seen) == Exchange::SessionStop && !session.service_renegotiation;
        if ends && !seen.is_failed() {
            self.stopped = Some((seen.packet, seen.at));
        }
    }

    /// The connection was closed, or the capture ended (`by` is `None`).
    pub(super) fn closed(
        &mut self,
        ledger: &mut Ledger,
        session: &Session,
        packet: u64,
        at: Duration,
        by: Option<Side>,
    ) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        if let (Some((stop, then)), Some(protocol)) = (self.stopped, session.protocol) {
            let limit = timing::of(protocol).close_after_stop;
            let gap = at.saturating_sub(then);
            // A capture that ends before shows nothing.
            if by.is_some() || gap > limit {
                ledger.check(&CLOSED_IN_TIME, gap <= limit, &[stop, packet], || {
                    format!(
                        "closed {} ms after SessionStopRes: expected {} at most",
                        gap.as_millis(),
                        limit.as_millis()
                    )
                });
            }
            if by.is_some() {
                ledger.check(&NOTHING_AFTER, true, &[stop, packet], String::new);
            }
        }
        let Some(by) = by else { return };
        let Some(protocol) = session.protocol else { return };
        let times = timing::of(protocol);
        match session.asked {
            None if session.in_the_dark => {}
            None => ledger.check(&ANSWERED, true, &[packet], String::new),
            Some(asked) => {
                let waited = at.saturating_sub(asked.at);
                let patience = times.timeout(&format!("{}Req", asked.stem));
                // A car that gives up before its time is at fault itself.
                ledger.check(&ANSWERED, by == Side::Car && waited < patience, &[asked.packet, packet], || {
                    format!("{}Req had no response after {} ms, when the {by} closed", asked.stem, waited.as_millis())
                });
            }
        }
        let failed = session.answered.is_some_and(|answered| answered.failed);
        match (by, session.answered) {
            (Side::Car, Some(Answered { packet: last, .. })) => {
                // Whoever waits in vain may go.
                let in_vain = session.asked.is_some();
                ledger.check(&CAR_STOPS, session.over || failed || in_vain, &[last, packet], || {
                    "the car closed the connection without SessionStop".to_owned()
                });
            }
            (Side::Station, Some(last)) => {
                let silent = session.asked.is_none()
                    && at.saturating_sub(last.at) >= times.sequence_after(&format!("{}Req", last.stem));
                ledger.check(&STATION_WAITS, session.over || failed || silent, &[last.packet, packet], || {
                    format!("the station closed the connection after {}Res", last.stem)
                });
            }
            (_, None) => {}
        }
    }
}
