//! One car that is heard, from its first CM_SLAC_PARM.REQ to its CM_SLAC_MATCH.REQ.

use units::Instant;

use crate::attenuation::{AttenCharInd, AttenuationProfile};
use crate::ethernet::MacAddress;
use crate::octets::RunId;
use crate::timing;

use super::Failure;

/// A car that is heard. A charger hears the cars of its neighbours as well, and answers all of them: which one is plugged in here
/// is for the cars to find out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Run {
    pub(super) car: MacAddress,
    pub(super) run_id: RunId,
    pub(super) stage: Stage,
}

/// What is awaited of the car.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    /// CM_START_ATTEN_CHAR.IND, until then.
    Start { until: Instant },
    /// Its sounds, until then.
    Sounds { until: Instant, heard: Heard },
    /// CM_ATTEN_CHAR.RSP to this result, which was sent so often.
    Response { until: Instant, result: AttenCharInd, tries: u8 },
    /// CM_VALIDATE.REQ or CM_SLAC_MATCH.REQ, until then.
    Request { until: Instant },
}

/// The sounds of a car so far.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Heard {
    /// Which CM_MNBC_SOUND.IND of the car arrived, by how many it said remain: a bit each.
    sounds: u128,
    /// What the modem says next is about a sound that was there before.
    again: bool,
    /// CM_ATTEN_PROFILE.IND of the own modem.
    profiles: u8,
    /// The sum of their groups.
    sum: Vec<u32>,
}

impl Heard {
    /// A sound arrived, after which so many remain. A line may bring one twice.
    pub(super) const fn sound(&mut self, remaining: u8) {
        let bit = 1 << (remaining & 127);
        self.again = self.sounds & bit != 0;
        self.sounds |= bit;
    }

    /// The modem says how weak a sound was. One with other groups than the first says nothing that could be added.
    pub(super) fn profile(&mut self, profile: &AttenuationProfile) {
        if std::mem::take(&mut self.again) {
            return;
        }
        let groups = profile.groups();
        if self.profiles == 0 {
            self.sum = groups.iter().map(|group| u32::from(*group)).collect();
        } else if self.sum.len() == groups.len() && self.profiles < u8::MAX {
            self.sum.iter_mut().zip(groups).for_each(|(sum, group)| *sum += u32::from(*group));
        } else {
            return;
        }
        self.profiles += 1;
    }

    /// All sounds that were asked for were measured.
    pub(super) const fn is_complete(&self) -> bool {
        self.profiles >= timing::C_EV_MATCH_MNBC
    }

    /// The mean of what was measured, less what is lost between the cable and the own modem.
    fn mean(&self, receive_db: u8) -> Result<AttenuationProfile, Failure> {
        let count = u32::from(self.profiles);
        if count == 0 || self.sum.is_empty() {
            return Err(if self.sounds == 0 { Failure::NoSounds } else { Failure::NoProfiles });
        }
        let mean = self
            .sum
            .iter()
            .map(|sum| u8::try_from(sum / count).unwrap_or(u8::MAX).saturating_sub(receive_db))
            .collect();
        AttenuationProfile::new(mean).ok_or(Failure::NoProfiles)
    }
}

impl Run {
    /// A car that asks.
    pub(super) fn begin(now: Instant, car: MacAddress, run_id: RunId) -> Self {
        Self { car, run_id, stage: Stage::Start { until: now + timing::TT_MATCH_SEQUENCE } }
    }

    /// The result for the car, once it has sounded.
    pub(super) fn result(&self, heard: &Heard, receive_db: u8) -> Result<AttenCharInd, Failure> {
        Ok(AttenCharInd::new(self.car, self.run_id, heard.profiles, heard.mean(receive_db)?))
    }

    /// Until when it is waited for.
    pub(super) const fn until(&self) -> Instant {
        match &self.stage {
            Stage::Start { until }
            | Stage::Sounds { until, .. }
            | Stage::Response { until, .. }
            | Stage::Request { until } => *until,
        }
    }
}
