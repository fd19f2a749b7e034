//! Causes: what breaks, and what is mended.

use std::str::FromStr;

use cucumber::{Parameter, given, when};
use hardware::LinkFault;
use station::{Message, Service};
use twin::{Action, ContactorFault, Device, LockFault, PilotFault};
use units::{Microamps, Millihertz, Millivolts};
use vehicle_model::{Action as Car, CarFault, Diode, Short};

use crate::parameters::{Percent, Residual, Resistance, Time, Voltage};
use crate::stage::Stage;

/// A cause, in words.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(
    name = "cause",
    regex = "the diode in the car is shorted|the diode in the car is mended|the diode in the car breaks|the control pilot is shorted to earth|the control pilot is shorted to earth behind the diode|the short to earth is gone|the pilot wire breaks|the protective earth breaks|the protective earth is mended|the proximity wire breaks|the contactor welds|the contactor does not close|the contactor falls open|the contactor is mended|the lock jams|the contact of the lock sticks|the lock is mended|the link to the power board is lost|the link to the power board is garbled|the power board hears nothing|the power board says nothing|the link to the power board is back|the meter is stuck|the lock cannot be reached"
)]
struct Cause(usize);

const CAUSES: [&str; 24] = [
    "the diode in the car is shorted",
    "the diode in the car is mended",
    "the diode in the car breaks",
    "the control pilot is shorted to earth",
    "the control pilot is shorted to earth behind the diode",
    "the short to earth is gone",
    "the pilot wire breaks",
    "the protective earth breaks",
    "the protective earth is mended",
    "the proximity wire breaks",
    "the contactor welds",
    "the contactor does not close",
    "the contactor falls open",
    "the contactor is mended",
    "the lock jams",
    "the contact of the lock sticks",
    "the lock is mended",
    "the link to the power board is lost",
    "the link to the power board is garbled",
    "the power board hears nothing",
    "the power board says nothing",
    "the link to the power board is back",
    "the meter is stuck",
    "the lock cannot be reached",
];

impl FromStr for Cause {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        CAUSES
            .iter()
            .position(|cause| *cause == text)
            .map(Self)
            .ok_or_else(|| format!("{text}: one of {}", CAUSES.join(", ")))
    }
}

impl Cause {
    fn action(self) -> Action {
        let broken = |fault| Action::Car(Car::Break(fault));
        let mended = |fault| Action::Car(Car::Mend(fault));
        let link = |device, fault| Action::Link(device, fault);
        match CAUSES[self.0] {
            "the diode in the car is shorted" => broken(CarFault::Diode(Diode::Shorted)),
            "the diode in the car is mended" => mended(CarFault::Diode(Diode::Good)),
            "the diode in the car breaks" => broken(CarFault::Diode(Diode::Open)),
            "the control pilot is shorted to earth" => broken(CarFault::PilotShort(Short::BeforeDiode)),
            "the control pilot is shorted to earth behind the diode" => broken(CarFault::PilotShort(Short::AfterDiode)),
            "the short to earth is gone" => mended(CarFault::PilotShort(Short::BeforeDiode)),
            "the pilot wire breaks" => broken(CarFault::PilotOpen),
            "the protective earth breaks" => broken(CarFault::PeOpen),
            "the protective earth is mended" => mended(CarFault::PeOpen),
            "the proximity wire breaks" => broken(CarFault::Proximity(None)),
            "the contactor welds" => Action::Contactor(ContactorFault::Welded),
            "the contactor does not close" => Action::Contactor(ContactorFault::DoesNotClose),
            "the contactor falls open" => Action::Contactor(ContactorFault::FallsOpen),
            "the contactor is mended" => Action::Contactor(ContactorFault::None),
            "the lock jams" => Action::Lock(LockFault::Jammed),
            "the contact of the lock sticks" => Action::Lock(LockFault::StuckContact),
            "the lock is mended" => Action::Lock(LockFault::None),
            "the link to the power board is lost" => link(Device::Board, LinkFault::Gone),
            "the link to the power board is garbled" => link(Device::Board, LinkFault::Garbled),
            "the power board hears nothing" => link(Device::Board, LinkFault::DeafDevice),
            "the power board says nothing" => link(Device::Board, LinkFault::MuteDevice),
            "the link to the power board is back" => link(Device::Board, LinkFault::None),
            "the meter is stuck" => link(Device::Meter, LinkFault::Stuck),
            _ => link(Device::Lock, LinkFault::Gone),
        }
    }
}

