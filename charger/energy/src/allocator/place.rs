//! One EVSE of the site: what it is offered, what its car may still draw, and where it stands in the queue.

use std::collections::VecDeque;
use std::time::Duration;

use units::{Instant, Milliamps, Phase};

use super::Demand;
use crate::limits::Limits;
use crate::lines::Lines;
use crate::source::LimitReason;

/// A car follows a lower offer within 5 s (IEC 61851-1, table A.6); one second is for the pilot and the meter.
const FOLLOWS: Duration = Duration::from_secs(6);

/// So long a car may take less than its share before the rest goes to others.
const SLACK: Duration = Duration::from_secs(20);

/// A car that draws so much less than its offer does not take its share: meters and cars are not exact.
const INEXACT: Milliamps = Milliamps::from_amps(1);

/// So much more than it draws is left to a car that does not take its share, to show that it could take more.
const SPARE: Milliamps = Milliamps::from_amps(2);

/// So many lowered offers are kept apart.
const KEPT: usize = 8;

/// Where an EVSE stands; the smaller one is served first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Order {
    /// Its turn runs, since then.
    InTurn(Instant),
    /// It waits, since then.
    Waits(Instant),
    /// It has had its turn, or makes nothing of it, and goes on as long as nobody waits.
    GoesOn(Instant),
}

/// Whether a car takes its share.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Take {
    /// It does, or nobody knows.
    #[default]
    All,
    /// It has taken less since then.
    Less { since: Instant },
    /// It takes less, and no more than so much is offered to it.
    Bounded { most: Milliamps },
}

/// What its car is about.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Car {
    /// There is none that could charge.
    #[default]
    None,
    /// It may not have 6 A now, by a limit of its own; its place in the queue is kept.
    Held { since: Instant, had: Duration },
    /// It waits for its turn since then; of an earlier one that the limit cut short it had so much.
    Waits { since: Instant, had: Duration, demand: Demand },
    /// Its turn has run since then, pauses not counted; it has its place in the queue since `waits`.
    Served { since: Instant, waits: Instant, demand: Demand, take: Take },
}

/// A higher offer that a car may still follow.
#[derive(Clone, Copy, Debug)]
struct Lowered {
    until: Instant,
    offer: Milliamps,
    lines: Lines,
}

/// One EVSE.
#[derive(Debug, Default)]
pub(super) struct Place {
    offer: Milliamps,
    /// The lines of that offer.
    lines: Lines,
    /// In order of time.
    lowered: VecDeque<Lowered>,
    car: Car,
    /// What its meter showed last.
    drawn: Option<Milliamps>,
    /// Something changed since [`Place::take_settled`].
    changed: bool,
}

impl Place {
    pub(super) const fn offer(&self) -> Milliamps {
        self.offer
    }

    pub(super) const fn demand(&self) -> Option<Demand> {
        match self.car {
            Car::None | Car::Held { .. } => None,
            Car::Waits { demand, .. } | Car::Served { demand, .. } => Some(demand),
        }
    }

    /// What flows there now, on these lines.
    pub(super) fn measure(&mut self, drawn: Option<Milliamps>, lines: Lines) {
        self.drawn = drawn;
        if self.lines.count().is_none() && self.lines != lines {
            self.lines = lines;
            self.changed = true;
        }
    }

    /// What its car could use now.
    pub(super) fn look(&mut self, now: Instant, demand: Option<&Demand>, is_held: bool) {
        while self.lowered.front().is_some_and(|lowered| lowered.until <= now) {
            self.lowered.pop_front();
            self.changed = true;
        }
        let before = self.car;
        self.car = match (self.car, demand) {
            (Car::Waits { since, had, .. } | Car::Held { since, had }, None) if is_held => Car::Held { since, had },
            (Car::Served { since, waits, .. }, None) if is_held => Car::Held { since: waits, had: now - since },
            (_, None) => Car::None,
            (Car::Held { since, had }, Some(demand)) => Car::Waits { since, had, demand: *demand },
            (Car::None, Some(demand)) => Car::Waits { since: now, had: Duration::ZERO, demand: *demand },
            (Car::Waits { since, had, .. }, Some(demand)) => Car::Waits { since, had, demand: *demand },
            (Car::Served { since, waits, take, .. }, Some(demand)) => {
                let take = take.look(now, self.offer, demand.drawn);
                Car::Served { since, waits, demand: *demand, take }
            }
        };
        self.changed |= !self.car.is_like(&before);
        // What its car may draw from other lines than before counts on both.
        if let Some(demand) = demand
            && self.lines != demand.lines
        {
            self.keep(now);
            self.lines = demand.lines;
            self.changed = true;
        }
    }

