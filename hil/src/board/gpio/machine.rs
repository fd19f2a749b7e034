//! Runs the safety machine on a circuit.

use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use iec61851::{Command, Config, Event, Input, Machine, Output, PilotSignal};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::circuit::Circuit;

/// How often everything is measured. With the debounce of 25 ms the contactor opens 45 ms after the car let go at the
/// latest; the standard allows 100 ms.
const PERIOD: Duration = Duration::from_millis(10);

/// What the machine's thread tells the host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Told {
    /// The machine was enabled; what follows is for the host that did.
    Enabled,
    /// An event.
    Event(Event),
    /// The machine has ended, and why.
    Failed(LinkError),
}

/// Runs until nobody can command it any more, or until something fails; either way the contactor is open and state F driven
/// when it returns.
pub(super) async fn run(
    circuit: &mut impl Circuit,
    config: Config,
    commands: &mut mpsc::Receiver<Command>,
    told: &mpsc::Sender<Told>,
) {
    let result = serve(circuit, config, commands, told).await;
    // Each is tried whatever became of the other.
    let opened = circuit.contactor(false);
    let stopped = circuit.pilot(PilotSignal::F).await;
    if let Err(error) = result.and(opened).and(stopped) {
        tracing::error!(%error, "the safety machine has ended");
        // Nobody may listen.
        let _ = told.try_send(Told::Failed(error));
    }
}