/// Something breaks or is mended; `plugfest steps` lists the parameter, an unknown cause lists them all.
#[when(expr = "{cause}")]
#[given(expr = "{cause}")]
fn cause_step(stage: &mut Stage, cause: Cause) {
    stage.act(cause.action());
}

/// A device that the charger reaches over a link.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(
    name = "device",
    regex = "the power board|the meter|the house meter|the lock|the token reader|the panel|the DC supply|the insulation monitor|the PLC modem"
)]
struct LinkedDevice(Device);

impl FromStr for LinkedDevice {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(match text {
            "the power board" => Device::Board,
            "the meter" => Device::Meter,
            "the house meter" => Device::HouseMeter,
            "the lock" => Device::Lock,
            "the token reader" => Device::Reader,
            "the panel" => Device::Panel,
            "the DC supply" => Device::Supply,
            "the insulation monitor" => Device::Insulation,
            "the PLC modem" => Device::Plc,
            other => return Err(format!("{other}: no such device")),
        }))
    }
}

/// It is gone: unplugged, its node or its link vanished.
#[when(expr = "{device} is lost")]
fn lost(stage: &mut Stage, device: LinkedDevice) {
    stage.act(Action::Link(device.0, LinkFault::Gone));
}

/// It is not there when the charger boots.
#[given(expr = "{device} is missing")]
fn missing(stage: &mut Stage, device: LinkedDevice) {
    stage.setup();
    stage.first.push(Action::Link(device.0, LinkFault::Gone));
}

/// It is there and in order (again).
#[when(expr = "{device} is back")]
fn back(stage: &mut Stage, device: LinkedDevice) {
    stage.act(Action::Link(device.0, LinkFault::None));
}

/// It hears, and no answer comes.
#[when(expr = "{device} falls silent")]
fn silent(stage: &mut Stage, device: LinkedDevice) {
    stage.act(Action::Link(device.0, LinkFault::MuteDevice));
}

/// An I2C chip without power.
#[when(expr = "{device} does not acknowledge")]
fn nack(stage: &mut Stage, device: LinkedDevice) {
    stage.act(Action::Link(device.0, LinkFault::Nack));
}

/// No transfer on its bus ends.
#[when(expr = "the bus of {device} hangs")]
fn stuck_bus(stage: &mut Stage, device: LinkedDevice) {
    stage.act(Action::Link(device.0, LinkFault::StuckBus));
}

/// What it says arrives with wrong checksums.
#[when(expr = "{device} answers with bad checksums")]
#[given(expr = "{device} answers with bad checksums")]
fn bad_checksums(stage: &mut Stage, device: LinkedDevice) {
    stage.act(Action::Link(device.0, LinkFault::BadChecksums));
}

/// Its answers end too early.
#[when(expr = "{device} breaks off its answers")]
fn short_reads(stage: &mut Stage, device: LinkedDevice) {
    stage.act(Action::Link(device.0, LinkFault::ShortReads));
}

/// Two of its answers arrive in one read.
#[when(expr = "{device} runs its answers together")]
fn merged_reads(stage: &mut Stage, device: LinkedDevice) {
    stage.act(Action::Link(device.0, LinkFault::MergedReads));
}

/// The words of its numbers come in another order than the charger was told.
#[when(expr = "{device} changes its word order")]
fn word_order(stage: &mut Stage, device: LinkedDevice) {
    stage.act(Action::Link(device.0, LinkFault::WrongWordOrder));
}

/// A residual direct current flows while power does.
#[when(expr = "a residual current of {residual} flows")]
fn residual(stage: &mut Stage, current: Residual) {
    stage.act(Action::Car(Car::Break(CarFault::ResidualCurrent(current.0))));
}

