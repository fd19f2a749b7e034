//! Keeps the limits that do not belong to a session: charging profiles and the house connection.

pub(crate) mod call;

use std::time::Duration;

use hardware::MeterReading;
use units::{EvseId, Instant, PerPhase, Phase};

use self::call::EnergyCall;
use super::session::call::SessionCall;
use crate::Clock;
use crate::bus::{Inbox, Port};
use energy::{SiteConfig, SiteLimiter};

/// Merges profile and site limits and tells the session of that EVSE every change.
pub(crate) async fn energy(port: Port, evse: EvseId, mut inbox: Inbox<EnergyCall>, clock: Clock, config: SiteConfig) {
    let mut limiter = SiteLimiter::new(&config);
    let mut outlet = Outlet::default();
    let (mut profile, mut site) = (None, None);
    let mut waiting = None;
    while let Some(call) = inbox.recv().await {
        let before = (profile, site);
        match call {
            EnergyCall::Profile(limit) => profile = limit,
            EnergyCall::Outlet(reading) => {
                outlet.read(clock.now(), &reading);
                if let Some(house) = waiting.take() {
                    site = limiter
                        .as_mut()
                        .map(|limiter| limiter.update(clock.now(), &house, &outlet.meanwhile(clock.now())));
                }
            }
            EnergyCall::House(Some(house)) => {
                // Both sides of it must be known: it waits for the outlet's next reading, and not for a second one.
                let known = waiting.replace(house).is_some() || outlet.is_read_at(clock.now());
                if let Some(house) = waiting.take_if(|_| known) {
                    site = limiter
                        .as_mut()
                        .map(|limiter| limiter.update(clock.now(), &house, &outlet.meanwhile(clock.now())));
                }
            }
            EnergyCall::House(None) => {
                waiting = None;
                site = limiter.as_mut().map(SiteLimiter::blind);
            }
        }
        if (profile, site) != before {
            port.at(evse).tell(SessionCall::Limit { profile, site });
        }
    }
}

/// What the outlet's meter showed while the house meter was read.
///
/// The two are not read at the same instant. So a reading of the house waits for the outlet's next one, and the highest current
/// of each line is taken since the house was read last: a car that begins between two readings is not taken for a load of the
/// house, for which it would have to make room.
#[derive(Debug, Default)]
struct Outlet {
    last: Option<(Instant, MeterReading)>,
    highest: Option<MeterReading>,
}

impl Outlet {
    /// An older reading says nothing any more.
    const STALE: Duration = Duration::from_secs(5);

    fn read(&mut self, now: Instant, reading: &MeterReading) {
        self.last = Some((now, *reading));
        let before = self.highest.get_or_insert(*reading);
        before.current = PerPhase(Phase::ALL.map(|line| before.current[line].abs().max(reading.current[line].abs())));
    }

    /// Whether it was read at this instant.
    fn is_read_at(&self, now: Instant) -> bool {
        self.last.is_some_and(|(at, _)| at == now)
    }

    /// The highest since it was asked for last; nothing, when nothing is known: whatever flows is then a load of the house.
    fn meanwhile(&mut self, now: Instant) -> MeterReading {
        let fresh = self.last.filter(|(at, _)| now - *at < Self::STALE).map(|(_, reading)| reading);
        let highest = self.highest.take().filter(|_| fresh.is_some());
        self.highest = fresh;
        highest.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Milliamps;

    #[test]
    fn a_car_that_begins_between_two_readings_is_not_a_load_of_the_house() {
        let mut outlet = Outlet::default();
        let mut story = Vec::new();
        // At each half second a reading of the outlet, and the house's after every second one.
        for (half, amps) in (0..).zip([0, 0, 0, 16, 32, 32, 0, 0, 0, 0]) {
            let now = Instant::from_millis(half * 500);
            let current = PerPhase([Milliamps::from_amps(amps), Milliamps::ZERO, Milliamps::ZERO]);
            outlet.read(now, &MeterReading { current, ..MeterReading::default() });
            if half % 2 == 1 {
                story.push(outlet.meanwhile(now).current[Phase::L1].0 / 1000);
            }
        }
        assert_eq!(story, [0, 16, 32, 32, 0]);
        // A meter that says nothing any more says nothing of the car either.
        let late = Instant::from_millis(60_000);
        assert_eq!(outlet.meanwhile(late).current[Phase::L1], Milliamps::ZERO);
    }
}
