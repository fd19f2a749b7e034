//! What the site leaves each of its EVSEs.
//!
//! ```text
//!   house meter, outlets ──> SiteLimiter ─┐
//!   fuse of the station ──────────────────┼─ the least, line by line ──> Allocator ──> each EVSE
//!   profile for the whole station ────────┘                              ^
//!   what the car at each EVSE could use ─────────────────────────────────┘
//! ```
//!
//! Where there is one EVSE nothing is shared: it gets all that is left.

use std::collections::{BTreeMap, BTreeSet};

use hardware::MeterReading;
use units::{EvseId, Instant, Milliamps, Millivolts, PerPhase, Phase, PhaseCount};

use crate::allocator::{Allocator, Demand};
use crate::limits::{ChargingLimit, SiteLimit};
use crate::lines::Lines;
use crate::outlet::OutletReadings;
use crate::site::SiteLimiter;
use crate::site_config::SiteConfig;

/// How one EVSE is connected to the site.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Connection {
    /// The line of the house behind each line of its outlet.
    pub wiring: PerPhase<Phase>,
    /// The highest comes first where a limit is shared.
    pub priority: u8,
}

/// What a car that may charge could use, whatever the site leaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wish {
    /// The lines of the outlet that it draws from, or may draw from.
    pub lines: Lines,
    /// The most that cable, outlet, contract and charging profile leave on each of them.
    pub most: Milliamps,
}

/// One EVSE of the site.
#[derive(Debug)]
struct Bay {
    connection: Connection,
    outlet: OutletReadings,
    wish: Option<Wish>,
    /// What it drew when the site was shared last.
    shared_for: Option<Milliamps>,
    limit: Option<SiteLimit>,
}

/// A reading of the house meter that waits for the outlets' next ones.
#[derive(Debug)]
struct Waiting {
    house: MeterReading,
    outlets: BTreeSet<EvseId>,
}

/// Shares the site.
#[derive(Debug)]
pub struct Sharing {
    limiter: Option<SiteLimiter>,
    /// What it leaves; `None` while the house meter has not been read, or where there is no limiter.
    house: Option<SiteLimit>,
    fail_safe: Milliamps,
    station_fuse: Option<Milliamps>,
    profile: Option<ChargingLimit>,
    voltage: Millivolts,
    waiting: Option<Waiting>,
    bays: BTreeMap<EvseId, Bay>,
    /// `None` where nothing is to be shared.
    allocator: Option<Allocator>,
}

impl Sharing {
    /// A change of what is drawn that the shares may have to follow.
    const NOTICEABLE: Milliamps = Milliamps::from_amps(1);

    /// A site with these EVSEs; `voltage` is nominal, line to neutral.
    #[must_use]
    pub fn new(config: &SiteConfig, voltage: Millivolts, evses: &[(EvseId, Connection)]) -> Self {
        let bay = |connection| Bay {
            connection,
            outlet: OutletReadings::default(),
            wish: None,
            shared_for: None,
            limit: None,
        };
        let mut new = Self {
            limiter: SiteLimiter::new(config),
            house: None,
            fail_safe: Milliamps::from_amps(config.fail_safe_a),
            station_fuse: config.station_fuse(),
            profile: None,
            voltage,
            waiting: None,
            bays: evses.iter().map(|(evse, connection)| (*evse, bay(*connection))).collect(),
            allocator: (evses.len() > 1).then(|| Allocator::new(config.turn())),
        };
        new.share(Instant::ZERO);
        new
    }

    /// What the site leaves that EVSE, on each line of its outlet; `None` is no limit.
    #[must_use]
    pub fn limit(&self, evse: EvseId) -> Option<SiteLimit> {
        self.bays.get(&evse).and_then(|bay| bay.limit)
    }

    /// A reading of the house meter; `None`: it is lost.
    pub fn read_house(&mut self, now: Instant, reading: Option<MeterReading>) {
        match reading {
            Some(house) => {
                // Both sides of it must be known: it waits for the outlets' next readings, and not for a second one.
                let second = self.waiting.take().is_some();
                let outlets = if second { BTreeSet::new() } else { self.not_read_at(now) };
                self.waiting = Some(Waiting { house, outlets });
                self.look_at_house(now);
            }
            None => {
                self.waiting = None;
                self.house = self.limiter.as_mut().map(SiteLimiter::blind);
                self.share(now);
            }
        }
    }

