//! Rigs: which there are, whether one is ready, and features on the one that was asked for.

mod bring_up;
#[cfg(target_os = "linux")]
mod serve;

#[cfg(target_os = "linux")]
use std::path::Path;
use std::path::PathBuf;
#[cfg(target_os = "linux")]
use std::process::Command;
use std::sync::Arc;

use features::{Rigs, RunEnd, Twins, print};
use hil_rig::{Flags, Rig, RigFile};

use crate::cli::{Folders, RigWatchdog, Test};

pub(crate) use bring_up::{bring_up, verify};
#[cfg(target_os = "linux")]
pub(crate) use serve::serve;

/// The rig is not ready.
const NOT_READY: i32 = 3;

/// Where rigs are looked for by name.
const HOUSE: &str = "hil/rigs";

impl Folders {
    fn all(&self) -> Vec<PathBuf> {
        [PathBuf::from(HOUSE)].into_iter().chain(self.folder.iter().cloned()).collect()
    }
}

/// `plugfest rig list`.
pub(crate) fn list(folders: &Folders) -> i32 {
    print::print(format_args!("{}", hil_rig::list(&folders.all())));
    0
}

/// `plugfest rig check`.
pub(crate) fn check(name: &str, folders: &Folders) -> i32 {
    let file = match Rig::find(name, &folders.all()) {
        Ok(Rig::Twin) => {
            print::line(format_args!("the twin is built in; there is nothing to look at"));
            return 0;
        }
        Ok(Rig::Wired(file)) => file,
        Err(error) => {
            print::complain(format_args!("{error}"));
            return NOT_READY;
        }
    };
    #[cfg(target_os = "linux")]
    let checked = virtual_rig::check(&file);
    #[cfg(not(target_os = "linux"))]
    let checked = {
        let mut checked = hil_rig::check(&file, |_, _| Err("devices are opened on Linux only".into()));
        checked.add("programs", String::new(), Err("rigs need Linux; the twin runs everywhere".into()));
        checked
    };
    print::print(format_args!("{checked}"));
    checked.exit_code()
}

/// `plugfest test`.
pub(crate) fn test(options: Test) -> RunEnd {
    let flags = Flags {
        energised: options.energised,
        operator: options.operator,
        require_all: options.require_all,
        interlock_closed: None,
    };
    let rigs = match Rig::find(&options.rig, &[PathBuf::from(HOUSE)]) {
        Ok(Rig::Twin) => Ok(Arc::new(Twins(flags)) as Arc<dyn Rigs>),
        Ok(Rig::Wired(file)) => wired(*file, flags),
        Err(error) => Err(error.to_string()),
    };
    match rigs.and_then(|rigs| end_on_signal().map(|()| rigs)) {
        Ok(rigs) => features::run_on(&options.into(), &rigs),
        Err(why) => {
            print::complain(format_args!("--rig {}: {why}", options.rig));
            RunEnd::Refused(NOT_READY)
        }
    }
}

/// The running scenarios end in an orderly way, and the run after them.
fn end_on_signal() -> Result<(), String> {
    crate::signals::listen(|| {
        print::complain(format_args!("interrupted: what runs is ended in an orderly way"));
        features::interrupt();
    })
}

#[cfg(target_os = "linux")]
fn wired(file: RigFile, flags: Flags) -> Result<Arc<dyn Rigs>, String> {
    use hil_rig::World;
    use virtual_rig::operator::{OperatorRigs, Terminal};

    match file.rig.world {
        World::Twin => Ok(Arc::new(virtual_rig::VirtualRigs::new(file, flags)?)),
        World::Operator => {
            let own = std::env::current_exe().map_err(|error| error.to_string())?;
            let watchdog = move |chargerd: &Path, folder: &Path| {
                let mut command = Command::new(&own);
                command.arg("rig-watchdog").arg("--chargerd").arg(chargerd).arg("--folder").arg(folder);
                command
            };
            let terminal = flags.operator.then(Terminal::of_this_program);
            Ok(Arc::new(OperatorRigs::new(file, flags, terminal, Box::new(watchdog))?))
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn wired(_file: RigFile, _flags: Flags) -> Result<Arc<dyn Rigs>, String> {
    Err("rigs need Linux; the twin runs everywhere".into())
}

/// `plugfest rig-watchdog`.
#[cfg(target_os = "linux")]
pub(crate) fn watchdog(options: &RigWatchdog) -> i32 {
    virtual_rig::operator::watch(std::io::stdin(), &options.chargerd, &options.folder)
}

/// `plugfest rig-watchdog`.
#[cfg(not(target_os = "linux"))]
pub(crate) fn watchdog(_options: &RigWatchdog) -> i32 {
    NOT_READY
}

/// `plugfest rig serve`.
#[cfg(not(target_os = "linux"))]
pub(crate) fn serve(_: &crate::cli::Serve) -> i32 {
    print::complain(format_args!("rigs need Linux; the twin runs everywhere"));
    NOT_READY
}
