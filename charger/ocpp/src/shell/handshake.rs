//! The beginning of a connection.

use std::time::Duration;

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{ProtocolError, SubProtocolError};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::outgoing::Counted;
use super::{Connect, SUBPROTOCOL};
use crate::rpc::MAX_FRAME;

/// How long connecting and the handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(20);

/// Connects and shakes hands.
///
/// # Errors
/// What happened, and what was expected, for a person.
pub(super) async fn open<C: Connect>(connect: &mut C) -> Result<WebSocketStream<Counted<C::Stream>>, String> {
    let url = connect.url();
    let attempt = async {
        let stream = connect.connect().await.map_err(|error| error.to_string())?;
        let mut request = url.as_str().into_client_request().map_err(|error| format!("not a URL: {error}"))?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static(SUBPROTOCOL));
        let mut config = WebSocketConfig::default();
        config.read_buffer_size = 1024;
        config.write_buffer_size = 4096;
        config.max_message_size = Some(MAX_FRAME);
        config.max_frame_size = Some(MAX_FRAME);
        let shaken = client_async_with_config(request, Counted::new(stream), Some(config)).await;
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
