//! One bench for a whole run: taken, watched over, given back.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use event_log::Log;

use features::{NoRig, Rigs};
use hil::Endpoint;
use hil_rig::{Decision, Flags, Host, Reservation, Rig, RigFile};
use station::{BenchCommand, Config, OutletKind};
use twin::{CsmsChoice, Setup};

use super::charger::{LEAST_A, charger_of, limit, of_bench};
use super::consent::Consent;
use super::guard::Guard;
use super::rig::{OperatorRig, Order, PERSON, remark};
use super::terminal::{Answer, Terminal};
use crate::board_file;
use crate::probe::probe;
use crate::programs::Programs;
use crate::rig_devices::RigDevices;
use crate::scratch;

/// Makes the command that starts the watchdog: this program with the verb that calls [`watch`](super::watch), given the
/// charger's program and the folder.
pub type WatchdogCommand = Box<dyn Fn(&Path, &Path) -> Command + Send + Sync>;

/// The devices that the safe state is made with, and the meter, without which there is no charger: a reader that is out of order
/// must not stand in its way.
const SAFETY: [&str; 3] = ["meter", "power_board", "power_supply"];

/// The terminal is looked at this often.
const LOOK: Duration = Duration::from_millis(100);

/// What a person sees to in a run that is to put no power on the bench.
const DEAD: &str = "This run puts no power on the bench: see to it that there is none behind the contactor and none from the DC \
                    supply (a meter may keep its own)";

/// A bench with a person beside it.
pub struct OperatorRigs {
    rig: Rig,
    file: RigFile,
    flags: Flags,
    chargerd: PathBuf,
    devices: Vec<(&'static str, Endpoint)>,
    /// The charger that the rig file names, if it does.
    charger: Option<Config>,
    terminal: Option<Arc<Terminal>>,
    scratch: PathBuf,
    made: AtomicUsize,
    consent: Consent,
    /// What came of asking for a bench without power, once a run.
    dead: OnceLock<Result<(), String>>,
    make_watchdog: WatchdogCommand,
    /// Before the reservation: while it makes the bench safe nobody else may have it.
    watchdog: Guard,
    reservation: Mutex<Option<Reservation>>,
}

impl fmt::Debug for OperatorRigs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperatorRigs").field("file", &self.file).finish_non_exhaustive()
    }
}

impl OperatorRigs {
    /// Takes the bench of a rig file whose world is an operator. Without a terminal nobody is there to do anything.
    ///
    /// # Errors
    /// Somebody else has it, or what it needs is not there.
    pub fn new(
        file: RigFile,
        flags: Flags,
        terminal: Option<Terminal>,
        watchdog: WatchdogCommand,
    ) -> Result<Self, String> {
        let chargerd = Programs::find(Host::Local)?.chargerd;
        Self::with_charger(file, flags, terminal, watchdog, chargerd)
    }

    /// As [`Self::new`], with this program as the charger.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_charger(
        file: RigFile,
        flags: Flags,
        terminal: Option<Terminal>,
        watchdog: WatchdogCommand,
        chargerd: PathBuf,
    ) -> Result<Self, String> {
        suits(&file)?;
        let charger = charger_of(&file)?;
        let devices: Vec<_> = file.devices.all().map(|(key, endpoint)| (key, endpoint.clone())).collect();
        let reservation = Reservation::take(&file).map_err(|error| error.to_string())?;
        let scratch = std::env::temp_dir().join(format!("plugfest-{}-{}", file.rig.id, std::process::id()));
        let needed = devices.iter().filter(|(key, _)| SAFETY.contains(key));
        let told = RigDevices::of_one(needed.cloned()).as_they_are();
        scratch::make(&scratch)
            .and_then(|()| board_file::write(&scratch, &Config::standard(), &told))
            .map_err(|error| format!("{}: {error}", scratch.display()))?;
        Ok(Self {
            rig: Rig::Wired(Box::new(file.clone())),
            consent: Consent::new(file.clone(), flags),
            dead: OnceLock::new(),
            file,
            flags,
            chargerd,
            devices,
            charger,
            terminal: terminal.map(Arc::new),
            scratch,
            made: AtomicUsize::new(0),
            make_watchdog: watchdog,
            watchdog: Guard::default(),
            reservation: Mutex::new(Some(reservation)),
        })
    }

    /// Starts the watchdog with the first scenario: from then on there is something to leave safe.
    fn watch(&self) -> Result<(), String> {
        self.watchdog.arm(|| {
            let mut command = (self.make_watchdog)(&self.chargerd, &self.scratch);
            if let Some(reservation) = &*self.reservation.lock().unwrap_or_else(PoisonError::into_inner)
                && let Some(shared) = reservation.share().map_err(|error| error.to_string())?
            {
                command.stdout(shared);
            }
            Ok(command)
        })
    }

    /// Has a person see to it that nothing can be energised, where this run is not to.
    fn ask_for_a_dead_bench(&self, log: &Log) -> Result<(), String> {
        let Some(terminal) = self.terminal.as_ref().filter(|_| self.consent.needs_a_dead_bench()) else {
            return Ok(());
        };
        log.record("operator", "asked", serde_json::json!({ "what": DEAD }));
        terminal.ask(DEAD);
        for _ in 0..PERSON.as_millis() / LOOK.as_millis() {
            match terminal.answer() {
                Some(Answer::Done) => return Ok(()),
                Some(Answer::Cannot) => {
                    return Err("the bench has power, and this run is not to use it (--energised)".into());
                }
                Some(Answer::DidNotWork(why)) => {
                    remark(log, &why);
                    return Err(format!(
                        "the bench may have power, and this run is not to use it (--energised): {why}"
                    ));
                }
                Some(Answer::Remark(text)) => remark(log, &text),
                Some(Answer::Gone) => break,
                None => thread::park_timeout(LOOK),
            }
            self.watchdog.beat()?;
            if features::is_interrupted() {
                return Err("interrupted".into());
            }
        }
        Err("nobody is at the terminal any more".into())
    }

    /// What the bench can be of what the scenario wants.
    fn fit(&self, setup: &mut Setup) -> Result<(), String> {
        let has = |key: &str| self.devices.iter().any(|(own, _)| *own == key);
        if setup.site != Default::default() {
            return Err("no bench can do that: the grid and the house are as they are".into());
        }
        let wanted = setup.charger.evses.first().outlet.max_current_a;
        if let Some(bench) = &self.charger {
            setup.charger = of_bench(&setup.charger, bench)?;
        }
        if !has("lock") {
            setup.charger.evses.first_mut().outlet.kind = OutletKind::Tethered;
        }
        if !has("grid_meter") {
            setup.charger.site.main_fuse_a = 0;
        }
        limit(&mut setup.charger, wanted, &self.file.safety)?;
        BenchCommand::permit_all(&mut setup.charger);
        Ok(())
    }
}

