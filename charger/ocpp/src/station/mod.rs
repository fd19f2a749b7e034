//! The sans-IO core of the charging station.
//!
//! ```text
//!   Frame ───> responses to our calls ──> Notice
//!         └──> calls of the CSMS ───────> answered here, or Notice::Ask ... Local::Answer
//!   Local ───> outbox, durable queue ───> one CALL in flight ──> Send
//!                       │   ▲
//!                  Persist  Persisted      the store, which is never waited for
//! ```

mod calls;
mod dead_letters;
mod journal;
mod outbox;
mod problems;
mod profile;
mod report;
mod requests;
#[cfg(test)]
pub(crate) mod tests;
mod transaction_event;
mod turn;
mod variables;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use energy::ChargingLimit;
use serde_json::Value;
use units::{EvseId, Instant};

use crate::clock::WallClock;
use crate::rpc::{self, ErrorCode, Frame};
use crate::{Batch, Blame, BootReason, BootState, Config, Contents, Local, Notice, OfflineReason, StoreError};
use dead_letters::DeadLetters;
use journal::{Journal, StoreNews};
use outbox::{Call, Pending};
use problems::Problems;
use profile::Profiles;
use report::Report;
use session::words::{AuthorizationOutcome, ConnectorStatus, IdToken, ReservationUpdate};
use turn::Turn;
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
    /// To [`Output::Persist`].
    Persisted(Result<(), StoreError>),
    /// The store says that the answer to [`Output::Persist`] takes longer, and why.
    PersistDelayed(StoreError),
    /// A deadline may have passed.
    Timeout,
}

/// One output of the core.
#[derive(Debug)]
pub enum Output {
    /// For the charger.
    Notice(Notice),
    /// Make this durable; answered by [`Input::Persisted`]. There is no other one before that.
    Persist(Batch),
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
    /// The station cannot say who it is, and never will: it charges like one without a CSMS.
    CannotBeSaid,
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
    journal: Journal,
    ids: Box<dyn FnMut() -> u128>,
    variables: Variables,
    boot: Boot,
    connected: bool,
    /// When the next Heartbeat is due. Always an instant: nothing that happens to the link can leave it without one.
    heartbeat_at: Instant,
    connectors: BTreeMap<EvseId, Connector>,
    problems: Problems,
    /// Drivers that wait: the ticket of the question, and the token.
    questions: VecDeque<(u64, IdToken)>,
    reservations: VecDeque<(i32, ReservationUpdate)>,
    /// The report that is in progress.
    report: Option<Report>,
    turn: Turn,
    pending: Option<Pending>,
    dead_letters: DeadLetters,
    /// The head of the durable queue failed and waits.
    retry_at: Option<Instant>,
    /// The event with which the connection was lost last, and how often in a row.
    losses: Option<(i64, u32)>,
    /// The transaction that runs, per EVSE, since when: an offset from the instant zero in microseconds, negative for one that
    /// began in an earlier run.
    transactions: BTreeMap<EvseId, (String, i64)>,
    profiles: Profiles,
    limits: BTreeMap<EvseId, ChargingLimit>,
    /// What the EVSEs may take together.
    station_limit: Option<ChargingLimit>,
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
    /// Drivers that wait for an answer at a time.
    const MOST_QUESTIONS: usize = 8;
    /// Connections that one event may end.
    const MOST_LOSSES: u32 = 20;
    /// Ends of reservations that wait to be told.
    const MOST_RESERVATIONS: usize = 16;
    /// Values of the store: written variables of the device model.
    const VARIABLES: &str = "variable";
    /// Values of the store: charging profiles.
    const PROFILES: &str = "profile";
    /// Values of the store: when an open transaction began, and where.
    const BEGINNINGS: &str = "beginning";
    /// Values of the store: what [`Local::Keep`] keeps.
    const RECORDS: &str = "record";
    /// A CSMS that asks for patience is asked again after this at the latest.
    const LONGEST_BOOT_WAIT: Duration = Duration::from_secs(86_400);

    /// A station that is not connected yet, with what its store has ([`load`](crate::load)). `ids` gives random numbers for
    /// message ids.
    pub fn new(config: Config, contents: Contents, ids: Box<dyn FnMut() -> u128>, now: Instant) -> Self {
        let clock = WallClock::new(config.epoch_micros);
        Self::begin(config, clock, Journal::of(contents), ids, now)
    }

