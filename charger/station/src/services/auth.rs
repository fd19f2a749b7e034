//! Reads tokens.

use std::time::Duration;

use hardware::{TokenReader, bounds};
use tokio::time::timeout;

use super::reception::call::ReceptionCall;
use super::session::call::SessionCall;
use super::{RETRY, Serves, link::Link};
use crate::bus::Port;
use session::Accessory;

/// A reader may fail for so long.
const PATIENCE: Duration = Duration::from_secs(3);

/// Hands every presented token to the session of its EVSE, or to the reception where the reader is the station's. It decides
/// nothing and waits for nobody: a card is never "in progress" here.
pub(crate) async fn auth<R: TokenReader>(port: Port, serves: Serves<'_>, mut reader: R) {
    let mut link = Link::new("token reader", PATIENCE);
    loop {
        // A reader that waits so long for a card without an error works.
        let token = timeout(bounds::NOTICED, reader.next_token()).await;
        let state = match &token {
            Ok(token) => link.judge(token),
            Err(_) => link.works(),
        };
        if let Some(state) = state {
            for evse in serves.evses() {
                port.at(*evse).tell(SessionCall::Accessory(Accessory::TokenReader, state.clone()));
            }
        }
        match token {
            Ok(Ok(token)) => match serves {
                Serves::One(evse) => port.at(evse).tell(SessionCall::Token(token)),
                Serves::Those(_) => port.tell(ReceptionCall::Token(token)),
            },
            Ok(Err(_)) => tokio::time::sleep(RETRY).await,
            Err(_) => {}
        }
    }
}
