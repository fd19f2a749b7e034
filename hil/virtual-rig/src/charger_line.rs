//! The host's end of the charger's control line: its events come in and join the log of the world, commands go out, and an
//! echo probe tells whether the charger's computer stands still.
//!
//! ```text
//! rig                                   chargerd
//!   <------------------------------------ e {"v":2,"seq":0,...}
//!   ping 7 ------------------------------>
//!   <------------------------------------ pong 7
//!   bench {"set_supply":{...}} ---------->     at EVSE 1; bench 2 {...} at EVSE 2
//! ```

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use clock::Clock;
use event_log::Log;
use hardware::PROTOCOL_VERSION;
use serde_json::Value;
use station::BenchCommand;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::mpsc;
use units::{EvseId, Instant};

/// Between two echo probes.
const PROBE: Duration = Duration::from_millis(50);

/// A line from a charger is not longer than this.
const LONGEST: u64 = 1 << 20;

/// What is known of the charger at the other end of the line.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The EVSEs of which the charger knows its board: what is at the plug, or that it cannot be used.
    boards: RefCell<BTreeSet<EvseId>>,
    /// It has reached the CSMS.
    pub(crate) online: Cell<bool>,
    /// The EVSEs whose bolt has been read back.
    locks: RefCell<BTreeSet<EvseId>>,
    /// It has been started, and not been told to end: what still comes out of the line after that proves nothing.
    awake: Cell<bool>,
    /// It said something on this line.
    pub(crate) speaks: Cell<bool>,
    /// Unanswered since.
    waiting: Cell<Option<Instant>>,
    /// When the newest probe that is answered was sent: what the charger told before that is in the log.
    told_until: Cell<Option<Instant>>,
    /// The longest time that a probe took in this life of the charger.
    worst: Cell<Duration>,
    /// The number of the event that comes next in this life of the charger, once one has come.
    next_event: Cell<Option<u64>>,
    /// Why what is known of the charger is not all that there is to know.
    incomplete: RefCell<Option<String>>,
    /// Since when, and why, nothing comes out of the line any more.
    closed: RefCell<Option<(Instant, String)>>,
}

impl State {
    /// For how long the charger's computer has not answered, now or at its worst.
    pub(crate) fn stood(&self, now: Instant) -> Duration {
        let waiting = self.waiting.get().map_or(Duration::ZERO, |since| now - since);
        self.worst.get().max(waiting)
    }

    /// Why what is known of the charger is not all that there is to know, or was asked of it in vain: then nothing can be said of
    /// what it did not do.
    pub(crate) fn incomplete(&self) -> Option<String> {
        self.incomplete.borrow().clone()
    }

    /// An event of that number has come: are those before it there?
    fn count(&self, number: u64) {
        let expected = self.next_event.replace(Some(number.saturating_add(1)));
        // A smaller one is the beginning of another life.
        if let Some(missing) = expected.and_then(|expected| number.checked_sub(expected)).filter(|missing| *missing > 0)
        {
            self.lacks(format!(
                "{missing} events of the charger did not come over its control line, ahead of number {number}"
            ));
        }
    }

    /// Whether the charger knows the power board of that EVSE.
    pub(crate) fn knows_board(&self, evse: EvseId) -> bool {
        self.boards.borrow().contains(&evse)
    }

    /// Whether the bolt of that EVSE has been read back.
    pub(crate) fn knows_lock(&self, evse: EvseId) -> bool {
        self.locks.borrow().contains(&evse)
    }

    fn lacks(&self, why: String) {
        if self.awake.get() {
            self.incomplete.borrow_mut().get_or_insert(why);
        }
    }

    /// Why nothing is heard of a charger that should be heard, if that has been so for as long.
    pub(crate) fn silenced(&self, now: Instant, limit: Duration) -> Option<String> {
        let closed = self.closed.borrow();
        let (_, why) = closed.as_ref().filter(|(since, _)| self.awake.get() && now - *since > limit)?;
        Some(format!("the charger's control line ended, and the charger did not: {why}"))
    }

