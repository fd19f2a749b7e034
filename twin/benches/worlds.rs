//! How fast worlds run. `cargo bench -p twin --bench worlds [WORLDS]`.
//!
//! Three figures: one night of eight hours with OCPP, many worlds of one hour on as many threads as there are processors, and a
//! night at a charger with many EVSEs. The wall clock is what is measured here; nothing in a world sees it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use event_log::Log;
use twin::{Action, CsmsChoice, Policy, Setup, Signal, Twin};
use units::EvseId;
use vehicle_model::{Action as Car, Cable, CableRating, Profile};

fn main() {
    let worlds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000);
    let night = stopwatch(|| {
        let kwh = session(1, Duration::from_secs(8 * 3600));
        assert!(kwh > 30.0, "a night charges a car: {kwh} kWh");
    });
    println!(
        "one night of 8 h with OCPP: {night:.3} s wall, {:.0} virtual seconds per wall second",
        8.0 * 3600.0 / night
    );

    let threads = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let many = stopwatch(|| {
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= worlds {
                            return;
                        }
                        session(seed as u64, Duration::from_secs(3600));
                    }
                });
            }
        });
    });
    let virtual_s = worlds as f64 * 3600.0;
    println!(
        "{worlds} worlds of 1 h on {threads} threads: {many:.2} s wall, {:.0} virtual seconds per wall second",
        virtual_s / many
    );
    car_park();
}

/// A night at a charger with sixteen EVSEs, a car at each, all of which charge from beginning to end. Log and CSMS remember as much as
/// a page of a report needs, so that the memory is that of the world.
fn car_park() {
    const EVSES: usize = 16;
    let mut car = Profile::builtin("tesla-model-3").expect("a built-in car");
    car.battery.soc = units::Soc::from_percent(5).expect("a percentage");
    let mut setup = Setup::standard(car, 1);
    setup.charger.authorization.mode = station::AuthorizationMode::Free;
    setup.charger.evses.first_mut().outlet.max_current_a = 10;
    // Shared each second, and more than all of them take, from a cable that carries it.
    setup.charger.site.main_fuse_a = 250;
    setup.site.line_ohm = (0.01, 0.005);
    setup.site.neutral_ohm = (0.01, 0.003);
    setup.set_evses(EVSES);
    setup.log = Log::memory().with_limit(1_000);
    setup.csms = CsmsChoice::Simulated(Policy { remembers: 500, ..Policy::default() });
    let mut memory = Vec::new();
    let night = stopwatch(|| {
        let mut twin = Twin::new(setup).expect("a world");
        let evses: Vec<EvseId> = twin.evses().collect();
        twin.run_for(Duration::from_secs(2));
        for evse in &evses {
            twin.act_at(*evse, Action::Car(Car::PlugIn(Cable::rated(CableRating::A32))));
        }
        for hours in [1, 7] {
            twin.run_for(Duration::from_secs(hours * 3600));
            memory.push(resident());
        }
        twin.health().expect("a world in order");
        for evse in evses {
            let power = twin.probe_at(evse, Signal::CarPower).expect("a car is there");
            let kwh = twin.delivered(evse).watt_hours() / 1000.0;
            assert!(power > 6_000.0 && kwh > 50.0, "EVSE {evse} charges: {power} W, {kwh} kWh");
        }
    });
    let memory = memory.into_iter().map(|kb| kb.map_or("unknown".into(), |kb| format!("{} MB", kb / 1024)));
    println!(
        "one night of 8 h at {EVSES} EVSEs with {EVSES} cars: {night:.2} s wall; resident after 1 h and after 8 h: {}",
        memory.collect::<Vec<_>>().join(", ")
    );
}

/// The memory of this process that is in use, in kilobytes; where Linux tells it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// One car, from plug to unplug; answers the kilowatt-hours at the meter.
fn session(seed: u64, lasting: Duration) -> f64 {
    let mut car = Profile::builtin("renault-zoe").expect("a built-in car");
    car.battery.soc = units::Soc::from_percent(20).expect("a percentage");
    let mut setup = Setup::standard(car, seed);
    setup.charger.authorization.mode = station::AuthorizationMode::Free;
    setup.log = Log::memory().with_limit(1_000);
    let mut twin = Twin::new(setup).expect("a world");
    twin.run_for(Duration::from_secs(2));
    twin.act(Action::Car(Car::PlugIn(Cable::rated(CableRating::A32))));
    twin.run_for(lasting);
    twin.act(Action::Car(Car::Unplug));
    twin.run_for(Duration::from_secs(2));
    twin.finish();
    twin.health().expect("a world in order");
    twin.delivered(EvseId::FIRST).watt_hours() / 1000.0
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures the wall")]
fn stopwatch(run: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    run();
    begun.elapsed().as_secs_f64()
}
