//! How fast the charger's side withdraws power. `cargo bench -p hil --bench board [ROUNDS]`.
//!
//! A board tells of a fault; the host answers at once through the backend. Measured is the time from the board's write to
//! the moment it has read the word that withdraws power, over a socket pair that keeps packets apart as rpmsg does. The board
//! itself opens without being told: this is the second line. Fails when one round in a hundred takes a millisecond.

#![cfg(target_os = "linux")]

use std::io;
use std::os::fd::OwnedFd;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use board_link::LinkedBoard;
use hardware::{ErrorKind, LinkError, PowerBoard};
use hil::PacketFd;
use iec61851::{Event, Fault, Permission};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use wire::tux_evse::{BoardState, HighToLow, Info, LowToHigh};

/// The second line must not be slower.
const LIMIT: Duration = Duration::from_millis(1);

/// Rounds that do not count: caches, page faults, the scheduler's first look.
const WARM_UP: usize = 200;

fn main() -> ExitCode {
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    match measure(rounds) {
        Ok(mut times) if !times.is_empty() => {
            times.sort_unstable();
            let at = |permille: usize| times[(times.len() - 1) * permille / 1000];
            let p99 = at(990);
            let (p50, max) = (at(500).as_micros(), at(1000).as_micros());
            println!(
                "fault told to power withdrawn, {rounds} rounds: p50 {p50} us, p99 {} us, max {max} us",
                p99.as_micros()
            );
            if p99 < LIMIT { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(rounds: usize) -> Result<Vec<Duration>, Box<dyn std::error::Error>> {
    let (host, board) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::scope(|scope| {
        let board = scope.spawn(move || firmware(&board, rounds));
        let served = runtime.block_on(async {
            let mut host = LinkedBoard::new(PacketFd::new("board", host)?, false);
            host.start().await?;
            while let Some(event) = next(&mut host).await? {
                if matches!(event, Event::Fault(_)) {
                    host.allow_power(Permission::Withdrawn).await?;
                }
            }
            Ok::<_, LinkError>(())
        });
        let times = board.join().map_err(|_| "the board's thread ended")?;
        // A host that gave up ends the link, which the board would tell as its own trouble.
        served?;
        Ok(times?)
    })
}

/// What the board tells next; nothing when it has closed its end.
async fn next(host: &mut LinkedBoard<PacketFd>) -> Result<Option<Event>, LinkError> {
    match host.next_event().await {
        Err(error) if error.kind == ErrorKind::Disconnected => Ok(None),
        told => told.map(Some),
    }
}

/// The board's side, on a thread of its own: it blocks in the kernel, as a coprocessor would not be seen at all.
fn firmware(link: &OwnedFd, rounds: usize) -> io::Result<Vec<Duration>> {
    let mut state = BoardState::default();
    let mut times = Vec::with_capacity(rounds);
    while times.len() < rounds {
        match read(link)? {
            HighToLow::Hello => {
                let info = Info { protocol: hardware::PROTOCOL_VERSION, firmware: "bench".into(), start: 0 };
                rustix::io::write(link, &LowToHigh::Info(info).encode())?;
            }
            HighToLow::Host(says) => {
                state = BoardState { start: says.start, heard: says.number, ..state };
                say(link, &mut state)?;
                if says.number == 1 {
                    for round in 0..WARM_UP + rounds {
                        let took = withdrawal(link, &mut state)?;
                        if round >= WARM_UP {
                            times.push(took);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(times)
}

/// The board says what it knows.
fn say(link: &OwnedFd, state: &mut BoardState) -> io::Result<()> {
    state.number += 1;
    rustix::io::write(link, &LowToHigh::State(*state).encode())?;
    Ok(())
}

/// The board tells of a fault; answers how long it took until power was withdrawn.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures the wall")]
fn withdrawal(link: &OwnedFd, state: &mut BoardState) -> io::Result<Duration> {
    let begun = Instant::now();
    state.happens(Event::Fault(Fault::ResidualCurrent));
    say(link, state)?;
    loop {
        if let HighToLow::Host(says) = read(link)?
            && says.number != state.heard
            && says.permission.is_some_and(|wish| wish.number == says.number && !wish.what.permission.is_given())
        {
            let took = begun.elapsed();
            state.heard = says.number;
            state.happens(Event::FaultCleared(Fault::ResidualCurrent));
            say(link, state)?;
            return Ok(took);
        }
    }
}

fn read(link: &OwnedFd) -> io::Result<HighToLow> {
    let mut buffer = [0; 512];
    loop {
        match rustix::io::read(link, &mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => {
                if let Ok(Some(message)) = HighToLow::decode(&buffer[..length]) {
                    return Ok(message);
                }
            }
        }
    }
}
