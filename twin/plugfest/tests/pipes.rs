//! Readers that go away, and disks that are full: neither makes a noise that nobody asked for, and neither is passed over.

#![cfg(unix)]

mod common;

use std::process::{Command, Output};

use common::{Folder, PLUGFEST, code, plugfest, said};

const OPEN: &str = "Then the contactor is open";

/// Runs the program with its output as the script says; `$P` is the program with its arguments.
fn shell(script: &str, arguments: &[&str]) -> Output {
    let quoted: Vec<_> = arguments.iter().map(|argument| format!("'{argument}'")).collect();
    let script = script.replace("$P", &format!("'{PLUGFEST}' {}", quoted.join(" ")));
    Command::new("bash")
        .args(["-c", &script])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("a shell")
}

/// The folders and files that commands of all kinds need.
fn commands(folder: &Folder) -> Vec<Vec<String>> {
    let feature = folder.feature("some.feature", &[OPEN; 30]);
    assert_eq!(code(&plugfest(&["test", &feature, "--report", &folder.text("run")])), 0);
    [
        vec!["steps".into()],
        vec!["charge".into(), "--auth".into(), "free".into()],
        vec!["test".into(), feature.clone()],
        vec!["test".into(), feature, "--report".into(), folder.text("report")],
        vec!["report".into(), folder.text("run")],
        vec!["rig".into(), "list".into()],
        vec!["rig".into(), "check".into(), "twin".into()],
        vec!["--help".into()],
    ]
    .into()
}

#[test]
fn a_reader_that_goes_away_makes_no_noise() {
    let folder = Folder::new("pipes");
    for command in commands(&folder) {
        let arguments: Vec<_> = command.iter().map(String::as_str).collect();
        // With and without its errors in the same pipe; the first reader takes a line, the second nothing.
        for script in [
            "$P | head -1; exit ${PIPESTATUS[0]}",
            "$P 2>&1 | head -1; exit ${PIPESTATUS[0]}",
            "$P | true; exit ${PIPESTATUS[0]}",
            "$P 2>&1 | true; exit ${PIPESTATUS[0]}",
            "$P >&- 2>&-",
        ] {
            let output = shell(script, &arguments);
            let said = said(&output);
            assert!(said.lines().count() <= 1 && !said.contains("panicked"), "{script} {arguments:?}: {said}");
            assert!([0, 1, 141].contains(&code(&output)), "{script} {arguments:?}: exit {}: {said}", code(&output));
        }
    }
    assert_eq!(code(&plugfest(&["report", &folder.text("report")])), 0, "the run went on to its end");
}

#[test]
fn a_verdict_is_not_lost_with_its_reader() {
    let folder = Folder::new("verdict");
    let feature = folder.feature("bad.feature", &["Then the contactor is closed"]);
    let output = shell("$P | true; exit ${PIPESTATUS[0]}", &["test", &feature]);
    assert_eq!(code(&output), 1, "{}", said(&output));
}

#[test]
fn a_session_in_its_own_time_that_nobody_reads_or_records_ends() {
    let output = shell("$P | head -1; exit ${PIPESTATUS[0]}", &["charge", "--auth", "free", "--speed", "30x"]);
    assert_eq!(code(&output), 141, "{}", said(&output));
    let folder = Folder::new("recorded");
    let record = folder.text("record");
    let arguments = ["charge", "--auth", "free", "--duration", "20", "--speed", "30x", "--record", &record];
    let output = shell("$P | head -1; exit ${PIPESTATUS[0]}", &arguments);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(folder.read("record/events.ndjson").contains("TransactionFinished"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_is_told_with_the_exit_code() {
    let folder = Folder::new("full");
    for command in commands(&folder) {
        let arguments: Vec<_> = command.iter().map(String::as_str).collect();
        let output = shell("$P >/dev/full", &arguments);
        if arguments == ["--help"] {
            // Said by the parser of the command line.
            continue;
        }
        let told = said(&output);
        assert!(code(&output) == 1 && told.contains("standard output: No space left"), "{arguments:?}: {told}");
        assert!(!told.contains("panicked"), "{told}");
        assert!(!said(&shell("$P >/dev/full 2>&1", &arguments)).contains("panicked"));
    }
}

#[test]
fn a_folder_that_takes_no_more_is_told_with_the_exit_code() {
    let folder = Folder::new("no-room");
    let feature = folder.feature("long.feature", &["When 2 h pass"]);
    // No file may become larger than this, and the program is told instead of ended.
    let limited = |blocks: u32| format!("trap '' XFSZ; ulimit -f {blocks}; $P");
    let (report, record, other) = (folder.text("report"), folder.text("record"), folder.text("other"));
    for (blocks, arguments, expected, words) in [
        (1, &["test", &feature, "--report", &report][..], 1, "File too large"),
        (200, &["charge", "--auth", "free", "--record", &record], 1, "the record is incomplete"),
        (0, &["charge", "--auth", "free", "--record", &other], 2, "File too large"),
    ] {
        let output = shell(&limited(blocks), arguments);
        let said = said(&output);
        assert!(code(&output) == expected && said.contains(words), "{arguments:?}: exit {}: {said}", code(&output));
        assert!(!said.contains("panicked"), "{said}");
    }
}
