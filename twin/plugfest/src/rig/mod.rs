//! Rigs: which there are, whether one is ready, and features on the one that was asked for.

mod bring_up;

#[cfg(target_os = "linux")]
use std::path::Path;
use std::path::PathBuf;
#[cfg(target_os = "linux")]
use std::process::Command;
use std::sync::Arc;

use features::{Rigs, Twins};
use hil_rig::{Flags, Rig, RigFile, World};

use crate::cli::{Folders, RigWatchdog, Test};

pub(crate) use bring_up::{bring_up, verify};

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
    print!("{}", hil_rig::list(&folders.all()));
    0
}

/// `plugfest rig check`.
pub(crate) fn check(name: &str, folders: &Folders) -> i32 {
    let file = match Rig::find(name, &folders.all()) {
        Ok(Rig::Twin) => {
            println!("the twin is built in; there is nothing to look at");
            return 0;
        }
        Ok(Rig::Wired(file)) => file,
        Err(error) => {
            eprintln!("{error}");
            return NOT_READY;
        }
    };
    let programs = programs(&file);
    for line in programs.iter().flatten() {
        println!("{line}");
    }
    let checked = hil_rig::check(&file, |key, endpoint| {
        if file.rig.world == World::Twin {
            return Ok("made for a run".into());
        }
        #[cfg(target_os = "linux")]
        let answer = virtual_rig::probe(key, endpoint);
        #[cfg(not(target_os = "linux"))]
        let answer = Err(format!("{key} at {endpoint}: devices are opened on Linux only"));
        answer
    });
    print!("{checked}");
    match programs {
        Ok(_) => checked.exit_code(),
        Err(why) => {
            println!("the rig is not ready: {why}");
            NOT_READY
        }
    }
}

/// What must be there besides devices, in words.
#[cfg(target_os = "linux")]
fn programs(file: &RigFile) -> Result<Vec<String>, String> {
    let programs = virtual_rig::Programs::find(file.rig.host)?;
    let mut lines = vec![format!("the charger is {}", programs.chargerd.display())];
    if let Some(guest) = programs.guest {
        lines.push(format!("the guest's kernel is {}", guest.kernel.display()));
    }
    if file.rig.world == World::Operator {
        virtual_rig::operator::suits(file)?;
    } else {
        lines.push("the world is a twin: its models are made for each run".into());
    }
    Ok(lines)
}

#[cfg(not(target_os = "linux"))]
fn programs(_file: &RigFile) -> Result<Vec<String>, String> {
    Err("rigs need Linux; the twin runs everywhere".into())
}

/// `plugfest test`.
pub(crate) fn test(options: Test) -> i32 {
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
    use virtual_rig::operator::{OperatorRigs, Terminal};

    end_on_signal()?;
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

/// Ctrl-C and SIGTERM end the running scenario, and the run after it, in an orderly way; the second one ends at once.
#[cfg(target_os = "linux")]
fn end_on_signal() -> Result<(), String> {
    ctrlc::set_handler(|| {
        if features::is_interrupted() {
            std::process::exit(130);
        }
        eprintln!("interrupted: leaving the rig safe");
        features::interrupt();
    })
    .map_err(|error| format!("Ctrl-C cannot be listened to: {error}"))
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
