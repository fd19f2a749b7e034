//! Cucumber Messages: the stream of JSON objects, one a line, that the tools of Cucumber read.
//!
//! A scenario is a *pickle* and a *test case*; its feature is a document with the scenarios that were selected, as they were run:
//! backgrounds and rows of outlines are in them. The last step of each test case is a hook and stands for the scenario as a
//! whole: what broke it although no step did, and what kept it from being run, is told there.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use units::Instant;

use crate::run::Run;
use crate::scenario::{Scenario, Step, StepStatus};
use crate::verdict::Verdict;

/// The version of the protocol.
const PROTOCOL: &str = "27.0.0";

/// The hook behind every scenario.
const HOOK: &str = "hook";

/// The run as Cucumber Messages, one a line. Times are virtual, and each scenario begins at zero: worlds have a clock each.
#[must_use]
pub fn messages(run: &Run) -> String {
    let mut out = String::new();
    let mut tell = |message: Value| {
        out += &message.to_string();
        out.push('\n');
    };
    tell(json!({ "meta": {
        "protocolVersion": PROTOCOL,
        "implementation": { "name": "plugfest", "version": run.version },
        "runtime": { "name": run.rig },
        "os": { "name": "" },
        "cpu": { "name": "" },
    } }));
    let mut numbered: BTreeMap<&str, Vec<(usize, &Scenario)>> = BTreeMap::new();
    for (number, scenario) in run.scenarios.iter().enumerate() {
        numbered.entry(uri(scenario)).or_default().push((number, scenario));
    }
    for (uri, scenarios) in &numbered {
        tell(json!({ "gherkinDocument": document(uri, scenarios) }));
    }
    for (number, scenario) in run.scenarios.iter().enumerate() {
        tell(json!({ "pickle": pickle(number, scenario) }));
    }
    let place = json!({ "uri": "plugfest" });
    tell(json!({ "hook": { "id": HOOK, "name": "the scenario as a whole", "sourceReference": place } }));
    tell(json!({ "testRunStarted": { "timestamp": time(Instant::ZERO) } }));
    for (number, scenario) in run.scenarios.iter().enumerate() {
        test_case(number, scenario, &mut tell);
    }
    let mut finished = json!({ "success": run.is_green(), "timestamp": time(Instant::ZERO) });
    if !run.troubles.is_empty() {
        finished["message"] = Value::from(run.troubles.join("\n"));
    }
    tell(json!({ "testRunFinished": finished }));
    out
}

fn uri(scenario: &Scenario) -> &str {
    if scenario.feature.is_empty() { "(unknown feature)" } else { &scenario.feature }
}

/// Lines are counted from 1.
fn line(line: u64) -> Value {
    json!({ "line": line.max(1) })
}

fn document(uri: &str, scenarios: &[(usize, &Scenario)]) -> Value {
    let children: Vec<_> = scenarios
        .iter()
        .map(|(number, scenario)| {
            let steps = scenario.steps.iter().enumerate().map(|(index, step)| {
                json!({ "id": format!("n{number}.{index}"), "keyword": format!("{} ", step.keyword), "text": step.text,
                    "location": line(step.line) })
            });
            let tags = scenario.tags.iter().enumerate().map(|(index, tag)| {
                json!({ "id": format!("n{number}.t{index}"), "name": tag, "location": line(scenario.line) })
            });
            json!({ "scenario": { "id": format!("n{number}"), "keyword": "Scenario", "name": scenario.name,
                "description": "", "location": line(scenario.line), "tags": tags.collect::<Vec<_>>(),
                "steps": steps.collect::<Vec<_>>(), "examples": [] } })
        })
        .collect();
    let name = uri.rsplit('/').next().unwrap_or(uri).trim_end_matches(".feature");
    json!({ "uri": uri, "comments": [], "feature": { "keyword": "Feature", "language": "en", "name": name, "description": "",
        "location": line(1), "tags": [], "children": children } })
}

fn pickle(number: usize, scenario: &Scenario) -> Value {
    let steps = scenario.steps.iter().enumerate().map(|(index, step)| {
        json!({ "id": format!("p{number}.{index}"), "text": step.text, "astNodeIds": [format!("n{number}.{index}")] })
    });
    let tags = scenario.tags.iter().enumerate();
    let tags = tags.map(|(index, tag)| json!({ "name": tag, "astNodeId": format!("n{number}.t{index}") }));
    json!({ "id": format!("p{number}"), "uri": uri(scenario), "name": scenario.name, "language": "en",
        "steps": steps.collect::<Vec<_>>(), "tags": tags.collect::<Vec<_>>(), "astNodeIds": [format!("n{number}")] })
}

