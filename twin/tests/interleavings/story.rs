//! What is drawn from a seed: who speaks what, and what happens to them when.

use std::fmt;
use std::time::Duration;

use iso15118::Protocol;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use twin::CableEnd;
use vehicle_model::{EnergyKind, Profile};

use crate::cause::Cause;

/// At most so many causes in a world, the mending ones not counted.
const MOST: u64 = 6;

/// When something happens: so many messages after the last cause, and then so much later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    pub(crate) messages: u64,
    pub(crate) pause: Duration,
}

/// One world, as it is told.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) seed: u64,
    pub(crate) protocol: Protocol,
    pub(crate) kind: EnergyKind,
    pub(crate) car: &'static str,
    /// Nobody needs a token; else the card is held to the reader first.
    pub(crate) free: bool,
    pub(crate) causes: Vec<(When, Cause)>,
    /// After all of it another car comes, and must be charged.
    pub(crate) goes_on: bool,
}

impl Story {
    pub(crate) fn drawn(seed: u64) -> Self {
        let mut lots = Lots(ChaCha8Rng::seed_from_u64(seed));
        let (protocol, kind) = match lots.below(3) {
            0 => (Protocol::Din, EnergyKind::Dc),
            1 => (Protocol::Iso2, EnergyKind::Ac),
            _ => (Protocol::Iso2, EnergyKind::Dc),
        };
        let takes = |name: &&&'static str| {
            kind == EnergyKind::Ac || Profile::builtin(name).is_ok_and(|profile| profile.dc.is_some())
        };
        let names = Profile::names();
        let cars: Vec<&'static str> = names.iter().filter(takes).copied().collect();
        let car = cars[lots.below(cars.len() as u64) as usize];
        let free = lots.below(4) != 0;
        let mut causes = Vec::new();
        if !free {
            causes.push((When { messages: 0, pause: Duration::from_millis(lots.below(4_000)) }, Cause::Card));
        }
        let mut open: Vec<Cause> = Vec::new();
        for _ in 0..=lots.below(MOST) {
            let when = lots.when();
            // What was broken is often mended before the end, and sometimes at once.
            if lots.below(3) == 0 && !open.is_empty() {
                let place = lots.below(open.len() as u64) as usize;
                causes.push((when, open.swap_remove(place)));
                continue;
            }
            let cause = lots.cause();
            let mend = cause.mended_by();
            if (cause.is_of_direct_current() && kind == EnergyKind::Ac) || mend.is_some_and(|mend| open.contains(&mend))
            {
                continue;
            }
            causes.push((when, cause));
            open.extend(mend);
        }
        Self { seed, protocol, kind, car, free, causes, goes_on: lots.below(4) == 0 }
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, protocol, kind, car, free, causes, .. } = self;
        write!(f, "PLUGFEST_SEED={seed}: {car} speaks {protocol:?} {kind:?}{}", if *free { ", free" } else { "" })?;
        for (When { messages, pause }, cause) in causes {
            write!(f, "; {messages} messages and {} ms later {cause:?}", pause.as_millis())?;
        }
        Ok(())
    }
}

struct Lots(ChaCha8Rng);

impl Lots {
    fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end.max(1)
    }

    /// At a message, between two, at once after the last cause, or much later.
    fn when(&mut self) -> When {
        let messages = if self.below(3) == 0 { 0 } else { self.below(24) };
        let pause = match self.below(4) {
            0 => 0,
            1 => self.below(60),
            2 => self.below(1_500),
            _ => self.below(12_000),
        };
        When { messages, pause: Duration::from_millis(pause) }
    }

    fn end(&mut self) -> CableEnd {
        if self.below(2) == 0 { CableEnd::Car } else { CableEnd::Evse }
    }

    fn cause(&mut self) -> Cause {
        match self.below(19) {
            0 | 1 => Cause::Unplug,
            2 => Cause::LineLoses(20),
            3 => Cause::LineLoses(if self.below(2) == 0 { 300 } else { 1_000 }),
            4 => Cause::LineDoubles(200),
            5 => Cause::LineDelays(self.below(200) as u16),
            6 | 7 => Cause::ModemHangs(self.end()),
            8 => Cause::ModemLinkGone,
            9 => Cause::PilotOpen,
            10 => Cause::Card,
            11 => Cause::CsmsStops,
            12 => Cause::LimitOfNothing,
            13 => Cause::Leaks,
            14 => Cause::SupplyLost,
            15 => Cause::HostDies,
            16 => Cause::CarPauses,
            17 => Cause::CarNegotiates,
            _ => Cause::CarStops,
        }
    }
}
