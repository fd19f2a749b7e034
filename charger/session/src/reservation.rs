//! An outlet held for one driver.

use crate::words::IdToken;
use units::Instant;

use super::authorization::{Grant, same_id};

/// A reservation in force.
#[derive(Clone, Debug)]
pub(super) struct Reservation {
    pub(super) id: i32,
    pub(super) token: IdToken,
    group: Option<IdToken>,
    pub(super) expires: Instant,
}

impl Reservation {
    pub(super) const fn new(id: i32, token: IdToken, group: Option<IdToken>, expires: Instant) -> Self {
        Self { id, token, group, expires }
    }

    /// Whether that driver is the one it is held for: by token, or by group.
    pub(super) fn admits(&self, grant: &Grant) -> bool {
        grant.is_of(&self.token) || grant.shares(self.group.as_ref().map(|group| group.id.as_str()))
    }

    /// Whether that token could turn out to be of the right driver once the CSMS has told its group.
    pub(super) fn may_admit(&self, token: &IdToken) -> bool {
        self.group.is_some() || same_id(&self.token.id, &token.id)
    }
}
