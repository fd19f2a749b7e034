//! Octets as fields of messages: in EXI they are octets, in JSON the text that XML has for them.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::{base64, hex};

/// A list of octets that XML writes in hexadecimal (xs:hexBinary); at most `N` of them.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub struct Hex<const N: usize> {
    length: u8,
    octets: [u8; N],
}

impl<const N: usize> Hex<N> {
    /// These octets; `None` if there are too many.
    #[must_use]
    pub fn new(octets: &[u8]) -> Option<Self> {
        let mut held = [0; N];
        held.get_mut(..octets.len())?.copy_from_slice(octets);
        Some(Self { length: u8::try_from(octets.len()).ok()?, octets: held })
    }

    /// The octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or(&self.octets)
    }
}

impl<const N: usize> Default for Hex<N> {
    fn default() -> Self {
        Self { length: 0, octets: [0; N] }
    }
}

impl<const N: usize> fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::write(self.octets()))
    }
}

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::write(self.octets()))
    }
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&hex::write(self.octets()))
        } else {
            serializer.serialize_bytes(self.octets())
        }
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Octets<const N: usize>;
        impl<const N: usize> Visitor<'_> for Octets<N> {
            type Value = Hex<N>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "at most {N} octets")
            }
            fn visit_bytes<E: serde::de::Error>(self, octets: &[u8]) -> Result<Hex<N>, E> {
                Hex::new(octets).ok_or_else(|| E::invalid_length(octets.len(), &self))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hex<N>, E> {
                let octets = hex::read(text).ok_or_else(|| E::custom(format_args!("{text:?} is not hexadecimal")))?;
                self.visit_bytes(&octets)
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Octets)
        } else {
            deserializer.deserialize_bytes(Octets)
        }
    }
}

/// Octets that XML writes in base64 (xs:base64Binary): certificates, keys, signatures.
#[derive(Clone, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Base64(pub Vec<u8>);

impl fmt::Debug for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64::write(&self.0))
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&base64::write(&self.0))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Octets;
        impl Visitor<'_> for Octets {
            type Value = Base64;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("octets")
            }
            fn visit_bytes<E: serde::de::Error>(self, octets: &[u8]) -> Result<Base64, E> {
                Ok(Base64(octets.to_vec()))
            }
            fn visit_byte_buf<E: serde::de::Error>(self, octets: Vec<u8>) -> Result<Base64, E> {
                Ok(Base64(octets))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Base64, E> {
                base64::read(text).map(Base64).ok_or_else(|| E::custom(format_args!("{text:?} is not base64")))
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Octets)
        } else {
            deserializer.deserialize_byte_buf(Octets)
        }
    }
}
