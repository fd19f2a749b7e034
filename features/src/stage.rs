//! What the steps see: the setup until the first thing happens, then the rig.

mod setting;
mod waiting;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use event_log::{Event, Log};
use gherkin::Step;
use iso15118::wire::Side;
use panel_view::Picture;
use report::Cause;
use serde_json::json;
use twin::{Action, Csms, Device, MeterAt, Request, Setup, Signal};
use units::{EvseId, Instant};
use vehicle_model::Profile;

use crate::case::Case;
use crate::measurement::{Check, Limits, Outcome, Reading};
use crate::options::Conditions;
use crate::parameters::{Card, one_of};
use crate::picture_file;
use crate::power_line::{Broken, PowerLines};
use crate::rig::{Rig, Rigs};
use crate::stop::{Stop, unable};
use crate::story::{self, STORY_SEED};
use crate::wall::Wall;

/// The card that the CSMS accepts unless told otherwise.
const ACCEPTED: &str = "04CA2D01";

/// The end of a step in a rehearsal: here it would begin to act, or to look.
#[derive(Debug)]
pub(crate) struct Rehearsed;

/// Where everything stands at one instant, to look back at.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// How many events are in the log.
    log: usize,
    at: Instant,
    /// How many requests the CSMS has got.
    requests: usize,
    /// How often the contacts of each EVSE have closed, in order of their numbers.
    closings: Vec<f64>,
}

impl Mark {
    const BEGINNING: Self = Self { log: 0, at: Instant::ZERO, requests: 0, closings: Vec::new() };
}

/// The world that the steps act on.
enum World {
    /// Nothing has happened yet: it is made when the first thing does.
    NotYet,
    /// There is none: the sentences are only looked through. Something has happened in it, or not yet.
    Rehearsal { acted: bool },
    /// It runs.
    Running(Box<dyn Rig>),
}

