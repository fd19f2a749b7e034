//! What an endpoint says of such a board.

use std::path::PathBuf;

use iec61851::{Config, Outlet, ResidualPolicy};
use units::Milliamps;

use crate::options::Options;
use crate::{Endpoint, EndpointError};
use hil_endpoint::parse_number;

/// A line of the chip.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct LineName {
    pub(super) name: String,
    pub(super) active_low: bool,
}

/// A channel of an ADC.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct ChannelName {
    /// `device0`, or the device's own name.
    pub(super) device: String,
    /// `voltage1`.
    pub(super) channel: String,
}

/// Everything an endpoint says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Settings {
    pub(super) chip: PathBuf,
    /// Where the kernel shows its devices.
    pub(super) sys: PathBuf,
    pub(super) contactor: LineName,
    pub(super) feedback: Option<LineName>,
    pub(super) rcd: Option<LineName>,
    pub(super) rcd_test: Option<LineName>,
    pub(super) pwm: PathBuf,
    pub(super) pilot: ChannelName,
    /// Millivolts at raw 0.
    pub(super) pilot_offset: i64,
    /// Millivolts between raw 0 and full scale.
    pub(super) pilot_span: i64,
    pub(super) proximity: Option<ChannelName>,
    /// Ohms.
    pub(super) pull_up: i64,
    /// Readings at full scale.
    pub(super) full_scale: i64,
    pub(super) machine: Config,
}

impl Settings {
    pub(super) fn read(endpoint: &Endpoint) -> Result<Self, EndpointError> {
        let mut options = Options::of(endpoint);
        let chip = options.path("/dev/gpiochip0").into();
        let contactor = required(&mut options, "contactor", line);
        let feedback = line(&mut options, "feedback");
        let rcd = line(&mut options, "rcd");
        let rcd_test = line(&mut options, "rcd_test");
        if rcd.is_none() && rcd_test.is_some() {
            options.wrong("rcd_test: there is no rcd that could show it");
        }
        let pwm = required(&mut options, "pwm", pwm);
        let pilot = required(&mut options, "cp_adc", channel);
        let proximity = channel(&mut options, "pp_adc");
        let tethered = options.number("tethered", 6..=80_u8);
        let outlet = match (endpoint.option("pp_adc"), endpoint.option("tethered")) {
            (Some(_), None) => Outlet::Socket,
            (None, Some(_)) => Outlet::Tethered(Milliamps::from_amps(tethered.unwrap_or(6).into())),
            (None, None) | (Some(_), Some(_)) => {
                options.wrong("expected either pp_adc, for a socket, or tethered=AMPS");
                Outlet::Socket
            }
        };
        let pilot_offset = offset(&mut options, "cp_offset").unwrap_or(-11_790);
        let pilot_span = i64::from(options.number("cp_span", 1..=1_000_000_u32).unwrap_or(25_010));
        let pull_up = i64::from(options.number("pp_pullup", 1..=1_000_000_u32).unwrap_or(1_000));
        let bits = options.number("adc_bits", 8..=24_u8).unwrap_or(12);
        let ventilated = options.flag("ventilated");
        let lines: Vec<_> =
            [&contactor, &feedback, &rcd, &rcd_test].into_iter().flatten().map(|line| &line.name).collect();
        if lines.iter().enumerate().any(|(index, name)| lines[..index].contains(name)) {
            options.wrong("contactor, feedback, rcd and rcd_test: expected a line of its own for each");
        }
        options.end()?;
        let (Some(contactor), Some(pwm), Some(pilot)) = (contactor, pwm, pilot) else {
            return Err(endpoint.wrong("contactor, pwm and cp_adc: expected all of them"));
        };
        let machine = Config {
            outlet,
            ventilated,
            contactor_feedback: feedback.is_some(),
            residual: ResidualPolicy { self_test: rcd_test.is_some(), ..Config::default().residual },
            ..Config::default()
        };
        Ok(Self {
            chip,
            sys: "/sys".into(),
            contactor,
            feedback,
            rcd,
            rcd_test,
            pwm,
            pilot,
            pilot_offset,
            pilot_span,
            proximity,
            pull_up,
            full_scale: 1 << bits,
            machine,
        })
    }
}

/// A setting that must be there.
fn required<'a, T>(
    options: &mut Options<'a>,
    key: &'a str,
    read: fn(&mut Options<'a>, &'a str) -> Option<T>,
) -> Option<T> {
    if options.endpoint().option(key).is_none() {
        options.wrong(format!("the option {key} is missing"));
    }
    read(options, key)
}

/// A voltage of either sign, in millivolts.
fn offset<'a>(options: &mut Options<'a>, key: &'a str) -> Option<i64> {
    let text = options.text(key)?;
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let offset = parse_number::<u32>(digits).filter(|millivolts| *millivolts <= 1_000_000);
    if offset.is_none() {
        options.wrong(format!("{key}: expected -1000000 to 1000000, got {text:?}"));
    }
    Some(sign * i64::from(offset?))
}

fn line<'a>(options: &mut Options<'a>, key: &'a str) -> Option<LineName> {
    let text = options.text(key)?;
    let (name, active_low) = text.strip_prefix('!').map_or((text, false), |name| (name, true));
    if name.is_empty() {
        options.wrong(format!("{key}: expected the name of a line"));
        return None;
    }
    Some(LineName { name: name.into(), active_low })
}

