//! How far a session came, recorded and here.

use crate::recorded::{Exchange, Session, course, failed};

/// How far a session came.
pub(crate) struct Outcome {
    /// So many requests were asked here.
    pub(crate) requests: usize,
    /// The kinds of requests that were asked and not refused, in their order.
    pub(crate) course: Vec<String>,
    /// What is to be said of it: why it came less far, or further.
    pub(crate) why: Option<String>,
}

/// What the recorded car asked, as far as the station granted it.
pub(crate) fn granted(session: &Session) -> Vec<String> {
    let is_granted = |exchange: &&Exchange| exchange.answer().is_some_and(|answer| failed(answer).is_none());
    course(session.exchanges.iter().filter(is_granted).map(Exchange::kind))
}

/// What the recorded car asked, whatever the station answered.
pub(crate) fn asked(session: &Session) -> Vec<String> {
    course(session.exchanges.iter().map(Exchange::kind))
}

/// How many steps of the recorded course came here as well, in their order.
fn kept(recorded: &[String], here: &[String]) -> usize {
    let mut rest = here.iter();
    recorded.iter().take_while(|step| rest.any(|other| other == *step)).count()
}

/// How far a session came here: less far than recorded, as far, or further.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum HowFar {
    Less,
    Same,
    Further,
}

impl HowFar {
    const fn word(self) -> &'static str {
        match self {
            Self::Less => "less",
            Self::Same => "same",
            Self::Further => "further",
        }
    }
}

/// A row of the table.
pub(crate) struct Row {
    pub(crate) text: String,
    pub(crate) how_far: HowFar,
}

/// The row of one session; `recorded`: its course.
pub(crate) fn row(session: &Session, recorded: &[String], outcome: &Outcome) -> Row {
    let last = |course: &[String]| course.last().map_or("nothing", String::as_str).to_owned();
    let how_far = if kept(recorded, &outcome.course) < recorded.len() {
        HowFar::Less
    } else if outcome.course.len() > recorded.len() {
        HowFar::Further
    } else {
        HowFar::Same
    };
    let protocol = session.protocol().map_or("none", iso15118::Protocol::name);
    let why = outcome.why.as_deref().unwrap_or("-");
    let cells = [
        session.capture.clone(),
        session.number.to_string(),
        protocol.to_owned(),
        session.exchanges.len().to_string(),
        last(recorded),
        outcome.requests.to_string(),
        last(&outcome.course),
        how_far.word().to_owned(),
        why.to_owned(),
    ];
    Row { text: cells.join(" | "), how_far }
}
