//! Values that are a fixed number of bytes and nothing more. They are shown, and serialized, as hexadecimal digits.

use std::fmt;

use serde::{Serialize, Serializer};

/// Bytes as hexadecimal digits, with something between two of them.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8], pub(crate) &'static str);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(self.1)?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// For `serialize_with`: a list of bytes as hexadecimal digits.
pub(crate) fn hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Hex(bytes, ""))
}

/// Declares a value of so many bytes, and what stands between two of them when it is shown.
macro_rules! octets {
    ($(#[$doc:meta])* $name:ident, $length:literal, $between:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, Eq, Ord, PartialEq, PartialOrd)]
        pub struct $name(pub [u8; $length]);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::octets::Hex(&self.0, $between).fmt(f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl From<[u8; $length]> for $name {
            fn from(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }
        }
    };
}
pub(crate) use octets;

octets!(
    /// Who runs a matching: drawn by the car, the same in every message of it.
    RunId, 8, ""
);
octets!(
    /// The eight bytes behind a run id in CM_MNBC_SOUND and CM_SLAC_MATCH, where HomePlug Green PHY has sixteen for it. Reserved, 0.
    RunIdTail, 8, ""
);
octets!(
    /// The name of a station: the VIN of a car, the id of an EVSE. All captured cars and chargers leave it 0.
    StationId, 17, ""
);
octets!(
    /// The random bytes of a sound.
    SoundRandom, 16, ""
);
octets!(
    /// The vendor of a message: the first three bytes of the addresses that are his.
    Oui, 3, ":"
);

/// A text in a field of so many bytes, ended by a zero where it is shorter. It is shown up to there; what is no printable ASCII
/// is shown as `.`.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Text<const N: usize>(pub [u8; N]);

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.0))
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({:?})", printable(&self.0))
    }
}

impl<const N: usize> Serialize for Text<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The text in these bytes, up to the first zero.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let text = bytes.iter().take_while(|byte| **byte != 0);
    text.map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' }).collect()
}
