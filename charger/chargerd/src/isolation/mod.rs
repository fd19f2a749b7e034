//! Gives up every right that the charger does not need, before the first thread starts and the first device is opened.
//!
//! ```text
//!   capabilities   none, except CAP_NET_RAW while the board file names a PLC modem
//!   no_new_privs   nothing it could ever start gets more
//!   Landlock       files: the state folder, what the name resolver reads, the nodes of the devices; TCP: the CSMS alone, and
//!                  while the board file names a network to the car, a few ports to listen on
//!   opener         a helper opens the nodes that come and go, those of the board file and no others
//!   seccomp        system calls: what the runtime, the store, sockets and devices need; anything else is EPERM
//! ```
//!
//! All of it belongs to a thread and is passed on to the threads that it starts. A backend that blocks has a thread of its own,
//! so the isolation comes *before* the devices are opened, and they are opened through it: what works at the start works when
//! a device is plugged in again, and no thread is left outside.

mod capabilities;
mod files;
pub(crate) mod opener;
mod plan;
mod seccomp;

use std::fmt;
use std::fs;

use clap::ValueEnum;
use rustix::process::geteuid;
use rustix::thread::set_no_new_privs;

pub(crate) use plan::Plan;

/// How far the rights are cut down.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Level {
    /// All of it, or the charger does not start.
    Strict,
    /// As much as the kernel can do.
    BestEffort,
    /// As best-effort, but a system call that would be refused passes, and the kernel logs it.
    Audit,
    /// Nothing is cut down.
    Off,
}

impl Level {
    /// The word for it on the command line.
    const fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::BestEffort => "best-effort",
            Self::Audit => "audit",
            Self::Off => "off",
        }
    }
}

/// Why the isolation cannot be applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IsolationError {
    /// Not all of it is in force, and `strict` asks for that.
    #[error("--isolation strict: {0}")]
    NotFull(Applied),
    /// The kernel refused a step that every kernel can do.
    #[error("{step}: {why}")]
    Refused {
        /// The step.
        step: &'static str,
        /// What it said.
        why: String,
    },
}

/// How much of one part is in force.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Force {
    /// All that was asked for.
    Full,
    /// What this kernel knows of it.
    Part,
    /// This kernel cannot do it at all.
    Missing,
    /// It lets everything pass and the kernel logs what it would refuse.
    Logs,
    /// It was not asked for.
    Off,
}

impl fmt::Display for Force {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "in force",
            Self::Part => "in force in part: this kernel does not know all of it",
            Self::Missing => "missing in this kernel",
            Self::Logs => "only logs",
            Self::Off => "off",
        })
    }
}

/// What is in force now.
#[derive(Debug)]
pub(crate) struct Applied {
    landlock: Force,
    seccomp: Force,
    /// The capabilities that are left.
    capabilities: String,
}

impl Applied {
    fn is_full(&self) -> bool {
        self.landlock == Force::Full && self.seccomp == Force::Full
    }
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Landlock (files, TCP) {}; seccomp (system calls) {}; capabilities: {}",
            self.landlock, self.seccomp, self.capabilities
        )
    }
}

/// Cuts down the rights of this thread and of all that it will start.
///
/// # Errors
/// A step failed that cannot fail, or `strict` is asked for and the kernel cannot do all of it.
pub(crate) fn apply(level: Level, plan: &Plan) -> Result<Applied, IsolationError> {
    if level == Level::Off {
        return Ok(Applied { landlock: Force::Off, seccomp: Force::Off, capabilities: capabilities::held() });
    }
    if geteuid().is_root() {
        tracing::warn!(
            "running as root: what root owns stays open to it; run it as a user of its own, see chargerd.service"
        );
    }
    let refused = |step, error: &dyn fmt::Display| IsolationError::Refused { step, why: error.to_string() };
    let threads = threads();
    if threads > 1 {
        return Err(refused("threads", &format!("{threads} run already, and one of them keeps its rights")));
    }
    capabilities::drop_all_but(plan.capabilities()).map_err(|error| refused("capabilities", &error))?;
    let capabilities = capabilities::held();
    set_no_new_privs(true).map_err(|error| refused("no_new_privs", &error))?;
    let landlock = files::restrict(plan).map_err(|error| refused("Landlock", &error))?;
    let seccomp = seccomp::restrict(plan, level == Level::Audit).map_err(|error| refused("seccomp", &error))?;
    let applied = Applied { landlock, seccomp, capabilities };
    if level == Level::Strict && !applied.is_full() {
        return Err(IsolationError::NotFull(applied));
    }
    Ok(applied)
}

/// How many threads there are; one where nobody says.
fn threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_full_is_said_in_words() {
        let applied = Applied { landlock: Force::Missing, seccomp: Force::Full, capabilities: "none".into() };
        assert_eq!(
            IsolationError::NotFull(applied).to_string(),
            "--isolation strict: Landlock (files, TCP) missing in this kernel; seccomp (system calls) in force; \
             capabilities: none"
        );
    }
}
