//! `plugfest judge`, as a user meets it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use capture::testing::{Ends, Talk, ethernet};
use iso15118::schemas;
use iso15118::v2gtp::{Frame, PayloadType};

fn judge(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plugfest")).arg("judge").args(arguments).output().expect("the program runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A file of its own, with that content.
fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("judge-{name}"));
    fs::write(&path, content).expect("a file");
    path
}

/// A car that comes and goes with DIN 70121; all of it, or without what the station said of the session.
fn session(whole: bool) -> Vec<u8> {
    let frame = |set, message: &str| {
        let tree: exi::Tree = serde_json::from_str(message).expect("JSON");
        let mut payload = Vec::new();
        exi::tree_to_document(set, &tree, exi::Facets::Checked, &mut payload).expect("a message");
        Frame { payload_type: PayloadType::EXI, payload }.encode()
    };
    let din = |session: &str, body: &str| {
        let header = format!(r#""Header": {{"SessionID": "{session}"}}"#);
        frame(&schemas::DIN, &format!(r#"{{"V2G_Message": {{{header}, "Body": {{{body}}}}}}}"#))
    };
    let offer = r#"{"supportedAppProtocolReq": {"AppProtocol": [{"ProtocolNamespace": "urn:din:70121:2012:MsgDef",
        "VersionNumberMajor": 2, "VersionNumberMinor": 0, "SchemaID": 1, "Priority": 1}]}}"#;
    let choice = r#"{"supportedAppProtocolRes": {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 1}}"#;
    let (none, one) = ("0000000000000000", "A1B2C3D4E5F60718");
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let steps = [
        talk.open(),
        talk.client(&frame(&schemas::SAP, offer)),
        talk.server(&frame(&schemas::SAP, choice)),
        talk.client(&din(none, r#""SessionSetupReq": {"EVCCID": "020000000001"}"#)),
        talk.server(&din(one, r#""SessionSetupRes": {"ResponseCode": "OK_NewSessionEstablished", "EVSEID": "00"}"#)),
        talk.client(&din(one, r#""SessionStopReq": {}"#)),
        talk.server(&din(one, r#""SessionStopRes": {"ResponseCode": "OK"}"#)),
        talk.close(),
    ];
    let kept = steps.into_iter().enumerate().filter(|(step, _)| whole || *step != 4).flat_map(|(_, packets)| packets);
    let mut pcap = capture::writer::Pcap::new();
    for (number, packet) in (0..).zip(kept) {
        pcap.packet(1_700_000_000_000_000_000 + number * 20_000_000, &ethernet(&packet));
    }
    pcap.into_bytes()
}

#[test]
fn what_is_no_capture_is_told_in_one_line() {
    for (name, content, words) in [("empty", &b""[..], "empty"), ("text", b"no capture at all, only text", "expected")]
    {
        let path = file(name, content);
        let output = judge(&[&path.to_string_lossy()]);
        assert_eq!(output.status.code(), Some(2), "{}", told(&output));
        assert_eq!(told(&output).lines().count(), 1, "{}", told(&output));
        assert!(told(&output).contains(words) && told(&output).contains("judge-"), "{}", told(&output));
    }
    let output = judge(&["/nowhere/at/all.pcap"]);
    assert_eq!((output.status.code(), told(&output).lines().count()), (Some(2), 1), "{}", told(&output));
}

#[test]
fn a_key_log_without_a_secret_is_refused() {
    let (log, capture) = (file("keys", b"hello\n"), file("none", b""));
    let output = judge(&["--secrets", &log.to_string_lossy(), &capture.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("no key log: line 1 is not of its form"), "{}", told(&output));
}

#[test]
fn a_capture_without_a_session_is_not_good() {
    let mut pcap = capture::writer::Pcap::new();
    pcap.packet(1_000_000, &[0; 60]);
    let path = file("other", &pcap.into_bytes());
    let output = judge(&[&path.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1), "{}{}", said(&output), told(&output));
    assert!(told(&output).contains("there is no charging session in it"), "{}", told(&output));
}

#[test]
fn lines_of_json_have_every_rule_with_all_and_without() {
    let mut pcap = capture::writer::Pcap::new();
    let frame = Frame { payload_type: PayloadType(0x9000), payload: vec![0x10, 0] };
    let ends = Ends::v6(50_000, 15118);
    pcap.packet(1_000_000, &ethernet(&capture::testing::udp(ends.client, ends.server, &frame.encode())));
    let path = file("all", &pcap.into_bytes());
    let path = path.to_string_lossy();
    let (without, with) = (judge(&["--json", &path]), judge(&["--json", "--all", &path]));
    assert!(said(&without).contains("NotApplicable") && said(&without).contains("Pass"), "{}", said(&without));
    assert_eq!((said(&with), with.status.code()), (said(&without), without.status.code()), "{}", told(&with));
}

#[test]
fn what_real_sessions_break_is_what_the_list_says() {
    let Some(folder) = std::env::var_os("PLUGFEST_CAPTURES") else {
        eprintln!("not applicable: PLUGFEST_CAPTURES names no folder of captures");
        return;
    };
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "dump" || extension == "pcap"));
    files.sort();
    let names: Vec<String> = files.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let output = judge(&[&["--json"], &names.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat());
    let mut failed = BTreeSet::new();
    for line in said(&output).lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        if line["outcome"].get("Fail").is_some() {
            let file = Path::new(line["file"].as_str().expect("a file"))
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            failed.insert(format!("{file} {} {}", line["conversation"], line["rule"]["id"].as_str().expect("a rule")));
        }
    }
    let list = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../features/captures/judged.txt"))
        .expect("the list");
    let known: BTreeSet<String> = list.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    assert_eq!(failed, known, "what is on one side only");
    let explained = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../features/captures/README.md"))
        .expect("it");
    for line in &known {
        let rule = line.rsplit(' ').next().unwrap_or_default();
        assert!(explained.contains(&format!("`{rule}`")), "{rule} is explained nowhere");
    }
}

#[test]
fn verdicts_are_not_written_over_a_capture() {
    let capture = file("kept.pcap", &session(true));
    let before = fs::read(&capture).expect("there");
    let path = capture.to_string_lossy();
    let output = judge(&["--junit", &path, &path]);
    assert_eq!((output.status.code(), told(&output).lines().count()), (Some(2), 1), "{}", told(&output));
    assert!(told(&output).contains("it is not written over"), "{}", told(&output));
    assert_eq!(fs::read(&capture).expect("there"), before);
    // Verdicts of before are.
    let verdicts = file("verdicts.xml", b"");
    for _ in 0..2 {
        judge(&["--junit", &verdicts.to_string_lossy(), &path]);
        assert!(fs::read_to_string(&verdicts).expect("there").starts_with("<?xml"), "written");
    }
}

#[test]
fn what_could_not_be_read_is_not_green() {
    let whole = file("whole.pcap", &session(true));
    let output = judge(&[&whole.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(0), "{}{}", said(&output), told(&output));
    let holed = file("holed.pcap", &session(false));
    let output = judge(&[&holed.to_string_lossy()]);
    assert!(said(&output).contains("0 failed"), "{}", said(&output));
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("errors 1: what could not be read was not judged"), "{}", told(&output));
}
