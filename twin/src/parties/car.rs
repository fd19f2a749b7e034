//! Which car stands at an EVSE.

use vehicle_model::Profile;

/// Which car stands at an EVSE.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // a world has as many as it has outlets, and each is taken apart at once
pub enum CarChoice {
    /// A model of this one.
    Inside(Profile),
    /// A real one, or somebody else's simulator: nothing of it is modelled, whether it is plugged in or not yet there.
    Outside,
    /// None: the place is empty as long as the world lives.
    None,
}

impl CarChoice {
    /// The car that is modelled, if it is one.
    #[must_use]
    pub const fn profile(&self) -> Option<&Profile> {
        match self {
            Self::Inside(profile) => Some(profile),
            Self::Outside | Self::None => None,
        }
    }
}
