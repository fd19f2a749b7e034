//! Stands between the bus and the CSMS: the OCPP core is a value in `ocpp`, its connection a task beside this one.

use event_log::Log;
use ocpp::{Connect, Local, Notice, Station};
use serde_json::json;
use tokio::sync::mpsc;

use crate::Clock;
use crate::bus::{Bus, Inbox, Message, Port, Service};
use crate::session::CsmsInput;

/// What the CSMS may have under way at a time before it must wait for us.
const QUEUE: usize = 32;

/// Runs the OCPP core on a connection; translates bus messages for it and its notices for the bus.
pub(crate) async fn ocpp<C: Connect>(
    bus: &Bus,
    mut inbox: Inbox,
    clock: Clock,
    log: Log,
    station: Station,
    connect: &mut C,
    orphans: Vec<String>,
) {
    let port = bus.port(Service::Ocpp);
    let (local, locals) = mpsc::channel(QUEUE);
    let (notices, mut notice) = mpsc::channel(QUEUE);
    for transaction in orphans {
        port.tell(Message::Csms(CsmsInput::Orphan { transaction }));
    }
    let frames = log.clone();
    let tap = move |direction: ocpp::Direction, text: &str| {
        // A frame that is not JSON is recorded as the text it is.
        let frame = serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::from(text));
        let kind = match direction {
            ocpp::Direction::Received => "received",
            ocpp::Direction::Sent => "sent",
        };
        frames.record("ocpp", kind, json!({ "frame": frame }));
    };
    let link = ocpp::run(station, connect, move || clock.now(), locals, notices, tap);
    let bridge = async {
        loop {
            tokio::select! {
                biased;
                notice = notice.recv() => match notice {
                    Some(notice) => forward(notice, &port, &log),
                    None => return,
                },
                message = inbox.recv() => match message {
                    Some(message) => tell(message, &local).await,
                    None => return,
                },
            }
        }
    };
    tokio::join!(link, bridge);
}

async fn tell(message: Message, local: &mpsc::Sender<Local>) {
    let verb = message.verb();
    match message.into_local(1) {
        // The link never ends before the bridge; were it gone, there would be nobody to tell.
        Some(message) => drop(local.send(message).await),
        None => tracing::error!(%verb, "not a verb of ocpp"),
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
        Notice::Violation { text } => {
            tracing::warn!(text, "the CSMS misbehaves");
            log.record("ocpp", "violation", json!({ "text": text }));
        }
    }
}
