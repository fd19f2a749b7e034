//! Keeps the limits that do not belong to a session: charging profiles and the site.

pub(crate) mod call;

use std::collections::BTreeMap;

use units::EvseId;

use self::call::EnergyCall;
use super::session::call::SessionCall;
use crate::bus::{Inbox, Port, Sent};
use clock::{Alarm, Clock};
use energy::{ChargingLimit, Sharing, SiteLimit};

/// What a session was told last.
#[derive(Clone, Copy, Default, PartialEq)]
struct Told {
    profile: Option<ChargingLimit>,
    site: SiteLimit,
}

/// Shares the site among the EVSEs, merges that with the charging profiles, and tells each session every change.
pub(crate) async fn energy(
    port: Port,
    evses: &[EvseId],
    mut inbox: Inbox<EnergyCall>,
    clock: Clock,
    mut sharing: Sharing,
) {
    let mut profiles: BTreeMap<EvseId, ChargingLimit> = BTreeMap::new();
    let mut told: BTreeMap<EvseId, Told> = BTreeMap::new();
    let mut news = true;
    let mut alarm = Alarm::default();
    loop {
        // Most readings change nothing.
        if sharing.is_news() || news {
            for evse in evses {
                let limits = Told { profile: profiles.get(evse).copied(), site: sharing.limit(*evse) };
                if told.insert(*evse, limits).unwrap_or_default() != limits {
                    port.at(*evse).tell(SessionCall::Limit { profile: limits.profile, site: limits.site });
                }
            }
        }
        news = false;
        tokio::select! {
            biased;
            sent = inbox.recv_sent() => match sent {
                Some(Sent { evse, call }) => {
                    news = matches!(call, EnergyCall::Profile(_));
                    hear(&mut sharing, &mut profiles, clock, evse.unwrap_or(EvseId::FIRST), call);
                }
                None => return,
            },
            () = alarm.at(sharing.next_change().map(|at| clock.at(at))) => sharing.pass(clock.now()),
        }
    }
}

fn hear(
    sharing: &mut Sharing,
    profiles: &mut BTreeMap<EvseId, ChargingLimit>,
    clock: Clock,
    evse: EvseId,
    call: EnergyCall,
) {
    let now = clock.now();
    match call {
        EnergyCall::House(reading) => sharing.read_house(now, reading),
        EnergyCall::Outlet(reading) => sharing.read_outlet(now, evse, &reading),
        EnergyCall::Profile(Some(limit)) => drop(profiles.insert(evse, limit)),
        EnergyCall::Profile(None) => drop(profiles.remove(&evse)),
        EnergyCall::Station(limit) => sharing.profile(now, limit),
        EnergyCall::Wish(wish) => sharing.wish(now, evse, wish),
    }
}
