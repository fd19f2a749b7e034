//! All messages of management in one enum, their types and their names.

use std::borrow::Cow;

use serde::Serialize;

use crate::amp_map::{AmpMapCnf, AmpMapReq};
use crate::attenuation::{AttenCharInd, AttenCharRsp};
use crate::bytes::Reader;
use crate::error::FrameError;
use crate::key::{SetKeyCnf, SetKeyReq};
use crate::matching::{SlacMatchCnf, SlacMatchReq};
use crate::mme::{HeaderVersion, MmType};
use crate::modem::VendorMessage;
use crate::octets::{Oui, hex};
use crate::parm::{SlacParmCnf, SlacParmReq};
use crate::sounding::{AttenProfileInd, MnbcSoundInd, StartAttenCharInd};
use crate::validate::{ValidateCnf, ValidateReq};

/// What a frame says.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub enum Message {
    /// CM_SLAC_PARM.REQ.
    SlacParmReq(SlacParmReq),
    /// CM_SLAC_PARM.CNF.
    SlacParmCnf(SlacParmCnf),
    /// CM_START_ATTEN_CHAR.IND.
    StartAttenCharInd(StartAttenCharInd),
    /// CM_MNBC_SOUND.IND.
    MnbcSoundInd(MnbcSoundInd),
    /// CM_ATTEN_PROFILE.IND.
    AttenProfileInd(AttenProfileInd),
    /// CM_ATTEN_CHAR.IND.
    AttenCharInd(AttenCharInd),
    /// CM_ATTEN_CHAR.RSP.
    AttenCharRsp(AttenCharRsp),
    /// CM_VALIDATE.REQ.
    ValidateReq(ValidateReq),
    /// CM_VALIDATE.CNF.
    ValidateCnf(ValidateCnf),
    /// CM_SLAC_MATCH.REQ.
    SlacMatchReq(SlacMatchReq),
    /// CM_SLAC_MATCH.CNF.
    SlacMatchCnf(SlacMatchCnf),
    /// CM_SET_KEY.REQ.
    SetKeyReq(SetKeyReq),
    /// CM_SET_KEY.CNF.
    SetKeyCnf(SetKeyCnf),
    /// CM_AMP_MAP.REQ.
    AmpMapReq(AmpMapReq),
    /// CM_AMP_MAP.CNF.
    AmpMapCnf(AmpMapCnf),
    /// A message of a modem's vendor.
    Vendor(VendorMessage),
    /// Any other message.
    Other(Other),
}

/// A message that is not known here, or a piece of a longer one: its bytes are kept.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Other {
    /// Its type.
    pub kind: MmType,
    /// Whose it is, where the type is a vendor's.
    pub oui: Option<Oui>,
    /// All that follows. Its length is nowhere in the frame, so padding cannot be told from it.
    #[serde(serialize_with = "hex")]
    pub entry: Vec<u8>,
}

impl Message {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> MmType {
        match self {
            Self::SlacParmReq(_) => MmType::SLAC_PARM_REQ,
            Self::SlacParmCnf(_) => MmType::SLAC_PARM_CNF,
            Self::StartAttenCharInd(_) => MmType::START_ATTEN_CHAR_IND,
            Self::MnbcSoundInd(_) => MmType::MNBC_SOUND_IND,
            Self::AttenProfileInd(_) => MmType::ATTEN_PROFILE_IND,
            Self::AttenCharInd(_) => MmType::ATTEN_CHAR_IND,
            Self::AttenCharRsp(_) => MmType::ATTEN_CHAR_RSP,
            Self::ValidateReq(_) => MmType::VALIDATE_REQ,
            Self::ValidateCnf(_) => MmType::VALIDATE_CNF,
            Self::SlacMatchReq(_) => MmType::SLAC_MATCH_REQ,
            Self::SlacMatchCnf(_) => MmType::SLAC_MATCH_CNF,
            Self::SetKeyReq(_) => MmType::SET_KEY_REQ,
            Self::SetKeyCnf(_) => MmType::SET_KEY_CNF,
            Self::AmpMapReq(_) => MmType::AMP_MAP_REQ,
            Self::AmpMapCnf(_) => MmType::AMP_MAP_CNF,
            Self::Vendor(message) => message.kind(),
            Self::Other(other) => other.kind,
        }
    }

