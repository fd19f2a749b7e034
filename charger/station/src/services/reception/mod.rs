//! Sends drivers to an EVSE who do not say which: from the reader of the station, and from a CSMS that names none.

pub(crate) mod call;

use std::time::Duration;

use event_log::Log;
use serde_json::json;
use units::EvseId;

use self::call::ReceptionCall;
use super::ocpp::call::OcppCall;
use super::panel::call::PanelCall;
use super::session::call::SessionCall;
use crate::bus::{Inbox, Port, Sent};
use clock::{Alarm, Clock};
use session::words::{Answer, Ask};
use session::{CsmsInput, Guest, Reception, Reply};

/// The station, as far as the reception knows it.
pub(crate) struct Places<'a> {
    pub(crate) evses: &'a [EvseId],
    /// Those that share the reader of the station.
    pub(crate) readers: &'a [EvseId],
    /// Those that share its panel.
    pub(crate) panels: &'a [EvseId],
    /// How long a guest without a car is kept.
    pub(crate) patience: Duration,
    /// A card that is shown again within this is the same tap.
    pub(crate) second_tap: Duration,
}

/// Sends each guest to an EVSE.
pub(crate) async fn reception(port: Port, places: Places<'_>, mut inbox: Inbox<ReceptionCall>, clock: Clock, log: Log) {
    let Places { evses, readers, panels, patience, second_tap } = places;
    let desk = Desk { port, log, patience, panel: panels.first().copied() };
    let mut reception = Reception::new(evses.iter().copied(), readers.iter().copied(), patience, second_tap);
    let mut alarm = Alarm::default();
    loop {
        let sent = tokio::select! {
            biased;
            sent = inbox.recv_sent() => sent,
            () = alarm.at(reception.next_change().map(|at| clock.at(at))) => {
                if reception.expire(clock.now()) > 0 {
                    desk.log.record("reception", "expired", json!({}));
                    desk.say("");
                }
                continue;
            }
        };
        let now = clock.now();
        match sent {
            Some(Sent { evse, call: ReceptionCall::Stands(vacancy) }) => {
                let evse = evse.unwrap_or(EvseId::FIRST);
                if let Some(guest) = reception.stands(now, evse, vacancy) {
                    // Its request was answered when it was kept.
                    desk.send(evse, guest, CsmsInput::ANSWERED);
                }
            }
            Some(Sent { call: ReceptionCall::Token(token), .. }) => {
                let guest = Guest::Card(token);
                let reply = reception.comes(now, guest.clone());
                desk.receive(guest, reply, CsmsInput::ANSWERED);
            }
            Some(Sent { call: ReceptionCall::Start { ticket, token, group, remote_start_id }, .. }) => {
                let guest = Guest::Start { token, group, remote_start_id };
                let reply = reception.comes(now, guest.clone());
                desk.receive(guest, reply, ticket);
            }
            None => return,
        }
    }
}

/// What the reception has to say, and to whom.
struct Desk {
    port: Port,
    log: Log,
    patience: Duration,
    /// An EVSE whose panel is that of the station.
    panel: Option<EvseId>,
}

impl Desk {
    fn receive(&self, guest: Guest, reply: Reply, ticket: u64) {
        let token = guest.token().id;
        let accepted = match reply {
            Reply::Here(evse) => return self.send(evse, guest, ticket),
            Reply::Kept { until } => {
                self.log.record("reception", "kept", json!({ "token": token, "until_s": until.as_secs_f64() }));
                self.say(&format!("plug in at any free place within {} s", self.patience.as_secs()));
                true
            }
            Reply::Forgotten => {
                self.log.record("reception", "forgotten", json!({ "token": token }));
                self.say("");
                true
            }
            Reply::Refused => {
                self.log.record("reception", "refused", json!({ "token": token }));
                self.say("every place is taken");
                false
            }
        };
        if ticket != CsmsInput::ANSWERED {
            self.port.tell(OcppCall::Answer { ticket, answer: Answer::Start { accepted, transaction: None } });
        }
    }

    /// That EVSE is meant.
    fn send(&self, evse: EvseId, guest: Guest, ticket: u64) {
        self.log.record("reception", "sent", json!({ "token": guest.token().id, "evse": evse }));
        self.say("");
        let port = self.port.at(evse);
        match guest {
            Guest::Card(token) => port.tell(SessionCall::Token(token)),
            Guest::Start { token, group, remote_start_id } => {
                let ask = Ask::RequestStart { token, evse: Some(evse), remote_start_id, group };
                port.tell(SessionCall::Csms(CsmsInput::Ask { ticket, ask }));
            }
        }
    }

    /// The panel of the station says it, where there is one.
    fn say(&self, words: &str) {
        if let Some(evse) = self.panel {
            self.port.at(evse).tell(PanelCall::Say(words.into()));
        }
    }
}
