//! What both sides of a matching have in common: how a host speaks to it, and how strictly it reads the standard.

use std::collections::VecDeque;

use units::Instant;

use crate::frame::Frame;
use crate::values::{ApplicationType, SecurityType};

/// Where real cars and chargers differ from ISO 15118-3.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Profile {
    /// As it is written.
    Strict,
    /// As it works: what real peers do is taken where it harms nobody.
    #[default]
    Field,
}

/// What a matching wants of its host. Asked for with `poll_output` after each input, until it is [`Output::Wait`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Output<E> {
    /// This frame goes to the modem.
    Send(Frame),
    /// Something happened.
    Event(E),
    /// Nothing more until the next input, or until then.
    Wait(Option<Instant>),
}

/// Outputs that wait to be asked for. Each input makes a few; a host that does not ask is not a reason to grow.
#[derive(Clone, Debug)]
pub(crate) struct Outbox<E>(VecDeque<Output<E>>);

/// More than one input can make: for each of the cars that are heard an answer and an event.
const MOST: usize = 64;

impl<E> Outbox<E> {
    pub(crate) const fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(crate) fn send(&mut self, frame: Frame) {
        self.push(Output::Send(frame));
    }

    pub(crate) fn tell(&mut self, event: E) {
        self.push(Output::Event(event));
    }

    fn push(&mut self, output: Output<E>) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(output);
    }

    pub(crate) fn next(&mut self, wait: Option<Instant>) -> Output<E> {
        self.0.pop_front().unwrap_or(Output::Wait(wait))
    }
}

/// Whether a message is of a matching as ISO 15118-3 has it: for nothing else, and not protected.
pub(crate) fn is_matching(application: ApplicationType, security: SecurityType) -> bool {
    application == ApplicationType::PEV_EVSE_MATCHING && security == SecurityType::NONE
}
