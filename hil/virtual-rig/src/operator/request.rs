//! What the person at a bench is asked to do for each thing that can happen in a world.

use std::time::Duration;

use hardware::LinkFault;
use hil_rig::SafetyTable;
use station::BenchCommand;
use twin::{Action, ChargerPower, ContactorFault, DcLineAction, Device, LockFault};
use vehicle_model::{Action as Car, CarFault, DcAction, Diode, Draw, S2, Short};

/// Who does it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum By {
    /// Nobody: it is so already.
    Nobody,
    /// This program: the CSMS and the charger's process are its own.
    Us,
    /// A person, in these words.
    Person(String),
}

/// No person turns a switch on and off again within this time.
const BY_HAND: Duration = Duration::from_secs(2);

/// Who does that on a bench with these limits.
///
/// # Errors
/// Why nobody can, or may.
pub(super) fn request(action: &Action, safety: &SafetyTable) -> Result<By, String> {
    let person = |text: String| Ok(By::Person(text));
    let nobody = |why: &str| Err(format!("no bench can do that: {why}"));
    match action {
        Action::Badge(token) => person(format!("Hold the card {token} against the reader")),
        Action::Bench(command) => permitted(*command, safety).map(|()| By::Us),
        Action::BoardCommand(_) => nobody("the firmware of the board listens to the charger only"),
        Action::BoardFirmware(_) => nobody("the board has the firmware that it has"),
        Action::BoardReset => person("Press the reset key of the power board".into()),
        Action::Car(action) => car(action),
        Action::ChargerPower(ChargerPower::Lost { lasting: Some(_) }) => {
            nobody("no person switches the charger off for a time that is told beforehand")
        }
        Action::ChargerPower(ChargerPower::Lost { lasting: None }) => person("Switch the whole charger off".into()),
        Action::ChargerPower(ChargerPower::Back) => person("Switch the whole charger on again".into()),
        Action::Contactor(ContactorFault::None) | Action::Lock(LockFault::None) => {
            person("Undo what was done to contactor and lock".into())
        }
        Action::Contactor(fault) => nobody(&format!("{fault}: nothing of that kind is built in")),
        Action::Csms(_) | Action::CsmsPolicy(_) | Action::Host(_) => Ok(By::Us),
        Action::DcLines(DcLineAction::Leakage { plus: None, minus: None }) => {
            person("Take the resistors between the DC lines and earth away".into())
        }
        Action::DcLines(DcLineAction::Leakage { plus, minus }) => {
            let each = [("plus", *plus), ("minus", *minus)];
            let lines = each.into_iter().filter_map(|(line, ohms)| Some(format!("{} Ohm from DC {line}", ohms?.0)));
            person(format!("With the supply off, connect {} to earth", lines.collect::<Vec<_>>().join(" and ")))
        }
        Action::DcLines(DcLineAction::Load(Some(ohms))) => {
            person(format!("With the supply off, connect a load of {} Ohm to the DC lines", ohms.0))
        }
        Action::DcLines(DcLineAction::Load(None)) => person("Take the load at the DC lines away".into()),
        Action::Grid(_) => nobody("the grid and the house are as they are"),
        Action::Link(device, LinkFault::Gone) => person(format!("Pull the plug of {} at the charger", name(*device))),
        Action::Link(device, LinkFault::None) => person(format!("Put the plug of {} back", name(*device))),
        Action::Link(device, fault) => nobody(&format!("{} has no switch for this: {fault}", name(*device))),
        Action::Lock(LockFault::Jammed) => {
            person("Block the bolt of the lock, so that its motor cannot move it".into())
        }
        Action::Lock(LockFault::StuckContact) => nobody("the contact of the lock does not stick when it is told to"),
        Action::Meter(..) => nobody("a meter shows what it has measured"),
        Action::Pilot(_) => nobody("the output stage of the board is what it is"),
        Action::ResidualMonitor(_) => nobody("the monitor of residual current is what it is"),
        Action::Rogue { .. } => nobody("the charger's bus is in another process"),
        Action::Line(_) => nobody("the modems and the cable between them are real"),
        Action::Store(_) => nobody("the charger's disk is that of its computer"),
    }
}

