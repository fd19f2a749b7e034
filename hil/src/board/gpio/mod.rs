//! A board without a microcontroller: the safety machine runs here, on lines of a GPIO chip, a PWM and an ADC.
//!
//! ```text
//!   PowerBoard ─ commands ─> thread `board`: iec61851::Machine ─> contactor line, PWM
//!              <─ events ───                          <───────── mirror contact, ADC, RCD line
//! ```
//!
//! The machine has a thread of its own with a runtime of its own: what the charger does meanwhile, or does not, never holds
//! up the opening of the contactor. What may block in the kernel (ADC, PWM) runs on yet another thread; if that one gets
//! stuck, the contactor opens. A single measurement that fails is counted and made again.
//!
//! The line is driven low whenever the machine ends: by an error, a panic, or because the board is dropped. What no program
//! can promise is the level of a line after its process was killed: such a board needs a watchdog in front of its relay.

mod circuit;
mod lines;
mod machine;
mod settings;
mod sysfs;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hardware::{BoardInfo, ErrorKind, LinkError, PROTOCOL_VERSION, PowerBoard};
use iec61851::{Command, Event, Permission, PilotSignal};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use self::circuit::BoardCircuit;
use self::machine::MachineMessage;
use self::settings::Settings;
use crate::{Endpoint, EndpointError, Open};

/// The machine answers within one turn.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// Opening requests four lines and looks for two channels.
const OPEN_WITHIN: Duration = Duration::from_secs(5);

/// Commands on their way to the machine.
const MOST_COMMANDS: usize = 16;

/// Events on their way to the host. A host that leaves so many lying is not there.
const MOST_EVENTS: usize = 256;

/// The board whose safety machine runs in this process.
///
/// | option | meaning | default |
/// |---|---|---|
/// | target | the GPIO chip with all the lines | |
/// | `contactor=LINE` | the coil, an output; a `!` in front of any line: active low | required |
/// | `feedback=LINE` | active while the contactor is closed | none: the command counts as done |
/// | `rcd=LINE` | active while the residual current device has tripped | none |
/// | `rcd_test=LINE` | an output that makes it trip: tested once for each plug-in | none: never tested |
/// | `pwm=pwmchip0/pwm0` | drives the pilot's output stage: 100 % is +12 V, 0 % is -12 V | required |
/// | `cp_adc=iio:device0/voltage1` | measures CP; the device by its number or its name | required |
/// | `cp_offset`, `cp_span` | millivolts at raw 0, and between raw 0 and full scale | -11790, 25010 |
/// | `pp_adc=iio:device0/voltage2` | measures PP, against the same reference as its pull-up | or `tethered` |
/// | `pp_pullup` | ohms | 1000 |
/// | `adc_bits` | full scale of both | 12 |
/// | `tethered=AMPS` | a fixed cable of that rating | or `pp_adc` |
/// | `ventilated` | state D may be charged | no |
///
/// The ADC is read at any moment, so it must be fast enough to meet both halves of the 1 kHz pilot by chance: 5000 readings
/// a second. There is no ammeter: over-current is not watched here. State E cannot be driven and becomes F.
#[derive(Debug)]
pub struct GpioBoard {
    device: String,
    commands: mpsc::Sender<Command>,
    told: mpsc::Receiver<MachineMessage>,
    /// Measurements that failed, and were made again.
    missed: Arc<AtomicU64>,
    /// Taken when the board is dropped.
    machine: Option<JoinHandle<()>>,
}

impl GpioBoard {
    fn command(&self, command: Command) -> Result<(), LinkError> {
        self.commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => self.error(ErrorKind::TimedOut, "the safety machine does not take commands"),
            TrySendError::Closed(_) => self.error(ErrorKind::Disconnected, "the safety machine has ended"),
        })
    }

    async fn next(&mut self) -> Result<MachineMessage, LinkError> {
        match self.told.recv().await {
            Some(MachineMessage::Failed(error)) => Err(error),
            Some(told) => Ok(told),
            None => Err(self.error(ErrorKind::Disconnected, "the safety machine has ended")),
        }
    }

    fn error(&self, kind: ErrorKind, what: &str) -> LinkError {
        LinkError::new(kind, self.device.clone(), what)
    }
}

