//! One direction of a site. Here all currents are amounts: what flows out of the cars has its sign turned before it comes here,
//! and what is left for it again when it leaves.

use units::{Instant, Milliamps, PerPhase};

use super::bay::Bay;
use crate::allocator::{Allocator, Demand};
use crate::bound::{Bound, Direction};
use crate::limits::Limits;
use crate::lines::Lines;
use crate::site::SiteLimiter;
use crate::site_config::SiteConfig;
use crate::site_limit::tightest;
use crate::source::{LimitReason, LimitSource};

/// What the cars may have together on each line of the house.
type Room = PerPhase<Bound<Milliamps>>;

/// One direction.
#[derive(Debug)]
pub(super) struct Side {
    direction: Direction,
    limiter: Option<SiteLimiter>,
    /// What the house leaves; `None` is no limit.
    house: Option<Room>,
    /// Of the station's own supply.
    fuse: Option<Bound<Milliamps>>,
    /// `None` where nothing is to be shared.
    allocator: Option<Allocator>,
    /// Something by which it is shared was told otherwise since it was shared last, but for what is drawn.
    stale: bool,
    /// For what it was shared last.
    demands: Vec<Demand>,
    /// When a share may change by itself.
    due: Option<Instant>,
}

impl Side {
    /// What flows into the cars.
    pub(super) fn of_import(config: &SiteConfig, evses: usize) -> Self {
        let limiter = SiteLimiter::of_import(config);
        // A house meter that has not been read yet: several EVSEs would begin with more than there may be.
        let house = limiter.as_ref().filter(|_| evses > 1).map(SiteLimiter::unread);
        Self::new(Direction::Import, limiter, house, config, evses)
    }

    /// What flows out of the cars. Without a house meter they are taken for all there is behind the connection.
    pub(super) fn of_export(config: &SiteConfig, evses: usize) -> Self {
        let limiter = SiteLimiter::of_export(config);
        let fed_back = || PerPhase::all(Bound::import(config.fed_back(), LimitSource::Site, LimitReason::FeedIn));
        let house = limiter.as_ref().map_or_else(fed_back, SiteLimiter::unread);
        Self::new(Direction::Export, limiter, Some(house), config, evses)
    }

    fn new(
        direction: Direction,
        limiter: Option<SiteLimiter>,
        house: Option<Room>,
        config: &SiteConfig,
        evses: usize,
    ) -> Self {
        let fuse = |fuse| Bound::import(fuse, LimitSource::StationFuse, LimitReason::Rating);
        Self {
            direction,
            limiter,
            house,
            fuse: config.station_fuse().map(fuse),
            allocator: (evses > 1).then(|| Allocator::new(config.turn())),
            stale: true,
            demands: Vec::new(),
            due: None,
        }
    }

    /// The house meter does not answer.
    pub(super) fn blind(&mut self) {
        if let Some(limiter) = &mut self.limiter {
            self.house = Some(limiter.blind());
            self.stale = true;
        }
    }

    /// What flows on each line of the house, and what of it the cars have.
    pub(super) fn read_house(&mut self, now: Instant, house: &PerPhase<Milliamps>, cars: &PerPhase<Milliamps>) {
        if let Some(room) = self.limiter.as_mut().and_then(|limiter| limiter.update(now, house, cars)) {
            self.house = Some(room);
            self.stale = true;
        }
    }

    /// A wish of a car or the profile of the station is another one.
    pub(super) const fn is_told(&mut self) {
        self.stale = true;
    }

    /// When a share may change although nothing else does.
    pub(super) const fn next_change(&self) -> Option<Instant> {
        self.due
    }

    /// Whether nobody has anything of it, nor can still take what he had.
    pub(super) fn is_spent(&self) -> bool {
        self.allocator.as_ref().is_none_or(Allocator::is_spent)
    }

    /// Says anew what each EVSE may have, with a profile for all of them.
    pub(super) fn share(&mut self, now: Instant, profile: Option<Bound<Milliamps>>, bays: &mut [Bay]) {
        if self.stays(now, bays) {
            return;
        }
        let room = self.room(profile);
        (self.stale, self.due) = (false, None);
        let (Some(allocator), Some(room)) = (&mut self.allocator, room) else {
            bays.iter_mut().for_each(|bay| bay.put(self.direction, room));
            return;
        };
        self.demands.clear();
        self.demands.extend(bays.iter().map(|bay| bay.demand(self.direction)));
        let shares = allocator.share(now, room.map(|bound| bound.value()), &self.demands);
        self.due = allocator.next_change(now);
        let mut shares = shares.into_iter().peekable();
        for (bay, demand) in bays.iter_mut().zip(&self.demands) {
            // Both are in order of the EVSEs, and an EVSE that has left may still have a share.
            while shares.next_if(|share| share.evse < bay.evse).is_some() {}
            let share = shares.next_if(|share| share.evse == bay.evse);
            let (offer, why) = share.map_or((Milliamps::ZERO, LimitReason::NotAsked), |share| (share.offer, share.why));
            bay.put(self.direction, Some(PerPhase::all(bound(&room, demand.lines, offer, why))));
        }
    }

    /// Whether everything stays as it was shared last. Readings come each second, and few change anything.
    fn stays(&self, now: Instant, bays: &[Bay]) -> bool {
        if self.stale || self.due.is_some_and(|due| due <= now) {
            return false;
        }
        let Some(allocator) = &self.allocator else { return true };
        let drawn = self.demands.iter().zip(bays).map(|(demand, bay)| (demand, bay.drawn(self.direction)));
        let mut otherwise = drawn.filter(|(demand, drawn)| demand.drawn != *drawn);
        allocator.is_settled() && otherwise.all(|(demand, drawn)| allocator.is_indifferent(now, demand.evse, drawn))
    }

    /// What the cars may have together; `None` is no limit.
    fn room(&self, profile: Option<Bound<Milliamps>>) -> Option<Room> {
        let others = match (self.fuse, profile) {
            (Some(fuse), Some(profile)) => Some(fuse.tighter(profile)),
            (fuse, profile) => fuse.or(profile),
        };
        match (self.house, others) {
            (Some(house), Some(others)) => Some(house.map(|house| house.tighter(others))),
            (house, others) => house.or(others.map(PerPhase::all)),
        }
    }
}

/// What one EVSE may have of a room that is shared: whose limit it is, and why it is no more.
fn bound(room: &Room, lines: Lines, offer: Milliamps, why: LimitReason) -> Bound<Milliamps> {
    let tightest = tightest(room, lines);
    // It has all there is, or there is not enough for anybody: what limits the site limits it.
    let by_itself = offer == tightest.value() || tightest.value() < Limits::LEAST;
    Bound::import(offer, tightest.by(), if by_itself { tightest.why() } else { why })
}
