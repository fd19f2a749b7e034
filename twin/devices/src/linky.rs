//! The French house meter: frames one after the other, on a serial line at its baud rate ([`LinkySerial`]) or one a datagram
//! from a gateway ([`LinkyUdp`]).

use std::time::Duration;

use hardware::MeterReading;
use units::{Instant, PhaseCount};
use wire::tic::{Frame, Group, Horodate, Mode, Season};

use crate::{ByteDevice, MessageDevice};

/// What is wrong with the meter or its line.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LinkyFault {
    /// Nothing.
    #[default]
    None,
    /// Every checksum is wrong.
    BadChecksums,
    /// Each frame breaks off in its middle, and the next one begins.
    Truncated,
    /// It sends nothing.
    Silent,
    /// Some bytes arrive as others: a loose wire, the wrong baud rate.
    Noise,
}

/// What the meter measures and how it says it.
#[derive(Clone, Debug)]
pub struct Linky {
    mode: Mode,
    phases: PhaseCount,
    reading: MeterReading,
    fault: LinkyFault,
    /// kVA.
    contract: u32,
    frames: u32,
    noise: u32,
}

/// Nobody's meter.
const ADDRESS: &str = "041000000000";
/// Status register: clock, output and power-line link as they are at a meter at rest.
const STATUS: u32 = 0x003a_0001;
const OVER_POWER: u32 = 1 << 7;
const PRODUCER_FEEDING_IN: u32 = 0b11 << 8;

impl Linky {
    /// A meter at a house of one or three phases, with a contract of 9 kVA.
    #[must_use]
    pub fn new(mode: Mode, phases: PhaseCount) -> Self {
        Self {
            mode,
            phases,
            reading: MeterReading::default(),
            fault: LinkyFault::None,
            contract: 9,
            frames: 0,
            noise: 1,
        }
    }

    /// What it measures from the next frame on.
    pub fn set_reading(&mut self, reading: MeterReading) {
        self.reading = reading;
    }

    /// The contract, in kVA.
    pub fn set_contract(&mut self, kilovolt_amperes: u32) {
        self.contract = kilovolt_amperes;
    }

    /// Breaks it so from the next frame on; [`LinkyFault::None`] mends it.
    pub fn set_fault(&mut self, fault: LinkyFault) {
        self.fault = fault;
    }

    /// The frame that begins now.
    #[must_use]
    pub fn frame(&self, now: Instant) -> Frame {
        match self.mode {
            Mode::Historic => self.historic(),
            Mode::Standard => self.standard(now),
        }
    }

    /// The bytes of the frame that begins now, with what is wrong with them.
    fn bytes(&mut self, now: Instant) -> Vec<u8> {
        self.frames = self.frames.wrapping_add(1);
        let mut bytes = self.frame(now).encode(self.mode);
        match self.fault {
            LinkyFault::None => {}
            LinkyFault::Silent => bytes.clear(),
            LinkyFault::Truncated => bytes.truncate(bytes.len() / 2),
            LinkyFault::BadChecksums => {
                for at in 1..bytes.len() {
                    if bytes[at] == b'\r' {
                        // Another character of those that checksums are made of.
                        bytes[at - 1] = (bytes[at - 1] - 0x20 + 1) % 0x40 + 0x20;
                    }
                }
            }
            LinkyFault::Noise => {
                for byte in &mut bytes {
                    self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    if self.noise >> 27 == 0 {
                        *byte = (self.noise >> 8) as u8;
                    }
                }
            }
        }
        bytes
    }

    fn lines(&self) -> usize {
        match self.phases {
            PhaseCount::One => 1,
            PhaseCount::Two | PhaseCount::Three => 3,
        }
    }

    /// Line by line: whole amperes, and apparent power into the house.
    fn line(&self, line: usize) -> (u32, i64) {
        let amps = self.reading.current.0[line].abs().amps();
        let apparent = (amps * self.reading.voltage.0[line].volts()).round() as i64;
        let out = self.reading.power.0[line].0 < 0;
        (amps.round() as u32, if out { -apparent } else { apparent })
    }

