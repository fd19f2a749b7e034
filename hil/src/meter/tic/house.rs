//! What frames say of a house.
//!
//! A damaged group costs that group: whatever is whole is used, and what changes slowly (registers, voltages) is kept from
//! earlier frames. Without a current of each line, or without knowing which way it flows, a frame gives no reading.

use std::collections::BTreeMap;

use hardware::MeterReading;
use tokio::time::Instant;
use units::{Milliamps, Millihertz, Millivolts, MilliwattHours, PerPhase, Watts};
use wire::tic::{Frame, Mode, TicReading, VoltAmperes};

use super::register::Register;
use crate::meter::share;

/// Historic mode tells no voltage.
const ASSUMED_VOLTAGE: Millivolts = Millivolts::from_volts(230);
/// Currents are whole amperes: up to this, no power may be a rounding.
const ROUNDED: Milliamps = Milliamps::from_amps(1);
/// Labels that only a meter of three lines has.
const OF_THREE_LINES: [&str; 15] = [
    "IINST1", "IINST2", "IINST3", "IMAX1", "IMAX2", "IMAX3", "IRMS2", "IRMS3", "PPOT", "SINSTS1", "SINSTS2", "SINSTS3",
    "SMAXSN1", "URMS2", "URMS3",
];

/// What a frame gives.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Understood {
    /// A reading.
    Reading(MeterReading),
    /// No frame has told the energy yet.
    NoEnergyYet,
    /// These groups are damaged, or not there.
    Missing(Vec<&'static str>),
}

/// What is known of a house from all frames so far.
#[derive(Debug)]
pub(super) struct House {
    mode: Mode,
    /// It has three lines.
    three: bool,
    /// It tells the power that is drawn.
    tells_power: bool,
    voltage: PerPhase<Option<Millivolts>>,
    import: BTreeMap<&'static str, Register>,
    export: Option<Register>,
    /// What was said to the operator.
    said: Said,
}

/// What is said once.
#[derive(Debug, Default)]
struct Said {
    feeds_in: bool,
    register: bool,
}

impl House {
    pub(super) const fn new(mode: Mode) -> Self {
        Self {
            mode,
            three: false,
            tells_power: false,
            voltage: PerPhase([None; 3]),
            import: BTreeMap::new(),
            export: None,
            said: Said { feeds_in: false, register: false },
        }
    }

    /// Takes a frame that has ended, whole or not.
    pub(super) fn hear(&mut self, now: Instant, frame: &Frame) -> Understood {
        let told = read(self.mode, frame);
        self.three |= OF_THREE_LINES.iter().any(|label| frame.group(label).is_some());
        self.tells_power |= told.drawn.is_some();
        for line in 0..3 {
            self.voltage.0[line] = told.voltage.0[line].or(self.voltage.0[line]);
        }
        self.hear_registers(now, &told);
        let missing = self.missing(frame, &told);
        if !missing.is_empty() {
            return Understood::Missing(missing);
        }
        if self.import.is_empty() {
            return Understood::NoEnergyYet;
        }
        let mut reading = self.flow(&told);
        reading.import = self.import.values().map(Register::energy).fold(MilliwattHours::ZERO, |sum, one| sum + one);
        reading.export = self.export.as_ref().map_or(MilliwattHours::ZERO, Register::energy);
        Understood::Reading(reading)
    }

    fn hear_registers(&mut self, now: Instant, told: &TicReading) {
        let mut doubted = false;
        for (label, energy) in &told.registers {
            let register = self.import.entry(label).or_insert_with(|| Register::new(now, *energy));
            doubted |= !register.tell(now, *energy);
        }
        if let Some(energy) = told.export {
            doubted |= !self.export.get_or_insert_with(|| Register::new(now, energy)).tell(now, energy);
        }
        if doubted && !self.said.register {
            self.said.register = true;
            tracing::warn!("a register of the house meter fell or jumped: a damaged line; the value before it is kept");
        }
    }

