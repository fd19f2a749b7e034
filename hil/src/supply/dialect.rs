//! The makers' protocols, as one module speaks them.

use std::time::Duration;

use hardware::{ErrorKind, LinkError, SupplyCapabilities, SupplyTarget};
use units::{Milliamps, Millivolts, Watts};
use wire::CanFrame;
use wire::rectifier::infypower::{self, Reply};
use wire::rectifier::{BadReply, uugreen, winline};

use super::CanBus;
use super::line::Line;

/// Which protocol, and which module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Dialect {
    /// `infypower`
    InfyPower { module: u8 },
    /// `uugreen`
    UuGreen { module: u8, range: RangeChoice },
    /// `winline`
    Winline { module: u8 },
}

/// Which range of a module that has two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum RangeChoice {
    /// The low one for as long as the voltage lies in it.
    Auto,
    /// Always this one.
    Fixed(uugreen::Range),
}

/// What a module says of itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct ModuleState {
    /// `None` where its protocol has no word for it.
    pub(super) on: Option<bool>,
    /// Why it does not deliver.
    pub(super) trouble: Option<&'static str>,
}

/// Relays of the ranges need this long.
const RANGE_PAUSE: Duration = Duration::from_millis(uugreen::RANGE_PAUSE_MS);
/// What no rectifier has: beyond it the words of a value are in the wrong order, or it is none.
const IMPOSSIBLE_VOLTS: f64 = 2000.0;
const IMPOSSIBLE_AMPS: f64 = 1000.0;
/// A float of exchanged halves is usually this small.
const LEAST: f64 = 1e-6;

impl Dialect {
    /// What the module can do, within `limits`; the limits where its protocol does not tell.
    pub(super) async fn capabilities<B: CanBus>(
        self,
        line: &mut Line<B>,
        limits: SupplyCapabilities,
    ) -> Result<SupplyCapabilities, LinkError> {
        let within = |told: SupplyCapabilities| SupplyCapabilities {
            min_voltage: told.min_voltage.max(limits.min_voltage),
            max_voltage: told.max_voltage.min(limits.max_voltage),
            max_current: told.max_current.min(limits.max_current),
            max_power: told.max_power.min(limits.max_power),
        };
        let can = match self {
            Self::InfyPower { module } => match infy(line, module, infypower::Command::ReadCapabilities).await? {
                Reply::Capabilities { max_volts, min_volts, max_deciamps, power_10w } => within(SupplyCapabilities {
                    min_voltage: Millivolts::from_volts(min_volts.into()),
                    max_voltage: Millivolts::from_volts(max_volts.into()),
                    max_current: Milliamps(i32::from(max_deciamps) * 100),
                    max_power: Watts(i32::from(power_10w) * 10),
                }),
                _ => return Err(another_answer(line)),
            },
            Self::UuGreen { .. } => limits,
            Self::Winline { module } => {
                let amps = float(winline(line, module, winline::Command::Read(winline::Register::RatedCurrent)).await?);
                if !(0.1..=IMPOSSIBLE_AMPS).contains(&amps) {
                    return Err(implausible(line, "rated current", amps, "A"));
                }
                within(SupplyCapabilities { max_current: Milliamps(milli(amps)), ..limits })
            }
        };
        if can.max_voltage < can.min_voltage || can.max_current <= Milliamps::ZERO {
            let (volts, amps) = (Millivolts::volts, can.max_current.amps());
            let (least, most) = (volts(can.min_voltage), volts(can.max_voltage));
            let what = format!("says of itself what cannot be: from {least} to {most} V, at most {amps} A");
            return Err(line.error(ErrorKind::Garbled, what));
        }
        Ok(can)
    }

    /// The range a voltage needs, where there are ranges.
    pub(super) fn range_for(self, voltage: Millivolts) -> Option<uugreen::Range> {
        match self {
            Self::InfyPower { .. } | Self::Winline { .. } => None,
            Self::UuGreen { range: RangeChoice::Fixed(range), .. } => Some(range),
            Self::UuGreen { range: RangeChoice::Auto, .. } => {
                let low = voltage <= Millivolts::from_volts(uugreen::LOW_RANGE_VOLTS);
                Some(if low { uugreen::Range::Low } else { uugreen::Range::High })
            }
        }
    }

