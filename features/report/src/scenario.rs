//! One scenario as the reports need it.

use event_log::Event;
use serde_json::Value;
use units::{EvseId, Instant};

use crate::chart::chart;
use crate::escape::cut;
use crate::evses;
use crate::message::{Kind, Message};
use crate::plan::Planned;
use crate::series::Series;
use crate::v2g::{self, Conversation};
use crate::value::field;
use crate::verdict::{Cause, Verdict};

/// How a step ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StepStatus {
    /// Its assertion did not hold.
    Failed,
    /// It held.
    Passed,
    /// It was not run, as a step before it did not pass.
    Skipped,
    /// Nobody knows this sentence.
    Undefined,
    /// It began and never ended.
    Unfinished,
}

impl StepStatus {
    /// The word of the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::Undefined => "undefined",
            Self::Unfinished => "unfinished",
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Given, When, Then, or their translation.
    pub keyword: String,
    /// The sentence.
    pub text: String,
    /// Its line in the feature file; 0 when unknown.
    pub line: u64,
    /// How it ended.
    pub status: StepStatus,
    /// Why it did not pass.
    pub message: String,
    /// When it began.
    pub began: Instant,
    /// When it ended; the end of the log, if it never did.
    pub ended: Instant,
}

impl Step {
    /// Whether this is where the scenario broke.
    #[must_use]
    pub const fn broke(&self) -> bool {
        match self.status {
            StepStatus::Failed | StepStatus::Undefined | StepStatus::Unfinished => true,
            StepStatus::Passed | StepStatus::Skipped => false,
        }
    }

    /// Keyword and sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{} {}", self.keyword, self.text).trim().into()
    }
}

/// The messages of a scenario around the point of interest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exchange {
    /// How many messages before were left out.
    pub before: usize,
    /// The messages.
    pub messages: Vec<Message>,
    /// How many messages after were left out.
    pub after: usize,
}

/// One scenario, bounded in size whatever its log holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The name of its folder.
    pub slug: String,
    /// The path of its feature file; empty when the log does not tell.
    pub feature: String,
    /// Its line in it; for a row of an outline, the row's. 0 when unknown.
    pub line: u64,
    /// Its name.
    pub name: String,
    /// Its tags, with their `@`.
    pub tags: Vec<String>,
    /// The seed of its world, as text.
    pub seed: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Why it is an error, if it is one.
    pub cause: Cause,
    /// Why it failed, broke or was skipped.
    pub message: String,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Virtual seconds.
    pub virtual_s: f64,
    /// Wall seconds.
    pub wall_s: f64,
    /// What the parties told each other, around the failure.
    pub exchange: Exchange,
    /// The curves of the plots; of each EVSE, where the charger has several.
    pub series: Vec<(Option<EvseId>, Series)>,
    /// What car and station said over the power line, in short; `None` where they said nothing.
    pub conversation: Option<Conversation>,
    /// What the person beside the rig noted.
    pub remarks: Vec<String>,
    /// What is wrong with its log, such as an unreadable line.
    pub damage: Vec<String>,
}

/// The curves of each EVSE.
fn series(events: &[Event]) -> Vec<(Option<EvseId>, Series)> {
    let several = evses::several(events);
    if several.is_empty() {
        return vec![(None, Series::from_events(events))];
    }
    several.into_iter().map(|evse| (Some(evse), Series::from_events(&evses::at(events, evse)))).collect()
}

/// What the message of a scenario that was not begun begins with.
pub(crate) const NOT_RUN: &str = "not run: ";

/// What a scenario without `run/end` is told to be.
pub(crate) const CUT_OFF: &str = "the run was ended before this scenario finished";

impl Scenario {
    /// Messages that are kept for the chart.
    const MESSAGES: usize = 80;
    /// The same where car and station speak over the power line: to each step there are many messages.
    const SPOKEN: usize = 600;
    /// Of these, messages behind the failure.
    const BEHIND: usize = 14;
    /// Longest message that is kept, in characters.
    const TEXT: usize = 4000;
    /// Most remarks that are kept.
    const REMARKS: usize = 100;
    /// Most steps that are kept.
    const STEPS: usize = 500;

