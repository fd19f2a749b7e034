//! The host's end as a machine: messages and orders in, messages and events out.
//!
//! ```text
//!           start            info: ours            a state of this start
//!   Idle ──────────> Asking ────────────> Ours ──────────────────────────> Ours, started
//!    ^                  │ a plain word                                        │
//!    │                  └──> Waking ─────> Plain, started                     │
//!    └───────────────────────── lost: silent, too noisy, started again ───────┘
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use hardware::{BoardInfo, PROTOCOL_VERSION};
use iec61851::{Event, Permission, PilotSignal, PilotState, PlugIn};
use units::Instant;
use wire::tux_evse::{HighToLow, Info, LowToHigh, PermanentFault, Permit, PlainEvent, PlainHost};

use crate::lost::Lost;
use crate::ours::{Ours, Progress};
use crate::patience::{Noise, Patience};

/// As many events as a plain firmware can have said since it was enabled.
const MOST_EVENTS: usize = 64;

/// What a plain firmware is called: it has no name for itself.
const PLAIN: &str = "tux-evse";

/// One input.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Input {
    /// The board is to be started, or started again.
    Start,
    /// A message came.
    Message(LowToHigh),
    /// A message came that nobody here knows: a later version may say more.
    Unknown,
    /// Something came that is no message.
    Damaged,
    /// What to drive on the pilot.
    SetPilot(PilotSignal),
    /// Whether the contactor may close.
    AllowPower(Permission),
    /// The charger lives.
    Heartbeat,
    /// The instant of [`Output::Wait`] has come.
    Timeout,
}

/// One output.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Output {
    /// Send this message.
    Send(HighToLow),
    /// The board runs, or speaks another version of the messages and was left alone.
    Started(BoardInfo),
    /// The board says something.
    Event(Event),
    /// The link is given up: nothing is said any more but a withdrawal, until it is started again.
    Lost(Lost),
    /// Nothing more to do before that instant, or before the next input.
    Wait(Option<Instant>),
}

/// How far the link is.
#[derive(Debug)]
enum Phase {
    /// Not started, or given up.
    Idle,
    /// The board is asked who it is.
    Asking { since: Instant, said: Instant },
    /// A plain firmware was started, and may still be one of ours of an older version.
    Waking { until: Instant, heard: Vec<PlainEvent> },
    /// A firmware of ours.
    Ours(Ours),
    /// A plain Tux-EVSE firmware.
    Plain(Plain),
}

/// A plain firmware, and what it was told.
#[derive(Debug)]
struct Plain {
    host: PlainHost,
    heard: Instant,
    /// What is to be driven; `None` until somebody said so after the start.
    signal: Option<PilotSignal>,
    allowed: bool,
}

/// The host's end of a link.
#[derive(Debug)]
pub struct HostLink {
    patience: Patience,
    fixed_cable: bool,
    /// A message may be lost on the way without either side knowing.
    lossy: bool,
    /// The firmware was one of ours when it was heard last: no other is waited for.
    is_ours: bool,
    noise: Noise,
    phase: Phase,
    /// The plug-in of the event that was taken last: what is permitted is meant for that one.
    plug_in: Option<PlugIn>,
    to_send: VecDeque<HighToLow>,
    news: VecDeque<Output>,
}

impl HostLink {
    /// A link that has not been started. With a fixed cable a plain firmware's reading of PP is dropped.
    #[must_use]
    pub fn new(fixed_cable: bool, lossy: bool, patience: Patience) -> Self {
        Self {
            patience,
            fixed_cable,
            lossy,
            is_ours: false,
            noise: Noise::default(),
            phase: Phase::Idle,
            plug_in: None,
            to_send: VecDeque::new(),
            news: VecDeque::new(),
        }
    }

    /// How many messages were damaged since the link was made.
    #[must_use]
    pub const fn damaged(&self) -> u64 {
        self.noise.total()
    }

