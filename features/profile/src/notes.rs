//! What is noted of one conversation.

use std::time::Duration;

use exi::Tree;
use iso15118::Protocol;
use iso15118::sdp::{self, Security};
use iso15118::station_profile::{EvseFailure, EvseLimits, EvseStatusChange};
use iso15118::wire::{SeenMessage, Side, Sighting, What};
use vehicle_model::{EvLimits, EvStatusChange, Offer};

use crate::course::{Course, seconds};
use crate::exchange::{Exchange, key_of_request};
use crate::fields::{OptionalFields, flag, limits_of_car, limits_of_station, number, status, text, texts};
use crate::quirks::{CarQuirks, Writing};
use crate::samples::Samples;
use crate::stop::End;

/// So many changes of status are kept.
const CHANGES: usize = 32;

/// One conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// Which capture it is of.
    pub source: String,
    matched: Option<Duration>,
    pub match_to_sdp: Samples,
    pub sdp_repeat: Samples,
    pub sdp_answer: Samples,
    pub sdp_to_connection: Samples,
    pub connection_to_offer: Samples,
    /// What the car asked for last in SDP, and when.
    pub asked: Option<(Security, Duration)>,
    /// The answer to that: security, port, when.
    pub answered: Option<(Security, u16, Duration)>,
    opened: Option<Duration>,
    pub offer: Vec<Offer>,
    offered_at: Option<Duration>,
    pub choice: Option<Choice>,
    pub sap_answer: Samples,
    pub protocol: Option<Protocol>,
    /// How many messages of a session.
    pub messages: u64,
    pub exchange: Exchange,
    pub car: CarNotes,
    pub station: StationNotes,
    pub end: End,
}

/// The station's answer to the offer.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// The namespace that it took; `None` for none.
    pub namespace: Option<String>,
    pub has_schema_id: bool,
    at: Duration,
}

/// What a car said of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct CarNotes {
    /// Only to be counted.
    pub evcc_id: Option<String>,
    pub session_id: Option<String>,
    pub transfer: Vec<String>,
    pub payment: Vec<String>,
    pub limits: Option<EvLimits>,
    pub status: Vec<EvStatusChange>,
    pub pre_charge: Course<2>,
    pub demand: Course<3>,
    pub fields: OptionalFields,
    pub quirks: CarQuirks,
    target: Option<(f64, f64)>,
}

/// What a station said of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct StationNotes {
    pub evse_id: Option<String>,
    pub session_id_octets: Option<u8>,
    /// The car came back to a session that it had paused.
    pub joined: bool,
    pub transfer: Vec<String>,
    pub payment: Vec<String>,
    pub free_service: Option<bool>,
    pub limits: Option<EvseLimits>,
    pub status: Vec<EvseStatusChange>,
    status_start: Option<Duration>,
    pub pre_charge: Course<2>,
    pub ramp: Course<3>,
    pub fields: OptionalFields,
    pub failures: Vec<EvseFailure>,
    pub writing: Writing,
    /// By how many volts the first PreChargeRes is above the target.
    pub above_v: Option<f64>,
    /// Responses with a voltage, and those that only say the target.
    pub voltages: (u64, u64),
    /// A thousand times what flows by what was asked for.
    pub factor: Samples,
    /// EVSEMaximumCurrentLimit while energy flows: least, most.
    pub current_limit: Option<(f64, f64)>,
}

impl Notes {
    pub(crate) fn new(source: &str) -> Self {
        Self { source: source.to_owned(), ..Self::default() }
    }

    pub(crate) fn see(&mut self, sighting: &Sighting) {
        let at = sighting.at;
        match &sighting.what {
            What::Slac(frame) if frame.message.name() == "CM_SLAC_MATCH.CNF" => self.matched = Some(at),
            What::Sdp(sdp::Message::Request(request)) => {
                if let (Some((_, before)), None) = (self.asked, self.answered) {
                    self.sdp_repeat.add_time(at.saturating_sub(before));
                } else if let Some(matched) = self.matched.take() {
                    self.match_to_sdp.add_time(at.saturating_sub(matched));
                }
                (self.asked, self.answered) = (Some((request.security, at)), None);
            }
            What::Sdp(sdp::Message::Response(response)) => {
                if let (Some((_, asked)), None) = (self.asked, self.answered) {
                    self.sdp_answer.add_time(at.saturating_sub(asked));
                    self.answered = Some((response.security, response.port, at));
                }
            }
            What::Opened { from_the_start: true } => {
                self.opened = Some(at);
                if let Some((.., answered)) = self.answered {
                    self.sdp_to_connection.add_time(at.saturating_sub(answered));
                }
            }
            What::Message(message) if message.content.is_ok() => match message.protocol {
                None => self.see_sap(at, message),
                Some(protocol) => self.see_session(at, protocol, message),
            },
            What::Closed { by, reset } => self.end.close(at, *by, *reset),
            _ => {}
        }
    }

