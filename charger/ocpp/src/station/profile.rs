//! Charging profiles, and what they leave for an EVSE (use cases K01 to K10).

use std::collections::BTreeMap;
use std::time::Duration;

use energy::ChargingLimit;
use serde_json::Value;
use units::{EvseId, Instant, Milliamps, PhaseCount, Watts};

use crate::clock::{WallClock, since_start};

/// What a profile is for, in the order in which the composite looks at them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Purpose {
    StationMax,
    TxDefault,
    Tx,
}

/// When a schedule begins. Times are offsets from the station's instant zero in microseconds, fixed when the profile came:
/// a clock that the CSMS corrects later moves no limit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Start {
    Absolute(i64),
    /// Every so many microseconds from the first time on.
    Recurring(i64, i64),
    /// With the transaction.
    Relative,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Period {
    /// From the beginning of the schedule, microseconds.
    start: i64,
    limit: ChargingLimit,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Profile {
    pub(super) id: i64,
    /// `None`: the station, or any EVSE of it.
    pub(super) evse: Option<EvseId>,
    pub(super) purpose: Purpose,
    pub(super) stack_level: i64,
    transaction: Option<String>,
    valid_from: Option<i64>,
    valid_to: Option<i64>,
    start: Start,
    /// Of the schedule, microseconds.
    duration: Option<i64>,
    periods: Vec<Period>,
}

/// Why a profile is not taken: the reason code and words of the answer.
pub(super) type Refusal = (&'static str, String);

const SECOND: i64 = 1_000_000;

impl Profile {
    /// Reads the `chargingProfile` of a SetChargingProfile that fits its schema.
    pub(super) fn parse(evse: Option<EvseId>, profile: &Value, clock: &WallClock) -> Result<Self, Refusal> {
        let invalid = |what: &str| ("InvalidValue", what.to_owned());
        let purpose = match profile["chargingProfilePurpose"].as_str() {
            Some("ChargingStationMaxProfile") if evse.is_none() => Purpose::StationMax,
            Some("ChargingStationMaxProfile") => return Err(("InvalidProfile", "evseId must be 0".into())),
            Some("TxDefaultProfile") => Purpose::TxDefault,
            Some("TxProfile") if evse.is_some() => Purpose::Tx,
            Some("TxProfile") => return Err(("InvalidProfile", "a TxProfile needs an evseId".into())),
            _ => return Err(("UnsupportedParam", "chargingProfilePurpose".into())),
        };
        let schedules = profile["chargingSchedule"].as_array().map_or(&[][..], Vec::as_slice);
        let [schedule] = schedules else { return Err(("InvalidSchedule", "exactly one schedule is supported".into())) };
        let time = |value: &Value| match value.as_str() {
            None => Ok(None),
            Some(text) => clock.offset(text).map(Some).ok_or_else(|| invalid("not a time")),
        };
        let begins = time(&schedule["startSchedule"])?;
        let start = match (profile["chargingProfileKind"].as_str(), begins, profile["recurrencyKind"].as_str()) {
            (Some("Absolute"), Some(at), _) => Start::Absolute(at),
            (Some("Recurring"), Some(at), Some("Daily")) => Start::Recurring(at, 86_400 * SECOND),
            (Some("Recurring"), Some(at), Some("Weekly")) => Start::Recurring(at, 7 * 86_400 * SECOND),
            (Some("Relative"), None, _) => Start::Relative,
            (Some("Relative"), Some(_), _) => {
                return Err(("InvalidSchedule", "a relative schedule has no startSchedule".into()));
            }
            _ => return Err(("InvalidSchedule", "startSchedule or recurrencyKind is missing".into())),
        };
        let unit = schedule["chargingRateUnit"].as_str().unwrap_or_default();
        let mut periods = Vec::new();
        for period in schedule["chargingSchedulePeriod"].as_array().map_or(&[][..], Vec::as_slice) {
            periods.push(Self::period(period, unit)?);
        }
        if periods.first().is_none_or(|first| first.start != 0) {
            return Err(("InvalidSchedule", "the first startPeriod is 0".into()));
        }
        if !periods.is_sorted_by(|a, b| a.start < b.start) {
            return Err(("InvalidSchedule", "startPeriod must rise".into()));
        }
        Ok(Self {
            id: profile["id"].as_i64().unwrap_or_default(),
            evse,
            purpose,
            stack_level: profile["stackLevel"]
                .as_i64()
                .filter(|level| *level >= 0)
                .ok_or_else(|| invalid("stackLevel"))?,
            transaction: profile["transactionId"].as_str().map(Into::into),
            valid_from: time(&profile["validFrom"])?,
            valid_to: time(&profile["validTo"])?,
            start,
            duration: schedule["duration"].as_i64().map(|seconds| seconds.saturating_mul(SECOND)),
            periods,
        })
    }

    /// A limit below zero is an old way to ask for energy from the car. It is not honoured, and to refuse the profile would let
    /// the car take more than its CSMS wants: it counts as no energy at all, and is told so in a composite schedule.
    fn period(period: &Value, unit: &str) -> Result<Period, Refusal> {
        let limit = period["limit"].as_f64().filter(|limit| (-1e6..=1e6).contains(limit));
        let limit = limit
            .ok_or_else(|| ("InvalidValue", "limit: from -1000000 to 1000000; below 0 is taken as 0".to_owned()))?
            .max(0.0);
        let phases = period["numberPhases"]
            .as_u64()
            .map(|count| u8::try_from(count).ok().and_then(|count| PhaseCount::try_from(count).ok()));
        let phases = match phases {
            None => None,
            Some(Some(count)) => Some(count),
            Some(None) => return Err(("InvalidValue", "numberPhases: 1 to 3".into())),
        };
        let (current, power) = match unit {
            "A" => (Some(Milliamps((limit * 1000.0) as i32)), None),
            "W" => (None, Some(Watts(limit as i32))),
            _ => return Err(("UnsupportedRateUnit", unit.into())),
        };
        let start = period["startPeriod"].as_i64().filter(|start| *start >= 0);
        let start = start.ok_or_else(|| ("InvalidSchedule", "startPeriod".to_owned()))?;
        Ok(Period { start: start.saturating_mul(SECOND), limit: ChargingLimit { current, power, phases } })
    }

    /// How long the schedule has been running at `now`, microseconds; `None` while it does not.
    fn running_for(&self, transaction: Option<i64>, now: i64) -> Option<i64> {
        if self.valid_from.is_some_and(|from| now < from) || self.valid_to.is_some_and(|to| now >= to) {
            return None;
        }
        let elapsed = match self.start {
            Start::Absolute(at) => now.checked_sub(at)?,
            Start::Recurring(at, every) => {
                let since = now.checked_sub(at)?;
                if since < 0 { since } else { since % every }
            }
            Start::Relative => now.checked_sub(transaction?)?,
        };
        (elapsed >= 0 && self.duration.is_none_or(|duration| elapsed < duration)).then_some(elapsed)
    }

    fn limit(&self, transaction: Option<i64>, now: i64) -> Option<ChargingLimit> {
        let elapsed = self.running_for(transaction, now)?;
        self.periods.iter().rev().find(|period| period.start <= elapsed).map(|period| period.limit)
    }

    /// The next instant after `now` at which it says something else.
    fn next_change(&self, transaction: Option<i64>, now: i64) -> Option<i64> {
        let begin = match self.start {
            Start::Absolute(at) => Some(at),
            Start::Recurring(at, every) if now >= at => Some(at + (now - at) / every * every),
            Start::Recurring(at, _) => Some(at),
            Start::Relative => transaction,
        };
        let repeat = match (self.start, begin) {
            (Start::Recurring(_, every), Some(begin)) => Some(begin.saturating_add(every)),
            (Start::Absolute(_) | Start::Relative | Start::Recurring(..), _) => None,
        };
        let inside = begin.into_iter().flat_map(|begin| {
            let ends = self.duration.map(|duration| begin.saturating_add(duration));
            self.periods.iter().map(move |period| begin.saturating_add(period.start)).chain(ends)
        });
        inside.chain(repeat).chain(self.valid_from).chain(self.valid_to).filter(|at| *at > now).min()
    }

    fn binds(&self, evse: Option<EvseId>, transaction: Option<&str>) -> bool {
        let here = self.evse.is_none() || self.evse == evse;
        match self.purpose {
            Purpose::StationMax => true,
            Purpose::TxDefault => here && transaction.is_some(),
            Purpose::Tx => {
                here && transaction.is_some() && self.transaction.as_deref().is_none_or(|own| Some(own) == transaction)
            }
        }
    }
}

/// Every profile in force.
#[derive(Debug, Default)]
pub(super) struct Profiles(BTreeMap<i64, Profile>);

impl Profiles {
    /// How many profiles are kept.
    const MOST: usize = 100;

    /// Takes a profile; one of the same id, or of the same purpose, place and stack level, is replaced. Answers the ids
    /// that are gone.
    pub(super) fn set(&mut self, profile: Profile, running: Option<&str>) -> Result<Vec<i64>, Refusal> {
        if profile.purpose == Purpose::Tx {
            match (profile.transaction.as_deref(), running) {
                (Some(named), Some(running)) if named == running => {}
                (_, None) => return Err(("TxNotFound", "no transaction runs there".into())),
                (Some(_), Some(_)) => return Err(("TxNotFound", "another transaction runs there".into())),
                (None, Some(_)) => return Err(("MissingParam", "a TxProfile needs a transactionId".into())),
            }
        }
        let replaced: Vec<i64> = self
            .0
            .values()
            .filter(|old| {
                old.id != profile.id
                    && old.purpose == profile.purpose
                    && old.evse == profile.evse
                    && old.stack_level == profile.stack_level
            })
            .map(|old| old.id)
            .collect();
        self.0.retain(|id, _| !replaced.contains(id));
        if self.0.len() >= Self::MOST && !self.0.contains_key(&profile.id) {
            return Err(("TooManyElements", format!("at most {} profiles", Self::MOST)));
        }
        self.0.insert(profile.id, profile);
        Ok(replaced)
    }

    /// The profiles of transactions that are not among these go, by id: they ended unseen.
    pub(super) fn forget_all_but(&mut self, open: &[String]) -> Vec<i64> {
        self.clear(|profile| {
            profile.purpose == Purpose::Tx && profile.transaction.as_ref().is_none_or(|own| !open.contains(own))
        })
    }

    /// A profile from the store: `{evseId, chargingProfile}`.
    pub(super) fn restore(&mut self, stored: &Value, clock: &WallClock) {
        let evse = stored["evseId"].as_u64().and_then(|evse| u16::try_from(evse).ok()).and_then(EvseId::new);
        if let Ok(profile) = Profile::parse(evse, &stored["chargingProfile"], clock) {
            self.0.insert(profile.id, profile);
        }
    }

    /// Drops what a ClearChargingProfile names; answers the ids.
    pub(super) fn clear(&mut self, matches: impl Fn(&Profile) -> bool) -> Vec<i64> {
        let gone: Vec<i64> = self.0.values().filter(|profile| matches(profile)).map(|profile| profile.id).collect();
        self.0.retain(|id, _| !gone.contains(id));
        gone
    }

    /// A transaction is over, and with it its profiles; answers their names in the store.
    pub(super) fn end_transaction(&mut self, transaction: &str) -> Vec<String> {
        self.clear(|profile| profile.transaction.as_deref() == Some(transaction))
            .into_iter()
            .map(|id| id.to_string())
            .collect()
    }

    /// What the profiles leave: the station's maximum, and the transaction's own or, without one, the default.
    pub(super) fn composite(
        &self,
        evse: Option<EvseId>,
        running: Option<(&str, i64)>,
        now: Instant,
    ) -> Option<ChargingLimit> {
        let (transaction, since) = (running.map(|(id, _)| id), running.map(|(_, since)| since));
        let station = self.best(Purpose::StationMax, evse, transaction, since, since_start(now));
        match (station, self.own(evse, running, now)) {
            (Some(a), Some(b)) => Some(ChargingLimit {
                current: least(a.current, b.current),
                power: least(a.power, b.power),
                phases: least(a.phases, b.phases),
            }),
            (a, b) => a.or(b),
        }
    }

    /// What the transaction's own profile leaves or, without one, the default.
    pub(super) fn own(
        &self,
        evse: Option<EvseId>,
        running: Option<(&str, i64)>,
        now: Instant,
    ) -> Option<ChargingLimit> {
        let since = running.map(|(_, since)| since);
        let best = |purpose| self.best(purpose, evse, running.map(|(id, _)| id), since, since_start(now));
        best(Purpose::Tx).or_else(|| best(Purpose::TxDefault))
    }

    /// What the EVSEs of the station may take together.
    pub(super) fn station_maximum(&self, now: Instant) -> Option<ChargingLimit> {
        self.best(Purpose::StationMax, None, None, None, since_start(now))
    }

    /// The limit of the profile of that purpose with the highest stack level.
    fn best(
        &self,
        purpose: Purpose,
        evse: Option<EvseId>,
        transaction: Option<&str>,
        since: Option<i64>,
        now: i64,
    ) -> Option<ChargingLimit> {
        self.0
            .values()
            .filter(|profile| profile.purpose == purpose && profile.binds(evse, transaction))
            .filter_map(|profile| profile.limit(since, now).map(|limit| (profile.stack_level, limit)))
            .max_by_key(|(level, _)| *level)
            .map(|(_, limit)| limit)
    }

    /// The composite over a time from `now` on: from when (seconds after `now`) and what.
    pub(super) fn schedule(
        &self,
        evse: Option<EvseId>,
        running: Option<(&str, i64)>,
        now: Instant,
        duration: Duration,
    ) -> Vec<(u64, Option<ChargingLimit>)> {
        let end = now + duration;
        let mut at = now;
        let mut periods: Vec<(u64, Option<ChargingLimit>)> = Vec::new();
        // Bounded: a schedule that changes more often than this is told as far as it goes.
        for _ in 0..1_000 {
            let limit = self.composite(evse, running, at);
            if periods.last().is_none_or(|(_, last)| *last != limit) {
                periods.push(((at - now).as_secs(), limit));
            }
            match self.change_after(running.map(|(_, since)| since), at) {
                Some(next) if next < end => at = next,
                Some(_) | None => break,
            }
        }
        periods
    }

    fn change_after(&self, since: Option<i64>, at: Instant) -> Option<Instant> {
        self.0
            .values()
            .filter_map(|profile| profile.next_change(since, since_start(at)))
            .min()
            .and_then(|micros| u64::try_from(micros).ok())
            .map(Instant::from_micros)
    }

    /// When some limit changes by itself after `now`.
    pub(super) fn next_change(&self, transactions: &BTreeMap<EvseId, (String, i64)>, now: Instant) -> Option<Instant> {
        transactions
            .values()
            .map(|(_, since)| Some(*since))
            .chain([None])
            .filter_map(|since| self.change_after(since, now))
            .min()
    }
}

fn least<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
