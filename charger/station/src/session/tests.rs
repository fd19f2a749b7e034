//! Stories of the coordinator: what happens in, what it wants out, at a time. Board, lock and meter are played by the bench.

use std::fmt::Write as _;

use hardware::Token;
use ocpp::{Ask, AuthorizationOutcome, AuthorizationStatus, IdToken, ResetKind, TokenKind};
use proptest::prelude::*;
use units::{Milliamps, Millivolts, MilliwattHours, PerPhase, PhaseCount, Watts};

use super::*;
use crate::config::{AuthorizationMode, ListedToken};

/// A coordinator whose board, lock and meter do what they should.
struct Bench {
    coordinator: Coordinator,
    now: Instant,
    log: String,
    state: PilotState,
    pilot: PilotSignal,
    allowed: bool,
    closed: bool,
    register: i64,
    asked: u64,
    outputs: usize,
}

impl Bench {
    fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::standard();
        change(&mut config);
        let mut next = 0;
        let ids = Box::new(move || {
            next += 1;
            next
        });
        let mut bench = Self {
            coordinator: Coordinator::new(config, ids, Instant::ZERO),
            now: Instant::ZERO,
            log: String::new(),
            state: PilotState::A,
            pilot: PilotSignal::X1,
            allowed: false,
            closed: false,
            register: 5_000_000,
            asked: 0,
            outputs: 0,
        };
        let info = hardware::BoardInfo { protocol: 1, firmware: "bench".into() };
        bench.input(Input::Board(BoardInput::Started(info)));
        bench.input(Input::Csms(CsmsInput::Online));
        bench.read();
        bench.log.clear();
        bench
    }

    fn free() -> Self {
        Self::new(|config| config.authorization.mode = AuthorizationMode::Free)
    }

    /// A free session whose contactor is closed.
    fn charging() -> Self {
        let mut bench = Self::free();
        bench.plug().car(PilotState::C).pass(10);
        assert!(bench.closed, "{}", bench.log);
        bench.log.clear();
        bench
    }

    fn input(&mut self, input: Input) -> &mut Self {
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
            inputs.extend(self.contactor());
        }
        self
    }

    /// What board, lock and meter do with a wish.
    fn play(&mut self, output: Output) -> Option<Input> {
        let second = self.now.as_millis() as f64 / 1000.0;
        let mut say = |text: String| writeln!(self.log, "{second:>5} {text}").expect("a string");
        match output {
            Output::AllowPower(allow) => self.allowed = allow,
            Output::StopSupply => say("supply off".into()),
            Output::Pilot(signal) => {
                self.pilot = signal;
                say(format!("pilot {signal}"));
            }
            Output::DriveLock(locked) => {
                let position = if locked { LockPosition::Locked } else { LockPosition::Unlocked };
                return Some(Input::Lock(Ok(position)));
            }
            Output::Event(SessionEvent::LimitChanged(limit)) => {
                say(format!("limit {} by {:?}", limit.current, limit.by))
            }
            Output::Event(event) => say(format!("{event:?}").replace("SessionEvent::", "")),
            Output::Report(report) => {
                let reason = report.stopped.map_or_else(String::new, |reason| format!(" {reason:?}"));
                let meter = if report.meter.is_empty() { " without a reading" } else { "" };
                say(format!("-> {:?} {:?}{reason}{meter}", report.stage, report.trigger));
            }
            Output::Status(status) => say(format!("-> {status:?}")),
            Output::Answer { answer, .. } => say(format!("-> {answer:?}")),
            Output::Authorize { ticket, token } => {
                self.asked = ticket;
                say(format!("-> Authorize {}", token.id));
            }
            Output::Reservation { update, .. } => say(format!("-> reservation {update:?}")),
            Output::ReadMeter => return Some(Input::Reading(Ok(self.reading()))),
            Output::Show(_) | Output::Wait(_) => {}
        }
        None
    }

    /// The board's contactor: closed in C, with permission and an oscillator.
    fn contactor(&mut self) -> Option<Input> {
        let closed = self.allowed && self.state == PilotState::C && (self.pilot.is_pwm() || self.closed);
        if closed == self.closed {
            return None;
        }
        self.closed = closed;
        let event = if closed { Event::ContactorClosed } else { Event::ContactorOpened };
        Some(Input::Board(BoardInput::Event(event)))
    }

    fn reading(&self) -> MeterReading {
        let current = if self.closed { Milliamps::from_amps(16) } else { Milliamps::ZERO };
        MeterReading {
            current: PerPhase::all(current),
            voltage: PerPhase::all(Millivolts::from_volts(230)),
            power: PerPhase::all(Watts(current.0 * 230 / 1000)),
            import: MilliwattHours(self.register),
            ..MeterReading::default()
        }
    }

    fn read(&mut self) -> &mut Self {
        let reading = self.reading();
        self.input(Input::Reading(Ok(reading)))
    }

    fn car(&mut self, state: PilotState) -> &mut Self {
        self.state = state;
        let pwm = self.pilot.is_pwm();
        self.input(Input::Board(BoardInput::Event(Event::Pilot { state, pwm })))
    }

    fn plug(&mut self) -> &mut Self {
        self.input(Input::Board(BoardInput::Event(Event::Cable(CableRating::A32)))).car(PilotState::B)
    }

    fn badge(&mut self, id: &str) -> &mut Self {
        self.input(Input::Token(Token::card(id)))
    }

    fn csms(&mut self, outcome: AuthorizationOutcome) -> &mut Self {
        let ticket = self.asked;
        self.input(Input::Csms(CsmsInput::Authorized { ticket, outcome }))
    }

    fn ask(&mut self, ask: Ask) -> &mut Self {
        self.input(Input::Csms(CsmsInput::Ask { ticket: 9, ask }))
    }

    /// Seconds with a reading each.
    fn pass(&mut self, seconds: u64) -> &mut Self {
        for _ in 0..seconds {
            self.now = self.now + Duration::from_secs(1);
            if self.closed {
                self.register += 3_000;
            }
            self.read().input(Input::Timeout);
        }
        self
    }

    fn fault(&mut self, fault: Fault) -> &mut Self {
        self.allowed = false;
        self.closed = false;
        self.input(Input::Board(BoardInput::Event(Event::Fault(fault))))
            .input(Input::Board(BoardInput::Event(Event::ContactorOpened)))
    }
}

