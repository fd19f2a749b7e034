//! The hellos of client and server: what is offered, and what is chosen.

use super::{each_extension, extension, text};
use crate::fields::{Fields, TooShort};
use crate::{CipherSuite, ClientHello};

/// A client's hello, and what else of it is needed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ClientSays {
    pub(crate) hello: ClientHello,
    /// It names a connection that it wants to take up again.
    pub(crate) session_id: Vec<u8>,
    /// It sends data before the server has answered (RFC 8446, 4.2.10).
    pub(crate) early_data: bool,
}

/// A server's hello is one of two messages with the same kind.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ServerSays {
    /// The client shall say hello again, with a share of this group.
    Retry { group: Option<u16> },
    /// It chose.
    Hello(Choice),
}

/// What a server chose, as it stands in its hello.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Choice {
    pub(crate) version: u16,
    pub(crate) random: [u8; 32],
    pub(crate) session_id: Vec<u8>,
    pub(crate) cipher_suite: CipherSuite,
    pub(crate) compression: u8,
    /// It took one of the client's pre-shared keys (TLS 1.3).
    pub(crate) pre_shared_key: bool,
    pub(crate) encrypt_then_mac: bool,
    pub(crate) extended_master_secret: bool,
    pub(crate) truncated_hmac: bool,
    pub(crate) application_protocol: Option<String>,
}

/// By this random a hello is a request to retry (RFC 8446, 4.1.3): SHA-256 of "HelloRetryRequest".
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// Reads a ClientHello (RFC 8446, 4.1.2; RFC 5246, 7.4.1.2).
pub(crate) fn client_hello(body: &[u8]) -> Result<ClientSays, TooShort> {
    let mut fields = Fields::new(body);
    let version = fields.u16()?;
    let random = fields.array()?;
    let session_id = fields.vector8()?.to_vec();
    let cipher_suites = numbers(fields.vector16()?)?.into_iter().map(CipherSuite).collect();
    let _compression = fields.vector8()?;
    let mut hello = ClientHello {
        random,
        versions: vec![version],
        cipher_suites,
        server_name: None,
        application_protocols: Vec::new(),
    };
    let mut early_data = false;
    each_extension(fields, |kind, mut value| {
        match kind {
            extension::SERVER_NAME => hello.server_name = server_name(value)?,
            extension::APPLICATION_PROTOCOL => hello.application_protocols = protocols(value)?,
            extension::SUPPORTED_VERSIONS => hello.versions = numbers(value.vector8()?)?,
            extension::EARLY_DATA => early_data = true,
            _ => {}
        }
        Ok(())
    })?;
    Ok(ClientSays { hello, session_id, early_data })
}

/// Reads a ServerHello (RFC 8446, 4.1.3; RFC 5246, 7.4.1.3).
pub(crate) fn server_hello(body: &[u8]) -> Result<ServerSays, TooShort> {
    let mut fields = Fields::new(body);
    let mut choice = Choice {
        version: fields.u16()?,
        random: fields.array()?,
        session_id: fields.vector8()?.to_vec(),
        cipher_suite: CipherSuite(fields.u16()?),
        compression: fields.u8()?,
        pre_shared_key: false,
        encrypt_then_mac: false,
        extended_master_secret: false,
        truncated_hmac: false,
        application_protocol: None,
    };
    let mut group = None;
    each_extension(fields, |kind, mut value| {
        match kind {
            extension::SUPPORTED_VERSIONS => choice.version = value.u16()?,
            extension::KEY_SHARE => group = Some(value.u16()?),
            extension::PRE_SHARED_KEY => choice.pre_shared_key = true,
            extension::ENCRYPT_THEN_MAC => choice.encrypt_then_mac = true,
            extension::EXTENDED_MASTER_SECRET => choice.extended_master_secret = true,
            extension::TRUNCATED_HMAC => choice.truncated_hmac = true,
            extension::APPLICATION_PROTOCOL => choice.application_protocol = protocols(value)?.into_iter().next(),
            _ => {}
        }
        Ok(())
    })?;
    Ok(if choice.random == RETRY { ServerSays::Retry { group } } else { ServerSays::Hello(choice) })
}

