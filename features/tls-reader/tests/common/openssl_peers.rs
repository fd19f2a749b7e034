//! Two peers of the openssl program on loopback, and between them one who records.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fs, process};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256};
use tls_reader::Side;

use super::Recording;

/// Nobody of them is ever silent for longer.
const SILENCE: Duration = Duration::from_secs(20);

/// A folder with certificates for both peers, and what they leave behind.
pub(crate) struct Folder(PathBuf);

/// What one peer says to the other.
pub(crate) enum Say<'a> {
    /// A line of the client, which arrives at the server.
    Client(&'a str),
    /// A line of the server, which arrives at the client.
    Server(&'a str),
    /// A command to the client's program, such as `R` for a second handshake.
    ClientCommand(&'a str),
}

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let key = || KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
        let mut authority = CertificateParams::new(vec![]).expect("parameters");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Whoever has the name of its issuer signed itself, openssl thinks.
        authority.distinguished_name.push(DnType::CommonName, "root");
        let authority_key = key();
        let root = authority.self_signed(&authority_key).expect("a root");
        let issuer = Issuer::new(authority, authority_key);
        let put = |file: &str, kind: &str, der: &[u8]| fs::write(folder.join(file), pem(kind, der)).expect("a file");
        put("root.pem", "CERTIFICATE", root.der());
        for name in ["secc", "evcc"] {
            let key = key();
            let mut leaf = CertificateParams::new(vec![format!("{name}.example")]).expect("parameters");
            leaf.distinguished_name.push(DnType::CommonName, name);
            let leaf = leaf.signed_by(&key, &issuer).expect("a leaf");
            put(&format!("{name}.pem"), "CERTIFICATE", leaf.der());
            put(&format!("{name}.key"), "PRIVATE KEY", &key.serialize_der());
        }
        Self(folder)
    }

    /// The path of a file in it.
    pub(crate) fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("a path of letters").to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left stays in the target folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Base64 between two lines, as the openssl program reads it.
fn pem(kind: &str, der: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for (index, group) in der.chunks(3).enumerate() {
        let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            let letter = DIGITS[usize::try_from(bits >> (18 - 6 * digit) & 63).expect("six bits")];
            text.push(if digit <= group.len() { char::from(letter) } else { '=' });
        }
        if index % 16 == 15 {
            text.push('\n');
        }
    }
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", text.trim_end())
}