fn accepted() -> AuthorizationOutcome {
    AuthorizationOutcome::Accepted { group: None }
}

fn token(id: &str) -> IdToken {
    IdToken { id: id.into(), kind: TokenKind::ISO14443 }
}

#[test]
fn plug_first_then_the_card() {
    let mut bench = Bench::new(|_| ());
    bench.plug().pass(2).badge("04A1").csms(accepted()).pass(1).car(PilotState::C).pass(1).car(PilotState::A);
    assert_eq!(
        bench.log,
        "    0 SessionStarted
    0 AuthRequired
    0 -> Occupied
    2 -> Authorize 04A1
    2 Authorized { token: \"04A1\" }
    2 TransactionStarted { transaction: \"00000000-0000-4000-8000-000000000001\" }
    2 -> Started Authorized
    2 limit 32.0 A by Outlet
    2 PrepareCharging
    2 pilot PWM 53.3 %
    3 ChargingStarted
    3 -> Updated ChargingStateChanged
    4 ChargingFinished
    4 pilot X1
    4 -> Ended EVCommunicationLost EVDisconnected
    4 TransactionFinished { transaction: \"00000000-0000-4000-8000-000000000001\", energy: MilliwattHours(3000) }
    4 SessionFinished
    4 -> Available
"
    );
}

#[test]
fn defect_3_an_answer_for_a_driver_who_has_left_does_nothing() {
    let mut bench = Bench::new(|_| ());
    bench.plug().badge("04A1").pass(10).car(PilotState::A);
    bench.log.clear();
    bench.csms(accepted()).pass(60).plug().car(PilotState::C).pass(10);
    assert!(!bench.allowed && !bench.closed);
    assert!(!bench.log.contains("Started Authorized"), "{}", bench.log);
}

#[test]
fn a_remote_stop_asks_the_car_first_and_ends_once() {
    let mut bench = Bench::charging();
    let transaction = "00000000-0000-4000-8000-000000000001".to_owned();
    bench.ask(Ask::RequestStop { transaction: "another".into() }).ask(Ask::RequestStop { transaction }).pass(2);
    bench.car(PilotState::B).pass(30).car(PilotState::A);
    assert_eq!(
        bench.log,
        "   10 -> Stop { accepted: false }
   10 -> Stop { accepted: true }
   10 StoppingCharging
   10 pilot X1
   12 ChargingFinished
   12 -> Ended RemoteStop Remote
   12 TransactionFinished { transaction: \"00000000-0000-4000-8000-000000000001\", energy: MilliwattHours(36000) }
   42 SessionFinished
   42 -> Available
"
    );
}

#[test]
fn a_car_that_does_not_stop_loses_the_permission_after_the_grace() {
    let mut bench = Bench::charging();
    bench.input(Input::Stop).pass(7);
    assert!(bench.allowed && bench.closed);
    bench.pass(2);
    assert!(!bench.allowed && !bench.closed);
    assert!(bench.log.contains("-> Ended StopAuthorized Local"), "{}", bench.log);
}

#[test]
fn defect_6_a_pause_is_one_session() {
    let mut bench = Bench::charging();
    bench.car(PilotState::B).pass(20).car(PilotState::C).pass(1);
    assert_eq!(
        bench.log,
        "   10 ChargingPausedEV
   10 -> Updated ChargingStateChanged
   30 SessionResumed
   30 -> Updated ChargingStateChanged
"
    );
}

#[test]
fn defect_5_a_fault_ends_the_transaction_or_suspends_it() {
    let mut bench = Bench::charging();
    bench.fault(Fault::OverCurrent);
    assert!(
        bench.log.contains("-> Ended AbnormalCondition OvercurrentFault") && bench.log.contains("-> Faulted"),
        "{}",
        bench.log
    );
    let mut bench = Bench::charging();
    bench.fault(Fault::VentilationNotAvailable);
    assert!(
        bench.log.contains("ChargingPausedEVSE { reason: Error }") && !bench.log.contains("Ended"),
        "{}",
        bench.log
    );
    bench.input(Input::Board(BoardInput::Event(Event::FaultCleared(Fault::VentilationNotAvailable)))).pass(1);
    assert!(bench.closed, "{}", bench.log);
}

#[test]
fn defect_2_profiles_and_their_absence() {
    let mut bench = Bench::charging();
    let profile = |current, power| Some(ChargingLimit { current, power, phases: None });
    bench.input(Input::Limits { profile: profile(Some(Milliamps::from_amps(16)), None), site: None });
    bench.input(Input::Limits { profile: profile(None, Some(Watts(6_900))), site: None });
    bench.input(Input::Limits { profile: profile(Some(Milliamps::ZERO), None), site: None }).car(PilotState::B);
    bench.input(Input::Limits { profile: None, site: None }).car(PilotState::C).pass(1);
    assert_eq!(
        bench.log,
        "   10 limit 16.0 A by Profile
   10 -> Updated ChargingRateChanged
   10 pilot PWM 26.6 %
   10 limit 10.0 A by Profile
   10 -> Updated ChargingRateChanged
   10 pilot PWM 16.6 %
   10 limit 0.0 A by Profile
   10 -> Updated ChargingRateChanged
   10 pilot X1
   10 ChargingPausedEVSE { reason: NoEnergy }
   10 -> Updated ChargingStateChanged
   10 PrepareCharging
   10 limit 32.0 A by Outlet
   10 -> Updated ChargingRateChanged
   10 pilot PWM 53.3 %
   10 SessionResumed
   10 -> Updated ChargingStateChanged
"
    );
}

#[test]
fn defect_4_the_second_session_starts_from_defaults() {
    let small = ListedToken { id: "SMALL".into(), limit_a: Some(10), group: None };
    let mut bench = Bench::new(|config| config.authorization.tokens = vec![small]);
    bench.plug().badge("SMALL").pass(1);
    assert!(bench.log.contains("limit 10.0 A by Contract"));
    bench.car(PilotState::A).pass(1);
    bench.log.clear();
    bench.plug().badge("04A1").csms(accepted()).pass(1);
    assert!(bench.log.contains("limit 32.0 A by Outlet"), "{}", bench.log);
}

#[test]
fn defect_13_a_reservation_holds_expires_and_is_used_up() {
    let reserve = |now: Instant| Ask::Reserve {
        id: 5,
        token: token("04A1"),
        group: None,
        evse: Some(1),
        expires: now + Duration::from_secs(60),
    };
    let mut bench = Bench::new(|_| ());
    bench.ask(reserve(Instant::ZERO)).plug().badge("BEEF").badge("04A1").csms(accepted()).pass(1);
    assert!(bench.log.contains("the outlet is reserved for another driver"), "{}", bench.log);
    assert!(
        bench.log.contains("ReservationEnd { id: 5 }") && bench.log.contains("-> Started Authorized"),
        "{}",
        bench.log
    );
    let mut bench = Bench::new(|_| ());
    bench.ask(reserve(Instant::ZERO)).pass(61);
    assert_eq!(
        bench.log,
        "    0 ReservationStart { id: 5 }
    0 -> Reserve(Accepted)
    0 -> Reserved
   60 ReservationEnd { id: 5 }
   60 -> reservation Expired
   60 -> Available
"
    );
}

#[test]
fn refused_unknown_and_unanswered_tokens_start_nothing() {
    for outcome in [AuthorizationOutcome::Refused(AuthorizationStatus::Blocked), AuthorizationOutcome::NoAnswer] {
        let mut bench = Bench::new(|_| ());
        bench.plug().badge("04A1").csms(outcome).car(PilotState::C).pass(10);
        assert!(!bench.allowed && bench.log.contains("TokenRefused"), "{}", bench.log);
    }
    let mut bench = Bench::new(|_| ());
    bench.plug().badge("04A1").pass(31);
    assert!(bench.log.contains("the CSMS did not answer"), "{}", bench.log);
}

#[test]
fn availability_reset_and_unlock() {
    let mut bench = Bench::charging();
    bench.ask(Ask::ChangeAvailability { evse: None, operative: false }).ask(Ask::Unlock { evse: 1 });
    bench.ask(Ask::Reset { kind: ResetKind::OnIdle, evse: None });
    assert!(!bench.coordinator.take_reset());
    bench.car(PilotState::A).pass(1);
    assert!(bench.coordinator.take_reset() && !bench.coordinator.take_reset());
    for words in [
        "Availability(Scheduled)",
        "Unlock(OngoingAuthorizedTransaction)",
        "Reset(Scheduled)",
        "Disabled",
        "-> Unavailable",
    ] {
        assert!(bench.log.contains(words), "{words}: {}", bench.log);
    }
    bench.log.clear();
    bench.ask(Ask::Unlock { evse: 1 });
    assert_eq!(bench.log.trim(), "11 -> Unlock(Unlocked)");
}

#[test]
fn a_meter_that_is_lost_pauses_after_a_while_and_not_at_once() {
    let mut bench = Bench::charging();
    for _ in 0..9 {
        bench.now = bench.now + Duration::from_secs(1);
        bench.input(Input::Reading(Err("no answer".into())));
    }
    assert!(bench.allowed);
    bench.now = bench.now + Duration::from_secs(1);
    bench.input(Input::Reading(Err("no answer".into())));
    assert!(!bench.allowed && bench.log.contains("MeterLost"), "{}", bench.log);
}

#[test]
fn a_transaction_without_a_reading_reports_none_and_begins_with_the_first_that_comes() {
    let mut bench = Bench::free();
    bench.coordinator.outlet.reading = None;
    bench.plug();
    assert!(bench.log.contains("-> Started CablePluggedIn without a reading"), "{}", bench.log);
    bench.pass(1).car(PilotState::C).pass(2).car(PilotState::A).pass(1);
    let ended = "energy: MilliwattHours(6000)";
    assert!(bench.log.contains(ended) && !bench.log.contains("Ended EVCommunicationLost without"), "{}", bench.log);
}

#[test]
fn a_sleeping_car_gets_one_pulse() {
    let mut bench = Bench::free();
    bench.plug().pass(80);
    let pulses: Vec<&str> =
        bench.log.lines().filter(|line| line.contains("pilot") || line.contains("Paused")).map(str::trim).collect();
    assert_eq!(pulses, ["0 pilot PWM 53.3 %", "30 pilot F", "34 pilot PWM 53.3 %", "64 ChargingPausedEV"]);
}

#[test]
fn an_orphan_is_closed_as_a_power_loss() {
    let mut bench = Bench::new(|_| ());
    bench.input(Input::Csms(CsmsInput::Orphan { transaction: "T0".into() }));
    assert!(bench.log.contains("-> Ended AbnormalCondition PowerLoss"), "{}", bench.log);
}

fn any_input() -> impl Strategy<Value = u8> {
    0u8..24
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: no permission without a transaction or with a trouble, and no flood of wishes.
    #[test]
    fn permission_needs_a_transaction_and_no_trouble(steps in proptest::collection::vec(any_input(), 1..80)) {
        let mut bench = Bench::new(|config| config.authorization.offline_unknown = true);
        for step in steps {
            match step {
                0 => { bench.plug(); }
                1 => { bench.car(PilotState::C); }
                2 => { bench.car(PilotState::B); }
                3 => { bench.car(PilotState::A); }
                4 => { bench.car(PilotState::E); }
                5 => { bench.badge("04A1"); }
                6 => { bench.badge("BEEF"); }
                7 => { bench.csms(accepted()); }
                8 => { bench.csms(AuthorizationOutcome::Refused(AuthorizationStatus::Invalid)); }
                9 => { bench.fault(Fault::PilotShort); }
                10 => { bench.input(Input::Board(BoardInput::Event(Event::FaultCleared(Fault::PilotShort)))); }
                11 => { bench.input(Input::Board(BoardInput::Lost("gone".into()))); }
                12 => { bench.input(Input::Board(BoardInput::Started(hardware::BoardInfo { protocol: 1, firmware: String::new() }))); }
                13 => { bench.input(Input::Csms(CsmsInput::Offline)); }
                14 => { bench.input(Input::Csms(CsmsInput::Online)); }
                15 => { bench.input(Input::Stop); }
                16 => { bench.input(Input::Lock(Ok(LockPosition::Moving))); }
                17 => { bench.input(Input::Lock(Ok(LockPosition::Locked))); }
                18 => { bench.ask(Ask::RequestStart { token: token("R"), evse: None, remote_start_id: 1, group: None }); }
                19 => { bench.ask(Ask::ChangeAvailability { evse: None, operative: false }); }
                20 => { bench.ask(Ask::ChangeAvailability { evse: None, operative: true }); }
                21 => { bench.ask(Ask::Reset { kind: ResetKind::Immediate, evse: None }); }
                22 => { bench.input(Input::Limits { profile: Some(ChargingLimit { current: Some(Milliamps(0)), power: None, phases: Some(PhaseCount::One) }), site: None }); }
                _ => { bench.pass(7); }
            }
            let transaction = match &bench.coordinator.occupancy {
                Occupancy::Plugged(session) => session.transaction.is_some(),
                Occupancy::Free(_) | Occupancy::Leaving { .. } => false,
            };
            if bench.coordinator.told.allow == Some(true) {
                prop_assert!(transaction && bench.coordinator.outlet.troubles.is_empty(), "{}", bench.log);
            }
            // A deadline that has come must lead somewhere: one timeout later it lies ahead.
            if bench.coordinator.deadline().is_some_and(|at| at <= bench.now) {
                bench.input(Input::Timeout);
                let next = bench.coordinator.deadline();
                prop_assert!(next.is_none_or(|at| at > bench.now), "stuck at {next:?}: {}", bench.log);
            }
            prop_assert!(bench.outputs < 64, "{} wishes at once", bench.outputs);
        }
    }
}
