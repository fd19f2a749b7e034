//! What an endpoint says of such a board.

use std::path::PathBuf;
use std::str::FromStr;

use hardware::LinkError;
use iec61851::{Config, Outlet};
use units::Milliamps;

use crate::Endpoint;
use crate::options::only;

const OPTIONS: [&str; 12] = [
    "contactor",
    "feedback",
    "rcd",
    "pwm",
    "cp_adc",
    "cp_offset",
    "cp_span",
    "pp_adc",
    "pp_pullup",
    "adc_bits",
    "tethered",
    "ventilated",
];

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
    pub(super) fn read(endpoint: &Endpoint) -> Result<Self, LinkError> {
        only(endpoint, &OPTIONS)?;
        let contactor = line(endpoint, "contactor")?;
        let feedback = line(endpoint, "feedback")?;
        let proximity = channel(endpoint, "pp_adc")?;
        let tethered: Option<i32> = number(endpoint, "tethered")?;
        let outlet = match (&proximity, tethered) {
            (Some(_), None) => Outlet::Socket,
            (None, Some(amps @ 6..=80)) => Outlet::Tethered(Milliamps::from_amps(amps)),
            (None, Some(_)) => return Err(endpoint.wrong("tethered: expected 6 to 80 A").into()),
            (None, None) | (Some(_), Some(_)) => {
                return Err(endpoint.wrong("expected either pp_adc, for a socket, or tethered=AMPS").into());
            }
        };
        let pwm = required(endpoint, "pwm", endpoint.option("pwm").map(PathBuf::from))?;
        let (pilot_offset, pilot_span, pull_up, bits) = (
            number(endpoint, "cp_offset")?.unwrap_or(-11_790_i64),
            number(endpoint, "cp_span")?.unwrap_or(25_010),
            number(endpoint, "pp_pullup")?.unwrap_or(1_000),
            number(endpoint, "adc_bits")?.unwrap_or(12_u32),
        );
        let within = |value: i64| (1..=1_000_000).contains(&value);
        if !(within(pilot_span)
            && (-1_000_000..=1_000_000).contains(&pilot_offset)
            && within(pull_up)
            && (8..=24).contains(&bits))
        {
            return Err(endpoint.wrong("cp_offset, cp_span, pp_pullup or adc_bits is out of range").into());
        }
        let machine = Config {
            outlet,
            ventilated: endpoint.option("ventilated").is_some(),
            contactor_feedback: feedback.is_some(),
            ..Config::default()
        };
        Ok(Self {
            chip: endpoint.target().into(),
            sys: "/sys".into(),
            contactor: required(endpoint, "contactor", contactor)?,
            feedback,
            rcd: line(endpoint, "rcd")?,
            pwm,
            pilot: required(endpoint, "cp_adc", channel(endpoint, "cp_adc")?)?,
            pilot_offset,
            pilot_span,
            proximity,
            pull_up,
            full_scale: 1 << bits,
            machine,
        })
    }
}

fn required<T>(endpoint: &Endpoint, key: &str, value: Option<T>) -> Result<T, LinkError> {
    value.ok_or_else(|| endpoint.wrong(format!("the option {key} is missing")).into())
}

fn number<T: FromStr>(endpoint: &Endpoint, key: &str) -> Result<Option<T>, LinkError> {
    let Some(text) = endpoint.option(key) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| endpoint.wrong(format!("{key}: expected a number, got {text:?}")).into())
}

fn line(endpoint: &Endpoint, key: &str) -> Result<Option<LineName>, LinkError> {
    let Some(text) = endpoint.option(key) else { return Ok(None) };
    let (name, active_low) = text.strip_prefix('!').map_or((text, false), |name| (name, true));
    if name.is_empty() {
        return Err(endpoint.wrong(format!("{key}: expected the name of a line")).into());
    }
    Ok(Some(LineName { name: name.into(), active_low }))
}

fn channel(endpoint: &Endpoint, key: &str) -> Result<Option<ChannelName>, LinkError> {
    let Some(text) = endpoint.option(key) else { return Ok(None) };
    let parts = text.strip_prefix("iio:").and_then(|rest| rest.split_once('/'));
    match parts {
        Some((device, channel)) if !device.is_empty() && !channel.is_empty() && !channel.contains('/') => {
            Ok(Some(ChannelName { device: device.into(), channel: channel.into() }))
        }
        Some(_) | None => Err(endpoint.wrong(format!("{key}: expected iio:DEVICE/CHANNEL, got {text:?}")).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &str) -> Result<Settings, String> {
        let endpoint = format!("gpio:/dev/gpiochip0?{options}").parse().expect("an endpoint");
        Settings::read(&endpoint).map_err(|error| error.what)
    }

    const SOCKET: &str = "contactor=K1&pwm=pwmchip0/pwm0&cp_adc=iio:device0/voltage1&pp_adc=iio:device0/voltage2";

    #[test]
    fn a_socket_board_and_a_tethered_one() {
        let socket = read(&format!("{SOCKET}&feedback=!K1_MIRROR&rcd=RCD")).expect("settings");
        assert_eq!(socket.machine.outlet, Outlet::Socket);
        assert_eq!(socket.feedback, Some(LineName { name: "K1_MIRROR".into(), active_low: true }));
        assert!(socket.machine.contactor_feedback && !socket.machine.ventilated);
        assert_eq!((socket.pilot_offset, socket.pilot_span, socket.full_scale), (-11_790, 25_010, 4096));
        let fixed = "contactor=K1&pwm=pwmchip0/pwm0&cp_adc=iio:ads/voltage0&tethered=32&ventilated&cp_offset=-12000";
        let fixed = read(fixed).expect("settings");
        assert_eq!(fixed.machine.outlet, Outlet::Tethered(Milliamps::from_amps(32)));
        assert!(!fixed.machine.contactor_feedback && fixed.machine.ventilated);
        assert_eq!(fixed.pilot_offset, -12_000);
    }

    #[test]
    fn what_is_missing_or_wrong_is_said() {
        for (options, what) in [
            ("pwm=pwmchip0/pwm0&cp_adc=iio:device0/voltage1&tethered=32", "the option contactor is missing"),
            ("contactor=K1&cp_adc=iio:device0/voltage1&tethered=32", "the option pwm is missing"),
            ("contactor=K1&pwm=pwmchip0/pwm0&tethered=32", "the option cp_adc is missing"),
            (
                "contactor=K1&pwm=p&cp_adc=iio:device0/voltage1",
                "expected either pp_adc, for a socket, or tethered=AMPS",
            ),
            ("contactor=K1&pwm=p&cp_adc=device0&tethered=32", "cp_adc: expected iio:DEVICE/CHANNEL, got \"device0\""),
            ("contactor=!&pwm=p&cp_adc=iio:d/v&tethered=32", "contactor: expected the name of a line"),
            ("contactor=K1&pwm=p&cp_adc=iio:d/v&tethered=100", "tethered: expected 6 to 80 A"),
            (
                "contactor=K1&pwm=p&cp_adc=iio:d/v&tethered=32&cp_span=0",
                "cp_offset, cp_span, pp_pullup or adc_bits is out of range",
            ),
            ("contactor=K1&pwm=p&cp_adc=iio:d/v&tethered=lots", "tethered: expected a number, got \"lots\""),
        ] {
            assert_eq!(read(options).expect_err(options), what);
        }
        assert!(
            read("contacter=K1")
                .expect_err("a slip")
                .starts_with("unknown option \"contacter\": expected some of contactor")
        );
    }
}
