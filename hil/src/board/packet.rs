//! A board with a microcontroller, behind a link that carries its messages.

use std::collections::VecDeque;
use std::time::Duration;

use hardware::{BoardInfo, ErrorKind, LinkError, PROTOCOL_VERSION, PowerBoard};
use iec61851::{Event, PilotSignal};
use tokio::time::{Instant, timeout_at};
use wire::tux_evse::{HighToLow, LowToHigh, PlainEvent, PlainHost};

/// A firmware of ours says who it is at once; whoever has not by then is taken for a plain one.
const INFO_WITHIN: Duration = Duration::from_secs(1);

/// A firmware gives a sign of life every 3 s; three may be lost.
const SILENCE: Duration = Duration::from_secs(10);

/// Carries whole messages.
pub trait PacketLink {
    /// Whether a message may be lost on the way without either side knowing.
    const LOSSY: bool;

    /// The device as its owner calls it.
    fn device(&self) -> &str;

    /// Sends one message.
    ///
    /// # Errors
    /// The link is gone, or takes nothing.
    async fn send(&mut self, packet: &[u8]) -> Result<(), LinkError>;

    /// The next message. Cancel safe.
    ///
    /// # Errors
    /// The link is gone ([`ErrorKind::Disconnected`]), or what came is no message ([`ErrorKind::Garbled`]); then the next one
    /// can still be received.
    async fn receive(&mut self) -> Result<Vec<u8>, LinkError>;

    /// Throws away what has arrived so far.
    ///
    /// # Errors
    /// The link is gone.
    async fn discard(&mut self) -> Result<(), LinkError>;
}

/// Which vocabulary the firmware speaks.
#[derive(Debug)]
enum Dialect {
    /// It has not been started.
    Unknown,
    /// Ours: its events are the machine's own.
    Full,
    /// That of Tux-EVSE: its events are translated. It does nothing about a host that falls silent.
    Plain(PlainHost),
}

/// A board behind a link.
///
/// It is gone when nothing has been heard of it for 10 s, when it says of itself that it has started anew, or when the link
/// ends. A message that cannot be read is an error too, because it may have been the one that mattered; starting the board
/// anew has it publish everything again.
#[derive(Debug)]
pub struct PacketBoard<T> {
    link: T,
    fixed_cable: bool,
    dialect: Dialect,
    heard: Instant,
    allowed: bool,
    /// What is to be driven; `None` until somebody said so after a start.
    signal: Option<PilotSignal>,
    /// What one message of a plain firmware, or one wish, means beyond the first event: a dozen at most.
    events: VecDeque<Event>,
}

impl<T: PacketLink> PacketBoard<T> {
    /// A board behind this link; with a fixed cable a plain firmware's reading of PP is dropped.
    #[must_use]
    pub fn new(link: T, fixed_cable: bool) -> Self {
        Self {
            link,
            fixed_cable,
            dialect: Dialect::Unknown,
            heard: Instant::now(),
            allowed: false,
            signal: None,
            events: VecDeque::new(),
        }
    }

    /// The link.
    pub const fn link(&self) -> &T {
        &self.link
    }

    async fn send(&mut self, message: HighToLow) -> Result<(), LinkError> {
        self.link.send(&message.encode()).await
    }

    /// The next message that is one. Cancel safe.
    async fn next_message(&mut self) -> Result<LowToHigh, LinkError> {
        loop {
            let Ok(packet) = timeout_at(self.heard + SILENCE, self.link.receive()).await else {
                let what = format!("nothing heard for {SILENCE:?}, expected a heartbeat every 3 s");
                return Err(self.error(ErrorKind::Disconnected, what));
            };
            let packet = packet?;
            self.heard = Instant::now();
            match LowToHigh::decode(&packet) {
                Ok(Some(message)) => return Ok(message),
                Ok(None) => {
                    tracing::debug!(device = self.link.device(), ?packet, "a message nobody here knows");
                    // Whoever sends them without a pause must not hold up the charger.
                    tokio::task::yield_now().await;
                }
                Err(error) => {
                    let what = format!("{} bytes are no message of a power board: {error}", packet.len());
                    return Err(self.error(ErrorKind::Garbled, what));
                }
            }
        }
    }

