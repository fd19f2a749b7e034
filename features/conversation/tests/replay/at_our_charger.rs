//! The requests of a recorded car at our charger, whose host does what the recorded station did.

use std::time::Duration;

use exi::{Facets, Tree};
use iso15118::messages::{din, iso2};
use iso15118::secc::{
    AcCapability, Authorization, Config, Connection, DcCapability, Event, Input, Isolation, Offer, Output, Pilot,
    PowerPath, Secc, StopWhy,
};
use iso15118::v2gtp::{Frame, Frames};
use iso15118::wire::{SeenMessage, Side};
use iso15118::{Protocol, set_of};
use serde::de::DeserializeOwned;
use units::{Instant, Milliamps, Millivolts, Watts};

use crate::outcome::Outcome;
use crate::recorded::{Exchange, Session, course, failed, is_ongoing, value};
use crate::rewrite::Ids;

/// No answer comes later.
const PATIENCE: Duration = Duration::from_secs(60);
/// A car that is told Ongoing asks again, where the recorded one had no need to.
const AGAIN: Duration = Duration::from_millis(100);

/// A word of a list, as its type.
fn word<T: DeserializeOwned>(tree: &Tree) -> Option<T> {
    serde_json::from_value(serde_json::to_value(tree).ok()?).ok()
}

/// A power in W: values reach 2 GW, thousandths of them do not.
fn watts(message: &SeenMessage, path: &str) -> Option<Watts> {
    let milli = message.at(path).and_then(iso15118::wire::milli)?;
    i32::try_from(milli / 1_000).ok().map(Watts)
}

/// A charger that has what the recorded one had.
fn config(session: &Session) -> Config {
    let mut config = Config::new("DE*PLF*E1");
    config.ac =
        Some(AcCapability { nominal_voltage: Millivolts::from_volts(230), max_current: Milliamps::from_amps(32) });
    let modes = "ChargeService/SupportedEnergyTransferMode/EnergyTransferMode";
    for response in session.responses("ServiceDiscoveryRes") {
        if let Some(Tree::List(words)) = response.at(modes) {
            config.iso2_modes = words.iter().filter_map(word::<iso2::EnergyTransferMode>).collect();
        }
        config.din_type = response
            .at("ChargeService/EnergyTransferType")
            .and_then(word::<din::EvseSupportedEnergyTransfer>)
            .or(config.din_type);
    }
    if config.iso2_modes.is_empty() && config.din_type.is_none() {
        // It refused all that the car offered, and nothing more is known of it: alternating current.
        config.iso2_modes = vec![iso2::EnergyTransferMode::AcThreePhaseCore];
    }
    for response in session.responses("ChargeParameterDiscoveryRes") {
        let ac = |name: &str| value(response, &format!("AC_EVSEChargeParameter/{name}"));
        if let (Some(voltage), Some(current)) = (ac("EVSENominalVoltage"), ac("EVSEMaxCurrent")) {
            config.ac = Some(AcCapability { nominal_voltage: Millivolts(voltage), max_current: Milliamps(current) });
        }
        config.dc = dc(response).or(config.dc);
    }
    if config.dc.is_none() && session.is_dc() {
        config.dc = Some(DcCapability {
            min_voltage: Millivolts::from_volts(150),
            max_voltage: Millivolts::from_volts(500),
            min_current: Milliamps::from_amps(1),
            max_current: Milliamps::from_amps(100),
            max_power: Watts(50_000),
            current_ripple: Milliamps::from_amps(1),
            regulation_tolerance: None,
        });
    }
    config
}

fn dc(response: &SeenMessage) -> Option<DcCapability> {
    let limit = |name: &str| value(response, &format!("DC_EVSEChargeParameter/{name}"));
    let (max_voltage, max_current) = (limit("EVSEMaximumVoltageLimit")?, limit("EVSEMaximumCurrentLimit")?);
    let product = i64::from(max_voltage) * i64::from(max_current) / 1_000_000;
    Some(DcCapability {
        min_voltage: Millivolts(limit("EVSEMinimumVoltageLimit")?),
        max_voltage: Millivolts(max_voltage),
        min_current: Milliamps(limit("EVSEMinimumCurrentLimit")?),
        max_current: Milliamps(max_current),
        max_power: watts(response, "DC_EVSEChargeParameter/EVSEMaximumPowerLimit")
            .unwrap_or(Watts(i32::try_from(product).unwrap_or(i32::MAX))),
        current_ripple: Milliamps::from_amps(1),
        regulation_tolerance: limit("EVSECurrentRegulationTolerance").map(Milliamps),
    })
}

