//! CM_AMP_MAP: how much weaker a modem is to send on each carrier, so that it does not disturb others (ISO 15118-3, A.9.6).

use serde::{Serialize, Serializer};

use crate::bytes::Reader;
use crate::error::FrameError;

/// The amplitude of each carrier: four bits each, two in a byte, the first in the low half. 0 is full power; the unit of a step
/// (2 dB) is HomePlug AV's and was not confirmed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AmplitudeMap {
    /// Never needs more bytes than there are in `packed`.
    carriers: u16,
    packed: Vec<u8>,
}

impl AmplitudeMap {
    /// A map of these steps; `None` when one is above 15 or when there are more than 65535.
    #[must_use]
    pub fn new(steps: &[u8]) -> Option<Self> {
        let carriers = u16::try_from(steps.len()).ok()?;
        if steps.iter().any(|step| *step > 0x0f) {
            return None;
        }
        let pack = |pair: &[u8]| pair[0] | pair.get(1).map_or(0, |second| second << 4);
        Some(Self { carriers, packed: steps.chunks(2).map(pack).collect() })
    }

    /// So many carriers. A request without any is wrong and is not answered (CmAmpMap_005 of ISO 15118-5).
    #[must_use]
    pub const fn carriers(&self) -> u16 {
        self.carriers
    }

    /// The step of each carrier.
    pub fn steps(&self) -> impl Iterator<Item = u8> {
        let halves = self.packed.iter().flat_map(|byte| [byte & 0x0f, byte >> 4]);
        halves.take(usize::from(self.carriers))
    }
}

impl Serialize for AmplitudeMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.steps())
    }
}

/// CM_AMP_MAP.REQ: send like this. Either side may ask, once both are in one network.
///
/// Seen in no capture. Public implementations agree on the number of carriers (AMLEN, two bytes) and disagree on how a value
/// is packed; here it is four bits, as HomePlug AV has it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct AmpMapReq {
    /// The amplitudes.
    pub map: AmplitudeMap,
}

impl AmpMapReq {
    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        let carriers = reader.u16("number of carriers")?;
        let packed = reader.slice(usize::from(carriers).div_ceil(2), "amplitude of all carriers")?.to_vec();
        Ok(Self { map: AmplitudeMap { carriers, packed } })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.map.carriers.to_le_bytes());
        out.extend(&self.map.packed);
    }
}

/// CM_AMP_MAP.CNF.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct AmpMapCnf {
    /// 0: done.
    pub result: u8,
}

impl AmpMapCnf {
    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self { result: reader.byte("result")? })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.result);
    }
}
