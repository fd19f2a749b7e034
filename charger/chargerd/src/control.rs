//! The line to a test rig: what happens goes out, a few commands come in.
//!
//! ```text
//! charger                                   rig
//!   e {"v":2,"seq":0,...}  ------------->     each event of the log, from the oldest that is still in memory
//!   lost 12                ------------->     so many events did not fit: the rig does not read
//!                          <-------------     ping 7
//!   pong 7                 ------------->
//!                          <-------------     bench {"switch_supply":false}      at EVSE 1
//!                          <-------------     bench 2 {"switch_supply":false}    at EVSE 2
//!                          <-------------     quit
//!   error unknown command "q" ---------->     to anything else
//!   error 57 lines more ..   ----------->     more than ten a second were refused: so many were not looked at
//! ```
//!
//! Lines end with a line feed; a carriage return before it is passed over. A rig that sends rubbish, or reads nothing, disturbs
//! nobody but itself.

use std::cell::{OnceCell, RefCell};
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use event_log::Log;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use station::{BenchCommand, Port};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::UnixListener;
use tokio::net::unix::pipe;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;
use units::EvseId;

/// A line from a rig is not longer than this.
const LONGEST: usize = 64 << 10;

/// So many rigs are served at once.
const RIGS: usize = 4;

/// So many lines a second are refused one by one: each is a line of the log as well.
const REFUSED: u32 = 10;

/// So many events wait for one rig; what comes beyond is lost for it.
const WAITING: usize = 4096;

/// Where a rig speaks to the charger.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// Standard input and output.
    Stdio,
    /// A terminal that is there: a serial line, a pty.
    Terminal(PathBuf),
    /// A unix socket that is made.
    Socket(PathBuf),
}

impl Place {
    /// What the command line means: `stdio:`, a device node, or a socket to make.
    pub(crate) fn at(path: &Path) -> Self {
        if path == Path::new("stdio:") {
            Self::Stdio
        } else if path.metadata().is_ok_and(|meta| meta.file_type().is_char_device()) {
            Self::Terminal(path.into())
        } else {
            Self::Socket(path.into())
        }
    }
}

/// What a rig asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Command {
    /// To be answered with the same number.
    Ping(u64),
    /// To do something at the bench of an EVSE: `charger.toml` says whether it may.
    Bench(EvseId, BenchCommand),
    /// An orderly end.
    Quit,
}

impl FromStr for Command {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        if let Some(asked) = line.trim_ascii_start().strip_prefix("bench ") {
            return bench(asked.trim_ascii_start());
        }
        let mut words = line.split_ascii_whitespace();
        let name = words.next().ok_or("an empty line; expected a command")?;
        let command = match name {
            "ping" => {
                let number = words.next().and_then(|word| word.parse().ok());
                Self::Ping(number.ok_or("ping: expected one number of 64 bits")?)
            }
            "quit" => Self::Quit,
            _ => return Err(format!("unknown command {:?}; expected ping, bench or quit", shortened(name))),
        };
        match words.next() {
            None => Ok(command),
            Some(more) => Err(format!("{name}: nothing expected behind it, got {:?}", shortened(more))),
        }
    }
}

/// What is asked of the bench: `{"switch_supply":false}`, with the number of an EVSE in front of it where it is not the first.
fn bench(asked: &str) -> Result<Command, String> {
    let (evse, json) = match asked.split_once(' ') {
        Some((number, json)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            let evse = number.parse().ok().and_then(EvseId::new);
            (evse.ok_or_else(|| format!("bench: {:?} is no EVSE", shortened(number)))?, json)
        }
        _ => (EvseId::FIRST, asked),
    };
    let command = serde_json::from_str(json).map_err(|error| format!("bench: {error}"))?;
    Ok(Command::Bench(evse, command))
}

/// An answer repeats enough of what was sent to be recognised, and not 64 KiB of it.
fn shortened(word: &str) -> String {
    word.chars().take(40).collect()
}

/// The line to the rigs, opened while the rights to do so are there.
#[derive(Debug)]
pub(crate) enum Line {
    /// Standard input and output.
    Stdio,
    /// A terminal, both ways.
    Terminal(pipe::Receiver, pipe::Sender),
    /// A socket to accept from.
    Socket(UnixListener),
}