    fn apparent(&self) -> i64 {
        (0..self.lines()).map(|line| self.line(line).1).sum()
    }

    /// Amperes of the contract on each line.
    fn subscribed(&self) -> u32 {
        self.contract * 5 / self.lines() as u32
    }

    fn historic(&self) -> Frame {
        let energy = |wh: f64| format!("{:09}", wh.max(0.0) as u64 % 1_000_000_000);
        let over = |line: usize| self.line(line).0 > self.subscribed();
        let amps = |line: usize| format!("{:03}", self.line(line).0.min(999));
        let three = self.lines() == 3;
        // Over its contract a three-phase meter sends short frames, again and again, and long ones in between.
        if three && (0..3).any(over) && self.frames % 2 == 1 {
            let mut groups: Vec<_> =
                (0..3).filter(|line| over(*line)).map(|line| group("ADIR", line + 1, amps(line))).collect();
            groups.push(Group::new("ADCO", ADDRESS));
            groups.extend((0..3).map(|line| group("IINST", line + 1, amps(line))));
            return Frame::new(groups);
        }
        let mut groups = vec![
            Group::new("ADCO", ADDRESS),
            Group::new("OPTARIF", "BASE"),
            Group::new("ISOUSC", format!("{:02}", self.subscribed())),
            Group::new("BASE", energy(self.reading.import.watt_hours())),
            Group::new("PTEC", "TH.."),
        ];
        if three {
            groups.extend((0..3).map(|line| group("IINST", line + 1, amps(line))));
            groups.extend((0..3).map(|line| group("IMAX", line + 1, "060".into())));
            groups.push(Group::new("PMAX", "12000"));
        } else {
            groups.push(Group::new("IINST", amps(0)));
            if over(0) {
                groups.push(Group::new("ADPS", amps(0)));
            }
            groups.push(Group::new("IMAX", "090"));
        }
        // Tens of VA, and nothing at all of what flows out.
        groups.push(Group::new("PAPP", format!("{:05}", (self.apparent().max(0) + 5) / 10 * 10)));
        groups.push(Group::new("HHPHC", "A"));
        groups.push(Group::new("MOTDETAT", "000000"));
        if three {
            groups.push(Group::new("PPOT", "00"));
        }
        Frame::new(groups)
    }

    fn standard(&self, now: Instant) -> Frame {
        let seconds = now.elapsed().as_secs();
        let date = Horodate {
            season: Season::Winter,
            degraded: false,
            year: 26,
            month: 1,
            // A month of 28 days, again and again.
            day: (seconds / 86_400 % 28) as u8 + 1,
            hour: (seconds / 3600 % 24) as u8,
            minute: (seconds / 60 % 60) as u8,
            second: (seconds % 60) as u8,
        };
        let energy = |wh: f64| format!("{:09}", wh.max(0.0) as u64 % 1_000_000_000);
        let (import, export) = (energy(self.reading.import.watt_hours()), energy(self.reading.export.watt_hours()));
        let three = self.lines() == 3;
        let apparent = self.apparent();
        let mut groups = vec![
            Group::new("ADSC", ADDRESS),
            Group::new("VTIC", "02"),
            Group::at("DATE", date, ""),
            Group::new("NGTF", "      BASE      "),
            Group::new("LTARF", "      BASE      "),
            Group::new("EAST", import.clone()),
            Group::new("EASF01", import),
            Group::new("EAIT", export),
        ];
        let lines = 0..self.lines();
        groups.extend(lines.clone().map(|line| group("IRMS", line + 1, format!("{:03}", self.line(line).0.min(999)))));
        groups.extend(lines.clone().map(|line| {
            group("URMS", line + 1, format!("{:03}", self.reading.voltage.0[line].volts().round().clamp(0.0, 999.0)))
        }));
        groups.push(Group::new("PREF", format!("{:02}", self.contract)));
        groups.push(Group::new("PCOUP", format!("{:02}", self.contract)));
        groups.push(Group::new("SINSTS", format!("{:05}", apparent.clamp(0, 99_999))));
        if three {
            groups.extend(
                lines.map(|line| group("SINSTS", line + 1, format!("{:05}", self.line(line).1.clamp(0, 99_999)))),
            );
        }
        groups.push(Group::at("SMAXSN", date, format!("{:05}", apparent.clamp(0, 99_999))));
        groups.push(Group::new("SINSTI", format!("{:05}", (-apparent).clamp(0, 99_999))));
        let mut status = STATUS;
        if apparent > i64::from(self.contract) * 1000 {
            status |= OVER_POWER;
        }
        if apparent < 0 {
            status |= PRODUCER_FEEDING_IN;
        }
        groups.push(Group::new("STGE", format!("{status:08X}")));
        groups.push(Group::new("MSG1", "PAS DE          MESSAGE         "));
        groups.push(Group::new("PRM", "00000000000000"));
        groups.push(Group::new("RELAIS", "000"));
        groups.push(Group::new("NTARF", "01"));
        groups.push(Group::new("NJOURF", "00"));
        groups.push(Group::new("NJOURF+1", "00"));
        groups.push(Group::new("PJOURF+1", format!("00008001{}", " NONUTILE".repeat(10))));
        Frame::new(groups)
    }
}

