//! Causes: what breaks, and what is mended.

use std::str::FromStr;

use cucumber::{Parameter, given, when};
use hardware::LinkFault;
use station::{Message, Service};
use twin::{Action, ContactorFault, Device, LockFault};
use units::{Microamps, Millivolts};
use vehicle_model::{Action as Car, CarFault, Diode, Short};

use crate::parameters::{Residual, Voltage};
use crate::stage::Stage;

/// A cause, in words.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(
    name = "cause",
    regex = "the diode in the car is shorted|the diode in the car is mended|the diode in the car breaks|the control pilot is shorted to earth|the control pilot is shorted to earth behind the diode|the short to earth is gone|the pilot wire breaks|the protective earth breaks|the protective earth is mended|the proximity wire breaks|the contactor welds|the contactor does not close|the contactor falls open|the contactor is mended|the lock jams|the contact of the lock sticks|the lock is mended|the link to the power board is lost|the link to the power board is garbled|the power board hears nothing|the power board says nothing|the link to the power board is back|the meter is lost|the meter is stuck|the meter is back|the house meter is lost|the house meter is back|the token reader is lost|the lock cannot be reached|the panel is lost"
)]
struct Cause(usize);

const CAUSES: [&str; 30] = [
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
    "the meter is lost",
    "the meter is stuck",
    "the meter is back",
    "the house meter is lost",
    "the house meter is back",
    "the token reader is lost",
    "the lock cannot be reached",
    "the panel is lost",
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
            "the meter is lost" => link(Device::Meter, LinkFault::Gone),
            "the meter is stuck" => link(Device::Meter, LinkFault::Stuck),
            "the meter is back" => link(Device::Meter, LinkFault::None),
            "the house meter is lost" => link(Device::HouseMeter, LinkFault::Gone),
            "the house meter is back" => link(Device::HouseMeter, LinkFault::None),
            "the token reader is lost" => link(Device::Reader, LinkFault::Gone),
            "the lock cannot be reached" => link(Device::Lock, LinkFault::Gone),
            _ => link(Device::Panel, LinkFault::Gone),
        }
    }
}

/// Something breaks or is mended; `plugfest steps` lists the parameter, an unknown cause lists them all.
#[when(expr = "{cause}")]
#[given(expr = "{cause}")]
fn cause_step(stage: &mut Stage, cause: Cause) {
    stage.act(cause.action());
}

/// A residual direct current flows while power does.
#[when(expr = "a residual current of {residual} flows")]
fn residual(stage: &mut Stage, current: Residual) {
    stage.act(Action::Car(Car::Break(CarFault::ResidualCurrent(current.0))));
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

/// A captured service (auth, energy, lock, meter, ocpp, panel) permits power on its own account.
#[when(expr = "the service {word} tries to permit power")]
fn rogue(stage: &mut Stage, name: String) {
    let Some(caller) = Service::ALL.into_iter().find(|service| service.name() == name) else {
        stage.fail(format!("{name}: no such service"))
    };
    stage.act(Action::Rogue { caller, message: Message::AllowPower(true) });
}
