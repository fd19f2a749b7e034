//! The answers of a recorded station for our car, which is the recorded one by its profile, and whose inlet measures what the
//! station told.

use std::time::Duration;

use exi::{Facets, Tree};
use iso15118::v2gtp::{Frame, Frames, PayloadType};
use iso15118::wire::{SeenMessage, Side};
use iso15118::{Message, Protocol, set_of};
use units::{Instant, Milliamps, Millivolts, MilliwattHours, Soc, Watts};
use vehicle_model::hlc::{
    Battery, Config, Contactors, Evcc, Event, Fault, Input, Most, Output, PausedSession, Present, Stop,
};
use vehicle_model::{EnergyKind, Profile};

use crate::outcome::Outcome;
use crate::recorded::{Exchange, Session, course, kind, value};

/// The car's contactors take so long.
const SWITCHES: Duration = Duration::from_millis(100);
/// No session asks more often than it did, by so much.
const MORE: usize = 500;

/// The car that the capture shows.
fn profile(session: &Session) -> Profile {
    let mut cars = Profile::names().into_iter().map(|name| Profile::builtin(name).expect("a car"));
    let is_it = |car: &Profile| car.evcc.as_ref().is_some_and(|evcc| evcc.sources.contains(&session.capture));
    cars.find(is_it).expect("every capture belongs to a car")
}

/// The profile, with what this one conversation shows of it: its number, and what it offered.
fn config(session: &Session) -> Config {
    let kind = if session.is_dc() { EnergyKind::Dc } else { EnergyKind::Ac };
    let mut config = Config::new(&profile(session), [2, 0, 0, 0, 0, 1], kind);
    if let Some(request) = session.requests("supportedAppProtocolReq").next()
        && let Ok(Message::Sap(iso15118::messages::sap::Message::SupportedAppProtocolReq(offer))) =
            Message::decode(None, request.payload_type, &request.payload, Facets::Off)
    {
        config.offers = offer.app_protocol;
    }
    config
}

fn last<'a>(session: &'a Session, name: &'a str, path: &str) -> Option<i32> {
    session.requests(name).filter_map(|request| value(request, path)).last()
}

/// What the battery of the recorded car wanted.
fn battery(session: &Session) -> Battery {
    let needs = session.requests("ChargeParameterDiscoveryReq").next();
    let limit = |name: &str| needs.and_then(|needs| value(needs, &format!("DC_EVChargeParameter/{name}")));
    let soc = needs.and_then(|needs| needs.at("DC_EVChargeParameter/DC_EVStatus/EVRESSSOC")).and_then(Tree::as_whole);
    let most = Most {
        voltage: Millivolts(limit("EVMaximumVoltageLimit").unwrap_or(420_000)),
        current: Milliamps(limit("EVMaximumCurrentLimit").unwrap_or(200_000)),
        power: Watts(100_000),
    };
    Battery {
        soc: Soc::from_percent(soc.and_then(|soc| u16::try_from(soc).ok()).unwrap_or(40).min(99))
            .expect("a percentage"),
        voltage: Millivolts(last(session, "PreChargeReq", "EVTargetVoltage").unwrap_or(380_000)),
        target_voltage: most.voltage,
        target_current: Milliamps::from_amps(10),
        most,
        energy_request: MilliwattHours::from_watt_hours(10_000),
        ready: true,
    }
}

/// The session that the recorded car came back to, if it did.
fn paused(session: &Session) -> Option<PausedSession> {
    let setup = session.responses("SessionSetupRes").next()?;
    let joined = setup.response_code() == Some("OK_OldSessionJoined");
    let id = u64::from_str_radix(setup.session().filter(|_| joined)?, 16).ok()?;
    Some(PausedSession { id: id.to_be_bytes(), schedule: 1 })
}

/// What happens later.
enum Later {
    Answer(usize),
    Contactors(Contactors),
}

struct Replay<'a> {
    session: &'a Session,
    evcc: Evcc,
    now: Instant,
    frames: Frames,
    protocol: Option<Protocol>,
    battery: Battery,
    /// The next exchange that was recorded and not used yet.
    next: usize,
    later: Vec<(Instant, Later)>,
    asked: Vec<String>,
    requests: usize,
    /// Why the car gave up.
    why: Option<String>,
    over: bool,
}

