//! The codes of a fragment, and the grammar for an element whose name is declared with several types (EXI 1.0, section 8.5.3).
//!
//! In ISO 15118-2 that is `eMAID`: it is signed in CertificateInstallationRes and CertificateUpdateRes.
//!
//! | before its text | | after it | |
//! |---|---|---|---|
//! | 0.. | each attribute that is declared anywhere | 0.. | each element |
//! | then | any attribute | then | any element, the end, text |
//! | then | each element, any element, the end, text | | |

use crate::schema::{SchemaSet, width};

/// Codes of a set that are counted from its lists.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Codes {
    attributes: u32,
    elements: u32,
}

impl Codes {
    #[expect(clippy::cast_possible_truncation, reason = "schemas have hundreds of names")]
    pub(crate) const fn of(set: &SchemaSet) -> Self {
        Self { attributes: set.attributes.len() as u32, elements: set.fragments.len() as u32 }
    }

    /// The bits of a code of the fragment itself: each element, any element, the end.
    pub(crate) const fn fragment_width(self) -> u8 {
        width(self.elements as u64 + 2)
    }

    /// The end of the fragment.
    pub(crate) const fn fragment_end(self) -> u32 {
        self.elements + 1
    }

    /// The bits before the text, the escape counted.
    pub(crate) const fn start_width(self) -> u8 {
        width(self.attributes as u64 + self.elements as u64 + 5)
    }

    /// How many attributes there are: theirs are the first codes.
    pub(crate) const fn attributes(self) -> u32 {
        self.attributes
    }

    /// The end, before any text.
    pub(crate) const fn start_end(self) -> u32 {
        self.attributes + self.elements + 2
    }

    /// Text.
    pub(crate) const fn start_text(self) -> u32 {
        self.attributes + self.elements + 3
    }

    /// The bits after the text, the escape counted.
    pub(crate) const fn after_width(self) -> u8 {
        width(self.elements as u64 + 4)
    }

    /// The end, after the text.
    pub(crate) const fn after_end(self) -> u32 {
        self.elements + 1
    }
}