    /// Whether the firmware is a plain one, which cannot say anything twice and does not miss its host.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        matches!(self.phase, Phase::Plain(_))
    }

    /// Whether everything that is said now is said again until it is heard.
    #[must_use]
    pub const fn repeats(&self) -> bool {
        matches!(self.phase, Phase::Asking { .. } | Phase::Ours(_))
    }

    /// Feeds one input. Drain [`Self::poll_output`] before the next.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Start => self.start(now),
            Input::Message(message) => {
                self.noise.good();
                self.hear(now, message);
            }
            Input::Unknown => self.noise.good(),
            Input::Damaged => self.is_damaged(now),
            Input::SetPilot(signal) => self.set_pilot(now, signal),
            Input::AllowPower(permission) => self.allow_power(now, permission),
            Input::Heartbeat => self.beat(now),
            Input::Timeout => self.wait_is_over(now),
        }
    }

    /// The next message to send, without the news.
    pub fn poll_send(&mut self) -> Option<HighToLow> {
        self.to_send.pop_front()
    }

    /// The next output. Ends with [`Output::Wait`].
    pub fn poll_output(&mut self) -> Output {
        let sent = self.poll_send().map(Output::Send);
        let output = sent.or_else(|| self.news.pop_front()).unwrap_or_else(|| Output::Wait(self.deadline()));
        if let Output::Event(Event::Pilot { plug_in, .. }) = output {
            self.plug_in = plug_in;
        }
        output
    }

    fn send(&mut self, message: HighToLow) {
        self.to_send.push_back(message);
    }

    fn tell(&mut self, events: impl IntoIterator<Item = Event>) {
        self.news.extend(events.into_iter().map(Output::Event));
    }

    /// A start withdraws first: whatever the board was told before is of another time.
    fn start(&mut self, now: Instant) {
        self.noise.forget();
        self.to_send.clear();
        self.news.clear();
        self.plug_in = None;
        self.phase = Phase::Asking { since: now, said: now };
        self.say_hello();
    }

    fn say_hello(&mut self) {
        self.send(HighToLow::AllowPowerOn(false));
        self.send(HighToLow::Hello);
    }

    fn lose(&mut self, why: Lost) {
        self.to_send.clear();
        self.phase = Phase::Idle;
        self.news.push_back(Output::Lost(why));
    }

    fn hear(&mut self, now: Instant, message: LowToHigh) {
        match (&mut self.phase, message) {
            (Phase::Idle, _) => {}
            (Phase::Asking { .. } | Phase::Waking { .. }, LowToHigh::Info(info)) => self.meet(now, info),
            (Phase::Asking { .. }, LowToHigh::Plain(_) | LowToHigh::Heartbeat) => self.wake(now),
            // Of an earlier start; the question is answered next.
            (Phase::Asking { .. } | Phase::Waking { .. }, LowToHigh::State(_)) => {}
            (Phase::Waking { heard, .. }, LowToHigh::Plain(event)) => {
                if heard.len() < MOST_EVENTS {
                    heard.push(event);
                }
            }
            (Phase::Waking { .. }, LowToHigh::Heartbeat) => {}
            (Phase::Ours(ours), message) => match ours.hear(now, &message) {
                Progress::None => {}
                Progress::Started(info, events) => {
                    self.news.push_back(Output::Started(info));
                    self.tell(events);
                }
                Progress::Events(events) => self.tell(events),
                Progress::StartedAgain => self.lose(Lost::StartedAgain),
            },
            (Phase::Plain(plain), LowToHigh::Plain(event)) => {
                plain.heard = now;
                match plain.host.hear(event) {
                    Ok(events) => self.tell(events),
                    Err(PermanentFault) => self.lose(Lost::PermanentFault),
                }
            }
            (Phase::Plain(plain), LowToHigh::Heartbeat) => plain.heard = now,
            (Phase::Plain(_), LowToHigh::Info(_) | LowToHigh::State(_)) => self.lose(Lost::StartedAgain),
        }
    }

    /// The board says who it is.
    fn meet(&mut self, now: Instant, info: Info) {
        let Info { protocol, firmware, start } = info;
        let info = BoardInfo { protocol, firmware };
        if protocol == PROTOCOL_VERSION {
            self.is_ours = true;
            let ours = Ours::new(now, info, start);
            self.send(ours.word());
            self.phase = Phase::Ours(ours);
        } else {
            // It will be refused: nobody is going to look after it.
            self.send(HighToLow::Disable);
            self.phase = Phase::Idle;
            self.news.push_back(Output::Started(info));
        }
    }

    /// The firmware gave itself away as a plain one, or as one of ours of version 1.
    fn wake(&mut self, now: Instant) {
        self.is_ours = false;
        for message in HighToLow::START {
            self.send(message);
        }
        self.phase = Phase::Waking { until: now + self.patience.info, heard: Vec::new() };
    }

    fn started_plain(&mut self, now: Instant, heard: Vec<PlainEvent>) {
        let mut host = PlainHost::new(self.fixed_cable);
        self.news.push_back(Output::Started(BoardInfo { protocol: PROTOCOL_VERSION, firmware: PLAIN.into() }));
        let mut said = Vec::new();
        for event in heard {
            match host.hear(event) {
                Ok(events) => said.extend(events),
                Err(PermanentFault) => return self.lose(Lost::PermanentFault),
            }
        }
        // A firmware that is enabled says which car it sees, and has no word for an outlet that is free.
        if !said.iter().any(|event| matches!(event, Event::Pilot { .. } | Event::Fault(_))) {
            said.push(Event::Pilot { state: PilotState::A, pwm: false, plug_in: None });
        }
        self.tell(said);
        self.phase = Phase::Plain(Plain { host, heard: now, signal: None, allowed: false });
    }

    fn is_damaged(&mut self, now: Instant) {
        let damaged = self.noise.damaged();
        match &mut self.phase {
            // Whatever it was, the question is asked again.
            Phase::Idle | Phase::Asking { .. } => {}
            // It may have been the one that mattered, and such a firmware says nothing twice.
            Phase::Waking { .. } | Phase::Plain(_) => self.lose(Lost::Damaged),
            Phase::Ours(_) if damaged > self.patience.most_damaged => self.lose(Lost::Noisy { damaged, of: u32::BITS }),
            Phase::Ours(ours) => {
                if let Some(word) = ours.ask(now, &self.patience) {
                    self.send(word);
                }
            }
        }
    }

    fn set_pilot(&mut self, now: Instant, signal: PilotSignal) {
        match &mut self.phase {
            Phase::Ours(ours) => {
                let word = ours.set_pilot(now, signal);
                self.send(word);
            }
            Phase::Plain(plain) => {
                plain.signal = Some(signal);
                let (messages, event) = plain.host.set_pilot(signal);
                messages.into_iter().for_each(|message| self.send(message));
                self.tell(event);
            }
            // Nothing older than the start is passed on; what stops an offer is heard by every firmware.
            Phase::Idle if !signal.is_pwm() => self.send(HighToLow::SetPwm(signal)),
            Phase::Idle | Phase::Asking { .. } | Phase::Waking { .. } => {}
        }
    }

    fn allow_power(&mut self, now: Instant, permission: Permission) {
        let allow = permission.is_given();
        match &mut self.phase {
            Phase::Ours(ours) => {
                let word = ours.allow_power(now, Permit { permission, plug_in: self.plug_in });
                self.send(word);
            }
            // It knows no limit but its duty.
            Phase::Plain(plain) => {
                plain.allowed = allow;
                let message = plain.host.allow_power(allow);
                self.send(message);
            }
            Phase::Idle if !allow => self.send(HighToLow::AllowPowerOn(false)),
            Phase::Idle | Phase::Asking { .. } | Phase::Waking { .. } => {}
        }
    }

    fn beat(&mut self, now: Instant) {
        match &mut self.phase {
            Phase::Ours(ours) => {
                let word = ours.beat(now);
                self.send(word);
            }
            Phase::Plain(Plain { host, signal, allowed, .. }) => {
                let (is_free, signal, allowed) = (host.is_free(), *signal, *allowed);
                self.send(HighToLow::Heartbeat);
                // Nor does it say that it was enabled, where no car is: it would stay in state F for ever.
                if self.lossy && is_free {
                    self.send(HighToLow::Enable);
                }
                // It acknowledges nothing. A withdrawal that was lost would leave power on, and a duty that was lost another
                // current than is meant; a permission is not said again, because it may have been dropped for a reason.
                if self.lossy && !allowed {
                    self.send(HighToLow::AllowPowerOn(false));
                }
                if let Some(signal) = signal.filter(|_| self.lossy) {
                    self.set_pilot(now, signal);
                }
            }
            Phase::Idle | Phase::Asking { .. } | Phase::Waking { .. } => {}
        }
    }

    /// A board of ours that was there a moment ago answers soon; any other gives a sign of life within its own silence.
    const fn answer_within(&self) -> Duration {
        if self.is_ours { self.patience.silence } else { self.patience.plain_silence }
    }

    fn wait_is_over(&mut self, now: Instant) {
        let within = self.answer_within();
        match &mut self.phase {
            Phase::Idle => {}
            Phase::Asking { since, said } => {
                if now >= *since + within {
                    self.lose(Lost::NoAnswer { within });
                } else if now >= *said + self.patience.hello {
                    *said = now;
                    self.say_hello();
                }
            }
            Phase::Waking { until, heard } => {
                if now >= *until {
                    let heard = std::mem::take(heard);
                    self.started_plain(now, heard);
                }
            }
            Phase::Ours(ours) => {
                if now >= ours.silent_at(&self.patience) {
                    self.lose(Lost::Silent { after: self.patience.silence });
                } else if let Some(word) = ours.repeat(now, &self.patience) {
                    self.send(word);
                }
            }
            Phase::Plain(plain) => {
                if now >= plain.heard + self.patience.plain_silence {
                    self.lose(Lost::Silent { after: self.patience.plain_silence });
                }
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Idle => None,
            Phase::Asking { since, said } => Some((*said + self.patience.hello).min(*since + self.answer_within())),
            Phase::Waking { until, .. } => Some(*until),
            Phase::Ours(ours) => Some(ours.deadline(&self.patience)),
            Phase::Plain(plain) => Some(plain.heard + self.patience.plain_silence),
        }
    }
}
