//! The order of messages: which request may come when, by generation.
//!
//! Responses that are not FAILED move a session on. A request that may not come breaks the rule of its name; from then on it is as
//! if it had been allowed, so that one missing message is found once.

pub(super) mod din;
pub(super) mod iso2;
pub(super) mod iso20;

use super::exchange::{Exchange, Seen};
use super::rule::{Kind, Rule, SESSION};
use super::session::Session;
use super::verdict::Ledger;
use crate::Protocol;

static ERROR_TOLD: Rule = Rule::station(
    "SEQ-ERROR-TOLD",
    Kind::ResponseCode,
    SESSION,
    "a request that may not come now is answered with FAILED_SequenceError",
    "a request out of order",
);
static ERROR_TRUE: Rule = Rule::station(
    "SEQ-ERROR-TRUE",
    Kind::ResponseCode,
    SESSION,
    "FAILED_SequenceError answers nothing but a request that may not come now",
    "a response",
);

pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    din::RULES.iter().chain(iso2::RULES).chain(iso20::RULES).copied().chain([&ERROR_TOLD, &ERROR_TRUE])
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Machine {
    /// No protocol yet.
    #[default]
    None,
    Din(din::State),
    Iso2(iso2::State),
    Iso20(iso20::State),
}

/// What of a message a machine wants to know to move on.
#[derive(Clone, Copy)]
struct Facts {
    dc: bool,
    contract: bool,
    /// OK_OldSessionJoined.
    joined: bool,
    /// SessionStop asked for another service instead of the end.
    service_renegotiation: bool,
}

impl Machine {
    fn allows(self, request: Exchange) -> bool {
        match self {
            Self::None => true,
            Self::Din(state) => state.allows(request),
            Self::Iso2(state) => state.allows(request),
            Self::Iso20(state) => state.allows(request),
        }
    }

    fn after(self, request: Exchange, facts: Facts) -> Self {
        match self {
            Self::None => Self::None,
            Self::Din(state) => Self::Din(state.after(request)),
            Self::Iso2(state) => Self::Iso2(state.after(request, facts)),
            Self::Iso20(state) => Self::Iso20(state.after(request, facts)),
        }
    }

    fn rule(self, request: Exchange) -> Option<&'static Rule> {
        match self {
            Self::None => None,
            Self::Din(_) => din::rule(request),
            Self::Iso2(_) => iso2::rule(request),
            Self::Iso20(_) => iso20::rule(request),
        }
    }

    /// Something is missing: what may come is not known.
    fn is_unknown(self) -> bool {
        matches!(
            self,
            Self::None
                | Self::Din(din::State::Unknown)
                | Self::Iso2(iso2::State::Unknown)
                | Self::Iso20(iso20::State::Unknown)
        )
    }

    /// What may come, for findings.
    fn expected(self) -> String {
        let names: Vec<&str> =
            Exchange::ALL.into_iter().filter(|request| self.allows(*request)).map(Exchange::name).collect();
        if names.is_empty() { "nothing more".to_owned() } else { names.join(", ") }
    }
}

/// The order of one session.
#[derive(Default)]
pub(super) struct Sequence {
    machine: Machine,
    /// The request that may not come now: FAILED_SequenceError has to answer it.
    out_of_order: bool,
}

impl Sequence {
    /// A protocol was agreed on.
    pub(super) const fn begin(&mut self, protocol: Protocol) {
        self.machine = match protocol {
            Protocol::Din => Machine::Din(din::State::SessionSetup),
            Protocol::Iso2 => Machine::Iso2(iso2::State::SessionSetup),
            Protocol::Iso20 => Machine::Iso20(iso20::State::SessionSetup),
        };
    }

    /// Something is missing: anything may come next.
    pub(super) const fn lose_track(&mut self, protocol: Option<Protocol>) {
        self.out_of_order = false;
        self.machine = match protocol {
            None => Machine::None,
            Some(Protocol::Din) => Machine::Din(din::State::Unknown),
            Some(Protocol::Iso2) => Machine::Iso2(iso2::State::Unknown),
            Some(Protocol::Iso20) => Machine::Iso20(iso20::State::Unknown),
        };
    }

    pub(super) fn request(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        let allowed = self.machine.allows(seen.exchange);
        self.out_of_order = !allowed;
        let Some(rule) = self.machine.rule(seen.exchange) else { return };
        let before = session.answered.map(|answered| answered.packet);
        let packets: Vec<u64> = before.into_iter().chain([seen.packet]).collect();
        let machine = self.machine;
        ledger.check(rule, allowed, &packets, || {
            let after = session.answered.map_or("the agreement on a protocol", |answered| answered.exchange.name());
            format!("{} after {after}: expected {}", seen.exchange.name(), machine.expected())
        });
    }

    pub(super) fn response(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        let Some(asked) = session.asked else { return };
        let told = seen.code() == "FAILED_SequenceError";
        if self.out_of_order {
            ledger.check(&ERROR_TOLD, told, &[asked.packet, seen.packet], || {
                format!(
                    "{} came out of order and was answered {}: expected FAILED_SequenceError",
                    asked.stem,
                    seen.code()
                )
            });
        } else if !told || !self.machine.is_unknown() {
            ledger.check(&ERROR_TRUE, !told, &[asked.packet, seen.packet], || {
                format!("{} may come here and was answered FAILED_SequenceError", asked.stem)
            });
        }
        self.out_of_order = false;
        if !seen.is_failed() {
            let facts = Facts {
                dc: session.is_dc(),
                contract: session.contract,
                joined: seen.code() == "OK_OldSessionJoined",
                service_renegotiation: session.service_renegotiation,
            };
            self.machine = self.machine.after(asked.exchange, facts);
            // Where the current decides what comes next, and nobody has said which it is, anything may come.
            let decides = matches!(asked.exchange, Exchange::PowerDelivery(_) | Exchange::ScheduleExchange);
            if decides && session.current.is_none() {
                self.lose_track(session.protocol);
            }
        }
    }
}
