//! What the steps see: the setup until the first thing happens, then the rig.

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
use station::EvseConfig;
use twin::{
    Action, CarChoice, Csms, CsmsChoice, Device, EvseSetup, MeterAt, NotModelled, Policy, Request, Setup, Signal,
};
use units::{EvseId, Instant, Phase};
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

    /// Ends the scenario when nothing can be between two limits.
    pub(crate) fn in_order<T: PartialOrd + fmt::Display>(&self, low: T, high: T) {
        if low > high {
            self.misstated(format!("between {low} and {high}: expected the lower one first"));
        }
    }

    /// Ends the scenario when its charger does not have that device: nothing can happen to it, and whatever is said of it would hold.
    pub(crate) fn has(&self, device: Device) {
        let at = self.there();
        let (there, name, begin) = match device {
            Device::Supply | Device::Insulation => (at.dc, "DC supply", "a charger with a DC supply"),
            Device::Plc => (at.plc, "PLC modem", "a charger with a PLC modem"),
            Device::Board | Device::HouseMeter | Device::Lock | Device::Meter | Device::Panel | Device::Reader => {
                return;
            }
        };
        if !there {
            let whose = match self.setup.charger.evses.len() {
                1 => "this charger".to_owned(),
                _ => format!("EVSE {}", self.evse),
            };
            self.misstated(format!("{whose} has no {name}; begin with \"{begin}\""));
        }
    }

    /// The car of this sentence. Ends the scenario when there is none: nothing can happen to it, and whatever is said of it would
    /// be said of nothing.
    pub(crate) fn car(&self) -> &Profile {
        self.there().car.profile().unwrap_or_else(|| self.no_car())
    }

    /// The same, before anything has happened.
    pub(crate) fn car_mut(&mut self) -> &mut Profile {
        self.car();
        match &mut self.at_evse().car {
            CarChoice::Inside(profile) => profile,
            CarChoice::Outside | CarChoice::None => unreachable!("looked at above"),
        }
    }

    /// Ends the scenario when its car takes no direct current, or its charger gives none: whatever is said of the car's inlet would
    /// be said of nothing.
    pub(crate) fn has_dc_inlet(&self) {
        if self.car().dc.is_none() {
            self.misstated(NotModelled::NoDcInlet(self.evse).to_string());
        }
        self.has(Device::Supply);
    }

    /// Ends the scenario when something of a supply of direct current is meant, and its charger has none.
    pub(crate) fn has_supply_for(&self, is_of_supply: bool) {
        if is_of_supply {
            self.has(Device::Supply);
        }
    }

    /// Ends the scenario when not both its charger and its car have a modem.
    pub(crate) fn has_modems(&self) {
        self.has(Device::Plc);
        if self.car().dc.is_none() {
            self.misstated(NotModelled::NoModems(self.evse).to_string());
        }
    }

    fn no_car(&self) -> ! {
        self.misstated(NotModelled::NoCar(self.evse).to_string());
    }

    /// Ends the scenario when its car does not use that line, or its outlet has none such.
    pub(crate) fn car_uses(&self, line: Phase) {
        let car = self.car();
        let evses = &self.setup.charger.evses;
        let outlet = evses.of(self.evse).unwrap_or_else(|| evses.first()).outlet.phases;
        if !outlet.has(line) {
            self.misstated(format!("the outlet has {} line only, not {line:?}", outlet.count()));
        }
        if !car.charger.phases.has(line) {
            self.misstated(format!("{} uses {} line only, not {line:?}", car.name, car.charger.phases.count()));
        }
    }

    /// What there is at the EVSE of this sentence.
    fn there(&self) -> &EvseSetup {
        let evses = &self.setup.evses;
        // Those that are not named are as the last one, and there is always one.
        &evses[usize::from(self.evse.number()).min(evses.len()) - 1]
    }

    /// What there is at the EVSE of this sentence, before anything has happened.
    pub(crate) fn at_evse(&mut self) -> &mut EvseSetup {
        let evse = self.evse;
        self.setup().evse(evse)
    }

    /// What the charger is told of the EVSE of this sentence, before anything has happened.
    pub(crate) fn told(&mut self) -> &mut EvseConfig {
        let evse = self.evse;
        let evses = &mut self.setup().charger.evses;
        // Which number there is was looked at before the sentence.
        let place = usize::from(evse.number().min(evses.count())) - 1;
        evses.each_mut().nth(place).expect("it was looked at")
    }

    /// Something breaks before the beginning.
    pub(crate) fn at_first(&mut self, action: Action) {
        self.has_whom(&action);
        self.first.push((self.evse, action));
    }

    /// The setup, before anything has happened.
    pub(crate) fn setup(&mut self) -> &mut Setup {
        if matches!(self.world, World::Running(_) | World::Rehearsal { acted: true }) {
            self.misstated("this can only be said before the first thing happens".into());
        }
        &mut self.setup
    }

    /// Whether drivers must show a token.
    pub(crate) fn needs_token(&self) -> bool {
        self.setup.charger.authorization.mode == station::AuthorizationMode::Token
    }

    /// Changes how the CSMS answers, now or from the beginning on.
    pub(crate) fn policy(&mut self, change: impl FnOnce(&mut Policy) + 'static) {
        if self.has_begun() {
            self.act(Action::CsmsPolicy(Box::new(change)));
        } else if let CsmsChoice::Simulated(policy) = &mut self.setup.csms {
            change(policy);
        } else {
            self.misstated("there is no CSMS in this scenario".into());
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

    /// Time passes until something holds, at most so long; answers whether it came to be. A wait that is cut short, because the
    /// charger has died or its computer stood still, is no wait: it ends the scenario.
    pub(crate) fn wait(&mut self, limit: Duration, mut holds: impl FnMut(&mut dyn Rig) -> bool) -> bool {
        let (limits, wall) = (self.conditions.limits, self.wall);
        let rig = self.rig();
        let real = !rig.resolution().is_zero();
        let left = limits.virtual_time.saturating_sub(rig.now() - Instant::ZERO);
        let mut overdue = false;
        let came = rig.wait(limit.min(left), &mut |rig| {
            let beside = if real { rig.now() - Instant::ZERO } else { Duration::ZERO };
            overdue = wall.elapsed() > limits.wall_time + beside;
            overdue || holds(rig)
        });
        if let Err(error) = self.rig().health() {
            std::panic::panic_any(Stop::from(error));
        }
        if overdue {
            self.too_long(&format!("{} of the machine's time", human(limits.wall_time)), "--max-wall");
        }
        if !came && limit > left {
            self.too_long(&format!("{} of its world's time", human(limits.virtual_time)), "--max-virtual");
        }
        came
    }

    /// Ends the scenario: it has taken more than it may.
    fn too_long(&mut self, most: &str, option: &str) -> ! {
        let now = self.rig().now();
        let why = format!("the scenario takes longer than {most} ({option}); its world is at {now}");
        std::panic::panic_any(Stop::Error(Cause::Broken, why));
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, duration: Duration) {
        self.wait(duration, |_| false);
    }

    /// Whether something holds of what has happened until now: for checks that name no time. On a rig whose charger tells over a
    /// line what happened, what is on its way counts as well: whether it makes the check hold or not.
    pub(crate) fn holds(&mut self, holds: impl FnMut(&mut dyn Rig) -> bool) -> bool {
        let (settled, lag) = (self.rig().resolution(), self.rig().lag());
        self.pass(settled);
        self.catch_up();
        self.wait(lag, holds)
    }

    /// Waits until all that the charger told until now is in the log: what is not there then has not happened. A charger that
    /// does not answer ends the scenario, for nobody knows what it told.
    fn catch_up(&mut self) {
        let now = self.rig().now();
        if !self.wait(Self::ANSWER, |rig| rig.has_told(now)) {
            let why = format!("what the charger did until {now} is not known: no answer for {}", human(Self::ANSWER));
            std::panic::panic_any(Stop::Error(Cause::Broken, why));
        }
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
        if !self.wait(window, &mut holds) {
            let why = otherwise(self.rig());
            self.fail(format!("not within {} from {begun}: {why}", human(limit)));
        }
        if let Some(why) = self.by_hand() {
            self.rig().log().record(
                "step",
                "note",
                format!("whether it took {} at most is not known: {why}", human(limit)),
            );
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
        let broken = self.wait(window, |rig| !holds(rig));
        if broken {
            let at = self.rig().now();
            let why = otherwise(self.rig());
            self.fail(format!("at {at}: {why}"));
        }
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
