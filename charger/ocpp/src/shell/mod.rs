//! The tokio shell: keeps a WebSocket connection and drives the core.

mod connect;

use std::fmt;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{ProtocolError, SubProtocolError};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use units::Instant;

pub use connect::{Connect, Tcp};

use crate::rpc::MAX_FRAME;
use crate::station::{Input, Output, Station};
use crate::types::{Local, Notice};

/// The WebSocket subprotocol of OCPP 2.0.1.
pub const SUBPROTOCOL: &str = "ocpp2.0.1";

/// How long connecting and the handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(20);
/// How long an answer to a ping may take.
const PONG: Duration = Duration::from_secs(20);

/// Which way a frame went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// From the CSMS.
    Received,
    /// To the CSMS.
    Sent,
}

/// Why there is no connection. Names the URL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OfflineReason {
    /// Where the CSMS should be.
    pub url: String,
    /// What happened, and what was expected.
    pub what: String,
}

impl fmt::Display for OfflineReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CSMS at {}: {}", self.url, self.what)
    }
}

/// Runs the core on a connection that is made again whenever it is lost. Ends when `local` is closed.
///
/// `tap` sees every text frame.
pub async fn run<C: Connect>(
    mut station: Station,
    connect: &mut C,
    clock: impl Fn() -> Instant,
    mut local: mpsc::Receiver<Local>,
    notices: mpsc::Sender<Notice>,
    mut tap: impl FnMut(Direction, &str),
) {
    let mut failures = 0;
    loop {
        let why = match open(connect).await {
            Ok(mut socket) => {
                failures = 0;
                match serve(&mut station, &mut socket, connect, &clock, &mut local, &notices, &mut tap).await {
                    Some(why) => why,
                    None => return,
                }
            }
            Err(what) => OfflineReason { url: connect.url(), what },
        };
        station.handle_input(clock(), Input::Disconnected(why));
        let (minimum, range, doublings) = station.back_off();
        let random = station.random(range.as_millis() + 1);
        let wait = minimum.saturating_mul(1 << failures.min(doublings).min(16))
            + Duration::from_millis(u64::try_from(random).unwrap_or(0));
        failures += 1;
        if !offline(&mut station, wait, &clock, &mut local, &notices).await {
            return;
        }
    }
}

/// Serves the core without a connection for a while; false when the charger is gone.
async fn offline(
    station: &mut Station,
    wait: Duration,
    clock: &impl Fn() -> Instant,
    local: &mut mpsc::Receiver<Local>,
    notices: &mpsc::Sender<Notice>,
) -> bool {
    let mut over = std::pin::pin!(tokio::time::sleep(wait));
    loop {
        let deadline = loop {
            match station.poll_output() {
                Output::Wait(deadline) => break deadline,
                Output::Notice(notice) => {
                    if notices.send(notice).await.is_err() {
                        return false;
                    }
                }
                // Nothing can be sent; the core sends nothing without a connection but late answers.
                Output::Send(_) => {}
            }
        };
        let input = tokio::select! {
            biased;
            () = &mut over => return true,
            message = local.recv() => match message {
                Some(message) => Input::Local(message),
                None => return false,
            },
            () = until(deadline, clock) => Input::Timeout,
        };
        station.handle_input(clock(), input);
    }
}

async fn until(deadline: Option<Instant>, clock: &impl Fn() -> Instant) {
    match deadline {
        Some(at) => tokio::time::sleep(at - clock()).await,
        None => std::future::pending().await,
    }
}

/// Connects and shakes hands.
async fn open<C: Connect>(connect: &mut C) -> Result<WebSocketStream<C::Stream>, String> {
    let url = connect.url();
    let attempt = async {
        let stream = connect.connect().await.map_err(|error| error.to_string())?;
        let mut request = url.as_str().into_client_request().map_err(|error| format!("not a URL: {error}"))?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static(SUBPROTOCOL));
        let mut config = WebSocketConfig::default();
        config.read_buffer_size = 4096;
        config.write_buffer_size = 4096;
        config.max_message_size = Some(MAX_FRAME);
        config.max_frame_size = Some(MAX_FRAME);
        let shaken = client_async_with_config(request, stream, Some(config)).await;
        shaken.map(|(socket, _)| socket).map_err(|error| refused(&error))
    };
    match tokio::time::timeout(HANDSHAKE, attempt).await {
        Ok(result) => result,
        Err(_) => Err(format!("no answer within {} s", HANDSHAKE.as_secs())),
    }
}

