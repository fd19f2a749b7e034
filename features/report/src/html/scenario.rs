//! One scenario of the page.

use event_log::RunKind;

use crate::escape::{attribute, markup};
use crate::format::span;
use crate::html::{plots, put, sequence, timing, words};
use crate::scenario::{Scenario, Step, StepStatus};
use crate::v2g::Conversation;
use crate::verdict::Verdict;

/// A sign that tells the verdict to those who see no colour.
pub(crate) const fn icon(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Failed => "\u{2717}",
        Verdict::Error => "!",
        Verdict::Passed => "\u{2713}",
        Verdict::Skipped => "\u{2013}",
    }
}

const fn step_icon(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Failed => "\u{2717}",
        StepStatus::Passed => "\u{2713}",
        StepStatus::Skipped => "\u{2013}",
        StepStatus::Undefined => "?",
        StepStatus::Unfinished => "\u{2026}",
    }
}

/// The scenario as a fold, open when it broke. `body` holds its drawings.
pub(crate) fn write(out: &mut String, kind: RunKind, scenario: &Scenario, index: usize, open: bool, body: &str) {
    let verdict = scenario.verdict;
    let broke = match verdict {
        Verdict::Failed | Verdict::Error => true,
        Verdict::Passed | Verdict::Skipped => false,
    };
    let open = if open || broke { " open" } else { "" };
    let word = words::verdict(kind, verdict);
    let words = format!("{} {} {}", scenario.name, scenario.tags.join(" "), scenario.place()).to_lowercase();
    put(
        out,
        format_args!(
            "<details class=\"scenario {verdict}\" id=\"s{index}\" data-verdict=\"{verdict}\" data-words=\"{}\"{open}>\n\
             <summary><span class=\"icon\" title=\"{word}\">{}</span><span class=\"name\">{}</span>",
            attribute(&words),
            icon(verdict),
            markup(&scenario.name)
        ),
    );
    let spoken = scenario.conversation.iter().flat_map(|conversation| &conversation.words);
    let tags: Vec<_> = scenario.tags.iter().chain(spoken).collect();
    if !tags.is_empty() {
        out.push_str("<span class=\"tags\">");
        for tag in tags {
            put(out, format_args!("<span>{}</span>", markup(tag)));
        }
        out.push_str("</span>");
    }
    let time = match verdict {
        Verdict::Skipped => String::new(),
        Verdict::Failed | Verdict::Error | Verdict::Passed => span(scenario.virtual_s),
    };
    put(
        out,
        format_args!("<span class=\"time\" title=\"virtual time\">{time}</span></summary>\n<div class=\"inside\">\n"),
    );
    if kind == RunKind::Capture {
        put(out, format_args!("<p class=\"where\"><code>scenarios/{}</code></p>\n", markup(&scenario.slug)));
    } else {
        place(out, scenario);
    }
    verdict_box(out, scenario);
    if let Some(conversation) = &scenario.conversation {
        facts(out, conversation);
    }
    for remark in &scenario.remarks {
        put(out, format_args!("<p class=\"hint\">Remark: {}</p>\n", markup(remark)));
    }
    for damage in &scenario.damage {
        put(out, format_args!("<p class=\"warning\">The log is damaged: {}</p>\n", markup(damage)));
    }
    steps(out, &scenario.steps);
    out.push_str(body);
    out.push_str("</div>\n</details>\n");
}

/// Who talked, and how it ended.
fn facts(out: &mut String, conversation: &Conversation) {
    out.push_str("<dl class=\"facts\">");
    for (name, value) in &conversation.facts {
        put(out, format_args!("<div><dt>{name}</dt><dd>{}</dd></div>", markup(value)));
    }
    out.push_str("</dl>\n");
}

/// Where it stands, and what it took.
fn place(out: &mut String, scenario: &Scenario) {
    let seed = if scenario.seed.is_empty() { String::new() } else { format!(", seed {}", markup(&scenario.seed)) };
    put(
        out,
        format_args!(
            "<p class=\"where\"><code>{}</code>, {} of wall time{seed}</p>\n",
            markup(&scenario.place()),
            span(scenario.wall_s)
        ),
    );
}

/// Why it did not pass; nothing for one that did.
fn verdict_box(out: &mut String, scenario: &Scenario) {
    match scenario.verdict {
        Verdict::Passed => {}
        Verdict::Skipped => {
            let reason = if scenario.message.is_empty() { "no reason was given" } else { &scenario.message };
            put(out, format_args!("<p class=\"reason skipped\">Skipped: {}</p>\n", markup(reason)));
        }
        Verdict::Failed | Verdict::Error => {
            put(out, format_args!("<div class=\"reason {}\">\n", scenario.verdict));
            if let Some(step) = scenario.broken_step() {
                put(
                    out,
                    format_args!(
                        "<p class=\"broken\"><b>{}</b> {} <span class=\"at\">{} at {}</span></p>\n",
                        markup(&step.keyword),
                        markup(&step.text),
                        step.status.word(),
                        step.ended
                    ),
                );
            }
            put(out, format_args!("<pre>{}</pre>\n</div>\n", markup(scenario.reason())));
        }
    }
}

fn steps(out: &mut String, steps: &[Step]) {
    if steps.is_empty() {
        return;
    }
    out.push_str("<ol class=\"steps\">\n");
    for step in steps {
        let time = match step.status {
            StepStatus::Skipped => String::new(),
            StepStatus::Failed | StepStatus::Passed | StepStatus::Undefined | StepStatus::Unfinished => {
                step.ended.to_string()
            }
        };
        put(
            out,
            format_args!(
                "<li class=\"{}\"><span class=\"icon\" title=\"{}\">{}</span><span class=\"what\"><b>{}</b> {}</span>\
                 <time>{time}</time></li>\n",
                step.status.word(),
                step.status.word(),
                step_icon(step.status),
                markup(&step.keyword),
                markup(&step.text)
            ),
        );
    }
    out.push_str("</ol>\n");
}

/// The plots, the times and the chart of a scenario. Of one that passed the chart is folded: the steps tell the rest. Captures
/// have no steps.
pub(crate) fn drawings(kind: RunKind, scenario: &Scenario) -> String {
    /// Points a curve for those nobody has to debug.
    const FEW: usize = 160;
    let broke = match scenario.verdict {
        Verdict::Failed | Verdict::Error => true,
        Verdict::Passed | Verdict::Skipped => kind == RunKind::Capture,
    };
    let mut out = String::new();
    for (evse, series) in scenario.series.iter().filter(|(_, series)| !series.is_empty()) {
        if let Some(evse) = evse {
            put(&mut out, format_args!("<h3 class=\"evse\">EVSE {evse}</h3>\n"));
        }
        plots::write(&mut out, series, if broke { crate::Curve::POINTS } else { FEW });
    }
    if let Some(conversation) = &scenario.conversation {
        timing::write(&mut out, &conversation.timing, broke);
    }
    if !scenario.exchange.is_empty() {
        let open = if broke { " open" } else { "" };
        put(&mut out, format_args!("<details class=\"fold\"{open}><summary>Who told whom</summary>\n"));
        sequence::write(&mut out, &scenario.exchange);
        out.push_str("</details>\n");
    }
    out
}
