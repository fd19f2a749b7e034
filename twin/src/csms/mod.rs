//! A CSMS inside the process. It speaks real OCPP-J over a pipe instead of a socket, and is a foreign peer: it uses none of
//! the charger's OCPP code, only JSON.
//!
//! It answers by a [`Policy`], remembers every request, sends what it is told to, and misbehaves on demand.

mod answers;
mod flood;
mod history;
mod link;
mod server;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use clock::Clock;
use event_log::Data;
use serde_json::Value;
use tokio::sync::Notify;
use units::{EvseId, Instant, MilliwattHours};

use flood::Flood;
pub use flood::FloodFrame;
use history::History;
pub use link::CsmsLink;

/// What the CSMS thinks of a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Opinion {
    /// An AuthorizationStatus of OCPP.
    pub status: String,
    /// Its group.
    pub group: Option<String>,
}

/// What the CSMS thinks the time is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CsmsClock {
    /// The time of the world and so many microseconds more, or less.
    Off(i64),
    /// It tells this, always.
    Tells(String),
}

/// How the CSMS answers.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The status of a BootNotification's answer.
    pub boot: String,
    /// Its interval, s.
    pub interval: u64,
    /// What it thinks of tokens, by upper-case id; others are `Unknown`.
    pub tokens: BTreeMap<String, Opinion>,
    /// What it says of the token in the answer to a TransactionEvent; `None` says nothing.
    pub transaction_status: Option<String>,
    /// What it thinks the time is.
    pub clock: CsmsClock,
    /// How long an answer takes.
    pub latency: Duration,
    /// How long an Authorize takes on top.
    pub authorize_delay: Duration,
    /// How many of the newest CALLs of the charging station it remembers; whoever looks for an older one does not find it. Ten
    /// days of an ordinary one are fewer than the 50,000 of the standard.
    pub remembers: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            boot: "Accepted".into(),
            interval: 300,
            tokens: BTreeMap::new(),
            transaction_status: None,
            clock: CsmsClock::Off(0),
            latency: Duration::from_millis(20),
            authorize_delay: Duration::ZERO,
            remembers: 50_000,
        }
    }
}

/// What is wrong with the CSMS. A cause: what the charger makes of it is to be seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Misbehaviour {
    /// Every CALL is answered with an error.
    CallErrors,
    /// Closes the connection instead of answering.
    ClosesMidCall,
    /// Not there: connections are refused.
    Down,
    /// Answers with something that is not JSON.
    Garbage,
    /// Answers with a text larger than anything OCPP has to say.
    HugeFrame,
    /// Chooses no subprotocol.
    NoSubprotocol,
    /// Nothing.
    #[default]
    None,
    /// Takes everything and answers nothing.
    Silent,
    /// Answers calls that were never made.
    WrongIds,
    /// Chooses another subprotocol.
    WrongSubprotocol,
}

/// A CALL that the charging station sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// When it arrived.
    pub at: Instant,
    /// Its action.
    pub action: String,
    /// Its payload.
    pub payload: Data,
    /// The EVSE that it names.
    pub evse: Option<EvseId>,
}

impl Request {
    /// Whether somebody sees it who sees that EVSE, or all.
    fn concerns(&self, sees: Option<EvseId>) -> bool {
        match (sees, self.evse) {
            (None, _) | (_, None) => true,
            (Some(own), Some(other)) => own == other,
        }
    }
}

/// What came of a CALL to the charging station: its result, or the error code.
#[derive(Clone, Debug)]
pub struct Reply {
    /// When it arrived.
    pub at: Instant,
    /// The action it answers.
    pub action: String,
    /// The payload, or the code of the error.
    pub result: Result<Data, String>,
}

#[derive(Debug, Default)]
struct State {
    policy: Policy,
    misbehaviour: Misbehaviour,
    history: History,
    /// The last one to each action: as many as the CSMS knows.
    replies: BTreeMap<String, Reply>,
    outgoing: VecDeque<(String, Value)>,
    flood: Option<Flood>,
    connections: u32,
    /// The connection that is served; an older one notices that it is not it any more.
    current: u64,
    hung_up: u64,
    calls: u64,
}

/// The simulated CSMS. Cloning gives another handle.
#[derive(Clone, Debug)]
pub struct Csms {
    state: Rc<RefCell<State>>,
    wake: Rc<Notify>,
    clock: Clock,
    epoch_micros: i64,
    /// Whose requests are seen through this handle, besides those that name no EVSE; `None`: all.
    sees: Option<EvseId>,
}