impl Line {
    /// Opens it. Needs the runtime.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(crate) fn open(place: &Place) -> io::Result<Self> {
        Ok(match place {
            Place::Stdio => Self::Stdio,
            Place::Terminal(path) => {
                let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
                let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)?;
                // No echo, no line editing: the lines are ours.
                let mut settings = tcgetattr(&file)?;
                settings.make_raw();
                tcsetattr(&file, OptionalActions::Now, &settings)?;
                let writer = file.try_clone()?;
                Self::Terminal(pipe::Receiver::from_file_unchecked(file)?, pipe::Sender::from_file_unchecked(writer)?)
            }
            Place::Socket(path) => {
                // A socket that an earlier run left behind is dead; anything else that lies there is none of our business.
                if path.symlink_metadata().is_ok_and(|meta| meta.file_type().is_socket()) {
                    std::fs::remove_file(path)?;
                }
                Self::Socket(UnixListener::bind(path)?)
            }
        })
    }
}

/// What one rig asked for in vain. A rig that goes on and on is passed over for the rest of the second, and told how often.
#[derive(Debug, Default)]
struct Refusals {
    /// When the second began, and how many were refused in it.
    second: Option<(Instant, u32)>,
    /// Not looked at since that was told.
    passed_over: u64,
    /// All that were not looked at.
    all: u64,
}

impl Refusals {
    /// Whether a line that may be refused is looked at.
    fn looks_at(&mut self, now: Instant) -> bool {
        if self.second.is_none_or(|(began, _)| now.duration_since(began) >= Duration::from_secs(1)) {
            self.second = Some((now, 0));
        }
        let looks = self.second.is_some_and(|(_, refused)| refused < REFUSED);
        if !looks {
            self.passed_over += 1;
            self.all += 1;
        }
        looks
    }

    /// One was refused.
    const fn refuse(&mut self) {
        if let Some((_, refused)) = &mut self.second {
            *refused += 1;
        }
    }

    /// What has to be told of those that were passed over, once.
    fn passed_over(&mut self) -> Option<String> {
        let number = std::mem::take(&mut self.passed_over);
        (number > 0).then(|| {
            format!("error {number} lines more were not looked at: more than {REFUSED} a second were refused\n")
        })
    }
}

/// What the rigs are told and what they ask for. Cloning gives another handle.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    fan: Rc<Fan>,
    /// The bench's place on the bus, and how many EVSEs are there, once the station has one.
    bench: Rc<OnceCell<(Port, u16)>>,
    quit: mpsc::Sender<()>,
}

/// Hands each event to every rig that is connected.
#[derive(Debug, Default)]
struct Fan {
    rigs: RefCell<Vec<Rig>>,
    closed: Notify,
}

/// The way to one rig.
#[derive(Debug)]
struct Rig {
    lines: mpsc::Sender<Rc<str>>,
    lost: u64,
}

impl Fan {
    fn tell(&self, event: &event_log::Event) {
        let mut rigs = self.rigs.borrow_mut();
        if rigs.is_empty() {
            return;
        }
        let line: Rc<str> = format!("e {}\n", event.line()).into();
        rigs.retain_mut(|rig| rig.tell(&line));
    }

    /// From now on nothing more is told: whoever has written what is waiting may end.
    fn close(&self) {
        self.rigs.borrow_mut().clear();
        self.closed.notify_one();
    }
}

impl Rig {
    /// Whether it is still there.
    fn tell(&mut self, line: &Rc<str>) -> bool {
        if self.lost > 0 {
            let gap: Rc<str> = format!("lost {}\n", self.lost).into();
            match self.lines.try_send(gap) {
                Ok(()) => self.lost = 0,
                Err(mpsc::error::TrySendError::Full(_)) => {
                    self.lost += 1;
                    return true;
                }
                Err(mpsc::error::TrySendError::Closed(_)) => return false,
            }
        }
        match self.lines.try_send(Rc::clone(line)) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.lost += 1;
                true
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}

impl Control {
    /// A control line that tells what is recorded in `log`; also how it tells that a rig wants the charger to end.
    pub(crate) fn new(log: &Log) -> (Self, mpsc::Receiver<()>) {
        let fan = Rc::new(Fan::default());
        let ears = Rc::clone(&fan);
        log.subscribe(move |event| ears.tell(event));
        let (quit, asked) = mpsc::channel(1);
        (Self { fan, bench: Rc::default(), quit }, asked)
    }

