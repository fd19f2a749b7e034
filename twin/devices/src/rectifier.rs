//! A rectifier module on a CAN bus, in the makers' protocols, in front of a [`DcCircuit`].

use std::collections::VecDeque;
use std::time::Duration;

use units::{Instant, Milliamps, Millivolts};
use wire::CanFrame;
use wire::rectifier::infypower::{self, Reply, Status};
use wire::rectifier::{uugreen, winline};

use crate::CanNode;
use crate::dc::DcCircuit;

/// What a module speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    /// InfyPower V1.13.
    InfyPower,
    /// UUGreenPower UR1000.
    UuGreen,
    /// Winline, Maxwell type.
    Winline,
}

/// What is wrong with a module.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RectifierFault {
    /// Nothing.
    #[default]
    None,
    /// It does what it is told and answers nothing.
    Mute,
    /// It hears nothing: as if its wires were cut.
    Deaf,
    /// It sends each 32-bit value with its halves exchanged.
    WrongWordOrder,
    /// It is too hot: it switches off, says so, and stays off.
    OverTemperature,
    /// It refuses every setting.
    Refuses,
}

/// A module that hears nothing for this long switches itself off.
const SILENCE: Duration = Duration::from_millis(infypower::SILENCE_MS);
/// Frames that wait for the bus; a bus that takes none loses the oldest.
const OUTBOX: usize = 64;

/// A rectifier module.
#[derive(Clone, Debug)]
pub struct Rectifier {
    protocol: Protocol,
    module: u8,
    circuit: DcCircuit,
    fault: RectifierFault,
    /// What it was told to hold: the circuit's rectifier gets it cut to the range.
    voltage: Millivolts,
    current: Milliamps,
    range: uugreen::Range,
    keeps_while_off: bool,
    heard: Instant,
    silent: bool,
    outbox: VecDeque<CanFrame>,
}

impl Rectifier {
    /// A module that answers at this address.
    #[must_use]
    pub const fn new(protocol: Protocol, module: u8, circuit: DcCircuit) -> Self {
        Self {
            protocol,
            module,
            circuit,
            fault: RectifierFault::None,
            voltage: Millivolts::ZERO,
            current: Milliamps::ZERO,
            range: uugreen::Range::Low,
            keeps_while_off: true,
            heard: Instant::ZERO,
            silent: false,
            outbox: VecDeque::new(),
        }
    }

    /// The circuit at its output.
    #[must_use]
    pub const fn circuit(&self) -> &DcCircuit {
        &self.circuit
    }

    /// Breaks it so from now on; [`RectifierFault::None`] mends it.
    pub fn set_fault(&mut self, now: Instant, fault: RectifierFault) {
        self.catch_up(now);
        self.fault = fault;
        if fault == RectifierFault::OverTemperature {
            self.circuit.switch(now, false);
        }
    }

    /// Some firmware forgets what it is told to hold while it is off; so does this module from now on.
    pub const fn forgets_while_off(&mut self) {
        self.keeps_while_off = false;
    }

    /// What time alone brings: the silence that switches it off.
    fn catch_up(&mut self, now: Instant) {
        let due = self.heard + SILENCE;
        if !self.silent && now >= due {
            self.silent = true;
            self.circuit.switch(due, false);
        }
        self.circuit.step(now);
    }

    fn set_voltage(&mut self, now: Instant, volts: f64) -> bool {
        let rating = self.circuit.rating();
        let allowed = rating.min_voltage.volts()..=rating.max_voltage.volts();
        let valid = allowed.contains(&volts) && self.fault != RectifierFault::Refuses;
        if valid && self.takes_settings(now) {
            self.voltage = Millivolts((volts * 1000.0).round() as i32);
            self.apply(now);
        }
        valid
    }

    fn set_current(&mut self, now: Instant, amps: f64) -> bool {
        let valid =
            (0.0..=self.circuit.rating().max_current.amps()).contains(&amps) && self.fault != RectifierFault::Refuses;
        if valid && self.takes_settings(now) {
            self.current = Milliamps((amps * 1000.0).round() as i32);
            self.apply(now);
        }
        valid
    }

    fn takes_settings(&self, now: Instant) -> bool {
        self.keeps_while_off || self.circuit.measure(now).on
    }

    fn apply(&self, now: Instant) {
        let ceiling = match (self.protocol, self.range) {
            (Protocol::UuGreen, uugreen::Range::Low) => Millivolts::from_volts(uugreen::LOW_RANGE_VOLTS),
            _ => self.circuit.rating().max_voltage,
        };
        self.circuit.set_target(now, self.voltage.min(ceiling), self.current);
    }

