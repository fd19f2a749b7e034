//! A serial line and its settings: `9600n1`, `19200e1`, `1200-8n1`.

use hardware::{ErrorKind, LinkError};
use tokio_serial::{ClearBuffer, DataBits, Parity, SerialPort, SerialPortBuilderExt, SerialStream, StopBits};

use crate::frames::Heard;
use crate::{Endpoint, EndpointError};

/// A serial line that is open.
pub type Line = Heard<SerialStream>;

/// How bits go over a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LineSettings {
    /// Bits a second.
    pub baud: u32,
    /// 7 or 8.
    pub data_bits: u8,
    /// After the data.
    pub parity: LineParity,
    /// 1 or 2.
    pub stop_bits: u8,
}

/// The bit after the data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LineParity {
    /// `n`: there is none.
    None,
    /// `e`
    Even,
    /// `o`
    Odd,
}

impl LineSettings {
    /// Reads `BAUD[-DATA]PARITYSTOP`; the data bits are those of the protocol where nothing else is said.
    fn parse(text: &str, data_bits: u8) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (baud, rest) = text.split_at(digits);
        let (data_bits, rest) = match rest.strip_prefix('-') {
            Some(rest) => match rest.as_bytes().first()? {
                b'7' => (7, rest.get(1..)?),
                b'8' => (8, rest.get(1..)?),
                _ => return None,
            },
            None => (data_bits, rest),
        };
        let (parity, stop_bits) = match rest {
            "n1" => (LineParity::None, 1),
            "n2" => (LineParity::None, 2),
            "e1" => (LineParity::Even, 1),
            "e2" => (LineParity::Even, 2),
            "o1" => (LineParity::Odd, 1),
            "o2" => (LineParity::Odd, 2),
            _ => return None,
        };
        let baud = baud.parse().ok().filter(|baud| (50..=4_000_000).contains(baud))?;
        Some(Self { baud, data_bits, parity, stop_bits })
    }

    /// The settings among the options of an endpoint: the bare word that begins with a digit.
    ///
    /// # Errors
    /// It is there and says nothing of a line.
    pub fn of(endpoint: &Endpoint, default: Self) -> Result<Self, EndpointError> {
        let Some(word) = line_word(endpoint) else { return Ok(default) };
        Self::parse(word, default.data_bits)
            .filter(|_| endpoint.option(word) == Some(""))
            .ok_or_else(|| endpoint.wrong(format!("{word}: expected a bare word such as 9600n1 or 1200-8n1")))
    }

    /// How long a character takes, with start, parity and stop bits.
    #[must_use]
    pub fn character(&self) -> std::time::Duration {
        let bits =
            1 + u32::from(self.data_bits) + u32::from(self.parity != LineParity::None) + u32::from(self.stop_bits);
        std::time::Duration::from_secs(1) * bits / self.baud
    }

    /// Opens a line and forgets what came before.
    ///
    /// # Errors
    /// It is not there, or it cannot be set so.
    pub fn open(&self, path: &str) -> Result<Line, LinkError> {
        let wrong = |error: tokio_serial::Error| {
            let kind = match error.kind() {
                tokio_serial::ErrorKind::NoDevice | tokio_serial::ErrorKind::Io(std::io::ErrorKind::NotFound) => {
                    ErrorKind::Disconnected
                }
                tokio_serial::ErrorKind::InvalidInput
                | tokio_serial::ErrorKind::Io(
                    std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::InvalidInput,
                ) => ErrorKind::Refused,
                _ => ErrorKind::Disconnected,
            };
            LinkError::new(kind, path.to_owned(), format!("cannot be opened as a serial line: {error}"))
        };
        let mut port = tokio_serial::new(path, self.baud)
            .data_bits(if self.data_bits == 7 { DataBits::Seven } else { DataBits::Eight })
            .parity(match self.parity {
                LineParity::None => Parity::None,
                LineParity::Even => Parity::Even,
                LineParity::Odd => Parity::Odd,
            })
            .stop_bits(if self.stop_bits == 2 { StopBits::Two } else { StopBits::One })
            .open_native_async()
            .map_err(wrong)?;
        share(&mut port).map_err(wrong)?;
        port.clear(ClearBuffer::All).map_err(wrong)?;
        Ok(heard(path, port))
    }
}

/// The line under the name of its node.
pub(crate) fn heard(path: &str, port: SerialStream) -> Line {
    Heard::new(format!("uart:{}", path.rsplit('/').next().unwrap_or(path)), port)
}

/// Lets go of the kernel's exclusive mark, which outlives its process on a pseudo terminal: a charger that was killed could
/// not open its devices again. The lock on the node stays, and keeps a second charger out.
///
/// # Errors
/// The kernel refuses.
pub(crate) fn share(port: &mut SerialStream) -> tokio_serial::Result<()> {
    port.set_exclusive(false)
}

/// The word among the options that says how the line is: the one that begins with a digit.
pub(crate) fn line_word(endpoint: &Endpoint) -> Option<&str> {
    endpoint.options().map(|(key, _)| key).find(|key| key.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: LineSettings = LineSettings { baud: 9600, data_bits: 7, parity: LineParity::Even, stop_bits: 1 };

    fn settings(text: &str) -> Result<LineSettings, EndpointError> {
        LineSettings::of(&text.parse().expect("an endpoint"), DEFAULT)
    }

    #[test]
    fn a_line_is_a_bare_word_among_the_options() {
        assert_eq!(settings("tic:/dev/ttyS0?mode=standard"), Ok(DEFAULT));
        assert_eq!(settings("tic:/dev/ttyS0?mode=historic&1200e1"), Ok(LineSettings { baud: 1200, ..DEFAULT }));
        assert_eq!(
            settings("modbus:/dev/ttyS0?19200-8n2"),
            Ok(LineSettings { baud: 19_200, data_bits: 8, parity: LineParity::None, stop_bits: 2 })
        );
        for text in ["9600", "9600x1", "9600n3", "9600-9n1", "0n1", "9600-", "9600n1=2"] {
            assert!(settings(&format!("modbus:/dev/ttyS0?{text}")).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_disconnected() {
        let error = DEFAULT.open("/dev/plugfest-no-such-line").expect_err("it is not there");
        assert_eq!((error.kind, error.device.as_ref()), (ErrorKind::Disconnected, "/dev/plugfest-no-such-line"));
    }
}
