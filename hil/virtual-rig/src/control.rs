//! The host's end of the charger's control line: its events come in and join the log of the world, commands go out, and an
//! echo probe tells whether the charger's computer stands still.
//!
//! ```text
//! rig                                   chargerd
//!   <------------------------------------ e {"v":1,"seq":0,...}
//!   ping 7 ------------------------------>
//!   <------------------------------------ pong 7
//!   bench {"set_supply":{...}} ---------->
//! ```

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::Duration;

use event_log::Log;
use serde_json::Value;
use station::{BenchCommand, Clock};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::mpsc;
use units::Instant;

/// Between two echo probes.
const PROBE: Duration = Duration::from_millis(50);

/// A line from a charger is not longer than this.
const LONGEST: u64 = 1 << 20;

/// What is known of the charger at the other end of the line.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The charger's board has been started.
    pub(crate) board: Cell<bool>,
    /// It has reached the CSMS.
    pub(crate) online: Cell<bool>,
    /// The bolt has been read back.
    pub(crate) lock: Cell<bool>,
    /// It said something on this line.
    pub(crate) speaks: Cell<bool>,
    /// Unanswered since.
    waiting: Cell<Option<Instant>>,
    /// The longest time that a probe took, since the line was made.
    pub(crate) worst: Cell<Duration>,
    /// All round trips, for whoever wants figures.
    pub(crate) echoes: RefCell<Vec<Duration>>,
}

impl State {
    /// For how long the charger's computer has not answered, now or at its worst.
    pub(crate) fn stood(&self, now: Instant) -> Duration {
        let waiting = self.waiting.get().map_or(Duration::ZERO, |since| now - since);
        self.worst.get().max(waiting)
    }

    /// The charger is told to end, or was killed: it need not answer any more.
    pub(crate) fn rest(&self) {
        self.waiting.set(None);
        self.speaks.set(false);
        self.board.set(false);
        self.online.set(false);
        self.lock.set(false);
    }
}

