//! One EVSE of the station: its devices, each within its bounds, and the services around them.

use std::time::Duration;

use event_log::Log;
use hardware::{PowerBoard as _, PowerSupplyDc as _};
use iec61851::{Permission, PilotSignal};
use units::EvseId;

use crate::bounded::Bounded;
use crate::bus::{Bus, Service};
use crate::config::{Config, EvseConfig, Owner};
use crate::ids::Ids;
use crate::outfit::{EvseHardware, Outfit};
use crate::restart::Restart;
use crate::services::{self, HlcSeat, Seat, Serves};
use crate::together::Together;
use clock::Clock;
use session::Coordinator;

/// How long the supply has to switch off before the contactor opens all the same.
const SUPPLY_OFF: Duration = Duration::from_millis(200);

/// The devices of one EVSE. None of them holds up anything but its own service.
pub(crate) struct Evse<O: Outfit> {
    id: EvseId,
    board: Bounded<O::Board>,
    lock: Option<Bounded<O::Lock>>,
    meter: Bounded<O::Meter>,
    reader: Option<Bounded<O::Reader>>,
    panel: Option<Bounded<O::Panel>>,
    supply: Option<Bounded<O::Supply>>,
    insulation: Option<Bounded<O::Insulation>>,
    plc: Option<Bounded<O::Plc>>,
    v2g: Option<Bounded<O::V2g>>,
}

/// What the services of an EVSE get from their station.
pub(crate) struct Surroundings<'a> {
    pub(crate) config: &'a Config,
    pub(crate) bus: &'a Bus,
    pub(crate) clock: Clock,
    /// Unix time in microseconds at the clock's zero.
    pub(crate) epoch_micros: i64,
    pub(crate) log: &'a Log,
    /// Where random numbers come from.
    pub(crate) ids: &'a Ids,
    /// Where there are several: all begin again together.
    pub(crate) restart: Option<Restart>,
}

impl<O: Outfit> Evse<O> {
    /// The EVSE of that number, with its devices.
    pub(crate) fn new(id: EvseId, hardware: EvseHardware<O>) -> Self {
        let EvseHardware { board, lock, meter, reader, panel, supply, insulation, plc, v2g } = hardware;
        Self {
            id,
            board: Bounded::new("power board", board),
            lock: lock.map(|lock| Bounded::new("connector lock", lock)),
            meter: Bounded::new("meter", meter),
            reader: reader.map(|reader| Bounded::new("token reader", reader)),
            panel: panel.map(|panel| Bounded::new("panel", panel)),
            supply: supply.map(|supply| Bounded::new("DC supply", supply)),
            insulation: insulation.map(|monitor| Bounded::new("insulation monitor", monitor)),
            plc: plc.map(|modem| Bounded::new("PLC modem", modem)),
            v2g: v2g.map(|network| Bounded::new("network to the car", network)),
        }
    }

    /// Puts its services around a coordinator. Their inboxes are there when this returns, and none of them has spoken yet.
    pub(crate) fn serve<'a>(
        &'a mut self,
        services: &mut Together<'a>,
        around: &Surroundings<'_>,
        told: &EvseConfig,
        coordinator: Coordinator,
    ) {
        let Surroundings { config, bus, clock, epoch_micros, log, .. } = around;
        let (id, log) = (self.id, log.at(self.id));
        let at = |service| bus.port(service).at(id);
        services.add(services::power(at(Service::Power), bus.inbox(id), &mut self.board));
        if let Some(lock) = &mut self.lock {
            services.add(services::lock(at(Service::Lock), bus.inbox(id), lock));
        }
        services.add(services::meter(at(Service::Meter), bus.inbox(id), config.meter.clone(), &mut self.meter));
        if let Some(reader) = &mut self.reader {
            services.add(services::auth(at(Service::Auth), Serves::One(id), reader));
        }
        if let Some(panel) = &mut self.panel {
            services.add(services::panel(at(Service::Panel), Serves::One(id), bus.inbox(id), panel));
        }
        let (supply, dc) = (self.supply.as_mut(), told.dc.clone());
        services.add(services::supply(at(Service::Supply), bus.inbox(id), dc, log.clone(), supply));
        let (insulation, dc) = (self.insulation.as_mut(), told.dc.clone());
        services.add(services::insulation(at(Service::Insulation), bus.inbox(id), dc, log.clone(), insulation));
        let link = HlcSeat {
            config: config.of_hlc(id, told, self.v2g.is_some()),
            random: around.ids.draw(),
            clock: *clock,
            log: log.clone(),
        };
        let (modem, network) = (self.plc.as_mut(), self.v2g.as_mut());
        services.add(services::hlc(at(Service::Hlc), bus.inbox(id), link, modem, network));
        let (session, inbox) = (at(Service::Session), bus.inbox(id));
        let restart = around.restart.clone();
        let meets_reception = restart.is_some() || told.reader == Owner::Station;
        let shares_site = restart.is_some() || told.outlet.export_a > 0;
        let (clock, epoch_micros) = (*clock, *epoch_micros);
        let seat = Seat { evse: id, restart, meets_reception, shares_site, clock, epoch_micros, log };
        services.add_leader(services::session(session, inbox, seat, coordinator));
    }

    /// The last words to board and supply: open, steady +12 V, no direct current.
    pub(crate) async fn make_safe(&mut self) {
        if let Some(supply) = &mut self.supply {
            // Current off first spares the contactor; a supply that does not answer does not hold it closed.
            match tokio::time::timeout(SUPPLY_OFF, supply.switch(false)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the supply did not hear the last words"),
                Err(_) => tracing::warn!("the supply does not answer; it switches off when it hears nothing"),
            }
        }
        let withdrawn = self.board.allow_power(Permission::Withdrawn).await;
        for result in [withdrawn, self.board.set_pilot(PilotSignal::X1).await] {
            if let Err(error) = result {
                // A plain Tux-EVSE firmware does not miss the heartbeat either.
                tracing::warn!(%error, "the board did not hear the last words; it opens when it misses the heartbeat, if it does");
            }
        }
    }
}
