//! Reads tokens.

use hardware::TokenReader;

use super::RETRY;
use crate::bus::{Bus, Message, Service};

/// Hands every presented token to the session. It decides nothing and waits for nobody: a card is never "in progress" here.
pub(crate) async fn auth<R: TokenReader>(bus: &Bus, mut reader: R) {
    let port = bus.port(Service::Auth);
    loop {
        match reader.next_token().await {
            Ok(token) => port.tell(Message::Token(token)),
            Err(error) => {
                tracing::warn!(%error, "token reader");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}
