//! The real binary against models: it starts, it charges, and however it ends, the permission is withdrawn.

#![cfg(target_os = "linux")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::{Child, Command as Program, ExitStatus};
use std::sync::mpsc;

use common::Folder;
use common::models::{Board, LIMIT, Model, meter_behind};
use iec61851::{Command, Event, PilotSignal, PilotState};
use rustix::process::{Pid, Signal, kill_process};

/// A charger with its models, and a place where it reports as it would to systemd.
struct Bench {
    folder: Folder,
    board: Board,
    _meter: Model,
    manager: UnixDatagram,
}

/// The program; it is gone when the test is over.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Running {
    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, signal).expect("it runs");
    }

    /// How it ended.
    fn ends(mut self) -> ExitStatus {
        let (tell, told) = mpsc::channel();
        let mut child = std::mem::replace(&mut self.0, Program::new("/bin/true").spawn().expect("a program"));
        std::thread::spawn(move || drop(tell.send(child.wait())));
        told.recv_timeout(LIMIT).expect("it ends").expect("a status")
    }
}

impl Bench {
    fn new(test: &str) -> Self {
        let folder = Folder::new(test);
        let (board, meter) = (Board::behind(&folder.path("board")), meter_behind(&folder.path("meter")));
        folder.write("charger.toml", "[outlet]\nkind = \"tethered\"\n[authorization]\nmode = \"free\"\n");
        let at = |name: &str| folder.path(name).display().to_string();
        folder.write(
            "board.toml",
            &format!(
                "[devices]\npower_board = \"uart:{}?tethered\"\nmeter = \"modbus:{}?map=eastron-sdm72d-m-v2&unit=1\"\n",
                at("board"),
                at("meter")
            ),
        );
        let manager = UnixDatagram::bind(folder.path("notify")).expect("a socket");
        manager.set_read_timeout(Some(LIMIT)).expect("a socket");
        Self { folder, board, _meter: meter, manager }
    }

    fn start(&self, arguments: &[&str]) -> Running {
        let log = std::fs::File::create(self.folder.path("log")).expect("a file");
        let mut command = self.folder.chargerd(arguments);
        command.env("NOTIFY_SOCKET", self.folder.path("notify")).env("WATCHDOG_USEC", "1000000").stderr(log);
        Running(command.spawn().expect("it starts"))
    }

    /// Waits until the service manager is told a line that begins so.
    fn is_told(&self, expected: &str) -> String {
        let mut said = Vec::new();
        loop {
            let mut buffer = [0; 4096];
            let Ok(length) = self.manager.recv(&mut buffer) else {
                panic!("{expected} was not said, but {said:?}\n{}", self.folder.read("log"));
            };
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if let Some(line) = text.lines().find(|line| line.starts_with(expected)) {
                return line.into();
            }
            said.push(text);
        }
    }

    /// A car plugs in, and the charger permits it to charge.
    fn charges(&self) {
        self.board.says(Event::Pilot { state: PilotState::B, pwm: false });
        self.board.hears(Command::AllowPower(true));
    }
}

#[test]
fn it_reports_to_systemd_charges_and_withdraws_the_permission_when_it_is_told_to_end() {
    let bench = Bench::new("sigterm");
    let running = bench.start(&["--events", &bench.folder.path("events.ndjson").display().to_string()]);
    bench.is_told("READY=1");
    bench.board.says(Event::Pilot { state: PilotState::A, pwm: false });
    bench.is_told("WATCHDOG=1");
    bench.charges();
    running.signal(Signal::TERM);
    bench.board.hears(Command::AllowPower(false));
    bench.is_told("STOPPING=1");
    assert_eq!(running.ends().code(), Some(0));
    // The last words may still be on the line.
    bench.board.hears(Command::SetPilot(PilotSignal::X1));
    let commands = bench.board.heard();
    assert!(!commands.contains(&Command::AllowPower(true)), "{commands:?}");
    let events = events(&bench.folder.path("events.ndjson"));
    for kind in ["run/started", "board/started", "session/event", "run/ending", "run/ended"] {
        assert!(events.iter().any(|event| event == kind), "{kind}: {events:?}");
    }
    assert!(bench.folder.read("log").contains("isolation"), "{}", bench.folder.read("log"));
}

