//! Who holds a rig.

use std::fmt;
use std::{env, fs, process};

use serde::{Deserialize, Serialize};

use crate::wall;

/// Who holds a rig, since when.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Claim {
    /// The user.
    pub user: String,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// Since when (RFC 3339).
    pub since: String,
}

impl Claim {
    /// This process, now.
    #[must_use]
    pub fn of_this_process() -> Self {
        let variable =
            |names: &[&str]| names.iter().find_map(|name| env::var(name).ok().filter(|text| !text.is_empty()));
        let host = fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
        Self {
            user: variable(&["USER", "LOGNAME", "USERNAME"]).unwrap_or_else(|| "unknown".into()),
            host: host
                .filter(|name| !name.is_empty())
                .or_else(|| variable(&["HOSTNAME", "COMPUTERNAME"]))
                .unwrap_or_else(|| "this machine".into()),
            pid: process::id(),
            since: wall::stamp(wall::now_micros()),
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{} (process {}, since {})", self.user, self.host, self.pid, self.since)
    }
}
