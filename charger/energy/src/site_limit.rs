//! What the site leaves one EVSE.

use units::{Milliamps, PerPhase};

use crate::bound::Bound;
use crate::lines::Lines;
use crate::source::{LimitReason, LimitSource};

/// What the site leaves one EVSE, on each line of its outlet: house connection, fuse and profile of the station, and what the
/// other EVSEs have of them. By default it limits nothing into the car, and permits nothing out of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SiteLimit {
    /// Into the car; `None` is no limit.
    pub import: Option<PerPhase<Bound<Milliamps>>>,
    /// Out of the car.
    pub export: PerPhase<Bound<Milliamps>>,
}

impl Default for SiteLimit {
    fn default() -> Self {
        let nothing = Bound::nothing(LimitSource::Site, LimitReason::NotBidirectional);
        Self { import: None, export: PerPhase::all(nothing) }
    }
}

/// The tightest on some of the lines; the first of those that are alike. Where there is no line nothing may flow.
pub(crate) fn tightest(each: &PerPhase<Bound<Milliamps>>, lines: Lines) -> Bound<Milliamps> {
    let tightest = lines.iter().min_by_key(|line| each[*line].amount());
    tightest.map_or_else(|| each.0[0].read_as(Milliamps::ZERO), |line| each[line])
}