    fn switch(&mut self, now: Instant, on: bool) -> bool {
        let hot = self.fault == RectifierFault::OverTemperature;
        if self.fault != RectifierFault::Refuses {
            self.circuit.switch(now, on && !hot);
        }
        self.fault != RectifierFault::Refuses
    }

    /// A value of 32 bits as this module sends it.
    const fn sent(&self, value: u32) -> u32 {
        match self.fault {
            RectifierFault::WrongWordOrder => value.rotate_left(16),
            _ => value,
        }
    }

    fn send(&mut self, frame: CanFrame) {
        if self.fault == RectifierFault::Mute {
            return;
        }
        if self.outbox.len() == OUTBOX {
            self.outbox.pop_front();
        }
        self.outbox.push_back(frame);
    }

    fn infypower(&mut self, now: Instant, command: infypower::Command) -> CanFrame {
        use infypower::Command;
        let seen = self.circuit.measure(now);
        let rating = self.circuit.rating();
        let done = match command {
            Command::Set { millivolts, milliamps } => {
                self.set_voltage(now, f64::from(millivolts) / 1e3) && self.set_current(now, f64::from(milliamps) / 1e3)
            }
            Command::Switch { on } => self.switch(now, on),
            _ => true,
        };
        if !done {
            return command.refuse(self.module, 2);
        }
        let reply = match command {
            Command::ReadCount => Reply::Count(1),
            Command::ReadOutput => Reply::Output {
                volts: f32::from_bits(self.sent((seen.voltage.volts() as f32).to_bits())),
                amps: f32::from_bits(self.sent((seen.current.amps() as f32).to_bits())),
            },
            Command::ReadStatus => Reply::Status(Status(
                if seen.on { 0 } else { Status::OFF }
                    | if self.silent { Status::SILENCE } else { 0 }
                    | match self.fault {
                        RectifierFault::OverTemperature => Status::OVER_TEMPERATURE | Status::PROTECTION,
                        _ => 0,
                    },
            )),
            Command::ReadCapabilities => Reply::Capabilities {
                max_volts: (rating.max_voltage.0 / 1000) as u16,
                min_volts: (rating.min_voltage.0 / 1000) as u16,
                max_deciamps: (rating.max_current.0 / 100) as u16,
                power_10w: (rating.max_power.0 / 10) as u16,
            },
            Command::ReadBarcode => Reply::Barcode(*b"PLUGFEST"),
            Command::ReadAfterDiode => Reply::AfterDiode {
                decivolts: (seen.voltage.0 / 100) as u16,
                deciamps: (rating.max_current.0 / 100) as u16,
            },
            Command::Switch { .. } => Reply::Switched,
            Command::Set { .. } => Reply::Set,
        };
        reply.encode(self.module)
    }

    fn uugreen(&mut self, now: Instant, command: uugreen::Command) -> Option<CanFrame> {
        use uugreen::{Command, Range, Register};
        let seen = self.circuit.measure(now);
        let value = match command {
            Command::Read(Register::Voltage) => self.sent(seen.voltage.0 as u32),
            Command::Read(Register::Current) => self.sent(seen.current.0 as u32),
            Command::Read(Register::SetVoltage) => self.voltage.0 as u32,
            Command::Read(Register::SetCurrent) => self.current.0 as u32,
            Command::Read(Register::Off) => u32::from(!seen.on),
            Command::Read(Register::Status) => 0,
            Command::Read(Register::SetRange | Register::Range) => self.range.value(),
            Command::Read(Register::CurrentCapability) => self.circuit.rating().max_current.0 as u32,
            Command::Set(register, value) => {
                let done = match register {
                    Register::SetVoltage => self.set_voltage(now, f64::from(value) / 1e3),
                    Register::SetCurrent => self.set_current(now, f64::from(value) / 1e3),
                    Register::Off => self.switch(now, value == 0),
                    // The ranges are exchanged by relays that must not carry current.
                    Register::SetRange if !seen.on => {
                        self.range = if value == Range::High.value() { Range::High } else { Range::Low };
                        self.apply(now);
                        true
                    }
                    _ => false,
                };
                // This protocol has no word for no.
                return done.then(|| command.answer(self.module, value));
            }
        };
        Some(command.answer(self.module, value))
    }

