//! Who kept whom waiting, message by message.

use event_log::Event;
use serde_json::Value;
use units::Instant;

use super::fields::exchange;

/// Who was waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Waited {
    /// The station, for the answer to a request.
    Station,
    /// The car, for its next request.
    Car,
}

/// How long a message was waited for.
pub(crate) struct Lag {
    pub(crate) waited: Waited,
    /// The exchange of the message before it: `CurrentDemand`.
    pub(crate) exchange: String,
    pub(crate) micros: u64,
    /// When it is due, in microseconds.
    pub(crate) due: Option<u64>,
    /// When the other side gives up, in microseconds.
    pub(crate) limit: Option<u64>,
}

impl Lag {
    pub(crate) fn is_late(&self) -> bool {
        self.due.is_some_and(|due| self.micros > due)
    }

    pub(crate) fn is_beyond(&self) -> bool {
        self.limit.is_some_and(|limit| self.micros > limit)
    }
}

/// The message before.
struct Before {
    t: Instant,
    from_car: bool,
    exchange: String,
    due: Option<u64>,
    limit: Option<u64>,
}

/// Follows the messages of one conversation.
#[derive(Default)]
pub(crate) struct Pace(Option<Before>);

impl Pace {
    /// The next event and its data; answers how long it was waited for.
    pub(crate) fn next(&mut self, event: &Event, data: &Value) -> Option<Lag> {
        if event.source != "v2g" {
            return None;
        }
        if event.kind != "message" {
            // After a gap in what was seen nothing can be said of the next.
            if matches!(
                event.kind.as_str(),
                "opened" | "closed" | "tls_stopped" | "lost" | "no_frame" | "unfinished" | "skipped"
            ) {
                self.0 = None;
            }
            return None;
        }
        let from_car = data.get("from").and_then(Value::as_str) == Some("car");
        let name = data.get("name").and_then(Value::as_str).unwrap_or_default();
        let time = |request: &str, response: &str| {
            let ms = data.get(if from_car { request } else { response })?.as_u64()?;
            ms.checked_mul(1000)
        };
        let now = Before {
            t: event.t,
            from_car,
            exchange: exchange(name).into(),
            due: time("performance_ms", "sequence_performance_ms"),
            limit: time("timeout_ms", "sequence_timeout_ms"),
        };
        let before = self.0.replace(now)?;
        (before.from_car != from_car).then(|| Lag {
            waited: if from_car { Waited::Car } else { Waited::Station },
            micros: event.t.as_micros().saturating_sub(before.t.as_micros()),
            exchange: before.exchange,
            due: before.due,
            limit: before.limit,
        })
    }
}
