//! What the CSMS asks of the station.

use std::time::Duration;

use serde_json::{Value, json};
use units::{EvseId, Instant};

use super::profile::{Profile, Purpose};
use super::report::Report;
use super::{Asked, Boot, Output, Station};
use crate::{Blame, BootState, ErrorCode, Notice, rpc, schema};
use session::words::{Answer, Ask, IdToken, ResetKind};

/// The answer to a request: now, later, or an error.
enum Reply {
    Error(ErrorCode, &'static str),
    Later(Ask),
    Now(Value),
}

impl Station {
    /// A CALL of the CSMS.
    pub(super) fn requested(&mut self, now: Instant, id: &str, action: &str, payload: Value) {
        let reply = match schema::request(action, &payload) {
            None => Reply::Error(ErrorCode::NotImplemented, "the station does not know this action"),
            Some(Err(violation)) => {
                self.violation(format!("the CSMS sent {action} with {}", violation.text));
                return self.send(rpc::error(id, violation.code, &violation.text));
            }
            Some(Ok(())) => self.reply(now, action, &payload),
        };
        match reply {
            Reply::Now(answer) => self.answer(id, action, &answer),
            Reply::Error(code, text) => self.send(rpc::error(id, code, text)),
            Reply::Later(ask) => self.ask(now, id, ask),
        }
    }

    fn send(&mut self, text: String) {
        self.out.push_back(Output::Send(text));
    }

    fn answer(&mut self, id: &str, action: &str, payload: &Value) {
        if let Some(Err(violation)) = schema::response(action, payload) {
            self.trouble(Blame::OurFault, format!("our answer to {action} breaks its schema: {}", violation.text));
            return self.send(rpc::error(id, ErrorCode::InternalError, "the answer could not be made"));
        }
        self.send(rpc::result(id, payload));
    }

    fn ask(&mut self, now: Instant, id: &str, ask: Ask) {
        if self.asked.len() >= Self::MAX_ASKED {
            return self.send(rpc::error(id, ErrorCode::InternalError, "too many requests at a time"));
        }
        let action = match &ask {
            Ask::CancelReservation { .. } => "CancelReservation",
            Ask::ChangeAvailability { .. } => "ChangeAvailability",
            Ask::RequestStart { .. } => "RequestStartTransaction",
            Ask::RequestStop { .. } => "RequestStopTransaction",
            Ask::Reserve { .. } => "ReserveNow",
            Ask::Reset { .. } => "Reset",
            Ask::Unlock { .. } => "UnlockConnector",
        };
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.asked.insert(ticket, Asked { message_id: id.into(), action, until: now + Self::DECISION });
        self.notice(Notice::Ask { ticket, ask });
    }

    /// The session has decided.
    pub(super) fn decided(&mut self, ticket: u64, answer: Answer) {
        let Some(Asked { message_id, action, .. }) = self.asked.remove(&ticket) else { return };
        let accepted = |accepted: bool| json!({ "status": if accepted { "Accepted" } else { "Rejected" } });
        let payload = match answer {
            Answer::Availability(status) => json!({ "status": status }),
            Answer::Cancel { accepted: yes } | Answer::Stop { accepted: yes } => accepted(yes),
            Answer::Reserve(status) => json!({ "status": status }),
            Answer::Reset(status) => json!({ "status": status }),
            Answer::Start { accepted: yes, transaction } => {
                let mut payload = accepted(yes);
                if let Some(id) = transaction {
                    payload["transactionId"] = json!(id);
                }
                payload
            }
            Answer::Unlock(status) => json!({ "status": status }),
        };
        self.answer(&message_id, action, &payload);
    }