    fn winline(&mut self, now: Instant, command: winline::Command) -> CanFrame {
        use winline::{Command, Register, Status};
        let seen = self.circuit.measure(now);
        let float = |value: f64| (value as f32).to_bits();
        let value = match command {
            Command::Read(Register::Voltage) => Some(self.sent(float(seen.voltage.volts()))),
            Command::Read(Register::Current) => Some(self.sent(float(seen.current.amps()))),
            Command::Read(Register::RatedCurrent) => Some(float(self.circuit.rating().max_current.amps())),
            Command::Read(Register::Status) => Some(
                if seen.on { 0 } else { Status::OFF }
                    | if self.silent { Status::SILENCE } else { 0 }
                    | match self.fault {
                        RectifierFault::OverTemperature => Status::OVER_TEMPERATURE | Status::PROTECTION,
                        _ => 0,
                    },
            ),
            Command::Set(Register::SetVoltage, bits) => {
                self.set_voltage(now, f64::from(f32::from_bits(bits))).then_some(bits)
            }
            Command::Set(Register::SetCurrent, value) => {
                self.set_current(now, f64::from(value) / 1024.0).then_some(value)
            }
            Command::Set(Register::Off, value) => self.switch(now, value == 0).then_some(value),
            Command::Read(Register::SetCurrent | Register::SetVoltage | Register::Off) | Command::Set(..) => None,
        };
        match value {
            Some(value) => command.answer(self.module, value),
            None => command.refuse(self.module, 0xf2),
        }
    }
}

impl CanNode for Rectifier {
    fn receive(&mut self, now: Instant, frame: CanFrame) {
        self.catch_up(now);
        if self.fault == RectifierFault::Deaf {
            return;
        }
        let for_me = |module: u8, everybody: &[u8]| module == self.module || everybody.contains(&module);
        let answer = match self.protocol {
            Protocol::InfyPower => match infypower::Command::decode(&frame) {
                Some((module, command)) if for_me(module, &[0x3f]) => {
                    self.hear(now);
                    Some(self.infypower(now, command))
                }
                _ => None,
            },
            Protocol::UuGreen => match uugreen::Command::decode(&frame) {
                Some((module, command)) if for_me(module, &[0]) => {
                    self.hear(now);
                    self.uugreen(now, command)
                }
                _ => None,
            },
            Protocol::Winline => match winline::Command::decode(&frame) {
                Some((module, command)) if for_me(module, &[0xfe, 0xff]) => {
                    self.hear(now);
                    Some(self.winline(now, command))
                }
                _ => None,
            },
        };
        if let Some(frame) = answer {
            self.send(frame);
        }
    }

    fn transmit(&mut self, now: Instant) -> Option<CanFrame> {
        self.catch_up(now);
        self.outbox.pop_front()
    }

    fn next_change(&self) -> Option<Instant> {
        (!self.silent).then(|| self.heard + SILENCE)
    }
}

