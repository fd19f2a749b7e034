//! Frames of Lumissil's modem CG5317 (NSCM), as its vendor's public host software and a public charger stack have them.
//!
//! Captured are NSCM_D_LINK_READY.IND, NSCM_VS_HOST_MESSAGE_STATUS.IND and NSCM_GET_VERSION.REQ. The others follow these sources.

use serde::Serialize;

use crate::bytes::Reader;
use crate::error::FrameError;
use crate::mme::MmType;
use crate::octets::{Oui, octets};

/// Lumissil, once Sigma Designs.
pub const OUI: Oui = Oui([0x00, 0x16, 0xe8]);

/// The mode of a reset after which the modem runs again; 1 is said to wait for its host to load it.
pub const NORMAL_RESET: u8 = 0;

const D_LINK_READY_IND: MmType = MmType(0xa002);
const GET_VERSION_REQ: MmType = MmType(0xac6c);
const GET_VERSION_CNF: MmType = MmType(0xac6d);
const RESET_DEVICE_REQ: MmType = MmType(0xac70);
const GET_D_LINK_STATUS_REQ: MmType = MmType(0xac9c);
const GET_D_LINK_STATUS_CNF: MmType = MmType(0xac9d);
const HOST_MESSAGE_STATUS_IND: MmType = MmType(0xaca2);

octets!(
    /// The end of Lumissil's header; 0.
    HeaderTail, 12, ""
);

/// Lumissil's own header, behind the OUI of all messages but NSCM_D_LINK_READY.IND. A public charger stack sends it filled with
/// whatever was in its memory, and the modem answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct LumissilHeader {
    /// The version of the protocol; captured indications say `0400`.
    pub version: u16,
    /// Reserved.
    pub reserved: u32,
    /// Which request is answered; `ff` in indications.
    pub request: u8,
    /// Reserved.
    pub tail: HeaderTail,
}

impl LumissilHeader {
    /// All zero, as in a request.
    pub const ASKING: Self = Self { version: 0, reserved: 0, request: 0, tail: HeaderTail([0; 12]) };

    fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            version: reader.u16("version of Lumissil's header")?,
            reserved: reader.u32("reserved bytes of Lumissil's header")?,
            request: reader.byte("request id of Lumissil's header")?,
            tail: HeaderTail(reader.array("end of Lumissil's header")?),
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.version.to_le_bytes());
        out.extend(self.reserved.to_le_bytes());
        out.push(self.request);
        out.extend(self.tail.0);
    }
}

/// A message of Lumissil's.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub enum LumissilMessage {
    /// NSCM_GET_VERSION.REQ: what software do you run?
    GetVersionReq(LumissilHeader),
    /// NSCM_GET_VERSION.CNF.
    GetVersionCnf {
        /// Lumissil's header.
        header: LumissilHeader,
        /// Major, minor, patch, build.
        version: [u16; 4],
    },
    /// NSCM_RESET_DEVICE.REQ: begin anew. There is no answer.
    ResetDeviceReq {
        /// Lumissil's header.
        header: LumissilHeader,
        /// [`NORMAL_RESET`].
        mode: u8,
    },
    /// NSCM_GET_D_LINK_STATUS.REQ: is there a link to another modem?
    GetDLinkStatusReq(LumissilHeader),
    /// NSCM_GET_D_LINK_STATUS.CNF.
    GetDLinkStatusCnf {
        /// Lumissil's header.
        header: LumissilHeader,
        /// 1 when there is one.
        link: u8,
    },
    /// NSCM_D_LINK_READY.IND: the link came (1) or went (0). Without Lumissil's header.
    DLinkReadyInd {
        /// 1 when there is one.
        link: u8,
    },
    /// NSCM_VS_HOST_MESSAGE_STATUS.IND: what became of the network.
    HostMessageStatusInd {
        /// Lumissil's header.
        header: LumissilHeader,
        /// 1: ready to join one; 2: joined; 3: out of it again.
        status: u8,
    },
}