/// Whether the rig file describes a bench on which a charger can run.
///
/// # Errors
/// The file, the key, and what was expected there.
pub fn suits(file: &RigFile) -> Result<(), String> {
    let wrong = |key: &str, what: &str| Err(format!("{}: {key}: {what}", file.path().display()));
    if file.rig.host != Host::Local {
        return wrong("rig.host", "\"local\" where the world is an operator");
    }
    if !file.evse.is_empty() {
        return wrong("evse", "[devices] alone where the world is an operator: a person stands at one EVSE");
    }
    for needed in ["power_board", "meter"] {
        if file.devices.get(needed).is_none() {
            return wrong(&format!("devices.{needed}"), "an endpoint: no charger runs without one");
        }
    }
    let model = file.devices.all().find(|(_, device)| device.scheme() == "sim" || device.target() == "pty");
    if let Some((key, _)) = model {
        return wrong(&format!("devices.{key}"), "a real device where the world is an operator");
    }
    if file.safety.is_real() && file.safety.max_a < LEAST_A {
        return wrong("safety.max_a", "at least 6 A: no car can be offered less");
    }
    charger_of(file).map(drop)
}

impl Rigs for OperatorRigs {
    fn name(&self) -> &str {
        self.rig.id()
    }

    /// The bench is as its file says: nobody is asked to do anything, and no scenario fails, because of a device that is not there.
    fn ready(&self) -> Result<(), String> {
        let checked = hil_rig::check(&self.file, probe);
        if checked.is_ready() { Ok(()) } else { Err(checked.to_string().trim_end().to_owned()) }
    }

    fn jobs(&self, _: Option<usize>) -> usize {
        1
    }

    fn flags(&self) -> Flags {
        self.flags
    }

    fn decide(&self, tags: &[String]) -> Decision {
        let flags = if hil_rig::needs_power(tags, &self.rig) { self.consent.flags() } else { self.flags };
        hil_rig::decide(tags, &self.rig, flags)
    }

    fn caps(&self) -> Vec<String> {
        self.file.caps.provides.clone()
    }

    fn make(&self, mut setup: Setup, folder: Option<&Path>) -> Result<Box<dyn features::Rig>, NoRig> {
        if matches!(setup.csms, CsmsChoice::Url(_)) {
            return Err(NoRig::Setup("this rig brings its own CSMS".into()));
        }
        if setup.charger.evses.count() > 1 {
            let (rig, wanted) = (&self.file.rig.id, setup.charger.evses.count());
            features::unable(format!("rig {rig} has one EVSE, the scenario's charger {wanted}"));
        }
        if let Err(why) = self.fit(&mut setup) {
            features::unable(why);
        }
        self.watch()?;
        self.watchdog.beat()?;
        self.dead.get_or_init(|| self.ask_for_a_dead_bench(&setup.log)).clone()?;
        self.watchdog.make_safe(&self.chargerd, &self.scratch)?;
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let mut devices = self.devices.clone();
        if setup.charger.evses.first().outlet.kind == OutletKind::Tethered {
            devices.retain(|(key, _)| *key != "lock");
        }
        let order = Order {
            chargerd: self.chargerd.clone(),
            bench: self.scratch.clone(),
            own: self.scratch.join(number.to_string()),
            folder: folder.map(Path::to_path_buf),
            devices: RigDevices::of_one(devices),
            safety: self.file.safety.clone(),
            evidence: self.file.evidence.clone(),
            timing: self.file.timing,
            terminal: self.terminal.clone(),
            consent: self.consent.clone(),
            watchdog: self.watchdog.clone(),
        };
        Ok(Box::new(OperatorRig::new(setup, order)?))
    }

    fn release(&self) -> Result<(), String> {
        let watchdog = self.watchdog.stand_down();
        let reservation = self.reservation.lock().unwrap_or_else(PoisonError::into_inner).take();
        let released = reservation.map_or(Ok(()), |kept| kept.release().map_err(|error| error.to_string()));
        watchdog.and(released)
    }
}

impl Drop for OperatorRigs {
    fn drop(&mut self) {
        // A watchdog that is left makes the bench safe, and needs the folder for it.
        self.watchdog.leave();
        // What is left there is of no use to anybody.
        let _ = fs::remove_dir_all(&self.scratch);
    }
}
