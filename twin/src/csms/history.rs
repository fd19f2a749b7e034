//! What the charging station sent: the newest of it, by the place each CALL had in the order they came.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;
use units::{EvseId, MilliwattHours};

use super::Request;

/// The CALLs, and what follows from them that is asked for again and again.
#[derive(Debug, Default)]
pub(super) struct History {
    requests: VecDeque<Request>,
    /// How many were dropped, oldest first.
    dropped: usize,
    /// The place of the newest one, by action and by the EVSE that it names.
    newest: BTreeMap<String, BTreeMap<Option<EvseId>, usize>>,
    /// The transactions that run, the newest last.
    transactions: Vec<(Option<EvseId>, String)>,
    registers: BTreeMap<Option<EvseId>, MilliwattHours>,
}

impl History {
    /// Adds one; of more than `limit` the oldest is forgotten, so that one that never stops sending fills no memory.
    pub(super) fn push(&mut self, request: Request, payload: &Value, limit: usize) {
        if request.action == "TransactionEvent" {
            match payload["eventType"].as_str() {
                Some("Started") => {
                    let id = payload["transactionInfo"]["transactionId"].as_str().map(String::from);
                    self.transactions.retain(|(evse, _)| *evse != request.evse);
                    self.transactions.extend(id.map(|id| (request.evse, id)));
                }
                Some("Ended") => self.transactions.retain(|(evse, _)| *evse != request.evse),
                _ => {}
            }
            if let Some(register) = register(payload) {
                self.registers.insert(request.evse, register);
            }
        }
        let place = self.len();
        // No copy of a name that is known.
        match self.newest.get_mut(&request.action) {
            Some(newest) => drop(newest.insert(request.evse, place)),
            None => drop(self.newest.insert(request.action.clone(), [(request.evse, place)].into())),
        }
        self.requests.push_back(request);
        if self.requests.len() > limit.max(1)
            && let Some(Request { action, evse, .. }) = self.requests.pop_front()
        {
            if let Some(newest) = self.newest.get_mut(&action)
                && newest.get(&evse) == Some(&self.dropped)
            {
                newest.remove(&evse);
            }
            self.newest.retain(|_, newest| !newest.is_empty());
            self.dropped += 1;
        }
    }

    /// How many there were.
    pub(super) fn len(&self) -> usize {
        self.dropped + self.requests.len()
    }

    /// The place of the oldest one that is kept.
    pub(super) const fn first(&self) -> usize {
        self.dropped
    }

    /// Those from the `from`-th on, as far as they are kept; copies, so that what is parsed of one is gone with it.
    pub(super) fn from(&self, from: usize) -> impl Iterator<Item = Request> {
        self.requests.range(from.saturating_sub(self.dropped).min(self.requests.len())..).cloned()
    }

    /// The newest one of that action that names this EVSE or none; with `None`, the newest.
    pub(super) fn newest(&self, action: &str, evse: Option<EvseId>) -> Option<&Request> {
        let of_each = self.newest.get(action)?.iter();
        let concerned = of_each.filter(|(named, _)| evse.is_none() || named.is_none() || **named == evse);
        self.requests.get(concerned.map(|(_, place)| *place).max()?.checked_sub(self.dropped)?)
    }

    /// The transaction at that EVSE, or the one that started last, by the last Started that no Ended followed.
    pub(super) fn transaction(&self, evse: Option<EvseId>) -> Option<&String> {
        let concerned = |named: &Option<EvseId>| evse.is_none() || named.is_none() || *named == evse;
        self.transactions.iter().rev().find(|(named, _)| concerned(named)).map(|(_, id)| id)
    }

    /// The registers in the last meter value of each EVSE that had one.
    pub(super) fn registers(&self) -> impl Iterator<Item = MilliwattHours> {
        self.registers.values().copied()
    }
}

/// The register in the last meter value of a TransactionEvent.
fn register(payload: &Value) -> Option<MilliwattHours> {
    let sampled = payload["meterValue"].as_array()?.last()?["sampledValue"].as_array()?;
    let register = sampled.iter().find(|value| value["measurand"] == "Energy.Active.Import.Register")?;
    Some(MilliwattHours((register["value"].as_f64()? * 1000.0).round() as i64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use units::Instant;

    use super::*;

    const LIMIT: usize = 100;

    fn push(history: &mut History, action: &str, payload: &Value) {
        let request = Request { at: Instant::ZERO, action: action.into(), payload: payload.into(), evse: None };
        history.push(request, payload, LIMIT);
    }

    #[test]
    fn the_newest_of_an_action_the_transaction_and_the_register_are_known_without_a_search() {
        let mut history = History::default();
        let event = |kind: &str, wh: f64| {
            json!({ "eventType": kind, "transactionInfo": { "transactionId": "T1" }, "meterValue": [{ "sampledValue":
                [{ "measurand": "Energy.Active.Import.Register", "value": wh }] }] })
        };
        push(&mut history, "StatusNotification", &json!({ "connectorStatus": "Occupied" }));
        push(&mut history, "TransactionEvent", &event("Started", 1.5));
        assert_eq!(history.transaction(None).map(String::as_str), Some("T1"));
        push(&mut history, "TransactionEvent", &json!({ "eventType": "Updated" }));
        assert_eq!(history.registers().next(), Some(MilliwattHours(1_500)));
        push(&mut history, "TransactionEvent", &event("Ended", 2.0));
        assert_eq!((history.transaction(None), history.registers().next()), (None, Some(MilliwattHours(2_000))));
        assert!(
            history
                .newest("StatusNotification", None)
                .is_some_and(|told| told.payload["connectorStatus"] == "Occupied")
        );
        assert_eq!((history.len(), history.from(3).count(), history.from(9).count()), (4, 1, 0));
    }

    #[test]
    fn a_station_that_never_stops_sending_fills_no_memory_and_places_stay() {
        let mut history = History::default();
        push(&mut history, "BootNotification", &json!({}));
        for n in 0..LIMIT + 10 {
            push(&mut history, "Heartbeat", &json!({ "n": n }));
        }
        assert_eq!((history.len(), history.first(), history.requests.len()), (LIMIT + 11, 11, LIMIT));
        assert!(history.newest("BootNotification", None).is_none() && history.newest.len() == 1);
        assert_eq!(history.from(LIMIT + 10).map(|last| last.payload["n"].clone()).collect::<Vec<_>>(), [LIMIT + 9]);
    }
}
