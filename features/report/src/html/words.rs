//! What a page calls things: a capture that was read did not pass anything.

use event_log::RunKind;

use crate::format::count;
use crate::run::{Counts, Run};
use crate::verdict::Verdict;

/// The heading and its class.
pub(crate) fn heading(run: &Run, counts: Counts) -> (String, &'static str) {
    let read = || count(counts.total(), "conversation");
    match (run.is_green(), counts.total(), run.kind) {
        (_, 0, RunKind::Capture) => ("No conversation was found".into(), "error"),
        (true, _, RunKind::Capture) => (read(), "passed"),
        (false, _, RunKind::Capture) => (read() + ", not all could be read", "error"),
        (_, 0, _) => ("Nothing was run".into(), "error"),
        (true, ..) => ("Passed".into(), "passed"),
        (false, ..) if counts.failed > 0 => ("Failed".into(), "failed"),
        (false, ..) if counts.error > 0 || !run.troubles.is_empty() => ("Error".into(), "error"),
        (false, ..) => ("All skipped".into(), "skipped"),
    }
}

/// What a tab of the browser shows: how many did not pass, or that all did.
pub(crate) fn title(run: &Run, counts: Counts) -> String {
    let total = counts.total();
    if run.kind == RunKind::Capture {
        return count(total, "conversation");
    }
    let wrong = [(counts.failed, "failed"), (counts.error, "in error")];
    match wrong.into_iter().find(|(count, _)| *count > 0) {
        _ if total == 0 => "nothing was run".into(),
        Some((count, what)) => format!("{count} of {total} {what}"),
        None => format!("{} of {total} passed", counts.passed),
    }
}

/// The word for a verdict.
pub(crate) const fn verdict(kind: RunKind, verdict: Verdict) -> &'static str {
    match (kind, verdict) {
        (RunKind::Capture, Verdict::Passed) => "read",
        (RunKind::Capture, Verdict::Error | Verdict::Failed) => "not all read",
        (_, verdict) => verdict.word(),
    }
}
