//! Where the writing stands: one batch at a time, and what is known of the store's health.

use std::time::Duration;

use units::Instant;

use super::mirror::{Revision, Revisions};
use crate::StoreError;

/// What is new about the store, for a person.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in super::super) enum StoreNews {
    /// It does not take what it is given, or not yet.
    Trouble(String),
    /// It works again, and has everything.
    Works,
}

/// What the store does now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Work {
    /// Nothing.
    Idle,
    /// It has a batch; `until` is how long an answer may take.
    Writing { until: Instant },
    /// It refused a batch; it gets the next one then.
    Resting { until: Instant },
}

/// How the store is.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Health {
    /// In order, as far as is known.
    Good,
    /// It has said that it waits.
    Slow,
    /// It refuses or is silent. What was told of it; the pause before the next try.
    Bad { told: String, pause: Duration },
}

/// See the module.
#[derive(Debug)]
pub(super) struct Writer {
    revisions: Revisions,
    /// The last revision in which anything changed.
    changed: Revision,
    work: Work,
    health: Health,
}

impl Default for Writer {
    fn default() -> Self {
        Self { revisions: Revisions::default(), changed: 0, work: Work::Idle, health: Health::Good }
    }
}

impl Writer {
    /// How long a commit may take before its events are sent without it. Longer than another program holds the file, as a
    /// rule.
    const PATIENCE: Duration = Duration::from_secs(60);
    /// The first pause after a refusal; each further one is twice as long.
    const PAUSE: Duration = Duration::from_secs(1);
    /// The longest pause.
    const LONGEST_PAUSE: Duration = Duration::from_secs(60);

    pub(super) const fn revisions(&self) -> Revisions {
        self.revisions
    }

    /// Something changes: in which revisions.
    pub(super) const fn change(&mut self) -> Revisions {
        self.changed = self.revisions.current;
        self.revisions
    }

    /// The store has everything.
    pub(super) const fn is_idle(&self) -> bool {
        self.changed <= self.revisions.kept
    }

    /// The store is not waited for.
    pub(super) const fn is_given_up(&self) -> bool {
        matches!(self.health, Health::Bad { .. })
    }

    /// Begins a batch, if there is anything to write and the store is free: answers what it is to bring up.
    pub(super) fn begin(&mut self, now: Instant) -> Option<Revisions> {
        let free = match self.work {
            Work::Idle => true,
            Work::Writing { .. } => false,
            Work::Resting { until } => until <= now,
        };
        if !free || self.is_idle() {
            return None;
        }
        let before = self.revisions;
        self.revisions.under_way = Some(before.current);
        self.revisions.current += 1;
        self.work = Work::Writing { until: now + Self::PATIENCE };
        Some(before)
    }

    pub(super) fn answered(&mut self, now: Instant, result: Result<(), StoreError>) -> Option<StoreNews> {
        let under_way = self.revisions.under_way.take()?;
        match result {
            Ok(()) => {
                self.revisions.kept = under_way;
                self.work = Work::Idle;
                let before = std::mem::replace(&mut self.health, Health::Good);
                (before != Health::Good).then_some(StoreNews::Works)
            }
            Err(error) => {
                let (known, pause) = match &self.health {
                    Health::Good | Health::Slow => (None, Self::PAUSE),
                    Health::Bad { told, pause } => (Some(told.clone()), (*pause * 2).min(Self::LONGEST_PAUSE)),
                };
                self.work = Work::Resting { until: now + pause };
                let told = error.to_string();
                let news = (known.as_ref() != Some(&told)).then(|| {
                    StoreNews::Trouble(format!("{told}; what happens is kept in memory and written when it can be"))
                });
                self.health = Health::Bad { told, pause };
                news
            }
        }
    }

    pub(super) fn delayed(&mut self, error: &StoreError) -> Option<StoreNews> {
        if self.health != Health::Good || self.revisions.under_way.is_none() {
            return None;
        }
        self.health = Health::Slow;
        Some(StoreNews::Trouble(format!("{error}; what happens waits in memory until it is written")))
    }

    pub(super) fn expire(&mut self, now: Instant) -> Option<StoreNews> {
        match (self.work, &self.health) {
            (Work::Writing { until }, Health::Good | Health::Slow) if until <= now => {
                let told = format!("the store has not written for {} s", Self::PATIENCE.as_secs());
                self.health = Health::Bad { told: told.clone(), pause: Self::PAUSE };
                Some(StoreNews::Trouble(format!("{told}; what happens is sent without it meanwhile")))
            }
            (Work::Writing { .. } | Work::Idle | Work::Resting { .. }, _) => None,
        }
    }

    /// When something is to be done.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.work {
            Work::Writing { until } if !self.is_given_up() => Some(until),
            Work::Resting { until } if !self.is_idle() => Some(until),
            Work::Writing { .. } | Work::Idle | Work::Resting { .. } => None,
        }
    }
}