    /// Takes a range; the module must be off, and is left off.
    pub(super) async fn take_range<B: CanBus>(
        self,
        line: &mut Line<B>,
        range: uugreen::Range,
    ) -> Result<(), LinkError> {
        if let Self::UuGreen { module, .. } = self {
            tokio::time::sleep(RANGE_PAUSE).await;
            uu(line, module, uugreen::Command::Set(uugreen::Register::SetRange, range.value())).await?;
            tokio::time::sleep(RANGE_PAUSE).await;
        }
        Ok(())
    }

    /// Tells it what to hold.
    pub(super) async fn set<B: CanBus>(self, line: &mut Line<B>, target: SupplyTarget) -> Result<(), LinkError> {
        let (millivolts, milliamps) = (whole(target.voltage.0), whole(target.current.0));
        match self {
            Self::InfyPower { module } => {
                let set = infypower::Command::Set { millivolts, milliamps };
                infy_tell(line, module, "set", set).await
            }
            Self::UuGreen { module, .. } => {
                // Less current before more voltage: whatever comes between the two is the smaller of both.
                uu(line, module, uugreen::Command::Set(uugreen::Register::SetCurrent, milliamps)).await?;
                uu(line, module, uugreen::Command::Set(uugreen::Register::SetVoltage, millivolts)).await.map(drop)
            }
            Self::Winline { module } => {
                let current = (u64::from(milliamps) * 1024 / 1000) as u32;
                let volts = (target.voltage.volts() as f32).to_bits();
                winline(line, module, winline::Command::Set(winline::Register::SetCurrent, current)).await?;
                winline(line, module, winline::Command::Set(winline::Register::SetVoltage, volts)).await.map(drop)
            }
        }
    }

    /// Switches it.
    pub(super) async fn switch<B: CanBus>(self, line: &mut Line<B>, on: bool) -> Result<(), LinkError> {
        match self {
            Self::InfyPower { module } => infy_tell(line, module, "switch", infypower::Command::Switch { on }).await,
            Self::UuGreen { module, .. } => {
                uu(line, module, uugreen::Command::Set(uugreen::Register::Off, u32::from(!on))).await.map(drop)
            }
            Self::Winline { module } => {
                let value = if on { 0 } else { winline::OFF };
                winline(line, module, winline::Command::Set(winline::Register::Off, value)).await.map(drop)
            }
        }
    }

    /// Voltage and current at its output.
    pub(super) async fn output<B: CanBus>(self, line: &mut Line<B>) -> Result<(Millivolts, Milliamps), LinkError> {
        let (volts, amps) = match self {
            Self::InfyPower { module } => match infy(line, module, infypower::Command::ReadOutput).await? {
                Reply::Output { volts, amps } => (f64::from(volts), f64::from(amps)),
                _ => return Err(another_answer(line)),
            },
            Self::UuGreen { module, .. } => {
                let volts = uu(line, module, uugreen::Command::Read(uugreen::Register::Voltage)).await?;
                let amps = uu(line, module, uugreen::Command::Read(uugreen::Register::Current)).await?;
                // Signed: a bidirectional module takes current.
                (f64::from(volts as i32) / 1e3, f64::from(amps as i32) / 1e3)
            }
            Self::Winline { module } => {
                let volts = winline(line, module, winline::Command::Read(winline::Register::Voltage)).await?;
                let amps = winline(line, module, winline::Command::Read(winline::Register::Current)).await?;
                (float(volts), float(amps))
            }
        };
        let possible = |value: f64, most: f64| value == 0.0 || (LEAST..=most).contains(&value.abs());
        if !possible(volts, IMPOSSIBLE_VOLTS) || volts < -IMPOSSIBLE_VOLTS / 10.0 {
            return Err(implausible(line, "voltage", volts, "V"));
        }
        if !possible(amps, IMPOSSIBLE_AMPS) {
            return Err(implausible(line, "current", amps, "A"));
        }
        Ok((Millivolts(milli(volts)), Milliamps(milli(amps))))
    }

    /// What it says of itself.
    pub(super) async fn state<B: CanBus>(self, line: &mut Line<B>) -> Result<ModuleState, LinkError> {
        match self {
            Self::InfyPower { module } => match infy(line, module, infypower::Command::ReadStatus).await? {
                Reply::Status(status) => Ok(infy_state(status)),
                _ => Err(another_answer(line)),
            },
            Self::UuGreen { .. } => Ok(ModuleState { on: None, trouble: None }),
            Self::Winline { module } => {
                let bits = winline(line, module, winline::Command::Read(winline::Register::Status)).await?;
                Ok(winline_state(winline::Status(bits)))
            }
        }
    }
}

