//! `plugfest vehicle`: a virtual car alone, on a real interface.
//!
//! ```text
//!   interface ──▶ EthernetPort ──▶ Car: matching, its own IPv6, SDP, session
//!                     └──────────▶ Listener: shown, judged, recorded; and what the station says of its power
//! ```
//!
//! | file | what |
//! |---|---|
//! | `settings` | which car it is, and what it speaks |
//! | `shell` | what joins car, interface and listener |
//! | `course` | how far the session is, as messages and notes tell |
//! | `imagined` | what the station would put on the cable: there is no cable |

mod course;
mod imagined;
mod settings;
mod shell;

use features::print;
use hil::plc::EthernetPort;

use super::clock::Clock;
use super::listener::Listener;
use super::options::VehicleOptions;
use super::record::Record;
use super::runtime::{endpoint, interrupts, runtime};
use super::verdict;
use crate::signals::INTERRUPTED;
use course::Outcome;
use settings::Settings;
use shell::Shell;

/// Is a car; answers the exit code.
pub(crate) fn vehicle(options: &VehicleOptions) -> i32 {
    match try_vehicle(options) {
        Ok(code) => code,
        Err(why) => {
            print::complain(format_args!("{why}"));
            2
        }
    }
}

fn try_vehicle(options: &VehicleOptions) -> Result<i32, String> {
    let settings = Settings::new(options)?;
    let mut interrupts = interrupts()?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let line = &options.line;
        let clock = Clock::start();
        let port = EthernetPort::open(&endpoint("packet", &line.interface)?).map_err(|error| error.to_string())?;
        let record = Record::begin(line.record.as_deref(), clock, "vehicle", &settings.title)?;
        let judging = line.judging();
        let listener = Listener::new(judging, record.tape()?);
        print::line(format_args!("a car at {}: {}", line.interface, settings.title));
        let mut shell = Shell::new(port, listener, settings, clock);
        let outcome = shell.run(record.log(), &mut interrupts).await;
        let conclusion = shell.conclude();
        print::line(format_args!("{outcome}"));
        let verdict = serde_json::json!({ "held": conclusion.held, "broken": conclusion.failed });
        record.log().record_value("judge", "verdict", verdict);
        let rules_hold = verdict::tell(&conclusion, judging.is_some());
        let is_well = rules_hold && outcome == Outcome::Ended;
        let troubles = record.end(is_well);
        for trouble in &troubles {
            print::complain(format_args!("{trouble}"));
        }
        Ok(match outcome {
            Outcome::Interrupted => INTERRUPTED,
            Outcome::Ended | Outcome::Failed(_) => i32::from(!is_well || !troubles.is_empty()),
        })
    })
}
