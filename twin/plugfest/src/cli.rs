//! What can be said on the command line.

mod exi;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use features::{Options, Shard, Stories, TimeLimits};

pub(crate) use exi::{Decode, Encode, ExiVerb, Facets as ExiFacets};

/// A virtual car meets a production charger.
#[derive(Debug, Parser)]
#[command(name = "plugfest", version, about, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
    #[command(flatten)]
    pub(crate) charge: Charge,
}

/// What to do; without one a virtual car is charged.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Charges a virtual car from plug-in to unplug (the default)
    Charge(Charge),
    /// Shows what a capture of a charging session says: matching, discovery, and each message of DIN 70121, ISO 15118-2 and -20
    #[command(after_help = crate::wire::DECODE_CODES)]
    Decode(crate::wire::Decode),
    /// Derives a car or a station from captures of charging sessions: protocols, times, limits, what is odd
    #[command(after_help = crate::wire::PROFILE_CODES)]
    Profile(crate::wire::Profile),
    /// Judges captures of charging sessions: each rule holds, does not, or does not apply
    #[command(after_help = crate::wire::JUDGE_CODES)]
    Judge(crate::wire::JudgeOptions),
    /// Is a charging station on a real network interface, in real time, for whatever car comes (Linux)
    #[command(after_help = crate::line::STATION_CODES)]
    Station(Box<crate::line::StationOptions>),
    /// Is a virtual car on a real network interface, in real time, at whatever station is there (Linux)
    #[command(after_help = crate::line::VEHICLE_CODES)]
    Vehicle(Box<crate::line::VehicleOptions>),
    /// Says which PLC modem is at a network interface, and whether another one is in its network (Linux)
    #[command(after_help = crate::line::MODEM_CODES)]
    Modem(crate::line::ModemOptions),
    /// Is two PLC modems and the power line between them, at two network interfaces, for programs that match (Linux)
    #[command(after_help = crate::line::CABLE_CODES)]
    Cable(crate::line::CableOptions),
    /// Reads, writes and checks EXI, the octets of messages between car and charger
    #[command(subcommand)]
    Exi(ExiVerb),
    /// Writes the reports of a run once more, of a killed one too; ends with the exit code of the run
    Report {
        /// The folder that `plugfest test --report` or `plugfest charge --record` filled
        folder: PathBuf,
    },
    /// Lists rigs, or looks whether one is as its file says
    #[command(subcommand)]
    Rig(RigVerb),
    /// Makes a rig safe when the program that uses it dies; started by it, never by hand
    #[command(hide = true)]
    RigWatchdog(RigWatchdog),
    /// Lists the sentences that a feature can use
    Steps,
    /// Runs Gherkin features
    Test(Test),
}

/// What can be asked of rigs.
#[derive(Debug, Subcommand)]
pub(crate) enum RigVerb {
    /// Runs the checks of a new board on a rig and writes a report, signed if a key is given
    BringUp(Box<BringUp>),
    /// Opens each device of a rig and says what is there; exit code 3 when the rig is not ready
    Check {
        /// A rig file, or the name of one
        #[arg(value_name = "RIG")]
        rig: String,
        #[command(flatten)]
        folders: Folders,
    },
    /// Lists the rigs, and who has them
    List(Folders),
    /// Puts the models of a rig on their wires for a charger of your own, prints its board.toml, and waits for Ctrl-C
    Serve(Serve),
    /// Checks a signed bring-up: signature, and every file of its run; exit code 1 when one was changed, taken away or added
    Verify {
        /// The folder of the run (`--report`), or the folder bring-up in it
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// The public key of who should have signed; without it the one beside the report tells only that nothing was damaged
        #[arg(long, value_name = "FILE")]
        trusted: Option<PathBuf>,
    },
}

/// Where rig files are looked for.
#[derive(Args, Clone, Debug)]
pub(crate) struct Folders {
    /// Another folder with rig files, beside hil/rigs
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Vec<PathBuf>,
}

/// Which models are put on wires.
#[derive(Args, Clone, Debug)]
pub(crate) struct Serve {
    /// A rig file, or the name of one: its world is a twin, its host this machine
    #[arg(value_name = "RIG")]
    pub(crate) rig: String,
    /// The car at the outlet: the name of a built-in one, or a TOML file
    #[arg(long, default_value = "renault-zoe", value_name = "CAR")]
    pub(crate) car: String,
    /// Everything that is random follows from it
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) folders: Folders,
}

