//! The handshake of TLS 1.2, and the hellos, which both versions send in clear.

use super::{ClientCertificate, Direction};
use crate::connection::{Agreed, Connection, Place};
use crate::handshake::{Choice, Message, ServerSays, client_hello, kind, server_hello, tls12_certificates};
use crate::protection::{Opener, Randoms};
use crate::suite::Cipher;
use crate::{KeyLog, Label, NotRead, ServerHello, Side, Trouble, Version, What};

/// The keys of a side; `None` while the key log does not have the master secret, or nothing is agreed.
pub(super) fn opener(side: Side, connection: &Connection, key_log: &KeyLog) -> Option<Opener> {
    let agreed = connection.agreed?;
    let master = key_log.secret(&agreed.randoms.client, Label::ClientRandom)?;
    Some(Opener::tls12(side, agreed.working, master, &agreed.randoms, agreed.encrypt_then_mac))
}

/// A message that nothing protects.
pub(super) fn clear_message(
    direction: &mut Direction,
    connection: &mut Connection,
    place: &Place,
    message: Message<'_>,
) -> Result<(), Trouble> {
    match (direction.side, message.kind) {
        (Side::Client, kind::CLIENT_HELLO) => return client_says(connection, place, message.body),
        (Side::Server, kind::SERVER_HELLO) => return server_says(connection, place, message.body),
        // It may come at any time, and says nothing.
        (Side::Server, kind::HELLO_REQUEST) => return Ok(()),
        (Side::Client, _) if connection.client.is_none() => {
            return Err(place.unexpected("another handshake message", "a ClientHello"));
        }
        _ => {}
    }
    match connection.version() {
        None => return Err(place.unexpected("another handshake message", "a ServerHello")),
        Some(Version::Tls13) => return Err(place.unexpected("a handshake message in clear", "a protected record")),
        Some(Version::Tls12) => {}
    }
    match (direction.side, message.kind) {
        (_, kind::CERTIFICATE) => {
            let chain = tls12_certificates(message.body).map_err(|_| place.too_short("Certificate"))?;
            connection.tell(place, What::Certificates(chain));
        }
        (Side::Server, kind::CERTIFICATE_REQUEST) => direction.certificate = ClientCertificate::Requested,
        (Side::Server, kind::SERVER_HELLO_DONE) => tell_client_certificate(direction, connection, place),
        (Side::Server, kind::NEW_SESSION_TICKET) => connection.tell(place, What::SessionTicket),
        _ => {}
    }
    Ok(())
}

/// A message under the keys of TLS 1.2.
pub(super) fn protected_message(
    direction: &mut Direction,
    connection: &mut Connection,
    place: &Place,
    message: Message<'_>,
) -> Result<(), Trouble> {
    match message.kind {
        kind::FINISHED => {
            // An abbreviated handshake has nothing that ends the server's part before.
            tell_client_certificate(direction, connection, place);
            connection.tell(place, What::Finished);
            Ok(())
        }
        kind::CLIENT_HELLO | kind::SERVER_HELLO => Err(Trouble::NotRead(NotRead::Renegotiation)),
        _ => Ok(()),
    }
}

/// The server's part of the handshake is over: did it ask for a certificate?
pub(super) fn tell_client_certificate(direction: &mut Direction, connection: &mut Connection, place: &Place) {
    if direction.side == Side::Client || direction.certificate == ClientCertificate::Told {
        return;
    }
    let requested = direction.certificate == ClientCertificate::Requested;
    connection.tell(place, What::ClientCertificate { requested });
    direction.certificate = ClientCertificate::Told;
}

fn client_says(connection: &mut Connection, place: &Place, body: &[u8]) -> Result<(), Trouble> {
    let says = client_hello(body).map_err(|_| place.too_short("ClientHello"))?;
    match &connection.client {
        None => {
            connection.tell(place, What::ClientHello(says.hello.clone()));
            connection.client = Some(says);
        }
        Some(first) if connection.retried && !connection.client_again => {
            if first.hello.random != says.hello.random {
                return Err(place.unexpected("a second ClientHello with another random", "the same random"));
            }
            connection.tell(place, What::ClientHello(says.hello));
            connection.client_again = true;
        }
        Some(_) => return Err(place.unexpected("one more ClientHello", "what follows a ServerHello")),
    }
    Ok(())
}

fn server_says(connection: &mut Connection, place: &Place, body: &[u8]) -> Result<(), Trouble> {
    if connection.agreed.is_some() {
        return Err(place.unexpected("one more ServerHello", "what follows a ServerHello"));
    }
    match server_hello(body).map_err(|_| place.too_short("ServerHello"))? {
        ServerSays::Retry { .. } if connection.retried => {
            Err(place.unexpected("one more HelloRetryRequest", "a ServerHello"))
        }
        ServerSays::Retry { group } => {
            connection.retried = true;
            connection.tell(place, What::HelloRetryRequest { group });
            Ok(())
        }
        ServerSays::Hello(choice) => server_chose(connection, place, choice),
    }
}

fn server_chose(connection: &mut Connection, place: &Place, choice: Choice) -> Result<(), Trouble> {
    // The server's messages wait for the client's hello.
    let Some(client) = &connection.client else { return Err(Trouble::NoHello { side: Side::Client }) };
    let (version, working, resumed) = match choice.version {
        // Whoever takes up an earlier connection says its name again (RFC 5246, 7.4.1.3; with tickets RFC 5077, 3.4).
        0x0303 => {
            let resumed = !choice.session_id.is_empty() && choice.session_id == client.session_id;
            (Version::Tls12, choice.cipher_suite.in_tls12(), resumed)
        }
        0x0304 => (Version::Tls13, choice.cipher_suite.in_tls13(), choice.pre_shared_key),
        other => return Err(Trouble::NotRead(NotRead::Version(other))),
    };
    let in_tls12 = version == Version::Tls12;
    let with_cbc = working.is_some_and(|working| working.cipher == Cipher::Aes128CbcSha256);
    let encrypt_then_mac = in_tls12 && with_cbc && choice.encrypt_then_mac;
    let randoms = Randoms { client: client.hello.random, server: choice.random };
    // It is told before it may be one that is not read.
    connection.tell(
        place,
        What::ServerHello(ServerHello {
            version,
            cipher_suite: choice.cipher_suite,
            resumed,
            encrypt_then_mac,
            extended_master_secret: in_tls12 && choice.extended_master_secret,
        }),
    );
    if let Some(protocol) = choice.application_protocol.filter(|_| in_tls12) {
        connection.tell(place, What::ApplicationProtocol(protocol));
    }
    let working = working.ok_or(Trouble::NotRead(NotRead::CipherSuite(choice.cipher_suite)))?;
    if choice.compression != 0 {
        return Err(Trouble::NotRead(NotRead::Compression(choice.compression)));
    }
    if with_cbc && choice.truncated_hmac {
        return Err(Trouble::NotRead(NotRead::TruncatedHmac));
    }
    let cipher_suite = choice.cipher_suite;
    connection.agreed = Some(Agreed { version, cipher_suite, working, randoms, encrypt_then_mac });
    Ok(())
}
