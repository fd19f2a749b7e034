//! What the kernel shows as files: a PWM, and the channels of an ADC.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use hardware::{ErrorKind, LinkError};
use iec61851::PilotSignal;
use units::{Millivolts, Ohms};

use super::settings::{ChannelName, Settings};

/// 1 kHz.
const PERIOD_NS: u32 = 1_000_000;

/// Readings of a level that does not move.
const STEADY_READINGS: usize = 5;

/// At 5 % duty one reading in twenty meets the short half: among so many are eight, and fewer than three once in 80 times.
const MOST_READINGS: usize = 160;

/// Readings that make a plateau; its median passes over one that met an edge.
const PLATEAU: usize = 3;

/// Two plateaus are at least so far apart: a diode fault in D has +3 and -3 V.
const APART_MV: i64 = 2_000;

/// A level so near to zero is a short to earth, in both halves alike.
const SHORT_MV: i64 = 1_500;

/// A half that was not met so often in a row is not there.
const MOST_MISSED: u8 = 2;

/// One channel of an ADC.
pub(super) trait Channel: Debug + Send + 'static {
    /// A reading, between zero and full scale.
    fn read(&mut self) -> Result<i64, LinkError>;
}

/// A channel that the kernel shows as a file.
#[derive(Debug)]
pub(super) struct IioChannel {
    path: PathBuf,
    file: File,
}

impl IioChannel {
    pub(super) fn open(sys: &Path, name: &ChannelName) -> Result<Self, LinkError> {
        let devices = sys.join("bus/iio/devices");
        let named =
            |folder: &Path| fs::read_to_string(folder.join("name")).is_ok_and(|found| found.trim_end() == name.device);
        let by_number = devices.join(format!("iio:{}", name.device));
        let folder = if by_number.is_dir() {
            by_number
        } else {
            let mut folders: Vec<_> =
                fs::read_dir(&devices).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
            folders.sort();
            folders.into_iter().find(|folder| named(folder)).unwrap_or(by_number)
        };
        let path = folder.join(format!("in_{}_raw", name.channel));
        let file = File::open(&path).map_err(|error| failed(&path, &error))?;
        Ok(Self { path, file })
    }
}

impl Channel for IioChannel {
    fn read(&mut self) -> Result<i64, LinkError> {
        let mut text = [0; 24];
        let length = self.file.read_at(&mut text, 0).map_err(|error| failed(&self.path, &error))?;
        let number = std::str::from_utf8(&text[..length]).ok().and_then(|text| text.trim().parse().ok());
        number.ok_or_else(|| {
            let what = format!("expected a number, read {:?}", String::from_utf8_lossy(&text[..length]));
            LinkError::new(ErrorKind::Garbled, self.path.display().to_string(), what)
        })
    }
}

/// A PWM that drives the pilot's output stage.
#[derive(Debug)]
pub(super) struct Pwm {
    folder: PathBuf,
}

impl Pwm {
    /// Exports it if need be and sets it up: 1 kHz, driving -12 V.
    pub(super) fn open(sys: &Path, pwm: &Path) -> Result<Self, LinkError> {
        let folder = sys.join("class/pwm").join(pwm);
        if !folder.is_dir() {
            let number = pwm.file_name().and_then(|name| name.to_str()?.strip_prefix("pwm"));
            let (Some(chip), Some(number)) = (folder.parent(), number) else {
                let what = "expected a PWM such as pwmchip0/pwm0";
                return Err(LinkError::new(ErrorKind::Refused, folder.display().to_string(), what));
            };
            write(&chip.join("export"), number)?;
        }
        let pwm = Self { folder };
        // A period shorter than the duty of before is refused, so the duty goes first.
        pwm.duty(0)?;
        write(&pwm.folder.join("period"), &PERIOD_NS.to_string())?;
        write(&pwm.folder.join("enable"), "1")?;
        Ok(pwm)
    }

    fn duty(&self, nanoseconds: u32) -> Result<(), LinkError> {
        write(&self.folder.join("duty_cycle"), &nanoseconds.to_string())
    }

