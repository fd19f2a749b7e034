//! CM_SLAC_PARM: a car asks who is there, and every EVSE that hears it says how it wants to hear the sounds.

use serde::Serialize;

use crate::bytes::Reader;
use crate::error::FrameError;
use crate::ethernet::{BROADCAST, MacAddress};
use crate::octets::RunId;
use crate::values::{ApplicationType, ResponseType, SecurityType, SoundTimeout};

/// CM_SLAC_PARM.REQ, broadcast by the car: the matching begins.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SlacParmReq {
    /// What the matching is for.
    pub application: ApplicationType,
    /// How it is protected.
    pub security: SecurityType,
    /// Drawn by the car; in every message of this matching.
    pub run_id: RunId,
    /// What the car can, at most 255 of them; only on the wire with [`SecurityType::PUBLIC_KEY`].
    pub cipher_suites: Vec<u16>,
}

impl SlacParmReq {
    /// The request of ISO 15118-3: matching, not protected.
    #[must_use]
    pub const fn new(run_id: RunId) -> Self {
        let (application, security) = (ApplicationType::PEV_EVSE_MATCHING, SecurityType::NONE);
        Self { application, security, run_id, cipher_suites: Vec::new() }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        let application = ApplicationType(reader.byte("application type")?);
        let security = SecurityType(reader.byte("security type")?);
        let run_id = RunId(reader.array("run id")?);
        let mut cipher_suites = Vec::new();
        if security == SecurityType::PUBLIC_KEY {
            for _ in 0..reader.byte("number of cipher suites")? {
                cipher_suites.push(reader.u16("cipher suite")?);
            }
        }
        Ok(Self { application, security, run_id, cipher_suites })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.application.0, self.security.0]);
        out.extend(self.run_id.0);
        if self.security == SecurityType::PUBLIC_KEY {
            let suites = &self.cipher_suites[..self.cipher_suites.len().min(usize::from(u8::MAX))];
            out.push(suites.len() as u8);
            suites.iter().for_each(|suite| out.extend(suite.to_le_bytes()));
        }
    }
}

/// CM_SLAC_PARM.CNF, from an EVSE to the car.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SlacParmCnf {
    /// To whom the sounds are to be sent. Everybody (`ff:ff:ff:ff:ff:ff`) in every capture; some cars take nothing else.
    pub sound_target: MacAddress,
    /// So many sounds are to be sent: 10.
    pub sounds: u8,
    /// So long they are listened to.
    pub timeout: SoundTimeout,
    /// To whom the result goes.
    pub response: ResponseType,
    /// The station that gets the result: the car's host.
    pub forwarding_station: MacAddress,
    /// What the matching is for.
    pub application: ApplicationType,
    /// How it is protected.
    pub security: SecurityType,
    /// That of the request.
    pub run_id: RunId,
    /// The one that is chosen; on the wire with [`SecurityType::PUBLIC_KEY`], and only then. 0 where it is missing.
    pub cipher_suite: Option<u16>,
}

impl SlacParmCnf {
    /// The answer of ISO 15118-3 to a car: ten sounds for everybody within 600 ms, the result to the car.
    #[must_use]
    pub const fn new(car: MacAddress, run_id: RunId) -> Self {
        Self {
            sound_target: BROADCAST,
            sounds: crate::timing::C_EV_MATCH_MNBC,
            timeout: SoundTimeout::STANDARD,
            response: ResponseType::OTHER_STATION,
            forwarding_station: car,
            application: ApplicationType::PEV_EVSE_MATCHING,
            security: SecurityType::NONE,
            run_id,
            cipher_suite: None,
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        let sound_target = MacAddress(reader.array("sound target")?);
        let sounds = reader.byte("number of sounds")?;
        let timeout = SoundTimeout(reader.byte("time-out")?);
        let response = ResponseType(reader.byte("response type")?);
        let forwarding_station = MacAddress(reader.array("forwarding station")?);
        let application = ApplicationType(reader.byte("application type")?);
        let security = SecurityType(reader.byte("security type")?);
        let run_id = RunId(reader.array("run id")?);
        let is_protected = security == SecurityType::PUBLIC_KEY;
        let cipher_suite = if is_protected { Some(reader.u16("cipher suite")?) } else { None };
        Ok(Self {
            sound_target,
            sounds,
            timeout,
            response,
            forwarding_station,
            application,
            security,
            run_id,
            cipher_suite,
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.sound_target.0);
        out.extend([self.sounds, self.timeout.0, self.response.0]);
        out.extend(self.forwarding_station.0);
        out.extend([self.application.0, self.security.0]);
        out.extend(self.run_id.0);
        if self.security == SecurityType::PUBLIC_KEY {
            out.extend(self.cipher_suite.unwrap_or_default().to_le_bytes());
        }
    }
}
