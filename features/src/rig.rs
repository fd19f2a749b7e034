//! What a scenario runs on.

use std::path::Path;
use std::sync::{MutexGuard, OnceLock};
use std::task::Poll;
use std::time::Duration;

use event_log::Log;
use hil_rig::{Decision, Flags};
use panel_view::Picture;
use report::Cause;
use twin::{Action, Csms, Setup, SetupError, Signal, Twin, TwinError};
use units::{EvseId, Instant};

use crate::interrupt::is_interrupted;
use crate::measurement::not_measured;
use crate::stop::{Stop, unable};

/// Why there is no rig for a scenario.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoRig {
    /// What the scenario sets up cannot be.
    #[error("the world cannot be made: {0}")]
    Setup(String),
    /// The rig is not in order, or somebody must do something first.
    #[error("the rig cannot be made: {0}")]
    NotReady(String),
}

impl From<String> for NoRig {
    /// What a rig says without more is said of itself.
    fn from(why: String) -> Self {
        Self::NotReady(why)
    }
}

impl From<NoRig> for Stop {
    fn from(none: NoRig) -> Self {
        let cause = match none {
            NoRig::Setup(_) => Cause::Broken,
            NoRig::NotReady(_) => Cause::NotReady,
        };
        Self::Error(cause, none.to_string())
    }
}

/// Makes a rig for each scenario.
pub trait Rigs: Send + Sync {
    /// What people call it.
    fn name(&self) -> &str;

    /// What it offers.
    fn caps(&self) -> Vec<String> {
        Vec::new()
    }

    /// The commit of the features, as `git describe` says it; empty when it is not known. Asked for each scenario: a rig
    /// keeps it.
    fn git(&self) -> String {
        static DESCRIBED: OnceLock<String> = OnceLock::new();
        DESCRIBED.get_or_init(describe).clone()
    }

    /// Looks whether the rig is ready: asked once, before the first scenario.
    ///
    /// # Errors
    /// What is not, in words: nothing is run then.
    fn ready(&self) -> Result<(), String> {
        Ok(())
    }

    /// How many scenarios it runs at a time, where so many are wanted; `None` is as many as suit it.
    fn jobs(&self, wanted: Option<usize>) -> usize;

    /// What the run was allowed and told.
    fn flags(&self) -> Flags;

    /// Whether a scenario with these tags can be run.
    fn decide(&self, tags: &[String]) -> Decision;

    /// Waits until a rig may be made, and keeps others waiting as long as the answer lives: for rigs whose making would disturb
    /// those that run.
    fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        None
    }

    /// Makes the rig for one scenario; `folder` is where its evidence goes.
    ///
    /// # Errors
    /// Why there is none.
    fn make(&self, setup: Setup, folder: Option<&Path>) -> Result<Box<dyn Rig>, NoRig>;

    /// Whether the log of its scenarios has what modems say, each frame. Elsewhere it is a file beside the log.
    fn logs_frames(&self) -> bool {
        true
    }

    /// The last scenario is over: what was held for the run is given back.
    ///
    /// # Errors
    /// What could not be given back, in words: the run is then no success.
    fn release(&self) -> Result<(), String> {
        Ok(())
    }
}