    /// Drives a signal. The stage has no 0 V: E becomes F, which makes a car let go as well.
    pub(super) fn drive(&self, signal: PilotSignal) -> Result<(), LinkError> {
        self.duty(match signal {
            PilotSignal::X1 => PERIOD_NS,
            PilotSignal::Pwm(duty) => PERIOD_NS / 1000 * u32::from(duty.permille()),
            PilotSignal::E | PilotSignal::F => 0,
        })
    }
}

/// Sets an attribute. It is neither made nor cut to length: an attribute is there or not, it takes each write as a whole, and
/// an isolated charger has no right to truncate.
fn write(path: &Path, text: &str) -> Result<(), LinkError> {
    let written = OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &io::Error) -> LinkError {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ResourceBusy => ErrorKind::Refused,
        _ => ErrorKind::Disconnected,
    };
    LinkError::new(kind, path.display().to_string(), error.to_string())
}

/// The levels of the pilot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Plateaus {
    pub(super) high: Millivolts,
    pub(super) low: Millivolts,
}

/// Everything that may block in the kernel; it lives on a thread of its own.
#[derive(Debug)]
pub(super) struct Analog<C> {
    pwm: Pwm,
    pilot: C,
    proximity: Option<C>,
    offset: i64,
    span: i64,
    full_scale: i64,
    pull_up: i64,
    signal: PilotSignal,
    missed: u8,
}

impl Analog<IioChannel> {
    pub(super) fn open(settings: &Settings) -> Result<Self, LinkError> {
        let pilot = IioChannel::open(&settings.sys, &settings.pilot)?;
        let proximity = settings.proximity.as_ref().map(|name| IioChannel::open(&settings.sys, name)).transpose()?;
        Ok(Self::new(Pwm::open(&settings.sys, &settings.pwm)?, pilot, proximity, settings))
    }
}

impl<C: Channel> Analog<C> {
    fn new(pwm: Pwm, pilot: C, proximity: Option<C>, settings: &Settings) -> Self {
        Self {
            pwm,
            pilot,
            proximity,
            offset: settings.pilot_offset,
            span: settings.pilot_span,
            full_scale: settings.full_scale,
            pull_up: settings.pull_up,
            signal: PilotSignal::F,
            missed: 0,
        }
    }

    /// Drives the pilot.
    pub(super) fn drive(&mut self, signal: PilotSignal) -> Result<(), LinkError> {
        self.pwm.drive(signal)?;
        self.signal = signal;
        self.missed = 0;
        Ok(())
    }

    /// Measures the pilot. `None` when the oscillator runs and only one half was met, which chance does now and then.
    pub(super) fn pilot(&mut self) -> Result<Option<Plateaus>, LinkError> {
        let mut readings = Vec::with_capacity(MOST_READINGS);
        for _ in 0..STEADY_READINGS {
            readings.push(self.pilot_reading()?);
        }
        if self.signal.is_pwm() {
            while readings.len() < MOST_READINGS && plateaus(&mut readings).is_none() {
                readings.push(self.pilot_reading()?);
            }
            if let Some(found) = plateaus(&mut readings) {
                self.missed = 0;
                return Ok(Some(found));
            }
        }
        readings.sort_unstable();
        let level = readings[readings.len() / 2];
        if self.signal.is_pwm() && level.abs() > SHORT_MV && self.missed < MOST_MISSED {
            self.missed += 1;
            return Ok(None);
        }
        let level = Millivolts(level as i32);
        Ok(Some(Plateaus { high: level, low: level }))
    }

    /// Measures PP; `None` is an open line, or a board that has none.
    pub(super) fn proximity(&mut self) -> Result<Option<Ohms>, LinkError> {
        let Some(channel) = &mut self.proximity else { return Ok(None) };
        let raw = channel.read()?.clamp(0, self.full_scale);
        // With nothing there only the pull-up pulls.
        if raw * 20 >= self.full_scale * 19 {
            return Ok(None);
        }
        Ok(Some(Ohms((self.pull_up * raw / (self.full_scale - raw)) as i32)))
    }

