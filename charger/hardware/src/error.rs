//! What may go wrong at a device, in the words the charger acts on.

use std::borrow::Cow;
use std::fmt;

/// What the charger needs to know of a device error to act on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nothing can be reached there: unplugged, powered down, closed.
    Disconnected,
    /// It answered with something that is not its protocol: a bad checksum, a short read, another version.
    Garbled,
    /// It understood and said no.
    Refused,
    /// It did not answer in time.
    TimedOut,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disconnected => "disconnected",
            Self::Garbled => "garbled",
            Self::Refused => "refused",
            Self::TimedOut => "timed out",
        })
    }
}

/// An error of a device: says its kind, and in its text which device and what was expected.
pub trait HardwareError: std::error::Error {
    /// What the charger acts on.
    fn kind(&self) -> ErrorKind;
}

/// A plain device error: kind, device, text. Enough for models and for most drivers.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{device}: {kind}: {what}")]
pub struct LinkError {
    /// What the charger acts on.
    pub kind: ErrorKind,
    /// The device as its owner calls it.
    pub device: Cow<'static, str>,
    /// What happened and what was expected.
    pub what: String,
}

impl LinkError {
    /// An error of `device`.
    pub fn new(kind: ErrorKind, device: impl Into<Cow<'static, str>>, what: impl Into<String>) -> Self {
        Self { kind, device: device.into(), what: what.into() }
    }
}

impl HardwareError for LinkError {
    fn kind(&self) -> ErrorKind {
        self.kind
    }
}
