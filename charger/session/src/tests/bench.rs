//! A coordinator whose board, lock and meter do what they should: what happens in, what it wants out, at a time.

use std::fmt::Write as _;
use std::time::Duration;

use crate::words::{Ask, AuthorizationOutcome, IdToken, TokenKind};
use hardware::{InsulationReading, Sign, SupplyReading, SupplyTarget, Token};
use iec61851::{Event, Fault, PilotState, PlugIn};
use units::{EvseId, Milliamps, Millivolts, MilliwattHours, Ohms, PerPhase, Watts};

use crate::config::AuthorizationMode;
use crate::*;

/// A coordinator whose board, lock and meter do what they should.
pub(super) struct Bench {
    pub(super) coordinator: Coordinator,
    pub(super) now: Instant,
    pub(super) log: String,
    pub(super) state: PilotState,
    pub(super) pilot: PilotSignal,
    pub(super) allowed: bool,
    /// What the board was told last.
    pub(super) permission: Permission,
    /// What the DC supply holds; `None`: it is off.
    pub(super) supply: Option<SupplyTarget>,
    /// The dialog that the coordinator speaks of.
    pub(super) dialog: Option<Dialog>,
    pub(super) closed: bool,
    pub(super) register: i64,
    pub(super) asked: u64,
    pub(super) outputs: usize,
    pub(super) screen: Screen,
    /// The meter answers.
    pub(super) reads: bool,
    /// The contactor does not open.
    pub(super) welded: bool,
    /// What the board counts: its start, and the plugs since; `None` on one that does not count.
    pub(super) counts: Option<PlugIn>,
    /// What the store has of the session.
    pub(super) kept: Option<Kept>,
    /// The transactions that the CSMS side holds open.
    pub(super) open: Vec<String>,
    /// How often it was told.
    pub(super) writes: usize,
    config: Config,
}