fn group(label: &str, line: usize, value: String) -> Group {
    Group::new(&format!("{label}{line}"), value)
}

/// The rest between two frames: 16.7 to 33.4 ms.
const GAP: Duration = Duration::from_millis(20);
/// Bytes are handed over in lumps, as a USB adapter does it.
const LUMP: Duration = Duration::from_millis(16);
/// Whoever did not fetch bytes for this long has lost them: a line has no memory.
const MEMORY: Duration = Duration::from_secs(3);
/// Seven bits, start, parity, stop.
const BITS: u64 = 10;

/// A meter on a serial line: its bytes come as fast as 1200 or 9600 baud let them.
#[derive(Clone, Debug)]
pub struct LinkySerial {
    meter: Linky,
    baud: u64,
    /// When the frame on the wire began.
    began: Option<Instant>,
    frame: Vec<u8>,
    sent: usize,
    asked: Instant,
}

impl LinkySerial {
    /// The meter's line.
    #[must_use]
    pub fn new(meter: Linky) -> Self {
        let baud = u64::from(meter.mode.baud());
        Self { meter, baud, began: None, frame: Vec::new(), sent: 0, asked: Instant::ZERO }
    }

    /// The meter, for whoever moves what it measures.
    pub const fn meter_mut(&mut self) -> &mut Linky {
        &mut self.meter
    }

    /// The time on the wire of that many bytes.
    fn time(&self, bytes: usize) -> Duration {
        Duration::from_micros((bytes as u64 * BITS * 1_000_000).div_ceil(self.baud))
    }

    fn begin(&mut self, now: Instant) {
        self.frame = self.meter.bytes(now);
        self.began = Some(now);
        self.sent = 0;
    }
}

impl ByteDevice for LinkySerial {
    /// Nobody talks to the meter on this line.
    fn receive(&mut self, _now: Instant, _bytes: &[u8]) {}

    fn transmit(&mut self, now: Instant) -> Vec<u8> {
        let lost = now.since(self.asked) > MEMORY;
        self.asked = now;
        let mut out = Vec::new();
        let mut began = match self.began {
            Some(began) if !lost => began,
            _ => {
                self.begin(now);
                return out;
            }
        };
        loop {
            let on_wire = (now.since(began).as_micros() as u64 * self.baud / (BITS * 1_000_000)) as usize;
            let to = on_wire.min(self.frame.len());
            out.extend_from_slice(self.frame.get(self.sent..to).unwrap_or_default());
            self.sent = self.sent.max(to);
            // A silent meter takes the time of a short frame for nothing.
            let next = began + self.time(self.frame.len().max(8)) + GAP;
            if self.sent < self.frame.len() || next > now {
                return out;
            }
            self.begin(next);
            began = next;
        }
    }

    fn next_change(&self) -> Option<Instant> {
        let Some(began) = self.began else { return Some(Instant::ZERO) };
        let due = if self.sent < self.frame.len() {
            began + self.time(self.sent + 1)
        } else {
            began + self.time(self.frame.len().max(8)) + GAP
        };
        Some(due.max(self.asked + LUMP))
    }
}

