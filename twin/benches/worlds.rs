//! How fast worlds run. `cargo bench -p twin --bench worlds [WORLDS]`.
//!
//! Two figures: one night of eight hours with OCPP, and many worlds of one hour on as many threads as there are processors.
//! The wall clock is what is measured here; nothing in a world sees it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use event_log::Log;
use twin::{Action, Setup, Signal, Twin};
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
    twin.probe(Signal::MeterEnergy) / 1000.0
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures the wall")]
fn stopwatch(run: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    run();
    begun.elapsed().as_secs_f64()
}
