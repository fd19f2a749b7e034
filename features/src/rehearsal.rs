//! What can be wrong with features is found before anything runs: every sentence of every scenario is looked through on a stage
//! on which nothing happens, by the step functions themselves, up to the place where they would act or look.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use gherkin::Step;
use units::EvseId;

use crate::case::Case;
use crate::phrases::Phrases;
use crate::place;
use crate::quiet;
use crate::stage::{Rehearsed, Stage};
use crate::stop::Stop;
use crate::vocabulary::{Meaning, mean};
use futures_util::FutureExt as _;

/// How deep phrases and rounds may stand in each other.
pub(crate) const DEPTH: u32 = 5;
/// What is said of those that do so more deeply.
pub(crate) const TOO_DEEP: &str = "phrases and rounds stand in each other too deeply";

/// Something that is wrong with a feature.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct FeatureError {
    /// The file, with slashes.
    pub file: String,
    /// The line of the sentence.
    pub line: usize,
    /// The sentence, with its keyword.
    pub sentence: String,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for FeatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, sentence, why } = self;
        write!(f, "{file}:{line}: {sentence}\n        {why}")
    }
}

/// Looks through scenarios without running them; answers what is wrong with them, in the order of files and lines, each thing
/// once.
#[must_use]
pub fn rehearse(cases: &[Case], phrases: &Phrases) -> Vec<FeatureError> {
    let mut errors = BTreeSet::new();
    let mut stories = BTreeMap::new();
    for case in cases {
        let of_scenario = |why: String| FeatureError {
            file: case.file(),
            line: case.line,
            sentence: format!("Scenario: {}", case.name),
            why,
        };
        if case.steps.is_empty() {
            errors.insert(of_scenario("it has no sentence, and so it checks nothing".into()));
        }
        let mut stage = Stage::rehearsal(case);
        for step in &case.steps {
            if let Err((step, why)) = rehearse_one(&mut stage, step, phrases, EvseId::FIRST, 0) {
                errors.insert(FeatureError {
                    file: case.file(),
                    line: step.position.line,
                    sentence: format!("{} {}", step.keyword.trim(), step.value),
                    why,
                });
            }
        }
        for story in stage.stories() {
            if let Some(other) = stories.insert(story.clone(), case.place()) {
                let story = story.display();
                errors
                    .insert(of_scenario(format!("its story is the one of {other} as well: {story} can tell one only")));
            }
        }
    }
    errors.into_iter().collect()
}

