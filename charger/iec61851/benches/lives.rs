//! A million random lives of the safety machine, watched by the oracle of the tests. Ends with 1 when a rule was broken.
//!
//! `cargo bench -p iec61851 --bench lives -- [LIVES] [FIRST SEED]`

#[path = "../tests/life/mod.rs"]
mod life;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<u64>().ok());
    let (lives, first) = (numbers.next().unwrap_or(1_000_000), numbers.next().unwrap_or(1));
    let mut inputs = 0;
    let mut broken = 0;
    for seed in first..first + lives {
        match life::live(seed) {
            Ok(had) => inputs += had,
            Err(rule) => {
                broken += 1;
                if broken <= 10 {
                    println!("{rule}");
                }
            }
        }
    }
    println!("{lives} lives from seed {first}, {inputs} inputs, {broken} broke a rule");
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