    /// A reading of the meter at that EVSE.
    pub fn read_outlet(&mut self, now: Instant, evse: EvseId, reading: &MeterReading) {
        let Some(bay) = self.bays.get_mut(&evse) else { return };
        bay.outlet.read(now, reading);
        let drawn = bay.outlet.drawn(now);
        let noticeable = match (drawn, bay.shared_for) {
            (Some(drawn), Some(before)) => (drawn - before).abs() >= Self::NOTICEABLE,
            (drawn, before) => drawn.is_some() != before.is_some(),
        };
        if let Some(waiting) = &mut self.waiting {
            waiting.outlets.remove(&evse);
            self.look_at_house(now);
        } else if noticeable {
            self.share(now);
        }
    }

    /// What the car at that EVSE could use; `None`: there is none that may charge.
    pub fn wish(&mut self, now: Instant, evse: EvseId, wish: Option<Wish>) {
        if let Some(bay) = self.bays.get_mut(&evse)
            && bay.wish != wish
        {
            bay.wish = wish;
            self.share(now);
        }
    }

    /// What charging profiles leave the whole station.
    pub fn profile(&mut self, now: Instant, profile: Option<ChargingLimit>) {
        if self.profile != profile {
            self.profile = profile;
            self.share(now);
        }
    }

    /// Time has passed: to be called at [`Sharing::next_change`].
    pub fn pass(&mut self, now: Instant) {
        self.share(now);
    }

    /// When a share may change although nothing else does; `None` when none does.
    #[must_use]
    pub fn next_change(&self, now: Instant) -> Option<Instant> {
        self.allocator.as_ref().filter(|_| self.room().is_some()).and_then(|allocator| allocator.next_change(now))
    }

    fn not_read_at(&self, now: Instant) -> BTreeSet<EvseId> {
        self.bays.iter().filter(|(_, bay)| !bay.outlet.is_read_at(now)).map(|(evse, _)| *evse).collect()
    }

    /// Takes the waiting reading of the house, once all outlets are known.
    fn look_at_house(&mut self, now: Instant) {
        let Some(Waiting { house, .. }) = self.waiting.take_if(|waiting| waiting.outlets.is_empty()) else { return };
        let mut charger = PerPhase::all(Milliamps::ZERO);
        for bay in self.bays.values_mut() {
            let current = bay.outlet.meanwhile(now);
            for line in Phase::ALL {
                charger[bay.connection.wiring[line]] += current[line];
            }
        }
        self.house = self.limiter.as_mut().map(|limiter| limiter.update(now, &house.current, &charger));
        self.share(now);
    }

    /// What all EVSEs together may draw from each line of the house; `None` is no limit.
    fn room(&self) -> Option<SiteLimit> {
        // A house meter that has not been read yet: several EVSEs would begin with more than there may be.
        let unread = self.limiter.is_some() && self.allocator.is_some();
        let unread = unread.then_some(SiteLimit { current: PerPhase::all(self.fail_safe), fail_safe: true });
        let house = self.house.or(unread);
        let others = [self.station_fuse, self.profile.and_then(|profile| self.line_of(&profile))];
        let others = others.into_iter().flatten().min().map(PerPhase::all);
        match (house, others) {
            (Some(house), Some(others)) => Some(SiteLimit {
                current: PerPhase(Phase::ALL.map(|line| house.current[line].min(others[line]))),
                fail_safe: house.fail_safe,
            }),
            (Some(house), None) => Some(house),
            (None, Some(current)) => Some(SiteLimit { current, fail_safe: false }),
            (None, None) => None,
        }
    }

    /// What a profile for the station leaves each line. One in watts is spread over all three, so that cars on whichever lines
    /// never take more together.
    fn line_of(&self, profile: &ChargingLimit) -> Option<Milliamps> {
        let from_power = profile.power.map(|power| {
            let volts = i64::from(self.voltage.0.max(1));
            let current = i64::from(power.0.max(0)) * 1_000_000 / volts / 3;
            Milliamps(i32::try_from(current).unwrap_or(i32::MAX))
        });
        [profile.current, from_power].into_iter().flatten().min()
    }

