//! Modems as data: which family answers which question of its host, and the frames of each vendor.
//!
//! | family | OUI | software | link | reset |
//! |---|---|---|---|---|
//! | Qualcomm QCA7000, QCA7005, ... | `00:b0:52` | VS_SW_VER | VS_PL_LINK_STATUS | VS_RS_DEV |
//! | Lumissil CG5317 | `00:16:e8` | NSCM_GET_VERSION | NSCM_GET_D_LINK_STATUS, and NSCM_D_LINK_READY.IND by itself | NSCM_RESET_DEVICE, not answered |
//! | Vertexcom MSE102x | `00:13:d7` | VS_GET_VERSION | VS_GET_STATUS | VS_RESET |
//!
//! All take CM_SET_KEY; captured modems of Qualcomm and Lumissil answer it at [`LOCAL_MODEM`](crate::LOCAL_MODEM), where
//! Vertexcom's answer is not known. Numbers repeat between vendors with other meanings (`a008` reads a Qualcomm's memory and resets
//! a Vertexcom): the OUI decides whose a frame is.

pub mod lumissil;
pub mod qca;
pub mod vertexcom;

use serde::Serialize;

use crate::bytes::Reader;
use crate::error::FrameError;
use crate::mme::{HeaderVersion, MmType};
use crate::octets::Oui;

use lumissil::LumissilMessage;
use qca::QcaMessage;
use vertexcom::VertexcomMessage;

/// A message of a modem's vendor.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub enum VendorMessage {
    /// Qualcomm.
    Qca(QcaMessage),
    /// Lumissil.
    Lumissil(LumissilMessage),
    /// Vertexcom.
    Vertexcom(VertexcomMessage),
}

impl VendorMessage {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> MmType {
        match self {
            Self::Qca(message) => message.kind(),
            Self::Lumissil(message) => message.kind(),
            Self::Vertexcom(message) => message.kind(),
        }
    }

    /// The vendor.
    #[must_use]
    pub const fn oui(&self) -> Oui {
        self.family().oui
    }

    /// The family of the modem.
    #[must_use]
    pub const fn family(&self) -> &'static ModemFamily {
        match self {
            Self::Qca(_) => &QCA,
            Self::Lumissil(_) => &LUMISSIL,
            Self::Vertexcom(_) => &VERTEXCOM,
        }
    }

    /// Its name in the vendor's words.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Qca(message) => message.name(),
            Self::Lumissil(message) => message.name(),
            Self::Vertexcom(message) => message.name(),
        }
    }

    /// The version of the header with which it is sent.
    #[must_use]
    pub const fn header_version(&self) -> HeaderVersion {
        self.family().header
    }

    /// Whether there is a link to another modem, if the message tells.
    #[must_use]
    pub const fn link(&self) -> Option<bool> {
        match self {
            Self::Qca(message) => message.link(),
            Self::Lumissil(message) => message.link(),
            Self::Vertexcom(message) => message.link(),
        }
    }

    /// The software that the modem runs, if the message tells.
    #[must_use]
    pub fn software(&self) -> Option<String> {
        match self {
            Self::Qca(message) => message.software(),
            Self::Lumissil(message) => message.software(),
            Self::Vertexcom(message) => message.software(),
        }
    }

    /// `None` for one that is not known here.
    pub(crate) fn decode(oui: Oui, kind: MmType, reader: &mut Reader<'_>) -> Result<Option<Self>, FrameError> {
        Ok(match oui {
            qca::OUI => QcaMessage::decode(kind, reader)?.map(Self::Qca),
            lumissil::OUI => LumissilMessage::decode(kind, reader)?.map(Self::Lumissil),
            vertexcom::OUI => VertexcomMessage::decode(kind, reader)?.map(Self::Vertexcom),
            _ => None,
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Qca(message) => message.encode(out),
            Self::Lumissil(message) => message.encode(out),
            Self::Vertexcom(message) => message.encode(out),
        }
    }
}

/// A family of modems.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ModemFamily {
    /// As people call it.
    pub name: &'static str,
    /// Whose frames it takes.
    pub oui: Oui,
    /// The header of its vendor's frames.
    pub header: HeaderVersion,
    /// What asks for its software.
    pub version: VendorMessage,
    /// What asks for its link.
    pub link_status: VendorMessage,
    /// What resets it.
    pub reset: VendorMessage,
    /// Whether it answers to that before it is gone.
    pub confirms_reset: bool,
    /// Whether it tells by itself that its link came or went.
    pub tells_link: bool,
    /// Whether it was seen on a wire; else all that is here is what one public port of its vendor's software says.
    pub seen: bool,
}

/// Qualcomm's modems: INT6x00, AR7x20, QCA7000, QCA7005, QCA7006.
pub const QCA: ModemFamily = ModemFamily {
    name: "Qualcomm QCA7000",
    oui: qca::OUI,
    header: HeaderVersion::V1_0,
    version: VendorMessage::Qca(QcaMessage::SwVerReq),
    link_status: VendorMessage::Qca(QcaMessage::LinkStatusReq),
    reset: VendorMessage::Qca(QcaMessage::RsDevReq),
    confirms_reset: true,
    tells_link: false,
    seen: true,
};

/// Lumissil's modem. Its indications were captured with header 1.1; a public charger stack asks with 1.0 (and one capture shows
/// it), its vendor's own host software has the fragment that came with 1.1, which is taken here.
pub const LUMISSIL: ModemFamily = ModemFamily {
    name: "Lumissil CG5317",
    oui: lumissil::OUI,
    header: HeaderVersion::V1_1,
    version: VendorMessage::Lumissil(LumissilMessage::GetVersionReq(lumissil::LumissilHeader::ASKING)),
    link_status: VendorMessage::Lumissil(LumissilMessage::GetDLinkStatusReq(lumissil::LumissilHeader::ASKING)),
    reset: VendorMessage::Lumissil(LumissilMessage::ResetDeviceReq {
        header: lumissil::LumissilHeader::ASKING,
        mode: lumissil::NORMAL_RESET,
    }),
    confirms_reset: false,
    tells_link: true,
    seen: true,
};

/// Vertexcom's modems: MSE1021, MSE1022.
pub const VERTEXCOM: ModemFamily = ModemFamily {
    name: "Vertexcom MSE102x",
    oui: vertexcom::OUI,
    header: HeaderVersion::V1_1,
    version: VendorMessage::Vertexcom(VertexcomMessage::GetVersionReq),
    link_status: VendorMessage::Vertexcom(VertexcomMessage::GetStatusReq),
    reset: VendorMessage::Vertexcom(VertexcomMessage::ResetReq),
    confirms_reset: true,
    tells_link: false,
    seen: false,
};

/// All families that are known here. A host that does not know its modem asks each for its software; the one that is meant answers.
pub const FAMILIES: [ModemFamily; 3] = [QCA, LUMISSIL, VERTEXCOM];
