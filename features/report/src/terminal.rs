//! The plain texts: what the terminal says at the end, and what to run again.

use std::fmt::Write;

use crate::format::{count, span};
use crate::run::Run;
use crate::scenario::NOT_RUN;
use crate::verdict::Verdict;

/// `path:line` of each scenario that failed or broke, one a row and each once, as `--rerun` reads it. Scenarios whose log does
/// not tell where they stand are left out, and so are paths that no row can carry: those with line breaks and the like.
#[must_use]
pub fn rerun(run: &Run) -> String {
    let mut rows: Vec<_> =
        run.broken().into_iter().filter(|one| fits_a_row(&one.feature)).map(|one| one.place() + "\n").collect();
    rows.sort();
    rows.dedup();
    rows.concat()
}

fn fits_a_row(feature: &str) -> bool {
    !feature.is_empty() && !feature.contains(char::is_control)
}

/// The end of a run for the terminal, without colours: what did not pass and why, what was skipped and why, and the counts.
#[must_use]
pub fn summary(run: &Run) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    for trouble in &run.troubles {
        let _ = writeln!(out, "ERROR: {}", plain(trouble));
    }
    let (begun, unbegun): (Vec<_>, Vec<_>) = run.broken().into_iter().partition(|one| one.was_begun());
    for scenario in unbegun {
        let why = scenario.message.strip_prefix(NOT_RUN).unwrap_or(&scenario.message);
        let _ = writeln!(out, "{NOT_RUN}{} ({}): {}", plain(&scenario.name), plain(&scenario.place()), plain(why));
    }
    for scenario in begun {
        let _ = writeln!(out, "{}: {}", scenario.verdict.word().to_uppercase(), plain(&scenario.name));
        let _ = writeln!(out, "    {}", plain(&scenario.place()));
        if let Some(step) = scenario.broken_step() {
            let _ = writeln!(out, "    {} ({} at {})", plain(&step.sentence()), step.status.word(), step.ended);
        }
        for line in scenario.reason().lines().take(20) {
            let _ = writeln!(out, "        {}", plain(line));
        }
        for damage in &scenario.damage {
            let _ = writeln!(out, "    damaged log: {}", plain(damage));
        }
    }
    for scenario in &run.scenarios {
        for remark in &scenario.remarks {
            let _ = writeln!(out, "remark: {} ({})", plain(remark), plain(&scenario.name));
        }
    }
    let skipped = run.scenarios.iter().filter(|one| one.verdict == Verdict::Skipped);
    for scenario in skipped {
        let _ = writeln!(out, "skipped: {} ({})", plain(&scenario.name), plain(&scenario.message));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let counts = run.counts();
    let _ = write!(out, "{}: {} passed", count(counts.total(), "scenario"), counts.passed);
    for (n, word) in [(counts.failed, "failed"), (counts.error, "in error"), (counts.skipped, "skipped")] {
        if n > 0 {
            let _ = write!(out, ", {n} {word}");
        }
    }
    let steps = run.scenarios.iter().map(|one| one.steps.len()).sum();
    let _ = writeln!(out, "; {}", count(steps, "step"));
    let _ = write!(out, "{} of virtual time in {}", span(run.virtual_s), span(run.wall_s));
    if !run.seed.is_empty() {
        let _ = write!(out, ", seed {}", plain(&run.seed));
    }
    out.push('\n');
    if counts.total() == counts.skipped {
        out.push_str("nothing was run: that is no success\n");
    }
    out
}

/// What a peer or a file said must not steer a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::sample_run;

    #[test]
    fn the_terminal_says_what_did_not_pass_and_why() {
        assert_eq!(
            summary(&sample_run()),
            "\
FAILED: A diode fault ends the charge
    features/faults/diode.feature:12
    Then for 10 s the contactor stays closed (failed at 00:01:10.060)
        the contactor opened at 00:01:10.040
        expected: closed until 00:01:20.000
ERROR: Two hours <of> \"patience\" & more
    features/session/basic.feature:40
    Given a charger with a 32 A cable (unfinished at 00:00:35.000)
        the run was ended before this scenario finished
skipped: Real powerline (rig bench-3 provides no plc)

4 scenarios: 1 passed, 1 failed, 1 in error, 1 skipped; 8 steps
2 min 55 s of virtual time in 0.2 s, seed 42
"
        );
        assert_eq!(rerun(&sample_run()), "features/faults/diode.feature:12\nfeatures/session/basic.feature:40\n");
    }

    #[test]
    fn a_path_that_no_row_can_carry_is_left_out_of_the_rerun() {
        let mut run = sample_run();
        for scenario in &mut run.scenarios {
            scenario.feature = scenario.feature.replace("faults/", "faults\n");
        }
        assert_eq!(rerun(&run), "features/session/basic.feature:40\n");
    }

    #[test]
    fn an_empty_run_is_no_success() {
        assert!(summary(&Run::default()).ends_with("nothing was run: that is no success\n"));
        assert!(!Run::default().is_green());
    }
}
