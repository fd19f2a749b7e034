//! Causes: what breaks, and what is mended.

use cucumber::{given, when};
use hardware::LinkFault;
use station::{PowerCall, Service};
use twin::{Action, ContactorFault, Device, LockFault, MonitorFault, PilotFault};
use units::{Microamps, Millihertz, Millivolts, Phase};
use vehicle_model::{Action as Car, CarFault, Diode, Short};

use crate::parameters::{Capacitance, Line, Percent, Residual, Resistance, ServiceName, Time, Voltage, table};
use crate::stage::Stage;

/// What happens in a world.
type Act = fn() -> Action;

/// Every cause, and what it is.
const CAUSES: [(&str, Act); 31] = [
    ("the diode in the car is shorted", || broken(CarFault::Diode(Diode::Shorted))),
    ("the diode in the car breaks", || broken(CarFault::Diode(Diode::Open))),
    ("the diode in the car is mended", || mended(CarFault::Diode(Diode::Good))),
    ("the control pilot is shorted to earth", || broken(CarFault::PilotShort(Short::BeforeDiode))),
    ("the control pilot is shorted to earth behind the diode", || broken(CarFault::PilotShort(Short::AfterDiode))),
    ("the short to earth is gone", || mended(CarFault::PilotShort(Short::BeforeDiode))),
    ("the pilot wire breaks", || broken(CarFault::PilotOpen)),
    ("the pilot wire is mended", || mended(CarFault::PilotOpen)),
    ("the protective earth breaks", || broken(CarFault::PeOpen)),
    ("the protective earth is mended", || mended(CarFault::PeOpen)),
    ("the proximity wire breaks", || broken(CarFault::Proximity(None))),
    ("the proximity wire is mended", || mended(CarFault::Proximity(None))),
    ("the contactor welds", || Action::Contactor(ContactorFault::Welded)),
    ("one pole of the contactor welds", || Action::Contactor(ContactorFault::PoleWelded(Phase::L1))),
    ("the contactor does not close", || Action::Contactor(ContactorFault::DoesNotClose)),
    ("the contactor falls open", || Action::Contactor(ContactorFault::FallsOpen)),
    ("the contactor is mended", || Action::Contactor(ContactorFault::None)),
    ("the residual current monitor fails its self-test", || Action::ResidualMonitor(MonitorFault::Blind)),
    ("the residual current monitor shows a current that is none", || Action::ResidualMonitor(MonitorFault::Stuck)),
    ("the residual current monitor is mended", || Action::ResidualMonitor(MonitorFault::None)),
    ("the lock jams", || Action::Lock(LockFault::Jammed)),
    ("the contact of the lock sticks", || Action::Lock(LockFault::StuckContact)),
    ("the lock is mended", || Action::Lock(LockFault::None)),
    ("the lock cannot be reached", || Action::Link(Device::Lock, LinkFault::Gone)),
    ("the link to the power board is lost", || Action::Link(Device::Board, LinkFault::Gone)),
    ("the link to the power board is garbled", || Action::Link(Device::Board, LinkFault::Garbled)),
    ("the power board hears nothing", || Action::Link(Device::Board, LinkFault::DeafDevice)),
    ("the power board says nothing", || Action::Link(Device::Board, LinkFault::MuteDevice)),
    ("the link to the power board is back", || Action::Link(Device::Board, LinkFault::None)),
    ("the meter is stuck", || Action::Link(Device::Meter, LinkFault::Stuck)),
    ("the house meter is stuck", || Action::Link(Device::HouseMeter, LinkFault::Stuck)),
];

const fn broken(fault: CarFault) -> Action {
    Action::Car(Car::Break(fault))
}

const fn mended(fault: CarFault) -> Action {
    Action::Car(Car::Mend(fault))
}

table!(
    /// A cause.
    Cause(Act), "cause", "cause", CAUSES
);

/// Something breaks or is mended.
#[when(expr = "{cause}")]
#[given(expr = "{cause}")]
fn cause_step(stage: &mut Stage, cause: Cause) {
    stage.act((cause.is)());
}

/// The contact of that line does not open any more. Contacts that weld one after the other are all welded. Direct current goes over
/// that of L1 (plus) and that of L2 (minus). A mechanism that is slow, falls open or does not close is one of these at a time: the last
/// one counts. `one pole of the contactor welds` is that of L1.
#[when(expr = "the pole of {line} in the contactor welds")]
fn pole_welds(stage: &mut Stage, line: Line) {
    stage.act(Action::Contactor(ContactorFault::PoleWelded(line.0)));
}

