//! One connection: frames in, frames out, pings, and how its end is noticed.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::coop::consume_budget;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use units::Instant;

use super::Charger;
use super::intake::Intake;
use super::link::{Link, answer, at};
use super::outgoing::{Counted, Outgoing};
use crate::station::Input;
use crate::types::{Blame, Local, Notice};

/// How long an answer to a ping may take, and how long a peer may take nothing of what is sent.
const PATIENCE: Duration = Duration::from_secs(20);

/// What happens next.
enum Event {
    /// From the charger; `None`: it is gone.
    Charger(Option<Local>),
    /// From the store.
    Store(Input),
    /// From the CSMS, or the end of it.
    Csms(Result<Message, String>),
    /// Something is due.
    Due,
}

/// A connection whose handshake is done.
pub(super) struct Connection<S> {
    socket: WebSocketStream<Counted<S>>,
    outgoing: Outgoing,
    intake: Intake,
    /// When the last ping was sent, and until when its pong may take; pings are counted from the beginning.
    pinged: Instant,
    pong_by: Option<Instant>,
    /// The peer has shown that it works: it has answered a CALL or a ping.
    pub(super) has_answered: bool,
    /// Whose turn it is: charger, CSMS and what is due come one after the other, so that none of them starves the others.
    turn: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(super) fn new(socket: WebSocketStream<Counted<S>>, now: Instant) -> Self {
        Self {
            socket,
            outgoing: Outgoing::default(),
            intake: Intake::new(now),
            pinged: now,
            pong_by: None,
            has_answered: false,
            turn: 0,
        }
    }

    /// Serves the core until the connection has ended: answers why; `None` when the charger is gone.
    pub(super) async fn serve<G: Charger>(&mut self, link: &mut Link<'_, G, impl Fn() -> Instant>) -> Option<String> {
        let mut deadline = link.feed(Input::Connected, Some(&mut self.outgoing));
        loop {
            let now = link.now();
            if let Some(why) = self.look_after(now, link) {
                return Some(why);
            }
            let wake = [deadline, self.due(link)].into_iter().flatten().min();
            let input = match self.next(link, wake).await {
                Event::Charger(message) => Some(Input::Local(message?)),
                Event::Store(answer) => Some(answer),
                Event::Due => Some(self.next_of_line(link).unwrap_or(Input::Timeout)),
                Event::Csms(Ok(message)) => match self.received(link, message) {
                    Ok(frame) => frame,
                    Err(why) => return Some(why),
                },
                Event::Csms(Err(why)) => return Some(why),
            };
            if let Some(input) = input {
                deadline = link.feed(input, Some(&mut self.outgoing));
            }
            // However much comes: whatever else runs on this thread gets its turn.
            consume_budget().await;
        }
    }

    /// What is due by now for the connection itself: its pings, and whether the peer still takes something. Answers why the
    /// connection is lost, if it is.
    fn look_after<G: Charger>(&mut self, now: Instant, link: &mut Link<'_, G, impl Fn() -> Instant>) -> Option<String> {
        let seconds = PATIENCE.as_secs();
        if self.pong_by.is_some_and(|by| by <= now) {
            return Some(format!("did not answer a ping within {seconds} s"));
        }
        if self.outgoing.stands_still(now, self.socket.get_ref().taken()) >= PATIENCE {
            return Some(format!("took nothing for {seconds} s"));
        }
        if self.ping_at(link).is_some_and(|at| at <= now) {
            self.pinged = now;
            self.pong_by = self.pong_by.or(Some(now + PATIENCE));
            self.outgoing.push(Message::Ping(Bytes::new()));
            self.outgoing.stands_still(now, self.socket.get_ref().taken());
        }
        if let Some(text) = self.intake.complaint(now) {
            link.charger.notice(Notice::Trouble { blame: Blame::PeerMisbehaved, text });
        }
        None
    }