fn test_case(number: usize, scenario: &Scenario, tell: &mut impl FnMut(Value)) {
    let (case, run) = (format!("c{number}"), format!("r{number}"));
    let steps = 0..scenario.steps.len();
    let mut planned: Vec<_> = steps
        .map(|index| json!({ "id": format!("{case}.{index}"), "pickleStepId": format!("p{number}.{index}") }))
        .collect();
    planned.push(json!({ "id": format!("{case}.end"), "hookId": HOOK }));
    tell(json!({ "testCase": { "id": case, "pickleId": format!("p{number}"), "testSteps": planned } }));
    let began = scenario.steps.first().map_or(Instant::ZERO, |step| step.began);
    tell(json!({ "testCaseStarted": { "id": run, "testCaseId": case, "attempt": 0, "timestamp": time(began) } }));
    let mut ended = began;
    for (index, step) in scenario.steps.iter().enumerate() {
        ended = step.ended;
        step_messages(&run, &format!("{case}.{index}"), (step.began, step.ended), result(step), tell);
    }
    step_messages(&run, &format!("{case}.end"), (ended, ended), whole(scenario), tell);
    tell(json!({ "testCaseFinished": { "testCaseStartedId": run, "timestamp": time(ended), "willBeRetried": false } }));
}

fn step_messages(
    run: &str,
    step: &str,
    (began, ended): (Instant, Instant),
    (status, message): (&str, Option<&str>),
    tell: &mut impl FnMut(Value),
) {
    tell(json!({ "testStepStarted": { "testCaseStartedId": run, "testStepId": step, "timestamp": time(began) } }));
    let mut result = json!({ "duration": time(Instant::ZERO + ended.since(began)), "status": status });
    if let Some(message) = message {
        result["message"] = Value::from(message);
    }
    tell(json!({ "testStepFinished": { "testCaseStartedId": run, "testStepId": step, "testStepResult": result,
        "timestamp": time(ended) } }));
}

fn result(step: &Step) -> (&'static str, Option<&str>) {
    let status = match step.status {
        StepStatus::Failed => "FAILED",
        StepStatus::Passed => "PASSED",
        StepStatus::Skipped => "SKIPPED",
        StepStatus::Undefined => "UNDEFINED",
        StepStatus::Unfinished => "UNKNOWN",
    };
    (status, Some(step.message.as_str()).filter(|message| !message.is_empty()))
}

/// What the scenario came to, beside its steps.
fn whole(scenario: &Scenario) -> (&'static str, Option<&str>) {
    let message = Some(scenario.reason()).filter(|reason| !reason.is_empty());
    match scenario.verdict {
        Verdict::Passed => ("PASSED", None),
        Verdict::Skipped => ("SKIPPED", message),
        Verdict::Failed | Verdict::Error => ("FAILED", message),
    }
}

fn time(at: Instant) -> Value {
    let micros = at.as_micros();
    json!({ "seconds": micros / 1_000_000, "nanos": micros % 1_000_000 * 1000 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::sample_run;
    use std::collections::BTreeSet;

    fn read(text: &str) -> Vec<Value> {
        text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
    }

    fn all<'a>(messages: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
        messages.iter().filter_map(move |message| message.get(kind))
    }

    #[test]
    fn every_id_that_is_named_is_there_and_comes_before() {
        let messages = read(&messages(&sample_run()));
        let mut known = BTreeSet::new();
        let mut named = Vec::new();
        for message in &messages {
            collect(message, &mut known, &mut named);
            assert!(named.iter().all(|id| known.contains(id)), "{message}\n{named:?}");
        }
        for (kind, number) in [("gherkinDocument", 3), ("pickle", 4), ("testCase", 4), ("testCaseFinished", 4)] {
            assert_eq!(all(&messages, kind).count(), number, "{kind}");
        }
        assert_eq!(all(&messages, "testStepStarted").count(), all(&messages, "testStepFinished").count());
    }

    /// The ids that a message gives, and those that it names.
    fn collect(value: &Value, known: &mut BTreeSet<String>, named: &mut Vec<String>) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match name.as_str() {
                        "id" => drop(known.insert(text(value))),
                        "astNodeIds" => named.extend(value.as_array().into_iter().flatten().map(text)),
                        name if name.ends_with("Id") => named.push(text(value)),
                        _ => collect(value, known, named),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, known, named)),
            _ => {}
        }
    }

    #[test]
    fn what_a_scenario_came_to_is_told_at_its_end() {
        let messages = read(&messages(&sample_run()));
        let ends: Vec<_> = all(&messages, "testStepFinished")
            .filter(|step| step["testStepId"].as_str().is_some_and(|id| id.ends_with(".end")))
            .map(|step| (step["testStepResult"]["status"].clone(), step["testStepResult"]["message"].clone()))
            .collect();
        let statuses: Vec<_> = ends.iter().map(|(status, _)| status.as_str().unwrap_or_default()).collect();
        assert_eq!(statuses, ["FAILED", "PASSED", "FAILED", "SKIPPED"]);
        assert_eq!(ends[2].1, "the run was ended before this scenario finished");
        let finished = all(&messages, "testRunFinished").next().expect("it ends");
        assert_eq!((&finished["success"], &finished["message"]), (&json!(false), &Value::Null));
        let ended = Run { troubles: vec!["killed".into()], ..Run::default() };
        assert!(super::messages(&ended).contains("\"message\":\"killed\",\"success\":false"));
    }
}
