//! How long the two took, by kind of message.

use event_log::Event;
use serde_json::Value;
use units::Instant;

use super::pace::{Lag, Pace, Waited};
use crate::value::field;

/// Times between messages of one kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lags {
    /// How many.
    pub count: usize,
    /// Half of them took no longer, microseconds.
    pub median_us: u64,
    /// The longest, microseconds.
    pub max_us: u64,
    /// When it is due by the standard, microseconds; `None` when the log does not say.
    pub due_us: Option<u64>,
    /// When the other side may give up, microseconds.
    pub limit_us: Option<u64>,
    /// How many came after they were due.
    pub late: usize,
    /// How many of these after the other side might have given up.
    pub beyond: usize,
}

impl Lags {
    fn of(mut lags: Vec<Lag>) -> Self {
        lags.sort_by_key(|lag| lag.micros);
        Self {
            count: lags.len(),
            median_us: lags.get(lags.len().saturating_sub(1) / 2).map_or(0, |lag| lag.micros),
            max_us: lags.last().map_or(0, |lag| lag.micros),
            due_us: lags.iter().find_map(|lag| lag.due),
            limit_us: lags.iter().find_map(|lag| lag.limit),
            late: lags.iter().filter(|lag| lag.is_late()).count(),
            beyond: lags.iter().filter(|lag| lag.is_beyond()).count(),
        }
    }
}

/// The times of one kind of exchange.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pacing {
    /// Its name: `CurrentDemand`.
    pub exchange: String,
    /// From a request to its response: what the station took.
    pub answer: Lags,
    /// From a response to the next request: what the car took.
    pub next: Lags,
}

/// Requests of one kind in a row, for which together there is a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Total {
    /// Their name: `CableCheck`.
    pub exchange: String,
    /// From the first request to the last response, microseconds.
    pub took_us: u64,
    /// The car gives up then, microseconds.
    pub limit_us: u64,
}

/// A message that came after the other side might have given up.
#[derive(Clone, Debug, PartialEq)]
pub struct Late {
    /// When it came.
    pub t: Instant,
    /// Its name.
    pub name: String,
    /// After so long, microseconds.
    pub took_us: u64,
    /// Allowed were, microseconds.
    pub limit_us: u64,
}

/// The times of a conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timing {
    /// By kind of exchange, in the order in which they came.
    pub rows: Vec<Pacing>,
    /// What had to be done in a time together.
    pub totals: Vec<Total>,
    /// What came too late, at most [`Timing::LATE`] of each kind.
    pub late: Vec<Late>,
}

impl Timing {
    /// More messages of a kind that came too late are told by their number.
    pub const LATE: usize = 5;
    /// More kinds of exchanges there are not.
    const ROWS: usize = 100;

    /// The times between the messages of a log.
    pub(crate) fn of(events: &[Event]) -> Self {
        let (mut rows, mut timing, mut pace) = (Vec::<Waits>::new(), Self::default(), Pace::default());
        let mut row: Option<Row> = None;
        for event in events.iter().filter(|event| event.source == "v2g") {
            let data = event.data.parse();
            timing.totals.extend(Row::next(&mut row, event, &data));
            let Some(lag) = pace.next(event, &data) else { continue };
            if let (true, Some(limit_us)) = (lag.is_beyond(), lag.limit) {
                let name = field(&data, "name").unwrap_or_default();
                let alike = timing.late.iter().filter(|late| late.name == name).count();
                if alike < Self::LATE && timing.late.len() < Self::ROWS {
                    timing.late.push(Late { t: event.t, name, took_us: lag.micros, limit_us });
                }
            }
            let place = match rows.iter().position(|(name, _)| *name == lag.exchange) {
                None if rows.len() >= Self::ROWS => continue,
                None => {
                    rows.push((lag.exchange.clone(), Default::default()));
                    rows.len() - 1
                }
                Some(place) => place,
            };
            let [answers, nexts] = &mut rows[place].1;
            match lag.waited {
                Waited::Station => answers.push(lag),
                Waited::Car => nexts.push(lag),
            }
        }
        timing.totals.extend(row.and_then(Row::total));
        timing.rows = rows
            .into_iter()
            .map(|(exchange, [answers, nexts])| Pacing { exchange, answer: Lags::of(answers), next: Lags::of(nexts) })
            .collect();
        timing.totals.truncate(Self::ROWS);
        timing
    }
}

/// An exchange, and how long its answers and what followed them were waited for.
type Waits = (String, [Vec<Lag>; 2]);

/// Exchanges of one kind in a row.
struct Row {
    exchange: String,
    began: Instant,
    answered: Option<Instant>,
    limit_us: Option<u64>,
}

impl Row {
    /// The next message; answers what ends with it.
    fn next(row: &mut Option<Self>, event: &Event, data: &Value) -> Option<Total> {
        if event.kind != "message" {
            return if event.kind == "closed" { row.take().and_then(Self::total) } else { None };
        }
        let name = data.get("name").and_then(Value::as_str).unwrap_or_default();
        let exchange = super::exchange(name);
        match row {
            Some(same) if same.exchange == exchange => {
                if name.ends_with("Res") {
                    same.answered = Some(event.t);
                }
                None
            }
            _ => {
                let limit_us = data.get("total_timeout_ms").and_then(Value::as_u64);
                let limit_us = limit_us.and_then(|ms| ms.checked_mul(1000));
                let next = Self { exchange: exchange.into(), began: event.t, answered: None, limit_us };
                row.replace(next).and_then(Self::total)
            }
        }
    }

    fn total(self) -> Option<Total> {
        let (answered, limit_us) = (self.answered?, self.limit_us?);
        Some(Total {
            exchange: self.exchange,
            took_us: answered.as_micros().saturating_sub(self.began.as_micros()),
            limit_us,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::v2g_charge;

    #[test]
    fn station_and_car_are_measured_by_kind_of_message() {
        let timing = Timing::of(&v2g_charge().events());
        let row = |name: &str| timing.rows.iter().find(|row| row.exchange == name).expect("it was there");
        let demand = row("CurrentDemand");
        assert_eq!((demand.answer.count, demand.answer.median_us, demand.answer.max_us), (40, 20_000, 300_000));
        assert_eq!((demand.answer.late, demand.answer.beyond, demand.answer.limit_us), (1, 1, Some(250_000)));
        assert_eq!((demand.next.count, demand.next.late), (40, 0));
        let [late] = &timing.late[..] else { panic!("one: {:?}", timing.late) };
        assert_eq!((late.name.as_str(), late.took_us, late.limit_us), ("CurrentDemandRes", 300_000, 250_000));
        let [check] = &timing.totals[..] else { panic!("one: {:?}", timing.totals) };
        assert_eq!((check.exchange.as_str(), check.took_us, check.limit_us), ("CableCheck", 2_020_000, 40_000_000));
    }
}
