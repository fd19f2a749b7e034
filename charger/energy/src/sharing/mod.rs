//! What the site leaves each of its EVSEs.
//!
//! ```text
//!   house meter, outlets ──> SiteLimiter ─┐
//!   fuse of the station ──────────────────┼─ the least, line by line ──> Allocator ──> each EVSE
//!   profile for the whole station ────────┘                              ^
//!   what the car at each EVSE could use ─────────────────────────────────┘
//! ```
//!
//! Where there is one EVSE nothing is shared: it gets all that is left. What flows out of the cars is shared by the same means
//! (`side`), where there is a car that would give back.

mod bay;
mod side;
#[cfg(test)]
mod tests;

use hardware::MeterReading;
use units::{EvseId, Instant, Milliamps, Millivolts, PerPhase, Phase, PhaseCount};

use crate::bound::{BothWays, Bound, Direction};
use crate::charging_limit::ChargingLimit;
use crate::lines::Lines;
use crate::outlet::OutletReadings;
use crate::site_config::SiteConfig;
use crate::site_limit::SiteLimit;
use crate::source::{LimitReason, LimitSource};
use crate::supplied::line_current;
use bay::Bay;
use side::Side;

/// How one EVSE is connected to the site.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Connection {
    /// The line of the house behind each line of its outlet.
    pub wiring: PerPhase<Phase>,
    /// The highest comes first where a limit is shared.
    pub priority: u8,
    /// What may flow out of a car there, on each line: 0 or less; 0: nothing, and the sign of its meter's currents says nothing.
    pub export: Milliamps,
}

/// What a car that may charge could use, whatever the site leaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wish {
    /// The lines of the outlet that it draws from, or may draw from.
    pub lines: Lines,
    /// The most that cable, outlet, contract and charging profile leave on each of them, in its sign. Out of the car: what it would
    /// give back, 0 where it would not. In either direction nothing of the site is kept for less than 6 A.
    pub most: BothWays<Milliamps>,
}

/// Shares the site.
#[derive(Debug)]
pub struct Sharing {
    config: SiteConfig,
    voltage: Millivolts,
    /// For all EVSEs together, and what it leaves each line.
    profile: (Option<ChargingLimit>, Option<Bound<Milliamps>>),
    /// A reading of the house meter that waits for the outlets' next ones, of these EVSEs.
    waiting: Option<PerPhase<Milliamps>>,
    awaited: Vec<EvseId>,
    /// In order of their numbers.
    bays: Vec<Bay>,
    import: Side,
    /// Only while there is a car that would give back, or one may still do so.
    export: Option<Side>,
}

impl Sharing {
    /// A site with these EVSEs; `voltage` is nominal, line to neutral.
    #[must_use]
    pub fn new(config: &SiteConfig, voltage: Millivolts, evses: &[(EvseId, Connection)]) -> Self {
        let mut bays: Vec<_> = evses.iter().map(|(evse, connection)| Bay::new(*evse, *connection, config)).collect();
        bays.sort_by_key(|bay| bay.evse);
        let mut new = Self {
            import: Side::of_import(config, bays.len()),
            export: None,
            config: config.clone(),
            profile: (None, None),
            voltage,
            waiting: None,
            awaited: Vec::new(),
            bays,
        };
        new.share(Instant::ZERO);
        new
    }

    /// What the site leaves that EVSE, on each line of its outlet.
    #[must_use]
    pub fn limit(&self, evse: EvseId) -> SiteLimit {
        self.place(evse).map_or_else(SiteLimit::default, |place| self.bays[place].limit)
    }

    /// Whether a limit has changed since this was asked last.
    pub fn is_news(&mut self) -> bool {
        let mut news = false;
        for bay in &mut self.bays {
            news |= std::mem::take(&mut bay.news);
        }
        news
    }

    /// A reading of the house meter; `None`: it is lost.
    pub fn read_house(&mut self, now: Instant, reading: Option<MeterReading>) {
        self.awaited.clear();
        match reading {
            Some(house) => {
                // Both sides of it must be known: it waits for the outlets' next readings, and not for a second one.
                if self.waiting.replace(house.current).is_none() {
                    let not_read = self.bays.iter().filter(|bay| !bay.outlet.is_read_at(now));
                    self.awaited.extend(not_read.map(|bay| bay.evse));
                }
                self.look_at_house(now);
            }
            None => {
                self.waiting = None;
                self.bays.iter_mut().for_each(|bay| bay.outlet.begin_anew(now));
                self.import.blind();
                if let Some(export) = &mut self.export {
                    export.blind();
                }
                self.share(now);
            }
        }
    }