fn car(action: &Car) -> Result<By, String> {
    let person = |text: &str| Ok(By::Person(text.into()));
    let nobody = |why: &str| Err(format!("no bench can do that: {why}"));
    match action {
        Car::Break(fault) => broken(fault).map(|what| By::Person(format!("Set the car simulator: {what}"))),
        Car::CableResistor(ohms) => Ok(By::Person(format!("Set the resistor of the cable at PP to {} Ohm", ohms.0))),
        Car::Dc(DcAction::Close) => person("Let the car close the contactors of its DC inlet"),
        Car::Dc(DcAction::Open) => person("Let the car open the contactors of its DC inlet"),
        Car::Dc(DcAction::DetectWelding) => person("Let the car look for welded contactors in its DC inlet"),
        Car::Dc(DcAction::Break(_) | DcAction::Mend(_)) => nobody("the contactors of the car are as they are"),
        Car::Draw(how) => Ok(By::Person(format!("Let the load draw {} on each line", amount(*how)))),
        Car::DrawOn(line, how) => Ok(By::Person(format!("Let the load draw {} on {line:?}", amount(*how)))),
        Car::HoldS2(Some(S2::Closed)) => person("Let the car ask for energy (state C)"),
        Car::HoldS2(Some(S2::Open)) => person("Let the car ask for no energy (state B)"),
        // The person holds the switch no longer than the scenario; where it stands then is how it was left.
        Car::HoldS2(None) => Ok(By::Nobody),
        Car::IgnorePilot(true) => nobody("no car ignores the pilot because it is told to"),
        Car::IgnorePilot(false) => person("Let the car do what the pilot says"),
        Car::Mend(fault) => {
            broken(fault).map(|what| By::Person(format!("Set the car simulator back to normal from: {what}")))
        }
        Car::Pause => person("Let the car pause the session, as an app or a timer of the car does"),
        Car::PlugIn(cable) => Ok(By::Person(match cable.proximity {
            Some(ohms) => format!("Push the plug in (a cable with {} Ohm on PP), and into the car's inlet", ohms.0),
            None => "Push the plug in (a cable without a resistor on PP), and into the car's inlet".into(),
        })),
        Car::PullFromCar => person("Pull the cable out of the car's inlet, and leave it in the socket"),
        Car::PushIntoCar => person("Push the cable, which is in the socket, into the car's inlet"),
        Car::PulseC(lasting) if *lasting < BY_HAND => nobody("no hand switches as fast as that"),
        Car::PulseC(lasting) => Ok(By::Person(format!("Let the car ask for energy for {lasting:?}, then no more"))),
        Car::Renegotiate => nobody("no car negotiates again because it is told to"),
        Car::RequestEnergy(true) => person("Let the car ask for energy (state C)"),
        Car::RequestEnergy(false) => person("Let the car ask for no energy (state B)"),
        Car::RequestVentilation(true) => person("Let the car ask for ventilation with its energy (state D)"),
        Car::RequestVentilation(false) => person("Let the car ask for no ventilation"),
        Car::RequestWithPlug(true) => {
            person("Set the car so that it asks for energy (state C) as soon as it is plugged in")
        }
        Car::RequestWithPlug(false) => person("Set the car so that it asks for energy only when it is offered some"),
        Car::SetSoc(_) | Car::SetTemperature(_) => nobody("the car's battery is as it is"),
        Car::SetTarget(soc) => Ok(By::Person(format!("Set the car to charge to {:.0} %", soc.percent()))),
        Car::WakeCharger => person("Let the car go on with the session that it paused"),
        Car::Unplug => person("Pull the plug out of the car's inlet, and out of the socket"),
    }
}

/// How much a load is to draw.
fn amount(how: Draw) -> String {
    match how {
        Draw::AsOffered => "what the charger offers, no more,".into(),
        Draw::AtMost(current) => format!("at most {:.1} A, and no more than the charger offers,", current.amps()),
        Draw::Fixed(current) => format!("{:.1} A", current.amps()),
    }
}

