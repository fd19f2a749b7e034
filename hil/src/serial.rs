//! A serial line and its settings: `9600n1`, `19200e1`, `1200-8n1`, `rs485`.

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::termios::{ControlModes, OptionalActions, tcgetattr, tcsetattr};
use tokio_serial::{ClearBuffer, DataBits, FlowControl, Parity, SerialPort as _, SerialStream, StopBits};

use crate::frames::Heard;
use crate::holder::{group_of, in_use};
use crate::options::Options;
use crate::{nodes, sys};

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
    /// Who switches an RS485 line from listening to sending.
    pub direction: Direction,
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

/// Who switches an RS485 line from listening to sending.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Nobody has to, or the adapter does it by itself.
    Unswitched,
    /// `rs485`: the driver of the line, by raising RTS while it sends.
    Rts,
    /// `rs485=inverted`: the driver of the line, by lowering RTS while it sends.
    RtsInverted,
}

/// Speeds that a line may have.
const BAUDS: std::ops::RangeInclusive<u32> = 50..=4_000_000;

impl fmt::Display for LineSettings {
    /// As it is written in an endpoint.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { baud, data_bits, stop_bits, .. } = self;
        let parity = match self.parity {
            LineParity::None => 'n',
            LineParity::Even => 'e',
            LineParity::Odd => 'o',
        };
        let direction = match self.direction {
            Direction::Unswitched => "",
            Direction::Rts => " with rs485",
            Direction::RtsInverted => " with rs485=inverted",
        };
        write!(f, "{baud}-{data_bits}{parity}{stop_bits}{direction}")
    }
}

impl LineSettings {
    /// A line with one stop bit.
    #[must_use]
    pub const fn new(baud: u32, data_bits: u8, parity: LineParity) -> Self {
        Self { baud, data_bits, parity, stop_bits: 1, direction: Direction::Unswitched }
    }

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
        let baud = baud.parse().ok().filter(|baud| BAUDS.contains(baud))?;
        Some(Self { stop_bits, ..Self::new(baud, data_bits, parity) })
    }

    /// The settings among the options of an endpoint: the bare word that begins with a digit, and `rs485`.
    pub(crate) fn of(options: &mut Options<'_>, default: Self) -> Self {
        let line = match options.line_word() {
            None => default,
            Some(word) => Self::parse(word, default.data_bits).unwrap_or_else(|| {
                options.wrong(format!("{word}: expected a line such as 9600n1 or 1200-8n1"));
                default
            }),
        };
        Self { direction: Direction::of(options), ..line }
    }

    /// As [`LineSettings::of`], where the speed alone is enough: such devices have but one form of character.
    pub(crate) fn by_speed(options: &mut Options<'_>, default: Self) -> Self {
        let line = match options.line_word() {
            None => default,
            Some(word) => match word.parse() {
                Ok(baud) if BAUDS.contains(&baud) => Self { baud, ..default },
                _ => Self::parse(word, default.data_bits).unwrap_or_else(|| {
                    options.wrong(format!("{word}: expected a speed such as 115200, or a line such as 115200n1"));
                    default
                }),
            },
        };
        Self { direction: Direction::of(options), ..line }
    }

    /// How long a character takes, with start, parity and stop bits.
    #[must_use]
    pub fn character(&self) -> Duration {
        let bits =
            1 + u32::from(self.data_bits) + u32::from(self.parity != LineParity::None) + u32::from(self.stop_bits);
        Duration::from_secs(1) * bits / self.baud
    }

    /// Opens a line and forgets what came before.
    ///
    /// # Errors
    /// It is not there, somebody else has it, or it cannot be set so.
    pub fn open(&self, path: &str) -> Result<Line, LinkError> {
        let mut port = self.open_port(path).map_err(|error| open_error(path, error))?;
        match self.direction {
            Direction::Unswitched => {}
            Direction::Rts | Direction::RtsInverted => {
                if let Err(error) = sys::switch_direction(&mut port, self.direction == Direction::RtsInverted) {
                    tracing::warn!(
                        "{path}: rs485: the driver of this line does not switch its direction ({error}); it is used \
                         as it is, and works only if the adapter does it by itself"
                    );
                }
            }
        }
        Ok(Heard::new(format!("uart:{}", path.rsplit('/').next().unwrap_or(path)), port))
    }

    fn open_port(&self, path: &str) -> Result<SerialStream, NotOpened> {
        let node = nodes::open(Path::new(path))?;
        // What is no terminal says so here.
        let mut raw = tcgetattr(&node).map_err(io::Error::from)?;
        // Nothing is set before the line is ours: whoever has it goes on undisturbed.
        match flock(&node, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(NotOpened::InUse),
            Err(error) => return Err(NotOpened::Kernel(error.into())),
        }
        // Bytes as they are, and no regard for modem lines.
        raw.make_raw();
        raw.control_modes |= ControlModes::CREAD | ControlModes::CLOCAL;
        tcsetattr(&node, OptionalActions::Now, &raw).map_err(io::Error::from)?;
        let mut port = sys::serial_port(node);
        port.set_data_bits(if self.data_bits == 7 { DataBits::Seven } else { DataBits::Eight })?;
        port.set_parity(match self.parity {
            LineParity::None => Parity::None,
            LineParity::Even => Parity::Even,
            LineParity::Odd => Parity::Odd,
        })?;
        port.set_stop_bits(if self.stop_bits == 2 { StopBits::Two } else { StopBits::One })?;
        port.set_flow_control(FlowControl::None)?;
        port.set_baud_rate(self.baud)?;
        // The kernel's exclusive mark outlives its process on a pseudo terminal: a charger that was killed could not open its
        // devices again. The lock on the node stays, and keeps a second charger out.
        port.set_exclusive(false)?;
        port.clear(ClearBuffer::All)?;
        Ok(SerialStream::try_from(port)?)
    }
}

