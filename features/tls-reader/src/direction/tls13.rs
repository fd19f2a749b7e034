//! The handshake of TLS 1.3, from the first record that is protected, and what may follow it.

use super::tls12::tell_client_certificate;
use super::{ClientCertificate, Direction, Stage};
use crate::connection::{Agreed, Connection, Missing, Place, Step};
use crate::handshake::{Message, application_protocol, key_update, kind, tls13_certificates};
use crate::protection::{Opener, next_secret};
use crate::{KeyLog, Label, PassedOver, Side, Trouble, What};

/// Of which line the keys of a side's handshake are made.
pub(super) const fn handshake_label(side: Side) -> Label {
    match side {
        Side::Client => Label::ClientHandshakeTrafficSecret,
        Side::Server => Label::ServerHandshakeTrafficSecret,
    }
}

/// Of which line the first keys of a side's application data are made.
pub(super) const fn application_label(side: Side) -> Label {
    match side {
        Side::Client => Label::ClientTrafficSecret0,
        Side::Server => Label::ServerTrafficSecret0,
    }
}

/// The first protected record of a side is there.
pub(super) fn take_handshake_keys(
    direction: &mut Direction,
    connection: &Connection,
    key_log: &KeyLog,
    place: &Place,
) -> Result<Step, Trouble> {
    let side = direction.side;
    if side == Side::Client && connection.retried && !connection.client_again {
        return Err(place.unexpected("a protected record", "a second ClientHello"));
    }
    let Some(agreed) = connection.agreed else {
        // The version is known of a request to retry; only the server's hello says the rest.
        return match side {
            Side::Client => Ok(Step::Waits(Missing::Hello(Side::Server))),
            Side::Server => Err(place.unexpected("a protected record", "a ServerHello")),
        };
    };
    let label = handshake_label(side);
    let Some(secret) = agreed.tls13_secret(key_log, label)? else { return Ok(Step::Waits(Missing::Secret(label))) };
    direction.stage = Stage::Handshake { opener: Opener::tls13(agreed.working, &secret), fitted: false };
    Ok(Step::Read)
}

/// The first record after a side's handshake is there.
pub(super) fn take_application_keys(
    direction: &mut Direction,
    connection: &Connection,
    key_log: &KeyLog,
) -> Result<Step, Trouble> {
    let label = application_label(direction.side);
    let missing = Step::Waits(Missing::Secret(label));
    let Some(agreed) = connection.agreed else { return Ok(missing) };
    let Some(secret) = agreed.tls13_secret(key_log, label)? else { return Ok(missing) };
    take_secret(direction, agreed, secret);
    Ok(Step::Read)
}

fn take_secret(direction: &mut Direction, agreed: Agreed, secret: Vec<u8>) {
    direction.stage = Stage::Application { opener: Opener::tls13(agreed.working, &secret), secret };
}

/// A message under the keys of the handshake.
pub(super) fn handshake_message(
    direction: &mut Direction,
    connection: &mut Connection,
    place: &Place,
    message: Message<'_>,
) -> Result<(), Trouble> {
    match (direction.side, message.kind) {
        (Side::Server, kind::ENCRYPTED_EXTENSIONS) => {
            let chosen = application_protocol(message.body).map_err(|_| place.too_short("EncryptedExtensions"))?;
            if let Some(protocol) = chosen {
                connection.tell(place, What::ApplicationProtocol(protocol));
            }
        }
        (Side::Server, kind::CERTIFICATE_REQUEST) => direction.certificate = ClientCertificate::Requested,
        (_, kind::CERTIFICATE) => tell_certificates(connection, place, message.body)?,
        (_, kind::COMPRESSED_CERTIFICATE) => {
            connection.tell(place, What::PassedOver(PassedOver::CompressedCertificates));
        }
        (_, kind::FINISHED) => {
            keys_change_here(direction, place)?;
            tell_client_certificate(direction, connection, place);
            connection.tell(place, What::Finished);
            direction.stage = Stage::Finished;
        }
        _ => {}
    }
    Ok(())
}

/// A message after the handshake.
pub(super) fn application_message(
    direction: &mut Direction,
    connection: &mut Connection,
    place: &Place,
    message: Message<'_>,
) -> Result<(), Trouble> {
    match (direction.side, message.kind) {
        (Side::Server, kind::NEW_SESSION_TICKET) => connection.tell(place, What::SessionTicket),
        (_, kind::KEY_UPDATE) => {
            keys_change_here(direction, place)?;
            let requested = key_update(message.body).map_err(|_| place.too_short("KeyUpdate"))?;
            connection.tell(place, What::KeyUpdate { requested });
            if let (Stage::Application { secret, .. }, Some(agreed)) = (&direction.stage, connection.agreed) {
                let secret = next_secret(agreed.working.hash, secret);
                take_secret(direction, agreed, secret);
            }
        }
        // A client that is asked later (RFC 8446, 4.6.2).
        (Side::Client, kind::CERTIFICATE) => tell_certificates(connection, place, message.body)?,
        _ => {}
    }
    Ok(())
}

/// What a client sends before the server has answered is under keys of its own.
pub(super) fn pass_over_early_data(connection: &mut Connection, place: &Place) {
    if !connection.early_data_told {
        connection.early_data_told = true;
        connection.tell(place, What::PassedOver(PassedOver::EarlyData));
    }
}

fn tell_certificates(connection: &mut Connection, place: &Place, body: &[u8]) -> Result<(), Trouble> {
    let chain = tls13_certificates(body).map_err(|_| place.too_short("Certificate"))?;
    connection.tell(place, What::Certificates(chain));
    Ok(())
}

/// Behind the last message under old keys nothing else stands in its record (RFC 8446, 5.1).
const fn keys_change_here(direction: &Direction, place: &Place) -> Result<(), Trouble> {
    if direction.messages.is_empty() {
        Ok(())
    } else {
        Err(place.unexpected("more behind the last message under old keys", "a record under new keys"))
    }
}
