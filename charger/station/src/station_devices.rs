//! The devices that the station has for all of its EVSEs, each within its bounds, and the services around them.

use std::time::Duration;

use units::EvseId;

use crate::bounded::Bounded;
use crate::bus::Service;
use crate::config::{EvseConfig, Owner};
use crate::evse::Surroundings;
use crate::outfit::Outfit;
use crate::services::{self, Places, Serves};
use crate::together::Together;

/// The devices of the station. None of them holds up anything but its own service.
pub(crate) struct StationDevices<O: Outfit> {
    grid_meter: Option<Bounded<O::Meter>>,
    reader: Option<Bounded<O::Reader>>,
    panel: Option<Bounded<O::Panel>>,
    /// Those that share the reader, and those that share the panel.
    readers: Vec<EvseId>,
    panels: Vec<EvseId>,
}

impl<O: Outfit> StationDevices<O> {
    pub(crate) fn new(grid_meter: Option<O::Meter>, reader: Option<O::Reader>, panel: Option<O::Panel>) -> Self {
        Self {
            grid_meter: grid_meter.map(|meter| Bounded::new("house meter", meter)),
            reader: reader.map(|reader| Bounded::new("token reader", reader)),
            panel: panel.map(|panel| Bounded::new("panel", panel)),
            readers: Vec::new(),
            panels: Vec::new(),
        }
    }

    /// Puts the services of the station around its EVSEs. Their inboxes are there when this returns.
    pub(crate) fn serve<'a>(&'a mut self, services: &mut Together<'a>, around: &Surroundings<'_>, evses: &'a [EvseId]) {
        let Surroundings { config, bus, clock, log, .. } = around;
        let sharing = |owner: fn(&EvseConfig) -> Owner| {
            let shares = config.evses.numbered().filter(move |(_, evse)| owner(evse) == Owner::Station);
            shares.map(|(id, _)| id).collect()
        };
        self.readers = sharing(|evse| evse.reader);
        self.panels = sharing(|evse| evse.panel);
        let (meter, site) = (config.meter.clone(), config.site.clone());
        services.add(services::house(bus.port(Service::House), evses, meter, site, self.grid_meter.as_mut()));
        if evses.len() > 1 || !self.readers.is_empty() {
            let places = Places {
                evses,
                readers: &self.readers,
                panels: &self.panels,
                patience: Duration::from_secs(config.authorization.connect_timeout_s.into()),
                second_tap: Duration::from_secs(config.authorization.second_tap_s.into()),
            };
            let (port, inbox) = (bus.port(Service::Reception), bus.inbox(EvseId::FIRST));
            services.add(services::reception(port, places, inbox, *clock, (*log).clone()));
        }
        if let (Some(reader), [_, ..]) = (&mut self.reader, &self.readers[..]) {
            services.add(services::auth(bus.port(Service::Auth), Serves::Those(&self.readers), reader));
        }
        if let (Some(panel), [_, ..]) = (&mut self.panel, &self.panels[..]) {
            let inbox = bus.shared_inbox(&self.panels);
            services.add(services::panel(bus.port(Service::Panel), Serves::Those(&self.panels), inbox, panel));
        }
    }
}
