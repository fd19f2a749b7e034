//! What an endpoint says of a device with registers.

use std::time::Duration;

use crate::options::Options;
use crate::{Endpoint, EndpointError, LineSettings};
use hil_endpoint::parse_number;

/// The port of Modbus, for where none is named.
const PORT: u16 = 502;
/// How long a device may take for an answer, for where nothing is said.
const TIMEOUT: Duration = Duration::from_millis(250);
/// How much later than that an answer may come, for where nothing is said.
const LATE: Duration = Duration::from_millis(1000);

/// How a device is delivered: for where its endpoint says nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usual {
    /// Its line.
    pub(crate) line: LineSettings,
    /// Its number on the line.
    pub(crate) unit: u8,
    /// The pause it needs between two questions, besides the one that every line has.
    pub(crate) gap: Duration,
}

/// Where a device is, and how it is spoken to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ModbusSettings {
    pub(crate) place: Place,
    pub(crate) unit: u8,
    /// How long it may take for an answer.
    pub(crate) timeout: Duration,
    /// How much later than that an answer may come: a device that missed its time is left alone for so long.
    pub(crate) late: Duration,
    /// The pause between two questions to it.
    pub(crate) gap: Duration,
}

/// What several devices may share.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// A serial line.
    Line { path: String, line: LineSettings },
    /// A host that passes questions on: `HOST:PORT`.
    Gateway(String),
}

impl ModbusSettings {
    /// Reads the settings of an endpoint.
    pub(crate) fn of(options: &mut Options<'_>, usual: &Usual) -> Self {
        let endpoint = options.endpoint();
        let place = match gateway(endpoint) {
            Ok(Some((host, port))) => {
                if options.line_word().is_some() || endpoint.option("rs485").is_some() {
                    options.wrong("a line is set at the gateway, not here");
                }
                options.text("rs485");
                Place::Gateway(format!("{host}:{port}"))
            }
            Ok(None) => {
                let path = options.path("/dev/ttyUSB_RS485, or tcp:HOST[:PORT]").to_owned();
                Place::Line { path, line: LineSettings::of(options, usual.line) }
            }
            Err(error) => {
                options.wrong(error.expected);
                Place::Gateway(String::new())
            }
        };
        let unit = options.number("unit", 1..=247).unwrap_or(usual.unit);
        let timeout = options.millis("timeout_ms", TIMEOUT);
        let late = options.millis("late_ms", LATE);
        let gap = options.number("gap_ms", 0..=u16::MAX);
        let gap = gap.map_or(usual.gap, |millis| Duration::from_millis(millis.into()));
        Self { place, unit, timeout, late, gap }
    }
}

/// The host and the port of a device behind a TCP connection; `None` when it is on a serial line.
///
/// # Errors
/// There is no host, or there is a port and it is none.
pub(super) fn gateway(endpoint: &Endpoint) -> Result<Option<(&str, u16)>, EndpointError> {
    let Some(address) = endpoint.target().strip_prefix("tcp:") else { return Ok(None) };
    // An IPv6 address has its colons between brackets.
    let (host, port) = match address.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
        Some((host, port)) => match parse_number(port).filter(|port| *port != 0) {
            Some(port) => (host, port),
            None => return Err(endpoint.wrong(format!("expected tcp:HOST[:PORT], and {port:?} is no port"))),
        },
        None => (address, PORT),
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:%".contains(&byte);
    if bare.is_empty() || !bare.bytes().all(good) || (bare.contains(':') && bare == host) {
        return Err(endpoint.wrong(format!("expected tcp:HOST[:PORT], and {host:?} is no host")));
    }
    Ok(Some((host, port)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LineParity;

    #[test]
    fn a_host_may_name_its_port_and_has_that_of_modbus_otherwise() {
        for (target, expected) in [
            ("tcp:192.0.2.7:1502", Some(("192.0.2.7", 1502))),
            ("tcp:192.0.2.7", Some(("192.0.2.7", 502))),
            ("tcp:meter.local", Some(("meter.local", 502))),
            ("tcp:[2001:db8::7]", Some(("[2001:db8::7]", 502))),
            ("tcp:[2001:db8::7]:1502", Some(("[2001:db8::7]", 1502))),
            ("/dev/ttyUSB0", None),
        ] {
            let endpoint = format!("modbus:{target}?unit=1").parse().expect("an endpoint");
            assert_eq!(gateway(&endpoint), Ok(expected), "{target}");
        }
        for (target, expected) in [
            ("tcp:192.0.2.7:http", "expected tcp:HOST[:PORT], and \"http\" is no port"),
            ("tcp:192.0.2.7:0", "expected tcp:HOST[:PORT], and \"0\" is no port"),
            ("tcp:192.0.2.7:70000", "expected tcp:HOST[:PORT], and \"70000\" is no port"),
            ("tcp::502", "expected tcp:HOST[:PORT], and \"\" is no host"),
            ("tcp:2001:db8::7:502", "expected tcp:HOST[:PORT], and \"2001:db8::7\" is no host"),
            ("tcp:a host", "expected tcp:HOST[:PORT], and \"a host\" is no host"),
        ] {
            let endpoint = format!("modbus:{target}").parse().expect("an endpoint");
            let error = gateway(&endpoint).expect_err(target);
            assert_eq!(error.expected, expected);
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let usual = Usual { line: LineSettings::new(9600, 8, LineParity::None), unit: 1, gap: Duration::ZERO };
        let read = |text: &str| {
            let endpoint: Endpoint = text.parse().expect("an endpoint");
            let mut options = Options::of(&endpoint);
            let settings = ModbusSettings::of(&mut options, &usual);
            options.end().map(|()| settings).map_err(|error| error.expected)
        };
        let settings = read("modbus:/dev/ttyUSB0?19200e1&unit=3&timeout_ms=400&rs485").expect("settings");
        assert_eq!((settings.unit, settings.timeout, settings.late), (3, Duration::from_millis(400), LATE));
        assert_eq!(
            read("modbus:ttyUSB0?9600q1&unit=999&timeout_ms=fast&rs485=yes&units=3").expect_err("wrong"),
            "expected a path such as /dev/ttyUSB_RS485, or tcp:HOST[:PORT], got \"ttyUSB0\"; 9600q1: expected a line such \
             as 9600n1 or 1200-8n1; rs485: expected the word alone, or rs485=inverted, got \"yes\"; unit: expected 1 to \
             247, got \"999\"; timeout_ms: expected 1 to 65535, got \"fast\"; unknown option \"units\": expected some of \
             gap_ms, late_ms, rs485, timeout_ms, unit"
        );
        assert_eq!(
            read("modbus:tcp:192.0.2.7?9600n1").expect_err("no line here"),
            "a line is set at the gateway, not here"
        );
    }
}
