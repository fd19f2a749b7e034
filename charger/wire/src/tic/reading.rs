//! What a frame says, in units.

use units::{Milliamps, Millivolts, MilliwattHours, PerPhase};

use super::{Frame, Horodate, Mode, StatusRegister};

/// Apparent power. The house meter tells no active power: with a poor power factor this is more.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct VoltAmperes(pub i32);

/// The registers of historic mode, one of each tariff; together they are what the house has drawn.
const HISTORIC_INDEXES: [&str; 11] =
    ["BASE", "HCHC", "HCHP", "EJPHN", "EJPHPM", "BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW", "BBRHCJR", "BBRHPJR"];

/// A value that is not what its label says.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{label}: expected {expected}, got {value:?}")]
pub struct TicError {
    /// The group.
    pub label: &'static str,
    /// What should stand there.
    pub expected: &'static str,
    /// What stands there.
    pub value: String,
}

/// One frame, understood. What a mode or a contract does not tell is `None`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TicReading {
    /// The dialect it came in.
    pub mode: Mode,
    /// The meter's address: `ADCO`, `ADSC`.
    pub address: Option<String>,
    /// The meter's time: `DATE`, standard mode.
    pub date: Option<Horodate>,
    /// The contract: `OPTARIF`, `NGTF`.
    pub contract: Option<String>,
    /// The tariff that counts now: `PTEC`, `LTARF`.
    pub tariff: Option<String>,
    /// Its number: `NTARF`.
    pub tariff_index: Option<u8>,
    /// Energy into the house: `EAST`, or the sum of the registers of historic mode.
    pub import: Option<MilliwattHours>,
    /// The registers that make it up, by their labels: `EAST`, or one for each tariff.
    pub registers: Vec<(&'static str, MilliwattHours)>,
    /// Energy out of the house: `EAIT`.
    pub export: Option<MilliwattHours>,
    /// Line currents, whole amperes without a direction: `IRMS1..3`, `IINST` or `IINST1..3`.
    pub current: PerPhase<Option<Milliamps>>,
    /// Line voltages, whole volts: `URMS1..3`.
    pub voltage: PerPhase<Option<Millivolts>>,
    /// Apparent power into the house: `SINSTS`, `PAPP`.
    pub drawn: Option<VoltAmperes>,
    /// The same line by line: `SINSTS1..3`, three-phase in standard mode.
    pub drawn_by_line: PerPhase<Option<VoltAmperes>>,
    /// Apparent power out of the house: `SINSTI`.
    pub injected: Option<VoltAmperes>,
    /// The contract's current: `ISOUSC`, historic mode.
    pub subscribed: Option<Milliamps>,
    /// The contract's power: `PREF`, in kVA on the wire.
    pub reference_power: Option<VoltAmperes>,
    /// Where the breaker opens: `PCOUP`, in kVA on the wire.
    pub breaking_power: Option<VoltAmperes>,
    /// The highest current: `IMAX` or `IMAX1..3`, historic mode.
    pub highest_current: PerPhase<Option<Milliamps>>,
    /// The house draws more than its contract allows, and this current: `ADPS`, or `ADIR1..3` on three lines.
    pub over_subscription: PerPhase<Option<Milliamps>>,
    /// The status register: `STGE`.
    pub status: Option<StatusRegister>,
}

