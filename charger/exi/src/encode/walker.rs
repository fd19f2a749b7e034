//! Walks through the states of a type while it is written.

use super::Encoder;
use crate::Facets;
use crate::error::EncodeError;
use crate::schema::{Child, Complex, Event, Phase, State, width};
use crate::trace::Trace;

/// The inside of an element while it is written.
pub(crate) struct Walker {
    pub complex: &'static Complex,
    state: u16,
    count: u32,
}

impl Walker {
    pub(crate) const fn new(complex: &'static Complex) -> Self {
        Self { complex, state: 0, count: 0 }
    }

    fn state(&self) -> &'static State {
        let complex = self.complex;
        &complex.states[usize::from(self.state)]
    }

    pub(crate) fn child(&self, index: usize) -> &'static Child {
        let complex = self.complex;
        &complex.children[index]
    }

    /// Writes the event of a child.
    #[inline]
    pub(crate) fn event<R: Trace>(&mut self, encoder: &mut Encoder<'_, R>, index: usize) -> Result<(), EncodeError> {
        // Children that come one after the other need no table: their code is a zero.
        if self.complex.plain && usize::from(self.state) == index {
            encoder.bits.bits(1, 0);
            self.state += 1;
            return Ok(());
        }
        let state = self.state();
        let Some(code) = state.events.iter().position(|event| usize::from(event.child) == index && index < 250) else {
            return Err(self.misplaced(encoder, index));
        };
        #[expect(clippy::cast_possible_truncation, reason = "a state has some dozens of events")]
        encoder.bits.bits(state.width, code as u32);
        self.enter(state.events[code].next);
        Ok(())
    }

    #[inline]
    fn enter(&mut self, next: u16) {
        let again = self.state == next;
        self.state = next;
        if let Some(counter) = self.state().counter {
            self.count = if again { self.count + 1 } else { counter.start };
            if self.count >= counter.limit {
                self.state = counter.full;
            }
        }
    }

    #[cold]
    fn misplaced<R: Trace>(&self, encoder: &Encoder<'_, R>, index: usize) -> EncodeError {
        let key = self.child(index).key;
        let expected: Vec<&str> = self
            .state()
            .events
            .iter()
            .filter_map(|event| Some(self.complex.children.get(usize::from(event.child))?.key))
            .collect();
        if expected.is_empty() {
            encoder.error(format!("{key} may not come here, nothing more may"))
        } else {
            encoder.error(format!("{key} may not come here, expected {}", expected.join(" or ")))
        }
    }

    /// Writes the end of the element.
    #[inline]
    pub(crate) fn end<R: Trace>(&self, encoder: &mut Encoder<'_, R>) -> Result<(), EncodeError> {
        let state = self.state();
        match state.events.iter().position(|event| event.child == Event::END) {
            #[expect(clippy::cast_possible_truncation, reason = "a state has some dozens of events")]
            Some(code) => {
                encoder.bits.bits(state.width, code as u32);
                Ok(())
            }
            None => self.early_end(encoder),
        }
    }

    #[cold]
    fn early_end<R: Trace>(&self, encoder: &mut Encoder<'_, R>) -> Result<(), EncodeError> {
        let state = self.state();
        if encoder.facets == Facets::Checked {
            let missing: Vec<&str> = state
                .events
                .iter()
                .filter_map(|event| Some(self.complex.children.get(usize::from(event.child))?.key))
                .collect();
            return Err(encoder.error(format!("{} is missing", missing.join(" or "))));
        }
        end_escape(encoder, state.events.len(), state.width, state.phase);
        Ok(())
    }
}

/// The end of an element at a place at which the schema does not allow it: the escape, then the first of the codes that follow it.
#[cold]
pub(crate) fn end_escape<R>(encoder: &mut Encoder<'_, R>, events: usize, bits: u8, phase: Phase) {
    #[expect(clippy::cast_possible_truncation, reason = "a state has some dozens of events")]
    encoder.bits.bits(bits, events as u32);
    let second = match phase {
        Phase::Start => 7,
        Phase::Attributes => 5,
        Phase::Content => 3,
    };
    encoder.bits.bits(width(second), 0);
}
