//! Stands between the bus and the CSMS: the OCPP core is a value in `ocpp`, its connection a task beside this one.

pub(crate) mod call;
mod questions;
mod rounds;

use std::collections::VecDeque;

use event_log::Log;
use ocpp::{Blame, Charger, Connect, Direction, Local, Notice, Station, StoreLink};
use serde_json::json;
use units::EvseId;

use self::call::OcppCall;
use self::questions::Questions;
use self::rounds::{Rounds, Step};
use super::energy::call::EnergyCall;
use super::reception::call::ReceptionCall;
use super::session::call::SessionCall;
use crate::bus::{Inbox, Port, Sent};
use clock::Clock;
use session::CsmsInput;
use session::words::{Answer, Ask, ResetAnswer};

/// The OCPP core, and what it stands on.
pub(crate) struct Core<'a, C> {
    pub(crate) station: &'a mut Station,
    pub(crate) store: &'a mut dyn StoreLink,
    /// How the CSMS is reached; `None`: there is none.
    pub(crate) connect: Option<&'a mut C>,
}

/// Runs the OCPP core on a connection, or without a CSMS on its store alone; translates calls of the bus for it and its notices
/// for the sessions of the EVSEs.
pub(crate) async fn ocpp<C: Connect>(
    port: Port,
    evses: &[EvseId],
    inbox: Inbox<OcppCall>,
    clock: Clock,
    log: Log,
    core: Core<'_, C>,
) {
    let Core { station, store, connect } = core;
    let has_csms = connect.is_some();
    let mut bridge = Bridge {
        inbox,
        port,
        evses,
        questions: Questions::default(),
        rounds: Rounds::default(),
        decided: VecDeque::new(),
        log,
        has_csms,
    };
    ocpp::run(station, store, connect, &mut bridge, || clock.now()).await;
}

/// The charger as its link to the CSMS sees it.
struct Bridge<'a> {
    inbox: Inbox<OcppCall>,
    port: Port,
    /// Those of the station.
    evses: &'a [EvseId],
    questions: Questions,
    /// Requests for the station as a whole.
    rounds: Rounds,
    /// What is said here without asking anybody.
    decided: VecDeque<Local>,
    log: Log,
    has_csms: bool,
}

impl Charger for Bridge<'_> {
    async fn next(&mut self) -> Option<Local> {
        if let Some(decided) = self.decided.pop_front() {
            return Some(decided);
        }
        loop {
            let Sent { evse, call } = self.inbox.recv_sent().await?;
            // Without a CSMS there is nobody to tell anything; what is kept is kept all the same.
            if (self.has_csms || matches!(call, OcppCall::Keep { .. }))
                && let Some(local) = self.local(evse.unwrap_or(EvseId::FIRST), call)
            {
                return Some(local);
            }
        }
    }

    fn notice(&mut self, notice: Notice) {
        self.forward(notice);
    }

    fn frame(&mut self, direction: Direction, text: &str) {
        match direction {
            Direction::Received => {
                // A frame that is not JSON is recorded as the text it is.
                let frame = serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::from(text));
                // Moved, where `json!` would copy it.
                self.log.record_value("ocpp", "received", [("frame".to_owned(), frame)].into_iter().collect());
            }
            // Our own frames were written from values: they are compact JSON.
            Direction::Sent => self.log.record_text("ocpp", "sent", format!(r#"{{"frame":{text}}}"#)),
        }
    }
}

impl Bridge<'_> {
    /// What a service of that EVSE says, as the core takes it; `None`: it must wait for what others say.
    fn local(&mut self, evse: EvseId, call: OcppCall) -> Option<Local> {
        Some(match call {
            OcppCall::Answer { ticket, answer } => match self.rounds.answered(ticket, answer.clone()) {
                None => Local::Answer { ticket, answer },
                Some(Step { ask, answer }) => {
                    self.ask_each(ticket, ask);
                    Local::Answer { ticket, answer: answer? }
                }
            },
            OcppCall::Authorize { ticket, token } => {
                Local::Authorize { ticket: self.questions.asked(evse, ticket), token }
            }
            OcppCall::Keep { name, value } => Local::Keep { name, value },
            OcppCall::Problem(problem) => Local::Problem(problem),
            OcppCall::Report(report) => Local::Transaction(*report),
            OcppCall::Reservation { id, update } => Local::ReservationStatus { id, status: update },
            OcppCall::Status(status) => Local::Status { evse, status },
        })
    }

    /// Passes a request of the CSMS on to the EVSE that it is for, or to all that have a say in it.
    fn ask(&mut self, ticket: u64, ask: Ask) {
        match (self.evses, ask) {
            ([only], ask) => self.tell(*only, CsmsInput::Ask { ticket, ask }),
            // A part of a station cannot start again: its services are those of all.
            (_, Ask::Reset { evse: Some(_), .. }) => {
                self.decided.push_back(Local::Answer { ticket, answer: Answer::Reset(ResetAnswer::Rejected) });
            }
            (_, Ask::RequestStart { token, evse: None, remote_start_id, group }) => {
                self.port.tell(ReceptionCall::Start { ticket, token, group, remote_start_id });
            }
            (_, ask) => match ask.evse() {
                Some(evse) => self.tell(evse, CsmsInput::Ask { ticket, ask }),
                None => {
                    let step = self.rounds.begin(ticket, &ask, self.evses);
                    self.ask_each(ticket, step.ask);
                }
            },
        }
    }

    fn ask_each(&self, ticket: u64, asks: Vec<(EvseId, Ask)>) {
        for (evse, ask) in asks {
            self.tell(evse, CsmsInput::Ask { ticket, ask });
        }
    }

    /// Tells the session of an EVSE.
    fn tell(&self, evse: EvseId, input: CsmsInput) {
        self.port.at(evse).tell(SessionCall::Csms(input));
    }

    /// Tells every session.
    fn tell_all(&self, input: &CsmsInput) {
        for evse in self.evses {
            self.tell(*evse, input.clone());
        }
    }

    fn forward(&mut self, notice: Notice) {
        let log = &self.log;
        match notice {
            Notice::Online => {
                log.record("ocpp", "link", json!({ "state": "online" }));
                self.tell_all(&CsmsInput::Online);
            }
            Notice::Offline { why } => {
                log.record("ocpp", "link", json!({ "state": "offline", "why": why.to_string() }));
                self.tell_all(&CsmsInput::Offline);
            }
            Notice::Boot(state) => log.record("ocpp", "boot", json!({ "state": format!("{state:?}") })),
            Notice::Authorized { ticket, outcome } => {
                if let Some((evse, ticket)) = self.questions.answered(ticket) {
                    self.tell(evse, CsmsInput::Authorized { ticket, outcome });
                }
            }
            Notice::Deauthorized { transaction, status } => {
                // The session whose transaction it is takes it; the others pass it over.
                self.tell_all(&CsmsInput::Deauthorized { transaction, status });
            }
            Notice::Ask { ticket, ask } => self.ask(ticket, ask),
            Notice::Limit { evse, limit } => self.port.at(evse).tell(EnergyCall::Profile(limit)),
            Notice::StationLimit(limit) => self.port.tell(EnergyCall::Station(limit)),
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
}
