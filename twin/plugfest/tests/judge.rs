//! `plugfest judge`, as a user meets it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
    std::fs::write(&path, content).expect("a file");
    path
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
    let frame = iso15118::v2gtp::Frame { payload_type: iso15118::v2gtp::PayloadType(0x9000), payload: vec![0x10, 0] };
    let ends = capture::testing::Ends::v6(50_000, 15118);
    pcap.packet(
        1_000_000,
        &capture::testing::ethernet(&capture::testing::udp(ends.client, ends.server, &frame.encode())),
    );
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
        std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
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
    let list =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../features/captures/judged.txt"))
            .expect("the list");
    let known: BTreeSet<String> = list.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    assert_eq!(failed, known, "what is on one side only");
    let explained =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../features/captures/README.md"))
            .expect("it");
    for line in &known {
        let rule = line.rsplit(' ').next().unwrap_or_default();
        assert!(explained.contains(&format!("`{rule}`")), "{rule} is explained nowhere");
    }
}
