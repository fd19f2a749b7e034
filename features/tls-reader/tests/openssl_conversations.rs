//! Connections between two peers of the openssl program: what rustls cannot, and what it can once more. Without the program
//! these tests fail; it is in the package `openssl`.

mod common;

use common::openssl_peers::{Folder, Say, conversation};
use common::{Recording, data, transcript};
use tls_reader::Side;

const TALK: [Say<'static>; 4] =
    [Say::Client("+ one"), Say::Server("+ two"), Say::Client("+ three"), Say::Server("+ four")];

fn reads_all(recording: &Recording) -> Vec<String> {
    let events = recording.events();
    for side in [Side::Client, Side::Server] {
        let (got, expected) = (data(&events, side), recording.said(side));
        assert_eq!(got, expected, "what the {side} said: {:#?}", transcript(&events));
    }
    transcript(&events)
}

#[test]
fn cbc_with_the_mac_inside_and_outside() {
    let folder = Folder::new("cbc");
    let suite = ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"];
    let name = "TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 (0xc023)";
    for (further, flags) in
        [(&["-no_etm"][..], ", extended master secret"), (&[], ", encrypt then MAC, extended master secret")]
    {
        let recording = conversation(&folder, &suite, &[&suite[..], further].concat(), &TALK);
        assert_eq!(
            reads_all(&recording),
            [
                "client: hello to secc.example for []",
                &format!("server: {name}{flags}"),
                "server: 2 certificates",
                "server: no client certificate wanted",
                "client: finished",
                "server: ticket",
                "server: finished",
                "client: \"+ one\\n\"",
                "server: \"+ two\\n\"",
                "client: \"+ three\\n\"",
                "server: \"+ four\\n\"",
                "client: warning close_notify (0)",
                "server: warning close_notify (0)",
            ],
            "{further:?}"
        );
    }
}

#[test]
fn cbc_with_a_client_certificate_and_a_protocol() {
    let folder = Folder::new("mutual");
    let suite = ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256", "-alpn", "v2g"];
    let own = ["-cert", &folder.file("evcc.pem"), "-key", &folder.file("evcc.key")];
    let recording =
        conversation(&folder, &[&suite[..], &["-Verify", "2"]].concat(), &[&suite[..], &own].concat(), &TALK);
    let told = reads_all(&recording);
    assert_eq!(
        told[2..7],
        [
            "server: protocol v2g",
            "server: 2 certificates",
            "server: client certificate wanted",
            "client: 2 certificates",
            "client: finished",
        ]
    );
}

#[test]
fn cbc_taken_up_again_by_number_and_by_ticket() {
    let folder = Folder::new("again");
    let suite = ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"];
    let session = folder.file("session.pem");
    // A server whose keys for tickets are not those of the first one forgets; one process takes two connections.
    for further in [&["-no_ticket"][..], &[]] {
        let server = [&suite[..], further].concat();
        let recording = common::openssl_peers::twice(
            &folder,
            &server,
            &[&suite[..], &["-sess_out", &session]].concat(),
            &[&suite[..], &["-sess_in", &session]].concat(),
        );
        let told = reads_all(&recording);
        assert!(told[1].contains("(0xc023), resumed, encrypt then MAC"), "{told:#?}");
        assert!(told.iter().all(|line| !line.contains(" certificates")), "{told:#?}");
        assert_eq!(told.iter().filter(|line| line.contains("finished")).count(), 2, "{told:#?}");
    }
}

#[test]
fn a_second_handshake_is_not_read() {
    let folder = Folder::new("renegotiation");
    let suite = ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"];
    let server = [&suite[..], &["-client_renegotiation"]].concat();
    let talk = [Say::Client("+ one"), Say::Server("+ two"), Say::ClientCommand("R")];
    let recording = conversation(&folder, &server, &suite, &talk);
    let events = recording.events();
    assert_eq!(data(&events, Side::Client), b"+ one\n");
    let told = transcript(&events);
    assert_eq!(told.last().map(String::as_str), Some("client: given up: renegotiation is not read here"));
}

#[test]
fn tls13_with_the_group_of_iso_15118_20_and_a_client_certificate() {
    let folder = Folder::new("tls13");
    let suite = ["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384", "-groups", "P-521"];
    let own = ["-cert", &folder.file("evcc.pem"), "-key", &folder.file("evcc.key")];
    let talk = [
        Say::Client("+ one"),
        Say::Server("+ two"),
        // New keys, and the server's too.
        Say::ClientCommand("K"),
        Say::Client("+ three"),
        Say::Server("+ four"),
    ];
    let recording =
        conversation(&folder, &[&suite[..], &["-Verify", "2"]].concat(), &[&suite[..], &own].concat(), &talk);
    let told = reads_all(&recording);
    // Whether the tickets come before the client says something is the scheduler's matter: each side by itself.
    let of = |side: &str| told.iter().filter_map(|line| line.strip_prefix(side)).collect::<Vec<_>>();
    assert_eq!(
        of("server: "),
        [
            "TLS 1.3, TLS_AES_256_GCM_SHA384 (0x1302)",
            "2 certificates",
            "client certificate wanted",
            "finished",
            "ticket",
            "ticket",
            "\"+ two\\n\"",
            "new keys",
            "\"+ four\\n\"",
            "warning close_notify (0)",
        ]
    );
    assert_eq!(
        of("client: "),
        [
            "hello to secc.example for []",
            "2 certificates",
            "finished",
            "\"+ one\\n\"",
            "new keys, yours too",
            "\"+ three\\n\"",
            "warning close_notify (0)",
        ]
    );
}

#[test]
fn a_version_that_is_not_read_is_named() {
    let folder = Folder::new("old");
    let old = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"];
    let told = transcript(&conversation(&folder, &old, &old, &TALK).events());
    assert_eq!(told, ["client: hello to secc.example for []", "server: given up: version TLS 1.1 is not read here"]);
}
