//! How long a raw frame takes there and back over a veth pair: both ends are the AF_PACKET backend, on one thread.
//!
//! Arguments: the two interfaces, which `ci/netns` makes. Fails when the 99th percentile is not below 200 microseconds.

use std::process::ExitCode;

use hardware::{LinkError, MacAddress, PlcLink};
use hil::Open;
use hil::plc::PacketLink;
use slac::Frame;
use slac::modem::QCA;
use tokio::time::Instant;

const ROUNDS: usize = 20_000;
/// Rounds that warm up and are not counted.
const WARM_UP: usize = 500;
const LIMIT_MICROS: f64 = 200.0;

fn main() -> ExitCode {
    // Cargo adds --bench.
    let mut names = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let (Some(one), Some(other)) = (names.next(), names.next()) else {
        eprintln!("expected the two ends of a veth pair; ci/netns makes one");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut micros = match runtime.block_on(measure(&one, &other)) {
        Ok(micros) => micros,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| micros[((micros.len() - 1) as f64 * share) as usize];
    let p99 = at(0.99);
    println!("{ROUNDS} rounds: p50 {:.1} us, p99 {p99:.1} us, max {:.1} us", at(0.5), at(1.0));
    if p99 < LIMIT_MICROS {
        ExitCode::SUCCESS
    } else {
        eprintln!("p99 is not below {LIMIT_MICROS} us");
        ExitCode::FAILURE
    }
}

async fn measure(one: &str, other: &str) -> Result<Vec<f64>, LinkError> {
    let (mut one, mut other) = (open(one).await?, open(other).await?);
    let there = frame(one.address().await?, other.address().await?);
    let back = frame(other.address().await?, one.address().await?);
    let mut micros = Vec::with_capacity(ROUNDS);
    for round in 0..WARM_UP + ROUNDS {
        let start = Instant::now();
        one.send(&there).await?;
        let heard = other.receive().await?;
        other.send(&back).await?;
        let answer = one.receive().await?;
        let took = start.elapsed();
        assert!(heard == there && answer == back, "another frame is on the link");
        if round >= WARM_UP {
            micros.push(took.as_secs_f64() * 1e6);
        }
    }
    Ok(micros)
}

async fn open(interface: &str) -> Result<PacketLink, LinkError> {
    PacketLink::open(&format!("packet:{interface}").parse()?).await
}

fn frame(source: MacAddress, destination: MacAddress) -> Vec<u8> {
    Frame::new(destination.into(), source.into(), QCA.link_status).encode()
}