    /// The same station after a reset: it keeps what is durable and the time of day, and nothing else.
    #[must_use]
    pub fn restart(mut self, boot_reason: BootReason, now: Instant) -> Self {
        self.journal.mark_offline();
        let config = Config { boot_reason, ..self.config };
        let mut new = Self::begin(config, self.clock, self.journal, self.ids, now);
        new.dead_letters = self.dead_letters;
        // A batch that was begun is still to be written.
        new.out.extend(self.out.into_iter().filter(|output| matches!(output, Output::Persist(_))));
        new
    }

    fn begin(config: Config, clock: WallClock, journal: Journal, ids: Box<dyn FnMut() -> u128>, now: Instant) -> Self {
        let mut variables = Variables::new(&config);
        for (name, value) in journal.values(Self::VARIABLES) {
            variables.restore(name, value);
        }
        let mut profiles = Profiles::default();
        for (_, text) in journal.values(Self::PROFILES) {
            if let Ok(value) = serde_json::from_str(text) {
                profiles.restore(&value, &clock);
            }
        }
        let connectors = EvseId::of_station(config.evses).map(|evse| (evse, Connector::default())).collect();
        let mut new = Self {
            config,
            clock,
            journal,
            ids,
            variables,
            boot: Boot::Due { at: now, state: None },
            connected: false,
            heartbeat_at: now,
            connectors,
            problems: Problems::default(),
            questions: VecDeque::new(),
            reservations: VecDeque::new(),
            report: None,
            turn: Turn::default(),
            pending: None,
            dead_letters: DeadLetters::default(),
            retry_at: None,
            losses: None,
            transactions: BTreeMap::new(),
            profiles,
            limits: BTreeMap::new(),
            station_limit: None,
            next_limit: None,
            asked: BTreeMap::new(),
            next_ticket: 1,
            out: VecDeque::new(),
        };
        new.restore_transactions();
        new.apply_profiles(now);
        new
    }

    /// Transactions that an earlier run left open may go on: they are known with their profiles until they are reported as
    /// ended.
    fn restore_transactions(&mut self) {
        let open = self.journal.open_transactions();
        for id in &open {
            if let Some((evse, began)) = self.beginning(id) {
                let since = began.saturating_sub(self.config.epoch_micros);
                self.transactions.insert(evse, (id.clone(), since));
            }
        }
        for id in self.profiles.forget_all_but(&open) {
            self.journal.put(Self::PROFILES, &id.to_string(), None);
        }
    }

    /// Transactions at that EVSE that were started and not ended: after a start, those that an earlier run left open. One of which
    /// nobody knows where it began is one of the first EVSE.
    #[must_use]
    pub fn open_transactions(&self, evse: EvseId) -> Vec<String> {
        let mut open = self.journal.open_transactions();
        open.retain(|id| {
            let began = self.beginning(id).map(|(evse, _)| evse).filter(|evse| evse.number() <= self.config.evses);
            began.unwrap_or(EvseId::FIRST) == evse
        });
        open
    }

    /// Where and when an open transaction began, Unix time in microseconds.
    fn beginning(&self, transaction: &str) -> Option<(EvseId, i64)> {
        self.journal.value(Self::BEGINNINGS, transaction).and_then(|text| serde_json::from_str(text).ok())
    }

    /// What was kept under that name ([`Local::Keep`]), in this run or an earlier one.
    #[must_use]
    pub fn kept(&self, name: &str) -> Option<&str> {
        self.journal.value(Self::RECORDS, name)
    }

