//! Walks through the states of a type, event by event.

use super::{Decoder, MOST_VALUES};
use crate::Facets;
use crate::error::{DecodeError, Escape, Fault};
use crate::schema::{Child, Complex, Event, Phase, State};
use crate::trace::Trace;

/// The inside of an element while it is read.
pub(super) struct Walker<'w, 'a, R> {
    pub decoder: &'w mut Decoder<'a, R>,
    pub complex: &'static Complex,
    state: u16,
    ahead: u8,
    /// Where the event begins that comes next, for whoever traces.
    begun: usize,
    /// How often the element of a state that counts has come.
    count: u32,
}

/// What is known of the event that comes next, if it is none of a child.
pub(super) mod ahead {
    /// It was not looked at yet.
    pub(in super::super) const UNKNOWN: u8 = 250;
    /// It cannot be read; the decoder has the reason.
    pub(in super::super) const FAILED: u8 = 251;
    /// Text between elements; its characters follow.
    pub(in super::super) const MIXED_TEXT: u8 = super::Event::MIXED_TEXT;
    /// The element is over.
    pub(in super::super) const END: u8 = super::Event::END;
}

impl<'w, 'a, R: Trace> Walker<'w, 'a, R> {
    pub(crate) fn new(decoder: &'w mut Decoder<'a, R>, complex: &'static Complex) -> Self {
        Self { decoder, complex, state: 0, ahead: ahead::UNKNOWN, begun: 0, count: 0 }
    }

    #[inline]
    pub(crate) fn child(&self, index: u8) -> &'static Child {
        &self.complex.children[usize::from(index)]
    }

    /// Looks at the next event: the number of a child, or one of [`ahead`].
    #[inline]
    pub(crate) fn peek(&mut self) -> u8 {
        if self.ahead == ahead::UNKNOWN {
            if R::LISTENS {
                self.begun = self.decoder.bits.position();
            }
            self.ahead = self.next();
        }
        self.ahead
    }

    /// Passes over the event with that place among children that come one after the other, the end behind them, if it is the next
    /// and nobody has looked at it: then no table is needed, its code is a zero.
    #[inline(always)]
    pub(crate) fn passes(&mut self, place: usize) -> bool {
        let next = self.complex.plain
            && self.ahead == ahead::UNKNOWN
            && usize::from(self.state) == place
            && self.decoder.bits.look(1) == Ok(0);
        if next {
            self.decoder.bits.pass(1);
            self.state += 1;
        }
        next
    }

    /// Where the next event begins; nobody asks without listening.
    #[inline]
    pub(crate) fn begun(&mut self) -> usize {
        if R::LISTENS {
            self.peek();
        }
        self.begun
    }

    /// The event that was looked at is dealt with.
    #[inline]
    pub(crate) const fn take(&mut self) {
        self.ahead = ahead::UNKNOWN;
    }

    /// Why the next event cannot be read.
    #[cold]
    pub(crate) fn failure(&mut self) -> DecodeError {
        let unknown = || DecodeError::new(Fault::End, self.decoder.bits.position());
        self.decoder.failure.take().unwrap_or_else(unknown)
    }

    #[cold]
    fn fail(&mut self, error: DecodeError) -> u8 {
        self.decoder.failure = Some(error);
        ahead::FAILED
    }

    #[inline(never)]
    fn next(&mut self) -> u8 {
        let complex = self.complex;
        // Children that come one after the other need no table: their code is a zero.
        if complex.plain && self.decoder.bits.look(1) == Ok(0) {
            self.decoder.bits.pass(1);
            let index = self.state;
            self.state += 1;
            #[expect(clippy::cast_possible_truncation, reason = "a type has at most 250 children")]
            return if usize::from(index) < complex.children.len() { index as u8 } else { ahead::END };
        }
        let state = &complex.states[usize::from(self.state)];
        let Ok(code) = self.decoder.bits.bits(state.width) else {
            return self.fail(self.decoder.error(Fault::End));
        };
        let Some(event) = state.events.get(code as usize) else {
            return self.escape(state, code).unwrap_or_else(|error| self.fail(error));
        };
        match event.child {
            Event::ANY => self.fail(self.decoder.error(Fault::Unread("content of any namespace"))),
            Event::ABSTRACT => self.fail(self.decoder.error(Fault::Unread("an abstract element"))),
            child => {
                self.decoder.values += u32::from(child != Event::END);
                if self.decoder.values > MOST_VALUES {
                    return self.fail(self.decoder.error(Fault::TooMany(MOST_VALUES)));
                }
                if event.counts {
                    self.count_in(event.next);
                } else {
                    self.state = event.next;
                }
                child
            }
        }
    }

    /// Enters a state that counts.
    fn count_in(&mut self, next: u16) {
        let again = self.state == next;
        self.state = next;
        if let Some(counter) = self.complex.states[usize::from(next)].counter {
            self.count = if again { self.count + 1 } else { counter.start };
            if self.count >= counter.limit {
                self.state = counter.full;
            }
        }
    }

    /// What follows the escape code.
    #[cold]
    fn escape(&mut self, state: &State, code: u32) -> Result<u8, DecodeError> {
        if code as usize != state.events.len() {
            return Err(self.decoder.error(Fault::Code(code)));
        }
        let may_end = state.events.iter().any(|event| event.child == Event::END);
        match escape(self.decoder, state.phase, may_end)? {
            Escape::End if self.decoder.facets == Facets::Off => Ok(ahead::END),
            Escape::End => {
                let missing = state.events.iter().find_map(|event| self.complex.children.get(usize::from(event.child)));
                let fault = missing.map_or(Fault::Escaped(Escape::End), |child| Fault::Missing(child.key));
                Err(self.decoder.error(fault))
            }
            other => Err(self.decoder.error(Fault::Escaped(other))),
        }
    }
}