/// Every device that the charger reaches over a link.
const DEVICES: [(&str, Device); 9] = [
    ("the power board", Device::Board),
    ("the meter", Device::Meter),
    ("the house meter", Device::HouseMeter),
    ("the lock", Device::Lock),
    ("the token reader", Device::Reader),
    ("the panel", Device::Panel),
    ("the DC supply", Device::Supply),
    ("the insulation monitor", Device::Insulation),
    ("the PLC modem", Device::Plc),
];

table!(
    /// A device that the charger reaches over a link.
    LinkedDevice(Device), "device", "device on a link", DEVICES
);

fn link(stage: &mut Stage, device: &LinkedDevice, fault: LinkFault) {
    stage.has(device.is);
    stage.act(Action::Link(device.is, fault));
}

/// It is gone: unplugged, its node or its link vanished.
#[when(expr = "{device} is lost")]
fn lost(stage: &mut Stage, device: LinkedDevice) {
    link(stage, &device, LinkFault::Gone);
}

/// It is not there when the charger boots.
#[given(expr = "{device} is missing")]
fn missing(stage: &mut Stage, device: LinkedDevice) {
    stage.setup();
    stage.has(device.is);
    stage.at_first(Action::Link(device.is, LinkFault::Gone));
}

/// It is there and in order (again).
#[when(expr = "{device} is back")]
fn back(stage: &mut Stage, device: LinkedDevice) {
    link(stage, &device, LinkFault::None);
}

/// It hears, and no answer comes.
#[when(expr = "{device} falls silent")]
fn silent(stage: &mut Stage, device: LinkedDevice) {
    link(stage, &device, LinkFault::MuteDevice);
}

/// An I2C chip without power.
#[when(expr = "{device} does not acknowledge")]
fn nack(stage: &mut Stage, device: LinkedDevice) {
    link(stage, &device, LinkFault::Nack);
}

/// No transfer on its bus ends.
#[when(expr = "the bus of {device} hangs")]
fn stuck_bus(stage: &mut Stage, device: LinkedDevice) {
    link(stage, &device, LinkFault::StuckBus);
}

/// What it says arrives with wrong checksums.
#[when(expr = "{device} answers with bad checksums")]
#[given(expr = "{device} answers with bad checksums")]
fn bad_checksums(stage: &mut Stage, device: LinkedDevice) {
    link(stage, &device, LinkFault::BadChecksums);
}

/// Its answers end too early.
#[when(expr = "{device} breaks off its answers")]
fn short_reads(stage: &mut Stage, device: LinkedDevice) {
    link(stage, &device, LinkFault::ShortReads);
}

/// Two of its answers arrive in one read.
#[when(expr = "{device} runs its answers together")]
fn merged_reads(stage: &mut Stage, device: LinkedDevice) {
    link(stage, &device, LinkFault::MergedReads);
}

/// The words of its numbers come in another order than the charger was told.
#[when(expr = "{device} changes its word order")]
fn word_order(stage: &mut Stage, device: LinkedDevice) {
    link(stage, &device, LinkFault::WrongWordOrder);
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
        if stage.wait(every.0, |rig| rig.probe(twin::Signal::Contactor) == 0.0) {
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
    on_the_pilot(stage, voltage);
    stage.act(Action::Car(Car::Break(CarFault::PilotNoise(Millivolts((voltage.0 * 1000.0) as i32)))));
}

/// Ends the scenario when so much cannot be on a pilot, which goes from -12 to 12 V.
fn on_the_pilot(stage: &Stage, volts: Voltage) {
    if !(0.0..=12.0).contains(&volts.0) {
        stage.misstated(format!("{} V: expected from 0 to 12 V", volts.0));
    }
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
#[when(expr = "the charger's side of the pilot has {capacitance}")]
#[given(expr = "the charger's side of the pilot has {capacitance}")]
fn capacitance(stage: &mut Stage, picofarads: Capacitance) {
    stage.cause(Action::Pilot(PilotFault::Capacitance(picofarads.0)));
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
    on_the_pilot(stage, volts);
    stage.cause(Action::Pilot(PilotFault::Ripple(Millivolts((volts.0 * 1000.0).round() as i32))));
}

/// Every part of it is as it should be again.
#[when(expr = "the output stage of the pilot is mended")]
fn mended_stage(stage: &mut Stage) {
    stage.cause(Action::Pilot(PilotFault::None));
}

/// A captured service permits power on its own account.
#[when(expr = "the service {service} tries to permit power")]
fn rogue(stage: &mut Stage, name: ServiceName) {
    let Some(caller) = Service::ALL.into_iter().find(|service| service.name() == name.0) else {
        stage.misstated(format!("there is no service {}", name.0))
    };
    stage.act(Action::Rogue { caller, call: PowerCall::Allow(iec61851::Permission::Offered) });
}