/// The commit of the working folder.
fn describe() -> String {
    let output = std::process::Command::new("git").args(["describe", "--always", "--dirty"]).output();
    output
        .ok()
        .filter(|output| output.status.success())
        .map_or_else(String::new, |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// How many processors there are.
#[must_use]
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Twins, as many as wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Twins(pub Flags);

/// The name of the rigs that are worlds in virtual time.
pub(crate) const TWIN: &str = "twin";

impl Rigs for Twins {
    fn name(&self) -> &str {
        TWIN
    }

    fn caps(&self) -> Vec<String> {
        hil_rig::TWIN_CAPS.iter().map(ToString::to_string).collect()
    }

    fn jobs(&self, wanted: Option<usize>) -> usize {
        wanted.unwrap_or_else(processors)
    }

    fn flags(&self) -> Flags {
        self.0
    }

    fn decide(&self, tags: &[String]) -> Decision {
        hil_rig::decide(tags, &hil_rig::Rig::Twin, self.0)
    }

    fn logs_frames(&self) -> bool {
        false
    }

    fn make(&self, setup: Setup, _folder: Option<&Path>) -> Result<Box<dyn Rig>, NoRig> {
        let made = SimRig::new(setup).map(|rig| Box::new(rig) as Box<dyn Rig>);
        made.map_err(|error| NoRig::Setup(error.to_string()))
    }
}

/// A charger with a world around it, simulated or real, as steps need it.
pub trait Rig {
    /// Whether this rig can do that.
    ///
    /// # Errors
    /// Why not: the scenario is then skipped with this reason.
    fn can(&self, action: &Action) -> Result<(), String>;

    /// How exactly it tells time: windows of checks are widened by this much.
    fn resolution(&self) -> Duration;

    /// How long something that has happened may take to be in the log: a charger outside of the process tells it over a line. A
    /// check that looks at the log once waits so long for what it looks for.
    fn lag(&self) -> Duration {
        if self.resolution().is_zero() { Duration::ZERO } else { self.resolution() + LINE }
    }

    /// Whether all that the charger told until then is in the log.
    fn has_told(&self, _until: Instant) -> bool {
        true
    }

    /// Waits until the charger is up, at most so long.
    fn boot(&mut self, limit: Duration) -> Result<(), String>;

    /// From here on whatever belongs to an EVSE is that of this one: what is done, measured, seen in the log and at the CSMS.
    ///
    /// # Errors
    /// It has no such EVSE.
    fn look_at(&mut self, evse: EvseId) -> Result<(), String> {
        if evse == EvseId::FIRST { Ok(()) } else { Err(format!("this rig has one EVSE, and no EVSE {evse}")) }
    }

    /// Something happens now. A rig that finds out only now that it cannot do it ends the scenario with
    /// [`unable`](crate::unable).
    fn act(&mut self, action: Action);

    /// Whether the last thing that happened was done by a person: it is told some time after it happened, so no time that
    /// begins there can be measured.
    fn acted_by_hand(&self) -> bool {
        false
    }

    /// Time passes until `done`, at most so long; answers whether it came to be.
    fn wait(&mut self, limit: Duration, done: &mut dyn FnMut(&mut dyn Rig) -> bool) -> bool;

    /// Measures something; what nothing on the rig measures ends the scenario with [`unable`](crate::unable).
    fn probe(&mut self, signal: Signal) -> f64;

    /// Measures something with the rig's instruments, in its unit without a prefix; a value that is not a number is
    /// nothing to be measured, such as a flank where there is none.
    ///
    /// # Errors
    /// Why this rig cannot: the measurement is then recorded as not made, with this reason.
    fn measure(&mut self, signal: Signal) -> Result<f64, String> {
        Err(not_measured(signal))
    }

    /// What the panel shows, as pixels: taken with the first call, and there after some time; ask again until then.
    ///
    /// # Errors
    /// Why this rig cannot see it.
    fn panel_picture(&mut self) -> Poll<Result<Picture, String>> {
        Poll::Ready(Err("this rig cannot see its panel".into()))
    }

    /// The instant.
    fn now(&self) -> Instant;

    /// What has happened.
    fn log(&self) -> &Log;

    /// The CSMS of the rig, if it can be asked what it got.
    fn csms(&self) -> Option<&Csms>;

    /// The state of the control pilot, as `A1` to `F`.
    fn pilot_state(&mut self) -> String;

    /// Where the energy went, where a rig can tell.
    fn energy_balance(&mut self) -> Option<twin::Balance>;

    /// Whether everything but the charger is in order.
    ///
    /// # Errors
    /// What is not.
    fn health(&self) -> Result<(), TwinError>;

    /// Leaves everything safe.
    fn finish(&mut self);
}

/// A line to a charger that takes longer than this is one to a computer that stands still.
const LINE: Duration = Duration::from_millis(500);

/// How long a charger on wires may take to come up: its kernel boots, its devices open, the CSMS answers.
const BOOT_IN_REAL_TIME: Duration = Duration::from_secs(20);

/// A rig in real time looks around at least this often: for Ctrl-C, and for a charger that ended without a word.
const LOOK: Duration = Duration::from_millis(100);

/// A twin of its own for one scenario, the charger inside of it or on wires.
#[derive(Debug)]
pub struct SimRig {
    twin: Twin,
    resolution: Duration,
    /// The EVSE that is looked at, and the log and the CSMS as they are seen from there.
    evse: EvseId,
    log: Log,
    csms: Option<Csms>,
}

impl SimRig {
    /// Makes the world of a scenario.
    ///
    /// # Errors
    /// What in the setup cannot be.
    pub fn new(setup: Setup) -> Result<Self, SetupError> {
        Twin::new(setup).map(|twin| Self::at(twin, Duration::ZERO))
    }

    /// A rig on a world in real time that tells time no better than this.
    #[must_use]
    pub fn in_real_time(twin: Twin, resolution: Duration) -> Self {
        Self::at(twin, resolution)
    }

    fn at(twin: Twin, resolution: Duration) -> Self {
        let evse = EvseId::FIRST;
        let (log, csms) = (twin.log().seen_from(evse), twin.csms().map(|csms| csms.seen_from(evse)));
        Self { twin, resolution, evse, log, csms }
    }

    const fn is_in_real_time(&self) -> bool {
        !self.resolution.is_zero()
    }
}

impl Rig for SimRig {
    fn can(&self, action: &Action) -> Result<(), String> {
        self.twin.can(self.evse, action)
    }

    fn look_at(&mut self, evse: EvseId) -> Result<(), String> {
        if self.twin.evses().all(|own| own != evse) {
            return Err(format!("this charger has no EVSE {evse}"));
        }
        if self.evse != evse {
            self.evse = evse;
            self.log = self.twin.log().seen_from(evse);
            self.csms = self.twin.csms().map(|csms| csms.seen_from(evse));
        }
        Ok(())
    }

    fn resolution(&self) -> Duration {
        self.resolution
    }

    fn has_told(&self, until: Instant) -> bool {
        self.twin.has_told(until)
    }

    fn boot(&mut self, limit: Duration) -> Result<(), String> {
        if !self.is_in_real_time() {
            self.wait(limit, &mut |_| false);
            return Ok(());
        }
        if self.twin.run_until(BOOT_IN_REAL_TIME, |twin| twin.host_is_ready() || is_interrupted()) && !is_interrupted()
        {
            return Ok(());
        }
        match self.health() {
            Ok(()) => Err(format!("the charger was not up within {BOOT_IN_REAL_TIME:?}")),
            Err(error) => Err(error.to_string()),
        }
    }

    fn act(&mut self, action: Action) {
        self.twin.act_at(self.evse, action);
    }

    fn wait(&mut self, limit: Duration, done: &mut dyn FnMut(&mut dyn Rig) -> bool) -> bool {
        let end = self.twin.now() + limit;
        loop {
            if done(self) {
                return true;
            }
            if self.twin.now() >= end || self.health().is_err() {
                return false;
            }
            self.twin.advance(if self.is_in_real_time() { end.min(self.twin.now() + LOOK) } else { end });
        }
    }

    fn probe(&mut self, signal: Signal) -> f64 {
        match self.twin.probe_at(self.evse, signal) {
            Ok(value) => value,
            Err(why) => unable(why.to_string()),
        }
    }

    fn measure(&mut self, signal: Signal) -> Result<f64, String> {
        let measured = self.twin.probe_at(self.evse, signal);
        measured.map(|value| value * signal.unit().scale).map_err(|why| why.to_string())
    }

    fn panel_picture(&mut self) -> Poll<Result<Picture, String>> {
        self.twin.panel_picture(self.evse)
    }

    fn now(&self) -> Instant {
        self.twin.now()
    }

    fn log(&self) -> &Log {
        &self.log
    }

    fn csms(&self) -> Option<&Csms> {
        self.csms.as_ref()
    }

    fn pilot_state(&mut self) -> String {
        // A scenario always has a charger.
        self.twin.snapshot(self.evse).outlet.map(|outlet| outlet.pilot_state).unwrap_or_default()
    }

    fn energy_balance(&mut self) -> Option<twin::Balance> {
        Some(self.twin.energy_balance())
    }

    fn health(&self) -> Result<(), TwinError> {
        if is_interrupted() {
            return Err(TwinError::Interrupted);
        }
        self.twin.health()
    }

    fn finish(&mut self) {
        self.twin.finish();
    }
}
