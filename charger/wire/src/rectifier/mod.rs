//! DC rectifiers on a CAN bus: what the makers' protocols have in common, and one module for each protocol.
//!
//! All use classic CAN with 29-bit identifiers, usually at 125 kbit/s, and big-endian payloads of eight bytes. A controller
//! asks, a module answers; a module that hears nobody for long switches itself off.
//!
//! | protocol | reads | sets |
//! |---|---|---|
//! | [`infypower`] V1.13 | floats, volts and amperes in one frame | millivolts and milliamperes in one frame |
//! | [`uugreen`] UR1000 | thousandths, one value a frame | the same |
//! | [`winline`] (Maxwell type) | floats, one register a frame | a float, and amperes times 1024 |

pub mod infypower;
pub mod uugreen;
pub mod winline;

/// An answer for us that says no, or that is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadReply {
    /// The module refuses, with its code.
    #[error("the module refuses, error {0:#04x}")]
    Refused(u8),
    /// Not as long as it should be, or of a kind that does not belong there.
    #[error("no answer of this protocol: {0} bytes")]
    Malformed(u8),
}

/// The four bytes from `at` on, the highest first.
fn word_at(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// Eight bytes out of two words.
const fn two_words(first: u32, second: u32) -> [u8; 8] {
    (((first as u64) << 32) | second as u64).to_be_bytes()
}