/// A gateway that sends each frame as a datagram of its own.
#[derive(Clone, Debug)]
pub struct LinkyUdp {
    meter: Linky,
    next: Instant,
}

impl LinkyUdp {
    /// The gateway at this meter.
    #[must_use]
    pub const fn new(meter: Linky) -> Self {
        Self { meter, next: Instant::ZERO }
    }

    /// The meter, for whoever moves what it measures.
    pub const fn meter_mut(&mut self) -> &mut Linky {
        &mut self.meter
    }
}

impl MessageDevice for LinkyUdp {
    /// Nobody talks to the gateway.
    fn receive(&mut self, _now: Instant, _message: &[u8]) {}

    fn transmit(&mut self, now: Instant) -> Option<Vec<u8>> {
        if now < self.next {
            return None;
        }
        self.next = now
            + match self.meter.mode {
                Mode::Historic => Duration::from_secs(2),
                Mode::Standard => Duration::from_secs(1),
            };
        Some(self.meter.bytes(now)).filter(|bytes| !bytes.is_empty())
    }

    fn next_change(&self) -> Option<Instant> {
        Some(self.next)
    }
}

#[cfg(test)]
mod tests {
    use units::{Milliamps, Millivolts, MilliwattHours, PerPhase, Watts};
    use wire::tic::{Counters, FrameReader, TicReading, VoltAmperes};

    use super::*;

    fn reading(amps: [i32; 3]) -> MeterReading {
        MeterReading {
            current: PerPhase(amps.map(Milliamps::from_amps)),
            voltage: PerPhase::all(Millivolts::from_volts(230)),
            power: PerPhase(amps.map(|amps| Watts(amps * 230))),
            import: MilliwattHours::from_watt_hours(1_234_567),
            export: MilliwattHours::from_watt_hours(4_321),
            ..MeterReading::default()
        }
    }

    fn meter(mode: Mode, phases: PhaseCount, amps: [i32; 3]) -> Linky {
        let mut meter = Linky::new(mode, phases);
        meter.set_reading(reading(amps));
        meter
    }

    /// Listens to the line until then, as often as the device wants.
    fn listen(line: &mut LinkySerial, mode: Mode, until: Instant) -> (Vec<(Instant, Frame)>, Counters) {
        let mut reader = FrameReader::new(mode);
        let mut frames = Vec::new();
        let mut now = line.next_change().expect("it talks");
        while now <= until {
            for byte in line.transmit(now) {
                frames.extend(reader.push(byte).map(|frame| (now, frame)));
            }
            let next = line.next_change().expect("it talks");
            assert!(next > now, "time goes on");
            now = next;
        }
        (frames, reader.counters())
    }

    #[test]
    fn a_line_carries_no_more_than_its_baud_rate() {
        for mode in [Mode::Historic, Mode::Standard] {
            let mut line = LinkySerial::new(meter(mode, PhaseCount::Three, [10, 5, 1]));
            let (frames, counters) = listen(&mut line, mode, Instant::from_millis(20_000));
            let most = u64::from(mode.baud()) / 10 * 20;
            assert!((most * 9 / 10..=most).contains(&counters.bytes), "{mode:?}: {}", counters.bytes);
            assert!(frames.len() >= 9 && frames.iter().all(|(_, frame)| frame.is_whole()));
            assert_eq!((counters.damaged, counters.truncated), (0, 0));
        }
    }

    #[test]
    fn a_listener_that_slept_has_lost_what_came_meanwhile() {
        let mut line = LinkySerial::new(meter(Mode::Standard, PhaseCount::One, [10, 0, 0]));
        let (frames, _) = listen(&mut line, Mode::Standard, Instant::from_millis(5_000));
        assert!(frames.len() > 4);
        assert_eq!(line.transmit(Instant::from_millis(3_600_000)), []);
        let lump = line.transmit(Instant::from_millis(3_600_100));
        assert_eq!((lump.len(), lump[0]), (96, 0x02), "100 ms of 960 bytes a second");
    }

