//! A session of ISO 15118-20 over TLS, as it stands in a capture: a car and a station of rustls speak, and `plugfest` reads what
//! went over the wire, with the secrets in the file, beside it, wrong or not there.

mod common;

use std::io::{Read as _, Write as _};
use std::process::Output;
use std::sync::{Arc, Mutex};

use capture::Direction;
use capture::testing::{Ends, Talk, ethernet, udp};
use capture::writer::{Pcap, Pcapng};
use common::{Folder, code, plugfest};
use exi::{Facets, SchemaSet};
use iso15118::schemas::{DIN, ISO20_DC, ISO20_MESSAGES, SAP};
use iso15118::sdp::{self, Security, Transport};
use iso15118::v2gtp::{Frame, PayloadType};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion};

/// Who speaks next, and what.
type Said = (Direction, Vec<u8>);

fn frame(set: &'static SchemaSet, payload_type: PayloadType, message: &str) -> Vec<u8> {
    let tree: exi::Tree = serde_json::from_str(message).unwrap_or_else(|error| panic!("{message}: {error}"));
    let mut payload = Vec::new();
    exi::tree_to_document(set, &tree, Facets::Checked, &mut payload)
        .unwrap_or_else(|error| panic!("{message}: {error}"));
    Frame { payload_type, payload }.encode()
}

/// Offer and choice of a protocol.
fn agreement(namespace: &str, major: u32) -> [Vec<u8>; 2] {
    let offer = format!(
        r#"{{"supportedAppProtocolReq": {{"AppProtocol": [{{"ProtocolNamespace": "{namespace}", "VersionNumberMajor": {major},
        "VersionNumberMinor": 0, "SchemaID": 7, "Priority": 1}}]}}}}"#
    );
    let choice = r#"{"supportedAppProtocolRes": {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 7}}"#;
    [frame(&SAP, PayloadType::EXI, &offer), frame(&SAP, PayloadType::EXI, choice)]
}