    /// From now on the bench has a place on the bus. What it may do there, the bus decides.
    pub(crate) fn let_in(&self, bench: Port, evses: u16) {
        // A second one would be the same place.
        let _ = self.bench.set((bench, evses));
    }

    /// Does what a rig asks for; the answer, if there is one.
    fn obey(&self, command: Command) -> Option<String> {
        match command {
            Command::Ping(number) => Some(format!("pong {number}\n")),
            Command::Bench(evse, command) => match self.bench.get() {
                Some((_, evses)) if evse.number() > *evses => {
                    Some(format!("error bench: this charger has no EVSE {evse}\n"))
                }
                Some((bench, _)) => command.send(&bench.at(evse)).err().map(|error| format!("error bench: {error}\n")),
                None => Some("error bench: the station does not run yet\n".into()),
            },
            Command::Quit => {
                // If one is under way already, that is enough.
                let _ = self.quit.try_send(());
                None
            }
        }
    }

    /// No event is told any more; connections end when they have told what they know.
    pub(crate) fn close(&self) {
        self.fan.close();
    }

    /// Serves the line until [`Control::close`], or for as long as there is a rig.
    pub(crate) async fn serve(&self, line: Line, log: &Log) {
        match line {
            // Whoever has given it no input may read its output all the same.
            Line::Stdio => self.converse(BufReader::new(tokio::io::stdin()), tokio::io::stdout(), log, true).await,
            Line::Terminal(reader, writer) => self.converse(BufReader::new(reader), writer, log, false).await,
            Line::Socket(listener) => self.accept(listener, log).await,
        }
    }

    async fn accept(&self, listener: UnixListener, log: &Log) {
        let mut rigs = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                Some(ended) = rigs.join_next() => {
                    if let Err(error) = ended {
                        tracing::warn!(%error, "control: a connection broke");
                    }
                }
                () = self.fan.closed.notified() => break,
                accepted = listener.accept() => match accepted {
                    Ok(_) if rigs.len() >= RIGS => tracing::warn!("control: no more than {RIGS} connections"),
                    Ok((stream, _)) => {
                        let (reader, writer) = stream.into_split();
                        let control = self.clone();
                        let log = log.clone();
                        rigs.spawn_local(async move { control.converse(BufReader::new(reader), writer, &log, false).await });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "control: no further connection");
                        break;
                    }
                },
            }
        }
        while rigs.join_next().await.is_some() {}
    }

    /// One rig, until it is gone or nothing is left to tell. Whether it may only listen: its input ends then, and it stays.
    async fn converse<R, W>(&self, reader: BufReader<R>, mut writer: W, log: &Log, may_only_listen: bool)
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let (lines, mut told) = mpsc::channel(WAITING);
        // What is in memory first, and everything from then on: nothing happens in between, this is one thread.
        for event in log.snapshot() {
            // There is room for all that memory keeps.
            let _ = lines.try_send(format!("e {}\n", event.line()).into());
        }
        let answers = lines.clone().downgrade();
        self.fan.rigs.borrow_mut().push(Rig { lines, lost: 0 });
        let mut refusals = Refusals::default();
        let listen = async {
            let mut lines = Lines::new(reader);
            while let Some(line) = lines.next().await? {
                let command = line.and_then(|line| line.parse());
                // The echo probe and the end are never refused.
                let may_be_refused = !matches!(command, Ok(Command::Ping(_) | Command::Quit));
                if may_be_refused && !refusals.looks_at(Instant::now()) {
                    continue;
                }
                let passed_over = if may_be_refused { refusals.passed_over() } else { None };
                let answer = match command {
                    Ok(command) => self.obey(command),
                    Err(why) => Some(format!("error {why}\n")),
                };
                if may_be_refused && answer.is_some() {
                    refusals.refuse();
                }
                for answer in [passed_over, answer].into_iter().flatten() {
                    let Some(answers) = answers.upgrade() else { return Ok(()) };
                    if answers.send(answer.into()).await.is_err() {
                        return Ok(());
                    }
                }
            }
            Ok::<(), io::Error>(())
        };
        let tell = async {
            while let Some(line) = told.recv().await {
                writer.write_all(line.as_bytes()).await?;
                writer.flush().await?;
            }
            Ok::<(), io::Error>(())
        };
        let ended = tokio::select! {
            biased;
            ended = tell => ended,
            ended = async {
                match listen.await {
                    Ok(()) if may_only_listen => std::future::pending().await,
                    ended => ended,
                }
            } => ended,
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "control: the rig is gone");
        }
        if refusals.all > 0 {
            tracing::warn!("control: a rig asked in vain so often that {} lines were not looked at", refusals.all);
        }
    }
}

