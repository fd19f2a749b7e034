//! The charger's side of ISO 15118-2 and DIN 70121 (SECC), without I/O: octets of a connection and what the host knows in, octets
//! and events out.
//!
//! ```text
//!   Connected ─ Received ──▶ Agreed ──▶ WantsAuthorization ──▶ Needs ──▶ WantsPower ... ──▶ Ended, Paused, Failed ──▶ Close
//!                                 Authorization ──▲    Offer ──▲   Power ──▲                                Closed ──▲
//! ```
//!
//! One request is answered after the other. What the host has to do first is answered Ongoing, or in time, and never late. Each
//! session has an end, and of one that ended nothing is left.

mod config;
mod dialogue;
mod din;
mod host;
mod iso2;
mod sap;
mod session;
#[cfg(test)]
mod tests;
mod words;

use std::collections::VecDeque;
use std::time::Duration;

use exi::{Facets, Hex};
use units::Instant;

pub use config::{AcCapability, Config, DcCapability, Profile, ValueAddedService};
pub use words::{
    Authorization, CloseWhy, Code, Connection, Event, Failure, Input, Isolation, Needs, Offer, Output, Pilot,
    PowerPath, StopWhy, WantedPower, Why,
};

use crate::messages::{din as din_messages, iso2 as iso2_messages, sap as sap_messages};
use crate::v2gtp::{Frame, Frames, HEADER, LONGEST, PayloadType};
use crate::wire::Side;
use crate::{Message, Protocol, timing};
use dialogue::{Request, Told};
use host::Host;
use session::{Context, End, Reply, Session, Step};

/// A car that stopped, or was told FAILED, has so long to close the connection, or to say SessionStop: less than the 5 s within
/// which it has to be closed.
const CLOSES: Duration = Duration::from_secs(2);
/// More outputs than this wait only when a car sends requests without hearing the answers.
const MOST_OUTPUTS: usize = 256;

/// What is spoken on a connection.
#[derive(Debug)]
enum Talk {
    /// supportedAppProtocol.
    Agreement,
    /// The protocol that was agreed on.
    Session(Box<Session>),
    /// Nothing more: the connection is to be closed.
    Over,
}

/// A connection of a car.
#[derive(Debug)]
struct Open {
    connection: Connection,
    frames: Frames,
    talk: Talk,
    /// The next request comes by then; `None` while one is answered, and when the connection is to be closed.
    until: Option<Instant>,
}

/// The charger's side of a session.
#[derive(Debug)]
pub struct Secc {
    config: Config,
    host: Host,
    /// `None`: nobody is connected.
    open: Option<Open>,
    now: Instant,
    out: VecDeque<Output>,
}

