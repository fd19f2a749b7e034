//! What is learned of a protected connection, in words.

use iso15118::wire;
use tls_reader::{Side, What};

/// What it means for a reader of messages; `None` for what says nothing to him.
pub(crate) fn seen(side: Side, what: &What) -> Option<wire::What> {
    let from = match side {
        Side::Client => wire::Side::Car,
        Side::Server => wire::Side::Station,
    };
    match what {
        What::Stopped(why) => Some(wire::What::TlsStopped { from: Some(from), why: why.to_string() }),
        What::GivenUp(why) => Some(wire::What::TlsStopped { from: None, why: why.to_string() }),
        other => words(side, other).map(wire::What::Tls),
    }
}

/// One line.
fn words(side: Side, what: &What) -> Option<String> {
    let who = match side {
        Side::Client => "car",
        Side::Server => "station",
    };
    Some(match what {
        What::ClientHello(hello) => {
            let name = hello.server_name.as_ref().map(|name| format!(", asks for {name}")).unwrap_or_default();
            let suites: Vec<String> = hello.cipher_suites.iter().map(ToString::to_string).collect();
            format!("TLS: {who} offers {}{name}", suites.join(", "))
        }
        What::ServerHello(hello) => format!("TLS: {who} chose {}, {}", hello.version, hello.cipher_suite),
        What::HelloRetryRequest { .. } => format!("TLS: {who} wants another key share"),
        What::ApplicationProtocol(name) => format!("TLS: {who} chose the protocol {name}"),
        What::ClientCertificate { requested: true } => format!("TLS: {who} asks for a certificate"),
        What::ClientCertificate { requested: false } => format!("TLS: {who} asks for no certificate"),
        What::Certificates(chain) => format!("TLS: {who} shows {} certificates", chain.len()),
        What::Alert(alert) => format!("TLS: {who} sends the alert {alert}"),
        What::PassedOver(passed) => format!("TLS: {passed}"),
        _ => return None,
    })
}
