//! Stands between the bus and the CSMS: the OCPP core is a value in `ocpp`, its connection a task beside this one.

pub(crate) mod call;

use event_log::Log;
use ocpp::{Blame, Charger, Connect, Direction, Local, Notice, Station, StoreLink};
use serde_json::json;

use self::call::OcppCall;
use super::energy::call::EnergyCall;
use super::session::call::SessionCall;
use crate::Clock;
use crate::bus::{Bus, Inbox, Port, Service};
use crate::session::CsmsInput;

/// The one EVSE of this charger.
const EVSE: u16 = 1;

impl From<OcppCall> for Local {
    fn from(call: OcppCall) -> Self {
        match call {
            OcppCall::Answer { ticket, answer } => Self::Answer { ticket, answer },
            OcppCall::Authorize { ticket, token } => Self::Authorize { ticket, token },
            OcppCall::Keep { name, value } => Self::Keep { name, value },
            OcppCall::Problem(problem) => Self::Problem(problem),
            OcppCall::Report(report) => Self::Transaction(*report),
            OcppCall::Reservation { id, update } => Self::ReservationStatus { id, status: update },
            OcppCall::Status(status) => Self::Status { evse: EVSE, status },
        }
    }
}

/// Runs the OCPP core on a connection, or without a CSMS on its store alone; translates bus messages for it and its notices
/// for the bus.
pub(crate) async fn ocpp<C: Connect>(
    bus: &Bus,
    inbox: Inbox<OcppCall>,
    clock: Clock,
    log: Log,
    station: &mut Station,
    store: &mut dyn StoreLink,
    connect: Option<&mut C>,
) {
    let port = bus.port(Service::Ocpp);
    let has_csms = connect.is_some();
    let mut bridge = Bridge { inbox, port, log, has_csms };
    ocpp::run(station, store, connect, &mut bridge, || clock.now()).await;
}

/// The charger as its link to the CSMS sees it.
struct Bridge {
    inbox: Inbox<OcppCall>,
    port: Port,
    log: Log,
    has_csms: bool,
}

impl Charger for Bridge {
    async fn next(&mut self) -> Option<Local> {
        loop {
            let call = self.inbox.recv().await?;
            // Without a CSMS there is nobody to tell anything; what is kept is kept all the same.
            if self.has_csms || matches!(call, OcppCall::Keep { .. }) {
                return Some(call.into());
            }
        }
    }

    fn notice(&mut self, notice: Notice) {
        forward(notice, &self.port, &self.log);
    }

    fn frame(&mut self, direction: Direction, text: &str) {
        // A frame that is not JSON is recorded as the text it is.
        let frame = serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::from(text));
        let kind = match direction {
            Direction::Received => "received",
            Direction::Sent => "sent",
        };
        // Moved, where `json!` would copy it.
        self.log.record_value("ocpp", kind, [("frame".to_owned(), frame)].into_iter().collect());
    }
}

fn forward(notice: Notice, port: &Port, log: &Log) {
    match notice {
        Notice::Online => {
            log.record("ocpp", "link", json!({ "state": "online" }));
            port.tell(SessionCall::Csms(CsmsInput::Online));
        }
        Notice::Offline { why } => {
            log.record("ocpp", "link", json!({ "state": "offline", "why": why.to_string() }));
            port.tell(SessionCall::Csms(CsmsInput::Offline));
        }
        Notice::Boot(state) => log.record("ocpp", "boot", json!({ "state": format!("{state:?}") })),
        Notice::Authorized { ticket, outcome } => {
            port.tell(SessionCall::Csms(CsmsInput::Authorized { ticket, outcome }))
        }
        Notice::Deauthorized { transaction, status } => {
            port.tell(SessionCall::Csms(CsmsInput::Deauthorized { transaction, status }));
        }
        Notice::Ask { ticket, ask } => port.tell(SessionCall::Csms(CsmsInput::Ask { ticket, ask })),
        Notice::Limit { limit, .. } => port.tell(EnergyCall::Profile(limit)),
        Notice::Variable { component, name, value } => {
            log.record("ocpp", "variable", json!({ "component": component, "name": name, "value": value }));
        }
        Notice::StoreWorks => {
            tracing::info!("the store works again");
            log.record("ocpp", "store", json!({ "text": "it works again: everything that waited is written" }));
        }
        Notice::Trouble { blame, text } => {
            let kind = match blame {
                Blame::OurFault => {
                    tracing::error!(text, "a fault of this charger");
                    "fault"
                }
                Blame::PeerMisbehaved => {
                    tracing::warn!(text, "the CSMS misbehaves");
                    "violation"
                }
                Blame::Store => {
                    tracing::error!(text, "the store does not work");
                    "store"
                }
            };
            log.record("ocpp", kind, json!({ "text": text }));
        }
    }
}
