//! A reader against which drivers hold their cards.

use std::rc::Rc;

use hardware::{LinkError, Token, TokenReader};

use crate::ports::Mailbox;

/// The token reader.
#[derive(Debug)]
pub(crate) struct SimReader(pub(crate) Rc<Mailbox<Token>>);

impl TokenReader for SimReader {
    type Error = LinkError;

    async fn next_token(&mut self) -> Result<Token, LinkError> {
        Ok(self.0.next().await)
    }
}
