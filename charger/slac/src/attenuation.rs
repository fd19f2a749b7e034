//! CM_ATTEN_CHAR: the EVSE tells the car how weak its sounds were, and the car says that it knows.

use serde::{Serialize, Serializer};

use crate::bytes::Reader;
use crate::error::FrameError;
use crate::ethernet::MacAddress;
use crate::octets::{RunId, StationId};
use crate::values::{ApplicationType, SecurityType};

/// How much weaker sounds arrive than they were sent, for each group of carriers (AAG), in dB. At most 255 groups; every captured
/// modem has 58.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AttenuationProfile(Vec<u8>);

impl AttenuationProfile {
    /// The groups of a Green PHY modem.
    pub const GROUPS: usize = 58;

    /// A profile of these attenuations in dB; `None` when there are more than 255.
    #[must_use]
    pub fn new(groups: Vec<u8>) -> Option<Self> {
        (groups.len() <= usize::from(u8::MAX)).then_some(Self(groups))
    }

    /// The attenuation of each group, in dB.
    #[must_use]
    pub fn groups(&self) -> &[u8] {
        &self.0
    }

    /// So many groups.
    #[must_use]
    pub fn count(&self) -> u8 {
        // There are never more than 255: `new` and the length byte of a frame see to it.
        self.0.len() as u8
    }

    pub(crate) fn decode(count: u8, reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self(reader.slice(usize::from(count), "attenuation of all groups")?.to_vec()))
    }
}

impl Serialize for AttenuationProfile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

/// CM_ATTEN_CHAR.IND, from an EVSE to the car: this is how I heard you.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct AttenCharInd {
    /// What the matching is for.
    pub application: ApplicationType,
    /// How it is protected.
    pub security: SecurityType,
    /// The car that sounded.
    pub source: MacAddress,
    /// The matching.
    pub run_id: RunId,
    /// The name of the car; 0.
    pub source_id: StationId,
    /// The name of the EVSE; 0.
    pub response_id: StationId,
    /// So many sounds were heard.
    pub sounds: u8,
    /// Their mean.
    pub profile: AttenuationProfile,
}

impl AttenCharInd {
    /// The indication of ISO 15118-3, without names.
    #[must_use]
    pub fn new(car: MacAddress, run_id: RunId, sounds: u8, profile: AttenuationProfile) -> Self {
        Self {
            application: ApplicationType::PEV_EVSE_MATCHING,
            security: SecurityType::NONE,
            source: car,
            run_id,
            source_id: StationId::default(),
            response_id: StationId::default(),
            sounds,
            profile,
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            application: ApplicationType(reader.byte("application type")?),
            security: SecurityType(reader.byte("security type")?),
            source: MacAddress(reader.array("source address")?),
            run_id: RunId(reader.array("run id")?),
            source_id: StationId(reader.array("source id")?),
            response_id: StationId(reader.array("responder id")?),
            sounds: reader.byte("number of sounds")?,
            profile: AttenuationProfile::decode(reader.byte("number of groups")?, reader)?,
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.application.0, self.security.0]);
        out.extend(self.source.0);
        out.extend(self.run_id.0);
        out.extend(self.source_id.0);
        out.extend(self.response_id.0);
        out.extend([self.sounds, self.profile.count()]);
        out.extend(self.profile.groups());
    }
}

/// CM_ATTEN_CHAR.RSP, from the car to the EVSE: I have heard it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct AttenCharRsp {
    /// What the matching is for.
    pub application: ApplicationType,
    /// How it is protected.
    pub security: SecurityType,
    /// The car.
    pub source: MacAddress,
    /// The matching.
    pub run_id: RunId,
    /// The name of the car; 0.
    pub source_id: StationId,
    /// The name of the EVSE; 0.
    pub response_id: StationId,
    /// 0: it is well.
    pub result: u8,
}

impl AttenCharRsp {
    /// The response of ISO 15118-3, without names.
    #[must_use]
    pub fn new(car: MacAddress, run_id: RunId) -> Self {
        Self {
            application: ApplicationType::PEV_EVSE_MATCHING,
            security: SecurityType::NONE,
            source: car,
            run_id,
            source_id: StationId::default(),
            response_id: StationId::default(),
            result: 0,
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            application: ApplicationType(reader.byte("application type")?),
            security: SecurityType(reader.byte("security type")?),
            source: MacAddress(reader.array("source address")?),
            run_id: RunId(reader.array("run id")?),
            source_id: StationId(reader.array("source id")?),
            response_id: StationId(reader.array("responder id")?),
            result: reader.byte("result")?,
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.application.0, self.security.0]);
        out.extend(self.source.0);
        out.extend(self.run_id.0);
        out.extend(self.source_id.0);
        out.extend(self.response_id.0);
        out.push(self.result);
    }
}
