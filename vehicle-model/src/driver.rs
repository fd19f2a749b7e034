//! The driver: arrives, plugs in, shows a card, wants a state of charge, leaves.

use std::time::Duration;

use iec61851::CableRating;
use serde::Deserialize;
use units::{Instant, Soc};

use crate::action::Action;
use crate::inlet::Cable;

/// What a driver means to do.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct DriverPlan {
    /// Plugs in so long after the beginning, s.
    pub arrives_after_s: u32,
    /// The cable, A: 13, 20, 32 or 63.
    #[serde(default = "usual_cable", deserialize_with = "rating")]
    pub cable_a: CableRating,
    /// Shows this card; none where nobody needs one.
    #[serde(default)]
    pub card: Option<String>,
    /// Between plug and card, s.
    #[serde(default = "usual_pause")]
    pub card_after_s: u32,
    /// What the car is to be charged to, percent.
    #[serde(default = "usual_target")]
    pub target_percent: u16,
    /// Leaves so long after plugging in, s; without one: once the car has what it came for.
    #[serde(default)]
    pub leaves_after_s: Option<u32>,
}

fn usual_cable() -> CableRating {
    CableRating::A32
}
fn usual_pause() -> u32 {
    3
}
fn usual_target() -> u16 {
    80
}

fn rating<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<CableRating, D::Error> {
    let amps = i32::deserialize(deserializer)?;
    CableRating::of_amps(amps).ok_or_else(|| serde::de::Error::custom("a cable of 13, 20, 32 or 63 A"))
}

/// One thing a driver does.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// To the car.
    Car(Action),
    /// Holds a card against the reader.
    Present(String),
}

/// Where the driver is in the plan.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// Has not come yet.
    Away { until: Instant },
    /// Has told the car what it is to be charged to, and holds the cable.
    Arrived { at: Instant },
    /// The plug is in; the card is shown then, if there is one and it was not shown yet.
    Plugged { at: Instant, card_at: Option<Instant> },
    /// Has left.
    Gone,
}

/// A driver with a plan. Sans-IO: ask [`Driver::next_deed`] whenever time has passed.
#[derive(Clone, Debug)]
pub struct Driver {
    plan: DriverPlan,
    stage: Stage,
}

impl Driver {
    /// A driver whose plan begins at `now`.
    #[must_use]
    pub fn new(plan: DriverPlan, now: Instant) -> Self {
        let until = now + Duration::from_secs(plan.arrives_after_s.into());
        Self { plan, stage: Stage::Away { until } }
    }

    /// The next thing to do, if it is time; ask again until there is none. `satisfied`: the car has what it came for.
    pub fn next_deed(&mut self, now: Instant, satisfied: bool) -> Option<Deed> {
        match self.stage {
            Stage::Away { until } if now >= until => {
                self.stage = Stage::Arrived { at: until };
                let target = Soc::from_percent(self.plan.target_percent).unwrap_or(Soc::FULL);
                Some(Deed::Car(Action::SetTarget(target)))
            }
            Stage::Arrived { .. } => {
                let wait = Duration::from_secs(self.plan.card_after_s.into());
                self.stage = Stage::Plugged { at: now, card_at: self.plan.card.is_some().then(|| now + wait) };
                Some(Deed::Car(Action::PlugIn(Cable::rated(self.plan.cable_a))))
            }
            Stage::Plugged { at, card_at: Some(card_at) } if now >= card_at => {
                self.stage = Stage::Plugged { at, card_at: None };
                self.plan.card.clone().map(Deed::Present)
            }
            Stage::Plugged { at, .. } if self.leaves(at, now, satisfied) => {
                self.stage = Stage::Gone;
                Some(Deed::Car(Action::Unplug))
            }
            Stage::Away { .. } | Stage::Plugged { .. } | Stage::Gone => None,
        }
    }

    /// Whether it is time to go: by the plan, or because the car has what it came for.
    fn leaves(&self, plugged: Instant, now: Instant, satisfied: bool) -> bool {
        match self.plan.leaves_after_s {
            Some(seconds) => now >= plugged + Duration::from_secs(seconds.into()),
            None => satisfied,
        }
    }

    /// When it will be time for something.
    #[must_use]
    pub fn next_change(&self) -> Option<Instant> {
        match self.stage {
            Stage::Away { until } => Some(until),
            Stage::Arrived { at } => Some(at),
            Stage::Plugged { at, card_at } => {
                let leaves = self.plan.leaves_after_s.map(|seconds| at + Duration::from_secs(seconds.into()));
                [card_at, leaves].into_iter().flatten().min()
            }
            Stage::Gone => None,
        }
    }

    /// Whether the plan is done.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.stage == Stage::Gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_from_arrival_to_departure() {
        let plan: DriverPlan =
            toml::from_str("arrives_after_s = 10\ncard = \"04A1\"\nleaves_after_s = 600\n").expect("a plan");
        let mut driver = Driver::new(plan, Instant::ZERO);
        let mut story = Vec::new();
        while let Some(at) = driver.next_change() {
            while let Some(deed) = driver.next_deed(at, false) {
                story.push((at.as_millis() / 1000, deed));
            }
        }
        let target = Soc::from_percent(80).expect("a percentage");
        assert_eq!(
            story,
            [
                (10, Deed::Car(Action::SetTarget(target))),
                (10, Deed::Car(Action::PlugIn(Cable::rated(CableRating::A32)))),
                (13, Deed::Present("04A1".into())),
                (610, Deed::Car(Action::Unplug)),
            ]
        );
        assert!(driver.is_gone());
    }

    #[test]
    fn a_cable_that_does_not_exist_is_refused() {
        let plan = |amps| toml::from_str::<DriverPlan>(&format!("arrives_after_s = 0\ncable_a = {amps}\n"));
        assert_eq!(plan(20).map(|plan| plan.cable_a), Ok(CableRating::A20));
        assert!(plan(16).expect_err("no such cable").to_string().contains("13, 20, 32 or 63 A"));
    }

    #[test]
    fn without_a_time_the_driver_leaves_when_the_car_is_satisfied() {
        let plan: DriverPlan = toml::from_str("arrives_after_s = 0\n").expect("a plan");
        let mut driver = Driver::new(plan, Instant::ZERO);
        while driver.next_deed(Instant::ZERO, false).is_some() {}
        let later = Instant::from_millis(3_600_000);
        assert_eq!(driver.next_deed(later, false), None);
        assert_eq!(driver.next_deed(later, true), Some(Deed::Car(Action::Unplug)));
    }
}