/// The charger, and how far the car came there.
struct Replay {
    secc: Secc,
    now: Instant,
    frames: Frames,
    protocol: Option<Protocol>,
    ids: Ids,
    /// What was answered and not looked at.
    answers: Vec<SeenMessage>,
    /// Why the charger gave up.
    failure: Option<(Side, String)>,
    closes: bool,
    offer: Option<Offer>,
}

impl Replay {
    fn tell(&mut self, input: Input<'_>) {
        self.secc.handle_input(self.now, input);
        while self.drain().is_some() {}
    }

    /// The next output, until it is time to wait.
    fn drain(&mut self) -> Option<()> {
        match self.secc.poll_output() {
            Output::Send(octets) => {
                self.frames.push(&octets);
                while let Ok(Some(Frame { payload_type, payload })) = self.frames.next_frame() {
                    let set = set_of(self.protocol, payload_type).expect("a set");
                    let content =
                        Ok(exi::from_document::<Tree>(set, &payload, Facets::Off).expect("our own message").into());
                    let message = SeenMessage {
                        from: Side::Station,
                        payload_type,
                        protocol: self.protocol,
                        payload,
                        content,
                        identical: true,
                    };
                    self.ids.learn(&message);
                    self.answers.push(message);
                }
            }
            Output::Event(Event::Agreed(protocol)) => self.protocol = Some(protocol),
            Output::Event(Event::Failed(failure)) => {
                self.failure = Some((failure.fault, failure.why.to_string()));
            }
            Output::Event(_) => {}
            Output::Close { .. } => self.closes = true,
            Output::Wait(_) => return None,
        }
        Some(())
    }

    /// Time passes, and what is due happens at its time.
    fn pass(&mut self, until: Instant) {
        while let Output::Wait(Some(due)) = self.secc.poll_output() {
            if due >= until {
                break;
            }
            self.now = self.now.max(due);
            self.tell(Input::Time);
        }
        self.now = self.now.max(until);
        self.tell(Input::Time);
    }

    /// What the host of the recorded station knew before it gave that answer.
    fn know(&mut self, exchange: &Exchange) {
        let Some(answer) = exchange.answer() else { return };
        let done = !is_ongoing(answer) && failed(answer).is_none();
        match answer.name() {
            "AuthorizationRes" | "ContractAuthenticationRes" if done => {
                self.tell(Input::Authorization(Authorization::Accepted));
            }
            "AuthorizationRes" | "ContractAuthenticationRes" if failed(answer).is_some() => {
                self.tell(Input::Authorization(Authorization::Refused));
            }
            "ChargeParameterDiscoveryRes" if done => self.offer(answer, true),
            "CableCheckRes" => {
                self.tell(Input::Pilot(Pilot::C));
                if done {
                    self.tell(Input::Isolation(Isolation::Valid));
                    self.tell(Input::Power(PowerPath::Checked));
                } else if failed(answer).is_some() {
                    self.tell(Input::Isolation(Isolation::Fault));
                }
            }
            "PowerDeliveryRes" => {
                let pilot = if exchange.kind() == "PowerDelivery" { Pilot::C } else { Pilot::B };
                self.tell(Input::Pilot(pilot));
            }
            "CurrentDemandRes" | "ChargingStatusRes" => self.offer(answer, false),
            _ => {}
        }
        self.measured(answer);
        self.wishes(answer);
    }

    fn measured(&mut self, answer: &SeenMessage) {
        if let Some(voltage) = value(answer, "EVSEPresentVoltage") {
            let current = value(answer, "EVSEPresentCurrent").unwrap_or(0);
            self.tell(Input::Measured { voltage: Millivolts(voltage), current: Milliamps(current) });
        }
    }

    /// What the recorded station had to give then.
    fn offer(&mut self, answer: &SeenMessage, first: bool) {
        let limit = |name: &str| value(answer, name);
        if first {
            self.offer = match dc(answer) {
                Some(dc) => Some(Offer::Dc { voltage: dc.max_voltage, current: dc.max_current, power: dc.max_power }),
                None => limit("AC_EVSEChargeParameter/EVSEMaxCurrent")
                    .map(|current| Offer::Ac { current: Milliamps(current) }),
            };
        }
        match &mut self.offer {
            Some(Offer::Dc { voltage, current, power }) => {
                *voltage = limit("EVSEMaximumVoltageLimit").map_or(*voltage, Millivolts);
                *current = limit("EVSEMaximumCurrentLimit").map_or(*current, Milliamps);
                *power = watts(answer, "EVSEMaximumPowerLimit").unwrap_or(*power);
            }
            Some(Offer::Ac { current }) => *current = limit("EVSEMaxCurrent").map_or(*current, Milliamps),
            None => {}
        }
        if let Some(offer) = self.offer {
            self.tell(Input::Offer(offer));
        }
    }