/// It grows step by step, from nothing to at most 30 mA; the last rise is what the next checks look at.
#[when(expr = "a residual current rises by {residual} every {duration} until the contactor opens")]
fn rising_residual(stage: &mut Stage, by: Residual, every: Time) {
    const MOST: i32 = 30_000;
    let mut current = Microamps::ZERO;
    loop {
        current += by.0;
        stage.act(Action::Car(Car::Break(CarFault::ResidualCurrent(current))));
        if stage.rig().wait(every.0, &mut |rig| rig.probe(twin::Signal::Contactor) == 0.0) {
            return;
        }
        stage.check(current.0 < MOST && by.0.0 > 0, || format!("the contactor is closed at {} uA", current.0));
    }
}

/// It is gone.
#[when(expr = "the residual current is gone")]
fn no_residual(stage: &mut Stage) {
    stage.act(Action::Car(Car::Mend(CarFault::ResidualCurrent(Microamps(0)))));
}

/// Up to so much either way, another value every 10 ms.
#[when(expr = "there is noise of {voltage} on the pilot")]
fn noise(stage: &mut Stage, voltage: Voltage) {
    stage.act(Action::Car(Car::Break(CarFault::PilotNoise(Millivolts((voltage.0 * 1000.0) as i32)))));
}

/// A worn mechanism, which moves a tenth of a second late.
#[when(expr = "the contactor is slow")]
#[given(expr = "the contactor is slow")]
fn slow_contactor(stage: &mut Stage) {
    stage.cause(Action::Contactor(ContactorFault::Slow));
}

/// Its nominal frequency is 1000 Hz.
#[when(expr = "the oscillator of the pilot runs {percent} fast")]
#[given(expr = "the oscillator of the pilot runs {percent} fast")]
fn fast_oscillator(stage: &mut Stage, by: Percent) {
    let frequency = Millihertz((1e6 * (1.0 + by.0 / 100.0)).round() as i32);
    stage.cause(Action::Pilot(PilotFault::Frequency(frequency)));
}

/// Nominal are 1000 ohm.
#[when(expr = "the source resistor of the pilot is {resistance}")]
#[given(expr = "the source resistor of the pilot is {resistance}")]
fn source_resistor(stage: &mut Stage, ohms: Resistance) {
    stage.cause(Action::Pilot(PilotFault::SourceResistance(ohms.0)));
}

/// On the charger's own side: a usual one has 1 nF.
#[when(expr = "the charger's side of the pilot has {float} nF")]
#[given(expr = "the charger's side of the pilot has {float} nF")]
fn capacitance(stage: &mut Stage, nanofarads: f64) {
    stage.cause(Action::Pilot(PilotFault::Capacitance((nanofarads * 1000.0).round() as i32)));
}

/// Nominal are 12 V.
#[when(expr = "the positive supply of the pilot is at {voltage}")]
#[given(expr = "the positive supply of the pilot is at {voltage}")]
fn positive_supply(stage: &mut Stage, volts: Voltage) {
    stage.cause(Action::Pilot(PilotFault::High(Millivolts((volts.0 * 1000.0).round() as i32))));
}

/// Nominal are -12 V.
#[when(expr = "the negative supply of the pilot is at {voltage}")]
#[given(expr = "the negative supply of the pilot is at {voltage}")]
fn negative_supply(stage: &mut Stage, volts: Voltage) {
    stage.cause(Action::Pilot(PilotFault::Low(Millivolts((volts.0 * 1000.0).round() as i32))));
}

/// From peak to peak.
#[when(expr = "there is a ripple of {voltage} on the pilot")]
#[given(expr = "there is a ripple of {voltage} on the pilot")]
fn ripple(stage: &mut Stage, volts: Voltage) {
    stage.cause(Action::Pilot(PilotFault::Ripple(Millivolts((volts.0 * 1000.0).round() as i32))));
}

/// Every part of it is as it should be again.
#[when(expr = "the output stage of the pilot is mended")]
fn mended_stage(stage: &mut Stage) {
    stage.cause(Action::Pilot(PilotFault::None));
}

/// A captured service (auth, energy, lock, meter, ocpp, panel) permits power on its own account.
#[when(expr = "the service {word} tries to permit power")]
fn rogue(stage: &mut Stage, name: String) {
    let Some(caller) = Service::ALL.into_iter().find(|service| service.name() == name) else {
        stage.fail(format!("{name}: no such service"))
    };
    stage.act(Action::Rogue { caller, message: Message::AllowPower(true) });
}