/// One sentence; where it stands for others, those.
fn rehearse_one(
    stage: &mut Stage,
    step: &Step,
    phrases: &Phrases,
    evse: EvseId,
    depth: u32,
) -> Result<(), (Box<Step>, String)> {
    let of_this = |why: String| (Box::new(step.clone()), why);
    let (placed, named) = place::placed(step).map_err(of_this)?;
    let evse = named.unwrap_or(evse);
    match mean(&placed, phrases).map_err(of_this)? {
        Meaning::Steps { .. } if depth >= DEPTH => Err(of_this(TOO_DEEP.into())),
        Meaning::Steps { steps, .. } => {
            steps.iter().try_for_each(|step| rehearse_one(stage, step, phrases, evse, depth + 1))
        }
        Meaning::Sentence { of_station: true, .. } if named.is_some() => {
            Err(of_this("it is about the whole station: expected no EVSE with it".into()))
        }
        Meaning::Sentence { run, context, .. } => {
            stage.look_at(evse).map_err(of_this)?;
            match quiet::catch(|| run(stage, context).now_or_never()) {
                // It has nothing to do with a world.
                Ok(_) => Ok(()),
                Err((payload, place)) => match payload.downcast_ref::<Stop>() {
                    Some(Stop::Undefined(why)) => Err(of_this(why.clone())),
                    // It looks at something that is known without a world: whoever runs it is told.
                    Some(Stop::Failed(_) | Stop::Unable(_) | Stop::Error(..)) => Ok(()),
                    _ if payload.is::<Rehearsed>() => Ok(()),
                    _ => Err(of_this(format!("panicked: {} at {place}", quiet::text(&*payload)))),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The errors of a scenario with these steps, without their file.
    fn errors(steps: &str) -> Vec<String> {
        let text = format!("Feature: f\n Scenario: s\n{steps}");
        let feature = gherkin::Feature::parse(text, gherkin::GherkinEnv::default()).expect("a feature");
        let steps = feature.scenarios[0].steps.clone();
        let case = Case { path: Path::new("f.feature").into(), steps, ..Case::empty() };
        rehearse(&[case], &Phrases::default()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_right_is_not_complained_of() {
        let steps = "  Given a charger that asks for a token\n  And the charger knows the card SMALL with a contract for 10 A\n  \
                     When the driver plugs in\n  And the card SMALL is held to the reader\n  \
                     Then within 5 s the card SMALL is refused\n  And the pilot high level is between 1 V and 2 V\n";
        assert_eq!(errors(steps), [""; 0]);
    }

    #[test]
    fn a_setup_goes_through_the_checks_of_files() {
        let meter = errors("  Given a meter value every 0.5 s\n");
        assert_eq!(
            meter,
            ["f.feature:3: Given a meter value every 0.5 s\n        500 ms: a charger is told whole seconds"]
        );
        let outlet = errors("  Given a charger whose outlet allows 5 A\n  When the driver plugs in\n");
        let why = "f.feature:4: When the driver plugs in\n        the charger of this scenario cannot be: charger.toml: \
                   outlet.max_current_a: from 6 to 80 A";
        assert_eq!(outlet, [why]);
        assert!(errors("  Given a main fuse of 16.5 A\n")[0].ends_with("16.5 A: a charger is told whole amperes"));
        assert!(errors("  Given a main fuse of 0 A\n")[0].contains("from 6 to 250 A"));
        let car = errors("  Given the car follows each change of the offer after 6 s\n  When the driver plugs in\n");
        assert!(car[0].contains("charger.follow_ms: at most 5000 ms"), "{car:?}");
        assert!(errors("  Given the car \"nowhere.toml\"\n")[0].contains("nowhere.toml: No such file"));
    }

    #[test]
    fn every_sentence_is_looked_at_whatever_stands_before_it() {
        let steps = "  When the driver plugs in\n  And it rains\n  Then within 1 s the card 04CA2D0l is refused\n  \
                     And the pilot high level is at most 3 A\n  Given a main fuse of 32 A\n";
        let lines: Vec<_> = errors(steps).iter().map(|error| error.split(':').nth(1).map(str::to_owned)).collect();
        assert_eq!(lines, ["4", "5", "6", "7"].map(|line| Some(line.to_owned())));
    }

    #[test]
    fn what_could_not_fail_is_refused() {
        assert_eq!(errors("")[0], "f.feature:0: Scenario: \n        it has no sentence, and so it checks nothing");
        let dead = errors("  Then within 5 s the DC supply is dead\n  When the PLC modem is lost\n");
        assert!(
            dead[0].ends_with("this charger has no DC supply; begin with \"a charger with a DC supply\""),
            "{dead:?}"
        );
        assert!(dead[1].contains("this charger has no PLC modem"), "{dead:?}");
        assert_eq!(errors("  Given a charger with a DC supply\n  Then within 5 s the DC supply is dead\n"), [""; 0]);
    }

    #[test]
    fn nothing_can_be_said_of_a_car_that_is_not_there() {
        let why = "there is no car at EVSE 2";
        for sentence in [
            "Given the car is at 40 % at EVSE 2",
            "Given the car is to be charged to 80 % at EVSE 2",
            "Given the car waits before it asks for energy at EVSE 2",
            "Given a car is charging at EVSE 2",
            "When the driver plugs in at EVSE 2",
            "When the diode in the car is shorted at EVSE 2",
            "When a residual current of 10 mA flows at EVSE 2",
            "When the car draws 10 A on L1 at EVSE 2",
            "When the car pauses and asks again 3 times, 1 s each at EVSE 2",
            "Then at EVSE 2 within 5 s the car draws 16 A",
            "Then at EVSE 2 for 5 s the car draws at most 16 A",
            "Then at EVSE 2 the car is charged to at least 50 %",
            "Then at EVSE 2 the state of charge is at least 50 %",
            "Then at EVSE 2 for 5 s the car current stays at most 16 A",
        ] {
            let told =
                errors(&format!("  Given a charger with 2 EVSEs\n  And there is no car at EVSE 2\n  {sentence}\n"));
            assert_eq!(told, [format!("f.feature:5: {sentence}\n        {why}")]);
        }
        // What is said of the charger there, and of the other car, can be; and so can a car that comes after all.
        let others = "  Given a charger with 2 EVSEs\n  And there is no car at EVSE 2\n  When the driver plugs in\n  \
                      And the contactor welds at EVSE 2\n  Then at EVSE 2 the pilot high level is at least 5 V\n";
        assert_eq!(errors(others), [""; 0]);
        let after_all = "  Given there is no car\n  And the car \"tesla-model-3\"\n  When the driver plugs in\n";
        assert_eq!(errors(after_all), [""; 0]);
        let late = errors("  When the driver plugs in\n  Given there is no car\n");
        assert!(late[0].ends_with("this can only be said before the first thing happens"), "{late:?}");
    }

    #[test]
    fn what_is_about_the_whole_station_has_no_place() {
        let setup = "  Given a charger with 2 EVSEs\n";
        for sentence in [
            "Given a station fuse of 20 A at EVSE 2",
            "When the CSMS limits the charger to 10 A at EVSE 2",
            "When the CSMS makes the charger Inoperative at EVSE 1",
            "When the charger's host dies at EVSE 2",
            "When 5 s pass at EVSE 2",
            "Then at EVSE 2 for 1 s the offers of all EVSEs come to at most 20 A",
        ] {
            let told = errors(&format!("{setup}  {sentence}\n"));
            let why = "it is about the whole station: expected no EVSE with it";
            assert_eq!(told, [format!("f.feature:4: {sentence}\n        {why}")]);
        }
        for sentence in ["When the house meter is lost at EVSE 2", "When the house meter shows 0 Wh for 2 s at EVSE 2"]
        {
            let told = errors(&format!("{setup}  {sentence}\n"));
            assert!(told[0].ends_with("the house meter belongs to the whole station: expected no EVSE with it"));
        }
    }

    #[test]
    fn a_car_draws_nothing_from_a_line_that_its_outlet_does_not_have() {
        let setup = "  Given a charger with the configuration\n    \"\"\"\n    [outlet]\n    phases = 1\n    \"\"\"\n";
        let told = errors(&format!("{setup}  When the car draws 60 A on L2\n"));
        assert!(told[0].ends_with("the outlet has 1 line only, not L2"), "{told:?}");
        assert_eq!(errors(&format!("{setup}  When the car draws 30 A on L1\n")), [""; 0]);
    }

    #[test]
    fn two_scenarios_cannot_tell_one_story() {
        let told = |line, steps: &str| {
            let text = format!("Feature: f\n Scenario: s\n{steps}");
            let feature = gherkin::Feature::parse(text, gherkin::GherkinEnv::default()).expect("a feature");
            Case {
                path: Path::new("f.feature").into(),
                line,
                steps: feature.scenarios[0].steps.clone(),
                ..Case::empty()
            }
        };
        let (one, two) = (told(2, "  Then the story is \"a day\"\n"), told(9, "  Then the story is \"a day\"\n"));
        let why = rehearse(&[one.clone(), two], &Phrases::default());
        assert_eq!(why.len(), 1);
        assert!(why[0].why.starts_with("its story is the one of f.feature:2 as well: stories/a day.snap"), "{why:?}");
        assert!(rehearse(&[one], &Phrases::default()).is_empty());
    }

    #[test]
    fn tables_and_texts_are_looked_at() {
        let table =
            "  Then within 1 s the CSMS received TransactionEvent where\n    | transactionInfo.stopReason | Local |\n";
        assert!(errors(table)[0].contains("The nearest is stoppedReason."));
        assert!(
            errors("  Then within 1 s the CSMS received Heartbeat where\n")[0].contains("the table below is missing")
        );
        let json = "  When the CSMS calls Reset with\n    \"\"\"\n    {\"type\": }\n    \"\"\"\n";
        assert!(errors(json)[0].contains("the payload is no JSON"));
        let events = "  Then the session events were\n    \"\"\"\n    SessionStart\n    \"\"\"\n";
        assert!(errors(events)[0].contains("The nearest is SessionStarted."));
        let config =
            "  Given a charger with the configuration\n    \"\"\"\n    [outlet]\n    max_current = 16\n    \"\"\"\n";
        assert!(errors(config)[0].contains("outlet.max_current: unknown field"));
    }
}
