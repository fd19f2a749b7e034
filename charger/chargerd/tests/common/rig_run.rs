//! A charger outside of the program that runs the scenario, and somebody who does something to it meanwhile.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use features::{Options, Rigs, run_on};
use hil_rig::{Flags, RigFile};
use rustix::process::{Pid, Signal, kill_process};
use virtual_rig::{Kernel, Programs, VirtualRigs};

use super::Folder;

/// The real charger.
pub(crate) const CHARGERD: &str = env!("CARGO_BIN_EXE_chargerd");

/// Plays the guest of a rig.
pub(crate) const GUEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/guest.sh");

/// How often is looked, and how often at most: half a minute.
const LOOK: Duration = Duration::from_millis(10);
const LOOKS: u32 = 3_000;

/// A run of one scenario on a rig, in a folder of its own.
pub(crate) struct Run {
    pub(crate) folder: Folder,
    rigs: Arc<dyn Rigs>,
}

impl Run {
    /// On the desk, with this program as the charger.
    pub(crate) fn on_desk(test: &str, chargerd: impl Into<PathBuf>) -> Self {
        Self::on(test, "desk", Programs { chargerd: chargerd.into(), guest: None })
    }

    /// On a rig whose guest is played by `guest.sh`; `wish` is what its charger is to do.
    pub(crate) fn in_guest(test: &str, wish: &str) -> Self {
        let folder = Folder::new(test);
        let linux = folder.path("linux");
        fs::copy(GUEST, &linux).expect("a copy");
        folder.write("linux.wish", wish);
        let programs = Programs { chargerd: CHARGERD.into(), guest: Some(Kernel { linux, shim: None }) };
        Self { rigs: rigs("uml", programs), folder }
    }

    fn on(test: &str, rig: &str, programs: Programs) -> Self {
        Self { folder: Folder::new(test), rigs: rigs(rig, programs) }
    }

    /// Runs the scenario with these steps, and `meanwhile` beside it; answers the exit code of the run.
    pub(crate) fn play(&self, steps: &str, meanwhile: impl FnOnce(&Self) + Send) -> i32 {
        let text = format!("Feature: f\n Scenario: s\n  Given a charger where nobody needs a token\n{steps}");
        self.folder.write("one.feature", &text);
        let options = Options {
            paths: vec![self.folder.path("one.feature")],
            report: Some(self.folder.path("report")),
            ..Options::default()
        };
        std::thread::scope(|scope| {
            let outside = scope.spawn(|| meanwhile(self));
            let code = run_on(&options, &self.rigs).code();
            outside.join().expect("what happened outside");
            code
        })
    }

    /// The log of the scenario so far.
    pub(crate) fn log(&self) -> String {
        let scenarios = fs::read_dir(self.folder.path("report/scenarios")).into_iter().flatten().flatten();
        let mut logs = scenarios.map(|entry| entry.path().join("events.ndjson"));
        logs.next().and_then(|log| fs::read_to_string(log).ok()).unwrap_or_default()
    }

    /// Waits until the charger is up.
    pub(crate) fn is_up(&self) {
        self.sees("\"source\":\"run\",\"kind\":\"ready\"");
    }

    /// Waits until the log of the scenario has these words.
    pub(crate) fn sees(&self, words: &str) {
        wait_for(words, || self.log().contains(words).then_some(()));
    }

    /// What the scenario was told to be at its end: verdict, cause and message.
    pub(crate) fn end(&self) -> String {
        let log = self.log();
        let end = log.lines().rfind(|line| line.contains("\"source\":\"run\",\"kind\":\"end\"")).unwrap_or_default();
        end.to_owned()
    }

    /// Signals the charger on the desk, as anybody on this machine can.
    pub(crate) fn signal_charger(&self, signal: Signal) {
        signal_to(wait_for("the charger's process", || chargers().next()), signal);
    }

    /// Signals a process of the played guest: `charger` or `guest`.
    pub(crate) fn signal_in_guest(&self, who: &str, signal: Signal) {
        let file = std::env::temp_dir().join(format!("plugfest-{}/0/{who}.pid", std::process::id()));
        let pid = wait_for(who, || fs::read_to_string(&file).ok()?.trim().parse().ok());
        signal_to(pid, signal);
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // What a program in the place of the charger has started is its own.
        chargers().for_each(|pid| signal_to(pid, Signal::KILL));
    }
}

/// The chargers of this program's scenarios, of which one runs at a time.
fn chargers() -> impl Iterator<Item = i32> {
    let own = format!("/plugfest-{}/", std::process::id());
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(move |entry| {
        let line = fs::read(entry.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let is_ours = line.starts_with(CHARGERD) && line.contains(&own);
        is_ours.then(|| entry.file_name().to_str()?.parse().ok()).flatten()
    })
}

fn rigs(name: &str, programs: Programs) -> Arc<dyn Rigs> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hil/rigs").join(format!("{name}.toml"));
    let mut file = RigFile::read(&path).expect("a rig file");
    // What stands still here does so until it is ended; a machine that is busy with other tests must not look like that.
    file.timing.stall_ms = 3_000;
    Arc::new(VirtualRigs::with_programs(file, Flags::default(), programs).expect("a rig"))
}

fn signal_to(pid: i32, signal: Signal) {
    // It may end in this instant.
    let _ = kill_process(Pid::from_raw(pid).expect("a process"), signal);
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(found) = look() {
            return found;
        }
        std::thread::park_timeout(LOOK);
    }
    panic!("{what} did not come");
}
