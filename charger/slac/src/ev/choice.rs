//! Which of the chargers that heard the car is the one at the other end of its cable (ISO 15118-3, A.9.3).

use crate::attenuation::AttenCharInd;
use crate::ethernet::MacAddress;

use super::Failure;

/// So many chargers are listened to.
pub(super) const MOST_CHARGERS: usize = 16;

/// A charger that heard the car.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Heard {
    /// Which.
    pub charger: MacAddress,
    /// How much weaker the sounds arrived there, the mean of all groups, in dB.
    pub mean_db: u8,
}

impl Heard {
    /// What a result says; `None` when it has no group or no sound.
    #[must_use]
    pub fn of(charger: MacAddress, result: &AttenCharInd) -> Option<Self> {
        let groups = result.profile.groups();
        let sum: u32 = groups.iter().map(|group| u32::from(*group)).sum();
        let mean = sum.checked_div(u32::try_from(groups.len()).ok()?)?;
        (result.sounds > 0).then_some(Self { charger, mean_db: u8::try_from(mean).ok()? })
    }
}

/// How near the charger must be. The limits of the standard (C_EV_match_signalattn_direct and _indirect) are not confirmed: two
/// public sources differ by 30 and 60 dB.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Nearness {
    /// The nearest is taken, however far it is.
    #[default]
    Nearest,
    /// The nearest is taken if the sounds arrive there at most so much weaker, in dB.
    Within(u8),
}

/// The charger to match with.
pub(super) fn choose(heard: &[Heard], nearness: Nearness) -> Result<MacAddress, Failure> {
    // Of two that are equally near the one that spoke first.
    let nearest = heard.iter().min_by_key(|heard| heard.mean_db).ok_or(Failure::NoResult)?;
    match nearness {
        Nearness::Within(limit) if nearest.mean_db > limit => Err(Failure::TooFar { nearest_db: nearest.mean_db }),
        Nearness::Within(_) | Nearness::Nearest => Ok(nearest.charger),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attenuation::AttenuationProfile;
    use crate::octets::RunId;

    fn heard(number: u8, mean_db: u8) -> Heard {
        Heard { charger: MacAddress([number; 6]), mean_db }
    }

    #[test]
    fn the_nearest_is_taken_if_it_is_near_enough() {
        let all = [heard(1, 50), heard(2, 12), heard(3, 12)];
        assert_eq!(choose(&all, Nearness::Nearest), Ok(all[1].charger));
        assert_eq!(choose(&all, Nearness::Within(12)), Ok(all[1].charger));
        assert_eq!(choose(&all, Nearness::Within(11)), Err(Failure::TooFar { nearest_db: 12 }));
        assert_eq!(choose(&[], Nearness::Nearest), Err(Failure::NoResult));
    }

    #[test]
    fn a_result_has_the_mean_of_its_groups_or_says_nothing() {
        let charger = MacAddress([1; 6]);
        let of = |sounds, groups: &[u8]| {
            let profile = AttenuationProfile::new(groups.to_vec()).expect("few groups");
            Heard::of(charger, &AttenCharInd::new(charger, RunId([1; 8]), sounds, profile))
        };
        assert_eq!(of(10, &[10, 20, 31]), Some(heard(1, 20)));
        assert_eq!(of(1, &[255; 255]), Some(heard(1, 255)));
        assert_eq!((of(10, &[]), of(0, &[10])), (None, None));
    }
}
