//! The running charger: one thread, one runtime, the station in the middle.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use clock::Clock;
use event_log::Log;
use ocpp::StoreThread;
use serde_json::json;
use station::{Bus, Platform, Service, StationError};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

use crate::control::{Control, Line};
use crate::devices::Backends;
use crate::ending::Ending;
use crate::notify::Manager;
use crate::pulse::Pulse;
use crate::safe_state::Dangerous;
use crate::settings::Settings;
use crate::{events, frames, isolation, safe_state};

/// The file of the durable store in the state folder.
const STORE: &str = "station.sqlite";

/// How long the station may take for its last words.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How long a rig may take to read the last events.
const LAST_EVENTS: Duration = Duration::from_millis(500);

/// Runs the charger until it is told to end.
pub(crate) fn run(settings: Settings) -> Ending {
    // What needs rights that are given up: places outside of the state folder.
    let log = match prepare(&settings) {
        Ok(log) => log,
        Err(why) => {
            tracing::error!(why, "cannot start");
            return Ending::Start;
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no runtime");
            return Ending::Start;
        }
    };
    let devices = Dangerous::from(&settings.devices);
    let ending =
        safe_state::guard(&devices, &log, || runtime.block_on(LocalSet::new().run_until(live(settings, log.clone()))));
    if let Some(error) = log.error() {
        tracing::warn!(error, "the event log is not complete");
    }
    // A thread that is stuck in a device, or waits for input, ends with the process.
    runtime.shutdown_background();
    ending
}

/// The folder and the event log.
fn prepare(settings: &Settings) -> Result<Log, String> {
    fs::create_dir_all(&settings.state).map_err(|error| format!("{}: {error}", settings.state.display()))?;
    // The folder itself may be a link: systemd makes it one. Whoever puts one in there wants something else written over.
    let store = settings.state.join(STORE);
    if fs::symlink_metadata(&store).is_ok_and(|there| there.is_symlink()) {
        return Err(format!("{}: it is a symbolic link, which is not followed", store.display()));
    }
    events::open(settings.events.as_deref())
        .map_err(|error| format!("{}: {error}", settings.events.as_deref().unwrap_or_else(|| Path::new("-")).display()))
}

