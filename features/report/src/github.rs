//! What GitHub shows: annotations at the feature files, and a summary of the job.

use std::fmt::Write;

use crate::escape::cut;
use crate::format::span;
use crate::run::{Counts, Run};

/// One `::error` row for each scenario that failed or broke or was not run, at the step that broke it or else at the scenario, and
/// for whatever is not in order with the run itself.
#[must_use]
pub fn github(run: &Run) -> String {
    let mut out = String::new();
    for trouble in &run.troubles {
        let _ = writeln!(out, "::error title=error%3A the run::{}", data(&cut(trouble, 1000)));
    }
    for scenario in run.broken() {
        let step = scenario.broken_step();
        let line = step.map(|step| step.line).filter(|line| *line > 0).unwrap_or(scenario.line).max(1);
        let what = step.map(|step| step.sentence() + "\n").unwrap_or_default();
        let message = format!("{what}{}\n{}", cut(scenario.reason(), 1000), scenario.place());
        out.push_str("::error ");
        if !scenario.feature.is_empty() {
            let _ = write!(out, "file={},line={line},", property(&scenario.feature));
        }
        let title = format!("{}: {}", scenario.verdict.word(), scenario.name);
        let _ = writeln!(out, "title={}::{}", property(&cut(&title, 200)), data(&message));
    }
    out
}

/// A summary in Markdown, for the page of a job.
#[must_use]
pub fn markdown(run: &Run) -> String {
    let counts = run.counts();
    let mark = if run.is_green() { "\u{2705}" } else { "\u{274c}" };
    let mut out = format!("## {mark} Plugfest: {} of {} passed\n\n", counts.passed, counts.total());
    for trouble in &run.troubles {
        let _ = writeln!(out, "**error**: {}\n", cell(trouble));
    }
    out.push_str("| feature | passed | failed | error | skipped |\n|---|--:|--:|--:|--:|\n");
    for (feature, scenarios) in run.features() {
        let Counts { passed, failed, error, skipped } = Counts::of(scenarios);
        let feature = if feature.is_empty() { "(unknown)" } else { feature };
        let _ = writeln!(out, "| {} | {passed} | {failed} | {error} | {skipped} |", cell(feature));
    }
    let _ = write!(out, "\n{} of virtual time in {}", span(run.virtual_s), span(run.wall_s));
    if !run.seed.is_empty() {
        let _ = write!(out, ", seed `{}`", cell(&run.seed));
    }
    out.push('\n');
    let broken = run.broken();
    if !broken.is_empty() {
        out.push_str("\n| not passed | step | why |\n|---|---|---|\n");
    }
    for scenario in broken.iter().take(50) {
        let step = scenario.broken_step().map(|step| step.sentence()).unwrap_or_default();
        let place = cell(&scenario.place());
        let why = cell(&cut(scenario.reason(), 300));
        let _ =
            writeln!(out, "| **{}**: {} ({place}) | {} | {why} |", scenario.verdict, cell(&scenario.name), cell(&step));
    }
    if broken.len() > 50 {
        let _ = writeln!(out, "\n... and {} more.", broken.len() - 50);
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Text for a cell of a table: no row or cell of its own, no markup.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("<br>"),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::sample_run;

    #[test]
    fn annotations_stand_at_the_step_that_failed() {
        let rows = github(&sample_run());
        let rows: Vec<_> = rows.lines().collect();
        assert_eq!(rows.len(), 2, "{rows:?}");
        assert_eq!(
            rows[0],
            "::error file=features/faults/diode.feature,line=22,title=failed%3A A diode fault ends the charge\
             ::Then for 10 s the contactor stays closed%0Athe contactor opened at 00:01:10.040%0A\
             expected: closed until 00:01:20.000%0Afeatures/faults/diode.feature:12"
        );
    }

    #[test]
    fn the_summary_is_a_table_that_text_cannot_break() {
        let text = markdown(&sample_run());
        assert!(text.starts_with("## \u{274c} Plugfest: 1 of 4 passed\n"), "{text}");
        assert!(text.contains("| features/faults/diode.feature | 0 | 1 | 0 | 0 |"), "{text}");
        assert!(text.contains("Two hours &lt;of> \"patience\" &amp; more"), "{text}");
        assert_eq!(cell("a|b\n`c`"), "a\\|b<br>\\`c\\`");
    }
}