/// From the offer to SessionStop, each answered.
fn iso20() -> Vec<Said> {
    let message = |session: &str, name: &str, body: &str| {
        let (set, payload_type) = match name.starts_with("DC_") {
            true => (&ISO20_DC, PayloadType::ISO20_DC),
            false => (&ISO20_MESSAGES, PayloadType::ISO20_MESSAGES),
        };
        let header = format!(r#""Header": {{"SessionID": "{session}", "TimeStamp": 1700000000}}"#);
        let body = if body.is_empty() { String::new() } else { format!(", {body}") };
        frame(set, payload_type, &format!(r#"{{"{name}": {{{header}{body}}}}}"#))
    };
    let (none, one) = ("0000000000000000", "A1B2C3D4E5F60718");
    let ok = r#""ResponseCode": "OK""#;
    let detail = r#""ServiceID": 2, "ServiceParameterList": {"ParameterSet": [{"ParameterSetID": 1,
        "Parameter": [{"@Name": "Connector", "intValue": 2}]}]}"#;
    let exchanges: [(&str, &str, &str, String); 6] = [
        (
            "SessionSetup",
            none,
            r#""EVCCID": "DEPLF0001""#,
            r#""ResponseCode": "OK_NewSessionEstablished", "EVSEID": "DE*PLF*E1""#.to_owned(),
        ),
        (
            "AuthorizationSetup",
            one,
            "",
            format!(
                r#"{ok}, "AuthorizationServices": ["EIM"], "CertificateInstallationService": false, "EIM_ASResAuthorizationMode": {{}}"#
            ),
        ),
        (
            "Authorization",
            one,
            r#""SelectedAuthorizationService": "EIM", "EIM_AReqAuthorizationMode": {}"#,
            format!(r#"{ok}, "EVSEProcessing": "Finished""#),
        ),
        (
            "ServiceDiscovery",
            one,
            "",
            format!(
                r#"{ok}, "ServiceRenegotiationSupported": false, "EnergyTransferServiceList": {{"Service": [{{"ServiceID": 2, "FreeService": true}}]}}"#
            ),
        ),
        ("ServiceDetail", one, r#""ServiceID": 2"#, format!("{ok}, {detail}")),
        ("SessionStop", one, r#""ChargingSession": "Terminate""#, ok.to_owned()),
    ];
    let [offer, choice] = agreement("urn:iso:std:iso:15118:-20:DC", 1);
    let mut said = vec![(Direction::Forward, offer), (Direction::Backward, choice)];
    for (stem, session, request, response) in exchanges {
        said.push((Direction::Forward, message(session, &format!("{stem}Req"), request)));
        said.push((Direction::Backward, message(one, &format!("{stem}Res"), &response)));
    }
    said
}

/// The same car with DIN 70121, two messages of it.
fn din() -> Vec<Said> {
    let [offer, choice] = agreement("urn:din:70121:2012:MsgDef", 2);
    let message = |name: &str, session: &str, body: &str| {
        let text = format!(
            r#"{{"V2G_Message": {{"Header": {{"SessionID": "{session}"}}, "Body": {{"{name}": {{{body}}}}}}}}}"#
        );
        frame(&DIN, PayloadType::EXI, &text)
    };
    vec![
        (Direction::Forward, offer),
        (Direction::Backward, choice),
        (Direction::Forward, message("SessionSetupReq", "00", r#""EVCCID": "020000000001""#)),
        (
            Direction::Backward,
            message("SessionSetupRes", "01", r#""ResponseCode": "OK_NewSessionEstablished", "EVSEID": "00""#),
        ),
    ]
}

/// The key log of a car, as a file has it.
#[derive(Debug, Default)]
struct Secrets(Mutex<String>);

impl rustls::KeyLog for Secrets {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = |octets: &[u8]| exi::text::hex::write(octets).to_lowercase();
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        self.0.lock().expect("no panic").push_str(&line);
    }
}

/// What goes over the wire when this is said over TLS, and the secrets.
fn protected(said: &[Said], version: &'static SupportedProtocolVersion) -> (Vec<Said>, String) {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let own = rcgen::generate_simple_self_signed(vec!["secc.example".to_owned()]).expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(own.cert.der().clone()).expect("a root");
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).expect("a key");
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .expect("a chain");
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let secrets = Arc::new(Secrets::default());
    client.key_log = Arc::clone(&secrets) as Arc<dyn rustls::KeyLog>;
    let mut car = ClientConnection::new(Arc::new(client), ServerName::try_from("secc.example").expect("a name"));
    let car = car.as_mut().expect("a car");
    let mut station = ServerConnection::new(Arc::new(server)).expect("a station");

    let mut wire = Vec::new();
    settle(car, &mut station, &mut wire);
    for (direction, octets) in said {
        match direction {
            Direction::Forward => car.writer().write_all(octets).expect("room"),
            Direction::Backward => station.writer().write_all(octets).expect("room"),
        }
        settle(car, &mut station, &mut wire);
    }
    car.send_close_notify();
    station.send_close_notify();
    settle(car, &mut station, &mut wire);
    let secrets = secrets.0.lock().expect("no panic").clone();
    (wire, secrets)
}

/// Lets both send what they have.
fn settle(car: &mut ClientConnection, station: &mut ServerConnection, wire: &mut Vec<Said>) {
    loop {
        let (mut forward, mut backward) = (Vec::new(), Vec::new());
        while car.wants_write() {
            car.write_tls(&mut forward).expect("memory");
        }
        station.read_tls(&mut &forward[..]).expect("memory");
        station.process_new_packets().expect("TLS");
        let _ = station.reader().read_to_end(&mut Vec::new());
        while station.wants_write() {
            station.write_tls(&mut backward).expect("memory");
        }
        car.read_tls(&mut &backward[..]).expect("memory");
        car.process_new_packets().expect("TLS");
        let _ = car.reader().read_to_end(&mut Vec::new());
        if forward.is_empty() && backward.is_empty() {
            return;
        }
        let sent = [(Direction::Forward, forward), (Direction::Backward, backward)];
        wire.extend(sent.into_iter().filter(|(_, octets)| !octets.is_empty()));
    }
}

/// Discovery and the connection, as packets.
fn packets(wire: &[Said]) -> Vec<Vec<u8>> {
    let ends = Ends::v6(50_001, sdp::PORT);
    let question = sdp::Message::Request(sdp::Request { security: Security::Tls, transport: Transport::Tcp });
    let answer = sdp::Message::Response(sdp::Response {
        address: "fe80::b".parse().expect("an address"),
        port: 61_341,
        security: Security::Tls,
        transport: Transport::Tcp,
    });
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let datagram = |message: &sdp::Message| {
        let (payload_type, payload) = message.encode();
        Frame { payload_type, payload }.encode()
    };
    let mut packets =
        vec![udp(ends.client, ends.server, &datagram(&question)), udp(ends.server, ends.client, &datagram(&answer))];
    packets.extend(talk.open());
    for (direction, octets) in wire {
        packets.extend(talk.says(*direction, octets));
    }
    packets.extend(talk.close());
    packets.iter().map(|packet| ethernet(packet)).collect()
}

/// 2023-11-14, in nanoseconds; a packet each 5 ms.
fn times() -> impl Iterator<Item = u64> {
    (0..).map(|number| 1_700_000_000_000_000_000 + number * 5_000_000)
}

/// A pcapng file that has the secrets, before the packets or behind them.
fn with_secrets(wire: &[Said], secrets: &str, behind: bool) -> Vec<u8> {
    let mut file = Pcapng::new();
    if !behind {
        file.secrets(secrets);
    }
    for (time, packet) in times().zip(packets(wire)) {
        file.packet(time, &packet);
    }
    if behind {
        file.secrets(secrets);
    }
    file.into_bytes()
}

/// A pcap file, which cannot have secrets.
fn without_secrets(wire: &[Said]) -> Vec<u8> {
    let mut file = Pcap::new();
    for (time, packet) in times().zip(packets(wire)) {
        file.packet(time, &packet);
    }
    file.into_bytes()
}

fn file(folder: &Folder, name: &str, bytes: &[u8]) -> String {
    std::fs::write(folder.path(name), bytes).expect("written");
    folder.text(name)
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The last line of `decode`: all of a session was read.
fn all_read(frames: usize) -> String {
    format!("frames {frames}, decoded {frames}, re-encoded identically {frames}, errors 0")
}

#[test]
fn a_session_of_iso_15118_20_is_read_with_the_secrets_of_the_file_or_beside_it() {
    let folder = Folder::new("tls20");
    let said = iso20();
    let (wire, secrets) = protected(&said, &TLS13);
    let log = file(&folder, "keys.log", secrets.as_bytes());
    let before = file(&folder, "before.pcapng", &with_secrets(&wire, &secrets, false));
    let behind = file(&folder, "behind.pcapng", &with_secrets(&wire, &secrets, true));
    let plain = file(&folder, "plain.pcap", &without_secrets(&wire));
    let mut charts = Vec::new();
    for arguments in [vec!["decode", &before], vec!["decode", &behind], vec!["decode", &plain, "--secrets", &log]] {
        let output = plugfest(&arguments);
        let chart = out(&output);
        assert_eq!(code(&output), 0, "{arguments:?}: {chart}{}", told(&output));
        assert!(chart.contains("TLS 1.3, TLS_AES_256_GCM_SHA384") || chart.contains("TLS 1.3, TLS_AES_128"), "{chart}");
        for name in ["AuthorizationSetupRes", "ServiceDetailRes", "SessionStopRes"] {
            assert!(chart.contains(name), "{name} is not in {chart}");
        }
        assert!(chart.contains(&all_read(said.len())), "{chart}");
        charts.push(chart);
    }
    assert_eq!(charts[0], charts[2], "wherever the secrets are");

    // The judge sees what -20 asks for; nothing is broken but what this short session leaves out.
    let output = plugfest(&["judge", &before, "--all", "--profile", "strict"]);
    let verdicts = out(&output);
    assert_eq!(code(&output), 0, "{verdicts}{}", told(&output));
    let of = |rule: &str| verdicts.lines().find(|line| line.contains(rule)).unwrap_or_default().to_owned();
    for rule in ["I20-TLS", "I20-SEQ-SESSION-STOP", "V2G-RES-THERE"] {
        assert!(of(rule).contains("PASS"), "{rule}: {:?}", of(rule));
    }
}

#[test]
fn what_cannot_be_read_of_tls_is_told_and_judged_as_not_seen() {
    let folder = Folder::new("tls_without");
    let (wire, _) = protected(&iso20(), &TLS13);
    let (_, others) = protected(&din(), &TLS12);
    let log = file(&folder, "others.log", others.as_bytes());
    let plain = file(&folder, "plain.pcap", &without_secrets(&wire));
    for arguments in [vec!["decode", &plain], vec!["decode", &plain, "--secrets", &log]] {
        let output = plugfest(&arguments);
        let chart = out(&output);
        assert!(chart.contains("TLS: not read: the key log has no line"), "{arguments:?}: {chart}");
        assert_eq!(code(&output), 1, "what could not be read is no success");
        assert!(!chart.contains("SessionSetup"), "{chart}");
        assert!(chart.contains("frames 0, decoded 0"), "{chart}");
    }
    let verdicts = out(&plugfest(&["judge", &plain, "--all"]));
    assert!(!verdicts.lines().any(|line| line.starts_with("FAIL")), "{verdicts}");
}

#[test]
fn din_over_tls_1_2_is_read_and_cut_in_the_middle() {
    let folder = Folder::new("tls12");
    let said = din();
    let (wire, secrets) = protected(&said, &TLS12);
    let whole = file(&folder, "whole.pcapng", &with_secrets(&wire, &secrets, false));
    let output = plugfest(&["decode", &whole]);
    assert_eq!(code(&output), 0, "{}", told(&output));
    assert!(out(&output).contains(&all_read(said.len())), "{}", out(&output));
    // Any record of the application may be missing: what is behind it in its direction cannot be read, and that is said.
    for lost in wire.len() - 6..wire.len() - 2 {
        let mut talk = Talk::new(Ends::v6(50_000, 61_341));
        let mut file_of = Pcapng::new();
        file_of.secrets(&secrets);
        let mut packets = talk.open();
        for (number, (direction, octets)) in wire.iter().enumerate() {
            let segments = talk.says(*direction, octets);
            packets.extend(if number == lost { Vec::new() } else { segments });
        }
        packets.extend(talk.close());
        for (time, packet) in times().zip(packets) {
            file_of.packet(time, &ethernet(&packet));
        }
        let cut = file(&folder, "cut.pcapng", &file_of.into_bytes());
        let output = plugfest(&["decode", &cut]);
        assert_eq!(code(&output), 1, "{}", out(&output));
        assert!(out(&output).contains("lost"), "record {lost}: {}", out(&output));
        let verdicts = out(&plugfest(&["judge", &cut]));
        assert!(!verdicts.contains("V2G-ONE-IN-FLIGHT"), "{verdicts}");
        assert!(!verdicts.contains("V2G-RES-ASKED"), "{verdicts}");
    }
}
