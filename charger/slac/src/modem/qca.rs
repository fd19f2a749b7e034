//! Frames of Qualcomm's modems (once Intellon, then Atheros), as their public tools have them.

use serde::Serialize;

use crate::bytes::Reader;
use crate::error::FrameError;
use crate::mme::MmType;
use crate::octets::{Oui, Text, hex, printable};

/// Qualcomm.
pub const OUI: Oui = Oui([0x00, 0xb0, 0x52]);

const SW_VER_REQ: MmType = MmType(0xa000);
const SW_VER_CNF: MmType = MmType(0xa001);
const RS_DEV_REQ: MmType = MmType(0xa01c);
const RS_DEV_CNF: MmType = MmType(0xa01d);
const OP_ATTR_REQ: MmType = MmType(0xa068);
const OP_ATTR_CNF: MmType = MmType(0xa069);
const LINK_STATUS_REQ: MmType = MmType(0xa0b8);
const LINK_STATUS_CNF: MmType = MmType(0xa0b9);

/// A message of Qualcomm's.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub enum QcaMessage {
    /// VS_SW_VER.REQ: what software do you run?
    SwVerReq,
    /// VS_SW_VER.CNF.
    SwVerCnf(SwVerCnf),
    /// VS_RS_DEV.REQ: begin anew.
    RsDevReq,
    /// VS_RS_DEV.CNF.
    RsDevCnf {
        /// 0 when it will.
        status: u8,
    },
    /// VS_OP_ATTRIBUTES.REQ: what are you?
    OpAttributesReq(OpAttributesReq),
    /// VS_OP_ATTRIBUTES.CNF.
    OpAttributesCnf(OpAttributesCnf),
    /// VS_PL_LINK_STATUS.REQ: is there a link to another modem?
    LinkStatusReq,
    /// VS_PL_LINK_STATUS.CNF.
    LinkStatusCnf {
        /// 0 when the modem can tell.
        status: u8,
        /// 1 when another modem has joined.
        link: u8,
    },
}

/// VS_SW_VER.CNF: the software of a modem.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SwVerCnf {
    /// 0 when the modem can tell.
    pub status: u8,
    /// The vendor's number of the chip.
    pub device: u8,
    #[serde(serialize_with = "hex")]
    version: Vec<u8>,
}

impl SwVerCnf {
    /// An answer with this version, cut at 255 bytes, the most its length can say.
    #[must_use]
    pub fn new(status: u8, device: u8, version: &str) -> Self {
        let version = version.as_bytes();
        Self { status, device, version: version[..version.len().min(usize::from(u8::MAX))].to_vec() }
    }

    /// The version in the vendor's words; bytes that are no printable ASCII are shown as `.`.
    #[must_use]
    pub fn version(&self) -> String {
        printable(&self.version)
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        let status = reader.byte("status")?;
        let device = reader.byte("device")?;
        let length = reader.byte("length of the version")?;
        Ok(Self { status, device, version: reader.slice(usize::from(length), "version")?.to_vec() })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        // Never more than 255: `new` and the length byte of a frame see to it.
        out.extend([self.status, self.device, self.version.len() as u8]);
        out.extend(&self.version);
    }
}

/// VS_OP_ATTRIBUTES.REQ.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct OpAttributesReq {
    /// Comes back in the answer.
    pub cookie: u32,
    /// 0: as bytes.
    pub report: u8,
}

/// VS_OP_ATTRIBUTES.CNF.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct OpAttributesCnf {
    /// 0 when the modem can tell.
    pub status: u16,
    /// That of the request.
    pub cookie: u32,
    /// That of the request.
    pub report: u8,
    #[serde(serialize_with = "hex")]
    data: Vec<u8>,
}

impl OpAttributesCnf {
    /// The length of the report as bytes.
    const BYTES: usize = 118;

    /// An answer with these bytes, cut at 65535.
    #[must_use]
    pub fn new(cookie: u32, mut data: Vec<u8>) -> Self {
        data.truncate(usize::from(u16::MAX));
        Self { status: 0, cookie, report: 0, data }
    }

