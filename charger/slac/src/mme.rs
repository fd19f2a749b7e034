//! The header of a management message (MME), and the types of messages by their numbers.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

/// The version of the header.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum HeaderVersion {
    /// 0, HomePlug AV 1.0: the message begins behind the type.
    #[serde(rename = "1.0")]
    V1_0,
    /// 1, HomePlug AV 1.1: a [`Fragment`] stands behind the type.
    #[serde(rename = "1.1")]
    V1_1,
    /// 2, HomePlug AV 2.0: as 1.1.
    #[serde(rename = "2.0")]
    V2_0,
}

impl HeaderVersion {
    /// As it stands in the header.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::V1_0 => 0,
            Self::V1_1 => 1,
            Self::V2_0 => 2,
        }
    }

    /// The version of this number, if there is one.
    #[must_use]
    pub const fn of(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::V1_0),
            1 => Some(Self::V1_1),
            2 => Some(Self::V2_0),
            _ => None,
        }
    }

    /// Whether a fragment stands behind the type.
    #[must_use]
    pub const fn has_fragment(self) -> bool {
        !matches!(self, Self::V1_0)
    }
}

/// Which piece of a message that is too long for a frame this is (FMI). All zero where it is whole.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Fragment(pub [u8; 2]);

impl Fragment {
    /// The piece: 0 is the first.
    #[must_use]
    pub const fn index(self) -> u8 {
        self.0[0] & 0x0f
    }

    /// So many pieces there are, at least 1.
    #[must_use]
    pub const fn count(self) -> u8 {
        (self.0[0] >> 4) + 1
    }

    /// The number of the message that all its pieces carry.
    #[must_use]
    pub const fn sequence(self) -> u8 {
        self.0[1]
    }
}

impl Serialize for Fragment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&crate::octets::Hex(&self.0, ""))
    }
}

/// What a message does: the lowest two bits of its type.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Operation {
    /// It asks.
    Request,
    /// It answers a request.
    Confirm,
    /// It tells.
    Indication,
    /// It answers an indication.
    Response,
}

impl Operation {
    /// As the standard writes it behind a name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "REQ",
            Self::Confirm => "CNF",
            Self::Indication => "IND",
            Self::Response => "RSP",
        }
    }
}

/// The type of a message (MMTYPE).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct MmType(pub u16);

impl MmType {
    /// CM_SET_KEY.REQ.
    pub const SET_KEY_REQ: Self = Self(0x6008);
    /// CM_SET_KEY.CNF.
    pub const SET_KEY_CNF: Self = Self(0x6009);
    /// CM_AMP_MAP.REQ.
    pub const AMP_MAP_REQ: Self = Self(0x601c);
    /// CM_AMP_MAP.CNF.
    pub const AMP_MAP_CNF: Self = Self(0x601d);
    /// CM_SLAC_PARM.REQ.
    pub const SLAC_PARM_REQ: Self = Self(0x6064);
    /// CM_SLAC_PARM.CNF.
    pub const SLAC_PARM_CNF: Self = Self(0x6065);
    /// CM_START_ATTEN_CHAR.IND.
    pub const START_ATTEN_CHAR_IND: Self = Self(0x606a);
    /// CM_ATTEN_CHAR.IND.
    pub const ATTEN_CHAR_IND: Self = Self(0x606e);
    /// CM_ATTEN_CHAR.RSP.
    pub const ATTEN_CHAR_RSP: Self = Self(0x606f);
    /// CM_MNBC_SOUND.IND.
    pub const MNBC_SOUND_IND: Self = Self(0x6076);
    /// CM_VALIDATE.REQ.
    pub const VALIDATE_REQ: Self = Self(0x6078);
    /// CM_VALIDATE.CNF.
    pub const VALIDATE_CNF: Self = Self(0x6079);
    /// CM_SLAC_MATCH.REQ.
    pub const SLAC_MATCH_REQ: Self = Self(0x607c);
    /// CM_SLAC_MATCH.CNF.
    pub const SLAC_MATCH_CNF: Self = Self(0x607d);
    /// CM_ATTEN_PROFILE.IND.
    pub const ATTEN_PROFILE_IND: Self = Self(0x6086);

    /// What it does.
    #[must_use]
    pub const fn operation(self) -> Operation {
        match self.0 & 0b11 {
            0 => Operation::Request,
            1 => Operation::Confirm,
            2 => Operation::Indication,
            _ => Operation::Response,
        }
    }

    /// The type of the answer to a request or an indication.
    #[must_use]
    pub const fn answer(self) -> Self {
        Self(self.0 | 1)
    }

    /// Whether it is a vendor's: then his OUI stands behind the header.
    #[must_use]
    pub const fn is_vendor(self) -> bool {
        self.0 & 0xe000 == 0xa000
    }

    /// The name of HomePlug AV, where it has one, such as `CM_GET_KEY.REQ`; else the number.
    #[must_use]
    pub fn name(self) -> Cow<'static, str> {
        let base = self.0 & !0b11;
        match NAMES.iter().find(|(number, _)| *number == base) {
            Some((_, name)) => format!("{name}.{}", self.operation().name()).into(),
            None => format!("MMTYPE {:#06x}", self.0).into(),
        }
    }
}

impl fmt::Display for MmType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl Serialize for MmType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#06x}", self.0))
    }
}

/// Messages between stations that may be on a line beside a matching.
const NAMES: [(u16, &str); 24] = [
    (0x6000, "CM_UNASSOCIATED_STA"),
    (0x6004, "CM_ENCRYPTED_PAYLOAD"),
    (0x6008, "CM_SET_KEY"),
    (0x600c, "CM_GET_KEY"),
    (0x6010, "CM_SC_JOIN"),
    (0x6014, "CM_CHAN_EST"),
    (0x6018, "CM_TM_UPDATE"),
    (0x601c, "CM_AMP_MAP"),
    (0x6020, "CM_BRG_INFO"),
    (0x6034, "CM_STA_CAP"),
    (0x6038, "CM_NW_INFO"),
    (0x603c, "CM_GET_BEACON"),
    (0x6040, "CM_HFID"),
    (0x6044, "CM_MME_ERROR"),
    (0x6048, "CM_NW_STATS"),
    (0x6064, "CM_SLAC_PARM"),
    (0x6068, "CM_START_ATTEN_CHAR"),
    (0x606c, "CM_ATTEN_CHAR"),
    (0x6070, "CM_PKCS_CERT"),
    (0x6074, "CM_MNBC_SOUND"),
    (0x6078, "CM_VALIDATE"),
    (0x607c, "CM_SLAC_MATCH"),
    (0x6080, "CM_SLAC_USER_DATA"),
    (0x6084, "CM_ATTEN_PROFILE"),
];