/// What the steps of one scenario see.
#[derive(cucumber::World)]
#[world(init = Self::empty)]
pub struct Stage {
    setup: Setup,
    /// The stories that it has told.
    stories: Vec<PathBuf>,
    rigs: Arc<dyn Rigs>,
    /// Where the evidence of this scenario goes.
    folder: Option<PathBuf>,
    world: World,
    /// The EVSE that this sentence is about.
    evse: EvseId,
    /// The feature file: what it names is looked for beside it.
    feature: PathBuf,
    /// The tokens that the scenario has named.
    cards: Vec<String>,
    /// Where everything stood when the last action began: "must not" and "was" look from here.
    mark: Mark,
    /// What is said on the power lines, once there is a world.
    power_lines: Option<PowerLines>,
    /// Rules of the wire that are broken on purpose, and by whom.
    may_break: Vec<(&'static str, Side)>,
    /// Their power lines lose, double, mix up or damage frames, or did.
    bad_lines: BTreeSet<EvseId>,
    /// Happens as soon as the rig runs.
    first: Vec<(EvseId, Action)>,
    conditions: Conditions,
    /// Since the scenario began.
    wall: Wall,
    /// The scenario's file and line.
    place: String,
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
        f.debug_struct("Stage").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Stage {
    /// How long a charger may take to boot before the scenario begins.
    const BOOT: Duration = Duration::from_secs(2);

    /// No charger that runs takes so long to answer: a rig notices much earlier that its computer stands still.
    const ANSWER: Duration = Duration::from_secs(5);

    /// A stage with the standard setup. Everything random follows from the seed of the run and `own`, the scenario's number.
    #[must_use]
    pub fn new(conditions: Conditions, case: &Case, log: Log, rigs: Arc<dyn Rigs>, folder: Option<PathBuf>) -> Self {
        // The car is built in and checked by its crate's tests.
        let car = Profile::builtin("renault-zoe").expect("a built-in car");
        let check = Check::of(&log);
        let mut setup = Setup { log, ..Setup::standard(car, conditions.seed ^ case.hash()) };
        setup.charger.authorization.mode = station::AuthorizationMode::Token;
        let mut stage = Self {
            setup,
            stories: Vec::new(),
            rigs,
            folder,
            world: World::NotYet,
            evse: EvseId::FIRST,
            feature: case.path.clone(),
            cards: vec![ACCEPTED.into()],
            mark: Mark::BEGINNING,
            power_lines: None,
            may_break: Vec::new(),
            bad_lines: BTreeSet::new(),
            first: Vec::new(),
            conditions,
            wall: Wall::start(),
            place: case.place(),
            check,
            booted: None,
            measured: false,
            not_measured: Vec::new(),
        };
        stage.policy(|policy| {
            let opinion = twin::Opinion { status: "Accepted".into(), group: None };
            policy.tokens.insert(ACCEPTED.into(), opinion);
        });
        stage
    }

    /// A stage on which nothing ever happens: the sentences of a scenario are looked through before anything runs.
    pub(crate) fn rehearsal(case: &Case) -> Self {
        let rigs = Arc::new(crate::rig::Twins::default());
        let mut stage = Self::new(Conditions::default(), case, Log::memory(), rigs, None);
        stage.world = World::Rehearsal { acted: false };
        stage
    }

    fn empty() -> Self {
        Self::rehearsal(&Case::empty())
    }

    /// The sentences from here on are about that EVSE.
    ///
    /// # Errors
    /// There is none of that number.
    pub(crate) fn look_at(&mut self, evse: EvseId) -> Result<(), String> {
        let there = self.setup.charger.evses.count();
        if evse.number() > there {
            let has = if there == 1 { "one EVSE".to_owned() } else { format!("{there} EVSEs") };
            return Err(format!(
                "this charger has {has}, and no EVSE {evse}: begin with \"a charger with {evse} EVSEs\""
            ));
        }
        self.evse = evse;
        match self.running() {
            Some(rig) => rig.look_at(evse),
            None => Ok(()),
        }
    }

    /// The EVSE that this sentence is about.
    pub(crate) const fn evse(&self) -> EvseId {
        self.evse
    }

    /// The EVSEs of the charger.
    pub(crate) fn evses(&self) -> Vec<EvseId> {
        self.setup.charger.evses.ids().collect()
    }

    /// Breaks the scenario unless it holds.
    pub(crate) fn check(&self, holds: bool, why: impl FnOnce() -> String) {
        if !holds {
            std::panic::panic_any(Stop::Failed(why()));
        }
    }

    /// Breaks the scenario.
    pub(crate) fn fail(&self, why: String) -> ! {
        std::panic::panic_any(Stop::Failed(why));
    }

    /// Ends the scenario: the feature says something that cannot be.
    pub(crate) fn misstated(&self, why: String) -> ! {
        std::panic::panic_any(Stop::Undefined(why));
    }

    /// The text in the lines below the sentence.
    pub(crate) fn text_of<'s>(&self, step: &'s Step) -> &'s str {
        step.docstring().unwrap_or_else(|| self.misstated("the lines below are missing: a text between \"\"\"".into()))
    }

    /// The rows of the table below the sentence: two columns.
    pub(crate) fn rows_of(&self, step: &Step) -> Vec<(String, String)> {
        let Some(table) = step.table() else { self.misstated("the table below is missing: | path | value |".into()) };
        let pair = |row: &Vec<String>| match row.as_slice() {
            [path, value] => (path.clone(), value.clone()),
            other => self.misstated(format!("a row of {} columns: expected two, a path and its value", other.len())),
        };
        table.rows.iter().map(pair).collect()
    }

