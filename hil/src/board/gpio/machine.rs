//! Runs the safety machine on a circuit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use iec61851::{Command, Config, Event, Input, Machine, Output, PilotSignal};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::{TryRecvError, TrySendError};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::circuit::Circuit;

/// How often everything is measured, unless a measurement takes longer. From the moment at which a car lets go until the
/// contactor opens, the standard allows 100 ms. The measurement under way may miss it, the next one sees it, and the first
/// one that ends 25 ms after that confirms it:
///
/// | the pilot | a measurement | opens at the latest |
/// |---|---|---|
/// | steady, or 10 % duty and more | under 10 ms | 10 + 10 + 30 ms |
/// | 5 % duty, as chance has it on the average | 12 ms | 12 + 12 + 36 ms |
/// | 5 % duty, the most there is | 33 ms | 33 + 33 + 33 ms |
///
/// One measurement in 80 at 5 % duty meets only one half of the pilot, and the next one takes its place.
const PERIOD: Duration = Duration::from_millis(10);

/// A bus has noise as a wire has: a measurement that fails is made again, as long as the last good one is no older than this.
/// With the longest measurements that costs one of them, and the table above ends at 99 ms; a chip that is gone opens the
/// contactor after as long.
const BLIND: Duration = Duration::from_millis(45);

/// How many commands are taken between two measurements: no flood of them holds up measuring.
const MOST_AT_ONCE: usize = 16;

/// What the machine's thread tells the host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum MachineMessage {
    /// The machine was enabled; what follows is for the host that did.
    Enabled,
    /// An event.
    Event(Event),
    /// The machine has ended, and why.
    Failed(LinkError),
}

/// Runs until nobody can command it any more, or until something fails; either way the contactor is open and state F driven
/// when it returns. `missed` counts the measurements that failed.
pub(super) async fn run(
    circuit: &mut impl Circuit,
    machine: Machine,
    commands: &mut mpsc::Receiver<Command>,
    told: &mpsc::Sender<MachineMessage>,
    missed: &AtomicU64,
) {
    let result = serve(circuit, machine, commands, told, missed).await;
    // Each is tried whatever became of the other.
    let opened = circuit.contactor(false);
    let stopped = circuit.pilot(PilotSignal::F).await;
    if let Err(error) = result.and(opened).and(stopped) {
        tracing::error!(%error, "the safety machine has ended");
        // Nobody may listen.
        let _ = told.try_send(MachineMessage::Failed(error));
    }
}

async fn serve(
    circuit: &mut impl Circuit,
    machine: Machine,
    commands: &mut mpsc::Receiver<Command>,
    told: &mpsc::Sender<MachineMessage>,
    missed: &AtomicU64,
) -> Result<(), LinkError> {
    let begun = Instant::now();
    let mut turns = Turns { circuit, told, missed, machine, begun, seen: begun, wait: None };
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    turns.circuit.contactor(false)?;
    turns.circuit.pilot(turns.machine.pilot()).await?;
    // The host gets no answer before: a board that cannot measure has not started.
    ticks.tick().await;
    while !turns.measure().await? {
        ticks.tick().await;
    }
    loop {
        // Measuring goes first: no flood of commands or edges holds it up for longer than one turn.
        let command = tokio::select! {
            biased;
            _ = ticks.tick() => None,
            command = commands.recv() => match command {
                Some(command) => Some(command),
                None => return Ok(()),
            },
            moved = turns.circuit.moved() => moved.map(|()| None)?,
            () = until(turns.wait) => None,
        };
        let Some(command) = command else {
            turns.measure().await?;
            // Where a measurement takes longer than the period the next tick is due already: commands have their turn here,
            // and so has the end of whoever gives them.
            for _ in 0..MOST_AT_ONCE {
                match commands.try_recv() {
                    Ok(command) => turns.obey(command).await?,
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return Ok(()),
                }
            }
            continue;
        };
        turns.obey(command).await?;
    }
}

/// The machine with what it drives and whom it tells.
struct Turns<'a, C> {
    circuit: &'a mut C,
    told: &'a mpsc::Sender<MachineMessage>,
    missed: &'a AtomicU64,
    machine: Machine,
    begun: Instant,
    /// When a measurement succeeded last.
    seen: Instant,
    /// When it wants the next look.
    wait: Option<Instant>,
}