impl Open for GpioBoard {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        Settings::read(endpoint).map(drop)
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let settings = Settings::read(endpoint)?;
        let device = endpoint.to_string();
        let (commands, mut inbox) = mpsc::channel(MOST_COMMANDS);
        let (outbox, told) = mpsc::channel(MOST_EVENTS);
        let (opened, answer) = oneshot::channel();
        let missed = Arc::<AtomicU64>::default();
        let missing = Arc::clone(&missed);
        let refuse = |what: String| LinkError::new(ErrorKind::Refused, endpoint.to_string(), what);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| refuse(error.to_string()))?;
        let machine = thread::Builder::new()
            .name("board".into())
            .spawn(move || {
                runtime.block_on(async {
                    let mut circuit = match BoardCircuit::open(&settings).await {
                        Ok(circuit) => circuit,
                        Err(error) => return drop(opened.send(Err(error))),
                    };
                    if opened.send(Ok(())).is_ok() {
                        let machine = machine::start(settings.machine);
                        machine::run(&mut circuit, machine, &mut inbox, &outbox, &missing).await;
                    }
                });
            })
            .map_err(|error| refuse(error.to_string()))?;
        // Made before the first wait: whoever gives up waiting ends the thread by dropping it.
        let board = Self { device, commands, told, missed, machine: Some(machine) };
        match timeout(OPEN_WITHIN, answer).await {
            Ok(Ok(Ok(()))) => Ok(board),
            Ok(Ok(Err(error))) => Err(error),
            Ok(Err(_)) => Err(board.error(ErrorKind::Disconnected, "the safety machine has ended")),
            Err(_) => Err(board.error(ErrorKind::TimedOut, "it could not be opened in time")),
        }
    }
}

impl PowerBoard for GpioBoard {
    type Error = LinkError;

    async fn start(&mut self) -> Result<BoardInfo, LinkError> {
        self.command(Command::Enable)?;
        // What it said before it was enabled is not for this host.
        let enabled = timeout(ANSWER_WITHIN, async {
            while self.next().await? != MachineMessage::Enabled {}
            Ok::<_, LinkError>(())
        });
        match enabled.await {
            Ok(result) => result?,
            Err(_) => return Err(self.error(ErrorKind::TimedOut, "the safety machine does not answer")),
        }
        let firmware = concat!("plugfest-gpio ", env!("CARGO_PKG_VERSION")).into();
        Ok(BoardInfo { protocol: PROTOCOL_VERSION, firmware })
    }

    async fn set_pilot(&mut self, signal: PilotSignal) -> Result<(), LinkError> {
        self.command(Command::SetPilot(signal))
    }

    async fn allow_power(&mut self, permission: Permission) -> Result<(), LinkError> {
        self.command(Command::AllowPower(permission))
    }

    async fn heartbeat(&mut self) -> Result<(), LinkError> {
        self.command(Command::Heartbeat)
    }

    async fn next_event(&mut self) -> Result<Event, LinkError> {
        loop {
            match self.next().await? {
                MachineMessage::Event(event) => return Ok(event),
                MachineMessage::Enabled | MachineMessage::Failed(_) => {}
            }
        }
    }

    fn damaged(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}

impl Drop for GpioBoard {
    /// Waits until the contactor is open and the lines are free: one turn of the machine.
    fn drop(&mut self) {
        let (closed, _) = mpsc::channel(1);
        // The machine ends when nobody can command it any more.
        self.commands = closed;
        if let Some(machine) = self.machine.take() {
            // It has told its error, if it had one; a panic of it was reported by its thread.
            let _ = machine.join();
        }
    }
}
