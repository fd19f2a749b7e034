//! What is learned of a protected connection, in words.

use tls_reader::{Side, What};

/// One line; `None` for what says nothing to a reader of messages.
pub(crate) fn words(side: Side, what: &What) -> Option<String> {
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
        What::Stopped(stopped) => format!("TLS: nothing more is read of the {who}: {stopped}"),
        What::GivenUp(trouble) => format!("TLS: not read: {trouble}"),
        _ => return None,
    })
}
