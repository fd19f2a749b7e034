//! Reads tokens.

use hardware::TokenReader;

use super::{RETRY, complaint::Complaint};
use crate::bus::{Bus, Message, Service};

/// Hands every presented token to the session. It decides nothing and waits for nobody: a card is never "in progress" here.
pub(crate) async fn auth<R: TokenReader>(bus: &Bus, mut reader: R) {
    let port = bus.port(Service::Auth);
    let mut complaint = Complaint::about("token reader");
    loop {
        let token = reader.next_token().await;
        complaint.hear(&token);
        match token {
            Ok(token) => port.tell(Message::Token(token)),
            Err(_) => tokio::time::sleep(RETRY).await,
        }
    }
}
