//! One EVSE of the site.

use units::{EvseId, Instant, Milliamps, PerPhase, PhaseCount};

use super::{Connection, Wish};
use crate::allocator::Demand;
use crate::bound::{BothWays, Bound, Direction};
use crate::lines::Lines;
use crate::outlet::{OutletReadings, Sign};
use crate::site_config::SiteConfig;
use crate::site_limit::SiteLimit;
use crate::source::{LimitReason, LimitSource};

/// One EVSE of the site.
#[derive(Debug)]
pub(super) struct Bay {
    pub(super) evse: EvseId,
    pub(super) connection: Connection,
    pub(super) outlet: OutletReadings,
    pub(super) wish: Option<Wish>,
    /// The lines of the house behind those that its car uses, or may use.
    lines: Lines,
    /// What it drew when the site was shared last.
    drawn: Option<BothWays<Milliamps>>,
    /// What the site leaves it.
    pub(super) limit: SiteLimit,
    /// That is another than was told last.
    pub(super) news: bool,
    /// Why nothing may be given back while nobody shares it, and who says so.
    no_export: Bound<Milliamps>,
}

impl Bay {
    /// A change of what is drawn that the shares may have to follow.
    const NOTICEABLE: Milliamps = Milliamps::from_amps(1);

    pub(super) fn new(evse: EvseId, connection: Connection, config: &SiteConfig) -> Self {
        let may_export = connection.export < Milliamps::ZERO;
        let sign = if may_export { Sign::Counts } else { Sign::Ignored };
        let permitted = may_export && config.export_a > 0;
        let why = if permitted { LimitReason::NotAsked } else { LimitReason::NotBidirectional };
        let no_export = Bound::nothing(LimitSource::Site, why);
        let mut new = Self {
            evse,
            connection,
            outlet: OutletReadings::new(sign),
            wish: None,
            lines: Lines::default(),
            drawn: None,
            limit: SiteLimit::default(),
            news: true,
            no_export,
        };
        new.take_wish(None);
        new.put(Direction::Export, None);
        new
    }

    pub(super) fn take_wish(&mut self, wish: Option<Wish>) {
        self.wish = wish;
        // Where no car may charge nothing is asked for; what flows there all the same counts.
        let lines = wish.map_or(Lines::first(PhaseCount::Three), |wish| wish.lines);
        self.lines = lines.behind(self.connection.wiring);
    }

    /// Whether its car would give back, where it may.
    pub(super) fn gives_back(&self) -> bool {
        self.most(Direction::Export) > Milliamps::ZERO
    }

    /// Whether something else is drawn than when the site was shared last.
    pub(super) fn is_noticeable(&self, now: Instant) -> bool {
        match (self.outlet.drawn(now), self.drawn) {
            (Some(drawn), Some(before)) => {
                (drawn.import - before.import).abs() >= Self::NOTICEABLE
                    || (drawn.export - before.export).abs() >= Self::NOTICEABLE
            }
            (drawn, before) => drawn.is_some() != before.is_some(),
        }
    }

    /// The site is shared for what is drawn now.
    pub(super) fn look(&mut self, now: Instant) {
        self.drawn = self.outlet.drawn(now);
    }

    /// What is drawn in one direction.
    pub(super) fn drawn(&self, direction: Direction) -> Option<Milliamps> {
        self.drawn.map(|drawn| match direction {
            Direction::Import => drawn.import,
            Direction::Export => drawn.export,
        })
    }

    /// What its car could use in one direction.
    pub(super) fn demand(&self, direction: Direction) -> Demand {
        let most = self.most(direction);
        Demand {
            evse: self.evse,
            asks: match direction {
                Direction::Import => self.wish.is_some(),
                Direction::Export => most > Milliamps::ZERO,
            },
            lines: self.lines,
            most,
            drawn: self.drawn(direction),
            priority: self.connection.priority,
        }
    }

    /// From now on it may have that, on each line of the house, without a sign; `None`: no limit into the car, and nothing out.
    pub(super) fn put(&mut self, direction: Direction, room: Option<PerPhase<Bound<Milliamps>>>) {
        let here = room.map(|room| self.connection.wiring.map(|line| room[line]));
        let before = self.limit;
        match direction {
            Direction::Import => self.limit.import = here,
            Direction::Export => {
                self.limit.export = match here {
                    Some(here) if self.connection.export < Milliamps::ZERO => here.map(Bound::mirrored),
                    Some(_) | None => PerPhase::all(self.no_export),
                };
            }
        }
        self.news |= self.limit != before;
    }

    /// The most that it could use in one direction, without a sign.
    fn most(&self, direction: Direction) -> Milliamps {
        let most = self.wish.map_or_else(BothWays::default, |wish| wish.most);
        match direction {
            Direction::Import => most.import,
            Direction::Export => -most.export.max(self.connection.export),
        }
    }
}