    fn reply(&mut self, now: Instant, action: &str, payload: &Value) -> Reply {
        let not_taken = matches!(self.boot, Boot::Due { state: Some(BootState::Pending | BootState::Rejected), .. });
        match action {
            "RequestStartTransaction" | "RequestStopTransaction" if not_taken => {
                Reply::Now(json!({ "status": "Rejected" }))
            }
            "RequestStartTransaction" => self.request_start(now, payload),
            "RequestStopTransaction" => Reply::Later(Ask::RequestStop { transaction: text(&payload["transactionId"]) }),
            "Reset" => {
                let kind = if payload["type"] == "OnIdle" { ResetKind::OnIdle } else { ResetKind::Immediate };
                match self.place(&payload["evseId"]) {
                    Ok(evse) => Reply::Later(Ask::Reset { kind, evse }),
                    Err(NoSuchEvse) => Reply::Now(json!({ "status": "Rejected" })),
                }
            }
            "ChangeAvailability" => match self.place(&payload["evse"]["id"]) {
                Ok(evse) => {
                    let operative = payload["operationalStatus"] == "Operative";
                    Reply::Later(Ask::ChangeAvailability { evse, operative })
                }
                Err(NoSuchEvse) => Reply::Now(json!({ "status": "Rejected" })),
            },
            "ReserveNow" => self.reserve(payload),
            "CancelReservation" => match id(&payload["reservationId"]) {
                Some(id) => Reply::Later(Ask::CancelReservation { id }),
                None => Reply::Now(json!({ "status": "Rejected" })),
            },
            "UnlockConnector" => match (self.place(&payload["evseId"]), payload["connectorId"].as_u64()) {
                (Ok(Some(evse)), Some(1)) => Reply::Later(Ask::Unlock { evse }),
                _ => Reply::Now(json!({ "status": "UnknownConnector" })),
            },
            "SetChargingProfile" => Reply::Now(self.set_profile(payload)),
            "ClearChargingProfile" => Reply::Now(self.clear_profiles(payload)),
            "GetCompositeSchedule" => Reply::Now(self.composite_schedule(now, payload)),
            "GetVariables" => Reply::Now(self.get_variables(payload)),
            "SetVariables" => Reply::Now(self.set_variables(now, payload)),
            "GetBaseReport" => Reply::Now(json!({ "status": self.begin_report(now, payload) })),
            "GetTransactionStatus" => Reply::Now(self.transaction_status(payload)),
            "TriggerMessage" => Reply::Now(self.trigger(now, payload)),
            "DataTransfer" => Reply::Now(json!({ "status": "UnknownVendorId" })),
            "GetLocalListVersion" => Reply::Now(json!({ "versionNumber": 0 })),
            // There is no cache to clear.
            "ClearCache" => Reply::Now(json!({ "status": "Rejected" })),
            _ => Reply::Error(ErrorCode::NotSupported, "a charging station does not take this action"),
        }
    }

    /// Where a request is meant for: an EVSE, or the station itself, which is 0 or is not named.
    fn place(&self, id: &Value) -> Result<Option<EvseId>, NoSuchEvse> {
        if id.is_null() {
            return Ok(None);
        }
        let number = id.as_u64().and_then(|id| u16::try_from(id).ok()).filter(|id| *id <= self.config.evses);
        number.map(EvseId::new).ok_or(NoSuchEvse)
    }

    /// Which EVSE a request names, where it may leave that open; the station itself is none.
    fn evse(&self, id: &Value) -> Result<Option<EvseId>, NoSuchEvse> {
        match self.place(id)? {
            None if !id.is_null() => Err(NoSuchEvse),
            evse => Ok(evse),
        }
    }

    fn request_start(&mut self, now: Instant, payload: &Value) -> Reply {
        let rejected = Reply::Now(json!({ "status": "Rejected" }));
        let (Some(token), Some(remote_start_id)) = (token(&payload["idToken"]), id(&payload["remoteStartId"])) else {
            return rejected;
        };
        let Ok(evse) = self.evse(&payload["evseId"]) else { return rejected };
        if let Some(profile) = payload.get("chargingProfile") {
            // Its transaction does not run yet: it is taken as the default of that EVSE, at its own stack level.
            let mut profile = profile.clone();
            profile["chargingProfilePurpose"] = json!("TxDefaultProfile");
            let request = json!({ "evseId": evse.unwrap_or(EvseId::FIRST), "chargingProfile": profile });
            if self.set_profile(&request)["status"] != "Accepted" {
                return rejected;
            }
            self.apply_profiles(now);
        }
        let group = self::token(&payload["groupIdToken"]);
        Reply::Later(Ask::RequestStart { token, evse, remote_start_id, group })
    }