    #[test]
    fn a_house_says_the_same_in_both_modes_as_far_as_they_go() {
        let historic = meter(Mode::Historic, PhaseCount::One, [12, 0, 0]).frame(Instant::ZERO);
        let historic = TicReading::new(Mode::Historic, &historic).expect("a reading");
        let standard = meter(Mode::Standard, PhaseCount::One, [12, 0, 0]).frame(Instant::ZERO);
        let standard = TicReading::new(Mode::Standard, &standard).expect("a reading");
        for reading in [&historic, &standard] {
            assert_eq!(reading.import, Some(MilliwattHours::from_watt_hours(1_234_567)));
            assert_eq!(
                (reading.current.0[0], reading.drawn),
                (Some(Milliamps::from_amps(12)), Some(VoltAmperes(2760)))
            );
        }
        assert_eq!((historic.export, standard.export), (None, Some(MilliwattHours::from_watt_hours(4_321))));
    }

    #[test]
    fn over_its_contract_it_warns() {
        let over = meter(Mode::Historic, PhaseCount::One, [46, 0, 0]).frame(Instant::ZERO);
        assert_eq!((over.value("ISOUSC"), over.value("ADPS")), (Some("45"), Some("046")));
        let mut line = LinkySerial::new(meter(Mode::Historic, PhaseCount::Three, [16, 1, 1]));
        let (frames, _) = listen(&mut line, Mode::Historic, Instant::from_millis(8_000));
        let short = frames.iter().filter(|(_, frame)| frame.value("ADIR1") == Some("016")).count();
        let long = frames.iter().filter(|(_, frame)| frame.group("BASE").is_some()).count();
        assert!(short >= 2 && long >= 2, "{short} {long}");
        let standard = meter(Mode::Standard, PhaseCount::One, [46, 0, 0]).frame(Instant::ZERO);
        let status = TicReading::new(Mode::Standard, &standard).expect("a reading").status;
        assert!(status.is_some_and(|status| status.over_power()));
    }

    #[test]
    fn each_fault_shows_on_the_wire() {
        let mut line = LinkySerial::new(meter(Mode::Standard, PhaseCount::One, [10, 0, 0]));
        let mut until = Instant::ZERO;
        let mut counted = |line: &mut LinkySerial, fault| {
            line.meter_mut().set_fault(fault);
            let (_, skipped) = listen(line, Mode::Standard, until + Duration::from_secs(2));
            until = until + Duration::from_secs(12);
            let (_, counters) = listen(line, Mode::Standard, until);
            assert!(skipped.bytes < counters.bytes || counters.bytes == 0);
            counters
        };
        assert!(counted(&mut line, LinkyFault::None).whole > 8);
        let bad = counted(&mut line, LinkyFault::BadChecksums);
        assert!(bad.whole == 0 && bad.bad_checksums > 8 * 20, "{bad:?}");
        let cut = counted(&mut line, LinkyFault::Truncated);
        assert!(cut.whole == 0 && cut.truncated > 8, "{cut:?}");
        let noisy = counted(&mut line, LinkyFault::Noise);
        assert!(noisy.whole == 0 && noisy.bytes > 8000 && noisy.damaged > 0, "{noisy:?}");
        assert_eq!(counted(&mut line, LinkyFault::Silent).bytes, 0);
        assert!(counted(&mut line, LinkyFault::None).whole > 8);
    }

    #[test]
    fn a_gateway_sends_a_frame_a_second() {
        let mut gateway = LinkyUdp::new(meter(Mode::Standard, PhaseCount::One, [10, 0, 0]));
        let sent: Vec<_> = (0..30).filter_map(|tenth| gateway.transmit(Instant::from_millis(tenth * 100))).collect();
        assert_eq!(sent.len(), 3);
        assert!(sent.iter().all(|bytes| bytes.first() == Some(&0x02) && bytes.last() == Some(&0x03)));
        gateway.meter_mut().set_fault(LinkyFault::Silent);
        assert_eq!(gateway.transmit(Instant::from_millis(5_000)), None);
    }
}
