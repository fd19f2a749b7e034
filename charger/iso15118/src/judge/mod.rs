//! The passive judge of a wire: it follows one session, from the matching of the modems to the end of the connection, and says
//! for each rule whether it was kept.
//!
//! It does no I/O and looks at no clock: whoever reads a capture, or stands beside a session while it runs, shows it each
//! [`Sighting`] in order. What it keeps does not grow with the session: what is needed of the past is kept, nothing is looked at
//! twice, and of each rule at most [`KEPT`] findings are kept and the others counted.
//!
//! A rule blames one side. A rule that looked at nothing is not kept and not broken: it is [`Outcome::NotApplicable`], with the
//! reason. Signatures are not judged here: that needs certificates.
//!
//! | file | rules |
//! |---|---|
//! | `slac` | matching of the modems |
//! | `sdp`, `sap` | discovery, agreement on a protocol |
//! | `transport` | V2GTP, EXI |
//! | `dialogue` | one request, one response, the end |
//! | `sequence` | order of messages, by generation |
//! | `processing` | Ongoing and Finished |
//! | `session_id`, `response_code` | identifiers and codes |
//! | `timing` | times |
//! | `services`, `charge_parameters`, `schedule` | what is on offer and what is chosen (DIN, -2) |
//! | `dc`, `ac`, `status`, `meter`, `units` | charging (DIN, -2) |
//! | `iso20` | what stands in messages of -20 |

mod ac;
mod charge_parameters;
mod dc;
mod dialogue;
mod exchange;
mod iso20;
mod meter;
mod processing;
mod response_code;
mod rule;
mod sap;
mod schedule;
mod sdp;
mod sequence;
mod services;
mod session;
mod session_id;
mod slac;
mod status;
mod timing;
mod transport;
mod units;
mod verdict;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub use rule::{Kind, Profile, Rule};
pub use verdict::{Finding, KEPT, Outcome, Verdict};

use crate::Protocol;
use crate::wire::{SeenMessage, Side, Sighting, What};
use exchange::Seen;
use session::Session;
use verdict::{Ledger, Saw};

/// All rules, in the order of verdicts.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let lists: [&[&'static Rule]; 9] = [
        slac::RULES,
        sdp::RULES,
        sap::RULES,
        transport::RULES,
        dialogue::RULES,
        session_id::RULES,
        response_code::RULES,
        processing::RULES,
        timing::RULES,
    ];
    let values: [&[&'static Rule]; 8] = [
        services::RULES,
        charge_parameters::RULES,
        schedule::RULES,
        dc::RULES,
        ac::RULES,
        status::RULES,
        meter::RULES,
        units::RULES,
    ];
    let all = |lists: &'static [&'static Rule]| lists.iter().copied();
    lists
        .into_iter()
        .flat_map(all)
        .chain(sequence::rules())
        .chain(values.into_iter().flat_map(all))
        .chain(iso20::RULES.iter().copied())
}

/// The judge of one session.
pub struct Judge {
    ledger: Ledger,
    saw: Saw,
    /// The last thing that was seen.
    last: (u64, Duration),
    matchings: slac::Matchings,
    sdp: sdp::Sdp,
    sap: sap::Sap,
    transport: transport::Transport,
    session: Session,
    dialogue: dialogue::Dialogue,
    checks: Checks,
}

/// What follows the messages of one connection.
#[derive(Default)]
struct Checks {
    sequence: sequence::Sequence,
    session_id: session_id::SessionId,
    processing: processing::Processing,
    times: timing::Times,
    services: services::Services,
    parameters: charge_parameters::ChargeParameters,
    schedules: schedule::Schedules,
    dc: dc::Dc,
    ac: ac::Ac,
    status: status::Status,
    meter: meter::Meter,
    iso20: iso20::Iso20,
}

