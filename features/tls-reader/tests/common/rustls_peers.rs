//! Two rustls peers in memory, and what goes from one to the other.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, ConnectionCommon, RootCertStore, ServerConfig, ServerConnection,
    SupportedCipherSuite,
};
use tls_reader::Side;

use super::Recording;

/// What the peers agree on.
pub(crate) struct Setup {
    pub(crate) suite: CipherSuite,
    pub(crate) client_certificate: bool,
    pub(crate) protocols: &'static [&'static str],
    /// The server wants another group than the one that the client shares first.
    pub(crate) retry: bool,
    pub(crate) early_data: bool,
}

impl Setup {
    pub(crate) const fn of(suite: CipherSuite) -> Self {
        Self { suite, client_certificate: false, protocols: &[], retry: false, early_data: false }
    }
}

/// Two peers who may connect several times.
pub(crate) struct Peers {
    pub(crate) client: Arc<ClientConfig>,
    pub(crate) server: Arc<ServerConfig>,
    secrets: Arc<Secrets>,
    /// The server's chain, its own certificate first.
    pub(crate) chain: Vec<Vec<u8>>,
}

/// A connection, and its recording so far.
pub(crate) struct Connection {
    pub(crate) client: ClientConnection,
    pub(crate) server: ServerConnection,
    pub(crate) recording: Recording,
    secrets: Arc<Secrets>,
}

/// The key log as a file would have it.
#[derive(Debug, Default)]
struct Secrets(Mutex<String>);

impl rustls::KeyLog for Secrets {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        self.0.lock().expect("no panic").push_str(&line);
    }
}

impl Peers {
    pub(crate) fn new(setup: &Setup) -> Self {
        let authority_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
        let mut authority = CertificateParams::new(vec![]).expect("parameters");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = authority.self_signed(&authority_key).expect("a root");
        let issuer = Issuer::new(authority, authority_key);
        let leaf = |name: &str| {
            let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
            let leaf = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
            let leaf = leaf.signed_by(&key, &issuer).expect("a leaf");
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
            (vec![leaf.der().clone(), root.der().clone()], key)
        };
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone()).expect("a root");
        let roots = Arc::new(roots);
        let secrets = Arc::new(Secrets::default());
        let (server_chain, server_key) = leaf("secc.example");
        let chain = server_chain.iter().map(|certificate: &CertificateDer<'_>| certificate.to_vec()).collect();

        let server_provider = provider(setup.suite, if setup.retry { &GROUPS[1..] } else { GROUPS });
        let builder = ServerConfig::builder_with_provider(Arc::clone(&server_provider));
        let builder = builder.with_safe_default_protocol_versions().expect("versions");
        let builder = if setup.client_certificate {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), server_provider);
            builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
        } else {
            builder.with_no_client_auth()
        };
        let mut server = builder.with_single_cert(server_chain, server_key).expect("a chain");
        server.alpn_protocols = setup.protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        if setup.early_data {
            server.max_early_data_size = 16_384;
        }

        let client_provider = provider(setup.suite, GROUPS);
        let builder = ClientConfig::builder_with_provider(Arc::clone(&client_provider));
        let builder = builder.with_safe_default_protocol_versions().expect("versions");
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, client_provider);
        let builder = builder.with_webpki_verifier(verifier.build().expect("a verifier"));
        let mut client = if setup.client_certificate {
            let (chain, key) = leaf("evcc.example");
            builder.with_client_auth_cert(chain, key).expect("a chain")
        } else {
            builder.with_no_client_auth()
        };
        client.key_log = Arc::clone(&secrets) as Arc<dyn rustls::KeyLog>;
        client.alpn_protocols = setup.protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        client.enable_early_data = setup.early_data;
        Self { client: Arc::new(client), server: Arc::new(server), secrets, chain }
    }

    pub(crate) fn connect(&self) -> Connection {
        let name = ServerName::try_from("secc.example").expect("a name");
        let mut client = ClientConnection::new(Arc::clone(&self.client), name).expect("a client");
        let mut server = ServerConnection::new(Arc::clone(&self.server)).expect("a server");
        // What is said is sent at once, however long it is.
        client.set_buffer_limit(None);
        server.set_buffer_limit(None);
        Connection { client, server, recording: Recording::default(), secrets: Arc::clone(&self.secrets) }
    }
}

const GROUPS: &[&dyn SupportedKxGroup] = &[aws_lc_rs::kx_group::SECP256R1, aws_lc_rs::kx_group::SECP384R1];

fn provider(suite: CipherSuite, groups: &[&'static dyn SupportedKxGroup]) -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites = aws_lc_rs::ALL_CIPHER_SUITES
        .iter()
        .copied()
        .filter(|candidate: &SupportedCipherSuite| candidate.suite() == suite)
        .collect();
    provider.kx_groups = groups.to_vec();
    Arc::new(provider)
}

impl Connection {
    /// Lets the peers speak until both have nothing more to say. What one of them refuses ends in its alert.
    pub(crate) fn settle(&mut self) {
        loop {
            let to_server = take(&mut self.client, Side::Client, &mut self.recording);
            give(&mut self.server, &to_server);
            let to_client = take(&mut self.server, Side::Server, &mut self.recording);
            give(&mut self.client, &to_client);
            if to_server.is_empty() && to_client.is_empty() {
                break;
            }
        }
        // What one connection logged may have come before another began: the whole log is everybody's.
        self.recording.key_log = self.secrets.0.lock().expect("no panic").clone();
    }

    pub(crate) fn client_says(&mut self, text: &[u8]) {
        self.client.writer().write_all(text).expect("a buffer");
        self.recording.client_said.extend(text);
        self.settle();
    }

    pub(crate) fn server_says(&mut self, text: &[u8]) {
        self.server.writer().write_all(text).expect("a buffer");
        self.recording.server_said.extend(text);
        self.settle();
    }

    /// Both have nothing more to say.
    pub(crate) fn close(mut self) -> Recording {
        self.client.send_close_notify();
        self.settle();
        self.server.send_close_notify();
        self.settle();
        self.recording
    }
}

fn take<D>(peer: &mut ConnectionCommon<D>, side: Side, recording: &mut Recording) -> Vec<u8> {
    let mut bytes = Vec::new();
    while peer.wants_write() {
        peer.write_tls(&mut bytes).expect("a buffer");
    }
    if !bytes.is_empty() {
        recording.pieces.push((side, bytes.clone()));
    }
    bytes
}

fn give<D>(peer: &mut ConnectionCommon<D>, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        if peer.read_tls(&mut bytes).expect("a buffer") == 0 {
            break;
        }
        let Ok(_) = peer.process_new_packets() else { break };
        // Nobody asks what came: the peer's buffer is emptied, and an early end is no matter.
        let _ = peer.reader().read_to_end(&mut Vec::new());
    }
}

/// A short conversation under a suite, closed well.
pub(crate) fn conversation(setup: &Setup) -> Recording {
    let mut connection = Peers::new(setup).connect();
    connection.settle();
    connection.client_says(b"supportedAppProtocolReq");
    connection.server_says(b"supportedAppProtocolRes");
    connection.close()
}