impl Secc {
    /// Nobody is connected.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, host: Host::default(), open: None, now: Instant::ZERO, out: VecDeque::new() }
    }

    /// The next thing for the host.
    pub fn poll_output(&mut self) -> Output {
        if let Some(output) = self.out.pop_front() {
            return output;
        }
        let until = self.open.as_ref().and_then(|open| {
            let busy = match &open.talk {
                Talk::Session(session) => session.until(&self.config, &self.host),
                Talk::Agreement | Talk::Over => None,
            };
            busy.into_iter().chain(open.until).min()
        });
        Output::Wait(until)
    }

    /// Something happened at that time.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        self.now = self.now.max(now);
        match input {
            Input::Time => {}
            Input::Connected(connection) => self.connected(connection),
            Input::Closed => return self.closed(),
            Input::Received(octets) => {
                // What is over by now is over before what comes now.
                self.time();
                self.received(octets);
            }
            Input::Authorization(authorization) => self.host.authorization = Some(authorization),
            Input::Offer(offer) => self.host.offer(offer),
            Input::Power(power) => self.host.power = power,
            Input::Pilot(pilot) => self.host.pilot = Some(pilot),
            Input::Measured { voltage, current } => (self.host.voltage, self.host.current) = (voltage, current),
            Input::Meter { reading_wh } => self.host.meter(reading_wh),
            Input::Isolation(isolation) => self.host.isolation = Some(isolation),
            Input::Stop(why) => self.host.stop(self.now, why),
        }
        self.time();
    }

    fn connected(&mut self, connection: Connection) {
        // One car, one connection: another one takes its place, and the session before is over.
        if self.open.is_some() {
            self.closed();
        }
        let until = Some(self.now + timing::ISO2.sequence_timeout);
        self.open = Some(Open { connection, frames: Frames::default(), talk: Talk::Agreement, until });
    }

    fn closed(&mut self) {
        let mut events = Vec::new();
        if let Some(Open { talk: Talk::Session(session), .. }) = &mut self.open {
            session.end(&mut context(&self.config, &self.host, self.now, &mut events));
        }
        self.open = None;
        self.host = Host::default();
        self.tell(events);
    }

    fn tell(&mut self, events: Vec<Event>) {
        self.out.extend(events.into_iter().map(Output::Event));
    }

    /// What is over by now.
    fn time(&mut self) {
        let Some(open) = &mut self.open else { return };
        if open.until.is_some_and(|until| until <= self.now) {
            return self.fail(Side::Car, Why::SequenceTimeout);
        }
        let Talk::Session(session) = &mut open.talk else { return };
        let mut events = Vec::new();
        let was_busy = session.is_busy();
        let reply = session.time(&mut context(&self.config, &self.host, self.now, &mut events));
        self.tell(events);
        if let Some((request, reply)) = reply {
            self.answer(request, reply);
        }
        if was_busy {
            // What came meanwhile waited.
            self.turn();
        }
    }

    /// The connection is to be closed, and no answer tells why.
    fn fail(&mut self, fault: Side, why: Why) {
        let Some(open) = &mut self.open else { return };
        let mut events = Vec::new();
        if let Talk::Session(session) = &mut open.talk {
            session.end(&mut context(&self.config, &self.host, self.now, &mut events));
        }
        (open.talk, open.until, open.frames) = (Talk::Over, None, Frames::default());
        events.push(Event::Failed(Failure { code: None, fault, why }));
        self.tell(events);
        self.out.push_back(Output::Close { after: Duration::ZERO, why: CloseWhy::Failed });
    }

    fn received(&mut self, octets: &[u8]) {
        let Some(open) = &mut self.open else { return };
        if matches!(open.talk, Talk::Over) {
            return;
        }
        if open.frames.waiting() + octets.len() > HEADER + LONGEST {
            return self.flooded();
        }
        open.frames.push(octets);
        self.turn();
    }

    fn flooded(&mut self) {
        // A session that is over has told its end already.
        match &mut self.open {
            Some(open) if open.until.is_none() && !is_busy(open) => open.talk = Talk::Over,
            _ => self.fail(Side::Car, Why::Flood),
        }
    }

    /// Takes one request after the other, as long as none waits for its answer.
    fn turn(&mut self) {
        loop {
            let Some(open) = &mut self.open else { return };
            if matches!(open.talk, Talk::Over) || is_busy(open) {
                return;
            }
            if self.out.len() > MOST_OUTPUTS {
                return self.flooded();
            }
            match open.frames.next_frame() {
                Ok(None) => return,
                // [V2G2-800]: what has another type is passed over.
                Ok(Some(frame)) if frame.payload_type != PayloadType::EXI => {}
                Ok(Some(frame)) => self.message(&frame.payload),
                Err(error) => return self.unreadable(Why::NoFrame(error.to_string())),
            }
        }
    }

    fn unreadable(&mut self, why: Why) {
        match &mut self.open {
            // After the end nothing is told any longer.
            Some(open) if open.until.is_none() => open.talk = Talk::Over,
            _ => self.fail(Side::Car, why),
        }
    }

    fn message(&mut self, payload: &[u8]) {
        let Some(open) = &mut self.open else { return };
        let protocol = match &open.talk {
            Talk::Agreement => None,
            Talk::Session(session) => Some(session.protocol),
            Talk::Over => return,
        };
        let facets = match self.config.profile {
            Profile::Strict => Facets::Checked,
            Profile::Field => Facets::Off,
        };
        let (header, request) = match Message::decode(protocol, PayloadType::EXI, payload, facets) {
            Err(error) => return self.unreadable(Why::Unreadable(error.to_string())),
            Ok(Message::Sap(sap_messages::Message::SupportedAppProtocolReq(offer))) => return self.agree(&offer),
            Ok(Message::Iso2(message)) => (message.header.session_id, iso2::read(&message.body)),
            Ok(Message::Din(message)) => (message.header.session_id, din::read(&message.body)),
            Ok(_) => return self.unreadable(Why::NotARequest),
        };
        let Some(request) = request else { return self.unreadable(Why::NotARequest) };
        self.request(&header, &request);
    }

    fn agree(&mut self, offer: &sap_messages::SupportedAppProtocolReq) {
        let (protocol, answer) = sap::agree(&self.config, offer);
        self.send(&Message::Sap(sap_messages::Message::SupportedAppProtocolRes(answer)));
        let Some(open) = &mut self.open else { return };
        match protocol {
            Some(protocol) => {
                open.talk = Talk::Session(Box::new(Session::new(protocol, open.connection)));
                open.until = Some(self.now + timing::of(protocol).sequence_timeout);
                self.out.push_back(Output::Event(Event::Agreed(protocol)));
            }
            None => {
                (open.talk, open.until) = (Talk::Over, None);
                let code = Some(Code::FailedNoNegotiation);
                let failure = Failure { code, fault: Side::Car, why: Why::NoProtocol };
                self.out.push_back(Output::Event(Event::Failed(failure)));
                self.out.push_back(Output::Close { after: CLOSES, why: CloseWhy::Failed });
            }
        }
    }

    fn request(&mut self, header: &Hex<8>, request: &Request) {
        let Some(Open { talk: Talk::Session(session), .. }) = &mut self.open else { return };
        let mut events = Vec::new();
        let mut cx = context(&self.config, &self.host, self.now, &mut events);
        let step = session.request(&mut cx, header.octets(), request);
        self.tell(events);
        match step {
            Step::Answer(reply) => self.answer(request.name(), reply),
            Step::Later => {
                // The contactor may be closed already.
                if let Some(open) = &mut self.open {
                    open.until = None;
                }
                self.time();
            }
            Step::Silence => {}
        }
    }

    /// Says it, and waits for the next request or for the end.
    fn answer(&mut self, request: &'static str, reply: Reply) {
        let Some(Open { talk: Talk::Session(session), .. }) = &self.open else { return };
        let (protocol, id) = (session.protocol, session.id);
        let told = Told {
            config: &self.config,
            answer: reply.answer,
            code: reply.code,
            status: session.status(&self.host),
            voltage: self.host.voltage,
            current: self.host.current,
            meter: self.host.meter,
        };
        let session_id = Hex::new(&id).unwrap_or_default();
        let message = match protocol {
            Protocol::Din => din::write(&told).map(|body| {
                let header = din_messages::MessageHeader { session_id, notification: None, signature: None };
                Message::Din(Box::new(din_messages::V2gMessage { header, body }))
            }),
            Protocol::Iso2 | Protocol::Iso20 => {
                let header = iso2_messages::MessageHeader { session_id, notification: None, signature: None };
                let body = iso2::write(&told);
                Some(Message::Iso2(Box::new(iso2_messages::V2gMessage { header, body })))
            }
        };
        let Some(message) = message else { return self.unreadable(Why::NotARequest) };
        if !self.send(&message) {
            return;
        }
        let Some(open) = &mut self.open else { return };
        let Some(end) = reply.end else {
            // After the end the time of the connection runs already.
            let goes_on = reply.code == Code::Ok || request == "SessionSetupReq";
            let is_after_the_end = request == "SessionStopReq";
            open.until =
                (goes_on && !is_after_the_end).then(|| self.now + timing::of(protocol).sequence_after(request));
            return;
        };
        open.until = None;
        let (event, why) = match end {
            End::Ended => (Event::Ended, CloseWhy::Stopped),
            End::Paused => (Event::Paused(id), CloseWhy::Stopped),
            End::Failed(failure) => (Event::Failed(failure), CloseWhy::Failed),
        };
        if why == CloseWhy::Stopped {
            open.talk = Talk::Over;
        }
        self.out.push_back(Output::Event(event));
        self.out.push_back(Output::Close { after: CLOSES, why });
    }

    fn send(&mut self, message: &Message) -> bool {
        match message.encode() {
            Ok((payload_type, payload)) => {
                self.out.push_back(Output::Send(Frame { payload_type, payload }.encode()));
                true
            }
            Err(error) => {
                self.fail(Side::Station, Why::Unwritable(error.to_string()));
                false
            }
        }
    }
}

fn is_busy(open: &Open) -> bool {
    matches!(&open.talk, Talk::Session(session) if session.is_busy())
}

fn context<'a>(config: &'a Config, host: &'a Host, now: Instant, events: &'a mut Vec<Event>) -> Context<'a> {
    Context { config, host, now, events }
}