impl<C: Circuit> Turns<'_, C> {
    async fn obey(&mut self, command: Command) -> Result<(), LinkError> {
        if command == Command::Enable {
            tell(self.told, MachineMessage::Enabled)?;
        }
        self.turn(Input::Command(command)).await
    }

    /// Measures, and answers whether it could.
    async fn measure(&mut self) -> Result<bool, LinkError> {
        let measured = self.circuit.measure().await;
        let could = measured.is_ok();
        let input = match measured {
            Ok(sample) => {
                self.seen = Instant::now();
                sample.map_or(Input::Timeout, Input::Sample)
            }
            Err(error) if self.seen.elapsed() > BLIND => return Err(error),
            Err(error) => {
                self.missed.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(%error, "a measurement failed, and is made again");
                Input::Timeout
            }
        };
        self.turn(input).await?;
        Ok(could)
    }

    async fn turn(&mut self, input: Input) -> Result<(), LinkError> {
        self.machine.handle_input(units::Instant::from(self.begun.elapsed()), input);
        loop {
            match self.machine.poll_output() {
                Output::Contactor(closed) => self.circuit.contactor(closed)?,
                Output::Pilot(signal) => self.circuit.pilot(signal).await?,
                Output::ResidualTest(driven) => self.circuit.residual_test(driven)?,
                Output::Event(event) => tell(self.told, MachineMessage::Event(event))?,
                Output::Wait(at) => {
                    self.wait = at.map(|at| self.begun + at.elapsed());
                    return Ok(());
                }
            }
        }
    }
}

