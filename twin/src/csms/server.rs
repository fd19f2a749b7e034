//! One connection of the simulated CSMS.

use std::collections::BTreeMap;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request as Handshake, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};
use units::EvseId;

use super::{Csms, CsmsClock, Misbehaviour, Reply, Request, answers};

/// What a connection runs on: a pipe or a socket.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

impl Csms {
    /// Serves whoever connects to that socket; for a charger outside of the process. Never ends.
    pub(crate) async fn listen(self, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) if self.state.borrow().misbehaviour == Misbehaviour::Down => drop(stream),
                Ok((stream, _)) => drop(tokio::task::spawn_local(self.clone().serve(stream))),
                // The peer was gone before it was accepted, or descriptors are short for a moment.
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    /// Serves one connection until either side ends it.
    pub(super) async fn serve<S: Stream>(self, stream: S) {
        let misbehaviour = self.state.borrow().misbehaviour;
        // The error type is tungstenite's own and large; it is never made here.
        #[allow(clippy::result_large_err)]
        let choose = |_: &Handshake, mut response: Response| -> Result<Response, ErrorResponse> {
            let chosen = match misbehaviour {
                Misbehaviour::NoSubprotocol => None,
                Misbehaviour::WrongSubprotocol => Some("ocpp1.6"),
                _ => Some("ocpp2.0.1"),
            };
            if let Some(chosen) = chosen {
                response.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static(chosen));
            }
            Ok(response)
        };
        // Each look at the pipe clears as much as a read may bring: a station says little at a time.
        let mut config = WebSocketConfig::default();
        config.read_buffer_size = 1024;
        let Ok(mut socket) = accept_hdr_async_with_config(stream, choose, Some(config)).await else { return };
        let me = {
            let mut state = self.state.borrow_mut();
            state.connections += 1;
            state.current += 1;
            state.current
        };
        let mut asked: BTreeMap<String, String> = BTreeMap::new();
        loop {
            if self.hung_up(me) {
                // The peer may be gone already; then there is nobody to tell.
                drop(socket.close(None).await);
                return;
            }
            if asked.is_empty() && !self.send_next(&mut socket, &mut asked).await {
                return;
            }
            tokio::select! {
                biased;
                frame = socket.next() => match frame {
                    Some(Ok(Message::Text(text))) => {
                        if !self.received(&mut socket, &text, &mut asked).await {
                            return;
                        }
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return,
                },
                () = self.wake.notified() => {}
                frame = self.flood_frame() => {
                    if socket.send(Message::text(frame)).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// The next frame of the flood, when it is due. Cancel safe.
    async fn flood_frame(&self) -> String {
        let due = self.state.borrow().flood.as_ref().and_then(super::Flood::due);
        match due {
            Some(at) => self.clock.sleep_until(at).await,
            None => std::future::pending().await,
        }
        self.state.borrow_mut().flood.as_mut().map(super::Flood::next).unwrap_or_default()
    }

    fn hung_up(&self, me: u64) -> bool {
        let state = self.state.borrow();
        state.hung_up >= me || state.current != me
    }

    /// Sends the next CALL that waits; false when the connection is gone.
    async fn send_next<S: Stream>(
        &self,
        socket: &mut WebSocketStream<S>,
        asked: &mut BTreeMap<String, String>,
    ) -> bool {
        let next = {
            let mut state = self.state.borrow_mut();
            state.calls += 1;
            let id = format!("csms-{}", state.calls);
            state.outgoing.pop_front().map(|(action, payload)| (id, action, payload))
        };
        let Some((id, action, payload)) = next else { return true };
        let text = json!([2, id, action, payload]).to_string();
        asked.insert(id, action);
        socket.send(Message::text(text)).await.is_ok()
    }

    /// Takes one frame; false when the connection is to be ended.
    async fn received<S: Stream>(
        &self,
        socket: &mut WebSocketStream<S>,
        text: &str,
        asked: &mut BTreeMap<String, String>,
    ) -> bool {
        let Ok(Value::Array(mut frame)) = serde_json::from_str::<Value>(text) else { return true };
        let id = frame.get(1).and_then(Value::as_str).unwrap_or_default().to_owned();
        match frame.first().and_then(Value::as_u64) {
            Some(2) => {
                let action = frame.get(2).and_then(Value::as_str).unwrap_or_default().to_owned();
                let payload = frame.get_mut(3).map(Value::take).unwrap_or_default();
                self.called(socket, &id, action, payload).await
            }
            Some(kind @ (3 | 4)) => {
                if let Some(action) = asked.remove(&id) {
                    let body = frame.get(2).cloned().unwrap_or_default();
                    let result =
                        if kind == 3 { Ok(body.into()) } else { Err(body.as_str().unwrap_or_default().to_owned()) };
                    let reply = Reply { at: self.clock.now(), action: action.clone(), result };
                    self.state.borrow_mut().replies.insert(action, reply);
                }
                true
            }
            _ => true,
        }
    }

    async fn called<S: Stream>(
        &self,
        socket: &mut WebSocketStream<S>,
        id: &str,
        action: String,
        payload: Value,
    ) -> bool {
        let (misbehaviour, delay) = {
            let mut state = self.state.borrow_mut();
            let request = Request {
                at: self.clock.now(),
                action: action.clone(),
                payload: (&payload).into(),
                evse: named(&payload),
            };
            let limit = state.policy.remembers;
            state.history.push(request, &payload, limit);
            let extra = if action == "Authorize" { state.policy.authorize_delay } else { std::time::Duration::ZERO };
            (state.misbehaviour, state.policy.latency + extra)
        };
        tokio::time::sleep(delay).await;
        let text = match misbehaviour {
            Misbehaviour::None | Misbehaviour::Down | Misbehaviour::NoSubprotocol | Misbehaviour::WrongSubprotocol => {
                let policy = self.state.borrow().policy.clone();
                match answers::answer(&policy, &action, &payload, &self.time(&policy.clock)) {
                    Some(answer) => json!([3, id, answer]).to_string(),
                    None => json!([4, id, "NotImplemented", "", {}]).to_string(),
                }
            }
            Misbehaviour::CallErrors => json!([4, id, "InternalError", "on purpose", {}]).to_string(),
            Misbehaviour::ClosesMidCall => {
                // Whether the closing frame arrives does not matter: the connection ends here.
                drop(socket.close(None).await);
                return false;
            }
            Misbehaviour::Garbage => "]] this is no OCPP [[".into(),
            Misbehaviour::HugeFrame => format!(r#"[3,"{id}",{{"x":"{}"}}]"#, "y".repeat(1 << 20)),
            Misbehaviour::Silent => return true,
            Misbehaviour::WrongIds => json!([3, format!("{id}-not"), {}]).to_string(),
        };
        socket.send(Message::text(text)).await.is_ok()
    }

    /// Its time of day.
    fn time(&self, clock: &CsmsClock) -> String {
        match clock {
            CsmsClock::Off(_) => self.time_at(self.clock.now()),
            CsmsClock::Tells(text) => text.clone(),
        }
    }
}

/// A Unix time in microseconds as RFC 3339 (days from civil, after the well-known algorithm).
pub(super) fn stamp(micros: i64) -> String {
    let (seconds, millis) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000) / 1000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{millis:03}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// The EVSE that a request of the charging station names.
fn named(payload: &Value) -> Option<EvseId> {
    let places = ["/evse/id", "/evseId", "/eventData/0/component/evse/id"];
    let number = places.iter().find_map(|place| payload.pointer(place)?.as_u64())?;
    u16::try_from(number).ok().and_then(EvseId::new)
}

#[cfg(test)]
mod tests {
    #[test]
    fn time_stamps() {
        assert_eq!(super::stamp(1_772_431_200_000_000), "2026-03-02T06:00:00.000Z");
        assert_eq!(super::stamp(951_782_400_123_000), "2000-02-29T00:00:00.123Z");
    }
}
