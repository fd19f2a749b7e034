//! CM_VALIDATE: a car that cannot tell which of several EVSEs it is plugged in at toggles its pilot, and the EVSE counts.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::bytes::Reader;
use crate::error::FrameError;

/// How the car shows itself.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SignalType(pub u8);

impl SignalType {
    /// 0: it toggles S2, between states B and C (BCB toggle). The only one of ISO 15118-3.
    pub const S2_TOGGLES: Self = Self(0x00);
}

/// How long the EVSE is to count (TT_EVSE_vald_toggle): 0 means 100 ms, 1 means 200 ms, and so on. 0 in the first request, which
/// only asks whether the EVSE is ready.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ValidateTimer(pub u8);

impl ValidateTimer {
    /// As a time: 100 ms to 25.6 s.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis((self.0 as u64 + 1) * 100)
    }
}

/// How it stands with the validation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ValidateResult {
    /// 0: the EVSE is busy with another.
    NotReady,
    /// 1: ready to toggle, ready to count.
    Ready,
    /// 2: this many toggles were counted.
    Success,
    /// 3: it failed.
    Failure,
    /// 4: there is no need of it.
    NotRequired,
    /// Any other number.
    Other(u8),
}

impl ValidateResult {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::NotReady => 0,
            Self::Ready => 1,
            Self::Success => 2,
            Self::Failure => 3,
            Self::NotRequired => 4,
            Self::Other(number) => number,
        }
    }

    /// What a number means.
    #[must_use]
    pub const fn of(number: u8) -> Self {
        match number {
            0 => Self::NotReady,
            1 => Self::Ready,
            2 => Self::Success,
            3 => Self::Failure,
            4 => Self::NotRequired,
            other => Self::Other(other),
        }
    }
}

impl Serialize for ValidateResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Other(number) => serializer.serialize_u8(*number),
            known => serializer.collect_str(&format_args!("{known:?}")),
        }
    }
}

/// CM_VALIDATE.REQ, from the car to the EVSE.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct ValidateReq {
    /// How the car will show itself.
    pub signal: SignalType,
    /// How long it is to be watched.
    pub timer: ValidateTimer,
    /// Ready, unless the car gives up.
    pub result: ValidateResult,
}

impl ValidateReq {
    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            signal: SignalType(reader.byte("signal type")?),
            timer: ValidateTimer(reader.byte("timer")?),
            result: ValidateResult::of(reader.byte("result")?),
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.signal.0, self.timer.0, self.result.number()]);
    }
}

/// CM_VALIDATE.CNF, from the EVSE to the car.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct ValidateCnf {
    /// That of the request.
    pub signal: SignalType,
    /// So many toggles were seen; 0 in the first answer.
    pub toggles: u8,
    /// How it stands.
    pub result: ValidateResult,
}

impl ValidateCnf {
    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            signal: SignalType(reader.byte("signal type")?),
            toggles: reader.byte("number of toggles")?,
            result: ValidateResult::of(reader.byte("result")?),
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.signal.0, self.toggles, self.result.number()]);
    }
}