    /// Whether all that the charger told until then is in the log: nothing of it is on its way.
    pub(crate) fn has_told(&self, until: Instant) -> bool {
        let silent = !self.speaks.get() || self.closed.borrow().is_some();
        silent || self.told_until.get().is_some_and(|told| told >= until)
    }

    /// The charger is started: how its computer did in an earlier life of it is no matter of this one.
    pub(crate) fn wake(&self) {
        self.rest();
        self.worst.set(Duration::ZERO);
        self.awake.set(true);
    }

    /// The charger is told to end, or was killed: it need not answer any more.
    pub(crate) fn rest(&self) {
        self.awake.set(false);
        self.waiting.set(None);
        self.told_until.set(None);
        self.next_event.set(None);
        self.speaks.set(false);
        self.boards.take();
        self.online.set(false);
        self.locks.take();
    }
}

/// Serves one control line until it ends, and notes why.
pub(crate) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    commands: mpsc::UnboundedReceiver<(EvseId, BenchCommand)>,
    state: Rc<State>,
    log: Log,
    clock: Clock,
    wake: impl Fn(),
) {
    let ended = converse(stream, commands, &state, log, clock, &wake).await;
    let why = ended.map_or_else(|error| error.to_string(), |()| "it was closed".into());
    *state.closed.borrow_mut() = Some((clock.now(), why));
    // No echo is to be expected any more.
    state.waiting.set(None);
    wake();
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    mut commands: mpsc::UnboundedReceiver<(EvseId, BenchCommand)>,
    state: &State,
    log: Log,
    clock: Clock,
    wake: &impl Fn(),
) -> io::Result<()> {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    let mut number: u64 = 0;
    let mut probes = tokio::time::interval(PROBE);
    probes.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        // Reading goes on until the line ends, however much that is.
        let mut reader = (&mut reader).take(LONGEST + 1);
        tokio::select! {
            biased;
            read = reader.read_until(b'\n', &mut line) => {
                if read? == 0 {
                    return Ok(());
                }
                if line.last() == Some(&b'\n') {
                    hear(&line, number, state, &log, clock.now());
                    line.clear();
                    wake();
                } else if line.len() as u64 > LONGEST {
                    return Err(io::Error::other("a line from the charger does not end"));
                }
            }
            command = commands.recv() => match command {
                Some((evse, command)) => {
                    let text = serde_json::to_string(&command).map_err(io::Error::other)?;
                    let place = if evse == EvseId::FIRST { String::new() } else { format!("{evse} ") };
                    writer.write_all(format!("bench {place}{text}\n").as_bytes()).await?;
                }
                None => return Ok(()),
            },
            _ = probes.tick() => {
                // One probe is under way at a time, and only to a charger that has begun to speak.
                if state.speaks.get() && state.waiting.get().is_none() {
                    number += 1;
                    state.waiting.set(Some(clock.now()));
                    writer.write_all(format!("ping {number}\n").as_bytes()).await?;
                }
                wake();
            }
        }
    }
}

