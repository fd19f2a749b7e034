//! A car and a station in virtual time, and judges between them.

use std::sync::Arc;
use std::time::Duration;

use exi::{Facets, Tree};
use iso15118::judge::{Judge, Outcome, Profile as Reading, Verdict};
use iso15118::v2gtp::Frame;
use iso15118::wire::{SeenMessage, Side, Sighting, What};
use iso15118::{MessageError, Protocol, set_of};
use units::{Instant, Milliamps, Millivolts, MilliwattHours, Soc, Watts};

use super::super::*;
use super::station::Station;
use crate::{EnergyKind, Profile};

pub(super) fn battery() -> Battery {
    Battery {
        soc: Soc::from_percent(40).expect("a percentage"),
        voltage: Millivolts::from_volts(380),
        target_voltage: Millivolts::from_volts(400),
        target_current: Milliamps::from_amps(60),
        most: Most { voltage: Millivolts::from_volts(420), current: Milliamps::from_amps(200), power: Watts(80_000) },
        energy_request: MilliwattHours::from_watt_hours(30_000),
        ready: true,
    }
}

pub(super) fn config(kind: EnergyKind) -> Config {
    Config::new(&Profile::builtin("small-car-7").expect("a car"), [2, 0, 0, 0, 0, 1], kind)
}

/// Something that happens in the car, after so many responses of the charge loop.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    Stop(Stop),
    Pause,
    Renegotiate,
    Battery(Battery),
    Contactors(Contactors),
}

pub(super) struct Bench {
    pub(super) evcc: Evcc,
    pub(super) station: Station,
    judges: Vec<Judge>,
    pub(super) now: Instant,
    packet: u64,
    /// What happened, with its time in ms.
    pub(super) story: Vec<(u64, Event)>,
    /// When which request was sent.
    pub(super) sent: Vec<(Instant, String)>,
    /// When which response came.
    pub(super) came: Vec<(Instant, String)>,
    pub(super) closed: bool,
    /// So many rules were looked at and kept, by both readings; and what the station broke.
    pub(super) kept: usize,
    pub(super) station_broke: Vec<&'static str>,
    /// A response comes so much later.
    pub(super) delay: Duration,
    /// From now on it says nothing.
    pub(super) silent_after: usize,
    /// So many octets arrive at once; 0: all.
    pub(super) piece: usize,
    /// The contactors do not follow.
    pub(super) stuck: bool,
    /// After so many requests of that name something happens.
    pub(super) deeds: Vec<(&'static str, usize, Deed)>,
    contactors: Option<(Instant, Contactors)>,
    response: Option<(Instant, Vec<u8>)>,
}

fn seen(from: Side, protocol: Option<Protocol>, frame: &Frame) -> SeenMessage {
    let payload_type = frame.payload_type;
    let payload = frame.payload.clone();
    let (content, identical) = match set_of(protocol, payload_type) {
        None => (Err(MessageError::PayloadType { payload_type, protocol }), true),
        Some(set) => match exi::from_document::<Tree>(set, &payload, Facets::Off) {
            Err(error) => (Err(MessageError::Exi { set: set.name, error }), true),
            Ok(tree) => {
                let mut again = Vec::new();
                let same = exi::tree_to_document(set, &tree, Facets::Off, &mut again).is_ok() && again == payload;
                (Ok(Arc::new(tree)), same)
            }
        },
    };
    SeenMessage { from, payload_type, protocol, payload, content, identical }
}

impl Bench {
    pub(super) fn new(config: Config, station: Station) -> Self {
        Self::with(config, battery(), station)
    }

    pub(super) fn with(config: Config, battery: Battery, station: Station) -> Self {
        Self {
            evcc: Evcc::new(config, battery),
            station,
            judges: [Reading::Strict, Reading::Field].into_iter().map(Judge::new).collect(),
            now: Instant::ZERO,
            packet: 0,
            story: Vec::new(),
            sent: Vec::new(),
            came: Vec::new(),
            closed: false,
            kept: 0,
            station_broke: Vec::new(),
            delay: Duration::from_millis(10),
            silent_after: usize::MAX,
            piece: 0,
            stuck: false,
            deeds: Vec::new(),
            contactors: None,
            response: None,
        }
    }

    fn see(&mut self, what: &What) {
        self.packet += 1;
        let at = self.now.elapsed();
        for judge in &mut self.judges {
            judge.see(&Sighting { packet: self.packet, at, what: what.clone() });
        }
    }

    fn see_message(&mut self, from: Side, protocol: Option<Protocol>, octets: &[u8]) -> String {
        let Ok(Some((frame, _))) = Frame::decode(octets) else { return "no message".to_owned() };
        let message = seen(from, protocol, &frame);
        let name = message.name().to_owned();
        let stops = message.at("ChargeProgress").and_then(Tree::as_text) == Some("Stop")
            || message.at("ReadyToChargeState") == Some(&Tree::Boolean(false));
        self.see(&What::Message(Box::new(message)));
        if stops { format!("{name}-Stop") } else { name }
    }

    fn input(&mut self, input: Input<'_>) {
        self.evcc.handle_input(self.now, input);
    }

    /// A whole session: until the connection is closed, for some hours at most.
    pub(super) fn run(&mut self, session: Option<PausedSession>) -> &mut Self {
        self.closed = false;
        self.station.connected();
        self.see(&What::Opened { from_the_start: true });
        self.input(Input::Connected { session });
        for _ in 0..200_000 {
            let wait = self.outputs();
            if self.closed {
                return self;
            }
            let times = [wait, self.response.as_ref().map(|(at, _)| *at), self.contactors.map(|(at, _)| at)];
            let next = times.into_iter().flatten().min().expect("something comes");
            self.now = self.now.max(next);
            self.step();
        }
        panic!("the session does not end: {:?}", self.story);
    }