impl Judge {
    /// A judge that has seen nothing yet.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self {
            ledger: Ledger::new(profile, rules()),
            saw: Saw::default(),
            last: (0, Duration::ZERO),
            matchings: slac::Matchings::default(),
            sdp: sdp::Sdp::default(),
            sap: sap::Sap::default(),
            transport: transport::Transport::default(),
            session: Session::default(),
            dialogue: dialogue::Dialogue::default(),
            checks: Checks::default(),
        }
    }

    /// Times are not judged: where they were stretched, or are those of a recorder.
    #[must_use]
    pub fn without_timing(mut self) -> Self {
        self.ledger.timing_off();
        self
    }

    /// The next thing that was seen.
    pub fn see(&mut self, sighting: &Sighting) {
        let Sighting { packet, at, what } = sighting;
        let (packet, at) = (*packet, *at);
        self.last = (packet, at);
        match what {
            What::Slac(frame) => {
                self.saw.slac = true;
                self.matchings.see(&mut self.ledger, packet, at, frame);
            }
            What::UnreadableSlac(error) => {
                self.saw.slac = true;
                self.matchings.unreadable(&mut self.ledger, packet, error);
            }
            What::Sdp(message) => {
                let is_first = !std::mem::replace(&mut self.saw.sdp, true) && !self.saw.slac;
                self.matchings.link(&mut self.ledger, packet, at);
                self.sdp.see(&mut self.ledger, packet, at, message, is_first);
            }
            What::UnreadableSdp(what) => {
                self.saw.sdp = true;
                self.sdp.unreadable(&mut self.ledger, packet, what);
            }
            What::Opened { from_the_start } => self.opened(*from_the_start),
            What::Tls(_) => {
                self.saw.connection = true;
                self.session.tls = true;
                self.sdp.connection(&mut self.ledger, packet, true);
            }
            What::TlsStopped { from, .. } => {
                self.session.unreadable |= *from != Some(Side::Car);
                self.lose_track();
            }
            What::Message(message) => {
                self.saw.connection = true;
                self.sdp.connection(&mut self.ledger, packet, self.session.tls);
                self.message(packet, at, message);
            }
            What::OtherPayload { from, payload_type, .. } => {
                self.saw.connection = true;
                transport::Transport::other_payload(&mut self.ledger, packet, *from, *payload_type);
                // It may stand for a request or a response.
                self.lose_track();
            }
            What::NoFrame { from, error } => {
                self.saw.connection = true;
                transport::Transport::no_frame(&mut self.ledger, packet, *from, &error.to_string());
                self.session.unreadable |= *from == Side::Station;
                self.lose_track();
            }
            What::Unfinished { from, octets, expected } => {
                transport::Transport::unfinished(&mut self.ledger, packet, *from, *octets, *expected);
                self.lose_track();
            }
            What::Skipped { .. } | What::Lost { .. } => self.lose_track(),
            What::Closed { by, .. } => {
                self.sap.closed(&mut self.ledger, packet);
                self.dialogue.closed(&mut self.ledger, &self.session, packet, at, *by);
            }
        }
    }

    /// Nothing more comes: one verdict a rule, in the order of [`rules`].
    #[must_use]
    pub fn finish(mut self) -> Vec<Verdict> {
        let (packet, at) = self.last;
        self.sap.closed(&mut self.ledger, packet);
        self.dialogue.closed(&mut self.ledger, &self.session, packet, at, None);
        self.ledger.finish(&self.saw)
    }

    fn opened(&mut self, from_the_start: bool) {
        self.saw.connection = true;
        self.session = Session::default();
        if !from_the_start {
            self.session.lose_track();
        }
        self.checks = Checks::default();
        self.dialogue.opened();
        self.sap.opened(from_the_start);
    }

    /// Something is missing: nothing is concluded from what comes next.
    fn lose_track(&mut self) {
        self.session.lose_track();
        self.sap.lose_track();
        self.checks = Checks::default();
        self.checks.sequence.lose_track(self.session.protocol);
    }

    fn message(&mut self, packet: u64, at: Duration, message: &SeenMessage) {
        if message.from == Side::Car {
            let name = if message.content.is_ok() { message.name() } else { "a message that cannot be read" };
            if message.content.is_ok() {
                self.sap.any_request(&mut self.ledger, packet, name);
            }
            self.dialogue.request(&mut self.ledger, &self.session, packet, name);
        }
        let goes_on = self.transport.message(&mut self.ledger, packet, message);
        let Some(seen) = Seen::new(packet, at, message).filter(|_| goes_on) else {
            return self.lose_track();
        };
        if seen.stem == "another message" && message.name().starts_with("supportedAppProtocol") {
            return self.agreement(&seen);
        }
        // A capture that begins in the middle still says what is spoken.
        if let (None, Some(protocol)) = (self.session.protocol, message.protocol) {
            self.agreed(protocol);
            self.checks.sequence.lose_track(Some(protocol));
        }
        let Some(protocol) = self.session.protocol else { return };
        self.session.unreadable &= message.from == Side::Car;
        match message.from {
            Side::Car => self.request(protocol, &seen),
            Side::Station => self.response(protocol, &seen),
        }
    }

    fn agreed(&mut self, protocol: Protocol) {
        self.saw.protocol = Some(protocol);
        self.session.protocol = Some(protocol);
    }

    fn agreement(&mut self, seen: &Seen<'_>) {
        if seen.message.from == Side::Car {
            self.sap.request(&mut self.ledger, seen);
            self.session.asked(seen);
            return;
        }
        self.dialogue.response(&mut self.ledger, &self.session, seen);
        timing::agreement(&mut self.ledger, &self.session, seen);
        self.session.asked = None;
        let Some(protocol) = self.sap.response(&mut self.ledger, seen) else { return };
        self.agreed(protocol);
        self.checks.sequence.begin(protocol);
        transport::Transport::agreed(&mut self.ledger, seen.packet, &self.session);
    }

    fn request(&mut self, protocol: Protocol, seen: &Seen<'_>) {
        let Self { ledger, session, checks, .. } = self;
        checks.sequence.request(ledger, session, seen);
        checks.session_id.request(ledger, session, seen);
        response_code::request(ledger, session, seen);
        checks.processing.request(ledger, seen);
        checks.times.request(ledger, session, protocol, seen);
        match protocol {
            Protocol::Din | Protocol::Iso2 => {
                checks.services.request(ledger, session, seen);
                checks.parameters.request(ledger, seen);
                checks.schedules.request(ledger, seen);
                checks.dc.request(ledger, session, seen);
                checks.status.request(ledger, session, seen);
                checks.meter.request(ledger, session, seen);
                units::message(ledger, seen);
            }
            Protocol::Iso20 => checks.iso20.request(ledger, session, seen),
        }
        session.asked(seen);
    }

    fn response(&mut self, protocol: Protocol, seen: &Seen<'_>) {
        let link = self.matchings.matched().map(|(_, at)| at).or(self.sdp.began());
        self.dialogue.response(&mut self.ledger, &self.session, seen);
        let Self { ledger, session, checks, .. } = self;
        checks.sequence.response(ledger, session, seen);
        checks.session_id.response(ledger, session, seen);
        response_code::response(ledger, session, seen);
        checks.processing.response(seen);
        checks.times.response(ledger, session, protocol, seen, link);
        match protocol {
            Protocol::Din | Protocol::Iso2 => {
                checks.services.response(ledger, session, seen);
                checks.parameters.response(ledger, seen);
                checks.schedules.response(ledger, seen);
                checks.dc.response(ledger, seen);
                checks.ac.response(ledger, session, seen);
                checks.status.response(ledger, session, seen);
                checks.meter.response(ledger, session, seen);
                units::message(ledger, seen);
            }
            Protocol::Iso20 => checks.iso20.response(ledger, seen),
        }
        session.answered(seen);
    }
}