    /// A reading of the pilot in millivolts; within 32 bits, because the settings are.
    fn pilot_reading(&mut self) -> Result<i64, LinkError> {
        let raw = self.pilot.read()?.clamp(0, self.full_scale);
        Ok(self.offset + self.span * raw / self.full_scale)
    }
}

/// The two levels among the readings, once each was met often enough.
fn plateaus(readings: &mut [i64]) -> Option<Plateaus> {
    readings.sort_unstable();
    let (lowest, highest) = (*readings.first()?, *readings.last()?);
    if highest - lowest < APART_MV {
        return None;
    }
    let middle = lowest.midpoint(highest);
    let (low, high) = readings.split_at(readings.partition_point(|reading| *reading < middle));
    let median = |of: &[i64]| (of.len() >= PLATEAU).then(|| Millivolts(of[of.len() / 2] as i32));
    Some(Plateaus { high: median(high)?, low: median(low)? })
}

#[cfg(test)]
mod tests {
    use iec61851::Duty;

    use super::*;

    /// Reads the same levels over and over.
    #[derive(Debug)]
    struct Levels(Vec<i64>, usize);

    impl Channel for Levels {
        fn read(&mut self) -> Result<i64, LinkError> {
            self.1 += 1;
            // What the converter of the board makes of millivolts.
            Ok(((self.0[(self.1 - 1) % self.0.len()] + 11_790) * 4096 + 12_505) / 25_010)
        }
    }

    struct Files(PathBuf);

    impl Files {
        fn new(test: &str) -> Self {
            let sys = std::env::temp_dir().join(format!("gpio-board-{test}-{}", std::process::id()));
            for (file, text) in [
                ("bus/iio/devices/iio:device0/name", "other\n"),
                ("bus/iio/devices/iio:device1/name", "adc122s051\n"),
                ("bus/iio/devices/iio:device1/in_voltage1_raw", "2913\n"),
                ("bus/iio/devices/iio:device1/in_voltage2_raw", "740\n"),
                ("class/pwm/pwmchip0/export", ""),
                ("class/pwm/pwmchip0/pwm0/duty_cycle", ""),
                ("class/pwm/pwmchip0/pwm0/period", ""),
                ("class/pwm/pwmchip0/pwm0/enable", ""),
            ] {
                let file = sys.join(file);
                fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
                fs::write(file, text).expect("a file");
            }
            Self(sys)
        }

        fn settings(&self) -> Settings {
            let endpoint = "gpio:/dev/gpiochip0?contactor=K1&pwm=pwmchip0/pwm0\
                            &cp_adc=iio:adc122s051/voltage1&pp_adc=iio:device1/voltage2";
            let settings = Settings::read(&endpoint.parse().expect("an endpoint")).expect("settings");
            Settings { sys: self.0.clone(), ..settings }
        }

        fn attribute(&self, file: &str) -> PathBuf {
            self.0.join("class/pwm/pwmchip0/pwm0").join(file)
        }

        /// What an attribute was set to. A plain file keeps what a shorter write leaves of it; an attribute does not.
        fn pwm(&self, file: &str) -> String {
            let path = self.attribute(file);
            let text = fs::read_to_string(&path).expect("a file");
            fs::write(path, "").expect("a file");
            text
        }

        fn analog(&self, levels: &[i64]) -> Analog<Levels> {
            let settings = self.settings();
            let pwm = Pwm::open(&settings.sys, &settings.pwm).expect("a PWM");
            Analog::new(pwm, Levels(levels.into(), 0), None, &settings)
        }
    }

    impl Drop for Files {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn pwm(permille: u16) -> PilotSignal {
        PilotSignal::Pwm(Duty::from_permille(permille).expect("a duty"))
    }