    /// A reading of the meter at that EVSE.
    pub fn read_outlet(&mut self, now: Instant, evse: EvseId, reading: &MeterReading) {
        let Some(place) = self.place(evse) else { return };
        let bay = &mut self.bays[place];
        bay.outlet.read(now, reading);
        if self.waiting.is_some() {
            self.awaited.retain(|awaited| *awaited != evse);
            self.look_at_house(now);
        } else if bay.is_noticeable(now) {
            self.share(now);
        }
    }

    /// What the car at that EVSE could use; `None`: there is none that may charge.
    pub fn wish(&mut self, now: Instant, evse: EvseId, wish: Option<Wish>) {
        let Some(place) = self.place(evse) else { return };
        let bay = &mut self.bays[place];
        if bay.wish == wish {
            return;
        }
        bay.take_wish(wish);
        if bay.gives_back() && self.config.export_a > 0 && self.export.is_none() {
            self.export = Some(Side::of_export(&self.config, self.bays.len()));
        }
        self.tell_sides();
        self.share(now);
    }

    /// What charging profiles leave the whole station.
    pub fn profile(&mut self, now: Instant, profile: Option<ChargingLimit>) {
        if self.profile.0 != profile {
            self.profile = (profile, profile.and_then(|profile| self.bound_of(&profile)));
            self.tell_sides();
            self.share(now);
        }
    }

    /// Time has passed: to be called at [`Sharing::next_change`].
    pub fn pass(&mut self, now: Instant) {
        self.share(now);
    }

    /// When a share may change although nothing else does; `None` when none does.
    #[must_use]
    pub fn next_change(&self) -> Option<Instant> {
        let export = self.export.as_ref().and_then(Side::next_change);
        self.import.next_change().into_iter().chain(export).min()
    }

    fn place(&self, evse: EvseId) -> Option<usize> {
        self.bays.binary_search_by_key(&evse, |bay| bay.evse).ok()
    }

    /// Takes the waiting reading of the house, once all outlets are known.
    fn look_at_house(&mut self, now: Instant) {
        if !self.awaited.is_empty() {
            return;
        }
        let Some(house) = self.waiting.take() else { return };
        self.import.read_house(now, &house, &sum(&self.bays, |outlet| outlet.highest(now)));
        if let Some(export) = &mut self.export {
            export.read_house(now, &house.map(|current| -current), &sum(&self.bays, |outlet| outlet.most_out(now)));
        }
        self.bays.iter_mut().for_each(|bay| bay.outlet.begin_anew(now));
        self.share(now);
    }

    /// What a profile for the station leaves each line. One in watts is spread over all three, so that cars on whichever lines
    /// never take more together.
    fn bound_of(&self, profile: &ChargingLimit) -> Option<Bound<Milliamps>> {
        let current = profile.line_current(|power| line_current(power, self.voltage, PhaseCount::Three))?;
        Some(Bound::import(current, LimitSource::StationProfile, LimitReason::ChargingProfile))
    }

    fn tell_sides(&mut self) {
        self.import.is_told();
        if let Some(export) = &mut self.export {
            export.is_told();
        }
    }

    /// Says anew what each EVSE may take, and may give back.
    fn share(&mut self, now: Instant) {
        let (_, profile) = self.profile;
        for bay in &mut self.bays {
            bay.look(now);
        }
        self.import.share(now, profile, &mut self.bays);
        let Some(export) = &mut self.export else { return };
        export.share(now, profile, &mut self.bays);
        if export.is_spent() && !self.bays.iter().any(Bay::gives_back) {
            self.export = None;
            self.bays.iter_mut().for_each(|bay| bay.put(Direction::Export, None));
        }
    }
}

/// What flows at all outlets together on each line of the house.
fn sum(bays: &[Bay], flows: impl Fn(&OutletReadings) -> PerPhase<Milliamps>) -> PerPhase<Milliamps> {
    let mut sum = PerPhase::all(Milliamps::ZERO);
    for bay in bays {
        let flows = flows(&bay.outlet);
        for line in Phase::ALL {
            sum[bay.connection.wiring[line]] += flows[line];
        }
    }
    sum
}