impl<R: Trace> Walker<'_, '_, R> {
    /// All fields were read: nothing but the end may follow.
    #[inline]
    pub(super) fn end<T>(mut self, value: T) -> Result<T, DecodeError> {
        if self.passes(self.complex.children.len()) {
            self.decoder.depth -= 1;
            return Ok(value);
        }
        match self.peek() {
            ahead::END => {
                self.decoder.depth -= 1;
                Ok(value)
            }
            other => Err(self.unexpected(other)),
        }
    }

    #[cold]
    pub(super) fn unexpected(&mut self, ahead: u8) -> DecodeError {
        let what = match ahead {
            ahead::FAILED => return self.failure(),
            ahead::MIXED_TEXT => "text is not expected here by the Rust type".to_owned(),
            ahead::END => "the element ends too early".to_owned(),
            index => format!("{} is not expected here by the Rust type", self.child(index).key),
        };
        self.decoder.error(Fault::Shape(what))
    }

    /// The child that comes next, as a deserializer; `None` at the end.
    #[inline]
    pub(super) fn next_child(&mut self) -> Result<Option<u8>, DecodeError> {
        match self.peek() {
            ahead::END => Ok(None),
            other @ (ahead::FAILED | ahead::MIXED_TEXT) => Err(self.unexpected(other)),
            index => Ok(Some(index)),
        }
    }
}

/// The second part of the code of something that the schema does not allow, in elements that are not strict.
#[cold]
pub(super) fn escape<R: Trace>(
    decoder: &mut Decoder<'_, R>,
    phase: Phase,
    may_end: bool,
) -> Result<Escape, DecodeError> {
    use Escape::{Attribute, Element, End, Nil, Text, Type};
    let all: &[Escape] = match phase {
        Phase::Start => &[End, Type, Nil, Attribute, Attribute, Element, Text],
        Phase::Attributes => &[End, Attribute, Attribute, Element, Text],
        Phase::Content => &[End, Element, Text],
    };
    let known = if may_end { &all[1..] } else { all };
    let code = decoder.read(crate::schema::width(known.len() as u64))?;
    known.get(code as usize).copied().ok_or_else(|| decoder.error(Fault::Code(code)))
}