/// What ends a charger.
enum Reason {
    /// A signal, or a rig.
    Told(&'static str),
    /// The station by itself.
    Ended(Result<(), StationError>),
}

async fn live(settings: Settings, log: Log) -> Ending {
    let clock = Clock::starting_now();
    log.set_clock(move || clock.now());
    log.set_wall(move || clock.now().as_micros());
    let (mut stop, line) = match open(&settings) {
        Ok(opened) => opened,
        Err(why) => {
            tracing::error!(why, "cannot start");
            return Ending::Start;
        }
    };
    // Afterwards /proc is closed, and an error could only say that somebody else has the line.
    for (key, endpoint) in settings.devices.named() {
        for holder in hil::line_holders(endpoint) {
            tracing::error!(key = key.label(), %endpoint, "in use by {holder}: the charger gets it when it is free");
        }
    }
    let mut plan = isolation::Plan::of(&settings);
    let opener = isolation::opener::start(&mut plan, settings.isolation);
    match isolation::apply(settings.isolation, &plan) {
        Ok(applied) => tracing::info!(%applied, "isolation"),
        Err(error) => {
            tracing::error!(%error, "isolation");
            return Ending::Isolation;
        }
    }
    if let Some(end) = opener {
        tokio::task::spawn_local(tell_end_of_opener(end, log.clone()));
    }
    let manager = Manager::default();
    let (control, mut asked) = Control::new(&log);
    // A task of its own: a bug in there ends the line, not the charger.
    let serving = line.map(|line| {
        let (control, log) = (control.clone(), log.clone());
        tokio::task::spawn_local(async move { control.serve(line, &log).await })
    });
    let ending = charge(settings, &log, clock, &manager, &control, &mut stop, &mut asked).await;
    control.close();
    if let Some(serving) = serving {
        // The rigs read what is left, if they are quick; what became of the line does not matter any more.
        let _ = tokio::time::timeout(LAST_EVENTS, serving).await;
    }
    ending
}

/// Tells when the process that opens devices has ended, and the charger has not.
async fn tell_end_of_opener(end: isolation::opener::End, log: Log) {
    if let Err(error) = end.came().await {
        tracing::warn!(%error, "whether the process that opens devices still runs is not known");
        return;
    }
    // Who ends all of a service ends both: then this charger is gone before it says a word about it.
    tokio::time::sleep(LAST_WORDS + LAST_EVENTS).await;
    tracing::error!(
        "the process that opens devices has ended: a device that vanishes now stays away until the next start"
    );
    log.record("run", "opener_ended", json!({}));
}

/// What is opened with all rights: signals, and the line to the rigs.
fn open(settings: &Settings) -> Result<(Stop, Option<Line>), String> {
    let stop = Stop::new().map_err(|error| format!("signals: {error}"))?;
    let line = match &settings.control {
        Some(place) => Some(Line::open(place).map_err(|error| format!("--control {place:?}: {error}"))?),
        None => None,
    };
    Ok((stop, line))
}

async fn charge(
    settings: Settings,
    log: &Log,
    clock: Clock,
    manager: &Manager,
    control: &Control,
    stop: &mut Stop,
    asked: &mut mpsc::Receiver<()>,
) -> Ending {
    let evses = settings.config.evses.clone();
    let pulse = Pulse::new(clock, evses.count());
    if settings.frames {
        frames::record(log);
    }
    let mut backends = Backends::of(&settings.devices, &evses);
    backends.open().await;
    let hardware = backends.into_hardware(log, &pulse);
    let bus = Bus::new(settings.config.permissions.clone(), log.clone());
    control.let_in(bus.port(Service::Bench), evses.count());
    // The rights are given up already: the thread has no others.
    let store = match StoreThread::sqlite(settings.state.join(STORE)) {
        Ok(store) => store,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            return Ending::Start;
        }
    };
    let platform = Platform {
        clock,
        bus,
        ids: Box::new(random),
        epoch_micros: epoch(clock),
        log: log.clone(),
        store: Box::new(store),
    };
    let csms = settings.csms.map(|csms| csms.tcp);
    log.record(
        "run",
        "started",
        json!({ "version": env!("CARGO_PKG_VERSION"), "station": settings.config.station.id }),
    );
    let (shutdown, told) = oneshot::channel();
    // A task of its own: it turns when it has something to do, not when the watchdog looks.
    let station = station::run(settings.config, hardware, platform, csms, told);
    let mut station = tokio::task::spawn_local(pulse.clone().watch(station));
    let reason = tokio::select! {
        biased;
        ended = &mut station => Reason::Ended(ended.unwrap_or_else(|broken| std::panic::resume_unwind(broken.into_panic()))),
        why = stop.told(asked) => Reason::Told(why),
        () = manager.report(&pulse) => Reason::Ended(Ok(())),
    };
    match reason {
        Reason::Ended(Ok(())) => Ending::Orderly,
        Reason::Ended(Err(error)) => {
            tracing::error!(%error, "the station could not start");
            Ending::Start
        }
        Reason::Told(why) => {
            tracing::info!(why, "ending");
            manager.stopping();
            log.record("run", "ending", json!({ "why": why }));
            // If it has ended meanwhile, nobody needs to be told.
            let _ = shutdown.send(());
            let safe = tokio::time::timeout(LAST_WORDS, &mut station).await;
            match safe {
                Ok(Ok(_)) => {}
                Ok(Err(broken)) => std::panic::resume_unwind(broken.into_panic()),
                Err(_) => {
                    tracing::error!("the station did not end in time: the outlet is made safe past it");
                    station.abort();
                    if let Err(why) =
                        tokio::time::timeout(LAST_WORDS, safe_state::make_safe(&Dangerous::from(&settings.devices)))
                            .await
                            .unwrap_or_else(|_| Err("no answer".into()))
                    {
                        tracing::error!(why, "{}", safe_state::NOT_SAFE);
                    }
                }
            }
            log.record("run", "ended", json!({}));
            Ending::Orderly
        }
    }
}

/// What tells the charger to end.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
    /// The terminal is closed. Not heard by a program that was started to outlive it (`nohup`).
    hang_up: Option<Signal>,
}

impl Stop {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: if hang_up_is_ignored() { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    /// Completes when somebody wants it to end, with whom that was.
    async fn told(&mut self, asked: &mut mpsc::Receiver<()>) -> &'static str {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            _ = hang_up => "SIGHUP",
            Some(()) = asked.recv() => "quit",
        }
    }
}

/// Whether SIGHUP is ignored, as the kernel lists it: a bit for each signal, the first for this one.
fn hang_up_is_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

/// Randomness for transaction and message ids. Until the kernel has some, there is none: at the first second of a boot.
fn random() -> u128 {
    let mut bytes = [0; 16];
    if let Err(error) = getrandom::fill(&mut bytes) {
        panic!("the kernel gives no random numbers: {error}");
    }
    u128::from_le_bytes(bytes)
}

/// Unix time in microseconds at the clock's zero.
#[allow(clippy::disallowed_methods)] // the one look at the time of day; from here on it is this plus the monotonic clock
fn epoch(clock: Clock) -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(since.as_micros()).unwrap_or(0);
    now - i64::try_from(clock.now().as_micros()).unwrap_or(0)
}