fn events(path: &Path) -> Vec<String> {
    let file = std::fs::File::open(path).expect("the event log");
    event_log::read(BufReader::new(file))
        .map(|event| event.map(|event| format!("{}/{}", event.source, event.kind)).expect("an event"))
        .collect()
}

#[test]
fn after_a_kill_the_verb_safe_state_withdraws_the_permission() {
    let bench = Bench::new("sigkill");
    let running = bench.start(&[]);
    bench.is_told("READY=1");
    bench.charges();
    running.signal(Signal::KILL);
    assert_eq!(running.ends().code(), None);
    assert!(!bench.board.heard().contains(&Command::AllowPower(false)), "it died without a word");
    let board = bench.folder.path("board.toml");
    let safe = Program::new(env!("CARGO_BIN_EXE_chargerd")).args(["safe-state", "--board"]).arg(board).output();
    let safe = safe.expect("it runs");
    assert_eq!(safe.status.code(), Some(0), "{}", String::from_utf8_lossy(&safe.stderr));
    bench.board.hears(Command::AllowPower(false));
    bench.board.hears(Command::SetPilot(PilotSignal::X1));
}

#[test]
fn a_rig_on_the_control_line_sees_events_is_answered_and_ends_the_charger() {
    let bench = Bench::new("control");
    let socket = bench.folder.path("control");
    let running = bench.start(&["--control", &socket.display().to_string()]);
    bench.is_told("READY=1");
    let mut rig = UnixStream::connect(&socket).expect("it is there");
    rig.set_read_timeout(Some(LIMIT)).expect("a socket");
    let mut lines = BufReader::new(rig.try_clone().expect("a socket")).lines().map(|line| line.expect("a line"));
    let mut reads = |expected: &str| lines.find(|line| line.starts_with(expected)).expect(expected);
    // It came late, and is told what was all the same.
    assert!(reads("e ").contains("\"seq\":0,"));
    rig.write_all(b"ping 7\nbench {\"switch_supply\":true}\nhello\nquit\n").expect("it reads");
    reads("pong 7");
    assert!(reads("error bench: ").contains("charger.toml does not allow it"));
    reads("error unknown command \"hello\"");
    reads("e {\"v\":1");
    bench.is_told("STOPPING=1");
    assert_eq!(running.ends().code(), Some(0));
}

#[test]
fn a_board_that_comes_later_is_started_when_it_comes() {
    let bench = Bench::new("later");
    let there = bench.folder.path("board");
    let away = bench.folder.path("away");
    std::fs::rename(&there, &away).expect("it was there");
    let running = bench.start(&[]);
    // The first attempt has failed: that is ready as well, and the status says how it is.
    assert!(bench.is_told("STATUS=").contains("board"));
    std::fs::rename(&away, &there).expect("it is plugged in");
    bench.is_told("STATUS=power board runs firmware test board");
    running.signal(Signal::INT);
    assert_eq!(running.ends().code(), Some(0));
}

#[test]
fn an_audit_refuses_nothing_and_says_so() {
    let bench = Bench::new("audit");
    let running = bench.start(&["--isolation", "audit", "--log-format", "json"]);
    bench.is_told("READY=1");
    running.signal(Signal::TERM);
    assert_eq!(running.ends().code(), Some(0));
    let log = bench.folder.read("log");
    let line = log.lines().find(|line| line.contains("\"isolation\"")).expect("it says what is in force");
    assert!(line.starts_with('{') && (line.contains("only logs") || line.contains("missing in this kernel")), "{line}");
}