    /// Whether nothing has changed since this was asked last.
    pub(super) const fn take_settled(&mut self) -> bool {
        !std::mem::replace(&mut self.changed, false)
    }

    /// Whether it is all the same that so much is drawn now, and not what was drawn when this place was looked at last.
    pub(super) fn is_indifferent(&self, now: Instant, drawn: Option<Milliamps>) -> bool {
        let taken_alike = match self.car {
            Car::None | Car::Held { .. } | Car::Waits { .. } => true,
            Car::Served { take, demand, .. } => {
                take.look(now, self.offer, drawn) == take && take.is_nothing(drawn) == take.is_nothing(demand.drawn)
            }
        };
        let within = |drawn| Phase::ALL.into_iter().all(|line| self.excess_of(now, line, drawn) == Milliamps::ZERO);
        taken_alike && within(drawn) && within(self.drawn)
    }

    /// Why it is offered no more.
    pub(super) const fn why(&self) -> LimitReason {
        match self.car {
            Car::None | Car::Held { .. } => LimitReason::NotAsked,
            Car::Waits { .. } => LimitReason::Turn,
            Car::Served { take: Take::Bounded { .. }, .. } => LimitReason::NotTaken,
            Car::Served { take: Take::All | Take::Less { .. }, .. } => LimitReason::Share,
        }
    }

    /// The most that it is offered: its own limits, and what its car takes.
    pub(super) fn most(&self, demand: &Demand) -> Milliamps {
        match self.car {
            Car::Served { take: Take::Bounded { most }, .. } => most.min(demand.most),
            Car::None | Car::Held { .. } | Car::Waits { .. } | Car::Served { .. } => demand.most,
        }
    }

    /// Where it stands; `None` without a car that could charge.
    pub(super) fn order(&self, now: Instant, turn: Duration) -> Option<Order> {
        Some(match self.car {
            Car::None | Car::Held { .. } => return None,
            Car::Waits { since, .. } => Order::Waits(since),
            Car::Served { since, demand, take, .. } => {
                if now - since < turn && !take.is_nothing(demand.drawn) {
                    Order::InTurn(since)
                } else {
                    Order::GoesOn(since)
                }
            }
        })
    }

    /// What its car may draw on that line.
    pub(super) fn reserved(&self, now: Instant, line: Phase) -> Milliamps {
        let offered = if self.lines.has(line) { self.offer } else { Milliamps::ZERO };
        let followed = self.lowered.iter().filter(|lowered| lowered.until > now && lowered.lines.has(line));
        followed.map(|lowered| lowered.offer).fold(offered, Ord::max)
    }

    /// What flows on that line beyond all that it was offered: a car that does not follow, or a contactor that is welded.
    pub(super) fn excess(&self, now: Instant, line: Phase) -> Milliamps {
        self.excess_of(now, line, self.drawn)
    }

    fn excess_of(&self, now: Instant, line: Phase, drawn: Option<Milliamps>) -> Milliamps {
        let drawn = drawn.filter(|_| self.lines.has(line)).unwrap_or(Milliamps::ZERO);
        let excess = drawn - self.reserved(now, line);
        if excess > INEXACT { excess } else { Milliamps::ZERO }
    }

    /// Whether nothing is left of it.
    pub(super) fn is_spent(&self) -> bool {
        let flows = self.drawn.is_some_and(|drawn| drawn > INEXACT);
        self.offer == Milliamps::ZERO && self.lowered.is_empty() && matches!(self.car, Car::None) && !flows
    }