    /// From the variable as it is now: an interval that was written holds at once, and 0 is not for ever.
    fn ping_at<G, K>(&self, link: &Link<'_, G, K>) -> Option<Instant> {
        let interval = link.station.ping_interval();
        (!interval.is_zero()).then(|| self.pinged + interval)
    }

    /// When there is something to look after.
    fn due<G, K>(&self, link: &Link<'_, G, K>) -> Option<Instant> {
        [
            self.ping_at(link),
            self.pong_by,
            self.outgoing.still_since().map(|since| since + PATIENCE),
            self.intake.tells(),
            self.intake.due().filter(|_| self.outgoing.has_room()),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Waits for what happens next; meanwhile frames go out.
    async fn next<G: Charger>(&mut self, link: &mut Link<'_, G, impl Fn() -> Instant>, wake: Option<Instant>) -> Event {
        let mut store = pin!(answer(link.store));
        let mut charger = pin!(link.charger.next());
        let mut due = pin!(at(wake, &link.clock));
        let Self { socket, outgoing, turn, .. } = self;
        poll_fn(|context| {
            if let Poll::Ready(Err(error)) = outgoing.poll_send(socket, context) {
                return Poll::Ready(Event::Csms(Err(broken(&error))));
            }
            // One answer for each request of ours: the store starves nobody.
            if let Poll::Ready(answer) = store.as_mut().poll(context) {
                return Poll::Ready(Event::Store(answer));
            }
            for _ in 0..3 {
                let source = *turn;
                *turn = (source + 1) % 3;
                let event = match source {
                    0 => charger.as_mut().poll(context).map(Event::Charger),
                    1 => poll_frame(socket, context).map(Event::Csms),
                    _ => due.as_mut().poll(context).map(|()| Event::Due),
                };
                if event.is_ready() {
                    return event;
                }
            }
            Poll::Pending
        })
        .await
    }

    /// A message of the CSMS: the frame that is to be handled now, if any, or why the connection has ended.
    fn received<G: Charger>(
        &mut self,
        link: &mut Link<'_, G, impl Fn() -> Instant>,
        message: Message,
    ) -> Result<Option<Input>, String> {
        match message {
            Message::Text(text) => {
                let text = text.as_str().to_owned();
                let answers = link.station.awaits(&text);
                self.has_answered |= answers;
                let frame =
                    if answers { Some(text) } else { self.intake.offer(link.now(), text, self.outgoing.has_room()) };
                Ok(frame.map(|text| taken(link, text)))
            }
            Message::Pong(_) => {
                self.pong_by = None;
                self.has_answered = true;
                Ok(None)
            }
            // A binary frame is no OCPP; it is ignored like an unknown message type.
            Message::Ping(_) | Message::Binary(_) | Message::Frame(_) => Ok(None),
            Message::Close(frame) => {
                let why = frame.map_or_else(String::new, |frame| format!(": {frame}"));
                Err(format!("closed the connection{why}"))
            }
        }
    }

    /// The next frame that waits, once its turn has come.
    fn next_of_line<G: Charger>(&mut self, link: &mut Link<'_, G, impl Fn() -> Instant>) -> Option<Input> {
        let now = link.now();
        let frame = self.outgoing.has_room().then(|| self.intake.take(now)).flatten()?;
        Some(taken(link, frame))
    }
}

/// A frame that is handled now, and recorded only if it is.
fn taken<G: Charger, K>(link: &mut Link<'_, G, K>, text: String) -> Input {
    link.charger.frame(super::Direction::Received, &text);
    Input::Frame(text)
}

fn poll_frame<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<Counted<S>>,
    context: &mut Context<'_>,
) -> Poll<Result<Message, String>> {
    Pin::new(socket).poll_next(context).map(|message| match message {
        Some(Ok(message)) => Ok(message),
        Some(Err(error)) => Err(broken(&error)),
        None => Err("closed the connection".into()),
    })
}

fn broken(error: &Error) -> String {
    format!("broke the connection: {error}")
}
