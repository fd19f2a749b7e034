//! The machine: which request goes out when, and how it ends; what a response leads to is in `responses`.

mod responses;

use std::collections::VecDeque;
use std::time::Duration;

use exi::{Facets, Hex};
use iso15118::v2gtp::{Frame, Frames, PayloadType};
use iso15118::{Message, Protocol, timing};
use units::{Instant, Milliamps};

use super::config::{Config, Mode, OnFailed};
use super::event::{
    Battery, Code, Contactors, End, Event, Failure, Fault, Input, Output, PausedSession, Pilot, Present, Stop,
};
use super::talk::{Ask, Facts, Flow, Goal, Own, Talk};
use super::{sap, talk};

/// The contactors close when the voltages before and behind them differ by no more (IEC 61851-23, annex CC).
const NEAR: i64 = 20_000;
/// The contactors open when no more current flows (IEC 61851-23, annex CC).
const LITTLE: Milliamps = Milliamps(1_000);
/// They open nevertheless when the station does not bring the current down.
const CURRENT_FALLS: Duration = Duration::from_secs(5);
/// Contactors that have not followed by then are broken.
const CONTACTORS_FOLLOW: Duration = Duration::from_secs(3);
/// Below this nobody is hurt: the station has discharged its output.
const DISCHARGED: i64 = 60_000;
/// No message is longer: those with the longest schedules have some tens of thousands of octets.
const LONGEST: usize = 1 << 17;
/// DIN's V2G_EVCC_ReadyToCharge_Timer.
const READY_TO_CHARGE: Duration = Duration::from_secs(150);

/// How far the connection is.
#[derive(Clone, Debug)]
enum State {
    /// There is none.
    Idle,
    /// The offer goes out then.
    Offers { at: Instant, joins: Option<PausedSession>, began: Instant },
    /// Which protocol is it?
    Agreeing { until: Instant, joins: Option<PausedSession>, began: Instant },
    /// A protocol is spoken.
    Talking(Box<Talk>, Turn),
    /// Nothing more is said. The car closes the connection then, if the station has not done it.
    Leaving { until: Instant },
    /// It is closed.
    Over,
}

/// Whose turn it is in a session.
#[derive(Clone, Copy, Debug)]
enum Turn {
    /// The request goes out then.
    Due { at: Instant, ask: Ask },
    /// The response has to come until then.
    Awaits { until: Instant, ask: Ask },
    /// The contactors have to close until then; then the power is asked for, not before `at`.
    Closes { at: Instant, until: Instant },
    /// The current has to fall until then; then the contactors open.
    Falls { until: Instant, next: Ask },
    /// The contactors have to open until then.
    Opens { until: Instant, next: Ask },
}

/// The car's side of a session.
#[derive(Clone, Debug)]
pub struct Evcc {
    config: Config,
    battery: Battery,
    present: Present,
    /// As they are.
    contactors: Contactors,
    /// As they shall be.
    ordered: Contactors,
    pilot: Pilot,
    frames: Frames,
    state: State,
    now: Instant,
    out: VecDeque<Output>,
}

impl Evcc {
    /// A car that is plugged in, and not connected.
    #[must_use]
    pub fn new(config: Config, battery: Battery) -> Self {
        Self {
            config,
            battery,
            present: Present::default(),
            contactors: Contactors::Open,
            ordered: Contactors::Open,
            pilot: Pilot::B,
            frames: Frames::default(),
            state: State::Idle,
            now: Instant::ZERO,
            out: VecDeque::new(),
        }
    }

    /// The next thing for the host.
    pub fn poll_output(&mut self) -> Output {
        let wait = match &self.state {
            State::Idle | State::Over => None,
            State::Offers { at: until, .. } | State::Agreeing { until, .. } | State::Leaving { until } => Some(*until),
            State::Talking(_, turn) => Some(match turn {
                Turn::Due { at, .. } => *at,
                Turn::Awaits { until, .. }
                | Turn::Closes { until, .. }
                | Turn::Falls { until, .. }
                | Turn::Opens { until, .. } => *until,
            }),
        };
        self.out.pop_front().unwrap_or(Output::Wait(wait))
    }

