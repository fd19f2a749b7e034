//! Where the command line writes: into folders of its own, and nowhere else.

mod common;

use std::fs;

use common::{Folder, code, plugfest, said};

const OPEN: &str = "Then the contactor is open";

#[test]
fn a_folder_of_somebody_else_is_refused_by_every_command_and_left_alone() {
    let folder = Folder::new("foreign");
    let feature = folder.feature("one.feature", &[OPEN]);
    for (name, file) in [("tests", "scenarios/mine.feature"), ("record", "events.ndjson"), ("page", "report.html")] {
        let path = folder.path(name).join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, "mine").expect("written");
        let own = folder.text(name);
        for arguments in [
            &["test", &feature, "--report", &own][..],
            &["charge", "--auth", "free", "--duration", "1", "--record", &own],
            &["rig", "bring-up", "twin", "--tags", "@BU-CP-01", "--report", &own],
            &["report", &own],
        ] {
            let output = plugfest(arguments);
            let said = said(&output);
            assert_eq!(code(&output), 2, "{arguments:?}: {said}");
            assert!(said.contains("it was not made by plugfest") && said.contains(name), "{arguments:?}: {said}");
            assert!(!said.contains("panicked") && !said.contains("passed"), "nothing was run: {said}");
        }
        assert_eq!(fs::read_to_string(&path).expect("there"), "mine");
        assert_eq!(fs::read_dir(folder.path(name)).expect("there").count(), 1);
    }
}

#[test]
fn the_users_features_survive_a_report_into_the_folder_that_they_are_in() {
    let folder = Folder::new("own-features");
    fs::create_dir(folder.path("scenarios")).expect("made");
    folder.file("scenarios/notes.md", "mine");
    folder.feature("scenarios/one.feature", &[OPEN]);
    let output =
        common::command(&["test", "scenarios", "--report", "."]).current_dir(&folder).output().expect("it runs");
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert_eq!(folder.read("scenarios/notes.md"), "mine");
}