    /// The vendor whose message it is.
    #[must_use]
    pub const fn oui(&self) -> Option<Oui> {
        match self {
            Self::Vendor(message) => Some(message.oui()),
            Self::Other(other) => other.oui,
            Self::SlacParmReq(_)
            | Self::SlacParmCnf(_)
            | Self::StartAttenCharInd(_)
            | Self::MnbcSoundInd(_)
            | Self::AttenProfileInd(_)
            | Self::AttenCharInd(_)
            | Self::AttenCharRsp(_)
            | Self::ValidateReq(_)
            | Self::ValidateCnf(_)
            | Self::SlacMatchReq(_)
            | Self::SlacMatchCnf(_)
            | Self::SetKeyReq(_)
            | Self::SetKeyCnf(_)
            | Self::AmpMapReq(_)
            | Self::AmpMapCnf(_) => None,
        }
    }

    /// Its name in the standard or in its vendor's words, such as `CM_SLAC_PARM.REQ`; of an unknown one the type, and whose it is.
    #[must_use]
    pub fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Vendor(message) => message.name().into(),
            Self::Other(Other { kind, oui: Some(oui), .. }) => format!("{kind} of {oui}").into(),
            known => known.kind().name(),
        }
    }

    /// Whether modems that have no key in common understand it all the same: the messages by which they find each other, from
    /// CM_SLAC_PARM to CM_SLAC_MATCH (ISO 15118-3, annex A). CM_ATTEN_PROFILE is no such message: it stays between a modem and
    /// its host, and CM_AMP_MAP comes when they are one network.
    #[must_use]
    pub const fn is_of_matching(&self) -> bool {
        match self {
            Self::SlacParmReq(_)
            | Self::SlacParmCnf(_)
            | Self::StartAttenCharInd(_)
            | Self::MnbcSoundInd(_)
            | Self::AttenCharInd(_)
            | Self::AttenCharRsp(_)
            | Self::ValidateReq(_)
            | Self::ValidateCnf(_)
            | Self::SlacMatchReq(_)
            | Self::SlacMatchCnf(_) => true,
            Self::AttenProfileInd(_)
            | Self::SetKeyReq(_)
            | Self::SetKeyCnf(_)
            | Self::AmpMapReq(_)
            | Self::AmpMapCnf(_)
            | Self::Vendor(_)
            | Self::Other(_) => false,
        }
    }

    /// The version of the header with which it is sent. CM_AMP_MAP belongs to those that changed with HomePlug AV 2.0 by what a
    /// public implementation says of it; it was seen in no capture.
    #[must_use]
    pub const fn header_version(&self) -> HeaderVersion {
        match self {
            Self::Vendor(message) => message.header_version(),
            Self::Other(Other { oui: Some(_), .. }) => HeaderVersion::V1_0,
            Self::AmpMapReq(_) | Self::AmpMapCnf(_) => HeaderVersion::V2_0,
            Self::SlacParmReq(_)
            | Self::SlacParmCnf(_)
            | Self::StartAttenCharInd(_)
            | Self::MnbcSoundInd(_)
            | Self::AttenProfileInd(_)
            | Self::AttenCharInd(_)
            | Self::AttenCharRsp(_)
            | Self::ValidateReq(_)
            | Self::ValidateCnf(_)
            | Self::SlacMatchReq(_)
            | Self::SlacMatchCnf(_)
            | Self::SetKeyReq(_)
            | Self::SetKeyCnf(_)
            | Self::Other(Other { oui: None, .. }) => HeaderVersion::V1_1,
        }
    }

    /// Reads what stands behind the header, of a message that is whole.
    pub(crate) fn decode(kind: MmType, reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        if kind.is_vendor() {
            reader.begin("the header of a vendor's message");
            let oui = Oui(reader.array("OUI")?);
            return Ok(match VendorMessage::decode(oui, kind, reader)? {
                Some(message) => Self::Vendor(message),
                None => Self::other(kind, Some(oui), reader),
            });
        }
        Ok(match kind {
            MmType::SLAC_PARM_REQ => {
                reader.begin("CM_SLAC_PARM.REQ");
                Self::SlacParmReq(SlacParmReq::decode(reader)?)
            }
            MmType::SLAC_PARM_CNF => {
                reader.begin("CM_SLAC_PARM.CNF");
                Self::SlacParmCnf(SlacParmCnf::decode(reader)?)
            }
            MmType::START_ATTEN_CHAR_IND => {
                reader.begin("CM_START_ATTEN_CHAR.IND");
                Self::StartAttenCharInd(StartAttenCharInd::decode(reader)?)
            }
            MmType::MNBC_SOUND_IND => {
                reader.begin("CM_MNBC_SOUND.IND");
                Self::MnbcSoundInd(MnbcSoundInd::decode(reader)?)
            }
            MmType::ATTEN_PROFILE_IND => {
                reader.begin("CM_ATTEN_PROFILE.IND");
                Self::AttenProfileInd(AttenProfileInd::decode(reader)?)
            }
            MmType::ATTEN_CHAR_IND => {
                reader.begin("CM_ATTEN_CHAR.IND");
                Self::AttenCharInd(AttenCharInd::decode(reader)?)
            }
            MmType::ATTEN_CHAR_RSP => {
                reader.begin("CM_ATTEN_CHAR.RSP");
                Self::AttenCharRsp(AttenCharRsp::decode(reader)?)
            }
            MmType::VALIDATE_REQ => {
                reader.begin("CM_VALIDATE.REQ");
                Self::ValidateReq(ValidateReq::decode(reader)?)
            }
            MmType::VALIDATE_CNF => {
                reader.begin("CM_VALIDATE.CNF");
                Self::ValidateCnf(ValidateCnf::decode(reader)?)
            }
            MmType::SLAC_MATCH_REQ => {
                reader.begin("CM_SLAC_MATCH.REQ");
                Self::SlacMatchReq(SlacMatchReq::decode(reader)?)
            }
            MmType::SLAC_MATCH_CNF => {
                reader.begin("CM_SLAC_MATCH.CNF");
                Self::SlacMatchCnf(SlacMatchCnf::decode(reader)?)
            }
            MmType::SET_KEY_REQ => {
                reader.begin("CM_SET_KEY.REQ");
                Self::SetKeyReq(SetKeyReq::decode(reader)?)
            }
            MmType::SET_KEY_CNF => {
                reader.begin("CM_SET_KEY.CNF");
                Self::SetKeyCnf(SetKeyCnf::decode(reader)?)
            }
            MmType::AMP_MAP_REQ => {
                reader.begin("CM_AMP_MAP.REQ");
                Self::AmpMapReq(AmpMapReq::decode(reader)?)
            }
            MmType::AMP_MAP_CNF => {
                reader.begin("CM_AMP_MAP.CNF");
                Self::AmpMapCnf(AmpMapCnf::decode(reader)?)
            }
            other => Self::other(other, None, reader),
        })
    }

    /// Keeps whatever follows.
    pub(crate) fn other(kind: MmType, oui: Option<Oui>, reader: &mut Reader<'_>) -> Self {
        Self::Other(Other { kind, oui, entry: reader.rest().to_vec() })
    }

    /// What stands behind the header, OUI included.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        if let Some(oui) = self.oui() {
            out.extend(oui.0);
        }
        match self {
            Self::SlacParmReq(message) => message.encode(out),
            Self::SlacParmCnf(message) => message.encode(out),
            Self::StartAttenCharInd(message) => message.encode(out),
            Self::MnbcSoundInd(message) => message.encode(out),
            Self::AttenProfileInd(message) => message.encode(out),
            Self::AttenCharInd(message) => message.encode(out),
            Self::AttenCharRsp(message) => message.encode(out),
            Self::ValidateReq(message) => message.encode(out),
            Self::ValidateCnf(message) => message.encode(out),
            Self::SlacMatchReq(message) => message.encode(out),
            Self::SlacMatchCnf(message) => message.encode(out),
            Self::SetKeyReq(message) => message.encode(out),
            Self::SetKeyCnf(message) => message.encode(out),
            Self::AmpMapReq(message) => message.encode(out),
            Self::AmpMapCnf(message) => message.encode(out),
            Self::Vendor(message) => message.encode(out),
            Self::Other(other) => out.extend(&other.entry),
        }
    }
}

impl From<VendorMessage> for Message {
    fn from(message: VendorMessage) -> Self {
        Self::Vendor(message)
    }
}
