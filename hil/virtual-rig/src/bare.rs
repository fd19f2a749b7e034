//! A power board without firmware on wires of the guest: an ADC and a PWM chip on an I2C bus of their own, whose drivers are the
//! kernel's own, and named lines of a GPIO chip. The safety machine runs in the charger.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use devices::bare_board::{BareBoard, CONTACTOR, MIRROR, RESIDUAL, RESIDUAL_TEST};
use devices::{I2cChip, ad7991, pca9685};
use hardware::LinkFault;
use hil_vhost::{Clock, GpioBank, GpioHandle, I2cBus};
use tokio::sync::Notify;
use twin::Terminals;

use crate::gate::{Gate, Gated, Passes};
use crate::guest::GuestBuilder;

/// The chips as the guest's first process is told of them: bus, driver and address.
const CHIPS: &str = "i2c-1/ad7991@0x28 i2c-1/pca9685@0x40";

/// How often the sense lines follow the world.
const LOOK: Duration = Duration::from_millis(5);

/// The board's lines, and the way to its chips.
#[derive(Debug)]
pub(crate) struct BareWires {
    board: BareBoard,
    lines: GpioBank,
    bus: I2cBus,
    /// In front of the two chips.
    gate: Gate,
    moved: Arc<Notify>,
}

impl BareWires {
    /// Makes the lines and the bus.
    pub(crate) fn start(board: BareBoard, folder: &Path, now: Clock) -> io::Result<Self> {
        let (gate, moved) = (Gate::default(), Arc::<Notify>::default());
        let wake = Arc::clone(&moved);
        let (adc, pwm) = (board.adc(), board.pwm(move || wake.notify_one()));
        let chips: BTreeMap<u16, Box<dyn I2cChip>> = BTreeMap::from([
            (ad7991::ADDRESS, Box::new(Gated(adc, gate.clone())) as Box<dyn I2cChip>),
            (pca9685::ADDRESS, Box::new(Gated(pwm, gate.clone()))),
        ]);
        let lines =
            GpioBank::start(&folder.join("gpio.sock"), &[CONTACTOR, MIRROR, RESIDUAL, RESIDUAL_TEST], Arc::clone(&now));
        let bus = I2cBus::start(&folder.join("board.sock"), chips, now).map_err(io::Error::other)?;
        Ok(Self { board, lines: lines.map_err(io::Error::other)?, bus, gate, moved })
    }

    /// Gives them to the guest: after its first bus, whose number they follow.
    pub(crate) fn put_into(&self, guest: GuestBuilder) -> GuestBuilder {
        guest.device(self.lines.socket(), 41).device(self.bus.socket(), 34).environment("PF_CHIPS", CHIPS)
    }

    /// The way to the chips breaks, or is mended.
    pub(crate) fn set_fault(&self, fault: LinkFault) {
        self.gate.set(match fault {
            LinkFault::None => Passes::All,
            LinkFault::StuckBus => Passes::Nothing,
            _ => Passes::Nack,
        });
    }

    /// Carries what the guest drives to the world, and what the world shows to the guest's lines; never ends.
    pub(crate) fn carry(&self, terminals: Terminals) -> impl Future<Output = io::Result<()>> + use<> {
        let (board, handle, moved) = (self.board.clone(), self.lines.handle(), Arc::clone(&self.moved));
        async move {
            let mut changes = handle.changes();
            let mut looks = tokio::time::interval(LOOK);
            looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            let mut shown = None;
            loop {
                tokio::select! {
                    biased;
                    // Lost changes do no harm: what counts is the level.
                    _ = changes.recv() => terminals.mark(),
                    () = moved.notified() => terminals.mark(),
                    _ = looks.tick() => {}
                }
                board.set_coil(handle.level(CONTACTOR) == Some(true));
                board.set_residual_test(handle.level(RESIDUAL_TEST) == Some(true));
                show(&board, &handle, &mut shown);
            }
        }
    }
}

/// Sets the sense lines, where they changed.
fn show(board: &BareBoard, lines: &GpioHandle, shown: &mut Option<(bool, bool)>) {
    let sensed = board.sensed();
    let trip = iec61851::Config::default().residual.trip;
    let now = (sensed.contactor_closed == Some(true), sensed.residual >= trip);
    if shown.replace(now) != Some(now) {
        lines.set(MIRROR, now.0);
        lines.set(RESIDUAL, now.1);
    }
}