/// The protocol that the server chose, of its EncryptedExtensions (RFC 8446, 4.3.1).
pub(crate) fn application_protocol(body: &[u8]) -> Result<Option<String>, TooShort> {
    let mut chosen = None;
    each_extension(Fields::new(body), |kind, value| {
        if kind == extension::APPLICATION_PROTOCOL {
            chosen = protocols(value)?.into_iter().next();
        }
        Ok(())
    })?;
    Ok(chosen)
}

fn numbers(list: &[u8]) -> Result<Vec<u16>, TooShort> {
    let mut list = Fields::new(list);
    let mut numbers = Vec::new();
    while !list.is_empty() {
        numbers.push(list.u16()?);
    }
    Ok(numbers)
}

/// RFC 6066, 3: a list of names with their kind, of which only kind 0 exists.
fn server_name(mut value: Fields<'_>) -> Result<Option<String>, TooShort> {
    let mut list = Fields::new(value.vector16()?);
    while !list.is_empty() {
        let kind = list.u8()?;
        let name = list.vector16()?;
        if kind == 0 {
            return Ok(Some(text(name)));
        }
    }
    Ok(None)
}

fn protocols(mut value: Fields<'_>) -> Result<Vec<String>, TooShort> {
    let mut list = Fields::new(value.vector16()?);
    let mut names = Vec::new();
    while !list.is_empty() {
        names.push(text(list.vector8()?));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version, random, no session, two suites, no compression.
    fn client(extensions: &[u8]) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend([0, 0, 4, 0xc0, 0x23, 0xc0, 0x25, 1, 0]);
        body.extend(extensions);
        body
    }

    #[test]
    fn a_client_without_extensions_offers_what_its_version_says() {
        let says = client_hello(&client(&[])).expect("a hello");
        assert_eq!(says.hello.versions, [0x0303]);
        assert_eq!(says.hello.cipher_suites, [CipherSuite(0xc023), CipherSuite(0xc025)]);
        assert_eq!((says.hello.server_name, says.early_data), (None, false));
    }

    #[test]
    fn a_client_names_server_protocols_and_versions() {
        let extensions = [
            &[0, 41][..],
            &[0, 0, 0, 9, 0, 7, 0, 0, 4, b's', b'e', b'c', b'c'],
            &[0, 16, 0, 8, 0, 6, 2, b'h', b'2', 2, b'v', b'g'],
            &[0, 43, 0, 5, 4, 3, 4, 3, 3],
            &[0, 42, 0, 0],
        ];
        let mut extensions = extensions.concat();
        extensions[1] = u8::try_from(extensions.len() - 2).expect("short");
        let body = client(&extensions);
        let says = client_hello(&body).expect("a hello");
        assert_eq!(says.hello.server_name.as_deref(), Some("secc"));
        assert_eq!(says.hello.application_protocols, ["h2", "vg"]);
        assert_eq!(says.hello.versions, [0x0304, 0x0303]);
        assert!(says.early_data);
        for length in 0..body.len() {
            // Cut before the extensions it is a hello without any.
            assert_eq!(client_hello(&body[..length]).is_err(), length != body.len() - extensions.len(), "{length}");
        }
    }

    #[test]
    fn a_server_that_wants_another_hello_is_known_by_its_random() {
        let mut body = vec![3, 3];
        body.extend(RETRY);
        body.extend([0, 0x13, 0x01, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 24]);
        assert_eq!(server_hello(&body), Ok(ServerSays::Retry { group: Some(24) }));
        body[2] = 0;
        let Ok(ServerSays::Hello(choice)) = server_hello(&body) else { panic!("a choice") };
        assert_eq!((choice.version, choice.cipher_suite), (0x0304, CipherSuite(0x1301)));
    }
}