/// A machine that starts, with a random number for this start. Without one the count of plug-ins says nothing after a restart,
/// and that is safe: a host that reads another number ends what was before.
pub(super) fn start(config: Config) -> Machine {
    let mut bytes = [0; 4];
    let boot = match rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::NONBLOCK) {
        Ok(4) => u32::from_ne_bytes(bytes),
        // A kernel that has just started may have none yet: the process is another one each time.
        Ok(_) | Err(_) => std::process::id(),
    };
    Machine::new(config, boot)
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The machine never waits for its host.
fn tell(told: &mpsc::Sender<MachineMessage>, what: MachineMessage) -> Result<(), LinkError> {
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

    use iec61851::{CableRating, Duty, Fault, Permission, PilotState, PlugIn, Sample};
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
        tested: bool,
        /// So many of the next measurements fail.
        fails: u32,
        /// How long a measurement takes.
        takes: Duration,
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

        fn residual_test(&mut self, driven: bool) -> Result<(), LinkError> {
            self.0.borrow_mut().tested = driven;
            Ok(())
        }

        async fn pilot(&mut self, signal: PilotSignal) -> Result<(), LinkError> {
            let mut bench = self.0.borrow_mut();
            bench.driven = signal;
            bench.write(&signal.to_string());
            Ok(())
        }

        async fn measure(&mut self) -> Result<Option<Sample>, LinkError> {
            let takes = self.0.borrow().takes;
            sleep(takes).await;
            let mut bench = self.0.borrow_mut();
            if bench.fails > 0 {
                bench.fails -= 1;
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
                residual: if bench.tested { Microamps(6_000) } else { Microamps::ZERO },
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
        missed: Rc<AtomicU64>,
        bench: Rc<RefCell<Bench>>,
        commands: mpsc::Sender<Command>,
        told: mpsc::Receiver<MachineMessage>,
    }

    impl Host {
        async fn say(&self, command: Command) {
            self.commands.send(command).await.expect("the machine runs");
        }

        fn heard(&mut self) -> Vec<MachineMessage> {
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
            self.charge_within(Duration::from_millis(100)).await;
        }

        /// A car that charges, with so much time for each step.
        async fn charge_within(&mut self, step: Duration) {
            self.say(Command::Enable).await;
            self.car(9_000);
            sleep(step).await;
            self.say(Command::SetPilot(PilotSignal::Pwm(Duty::DIGITAL))).await;
            self.say(Command::AllowPower(Permission::Digital { limit: Milliamps::from_amps(32) })).await;
            self.car(6_000);
            // It closes once the level has been one of C for a tenth of a second.
            sleep(step + Duration::from_millis(100)).await;
            assert!(self.bench.borrow().coil, "{:?}", self.bench.borrow().diary);
        }
    }

    /// Runs a machine on the paused clock, as a task beside the story.
    async fn story(tell: impl AsyncFnOnce(&mut Host)) -> Vec<MachineMessage> {
        let (commands, mut inbox) = mpsc::channel(16);
        let (outbox, told) = mpsc::channel(256);
        let bench = Bench {
            level: 12_000,
            driven: PilotSignal::F,
            coil: true,
            tested: false,
            fails: 0,
            takes: Duration::from_millis(4),
            begun: Instant::now(),
            diary: Vec::new(),
        };
        let bench = Rc::new(RefCell::new(bench));
        let mut circuit = BenchCircuit(Rc::clone(&bench));
        let missed = Rc::<AtomicU64>::default();
        let mut host = Host { missed: Rc::clone(&missed), bench, commands, told };
        let machine = run(&mut circuit, Machine::new(Config::default(), 7), &mut inbox, &outbox, &missed);
        let story = async {
            tell(&mut host).await;
            let Host { bench, commands, mut told, .. } = host;
            drop(commands);
            // Whatever the story was, it ends with the coil cut, within one turn.
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
            let (pwm, plug_in) = (true, Some(PlugIn { boot: 7, number: 0 }));
            assert_eq!(
                host.heard(),
                [
                    MachineMessage::Enabled,
                    MachineMessage::Event(Event::Cable(CableRating::A32)),
                    MachineMessage::Event(Event::Pilot { state: PilotState::B, pwm: false, plug_in }),
                    MachineMessage::Event(Event::Pilot { state: PilotState::B, pwm, plug_in }),
                    MachineMessage::Event(Event::Pilot { state: PilotState::C, pwm, plug_in }),
                    MachineMessage::Event(Event::ContactorClosed),
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
        assert!(!told.iter().any(|told| matches!(told, MachineMessage::Failed(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn measurements_that_take_longer_than_the_period_hold_up_no_command() {
        let told = story(async |host| {
            // The longest there is, at 5 % duty.
            host.bench.borrow_mut().takes = Duration::from_millis(33);
            host.charge_within(Duration::from_millis(250)).await;
            let since = host.car(6_000);
            host.say(Command::AllowPower(Permission::Withdrawn)).await;
            sleep(Duration::from_millis(100)).await;
            let opened = host.written("coil off", since).expect("it opens");
            assert!(opened <= 40, "{opened} ms");
            // It opened under load, and rests.
            for _ in 0..6 {
                host.say(Command::AllowPower(Permission::Digital { limit: Milliamps::from_amps(32) })).await;
                sleep(Duration::from_secs(1)).await;
            }
            assert!(host.bench.borrow().coil);
            let since = host.car(9_000);
            sleep(Duration::from_millis(250)).await;
            let opened = host.written("coil off", since).expect("it opens");
            assert!(opened <= 100, "{opened} ms");
            host.charge_within(Duration::from_millis(250)).await;
        })
        .await;
        assert!(
            !told.iter().any(|told| matches!(told, MachineMessage::Failed(_))),
            "the host that is gone was noticed"
        );
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
            assert!((1_900..=2_050).contains(&opened), "{opened} ms");
            assert!(host.heard().contains(&MachineMessage::Event(Event::Fault(Fault::HostSilent))));
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_measurement_that_fails_ends_it_with_the_contactor_open() {
        let told = story(async |host| {
            host.charge().await;
            host.bench.borrow_mut().fails = u32::MAX;
            let since = host.car(6_000);
            sleep(Duration::from_millis(100)).await;
            assert!(host.written("coil off", since).is_some_and(|opened| opened <= 70));
        })
        .await;
        assert!(matches!(told.last(), Some(MachineMessage::Failed(error)) if error.device == "adc"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_board_that_cannot_measure_gives_its_host_no_answer_but_the_reason() {
        story(async |host| {
            host.bench.borrow_mut().fails = u32::MAX;
            host.say(Command::Enable).await;
            sleep(Duration::from_millis(100)).await;
            assert!(matches!(host.heard()[..], [MachineMessage::Failed(_)]));
        })
        .await;
        // One that fails only at the beginning is as good as any.
        story(async |host| {
            host.bench.borrow_mut().fails = 2;
            host.charge().await;
            assert_eq!(host.missed.load(Ordering::Relaxed), 2);
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn one_measurement_that_fails_is_counted_and_made_again() {
        let told = story(async |host| {
            host.charge().await;
            host.heard();
            for round in 1..=20 {
                host.bench.borrow_mut().fails = 1;
                sleep(Duration::from_millis(500)).await;
                host.say(Command::Heartbeat).await;
                assert_eq!(host.missed.load(Ordering::Relaxed), round);
            }
            assert!(host.bench.borrow().coil);
            assert_eq!(host.heard(), []);
            // And it costs no more time than there is.
            let since = host.car(9_000);
            host.bench.borrow_mut().fails = 3;
            sleep(Duration::from_millis(200)).await;
            let opened = host.written("coil off", since).expect("it opens");
            assert!(opened <= 100, "{opened} ms");
        })
        .await;
        assert!(!told.iter().any(|told| matches!(told, MachineMessage::Failed(_))));
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