/// Lines of bounded length out of a stream of bytes.
struct Lines<R> {
    reader: R,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    const fn new(reader: R) -> Self {
        Self { reader }
    }

    /// The next line, or why it is none; `None` at the end. A last line without its end counts as torn.
    async fn next(&mut self) -> io::Result<Option<Result<String, String>>> {
        let (mut line, mut over) = (Vec::new(), false);
        loop {
            let buffer = self.reader.fill_buf().await?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            if line.len() + part.len() > LONGEST {
                over = true;
                line.clear();
            }
            if !over {
                line.extend_from_slice(part);
            }
            let taken = end.map_or(buffer.len(), |end| end + 1);
            self.reader.consume(taken);
            if end.is_some() {
                break;
            }
        }
        if over {
            return Ok(Some(Err(format!("a line of more than {LONGEST} bytes"))));
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(String::from_utf8(line).map_err(|_| "a line that is not UTF-8".into())))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn commands_are_words_and_numbers() {
        assert_eq!("ping 7".parse(), Ok(Command::Ping(7)));
        assert_eq!("  quit ".parse(), Ok(Command::Quit));
        let refused = |line: &str| line.parse::<Command>().expect_err("refused");
        assert_eq!(refused(""), "an empty line; expected a command");
        assert_eq!(refused("ping"), "ping: expected one number of 64 bits");
        assert_eq!(refused("ping -1"), "ping: expected one number of 64 bits");
        assert_eq!(refused("quit now"), "quit: nothing expected behind it, got \"now\"");
        assert_eq!(refused("q"), "unknown command \"q\"; expected ping, bench or quit");
        assert!(refused(&"x".repeat(LONGEST)).len() < 100);
    }

    #[test]
    fn the_bench_is_that_of_an_evse() {
        let off = BenchCommand::SwitchSupply(false);
        let second = EvseId::new(2).expect("a number");
        assert_eq!("bench {\"switch_supply\":false}".parse(), Ok(Command::Bench(EvseId::FIRST, off)));
        assert_eq!("bench 2 {\"switch_supply\": false}".parse(), Ok(Command::Bench(second, off)));
        let refused = |line: &str| line.parse::<Command>().expect_err("refused");
        assert_eq!(refused("bench 0 {}"), "bench: \"0\" is no EVSE");
        assert_eq!(refused("bench 70000 {}"), "bench: \"70000\" is no EVSE");
        assert!(refused("bench 2").starts_with("bench: "), "{}", refused("bench 2"));
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_one_error_and_the_next_line_is_read() {
        let text = format!("{}\nping 1\r\n\u{0}\n", "x".repeat(LONGEST + 1));
        let mut lines = Lines::new(text.as_bytes());
        assert_eq!(lines.next().await.expect("memory"), Some(Err("a line of more than 65536 bytes".into())));
        assert_eq!(lines.next().await.expect("memory"), Some(Ok("ping 1".into())));
        assert_eq!(lines.next().await.expect("memory"), Some(Ok("\u{0}".into())));
        assert_eq!(lines.next().await.expect("memory"), None);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_a_command_or_one_short_line_of_error(line: String) {
            if let Err(why) = line.parse::<Command>() {
                prop_assert!(why.len() < 600 && !why.contains('\n'));
            }
        }
    }

    /// What a rig reads until the charger closes the line.
    async fn transcript(sent: &'static str, during: impl AsyncFnOnce(&Log, &Control)) -> String {
        let log = Log::memory();
        log.record("test", "before", 0);
        let (control, _asked) = Control::new(&log);
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (reader, writer) = tokio::io::split(ours);
        let (mut rig_reader, mut rig_writer) = tokio::io::split(theirs);
        rig_writer.write_all(sent.as_bytes()).await.expect("room");
        let mut read = String::new();
        let serve = async {
            control.converse(BufReader::new(reader), writer, &log, false).await;
        };
        let act = async {
            // The conversation has begun when the first line is there.
            let mut rig = BufReader::new(&mut rig_reader);
            rig.read_line(&mut read).await.expect("a line");
            during(&log, &control).await;
            control.close();
            tokio::io::AsyncReadExt::read_to_string(&mut rig, &mut read).await
        };
        let ((), _) = tokio::join!(serve, async {
            // The other half of the pipe ends with `serve`; reading stops at the last line then.
            drop(tokio::time::timeout(Duration::from_secs(1), act).await);
        });
        read
    }

    #[tokio::test(start_paused = true)]
    async fn a_rig_is_told_what_was_and_what_is_and_is_answered() {
        let read = transcript("ping 7\nhello\n", async |log, _| {
            tokio::task::yield_now().await;
            log.record("test", "after", json!({}));
        })
        .await;
        let lines: Vec<_> = read.lines().collect();
        assert!(lines[0].starts_with("e {\"v\":2,\"seq\":0,"), "{read}");
        assert!(lines.contains(&"pong 7"), "{read}");
        assert!(lines.contains(&"error unknown command \"hello\"; expected ping, bench or quit"), "{read}");
        assert!(lines.iter().any(|line| line.starts_with("e {\"v\":2,\"seq\":1,")), "{read}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_refused_lines_is_limited_and_counted_and_the_echo_probe_goes_on() {
        static FLOOD: LazyLock<String> =
            LazyLock::new(|| "bench {\"switch_supply\":true}\nhello\n".repeat(500) + "ping 7\n");
        let read = transcript(&FLOOD, async |_, _| tokio::task::yield_now().await).await;
        let errors = read.lines().filter(|line| line.starts_with("error ")).count();
        assert_eq!(errors, 10, "{read}");
        assert!(read.contains("pong 7\n"), "{read}");
    }

    #[test]
    fn what_was_passed_over_is_told_once_with_the_next_that_is_looked_at() {
        let (start, mut refusals) = (Instant::now(), Refusals::default());
        for n in 0..30 {
            assert_eq!(refusals.looks_at(start), n < 10, "{n}");
            if n < 10 {
                refusals.refuse();
            }
        }
        assert!(!refusals.looks_at(start + Duration::from_millis(999)));
        assert!(refusals.looks_at(start + Duration::from_secs(1)));
        let told = refusals.passed_over().expect("some were");
        assert!(told.starts_with("error 21 lines more were not looked at"), "{told}");
        assert_eq!((refusals.passed_over(), refusals.all), (None, 21));
        // What is not refused is not limited.
        assert!((0..1000).all(|_| refusals.looks_at(start + Duration::from_secs(1))));
    }

    #[test]
    fn a_rig_that_does_not_read_loses_events_and_is_told_how_many() {
        let (lines, mut told) = mpsc::channel(2);
        let mut rig = Rig { lines, lost: 0 };
        for n in 0..5 {
            assert!(rig.tell(&format!("e {n}\n").into()));
        }
        let mut heard = || told.try_recv().ok().map(|line| line.to_string());
        assert_eq!((heard(), heard(), heard()), (Some("e 0\n".into()), Some("e 1\n".into()), None));
        assert!(rig.tell(&"e 5\n".into()));
        assert_eq!(
            (told.try_recv().ok().as_deref(), told.try_recv().ok().as_deref()),
            (Some("lost 3\n"), Some("e 5\n"))
        );
        drop(told);
        assert!(!rig.tell(&"e 6\n".into()));
    }
}