    fn reserve(&mut self, payload: &Value) -> Reply {
        let expires = payload["expiryDateTime"].as_str().and_then(|time| self.clock.offset(time));
        let (Some(id), Some(token), Some(expires), Ok(evse)) =
            (id(&payload["id"]), token(&payload["idToken"]), expires, self.evse(&payload["evseId"]))
        else {
            return Reply::Now(json!({ "status": "Rejected" }));
        };
        let expires = Instant::from_micros(u64::try_from(expires).unwrap_or(0));
        let group = self::token(&payload["groupIdToken"]);
        Reply::Later(Ask::Reserve { id, token, group, evse, expires })
    }

    fn set_profile(&mut self, payload: &Value) -> Value {
        let place = self.place(&payload["evseId"]);
        let running = place.ok().flatten().and_then(|evse| self.transactions.get(&evse)).map(|(id, _)| id.clone());
        let result = match place {
            Err(NoSuchEvse) => Err(("UnknownEvse", "no such EVSE".to_owned())),
            Ok(evse) => Profile::parse(evse, &payload["chargingProfile"], &self.clock).and_then(|profile| {
                let id = profile.id;
                self.profiles.set(profile, running.as_deref()).map(|replaced| (id, replaced))
            }),
        };
        match result {
            Ok((id, replaced)) => {
                for id in replaced {
                    self.journal.put(Self::PROFILES, &id.to_string(), None);
                }
                // A transaction's own profile ends with it, and it may outlive this run.
                self.journal.put(Self::PROFILES, &id.to_string(), Some(&payload.to_string()));
                json!({ "status": "Accepted" })
            }
            Err((reason, text)) => {
                let text: String = text.chars().take(512).collect();
                json!({ "status": "Rejected", "statusInfo": { "reasonCode": reason, "additionalInfo": text } })
            }
        }
    }

    fn clear_profiles(&mut self, payload: &Value) -> Value {
        let by_id = payload["chargingProfileId"].as_i64();
        let criteria = &payload["chargingProfileCriteria"];
        let place = criteria["evseId"].as_u64();
        let purpose = criteria["chargingProfilePurpose"].as_str();
        let level = criteria["stackLevel"].as_i64();
        let gone = self.profiles.clear(|profile| match by_id {
            Some(id) => profile.id == id,
            None => {
                place.is_none_or(|place| place == u64::from(profile.evse.map_or(0, EvseId::number)))
                    && level.is_none_or(|level| level == profile.stack_level)
                    && purpose.is_none_or(|purpose| {
                        purpose
                            == match profile.purpose {
                                Purpose::StationMax => "ChargingStationMaxProfile",
                                Purpose::TxDefault => "TxDefaultProfile",
                                Purpose::Tx => "TxProfile",
                            }
                    })
            }
        });
        for id in &gone {
            self.journal.put(Self::PROFILES, &id.to_string(), None);
        }
        json!({ "status": if gone.is_empty() { "Unknown" } else { "Accepted" } })
    }

    fn composite_schedule(&self, now: Instant, payload: &Value) -> Value {
        let Ok(evse) = self.place(&payload["evseId"]) else { return json!({ "status": "Rejected" }) };
        let duration = Duration::from_secs(payload["duration"].as_u64().unwrap_or(0).min(7 * 86_400));
        let running = evse.and_then(|evse| self.transactions.get(&evse)).map(|(id, since)| (id.as_str(), *since));
        let in_watts = payload["chargingRateUnit"] == "W";
        let volts = self.config.voltage.volts();
        let lines = f64::from(self.config.phases.count());
        let periods: Vec<Value> = self
            .profiles
            .schedule(evse, running, now, duration)
            .into_iter()
            .filter_map(|(start, limit)| {
                let limit = limit?;
                let amps = limit.current.map(units::Milliamps::amps);
                let watts = limit.power.map(|power| f64::from(power.0));
                let value = if in_watts {
                    least(watts, amps.map(|amps| amps * volts * lines))
                } else {
                    least(amps, watts.map(|watts| watts / volts / lines))
                };
                // One decimal is what OCPP allows.
                value.map(|value| json!({ "startPeriod": start, "limit": (value * 10.0).floor() / 10.0 }))
            })
            .collect();
        if periods.is_empty() || duration.is_zero() {
            return json!({ "status": "Rejected", "statusInfo": { "reasonCode": "NoProfile" } });
        }
        json!({ "status": "Accepted", "schedule": {
            "evseId": evse.map_or(0, EvseId::number),
            "duration": duration.as_secs(),
            "scheduleStart": self.clock.stamp(now),
            "chargingRateUnit": if in_watts { "W" } else { "A" },
            "chargingSchedulePeriod": periods,
        }})
    }