impl TicReading {
    /// Understands a frame.
    ///
    /// # Errors
    /// A value is not what its label says.
    pub fn new(mode: Mode, frame: &Frame) -> Result<Self, TicError> {
        let fields = Fields(frame);
        let registers = fields.registers(mode)?;
        let text = |label| frame.value(label).map(|value| value.trim().to_owned());
        let (current, over_subscription, highest_current) = match mode {
            Mode::Standard => (["IRMS1", "IRMS2", "IRMS3"].map(Some), [None; 3], [None; 3]),
            Mode::Historic if frame.group("IINST").is_some() => {
                ([Some("IINST"), None, None], [Some("ADPS"), None, None], [Some("IMAX"), None, None])
            }
            Mode::Historic => (
                ["IINST1", "IINST2", "IINST3"].map(Some),
                ["ADIR1", "ADIR2", "ADIR3"].map(Some),
                ["IMAX1", "IMAX2", "IMAX3"].map(Some),
            ),
        };
        Ok(Self {
            mode,
            address: text("ADCO").or_else(|| text("ADSC")),
            date: frame.group("DATE").and_then(|group| group.horodate),
            contract: text("OPTARIF").or_else(|| text("NGTF")),
            tariff: text("PTEC").or_else(|| text("LTARF")),
            tariff_index: fields.number("NTARF", 99)?.map(|number| number as u8),
            import: registers.iter().map(|(_, energy)| *energy).reduce(|sum, energy| sum + energy),
            registers,
            export: fields.number("EAIT", u32::MAX)?.map(watt_hours),
            current: fields.lines(current, 9999, amperes)?,
            voltage: fields
                .lines(["URMS1", "URMS2", "URMS3"].map(Some), 999, |volts| Millivolts(volts as i32 * 1000))?,
            drawn: match fields.number("SINSTS", MAX_VA)? {
                Some(drawn) => Some(drawn),
                None => fields.number("PAPP", MAX_VA)?,
            }
            .map(volt_amperes),
            drawn_by_line: fields.lines(["SINSTS1", "SINSTS2", "SINSTS3"].map(Some), MAX_VA, volt_amperes)?,
            injected: fields.number("SINSTI", MAX_VA)?.map(volt_amperes),
            subscribed: fields.number("ISOUSC", 9999)?.map(amperes),
            reference_power: fields.number("PREF", 999)?.map(|kva| volt_amperes(kva * 1000)),
            breaking_power: fields.number("PCOUP", 999)?.map(|kva| volt_amperes(kva * 1000)),
            highest_current: fields.lines(highest_current, 9999, amperes)?,
            over_subscription: fields.lines(over_subscription, 9999, amperes)?,
            status: fields.status()?,
        })
    }
}

/// A house has at most six digits of it.
const MAX_VA: u32 = 999_999;

const fn amperes(amperes: u32) -> Milliamps {
    Milliamps(amperes as i32 * 1000)
}

const fn volt_amperes(value: u32) -> VoltAmperes {
    VoltAmperes(value as i32)
}

const fn watt_hours(value: u32) -> MilliwattHours {
    MilliwattHours::from_watt_hours(value as i64)
}

struct Fields<'a>(&'a Frame);