impl Replay<'_> {
    fn tell(&mut self, input: Input<'_>) {
        self.evcc.handle_input(self.now, input);
        loop {
            match self.evcc.poll_output() {
                Output::Send(octets) => self.said(&octets),
                Output::Close => self.over = true,
                Output::Event(event) => self.happened(event),
                Output::Wait(_) => return,
            }
        }
    }

    fn happened(&mut self, event: Event) {
        let at = self.now + SWITCHES;
        match event {
            Event::Agreed(protocol) => self.protocol = Some(protocol),
            Event::CloseContactors => self.later.push((at, Later::Contactors(Contactors::Closed))),
            Event::OpenContactors => self.later.push((at, Later::Contactors(Contactors::Open))),
            Event::Failed { why, fault } => {
                let fault = match fault {
                    Fault::Car => "car",
                    Fault::Station => "station",
                    Fault::Link => "link",
                };
                self.why = Some(format!("{fault}: {why}"));
            }
            _ => {}
        }
    }

    /// Our car asks: it gets the next answer to the same question.
    fn said(&mut self, octets: &[u8]) {
        self.frames.push(octets);
        while let Ok(Some(Frame { payload_type, payload })) = self.frames.next_frame() {
            let request = self.read(payload_type, payload);
            let kind = kind(&request);
            self.requests += 1;
            self.asked.push(kind.clone());
            let exchanges = &self.session.exchanges;
            let Some(place) = self.place(&kind, request.name()) else {
                if self.next < exchanges.len() && self.why.is_none() {
                    self.why = Some(format!("no answer to {kind} was recorded"));
                }
                self.over = true;
                return;
            };
            self.next = self.next.max(place + 1);
            self.later.push((self.now + exchanges[place].delay(), Later::Answer(place)));
        }
    }

    /// Which recorded exchange answers that question; `None`: nobody knows what the station would have said.
    fn place(&self, kind: &str, name: &str) -> Option<usize> {
        let exchanges = &self.session.exchanges;
        let (before, rest) = exchanges.split_at(self.next);
        let is_answered = |exchange: &Exchange| exchange.response.is_some();
        let same = |exchange: &Exchange| is_answered(exchange) && exchange.kind() == kind;
        let named = |exchange: &Exchange| is_answered(exchange) && exchange.request.name() == name;
        if let Some(place) = rest.iter().position(same) {
            return Some(self.next + place);
        }
        // Whoever asks more often than the recorded car gets the last answer again; and PowerDelivery(Stop) that of the start,
        // where the recorded car left it out.
        let again = before.iter().rposition(same).or_else(|| before.iter().rposition(named));
        again.filter(|_| !rest.is_empty())
    }

    fn read(&self, payload_type: PayloadType, payload: Vec<u8>) -> SeenMessage {
        let protocol = if self.requests == 0 { None } else { self.protocol };
        let set = set_of(protocol, payload_type).expect("a set");
        let content = Ok(exi::from_document::<Tree>(set, &payload, Facets::Off).expect("our own message").into());
        SeenMessage { from: Side::Car, payload_type, protocol, payload, content, identical: true }
    }

    fn answers(&mut self, place: usize) {
        let exchange = &self.session.exchanges[place];
        let (Some(answer), next) = (exchange.answer(), self.session.exchanges.get(place + 1)) else { return };
        let ends_run = next.is_none_or(|next| next.kind() != exchange.kind());
        let goes_on = next
            .is_some_and(|next| !matches!(next.request.name(), "SessionStopReq") && !next.kind().ends_with("(Stop)"));
        self.measures(exchange, answer, ends_run && goes_on);
        let frame = Frame { payload_type: answer.payload_type, payload: answer.payload.clone() }.encode();
        self.tell(Input::Received(&frame));
        // The recorded car went on to its end here, whatever it had in mind.
        let leaves =
            !matches!(answer.name(), "WeldingDetectionRes" | "SessionStopRes") && !exchange.kind().ends_with("(Stop)");
        if ends_run && !goes_on && leaves && next.is_some() {
            self.tell(Input::Stop(Stop::Driver));
        }
    }

    /// The inlet measures what the station tells; before the contactors of the recorded car closed, its battery was reached.
    fn measures(&mut self, exchange: &Exchange, answer: &SeenMessage, reached: bool) {
        let Some(voltage) = value(answer, "EVSEPresentVoltage") else { return };
        let current = Milliamps(value(answer, "EVSEPresentCurrent").unwrap_or(0));
        let voltage = match answer.name() {
            "PreChargeRes" if reached => self.battery.voltage,
            _ => Millivolts(voltage),
        };
        if exchange.request.name() == "CurrentDemandReq" {
            let target = |path: &str| value(&exchange.request, path);
            self.battery.target_voltage = target("EVTargetVoltage").map_or(self.battery.target_voltage, Millivolts);
            self.battery.target_current = target("EVTargetCurrent").map_or(self.battery.target_current, Milliamps);
            self.tell(Input::Battery(self.battery));
        }
        self.tell(Input::Inlet(Present { voltage, current }));
    }

    /// The next thing that happens; `false` when nothing does.
    fn step(&mut self) -> bool {
        let own = if let Output::Wait(wait) = self.evcc.poll_output() { wait } else { None };
        let first = self.later.iter().map(|(at, _)| *at).min();
        let Some(next) = own.into_iter().chain(first).min() else { return false };
        self.now = self.now.max(next);
        match self.later.iter().position(|(at, _)| *at <= self.now && first == Some(*at)) {
            Some(place) => match self.later.remove(place).1 {
                Later::Answer(place) => self.answers(place),
                Later::Contactors(contactors) => {
                    self.tell(Input::Contactors(contactors));
                    if contactors == Contactors::Open {
                        self.tell(Input::Inlet(Present::default()));
                    }
                }
            },
            None => self.tell(Input::Time),
        }
        true
    }
}

/// How far our car comes with that station.
pub(crate) fn replay(session: &Session) -> Outcome {
    let battery = battery(session);
    let mut replay = Replay {
        session,
        evcc: Evcc::new(config(session), battery),
        now: Instant::ZERO,
        frames: Frames::default(),
        protocol: None,
        battery,
        next: 0,
        later: Vec::new(),
        asked: Vec::new(),
        requests: 0,
        why: None,
        over: false,
    };
    replay.tell(Input::Battery(battery));
    replay.tell(Input::Connected { session: paused(session) });
    while !replay.over && replay.requests < session.exchanges.len() + MORE && replay.step() {}
    Outcome { requests: replay.requests, course: course(replay.asked), why: replay.why }
}