    /// From now on it is offered no more than that.
    pub(super) fn lower(&mut self, now: Instant, most: Milliamps, turn: Duration) {
        if most >= self.offer {
            return;
        }
        self.keep(now);
        self.offer = most;
        self.changed = true;
        if most == Milliamps::ZERO
            && let Car::Served { since, waits, demand, take } = self.car
        {
            // One whose turn was cut short by the limit keeps its place, for the rest of its turn; one that had it stands at the end.
            let cut_short = now - since < turn && !take.is_nothing(demand.drawn);
            let (since, had) = if cut_short { (waits, now - since) } else { (now, Duration::ZERO) };
            self.car = Car::Waits { since, had, demand };
        }
    }

    /// From now on it is offered that, which is more.
    pub(super) fn raise(&mut self, now: Instant, offer: Milliamps) {
        self.offer = offer;
        self.changed = true;
        if let Car::Waits { since, had, demand } = self.car {
            self.car = Car::Served { since: now.earlier(had), waits: since, demand, take: Take::All };
        }
    }

    /// Its car may follow the offer of until now for a while.
    fn keep(&mut self, now: Instant) {
        if self.offer == Milliamps::ZERO {
            return;
        }
        let kept = Lowered { until: now + FOLLOWS, offer: self.offer, lines: self.lines };
        let full = self.lowered.len() >= KEPT;
        match self.lowered.back_mut() {
            // Too many to keep apart: the highest of both, for as long as the later one.
            Some(last) if full => {
                *last = Lowered {
                    until: kept.until,
                    offer: last.offer.max(kept.offer),
                    lines: last.lines.with(kept.lines),
                };
            }
            _ => self.lowered.push_back(kept),
        }
    }

    /// When it changes by itself.
    pub(super) fn next_change(&self, now: Instant, turn: Duration) -> Option<Instant> {
        let followed = self.lowered.front().map(|lowered| lowered.until);
        let (turn_over, slack) = match self.car {
            Car::Served { since, take, .. } => (
                Some(since + turn).filter(|over| *over > now),
                if let Take::Less { since } = take { Some(since + SLACK) } else { None },
            ),
            Car::None | Car::Held { .. } | Car::Waits { .. } => (None, None),
        };
        [followed, turn_over, slack].into_iter().flatten().min()
    }
}

impl Car {
    /// Whether only what is told of the car from time to time differs: what it draws.
    fn is_like(&self, before: &Self) -> bool {
        let of_demand = |car: &Self| match *car {
            Self::Waits { since, had, demand } => Self::Waits { since, had, demand: Demand { drawn: None, ..demand } },
            Self::Served { since, waits, demand, take } => {
                Self::Served { since, waits, demand: Demand { drawn: None, ..demand }, take }
            }
            other @ (Self::None | Self::Held { .. }) => other,
        };
        of_demand(self) == of_demand(before)
    }
}

impl Take {
    /// What the car draws of its offer now.
    fn look(self, now: Instant, offer: Milliamps, drawn: Option<Milliamps>) -> Self {
        let Some(drawn) = drawn else { return Self::All };
        let bound = (drawn + SPARE).max(Limits::LEAST);
        let takes_less = drawn + INEXACT < offer;
        match self {
            Self::Bounded { most } if drawn + INEXACT >= most => Self::All,
            // It takes still less.
            Self::Bounded { most } => Self::Bounded { most: if bound + INEXACT < most { bound } else { most } },
            Self::All | Self::Less { .. } if !takes_less => Self::All,
            Self::Less { since } if now - since >= SLACK => Self::Bounded { most: bound },
            Self::Less { since } => Self::Less { since },
            Self::All => Self::Less { since: now },
        }
    }

    /// Whether the car makes nothing at all of its turn.
    fn is_nothing(self, drawn: Option<Milliamps>) -> bool {
        matches!(self, Self::Bounded { .. }) && drawn.is_some_and(|drawn| drawn < INEXACT)
    }
}