impl Bench {
    pub(super) fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::standard();
        change(&mut config);
        let mut bench = Self {
            coordinator: Coordinator::new(EvseId::FIRST, config.clone(), ids(0), Instant::ZERO, Earlier::default()),
            now: Instant::ZERO,
            log: String::new(),
            state: PilotState::A,
            pilot: PilotSignal::X1,
            allowed: false,
            permission: Permission::Withdrawn,
            supply: None,
            dialog: None,
            closed: false,
            register: 5_000_000,
            asked: 0,
            outputs: 0,
            screen: Screen {
                sign: Sign::Unavailable,
                energy: MilliwattHours::ZERO,
                power: Watts::ZERO,
                limit: Milliamps::ZERO,
                note: String::new(),
            },
            reads: true,
            welded: false,
            counts: Some(PlugIn::at_start(0xb0a7)),
            kept: None,
            open: Vec::new(),
            writes: 0,
            config,
        };
        bench.board_back();
        bench.input(Input::Csms(CsmsInput::Online));
        bench.read();
        bench.log.clear();
        bench
    }

    pub(super) fn free() -> Self {
        Self::new(|config| config.authorization.mode = AuthorizationMode::Free)
    }

    /// A free session whose contactor is closed.
    pub(super) fn charging() -> Self {
        let mut bench = Self::free();
        bench.plug().car(PilotState::C).pass(10);
        assert!(bench.closed, "{}", bench.log);
        bench.log.clear();
        bench
    }

    pub(super) fn input(&mut self, input: Input) -> &mut Self {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            self.coordinator.handle_input(self.now, input);
            self.outputs = 0;
            loop {
                self.outputs += 1;
                match self.coordinator.poll_output() {
                    Output::Wait(_) => break,
                    output => inputs.extend(self.play(output)),
                }
            }
            self.nothing_is_left_undone();
            inputs.extend(self.contactor());
        }
        self
    }

    /// Whoever settles again finds nothing to do, also after an input at which nobody looked further. What has become due at this
    /// instant is told by the next timeout.
    fn nothing_is_left_undone(&mut self) {
        if self.coordinator.deadline().is_some_and(|at| at <= self.now) {
            return;
        }
        self.coordinator.settle(self.now);
        let left = self.coordinator.poll_output();
        assert!(matches!(left, Output::Wait(_)), "{left:?} was left undone: {}", self.log);
    }

    /// What board, lock and meter do with a wish.
    pub(super) fn play(&mut self, output: Output) -> Option<Input> {
        let second = self.now.as_millis() as f64 / 1000.0;
        let mut say = |text: String| writeln!(self.log, "{second:>5} {text}").expect("a string");
        match output {
            Output::AllowPower(permission) => {
                let digital = |permission| matches!(permission, Permission::Digital { .. });
                if digital(permission) || digital(self.permission) {
                    say(format!("permission {permission}"));
                }
                (self.allowed, self.permission) = (permission.is_given(), permission);
            }
            Output::StopSupply => {
                self.supply = None;
                say("supply off".into());
            }
            Output::SetSupply(target) => {
                self.supply = Some(target);
                say(format!("supply {} V {} A", target.voltage.volts(), target.current.amps()));
            }
            Output::MeasureInsulation(on) => say(format!("insulation monitor {}", if on { "on" } else { "off" })),
            Output::Hlc(output) => {
                match output {
                    HlcOutput::Match(dialog) => self.dialog = Some(dialog),
                    HlcOutput::Leave(_) => self.dialog = None,
                    HlcOutput::Authorization(_)
                    | HlcOutput::Offer(_)
                    | HlcOutput::Power(_)
                    | HlcOutput::Ready(_)
                    | HlcOutput::Isolation(_)
                    | HlcOutput::Stop(_) => {}
                }
                say(format!("=> {}", told(&output)));
            }
            Output::Pilot(signal) => {
                self.pilot = signal;
                say(format!("pilot {signal}"));
            }
            Output::DriveLock(locked) => {
                let position = if locked { LockPosition::Locked } else { LockPosition::Unlocked };
                return Some(Input::Lock(Ok(position)));
            }
            Output::Keep(kept) => {
                self.writes += 1;
                self.kept = kept.map(|kept| *kept);
            }
            Output::Event(SessionEvent::LimitChanged(limit)) => {
                say(format!("limit {} by {:?}", limit.value(), limit.by()))
            }
            Output::Event(event) => say(format!("{event:?}").replace("SessionEvent::", "")),
            Output::Report(report) => {
                let reason = report.stopped.map_or_else(String::new, |reason| format!(" {reason:?}"));
                let meter = if report.meter.is_empty() { " without a reading" } else { "" };
                match report.stage {
                    words::TransactionStage::Started => self.open.push(report.transaction),
                    words::TransactionStage::Updated => {}
                    words::TransactionStage::Ended => self.open.retain(|open| *open != report.transaction),
                }
                let soc = report.meter.iter().find_map(|sample| sample.soc);
                let soc = soc.map_or_else(String::new, |soc| format!(" at {soc}"));
                say(format!("-> {:?} {:?}{reason}{meter}{soc}", report.stage, report.trigger));
            }
            Output::Status(status) => say(format!("-> {status:?}")),
            Output::Answer { answer, .. } => say(format!("-> {answer:?}")),
            Output::Authorize { ticket, token } => {
                self.asked = ticket;
                say(format!("-> Authorize {}", token.id));
            }
            Output::Reservation { update, .. } => say(format!("-> reservation {update:?}")),
            Output::ReadMeter => return self.reads.then(|| Input::Reading(Ok(self.reading()))),
            Output::Show(screen) => self.screen = screen,
            Output::Problem(_) | Output::Vacancy(_) | Output::Wait(_) | Output::Wish(_) => {}
        }
        None
    }

    /// The board's contactor: closed in C, with permission and an offer. At 5 % only messages offer something.
    pub(super) fn contactor(&mut self) -> Option<Input> {
        let offers = match self.pilot {
            PilotSignal::Pwm(iec61851::Duty::DIGITAL) => matches!(self.permission, Permission::Digital { .. }),
            PilotSignal::Pwm(_) => true,
            PilotSignal::E | PilotSignal::F | PilotSignal::X1 => false,
        };
        let hidden = matches!(self.pilot, PilotSignal::E | PilotSignal::F);
        let closed = self.allowed && self.state == PilotState::C && !hidden && (offers || self.closed);
        if closed == self.closed || (self.closed && self.welded) {
            return None;
        }
        self.closed = closed;
        let event = if closed { Event::ContactorClosed } else { Event::ContactorOpened };
        Some(Input::Board(BoardInput::Event(event)))
    }

    pub(super) fn reading(&self) -> MeterReading {
        let current = if self.closed { Milliamps::from_amps(16) } else { Milliamps::ZERO };
        MeterReading {
            current: PerPhase::all(current),
            voltage: PerPhase::all(Millivolts::from_volts(230)),
            power: PerPhase::all(Watts(current.0 * 230 / 1000)),
            import: MilliwattHours(self.register),
            ..MeterReading::default()
        }
    }

    pub(super) fn read(&mut self) -> &mut Self {
        let reading = self.reading();
        self.input(Input::Reading(Ok(reading)))
    }

    pub(super) fn car(&mut self, state: PilotState) -> &mut Self {
        self.moves(state).tells()
    }

    /// The car, or its driver, does something, whether the board tells it or not.
    pub(super) fn moves(&mut self, state: PilotState) -> &mut Self {
        if (self.state == PilotState::A) != (state == PilotState::A) && state == PilotState::A {
            self.counts = self.counts.map(PlugIn::next);
        }
        self.state = state;
        self
    }

    fn tells(&mut self) -> &mut Self {
        let (state, pwm) = (self.state, self.pilot.is_pwm());
        let plug_in = self.counts.filter(|_| state != PilotState::A);
        self.input(Input::Board(BoardInput::Event(Event::Pilot { state, pwm, plug_in })))
    }

    /// The link to the board is gone. It opens by itself.
    pub(super) fn board_lost(&mut self) -> &mut Self {
        (self.allowed, self.closed, self.pilot) = (false, false, PilotSignal::X1);
        self.input(Input::Board(BoardInput::Lost("gone".into())))
    }

    /// The board runs, and has not told anything.
    pub(super) fn board_starts(&mut self) -> &mut Self {
        (self.allowed, self.closed, self.pilot) = (false, false, PilotSignal::X1);
        let info = hardware::BoardInfo { protocol: 2, firmware: "bench".into() };
        self.input(Input::Board(BoardInput::Started(info)))
    }

    /// The board runs, and tells what it sees.
    pub(super) fn board_back(&mut self) -> &mut Self {
        self.board_starts();
        if self.state != PilotState::A {
            self.input(Input::Board(BoardInput::Event(Event::Cable(CableRating::A32))));
        }
        self.tells()
    }

    /// The board loses its power, and its count.
    pub(super) fn board_forgets(&mut self) -> &mut Self {
        self.counts = self.counts.map(|counts| PlugIn::at_start(counts.boot + 1));
        self
    }

    /// The host dies.
    pub(super) fn host_dies(&mut self) -> &mut Self {
        (self.allowed, self.closed, self.pilot) = (false, false, PilotSignal::X1);
        self
    }

    /// The host starts again after so many seconds, by the time of day; its board has not told anything yet.
    pub(super) fn host_starts(&mut self, away: u64) -> &mut Self {
        self.now = self.now + Duration::from_secs(away);
        let earlier =
            Earlier { kept: self.kept.clone(), away: Some(Duration::from_secs(away)), open: Some(self.open.clone()) };
        // Other ids than in the life before.
        self.coordinator = Coordinator::new(EvseId::FIRST, self.config.clone(), ids(0x10), self.now, earlier);
        self.input(Input::Timeout)
    }

    pub(super) fn plug(&mut self) -> &mut Self {
        self.input(Input::Board(BoardInput::Event(Event::Cable(CableRating::A32)))).car(PilotState::B)
    }

    pub(super) fn badge(&mut self, id: &str) -> &mut Self {
        self.input(Input::Token(Token::card(id)))
    }

    pub(super) fn csms(&mut self, outcome: AuthorizationOutcome) -> &mut Self {
        let ticket = self.asked;
        self.input(Input::Csms(CsmsInput::Authorized { ticket, outcome }))
    }

    pub(super) fn ask(&mut self, ask: Ask) -> &mut Self {
        self.input(Input::Csms(CsmsInput::Ask { ticket: 9, ask }))
    }

    /// Something happens in the dialog that the coordinator speaks of; in none, as long as there is none.
    pub(super) fn hlc(&mut self, event: HlcEvent) -> &mut Self {
        match self.dialog {
            Some(dialog) => self.input(Input::Hlc(HlcInput { dialog, event })),
            None => self,
        }
    }

    /// The insulation monitor measures so many kilohms at so many volts.
    pub(super) fn insulation(&mut self, kilohms: i32, volts: i32) -> &mut Self {
        let resistance = Some(Ohms(kilohms * 1000));
        self.input(Input::InsulationReading(InsulationReading { resistance, voltage: Millivolts::from_volts(volts) }))
    }

    /// The DC supply measures so many amperes, at whatever it is told.
    pub(super) fn supplies(&mut self, amps: i32) -> &mut Self {
        let voltage = self.supply.map_or(Millivolts::ZERO, |target| target.voltage);
        let on = self.supply.is_some();
        self.input(Input::SupplyReading(SupplyReading { voltage, current: Milliamps::from_amps(amps), on }))
    }

    /// Seconds with a reading each.
    pub(super) fn pass(&mut self, seconds: u64) -> &mut Self {
        for _ in 0..seconds {
            self.now = self.now + Duration::from_secs(1);
            if self.closed {
                self.register += 3_000;
            }
            if self.reads {
                self.read();
            }
            self.input(Input::Timeout);
        }
        self
    }

    pub(super) fn fault(&mut self, fault: Fault) -> &mut Self {
        self.allowed = false;
        self.closed = false;
        self.input(Input::Board(BoardInput::Event(Event::Fault(fault))))
            .input(Input::Board(BoardInput::Event(Event::ContactorOpened)))
    }
}