#[test]
fn what_is_of_an_earlier_run_goes_and_what_is_not_stays() {
    let folder = Folder::new("earlier");
    let (many, one) = (folder.feature("many.feature", &[OPEN, OPEN, OPEN]), folder.feature("one.feature", &[OPEN]));
    let report = folder.text("report");
    assert_eq!(code(&plugfest(&["test", &many, "--report", &report])), 0);
    folder.file("report/notes.md", "mine");
    assert_eq!(code(&plugfest(&["test", &one, "--report", &report])), 0);
    assert_eq!(fs::read_dir(folder.path("report/scenarios")).expect("there").count(), 1);
    assert_eq!(folder.read("report/notes.md"), "mine");
    let output = plugfest(&["report", &report]);
    assert!(said(&output).contains("1 scenario: 1 passed"), "{}", said(&output));
    // A session in the folder of a run of features: nothing of that is left beside it.
    let output = plugfest(&["charge", "--auth", "free", "--duration", "60", "--record", &report]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    for name in ["scenarios", "junit.xml", "plan.json", "rerun.txt"] {
        assert!(!folder.path("report").join(name).exists(), "{name}");
    }
    // What is refused before it begins touches nothing.
    let before = folder.read("report/events.ndjson");
    assert_eq!(code(&plugfest(&["test", &one, "--tags", "@none", "--report", &report])), 2);
    assert_eq!(code(&plugfest(&["charge", "--car", "zoo", "--record", &report])), 2);
    assert_eq!(folder.read("report/events.ndjson"), before);
}

#[test]
fn a_rig_that_is_not_ready_leaves_nothing_green_behind() {
    let folder = Folder::new("not-ready");
    let feature = folder.feature("one.feature", &["Then the contactor is open"]);
    let report = folder.text("report");
    let again = || assert_eq!(code(&plugfest(&["test", &feature, "--report", &report])), 0);
    again();
    let output = plugfest(&["test", &feature, "--rig", "everest-yeti", "--report", &report]);
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(folder.read("report/junit.xml").contains("<error"), "{}", folder.read("report/junit.xml"));
    let output = plugfest(&["report", &report]);
    assert!(code(&output) == 1 && said(&output).contains("1 in error"), "{}", said(&output));
    again();
}

#[test]
fn a_recorded_session_has_a_page_with_curves_and_messages_and_keeps_its_log() {
    let folder = Folder::new("page");
    let record = folder.text("record");
    let output = plugfest(&["charge", "--auth", "free", "--record", &record]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let log = folder.read("record/events.ndjson");
    for _ in 0..2 {
        let page = folder.read("record/report.html");
        for part in ["<svg", "class=\"lanes\"", "TransactionEvent", "20 % to 80 %", "power"] {
            assert!(page.contains(part), "{part}");
        }
        let output = plugfest(&["report", &record]);
        assert!(code(&output) == 0 && said(&output).contains("1 scenario: 1 passed"), "{}", said(&output));
        assert_eq!(folder.read("record/events.ndjson"), log, "the log is what it was");
    }
    // A session that did not charge is told as what it is.
    let output = plugfest(&["charge", "--auth", "rfid:BEEF", "--limit", "0", "--duration", "2", "--record", &record]);
    assert_eq!(code(&output), 1, "{}", said(&output));
    assert_eq!(code(&plugfest(&["report", &record])), 1);
    let events = folder.read("record/events.ndjson");
    assert!(
        events.lines().count() < log.lines().count() && !events.contains("TransactionFinished\",\"reason\":\"Local")
    );
}

#[cfg(unix)]
#[test]
fn no_command_follows_a_link() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("links");
    let feature = folder.feature("one.feature", &[OPEN]);
    fs::create_dir(folder.path("precious")).expect("made");
    let precious = folder.file("precious/file", "mine");
    symlink("precious", folder.path("link")).expect("a link");
    let untouched = || {
        assert_eq!(fs::read_to_string(&precious).expect("there"), "mine");
        assert_eq!(fs::read_dir(folder.path("precious")).expect("there").count(), 1);
    };
    for own in [folder.text("link"), folder.text("link/")] {
        for arguments in [
            &["test", &feature, "--report", &own][..],
            &["charge", "--auth", "free", "--duration", "1", "--record", &own],
        ] {
            let output = plugfest(arguments);
            assert!(
                code(&output) == 2 && said(&output).contains("a symbolic link"),
                "{arguments:?}: {}",
                said(&output)
            );
            untouched();
        }
    }
    // A file of ours, or a folder, that somebody has put a link in the place of.
    let own = folder.text("own");
    assert_eq!(code(&plugfest(&["test", &feature, "--report", &own])), 0);
    for name in ["junit.xml", "report.html", "rerun.txt", "run.json", "plan.json", "events.ndjson", "messages.ndjson"] {
        let (there, away) = (folder.path("own").join(name), folder.path("away"));
        fs::rename(&there, &away).expect("there");
        symlink("../precious/file", &there).expect("a link");
        for arguments in [
            &["test", &feature, "--report", &own][..],
            &["charge", "--auth", "free", "--duration", "1", "--record", &own],
            &["rig", "bring-up", "twin", "--tags", "@BU-CP-01", "--report", &own],
        ] {
            let output = plugfest(arguments);
            assert!(code(&output) == 2 && said(&output).contains("a symbolic link"), "{name}: {}", said(&output));
        }
        // What is only read may be anywhere; what is written may not.
        let output = plugfest(&["report", &own]);
        assert!(code(&output) != 0 || name == "run.json" || name == "plan.json", "{name}: {}", said(&output));
        untouched();
        fs::remove_file(&there).and_then(|()| fs::rename(&away, &there)).expect("there");
    }
    for name in ["scenarios", "bring-up"] {
        let there = folder.path("own").join(name);
        let _ = fs::remove_dir_all(&there);
        symlink("../precious", &there).expect("a link");
        let output = plugfest(&["test", &feature, "--report", &own]);
        assert!(code(&output) == 2 && said(&output).contains("a symbolic link"), "{name}: {}", said(&output));
        untouched();
        fs::remove_file(&there).expect("there");
    }
    assert_eq!(code(&plugfest(&["test", &feature, "--report", &own])), 0);
}
