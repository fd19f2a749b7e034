//! Handshake messages: found in records, and read as far as something can be learned of them.

mod certificates;
mod hello;
mod messages;

pub(crate) use certificates::{tls12_certificates, tls13_certificates};
pub(crate) use hello::{Choice, ClientSays, ServerSays, application_protocol, client_hello, server_hello};
pub(crate) use messages::{Message, Messages};

use crate::fields::{Fields, TooShort};

/// The kinds of messages from which something is learned (RFC 8446, 4; RFC 5246, 7.4). The others are passed over.
pub(crate) mod kind {
    pub(crate) const HELLO_REQUEST: u8 = 0;
    pub(crate) const CLIENT_HELLO: u8 = 1;
    pub(crate) const SERVER_HELLO: u8 = 2;
    pub(crate) const NEW_SESSION_TICKET: u8 = 4;
    pub(crate) const ENCRYPTED_EXTENSIONS: u8 = 8;
    pub(crate) const CERTIFICATE: u8 = 11;
    pub(crate) const CERTIFICATE_REQUEST: u8 = 13;
    pub(crate) const SERVER_HELLO_DONE: u8 = 14;
    pub(crate) const FINISHED: u8 = 20;
    pub(crate) const KEY_UPDATE: u8 = 24;
    pub(crate) const COMPRESSED_CERTIFICATE: u8 = 25;
}

/// The kinds of extensions from which something is learned, in the registry of IANA.
mod extension {
    pub(super) const SERVER_NAME: u16 = 0;
    pub(super) const TRUNCATED_HMAC: u16 = 4;
    pub(super) const APPLICATION_PROTOCOL: u16 = 16;
    pub(super) const ENCRYPT_THEN_MAC: u16 = 22;
    pub(super) const EXTENDED_MASTER_SECRET: u16 = 23;
    pub(super) const PRE_SHARED_KEY: u16 = 41;
    pub(super) const EARLY_DATA: u16 = 42;
    pub(super) const SUPPORTED_VERSIONS: u16 = 43;
    pub(super) const KEY_SHARE: u16 = 51;
}

/// Shows each extension of a list, which may be left out where it is the last field of a message.
fn each_extension(
    mut fields: Fields<'_>,
    mut show: impl FnMut(u16, Fields<'_>) -> Result<(), TooShort>,
) -> Result<(), TooShort> {
    if fields.is_empty() {
        return Ok(());
    }
    let mut list = Fields::new(fields.vector16()?);
    while !list.is_empty() {
        let kind = list.u16()?;
        show(kind, Fields::new(list.vector16()?))?;
    }
    Ok(())
}

/// Does the side that takes new keys want the other to do so too (RFC 8446, 4.6.3)?
pub(crate) fn key_update(body: &[u8]) -> Result<bool, TooShort> {
    Fields::new(body).u8().map(|wanted| wanted == 1)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
