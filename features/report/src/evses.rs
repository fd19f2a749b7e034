//! Which EVSEs the events of a scenario are about.

use std::collections::BTreeSet;

use event_log::Event;
use units::EvseId;

/// The EVSEs of a charger that has several, in order; none where it has one, for there is nothing to tell apart.
pub(crate) fn several(events: &[Event]) -> Vec<EvseId> {
    let evses: BTreeSet<EvseId> = events.iter().filter_map(|event| event.evse).collect();
    if evses.len() > 1 { evses.into_iter().collect() } else { Vec::new() }
}

/// What happened at that EVSE, and at none.
pub(crate) fn at(events: &[Event], evse: EvseId) -> Vec<Event> {
    events.iter().filter(|event| event.evse.is_none_or(|own| own == evse)).cloned().collect()
}