    fn get_variables(&self, payload: &Value) -> Value {
        let results: Vec<Value> = payload["getVariableData"]
            .as_array()
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .map(|wanted| {
                let mut result = json!({ "component": wanted["component"], "variable": wanted["variable"] });
                let actual = wanted["attributeType"].as_str().is_none_or(|kind| kind == "Actual");
                let component = text(&wanted["component"]["name"]);
                let name = text(&wanted["variable"]["name"]);
                match self.variables.get(&component, &name) {
                    Ok(value) if actual => {
                        result["attributeStatus"] = json!("Accepted");
                        result["attributeValue"] = json!(value);
                    }
                    Ok(_) => result["attributeStatus"] = json!("NotSupportedAttributeType"),
                    Err(status) => result["attributeStatus"] = json!(status.name()),
                }
                result
            })
            .collect();
        json!({ "getVariableResult": results })
    }

    fn set_variables(&mut self, now: Instant, payload: &Value) -> Value {
        let mut results = Vec::new();
        for wanted in payload["setVariableData"].as_array().map_or(&[][..], Vec::as_slice) {
            let value = text(&wanted["attributeValue"]);
            let (component, name) = (text(&wanted["component"]["name"]), text(&wanted["variable"]["name"]));
            let actual = wanted["attributeType"].as_str().is_none_or(|kind| kind == "Actual");
            let status = if actual {
                match self.variables.set(&component, &name, &value) {
                    Ok((component, name)) => {
                        self.journal.put(Self::VARIABLES, &format!("{component}.{name}"), Some(&value));
                        self.notice(Notice::Variable { component: component.into(), name: name.into(), value });
                        "Accepted"
                    }
                    Err(status) => status.name(),
                }
            } else {
                "NotSupportedAttributeType"
            };
            results.push(json!({
                "component": wanted["component"],
                "variable": wanted["variable"],
                "attributeStatus": status,
            }));
        }
        self.hasten_heartbeat(now);
        json!({ "setVariableResult": results })
    }

    /// Begins a report, after the answer to the request. One at a time: whoever asks again before the last part was answered
    /// is refused, for what waits here is the memory of the station.
    fn begin_report(&mut self, now: Instant, payload: &Value) -> &'static str {
        if payload["reportBase"] == "SummaryInventory" {
            return "NotSupported";
        }
        if self.report.is_some() {
            return "Rejected";
        }
        self.report = Report::new(payload["requestId"].clone(), self.clock.stamp(now), &self.variables.report());
        "Accepted"
    }

    fn transaction_status(&mut self, payload: &Value) -> Value {
        let wanted = payload["transactionId"].as_str();
        let queued = self.journal.queued(wanted);
        let mut answer = json!({ "messagesInQueue": queued > 0 });
        if let Some(wanted) = wanted {
            answer["ongoingIndicator"] = json!(self.transactions.values().any(|(id, _)| id == wanted));
        }
        answer
    }

    fn trigger(&mut self, now: Instant, payload: &Value) -> Value {
        let status = match payload["requestedMessage"].as_str().unwrap_or_default() {
            "BootNotification" => match &mut self.boot {
                Boot::Due { at, .. } => {
                    *at = now;
                    "Accepted"
                }
                Boot::Accepted | Boot::CannotBeSaid => "Rejected",
            },
            "Heartbeat" => {
                self.heartbeat_at = now;
                "Accepted"
            }
            "StatusNotification" => match self.place(&payload["evse"]["id"]) {
                Ok(wanted) => {
                    for (own, connector) in &mut self.connectors {
                        if wanted.is_none_or(|wanted| wanted == *own) {
                            connector.told = None;
                        }
                    }
                    "Accepted"
                }
                Err(NoSuchEvse) => "Rejected",
            },
            _ => "NotImplemented",
        };
        json!({ "status": status })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

fn id(value: &Value) -> Option<i32> {
    value.as_i64().and_then(|id| i32::try_from(id).ok())
}

/// The station has no EVSE of that number.
#[derive(Clone, Copy, Debug)]
struct NoSuchEvse;

fn token(value: &Value) -> Option<IdToken> {
    serde_json::from_value(value.clone()).ok()
}

fn least(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