    /// Says anew what each EVSE may take.
    fn share(&mut self, now: Instant) {
        let room = self.room();
        let Some(allocator) = &mut self.allocator else {
            for bay in self.bays.values_mut() {
                let wiring = bay.connection.wiring;
                bay.limit = room.map(|limit| SiteLimit { current: wiring.map(|line| limit.current[line]), ..limit });
            }
            return;
        };
        let Some(room) = room else {
            self.bays.values_mut().for_each(|bay| bay.limit = None);
            return;
        };
        let mut demands = Vec::new();
        for (evse, bay) in &mut self.bays {
            bay.shared_for = bay.outlet.drawn(now);
            let Connection { wiring, priority } = bay.connection;
            // Where no car may charge nothing is asked for; what flows there all the same counts.
            let Wish { lines, most } =
                bay.wish.unwrap_or(Wish { lines: Lines::first(PhaseCount::Three), most: Milliamps::ZERO });
            demands.push(Demand {
                evse: *evse,
                asks: bay.wish.is_some(),
                lines: lines.behind(wiring),
                most,
                drawn: bay.shared_for,
                priority,
            });
        }
        let shares: BTreeMap<_, _> =
            allocator.share(now, room.current, &demands).into_iter().map(|share| (share.evse, share.offer)).collect();
        for (evse, bay) in &mut self.bays {
            let offer = shares.get(evse).copied().unwrap_or(Milliamps::ZERO);
            bay.limit = Some(SiteLimit { current: PerPhase::all(offer), fail_safe: room.fail_safe });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Watts;

    const FIRST: EvseId = EvseId::FIRST;

    fn second() -> EvseId {
        EvseId::new(2).expect("a number")
    }

    fn site(station_fuse_a: i32, main_fuse_a: i32, evses: u16) -> Sharing {
        let config = SiteConfig {
            main_fuse_a,
            fail_safe_a: 6,
            raise_after_s: 15,
            resume_after_s: 60,
            lost_after_s: 10,
            station_fuse_a,
            turn_min: 15,
            lines: Phase::ALL.to_vec(),
        };
        let connection = Connection { wiring: PerPhase(Phase::ALL), priority: 0 };
        let evses: Vec<_> = EvseId::of_station(evses).map(|evse| (evse, connection)).collect();
        Sharing::new(&config, Millivolts::from_volts(230), &evses)
    }

    fn wish(amps: i32) -> Option<Wish> {
        Some(Wish { lines: Lines::first(PhaseCount::Three), most: Milliamps::from_amps(amps) })
    }

    fn amps(sharing: &Sharing) -> Vec<Option<i32>> {
        let bays = sharing.bays.keys();
        bays.map(|evse| sharing.limit(*evse).map(|limit| limit.current[Phase::L1].0 / 1000)).collect()
    }

    fn drawing(amps: i32) -> MeterReading {
        MeterReading { current: PerPhase::all(Milliamps::from_amps(amps)), ..MeterReading::default() }
    }

    #[test]
    fn two_cars_share_the_fuse_of_the_station_and_the_second_waits_until_the_first_has_followed() {
        let mut sharing = site(32, 0, 2);
        assert_eq!(amps(&sharing), [Some(0), Some(0)], "without a car nobody is offered anything");
        sharing.wish(Instant::ZERO, FIRST, wish(32));
        assert_eq!(amps(&sharing), [Some(32), Some(0)]);
        sharing.wish(Instant::from_millis(1000), second(), wish(32));
        assert_eq!(amps(&sharing), [Some(16), Some(0)]);
        assert_eq!(sharing.next_change(Instant::from_millis(1000)), Some(Instant::from_millis(7000)));
        sharing.pass(Instant::from_millis(7000));
        assert_eq!(amps(&sharing), [Some(16), Some(16)]);
        sharing.wish(Instant::from_millis(8000), FIRST, None);
        sharing.pass(Instant::from_millis(14_000));
        assert_eq!(amps(&sharing), [Some(0), Some(32)]);
    }

    #[test]
    fn where_nothing_limits_the_site_nobody_is_held_back() {
        let mut sharing = site(0, 0, 2);
        sharing.wish(Instant::ZERO, FIRST, wish(32));
        assert_eq!(amps(&sharing), [None, None]);
        let profile = ChargingLimit { current: None, power: Some(Watts(11_040)), phases: None };
        sharing.profile(Instant::ZERO, Some(profile));
        assert_eq!(amps(&sharing), [Some(16), Some(0)]);
    }

    #[test]
    fn one_evse_gets_what_the_house_leaves() {
        let mut sharing = site(0, 40, 1);
        assert_eq!(amps(&sharing), [None]);
        sharing.read_house(Instant::ZERO, Some(drawing(15)));
        assert_eq!(amps(&sharing), [None], "it waits for the outlet");
        sharing.read_outlet(Instant::ZERO, FIRST, &drawing(10));
        assert_eq!(amps(&sharing), [Some(35)]);
        sharing.read_house(Instant::from_millis(1000), None);
        assert_eq!(amps(&sharing), [Some(6)]);
        assert_eq!(amps(&site(20, 0, 1)), [Some(20)], "behind the fuse of the station");
    }

    #[test]
    fn a_house_that_is_not_read_yet_leaves_several_evses_no_more_than_the_fail_safe_current() {
        let mut sharing = site(0, 40, 2);
        sharing.wish(Instant::ZERO, FIRST, wish(32));
        sharing.wish(Instant::ZERO, second(), wish(32));
        assert_eq!(amps(&sharing), [Some(6), Some(0)]);
        sharing.read_house(Instant::ZERO, Some(drawing(8)));
        sharing.read_outlet(Instant::ZERO, FIRST, &drawing(0));
        assert_eq!(amps(&sharing), [Some(6), Some(0)], "both outlets must be known");
        sharing.read_outlet(Instant::ZERO, second(), &drawing(0));
        assert_eq!(amps(&sharing), [Some(16), Some(16)]);
    }

    #[test]
    fn outlets_that_are_wired_otherwise_draw_from_other_lines() {
        let config = SiteConfig {
            main_fuse_a: 0,
            fail_safe_a: 6,
            raise_after_s: 15,
            resume_after_s: 60,
            lost_after_s: 10,
            station_fuse_a: 20,
            turn_min: 15,
            lines: Phase::ALL.to_vec(),
        };
        let straight = Connection { wiring: PerPhase(Phase::ALL), priority: 0 };
        let rotated = Connection { wiring: PerPhase([Phase::L2, Phase::L3, Phase::L1]), priority: 0 };
        let voltage = Millivolts::from_volts(230);
        let mut sharing = Sharing::new(&config, voltage, &[(FIRST, straight), (second(), rotated)]);
        let one_line = Some(Wish { lines: Lines::first(PhaseCount::One), most: Milliamps::from_amps(32) });
        sharing.wish(Instant::ZERO, FIRST, one_line);
        sharing.wish(Instant::ZERO, second(), one_line);
        assert_eq!(amps(&sharing), [Some(20), Some(20)], "each has a line of the fuse for itself");
    }

    #[test]
    fn what_flows_where_nothing_is_offered_is_taken_off_for_the_others() {
        let mut sharing = site(32, 0, 2);
        let at = Instant::from_millis;
        // A contactor that is welded, and a car that draws all the same: no car may charge there.
        sharing.read_outlet(at(0), FIRST, &drawing(20));
        sharing.wish(at(0), second(), wish(32));
        assert_eq!(amps(&sharing), [Some(0), Some(12)]);
        sharing.read_outlet(at(1_000), FIRST, &drawing(0));
        assert_eq!(amps(&sharing), [Some(0), Some(32)]);
    }

    #[test]
    fn a_turn_that_is_cut_short_again_and_again_ends_all_the_same() {
        let mut sharing = site(8, 0, 2);
        let second_of = |seconds: u64| Instant::from_millis(seconds * 1000);
        sharing.wish(second_of(0), FIRST, wish(32));
        sharing.wish(second_of(1), second(), wish(32));
        let (cut, whole) = (Milliamps::from_amps(5), None);
        let mut waited = 0;
        for now in 2..3 * 15 * 60 {
            // Each minute the whole station may have no more than 5 A for a second.
            let current = if now % 60 == 0 { Some(cut) } else { whole };
            sharing.profile(
                second_of(now),
                current.map(|current| ChargingLimit { current: Some(current), power: None, phases: None }),
            );
            sharing.pass(second_of(now));
            waited += u64::from(amps(&sharing)[1] == Some(0));
            if amps(&sharing)[1] != Some(0) {
                break;
            }
        }
        // Its turn of 15 min, a pause of 6 s in each minute of it, and what the first still drew.
        assert!((900..1_020).contains(&waited), "it waited {waited} s");
    }
}