/// A handshake that failed, in words.
fn refused(error: &Error) -> String {
    match error {
        Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(SubProtocolError::NoSubProtocol)) => {
            format!("does not speak {SUBPROTOCOL}: it chose no subprotocol")
        }
        Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => {
            format!("does not speak {SUBPROTOCOL}: it chose another subprotocol")
        }
        Error::Http(response) => match response.status().as_u16() {
            401 | 403 => format!("refused the station: HTTP {}", response.status()),
            404 => format!("does not know the station: HTTP {}", response.status()),
            _ => format!("answered HTTP {} instead of a WebSocket", response.status()),
        },
        other => format!("no WebSocket: {other}"),
    }
}

/// Serves the core on a connection; answers why it ended, or `None` when the charger is gone.
#[allow(clippy::too_many_arguments)] // the parts of one loop
async fn serve<C: Connect>(
    station: &mut Station,
    socket: &mut WebSocketStream<C::Stream>,
    connect: &C,
    clock: &impl Fn() -> Instant,
    local: &mut mpsc::Receiver<Local>,
    notices: &mpsc::Sender<Notice>,
    tap: &mut impl FnMut(Direction, &str),
) -> Option<OfflineReason> {
    let lost = |what: String| Some(OfflineReason { url: connect.url(), what });
    let mut input = Input::Connected;
    let mut ping_at = next_ping(station, clock());
    let mut pong_by: Option<Instant> = None;
    loop {
        station.handle_input(clock(), input);
        let deadline = loop {
            match station.poll_output() {
                Output::Wait(deadline) => break deadline,
                Output::Notice(notice) => notices.send(notice).await.ok()?,
                Output::Send(text) => {
                    tap(Direction::Sent, &text);
                    if let Err(error) = send(socket, Message::text(text)).await {
                        return lost(error);
                    }
                }
            }
        };
        let wake = [deadline, ping_at, pong_by].into_iter().flatten().min();
        input = tokio::select! {
            biased;
            frame = socket.next() => match frame {
                Some(Ok(Message::Text(text))) => {
                    tap(Direction::Received, &text);
                    Input::Frame(text.to_string())
                }
                Some(Ok(Message::Pong(_))) => {
                    pong_by = None;
                    Input::Timeout
                }
                // A binary frame is no OCPP; it is ignored like an unknown message type.
                Some(Ok(Message::Ping(_) | Message::Binary(_) | Message::Frame(_))) => Input::Timeout,
                Some(Ok(Message::Close(frame))) => {
                    let why = frame.map_or_else(String::new, |frame| format!(": {frame}"));
                    return lost(format!("closed the connection{why}"));
                }
                Some(Err(error)) => return lost(format!("broke the connection: {error}")),
                None => return lost("closed the connection".into()),
            },
            message = local.recv() => Input::Local(message?),
            () = until(wake, clock) => Input::Timeout,
        };
        let now = clock();
        if pong_by.is_some_and(|by| by <= now) {
            return lost(format!("did not answer a ping within {} s", PONG.as_secs()));
        }
        if ping_at.is_some_and(|at| at <= now) {
            ping_at = next_ping(station, now);
            pong_by = pong_by.or(Some(now + PONG));
            if let Err(error) = send(socket, Message::Ping(Bytes::new())).await {
                return lost(error);
            }
        }
    }
}

fn next_ping(station: &Station, now: Instant) -> Option<Instant> {
    let interval = station.ping_interval();
    (!interval.is_zero()).then(|| now + interval)
}

/// A peer that does not read must not stop the charger.
async fn send<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<S>,
    message: Message,
) -> Result<(), String> {
    match tokio::time::timeout(PONG, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("broke the connection: {error}")),
        Err(_) => Err(format!("took nothing for {} s", PONG.as_secs())),
    }
}