impl LumissilMessage {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> MmType {
        match self {
            Self::GetVersionReq(_) => GET_VERSION_REQ,
            Self::GetVersionCnf { .. } => GET_VERSION_CNF,
            Self::ResetDeviceReq { .. } => RESET_DEVICE_REQ,
            Self::GetDLinkStatusReq(_) => GET_D_LINK_STATUS_REQ,
            Self::GetDLinkStatusCnf { .. } => GET_D_LINK_STATUS_CNF,
            Self::DLinkReadyInd { .. } => D_LINK_READY_IND,
            Self::HostMessageStatusInd { .. } => HOST_MESSAGE_STATUS_IND,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::GetVersionReq(_) => "NSCM_GET_VERSION.REQ",
            Self::GetVersionCnf { .. } => "NSCM_GET_VERSION.CNF",
            Self::ResetDeviceReq { .. } => "NSCM_RESET_DEVICE.REQ",
            Self::GetDLinkStatusReq(_) => "NSCM_GET_D_LINK_STATUS.REQ",
            Self::GetDLinkStatusCnf { .. } => "NSCM_GET_D_LINK_STATUS.CNF",
            Self::DLinkReadyInd { .. } => "NSCM_D_LINK_READY.IND",
            Self::HostMessageStatusInd { .. } => "NSCM_VS_HOST_MESSAGE_STATUS.IND",
        }
    }

    pub(super) const fn link(&self) -> Option<bool> {
        match self {
            Self::GetDLinkStatusCnf { link, .. } | Self::DLinkReadyInd { link } => Some(*link == 1),
            _ => None,
        }
    }

    pub(super) fn software(&self) -> Option<String> {
        match self {
            Self::GetVersionCnf { version: [major, minor, patch, build], .. } => {
                Some(format!("{major}.{minor}.{patch}.{build}"))
            }
            _ => None,
        }
    }

    pub(super) fn decode(kind: MmType, reader: &mut Reader<'_>) -> Result<Option<Self>, FrameError> {
        Ok(Some(match kind {
            GET_VERSION_REQ => {
                reader.begin("NSCM_GET_VERSION.REQ");
                Self::GetVersionReq(LumissilHeader::decode(reader)?)
            }
            GET_VERSION_CNF => {
                reader.begin("NSCM_GET_VERSION.CNF");
                let header = LumissilHeader::decode(reader)?;
                let version = [
                    reader.u16("major version")?,
                    reader.u16("minor version")?,
                    reader.u16("patch")?,
                    reader.u16("build")?,
                ];
                Self::GetVersionCnf { header, version }
            }
            RESET_DEVICE_REQ => {
                reader.begin("NSCM_RESET_DEVICE.REQ");
                let header = LumissilHeader::decode(reader)?;
                Self::ResetDeviceReq { header, mode: reader.byte("mode")? }
            }
            GET_D_LINK_STATUS_REQ => {
                reader.begin("NSCM_GET_D_LINK_STATUS.REQ");
                Self::GetDLinkStatusReq(LumissilHeader::decode(reader)?)
            }
            GET_D_LINK_STATUS_CNF => {
                reader.begin("NSCM_GET_D_LINK_STATUS.CNF");
                let header = LumissilHeader::decode(reader)?;
                Self::GetDLinkStatusCnf { header, link: reader.byte("link status")? }
            }
            D_LINK_READY_IND => {
                reader.begin("NSCM_D_LINK_READY.IND");
                Self::DLinkReadyInd { link: reader.byte("link status")? }
            }
            HOST_MESSAGE_STATUS_IND => {
                reader.begin("NSCM_VS_HOST_MESSAGE_STATUS.IND");
                let header = LumissilHeader::decode(reader)?;
                Self::HostMessageStatusInd { header, status: reader.byte("status")? }
            }
            _ => return Ok(None),
        }))
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::GetVersionReq(header) | Self::GetDLinkStatusReq(header) => header.encode(out),
            Self::GetVersionCnf { header, version } => {
                header.encode(out);
                version.iter().for_each(|number| out.extend(number.to_le_bytes()));
            }
            Self::ResetDeviceReq { header, mode: byte }
            | Self::GetDLinkStatusCnf { header, link: byte }
            | Self::HostMessageStatusInd { header, status: byte } => {
                header.encode(out);
                out.push(*byte);
            }
            Self::DLinkReadyInd { link } => out.push(*link),
        }
    }
}