    /// The groups without which nothing can be said, and that are not in this frame.
    fn missing(&self, frame: &Frame, told: &TicReading) -> Vec<&'static str> {
        let currents: &[&'static str] = match (self.mode, self.three) {
            (Mode::Historic, false) => &["IINST"],
            (Mode::Historic, true) => &["IINST1", "IINST2", "IINST3"],
            (Mode::Standard, false) => &["IRMS1"],
            (Mode::Standard, true) => &["IRMS1", "IRMS2", "IRMS3"],
        };
        let mut missing: Vec<_> =
            (0..currents.len()).filter(|line| told.current.0[*line].is_none()).map(|line| currents[line]).collect();
        // The short frames of a warning tell currents that are drawn.
        let warning = told.over_subscription.iter().any(|warned| warned.is_some());
        if told.drawn.is_none() && self.tells_power && !warning && !frame.is_whole() {
            missing.push(if self.mode == Mode::Historic { "PAPP" } else { "SINSTS" });
        }
        missing
    }

    /// Currents, voltages and powers.
    fn flow(&mut self, told: &TicReading) -> MeterReading {
        let lines = if self.three { 3 } else { 1 };
        let current = [0, 1, 2].map(|line| told.current.0[line].max(told.over_subscription.0[line]));
        let amps = current.map(Option::unwrap_or_default);
        let weights = amps.map(|current| current.0.unsigned_abs());
        let voltage = [0, 1, 2].map(|line| match (self.voltage.0[line], current[line]) {
            (Some(voltage), _) => voltage,
            (None, Some(_)) if self.mode == Mode::Historic => ASSUMED_VOLTAGE,
            (None, _) => Millivolts::ZERO,
        });
        let apparent = |line: usize| (amps[line].amps() * voltage[line].volts()).round() as i32;
        let injected = told.injected.unwrap_or_default().0;
        // A short frame tells currents only.
        let drawn = told.drawn.map_or_else(|| (0..3).map(apparent).sum(), |VoltAmperes(drawn)| drawn);
        let net = drawn.saturating_sub(injected);
        let by_line = told.drawn_by_line.0;
        let each_told = (0..lines).all(|line| by_line[line].is_some());
        let power = if injected > 0 && each_told && self.three {
            let mut power = by_line.map(|power| power.unwrap_or_default().0);
            // What flows out is told for all lines together; it does so on the lines that draw nothing.
            let idle = [0, 1, 2].map(|line| if power[line] == 0 { weights[line] } else { 0 });
            let out = share(net - power.iter().sum::<i32>(), if idle == [0; 3] { weights } else { idle });
            power = [0, 1, 2].map(|line| power[line] + out[line]);
            power
        } else if injected > 0 {
            share(net, weights)
        } else {
            return self.without_injection(told, amps, voltage, net);
        };
        let current = [0, 1, 2].map(|line| if power[line] < 0 { -amps[line] } else { amps[line] });
        reading(current, voltage, power)
    }

    /// The meter tells nothing of what flows out: the contract is no producer's, or nothing flows out. A current without a
    /// power is one that flows out all the same; it is not drawn.
    fn without_injection(
        &mut self,
        told: &TicReading,
        amps: [Milliamps; 3],
        voltage: [Millivolts; 3],
        drawn: i32,
    ) -> MeterReading {
        let by_line = told.drawn_by_line.0;
        let each_told = self.three && by_line.iter().all(Option::is_some);
        let nothing_drawn = told.drawn == Some(VoltAmperes(0));
        let flows = |line: usize| amps[line] > ROUNDED && told.over_subscription.0[line].is_none();
        let out = [0, 1, 2]
            .map(|line| flows(line) && if each_told { by_line[line] == Some(VoltAmperes(0)) } else { nothing_drawn });
        if out.contains(&true) && !self.said.feeds_in {
            self.said.feeds_in = true;
            tracing::info!(
                "the house meter tells a current and no power, as when a house feeds in without a producer's contract: \
                 the current is not taken as drawn"
            );
        }
        if out.contains(&true) && self.three && !each_told {
            // In all nothing is drawn; which line draws and which one feeds in, nobody tells.
            return reading(
                [0, 1, 2].map(|line| if out[line] { Milliamps::ZERO } else { amps[line] }),
                voltage,
                [0; 3],
            );
        }
        let apparent = |line: usize| (amps[line].amps() * voltage[line].volts()).round() as i32;
        let weights = [0, 1, 2].map(|line: usize| if out[line] { 0 } else { amps[line].0.unsigned_abs() });
        let drawn = if each_told { by_line.map(|power| power.unwrap_or_default().0) } else { share(drawn, weights) };
        let power = [0, 1, 2].map(|line| if out[line] { -apparent(line) } else { drawn[line] });
        reading([0, 1, 2].map(|line| if out[line] { -amps[line] } else { amps[line] }), voltage, power)
    }
}