    /// From the refusal of all protocols to the end of the connection.
    pub(crate) fn refusal_to_close(&self) -> Samples {
        let mut samples = Samples::default();
        if let (Some(Choice { namespace: None, at, .. }), Some(closed)) = (&self.choice, self.end.closed_at()) {
            samples.add_time(closed.saturating_sub(*at));
        }
        samples
    }

    fn see_sap(&mut self, at: Duration, message: &SeenMessage) {
        let Some(body) = message.body() else { return };
        if message.from == Side::Car {
            self.offer = offers(body);
            self.offered_at = Some(at);
            if let Some(opened) = self.opened {
                self.connection_to_offer.add_time(at.saturating_sub(opened));
            }
            return;
        }
        if let Some(offered) = self.offered_at.take() {
            self.sap_answer.add_time(at.saturating_sub(offered));
        }
        let schema_id = body.get("SchemaID").and_then(Tree::as_whole);
        let is_good = message.response_code().is_some_and(|code| code.starts_with("OK"));
        let taken = self.offer.iter().find(|offer| is_good && Some(i128::from(offer.schema_id)) == schema_id);
        let namespace = taken.map(|offer| offer.namespace.clone());
        self.choice = Some(Choice { namespace, has_schema_id: schema_id.is_some(), at });
        self.exchange.protocol_chosen(at);
    }

    fn see_session(&mut self, at: Duration, protocol: Protocol, message: &SeenMessage) {
        self.protocol = Some(protocol);
        self.messages += 1;
        self.end.see(at, message);
        self.exchange.see(at, message);
        // The messages of ISO 15118-20 are others.
        if protocol != Protocol::Iso20 {
            match message.from {
                Side::Car => self.car.see(at, message),
                Side::Station => self.station.see(at, message, self.car.target),
            }
        }
    }
}

impl CarNotes {
    fn see(&mut self, at: Duration, message: &SeenMessage) {
        let Some(body) = message.body() else { return };
        self.fields.see(message);
        self.quirks.see(message);
        if let Some(status) = status(body, "EV")
            && let (Some(ready), Some(error)) = (flag(status, "EVReady"), text(status, "EVErrorCode"))
        {
            let change = EvStatusChange { at: key_of_request(message), ready, error: error.to_owned() };
            let is_new = self.status.last().is_none_or(|last| last.ready != ready || last.error != error);
            if is_new && self.status.len() < CHANGES {
                self.status.push(change);
            }
        }
        let target = || Some((number(body, "EVTargetVoltage")?, number(body, "EVTargetCurrent")?));
        match message.name() {
            "SessionSetupReq" => {
                self.evcc_id = text(body, "EVCCID").map(str::to_owned);
                self.session_id = message.session().filter(|id| id.len() <= 16).map(str::to_owned);
            }
            "ServicePaymentSelectionReq" | "PaymentServiceSelectionReq" => {
                self.payment = texts(body, "SelectedPaymentOption");
            }
            "ChargeParameterDiscoveryReq" => {
                let asked = ["EVRequestedEnergyTransferType", "RequestedEnergyTransferMode"];
                self.transfer = asked.iter().flat_map(|path| texts(body, path)).collect();
                self.limits.get_or_insert_with(|| limits_of_car(body));
            }
            "PreChargeReq" => {
                self.target = target();
                if let Some((volts, amperes)) = self.target {
                    self.pre_charge.add(at, [volts, amperes]);
                }
            }
            "CurrentDemandReq" => {
                self.target = target();
                let soc = status(body, "EV").and_then(|status| number(status, "EVRESSSOC"));
                if let (Some((volts, amperes)), Some(soc @ 0.0..=100.0)) = (self.target, soc) {
                    self.demand.add(at, [soc, volts, amperes]);
                }
            }
            _ => {}
        }
    }
}

