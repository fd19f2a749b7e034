//! Frames of Vertexcom's modems MSE1021 and MSE1022 (once MStar).
//!
//! **Unconfirmed**: none was captured, and there is one public source, the program of a charger maker that follows the vendor's
//! document on its messages. It also names VS_SET_KEY (`a00c`), whose fields it does not tell; keys are set with CM_SET_KEY.

use serde::Serialize;

use crate::bytes::Reader;
use crate::error::FrameError;
use crate::mme::MmType;
use crate::octets::{Oui, Text};

/// MStar, which Vertexcom's messages still carry.
pub const OUI: Oui = Oui([0x00, 0x13, 0xd7]);

const GET_VERSION_REQ: MmType = MmType(0xa000);
const GET_VERSION_CNF: MmType = MmType(0xa001);
const RESET_REQ: MmType = MmType(0xa008);
const RESET_CNF: MmType = MmType(0xa009);
const GET_STATUS_REQ: MmType = MmType(0xa030);
const GET_STATUS_CNF: MmType = MmType(0xa031);

/// A message of Vertexcom's.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub enum VertexcomMessage {
    /// VS_GET_VERSION.REQ: what software do you run?
    GetVersionReq,
    /// VS_GET_VERSION.CNF.
    GetVersionCnf(VersionCnf),
    /// VS_RESET.REQ: begin anew.
    ResetReq,
    /// VS_RESET.CNF.
    ResetCnf {
        /// 0 when it will.
        result: u8,
    },
    /// VS_GET_STATUS.REQ: how is it with your network?
    GetStatusReq,
    /// VS_GET_STATUS.CNF.
    GetStatusCnf(StatusCnf),
}

/// VS_GET_VERSION.CNF: the software of a modem.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct VersionCnf {
    /// 0 when the modem can tell.
    pub result: u8,
    /// The vendor's number of the chip.
    pub device: u16,
    /// 0.
    pub image: u8,
    /// The version of the application.
    pub application: Text<16>,
    /// The version of the HomePlug AV stack.
    pub stack: Text<64>,
    /// The name of the application.
    pub name: Text<16>,
    /// The version of the boot loader.
    pub boot: Text<64>,
}

/// VS_GET_STATUS.CNF: how it is with a modem.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct StatusCnf {
    /// 0 when the modem can tell.
    pub result: u8,
    /// 0: in no network; 1: associated; 2: authenticated.
    pub status: u8,
    /// 1 when it coordinates its network (CCo).
    pub coordinator: u8,
    /// 1 when it is wished as coordinator.
    pub preferred_coordinator: u8,
    /// 1 when it would take over as coordinator.
    pub backup_coordinator: u8,
    /// 1 when it coordinates for another.
    pub proxy_coordinator: u8,
    /// 1 when it can simple connect.
    pub simple_connect: u8,
    /// 1 when there is a link to another modem.
    pub link: u8,
    /// 1 when it is ready for power line.
    pub ready: u8,
    /// The error of its frequency that remains, in thousandths of a millionth.
    pub frequency_error: i64,
    /// The offset of its frequency.
    pub frequency_offset: i64,
    /// So long it runs, in seconds.
    pub uptime: u64,
    /// So long it has been authenticated, in seconds.
    pub authenticated: u64,
    /// So often it was authenticated.
    pub authentications: u16,
}

impl VersionCnf {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            result: reader.byte("result")?,
            device: reader.u16("device")?,
            image: reader.byte("image")?,
            application: Text(reader.array("version of the application")?),
            stack: Text(reader.array("version of the stack")?),
            name: Text(reader.array("name of the application")?),
            boot: Text(reader.array("version of the boot loader")?),
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.result);
        out.extend(self.device.to_le_bytes());
        out.push(self.image);
        out.extend(self.application.0);
        out.extend(self.stack.0);
        out.extend(self.name.0);
        out.extend(self.boot.0);
    }
}

impl StatusCnf {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            result: reader.byte("result")?,
            status: reader.byte("status")?,
            coordinator: reader.byte("CCo")?,
            preferred_coordinator: reader.byte("preferred CCo")?,
            backup_coordinator: reader.byte("backup CCo")?,
            proxy_coordinator: reader.byte("proxy CCo")?,
            simple_connect: reader.byte("simple connect")?,
            link: reader.byte("link state")?,
            ready: reader.byte("ready")?,
            frequency_error: i64::from_le_bytes(reader.array("error of the frequency")?),
            frequency_offset: i64::from_le_bytes(reader.array("offset of the frequency")?),
            uptime: u64::from_le_bytes(reader.array("uptime")?),
            authenticated: u64::from_le_bytes(reader.array("time since authentication")?),
            authentications: reader.u16("number of authentications")?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.result, self.status, self.coordinator, self.preferred_coordinator, self.backup_coordinator]);
        out.extend([self.proxy_coordinator, self.simple_connect, self.link, self.ready]);
        out.extend(self.frequency_error.to_le_bytes());
        out.extend(self.frequency_offset.to_le_bytes());
        out.extend(self.uptime.to_le_bytes());
        out.extend(self.authenticated.to_le_bytes());
        out.extend(self.authentications.to_le_bytes());
    }
}

impl VertexcomMessage {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> MmType {
        match self {
            Self::GetVersionReq => GET_VERSION_REQ,
            Self::GetVersionCnf(_) => GET_VERSION_CNF,
            Self::ResetReq => RESET_REQ,
            Self::ResetCnf { .. } => RESET_CNF,
            Self::GetStatusReq => GET_STATUS_REQ,
            Self::GetStatusCnf(_) => GET_STATUS_CNF,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::GetVersionReq => "VS_GET_VERSION.REQ",
            Self::GetVersionCnf(_) => "VS_GET_VERSION.CNF",
            Self::ResetReq => "VS_RESET.REQ",
            Self::ResetCnf { .. } => "VS_RESET.CNF",
            Self::GetStatusReq => "VS_GET_STATUS.REQ",
            Self::GetStatusCnf(_) => "VS_GET_STATUS.CNF",
        }
    }

    pub(super) const fn link(&self) -> Option<bool> {
        match self {
            Self::GetStatusCnf(StatusCnf { result: 0, link, .. }) => Some(*link == 1),
            _ => None,
        }
    }

    pub(super) fn software(&self) -> Option<String> {
        match self {
            Self::GetVersionCnf(version) => Some(format!("{} {}", version.application, version.stack)),
            _ => None,
        }
    }

    pub(super) fn decode(kind: MmType, reader: &mut Reader<'_>) -> Result<Option<Self>, FrameError> {
        Ok(Some(match kind {
            GET_VERSION_REQ => Self::GetVersionReq,
            GET_VERSION_CNF => {
                reader.begin("VS_GET_VERSION.CNF");
                Self::GetVersionCnf(VersionCnf::decode(reader)?)
            }
            RESET_REQ => Self::ResetReq,
            RESET_CNF => {
                reader.begin("VS_RESET.CNF");
                Self::ResetCnf { result: reader.byte("result")? }
            }
            GET_STATUS_REQ => Self::GetStatusReq,
            GET_STATUS_CNF => {
                reader.begin("VS_GET_STATUS.CNF");
                Self::GetStatusCnf(StatusCnf::decode(reader)?)
            }
            _ => return Ok(None),
        }))
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::GetVersionReq | Self::ResetReq | Self::GetStatusReq => {}
            Self::GetVersionCnf(version) => version.encode(out),
            Self::ResetCnf { result } => out.push(*result),
            Self::GetStatusCnf(status) => status.encode(out),
        }
    }
}