    /// The chip, the kind of its software and its version (major, minor, parameters, build), if this is a report as bytes.
    #[must_use]
    pub fn attributes(&self) -> Option<OpAttributes> {
        if self.report != 0 || self.data.len() != Self::BYTES {
            return None;
        }
        let mut reader = Reader::new(&self.data, "VS_OP_ATTRIBUTES.CNF");
        Some(OpAttributes {
            hardware: Text(reader.array("hardware platform").ok()?),
            software: Text(reader.array("software platform").ok()?),
            version: [
                reader.u32("major version").ok()?,
                reader.u32("minor version").ok()?,
                reader.u32("version of the parameters").ok()?,
                reader.u32("build").ok()?,
            ],
            reserved: reader.u32("reserved bytes").ok()?,
            built: Text(reader.array("date of the build").ok()?),
            release: Text(reader.array("kind of release").ok()?),
        })
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        let status = reader.u16("status")?;
        let cookie = reader.u32("cookie")?;
        let report = reader.byte("kind of report")?;
        let length = reader.u16("length of the report")?;
        let data = reader.slice(usize::from(length), "report")?.to_vec();
        Ok(Self { status, cookie, report, data })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.status.to_le_bytes());
        out.extend(self.cookie.to_le_bytes());
        out.push(self.report);
        // Never more than 65535: `new` and the length of a frame see to it.
        out.extend((self.data.len() as u16).to_le_bytes());
        out.extend(&self.data);
    }
}

/// What a modem is; behind it stand its memory, its mains frequency and more that is not looked into.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct OpAttributes {
    /// The chip, `QCA7000`.
    pub hardware: Text<16>,
    /// The kind of software, `MAC`.
    pub software: Text<16>,
    /// Major, minor, parameters (PIB), build.
    pub version: [u32; 4],
    /// Not known.
    pub reserved: u32,
    /// When it was built, `20220826`.
    pub built: Text<8>,
    /// For whom, `CS`.
    pub release: Text<12>,
}

impl QcaMessage {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> MmType {
        match self {
            Self::SwVerReq => SW_VER_REQ,
            Self::SwVerCnf(_) => SW_VER_CNF,
            Self::RsDevReq => RS_DEV_REQ,
            Self::RsDevCnf { .. } => RS_DEV_CNF,
            Self::OpAttributesReq(_) => OP_ATTR_REQ,
            Self::OpAttributesCnf(_) => OP_ATTR_CNF,
            Self::LinkStatusReq => LINK_STATUS_REQ,
            Self::LinkStatusCnf { .. } => LINK_STATUS_CNF,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SwVerReq => "VS_SW_VER.REQ",
            Self::SwVerCnf(_) => "VS_SW_VER.CNF",
            Self::RsDevReq => "VS_RS_DEV.REQ",
            Self::RsDevCnf { .. } => "VS_RS_DEV.CNF",
            Self::OpAttributesReq(_) => "VS_OP_ATTRIBUTES.REQ",
            Self::OpAttributesCnf(_) => "VS_OP_ATTRIBUTES.CNF",
            Self::LinkStatusReq => "VS_PL_LINK_STATUS.REQ",
            Self::LinkStatusCnf { .. } => "VS_PL_LINK_STATUS.CNF",
        }
    }

    pub(super) const fn link(&self) -> Option<bool> {
        match self {
            Self::LinkStatusCnf { status: 0, link } => Some(*link == 1),
            _ => None,
        }
    }

    pub(super) fn software(&self) -> Option<String> {
        match self {
            Self::SwVerCnf(version) => Some(version.version()),
            _ => None,
        }
    }

    pub(super) fn decode(kind: MmType, reader: &mut Reader<'_>) -> Result<Option<Self>, FrameError> {
        Ok(Some(match kind {
            SW_VER_REQ => Self::SwVerReq,
            SW_VER_CNF => {
                reader.begin("VS_SW_VER.CNF");
                Self::SwVerCnf(SwVerCnf::decode(reader)?)
            }
            RS_DEV_REQ => Self::RsDevReq,
            RS_DEV_CNF => {
                reader.begin("VS_RS_DEV.CNF");
                Self::RsDevCnf { status: reader.byte("status")? }
            }
            OP_ATTR_REQ => {
                reader.begin("VS_OP_ATTRIBUTES.REQ");
                let cookie = reader.u32("cookie")?;
                Self::OpAttributesReq(OpAttributesReq { cookie, report: reader.byte("kind of report")? })
            }
            OP_ATTR_CNF => {
                reader.begin("VS_OP_ATTRIBUTES.CNF");
                Self::OpAttributesCnf(OpAttributesCnf::decode(reader)?)
            }
            LINK_STATUS_REQ => Self::LinkStatusReq,
            LINK_STATUS_CNF => {
                reader.begin("VS_PL_LINK_STATUS.CNF");
                let status = reader.byte("status")?;
                Self::LinkStatusCnf { status, link: reader.byte("link status")? }
            }
            _ => return Ok(None),
        }))
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::SwVerReq | Self::RsDevReq | Self::LinkStatusReq => {}
            Self::SwVerCnf(version) => version.encode(out),
            Self::RsDevCnf { status } => out.push(*status),
            Self::OpAttributesReq(request) => {
                out.extend(request.cookie.to_le_bytes());
                out.push(request.report);
            }
            Self::OpAttributesCnf(attributes) => attributes.encode(out),
            Self::LinkStatusCnf { status, link } => out.extend([*status, *link]),
        }
    }
}