/// Serves one control line until it ends.
pub(crate) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    mut commands: mpsc::UnboundedReceiver<BenchCommand>,
    state: Rc<State>,
    log: Log,
    clock: Clock,
    wake: impl Fn(),
) -> io::Result<()> {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    let mut number: u64 = 0;
    let mut probes = tokio::time::interval(PROBE);
    probes.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            read = (&mut reader).read_until(b'\n', &mut line) => {
                if read? == 0 {
                    return Ok(());
                }
                if line.last() == Some(&b'\n') {
                    hear(&line, number, &state, &log, clock.now());
                    line.clear();
                    wake();
                } else if line.len() as u64 > LONGEST {
                    return Err(io::Error::other("a line from the charger does not end"));
                }
            }
            command = commands.recv() => match command {
                Some(command) => {
                    let text = serde_json::to_string(&command).map_err(io::Error::other)?;
                    writer.write_all(format!("bench {text}\n").as_bytes()).await?;
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
//! Orders to a guest's first process, over serial line 1: one line there, one line back (`hil/uml/init.sh` lists them).
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
/// The longest line that is read.
const LONGEST: usize = 4096;
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// An order was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The line is cut: the guest has ended.
    #[error("the guest is gone: {0}")]
    Gone(io::Error),
    /// The guest does not answer.
    #[error("no answer to `{0}` within {ANSWER:?}")]
    TimedOut(String),
    /// The guest refuses.
    #[error("`{order}`: {answer}")]
    Refused {
        /// What was ordered.
        order: String,
        /// What came back.
        answer: String,
    },
    /// Something else than lines of this protocol came.
    #[error("not an answer: {0:?}")]
    Garbled(String),
/// The line to the first process.
#[derive(Debug)]
pub struct Control {
    stream: UnixStream,
    received: Vec<u8>,
    /// How the program ended, not asked for yet.
    exited: Option<i32>,
impl Control {
    /// Takes the host's end of serial line 1. Must be called within a runtime.
    ///
    /// # Errors
    /// The runtime cannot watch it.
    pub fn new(line: OwnedFd) -> io::Result<Self> {
        let stream = StdStream::from(line);
        stream.set_nonblocking(true)?;
        Ok(Self { stream: UnixStream::from_std(stream)?, received: Vec::new(), exited: None })
    /// Waits until the guest takes orders. It says so once, so this comes first, and once.
    ///
    /// # Errors
    /// The guest ended, or took longer than the limit.
    pub async fn ready(&mut self, limit: Duration) -> Result<(), ControlError> {
        match tokio::time::timeout(limit, self.line()).await {
            Ok(Ok(line)) if line == "ready" => Ok(()),
            Ok(Ok(line)) => Err(ControlError::Garbled(line)),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(ControlError::TimedOut("boot".into())),
        }
    /// Gives an order, and returns what follows the `ok`. After an error that is no refusal the line is out of step.
    ///
    /// # Errors
    /// The guest refuses, does not answer, or is gone.
    pub async fn order(&mut self, order: &str) -> Result<String, ControlError> {
        let answer = self.ask(order).await?;
        match answer.strip_prefix("ok") {
            Some(rest) if rest.is_empty() || rest.starts_with(' ') => Ok(rest.trim_start().to_owned()),
            _ => Err(ControlError::Refused { order: order.to_owned(), answer }),
        }
    /// Starts a program, a command line for the guest's shell; `None` starts what `PF_RUN` of the environment says. Its output
    /// goes to `program.log` in the run's folder.
    ///
    /// # Errors
    /// One runs already, or as [`Self::order`].
    pub async fn start(&mut self, command: Option<&str>) -> Result<(), ControlError> {
        self.exited = None;
        let order = command.map_or("start".to_owned(), |command| format!("start {command}"));
        self.order(&order).await.map(drop)
    /// Waits for the end of the program, and returns its exit code, 128 + N for one ended by signal N. Cancel safe.
    ///
    /// # Errors
    /// The guest is gone.
    pub async fn exited(&mut self) -> Result<i32, ControlError> {
        loop {
            if let Some(code) = self.exited.take() {
                return Ok(code);
            let line = self.line().await?;
            match code(&line, "exited") {
                Some(code) => self.exited = Some(code),
                None => return Err(ControlError::Garbled(line)),
        }
    /// Switches the guest off with this verdict, by default the program's exit code, and returns it. The kernel's process then
    /// ends with it as its exit status.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub async fn power_off(&mut self, verdict: Option<i32>) -> Result<i32, ControlError> {
        let order = verdict.map_or("poweroff".to_owned(), |verdict| format!("poweroff {verdict}"));
        let answer = self.ask(&order).await?;
        code(&answer, "DONE").ok_or(ControlError::Refused { order, answer })
    async fn ask(&mut self, order: &str) -> Result<String, ControlError> {
        if order.contains('\n') || order.len() > LONGEST {
            return Err(ControlError::Refused { order: order.to_owned(), answer: "is more than a line".into() });
        }
        let answer = async {
            self.stream.write_all(format!("{order}\n").as_bytes()).await.map_err(ControlError::Gone)?;
            loop {
                let line = self.line().await?;
                match code(&line, "exited") {
                    Some(code) => self.exited = Some(code),
                    None => return Ok(line),
        };
        match tokio::time::timeout(ANSWER, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(ControlError::TimedOut(order.to_owned())),
        }
    /// The next line. Cancel safe: what has come stays.
    async fn line(&mut self) -> Result<String, ControlError> {
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            if self.received.len() > LONGEST {
                let start = String::from_utf8_lossy(&self.received[..80]).into_owned();
                self.received.clear();
                return Err(ControlError::Garbled(start));
            match self.stream.read_buf(&mut self.received).await {
                Ok(0) => return Err(ControlError::Gone(io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) => return Err(ControlError::Gone(error)),
            }
        }
    }
}

/// One line of the charger.
fn hear(line: &[u8], expected: u64, state: &State, log: &Log, now: Instant) {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    state.speaks.set(true);
    if let Some(number) = text.strip_prefix("pong ") {
        if number.parse() == Ok(expected)
            && let Some(since) = state.waiting.take()
        {
            let took = now - since;
            state.worst.set(state.worst.get().max(took));
            state.echoes.borrow_mut().push(took);
        }
        return;
    }
    let Some(event) = text.strip_prefix("e ").and_then(|event| serde_json::from_str::<Value>(event).ok()) else {
        log.record("run", "control", serde_json::json!({ "line": text }));
        return;
    };
    let word = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
    let (source, kind, data) = (word("source"), word("kind"), event.get("data").cloned().unwrap_or_default());
    match (source, kind) {
        ("board", "started") => state.board.set(true),
        ("ocpp", "link") => state.online.set(data.get("state").and_then(Value::as_str) == Some("online")),
        ("lock", "position") => state.lock.set(true),
        _ => {}
    }
    log.record(source, kind, data);
/// The number after a word, if it is that line.
fn code(line: &str, word: &str) -> Option<i32> {
    line.strip_prefix(word)?.strip_prefix(' ')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lines: &[&str]) -> (Rc<State>, Vec<String>) {
        let state = Rc::new(State::default());
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
        assert!(state.board.get() && state.online.get() && !state.lock.get());
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
    use std::io::{Read as _, Write as _};
    use std::thread;
    /// A guest that answers each order from a list, whatever it is.
    fn guest(greeting: &'static str, answers: &'static [&'static str]) -> (Control, thread::JoinHandle<Vec<u8>>) {
        let (ours, mut theirs) = StdStream::pair().expect("a pair");
        let thread = thread::spawn(move || {
            let mut orders = Vec::new();
            theirs.write_all(greeting.as_bytes()).expect("the greeting goes");
            for answer in answers {
                let mut byte = [0];
                while theirs.read(&mut byte).expect("an order") == 1 {
                    orders.push(byte[0]);
                    if byte == *b"\n" {
                        break;
                    }
                }
                theirs.write_all(answer.as_bytes()).expect("the answer goes");
            }
            orders
        });
        (Control::new(ours.into()).expect("a runtime"), thread)
    #[tokio::test]
    async fn a_program_is_run_to_its_end() {
        // The end of the program comes between an order and its answer.
        let (mut control, guest) =
            guest("ready\n", &["ok 36\n", "exited 7\nok exited 7\n", "error running already\n", "DONE 7\n"]);
        control.ready(ANSWER).await.expect("it boots");
        control.start(Some("sh -c 'exit 7'")).await.expect("it starts");
        assert_eq!(control.order("status").await.expect("a status"), "exited 7");
        assert_eq!(control.exited().await.expect("a code"), 7);
        let refused = control.order("start").await.map_err(|error| error.to_string());
        assert_eq!(refused, Err("`start`: error running already".into()));
        assert_eq!(control.power_off(None).await.expect("a verdict"), 7);
        let orders = guest.join().expect("the guest ends");
        assert_eq!(String::from_utf8_lossy(&orders), "start sh -c 'exit 7'\nstatus\nstart\npoweroff\n");
        assert!(matches!(control.exited().await, Err(ControlError::Gone(_))));
    #[tokio::test]
    async fn a_line_without_an_end_is_given_up() {
        static FLOOD: [u8; 9000] = [b'x'; 9000];
        let text = std::str::from_utf8(&FLOOD).expect("letters");
        let (mut control, guest) = guest(text, &[]);
        assert!(matches!(control.ready(ANSWER).await, Err(ControlError::Garbled(_))));
        guest.join().expect("the guest ends");
    #[tokio::test]
    async fn an_order_of_two_lines_is_refused() {
        let (mut control, guest) = guest("", &[]);
        assert!(matches!(control.order("a\nb").await, Err(ControlError::Refused { .. })));
        guest.join().expect("the guest ends");
    }
}