impl StationNotes {
    fn see(&mut self, at: Duration, message: &SeenMessage, target: Option<(f64, f64)>) {
        let Some(body) = message.body() else { return };
        self.fields.see(message);
        self.writing.see(message);
        self.see_status(at, message.name(), body);
        self.see_code(message);
        match message.name() {
            "SessionSetupRes" => {
                self.evse_id = text(body, "EVSEID").map(str::to_owned);
                self.joined = message.response_code() == Some("OK_OldSessionJoined");
                self.session_id_octets = message.session().and_then(|id| u8::try_from(id.len() / 2).ok());
            }
            "ServiceDiscoveryRes" => {
                let payment = ["PaymentOptions/PaymentOption", "PaymentOptionList/PaymentOption"];
                self.payment = payment.iter().flat_map(|path| texts(body, path)).collect();
                let transfer = [
                    "ChargeService/EnergyTransferType",
                    "ChargeService/SupportedEnergyTransferMode/EnergyTransferMode",
                ];
                self.transfer = transfer.iter().flat_map(|path| texts(body, path)).collect();
                self.free_service = flag(body, "ChargeService/FreeService");
            }
            // While it is ongoing the values are no promise yet.
            "ChargeParameterDiscoveryRes" if text(body, "EVSEProcessing") == Some("Finished") => {
                self.limits.get_or_insert_with(|| limits_of_station(body));
            }
            "PreChargeRes" => {
                if let (Some((target, _)), Some(present)) = (target, number(body, "EVSEPresentVoltage")) {
                    self.above_v.get_or_insert(present - target);
                    self.pre_charge.add(at, [target, present]);
                    self.see_voltage(target, present);
                }
            }
            "CurrentDemandRes" => self.see_power(at, body, target),
            _ => {}
        }
    }

    fn see_voltage(&mut self, target: f64, present: f64) {
        self.voltages.0 += 1;
        self.voltages.1 += u64::from(target == present);
    }

    fn see_power(&mut self, at: Duration, body: &Tree, target: Option<(f64, f64)>) {
        if let (Some((volts, amperes)), Some(present_volts), Some(present)) =
            (target, number(body, "EVSEPresentVoltage"), number(body, "EVSEPresentCurrent"))
        {
            self.ramp.add(at, [amperes, present, present_volts]);
            self.see_voltage(volts, present_volts);
            // Less says more of noise than of a factor.
            if amperes >= 5.0 && present >= 0.0 {
                self.factor.add((present * 1_000.0 / amperes) as u64);
            }
        }
        if let Some(limit) = number(body, "EVSEMaximumCurrentLimit") {
            let (least, most) = self.current_limit.unwrap_or((limit, limit));
            self.current_limit = Some((least.min(limit), most.max(limit)));
        }
    }

    fn see_status(&mut self, at: Duration, name: &str, body: &Tree) {
        let Some(tree) = status(body, "EVSE") else { return };
        let start = *self.status_start.get_or_insert(at);
        let own = |path: &str| text(tree, path).map(str::to_owned);
        let change = EvseStatusChange {
            at: name.to_owned(),
            seconds: seconds(at.saturating_sub(start)),
            status: own("EVSEStatusCode"),
            isolation: own("EVSEIsolationStatus"),
            notification: own("EVSENotification").filter(|notification| notification != "None"),
        };
        let is_new = self.status.last().is_none_or(|last| {
            (&last.status, &last.isolation, &last.notification)
                != (&change.status, &change.isolation, &change.notification)
        });
        if is_new && self.status.len() < CHANGES {
            self.status.push(change);
        }
    }

    fn see_code(&mut self, message: &SeenMessage) {
        let Some(code) = message.response_code().filter(|code| code.starts_with("FAILED")) else { return };
        match self.failures.iter_mut().find(|failure| failure.at == message.name() && failure.code == code) {
            Some(failure) => failure.count = failure.count.saturating_add(1),
            // There are few codes and few messages.
            None => self.failures.push(EvseFailure { at: message.name().into(), code: code.into(), count: 1 }),
        }
    }
}

/// What a car offers; at most 20 protocols, as the standard has it.
fn offers(body: &Tree) -> Vec<Offer> {
    let Some(Tree::List(entries)) = body.get("AppProtocol") else { return Vec::new() };
    let whole = |entry: &Tree, key: &str| entry.get(key).and_then(Tree::as_whole);
    let offer = |entry: &Tree| {
        Some(Offer {
            namespace: text(entry, "ProtocolNamespace")?.to_owned(),
            major: u32::try_from(whole(entry, "VersionNumberMajor")?).ok()?,
            minor: u32::try_from(whole(entry, "VersionNumberMinor")?).ok()?,
            schema_id: u8::try_from(whole(entry, "SchemaID")?).ok()?,
            priority: u8::try_from(whole(entry, "Priority")?).ok()?,
        })
    };
    entries.iter().filter_map(offer).take(20).collect()
}
