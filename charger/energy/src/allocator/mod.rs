//! Shares the current of a site among its EVSEs.
//!
//! ```text
//!            the least fits on each of its lines
//!   waits ─────────────────────────────────────────> served
//!     ^                                                │  its turn is over, or it takes nothing, and another one waits;
//!     └────────────────────────────────────────────────┘  or the limit fell
//! ```
//!
//! Everybody who is served has the least that a car can charge with. What is left goes to the highest priority first, and evenly
//! among those of one priority. When not all can have the least they take turns, in order of waiting.
//!
//! A lower offer holds at once, but a car may follow it only some seconds later. So what was offered stays reserved for so long,
//! and others are raised only into what is free by then: offers never exceed the limit, and currents exceed one that fell no
//! longer than a car may take to follow.
//!
//! It knows no direction: all currents are amounts. What flows into the cars and what flows out of them have one each.

mod fill;
mod place;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use units::{EvseId, Instant, Milliamps, PerPhase, Phase};

use crate::limits::Limits;
use crate::lines::Lines;
use crate::source::LimitReason;
use fill::{Part, fill};
use place::{Order, Place};

/// What the car at one EVSE could use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Demand {
    /// Where it is.
    pub(crate) evse: EvseId,
    /// A car may charge there.
    pub(crate) asks: bool,
    /// The lines of the house that it draws from, or may draw from.
    pub(crate) lines: Lines,
    /// The most that the limits of its own leave: cable, outlet, contract, profile.
    pub(crate) most: Milliamps,
    /// What it draws on the line where that is most; `None` where nobody measures it.
    pub(crate) drawn: Option<Milliamps>,
    /// The highest comes first where more than the least is shared.
    pub(crate) priority: u8,
}

/// What one EVSE may offer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Share {
    /// Whose it is.
    pub(crate) evse: EvseId,
    /// On each of its lines: nothing, or at least 6 A.
    pub(crate) offer: Milliamps,
    /// Why it is no more.
    pub(crate) why: LimitReason,
}

/// Shares the current of a site.
#[derive(Debug)]
pub(crate) struct Allocator {
    turn: Duration,
    places: BTreeMap<EvseId, Place>,
    /// The last time nothing changed, so that nothing will while all that is told stays the same.
    settled: bool,
}

impl Allocator {
    /// A smaller raise than this is not worth a new duty.
    const STEP: Milliamps = Milliamps(300);

    /// Where not all can charge, each does for such a turn.
    pub(crate) const fn new(turn: Duration) -> Self {
        Self { turn, places: BTreeMap::new(), settled: false }
    }

    /// Shares what the site leaves on each of its lines among these, and answers in order of the EVSEs. To be called when
    /// anything has changed, and at [`Allocator::next_change`].
    ///
    /// An EVSE that is not among the demands, or does not ask, has no car that could charge: it is offered nothing and waits for
    /// nothing. One that asks and may not have 6 A is offered nothing, and keeps its place. What it draws all the same is taken off for the others. Of two demands of one EVSE the second counts.
    pub(crate) fn share(&mut self, now: Instant, limit: PerPhase<Milliamps>, demands: &[Demand]) -> Vec<Share> {
        let demands: BTreeMap<_, _> = demands.iter().map(|demand| (demand.evse, *demand)).collect();
        let able = |demand: &&Demand| demand.asks && demand.most >= Limits::LEAST && demand.lines.count().is_some();
        for evse in demands.keys() {
            self.places.entry(*evse).or_default();
        }
        for (evse, place) in &mut self.places {
            let demand = demands.get(evse);
            place.measure(
                demand.and_then(|demand| demand.drawn),
                demand.map_or_else(Lines::default, |demand| demand.lines),
            );
            let is_held = demand.is_some_and(|demand| demand.asks && demand.most < Limits::LEAST);
            place.look(now, demand.filter(able), is_held);
        }
        self.places.retain(|evse, place| demands.contains_key(evse) || !place.is_spent());
        let targets = self.targets(now, limit);
        for (evse, place) in &mut self.places {
            place.lower(now, targets.get(evse).copied().unwrap_or(Milliamps::ZERO), self.turn);
        }
        for evse in self.queue(now) {
            if let Some(target) = targets.get(&evse) {
                self.raise(now, evse, *target, limit);
            }
        }
        self.settled = true;
        for place in self.places.values_mut() {
            self.settled &= place.take_settled();
        }
        let share = |(evse, place): (&EvseId, &Place)| Share { evse: *evse, offer: place.offer(), why: place.why() };
        self.places.iter().map(share).collect()
    }