    /// The file of that name: beside the feature, or else in the working folder.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        let beside = self.feature.with_file_name(name);
        if beside.exists() { beside } else { name.into() }
    }

    /// Compares the whole transcript with the story of that name, or keeps it; fails with the difference.
    pub(crate) fn tell_story(&mut self, name: &str) {
        let place = story::place(&self.feature, name).unwrap_or_else(|why| self.misstated(why));
        self.stories.push(place.clone());
        let real = !self.rig().resolution().is_zero();
        if real || self.conditions.seed != STORY_SEED {
            let why = format!("stories are told for seed {STORY_SEED} in virtual time; this one was not compared");
            self.rig().log().record("step", "note", why);
            return;
        }
        let told = report::transcript(&self.setup.log.snapshot());
        if let Err(why) = story::tell(&place, &told, self.conditions.stories, &self.place) {
            self.fail(why);
        }
    }

    /// The stories that it has told so far, or that it would tell.
    pub(crate) fn stories(&self) -> &[PathBuf] {
        &self.stories
    }

    /// The scenario has named that token.
    pub(crate) fn mention(&mut self, card: &Card) {
        self.cards.push(card.0.to_ascii_uppercase());
    }

    /// Ends the scenario when it has not named that token before: nothing can have happened to it.
    pub(crate) fn is_mentioned(&self, card: &Card) {
        let cards: Vec<&str> = self.cards.iter().map(String::as_str).collect();
        if let Err(why) = one_of("card in this scenario", &cards, &card.0.to_ascii_uppercase()) {
            self.misstated(why);
        }
    }

    /// Whether anything has happened.
    const fn has_begun(&self) -> bool {
        match self.world {
            World::NotYet | World::Rehearsal { acted: false } => false,
            World::Running(_) | World::Rehearsal { acted: true } => true,
        }
    }

    /// The rig; it is made and booted when the first step needs it.
    pub(crate) fn rig(&mut self) -> &mut dyn Rig {
        match &mut self.world {
            World::NotYet => self.begin(),
            World::Rehearsal { acted } => {
                if !std::mem::replace(acted, true) {
                    self.check_setup();
                }
                std::panic::panic_any(Rehearsed);
            }
            World::Running(_) => {}
        }
        match &mut self.world {
            World::Running(rig) => &mut **rig,
            World::NotYet | World::Rehearsal { .. } => unreachable!("made above"),
        }
    }

    /// Whether what was said of charger and car can be: the sentences go through the same checks as files.
    fn check_setup(&self) {
        if let Err(error) = self.setup.charger.check() {
            self.misstated(format!("the charger of this scenario cannot be: {error}"));
        }
        for car in self.setup.evses.iter().filter_map(|there| there.car.profile()) {
            if let Err(error) = car.check() {
                self.misstated(format!("the car of this scenario cannot be: {error}"));
            }
        }
    }

    /// Makes the rig and waits until the charger is up.
    fn begin(&mut self) {
        self.check_setup();
        let rigs = Arc::clone(&self.rigs);
        let turn = rigs.turn();
        let wall = Wall::start();
        if self.setup.evses.iter().any(|evse| evse.plc) {
            let folder = if rigs.logs_frames() { None } else { self.folder.as_deref() };
            let lines = PowerLines::new(self.setup.epoch_micros, folder, !rigs.logs_frames());
            self.setup.frames = Some(lines.sink());
            self.power_lines = Some(lines);
        }
        let made = rigs.make(self.setup.clone(), self.folder.as_deref());
        drop(turn);
        let mut rig = match made {
            Ok(rig) => rig,
            Err(why) => std::panic::panic_any(Stop::from(why)),
        };
        let wired = !rig.resolution().is_zero();
        for (evse, action) in self.first.drain(..) {
            if let Err(why) = rig.look_at(evse) {
                unable(why);
            }
            able(&*rig, &action);
            rig.act(action);
        }
        if let Err(why) = rig.look_at(self.evse) {
            unable(why);
        }
        if let Err(why) = rig.boot(Self::BOOT) {
            // What a rig has left by then is looked at by whoever ends the scenario.
            self.world = World::Running(rig);
            std::panic::panic_any(Stop::Error(Cause::Broken, why));
        }
        if wired {
            let booted = wall.micros();
            self.booted = Some(booted);
            rig.log().record("run", "ready", json!({ "booted_ms": booted / 1000 }));
        }
        self.world = World::Running(rig);
        self.mark();
    }

    /// The rig, if anything has happened.
    pub(crate) fn running(&mut self) -> Option<&mut (dyn Rig + 'static)> {
        match &mut self.world {
            World::Running(rig) => Some(&mut **rig),
            World::NotYet | World::Rehearsal { .. } => None,
        }
    }

    /// That side may break that rule of the wire: it is what the scenario is about.
    pub(crate) fn may_break(&mut self, rule: &str, side: Side) {
        match iso15118::judge::rules().find(|known| known.id == rule) {
            Some(known) if known.blames == side => self.may_break.push((known.id, side)),
            Some(known) => {
                self.misstated(format!("rule {rule} is one for the {}, never broken by the {side}", known.blames))
            }
            None => {
                let known: Vec<_> = iso15118::judge::rules().map(|known| known.id).collect();
                self.misstated(format!("there is no rule {rule}: expected one of {}", known.join(", ")));
            }
        }
    }

    /// The power line here does not carry each frame once and in order any more. What is missing from a matching then may be
    /// the line's fault, and neither car nor charger is blamed for it. A dialog runs over TCP, which mends that.
    pub(crate) fn line_is_bad(&mut self) {
        self.bad_lines.insert(self.evse);
    }

    /// Nothing more is said on the power lines: which rules were broken that should not be.
    ///
    /// # Errors
    /// What was said could not be recorded.
    pub(crate) fn judge_power_lines(&mut self) -> Result<Vec<String>, String> {
        let Some(lines) = self.power_lines.take() else { return Ok(Vec::new()) };
        let broken = lines.finish()?.into_iter();
        let on_purpose = |broken: &Broken| self.may_break.contains(&(broken.rule, broken.by));
        let by_the_line = |evse: &EvseId, broken: &Broken| broken.of_matching && self.bad_lines.contains(evse);
        Ok(broken
            .filter(|(evse, broken)| !on_purpose(broken) && !by_the_line(evse, broken))
            .map(|(evse, broken)| format!("on the power line of EVSE {evse}: {broken}"))
            .collect())
    }

    /// From here on counts what the next checks look at.
    pub(crate) fn mark(&mut self) {
        self.mark = self.marker();
    }

    /// Ends the scenario when nobody is there to whom that could happen.
    fn has_whom(&self, action: &Action) {
        match action {
            Action::Line(_) => self.has_modems(),
            Action::Car(vehicle_model::Action::Dc(_)) => self.has_dc_inlet(),
            Action::Car(_) => drop(self.car()),
            Action::Link(Device::HouseMeter, _) | Action::Meter(MeterAt::House, _) if self.evse != EvseId::FIRST => {
                self.misstated("the house meter belongs to the whole station: expected no EVSE with it".into());
            }
            _ => {}
        }
    }

    /// Something happens; the checks that follow look at what comes of it.
    pub(crate) fn act(&mut self, action: Action) {
        self.has_whom(&action);
        self.rig();
        self.mark();
        able(self.rig(), &action);
        self.rig().act(action);
    }

    /// Whether an event has come since the last action, now.
    pub(crate) fn since_mark(&mut self, wanted: impl Fn(&Event) -> bool) -> bool {
        let mark = self.mark.log;
        self.rig().log().any(mark, wanted)
    }

    /// Whether an event has come since the last action, or was on its way.
    pub(crate) fn came_since_mark(&mut self, wanted: impl Fn(&Event) -> bool) -> bool {
        let mark = self.mark.log;
        self.holds(|rig| rig.log().any(mark, &wanted))
    }

    /// How many such events came in the whole scenario, where so many are `expected`: those on their way are waited for.
    pub(crate) fn count(&mut self, expected: usize, wanted: impl Fn(&Event) -> bool) -> usize {
        if let Some(why) = self.forgotten(0) {
            self.fail(why);
        }
        let mut times = 0;
        self.holds(|rig| {
            times = rig.log().with(0, |events| events.filter(|event| wanted(event)).count());
            times == expected
        });
        times
    }

    /// Why what has happened from there on cannot be counted.
    pub(crate) fn forgotten(&mut self, from: usize) -> Option<String> {
        let first = self.rig().log().first();
        (from < first).then(|| format!("the first {first} events are in the file only: they cannot be counted here"))
    }

    /// Where the log stood when the last action began.
    pub(crate) const fn mark_position(&self) -> usize {
        self.mark.log
    }

    /// Where the log stood, and when it was, when the last action began.
    pub(crate) const fn marked(&self) -> (usize, Instant) {
        (self.mark.log, self.mark.at)
    }

    /// Where everything stands now, to look back at after several actions.
    pub(crate) fn marker(&mut self) -> Mark {
        let (evse, evses) = (self.evse, self.setup.charger.evses.ids());
        let rig = self.rig();
        let mut closings = Vec::new();
        for other in evses {
            // Where it cannot be looked at, nothing is said of it either.
            if rig.look_at(other).is_ok() {
                closings.push(rig.probe(Signal::ContactorClosings));
            }
        }
        if let Err(why) = rig.look_at(evse) {
            unable(why);
        }
        Mark {
            log: rig.log().len(),
            at: rig.now(),
            requests: rig.csms().map_or(0, |csms| csms.request_count()),
            closings,
        }
    }

    /// The checks that follow look from there.
    pub(crate) fn mark_from(&mut self, mark: Mark) {
        self.mark = mark;
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
        if self.has_begun() {
            self.act(action);
        } else {
            self.at_first(action);
        }
    }

    /// How often the contacts have closed since the last action.
    pub(crate) fn closings(&mut self) -> f64 {
        let then = self.mark.closings.get(self.evse.place()).copied().unwrap_or(0.0);
        self.rig().probe(Signal::ContactorClosings) - then
    }

    /// What the CSMS got: since the last action, or since the beginning.
    pub(crate) fn requests(&mut self, since_mark: bool) -> Vec<Request> {
        self.requests_until(since_mark, |_| true)
    }

    /// The same, when they are as expected; those on their way are waited for.
    pub(crate) fn requests_until(&mut self, since_mark: bool, expected: impl Fn(&[Request]) -> bool) -> Vec<Request> {
        let skip = if since_mark { self.mark.requests } else { 0 };
        let first = self.rig().csms().map_or(0, Csms::first_request);
        if skip < first {
            self.fail(format!("the first {first} calls are in the file only: they cannot be counted here"));
        }
        let mut got = None;
        self.holds(|rig| {
            got = rig.csms().map(|csms| csms.requests(skip, |requests| requests.collect::<Vec<_>>()));
            got.as_deref().is_none_or(&expected)
        });
        got.unwrap_or_else(|| self.fail("there is no CSMS that could be asked".into()))
    }

    /// How many requests the CSMS had when the last action began.
    pub(crate) const fn requests_then(&self) -> usize {
        self.mark.requests
    }
}

/// What the log tells from there on of some kind, each with its time: `OverCurrent at 00:01:07.200`.
pub(crate) fn told(rig: &mut dyn Rig, from: usize, what: impl Fn(&Event) -> Option<&str>) -> String {
    let all: Vec<String> = rig.log().with(from, |events| {
        events.filter_map(|event| what(&event).map(|text| format!("{text} at {}", event.t))).collect()
    });
    if all.is_empty() { "none".into() } else { all.join(", ") }
}

/// A duration as features write it: `100 ms`, `6 s`, `2 min`, `8 h`.
pub(crate) fn human(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1)];
    let whole = units.into_iter().find(|(_, unit)| millis >= *unit && millis.is_multiple_of(*unit));
    whole.map_or_else(
        || format!("{} ms", duration.as_secs_f64() * 1e3),
        |(name, unit)| format!("{} {name}", millis / unit),
    )
}

/// Skips the scenario unless the rig can do that.
fn able(rig: &dyn Rig, action: &Action) {
    if let Err(why) = rig.can(action) {
        unable(why);
    }
}