impl Fields<'_> {
    fn number(&self, label: &'static str, highest: u32) -> Result<Option<u32>, TicError> {
        let Some(value) = self.0.value(label) else { return Ok(None) };
        let digits = value.trim();
        let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        match number.filter(|number| *number <= highest) {
            Some(number) => Ok(Some(number)),
            None => Err(TicError { label, expected: "a whole number", value: value.into() }),
        }
    }

    fn lines<T>(
        &self,
        labels: [Option<&'static str>; 3],
        highest: u32,
        unit: impl Fn(u32) -> T,
    ) -> Result<PerPhase<Option<T>>, TicError> {
        let line = |label: Option<&'static str>| match label {
            Some(label) => Ok(self.number(label, highest)?.map(&unit)),
            None => Ok(None),
        };
        let [first, second, third] = labels;
        Ok(PerPhase([line(first)?, line(second)?, line(third)?]))
    }

    fn registers(&self, mode: Mode) -> Result<Vec<(&'static str, MilliwattHours)>, TicError> {
        let labels: &[&'static str] = match mode {
            Mode::Historic => &HISTORIC_INDEXES,
            Mode::Standard => &["EAST"],
        };
        let register = |label: &&'static str| match self.number(label, u32::MAX) {
            Ok(energy) => energy.map(|energy| Ok((*label, watt_hours(energy)))),
            Err(error) => Some(Err(error)),
        };
        labels.iter().filter_map(register).collect()
    }

    fn status(&self) -> Result<Option<StatusRegister>, TicError> {
        let Some(value) = self.0.value("STGE") else { return Ok(None) };
        value.parse().map(Some).map_err(|_| TicError {
            label: "STGE",
            expected: "eight hexadecimal digits",
            value: value.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BreakerState, FrameReader, Group};
    use super::*;

    fn frame(mode: Mode, groups: &[(&str, &str)]) -> Frame {
        let sent = Frame::new(groups.iter().map(|(label, value)| Group::new(label, *value)).collect());
        let mut reader = FrameReader::new(mode);
        sent.encode(mode).into_iter().find_map(|byte| reader.push(byte)).expect("a frame")
    }

    #[test]
    fn a_single_phase_house_in_historic_mode_sums_its_registers() {
        let reading = TicReading::new(
            Mode::Historic,
            &frame(
                Mode::Historic,
                &[
                    ("ADCO", "020830022493"),
                    ("OPTARIF", "HC.."),
                    ("ISOUSC", "30"),
                    ("HCHC", "014460852"),
                    ("HCHP", "012506371"),
                    ("PTEC", "HP.."),
                    ("IINST", "032"),
                    ("ADPS", "032"),
                    ("IMAX", "035"),
                    ("PAPP", "07400"),
                    ("HHPHC", "A"),
                    ("MOTDETAT", "000000"),
                ],
            ),
        )
        .expect("a reading");
        assert_eq!(reading.import, Some(MilliwattHours::from_watt_hours(26_967_223)));
        assert_eq!(reading.registers, [("HCHC", watt_hours(14_460_852)), ("HCHP", watt_hours(12_506_371))]);
        assert_eq!((reading.export, reading.injected, reading.voltage), (None, None, PerPhase::all(None)));
        assert_eq!(reading.current, PerPhase([Some(Milliamps::from_amps(32)), None, None]));
        assert_eq!(reading.over_subscription, reading.current);
        assert_eq!(reading.highest_current.0[0], Some(Milliamps::from_amps(35)));
        assert_eq!((reading.drawn, reading.subscribed), (Some(VoltAmperes(7400)), Some(Milliamps::from_amps(30))));
        assert_eq!((reading.address.as_deref(), reading.tariff.as_deref()), (Some("020830022493"), Some("HP..")));
    }

    #[test]
    fn the_short_frame_of_a_three_phase_house_over_its_contract_has_currents_and_no_energy() {
        let groups =
            [("ADIR1", "041"), ("ADCO", "020830022493"), ("IINST1", "041"), ("IINST2", "012"), ("IINST3", "010")];
        let reading = TicReading::new(Mode::Historic, &frame(Mode::Historic, &groups)).expect("a reading");
        assert_eq!((reading.import, reading.drawn), (None, None));
        assert_eq!(reading.over_subscription, PerPhase([Some(Milliamps::from_amps(41)), None, None]));
        assert_eq!(reading.current, PerPhase([41, 12, 10].map(|amps| Some(Milliamps::from_amps(amps)))));
    }

    #[test]
    fn a_three_phase_house_that_feeds_in_in_standard_mode_tells_both_directions() {
        let mut sent = frame(
            Mode::Standard,
            &[
                ("ADSC", "041776199277"),
                ("NGTF", "     TEMPO      "),
                ("LTARF", "    HP  BLEU    "),
                ("EAST", "000111111"),
                ("EAIT", "000022222"),
                ("IRMS1", "010"),
                ("IRMS2", "005"),
                ("IRMS3", "000"),
                ("URMS1", "231"),
                ("URMS2", "229"),
                ("URMS3", "230"),
                ("PREF", "12"),
                ("PCOUP", "12"),
                ("SINSTS", "01500"),
                ("SINSTS1", "00000"),
                ("SINSTS2", "01145"),
                ("SINSTS3", "00355"),
                ("SINSTI", "02310"),
                ("STGE", "003A0300"),
                ("NTARF", "02"),
            ],
        );
        sent.groups.push(Group::at("DATE", "E260704153059".parse().expect("a time"), ""));
        let reading = TicReading::new(Mode::Standard, &sent).expect("a reading");
        assert_eq!((reading.import, reading.export), (Some(watt_hours(111_111)), Some(watt_hours(22_222))));
        assert_eq!((reading.drawn, reading.injected), (Some(VoltAmperes(1500)), Some(VoltAmperes(2310))));
        assert_eq!(reading.drawn_by_line, PerPhase([0, 1145, 355].map(|value| Some(VoltAmperes(value)))));
        assert_eq!(reading.voltage, PerPhase([231, 229, 230].map(|volts| Some(Millivolts::from_volts(volts)))));
        assert_eq!((reading.breaking_power, reading.tariff_index), (Some(VoltAmperes(12_000)), Some(2)));
        assert_eq!(reading.date.map(|at| (at.month, at.day, at.hour)), Some((7, 4, 15)));
        let status = reading.status.expect("a register");
        assert!(status.producer() && status.feeding_in() && status.breaker() == BreakerState::Closed);
    }

    #[test]
    fn a_value_that_is_none_says_which() {
        let error =
            TicReading::new(Mode::Standard, &frame(Mode::Standard, &[("EAST", "0001111x1")])).expect_err("no number");
        assert_eq!(error.to_string(), "EAST: expected a whole number, got \"0001111x1\"");
        let error =
            TicReading::new(Mode::Historic, &frame(Mode::Historic, &[("IINST", "+01")])).expect_err("no number");
        assert_eq!(error.label, "IINST");
    }
}