    /// Whether the store has everything that is to survive.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.journal.is_kept()
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
            Input::Disconnected(why) => self.disconnected(now, why),
            Input::Frame(text) => self.frame(now, &text),
            Input::Local(local) => self.local(now, local),
            Input::Persisted(result) => {
                let news = self.journal.persisted(now, result);
                self.store_news(news);
            }
            Input::PersistDelayed(error) => {
                let news = self.journal.delayed(&error);
                self.store_news(news);
            }
            Input::Timeout => {}
        }
        self.expire(now);
        self.apply_profiles(now);
        self.pump(now);
        self.out.extend(self.journal.next_batch(now).map(Output::Persist));
    }

    /// The next output. Ends with [`Output::Wait`].
    pub fn poll_output(&mut self) -> Output {
        self.out.pop_front().unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    fn notice(&mut self, notice: Notice) {
        self.out.push_back(Output::Notice(notice));
    }

    fn trouble(&mut self, blame: Blame, text: impl Into<String>) {
        self.notice(Notice::Trouble { blame, text: text.into() });
    }

    /// The CSMS broke the rules.
    fn violation(&mut self, text: impl Into<String>) {
        self.trouble(Blame::PeerMisbehaved, text);
    }

    fn store_news(&mut self, news: Option<StoreNews>) {
        match news {
            Some(StoreNews::Trouble(text)) => self.trouble(Blame::Store, text),
            Some(StoreNews::Works) => self.notice(Notice::StoreWorks),
            None => {}
        }
    }

    fn disconnected(&mut self, now: Instant, why: OfflineReason) {
        if !std::mem::replace(&mut self.connected, false) {
            // One more attempt to connect has failed: nothing is as it was before, and nothing changes.
            return self.notice(Notice::Offline { why });
        }
        if let Some(pending) = self.pending.take() {
            self.given_up(now, pending.call);
        }
        self.journal.mark_offline();
        self.asked.clear();
        // A driver who waits is told now; everything else can wait for the next connection.
        for (ticket, _) in std::mem::take(&mut self.questions) {
            self.notice(Notice::Authorized { ticket, outcome: AuthorizationOutcome::NoAnswer });
        }
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
            Local::Problem(problem) => self.problems.note(problem),
            Local::ReservationStatus { id, status } => self.reservation_ended(id, status),
            Local::Status { evse, status } => {
                if let Some(connector) = self.connectors.get_mut(&evse) {
                    connector.status = Some(status);
                }
            }
            Local::Keep { name, value } => self.journal.put(Self::RECORDS, &name, value.as_deref()),
            Local::Transaction(report) => self.report(now, &report),
        }
    }

    fn authorize(&mut self, ticket: u64, token: IdToken) {
        let can_be_asked = self.connected && matches!(self.boot, Boot::Accepted);
        // One for each EVSE, and one that nobody waits for any more.
        let most = Self::MOST_QUESTIONS.max(2 * self.connectors.len());
        if can_be_asked && self.questions.len() < most {
            self.questions.push_back((ticket, token));
        } else {
            self.notice(Notice::Authorized { ticket, outcome: AuthorizationOutcome::NoAnswer });
        }
    }

    fn expire(&mut self, now: Instant) {
        let news = self.journal.expire(now);
        self.store_news(news);
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
        for evse in EvseId::of_station(self.config.evses) {
            let running = self.transactions.get(&evse).map(|(id, since)| (id.as_str(), *since));
            // Of several EVSEs none has the station's maximum for itself: it is told apart, and shared.
            let limit = match self.config.evses {
                ..=1 => self.profiles.composite(Some(evse), running, now),
                2.. => self.profiles.own(Some(evse), running, now),
            };
            if self.limits.get(&evse).copied() != limit {
                match limit {
                    Some(limit) => self.limits.insert(evse, limit),
                    None => self.limits.remove(&evse),
                };
                self.notice(Notice::Limit { evse, limit });
            }
        }
        let station = if self.config.evses > 1 { self.profiles.station_maximum(now) } else { None };
        if self.station_limit != station {
            self.station_limit = station;
            self.notice(Notice::StationLimit(station));
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let boot = match self.boot {
            Boot::Due { at, .. } if self.connected && self.pending.is_none() => Some(at),
            Boot::Due { .. } | Boot::Accepted | Boot::CannotBeSaid => None,
        };
        let idle = self.connected && self.pending.is_none() && matches!(self.boot, Boot::Accepted);
        [
            boot,
            self.pending.as_ref().map(|pending| pending.until),
            idle.then_some(self.heartbeat_at),
            self.retry_at.filter(|_| idle),
            self.asked.values().map(|asked| asked.until).min(),
            self.next_limit,
            self.journal.deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
