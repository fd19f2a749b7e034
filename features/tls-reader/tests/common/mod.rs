//! Recordings that the tests make themselves, and what is read of them.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod model;
pub(crate) mod openssl_peers;
pub(crate) mod rustls_peers;

use tls_reader::{Event, KeyLog, Side, TlsReader, What};

/// What was sent on one connection, and what was meant with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording {
    /// What was sent, in the order in which it was.
    pub(crate) pieces: Vec<(Side, Vec<u8>)>,
    pub(crate) key_log: String,
    /// The application data of the client.
    pub(crate) client_said: Vec<u8>,
    /// The application data of the server.
    pub(crate) server_said: Vec<u8>,
}

impl Recording {
    pub(crate) fn said(&self, side: Side) -> &[u8] {
        match side {
            Side::Client => &self.client_said,
            Side::Server => &self.server_said,
        }
    }

    /// Everything that a side sent.
    pub(crate) fn sent(&self, side: Side) -> Vec<u8> {
        self.pieces.iter().filter(|(sender, _)| *sender == side).flat_map(|(_, piece)| piece.clone()).collect()
    }

    /// Which side sent how much before the other did.
    pub(crate) fn turns(&self) -> Vec<(Side, Vec<u8>)> {
        let mut turns: Vec<(Side, Vec<u8>)> = Vec::new();
        for (side, piece) in &self.pieces {
            match turns.last_mut() {
                Some((last, bytes)) if last == side => bytes.extend(piece),
                _ => turns.push((*side, piece.clone())),
            }
        }
        turns
    }

    pub(crate) fn key_log(&self) -> KeyLog {
        let (key_log, complaints) = KeyLog::parse(&self.key_log);
        assert_eq!(complaints, []);
        key_log
    }

    /// What is learned of it.
    pub(crate) fn events(&self) -> Vec<Event> {
        events(&self.pieces, &self.key_log())
    }
}

/// What is learned of these pieces.
pub(crate) fn events(pieces: &[(Side, Vec<u8>)], key_log: &KeyLog) -> Vec<Event> {
    let mut reader = TlsReader::new();
    for (side, piece) in pieces {
        reader.handle(*side, piece, key_log);
    }
    reader.finish(key_log);
    std::iter::from_fn(|| reader.poll()).collect()
}

/// The application data of a side.
pub(crate) fn data(events: &[Event], side: Side) -> Vec<u8> {
    let of_side = events.iter().filter(|event| event.side == side);
    of_side
        .filter_map(|event| if let What::Data(bytes) = &event.what { Some(bytes.clone()) } else { None })
        .flatten()
        .collect()
}

/// Events as a transcript: a line each, with what is the same in every run.
pub(crate) fn transcript(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| format!("{}: {}", event.side, words(&event.what))).collect()
}

fn words(what: &What) -> String {
    match what {
        What::ClientHello(hello) => format!(
            "hello to {} for {:?}",
            hello.server_name.as_deref().unwrap_or("anybody"),
            hello.application_protocols
        ),
        What::HelloRetryRequest { group } => format!("retry with group {group:?}"),
        What::ServerHello(hello) => {
            let flags = [
                (hello.resumed, ", resumed"),
                (hello.encrypt_then_mac, ", encrypt then MAC"),
                (hello.extended_master_secret, ", extended master secret"),
            ];
            let flags: String = flags.into_iter().filter_map(|(set, word)| set.then_some(word)).collect();
            format!("{}, {}{flags}", hello.version, hello.cipher_suite)
        }
        What::ApplicationProtocol(name) => format!("protocol {name}"),
        What::ClientCertificate { requested: true } => "client certificate wanted".into(),
        What::ClientCertificate { requested: false } => "no client certificate wanted".into(),
        What::Certificates(chain) => format!("{} certificates", chain.len()),
        What::Finished => "finished".into(),
        What::SessionTicket => "ticket".into(),
        What::KeyUpdate { requested } => format!("new keys{}", if *requested { ", yours too" } else { "" }),
        What::Alert(alert) => alert.to_string(),
        What::Data(bytes) if bytes.len() < 40 => format!("{:?}", String::from_utf8_lossy(bytes)),
        What::Data(bytes) => format!("{} bytes", bytes.len()),
        What::PassedOver(what) => what.to_string(),
        What::Stopped(why) => why.to_string(),
        What::GivenUp(trouble) => format!("given up: {trouble}"),
        other => format!("{other:?}"),
    }
}
