//! A connection to the station and the session on it, as far as the car has to do with it.

use std::collections::VecDeque;

use ipv6_stack::{Event as OfLink, Stack};
use units::{Instant, Milliamps};

use super::facts::{Command, Facts, is_measurable, is_noticeable};
use super::note::CarNote;
use crate::evcc::hlc::{
    Battery, Config, Contactors, Evcc, Event, Input, Limits, Output, PausedSession, Pilot, Present, Stop,
};

/// What is spoken on the connection.
#[derive(Debug)]
pub(super) struct Session {
    evcc: Evcc,
    pilot: Pilot,
    /// What the station lets the car draw of alternating current.
    limit: Option<Milliamps>,
    /// What becomes of it when the connection is gone.
    over: Over,
    told: Told,
}

/// What the controller was told last.
#[derive(Clone, Copy, Debug)]
struct Told {
    battery: Battery,
    pins: Present,
    contactors: Contactors,
    stop: Option<Stop>,
}

/// How contactors open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Opens {
    /// As the session has it.
    InOrder,
    /// There is no session any longer.
    AtOnce,
}

/// How a session ended, for what comes after it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Over {
    /// It may go on later.
    Paused(PausedSession),
    /// It is over, as one ends it.
    Ended,
    /// It came to nothing.
    Failed,
}

/// Where a session tells what it has to tell.
#[derive(Debug)]
pub(super) struct Ears<'a> {
    pub(super) notes: &'a mut VecDeque<CarNote>,
    pub(super) commands: &'a mut VecDeque<Command>,
}

impl Session {
    /// The connection stands.
    pub(super) fn begin(now: Instant, config: &Config, facts: &Facts, joins: Option<PausedSession>) -> Self {
        let mut evcc = Evcc::new(config.clone(), facts.battery);
        evcc.handle_input(now, Input::Contactors(facts.contactors));
        evcc.handle_input(now, Input::Inlet(facts.pins));
        evcc.handle_input(now, Input::Connected { session: joins });
        let told = Told { battery: facts.battery, pins: facts.pins, contactors: facts.contactors, stop: None };
        Self { evcc, pilot: Pilot::B, limit: None, over: Over::Failed, told }
    }

    /// The state that the pilot is to show.
    pub(super) const fn pilot(&self) -> Pilot {
        self.pilot
    }

    /// What the car may draw of alternating current; `None`: nothing flows, or direct current.
    pub(super) const fn limit(&self) -> Option<Milliamps> {
        match self.pilot {
            Pilot::B => None,
            Pilot::C => self.limit,
        }
    }

    /// How the car stands now; what is news goes to the controller.
    pub(super) fn know(&mut self, now: Instant, facts: &Facts) {
        if is_noticeable(&self.told.battery, &facts.battery) {
            self.told.battery = facts.battery;
            self.evcc.handle_input(now, Input::Battery(facts.battery));
        }
        if is_measurable(self.told.pins, facts.pins) {
            self.told.pins = facts.pins;
            self.evcc.handle_input(now, Input::Inlet(facts.pins));
        }
        if self.told.contactors != facts.contactors {
            self.told.contactors = facts.contactors;
            self.evcc.handle_input(now, Input::Contactors(facts.contactors));
        }
        let stop = facts.hunger.stop();
        if let (None, Some(stop)) = (self.told.stop, stop) {
            self.told.stop = Some(stop);
            self.evcc.handle_input(now, Input::Stop(stop));
        }
    }

    pub(super) fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        self.evcc.handle_input(now, input);
    }

    /// Goes on as far as it goes now; tells when it is over.
    pub(super) fn step(&mut self, now: Instant, stack: &mut Stack, ears: &mut Ears<'_>) -> Option<Over> {
        self.evcc.handle_input(now, Input::Time);
        let mut over = None;
        loop {
            over = over.or(self.speak(now, stack, ears, Opens::InOrder));
            match stack.next_event() {
                Some(OfLink::Received(octets)) => self.evcc.handle_input(now, Input::Received(&octets)),
                Some(OfLink::Closed) => {
                    self.evcc.handle_input(now, Input::Closed);
                    self.speak(now, stack, ears, Opens::AtOnce);
                    return Some(self.over);
                }
                Some(OfLink::Connected { .. }) => {}
                None => return over,
            }
        }
    }

    /// The line is gone, or the pilot forbids to go on.
    pub(super) fn cut(&mut self, now: Instant, stack: &mut Stack, ears: &mut Ears<'_>) -> Over {
        self.evcc.handle_input(now, Input::Closed);
        self.speak(now, stack, ears, Opens::AtOnce);
        self.over
    }

    /// What the controller wants.
    fn speak(&mut self, now: Instant, stack: &mut Stack, ears: &mut Ears<'_>, opens: Opens) -> Option<Over> {
        let mut over = None;
        loop {
            match self.evcc.poll_output() {
                Output::Send(octets) => stack.send(now, &octets),
                Output::Close => {
                    stack.close(now);
                    over = Some(self.over);
                }
                Output::Event(event) => self.happened(&event, ears, opens),
                Output::Wait(_) => return over,
            }
        }
    }

    fn happened(&mut self, event: &Event, ears: &mut Ears<'_>, opens: Opens) {
        ears.notes.push_back(CarNote::of_session(event));
        match event {
            Event::Offer(offer) => self.limit = limit(offer.limits),
            Event::Limits(limits) => self.limit = limit(*limits),
            Event::PowerWanted(pilot) => self.pilot = *pilot,
            Event::CloseContactors => ears.commands.push_back(Command::Close),
            Event::OpenContactors => ears.commands.push_back(match (opens, self.pilot) {
                // At the end of the charging S2 opens first, and there is time to look whether a contactor is welded.
                (Opens::InOrder, Pilot::B) => Command::DetectWelding,
                (Opens::InOrder, Pilot::C) | (Opens::AtOnce, Pilot::B | Pilot::C) => Command::Open,
            }),
            Event::Paused(session) => self.over = Over::Paused(*session),
            Event::Ended(_) => self.over = Over::Ended,
            Event::Failed { .. } => self.over = Over::Failed,
            Event::Agreed(_) | Event::SessionSetUp { .. } | Event::StationWants(_) => {}
        }
    }

    pub(super) fn next_change(&mut self) -> Option<Instant> {
        match self.evcc.poll_output() {
            Output::Wait(wait) => wait,
            // Whatever it has to tell was fetched before.
            Output::Send(_) | Output::Close | Output::Event(_) => None,
        }
    }
}

const fn limit(limits: Limits) -> Option<Milliamps> {
    match limits {
        Limits::Ac { max_current, .. } => Some(max_current),
        Limits::Dc { .. } => None,
    }
}
