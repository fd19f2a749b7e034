//! Rigs whose world is a twin: for each scenario a world of its own in real time, and a charger outside of this process.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use devices::bare_board::BareBoard;
use event_log::output;
use features::{NoRig, Rigs, SimRig};
use hil_rig::{Decision, Flags, Rig, RigFile};
use panel_view::Picture;
use station::BenchCommand;
use twin::{CsmsChoice, OutsideHost, Setup, Terminals, Twin, TwinError};
use units::EvseId;

use crate::guest_host::{GuestHost, GuestSettings};
use crate::local_host::{LocalHost, LocalSettings};
use crate::operator::recorders::SCOPE_FILE;
use crate::programs::{Kernel, Programs, is_guest};
use crate::rig_devices::RigDevices;
use crate::scratch::Scratch;

/// The first process of a guest.
const INIT: &str = include_str!("../../uml/init.sh");

/// What a scenario leaves in its folder besides its event log.
const KEPT: [&str; 8] =
    ["board.toml", "charger.ndjson", "charger.toml", "console.log", SCOPE_FILE, "init.log", "program.log", "scope.log"];

/// Makes the rig of a rig file for each scenario.
#[derive(Debug)]
pub struct VirtualRigs {
    rig: Rig,
    file: RigFile,
    flags: Flags,
    programs: Programs,
    /// The folders of the running scenarios are in here.
    scratch: Scratch,
    made: AtomicUsize,
    /// One guest boots at a time: its kernel takes a whole processor, which those that run need too.
    booting: Mutex<()>,
}

impl VirtualRigs {
    /// A rig whose file says that its world is a twin.
    ///
    /// # Errors
    /// What it needs is not there: the charger's program, the guest's kernel.
    pub fn new(file: RigFile, flags: Flags) -> Result<Self, String> {
        let programs = Programs::find(file.rig.host)?;
        Self::with_programs(file, flags, programs)
    }

    /// As [`Self::new`], with these programs.
    ///
    /// # Errors
    /// There is no place for the files of a run.
    pub fn with_programs(file: RigFile, flags: Flags, programs: Programs) -> Result<Self, String> {
        let scratch = Scratch::new()?;
        Ok(Self {
            rig: Rig::Wired(Box::new(file.clone())),
            file,
            flags,
            programs,
            scratch,
            made: AtomicUsize::new(0),
            booting: Mutex::new(()),
        })
    }

    /// Whether the power board has no firmware.
    fn is_bare(&self) -> bool {
        self.file.device("power_board").is_some_and(|endpoint| endpoint.scheme() == "gpio")
    }
}

impl Rigs for VirtualRigs {
    fn name(&self) -> &str {
        self.rig.id()
    }

    fn caps(&self) -> Vec<String> {
        self.file.caps.provides.clone()
    }

    fn jobs(&self, wanted: Option<usize>) -> usize {
        // Each scenario has a guest, or a program, of its own, which waits most of the time; many more stall each other. A guest
        // that runs the safety machine itself wants a processor.
        let each = if self.is_bare() { 1 } else { 4 };
        wanted.unwrap_or_else(|| each * features::processors())
    }

    fn flags(&self) -> Flags {
        self.flags
    }

    fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        is_guest(self.file.rig.host).then(|| self.booting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn decide(&self, tags: &[String]) -> Decision {
        hil_rig::decide(tags, &self.rig, self.flags)
    }

    fn make(&self, mut setup: Setup, folder: Option<&Path>) -> Result<Box<dyn features::Rig>, NoRig> {
        let devices = match RigDevices::for_charger(&self.file, &setup.charger) {
            Ok(devices) => devices,
            Err(why) => features::unable(why),
        };
        if is_guest(self.file.rig.host) && setup.charger.evses.count() > 1 {
            features::unable(format!("the guest of rig {} has wires for one EVSE", self.file.rig.id));
        }
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let own = self.scratch.path().join(number.to_string());
        fs::create_dir_all(&own).map_err(|error| format!("{}: {error}", own.display()))?;
        devices.fit(&mut setup.charger);
        if matches!(setup.csms, CsmsChoice::Url(_)) {
            return Err(NoRig::Setup("this rig brings its own CSMS".into()));
        }
        if self.is_bare() {
            setup.evse(EvseId::FIRST).bare_board = Some(BareBoard::default());
        }
        BenchCommand::permit_all(&mut setup.charger);
        let stall = self.file.timing.stall();
        let bare_board = setup.evse(EvseId::FIRST).bare_board.clone();
        let (programs, place) = (self.programs.clone(), own.clone());
        let make = move |terminals: Terminals| -> Result<Box<dyn OutsideHost>, TwinError> {
            let (chargerd, folder, devices) = (programs.chargerd.clone(), place.clone(), devices.clone());
            match programs.guest.clone() {
                Some(Kernel { linux: kernel, shim }) => {
                    let init = folder.join("init.sh");
                    write_program(&init, INIT).map_err(|error| TwinError::Broken(error.to_string()))?;
                    let bare_board = bare_board.clone();
                    let settings = GuestSettings { kernel, shim, init, chargerd, folder, devices, bare_board, stall };
                    GuestHost::boot(terminals, settings).map(|host| Box::new(host) as Box<dyn OutsideHost>)
                }
                None => {
                    let settings = LocalSettings { chargerd, folder, devices, stall, real: None };
                    LocalHost::new(terminals, settings).map(|host| Box::new(host) as Box<dyn OutsideHost>)
                }
            }
        };
        let twin = Twin::new(setup.with_host(make)).map_err(|error| {
            // Why a guest did not boot is on its console.
            keep(&own, folder);
            NoRig::NotReady(error.to_string())
        })?;
        let rig = SimRig::in_real_time(twin, self.file.timing.resolution());
        Ok(Box::new(Kept::new(rig, own, folder.map(Path::to_path_buf))))
    }
}

/// Writes a program that can be run.
fn write_program(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// A rig whose files are kept beside the scenario's log when it is over.
#[derive(Debug)]
struct Kept {
    rig: Option<SimRig>,
    own: PathBuf,
    folder: Option<PathBuf>,
}

impl Kept {
    const fn new(rig: SimRig, own: PathBuf, folder: Option<PathBuf>) -> Self {
        Self { rig: Some(rig), own, folder }
    }

    fn rig(&self) -> &SimRig {
        self.rig.as_ref().unwrap_or_else(|| unreachable!("there until it is dropped"))
    }

    fn rig_mut(&mut self) -> &mut SimRig {
        self.rig.as_mut().unwrap_or_else(|| unreachable!("there until it is dropped"))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // The charger ends first: its last lines belong to the evidence.
        self.rig = None;
        keep(&self.own, self.folder.as_deref());
    }
}

/// Keeps the files of a scenario beside its log, and removes its own folder.
pub(crate) fn keep(own: &Path, folder: Option<&Path>) {
    if let Some(folder) = folder {
        for name in KEPT {
            // Not every rig has every file.
            let file = own.join(name);
            if file.is_file()
                && let Err(error) = output::copy(&file, &folder.join(name))
            {
                features::print::complain(format_args!("{name} cannot be kept in {}: {error}", folder.display()));
            }
        }
    }
    let _ = fs::remove_dir_all(own);
}

impl features::Rig for Kept {
    fn can(&self, action: &twin::Action) -> Result<(), String> {
        self.rig().can(action)
    }

    fn resolution(&self) -> std::time::Duration {
        self.rig().resolution()
    }

    fn has_told(&self, until: units::Instant) -> bool {
        self.rig().has_told(until)
    }

    fn boot(&mut self, limit: std::time::Duration) -> Result<(), String> {
        self.rig_mut().boot(limit)
    }

    fn look_at(&mut self, evse: EvseId) -> Result<(), String> {
        self.rig_mut().look_at(evse)
    }

    fn act(&mut self, action: twin::Action) {
        self.rig_mut().act(action);
    }

    fn wait(&mut self, limit: std::time::Duration, done: &mut dyn FnMut(&mut dyn features::Rig) -> bool) -> bool {
        self.rig_mut().wait(limit, done)
    }

    fn probe(&mut self, signal: twin::Signal) -> f64 {
        self.rig_mut().probe(signal)
    }

    fn measure(&mut self, signal: twin::Signal) -> Result<f64, String> {
        self.rig_mut().measure(signal)
    }

    fn panel_picture(&mut self) -> Poll<Result<Picture, String>> {
        self.rig_mut().panel_picture()
    }

    fn now(&self) -> units::Instant {
        self.rig().now()
    }

    fn log(&self) -> &event_log::Log {
        self.rig().log()
    }

    fn csms(&self) -> Option<&twin::Csms> {
        self.rig().csms()
    }

    fn pilot_state(&mut self) -> String {
        self.rig_mut().pilot_state()
    }

    fn energy_balance(&mut self) -> Option<twin::Balance> {
        self.rig_mut().energy_balance()
    }

    fn health(&self) -> Result<(), TwinError> {
        self.rig().health()
    }

    fn finish(&mut self) {
        self.rig_mut().finish();
    }
}