/// One line of the charger.
fn hear(line: &[u8], expected: u64, state: &State, log: &Log, now: Instant) {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    state.speaks.set(state.awake.get());
    if let Some(number) = text.strip_prefix("pong ") {
        if number.parse() == Ok(expected)
            && let Some(since) = state.waiting.take()
        {
            let took = now - since;
            state.worst.set(state.worst.get().max(took));
            state.told_until.set(Some(since));
        }
        return;
    }
    let Some(event) = text.strip_prefix("e ").and_then(|event| serde_json::from_str::<Value>(event).ok()) else {
        log.record("run", "control", serde_json::json!({ "line": text }));
        if let Some(why) = text.strip_prefix("error bench: ") {
            state.lacks(format!("the charger did not do what the bench asked for: {why}"));
        }
        return;
    };
    if let Some(number) = event.get("seq").and_then(Value::as_u64) {
        state.count(number);
    }
    let word = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
    let (source, kind, data) = (word("source"), word("kind"), event.get("data").cloned().unwrap_or_default());
    let evse = event.get("evse").and_then(|evse| serde_json::from_value::<EvseId>(evse.clone()).ok());
    let at = evse.unwrap_or(EvseId::FIRST);
    let is_awake = state.awake.get();
    match (source, kind) {
        // It knows its outlet as soon as the board has told what is at the plug, or why it cannot. A board that is refused
        // tells nothing.
        ("board", "event") if is_awake && ["Pilot", "Fault"].iter().any(|told| data.get(told).is_some()) => {
            state.boards.borrow_mut().insert(at);
        }
        ("board", "started") if is_awake && data.get("protocol") != Some(&PROTOCOL_VERSION.into()) => {
            state.boards.borrow_mut().insert(at);
        }
        ("ocpp", "link") => state.online.set(data.get("state").and_then(Value::as_str) == Some("online")),
        ("lock", "position") => drop(state.locks.borrow_mut().insert(at)),
        _ => {}
    }
    evse.map_or_else(|| log.clone(), |evse| log.at(evse)).record(source, kind, data);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lines: &[&str]) -> (Rc<State>, Vec<String>) {
        let state = Rc::new(State::default());
        state.wake();
        let log = Log::memory();
        for line in lines {
            hear(line.as_bytes(), 7, &state, &log, Instant::from_millis(900));
        }
        let events = log.with(0, |events| events.map(|event| format!("{}/{}", event.source, event.kind)).collect());
        (state, events)
    }

    #[test]
    fn events_of_the_charger_join_the_log_of_the_world() {
        let (state, events) = told(&[
            r#"e {"v":1,"seq":0,"t":5,"wall":5,"source":"board","kind":"started","data":{"protocol":1}}"#,
            r#"e {"v":1,"seq":1,"t":6,"wall":6,"source":"ocpp","kind":"link","data":{"state":"online"}}"#,
            "error unknown command",
        ]);
        assert_eq!(events, ["board/started", "ocpp/link", "run/control"]);
        let first = EvseId::FIRST;
        assert!(state.knows_board(first) && state.online.get() && !state.knows_lock(first));
    }

    #[test]
    fn a_board_that_runs_is_known_when_it_has_told_what_is_at_the_plug() {
        let started = format!(
            r#"e {{"v":1,"seq":0,"t":5,"wall":5,"source":"board","kind":"started","data":{{"protocol":{PROTOCOL_VERSION}}}}}"#
        );
        let event =
            |told| format!(r#"e {{"v":1,"seq":1,"t":6,"wall":6,"source":"board","kind":"event","data":{told}}}"#);
        for (word, known) in [
            (r#""ContactorOpened""#, false),
            (r#"{"Cable":"A32"}"#, false),
            (r#"{"Pilot":{"state":"A","pwm":false,"plug_in":null}}"#, true),
            (r#"{"Fault":"PilotLost"}"#, true),
        ] {
            assert!(!told(&[&started]).0.knows_board(EvseId::FIRST));
            assert_eq!(told(&[&started, &event(word)]).0.knows_board(EvseId::FIRST), known, "{word}");
        }
    }

    #[test]
    fn a_board_is_known_at_its_own_evse() {
        let lines = [
            r#"e {"seq":0,"evse":2,"source":"board","kind":"event","data":{"Fault":"PilotLost"}}"#,
            r#"e {"seq":1,"evse":2,"source":"lock","kind":"position","data":"Unlocked"}"#,
        ];
        let (state, _) = told(&lines);
        let second = EvseId::new(2).expect("a number");
        assert!(state.knows_board(second) && state.knows_lock(second));
        assert!(!state.knows_board(EvseId::FIRST) && !state.knows_lock(EvseId::FIRST));
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_that_does_not_end_ends_the_connection() {
        let (ours, mut charger) = tokio::io::duplex(64 * 1024);
        let (_commands, heard) = mpsc::unbounded_channel();
        let endless = async move {
            // It ends when nobody reads any more.
            while charger.write_all(&[b'x'; 32 * 1024]).await.is_ok() {}
        };
        let (state, clock) = (Rc::new(State::default()), Clock::starting_now());
        state.wake();
        let serving = serve(ours, heard, Rc::clone(&state), Log::memory(), clock, || {});
        tokio::join!(serving, endless);
        // Not at once: the program that ended it may be about to end.
        let limit = Duration::from_millis(400);
        assert_eq!(state.silenced(clock.now(), limit), None);
        tokio::time::sleep(limit * 2).await;
        let why = "the charger's control line ended, and the charger did not: a line from the charger does not end";
        assert_eq!([0, 1].map(|_| state.silenced(clock.now(), limit)), [Some(why.into()), Some(why.into())]);
        // Nobody expects a word of one that was told to end.
        state.rest();
        assert_eq!(state.silenced(clock.now(), limit), None);
    }

    #[test]
    fn how_the_computer_did_in_an_earlier_life_of_the_charger_is_no_matter_of_the_next() {
        let state = State::default();
        state.wake();
        state.waiting.set(Some(Instant::from_millis(100)));
        hear(b"pong 1\n", 1, &state, &Log::memory(), Instant::from_millis(900));
        assert_eq!(state.stood(Instant::from_millis(1_000)), Duration::from_millis(800));
        state.rest();
        assert_eq!(state.stood(Instant::from_millis(1_000)), Duration::from_millis(800), "it stays what it was");
        state.wake();
        assert_eq!(state.stood(Instant::from_millis(1_000)), Duration::ZERO);
    }

    #[test]
    fn what_was_told_before_a_probe_that_is_answered_is_in_the_log() {
        let (state, log) = (State::default(), Log::memory());
        let at = Instant::from_millis;
        assert!(state.has_told(at(500)), "one that does not speak has nothing on its way");
        state.wake();
        hear(b"e {\"source\":\"board\",\"kind\":\"started\"}\n", 6, &state, &log, at(500));
        assert!(!state.has_told(at(500)));
        state.waiting.set(Some(at(600)));
        hear(b"pong 6\n", 7, &state, &log, at(700));
        assert!(!state.has_told(at(500)), "an echo of another probe is none");
        hear(b"pong 7\n", 7, &state, &log, at(700));
        assert_eq!([500, 600, 601].map(|until| state.has_told(at(until))), [true, true, false]);
        // The next life of the charger begins again.
        state.rest();
        state.wake();
        hear(b"pong 8\n", 9, &state, &log, at(800));
        assert!(!state.has_told(at(500)));
    }

    #[test]
    fn an_event_that_is_missing_is_noticed_and_what_the_bench_asked_for_in_vain() {
        let incomplete = |lines: &[&str]| told(lines).0.incomplete();
        let event = |number: u64| format!(r#"e {{"seq":{number},"source":"ocpp","kind":"link"}}"#);
        let [zero, one, four] = [0, 1, 4].map(event);
        assert_eq!(incomplete(&[&zero, &one, "pong 7"]), None);
        // A rig that came late is told from the oldest on that is left; a charger that starts begins with the first.
        assert_eq!(incomplete(&[&four, &zero, &one]), None);
        let missing = "2 events of the charger did not come over its control line, ahead of number 4";
        assert_eq!(incomplete(&[&zero, &one, "lost 2", &four]).as_deref(), Some(missing));
        let asked = "the charger did not do what the bench asked for: the station does not run yet";
        assert_eq!(incomplete(&["error bench: the station does not run yet"]).as_deref(), Some(asked));
    }

    #[test]
    fn an_echo_that_is_late_is_remembered_and_one_that_is_missing_grows() {
        let state = State::default();
        state.waiting.set(Some(Instant::from_millis(600)));
        assert_eq!(state.stood(Instant::from_millis(700)), Duration::from_millis(100));
        hear(b"pong 6\n", 7, &state, &Log::memory(), Instant::from_millis(800));
        assert!(state.waiting.get().is_some(), "an echo of another probe is none");
        hear(b"pong 7\n", 7, &state, &Log::memory(), Instant::from_millis(900));
        assert_eq!(state.stood(Instant::from_millis(5_000)), Duration::from_millis(300));
    }
}