fn pwm<'a>(options: &mut Options<'a>, key: &'a str) -> Option<PathBuf> {
    let text = options.text(key)?;
    let numbered =
        |text: &str, name| text.strip_prefix(name).is_some_and(|number| parse_number::<u32>(number).is_some());
    if text.split_once('/').is_some_and(|(chip, channel)| numbered(chip, "pwmchip") && numbered(channel, "pwm")) {
        return Some(text.into());
    }
    options.wrong(format!("{key}: expected a PWM such as pwmchip0/pwm0, got {text:?}"));
    None
}

fn channel<'a>(options: &mut Options<'a>, key: &'a str) -> Option<ChannelName> {
    let text = options.text(key)?;
    match text.strip_prefix("iio:").and_then(|rest| rest.split_once('/')) {
        Some((device, channel)) if !device.is_empty() && !channel.is_empty() && !channel.contains('/') => {
            Some(ChannelName { device: device.into(), channel: channel.into() })
        }
        Some(_) | None => {
            options.wrong(format!("{key}: expected iio:DEVICE/CHANNEL, got {text:?}"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &str) -> Result<Settings, String> {
        let endpoint = format!("gpio:/dev/gpiochip0?{options}").parse().expect("an endpoint");
        Settings::read(&endpoint).map_err(|error| error.expected)
    }

    const SOCKET: &str = "contactor=K1&pwm=pwmchip0/pwm0&cp_adc=iio:device0/voltage1&pp_adc=iio:device0/voltage2";

    #[test]
    fn a_socket_board_and_a_tethered_one() {
        let socket = read(&format!("{SOCKET}&feedback=!K1_MIRROR&rcd=RCD&rcd_test=TEST")).expect("settings");
        assert_eq!(socket.machine.outlet, Outlet::Socket);
        assert_eq!(socket.feedback, Some(LineName { name: "K1_MIRROR".into(), active_low: true }));
        assert!(socket.machine.contactor_feedback && !socket.machine.ventilated && socket.machine.residual.self_test);
        assert_eq!((socket.pilot_offset, socket.pilot_span, socket.full_scale), (-11_790, 25_010, 4096));
        let fixed = "contactor=K1&pwm=pwmchip0/pwm0&cp_adc=iio:ads/voltage0&tethered=32&ventilated&cp_offset=-12000";
        let fixed = read(fixed).expect("settings");
        assert_eq!(fixed.machine.outlet, Outlet::Tethered(Milliamps::from_amps(32)));
        assert!(!fixed.machine.contactor_feedback && fixed.machine.ventilated && !fixed.machine.residual.self_test);
        assert_eq!(fixed.pilot_offset, -12_000);
    }

    #[test]
    fn what_is_missing_or_wrong_is_said() {
        for (options, what) in [
            ("pwm=pwmchip0/pwm0&cp_adc=iio:device0/voltage1&tethered=32", "the option contactor is missing"),
            ("contactor=K1&cp_adc=iio:device0/voltage1&tethered=32", "the option pwm is missing"),
            ("contactor=K1&pwm=pwmchip0/pwm0&tethered=32", "the option cp_adc is missing"),
            (
                "contactor=K1&pwm=pwmchip0/pwm0&cp_adc=iio:device0/voltage1",
                "expected either pp_adc, for a socket, or tethered=AMPS",
            ),
            (
                "contactor=K1&pwm=pwmchip0/pwm0&cp_adc=device0&tethered=32",
                "cp_adc: expected iio:DEVICE/CHANNEL, got \"device0\"",
            ),
            (
                "contactor=K1&pwm=pwmchip0/pwm0&cp_adc=iio:d/v&tethered=32&rcd_test=T",
                "rcd_test: there is no rcd that could show it",
            ),
            ("contactor=!&pwm=pwmchip0/pwm0&cp_adc=iio:d/v&tethered=32", "contactor: expected the name of a line"),
            ("contactor=K1&pwm=pwmchip0/pwm0&cp_adc=iio:d/v&tethered=100", "tethered: expected 6 to 80, got \"100\""),
            (
                "contactor=K1&pwm=pwmchip0/pwm0&cp_adc=iio:d/v&tethered=32&cp_span=0",
                "cp_span: expected 1 to 1000000, got \"0\"",
            ),
            ("contactor=K1&pwm=pwmchip0/pwm0&cp_adc=iio:d/v&tethered=lots", "tethered: expected 6 to 80, got \"lots\""),
        ] {
            assert_eq!(read(options).expect_err(options), what);
        }
        assert_eq!(
            read("contacter=K1&cp_offset=-2000000&tethered=32").expect_err("slips"),
            "the option contactor is missing; the option pwm is missing; the option cp_adc is missing; cp_offset: expected \
             -1000000 to 1000000, got \"-2000000\"; unknown option \"contacter\": expected some of adc_bits, contactor, \
             cp_adc, cp_offset, cp_span, feedback, pp_adc, pp_pullup, pwm, rcd, rcd_test, tethered, ventilated"
        );
        for (pwm, expected) in [("pwm0", "a PWM such as"), ("pwmchip0/pwmX", "a PWM such as")] {
            let error = read(&SOCKET.replace("pwmchip0/pwm0", pwm)).expect_err(pwm);
            assert!(error.contains(expected), "{error}");
        }
        let error = read(&format!("{SOCKET}&feedback=!K1")).expect_err("one line for two");
        assert_eq!(error, "contactor, feedback, rcd and rcd_test: expected a line of its own for each");
    }
}
