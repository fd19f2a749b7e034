//! How far a session came, recorded and here.

use std::fmt::Write as _;

use crate::recorded::{Exchange, Session, course};

/// How far a session came.
pub(crate) struct Outcome {
    /// So many requests were asked here.
    pub(crate) requests: usize,
    /// The kinds of requests that were asked and not refused, in their order.
    pub(crate) course: Vec<String>,
    /// What is to be said of it: why it came less far, or further.
    pub(crate) why: Option<String>,
}

/// How far the recorded session came, in the same words: what was refused is not reached.
pub(crate) fn recorded(session: &Session) -> Vec<String> {
    let reached = |exchange: &&Exchange| exchange.answer().is_some_and(|answer| crate::recorded::failed(answer).is_none());
    course(session.exchanges.iter().filter(reached).map(Exchange::kind))
}

/// How many steps of the recorded course came here as well, in their order.
fn kept(recorded: &[String], here: &[String]) -> usize {
    let mut rest = here.iter();
    recorded.iter().take_while(|step| rest.any(|other| other == *step)).count()
}

/// A row of the table, and whether it came less far.
pub(crate) fn row(session: &Session, outcome: &Outcome) -> (String, bool) {
    let recorded = recorded(session);
    let kept = kept(&recorded, &outcome.course);
    let last = |course: &[String]| course.last().map_or("nothing", String::as_str).to_owned();
    let is_less = kept < recorded.len();
    let how = if is_less {
        "less"
    } else if outcome.course.len() > recorded.len() {
        "further"
    } else {
        "same"
    };
    let mut row = format!(
        "{} {} {}: {} requests to {}; here {} to {}; {how}",
        session.capture,
        session.number,
        session.protocol().map_or("none", iso15118::Protocol::name),
        session.exchanges.len(),
        last(&recorded),
        outcome.requests,
        last(&outcome.course),
    );
    if let Some(why) = &outcome.why {
        let _ = write!(row, ": {why}");
    }
    (row, is_less)
}
