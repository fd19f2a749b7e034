//! Whatever happens in whatever order, in whole worlds: causes, messages and timers come as a seed has them, and at every step the
//! contactor is closed only where it may be, never opened too late, the supply drives into nothing that is open, every transaction
//! has its end, and what is mended is as if nothing had been.
//!
//! `cargo test` plays 60 worlds. `PLUGFEST_INTERLEAVINGS=N` plays N, `PLUGFEST_SEED=N` that one alone, with its log on stdout.

mod cause;
mod story;
mod watch;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use twin::{CableEnd, CsmsChoice, Opinion, Setup, Twin};
use units::{EvseId, Soc};
use vehicle_model::hlc::Purpose;
use vehicle_model::{EnergyKind, Matching, Profile, Speech};

use cause::{CARD, Cause};
use story::{Story, When};
use watch::Watch;

/// So many worlds are played by `cargo test`.
const USUAL: u64 = 60;
/// A message that does not come for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(15);
/// After the last cause the world goes on for so long.
const AFTERWARDS: Duration = Duration::from_secs(8);
/// Once all is mended and the plug is out, everything is back within this time.
const BACK: Duration = Duration::from_secs(75);
/// The next car takes energy within this time.
const NEXT_CAR: Duration = Duration::from_secs(90);
/// So many failures are told.
const TOLD: usize = 10;

/// What is mended in the end, whatever was broken.
const MENDED: [Cause; 10] = [
    Cause::LineGood,
    Cause::ModemBack(CableEnd::Car),
    Cause::ModemBack(CableEnd::Evse),
    Cause::ModemLinkBack,
    Cause::PilotWhole,
    Cause::NoLimit,
    Cause::CarWants,
    Cause::Insulated,
    Cause::SupplyBack,
    Cause::Unplug,
];

struct World {
    twin: Twin,
    watch: Watch,
}

impl World {
    fn new(story: &Story) -> Self {
        let mut car = Profile::builtin(story.car).expect("a built-in car");
        car.battery.soc = Soc::from_percent(30).expect("a percentage");
        let mut setup = Setup::standard(car, story.seed);
        setup.charger.authorization.mode =
            if story.free { station::AuthorizationMode::Free } else { station::AuthorizationMode::Token };
        if let CsmsChoice::Simulated(policy) = &mut setup.csms {
            policy.tokens.insert(CARD.into(), Opinion { status: "Accepted".into(), group: None });
        }
        setup.charger.evses.first_mut().pilot.digital_first = true;
        let evse = setup.evse(EvseId::FIRST);
        (evse.plc, evse.dc) = (true, story.kind == EnergyKind::Dc);
        evse.speech = Some(Speech {
            kind: story.kind,
            protocols: vec![story.protocol],
            purpose: Purpose::Charge,
            matching: Matching::Slac,
        });
        let twin = Twin::new(setup).expect("a world");
        let watch = Watch::new(&twin);
        Self { twin, watch }
    }

    /// Lets time pass until `done`, at most so long, and looks at each step; whether it came to be.
    fn until(&mut self, limit: Duration, mut done: impl FnMut(&Twin, &Watch) -> bool) -> bool {
        let watch = &mut self.watch;
        self.twin.run_until(limit, |twin| {
            watch.look(twin);
            watch.wrong.is_some() || done(twin, watch)
        }) && self.watch.wrong.is_none()
    }

    fn pass(&mut self, time: Duration) {
        self.until(time, |_, _| false);
        self.watch.look(&self.twin);
    }

    fn cause(&mut self, cause: Cause) {
        self.watch.expect(self.twin.now(), cause);
        cause.happen(&mut self.twin);
        self.watch.look(&self.twin);
    }

    fn wait(&mut self, when: When) {
        if when.messages > 0 {
            let enough = self.watch.messages() + when.messages;
            self.until(PATIENCE, |_, watch| watch.messages() >= enough);
        }
        self.pass(when.pause);
    }

    fn fail(&mut self, what: String) {
        let now = self.twin.now();
        self.watch.wrong.get_or_insert_with(|| format!("at {now}: {what}"));
    }

    fn play(&mut self, story: &Story) {
        self.pass(Duration::from_secs(1));
        self.cause(Cause::Plug);
        for (when, cause) in &story.causes {
            self.wait(*when);
            self.cause(*cause);
            if self.watch.wrong.is_some() {
                return;
            }
        }
        self.pass(AFTERWARDS);
        let dc = story.kind == EnergyKind::Dc;
        if !self.twin.host_runs() {
            self.cause(Cause::HostStarts);
            self.pass(Duration::from_secs(3));
        }
        for cause in MENDED.into_iter().filter(|cause| dc || !cause.is_of_direct_current()) {
            self.cause(cause);
        }
        if !self.until(BACK, |twin, watch| watch.left(twin).is_none()) {
            let left = self.watch.left(&self.twin).unwrap_or_default();
            self.fail(format!("{BACK:?} after the plug was pulled {left}"));
        }
        if story.goes_on && self.watch.wrong.is_none() {
            self.go_on(story);
        }
    }

    /// The next car is served as if nothing had been.
    fn go_on(&mut self, story: &Story) {
        // A card that was shown to nobody is forgotten first.
        self.pass(Duration::from_secs(65));
        self.watch.has_charged = false;
        self.cause(Cause::Plug);
        if !story.free {
            self.pass(Duration::from_secs(1));
            self.cause(Cause::Card);
        }
        if !self.until(NEXT_CAR, |_, watch| watch.has_charged) {
            self.fail("the next car is not charged".into());
        }
        self.cause(Cause::Unplug);
        self.pass(Duration::from_secs(5));
    }
}

/// Plays one world; what was wrong in it, and whether energy flowed.
fn play(seed: u64, show: bool) -> (Option<String>, bool) {
    let story = Story::drawn(seed);
    let played = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::new(&story);
        world.play(&story);
        if show {
            for event in world.twin.log().snapshot() {
                println!("{}", event_log::strip_wall(&event.line()));
            }
        }
        (world.watch.wrong.take(), world.watch.has_charged)
    }));
    match played {
        Ok((wrong, charged)) => (wrong.map(|wrong| format!("{wrong}\n    {story}")), charged),
        Err(_) => (Some(format!("it panicked\n    {story}")), false),
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn interleavings_of_causes_messages_and_timers() {
    if let Some(seed) = number("PLUGFEST_SEED") {
        println!("{}", Story::drawn(seed));
        assert_eq!(play(seed, true).0, None);
        return;
    }
    let worlds = number("PLUGFEST_INTERLEAVINGS").unwrap_or(USUAL);
    let (next, charged, failed) = (AtomicU64::new(0), AtomicU64::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= worlds {
                        return;
                    }
                    let (wrong, flowed) = play(seed, false);
                    charged.fetch_add(u64::from(flowed), Ordering::Relaxed);
                    failed.lock().expect("nobody panics with it").extend(wrong.map(|wrong| (seed, wrong)));
                }
            });
        }
    });
    let mut failed = failed.into_inner().expect("nobody panics with it");
    let charged = charged.into_inner();
    println!("{worlds} interleavings, energy flowed in {charged}, {} failed", failed.len());
    failed.sort();
    failed.iter().take(TOLD).for_each(|(_, wrong)| println!("  {wrong}"));
    assert!(failed.is_empty(), "{} of {worlds} failed", failed.len());
    // What never charges proves nothing.
    assert!(charged * 3 > worlds, "energy flowed in {charged} of {worlds}");
}
