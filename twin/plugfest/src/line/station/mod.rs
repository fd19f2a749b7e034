//! `plugfest station`: a charging station alone, on a real interface.
//!
//! ```text
//!   interface ──▶ KernelV2gNetwork, PacketLink ──▶ hlc::Communication ──▶ PowerStage
//!       └───────▶ Ears: shown, judged, recorded
//! ```
//!
//! | file | what |
//! |---|---|
//! | `settings` | which station it is |
//! | `shell` | what joins communication, power stage, network and modem |
//! | `dialogue` | when a session begins and ends, and how |
//! | `power_stage` | in the place of coordinator, board and supply |
//! | `delays` | when a station answers that was measured |
//! | `hearing`, `said` | the ears at the line, or what is there without the right to have some |

mod delays;
mod dialogue;
mod hearing;
mod power_stage;
mod said;
mod settings;
mod shell;

use features::print;

use super::clock::Clock;
use super::listener::Listener;
use super::options::StationOptions;
use super::record::Record;
use super::runtime::{interrupts, runtime};
use crate::signals::INTERRUPTED;
use hearing::Hearing;
use settings::Settings;
use shell::{End, Shell};

/// Is a station; answers the exit code.
pub(crate) fn station(options: &StationOptions) -> i32 {
    match try_station(options) {
        Ok(code) => code,
        Err(why) => {
            print::complain(format_args!("{why}"));
            2
        }
    }
}

fn try_station(options: &StationOptions) -> Result<i32, String> {
    let settings = Settings::new(options)?;
    let mut interrupts = interrupts()?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let line = &options.line;
        let clock = Clock::start();
        let mut shell = Shell::open(&line.interface, !line.no_slac, &settings, clock).await?;
        let record = Record::begin(line.record.as_deref(), clock, "station", &settings.title)?;
        let judging = line.judging();
        let listener = Listener::new(judging, record.tape()?);
        let hearing = match Hearing::open(&line.interface, listener) {
            Ok(hearing) => hearing,
            Err(why) if record.is_kept() => return Err(format!("--record: {why}")),
            Err(why) => {
                print::complain(format_args!("nothing is judged, for nobody can listen to the line: {why}"));
                Hearing::without(Listener::new(None, None))
            }
        };
        print::line(format_args!("a station at {}: {}; it waits for a car", line.interface, settings.title));
        let end = shell.run(hearing, record.log(), options.sessions, judging.is_some(), &mut interrupts).await;
        let troubles = record.end(end.failed == 0);
        for trouble in &troubles {
            print::complain(format_args!("{trouble}"));
        }
        Ok(code(&end, options.sessions, !troubles.is_empty()))
    })
}

/// Without a number of sessions Ctrl-C is how it ends.
fn code(end: &End, sessions: Option<u64>, troubled: bool) -> i32 {
    print::line(format_args!(
        "{} sessions: {} ended well, {} did not",
        end.passed + end.failed,
        end.passed,
        end.failed
    ));
    if end.failed > 0 || troubled {
        1
    } else if sessions.is_some_and(|sessions| end.passed < sessions) {
        INTERRUPTED
    } else {
        0
    }
}