/// Why a line cannot be had.
enum NotOpened {
    /// Somebody else has locked it, or marked it as his own.
    InUse,
    /// The kernel says so.
    Kernel(io::Error),
}

impl From<io::Error> for NotOpened {
    fn from(error: io::Error) -> Self {
        // Marked as somebody's own.
        if error.kind() == io::ErrorKind::ResourceBusy { Self::InUse } else { Self::Kernel(error) }
    }
}

impl From<tokio_serial::Error> for NotOpened {
    fn from(error: tokio_serial::Error) -> Self {
        Self::Kernel(error.into())
    }
}

impl Direction {
    fn of(options: &mut Options<'_>) -> Self {
        match options.text("rs485") {
            None => Self::Unswitched,
            Some("") => Self::Rts,
            Some("inverted") => Self::RtsInverted,
            Some(other) => {
                options.wrong(format!("rs485: expected the word alone, or rs485=inverted, got {other:?}"));
                Self::Unswitched
            }
        }
    }
}

/// What cannot be had now, and what never will be: a line that somebody else has is not gone.
fn open_error(path: &str, error: NotOpened) -> LinkError {
    let error = match error {
        NotOpened::InUse => return LinkError::new(ErrorKind::Refused, path.to_owned(), in_use(Path::new(path))),
        NotOpened::Kernel(error) => error,
    };
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput | io::ErrorKind::IsADirectory => {
            ErrorKind::Refused
        }
        _ if error.raw_os_error() == Some(libc::ENOTTY) => ErrorKind::Refused,
        _ => ErrorKind::Disconnected,
    };
    let advice =
        if error.kind() == io::ErrorKind::PermissionDenied { group_of(Path::new(path)) } else { String::new() };
    LinkError::new(kind, path.to_owned(), format!("cannot be opened as a serial line: {error}{advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::{Endpoint, EndpointError};

    const DEFAULT: LineSettings = LineSettings::new(9600, 7, LineParity::Even);

    fn read(text: &str, of: fn(&mut Options<'_>, LineSettings) -> LineSettings) -> Result<LineSettings, EndpointError> {
        let endpoint: Endpoint = text.parse().expect("an endpoint");
        let mut options = Options::of(&endpoint);
        options.text("mode");
        let line = of(&mut options, DEFAULT);
        options.end().map(|()| line)
    }

    fn settings(text: &str) -> Result<LineSettings, EndpointError> {
        read(text, LineSettings::of)
    }

    #[test]
    fn a_line_is_a_bare_word_among_the_options() {
        assert_eq!(settings("tic:/dev/ttyS0?mode=standard"), Ok(DEFAULT));
        assert_eq!(settings("tic:/dev/ttyS0?mode=historic&1200e1"), Ok(LineSettings { baud: 1200, ..DEFAULT }));
        assert_eq!(
            settings("modbus:/dev/ttyS0?19200-8n2"),
            Ok(LineSettings { stop_bits: 2, ..LineSettings::new(19_200, 8, LineParity::None) })
        );
        let direction = |text: &str| settings(text).map(|line| line.direction);
        assert_eq!(direction("modbus:/dev/ttyS0?9600n1&rs485"), Ok(Direction::Rts));
        assert_eq!(direction("modbus:/dev/ttyS0?rs485=inverted"), Ok(Direction::RtsInverted));
        assert!(direction("modbus:/dev/ttyS0?rs485=yes").is_err());
        for text in ["9600", "9600x1", "9600n3", "9600-9n1", "0n1", "9600-", "9600n1=2", "9600n1&19200e1"] {
            assert!(settings(&format!("modbus:/dev/ttyS0?{text}")).is_err(), "{text}");
        }
    }

    #[test]
    fn a_speed_alone_is_enough_where_there_is_one_form_of_character() {
        let baud = |text: &str| read(text, LineSettings::by_speed).map(|line| line.baud);
        assert_eq!(baud("uart:/dev/ttyS1?115200"), Ok(115_200));
        assert_eq!(baud("uart:/dev/ttyS1?57600n1"), Ok(57_600));
        for text in ["115201x", "0", "5000000", "9600q1"] {
            let error = baud(&format!("uart:/dev/ttyS1?{text}")).expect_err(text);
            assert!(error.expected.contains("expected a speed such as 115200"), "{error}");
        }
    }

    #[test]
    fn settings_are_written_as_they_are_read() {
        let line = settings("modbus:/dev/ttyS0?19200-8e1&rs485").expect("a line");
        assert_eq!(line.to_string(), "19200-8e1 with rs485");
    }

    #[test]
    fn what_is_not_there_is_disconnected() {
        let error = DEFAULT.open("/dev/plugfest-no-such-line").expect_err("it is not there");
        assert_eq!((error.kind, error.device.as_ref()), (ErrorKind::Disconnected, "/dev/plugfest-no-such-line"));
    }
}