fn reading(current: [Milliamps; 3], voltage: [Millivolts; 3], power: [i32; 3]) -> MeterReading {
    MeterReading {
        current: PerPhase(current),
        voltage: PerPhase(voltage),
        power: PerPhase(power.map(Watts)),
        frequency: Millihertz::ZERO,
        import: MilliwattHours::ZERO,
        export: MilliwattHours::ZERO,
    }
}

/// Reads what can be read: a group whose value is none is as good as damaged.
fn read(mode: Mode, frame: &Frame) -> TicReading {
    let mut frame = frame.clone();
    loop {
        match TicReading::new(mode, &frame) {
            Ok(reading) => return reading,
            Err(error) => frame.groups.retain(|group| group.label != error.label),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use devices::linky::Linky;
    use units::{Instant as Virtual, PhaseCount};
    use wire::tic::Group;

    use super::*;

    fn frame(groups: &[(&str, &str)]) -> Frame {
        Frame::new(groups.iter().map(|(label, value)| Group::new(label, *value)).collect())
    }

    fn reading_of(house: &mut House, frame: &Frame) -> MeterReading {
        match house.hear(Instant::now(), frame) {
            Understood::Reading(reading) => reading,
            other => panic!("{other:?} of {frame:?}"),
        }
    }

    /// A frame without a group, as a bad checksum leaves it.
    fn damaged(frame: &Frame, labels: &[&str]) -> Frame {
        let mut frame = frame.clone();
        frame.groups.retain(|group| !labels.contains(&group.label.as_str()));
        frame.bad_checksums = labels.len() as u32;
        frame
    }

    fn linky(mode: Mode, phases: PhaseCount, amps: [i32; 3]) -> Frame {
        let mut meter = Linky::new(mode, phases);
        meter.set_reading(MeterReading {
            current: PerPhase(amps.map(Milliamps::from_amps)),
            voltage: PerPhase([230, 231, 232].map(Millivolts::from_volts)),
            power: PerPhase([amps[0] * 230, amps[1] * 231, amps[2] * 232].map(Watts)),
            frequency: Millihertz(50_000),
            import: MilliwattHours(1_234_567_890),
            export: MilliwattHours(4_321_000),
        });
        meter.frame(Virtual::ZERO)
    }

    fn shown(mode: Mode, phases: PhaseCount, amps: [i32; 3]) -> MeterReading {
        reading_of(&mut House::new(mode), &linky(mode, phases, amps))
    }

    #[test]
    fn standard_mode_tells_a_three_phase_house_line_by_line_in_both_directions() {
        let drawing = shown(Mode::Standard, PhaseCount::Three, [10, 5, 0]);
        assert_eq!(drawing.current, PerPhase([10, 5, 0].map(Milliamps::from_amps)));
        assert_eq!(drawing.voltage, PerPhase([230, 231, 232].map(Millivolts::from_volts)));
        assert_eq!(drawing.power, PerPhase([Watts(2300), Watts(1155), Watts(0)]));
        assert_eq!((drawing.import, drawing.export), (MilliwattHours(1_234_567_000), MilliwattHours(4_321_000)));
        assert_eq!(drawing.frequency, Millihertz::ZERO);
        let feeding_in = shown(Mode::Standard, PhaseCount::Three, [-20, 5, 0]);
        assert_eq!(feeding_in.power, PerPhase([Watts(-4600), Watts(1155), Watts(0)]));
        assert_eq!(feeding_in.current, PerPhase([-20, 5, 0].map(Milliamps::from_amps)));
    }

    #[test]
    fn historic_mode_tells_less_and_the_rest_is_assumed() {
        let house = shown(Mode::Historic, PhaseCount::One, [12, 0, 0]);
        assert_eq!(house.current, PerPhase([12, 0, 0].map(Milliamps::from_amps)));
        assert_eq!(house.voltage, PerPhase([230, 0, 0].map(Millivolts::from_volts)));
        assert_eq!(house.power, PerPhase([2760, 0, 0].map(Watts)));
        assert_eq!(house.export, MilliwattHours::ZERO);
        let three = shown(Mode::Historic, PhaseCount::Three, [8, 4, 0]);
        // 2764 VA, in tens, by current.
        assert_eq!(three.power, PerPhase([Watts(1840), Watts(920), Watts(0)]));
        assert_eq!(three.voltage, PerPhase::all(Millivolts::from_volts(230)));
    }

    #[test]
    fn a_warning_shows_as_current_and_a_short_frame_keeps_the_energy() {
        let over = shown(Mode::Historic, PhaseCount::One, [46, 0, 0]);
        assert_eq!(over.current.0[0], Milliamps::from_amps(46));
        let mut house = House::new(Mode::Historic);
        let short = frame(&[
            ("ADIR1", "041"),
            ("ADCO", "041000000000"),
            ("IINST1", "040"),
            ("IINST2", "012"),
            ("IINST3", "000"),
        ]);
        assert_eq!(house.hear(Instant::now(), &short), Understood::NoEnergyYet);
        reading_of(&mut house, &linky(Mode::Historic, PhaseCount::Three, [8, 4, 0]));
        let reading = reading_of(&mut house, &short);
        assert_eq!(reading.import, MilliwattHours(1_234_567_000));
        assert_eq!(reading.current, PerPhase([41, 12, 0].map(Milliamps::from_amps)));
        assert_eq!(reading.power.total(), Watts(53 * 230));
    }

    #[test]
    fn feeding_in_without_a_producers_contract_is_not_read_as_drawing() {
        let flows = |mode, groups: &[(&str, &str)]| {
            let energy = if mode == Mode::Standard { ("EAST", "000111111") } else { ("BASE", "000111111") };
            let groups = [&[energy], groups].concat();
            let reading = reading_of(&mut House::new(mode), &frame(&groups));
            (reading.current.0.map(|current| current.0 / 1000), reading.power.0.map(|power| power.0))
        };
        let standard = |groups| flows(Mode::Standard, groups);
        let out = ([-20, 0, 0], [-4600, 0, 0]);
        assert_eq!(standard(&[("IRMS1", "020"), ("URMS1", "230"), ("SINSTS", "00000")]), out);
        // The contract is a producer's: SINSTI tells it.
        let told = [("IRMS1", "020"), ("URMS1", "230"), ("SINSTS", "00000"), ("SINSTI", "04600")];
        assert_eq!(standard(&told), out);
        assert_eq!(flows(Mode::Historic, &[("IINST", "020"), ("PAPP", "00000")]), out);
        // One line of three feeds in, the others draw.
        let three = [
            ("IRMS1", "020"),
            ("IRMS2", "005"),
            ("IRMS3", "000"),
            ("URMS1", "230"),
            ("URMS2", "230"),
            ("URMS3", "230"),
            ("SINSTS", "00000"),
            ("SINSTS1", "00000"),
            ("SINSTS2", "01150"),
            ("SINSTS3", "00000"),
        ];
        assert_eq!(standard(&three), ([-20, 5, 0], [-4600, 1150, 0]));
        let net_drawing = three.map(|(label, value)| if label == "SINSTS" { (label, "01150") } else { (label, value) });
        assert_eq!(standard(&net_drawing), ([-20, 5, 0], [-4600, 1150, 0]), "one line alone");
        // Three lines and one power: in all nothing is drawn.
        let historic = [("IINST1", "020"), ("IINST2", "020"), ("IINST3", "001"), ("PAPP", "00000")];
        assert_eq!(flows(Mode::Historic, &historic), ([0, 0, 1], [0, 0, 0]));
        // An ampere may be a rounding, and a warning is about what is drawn.
        assert_eq!(flows(Mode::Historic, &[("IINST", "001"), ("PAPP", "00000")]), ([1, 0, 0], [0, 0, 0]));
        let warned = [("IINST", "046"), ("ADPS", "046"), ("PAPP", "00000")];
        assert_eq!(flows(Mode::Historic, &warned).0, [46, 0, 0]);
        assert_eq!(standard(&[("IRMS1", "020"), ("URMS1", "230"), ("SINSTS", "04600")]), ([20, 0, 0], [4600, 0, 0]));
    }

    #[test]
    fn a_damaged_group_costs_itself_and_the_currents_that_are_whole_are_used() {
        for (mode, phases) in [Mode::Historic, Mode::Standard]
            .into_iter()
            .flat_map(|mode| [(mode, PhaseCount::One), (mode, PhaseCount::Three)])
        {
            let whole = linky(mode, phases, [10, 5, 3]);
            let good = reading_of(&mut House::new(mode), &whole);
            let needed: &[&str] = match (mode, phases) {
                (Mode::Historic, PhaseCount::One) => &["IINST", "PAPP"],
                (Mode::Historic, _) => &["IINST1", "IINST2", "IINST3", "PAPP"],
                (Mode::Standard, PhaseCount::One) => &["IRMS1", "SINSTS"],
                (Mode::Standard, _) => &["IRMS1", "IRMS2", "IRMS3", "SINSTS"],
            };
            for label in whole.groups.iter().map(|group| group.label.as_str()) {
                let mut house = House::new(mode);
                reading_of(&mut house, &whole);
                let understood = house.hear(Instant::now(), &damaged(&whole, &[label]));
                match needed.iter().find(|needed| **needed == label) {
                    Some(needed) => assert_eq!(understood, Understood::Missing(vec![needed]), "{mode:?} {phases:?}"),
                    None => {
                        let Understood::Reading(reading) = understood else { panic!("{label}: {understood:?}") };
                        assert_eq!((reading.current, reading.import), (good.current, good.import), "{label}");
                        assert_eq!(reading.power.total(), good.power.total(), "{label}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_meter_whose_first_frame_is_damaged_is_not_taken_for_one_of_a_single_line() {
        let whole = linky(Mode::Standard, PhaseCount::Three, [10, 5, 3]);
        let first = damaged(&whole, &["IRMS2", "IRMS3", "URMS2", "SINSTS1"]);
        assert_eq!(
            House::new(Mode::Standard).hear(Instant::now(), &first),
            Understood::Missing(vec!["IRMS2", "IRMS3"])
        );
    }

    #[test]
    fn a_tariff_that_is_damaged_and_a_value_that_is_none_keep_the_register_as_it_was() {
        let at = |hchc: &str, hchp: &str| {
            frame(&[("HCHC", hchc), ("HCHP", hchp), ("IINST", "010"), ("PAPP", "02300"), ("PTEC", "HP..")])
        };
        let mut house = House::new(Mode::Historic);
        let now = Instant::now();
        let sum = |understood| match understood {
            Understood::Reading(reading) => reading.import,
            other => panic!("{other:?}"),
        };
        let first = MilliwattHours::from_watt_hours(26_967_223);
        assert_eq!(sum(house.hear(now, &at("014460852", "012506371"))), first);
        let later = now + Duration::from_secs(2);
        assert_eq!(sum(house.hear(later, &damaged(&at("014460852", "012506371"), &["HCHC"]))), first);
        assert_eq!(sum(house.hear(later, &at("0144x0852", "012506371"))), first);
        assert_eq!(sum(house.hear(later, &at("124460852", "012506371"))), first, "two flipped bits");
        assert_eq!(sum(house.hear(later, &at("014460853", "012506371"))).0, first.0 + 1000);
    }
}