    /// The next thing that happens.
    pub(super) fn advance(&mut self) {
        let wait = self.outputs();
        let times = [wait, self.response.as_ref().map(|(at, _)| *at), self.contactors.map(|(at, _)| at)];
        if let Some(next) = times.into_iter().flatten().min() {
            self.now = self.now.max(next);
            self.step();
        }
    }

    fn step(&mut self) {
        if let Some((at, contactors)) = self.contactors
            && at <= self.now
        {
            self.contactors = None;
            self.input(Input::Contactors(contactors));
        } else if let Some((at, octets)) = self.response.take() {
            if at > self.now {
                self.response = Some((at, octets));
                return self.input(Input::Time);
            }
            self.respond(&octets);
        } else {
            self.input(Input::Time);
        }
    }

    fn respond(&mut self, octets: &[u8]) {
        // SAP is answered before its protocol is spoken.
        let is_sap = self.came.last().is_none_or(|(_, name)| name == "SessionStopRes");
        let protocol = if is_sap { None } else { self.station.protocol() };
        let name = self.see_message(Side::Station, protocol, octets);
        self.came.push((self.now, name));
        let (voltage, current) = (self.station.voltage, self.station.current);
        self.input(Input::Inlet(Present {
            voltage: Millivolts::from_volts(voltage),
            current: Milliamps::from_amps(current),
        }));
        let piece = if self.piece == 0 { octets.len().max(1) } else { self.piece };
        octets.chunks(piece).for_each(|piece| self.input(Input::Received(piece)));
    }

    fn outputs(&mut self) -> Option<Instant> {
        loop {
            match self.evcc.poll_output() {
                Output::Send(octets) => self.car_sends(&octets),
                Output::Close => {
                    self.see(&What::Closed { by: Some(Side::Car), reset: false });
                    self.closed = true;
                }
                Output::Event(event) => self.event(event),
                Output::Wait(until) => return until,
            }
        }
    }

    fn car_sends(&mut self, octets: &[u8]) {
        let protocol = self.station.protocol();
        let name = self.see_message(Side::Car, protocol, octets);
        self.sent.push((self.now, name.clone()));
        if self.sent.len() <= self.silent_after
            && let Some(answer) = self.station.answer(octets)
        {
            self.response = Some((self.now + self.delay, answer));
        }
        let count = self.sent.iter().filter(|(_, sent)| *sent == name).count();
        let deeds: Vec<Deed> =
            self.deeds.iter().filter(|(of, nth, _)| *of == name && *nth == count).map(|(_, _, deed)| *deed).collect();
        for deed in deeds {
            match deed {
                Deed::Stop(stop) => self.input(Input::Stop(stop)),
                Deed::Pause => self.input(Input::Pause),
                Deed::Renegotiate => self.input(Input::Renegotiate),
                Deed::Battery(battery) => self.input(Input::Battery(battery)),
                Deed::Contactors(contactors) => self.input(Input::Contactors(contactors)),
            }
        }
    }

    fn event(&mut self, event: Event) {
        let moves = match event {
            Event::CloseContactors => Some(Contactors::Closed),
            Event::OpenContactors => Some(Contactors::Open),
            _ => None,
        };
        if let (Some(contactors), false) = (moves, self.stuck) {
            self.contactors = Some((self.now + Duration::from_millis(50), contactors));
        }
        self.story.push((self.now.as_millis(), event));
    }

    /// The station closes.
    pub(super) fn station_closes(&mut self) {
        self.see(&What::Closed { by: Some(Side::Station), reset: false });
        self.input(Input::Closed);
        self.outputs();
        self.closed = true;
    }

    /// The last event.
    pub(super) fn end(&self) -> &Event {
        let ends = |event: &&Event| matches!(event, Event::Ended(_) | Event::Paused(_) | Event::Failed { .. });
        self.story.iter().map(|(_, event)| event).rfind(ends).expect("an end")
    }

    pub(super) fn has(&self, event: &Event) -> bool {
        self.story.iter().any(|(_, happened)| happened == event)
    }

    /// The rules of the car that were broken, and what was found first.
    pub(super) fn broken(&mut self) -> Vec<String> {
        let verdicts: Vec<Verdict> = self.judges.drain(..).flat_map(Judge::finish).collect();
        self.kept = verdicts.iter().filter(|verdict| matches!(verdict.outcome, Outcome::Pass { .. })).count();
        self.station_broke = verdicts
            .iter()
            .filter(|verdict| verdict.rule.blames == Side::Station && verdict.is_fail())
            .map(|verdict| verdict.rule.id)
            .collect();
        let found = |verdict: Verdict| match verdict.outcome {
            Outcome::Fail { findings, .. } => {
                (verdict.rule.blames == Side::Car).then(|| format!("{}: {}", verdict.rule.id, findings[0].what))
            }
            Outcome::Pass { .. } | Outcome::NotApplicable { .. } => None,
        };
        verdicts.into_iter().filter_map(found).collect()
    }

    /// What happened, in short.
    pub(super) fn told(&self) -> Vec<String> {
        self.story
            .iter()
            .map(|(_, event)| match event {
                Event::Offer(_) => "Offer".to_owned(),
                Event::SessionSetUp { session, evse_id } => format!("SessionSetUp({session:?}, {evse_id})"),
                event => format!("{event:?}"),
            })
            .collect()
    }
}
