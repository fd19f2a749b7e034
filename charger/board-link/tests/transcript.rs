//! What a host says, and when, told as transcripts: `>` to the board, `<` from it, `!` to the charger.

use std::fmt::Write as _;
use std::time::Duration;

use board_link::{HostLink, Input, Output, Patience};
use hardware::PROTOCOL_VERSION;
use iec61851::{Event, Permission, PilotSignal, PilotState, PlugIn};
use units::Instant;
use wire::tux_evse::{BoardState, HighToLow, Info, LowToHigh, PlainEvent};

/// A host, and what was written down.
struct Story {
    host: HostLink,
    now: Instant,
    text: String,
}

impl Story {
    fn new() -> Self {
        Self::on_link(false)
    }

    fn on_link(lossy: bool) -> Self {
        Self { host: HostLink::new(false, lossy, Patience::default()), now: Instant::ZERO, text: String::new() }
    }

    fn line(&mut self, what: &str) {
        writeln!(self.text, "{:>5} {what}", self.now.elapsed().as_millis()).expect("a text takes everything");
    }

    /// Feeds one input, and drains; answers when the host wants to be asked again.
    fn feed(&mut self, input: Input) -> Option<Instant> {
        self.host.handle_input(self.now, input);
        loop {
            match self.host.poll_output() {
                Output::Send(message) => self.line(&format!("> {}", words(&message))),
                Output::Started(info) => self.line(&format!("! started {} {}", info.firmware, info.protocol)),
                Output::Event(event) => self.line(&format!("! {event:?}")),
                Output::Lost(why) => self.line(&format!("! lost, {}: {why}", why.kind())),
                Output::Wait(due) => return due,
            }
        }
    }

    fn hears(&mut self, message: &LowToHigh) {
        match message {
            LowToHigh::Info(info) => self.line(&format!("< info {} start {}", info.protocol, info.start)),
            LowToHigh::State(state) => self.line(&format!("< state {} heard {}", state.number, state.heard)),
            LowToHigh::Plain(event) => self.line(&format!("< {event:?}")),
            LowToHigh::Heartbeat => self.line("< heartbeat"),
        }
        self.feed(Input::Message(message.clone()));
    }

    fn damaged(&mut self) {
        self.line("< (damaged)");
        self.feed(Input::Damaged);
    }

    /// Lets time go by; with `beats` the charger gives its sign of life at the end of each half second.
    fn pass(&mut self, time: Duration, beats: bool) {
        let end = self.now + time;
        let mut beat = self.now + Duration::from_millis(500);
        loop {
            let due = match self.host.poll_output() {
                Output::Wait(due) => due,
                other => panic!("{other:?} was left"),
            };
            let next = due.into_iter().chain(beats.then_some(beat)).min().filter(|at| *at <= end);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
            if beats && self.now >= beat {
                beat = self.now + Duration::from_millis(500);
                self.feed(Input::Heartbeat);
            }
            self.feed(Input::Timeout);
        }
        self.now = end;
    }

    /// A board of ours is started, and has a car.
    fn started() -> Self {
        let mut story = Self::new();
        story.feed(Input::Start);
        story.hears(&info(PROTOCOL_VERSION, 6));
        story.hears(&LowToHigh::State(state(1, 1)));
        story.text.clear();
        story
    }

    /// A plain firmware is started.
    fn plain() -> Self {
        let mut story = Self::new();
        story.feed(Input::Start);
        story.hears(&LowToHigh::Heartbeat);
        story.pass(Duration::from_millis(200), false);
        story.text.clear();
        story
    }
}

fn words(message: &HighToLow) -> String {
    match message {
        HighToLow::AllowPowerOn(allow) => format!("allow {allow}"),
        HighToLow::Host(says) => {
            let mut text = format!("host start {} word {}", says.start, says.number);
            if let Some(pilot) = says.pilot {
                write!(text, ", {} ({})", pilot.what, pilot.number).expect("a text takes everything");
            }
            if let Some(permission) = says.permission {
                let given = if permission.what.permission.is_given() { "offered" } else { "withdrawn" };
                write!(text, ", {given} ({})", permission.number).expect("a text takes everything");
            }
            text
        }
        HighToLow::SetPwm(signal) => format!("pilot {signal}"),
        HighToLow::Hello => "hello".into(),
        HighToLow::Enable => "enable".into(),
        HighToLow::Disable => "disable".into(),
        HighToLow::Heartbeat => "heartbeat".into(),
        HighToLow::SetSlac(slac) => format!("slac {slac:?}"),
    }
}

fn info(protocol: u16, start: u32) -> LowToHigh {
    LowToHigh::Info(Info { protocol, firmware: "m4".into(), start })
}

const CAR: Event = Event::Pilot { state: PilotState::C, pwm: true, plug_in: Some(PlugIn { boot: 9, number: 1 }) };

fn state(number: u32, heard: u32) -> BoardState {
    let mut state = BoardState { start: 7, number, heard, ..BoardState::default() };
    state.happens(CAR);
    state
}

fn is_told(story: &Story, expected: &str) {
    let expected: Vec<_> = expected.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
    let told: Vec<_> = story.text.lines().collect();
    assert_eq!(told, expected, "\n{}", story.text);
}

