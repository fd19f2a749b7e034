//! The sounds: the car announces them, sends them, and the modem of each EVSE tells its host how it heard them.

use serde::Serialize;

use crate::attenuation::AttenuationProfile;
use crate::bytes::Reader;
use crate::error::FrameError;
use crate::ethernet::MacAddress;
use crate::octets::{RunId, RunIdTail, SoundRandom, StationId};
use crate::values::{ApplicationType, ResponseType, SecurityType, SoundTimeout};

/// CM_START_ATTEN_CHAR.IND, broadcast by the car three times: sounds come now.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct StartAttenCharInd {
    /// What the matching is for.
    pub application: ApplicationType,
    /// How it is protected.
    pub security: SecurityType,
    /// So many sounds will come: what CM_SLAC_PARM.CNF said.
    pub sounds: u8,
    /// So long they are listened to: what CM_SLAC_PARM.CNF said. Chargers are known that take nothing but 6.
    pub timeout: SoundTimeout,
    /// To whom the result goes.
    pub response: ResponseType,
    /// The station that gets the result: the car's host.
    pub forwarding_station: MacAddress,
    /// The matching.
    pub run_id: RunId,
}

impl StartAttenCharInd {
    /// The indication of ISO 15118-3.
    #[must_use]
    pub const fn new(car: MacAddress, run_id: RunId) -> Self {
        Self {
            application: ApplicationType::PEV_EVSE_MATCHING,
            security: SecurityType::NONE,
            sounds: crate::timing::C_EV_MATCH_MNBC,
            timeout: SoundTimeout::STANDARD,
            response: ResponseType::OTHER_STATION,
            forwarding_station: car,
            run_id,
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            application: ApplicationType(reader.byte("application type")?),
            security: SecurityType(reader.byte("security type")?),
            sounds: reader.byte("number of sounds")?,
            timeout: SoundTimeout(reader.byte("time-out")?),
            response: ResponseType(reader.byte("response type")?),
            forwarding_station: MacAddress(reader.array("forwarding station")?),
            run_id: RunId(reader.array("run id")?),
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.application.0, self.security.0, self.sounds, self.timeout.0, self.response.0]);
        out.extend(self.forwarding_station.0);
        out.extend(self.run_id.0);
    }
}

/// CM_MNBC_SOUND.IND, broadcast by the car: one sound.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct MnbcSoundInd {
    /// What the matching is for.
    pub application: ApplicationType,
    /// How it is protected.
    pub security: SecurityType,
    /// The name of the car; 0.
    pub sender: StationId,
    /// So many sounds follow: 9 in the first of ten, 0 in the last.
    pub remaining: u8,
    /// The matching.
    pub run_id: RunId,
    /// 0.
    pub reserved: RunIdTail,
    /// Drawn anew for each sound.
    pub random: SoundRandom,
}

impl MnbcSoundInd {
    /// A sound of ISO 15118-3, without a name.
    #[must_use]
    pub fn new(run_id: RunId, remaining: u8, random: SoundRandom) -> Self {
        Self {
            application: ApplicationType::PEV_EVSE_MATCHING,
            security: SecurityType::NONE,
            sender: StationId::default(),
            remaining,
            run_id,
            reserved: RunIdTail::default(),
            random,
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            application: ApplicationType(reader.byte("application type")?),
            security: SecurityType(reader.byte("security type")?),
            sender: StationId(reader.array("sender id")?),
            remaining: reader.byte("number of sounds that remain")?,
            run_id: RunId(reader.array("run id")?),
            reserved: RunIdTail(reader.array("reserved bytes behind the run id")?),
            random: SoundRandom(reader.array("random bytes")?),
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.application.0, self.security.0]);
        out.extend(self.sender.0);
        out.push(self.remaining);
        out.extend(self.run_id.0);
        out.extend(self.reserved.0);
        out.extend(self.random.0);
    }
}

/// CM_ATTEN_PROFILE.IND, from a modem to its host: this is how I heard one sound.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct AttenProfileInd {
    /// The car that sounded.
    pub car: MacAddress,
    /// 0.
    pub reserved: u8,
    /// How it was heard.
    pub profile: AttenuationProfile,
}

impl AttenProfileInd {
    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        let car = MacAddress(reader.array("address of the car")?);
        let count = reader.byte("number of groups")?;
        let reserved = reader.byte("reserved byte")?;
        Ok(Self { car, reserved, profile: AttenuationProfile::decode(count, reader)? })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.car.0);
        out.extend([self.profile.count(), self.reserved]);
        out.extend(self.profile.groups());
    }
}