/// A connection with these further arguments, and what is said on it. Then the client goes.
pub(crate) fn conversation(folder: &Folder, server: &[&str], client: &[&str], talk: &[Say<'_>]) -> Recording {
    let mut server = Server::start(folder, server, "1");
    let recording = server.talk_with(folder, client, talk);
    server.0.end();
    recording
}

/// The second of two connections of one server, with what is said on it.
pub(crate) fn twice(folder: &Folder, server: &[&str], first: &[&str], again: &[&str]) -> Recording {
    let mut server = Server::start(folder, server, "2");
    let _ = server.talk_with(folder, first, &[Say::Server("+ first")]);
    let recording = server.talk_with(folder, again, &[Say::Client("+ again"), Say::Server("+ and again")]);
    server.0.end();
    recording
}

/// A server, and where it is.
struct Server(Peer, String);

impl Server {
    fn start(folder: &Folder, further: &[&str], connections: &str) -> Self {
        let (certificate, key, root) = (folder.file("secc.pem"), folder.file("secc.key"), folder.file("root.pem"));
        let accept = ["s_server", "-accept", "127.0.0.1:0", "-naccept", connections];
        let own = ["-cert", &certificate, "-key", &key, "-CAfile", &root];
        let mut server = Peer::start(&[&accept, &own[..], further].concat());
        let address = server.wait_for("ACCEPT ").trim().to_owned();
        Self(server, address)
    }

    fn talk_with(&mut self, folder: &Folder, further: &[&str], talk: &[Say<'_>]) -> Recording {
        let (root, key_log) = (folder.file("root.pem"), folder.file("key.log"));
        let _ = fs::remove_file(&key_log);
        let recorder = Recorder::start(self.1.clone());
        let connect = ["s_client", "-connect", &recorder.address, "-servername", "secc.example"];
        let trust = ["-CAfile", &root, "-verify_return_error", "-keylogfile", &key_log];
        let mut client = Peer::start(&[&connect, &trust[..], further].concat());
        let mut recording = Recording::default();
        for say in talk {
            match say {
                Say::Client(line) => {
                    client.write(line);
                    self.0.wait_for(line);
                    recording.client_said.extend(format!("{line}\n").bytes());
                }
                Say::Server(line) => {
                    self.0.write(line);
                    client.wait_for(line);
                    recording.server_said.extend(format!("{line}\n").bytes());
                }
                Say::ClientCommand(letter) => {
                    let before = recorder.kept.len_of(Side::Client);
                    client.write(letter);
                    // The program takes what it reads together with a command for part of it.
                    recorder.kept.wait_for_more_than(before, Side::Client);
                }
            }
        }
        client.end();
        recording.pieces = recorder.end();
        recording.key_log = fs::read_to_string(&key_log).expect("a key log");
        recording
    }
}

/// A program whose standard input and output are ours.
struct Peer {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Peer {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new("openssl");
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // A configuration of the machine may forbid what the tests need.
        command.env("OPENSSL_CONF", "/dev/null");
        let mut child = command.spawn().expect("the openssl program; it is in the package `openssl`");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, input, output }
    }

    /// What stands behind the beginning of the line that contains it.
    fn wait_for(&mut self, beginning: &str) -> String {
        let mut seen = Vec::new();
        loop {
            let mut line = Vec::new();
            let length = self.output.read_until(b'\n', &mut line).expect("a pipe");
            let line = String::from_utf8_lossy(&line).into_owned();
            assert!(length > 0, "openssl ended before it said {beginning:?}; it said {seen:#?}");
            if let Some((_, rest)) = line.split_once(beginning) {
                return rest.to_owned();
            }
            seen.push(line);
        }
    }

    fn write(&mut self, line: &str) {
        let input = self.input.as_mut().expect("an open pipe");
        input.write_all(format!("{line}\n").as_bytes()).expect("openssl reads what it is told");
    }

    /// It has nothing more to say, and ends.
    fn end(&mut self) {
        if let Some(mut input) = self.input.take() {
            // A client takes it for its end; a server has lost its client by then.
            let _ = input.write_all(b"Q\n");
        }
        let _ = self.output.read_to_end(&mut Vec::new());
        let _ = self.child.wait();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // After a test that failed it may wait for ever.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What was sent so far.
#[derive(Default)]
struct Kept {
    pieces: Mutex<Vec<(Side, Vec<u8>)>>,
    more: Condvar,
}

impl Kept {
    fn push(&self, side: Side, piece: &[u8]) {
        self.pieces.lock().expect("no panic").push((side, piece.to_vec()));
        self.more.notify_all();
    }

    fn len_of(&self, side: Side) -> usize {
        len_of(&self.pieces.lock().expect("no panic"), side)
    }

    fn wait_for_more_than(&self, length: usize, side: Side) {
        let pieces = self.pieces.lock().expect("no panic");
        let nothing = |pieces: &mut Vec<_>| len_of(pieces, side) <= length;
        let (_pieces, late) = self.more.wait_timeout_while(pieces, SILENCE, nothing).expect("no panic");
        assert!(!late.timed_out(), "the {side} sends nothing");
    }
}

fn len_of(pieces: &[(Side, Vec<u8>)], side: Side) -> usize {
    pieces.iter().filter(|(sender, _)| *sender == side).map(|(_, piece)| piece.len()).sum()
}

/// Stands between the peers, and keeps what it passes on.
struct Recorder {
    address: String,
    kept: Arc<Kept>,
    thread: JoinHandle<()>,
}

impl Recorder {
    fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let kept = Arc::new(Kept::default());
        let of_thread = Arc::clone(&kept);
        let thread = thread::spawn(move || {
            let (client, _) = listener.accept().expect("a client");
            let server = TcpStream::connect(server).expect("a server");
            let (from, to) = (server.try_clone().expect("a socket"), client.try_clone().expect("a socket"));
            thread::scope(|scope| {
                scope.spawn(|| pass_on(from, to, Side::Server, &of_thread));
                pass_on(client, server, Side::Client, &of_thread);
            });
        });
        Self { address, kept, thread }
    }

    fn end(self) -> Vec<(Side, Vec<u8>)> {
        self.thread.join().expect("no panic");
        self.kept.pieces.lock().expect("no panic").clone()
    }
}

/// Until one of them closes, or is silent for too long. What is passed on was kept before: nothing is answered before it was
/// said.
fn pass_on(mut from: TcpStream, mut to: TcpStream, side: Side, kept: &Kept) {
    from.set_read_timeout(Some(SILENCE)).expect("a socket");
    let mut bytes = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        kept.push(side, &bytes[..length]);
        if to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
