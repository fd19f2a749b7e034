//! The real charger on the desk, and somebody who kills, stops or hangs it from outside: no scenario passes that way, and each
//! says why.

#![cfg(target_os = "linux")]

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use common::Folder;
use common::rig_run::{CHARGERD, Run};
use rustix::process::Signal;

const WAITING: &str = "  When 26 s pass\n";

/// A program in the place of the charger.
fn instead(folder: &Folder, script: &str) -> PathBuf {
    folder.write("instead", &format!("#!/bin/sh\n{script}\n"));
    let path = folder.path("instead");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
    path
}

#[test]
fn a_charger_that_is_killed_while_time_passes_is_an_error() {
    for (signal, status) in
        [(Signal::KILL, "signal: 9 (SIGKILL)"), (Signal::TERM, "exit status: 0"), (Signal::HUP, "exit status: 0")]
    {
        let folder = Folder::new("killed-by");
        // Whoever runs these tests may want them to outlive the terminal, and that would be inherited.
        let hears_all = format!("exec env --default-signal=HUP '{CHARGERD}' \"$@\"");
        let run = Run::on_desk("killed", instead(&folder, &hears_all));
        let code = run.play(WAITING, |run| {
            run.is_up();
            run.signal_charger(signal);
        });
        let end = run.end();
        assert_eq!(code, 1, "{end}");
        assert!(end.contains("\"verdict\":\"error\"") && end.contains("\"cause\":\"broken\""), "{end}");
        assert!(end.contains(&format!("When 26 s pass (line 4)\\nchargerd ended by itself: {status}")), "{end}");
    }
}

#[test]
fn a_window_in_which_the_charger_died_has_not_been_looked_at_to_its_end() {
    let run = Run::on_desk("window", CHARGERD);
    let steps = "  Then for 20 s the contactor stays open\n  And for 20 s the residual current stays at most 6 mA\n";
    let code = run.play(steps, |run| {
        run.is_up();
        run.signal_charger(Signal::KILL);
    });
    let log = run.log();
    assert_eq!(code, 1, "{log}");
    assert!(run.end().contains("chargerd ended by itself"), "{}", run.end());
    assert!(
        log.contains("\"status\":\"skipped\"") && !log.contains("\"status\":\"passed\",\"text\":\"for 20"),
        "{log}"
    );
    assert!(!log.contains("measurement"), "nothing was measured");
}

#[test]
fn a_charger_that_stands_still_makes_its_scenario_invalid_and_the_run_end_with_3() {
    let run = Run::on_desk("stopped", CHARGERD);
    let code = run.play(WAITING, |run| {
        run.is_up();
        run.signal_charger(Signal::STOP);
    });
    assert_eq!(code, 3, "{}", run.end());
    assert!(run.end().contains("\"cause\":\"invalid\"") && run.end().contains("the host stood still"), "{}", run.end());
}

#[test]
fn a_charger_that_cannot_start_says_how_it_ended() {
    let folder = Folder::new("cannot");
    folder.write("file", "");
    // Its state folder cannot be: as with a full disk, the station does not start.
    let full = format!(
        "last=; for word; do [ \"$last\" = --state ] && word={}/file/state; last=$word; \
                        set -- \"$@\" \"$word\"; shift; done; exec {CHARGERD} \"$@\"",
        folder.path("").display()
    );
    for (chargerd, status) in [
        (PathBuf::from("/bin/false"), "chargerd ended by itself: exit status: 1"),
        (instead(&folder, &full), "chargerd ended by itself: exit status: 4"),
        (folder.path("file"), "file cannot be started: Permission denied"),
    ] {
        let run = Run::on_desk("cannot-start", chargerd);
        let code = run.play(WAITING, |_| {});
        assert_eq!(code, 1, "{}", run.end());
        assert!(run.end().contains(status), "{status}: {}", run.end());
    }
}

#[test]
fn a_charger_that_says_nothing_from_the_beginning_is_an_error() {
    let folder = Folder::new("mute");
    let run = Run::on_desk("says-nothing", instead(&folder, "exec sleep 600"));
    assert_eq!(run.play(WAITING, |_| {}), 1);
    assert!(run.end().contains("the charger was not up within 20s"), "{}", run.end());
}

#[test]
fn a_charger_that_closes_its_line_and_goes_on_is_an_error() {
    let folder = Folder::new("closes");
    let says = |event: &str| {
        format!(
            "echo 'e {{\"v\":1,\"seq\":0,\"t\":0,\"wall\":0,\"source\":{event},\"data\":{{\"state\":\"online\"}}}}'"
        )
    };
    let (board, link) = (says("\"board\",\"kind\":\"started\""), says("\"ocpp\",\"kind\":\"link\""));
    let script = format!(
        "{board}\n{link}\nfor n in 1 2 3 4 5 6 7 8; do read -r ping number; echo \"pong $number\"; done\nexec >&-\nexec sleep 600"
    );
    let run = Run::on_desk("closes-its-line", instead(&folder, &script));
    assert_eq!(run.play(WAITING, |_| {}), 1);
    let why = "the charger's control line ended, and the charger did not: it was closed";
    assert!(run.end().contains(why), "{}", run.end());
}

#[test]
fn a_second_life_is_looked_at_as_the_first() {
    let run = Run::on_desk("twice", CHARGERD);
    let steps = "  When the charger's host dies\n  And the charger's host starts again\n  And 26 s pass\n";
    let code = run.play(steps, |run| {
        run.sees("\"text\":\"26 s pass\"");
        run.signal_charger(Signal::KILL);
    });
    assert_eq!(code, 1, "{}", run.end());
    assert!(run.end().contains("chargerd ended by itself: signal: 9 (SIGKILL)"), "{}", run.end());
    // The death that the scenario wanted is none of these.
    let told = run.log().matches("\"told\":true").count();
    assert_eq!(told, 1, "{}", run.log());
}

#[test]
fn a_charger_that_does_not_end_well_is_an_error_even_when_all_has_passed() {
    let folder = Folder::new("end");
    let badly =
        format!("{CHARGERD} \"$@\" <&0 & child=$!; trap 'kill -TERM $child; wait $child; exit 7' TERM; wait $child");
    let never = format!("trap '' TERM; {CHARGERD} \"$@\" <&0 & wait; exec sleep 600");
    for (script, why) in [
        (badly, "chargerd was told to end and did not end well: exit status: 7"),
        (never, "the charger did not end within 5s"),
    ] {
        let run = Run::on_desk("ends-badly", instead(&folder, &script));
        let code = run.play("  Then the contactor is open\n", |_| {});
        assert_eq!(code, 1, "{}", run.end());
        assert!(run.end().contains(why), "{why}: {}", run.end());
    }
}

#[test]
fn a_charger_that_is_left_alone_passes() {
    let run = Run::on_desk("alone", CHARGERD);
    let code = run.play("  When 1 s pass\n  Then the contactor is open\n", |_| {});
    assert_eq!(code, 0, "{}", run.end());
}
