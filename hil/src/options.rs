//! Settings of an endpoint, read strictly: a word that nobody knows is a mistake of whoever wrote it. All that is wrong with an
//! endpoint is told at once.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::{Endpoint, EndpointError};
use hil_endpoint::parse_number;

/// Reads the settings of an endpoint. What is wrong is noted, and [`Options::end`] tells all of it.
#[derive(Debug)]
pub(crate) struct Options<'a> {
    endpoint: &'a Endpoint,
    known: Vec<&'a str>,
    wrong: Vec<String>,
}

impl<'a> Options<'a> {
    pub(crate) const fn of(endpoint: &'a Endpoint) -> Self {
        Self { endpoint, known: Vec::new(), wrong: Vec::new() }
    }

    pub(crate) const fn endpoint(&self) -> &'a Endpoint {
        self.endpoint
    }

    /// Notes something else that is wrong.
    pub(crate) fn wrong(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }

    /// The word of a setting, as it is there.
    pub(crate) fn text(&mut self, key: &'a str) -> Option<&'a str> {
        self.known.push(key);
        self.endpoint.option(key)
    }

    /// A number in a range, decimal or with `0x`.
    pub(crate) fn number<T: TryFrom<u64> + PartialOrd + Display>(
        &mut self,
        key: &'a str,
        range: RangeInclusive<T>,
    ) -> Option<T> {
        let text = self.text(key)?;
        let number = parse_number(text).filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = range.into_inner();
            self.wrong(format!("{key}: expected {least} to {most}, got {text:?}"));
        }
        number
    }

    /// A time in milliseconds, at least one, or as it is when nobody says.
    pub(crate) fn millis(&mut self, key: &'a str, otherwise: Duration) -> Duration {
        self.number(key, 1..=u16::MAX).map_or(otherwise, |millis| Duration::from_millis(millis.into()))
    }

    /// A time in seconds, at least one, or as it is when nobody says.
    pub(crate) fn seconds(&mut self, key: &'a str, otherwise: Duration) -> Duration {
        self.number(key, 1..=u16::MAX).map_or(otherwise, |seconds| Duration::from_secs(seconds.into()))
    }

    /// One of some words, or what it is when nobody says.
    pub(crate) fn word<T: Copy>(&mut self, key: &'a str, words: &[(&str, T)], otherwise: T) -> T {
        let Some(text) = self.text(key) else { return otherwise };
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, meaning)) => *meaning,
            None => {
                let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                self.wrong(format!("{key}: expected {}, got {text:?}", words.join(" or ")));
                otherwise
            }
        }
    }

    /// Whether a bare word is there.
    pub(crate) fn flag(&mut self, key: &'a str) -> bool {
        match self.text(key) {
            None => false,
            Some("") => true,
            Some(_) => {
                self.wrong(format!("{key}: expected the word alone, without a value"));
                false
            }
        }
    }

    /// The bare word that says how a serial line is: the one that begins with a digit.
    pub(crate) fn line_word(&mut self) -> Option<&'a str> {
        let begins_so = |key: &str| key.starts_with(|first: char| first.is_ascii_digit());
        let mut words = self.endpoint.options().filter(|(key, _)| begins_so(key));
        let (word, value) = words.next()?;
        self.known.push(word);
        if !value.is_empty() {
            self.wrong.push(format!("{word}: expected the word alone, without a value"));
        }
        if let Some((second, _)) = words.next() {
            self.known.push(second);
            self.wrong.push(format!("{word} and {second}: a line is set once"));
        }
        Some(word)
    }

    /// The target as the path of a node.
    pub(crate) fn path(&mut self, example: &str) -> &'a str {
        let path = self.endpoint.target();
        if !is_path(path) {
            self.wrong(format!("expected a path such as {example}, got {path:?}"));
        }
        path
    }

    /// The target as the name of a network interface.
    pub(crate) fn interface(&mut self, example: &str) -> &'a str {
        let name = self.endpoint.target();
        // As the kernel has it: up to 15 bytes, no slash, no colon, no space.
        let good = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b':');
        if name.is_empty() || name.len() > 15 || matches!(name, "." | "..") || !name.bytes().all(good) {
            self.wrong(format!("expected the name of an interface such as {example}, got {name:?}"));
        }
        name
    }

    /// All that was wrong.
    ///
    /// # Errors
    /// Something was, or there is a setting that nobody has asked for.
    pub(crate) fn end(mut self) -> Result<(), EndpointError> {
        self.known.sort_unstable();
        self.known.dedup();
        // A word for a line is one of many: it is told by what it may look like, not as it was written.
        let known: Vec<_> = self.known.iter().copied().filter(|key| !key.starts_with(char::is_numeric)).collect();
        let unknown: Vec<_> = self.endpoint.options().filter(|(key, _)| !self.known.contains(key)).collect();
        for (key, _) in unknown {
            let expected = if known.is_empty() { "none".into() } else { format!("some of {}", known.join(", ")) };
            self.wrong.push(format!("unknown option {key:?}: expected {expected}"));
        }
        if self.wrong.is_empty() { Ok(()) } else { Err(self.endpoint.wrong(self.wrong.join("; "))) }
    }
}

/// Whether that is a path from the root: nobody knows in which folder a service is started.
pub(crate) fn is_path(text: &str) -> bool {
    text.len() > 1 && text.starts_with('/') && !text.ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> String {
        let endpoint: Endpoint = text.parse().expect("an endpoint");
        let mut options = Options::of(&endpoint);
        options.path("/dev/i2c-0");
        options.number::<u8>("bit", 0..=7);
        options.millis("pulse_ms", Duration::ZERO);
        options.word("active", &[("high", true), ("low", false)], true);
        options.flag("tethered");
        options.end().map_or_else(|error| error.expected, |()| String::new())
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_by_name() {
        assert_eq!(all("i2c:/dev/i2c-0?bit=7&pulse_ms=0x10&active=low&tethered"), "");
        assert_eq!(
            all("i2c:i2c-0?bit=8&pulse_ms=0&active=up&tethered=32&pulse=3"),
            "expected a path such as /dev/i2c-0, got \"i2c-0\"; bit: expected 0 to 7, got \"8\"; pulse_ms: expected 1 to \
             65535, got \"0\"; active: expected high or low, got \"up\"; tethered: expected the word alone, without a \
             value; unknown option \"pulse\": expected some of active, bit, pulse_ms, tethered"
        );
        let endpoint: Endpoint = "packet:eth2?speed=3".parse().expect("an endpoint");
        let error = Options::of(&endpoint).end().expect_err("unknown");
        assert_eq!(error.to_string(), "packet:eth2?speed=3: unknown option \"speed\": expected none");
    }

    #[test]
    fn an_interface_has_a_name_that_the_kernel_knows() {
        for (target, good) in
            [("can0", true), ("eth2.100", true), ("/dev/can0", false), ("a-name-of-16-byt", false), ("can 0", false)]
        {
            let endpoint = format!("can:{target}").parse().expect("an endpoint");
            let mut options = Options::of(&endpoint);
            options.interface("can0");
            assert_eq!(options.end().is_ok(), good, "{target}");
        }
    }
}