#[test]
fn a_start() {
    let mut story = Story::new();
    story.feed(Input::Start);
    // The first question is lost.
    story.pass(Duration::from_millis(200), false);
    story.hears(&info(PROTOCOL_VERSION, 6));
    story.hears(&LowToHigh::State(state(1, 1)));
    story.feed(Input::SetPilot(PilotSignal::X1));
    story.feed(Input::AllowPower(Permission::Offered));
    story.hears(&LowToHigh::State(state(2, 3)));
    story.pass(Duration::from_millis(510), true);
    is_told(
        &story,
        "
    0 > allow false
    0 > hello
  200 > allow false
  200 > hello
  200 < info 3 start 6
  200 > host start 7 word 1
  200 < state 1 heard 1
  200 ! started m4 3
  200 ! Pilot { state: C, pwm: true, plug_in: Some(PlugIn { boot: 9, number: 1 }) }
  200 > host start 7 word 2, X1 (2)
  200 > host start 7 word 3, X1 (2), offered (3)
  200 < state 2 heard 3
  700 > host start 7 word 4, X1 (2), offered (3)
",
    );
}

#[test]
fn a_damaged_message_is_asked_for_again_and_an_answer_that_is_late_too() {
    let mut story = Story::started();
    story.pass(Duration::from_millis(300), false);
    story.damaged();
    story.pass(Duration::from_millis(120), false);
    let mut later = state(2, 2);
    later.happens(Event::ContactorClosed);
    story.hears(&LowToHigh::State(later));
    story.pass(Duration::from_millis(200), false);
    is_told(
        &story,
        "
  300 < (damaged)
  300 > host start 7 word 2
  350 > host start 7 word 2
  400 > host start 7 word 2
  420 < state 2 heard 2
  420 ! ContactorClosed
",
    );
}

#[test]
fn a_board_that_falls_silent() {
    let mut story = Story::started();
    story.pass(Duration::from_millis(1_990), false);
    story.pass(Duration::from_millis(10), false);
    // What the charger does then: it withdraws, and is silent itself.
    story.feed(Input::AllowPower(Permission::Withdrawn));
    story.feed(Input::Heartbeat);
    story.feed(Input::AllowPower(Permission::Offered));
    story.pass(Duration::from_secs(60), false);
    // Nothing that is heard now counts: only a start brings the board back.
    story.hears(&LowToHigh::State(state(2, 1)));
    story.feed(Input::Start);
    is_told(
        &story,
        "
 2000 ! lost, timed out: nothing was heard of it for 2s
 2000 > allow false
62000 < state 2 heard 1
62000 > allow false
62000 > hello
",
    );
}

#[test]
fn a_line_with_too_much_noise() {
    let mut story = Story::started();
    for _ in 0..24 {
        story.feed(Input::Damaged);
    }
    story.text.clear();
    story.damaged();
    is_told(
        &story,
        "
    0 < (damaged)
    0 ! lost, garbled: 25 of the last 32 messages were damaged: look at the cable, its shield and its earth
",
    );
    assert_eq!(story.host.damaged(), 25);
}

#[test]
fn a_firmware_of_another_version_and_one_that_has_started_again() {
    let mut story = Story::new();
    story.feed(Input::Start);
    story.hears(&info(9, 4));
    is_told(
        &story,
        "
    0 > allow false
    0 > hello
    0 < info 9 start 4
    0 > disable
    0 ! started m4 9
",
    );
    let mut story = Story::started();
    story.hears(&LowToHigh::State(BoardState { start: 99, ..BoardState::default() }));
    is_told(
        &story,
        "
    0 < state 0 heard 0
    0 ! lost, disconnected: the firmware started anew
",
    );
}

#[test]
fn a_plain_firmware_is_given_up_after_seven_seconds() {
    let mut story = Story::new();
    story.feed(Input::Start);
    story.now = Instant::from_millis(2_900);
    story.hears(&LowToHigh::Heartbeat);
    story.pass(Duration::from_millis(200), false);
    story.hears(&LowToHigh::Plain(PlainEvent::CarPluggedIn));
    story.pass(Duration::from_millis(6_999), false);
    story.hears(&LowToHigh::Heartbeat);
    story.pass(Duration::from_millis(7_000), false);
    story.feed(Input::AllowPower(Permission::Withdrawn));
    is_told(
        &story,
        "
    0 > allow false
    0 > hello
 2900 < heartbeat
 2900 > disable
 2900 > pilot X1
 2900 > pilot X1
 2900 > enable
 3100 ! started tux-evse 3
 3100 ! Pilot { state: A, pwm: false, plug_in: None }
 3100 < CarPluggedIn
 3100 ! Pilot { state: B, pwm: false, plug_in: None }
10099 < heartbeat
17099 ! lost, timed out: nothing was heard of it for 7s
17099 > allow false
",
    );
}

#[test]
fn a_plain_firmware_says_nothing_twice() {
    let mut story = Story::plain();
    story.damaged();
    story.feed(Input::AllowPower(Permission::Withdrawn));
    is_told(
        &story,
        "
  200 < (damaged)
  200 ! lost, garbled: a message was damaged, and a plain Tux-EVSE firmware says nothing a second time
  200 > allow false
",
    );
}

#[test]
fn where_messages_may_be_lost_a_plain_firmware_is_enabled_until_it_shows_a_car() {
    let mut story = Story::on_link(true);
    story.feed(Input::Start);
    story.hears(&LowToHigh::Heartbeat);
    story.pass(Duration::from_millis(200), false);
    story.text.clear();
    story.feed(Input::Heartbeat);
    story.hears(&LowToHigh::Plain(PlainEvent::CarPluggedIn));
    story.feed(Input::Heartbeat);
    is_told(
        &story,
        "
  200 > heartbeat
  200 > enable
  200 > allow false
  200 < CarPluggedIn
  200 ! Pilot { state: B, pwm: false, plug_in: None }
  200 > heartbeat
  200 > allow false
",
    );
}
