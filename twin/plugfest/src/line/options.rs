//! What can be said on the command line.

use std::path::PathBuf;

use clap::Args;
#[cfg(target_os = "linux")]
use iso15118::judge::Profile;

#[cfg(target_os = "linux")]
use super::listener::Judging;

/// What all have that speak on a line.
#[derive(Args, Clone, Debug)]
pub(crate) struct LineOptions {
    /// The network interface: that of a PLC modem, or any Ethernet with --no-slac
    #[arg(long, value_name = "IF")]
    pub(crate) interface: String,
    /// What is spoken: din is DIN 70121, iso2 ISO 15118-2
    #[arg(long, default_value = "any", value_parser = ["din", "iso2", "any"])]
    pub(crate) protocol: String,
    /// Alternating or direct current [default: what the car or the station has, direct current first]
    #[arg(long, value_parser = ["ac", "dc"])]
    pub(crate) kind: Option<String>,
    /// Without modems and matching: the link is there from the begin
    #[arg(long)]
    pub(crate) no_slac: bool,
    /// Where to record what passes: plc.pcapng, events.ndjson and a page; a folder of its own (needs CAP_NET_RAW)
    #[arg(long, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,
    /// field forgives what real cars and stations are forgiven, strict keeps to the standards
    #[arg(long, default_value = "field", value_parser = ["field", "strict"])]
    pub(crate) profile: String,
    /// What passes is not judged
    #[arg(long)]
    pub(crate) no_judge: bool,
    /// The rules about times are left out, for peers that were slowed down
    #[arg(long)]
    pub(crate) no_timing: bool,
}

#[cfg(target_os = "linux")]
impl LineOptions {
    /// How what passes is judged; `None`: not at all.
    pub(super) fn judging(&self) -> Option<Judging> {
        let profile = if self.profile == "strict" { Profile::Strict } else { Profile::Field };
        (!self.no_judge).then_some(Judging { profile, timing: !self.no_timing })
    }
}

/// A station alone.
#[derive(Args, Clone, Debug)]
pub(crate) struct StationOptions {
    #[command(flatten)]
    pub(crate) line: LineOptions,
    /// Talks like a station that was measured, with its limits and its times: a built-in one, or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) like: Option<String>,
    /// Ends after so many sessions [default: goes on until Ctrl-C]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sessions: Option<u64>,
}

/// A virtual car alone.
#[derive(Args, Clone, Debug)]
pub(crate) struct VehicleOptions {
    #[command(flatten)]
    pub(crate) line: LineOptions,
    /// A built-in car, or a TOML file
    #[arg(long, default_value = "vw-id3", value_name = "NAME|FILE")]
    pub(crate) car: String,
    /// So long it charges, from the first message of the charge loop on; then it ends the session
    #[arg(long = "for", default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) seconds: u64,
    /// It waits so many times as long for each answer as the standard lets it, for a station that was slowed down
    #[arg(long, default_value_t = 1, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) patience: u32,
}

/// Which modem is there.
#[derive(Args, Clone, Debug)]
pub(crate) struct ModemOptions {
    /// The network interface of the modem
    #[arg(value_name = "IF")]
    pub(crate) interface: String,
}

/// Two modem models and the power line between them.
#[derive(Args, Clone, Debug)]
pub(crate) struct CableOptions {
    /// The network interface at which the station's program finds its modem
    #[arg(value_name = "STATION")]
    pub(crate) station: String,
    /// The network interface at which the car's program finds its modem
    #[arg(value_name = "CAR")]
    pub(crate) car: String,
    /// What happens by lot follows from it
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// For whoever asks for help.
pub(crate) const STATION_CODES: &str = "\
Exit codes: 0 each session was ended by the car as one ends it (SessionStop), 1 one was not, a rule is broken, or what was to be
recorded could not be, 2 usage, no such interface, or a right is missing (CAP_NET_RAW for matching and for --record; without both
none is needed), 130 ended by Ctrl-C before its sessions were done.";

/// For whoever asks for help.
pub(crate) const VEHICLE_CODES: &str = "\
Exit codes: 0 the session was ended as one ends it (SessionStop), 1 it was not, there was none, a rule is broken, or what was to be
recorded could not be, 2 usage, no such interface, or CAP_NET_RAW is missing (a car of ours has an address of its own, which needs
raw frames), 130 ended by Ctrl-C before there was a session.";

/// For whoever asks for help.
pub(crate) const CABLE_CODES: &str = "\
It goes on until Ctrl-C. Where one machine is both, each program has a network namespace of its own, and a veth pair leads from it
to an interface here.
Exit codes: 2 usage, no such interface, one that is gone, or CAP_NET_RAW is missing, 130 ended by Ctrl-C.";

/// For whoever asks for help.
pub(crate) const MODEM_CODES: &str =
    "Exit codes: 0 there is one, 1 there is none, 2 usage, no such interface, or CAP_NET_RAW is missing.";
