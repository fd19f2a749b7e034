//! The host that has its charger in a guest: what it makes of a guest, or a charger in there, that ends or stands still. The
//! guest is played by a script; `ci/uml` has the real one.

#![cfg(target_os = "linux")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Command;

use common::Folder;
use common::rig_run::{GUEST, Run};
use rustix::process::Signal;

const WAITING: &str = "  When 26 s pass\n";

#[test]
fn a_guest_that_is_left_alone_passes() {
    let run = Run::in_guest("guest-alone", "");
    let code = run.play("  When 1 s pass\n", |_| {});
    assert_eq!(code, 0, "{}", run.end());
}

#[test]
fn a_charger_or_guest_that_is_killed_while_time_passes_is_an_error() {
    for (who, why) in [
        ("charger", "chargerd ended by itself: signal: 9; see program.log"),
        ("guest", "the guest ended: signal: 9 (SIGKILL); see console.log"),
    ] {
        let run = Run::in_guest("guest-killed", "");
        let code = run.play(WAITING, |run| {
            run.is_up();
            run.signal_in_guest(who, Signal::KILL);
        });
        let end = run.end();
        assert_eq!(code, 1, "{end}");
        assert!(end.contains("\"verdict\":\"error\"") && end.contains(why), "{who}: {end}");
    }
}

#[test]
fn a_charger_that_stands_still_in_its_guest_makes_the_scenario_invalid() {
    let run = Run::in_guest("guest-stopped", "");
    let code = run.play(WAITING, |run| {
        run.is_up();
        run.signal_in_guest("charger", Signal::STOP);
    });
    assert_eq!(code, 3, "{}", run.end());
    assert!(run.end().contains("\"cause\":\"invalid\""), "{}", run.end());
}

#[test]
fn a_charger_that_ends_in_its_guest_at_the_beginning_or_badly_at_the_end_is_an_error() {
    for (wish, why) in [
        ("exit 4\n", "chargerd ended by itself: exit status: 4"),
        ("exit 0\n", "chargerd ended by itself: exit status: 0"),
        ("term 7\n", "chargerd was told to end and did not end well: exit status: 7"),
    ] {
        let run = Run::in_guest("guest-ends", wish);
        let code = run.play("  When 1 s pass\n", |_| {});
        assert_eq!(code, 1, "{}", run.end());
        assert!(run.end().contains(why), "{wish}: {}", run.end());
    }
}

#[test]
fn a_guest_that_does_not_come_up_is_a_rig_that_is_not_ready() {
    let run = Run::in_guest("guest-never", "");
    run.folder.write("linux", "#!/bin/sh\nexit 3\n");
    let code = run.play("  When 1 s pass\n", |_| {});
    assert_eq!(code, 3, "{}", run.end());
    assert!(run.end().contains("\"cause\":\"not ready\""), "{}", run.end());
}

/// The script itself: a machine that is busy hands it an order in pieces, and its time to read runs out in between.
#[test]
fn an_order_to_the_played_guest_may_come_in_pieces() {
    let folder = Folder::new("guest-pieces");
    folder.write("linux.wish", "");
    let linux = folder.path("linux");
    std::fs::copy(GUEST, &linux).expect("a copy");
    let (mut orders, theirs) = UnixStream::pair().expect("a pair of sockets");
    let (_line, line) = UnixStream::pair().expect("a pair of sockets");
    let mut guest = Command::new(&linux)
        .args(["ssl0=fd:1", "ssl1=fd:0", &format!("PF_DIR={}", folder.path(".").display())])
        .stdin(OwnedFd::from(theirs))
        .stdout(OwnedFd::from(line))
        .spawn()
        .expect("a guest");
    let mut answers = BufReader::new(orders.try_clone().expect("a socket")).lines();
    let mut answer = || answers.next().expect("an answer").expect("text");
    assert_eq!(answer(), "ready");
    for piece in ["sta", "rt chargerd", "\n"] {
        orders.write_all(piece.as_bytes()).expect("an order");
        // Longer than the guest waits for the rest.
        std::thread::park_timeout(std::time::Duration::from_millis(120));
    }
    assert!(answer().strip_prefix("ok ").is_some_and(|number| number != "0"), "the charger was started");
    orders.shutdown(std::net::Shutdown::Both).expect("a socket");
    drop(guest.wait());
}