    /// The scenario that the events tell of. `slug` names its folder, and the scenario itself where the events do not.
    #[must_use]
    pub fn from_events(slug: &str, events: &[Event]) -> Self {
        let mut told = Self {
            slug: slug.into(),
            feature: String::new(),
            line: 0,
            name: slug.into(),
            tags: Vec::new(),
            seed: String::new(),
            verdict: Verdict::Error,
            cause: Cause::NotRun,
            message: CUT_OFF.into(),
            steps: Vec::new(),
            virtual_s: 0.0,
            wall_s: 0.0,
            exchange: Exchange::default(),
            series: series(events),
            conversation: v2g::conversation(events),
            remarks: Vec::new(),
            damage: Vec::new(),
        };
        if let (Some(first), Some(last)) = (events.first(), events.last()) {
            told.virtual_s = last.t.since(first.t).as_secs_f64();
            told.wall_s = last.wall.saturating_sub(first.wall) as f64 / 1e6;
        }
        let mut broke_at = None;
        for event in events {
            match (event.source.as_str(), event.kind.as_str()) {
                ("run", "begin") => told.begin(&event.data),
                ("run", "end") => told.end(&event.data),
                ("operator", "remark") if told.remarks.len() < Self::REMARKS => {
                    told.remarks.push(cut(event.text("text"), Self::TEXT));
                }
                ("step", "begin") if told.steps.len() < Self::STEPS => told.steps.push(Step {
                    keyword: event.text("keyword").trim().into(),
                    text: cut(event.text("text"), Self::TEXT),
                    line: event.data.get("line").and_then(Value::as_u64).unwrap_or(0),
                    status: StepStatus::Unfinished,
                    message: String::new(),
                    began: event.t,
                    ended: event.t,
                }),
                ("step", "end") => {
                    told.end_step(event);
                    if broke_at.is_none() && told.steps.last().is_some_and(Step::broke) {
                        broke_at = Some(event.seq);
                    }
                }
                _ => {}
            }
        }
        // A step that never ended lasted as long as the log.
        if let (Some(step), Some(last)) = (told.steps.last_mut(), events.last())
            && step.status == StepStatus::Unfinished
        {
            step.ended = last.t;
        }
        let most = if told.conversation.is_some() { Self::SPOKEN } else { Self::MESSAGES };
        told.exchange = Exchange::around(chart(events), broke_at, most);
        told
    }

    /// What its log does not tell, because it was ended too early, or never begun.
    pub(crate) fn complete_from(&mut self, planned: &Planned) {
        if self.feature.is_empty() {
            (self.feature, self.line) = (planned.feature.clone(), planned.line);
            (self.name, self.tags) = (planned.name.clone(), planned.tags.clone());
        }
        let end = self.steps.last().map_or(Instant::ZERO, |step| step.ended);
        // Each planned step has its place, whether or not it was begun.
        let missing = planned.steps.iter().skip(self.steps.len()).take(Self::STEPS.saturating_sub(self.steps.len()));
        let missing: Vec<_> = missing
            .map(|step| Step {
                keyword: step.keyword.trim().into(),
                text: cut(&step.text, Self::TEXT),
                line: step.line,
                status: StepStatus::Skipped,
                message: String::new(),
                began: end,
                ended: end,
            })
            .collect();
        self.steps.extend(missing);
    }

    /// It was planned and is not there; `stopped` says why, where that is known.
    pub(crate) fn was_not_run(&mut self, stopped: Option<&str>) {
        (self.verdict, self.cause) = (Verdict::Error, Cause::NotRun);
        self.message = format!("{NOT_RUN}{}", stopped.unwrap_or("the run was ended before"));
    }

    /// Whether it was begun: of one that was not, nothing but its plan is known.
    pub(crate) fn was_begun(&self) -> bool {
        self.cause != Cause::NotRun || !self.message.starts_with(NOT_RUN)
    }

    /// The step that broke the scenario.
    #[must_use]
    pub fn broken_step(&self) -> Option<&Step> {
        match self.verdict {
            Verdict::Failed | Verdict::Error => self.steps.iter().find(|step| step.broke()),
            Verdict::Passed | Verdict::Skipped => None,
        }
    }

    /// `path:line`, to run it again.
    #[must_use]
    pub fn place(&self) -> String {
        match (self.feature.is_empty(), self.line) {
            (true, _) => self.slug.clone(),
            (false, 0) => self.feature.clone(),
            (false, line) => format!("{}:{line}", self.feature),
        }
    }

    /// Why it did not pass: the message of the scenario, or of the step that broke it.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self.broken_step() {
            Some(step) if self.message.is_empty() || (self.message == CUT_OFF && !step.message.is_empty()) => {
                &step.message
            }
            _ => &self.message,
        }
    }

    fn begin(&mut self, data: &Value) {
        let text = |name: &str| field(data, name).filter(|text| !text.is_empty());
        // A path of another system is the same feature.
        self.feature = text("feature").unwrap_or_default().replace('\\', "/");
        self.line = data.get("line").and_then(Value::as_u64).unwrap_or(0);
        self.name = text("name").or_else(|| text("scenario")).unwrap_or_else(|| self.slug.clone());
        self.seed = text("seed").unwrap_or_default();
        let tags = data.get("tags").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let tags = tags.iter().filter_map(Value::as_str).take(50);
        self.tags = tags.map(|tag| format!("@{}", cut(tag.trim_start_matches('@'), 60))).collect();
    }

    fn end(&mut self, data: &Value) {
        let word = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
        (self.verdict, self.message) = match Verdict::of(word("verdict")) {
            Some(verdict) => (verdict, cut(word("message"), Self::TEXT)),
            None => (
                Verdict::Error,
                format!(
                    "the log gives the verdict {:?}; expected passed, failed, error or skipped",
                    cut(word("verdict"), 80)
                ),
            ),
        };
        self.cause = Cause::of(word("cause"));
        if let Some(seconds) = data.get("virtual_s").and_then(Value::as_f64) {
            self.virtual_s = seconds.max(0.0);
        }
    }

    /// Steps end in their order; an end without a begin is a step that was never begun, such as one passed over.
    fn end_step(&mut self, event: &Event) {
        let open = self.steps.last().is_some_and(|step| step.status == StepStatus::Unfinished);
        if !open {
            if self.steps.len() >= Self::STEPS {
                return;
            }
            self.steps.push(Step {
                keyword: event.text("keyword").trim().into(),
                text: cut(event.text("text"), Self::TEXT),
                line: event.data.get("line").and_then(Value::as_u64).unwrap_or(0),
                status: StepStatus::Unfinished,
                message: String::new(),
                began: event.t,
                ended: event.t,
            });
        }
        let Some(step) = self.steps.last_mut() else { return };
        step.status = match event.text("status") {
            "passed" => StepStatus::Passed,
            "skipped" => StepStatus::Skipped,
            "undefined" => StepStatus::Undefined,
            // Whatever else is said of a step, it did not pass.
            _ => StepStatus::Failed,
        };
        step.message = cut(event.text("message"), Self::TEXT);
        step.ended = event.t;
    }
}

