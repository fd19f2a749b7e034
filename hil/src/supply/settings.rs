//! The endpoint of a rectifier on a CAN bus.

use std::time::Duration;

use hardware::{LinkError, SupplyCapabilities};
use units::{Milliamps, Millivolts, Watts};
use wire::rectifier::{infypower, uugreen, winline};

use super::dialect::{Dialect, RangeChoice};
use crate::{Endpoint, EndpointError, options};

/// What an endpoint says of a rectifier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SupplySettings {
    pub(super) dialect: Dialect,
    /// What the supply can do at most, whatever it says itself.
    pub(super) limits: SupplyCapabilities,
    pub(super) reply: Duration,
    pub(super) silence: Duration,
}

const OPTIONS: [&str; 10] =
    ["bitrate", "max_a", "max_v", "max_w", "min_v", "module", "proto", "range", "reply_ms", "silence_s"];

impl SupplySettings {
    /// Reads the settings of an endpoint.
    ///
    /// # Errors
    /// One is unknown, missing or out of range.
    pub fn of(endpoint: &Endpoint) -> Result<Self, LinkError> {
        if endpoint.scheme() != "can" {
            return Err(endpoint.wrong("expected can:INTERFACE?proto=..").into());
        }
        options::only(endpoint, &OPTIONS)?;
        // For whoever brings the interface up; a bit rate that is none is a mistake here too.
        endpoint.number::<u32>("bitrate")?;
        let module = |highest: u8| -> Result<u8, EndpointError> {
            let module = endpoint.number("module")?.unwrap_or(0);
            if module <= highest { Ok(module) } else { Err(endpoint.wrong(format!("module: expected 0 to {highest}"))) }
        };
        let range = match endpoint.option("range") {
            None | Some("auto") => RangeChoice::Auto,
            Some("high") => RangeChoice::Fixed(uugreen::Range::High),
            Some("low") => RangeChoice::Fixed(uugreen::Range::Low),
            Some(_) => return Err(endpoint.wrong("range: expected auto, high or low").into()),
        };
        let dialect = match endpoint.option("proto") {
            Some("infypower") => Dialect::InfyPower { module: module(infypower::MAX_MODULE)? },
            Some("uugreen") => Dialect::UuGreen { module: module(uugreen::MAX_MODULE)?, range },
            Some("winline") => Dialect::Winline { module: module(winline::MAX_MODULE)? },
            _ => return Err(endpoint.wrong("proto: expected infypower, uugreen or winline").into()),
        };
        if endpoint.option("range").is_some() && !matches!(dialect, Dialect::UuGreen { .. }) {
            return Err(endpoint.wrong("range: only uugreen has ranges").into());
        }
        let whole = |key: &str, otherwise: u16| endpoint.number::<u16>(key).map(|n| i32::from(n.unwrap_or(otherwise)));
        let limits = SupplyCapabilities {
            min_voltage: Millivolts::from_volts(whole("min_v", 150)?),
            max_voltage: Millivolts::from_volts(whole("max_v", 1000)?),
            max_current: Milliamps::from_amps(whole("max_a", 100)?),
            max_power: Watts(i32::try_from(endpoint.number::<u32>("max_w")?.unwrap_or(30_000)).unwrap_or(i32::MAX)),
        };
        if limits.min_voltage > limits.max_voltage {
            return Err(endpoint.wrong("min_v: expected not more than max_v").into());
        }
        let silence = endpoint.number::<u16>("silence_s")?.unwrap_or(15);
        Ok(Self {
            dialect,
            limits,
            reply: options::millis(endpoint, "reply_ms", Duration::from_millis(200))?,
            silence: Duration::from_secs(silence.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<SupplySettings, LinkError> {
        SupplySettings::of(&text.parse().expect("an endpoint"))
    }

    #[test]
    fn an_endpoint_says_protocol_module_and_limits() {
        let known = settings("can:can0?bitrate=125000&proto=infypower&module=2&max_v=750&max_a=40").expect("fine");
        assert_eq!(known.dialect, Dialect::InfyPower { module: 2 });
        assert_eq!(known.limits.max_voltage, Millivolts::from_volts(750));
        assert_eq!(known.limits.max_current, Milliamps::from_amps(40));
        assert_eq!((known.reply, known.silence), (Duration::from_millis(200), Duration::from_secs(15)));
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_was_expected() {
        for (text, expected) in [
            ("can:can0", "proto: expected infypower, uugreen or winline"),
            ("can:can0?proto=modbus", "proto: expected infypower, uugreen or winline"),
            ("can:can0?proto=winline&module=64", "module: expected 0 to 63"),
            ("can:can0?proto=winline&range=low", "range: only uugreen has ranges"),
            ("can:can0?proto=uugreen&range=both", "range: expected auto, high or low"),
            ("can:can0?proto=infypower&min_v=800&max_v=500", "min_v: expected not more than max_v"),
            ("can:can0?proto=infypower&reply_ms=0", "reply_ms: expected at least 1"),
            ("can:can0?proto=infypower&bitrate=fast", "bitrate: expected a number in range, got \"fast\""),
            (
                "can:can0?proto=infypower&volts=3",
                "unknown option \"volts\": expected some of bitrate, max_a, max_v, \
              max_w, min_v, module, proto, range, reply_ms, silence_s",
            ),
            ("tty:can0?proto=infypower", "expected can:INTERFACE?proto=.."),
        ] {
            let error = settings(text).expect_err(text);
            assert_eq!(error.to_string(), format!("{text}: refused: {expected}"));
        }
    }
}
