//! CM_SLAC_MATCH: the car has chosen its EVSE, which gives it the key of its network.

use serde::Serialize;

use crate::bytes::Reader;
use crate::error::FrameError;
use crate::ethernet::MacAddress;
use crate::key::{Nid, Nmk};
use crate::octets::{RunId, RunIdTail, StationId};
use crate::values::{ApplicationType, SecurityType};

/// CM_SLAC_MATCH.REQ, from the car to the EVSE that heard it best.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SlacMatchReq {
    /// What the matching is for.
    pub application: ApplicationType,
    /// How it is protected.
    pub security: SecurityType,
    /// The length of what follows (MVF length) in bytes, as the sender says it: [`Self::LENGTH`]. Not looked at.
    pub length: u16,
    /// The name of the car; 0.
    pub car_id: StationId,
    /// The car's host.
    pub car: MacAddress,
    /// The name of the EVSE; 0.
    pub evse_id: StationId,
    /// The EVSE's host.
    pub evse: MacAddress,
    /// The matching.
    pub run_id: RunId,
    /// 0.
    pub reserved: RunIdTail,
}

impl SlacMatchReq {
    /// What its length says.
    pub const LENGTH: u16 = 0x3e;

    /// The request of ISO 15118-3, without names.
    #[must_use]
    pub fn new(car: MacAddress, evse: MacAddress, run_id: RunId) -> Self {
        Self {
            application: ApplicationType::PEV_EVSE_MATCHING,
            security: SecurityType::NONE,
            length: Self::LENGTH,
            car_id: StationId::default(),
            car,
            evse_id: StationId::default(),
            evse,
            run_id,
            reserved: RunIdTail::default(),
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            application: ApplicationType(reader.byte("application type")?),
            security: SecurityType(reader.byte("security type")?),
            length: reader.u16("MVF length")?,
            car_id: StationId(reader.array("id of the car")?),
            car: MacAddress(reader.array("address of the car")?),
            evse_id: StationId(reader.array("id of the EVSE")?),
            evse: MacAddress(reader.array("address of the EVSE")?),
            run_id: RunId(reader.array("run id")?),
            reserved: RunIdTail(reader.array("reserved bytes behind the run id")?),
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.application.0, self.security.0]);
        out.extend(self.length.to_le_bytes());
        out.extend(self.car_id.0);
        out.extend(self.car.0);
        out.extend(self.evse_id.0);
        out.extend(self.evse.0);
        out.extend(self.run_id.0);
        out.extend(self.reserved.0);
    }
}

/// CM_SLAC_MATCH.CNF, from the EVSE to the car: this is our network.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SlacMatchCnf {
    /// What the matching is for.
    pub application: ApplicationType,
    /// How it is protected.
    pub security: SecurityType,
    /// The length of what follows (MVF length) in bytes, as the sender says it: [`Self::LENGTH`]. Not looked at.
    pub length: u16,
    /// The name of the car; 0.
    pub car_id: StationId,
    /// The car's host.
    pub car: MacAddress,
    /// The name of the EVSE; 0.
    pub evse_id: StationId,
    /// The EVSE's host.
    pub evse: MacAddress,
    /// The matching.
    pub run_id: RunId,
    /// 0.
    pub reserved: RunIdTail,
    /// The network.
    pub nid: Nid,
    /// 0: the eighth byte of a field for the NID.
    pub reserved_nid: u8,
    /// Its key.
    pub nmk: Nmk,
}

impl SlacMatchCnf {
    /// What its length says.
    pub const LENGTH: u16 = 0x56;

    /// The answer of ISO 15118-3 to a request.
    #[must_use]
    pub fn new(request: &SlacMatchReq, nid: Nid, nmk: Nmk) -> Self {
        Self {
            application: request.application,
            security: request.security,
            length: Self::LENGTH,
            car_id: request.car_id,
            car: request.car,
            evse_id: request.evse_id,
            evse: request.evse,
            run_id: request.run_id,
            reserved: RunIdTail::default(),
            nid,
            reserved_nid: 0,
            nmk,
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            application: ApplicationType(reader.byte("application type")?),
            security: SecurityType(reader.byte("security type")?),
            length: reader.u16("MVF length")?,
            car_id: StationId(reader.array("id of the car")?),
            car: MacAddress(reader.array("address of the car")?),
            evse_id: StationId(reader.array("id of the EVSE")?),
            evse: MacAddress(reader.array("address of the EVSE")?),
            run_id: RunId(reader.array("run id")?),
            reserved: RunIdTail(reader.array("reserved bytes behind the run id")?),
            nid: Nid(reader.array("NID")?),
            reserved_nid: reader.byte("reserved byte behind the NID")?,
            nmk: Nmk(reader.array("NMK")?),
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.application.0, self.security.0]);
        out.extend(self.length.to_le_bytes());
        out.extend(self.car_id.0);
        out.extend(self.car.0);
        out.extend(self.evse_id.0);
        out.extend(self.evse.0);
        out.extend(self.run_id.0);
        out.extend(self.reserved.0);
        out.extend(self.nid.0);
        out.push(self.reserved_nid);
        out.extend(self.nmk.0);
    }
}
