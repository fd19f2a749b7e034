//! The sans-IO core of the charging station.
//!
//! ```text
//!   Frame ───> responses to our calls ──> Notice
//!         └──> calls of the CSMS ───────> answered here, or Notice::Ask ... Local::Answer
//!   Local ───> outbox, durable queue ───> one CALL in flight ──> Send
//! ```

mod calls;
mod outbox;
mod profile;
mod requests;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::Value;
use units::Instant;

use crate::clock::WallClock;
use crate::rpc::{self, ErrorCode, Frame};
use crate::{
    BootState, ChargingLimit, Config, ConnectorStatus, IdToken, Local, Notice, OfflineReason, Store, StoreError,
};
use outbox::{Call, Pending};
use profile::Profiles;
use variables::Variables;

/// One input of the core.
#[derive(Debug)]
pub enum Input {
    /// The connection is there, with the subprotocol agreed.
    Connected,
    /// The connection is gone.
    Disconnected(OfflineReason),
    /// A text frame of the CSMS.
    Frame(String),
    /// From the charger.
    Local(Local),
    /// A deadline may have passed.
    Timeout,
}

/// One output of the core.
#[derive(Debug)]
pub enum Output {
    /// For the charger.
    Notice(Notice),
    /// A text frame for the CSMS.
    Send(String),
    /// Nothing more to do before that instant, or before the next input.
    Wait(Option<Instant>),
}

/// Where the boot stands.
#[derive(Debug)]
enum Boot {
    /// The CSMS has taken the station.
    Accepted,
    /// Not asked, or to be asked again then.
    Due { at: Instant, state: Option<BootState> },
}

/// One connector: what it is, and what the CSMS was told.
#[derive(Debug, Default)]
struct Connector {
    status: Option<ConnectorStatus>,
    told: Option<ConnectorStatus>,
}

/// A request of the CSMS that a session is deciding.
#[derive(Debug)]
struct Asked {
    message_id: String,
    action: &'static str,
    until: Instant,
}

/// The charging station as its CSMS sees it.
pub struct Station {
    config: Config,
    clock: WallClock,
    store: Box<dyn Store>,
    ids: Box<dyn FnMut() -> u128>,
    variables: Variables,
    boot: Boot,
    connected: bool,
    next_heartbeat: Option<Instant>,
    connectors: BTreeMap<u16, Connector>,
    outbox: VecDeque<Call>,
    pending: Option<Pending>,
    /// The head of the durable queue failed and waits.
    retry_at: Option<Instant>,
    /// The transaction that runs, per EVSE, since when.
    transactions: BTreeMap<u16, (String, Instant)>,
    profiles: Profiles,
    limits: BTreeMap<u16, ChargingLimit>,
    /// When a profile changes its limit by itself.
    next_limit: Option<Instant>,
    asked: BTreeMap<u64, Asked>,
    next_ticket: u64,
    out: VecDeque<Output>,
}

impl std::fmt::Debug for Station {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Station").field("boot", &self.boot).field("connected", &self.connected).finish_non_exhaustive()
    }
}

impl Station {
    /// How long a session may take to decide about a request of the CSMS.
    const DECISION: Duration = Duration::from_secs(20);
    /// Requests that a session decides about at a time; a CSMS has only one CALL in flight, so more is not needed.
    const MAX_ASKED: usize = 8;
    /// Events in the durable queue above which updates are thinned out.
    const MAX_QUEUE: usize = 2_000;