/// What high-level communication is told, in short.
fn told(output: &HlcOutput) -> String {
    let HlcOutput::Offer(Offer { limits, held_back }) = output else {
        return format!("{output:?}").replace("Dialog", "");
    };
    let limits = match limits {
        OfferedLimits::Ac { current } => format!("{} by {:?}", current.value(), current.by()),
        OfferedLimits::Dc { min_voltage, max_voltage, current, power } => format!(
            "{} by {:?} to {} by {:?}, {} by {:?}, {} kW by {:?}: {:?}",
            min_voltage.value(),
            min_voltage.by(),
            max_voltage.value(),
            max_voltage.by(),
            current.value(),
            current.by(),
            power.value().kilowatts(),
            power.by(),
            power.why(),
        ),
    };
    let why = held_back.map_or_else(String::new, |why| format!(", held back: {why:?}"));
    format!("Offer {limits}{why}")
}

fn ids(mut last: u128) -> Box<dyn FnMut() -> u128> {
    Box::new(move || {
        last += 1;
        last
    })
}

pub(super) fn accepted() -> AuthorizationOutcome {
    AuthorizationOutcome::Accepted { group: None }
}

pub(super) fn token(id: &str) -> IdToken {
    IdToken { id: id.into(), kind: TokenKind::ISO14443 }
}