    /// What the recorded station wanted of the car.
    fn wishes(&mut self, answer: &SeenMessage) {
        let status = |name: &str| {
            let at = |status: &str| answer.at(&format!("{status}/{name}")).and_then(Tree::as_text);
            at("DC_EVSEStatus").or_else(|| at("AC_EVSEStatus"))
        };
        let is_loop = matches!(answer.name(), "CurrentDemandRes" | "ChargingStatusRes" | "PreChargeRes");
        let why = match (status("EVSEStatusCode"), status("EVSENotification")) {
            (Some("EVSE_EmergencyShutdown"), _) => StopWhy::Emergency,
            (Some("EVSE_Malfunction"), _) => StopWhy::Fault,
            (Some("EVSE_Shutdown"), _) | (_, Some("StopCharging")) => StopWhy::Ended,
            _ => return,
        };
        if is_loop {
            self.tell(Input::Stop(why));
        }
    }

    /// A request is asked, and answered or not.
    fn ask(&mut self, exchange: &Exchange) -> Option<SeenMessage> {
        self.answers.clear();
        let octets = self.ids.rewritten(&exchange.request);
        self.tell(Input::Received(&octets));
        if self.answers.is_empty() && !self.closes {
            // The contactor closes when that of the recorded station had closed.
            self.pass(self.now + exchange.delay());
            self.tell(Input::Power(PowerPath::Closed));
            let until = self.now + PATIENCE;
            while self.answers.is_empty() && !self.closes && self.now < until {
                let Output::Wait(Some(due)) = self.secc.poll_output() else { break };
                self.pass(due.min(until));
            }
        }
        self.answers.pop()
    }
}

/// How far the car comes at our charger.
pub(crate) fn replay(session: &Session) -> Outcome {
    let mut replay = Replay {
        secc: Secc::new(config(session)),
        now: Instant::ZERO,
        frames: Frames::default(),
        protocol: None,
        ids: Ids::of(session),
        answers: Vec::new(),
        failure: None,
        closes: false,
        offer: None,
    };
    replay.tell(Input::Connected(Connection { session_id: [0xa1, 2, 3, 4, 5, 6, 7, 8], paused: None }));
    replay.tell(Input::Pilot(Pilot::B));
    let (mut requests, mut reached, mut why) = (0, Vec::new(), None);
    for (place, exchange) in session.exchanges.iter().enumerate() {
        replay.know(exchange);
        let answer = loop {
            requests += 1;
            let answer = replay.ask(exchange);
            let waits = answer.as_ref().is_some_and(is_ongoing)
                && exchange.answer().is_some_and(|recorded| !is_ongoing(recorded) && failed(recorded).is_none());
            if !waits || requests > 10 * session.exchanges.len() {
                break answer;
            }
            replay.pass(replay.now + AGAIN);
        };
        let refused = answer.as_ref().and_then(failed).map(str::to_owned);
        match (&answer, &refused) {
            (Some(_), None) => reached.push(exchange.kind()),
            (Some(_), Some(code)) => {
                let by = exchange.answer().and_then(failed);
                let who = replay.failure.clone().map_or_else(String::new, |(side, why)| format!(": {side}: {why}"));
                let was = by.map_or_else(String::new, |by| format!(" (recorded: {by})"));
                why = Some(format!("{} is answered {code}{was}{who}", exchange.kind()));
                if by.is_none() {
                    break;
                }
            }
            (None, _) => {
                let who = replay.failure.clone().map_or_else(String::new, |(side, why)| format!(": {side}: {why}"));
                why = Some(format!("{} is not answered{who}", exchange.kind()));
                break;
            }
        }
        if refused.is_none()
            && let Some(code) = exchange.answer().and_then(failed)
        {
            why = Some(format!("{} was answered {code}, and is OK here", exchange.kind()));
        }
        if let (Some(next), Some((at, _))) = (session.exchanges.get(place + 1), &exchange.response) {
            replay.pass(replay.now + next.asked.saturating_sub(*at));
        }
    }
    Outcome { requests, course: course(reached), why }
}