    /// A station that is not connected yet. `ids` gives random numbers for message ids.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn new(
        config: Config,
        mut store: Box<dyn Store>,
        ids: Box<dyn FnMut() -> u128>,
        now: Instant,
    ) -> Result<Self, StoreError> {
        let clock = WallClock::new(config.epoch_micros);
        let mut variables = Variables::new(&config);
        for (name, value) in store.values("variable")? {
            variables.restore(&name, &value);
        }
        let mut profiles = Profiles::default();
        for (_, text) in store.values("profile")? {
            if let Ok(value) = serde_json::from_str(&text) {
                profiles.restore(&value, &clock);
            }
        }
        let connectors = (1..=config.evses).map(|evse| (evse, Connector::default())).collect();
        let mut new = Self {
            config,
            clock,
            store,
            ids,
            variables,
            boot: Boot::Due { at: now, state: None },
            connected: false,
            next_heartbeat: None,
            connectors,
            outbox: VecDeque::new(),
            pending: None,
            retry_at: None,
            transactions: BTreeMap::new(),
            profiles,
            limits: BTreeMap::new(),
            next_limit: None,
            asked: BTreeMap::new(),
            next_ticket: 1,
            out: VecDeque::new(),
        };
        new.apply_profiles(now);
        Ok(new)
    }

    /// Transactions that an earlier run left open.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn open_transactions(&mut self) -> Result<Vec<String>, StoreError> {
        self.store.open_transactions()
    }

    /// Between two pings of the connection; zero for none. A variable, read by the shell.
    pub(crate) fn ping_interval(&self) -> Duration {
        Duration::from_secs(self.variables.number("OCPPCommCtrlr", "WebSocketPingInterval"))
    }

    /// The first wait before a connection is tried again, its random part, and how often it doubles.
    pub(crate) fn back_off(&self) -> (Duration, Duration, u32) {
        let seconds = |name| Duration::from_secs(self.variables.number("OCPPCommCtrlr", name));
        let times = self.variables.number("OCPPCommCtrlr", "RetryBackOffRepeatTimes");
        (
            seconds("RetryBackOffWaitMinimum"),
            seconds("RetryBackOffRandomRange"),
            u32::try_from(times).unwrap_or(u32::MAX),
        )
    }

    /// A random number below `below`.
    pub(crate) fn random(&mut self, below: u128) -> u128 {
        (self.ids)() % below.max(1)
    }

    /// Feeds one input. Drain [`Self::poll_output`] afterwards.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Connected => {
                self.connected = true;
                if matches!(self.boot, Boot::Accepted) {
                    self.notice(Notice::Online);
                }
            }
            Input::Disconnected(why) => self.disconnected(why),
            Input::Frame(text) => self.frame(now, &text),
            Input::Local(local) => self.local(now, local),
            Input::Timeout => {}
        }
        self.expire(now);
        self.apply_profiles(now);
        self.pump(now);
    }

    /// The next output. Ends with [`Output::Wait`].
    pub fn poll_output(&mut self) -> Output {
        self.out.pop_front().unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    fn notice(&mut self, notice: Notice) {
        self.out.push_back(Output::Notice(notice));
    }

    fn violation(&mut self, text: impl Into<String>) {
        self.notice(Notice::Violation { text: text.into() });
    }

    /// Runs a store operation; its failure is told, and the charger goes on.
    fn stored<T>(&mut self, run: impl FnOnce(&mut dyn Store) -> Result<T, StoreError>) -> Option<T> {
        match run(&mut *self.store) {
            Ok(value) => Some(value),
            Err(error) => {
                self.violation(error.to_string());
                None
            }
        }
    }

    fn disconnected(&mut self, why: OfflineReason) {
        self.connected = false;
        self.next_heartbeat = None;
        if let Some(pending) = self.pending.take() {
            self.given_up(pending.call);
        }
        // Whatever is still in the queue will be sent later, and is marked so.
        self.stored(|store| {
            store.rewrite(&mut |payload| {
                let mut value: Value = serde_json::from_str(payload).ok()?;
                value.as_object_mut()?.insert("offline".into(), Value::Bool(true));
                Some(value.to_string())
            })
        });
        self.asked.clear();
        self.outbox.retain(|call| !matches!(call, Call::Authorize { .. }));
        self.notice(Notice::Offline { why });
    }

    fn frame(&mut self, now: Instant, text: &str) {
        match rpc::parse(text) {
            Ok(None) => {}
            Ok(Some(Frame::Call { id, action, payload })) => self.requested(now, &id, &action, payload),
            Ok(Some(Frame::Result { id, payload })) => self.result(now, &id, payload),
            Ok(Some(Frame::Error { id, code, description })) => self.error(now, &id, &code, &description),
            Err(malformed) => {
                self.violation(format!("the CSMS sent {}", malformed.what));
                if let Some(answer) = malformed.answer {
                    self.out.push_back(Output::Send(answer));
                }
            }
        }
    }

    /// Takes the pending call if the peer answers it; anything else is the peer's mistake.
    fn take_pending(&mut self, id: &str) -> Option<Call> {
        match self.pending.take_if(|pending| pending.id == id) {
            Some(pending) => Some(pending.call),
            None => {
                self.violation(format!("the CSMS answered {id}, which was not asked"));
                None
            }
        }
    }

    fn result(&mut self, now: Instant, id: &str, payload: Value) {
        let Some(call) = self.take_pending(id) else { return };
        let checked = crate::schema::response(call.action(), &payload);
        if let Some(Err(violation)) = checked {
            self.violation(format!("the CSMS answered {} with {}", call.action(), violation.text));
            return self.failed(now, call);
        }
        self.answered(now, call, &payload);
    }

    fn error(&mut self, now: Instant, id: &str, code: &str, description: &str) {
        let Some(call) = self.take_pending(id) else { return };
        self.violation(format!("the CSMS answered {} with {code}: {description}", call.action()));
        self.failed(now, call);
    }

    fn local(&mut self, now: Instant, local: Local) {
        match local {
            Local::Answer { ticket, answer } => self.decided(ticket, answer),
            Local::Authorize { ticket, token } => self.authorize(ticket, token),
            Local::ReservationStatus { id, status } => self.outbox.push_back(Call::Reservation { id, status }),
            Local::Status { evse, status } => {
                if let Some(connector) = self.connectors.get_mut(&evse) {
                    connector.status = Some(status);
                }
            }
            Local::Transaction(report) => self.report(now, &report),
        }
    }

    fn authorize(&mut self, ticket: u64, token: IdToken) {
        if self.connected && matches!(self.boot, Boot::Accepted) {
            self.outbox.push_back(Call::Authorize { ticket, token });
        } else {
            self.notice(Notice::Authorized { ticket, outcome: crate::AuthorizationOutcome::NoAnswer });
        }
    }

    fn expire(&mut self, now: Instant) {
        if let Some(pending) = self.pending.take_if(|pending| pending.until <= now) {
            self.violation(format!("the CSMS did not answer {} in time", pending.call.action()));
            self.failed(now, pending.call);
        }
        let late: Vec<u64> =
            self.asked.iter().filter(|(_, asked)| asked.until <= now).map(|(ticket, _)| *ticket).collect();
        for ticket in late {
            if let Some(asked) = self.asked.remove(&ticket) {
                let text =
                    rpc::error(&asked.message_id, ErrorCode::InternalError, "the charger did not decide in time");
                self.out.push_back(Output::Send(text));
            }
        }
    }

    /// Tells the charger what the profiles leave, when it changed.
    fn apply_profiles(&mut self, now: Instant) {
        self.next_limit = self.profiles.next_change(&self.transactions, now);
        for evse in 1..=self.config.evses {
            let running = self.transactions.get(&evse).map(|(id, since)| (id.as_str(), *since));
            let limit = self.profiles.composite(evse, running, now);
            if self.limits.get(&evse).copied() != limit {
                match limit {
                    Some(limit) => self.limits.insert(evse, limit),
                    None => self.limits.remove(&evse),
                };
                self.notice(Notice::Limit { evse, limit });
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let boot = match self.boot {
            Boot::Due { at, .. } if self.connected && self.pending.is_none() => Some(at),
            Boot::Due { .. } | Boot::Accepted => None,
        };
        let idle = self.connected && self.pending.is_none() && matches!(self.boot, Boot::Accepted);
        [
            boot,
            self.pending.as_ref().map(|pending| pending.until),
            self.next_heartbeat.filter(|_| idle),
            self.retry_at.filter(|_| idle),
            self.asked.values().map(|asked| asked.until).min(),
            self.next_limit,
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
