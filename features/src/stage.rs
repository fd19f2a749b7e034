//! What the steps see: the setup until the first thing happens, then the rig.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use event_log::{Event, Log};
use panel_view::Picture;
use serde_json::json;
use twin::{Action, CsmsChoice, Policy, Request, Setup, Signal};
use units::Instant;
use vehicle_model::Profile;

use crate::measurement::{Check, Limits, Outcome, Reading};
use crate::picture_file;
use crate::rig::{Rig, Rigs};
use crate::wall::Wall;

/// An assertion that does not hold. Steps panic with it; the runner tells it from a real panic.
#[derive(Debug)]
pub(crate) struct Broken(pub(crate) String);

/// Something this rig cannot do. Steps panic with it; the scenario is skipped with the reason.
#[derive(Debug)]
pub(crate) struct Unable(pub(crate) String);

/// Ends the running scenario as skipped, with this reason: for a rig that finds out only while it acts or measures.
pub fn unable(why: impl Into<String>) -> ! {
    std::panic::panic_any(Unable(why.into()));
}

/// A rig that is not in order. Steps panic with it; nothing is said about the charger.
#[derive(Debug)]
pub(crate) struct NotReady(pub(crate) String);

/// What the steps of one scenario see.
#[derive(cucumber::World)]
#[world(init = Self::empty)]
pub struct Stage {
    setup: Setup,
    rigs: Arc<dyn Rigs>,
    /// Where the evidence of this scenario goes.
    folder: Option<PathBuf>,
    rig: Option<Box<dyn Rig>>,
    /// Where the log stood when the last action began: "must not" and "was" look from here.
    mark: usize,
    marked_at: Instant,
    /// How many requests the CSMS had then.
    requests_then: usize,
    /// How often the contacts had closed then.
    closings_then: f64,
    /// Happens as soon as the rig runs.
    pub(crate) first: Vec<Action>,
    /// The seed of the run: stories are told for one.
    pub(crate) run_seed: u64,
    /// The scenario's name.
    pub(crate) name: String,
    /// Which check of the bring-up list it is.
    check: Check,
    /// How long a charger on wires took to come up, in microseconds of wall time; `None` before, and in the twin.
    pub(crate) booted: Option<u64>,
    /// Whether anything was measured.
    measured: bool,
    /// What could not be measured, and why.
    not_measured: Vec<String>,
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Stage {
    /// How long a charger may take to boot before the scenario begins.
    const BOOT: Duration = Duration::from_secs(2);

    /// A stage with the standard setup. Everything random follows from the seed of the run and `own`, the scenario's number.
    #[must_use]
    pub fn new(seed: u64, own: u64, log: Log, name: String, rigs: Arc<dyn Rigs>, folder: Option<PathBuf>) -> Self {
        // The car is built in and checked by its crate's tests.
        let car = Profile::builtin("renault-zoe").expect("a built-in car");
        let check = Check::of(&log);
        let mut setup = Setup { log, ..Setup::standard(car, seed ^ own) };
        setup.charger.authorization.mode = station::AuthorizationMode::Token;
        let mut stage = Self {
            setup,
            rigs,
            folder,
            rig: None,
            mark: 0,
            marked_at: Instant::ZERO,
            requests_then: 0,
            closings_then: 0.0,
            first: Vec::new(),
            run_seed: seed,
            name,
            check,
            booted: None,
            measured: false,
            not_measured: Vec::new(),
        };
        stage.policy(|policy| {
            let opinion = twin::Opinion { status: "Accepted".into(), group: None };
            policy.tokens.insert("04CA2D01".into(), opinion);
        });
        stage
    }

    fn empty() -> Self {
        Self::new(1, 0, Log::memory(), String::new(), Arc::new(crate::rig::Twins::default()), None)
    }

    /// Breaks the scenario unless it holds.
    pub(crate) fn check(&self, holds: bool, why: impl FnOnce() -> String) {
        if !holds {
            std::panic::panic_any(Broken(why()));
        }
    }

    /// Breaks the scenario.
    pub(crate) fn fail(&self, why: String) -> ! {
        std::panic::panic_any(Broken(why));
    }

    /// The setup, before anything has happened.
    pub(crate) fn setup(&mut self) -> &mut Setup {
        if self.rig.is_some() {
            self.fail("this can only be said before the first thing happens".into());
        }
        &mut self.setup
    }

    /// Whether drivers must show a token.
    pub(crate) fn needs_token(&self) -> bool {
        self.setup.charger.authorization.mode == station::AuthorizationMode::Token
    }

    /// Changes how the CSMS answers, now or from the beginning on.
    pub(crate) fn policy(&mut self, change: impl FnOnce(&mut Policy) + 'static) {
        if self.rig.is_some() {
            self.act(Action::CsmsPolicy(Box::new(change)));
        } else if let CsmsChoice::Simulated(policy) = &mut self.setup.csms {
            change(policy);
        } else {
            self.fail("there is no CSMS".into());
        }
    }

    /// The rig; it is made and booted when the first step needs it.
    pub(crate) fn rig(&mut self) -> &mut dyn Rig {
        if self.rig.is_none() {
            let rigs = Arc::clone(&self.rigs);
            let turn = rigs.turn();
            let wall = Wall::start();
            let made = rigs.make(self.setup.clone(), self.folder.as_deref());
            drop(turn);
            match made {
                Ok(rig) => {
                    let rig = self.rig.insert(rig);
                    let wired = !rig.resolution().is_zero();
                    for action in self.first.drain(..) {
                        able(&**rig, &action);
                        rig.act(action);
                    }
                    if let Err(why) = rig.boot(Self::BOOT) {
                        std::panic::panic_any(NotReady(why));
                    }
                    if wired {
                        let booted = wall.micros();
                        self.booted = Some(booted);
                        rig.log().record("run", "ready", json!({ "booted_ms": booted / 1000 }));
                    }
                    self.mark();
                }
                Err(why) => std::panic::panic_any(NotReady(format!("the rig cannot be made: {why}"))),
            }
        }
        match &mut self.rig {
            Some(rig) => &mut **rig,
            None => unreachable!("made above"),
        }
    }

    /// The rig, if anything has happened.
    pub(crate) fn running(&mut self) -> Option<&mut (dyn Rig + 'static)> {
        self.rig.as_deref_mut()
    }

    /// From here on counts what the next checks look at.
    pub(crate) fn mark(&mut self) {
        let (mark, now) = (self.rig().log().len(), self.rig().now());
        let closings = self.rig().probe(Signal::ContactorClosings);
        let requests = self.rig().csms().map_or(0, |csms| csms.requests().len());
        (self.mark, self.marked_at, self.closings_then, self.requests_then) = (mark, now, closings, requests);
    }

    /// Something happens; the checks that follow look at what comes of it.
    pub(crate) fn act(&mut self, action: Action) {
        self.rig();
        self.mark();
        able(self.rig(), &action);
        self.rig().act(action);
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, duration: Duration) {
        self.rig().wait(duration, &mut |_| false);
    }

    /// Lets the world come to rest. Where seconds are real, two must do: no check depends on how long it rested.
    pub(crate) fn settle(&mut self, duration: Duration) {
        let real = !self.rig().resolution().is_zero();
        self.pass(if real { duration.min(Duration::from_secs(2)) } else { duration });
    }

    /// Waits until something holds; breaks the scenario when it does not within that time.
    pub(crate) fn within(
        &mut self,
        limit: Duration,
        mut holds: impl FnMut(&mut dyn Rig) -> bool,
        otherwise: impl FnOnce(&mut dyn Rig) -> String,
    ) {
        let begun = self.rig().now();
        let window = limit + self.rig().resolution();
        if !self.rig().wait(window, &mut holds) {
            let why = otherwise(self.rig());
            self.fail(format!("not within {limit:?} from {begun}: {why}"));
        }
        if let Some(why) = self.by_hand() {
            self.rig().log().record("step", "note", format!("whether it took {limit:?} at most is not known: {why}"));
        }
    }

    /// Why no time from the last action on can be measured.
    pub(crate) fn by_hand(&mut self) -> Option<String> {
        self.rig().acted_by_hand().then(|| "a person did it, and told so some time after".to_owned())
    }

    /// Lets time pass while something must hold at every instant.
    pub(crate) fn throughout(
        &mut self,
        duration: Duration,
        mut holds: impl FnMut(&mut dyn Rig) -> bool,
        otherwise: impl FnOnce(&mut dyn Rig) -> String,
    ) {
        let window = duration.saturating_sub(self.rig().resolution());
        let broken = self.rig().wait(window, &mut |rig| !holds(rig));
        if broken {
            let at = self.rig().now();
            let why = otherwise(self.rig());
            self.fail(format!("at {at}: {why}"));
        }
    }

    /// Whether an event came since the last action.
    pub(crate) fn since_mark(&mut self, wanted: impl Fn(&Event) -> bool) -> bool {
        let mark = self.mark;
        self.rig().log().any(mark, wanted)
    }

    /// How many such events came in the whole scenario.
    pub(crate) fn count(&mut self, wanted: impl Fn(&Event) -> bool) -> usize {
        if let Some(why) = self.forgotten(0) {
            self.fail(why);
        }
        self.rig().log().with(0, |events| events.filter(|event| wanted(event)).count())
    }

    /// Why what has happened from there on cannot be counted.
    pub(crate) fn forgotten(&mut self, from: usize) -> Option<String> {
        let first = self.rig().log().first();
        (from < first).then(|| format!("the first {first} events are in the file only: they cannot be counted here"))
    }

    /// Where the log stood when the last action began.
    pub(crate) const fn mark_position(&self) -> usize {
        self.mark
    }

    /// Where the log stood, and when it was, when the last action began.
    pub(crate) const fn marked(&self) -> (usize, Instant) {
        (self.mark, self.marked_at)
    }

    /// Where everything stands now, to look back at after several actions.
    pub(crate) fn marker(&mut self) -> (usize, Instant) {
        (self.rig().log().len(), self.rig().now())
    }

    /// The checks that follow look from there.
    pub(crate) const fn mark_from(&mut self, (mark, marked_at): (usize, Instant)) {
        (self.mark, self.marked_at) = (mark, marked_at);
    }

    /// Records a measurement; answers what is wrong with it.
    pub(crate) fn measured(&mut self, quantity: &str, limits: &Limits, reading: &Reading) -> Result<(), String> {
        match self.check.record(&self.setup.log, quantity, limits, reading) {
            Outcome::NotMeasured(why) => self.not_measured.push(format!("{quantity}: {why}")),
            Outcome::Pass => self.measured = true,
            Outcome::Fail(why) => {
                self.measured = true;
                return Err(why);
            }
        }
        Ok(())
    }

    /// Keeps a picture of the panel with the evidence; the last one counts.
    pub(crate) fn keep_picture(&mut self, picture: &Picture) {
        let Some(folder) = &self.folder else { return };
        if let Err(error) = picture_file::write(&folder.join("panel.png"), picture) {
            self.rig().log().record("step", "note", format!("panel.png cannot be kept: {error}"));
        }
    }

    /// What was not measured and why, in a scenario that meant to measure something and has measured nothing; or, where `all` of
    /// it must be, not everything.
    pub(crate) fn not_measured(&self, all: bool) -> Option<String> {
        ((all || !self.measured) && !self.not_measured.is_empty()).then(|| self.not_measured.join("; "))
    }

    /// Something breaks, now or before the beginning.
    pub(crate) fn cause(&mut self, action: Action) {
        if self.rig.is_none() {
            self.first.push(action);
        } else {
            self.act(action);
        }
    }

    /// How often the contacts have closed since the last action.
    pub(crate) fn closings(&mut self) -> f64 {
        let then = self.closings_then;
        self.rig().probe(Signal::ContactorClosings) - then
    }

    /// What the CSMS got: since the last action, or since the beginning.
    pub(crate) fn requests(&mut self, since_mark: bool) -> Vec<Request> {
        let skip = if since_mark { self.requests_then } else { 0 };
        match self.rig().csms() {
            Some(csms) => csms.requests().into_iter().skip(skip).collect(),
            None => self.fail("there is no CSMS that could be asked".into()),
        }
    }

    /// How many requests the CSMS had when the last action began.
    pub(crate) const fn requests_then(&self) -> usize {
        self.requests_then
    }
}

/// Skips the scenario unless the rig can do that.
fn able(rig: &dyn Rig, action: &Action) {
    if let Err(why) = rig.can(action) {
        std::panic::panic_any(Unable(why));
    }
}