impl Csms {
    pub(crate) fn new(policy: Policy, clock: Clock, epoch_micros: i64) -> Self {
        let state = State { policy, ..State::default() };
        Self { state: Rc::new(RefCell::new(state)), wake: Rc::new(Notify::new()), clock, epoch_micros, sees: None }
    }

    /// A handle to the same CSMS, through which of what concerns several EVSEs only that of this one is seen. What concerns none
    /// is seen too.
    #[must_use]
    pub fn seen_from(&self, evse: EvseId) -> Self {
        Self { sees: Some(evse), ..self.clone() }
    }

    /// Changes how it answers.
    pub fn set_policy(&self, change: impl FnOnce(&mut Policy)) {
        change(&mut self.state.borrow_mut().policy);
    }

    /// Makes it misbehave from now on. What cannot be done to a running connection ends it first.
    pub fn misbehave(&self, misbehaviour: Misbehaviour) {
        let mut state = self.state.borrow_mut();
        state.misbehaviour = misbehaviour;
        match misbehaviour {
            Misbehaviour::Down | Misbehaviour::NoSubprotocol | Misbehaviour::WrongSubprotocol => {
                state.hung_up = state.current;
            }
            Misbehaviour::CallErrors
            | Misbehaviour::ClosesMidCall
            | Misbehaviour::Garbage
            | Misbehaviour::HugeFrame
            | Misbehaviour::None
            | Misbehaviour::Silent
            | Misbehaviour::WrongIds => {}
        }
        drop(state);
        self.wake.notify_one();
    }

    /// Sends a CALL to the charging station, after those that wait already.
    pub fn call(&self, action: &str, payload: Value) {
        self.state.borrow_mut().outgoing.push_back((action.into(), payload));
        self.wake.notify_one();
    }

    /// Sends so many frames from `now` on within that time, whatever is answered to them.
    pub fn flood(&self, frame: FloodFrame, times: u32, lasting: Duration, now: Instant) {
        self.state.borrow_mut().flood = Some(Flood::new(frame, times, lasting, now));
        self.wake.notify_one();
    }

    /// What the charging station sent from the `from`-th CALL on, in order, as far as it is kept. What is before it costs
    /// nothing.
    pub fn requests<R>(&self, from: usize, look: impl FnOnce(&mut dyn Iterator<Item = Request>) -> R) -> R {
        look(&mut self.state.borrow().history.from(from).filter(|request| request.concerns(self.sees)))
    }

    /// How many CALLs it sent.
    #[must_use]
    pub fn request_count(&self) -> usize {
        self.state.borrow().history.len()
    }

    /// The place of the oldest CALL that is kept: those before it cannot be counted any more.
    #[must_use]
    pub fn first_request(&self) -> usize {
        self.state.borrow().history.first()
    }

    /// The last CALL of that action.
    #[must_use]
    pub fn last_request(&self, action: &str) -> Option<Request> {
        self.state.borrow().history.newest(action, self.sees).cloned()
    }

    /// The last answer to a CALL of that action to the charging station.
    #[must_use]
    pub fn last_reply(&self, action: &str) -> Option<Reply> {
        self.state.borrow().replies.get(action).cloned()
    }

    /// The time of day at that instant, as this CSMS sees it: RFC 3339.
    #[must_use]
    pub fn time_at(&self, at: Instant) -> String {
        let state = self.state.borrow();
        let off = match state.policy.clock {
            CsmsClock::Off(micros) => micros,
            CsmsClock::Tells(_) => 0,
        };
        let at = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
        server::stamp(self.epoch_micros.saturating_add(at).saturating_add(off))
    }

    /// How often it connected.
    #[must_use]
    pub fn connections(&self) -> u32 {
        self.state.borrow().connections
    }

    /// The running transaction, by the last Started that no Ended followed.
    #[must_use]
    pub fn transaction(&self) -> Option<String> {
        self.state.borrow().history.transaction(self.sees).cloned()
    }

    /// What the registers in the last meter values of all EVSEs come to, each counted from there; `None` without any.
    pub(crate) fn energy(&self, from: MilliwattHours) -> Option<MilliwattHours> {
        let state = self.state.borrow();
        state.history.registers().map(|register| register - from).reduce(|sum, energy| sum + energy)
    }
}
