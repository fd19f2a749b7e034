//! Very many sessions by messages in one world: memory stays as it is, and no session leaves anything to the next one. Each session
//! tells the log the same as the one before it, and after it the heap holds no more.
//!
//! `cargo test` plays 100. `PLUGFEST_SESSIONS=N` plays N.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::time::Duration;

use event_log::Log;
use iso15118::Protocol;
use twin::{Action, CsmsChoice, Policy, Setup, Signal, Twin};
use units::{EvseId, Soc};
use vehicle_model::hlc::Purpose;
use vehicle_model::{Action as Car, Cable, CableRating, EnergyKind, Matching, Profile, Speech};

/// So many are played by `cargo test`.
const USUAL: usize = 100;
/// After so many, or a third of them, the log and the CSMS are full of what they remember, and everything has its size.
const SETTLED: usize = 100;
/// So much more may be held after the last session than after the first ones, in octets: the lines that the log keeps
/// have different lengths.
const MORE: isize = 8 * 1024;
/// So many kinds of event may differ in number from session to session: what comes by the clock, not by the session.
const BY_THE_CLOCK: [&str; 9] = [
    "bus call",
    "sample plot",
    "supply reading",
    "insulation reading",
    "ocpp sent",
    "ocpp received",
    "plc modem",
    "meter reading",
    "v2g message",
];

/// The allocator of the system, with a count of what the process holds.
struct Counting;

static HELD: AtomicIsize = AtomicIsize::new(0);

fn count(more: usize, less: usize) {
    HELD.fetch_add(more.cast_signed().wrapping_sub(less.cast_signed()), Ordering::Relaxed);
}

#[expect(unsafe_code, reason = "each call is passed on as it came; only sizes are counted")]
// SAFETY: the allocator of the system keeps the rules, and nothing is changed on the way to it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as it came.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: as it came.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        // SAFETY: as it came.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often each kind of event came in a session.
type Kinds = BTreeMap<String, u32>;

struct World {
    twin: Twin,
    kinds: Rc<RefCell<Kinds>>,
}

impl World {
    fn new(protocol: Protocol, kind: EnergyKind) -> Self {
        let mut car = Profile::builtin("vw-id3").expect("a built-in car");
        car.battery.soc = Soc::from_percent(30).expect("a percentage");
        let mut setup = Setup::standard(car, 7);
        setup.charger.authorization.mode = station::AuthorizationMode::Free;
        setup.charger.evses.first_mut().pilot.digital_first = true;
        setup.log = Log::memory().with_limit(300);
        setup.csms = CsmsChoice::Simulated(Policy { remembers: 20, ..Policy::default() });
        let evse = setup.evse(EvseId::FIRST);
        (evse.plc, evse.dc) = (true, kind == EnergyKind::Dc);
        evse.speech =
            Some(Speech { kind, protocols: vec![protocol], purpose: Purpose::Charge, matching: Matching::Slac });
        let twin = Twin::new(setup).expect("a world");
        let kinds = Rc::new(RefCell::new(Kinds::new()));
        let counted = Rc::clone(&kinds);
        twin.log().subscribe(move |event| {
            let kind = format!("{} {}", event.source, event.kind);
            if !BY_THE_CLOCK.contains(&kind.as_str()) {
                *counted.borrow_mut().entry(kind).or_default() += 1;
            }
        });
        Self { twin, kinds }
    }

    /// One session, from plug to unplug, and the time until everything is quiet; what it told the log.
    fn session(&mut self) -> Kinds {
        let twin = &mut self.twin;
        // The battery is as full as it was.
        twin.act(Action::Car(Car::SetSoc(Soc::from_percent(30).expect("a percentage"))));
        twin.act(Action::Car(Car::PlugIn(Cable::rated(CableRating::A32))));
        let flows = |twin: &mut Twin| {
            let more = |signal, least| twin.probe(signal).is_ok_and(|value| value > least);
            more(Signal::CarPower, 500.0) || more(Signal::CarDcCurrent, 1.0)
        };
        assert!(twin.run_until(Duration::from_secs(60), flows), "no energy: {:?}", twin.health());
        twin.run_for(Duration::from_secs(4));
        twin.act(Action::Car(Car::Unplug));
        twin.run_for(Duration::from_secs(12));
        assert_eq!(twin.health(), Ok(()));
        self.kinds.take()
    }
}

#[test]
fn a_session_leaves_nothing_behind() {
    let sessions = std::env::var("PLUGFEST_SESSIONS")
        .map_or(USUAL, |number| number.parse().expect("PLUGFEST_SESSIONS is a number"))
        .div_ceil(3)
        .max(12);
    let settles = SETTLED.min(sessions / 3);
    for (protocol, kind) in
        [(Protocol::Iso2, EnergyKind::Ac), (Protocol::Iso2, EnergyKind::Dc), (Protocol::Din, EnergyKind::Dc)]
    {
        let mut world = World::new(protocol, kind);
        // The first one has the start of the charger with it.
        world.session();
        let usual = world.session();
        let (mut settled, mut most) = (0, 0);
        for nth in 2..sessions {
            let told = world.session();
            assert_eq!(told, usual, "session {nth} by {protocol:?} {kind:?} is not like the one before it");
            let held = HELD.load(Ordering::Relaxed);
            if nth == settles {
                settled = held;
            }
            if nth >= settles {
                most = most.max(held - settled);
            }
        }
        let more = HELD.load(Ordering::Relaxed) - settled;
        println!(
            "{sessions} sessions by {protocol:?} {kind:?}: {more} octets more than after {settles}, at most {most}"
        );
        assert!(more < MORE, "{more} octets more by {protocol:?} {kind:?}");
    }
}
