//! Reads tokens.

use std::time::Duration;

use hardware::{TokenReader, bounds};
use tokio::time::timeout;

use super::session::call::SessionCall;
use super::{RETRY, link::Link};
use crate::bus::Port;
use session::Accessory;

/// A reader may fail for so long.
const PATIENCE: Duration = Duration::from_secs(3);

/// Hands every presented token to the session. It decides nothing and waits for nobody: a card is never "in progress" here.
pub(crate) async fn auth<R: TokenReader>(port: Port, mut reader: R) {
    let mut link = Link::new("token reader", PATIENCE);
    loop {
        // A reader that waits so long for a card without an error works.
        let token = timeout(bounds::NOTICED, reader.next_token()).await;
        let state = match &token {
            Ok(token) => link.judge(token),
            Err(_) => link.works(),
        };
        if let Some(state) = state {
            port.tell(SessionCall::Accessory(Accessory::TokenReader, state));
        }
        match token {
            Ok(Ok(token)) => port.tell(SessionCall::Token(token)),
            Ok(Err(_)) => tokio::time::sleep(RETRY).await,
            Err(_) => {}
        }
    }
}