impl Rectifier {
    fn hear(&mut self, now: Instant) {
        self.heard = now;
        self.silent = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dc::Rating;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    fn frame(id: u32, data: &[u8]) -> CanFrame {
        CanFrame::new(id, data).expect("a frame")
    }

    fn ask(module: &mut Rectifier, now: Instant, request: CanFrame) -> Option<CanFrame> {
        module.receive(now, request);
        module.transmit(now)
    }

    #[test]
    fn an_infypower_module_is_set_switched_on_and_read() {
        let mut module = Rectifier::new(Protocol::InfyPower, 0, DcCircuit::new(Rating::default()));
        let set = frame(0x029c_00f0, &[0, 0x06, 0x1a, 0x80, 0, 0x01, 0x86, 0xa0]);
        assert_eq!(ask(&mut module, at(0), set), Some(frame(0x029c_f000, &[0; 8])));
        assert_eq!(ask(&mut module, at(0), frame(0x029a_00f0, &[0; 8])), Some(frame(0x029a_f000, &[0; 8])));
        let read = frame(0x0283_00f0, &[0; 8]);
        assert_eq!(
            ask(&mut module, at(6000), read),
            Some(frame(0x0283_f000, &[0x43, 0xc8, 0, 0, 0, 0, 0, 0])),
            "400 V"
        );
        let high = frame(0x029c_00f0, &[0, 0x10, 0xc8, 0xe0, 0, 0, 0, 0]);
        assert_eq!(ask(&mut module, at(6000), high), Some(frame(0x0a9c_f000, &[0; 8])), "1100 V: error 2");
    }

    #[test]
    fn ten_seconds_without_a_word_switch_it_off_at_that_instant() {
        let mut module = Rectifier::new(Protocol::InfyPower, 0, DcCircuit::new(Rating::default()));
        let circuit = module.circuit().clone();
        circuit.set_target(at(0), Millivolts::from_volts(500), Milliamps::from_amps(1));
        let _ = ask(&mut module, at(1000), infypower::Command::Switch { on: true }.encode(0));
        assert_eq!(module.next_change(), Some(at(11_000)));
        assert_eq!(module.transmit(at(10_999)), None);
        assert!(circuit.measure(at(10_999)).on);
        assert_eq!(module.transmit(at(11_400)), None);
        let off = circuit.measure(at(11_400));
        assert!(!off.on && off.voltage == Millivolts(67_668), "two time constants later: {off:?}");
        let status = ask(&mut module, at(12_000), infypower::Command::ReadStatus.encode(0));
        assert_eq!(status, Some(frame(0x0284_f000, &[0, 0, 0, 0, 0, 0, 0x01, 0])), "it heard us again, and stays off");
    }

    #[test]
    fn faults_show_as_they_do_on_a_bus() {
        let mut module = Rectifier::new(Protocol::InfyPower, 0, DcCircuit::new(Rating::default()));
        let read = infypower::Command::ReadOutput.encode(0);
        module.circuit().set_target(at(0), Millivolts::from_volts(400), Milliamps::from_amps(1));
        let _ = ask(&mut module, at(0), infypower::Command::Switch { on: true }.encode(0));
        module.set_fault(at(5000), RectifierFault::WrongWordOrder);
        assert_eq!(ask(&mut module, at(5000), read), Some(frame(0x0283_f000, &[0, 0, 0x43, 0xc8, 0, 0, 0, 0])));
        module.set_fault(at(5000), RectifierFault::Mute);
        assert_eq!(ask(&mut module, at(5000), read), None);
        module.set_fault(at(5000), RectifierFault::OverTemperature);
        let status = ask(&mut module, at(5000), infypower::Command::ReadStatus.encode(0));
        assert_eq!(status, Some(frame(0x0284_f000, &[0, 0, 0, 0, 0, 0, 0x15, 0])));
        let _ = ask(&mut module, at(5000), infypower::Command::Switch { on: true }.encode(0));
        assert!(!module.circuit().measure(at(5000)).on, "it stays off");
    }

    #[test]
    fn uugreen_changes_its_range_only_while_it_is_off() {
        use uugreen::{Command, Range, Register};
        let mut module = Rectifier::new(Protocol::UuGreen, 1, DcCircuit::new(Rating::default()));
        let set = |register, value| Command::Set(register, value).encode(1);
        assert!(ask(&mut module, at(0), set(Register::SetVoltage, 800_000)).is_some());
        assert!(ask(&mut module, at(0), set(Register::SetCurrent, 10_000)).is_some());
        assert!(ask(&mut module, at(0), set(Register::Off, 0)).is_some());
        let read = |module: &mut Rectifier, now| {
            let read = Command::Read(Register::Voltage);
            read.reply(1, &ask(module, now, read.encode(1)).expect("an answer"))
                .expect("for us")
                .expect("a value")
                .value
        };
        assert_eq!(read(&mut module, at(5000)), 500_000, "the low range ends there");
        let high = set(Register::SetRange, Range::High.value());
        assert_eq!(ask(&mut module, at(5000), high), None, "not while it is on");
        assert!(ask(&mut module, at(5000), set(Register::Off, 1)).is_some());
        assert!(ask(&mut module, at(7000), high).is_some());
        assert!(ask(&mut module, at(9000), set(Register::Off, 0)).is_some());
        assert_eq!(read(&mut module, at(14_000)), 800_000);
    }

    #[test]
    fn winline_takes_floats_and_refuses_with_a_code() {
        use winline::{Command, OFF, Register};
        let mut module = Rectifier::new(Protocol::Winline, 1, DcCircuit::new(Rating::default()));
        let mut tell = |command: Command| {
            command.reply(1, &ask(&mut module, at(0), command.encode(1)).expect("an answer")).expect("for us")
        };
        assert!(tell(Command::Set(Register::SetVoltage, 400f32.to_bits())).is_ok());
        assert!(tell(Command::Set(Register::SetCurrent, 10 * 1024)).is_ok());
        assert!(tell(Command::Set(Register::Off, 0)).is_ok());
        assert_eq!(tell(Command::Read(Register::Status)), Ok(0));
        assert!(tell(Command::Set(Register::Off, OFF)).is_ok());
        assert_eq!(tell(Command::Read(Register::Status)), Ok(winline::Status::OFF));
        let nonsense = tell(Command::Set(Register::SetVoltage, f32::NAN.to_bits()));
        assert_eq!(nonsense, Err(wire::rectifier::BadReply::Refused(0xf2)));
    }
}
