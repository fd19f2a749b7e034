//! What is worth a line of an event log.

use std::net::SocketAddrV6;

use serde::Serialize;
use serde_json::{Value, json};
use slac::{MacAddress, ev};

use crate::evcc::hlc::{End, Event, Limits, Pilot, Setup};

/// Something that happened to the car's controller, for an event log.
///
/// | kind | data |
/// |---|---|
/// | `matching` | `nth`: of this car |
/// | `matching_again`, `matching_failed` | `why` |
/// | `matched` | `charger`: its address |
/// | `link_up`, `link_lost` | |
/// | `sdp_asked` | `nth`: from 1 to 50 |
/// | `sdp_answered` | `address`, `port` |
/// | `sdp_unanswered`, `not_connected` | |
/// | `connected` | `address`, `port`, `goes_on`: with a session that was paused |
/// | `protocol` | `protocol`: `din`, `iso2` |
/// | `session_set_up` | `evse_id`, `joined` |
/// | `offer` | `limits` as below, `schedule`: its number, `entries`: seconds and W |
/// | `limits` | `nominal_mv`, `max_ma`; with direct current `min_mv`, `max_mv`, `max_ma`, `max_w` |
/// | `pilot` | `state`: `B`, `C` |
/// | `contactors` | `order`: `close`, `open` |
/// | `station_wants` | `wish` |
/// | `session_paused` | `session`: its number, `schedule` |
/// | `session_ended` | `by`: `car`, `station`; `why` |
/// | `session_failed` | `why`, `fault`: `Station`, `Car`, `Link` |
/// | `interrupted` | `by`: `plug`, `end of the duty`, `state E or F`, `nominal duty`, `digital duty`, `car` |
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CarNote {
    /// What.
    pub kind: &'static str,
    /// More of it.
    pub data: Value,
}

impl CarNote {
    pub(super) const fn new(kind: &'static str, data: Value) -> Self {
        Self { kind, data }
    }

    /// A matching begins, the nth of this car.
    pub(super) fn matching(nth: u64) -> Self {
        Self::new("matching", json!({ "nth": nth }))
    }

    pub(super) fn of_matching(event: &ev::Event) -> Self {
        let why = |kind, why: &ev::Failure| Self::new(kind, json!({ "why": why.to_string() }));
        match event {
            ev::Event::Again(failure) => why("matching_again", failure),
            ev::Event::Matched(charger) => Self::new("matched", json!({ "charger": text(*charger) })),
            ev::Event::LinkUp => Self::new("link_up", json!({})),
            ev::Event::LinkLost => Self::new("link_lost", json!({})),
            ev::Event::Failed(failure) => why("matching_failed", failure),
        }
    }

    pub(super) fn asked(nth: u8) -> Self {
        Self::new("sdp_asked", json!({ "nth": nth }))
    }

    pub(super) fn answered(to: SocketAddrV6) -> Self {
        Self::new("sdp_answered", json!({ "address": to.ip().to_string(), "port": to.port() }))
    }

    pub(super) fn connected(peer: SocketAddrV6, joins: bool) -> Self {
        Self::new("connected", json!({ "address": peer.ip().to_string(), "port": peer.port(), "goes_on": joins }))
    }

    /// What happened in the session.
    pub(super) fn of_session(event: &Event) -> Self {
        match event {
            Event::Agreed(protocol) => Self::new("protocol", json!({ "protocol": protocol.name() })),
            Event::SessionSetUp { session, evse_id } => {
                let joined = match session {
                    Setup::Joined => true,
                    Setup::New => false,
                };
                Self::new("session_set_up", json!({ "evse_id": evse_id, "joined": joined }))
            }
            Event::Offer(offer) => {
                let entries: Vec<_> = offer.schedule.entries.iter().map(|(from_s, power)| (*from_s, power.0)).collect();
                let data = json!({ "limits": limits(offer.limits), "schedule": offer.schedule.id, "entries": entries });
                Self::new("offer", data)
            }
            Event::Limits(changed) => Self::new("limits", limits(*changed)),
            Event::PowerWanted(pilot) => {
                let state = match pilot {
                    Pilot::B => "B",
                    Pilot::C => "C",
                };
                Self::new("pilot", json!({ "state": state }))
            }
            Event::CloseContactors => Self::new("contactors", json!({ "order": "close" })),
            Event::OpenContactors => Self::new("contactors", json!({ "order": "open" })),
            Event::StationWants(wish) => Self::new("station_wants", json!({ "wish": format!("{wish:?}") })),
            Event::Paused(session) => {
                Self::new("session_paused", json!({ "session": hex(&session.id), "schedule": session.schedule }))
            }
            Event::Ended(end) => {
                let (by, why) = match end {
                    End::Car(stop) => ("car", format!("{stop:?}")),
                    End::Station(wish) => ("station", format!("{wish:?}")),
                    End::SocTold => ("car", "SocTold".to_owned()),
                };
                Self::new("session_ended", json!({ "by": by, "why": why }))
            }
            Event::Failed { why, fault } => {
                Self::new("session_failed", json!({ "why": why.to_string(), "fault": format!("{fault:?}") }))
            }
        }
    }
}

fn limits(limits: Limits) -> Value {
    match limits {
        Limits::Ac { nominal_voltage, max_current } => {
            json!({ "nominal_mv": nominal_voltage.0, "max_ma": max_current.0 })
        }
        Limits::Dc { min_voltage, max_voltage, max_current, max_power } => json!({
            "min_mv": min_voltage.0,
            "max_mv": max_voltage.0,
            "max_ma": max_current.0,
            "max_w": max_power.map(|power| power.0),
        }),
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn text(address: MacAddress) -> String {
    address.0.map(|octet| format!("{octet:02x}")).join(":")
}
