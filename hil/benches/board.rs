//! How fast the charger's side withdraws power. `cargo bench -p hil --bench board [ROUNDS]`.
//!
//! A board tells of a fault; the host answers at once through the backend. Measured is the time from the board's write to
//! the moment it has read `allow_power_on false`, over a socket pair that keeps packets apart as rpmsg does. The board
//! itself opens without being told: this is the second line. Fails when one round in a hundred takes a millisecond.

#![cfg(target_os = "linux")]

use std::io;
use std::os::fd::OwnedFd;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use hardware::PowerBoard;
use hil::{PacketBoard, PacketFd};
use iec61851::{Event, Fault};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use wire::tux_evse::{HighToLow, Info, LowToHigh};

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
            let mut host = PacketBoard::new(PacketFd::new("board", host)?, false);
            host.start().await?;
            // Ends when the board closes its end.
            while let Ok(event) = host.next_event().await {
                if matches!(event, Event::Fault(_)) {
                    host.allow_power(false).await?;
                }
            }
            Ok::<_, hardware::LinkError>(())
        });
        let times = board.join().map_err(|_| "the board's thread ended")??;
        served?;
        Ok(times)
    })
}

/// The board's side, on a thread of its own: it blocks in the kernel, as a coprocessor would not be seen at all.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures the wall")]
fn firmware(link: &OwnedFd, rounds: usize) -> io::Result<Vec<Duration>> {
    wait_for(link, HighToLow::Enable)?;
    let info = Info { protocol: hardware::PROTOCOL_VERSION, firmware: "bench".into() };
    rustix::io::write(link, &LowToHigh::Info(info).encode())?;
    let fault = LowToHigh::Event(Event::Fault(Fault::ResidualCurrent)).encode();
    let mut times = Vec::with_capacity(rounds);
    for round in 0..WARM_UP + rounds {
        let begun = Instant::now();
        rustix::io::write(link, &fault)?;
        wait_for(link, HighToLow::AllowPowerOn(false))?;
        if round >= WARM_UP {
            times.push(begun.elapsed());
        }
    }
    Ok(times)
}

fn wait_for(link: &OwnedFd, message: HighToLow) -> io::Result<()> {
    let mut buffer = [0; 512];
    loop {
        match rustix::io::read(link, &mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length if HighToLow::decode(&buffer[..length]) == Ok(Some(message)) => return Ok(()),
            _ => {}
        }
    }
}
