//! The generations of the protocol, and how they are offered.

use std::fmt;

use serde::Serialize;

use crate::messages::sap::AppProtocol;

/// What was agreed on: the messages that follow.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Protocol {
    /// DIN 70121:2012, direct current only.
    Din,
    /// ISO 15118-2:2014.
    Iso2,
    /// ISO 15118-20:2022.
    Iso20,
}

impl Protocol {
    /// The generation that a namespace stands for; manufacturers have others.
    #[must_use]
    pub fn of_namespace(namespace: &str) -> Option<Self> {
        match namespace {
            "urn:din:70121:2012:MsgDef" => Some(Self::Din),
            "urn:iso:15118:2:2013:MsgDef" => Some(Self::Iso2),
            "urn:iso:std:iso:15118:-20:AC"
            | "urn:iso:std:iso:15118:-20:DC"
            | "urn:iso:std:iso:15118:-20:WPT"
            | "urn:iso:std:iso:15118:-20:ACDP"
            | "urn:iso:std:iso:15118:-20:CommonMessages" => Some(Self::Iso20),
            _ => None,
        }
    }

    /// The generation that an entry of the car's offer stands for.
    #[must_use]
    pub fn of_offer(offer: &AppProtocol) -> Option<Self> {
        Self::of_namespace(&offer.protocol_namespace)
    }

    /// The name that the command line and reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Din => "din",
            Self::Iso2 => "iso2",
            Self::Iso20 => "iso20",
        }
    }

    /// The generation of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Din, Self::Iso2, Self::Iso20].into_iter().find(|protocol| protocol.name() == name)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Din => "DIN 70121",
            Self::Iso2 => "ISO 15118-2",
            Self::Iso20 => "ISO 15118-20",
        })
    }
}