/// What a watchdog is told.
#[derive(Args, Clone, Debug)]
pub(crate) struct RigWatchdog {
    /// The charger's program
    #[arg(long, value_name = "FILE")]
    pub(crate) chargerd: PathBuf,
    /// The folder with the charger's `board.toml`, and with the number of its process while it runs
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// One session.
#[derive(Args, Clone, Debug)]
pub(crate) struct Charge {
    /// A built-in car, or a TOML file
    #[arg(long, default_value = "renault-zoe", value_name = "NAME|FILE")]
    pub(crate) car: String,
    /// A charger.toml
    #[arg(long, value_name = "FILE")]
    pub(crate) charger: Option<PathBuf>,
    /// What car and charger speak: the duty of the pilot alone (basic), ISO 15118-2 or DIN 70121 (direct current only)
    #[arg(long, default_value = "basic", value_name = "basic|iso2|din", value_parser = ["basic", "iso2", "din"])]
    pub(crate) protocol: String,
    /// The current with ISO 15118-2: alternating or direct
    #[arg(long, value_name = "ac|dc", value_parser = ["ac", "dc"])]
    pub(crate) kind: Option<String>,
    /// Who lets the driver in: free, rfid:ID or remote
    #[arg(long, default_value = "rfid:04A1B2C3", value_name = "free|rfid:ID|remote")]
    pub(crate) auth: String,
    /// State of charge at the beginning, percent
    #[arg(long, default_value_t = 20, value_name = "SOC", value_parser = clap::value_parser!(u16).range(0..=100))]
    pub(crate) from: u16,
    /// State of charge to reach, percent
    #[arg(long, default_value_t = 80, value_name = "SOC", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) to: u16,
    /// A limit by the CSMS (without one: by the outlet), ampere
    #[arg(long, value_name = "A", value_parser = clap::value_parser!(i32).range(0..=80))]
    pub(crate) limit: Option<i32>,
    /// Virtual seconds for each second: 1x, 60x, max [default: a whole session in about 20 s on a terminal, else max]
    #[arg(long, value_name = "SPEED")]
    pub(crate) speed: Option<String>,
    /// Everything random follows from it
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// A real CSMS, ws://HOST[:PORT]/PATH; in real time
    #[arg(long, value_name = "URL")]
    pub(crate) csms: Option<String>,
    /// Where to record the session, with a page of its curves and messages: a folder of its own
    #[arg(long, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,
    /// Unplug after so many virtual seconds at the latest
    #[arg(long, value_name = "SECONDS")]
    pub(crate) duration: Option<u64>,
}

/// A bring-up.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("rig", |rig| rig.hide(true)))]
pub(crate) struct BringUp {
    /// The rig: `twin`, a rig file, or the name of one in hil/rigs
    #[arg(value_name = "RIG")]
    name: String,
    /// Signs the report with this key: PEM, as `openssl genpkey -algorithm ed25519` makes it
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Who carries it out
    #[arg(long, value_name = "NAME", default_value = "")]
    pub(crate) by: String,
    #[command(flatten)]
    pub(crate) test: Test,
}

impl BringUp {
    /// The rig, which stands first here and behind a flag elsewhere.
    pub(crate) fn with_rig(mut self) -> Self {
        self.test.rig.clone_from(&self.name);
        self
    }

    /// A name for a folder.
    pub(crate) fn rig_name(&self) -> String {
        let stem = std::path::Path::new(&self.name).file_stem();
        stem.map_or_else(|| "rig".into(), |stem| stem.to_string_lossy().into_owned())
    }
}

/// A run of features.
#[derive(Args, Clone, Debug)]
pub(crate) struct Test {
    /// Feature files and folders, or FILE:LINE
    #[arg(default_value = "features")]
    pub(crate) paths: Vec<PathBuf>,
    /// Only scenarios with these tags, e.g. '@CP-10 and not @slow'
    #[arg(long, value_name = "EXPRESSION")]
    tags: Option<String>,
    /// What to run on: `twin`, a rig file, or the name of one in hil/rigs
    #[arg(long, default_value = "twin")]
    pub(crate) rig: String,
    /// Let scenarios run that put power on a bench (needs the rig file's consent and a closed interlock)
    #[arg(long)]
    pub(crate) energised: bool,
    /// Ask the person at the terminal to do what the rig cannot: turn the key, push the plug, hold the card
    #[arg(long)]
    pub(crate) operator: bool,
    /// A scenario that the rig cannot run is a failure, not skipped
    #[arg(long)]
    pub(crate) require_all: bool,
    /// Scenarios at a time [default: one a processor in the twin, up to four on a virtual rig, one in all on a bench]
    #[arg(long)]
    jobs: Option<usize>,
    /// Only one of several parts, e.g. 2/4
    #[arg(long, value_name = "PART/PARTS")]
    shard: Option<Shard>,
    /// Everything random follows from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where logs and reports go: a folder of its own
    #[arg(long, value_name = "DIR")]
    pub(crate) report: Option<PathBuf>,
    /// Only the scenarios of this file, one path:line a row
    #[arg(long, value_name = "FILE")]
    rerun: Option<PathBuf>,
    /// Stop at the first scenario that does not pass
    #[arg(long)]
    fail_fast: bool,
    /// Keep what the stories tell now, beside their features, instead of comparing it
    #[arg(long)]
    update: bool,
    /// What a scenario may take in the time of its world; more is an error
    #[arg(long, value_name = "TIME", default_value = "31d", value_parser = time)]
    max_virtual: Duration,
    /// What a scenario may take of the machine's time; more is an error, on a rig in real time beside the time of its world
    #[arg(long, value_name = "TIME", default_value = "10min", value_parser = time)]
    max_wall: Duration,
}

/// A time such as 90s, 10min, 8h or 31d.
fn time(text: &str) -> Result<Duration, String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let seconds = match unit.trim() {
        "s" => 1,
        "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err("expected a number and s, min, h or d, such as 10min".into()),
    };
    let number: u64 = number.parse().map_err(|_| "expected a whole number and s, min, h or d")?;
    let time = number.checked_mul(seconds).filter(|seconds| (1..=366 * 86_400).contains(seconds));
    time.map(Duration::from_secs).ok_or_else(|| "expected from 1s to 366d".into())
}

impl From<Test> for Options {
    fn from(test: Test) -> Self {
        let Test { paths, tags, jobs, shard, seed, report, rerun, fail_fast, update, max_virtual, max_wall, .. } = test;
        let limits = TimeLimits { virtual_time: max_virtual, wall_time: max_wall };
        let stories = if update { Stories::Update } else { Stories::Compare };
        Self { paths, tags, jobs, shard, seed, report, rerun, fail_fast, stories, limits }
    }
}
