//! From the bytes of a capture to what is in it.

use std::io::Read;

use crate::container::{Container, Record};
use crate::error::CaptureError;
use crate::event::Event;
use crate::limits::Limits;
use crate::unpacker::{Counts, Unpacker};

/// Reads a capture: an iterator over what is in it. Each packet is read as soon as the input has the whole of it, so a pipe can
/// be read while it is being written. An error is the last item; before it, what was open is closed.
pub struct Reader<R> {
    container: Container<R>,
    unpacker: Unpacker,
    stage: Stage,
}

enum Stage {
    Reading,
    /// The input has ended, with an error or without; connections are being closed.
    Closing(Option<CaptureError>),
    Ended,
}

impl<R: Read> Reader<R> {
    /// Reads an input with the usual limits. Nothing is read until the first event is asked for; whether it is a capture at all
    /// is known then.
    pub fn open(input: R) -> Self {
        Self::with_limits(input, Limits::default())
    }

    /// Reads an input and keeps no more than is said.
    pub fn with_limits(input: R, limits: Limits) -> Self {
        Self { container: Container::new(input, limits), unpacker: Unpacker::new(limits), stage: Stage::Reading }
    }

    /// What was counted up to the event that was given last.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        Counts { packets: self.container.packets(), ..self.unpacker.counts() }
    }

    /// What the reader keeps of streams in which bytes are missing; see [`Limits::held`].
    #[must_use]
    pub const fn held(&self) -> usize {
        self.unpacker.held()
    }

    fn advance(&mut self) {
        match self.container.next() {
            Some(Ok(Record::Packet(packet))) => self.unpacker.packet(packet),
            Some(Ok(Record::Secrets(secrets))) => self.unpacker.pass(Event::Secrets(secrets)),
            Some(Ok(Record::Remark(remark))) => self.unpacker.pass(Event::Remark(remark)),
            Some(Err(error)) => self.stage = Stage::Closing(Some(error)),
            None => self.stage = Stage::Closing(None),
        }
        if let Stage::Closing(_) = self.stage {
            self.unpacker.end(self.container.packets(), self.container.time());
        }
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Event, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(event) = self.unpacker.next_event() {
                return Some(Ok(event));
            }
            match &mut self.stage {
                Stage::Reading => self.advance(),
                Stage::Closing(error) => {
                    if !self.unpacker.close_one() {
                        let error = error.take();
                        self.stage = Stage::Ended;
                        return error.map(Err);
                    }
                }
                Stage::Ended => return None,
            }
        }
    }
}
