//! Where a device is: one line that names the kind of link, the place and the settings.
//!
//! ```text
//!   rpmsg:rpmsg_tuxevse@14
//!   can:can0?bitrate=125000&proto=infypower
//!   modbus:/dev/ttyUSB_RS485?19200e1&unit=3
//!   └─┬──┘ └──────┬─────────┘└──────┬─────┘
//!   scheme      target            options: key=value, or a bare word
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use hardware::{ErrorKind, LinkError};
use serde::{Deserialize, Serialize};

/// Where a device is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint {
    scheme: String,
    target: String,
    options: BTreeMap<String, String>,
    text: String,
}

/// An endpoint that cannot be used: which one, and what was expected.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{endpoint}: {expected}")]
pub struct EndpointError {
    /// As it was written.
    pub endpoint: String,
    /// What was expected.
    pub expected: String,
}

impl From<EndpointError> for LinkError {
    fn from(error: EndpointError) -> Self {
        Self::new(ErrorKind::Refused, error.endpoint, error.expected)
    }
}

impl Endpoint {
    /// The kind of link.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The place: a path, an interface, `HOST:PORT`.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The place and what stands behind its last `@`.
    #[must_use]
    pub fn target_and_address(&self) -> (&str, Option<&str>) {
        match self.target.rsplit_once('@') {
            Some((target, address)) => (target, Some(address)),
            None => (&self.target, None),
        }
    }

    /// The same kind of link with the same settings at another place, such as the pseudo terminal that was made for `pty`.
    ///
    /// # Errors
    /// There can be nothing at that place.
    pub fn at(&self, target: &str) -> Result<Self, EndpointError> {
        let options = self.text.split_once('?').map_or("", |(_, options)| options);
        let mark = if options.is_empty() { "" } else { "?" };
        format!("{}:{target}{mark}{options}", self.scheme).parse()
    }

    /// A setting; a bare word is there with an empty value.
    #[must_use]
    pub fn option(&self, key: &str) -> Option<&str> {
        self.options.get(key).map(String::as_str)
    }

    /// All settings.
    pub fn options(&self) -> impl Iterator<Item = (&str, &str)> {
        self.options.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// A number among the settings, decimal or with `0x`.
    ///
    /// # Errors
    /// It is there and is no number of that type.
    pub fn number<T: TryFrom<u64>>(&self, key: &str) -> Result<Option<T>, EndpointError> {
        let Some(text) = self.option(key) else { return Ok(None) };
        let wrong = || self.wrong(format!("{key}: expected a number in range, got {text:?}"));
        parse_number(text).map(Some).ok_or_else(wrong)
    }

    /// An error of this endpoint.
    pub fn wrong(&self, expected: impl Into<String>) -> EndpointError {
        EndpointError { endpoint: self.text.clone(), expected: expected.into() }
    }
}

/// A number, decimal or with `0x`: digits and nothing else.
#[must_use]
pub fn parse_number<T: TryFrom<u64>>(text: &str) -> Option<T> {
    let digits = |text: &str, digit: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|byte| digit(&byte));
    let number = match text.strip_prefix("0x") {
        Some(hex) => digits(hex, u8::is_ascii_hexdigit).then(|| u64::from_str_radix(hex, 16).ok()),
        None => digits(text, u8::is_ascii_digit).then(|| text.parse().ok()),
    };
    T::try_from(number??).ok()
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let wrong = |expected: &str| EndpointError { endpoint: text.into(), expected: expected.into() };
        let form = "expected SCHEME:TARGET[?OPTION[&OPTION]], such as i2c:/dev/i2c-0@0x20";
        let (scheme, rest) = text.split_once(':').ok_or_else(|| wrong(form))?;
        if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
            return Err(wrong(form));
        }
        let (target, options) = rest.split_once('?').unwrap_or((rest, ""));
        // `none:` is a device that is not there on purpose, and so is nowhere.
        if target.is_empty() && scheme != "none" {
            return Err(wrong(form));
        }
        let mut parsed = BTreeMap::new();
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            if parsed.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(wrong(&format!("the option {key} is there twice")));
            }
        }
        Ok(Self { scheme: scheme.into(), target: target.into(), options: parsed, text: text.into() })
    }
}

impl TryFrom<String> for Endpoint {
    type Error = EndpointError;

    fn try_from(text: String) -> Result<Self, EndpointError> {
        text.parse()
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.text
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Endpoint {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Endpoint".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "Where a device is: SCHEME:TARGET[?OPTION[&OPTION]]; sim:NAME is a model of the twin, none: is left out.",
            "pattern": "^(none:|[a-z0-9]+:[^?]+)(\\?.*)?$",
            "examples": ["i2c:/dev/i2c-0@0x20", "can:can0?bitrate=125000&proto=infypower", "sim:model"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Endpoint {
        text.parse().expect("an endpoint")
    }

    #[test]
    fn an_endpoint_has_scheme_target_address_and_options() {
        let can = parse("can:can0?bitrate=125000&proto=infypower");
        assert_eq!((can.scheme(), can.target(), can.option("proto")), ("can", "can0", Some("infypower")));
        assert_eq!(can.number::<u32>("bitrate"), Ok(Some(125_000)));
        assert_eq!(can.number::<u32>("node"), Ok(None));
        let lock = parse("i2c:/dev/i2c-0@0x20");
        assert_eq!(lock.target_and_address(), ("/dev/i2c-0", Some("0x20")));
        let monitor = parse("modbus:/dev/ttyUSB_RS485?19200e1&unit=3");
        assert_eq!((monitor.option("19200e1"), monitor.number::<u8>("unit")), (Some(""), Ok(Some(3))));
        let moved = monitor.at("/dev/pts/7").expect("a place");
        assert_eq!(moved.to_string(), "modbus:/dev/pts/7?19200e1&unit=3");
        assert_eq!(parse("uart:pty").at("/dev/pts/7"), Ok(parse("uart:/dev/pts/7")));
        assert!(parse("uart:pty").at("").is_err());
        assert_eq!((parse("none:").scheme(), parse("none:").target()), ("none", ""));
    }

    #[test]
    fn a_number_is_digits_and_nothing_else() {
        assert_eq!((parse_number("32"), parse_number("0x20"), parse_number("0xFf")), (Some(32), Some(32), Some(255)));
        for text in ["", "0x", "+5", "-1", "5 ", "1e3", "0x+5", "32x", "99999999999999999999", "256"] {
            assert_eq!(parse_number::<u8>(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_none_is_refused_with_what_was_expected() {
        for text in ["", "can0", ":can0", "can:", "CAN:can0", "can:can0?a=1&a=2"] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
        let error = parse("can:can0?bitrate=fast").number::<u32>("bitrate").expect_err("no number");
        assert_eq!(error.to_string(), "can:can0?bitrate=fast: bitrate: expected a number in range, got \"fast\"");
    }
}