/// The setting of a car simulator.
fn broken(fault: &CarFault) -> Result<String, String> {
    Ok(match fault {
        CarFault::Diode(Diode::Good) => "the diode of the pilot is in order".into(),
        CarFault::Diode(Diode::Open) => "the diode of the pilot lets nothing through".into(),
        CarFault::Diode(Diode::Shorted) => "the diode of the pilot lets everything through".into(),
        CarFault::PeOpen => "the protective earth is interrupted".into(),
        CarFault::PilotNoise(_) => return Err("no bench can do that: nothing makes noise on the pilot".into()),
        CarFault::PilotOpen => "the pilot is interrupted".into(),
        CarFault::PilotShort(Short::AfterDiode) => "the pilot is shorted to earth behind the diode".into(),
        CarFault::PilotShort(Short::BeforeDiode) => "the pilot is shorted to earth before the diode".into(),
        CarFault::Proximity(Some(ohms)) => format!("{} Ohm on PP", ohms.0),
        CarFault::Proximity(None) => "PP is open".into(),
        CarFault::R2(ohms) => format!("the resistor for state B has {} Ohm", ohms.0),
        CarFault::R3(ohms) => format!("the resistor for state C has {} Ohm", ohms.0),
        CarFault::ResidualCurrent(current) => format!("a residual direct current of {} mA", current.0 / 1000),
    })
}

/// A bench command stays within what the rig file allows.
fn permitted(command: BenchCommand, safety: &SafetyTable) -> Result<(), String> {
    match command {
        BenchCommand::SetSupply(target)
            if target.voltage > safety.max_voltage() || target.current > safety.max_current() =>
        {
            Err(format!(
                "{:.0} V and {:.0} A are more than the rig may have: at most {} V and {} A",
                target.voltage.volts(),
                target.current.amps(),
                safety.max_v,
                safety.max_a
            ))
        }
        BenchCommand::SetSupply(_)
        | BenchCommand::SwitchSupply(_)
        | BenchCommand::MeasureInsulation(_)
        | BenchCommand::TestInsulation => Ok(()),
    }
}

/// As people call it.
const fn name(device: Device) -> &'static str {
    match device {
        Device::Board => "the power board",
        Device::HouseMeter => "the house meter",
        Device::Insulation => "the insulation monitor",
        Device::Lock => "the lock",
        Device::Meter => "the meter",
        Device::Panel => "the panel",
        Device::Plc => "the modem",
        Device::Reader => "the card reader",
        Device::Supply => "the DC supply",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hardware::SupplyTarget;
    use units::{Milliamps, Millivolts, Ohms};

    const SAFETY: SafetyTable = SafetyTable { max_v: 400, max_a: 20, energised: true, interlock: None };

    fn asked(action: &Action) -> String {
        match request(action, &SAFETY) {
            Ok(By::Nobody) => "nobody".into(),
            Ok(By::Us) => "us".into(),
            Ok(By::Person(text)) | Err(text) => text,
        }
    }

    #[test]
    fn a_person_is_told_what_to_do_in_words() {
        assert_eq!(asked(&Action::Car(Car::Unplug)), "Pull the plug out of the car's inlet, and out of the socket");
        assert_eq!(asked(&Action::Link(Device::Meter, LinkFault::Gone)), "Pull the plug of the meter at the charger");
        let leakage = DcLineAction::Leakage { plus: Some(Ohms(50_000)), minus: Some(Ohms(60_000)) };
        assert_eq!(
            asked(&Action::DcLines(leakage)),
            "With the supply off, connect 50000 Ohm from DC plus and 60000 Ohm from DC minus to earth"
        );
        assert_eq!(
            asked(&Action::Contactor(ContactorFault::Welded)),
            "no bench can do that: contacts that are welded: nothing of that kind is built in"
        );
        assert_eq!(
            asked(&Action::Link(Device::Meter, LinkFault::ShortReads)),
            "no bench can do that: the meter has no switch for this: answers end too early"
        );
        assert_eq!(
            asked(&Action::Car(Car::Break(CarFault::Diode(Diode::Shorted)))),
            "Set the car simulator: the diode of the pilot lets everything through"
        );
        assert!(asked(&Action::Car(Car::PulseC(Duration::from_millis(200)))).ends_with("as fast as that"));
    }

    #[test]
    fn a_supply_is_not_set_to_more_than_the_rig_may_have() {
        let set = |voltage, current| {
            Action::Bench(BenchCommand::SetSupply(SupplyTarget {
                voltage: Millivolts(voltage),
                current: Milliamps(current),
            }))
        };
        assert_eq!(asked(&set(400_000, 20_000)), "us");
        for (voltage, current) in [(400_001, 1_000), (10_000, 20_001)] {
            assert!(asked(&set(voltage, current)).ends_with("at most 400 V and 20 A"));
        }
    }
}