    /// Whether the shares stay as they are, before [`Allocator::next_change`], when nothing is told otherwise than it was last.
    pub(crate) const fn is_settled(&self) -> bool {
        self.settled
    }

    /// Whether they stay so when that much is drawn there, and nothing else is told otherwise.
    pub(crate) fn is_indifferent(&self, now: Instant, evse: EvseId, drawn: Option<Milliamps>) -> bool {
        self.places.get(&evse).is_some_and(|place| place.is_indifferent(now, drawn))
    }

    /// Whether nobody is offered anything, nor can still take what he was offered.
    pub(crate) fn is_spent(&self) -> bool {
        self.places.values().all(Place::is_spent)
    }

    /// When the shares may change although nothing else does; `None` when they do not.
    pub(crate) fn next_change(&self, now: Instant) -> Option<Instant> {
        self.places.values().filter_map(|place| place.next_change(now, self.turn)).min()
    }

    /// Those with a car that could charge, in the order in which they are served.
    fn queue(&self, now: Instant) -> Vec<EvseId> {
        let mut queue: Vec<_> =
            self.places.iter().filter_map(|(evse, place)| Some((place.order(now, self.turn)?, *evse))).collect();
        queue.sort_unstable();
        queue.into_iter().map(|(_, evse)| evse).collect()
    }

    /// What each that is served would have if every car followed at once.
    fn targets(&self, now: Instant, limit: PerPhase<Milliamps>) -> BTreeMap<EvseId, Milliamps> {
        let mut left = self.without_excess(now, limit);
        // Where somebody waits for more than there is, nobody who came later goes ahead of him.
        let mut kept_free = PerPhase::all(false);
        let mut parts = Vec::new();
        for evse in self.queue(now) {
            let place = &self.places[&evse];
            let Some(demand) = place.demand() else { continue };
            let waits = matches!(place.order(now, self.turn), Some(Order::Waits(_)));
            let fits = demand.lines.iter().all(|line| left[line] >= Limits::LEAST);
            if fits && !(waits && demand.lines.iter().any(|line| kept_free[line])) {
                demand.lines.iter().for_each(|line| left[line] -= Limits::LEAST);
                parts.push(Part { evse, lines: demand.lines, priority: demand.priority, most: place.most(&demand) });
            } else if waits && demand.lines.iter().all(|line| limit[line] >= Limits::LEAST) {
                demand.lines.iter().for_each(|line| kept_free[line] = true);
            }
        }
        fill(Limits::LEAST, left, parts)
    }

    /// What of the limit is left once everything that flows beyond an offer is taken off.
    fn without_excess(&self, now: Instant, limit: PerPhase<Milliamps>) -> PerPhase<Milliamps> {
        let excess = |line| self.places.values().map(|place| place.excess(now, line)).sum::<Milliamps>();
        PerPhase(Phase::ALL.map(|line| (limit[line] - excess(line)).max(Milliamps::ZERO)))
    }

    /// Raises one offer as far as nobody else may still draw what is missing.
    fn raise(&mut self, now: Instant, evse: EvseId, target: Milliamps, limit: PerPhase<Milliamps>) {
        let place = &self.places[&evse];
        let Some(demand) = place.demand() else { return };
        let others = |line: Phase| -> Milliamps {
            self.places.iter().filter(|(other, _)| **other != evse).map(|(_, place)| place.reserved(now, line)).sum()
        };
        let limit = self.without_excess(now, limit);
        let room = demand.lines.iter().map(|line| limit[line] - others(line)).min().unwrap_or(Milliamps::ZERO);
        let (offer, before) = (target.min(room), place.offer());
        let worth =
            before == Milliamps::ZERO || offer >= before + Self::STEP || (offer > before && offer == demand.most);
        if offer >= Limits::LEAST
            && worth
            && let Some(place) = self.places.get_mut(&evse)
        {
            place.raise(now, offer);
        }
    }
}