    #[test]
    fn the_files_of_the_kernel_are_read_and_written() {
        let files = Files::new("files");
        let mut analog = Analog::open(&files.settings()).expect("it is all there");
        assert_eq!(
            (files.pwm("period"), files.pwm("enable"), files.pwm("duty_cycle")),
            ("1000000".into(), "1".into(), "0".into())
        );
        for (signal, duty) in [
            (PilotSignal::X1, "1000000"),
            (pwm(50), "50000"),
            (pwm(533), "533000"),
            (PilotSignal::E, "0"),
            (PilotSignal::F, "0"),
        ] {
            analog.drive(signal).expect("it is driven");
            assert_eq!(files.pwm("duty_cycle"), duty, "{signal}");
        }
        // raw 2913 is the 6 V of state C: -11.79 + 25.01 * 2913 / 4096.
        let level = analog.pilot().expect("a reading").expect("a level");
        assert_eq!((level.high, level.low), (Millivolts(5_996), Millivolts(5_996)));
        // 740 of 4096 under 1 kohm is the 220 ohm of a 32 A cable.
        assert_eq!(analog.proximity(), Ok(Some(Ohms(220))));
        fs::write(files.0.join("bus/iio/devices/iio:device1/in_voltage2_raw"), "4093\n").expect("a file");
        assert_eq!(analog.proximity(), Ok(None));
        fs::write(files.0.join("bus/iio/devices/iio:device1/in_voltage1_raw"), "busy\n").expect("a file");
        assert_eq!(analog.pilot().map_err(|error| error.kind), Err(ErrorKind::Garbled));
    }

    #[test]
    fn an_attribute_is_written_and_never_truncated_or_made() {
        let files = Files::new("attribute");
        let path = files.attribute("duty_cycle");
        fs::write(&path, "1000000").expect("a file");
        write(&path, "50").expect("it is there");
        assert_eq!(fs::read_to_string(&path).expect("a file"), "5000000");
        let error = write(&files.attribute("polarity"), "normal").expect_err("it is not there");
        assert_eq!(error.kind, ErrorKind::Disconnected);
        assert!(!files.attribute("polarity").exists());
    }

    #[test]
    fn what_is_not_there_is_named() {
        let files = Files::new("missing");
        let settings = files.settings();
        let gone = Settings { sys: files.0.join("elsewhere"), ..settings.clone() };
        let error = Analog::open(&gone).expect_err("nothing is there");
        assert_eq!(error.kind, ErrorKind::Disconnected);
        assert!(error.device.ends_with("iio:adc122s051/in_voltage1_raw"), "{error}");
        // A PWM that is not exported, on a chip that then does nothing: it is asked for, and still is not there.
        let other = Settings { pwm: "pwmchip0/pwm3".into(), ..settings };
        let error = Analog::open(&other).expect_err("no such PWM");
        assert!(error.device.ends_with("pwm3/duty_cycle"), "{error}");
        assert_eq!(fs::read_to_string(files.0.join("class/pwm/pwmchip0/export")).expect("written"), "3");
    }

    #[test]
    fn both_halves_are_found_in_readings_at_any_moment() {
        let files = Files::new("halves");
        // 5 %: one in twenty meets the high half.
        let mut short = vec![-12_000 + 210; 20];
        short[7] = 9_000;
        let mut analog = files.analog(&short);
        analog.drive(pwm(50)).expect("it is driven");
        let found = analog.pilot().expect("readings").expect("both halves");
        assert!((found.high.0 - 9_000).abs() < 10 && found.low.0 < -11_700, "{found:?}");
        // One reading on an edge does not move a plateau.
        let mut edge = files.analog(&[6_000, -11_700, 6_000, -3_000, -11_700, 6_000, -11_700, -11_700]);
        edge.drive(pwm(500)).expect("it is driven");
        let found = edge.pilot().expect("readings").expect("both halves");
        assert!((found.high.0 - 6_000).abs() < 10 && found.low.0 < -11_600, "{found:?}");
    }

    #[test]
    fn one_half_alone_counts_when_it_stays_so_and_a_short_at_once() {
        let files = Files::new("one");
        let mut analog = files.analog(&[9_000]);
        analog.drive(pwm(500)).expect("it is driven");
        assert_eq!([analog.pilot(), analog.pilot()], [Ok(None), Ok(None)]);
        assert!(analog.pilot().expect("readings").is_some_and(|found| found.high == found.low));
        let mut analog = files.analog(&[0]);
        analog.drive(pwm(500)).expect("it is driven");
        assert!(analog.pilot().expect("readings").is_some_and(|found| found.high.0.abs() < 10));
    }
}
