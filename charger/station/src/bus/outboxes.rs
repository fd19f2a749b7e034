//! The ways to all services that run.

use std::any::Any;

use units::EvseId;

use super::inbox::Outbox;
use super::{Call, Service};

/// The [`Outbox`] of each service, at its place: that of the station first, then those at its EVSEs in order of their numbers. Each
/// call looks here, so it is no map.
#[derive(Default)]
pub(super) struct Outboxes([Vec<Option<Box<dyn Any>>>; Service::ALL.len()]);

impl Outboxes {
    /// The way to the service that takes these calls, at that EVSE or of the station.
    pub(super) fn put<C: Call>(&mut self, evse: Option<EvseId>, outbox: Outbox<C>) {
        let (of_service, place) = (&mut self.0[C::CALLEE.place()], place(evse));
        if of_service.len() <= place {
            of_service.resize_with(place + 1, || None);
        }
        of_service[place] = Some(Box::new(outbox));
    }

    /// The way to it; `None`: it does not run.
    pub(super) fn get<C: Call>(&self, evse: Option<EvseId>) -> Option<&Outbox<C>> {
        self.0[C::CALLEE.place()].get(place(evse))?.as_ref()?.downcast_ref()
    }
}

/// Of the station, or of an EVSE.
fn place(evse: Option<EvseId>) -> usize {
    evse.map_or(0, |evse| evse.number().into())
}
