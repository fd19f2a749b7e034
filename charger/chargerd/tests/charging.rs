//! The real binary against models: it starts, it charges, and however it ends, the permission is withdrawn.

#![cfg(target_os = "linux")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command as Program, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use common::Folder;
use common::models::{Board, LIMIT, Model, meter_behind};
use iec61851::{Command, Event, Permission, PilotSignal, PilotState};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

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
        // One that a shell has started is in a group with it.
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
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

    /// Started by a shell: `$0` is the program and `$@` what it is told.
    fn start_by(&self, script: &str, arguments: &[&str]) -> Running {
        let program = self.folder.chargerd(arguments);
        let mut shell = Program::new("sh");
        shell.args(["-c", script]).arg(program.get_program()).args(program.get_args());
        shell.env_remove("RUST_LOG").env("NOTIFY_SOCKET", self.folder.path("notify")).env("WATCHDOG_USEC", "1000000");
        shell.stdin(Stdio::null()).process_group(0);
        Running(shell.spawn().expect("it starts"))
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
        self.board.says(Event::Pilot { state: PilotState::B, pwm: false, plug_in: None });
        self.board.hears(Command::AllowPower(Permission::Offered));
    }
}

#[test]
fn it_reports_to_systemd_charges_and_withdraws_the_permission_when_it_is_told_to_end() {
    let bench = Bench::new("sigterm");
    let running = bench.start(&["--events", &bench.folder.path("events.ndjson").display().to_string()]);
    bench.is_told("READY=1");
    bench.board.says(Event::Pilot { state: PilotState::A, pwm: false, plug_in: None });
    bench.is_told("WATCHDOG=1");
    bench.charges();
    running.signal(Signal::TERM);
    bench.board.hears(Command::AllowPower(Permission::Withdrawn));
    bench.is_told("STOPPING=1");
    assert_eq!(running.ends().code(), Some(0));
    // The last words may still be on the line.
    bench.board.hears(Command::SetPilot(PilotSignal::X1));
    let commands = bench.board.heard();
    assert!(!commands.contains(&Command::AllowPower(Permission::Offered)), "{commands:?}");
    // Cards are in both.
    for file in ["events.ndjson", "state/station.sqlite"] {
        let mode = std::fs::metadata(bench.folder.path(file)).expect(file).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let events = events(&bench.folder.path("events.ndjson"));
    for kind in ["run/started", "board/started", "session/event", "run/ending", "run/ended"] {
        assert!(events.iter().any(|event| event == kind), "{kind}: {events:?}");
    }
    assert!(bench.folder.read("log").contains("isolation"), "{}", bench.folder.read("log"));
}

#[test]
fn a_terminal_that_is_closed_ends_it_as_orderly_unless_it_is_to_outlive_it() {
    let bench = Bench::new("sighup");
    let events = bench.folder.path("events.ndjson").display().to_string();
    // Whoever runs these tests may want them to outlive the terminal, and that would be inherited.
    let running = bench.start_by("exec env --default-signal=HUP \"$0\" \"$@\"", &["--events", &events]);
    bench.is_told("READY=1");
    bench.charges();
    running.signal(Signal::HUP);
    bench.board.hears(Command::AllowPower(Permission::Withdrawn));
    bench.is_told("STOPPING=1");
    assert_eq!(running.ends().code(), Some(0));
    assert!(bench.folder.read("events.ndjson").contains("\"why\":\"SIGHUP\""));
    let bench = Bench::new("nohup");
    let events = bench.folder.path("events.ndjson").display().to_string();
    let running = bench.start_by("trap '' HUP; exec \"$0\" \"$@\"", &["--events", &events]);
    bench.is_told("READY=1");
    bench.charges();
    running.signal(Signal::HUP);
    // It goes on.
    bench.board.says(Event::Pilot { state: PilotState::A, pwm: false, plug_in: None });
    bench.board.hears(Command::AllowPower(Permission::Withdrawn));
    bench.charges();
    running.signal(Signal::TERM);
    assert_eq!(running.ends().code(), Some(0));
    assert!(bench.folder.read("events.ndjson").contains("\"why\":\"SIGTERM\""));
}

#[test]
fn readers_that_go_away_do_not_stop_it() {
    let bench = Bench::new("readers");
    let running = bench.start_by("exec \"$0\" \"$@\" 2>&1 | true", &["--events", "-"]);
    bench.is_told("READY=1");
    bench.charges();
    // Each event and each line of the log since then had no reader.
    bench.board.says(Event::Pilot { state: PilotState::A, pwm: false, plug_in: None });
    bench.board.hears(Command::AllowPower(Permission::Withdrawn));
    bench.board.says(Event::Pilot { state: PilotState::B, pwm: false, plug_in: None });
    bench.board.hears(Command::AllowPower(Permission::Offered));
    drop(running);
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
    assert!(!bench.board.heard().contains(&Command::AllowPower(Permission::Withdrawn)), "it died without a word");
    let board = bench.folder.path("board.toml");
    let safe = Program::new(env!("CARGO_BIN_EXE_chargerd")).args(["safe-state", "--board"]).arg(board).output();
    let safe = safe.expect("it runs");
    assert_eq!(safe.status.code(), Some(0), "{}", String::from_utf8_lossy(&safe.stderr));
    bench.board.hears(Command::AllowPower(Permission::Withdrawn));
    bench.board.hears(Command::SetPilot(PilotSignal::X1));
}

/// A bench whose charger has two EVSEs, and what is at the second one.
fn bench_of_two(test: &str) -> (Bench, Board, Model) {
    let bench = Bench::new(test);
    let at = |name: &str| bench.folder.path(name);
    let (board, meter) = (Board::behind(&at("board-2")), meter_behind(&at("meter-2")));
    // Neither waits for a share of what the other has.
    let charger = "[outlet]\nkind = \"tethered\"\n[authorization]\nmode = \"free\"\n[site]\nmain_fuse_a = 0\n[[evse]]\n[[evse]]\n";
    bench.folder.write("charger.toml", charger);
    let evse = |board: &str, meter: &str| {
        format!(
            "[[evse]]\npower_board = \"uart:{}?tethered\"\nmeter = \"modbus:{}?map=eastron-sdm72d-m-v2&unit=1\"\n",
            at(board).display(),
            at(meter).display()
        )
    };
    bench.folder.write("board.toml", &(evse("board", "meter") + &evse("board-2", "meter-2")));
    (bench, board, meter)
}

#[test]
fn both_outlets_of_a_charger_with_two_evses_are_left_safe_however_it_ends() {
    let car = Event::Pilot { state: PilotState::B, pwm: false, plug_in: None };
    let (bench, second, _meter) = bench_of_two("two-sigterm");
    let running = bench.start(&[]);
    let status = bench.is_told("STATUS=");
    assert!(status.contains("EVSE 1: power board") && status.contains("EVSE 2: power board"), "{status}");
    bench.charges();
    second.says(car);
    second.hears(Command::AllowPower(Permission::Offered));
    running.signal(Signal::TERM);
    for board in [&bench.board, &second] {
        board.hears(Command::AllowPower(Permission::Withdrawn));
        board.hears(Command::SetPilot(PilotSignal::X1));
    }
    assert_eq!(running.ends().code(), Some(0));
    let (bench, second, _meter) = bench_of_two("two-sigkill");
    let running = bench.start(&[]);
    bench.is_told("READY=1");
    bench.charges();
    second.says(car);
    second.hears(Command::AllowPower(Permission::Offered));
    running.signal(Signal::KILL);
    assert_eq!(running.ends().code(), None);
    let board = bench.folder.path("board.toml");
    let safe = Program::new(env!("CARGO_BIN_EXE_chargerd")).args(["safe-state", "--board"]).arg(board).output();
    let safe = safe.expect("it runs");
    assert_eq!(safe.status.code(), Some(0), "{}", String::from_utf8_lossy(&safe.stderr));
    for board in [&bench.board, &second] {
        board.hears(Command::AllowPower(Permission::Withdrawn));
        board.hears(Command::SetPilot(PilotSignal::X1));
    }
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
    reads("e {\"v\":2");
    bench.is_told("STOPPING=1");
    assert_eq!(running.ends().code(), Some(0));
}

#[test]
fn the_end_of_the_process_that_opens_devices_is_told() {
    let bench = Bench::new("opener");
    let socket = bench.folder.path("control");
    let running = bench.start(&["--control", &socket.display().to_string()]);
    bench.is_told("READY=1");
    let rig = UnixStream::connect(&socket).expect("it is there");
    rig.set_read_timeout(Some(LIMIT)).expect("a socket");
    let pid = running.0.id();
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).expect("a process");
    let opener = children.trim().parse().ok().and_then(Pid::from_raw).expect("one process: the opener");
    kill_process(opener, Signal::KILL).expect("it runs");
    let mut lines = BufReader::new(rig).lines().map(|line| line.expect("a line"));
    assert!(lines.any(|line| line.contains("\"kind\":\"opener_ended\"")), "the rig is told");
    let said = bench.folder.read("log");
    assert!(said.contains("the process that opens devices has ended"), "{said}");
    // What is open stays open.
    bench.charges();
    running.signal(Signal::TERM);
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

/// Another program that writes the charger's store: a backup, somebody with `sqlite3`.
struct Writer(rusqlite::Connection);

impl Writer {
    fn of(store: &Path) -> Self {
        let connection = rusqlite::Connection::open(store).expect("the store is there");
        connection.busy_timeout(LIMIT).expect("a store");
        connection.execute_batch("BEGIN IMMEDIATE").expect("it may write");
        Self(connection)
    }

    fn lets_go(&self) {
        self.0.execute_batch("COMMIT").expect("it held the store");
    }

    /// The events in the queue.
    fn events(&self) -> Vec<String> {
        let mut rows = self.0.prepare("SELECT stage FROM queue ORDER BY key").expect("a store");
        rows.query_map([], |row| row.get(0)).and_then(Iterator::collect).expect("readable")
    }
}

#[test]
fn a_program_that_holds_the_store_for_10_s_keeps_no_sign_of_life_from_the_board_and_no_car_from_ending() {
    let bench = Bench::new("held");
    // Nobody listens there: what happens is kept in the store.
    let running = bench.start(&["--csms", "ws://127.0.0.1:9/ocpp"]);
    bench.is_told("READY=1");
    let writer = Writer::of(&bench.folder.path("state/station.sqlite"));
    bench.board.says(Event::Pilot { state: PilotState::A, pwm: false, plug_in: None });
    bench.charges();
    bench.board.says(Event::Pilot { state: PilotState::C, pwm: true, plug_in: None });
    bench.board.says(Event::ContactorClosed);
    let silence = bench.board.longest_silence(Duration::from_secs(10));
    assert!(silence < Duration::from_secs(2), "{silence:?}\n{}", bench.folder.read("log"));
    // The store is still held, and the driver ends all the same.
    bench.board.says(Event::ContactorOpened);
    bench.board.says(Event::Pilot { state: PilotState::A, pwm: false, plug_in: None });
    bench.board.hears(Command::AllowPower(Permission::Withdrawn));
    assert_eq!(writer.events(), [""; 0]);
    writer.lets_go();
    while writer.events().last().map(String::as_str) != Some("Ended") {
        bench.board.beats();
    }
    assert_eq!(writer.events().first().map(String::as_str), Some("Started"));
    let log = bench.folder.read("log");
    assert!(log.contains("another program holds it") && !log.contains("misbehaves"), "{log}");
    running.signal(Signal::TERM);
    assert_eq!(running.ends().code(), Some(0));
}

#[test]
fn a_service_manager_that_does_not_read_keeps_no_sign_of_life_from_the_board() {
    let bench = Bench::new("unread");
    // Its socket is full after 10 messages: 5 s of the watchdog's.
    let running = bench.start(&[]);
    bench.is_told("READY=1");
    let silence = bench.board.longest_silence(Duration::from_secs(8));
    assert!(silence < Duration::from_secs(2), "{silence:?}\n{}", bench.folder.read("log"));
    assert!(bench.folder.read("log").contains("the service manager cannot be told"));
    // It reads again.
    bench.is_told("WATCHDOG=1");
    running.signal(Signal::TERM);
    bench.board.hears(Command::AllowPower(Permission::Withdrawn));
    assert_eq!(running.ends().code(), Some(0));
}

#[test]
fn a_second_charger_is_refused_its_devices_names_the_first_and_disturbs_nobody() {
    let bench = Bench::new("second");
    let first = bench.start(&[]);
    bench.is_told("READY=1");
    bench.charges();
    // The same devices, another state folder.
    let other = Folder::new("second-too");
    for file in ["charger.toml", "board.toml"] {
        other.write(file, &bench.folder.read(file));
    }
    let mut second = Running(other.chargerd(&[]).stderr(Stdio::piped()).spawn().expect("it starts"));
    let mut lines = BufReader::new(second.0.stderr.take().expect("a pipe")).lines().map(|line| line.expect("a line"));
    let mut said = String::new();
    for line in lines.by_ref() {
        said += &format!("{line}\n");
        if said.matches("device refused").count() == 2 {
            break;
        }
    }
    let named = format!("in use by pid {} (chargerd)", first.0.id());
    assert_eq!(said.matches(&named).count(), 2, "the board and the meter: {named}\n{said}");
    assert_eq!(said.matches("refused: it is in use by").count(), 2, "{said}");
    assert!(!said.contains("disconnected"), "{said}");
    // Long enough for both to lose their devices, if they could.
    (0..5).for_each(|_| drop(bench.is_told("WATCHDOG=1")));
    second.signal(Signal::TERM);
    assert_eq!(second.ends().code(), Some(0));
    let heard = bench.board.heard();
    let disturbed = |command: &Command| matches!(command, Command::AllowPower(_) | Command::SetPilot(PilotSignal::X1));
    assert!(!heard.iter().any(disturbed), "{heard:?}\n{}", bench.folder.read("log"));
    first.signal(Signal::TERM);
    assert_eq!(first.ends().code(), Some(0));
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