fn infy_state(status: infypower::Status) -> ModuleState {
    use infypower::Status;
    let troubles = [
        (Status::OVER_TEMPERATURE, "it is too hot"),
        (Status::SHORT, "its output is shorted"),
        (Status::OVER_VOLTAGE, "its output voltage is too high"),
        (Status::PHASE_LOST, "a phase of its supply is missing"),
        (Status::INPUT_LOW, "the voltage of its supply is too low"),
        (Status::INPUT_HIGH, "the voltage of its supply is too high"),
        (Status::FAN, "its fan does not turn"),
        (Status::FAULT, "it is broken"),
        (Status::PROTECTION, "it protects itself"),
    ];
    let trouble = troubles.iter().find(|(bit, _)| status.has(*bit)).map(|(_, what)| *what);
    ModuleState { on: Some(!status.has(Status::OFF)), trouble }
}

fn winline_state(status: winline::Status) -> ModuleState {
    use winline::Status;
    let troubles = [
        (Status::OVER_TEMPERATURE, "it is too hot"),
        (Status::SHORT, "its output is shorted"),
        (Status::OVER_VOLTAGE, "its output voltage is too high"),
        (Status::FAULT, "it is broken"),
        (Status::PROTECTION, "it protects itself"),
    ];
    let trouble = troubles.iter().find(|(bit, _)| status.has(*bit)).map(|(_, what)| *what);
    ModuleState { on: Some(!status.has(Status::OFF)), trouble }
}

async fn infy<B: CanBus>(line: &mut Line<B>, module: u8, command: infypower::Command) -> Result<Reply, LinkError> {
    line.ask(name_of_infy(command), &[command.encode(module)], |frame| command.reply(module, frame)).await
}

/// A command that some firmware acknowledges and some does not: what follows it must be answered, and a refusal that comes
/// first counts.
async fn infy_tell<B: CanBus>(
    line: &mut Line<B>,
    module: u8,
    what: &str,
    command: infypower::Command,
) -> Result<(), LinkError> {
    let status = infypower::Command::ReadStatus;
    let frames = [command.encode(module), status.encode(module)];
    line.ask(what, &frames, |frame| match command.reply(module, frame) {
        Some(Err(bad)) => Some(Err(bad)),
        Some(Ok(_)) => None,
        None => status.reply(module, frame).map(|reply| reply.map(drop)),
    })
    .await
}

const fn name_of_infy(command: infypower::Command) -> &'static str {
    match command {
        infypower::Command::ReadCapabilities => "read what it can do",
        infypower::Command::ReadStatus => "read status",
        _ => "read output",
    }
}

async fn uu<B: CanBus>(line: &mut Line<B>, module: u8, command: uugreen::Command) -> Result<u32, LinkError> {
    let what = match command {
        uugreen::Command::Read(register) => format!("read register {}", register.number()),
        uugreen::Command::Set(register, _) => format!("set register {}", register.number()),
    };
    let pick = |frame: &CanFrame| -> Option<Result<u32, BadReply>> {
        command.reply(module, frame).map(|reply| reply.map(|reply| reply.value))
    };
    line.ask(&what, &[command.encode(module)], pick).await
}

async fn winline<B: CanBus>(line: &mut Line<B>, module: u8, command: winline::Command) -> Result<u32, LinkError> {
    let what = match command {
        winline::Command::Read(register) => format!("read register {}", register.number()),
        winline::Command::Set(register, _) => format!("set register {}", register.number()),
    };
    line.ask(&what, &[command.encode(module)], |frame| command.reply(module, frame)).await
}

fn another_answer<B: CanBus>(line: &Line<B>) -> LinkError {
    line.error(ErrorKind::Garbled, "the answer is of another kind than the question")
}

fn implausible<B: CanBus>(line: &Line<B>, what: &str, value: f64, unit: &str) -> LinkError {
    let advice = "is this the right protocol, and are its words in the right order?";
    line.error(ErrorKind::Garbled, format!("{what} of {value:.3e} {unit}: {advice}"))
}

fn float(bits: u32) -> f64 {
    f64::from(f32::from_bits(bits))
}

/// Thousandths; the caller has looked at the range.
fn milli(value: f64) -> i32 {
    (value * 1000.0).round() as i32
}

/// A setting on the wire; the caller has refused what is negative.
fn whole(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}
