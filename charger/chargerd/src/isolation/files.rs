//! Landlock: which files can be reached, and which TCP ports.
//!
//! It does not see UDP, raw sockets, or unix sockets that have a path: the families of sockets are seccomp's. Nor does it see that
//! somebody listens who has bound no port, so that the kernel chooses one: without the network to a car seccomp lets nobody listen.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::{Force, Plan};

/// What is asked for: files with the control of devices, TCP, signals and abstract sockets. Linux 6.12 knows all of it.
const ASKED: ABI = ABI::V6;

/// Restricts this thread, and all that it starts, to the plan.
pub(super) fn restrict(plan: &Plan) -> Result<Force, RulesetError> {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ASKED))?
        .handle_access(AccessNet::from_all(ASKED))?
        .scope(scopes())?;
    let mut ruleset = ruleset.create()?;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let device = read | AccessFs::WriteFile | AccessFs::IoctlDev;
    // No device files, no links to elsewhere, nothing to execute.
    let written = read
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer;
    for path in &plan.written {
        ruleset = allow(ruleset, path, written)?;
    }
    for path in &plan.read {
        ruleset = allow(ruleset, path, read)?;
    }
    for path in &plan.devices {
        ruleset = allow(ruleset, path, device)?;
    }
    for port in &plan.ports {
        ruleset = ruleset.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
    }
    for port in &plan.listened {
        ruleset = ruleset.add_rule(NetPort::new(*port, AccessNet::BindTcp))?;
    }
    Ok(match ruleset.restrict_self()?.ruleset {
        RulesetStatus::FullyEnforced => Force::Full,
        RulesetStatus::PartiallyEnforced => Force::Part,
        RulesetStatus::NotEnforced => Force::Missing,
    })
}

/// A path that is not there gets no rule: it cannot be reached then, which is the safe side.
fn allow(ruleset: RulesetCreated, path: &Path, access: BitFlags<AccessFs>) -> Result<RulesetCreated, RulesetError> {
    let Ok(handle) = PathFd::new(path) else { return Ok(ruleset) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(ASKED) };
    ruleset.add_rule(PathBeneath::new(handle, access))
}

/// Signals and abstract sockets of others are out of reach, unless the service manager listens on such a socket.
fn scopes() -> BitFlags<Scope> {
    let abstract_manager = std::env::var("NOTIFY_SOCKET").is_ok_and(|socket| socket.starts_with('@'));
    if abstract_manager { Scope::Signal.into() } else { Scope::from_all(ASKED) }
}
