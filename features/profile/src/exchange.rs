//! Who lets whom wait: the times between requests and responses, and how often something is asked.

use std::collections::BTreeMap;
use std::time::Duration;

use iso15118::timing::is_loop;
use iso15118::wire::{SeenMessage, Side};

use crate::samples::Samples;

/// Distributions by the name of a message.
pub(crate) type ByName = BTreeMap<String, Samples>;

/// The times of a conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exchange {
    last: Option<(Side, Duration)>,
    request: Option<Request>,
    /// The car, after another request.
    pub pacing: ByName,
    /// The car, after the same request.
    pub again: ByName,
    /// The car, from request to request.
    pub period: ByName,
    /// How often it asked.
    pub runs: ByName,
    /// The station.
    pub response: ByName,
    /// How often the station said Ongoing.
    pub ongoing: ByName,
    /// How long.
    pub ongoing_time: ByName,
}

/// The latest request, and those before it that were the same.
#[derive(Clone, Debug)]
struct Request {
    key: String,
    at: Duration,
    first_at: Duration,
    count: u64,
    ongoing: u64,
    failed: bool,
}

/// The name of a request; PowerDeliveryReq with what it wants.
pub(crate) fn key_of_request(message: &SeenMessage) -> String {
    let name = message.name();
    if name != "PowerDeliveryReq" {
        return name.to_owned();
    }
    let is_stop = matches!(message.at("ReadyToChargeState"), Some(exi::Tree::Boolean(false)));
    match message.at("ChargeProgress").and_then(exi::Tree::as_text) {
        Some(progress @ ("Stop" | "Renegotiate")) => format!("{name}-{progress}"),
        None if is_stop => format!("{name}-Stop"),
        Some(_) | None => name.to_owned(),
    }
}

fn sample(table: &mut ByName, key: &str, time: Duration) {
    table.entry(key.to_owned()).or_default().add_time(time);
}

impl Exchange {
    /// A message of a session; SAP is none.
    pub(crate) fn see(&mut self, at: Duration, message: &SeenMessage) {
        match message.from {
            Side::Car => self.see_request(at, key_of_request(message)),
            Side::Station => self.see_response(at, message),
        }
        self.last = Some((message.from, at));
    }

    /// The car has been answered in SAP.
    pub(crate) const fn protocol_chosen(&mut self, at: Duration) {
        self.last = Some((Side::Station, at));
    }

    fn see_request(&mut self, at: Duration, key: String) {
        let again = self.request.as_ref().is_some_and(|request| request.key == key);
        if let Some((Side::Station, answered)) = self.last {
            sample(if again { &mut self.again } else { &mut self.pacing }, &key, at.saturating_sub(answered));
        }
        match &mut self.request {
            Some(request) if again => {
                if is_loop(&key) {
                    sample(&mut self.period, &key, at.saturating_sub(request.at));
                }
                request.count += 1;
                request.at = at;
            }
            _ => {
                if let Some(before) = self.request.take().filter(|before| !before.failed && !is_loop(&before.key)) {
                    self.runs.entry(before.key).or_default().add(before.count);
                }
                self.request = Some(Request { key, at, first_at: at, count: 1, ongoing: 0, failed: false });
            }
        }
    }

    fn see_response(&mut self, at: Duration, message: &SeenMessage) {
        let name = message.name();
        let Some(request) = &mut self.request else { return };
        let (stem, rest) = request.key.split_once('-').map_or((&*request.key, None), |(stem, rest)| (stem, Some(rest)));
        if stem.strip_suffix("Req") != name.strip_suffix("Res") || !matches!(self.last, Some((Side::Car, _))) {
            return;
        }
        let key = rest.map_or_else(|| name.to_owned(), |rest| format!("{name}-{rest}"));
        sample(&mut self.response, &key, at.saturating_sub(request.at));
        request.failed |= message.response_code().is_some_and(|code| code.starts_with("FAILED"));
        match message.at("EVSEProcessing").and_then(exi::Tree::as_text) {
            Some("Finished") if !request.failed => {
                let (ongoing, took) = (request.ongoing, at.saturating_sub(request.first_at));
                (request.ongoing, request.first_at) = (0, at);
                self.ongoing.entry(key.clone()).or_default().add(ongoing);
                sample(&mut self.ongoing_time, &key, took);
            }
            Some(_) => request.ongoing += 1,
            None => {}
        }
    }
}
