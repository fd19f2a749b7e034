//! Runs features on the rig that was asked for.

use std::path::PathBuf;
use std::sync::Arc;

use features::{Rigs, Twins};
use hil_rig::{Flags, Rig, RigFile, World};

use crate::cli::Test;

/// The rig is not ready.
const NOT_READY: i32 = 3;

/// Where rigs are looked for by name.
pub(crate) fn folders() -> Vec<PathBuf> {
    vec![PathBuf::from("hil/rigs")]
}

/// `plugfest test`.
pub(crate) fn test(options: Test) -> i32 {
    let flags = Flags {
        energised: options.energised,
        operator: options.operator,
        require_all: options.require_all,
        interlock_closed: None,
    };
    let rigs = match Rig::find(&options.rig, &folders()) {
        Ok(Rig::Twin) => Ok(Arc::new(Twins(flags)) as Arc<dyn Rigs>),
        Ok(Rig::Wired(file)) => wired(*file, flags),
        Err(error) => Err(error.to_string()),
    };
    match rigs {
        Ok(rigs) => features::run_on(&options.into(), &rigs),
        Err(why) => {
            eprintln!("--rig {}: {why}", options.rig);
            NOT_READY
        }
    }
}

#[cfg(target_os = "linux")]
fn wired(file: RigFile, flags: Flags) -> Result<Arc<dyn Rigs>, String> {
    match file.rig.world {
        World::Twin => Ok(Arc::new(virtual_rig::VirtualRigs::new(file, flags)?)),
        World::Operator => Err("not yet".into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn wired(_file: RigFile, _flags: Flags) -> Result<Arc<dyn Rigs>, String> {
    Err("rigs need Linux; the twin runs everywhere".into())
}
