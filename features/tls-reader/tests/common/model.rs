//! A TLS 1.2 connection written by hand, for what no library speaks any more: static ECDH (0xc025). The handshake is a
//! skeleton; its records are protected by the openssl program (`kdf`, `mac`, `enc`), so that nothing of the crate under test,
//! nor of the crates that it uses, takes part.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tls_reader::Side;

use super::Recording;

const CLIENT_RANDOM: [u8; 32] = [0xc1; 32];
const SERVER_RANDOM: [u8; 32] = [0x5e; 32];
const MASTER: [u8; 48] = [0x3a; 48];

/// What stands for a certificate.
pub(crate) const CERTIFICATE: [u8; 5] = [0x30, 3, 2, 1, 7];

/// Writes both sides of a connection.
pub(crate) struct Model {
    pub(crate) recording: Recording,
    encrypt_then_mac: bool,
    key_block: Vec<u8>,
    client_sequence: u64,
    server_sequence: u64,
}

impl Model {
    /// A connection whose handshake is done.
    pub(crate) fn static_ecdh(encrypt_then_mac: bool) -> Self {
        let seed = [&b"key expansion"[..], &SERVER_RANDOM, &CLIENT_RANDOM].concat();
        let key_block = openssl(
            &[
                "kdf",
                "-binary",
                "-keylen",
                "96",
                "-kdfopt",
                "digest:SHA2-256",
                "-kdfopt",
                &format!("hexsecret:{}", hex(&MASTER)),
                "-kdfopt",
                &format!("hexseed:{}", hex(&seed)),
                "TLS1-PRF",
            ],
            &[],
        );
        let mut model = Self {
            recording: Recording {
                key_log: format!("CLIENT_RANDOM {} {}\n", hex(&CLIENT_RANDOM), hex(&MASTER)),
                ..Recording::default()
            },
            encrypt_then_mac,
            key_block,
            client_sequence: 0,
            server_sequence: 0,
        };
        model.handshake();
        model
    }

    fn handshake(&mut self) {
        let extensions: &[u8] = if self.encrypt_then_mac { &[0, 4, 0, 22, 0, 0] } else { &[] };
        let client_hello = [&[3, 3][..], &CLIENT_RANDOM, &[0, 0, 4, 0xc0, 0x25, 0xc0, 0x23, 1, 0], extensions].concat();
        let server_hello = [&[3, 3][..], &SERVER_RANDOM, &[0, 0xc0, 0x25, 0], extensions].concat();
        let certificate = [&[0, 0, 8, 0, 0, 5][..], &CERTIFICATE].concat();
        self.clear(Side::Client, 22, &message(1, &client_hello));
        // All of them in one record; a key of the server's own does not come with static ECDH.
        let flight = [message(2, &server_hello), message(11, &certificate), message(14, &[])].concat();
        self.clear(Side::Server, 22, &flight);
        self.clear(Side::Client, 22, &message(16, &[[65, 4].as_slice(), &[9; 64]].concat()));
        for side in [Side::Client, Side::Server] {
            self.clear(side, 20, &[1]);
            self.sealed(side, 22, &message(20, &[0xf1; 12]), 0);
        }
    }

    /// Application data, with so many blocks of padding more than are needed.
    pub(crate) fn says(&mut self, side: Side, text: &[u8], more_padding: usize) {
        self.sealed(side, 23, text, more_padding);
        match side {
            Side::Client => self.recording.client_said.extend(text),
            Side::Server => self.recording.server_said.extend(text),
        }
    }

    fn clear(&mut self, side: Side, kind: u8, body: &[u8]) {
        let length = u16::try_from(body.len()).expect("a short record").to_be_bytes();
        let record = [&[kind, 3, 3], &length[..], body].concat();
        self.recording.pieces.push((side, record));
    }

    /// RFC 5246, 6.2.3.2, or RFC 7366.
    pub(crate) fn sealed(&mut self, side: Side, kind: u8, text: &[u8], more_padding: usize) {
        let block = &self.key_block;
        let (mac_key, key, sequence) = match side {
            Side::Client => (&block[..32], &block[64..80], &mut self.client_sequence),
            Side::Server => (&block[32..64], &block[80..96], &mut self.server_sequence),
        };
        let mac = |covered: &[u8], number: u64| {
            let length = u16::try_from(covered.len()).expect("a short record").to_be_bytes();
            let covered = [&number.to_be_bytes()[..], &[kind, 3, 3], &length, covered].concat();
            let hexkey = format!("hexkey:{}", hex(mac_key));
            openssl(&["mac", "-binary", "-digest", "SHA256", "-macopt", &hexkey, "HMAC"], &covered)
        };
        let iv = [u8::try_from(*sequence).expect("few records"); 16];
        let encrypt = |text: &[u8]| {
            let mut text = text.to_vec();
            let padding = 15 - text.len() % 16 + 16 * more_padding;
            text.extend(vec![u8::try_from(padding).expect("at most 255"); padding + 1]);
            let arguments = ["enc", "-aes-128-cbc", "-nopad", "-K", &hex(key), "-iv", &hex(&iv)];
            [&iv[..], &openssl(&arguments, &text)].concat()
        };
        let body = if self.encrypt_then_mac {
            let body = encrypt(text);
            let mac = mac(&body, *sequence);
            [body, mac].concat()
        } else {
            encrypt(&[text, &mac(text, *sequence)].concat())
        };
        *sequence += 1;
        self.clear(side, kind, &body);
    }
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a short message").to_be_bytes();
    [&[kind], &length[1..], body].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the program makes of an input.
fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new("openssl");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the openssl program; it is in the package `openssl`");
    // `kdf` reads nothing and may be gone by then.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    let output = child.wait_with_output().expect("a pipe");
    assert!(output.status.success(), "openssl {arguments:?}");
    output.stdout
}