impl Exchange {
    /// The messages around the event `at`, or the last ones.
    fn around(messages: Vec<Message>, at: Option<u64>, most: usize) -> Self {
        let total = messages.len();
        let shown = |message: &Message| at.is_none_or(|at| message.seq <= at);
        let reached = messages.iter().take_while(|message| shown(message)).count();
        let end = total.min(reached + Scenario::BEHIND).max(most.min(total));
        let begin = end.saturating_sub(most);
        let messages: Vec<_> = messages.into_iter().take(end).skip(begin).collect();
        Self { before: begin, messages, after: total - end }
    }

    /// Whether any party told another anything; steps alone are no exchange.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.iter().all(|message| matches!(message.kind, Kind::Step | Kind::Failure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{charge, scenario, story};
    use serde_json::json;

    fn head() -> Value {
        json!({ "scenario": "0001", "feature": "features\\faults\\diode.feature", "line": 12, "name": "A diode fault ends it",
                "tags": ["@CP-16", "sim"], "seed": 42 })
    }

    #[test]
    fn a_failed_scenario_names_its_step() {
        let steps = [
            ("Given ", "a car plugged in", "passed", ""),
            ("Then ", "the contactor stays closed", "failed", "it opened at 00:01:10.040"),
            ("And ", "nothing else", "skipped", ""),
        ];
        let log = scenario(head(), &steps, charge(), Some(("failed", "")));
        let told = Scenario::from_events("0001-diode", &log.events());
        assert_eq!(told.verdict, Verdict::Failed);
        assert_eq!(told.place(), "features/faults/diode.feature:12");
        assert_eq!(told.tags, ["@CP-16", "@sim"]);
        assert_eq!(told.broken_step().map(Step::sentence).as_deref(), Some("Then the contactor stays closed"));
        assert_eq!(told.reason(), "it opened at 00:01:10.040");
        assert_eq!(
            told.steps.iter().map(|step| step.status.word()).collect::<Vec<_>>(),
            ["passed", "failed", "skipped"]
        );
        assert!((told.virtual_s - 69.05).abs() < 2.0, "{}", told.virtual_s);
    }

    #[test]
    fn a_killed_run_leaves_an_error_and_the_step_it_was_in() {
        let mut log = story();
        log.record("run", "begin", head());
        log.record("step", "begin", json!({ "keyword": "When", "text": "two hours pass", "line": 14 }));
        log.at(9.0).record("car", "action", json!({ "what": "plugs in" }));
        let told = Scenario::from_events("0001", &log.events());
        assert_eq!((told.verdict, told.reason()), (Verdict::Error, CUT_OFF));
        let step = told.broken_step().expect("the step it was in");
        assert_eq!((step.status, step.ended.as_millis()), (StepStatus::Unfinished, 9000));
        let nothing = Scenario::from_events("0002-never-begun", &[]);
        assert_eq!((nothing.name.as_str(), nothing.verdict), ("0002-never-begun", Verdict::Error));
    }

    #[test]
    fn an_unknown_verdict_is_not_green() {
        let log = scenario(head(), &[], story(), Some(("splendid", "")));
        let told = Scenario::from_events("1", &log.events());
        assert_eq!(told.verdict, Verdict::Error);
        assert!(told.message.contains("\"splendid\""), "{}", told.message);
    }

    #[test]
    fn the_exchange_is_a_window_around_the_failure() {
        let log = story();
        for n in 0..300 {
            log.record("car", "action", json!({ "what": format!("does {n}") }));
        }
        let all = chart(&log.events());
        let window = Exchange::around(all.clone(), Some(200), Scenario::MESSAGES);
        assert_eq!((window.before, window.messages.len(), window.after), (135, 80, 85));
        let last = Exchange::around(all.clone(), None, Scenario::MESSAGES);
        assert_eq!((last.before, last.messages.len(), last.after), (220, 80, 0));
        let early = Exchange::around(all, Some(3), Scenario::MESSAGES);
        assert_eq!((early.before, early.messages.len(), early.after), (0, 80, 220));
    }
}
