//! A PN532, whatever carries its frames: brought up, then asked again and again whether there is a card.
//!
//! Every step is kept in the reader, and none of them is lost when the future is dropped: the next call goes on where the
//! last one was. After an error the chip is brought up anew.

use std::time::Duration;

use hardware::{ErrorKind, LinkError, Token, TokenReader};
use tokio::time::{Instant, sleep_until, timeout_at};
use wire::pn532::{Command, Frame, Reply};

use super::presence::Presence;

/// From one look for a card to the next, unless told otherwise.
pub(super) const POLL: Duration = Duration::from_millis(150);
/// From a command to its ACK; the chip promises 15 ms.
const ACK_WITHIN: Duration = Duration::from_millis(100);
/// From an ACK to the answer. A look with few retries takes some ten milliseconds.
const ANSWER_WITHIN: Duration = Duration::from_millis(1000);
/// How often the chip tries again to activate a card before it answers. Not none: a card that was just read answers every
/// other request only.
const RETRIES: u8 = 2;
/// The chip's number for itself.
const IC: u8 = 0x32;

/// How frames get to a chip and back. Both waits are cancel safe.
#[allow(async_fn_in_trait)] // one thread, static dispatch: no caller needs a Send bound
pub trait Carrier {
    /// The reader as its owner calls it.
    fn name(&self) -> &str;

    /// Begins to send a frame; what has arrived before is forgotten. `wake` means that the chip may be asleep.
    ///
    /// # Errors
    /// It cannot be sent.
    fn send(&mut self, frame: &Frame, wake: bool) -> Result<(), LinkError>;

    /// Waits until the frame is sent.
    ///
    /// # Errors
    /// It cannot be sent.
    async fn sent(&mut self) -> Result<(), LinkError>;

    /// The next frame that arrives.
    ///
    /// # Errors
    /// What arrives is none, or the line is gone.
    async fn receive(&mut self) -> Result<Frame, LinkError>;
}

/// A PN532 on some carrier.
#[derive(Debug)]
pub struct Pn532<C> {
    carrier: C,
    poll: Duration,
    presence: Presence,
    command: Command,
    phase: Phase,
}

/// Where the command is.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// To be sent then.
    Due(Instant),
    /// On its way.
    Sending,
    /// Sent; to be acknowledged until then.
    Unacknowledged(Instant),
    /// Acknowledged; to be answered until then.
    Unanswered(Instant),
}

impl<C: Carrier> Pn532<C> {
    /// A reader that is brought up at its first use.
    pub fn new(carrier: C, poll: Duration) -> Self {
        let (command, phase) = (Command::GetFirmwareVersion, Phase::Due(Instant::now()));
        Self { carrier, poll, presence: Presence::default(), command, phase }
    }

    /// Brings the chip up anew at the next look. Looks without an answer say nothing of the card that was there.
    fn start_over(&mut self) {
        self.command = Command::GetFirmwareVersion;
        self.phase = Phase::Due(Instant::now() + self.poll);
    }

    fn next(&mut self, command: Command, due: Instant) {
        self.command = command;
        self.phase = Phase::Due(due);
    }

    fn error(&self, kind: ErrorKind, what: impl Into<String>) -> LinkError {
        LinkError::new(kind, self.carrier.name().to_owned(), what)
    }

    /// Takes one step; gives a card that was not there before.
    async fn step(&mut self) -> Result<Option<Token>, LinkError> {
        match self.phase {
            Phase::Due(at) => {
                sleep_until(at).await;
                self.carrier.send(&self.command.frame(), self.command == Command::GetFirmwareVersion)?;
                self.phase = Phase::Sending;
            }
            Phase::Sending => {
                self.carrier.sent().await?;
                self.phase = Phase::Unacknowledged(Instant::now() + ACK_WITHIN);
            }
            Phase::Unacknowledged(until) => match timeout_at(until, self.carrier.receive()).await {
                Ok(Ok(Frame::Ack)) => self.phase = Phase::Unanswered(Instant::now() + ANSWER_WITHIN),
                Ok(Ok(other)) => {
                    return Err(self.error(ErrorKind::Garbled, format!("expected an ACK, got {other}")));
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => return Err(self.late("acknowledge", ACK_WITHIN)),
            },
            Phase::Unanswered(until) => match timeout_at(until, self.carrier.receive()).await {
                Ok(Ok(frame)) => return self.answered(&frame),
                Ok(Err(error)) => return Err(error),
                Err(_) => return Err(self.late("answer", ANSWER_WITHIN)),
            },
        }
        Ok(None)
    }

    fn late(&self, what: &str, within: Duration) -> LinkError {
        self.error(ErrorKind::TimedOut, format!("the chip did not {what} {} within {within:?}", self.command))
    }

    fn answered(&mut self, frame: &Frame) -> Result<Option<Token>, LinkError> {
        let now = Instant::now();
        let reply = match Reply::from_frame(frame) {
            Ok(reply) => reply,
            Err(_) if *frame == Frame::SyntaxError => {
                return Err(self.error(ErrorKind::Refused, format!("the chip does not know {}", self.command)));
            }
            Err(error) => return Err(self.error(ErrorKind::Garbled, format!("answer to {}: {error}", self.command))),
        };
        match (self.command, reply) {
            (Command::GetFirmwareVersion, Reply::FirmwareVersion { ic: IC, .. }) => {
                self.next(Command::SamConfiguration { timeout: 0x14, use_irq: true }, now);
            }
            (Command::GetFirmwareVersion, Reply::FirmwareVersion { ic, .. }) => {
                return Err(self.error(ErrorKind::Refused, format!("a chip of type {ic:#04x}: expected a PN532, 0x32")));
            }
            (Command::SamConfiguration { .. }, Reply::SamConfigured) => {
                self.next(Command::SetRetries { activation: RETRIES }, now);
            }
            (Command::SetRetries { .. }, Reply::RetriesSet) => self.next(Command::ListPassiveTarget, now),
            (Command::ListPassiveTarget, Reply::Card(target)) => {
                self.next(Command::ListPassiveTarget, now + self.poll);
                return Ok(self.presence.look(target.map(|target| target.uid)));
            }
            (command, _) => {
                let what = format!("answer to {command}: it is that to another command");
                return Err(self.error(ErrorKind::Garbled, what));
            }
        }
        Ok(None)
    }
}

impl<C: Carrier> TokenReader for Pn532<C> {
    type Error = LinkError;

    async fn next_token(&mut self) -> Result<Token, LinkError> {
        loop {
            match self.step().await {
                Ok(Some(token)) => return Ok(token),
                Ok(None) => {}
                Err(error) => {
                    self.start_over();
                    return Err(error);
                }
            }
        }
    }
}