async fn serve(
    circuit: &mut impl Circuit,
    config: Config,
    commands: &mut mpsc::Receiver<Command>,
    told: &mpsc::Sender<Told>,
) -> Result<(), LinkError> {
    let mut machine = Machine::new(config);
    let begun = Instant::now();
    let mut wait = None;
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    circuit.contactor(false)?;
    circuit.pilot(machine.pilot()).await?;
    loop {
        // Measuring goes first: no flood of commands or edges holds it up for longer than one turn.
        let command = tokio::select! {
            biased;
            _ = ticks.tick() => None,
            command = commands.recv() => match command {
                Some(command) => Some(command),
                None => return Ok(()),
            },
            moved = circuit.moved() => moved.map(|()| None)?,
            () = until(wait) => None,
        };
        let input = match command {
            Some(command) => {
                if command == Command::Enable {
                    tell(told, Told::Enabled)?;
                }
                Input::Command(command)
            }
            None => circuit.measure().await?.map_or(Input::Timeout, Input::Sample),
        };
        machine.handle_input(units::Instant::from(begun.elapsed()), input);
        wait = loop {
            match machine.poll_output() {
                Output::Contactor(closed) => circuit.contactor(closed)?,
                Output::Pilot(signal) => circuit.pilot(signal).await?,
                Output::Event(event) => tell(told, Told::Event(event))?,
                Output::Wait(at) => break at.map(|at| begun + at.elapsed()),
            }
        };
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The machine never waits for its host.
fn tell(told: &mpsc::Sender<Told>, what: Told) -> Result<(), LinkError> {
    match told.try_send(what) {
        // A host that is gone closes the commands as well, and that ends the machine.
        Ok(()) | Err(TrySendError::Closed(_)) => Ok(()),
        Err(TrySendError::Full(_)) => {
            Err(LinkError::new(ErrorKind::TimedOut, "power board", "the host does not listen to the safety machine"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use iec61851::{CableRating, Duty, Fault, PilotState, Sample};
    use tokio::time::sleep;
    use units::{Microamps, Milliamps, Millivolts, Ohms, PerPhase};

    use super::*;

    /// A car at the outlet, and a diary.
    #[derive(Debug)]
    struct Bench {
        /// What the car's resistor makes of +12 V.
        level: i32,
        driven: PilotSignal,
        coil: bool,
        /// Measuring fails from now on.
        broken: bool,
        begun: Instant,
        diary: Vec<(u128, String)>,
    }

    #[derive(Clone, Debug)]
    struct BenchCircuit(Rc<RefCell<Bench>>);

    impl Circuit for BenchCircuit {
        fn contactor(&mut self, closed: bool) -> Result<(), LinkError> {
            let mut bench = self.0.borrow_mut();
            bench.coil = closed;
            bench.write(if closed { "coil on" } else { "coil off" });
            Ok(())
        }

        async fn pilot(&mut self, signal: PilotSignal) -> Result<(), LinkError> {
            let mut bench = self.0.borrow_mut();
            bench.driven = signal;
            bench.write(&signal.to_string());
            Ok(())
        }

        async fn measure(&mut self) -> Result<Option<Sample>, LinkError> {
            // As long as a real one takes.
            sleep(Duration::from_millis(4)).await;
            let bench = self.0.borrow();
            if bench.broken {
                return Err(LinkError::new(ErrorKind::TimedOut, "adc", "no answer within 40ms"));
            }
            let (high, low) = match bench.driven {
                PilotSignal::Pwm(_) => (bench.level, -12_000),
                PilotSignal::X1 => (bench.level, bench.level),
                PilotSignal::E | PilotSignal::F => (-12_000, -12_000),
            };
            Ok(Some(Sample {
                pilot_high: Millivolts(high),
                pilot_low: Millivolts(low),
                proximity: (bench.level < 12_000).then_some(Ohms(220)),
                contactor_closed: Some(bench.coil),
                residual: Microamps::ZERO,
                current: PerPhase::all(Milliamps::ZERO),
            }))
        }

        async fn moved(&mut self) -> Result<(), LinkError> {
            std::future::pending().await
        }
    }

    impl Bench {
        fn write(&mut self, what: &str) {
            self.diary.push((self.begun.elapsed().as_millis(), what.into()));
        }
    }

    struct Host {
        bench: Rc<RefCell<Bench>>,
        commands: mpsc::Sender<Command>,
        told: mpsc::Receiver<Told>,
    }

    impl Host {
        async fn say(&self, command: Command) {
            self.commands.send(command).await.expect("the machine runs");
        }

        fn heard(&mut self) -> Vec<Told> {
            std::iter::from_fn(|| self.told.try_recv().ok()).collect()
        }

        fn car(&self, level: i32) -> u128 {
            let mut bench = self.bench.borrow_mut();
            bench.level = level;
            bench.begun.elapsed().as_millis()
        }

        /// When it was written first after that moment.
        fn written(&self, what: &str, since: u128) -> Option<u128> {
            let bench = self.bench.borrow();
            bench.diary.iter().find(|(at, text)| *at >= since && text == what).map(|(at, _)| at - since)
        }

        /// A car that charges.
        async fn charge(&mut self) {
            self.say(Command::Enable).await;
            self.car(9_000);
            sleep(Duration::from_millis(100)).await;
            self.say(Command::SetPilot(PilotSignal::Pwm(Duty::DIGITAL))).await;
            self.say(Command::AllowPower(true)).await;
            self.car(6_000);
            sleep(Duration::from_millis(100)).await;
            assert!(self.bench.borrow().coil, "{:?}", self.bench.borrow().diary);
        }
    }

    /// Runs a machine on the paused clock, as a task beside the story.
    async fn story(tell: impl AsyncFnOnce(&mut Host)) -> Vec<Told> {
        let (commands, mut inbox) = mpsc::channel(16);
        let (outbox, told) = mpsc::channel(256);
        let bench = Bench {
            level: 12_000,
            driven: PilotSignal::F,
            coil: true,
            broken: false,
            begun: Instant::now(),
            diary: Vec::new(),
        };
        let bench = Rc::new(RefCell::new(bench));
        let mut circuit = BenchCircuit(Rc::clone(&bench));
        let mut host = Host { bench, commands, told };
        let machine = run(&mut circuit, Config::default(), &mut inbox, &outbox);
        let story = async {
            tell(&mut host).await;
            let Host { bench, commands, mut told } = host;
            drop(commands);
            // Whatever the story was, it ends with the coil cut.
            sleep(Duration::from_millis(50)).await;
            assert!(!bench.borrow().coil);
            assert_eq!(bench.borrow().driven, PilotSignal::F);
            std::iter::from_fn(|| told.try_recv().ok()).collect()
        };
        tokio::join!(machine, story).1
    }

    #[tokio::test(start_paused = true)]
    async fn a_car_charges_and_the_contactor_opens_within_a_tenth_of_a_second() {
        story(async |host| {
            host.charge().await;
            let pwm = true;
            assert_eq!(
                host.heard(),
                [
                    Told::Enabled,
                    Told::Event(Event::Pilot { state: PilotState::A, pwm: false }),
                    Told::Event(Event::Cable(CableRating::A32)),
                    Told::Event(Event::Pilot { state: PilotState::B, pwm: false }),
                    Told::Event(Event::Pilot { state: PilotState::B, pwm }),
                    Told::Event(Event::Pilot { state: PilotState::C, pwm }),
                    Told::Event(Event::ContactorClosed),
                ]
            );
            let since = host.car(9_000);
            sleep(Duration::from_millis(200)).await;
            let opened = host.written("coil off", since).expect("it opens");
            assert!(opened <= 100, "{opened} ms");
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_is_gone_leaves_no_power_on() {
        let told = story(async |host| host.charge().await).await;
        assert!(!told.iter().any(|told| matches!(told, Told::Failed(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_host_opens_the_contactor() {
        story(async |host| {
            host.charge().await;
            host.heard();
            for _ in 0..10 {
                sleep(Duration::from_secs(1)).await;
                host.say(Command::Heartbeat).await;
            }
            assert!(host.bench.borrow().coil);
            let since = host.car(6_000);
            sleep(Duration::from_secs(6)).await;
            let opened = host.written("coil off", since).expect("it opens");
            assert!((4_900..=5_050).contains(&opened), "{opened} ms");
            assert!(host.heard().contains(&Told::Event(Event::Fault(Fault::HostSilent))));
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_measurement_that_fails_ends_it_with_the_contactor_open() {
        let told = story(async |host| {
            host.charge().await;
            host.bench.borrow_mut().broken = true;
            let since = host.car(6_000);
            sleep(Duration::from_millis(50)).await;
            assert!(host.written("coil off", since).is_some_and(|opened| opened <= 20));
        })
        .await;
        assert!(matches!(told.last(), Some(Told::Failed(error)) if error.device == "adc"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_does_not_listen_is_no_host() {
        story(async |host| {
            host.charge().await;
            // A car that flickers, and nobody who reads.
            for turn in 0..400 {
                host.car(if turn % 2 == 0 { 9_000 } else { 6_000 });
                sleep(Duration::from_millis(60)).await;
                let _ = host.commands.try_send(Command::Heartbeat);
            }
            assert_eq!(host.heard().len(), 256);
        })
        .await;
    }
}
