//! Stands between the bus and the CSMS: the OCPP core is a value in `ocpp`, its connection a task beside this one.

use event_log::Log;
use ocpp::{Blame, Charger, Connect, Direction, Local, Notice, Station, StoreLink};
use serde_json::json;

use crate::Clock;
use crate::bus::{Bus, Inbox, Message, Port, Service};
use crate::session::CsmsInput;

/// Runs the OCPP core on a connection, or without a CSMS on its store alone; translates bus messages for it and its notices
/// for the bus.
pub(crate) async fn ocpp<C: Connect>(
    bus: &Bus,
    inbox: Inbox,
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
    inbox: Inbox,
    port: Port,
    log: Log,
    has_csms: bool,
}

impl Charger for Bridge {
    async fn next(&mut self) -> Option<Local> {
        loop {
            let message = self.inbox.recv().await?;
            let verb = message.verb();
            match message.into_local(1) {
                // Without a CSMS there is nobody to tell anything; what is kept is kept all the same.
                Some(message) if self.has_csms || matches!(message, Local::Keep { .. }) => return Some(message),
                Some(_) => {}
                None => tracing::error!(%verb, "not a verb of ocpp"),
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
            port.tell(Message::Csms(CsmsInput::Online));
        }
        Notice::Offline { why } => {
            log.record("ocpp", "link", json!({ "state": "offline", "why": why.to_string() }));
            port.tell(Message::Csms(CsmsInput::Offline));
        }
        Notice::Boot(state) => log.record("ocpp", "boot", json!({ "state": format!("{state:?}") })),
        Notice::Authorized { ticket, outcome } => port.tell(Message::Csms(CsmsInput::Authorized { ticket, outcome })),
        Notice::Deauthorized { transaction, status } => {
            port.tell(Message::Csms(CsmsInput::Deauthorized { transaction, status }));
        }
        Notice::Ask { ticket, ask } => port.tell(Message::Csms(CsmsInput::Ask { ticket, ask })),
        Notice::Limit { limit, .. } => port.tell(Message::Profile(limit)),
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