    /// Something happened at that time.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        self.now = self.now.max(now);
        self.change(Self::time);
        match input {
            Input::Time => {}
            Input::Connected { session } => self.connected(session),
            Input::Received(octets) => self.received(octets),
            Input::Closed => self.change(Self::closed),
            Input::Battery(battery) => {
                self.battery = battery;
                self.change(Self::redirect);
            }
            Input::Inlet(present) => {
                self.present = present;
                self.change(Self::measured);
            }
            Input::Contactors(contactors) => {
                self.contactors = contactors;
                self.change(Self::switched);
            }
            Input::Stop(stop) => self.change(|evcc, state| evcc.aim(state, Goal::End(End::Car(stop)))),
            Input::Pause => self.change(|evcc, state| evcc.aim(state, Goal::Pause)),
            Input::Renegotiate => self.change(Self::renegotiate),
        }
        self.change(Self::time);
    }

    fn change(&mut self, with: impl FnOnce(&mut Self, State) -> State) {
        let state = std::mem::replace(&mut self.state, State::Over);
        self.state = with(self, state);
    }

    fn tell(&mut self, event: Event) {
        self.out.push_back(Output::Event(event));
    }

    fn show(&mut self, pilot: Pilot) {
        if self.pilot != pilot {
            self.pilot = pilot;
            self.tell(Event::PowerWanted(pilot));
        }
    }

    fn open_contactors(&mut self) {
        if self.ordered == Contactors::Closed {
            self.ordered = Contactors::Open;
            self.tell(Event::OpenContactors);
        }
    }

    fn mode(&self, talk: &Talk) -> &Mode {
        // A protocol without a mode is not agreed on.
        self.config.mode(talk.protocol).unwrap_or(&self.config.iso2)
    }

    // The begin of a connection.

    fn connected(&mut self, joins: Option<PausedSession>) {
        self.change(|evcc, state| match state {
            State::Idle | State::Over => state,
            // A connection that nobody closed before.
            _ => evcc.closed(state),
        });
        self.frames = Frames::default();
        let began = self.now;
        self.state = State::Offers { at: began + self.config.connection_to_offer, joins, began };
    }

    fn time(&mut self, state: State) -> State {
        let now = self.now;
        match state {
            State::Offers { at, joins, began } if at <= now => self.offer(joins, began),
            State::Agreeing { until, .. } if until <= now => {
                self.violation(Goal::Charge, Failure::Silent(sap::NAME), Fault::Station)
            }
            State::Talking(talk, turn) => self.turn_comes(talk, turn),
            State::Leaving { until } if until <= now => self.cut(),
            other => other,
        }
    }

    fn offer(&mut self, joins: Option<PausedSession>, began: Instant) -> State {
        if !self.send(&sap::request(&self.config.offers), 0) {
            return self.violation(Goal::Charge, Failure::Unwritable(sap::NAME), Fault::Car);
        }
        State::Agreeing { until: self.now + timing::ISO2.message_timeout * self.config.patience, joins, began }
    }

    /// Whether the message could be written.
    fn send(&mut self, message: &Message, zeros: u32) -> bool {
        let Ok((payload_type, mut payload)) = message.encode() else { return false };
        payload.extend(std::iter::repeat_n(0, usize::try_from(zeros.min(16)).unwrap_or(0)));
        self.out.push_back(Output::Send(Frame { payload_type, payload }.encode()));
        true
    }

    fn agreed(&mut self, frame: &Frame, joins: Option<PausedSession>, began: Instant) -> State {
        let protocol = match sap::agreed(&self.config.offers, frame) {
            Ok(protocol) => protocol,
            Err((Failure::NoAgreement, fault)) => {
                self.tell(Event::Failed { why: Failure::NoAgreement, fault });
                return State::Leaving { until: self.now + self.config.refusal_to_close };
            }
            Err((why, fault)) => return self.violation(Goal::Charge, why, fault),
        };
        self.tell(Event::Agreed(protocol));
        // Only -2 knows sessions that go on.
        let joins = joins.filter(|_| protocol == Protocol::Iso2);
        let zeros = [0; 8];
        let none = zeros.get(..usize::from(self.config.session_id_octets)).unwrap_or(&zeros);
        let session = joins.map_or_else(|| Hex::new(none), |joins| Hex::new(&joins.id)).unwrap_or_default();
        let mode = self.config.mode(protocol).unwrap_or(&self.config.iso2);
        let Some(transfer) = mode.transfers.first().copied() else {
            return self.violation(Goal::Charge, Failure::EnergyTransfer, Fault::Car);
        };
        let talk = Talk {
            protocol,
            session,
            joins,
            began,
            answered: self.now,
            set_up: self.now,
            transfer,
            cable_checks: 0,
            own_voltage_since: None,
            terms: None,
            own: Own::of(mode, &self.battery),
            flow: Flow::Off,
            goal: Goal::Charge,
        };
        self.plan(Box::new(talk), Ask::SessionSetup)
    }

    // Requests.

    /// What comes next: when, and whether the car has something else in mind.
    fn plan(&mut self, mut talk: Box<Talk>, next: Ask) -> State {
        self.mind_the_battery(&mut talk, next);
        let ask = talk.steer(next);
        let name = talk.kin(ask).pace(talk.protocol);
        let at = talk.answered + self.mode(&talk).pacing.before(name, ask.is_again());
        State::Talking(talk, Turn::Due { at: at.max(self.now), ask })
    }

    /// A battery that cannot be charged (any longer) ends what needs it.
    fn mind_the_battery(&self, talk: &mut Talk, ask: Ask) {
        let needs = matches!(ask, Ask::CableCheck(_) | Ask::PreCharge { .. } | Ask::Start | Ask::Charging { .. });
        if needs && !self.battery.ready && matches!(talk.goal, Goal::Charge | Goal::Renegotiate) {
            talk.goal = Goal::End(End::Car(Stop::Car));
        }
    }

    fn turn_comes(&mut self, talk: Box<Talk>, turn: Turn) -> State {
        let now = self.now;
        match turn {
            Turn::Due { at, ask } if at <= now => self.request(talk, ask),
            Turn::Awaits { until, ask } if until <= now => {
                let why = Failure::Silent(talk.name(ask));
                self.violation(talk.goal, why, Fault::Station)
            }
            Turn::Closes { until, .. } if until <= now => {
                self.give_up(talk, Ask::Start, Failure::Contactors, Fault::Car)
            }
            Turn::Falls { until, next } if until <= now => self.opens(talk, next),
            Turn::Opens { until, next } if until <= now => self.plan(talk, next),
            turn => State::Talking(talk, turn),
        }
    }

    fn request(&mut self, mut talk: Box<Talk>, ask: Ask) -> State {
        self.mind_the_battery(&mut talk, ask);
        let ask = talk.steer(ask);
        if let Some(why) = self.too_long(&talk, ask) {
            return self.give_up(talk, ask, why, Fault::Station);
        }
        let mode = self.config.mode(talk.protocol).unwrap_or(&self.config.iso2);
        let unsaid = ask == Ask::SessionStop && mode.quirks.closes_instead_of_session_stop;
        let no_session = ask == Ask::SessionSetup && talk.goal != Goal::Charge;
        if unsaid || no_session {
            self.tell_the_end(&talk);
            return self.cut();
        }
        let ask = match ask {
            // The voltage follows the battery.
            Ask::PreCharge { run, .. } => Ask::PreCharge { run, target: talk.pre_charge_voltage(&self.battery) },
            other => other,
        };
        let facts = Facts { now: self.now, config: &self.config, mode, battery: &self.battery, present: self.present };
        let request = talk.request(facts, ask);
        let name = talk.name(ask);
        let zeros = mode.quirks.zero_octets_behind.get(name).copied().unwrap_or(0);
        let message = talk.message(mode, &request);
        let loop_patience = if matches!(ask, Ask::Charging { .. }) { mode.loop_patience } else { Duration::ZERO };
        if !self.send(&message, zeros) {
            return self.violation(talk.goal, Failure::Unwritable(name), Fault::Car);
        }
        if ask == Ask::Start && !talk.is_dc() {
            // [V2G2-847]: within 250 ms of the request. The station closes its contactor in state C only, and answers then.
            self.show(Pilot::C);
        }
        let times = timing::of(talk.protocol);
        let patience = self.config.patience;
        let mut until = self.now + (times.timeout(name) * patience).max(loop_patience);
        talk.cable_checks = match ask {
            Ask::CableCheck(None) => 1,
            Ask::CableCheck(Some(_)) => talk.cable_checks.saturating_add(1),
            _ => talk.cable_checks,
        };
        if ask == Ask::SessionSetup {
            until = until.min(talk.began + times.setup_timeout * patience);
        }
        State::Talking(talk, Turn::Awaits { until, ask: ask.sent(self.now) })
    }

    /// What goes on for too long already to be asked for once more.
    fn too_long(&self, talk: &Talk, ask: Ask) -> Option<Failure> {
        let times = timing::of(talk.protocol);
        let (run, limit, why) = match ask {
            Ask::Authorization(run) | Ask::ChargeParameterDiscovery(run) => {
                (run?, times.ongoing_timeout, Failure::NeverFinished(talk.name(ask)))
            }
            // Real cars are known that wait longer.
            Ask::CableCheck(Some(_)) if talk.cable_checks < self.mode(talk).cable_checks => return None,
            Ask::CableCheck(run) => (run?, times.cable_check_timeout, Failure::NeverFinished(talk.name(ask))),
            Ask::PreCharge { run, .. } => (run?, times.pre_charge_timeout, Failure::PreCharge),
            Ask::Start if talk.protocol == Protocol::Din => (talk.set_up, READY_TO_CHARGE, Failure::ReadyTooLate),
            _ => return None,
        };
        (self.now.since(run) > limit * self.config.patience).then_some(why)
    }

    // What the car has in mind.

    fn aim(&mut self, state: State, goal: Goal) -> State {
        match state {
            State::Offers { .. } | State::Agreeing { .. } => {
                let end = if let Goal::End(end) = goal { end } else { End::Car(Stop::Driver) };
                self.tell(Event::Ended(end));
                self.cut()
            }
            State::Talking(mut talk, turn) => {
                if matches!(talk.goal, Goal::Charge | Goal::Renegotiate | Goal::Pause) {
                    talk.goal = goal;
                }
                self.redirect(State::Talking(talk, turn))
            }
            other => other,
        }
    }

    fn renegotiate(&mut self, state: State) -> State {
        match state {
            State::Talking(mut talk, turn) => {
                let may = talk.protocol == Protocol::Iso2 && talk.flow == Flow::On && talk.goal == Goal::Charge;
                if may {
                    talk.goal = Goal::Renegotiate;
                }
                self.redirect(State::Talking(talk, turn))
            }
            other => other,
        }
    }

    /// What is not sent yet becomes what the car has in mind now.
    fn redirect(&mut self, state: State) -> State {
        let State::Talking(mut talk, turn) = state else { return state };
        match turn {
            Turn::Due { at, ask } => {
                self.mind_the_battery(&mut talk, ask);
                let ask = talk.steer(ask);
                State::Talking(talk, Turn::Due { at, ask })
            }
            Turn::Closes { .. } => {
                self.mind_the_battery(&mut talk, Ask::Start);
                if matches!(talk.goal, Goal::Charge | Goal::Renegotiate) {
                    return State::Talking(talk, turn);
                }
                self.open_contactors();
                self.plan(talk, Ask::Start)
            }
            Turn::Awaits { .. } | Turn::Falls { .. } | Turn::Opens { .. } => State::Talking(talk, turn),
        }
    }

    // What happens in the car.

    fn measured(&mut self, state: State) -> State {
        match state {
            State::Talking(talk, Turn::Falls { next, .. }) if self.present.current < LITTLE => self.opens(talk, next),
            other => other,
        }
    }

    fn switched(&mut self, state: State) -> State {
        let State::Talking(talk, turn) = state else { return state };
        match (turn, self.contactors) {
            (Turn::Closes { at, .. }, Contactors::Closed) => {
                State::Talking(talk, Turn::Due { at: at.max(self.now), ask: Ask::Start })
            }
            (Turn::Opens { next, .. }, Contactors::Open) => self.plan(talk, next),
            // They opened, and nobody told them to.
            (Turn::Due { ask, .. }, Contactors::Open) if self.ordered == Contactors::Closed => {
                self.give_up(talk, ask, Failure::Contactors, Fault::Car)
            }
            (Turn::Awaits { until, ask }, Contactors::Open) if self.ordered == Contactors::Closed => {
                let mut talk = talk;
                if talk.goal != Goal::GiveUp {
                    self.tell(Event::Failed { why: Failure::Contactors, fault: Fault::Car });
                }
                talk.goal = Goal::GiveUp;
                State::Talking(talk, Turn::Awaits { until, ask })
            }
            (turn, _) => State::Talking(talk, turn),
        }
    }

    /// Once the current is small the contactors open, and then it goes on.
    fn falls(&mut self, talk: Box<Talk>, next: Ask) -> State {
        if self.ordered == Contactors::Open && self.contactors == Contactors::Open {
            return self.plan(talk, next);
        }
        if self.present.current < LITTLE {
            return self.opens(talk, next);
        }
        State::Talking(talk, Turn::Falls { until: self.now + CURRENT_FALLS, next })
    }

    fn opens(&mut self, talk: Box<Talk>, next: Ask) -> State {
        self.open_contactors();
        match self.contactors {
            Contactors::Open => self.plan(talk, next),
            Contactors::Closed => State::Talking(talk, Turn::Opens { until: self.now + CONTACTORS_FOLLOW, next }),
        }
    }

    // How it ends.

    /// The station breaks the rules so that nothing can be said any more, or the car cannot go on: the connection ends at once.
    fn violation(&mut self, goal: Goal, why: Failure, fault: Fault) -> State {
        if goal != Goal::GiveUp {
            self.tell(Event::Failed { why, fault });
        }
        self.cut()
    }

    /// The connection ends now, and nothing flows any more.
    fn cut(&mut self) -> State {
        self.safe();
        self.out.push_back(Output::Close);
        State::Over
    }

    fn safe(&mut self) {
        self.open_contactors();
        self.show(Pilot::B);
        self.frames = Frames::default();
    }

    fn closed(&mut self, state: State) -> State {
        match state {
            State::Idle | State::Over => return state,
            State::Leaving { .. } => {}
            State::Offers { .. } | State::Agreeing { .. } => {
                self.tell(Event::Failed { why: Failure::Closed, fault: Fault::Link });
            }
            State::Talking(talk, _) => {
                if talk.goal != Goal::GiveUp {
                    self.tell(Event::Failed { why: Failure::Closed, fault: Fault::Link });
                }
            }
        }
        self.safe();
        State::Over
    }

    /// It cannot go on, and the car says so in the order of the standard.
    fn give_up(&mut self, mut talk: Box<Talk>, ask: Ask, why: Failure, fault: Fault) -> State {
        if talk.goal != Goal::GiveUp {
            self.tell(Event::Failed { why, fault });
        }
        talk.goal = Goal::GiveUp;
        if talk.flow == Flow::Off {
            self.open_contactors();
        }
        let next = match ask {
            Ask::SessionSetup => return self.cut(),
            other => other,
        };
        self.plan(talk, next)
    }

    /// The station said FAILED: nothing but SessionStop may come, and that not everywhere.
    fn refused(&mut self, mut talk: Box<Talk>, ask: Ask, code: Code) -> State {
        if talk.goal != Goal::GiveUp {
            self.tell(Event::Failed { why: Failure::Refused { asked: talk.name(ask), code }, fault: Fault::Station });
        }
        talk.goal = Goal::GiveUp;
        let goes = match self.mode(&talk).on_failed {
            OnFailed::SessionStop => talk.may_stop_session(ask),
            OnFailed::Close => false,
        };
        if !goes {
            return self.cut();
        }
        self.open_contactors();
        self.show(Pilot::B);
        self.plan(talk, Ask::SessionStop)
    }

    fn tell_the_end(&mut self, talk: &Talk) {
        let event = match (talk.goal, talk.pauses()) {
            (Goal::GiveUp, _) => return,
            (_, Some(session)) => Event::Paused(session),
            (Goal::End(end), None) => Event::Ended(end),
            (Goal::Charge | Goal::Renegotiate | Goal::Pause, None) => Event::Ended(End::Car(Stop::Driver)),
        };
        self.tell(event);
    }

    // Responses.

    fn received(&mut self, octets: &[u8]) {
        if matches!(self.state, State::Idle | State::Leaving { .. } | State::Over) {
            return;
        }
        self.frames.push(octets);
        loop {
            match self.frames.next_frame() {
                Ok(Some(frame)) => self.change(|evcc, state| evcc.frame(state, &frame)),
                Ok(None) => break,
                Err(error) => {
                    let goal = self.goal();
                    self.change(|evcc, state| match state {
                        State::Idle | State::Leaving { .. } | State::Over => state,
                        _ => evcc.violation(goal, Failure::NoFrame(error), Fault::Station),
                    });
                    break;
                }
            }
        }
        if self.frames.waiting() > LONGEST {
            let goal = self.goal();
            self.change(|evcc, _| evcc.violation(goal, Failure::TooLong, Fault::Station));
        }
    }

    fn goal(&self) -> Goal {
        match &self.state {
            State::Talking(talk, _) => talk.goal,
            _ => Goal::Charge,
        }
    }

    fn frame(&mut self, state: State, frame: &Frame) -> State {
        match state {
            State::Idle | State::Leaving { .. } | State::Over => state,
            // What manufacturers and other generations send beside is passed over [V2G2-800].
            other if frame.payload_type != PayloadType::EXI => other,
            State::Offers { .. } => self.violation(Goal::Charge, Failure::Unasked(frame.payload_type), Fault::Station),
            State::Agreeing { joins, began, .. } => self.agreed(frame, joins, began),
            State::Talking(mut talk, Turn::Awaits { ask, .. }) => {
                let read = Message::decode(Some(talk.protocol), frame.payload_type, &frame.payload, Facets::Off);
                let response = match read.map(talk::response) {
                    Ok(Some(response)) => response,
                    Ok(None) => return self.violation(talk.goal, Failure::Unasked(frame.payload_type), Fault::Station),
                    Err(error) => {
                        return self.violation(talk.goal, Failure::Unreadable(Box::new(error)), Fault::Station);
                    }
                };
                talk.answered = self.now;
                self.response(talk, ask, response)
            }
            State::Talking(talk, _) => self.violation(talk.goal, Failure::Unasked(frame.payload_type), Fault::Station),
        }
    }
}
