//! The endpoint of a rectifier on a CAN bus.

use std::ops::RangeInclusive;
use std::time::Duration;

use hardware::SupplyCapabilities;
use units::{Milliamps, Millivolts, Watts};
use wire::rectifier::{infypower, uugreen, winline};

use super::dialect::{Dialect, RangeChoice};
use crate::options::Options;
use crate::{Endpoint, EndpointError};

/// What an endpoint says of a rectifier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SupplySettings {
    pub(super) dialect: Dialect,
    /// What the supply can do at most, whatever it says itself.
    pub(super) limits: SupplyCapabilities,
    pub(super) reply: Duration,
    pub(super) silence: Duration,
}

/// What a bus of these modules can be set to; the standard allows no more than a million bits a second.
const BIT_RATES: RangeInclusive<u32> = 10_000..=1_000_000;
/// Bounds of what an outlet may use: beyond them is a typing error, not a charger.
const MOST_VOLTS: u16 = 1500;
const MOST_AMPS: u16 = 1000;
const MOST_WATTS: u32 = 1_500_000;

impl SupplySettings {
    /// Reads the settings of an endpoint.
    ///
    /// # Errors
    /// All that is unknown, missing or out of range.
    pub fn of(endpoint: &Endpoint) -> Result<Self, EndpointError> {
        let mut options = Options::of(endpoint);
        if endpoint.scheme() != "can" {
            options.wrong("expected can:INTERFACE?proto=..");
        }
        options.interface("can0");
        // For whoever brings the interface up; a bit rate that is none is a mistake here too.
        options.number("bitrate", BIT_RATES);
        let range = options.word(
            "range",
            &[
                ("auto", RangeChoice::Auto),
                ("high", RangeChoice::Fixed(uugreen::Range::High)),
                ("low", RangeChoice::Fixed(uugreen::Range::Low)),
            ],
            RangeChoice::Auto,
        );
        let (protocol, most) = match options.text("proto") {
            Some("infypower") => (Protocol::InfyPower, infypower::MAX_MODULE),
            Some("uugreen") => (Protocol::UuGreen, uugreen::MAX_MODULE),
            Some("winline") => (Protocol::Winline, winline::MAX_MODULE),
            _ => {
                options.wrong("proto: expected infypower, uugreen or winline");
                (Protocol::UuGreen, u8::MAX)
            }
        };
        let module = options.number("module", 0..=most).unwrap_or(0);
        let dialect = match protocol {
            Protocol::InfyPower => Dialect::InfyPower { module },
            Protocol::UuGreen => Dialect::UuGreen { module, range },
            Protocol::Winline => Dialect::Winline { module },
        };
        if endpoint.option("range").is_some() && !matches!(dialect, Dialect::UuGreen { .. }) {
            options.wrong("range: only uugreen has ranges");
        }
        let mut volts = |key, otherwise| i32::from(options.number(key, 0..=MOST_VOLTS).unwrap_or(otherwise));
        let (min_volts, max_volts) = (volts("min_v", 150), volts("max_v", 1000));
        let limits = SupplyCapabilities {
            min_voltage: Millivolts::from_volts(min_volts),
            max_voltage: Millivolts::from_volts(max_volts),
            max_current: Milliamps::from_amps(options.number("max_a", 1..=MOST_AMPS).unwrap_or(100).into()),
            max_power: Watts(options.number("max_w", 1..=MOST_WATTS).unwrap_or(30_000) as i32),
        };
        if limits.min_voltage > limits.max_voltage {
            options.wrong("min_v: expected not more than max_v");
        }
        let reply = options.millis("reply_ms", Duration::from_millis(200));
        let silence = options.seconds("silence_s", Duration::from_secs(15));
        options.end()?;
        Ok(Self { dialect, limits, reply, silence })
    }
}

/// Whose protocol.
enum Protocol {
    InfyPower,
    UuGreen,
    Winline,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<SupplySettings, EndpointError> {
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
            ("can:can0?proto=winline&module=64", "module: expected 0 to 63, got \"64\""),
            ("can:can0?proto=winline&range=low", "range: only uugreen has ranges"),
            ("can:can0?proto=uugreen&range=both", "range: expected auto or high or low, got \"both\""),
            ("can:can0?proto=infypower&min_v=800&max_v=500", "min_v: expected not more than max_v"),
            ("can:can0?proto=infypower&reply_ms=0", "reply_ms: expected 1 to 65535, got \"0\""),
            ("can:can0?proto=infypower&bitrate=fast", "bitrate: expected 10000 to 1000000, got \"fast\""),
            (
                "can:can0?proto=infypower&volts=3",
                "unknown option \"volts\": expected some of bitrate, max_a, max_v, \
              max_w, min_v, module, proto, range, reply_ms, silence_s",
            ),
            ("tty:can0?proto=infypower", "expected can:INTERFACE?proto=.."),
        ] {
            let error = settings(text).expect_err(text);
            assert_eq!(error.to_string(), format!("{text}: {expected}"));
        }
    }
}