    /// Waits for the firmware to say who it is, or to give itself away as a plain one. What it says meanwhile is its events
    /// if it is plain, and what an earlier host had coming if it is not.
    async fn meet(&mut self) -> Result<BoardInfo, LinkError> {
        let limit = Instant::now() + INFO_WITHIN;
        let mut plain: Vec<PlainEvent> = Vec::new();
        let mut alive = false;
        let mut unread = None;
        // Once it is known to live, it has until the limit to say who it is.
        while !(alive || unread.is_some()) || Instant::now() < limit {
            let next = if alive || unread.is_some() {
                timeout_at(limit, self.next_message()).await
            } else {
                Ok(self.next_message().await)
            };
            match next {
                Ok(Ok(LowToHigh::Info(info))) => {
                    self.dialect = Dialect::Full;
                    return Ok(BoardInfo { protocol: info.protocol, firmware: info.firmware });
                }
                Ok(Ok(LowToHigh::Plain(event))) => {
                    alive = true;
                    // As many as it could have said since it was enabled.
                    if plain.len() < 64 {
                        plain.push(event);
                    }
                }
                Ok(Ok(LowToHigh::Heartbeat)) => alive = true,
                Ok(Ok(LowToHigh::Event(_))) => {
                    unread.get_or_insert_with(|| self.error(ErrorKind::Garbled, "it did not say who it is"));
                }
                Ok(Err(error)) if error.kind == ErrorKind::Garbled => unread = Some(error),
                Ok(Err(error)) if Instant::now() >= self.heard + SILENCE => {
                    let what = format!("no answer to enable within {SILENCE:?}: does the firmware run?");
                    return Err(unread.unwrap_or(LinkError { kind: ErrorKind::TimedOut, what, ..error }));
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => break,
            }
        }
        if let Some(error) = unread {
            // A firmware of ours whose answer was lost is not a plain one.
            return Err(error);
        }
        let mut host = PlainHost::new(self.fixed_cable);
        for event in plain {
            match host.hear(event) {
                Ok(events) => self.events.extend(events),
                Err(_) => return Err(self.permanent_fault()),
            }
        }
        tracing::warn!(
            device = self.link.device(),
            "a plain Tux-EVSE firmware: it does not open the contactor when this charger falls silent"
        );
        self.dialect = Dialect::Plain(host);
        Ok(BoardInfo { protocol: PROTOCOL_VERSION, firmware: "tux-evse".into() })
    }

    fn permanent_fault(&self) -> LinkError {
        self.error(ErrorKind::Refused, "the firmware reports a permanent fault")
    }

    fn error(&self, kind: ErrorKind, what: impl Into<String>) -> LinkError {
        LinkError::new(kind, self.link.device().to_owned(), what)
    }
}

impl<T: PacketLink> PowerBoard for PacketBoard<T> {
    type Error = LinkError;

    async fn start(&mut self) -> Result<BoardInfo, LinkError> {
        self.dialect = Dialect::Unknown;
        self.allowed = false;
        self.signal = None;
        self.events.clear();
        // What was said to an earlier host is not for this one.
        self.link.discard().await?;
        for message in HighToLow::START {
            self.send(message).await?;
        }
        self.heard = Instant::now();
        let info = self.meet().await?;
        if info.protocol != PROTOCOL_VERSION {
            // It will be refused: nobody is going to look after it.
            self.send(HighToLow::Disable).await?;
        }
        Ok(info)
    }

    async fn set_pilot(&mut self, signal: PilotSignal) -> Result<(), LinkError> {
        self.signal = Some(signal);
        match &mut self.dialect {
            Dialect::Unknown | Dialect::Full => self.send(HighToLow::SetPwm(signal)).await,
            Dialect::Plain(host) => {
                let (messages, event) = host.set_pilot(signal);
                self.events.extend(event);
                for message in messages {
                    self.send(message).await?;
                }
                Ok(())
            }
        }
    }

    async fn allow_power(&mut self, allow: bool) -> Result<(), LinkError> {
        self.allowed = allow;
        let message = match &mut self.dialect {
            Dialect::Unknown | Dialect::Full => HighToLow::AllowPowerOn(allow),
            Dialect::Plain(host) => host.allow_power(allow),
        };
        self.send(message).await
    }

    async fn heartbeat(&mut self) -> Result<(), LinkError> {
        self.send(HighToLow::Heartbeat).await?;
        if !T::LOSSY {
            return Ok(());
        }
        // Nobody acknowledges. A withdrawal that was lost would leave power on, so it is said again; a permission is not,
        // because the board may have dropped it for a reason.
        if !self.allowed {
            self.send(HighToLow::AllowPowerOn(false)).await?;
        }
        // A duty that was lost would leave a car at the old current. To a board that drives it already it is no news.
        match self.signal {
            Some(signal) => self.set_pilot(signal).await,
            None => Ok(()),
        }
    }

    async fn next_event(&mut self) -> Result<Event, LinkError> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(event);
            }
            let message = self.next_message().await?;
            match (message, &mut self.dialect) {
                (LowToHigh::Heartbeat, _) => tokio::task::yield_now().await,
                (LowToHigh::Info(_), _) => {
                    return Err(self.error(ErrorKind::Disconnected, "the firmware started anew"));
                }
                (LowToHigh::Event(event), Dialect::Full) => return Ok(event),
                (LowToHigh::Plain(event), Dialect::Plain(host)) => match host.hear(event) {
                    Ok(events) => self.events.extend(events),
                    Err(_) => return Err(self.permanent_fault()),
                },
                (LowToHigh::Event(_), Dialect::Plain(_)) => {
                    let what = "an event of ours from a firmware that did not say who it is";
                    return Err(self.error(ErrorKind::Garbled, what));
                }
                // A firmware of ours says everything in our words; before the start nothing is said to us.
                (LowToHigh::Plain(_), Dialect::Full)
                | (LowToHigh::Plain(_) | LowToHigh::Event(_), Dialect::Unknown) => {}
            }
        }
    }
}
